// src/spatial/profile_ladder.c: atoms of an element added up along an axis, with errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/profile_internal.h"

#include <math.h>
#include <stdlib.h>

static const double normal_95 = 1.959964;

// Ions and atoms of all bins, or of those so far.
typedef struct {
    double ions, atoms, of;
} added;

static void add_bin(const ia_axis_profile *p, size_t element, size_t bin, added *sum)
{
    const ia_share *share = &p->shares[element * p->n_bins + bin];
    sum->ions += (double)p->ions[bin];
    sum->atoms += share->atoms;
    sum->of += share->counts;
}

// Ions in any order along the axis: of the first m of M the sum of what each departs by
// from the mean, whose squares add up to `spread`, varies by m (M - m) / (M (M - 1))
// times that (drawing without replacement).
static double even_sigma(const added *so_far, const added *all, double spread)
{
    double m = so_far->ions, n = all->ions;
    return n > 1 ? sqrt(spread * m / n * (n - m) / (n - 1)) : 0;
}

static void fill_element(const ia_shares *shares, size_t element, const uint64_t *counts,
                         uint64_t *room, ia_axis_profile *out)
{
    added all = {0}, sum = {0};
    size_t n_kinds = shares->n_kinds;
    uint64_t *so_far = room, *whole = room + n_kinds;
    for (size_t b = 0; b < out->n_bins; b++) {
        add_bin(out, element, b, &all);
        for (size_t k = 0; k < n_kinds; k++)
            whole[k] += counts[b * n_kinds + k];
    }
    double spread = ia_share_spread(shares, element, whole);
    ia_axis_profile_ladder *ladder = out->ladders + element * out->n_bins;
    for (size_t b = 0; b < out->n_bins; b++) {
        add_bin(out, element, b, &sum);
        for (size_t k = 0; k < n_kinds; k++)
            so_far[k] += counts[b * n_kinds + k];
        double own = ia_share_spread(shares, element, so_far);
        double even = all.atoms > 0 ? all.of * sum.atoms / all.atoms : 0;
        double reach = normal_95 * even_sigma(&sum, &all, spread);
        // Where nothing (or nothing else) was counted the error is that of one ion.
        ladder[b] = (ia_axis_profile_ladder){
            .counts = sum.of,
            .sigma = sum.atoms > 0 && !(own > 0) ? 1 : sqrt(own),
            .atoms = sum.atoms,
            .even = even,
            .even_lo = fmax(even - reach, 0),
            .even_hi = fmin(even + reach, all.of),
        };
    }
}

ia_status ia_axis_profile_add_up(ia_ctx *ctx, const ia_shares *shares,
                                 const uint64_t *counts, ia_axis_profile *out)
{
    ia_status st = IA_OK;
    if (!(out->ladders =
              ia_array(ctx, out->n_bins * out->n_elements, sizeof *out->ladders)))
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < out->n_elements && st == IA_OK; e++) {
        uint64_t *room = ia_array(ctx, 2 * shares->n_kinds, sizeof *room);
        st = room ? IA_OK : IA_ERR_MEMORY;
        if (room)
            fill_element(shares, e, counts, room, out);
        free(room);
    }
    return st;
}
