// src/detector/hitmap_layers.c: counts by cell become maps with errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hitmap_internal.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TERMS = 6, LEAST_COUNTS = 5 };
// Paraboloids are fitted within these shares of the radius (20 and 25 of 40 mm).
static const double within_field = 0.5, within_sequence = 0.625;

uint64_t hitmap_ion_counts(const ia_hitmap_input *in, const ia_range_counts *counts,
                           size_t ion)
{
    uint64_t sum = 0;
    for (size_t r = 0; r < in->ranger->n; r++)
        sum += in->ranger->ion[r] == (int32_t)ion ? counts->counts[r] : 0;
    return sum;
}

bool hitmap_is_charged_more(const ia_hitmap_input *in, size_t a, size_t b)
{
    ia_ion p = in->ranges->ions[a], q = in->ranges->ions[b];
    if (p.n_parts == 0 || q.charge == 0 || p.charge <= q.charge)
        return false;
    p.charge = q.charge;
    return ia_ion_is_equal(&p, &q);
}

ia_status hitmap_add_map(ia_ctx *ctx, ia_hitmap *map, ia_map_kind kind)
{
    size_t n = map->cells * map->cells;
    if (!(map->values[kind] = ia_array(ctx, n, sizeof(double))) ||
        !(map->sigmas[kind] = ia_array(ctx, n, sizeof(double))))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        map->values[kind][i] = map->sigmas[kind][i] = NAN;
    return IA_OK;
}

static ia_status fill_density(ia_ctx *ctx, const hitmap_sums *sums, ia_hitmap *map)
{
    size_t n = map->cells * map->cells;
    double area = map->cell * map->cell, at[2];
    ia_status st = hitmap_add_map(ctx, map, IA_MAP_DENSITY);
    if (st != IA_OK || !(map->counts = ia_array(ctx, n, sizeof *map->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double hits = (double)sums->of[HITMAP_HITS][i];
        map->counts[i] = hits;
        map->n_hits += sums->of[HITMAP_HITS][i];
        if (!hitmap_place(map, i, at))
            continue;
        map->values[IA_MAP_DENSITY][i] = hits / area;
        map->sigmas[IA_MAP_DENSITY][i] = sqrt(hits + 1) / area;
    }
    return IA_OK;
}

// Share of the hits that are of a kind; the error of a proportion with one success and
// one failure more.
static ia_status fill_share(ia_ctx *ctx, const uint64_t *part, const uint64_t *whole,
                            ia_map_kind kind, ia_hitmap *map)
{
    double at[2];
    ia_status st = hitmap_add_map(ctx, map, kind);
    for (size_t i = 0; st == IA_OK && i < map->cells * map->cells; i++) {
        double n = (double)whole[i], k = (double)part[i], p = (k + 1) / (n + 2);
        if (!hitmap_place(map, i, at) || whole[i] == 0)
            continue;
        map->values[kind][i] = k / n;
        map->sigmas[kind][i] = sqrt(p * (1 - p) / n);
    }
    return st;
}

static ia_status fill_sequence(ia_ctx *ctx, const hitmap_sums *sums, ia_hitmap *map)
{
    double at[2];
    ia_status st = hitmap_add_map(ctx, map, IA_MAP_SEQUENCE);
    double *values = map->values[IA_MAP_SEQUENCE], *sigmas = map->sigmas[IA_MAP_SEQUENCE];
    for (size_t i = 0; st == IA_OK && i < map->cells * map->cells; i++) {
        double n = (double)sums->of[HITMAP_WALKS][i];
        if (!hitmap_place(map, i, at) || n < LEAST_COUNTS)
            continue;
        double mean = (double)sums->of[HITMAP_WALK][i] / sums->per_mm / n;
        double square = (double)sums->of[HITMAP_WALK2][i] / sums->per_mm / n;
        values[i] = mean;
        sigmas[i] = sqrt(fmax(square - mean * mean, 1e-6) / n);
    }
    if (st == IA_OK)
        hitmap_flatten(map, within_sequence, sigmas, values);
    return st;
}

// Cells with more than LEAST_COUNTS ions of both charges.
static ia_status fill_field(ia_ctx *ctx, const hitmap_sums *sums, ia_hitmap *map)
{
    double at[2];
    ia_status st = hitmap_add_map(ctx, map, IA_MAP_FIELD);
    for (size_t i = 0; st == IA_OK && i < map->cells * map->cells; i++) {
        double high = (double)sums->of[HITMAP_HIGH][i];
        double low = (double)sums->of[HITMAP_LOW][i], n = high + low;
        if (!hitmap_place(map, i, at) || high <= LEAST_COUNTS || low <= LEAST_COUNTS)
            continue;
        map->values[IA_MAP_FIELD][i] = high / n;
        map->sigmas[IA_MAP_FIELD][i] = sqrt(high * low / n) / n;
    }
    if (st == IA_OK)
        hitmap_flatten(map, within_field, map->sigmas[IA_MAP_FIELD],
                       map->values[IA_MAP_FIELD]);
    return st;
}

ia_status hitmap_fill(ia_ctx *ctx, const hitmap_sums *sums, ia_hitmap *map)
{
    const uint64_t *const *of = sums->of;
    ia_status st = fill_density(ctx, sums, map);
    if (st == IA_OK && sums->has_multiples)
        st = fill_share(ctx, of[HITMAP_MULTIPLE], of[HITMAP_HITS], IA_MAP_MULTIPLES, map);
    if (st == IA_OK && sums->has_pulses)
        st = fill_share(ctx, of[HITMAP_FEW], of[HITMAP_HITS], IA_MAP_FEW, map);
    if (st == IA_OK && sums->has_pulses)
        st = fill_share(ctx, of[HITMAP_MANY], of[HITMAP_HITS], IA_MAP_MANY, map);
    if (st == IA_OK)
        st = fill_sequence(ctx, sums, map);
    if (st == IA_OK && map->charges[0] >= 0)
        st = fill_field(ctx, sums, map);
    return st;
}

static void terms_at(const double at[2], double out[TERMS])
{
    const double terms[TERMS] = {
        1, at[0], at[1], at[0] * at[0], at[0] * at[1], at[1] * at[1]};
    memcpy(out, terms, sizeof terms);
}

bool hitmap_flatten(const ia_hitmap *map, double within, const double *sigmas,
                    double *values)
{
    double matrix[TERMS * TERMS] = {0}, side[TERMS] = {0}, at[2], terms[TERMS];
    size_t used = 0;
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        hitmap_place(map, i, at);
        if (!isfinite(values[i]) || at[0] * at[0] + at[1] * at[1] > within * within)
            continue;
        double weight = 1 / (sigmas[i] * sigmas[i]);
        terms_at(at, terms);
        used++;
        for (size_t p = 0; p < TERMS; p++) {
            side[p] += weight * terms[p] * values[i];
            for (size_t q = 0; q < TERMS; q++)
                matrix[p * TERMS + q] += weight * terms[p] * terms[q];
        }
    }
    if (used < 4 * TERMS || !ia_cholesky(matrix, TERMS))
        return false;
    ia_cholesky_solve(matrix, TERMS, side);
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        hitmap_place(map, i, at);
        terms_at(at, terms);
        for (size_t p = 1; p < TERMS; p++)
            values[i] -= side[p] * terms[p];
    }
    return true;
}
