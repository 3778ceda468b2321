// src/spectrum/identify_scale.c: would another mass scale explain the spectrum better?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_scale.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>

// Files whose scale is off by more than the tolerance that is looked for anyway: up to
// 2.4 % to either side, in steps that leave no place further from a scale than that.
enum { STEPS = 12 };
static const double STEP = 0.002;

typedef struct {
    const ia_scale_input *input;
    double score[2 * STEPS + 1], by_chance[2 * STEPS + 1];
    ia_status st[2 * STEPS + 1];
} trying;

static double factor_of(size_t step)
{
    return 1 + STEP * ((double)step - STEPS);
}

static ia_status scale_peaks(const ia_peaks *peaks, double factor, ia_peaks *out)
{
    *out = *peaks;
    if (!(out->list = ia_array(NULL, peaks->n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    out->widths.bin *= factor;
    for (size_t i = 0; i < peaks->n; i++) {
        ia_peak *p = &out->list[i];
        *p = peaks->list[i];
        p->mass *= factor;
        p->sigma_mass *= factor;
        p->width *= factor;
        p->lo *= factor;
        p->hi *= factor;
    }
    return IA_OK;
}

static void try_step(void *user, size_t step, size_t worker)
{
    trying *t = user;
    const ia_scale_input *in = t->input;
    double factor = factor_of(step);
    ia_spectrum spectrum = *in->spectrum; // borrowed counts
    ia_assignment found = {0};
    ia_peaks peaks = {0};
    (void)worker;

    spectrum.bin *= factor;
    spectrum.m_min *= factor;
    t->score[step] = -INFINITY;
    if ((t->st[step] = scale_peaks(in->peaks, factor, &peaks)) == IA_OK &&
        (t->st[step] = ia_assign_compute(NULL, &spectrum, in->background, &peaks,
                                         in->params, &found)) == IA_OK)
        t->score[step] = found.score;
    t->by_chance[step] = found.by_chance;
    ia_assignment_clear(&found);
    free(peaks.list);
}

ia_status ia_scale_try(ia_ctx *ctx, const ia_scale_input *input, ia_scale_found *out)
{
    trying *t = ia_array(ctx, 1, sizeof *t);
    ia_status st = IA_ERR_MEMORY;

    if (!t)
        return st;
    t->input = input;
    if ((st = ia_for(ctx, "identify", 2 * STEPS + 1, try_step, t)) != IA_OK)
        goto done;
    *out = (ia_scale_found){1, -INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * STEPS + 1; i++) {
        if (t->st[i] != IA_OK) {
            st = ia_fail(ctx, t->st[i], "another mass scale cannot be tried");
            goto done;
        }
        if (i == STEPS)
            out->here = t->score[i];
        if (t->by_chance[i] <= input->by_chance && t->score[i] > out->best) {
            out->factor = factor_of(i);
            out->best = t->score[i];
        }
    }
done:
    free(t);
    return st;
}
