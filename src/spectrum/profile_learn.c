// src/spectrum/profile_learn.c: the profile of a line, learnt from lines whose ions are
// known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/profile_learning.h"

#include <stdlib.h>

int ia_learning_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

ia_status ia_profile_learn(ia_ctx *ctx, const ia_counts *counts, const ia_peaks *peaks,
                           const ia_known_line *lines, size_t n, ia_profile *out)
{
    learning job = {
        .ctx = ctx, .counts = counts, .peaks = peaks, .lines = lines, .n_lines = n};
    ia_status st = IA_ERR_MEMORY;

    job.profile.widths = peaks->widths;
    job.profile.below = ia_array(ctx, IA_PROFILE_TABLE, sizeof(double));
    if (!job.profile.below || (st = ia_learning_lay(&job)) != IA_OK)
        goto done;
    ia_learning_fill(&job);
    if ((st = ia_learning_fit(&job)) != IA_OK)
        goto done;
    ia_profile_find_top(&job.profile);
    if ((st = ia_learning_judge(&job)) != IA_OK)
        goto done;
    ia_log(
        ctx, IA_LOG_DEBUG,
        "profile: sigma %.3f tau %.3f far %.3g x %.2f shift %.3f top %.3f, place %.2g Da "
        "%.2g, width %.3f %.3f, errors %.3g %.3g %.3g %.3g, wings %.2g %.2g %.2g from "
        "%zu "
        "lines",
        job.profile.sigma, job.profile.tau, job.profile.far_share, job.profile.far,
        job.profile.shift, job.profile.top, job.profile.offset, job.profile.slope,
        job.profile.stretch, job.profile.tilt, job.profile.core_error,
        job.profile.tail_error, job.profile.amount_error, job.profile.place_error,
        job.profile.wing[0], job.profile.wing[1], job.profile.wing[2], job.n_windows);
    *out = job.profile;
    job.profile = (ia_profile){0}; // the caller's now
done:
    ia_profile_clear(&job.profile);
    free(job.edge);
    free(job.count);
    free(job.base);
    free(job.mean);
    free(job.used);
    free(job.jacobian);
    return st;
}
