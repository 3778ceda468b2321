// src/spatial/proxigram_steady.c: interfaces in random halves and with fewer ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/proxigram_internal.h"

#include <math.h>
#include <stdlib.h>

// Ions lie in ten parts at random. A window of five parts, and the other five, are two
// halves; a window of seven is 70 % of the ions.
enum { HALF = 5, THINNED = 7 };

// Of one element what is told of its step; the excess as of all ions.
static void tell(const ia_proxigram_element *e, double share,
                 double values[IA_INTERFACE_VALUES])
{
    values[IA_INTERFACE_OUTSIDE] = e->outside.percent;
    values[IA_INTERFACE_INSIDE] = e->inside.percent;
    values[IA_INTERFACE_WIDTH] = e->width;
    values[IA_INTERFACE_EXCESS] = e->excess / share;
}

// Into values: (n_elements, IA_INTERFACE_VALUES); NAN where the parts have no surface.
static ia_status look(ia_ctx *ctx, const proxigram_source *source, unsigned parts,
                      double *values)
{
    double share = (double)__builtin_popcount(parts) / IA_PARTS;
    size_t n = source->shares->n_elements * IA_INTERFACE_VALUES;
    ia_proxigram own = {.n_bins = 0};
    ia_status st = ia_proxigram_of(ctx, source, parts, &own);
    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
    for (size_t e = 0; e < own.n_elements; e++)
        tell(&own.elements[e], share, values + e * IA_INTERFACE_VALUES);
    ia_proxigram_clear(&own);
    return st;
}

// values: (n_divisions, 3, n) of two halves and the thinned ions.
static ia_steadiness summarise(const double *values, size_t n_divisions, size_t n,
                               size_t i)
{
    ia_steadiness s = {0, 0, 0, NAN};
    double squares = 0, d = (double)n_divisions;
    for (size_t k = 0; k < n_divisions; k++) {
        const double *row = values + 3 * k * n + i;
        s.half_mean += (row[0] + row[n]) / (2 * d);
        s.half_difference += (row[0] - row[n]) * (row[0] - row[n]) / d;
        s.thinned_mean += row[2 * n] / d;
    }
    for (size_t k = 0; k < n_divisions; k++)
        squares += pow(values[3 * k * n + 2 * n + i] - s.thinned_mean, 2);
    s.half_difference = sqrt(s.half_difference);
    if (n_divisions > 1)
        s.thinned_sd = sqrt(squares / (d - 1));
    return s;
}

ia_status ia_proxigram_steady(ia_ctx *ctx, const proxigram_source *source,
                              ia_proxigram *out)
{
    ia_proxigram_params p = *source->p;
    proxigram_source own = *source;
    size_t n = source->shares->n_elements * IA_INTERFACE_VALUES, divisions = p.divisions;
    double *values = ia_array(ctx, 3 * n * divisions, sizeof *values);
    ia_status st = values ? IA_OK : IA_ERR_MEMORY;
    own.p = &p;
    p.n_draws = 0;
    p.edge_objects = out->edge_included ? IA_EDGE_INCLUDE : IA_EDGE_EXCLUDE;
    for (size_t d = 0; d < divisions && st == IA_OK; d++) {
        unsigned half = ia_volume_window(d, HALF);
        double *row = values + 3 * d * n;
        if ((st = look(ctx, &own, half, row)) == IA_OK &&
            (st = look(ctx, &own, IA_EVERY_PART & ~half, row + n)) == IA_OK &&
            (st = look(ctx, &own, ia_volume_window(3 * d, THINNED), row + 2 * n)) ==
                IA_OK)
            st = ia_step(ctx, "parts of the ions", (double)(d + 1) / (double)divisions);
    }
    for (size_t i = 0; i < n && st == IA_OK; i++)
        out->elements[i / IA_INTERFACE_VALUES].steady[i % IA_INTERFACE_VALUES] =
            summarise(values, divisions, n, i);
    out->is_divided = st == IA_OK;
    free(values);
    return st;
}
