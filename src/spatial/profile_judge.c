// src/spatial/profile_judge.c: is a profile flatter or rougher than shuffled labels make
// it?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/flatness.h"
#include "spatial/profile_internal.h"

#include <math.h>
#include <stdlib.h>

static ia_status correct(ia_ctx *ctx, ia_axis_profile *out)
{
    double *p = ia_array(ctx, out->n_elements, sizeof *p);
    size_t n = 0;
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t e = 0; e < out->n_elements && st == IA_OK; e++)
        if (isfinite(out->tests[e].p))
            p[n++] = out->tests[e].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, n, p);
    n = 0;
    for (size_t e = 0; e < out->n_elements && st == IA_OK; e++)
        out->tests[e].p_holm = isfinite(out->tests[e].p) ? p[n++] : NAN;
    free(p);
    return st;
}

ia_status ia_axis_profile_judge(ia_ctx *ctx, const ia_shares *shares,
                                const uint64_t *counts,
                                const ia_axis_profile_params *params,
                                ia_axis_profile *out)
{
    uint64_t *holding = ia_array(ctx, out->n_bins, sizeof *holding);
    ia_status st = IA_ERR_MEMORY;
    if (!holding || !(out->tests = ia_array(ctx, out->n_elements, sizeof *out->tests)))
        goto done;
    st = IA_OK;
    // p is twice the smaller of two: twice as many questions.
    out->n_shuffles =
        ia_holm_enough(params->n_shuffles, 2 * out->n_elements, ia_told_level);
    for (size_t e = 0; e < out->n_elements && st == IA_OK; e++) {
        ia_axis_profile_test *t = &out->tests[e];
        ia_bins bins = {out->n_bins, out->ions, holding};
        ia_flatness flat;
        t->z = shares->kinds.kind[e].z;
        t->a = shares->kinds.kind[e].a;
        ia_atom_kind_name_short(shares->kinds.kind[e], t->name);
        t->ions = ia_shares_hold(shares, e, counts, out->n_bins, holding);
        if ((st = ia_flatness_test(ctx, &bins, out->n_shuffles,
                                   params->seed + 1000 * t->z + t->a, &flat)) != IA_OK)
            break;
        t->chi2 = flat.chi2;
        t->null_chi2 = flat.null_chi2;
        t->null_chi2_95 = flat.null_chi2_95;
        t->p_chi2 = flat.p_chi2;
        t->ladder = flat.ladder;
        t->p_ladder = flat.p_ladder;
        // NAN stays NAN: fmin would pass over it.
        t->p =
            isfinite(flat.p_chi2) ? fmin(1, 2 * fmin(flat.p_chi2, flat.p_ladder)) : NAN;
    }
    if (st == IA_OK)
        st = correct(ctx, out);
done:
    free(holding);
    return st;
}
