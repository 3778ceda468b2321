// src/spectrum/background_stated.c: takes the background that a file states, and looks
// how well it fits what lies between the ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_parts.h"

#include <math.h>

// Further off than this between the ranges, relative, and it is told.
static const double MUCH = 0.25;

// Ions found in the windows that pass over those stated; 1 where none passes.
static double found_over_stated(const ia_windows *windows, double factor)
{
    double count = 0, mean = 0;

    for (size_t w = 0; w < windows->n; w++)
        if (windows->list[w].used) {
            count += windows->list[w].count;
            mean += windows->list[w].mean;
        }
    return mean > 0 ? factor * count / mean : factor;
}

// The windows expect what is stated times one factor, which is returned; those that hold
// a peak do not pass.
static double fit_factor(ia_windows *windows, const ia_stated_background *stated,
                         double p_limit)
{
    enum { ROUNDS = 5 }; // what passes and the factor depend on each other
    double factor = 1;

    for (int round = 0; round < ROUNDS; round++) {
        for (size_t w = 0; w < windows->n; w++) {
            ia_window *v = &windows->list[w];
            v->mean = factor * ia_stated_background_counts(stated, v->lo, v->hi);
        }
        ia_windows_choose_mildly(windows, p_limit);
        factor = found_over_stated(windows, factor);
    }
    ia_windows_expect(windows);
    return factor;
}

// Mean level of what is stated in the windows, counts Da^-1/2.
static double level_of(const ia_windows *windows, const ia_stated_background *stated)
{
    double sum = 0, lever = 0;

    for (size_t w = 0; w < windows->n; w++) {
        sum +=
            ia_stated_background_counts(stated, windows->list[w].lo, windows->list[w].hi);
        lever += windows->list[w].lever;
    }
    return lever > 0 ? sum / lever : 0;
}

ia_status ia_background_take_stated(ia_ctx *ctx, const ia_background_input *input,
                                    const ia_background_params *params,
                                    ia_background *out)
{
    const ia_stated_background *given = input->ions ? &input->ions->background : NULL;
    ia_windows windows = {0};
    ia_status st;

    if (!given || given->n == 0)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "the input states no background: model = file is for spectra as "
                       "text with a column of that name");
    if (!(out->parts = ia_array(ctx, 1, sizeof *out->parts)))
        return IA_ERR_MEMORY;
    ia_stated_background *stated = &out->parts->stated;
    if ((st = ia_stated_background_copy(ctx, given, stated)) != IA_OK ||
        (st = ia_windows_build(ctx, input->spectrum, input->ranger, params->margin,
                               &windows)) != IA_OK)
        return st;
    double factor = fit_factor(&windows, stated, params->p_limit);
    out->n_windows = windows.n;
    windows.a = level_of(&windows, stated);
    ia_background_summarise(&windows, out);
    out->parts->stated_doubt = out->a > 0 ? hypot(out->sigma_a / out->a, factor - 1) : 1;
    if (fabs(factor - 1) > MUCH)
        ia_warn(ctx,
                "between the ranges there are %.0f %% of the background that the file "
                "states; its error is told accordingly",
                100 * factor);
    ia_windows_clear(&windows);
    return IA_OK;
}
