// src/project/halves.c: does each half of the ions lead to the same composition?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/halves.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ia_spectrum spectrum;
    ia_identification identification;
    ia_ranger own; // of the identification
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    ia_range_counts counts;
    ia_composition composition;
} half;

static void clear(half *h)
{
    ia_composition_clear(&h->composition);
    ia_range_counts_clear(&h->counts);
    ia_ranger_clear(&h->own);
    ia_identification_clear(&h->identification);
    ia_spectrum_clear(&h->spectrum);
}

static ia_status split(ia_ctx *ctx, const ia_spectrum *whole, uint64_t seed,
                       half halves[2])
{
    ia_random random = ia_random_new(seed, 0);
    for (size_t h = 0; h < 2; h++) {
        ia_spectrum *s = &halves[h].spectrum;
        *s = (ia_spectrum){.bin = whole->bin, .m_min = whole->m_min};
        if (!(s->counts = ia_array(ctx, whole->n_bins, sizeof *s->counts)))
            return IA_ERR_MEMORY;
        s->n_bins = whole->n_bins;
    }
    for (size_t i = 0; i < whole->n_bins; i++) {
        halves[0].spectrum.counts[i] = ia_random_half(&random, whole->counts[i]);
        halves[1].spectrum.counts[i] = whole->counts[i] - halves[0].spectrum.counts[i];
    }
    return IA_OK;
}

static ia_status find_ranges(ia_ctx *ctx, const ia_state *state, half *h)
{
    h->ranges = &state->ranges;
    h->ranger = &state->ranger;
    if (strcmp(state->ranges.format, "auto") != 0)
        return IA_OK;
    // Without a context: what a half warns of is not what the whole does.
    if (ia_identify_compute(NULL, &h->spectrum, &state->identify_params,
                            &state->peaks_params, &h->identification) != IA_OK)
        return ia_fail(ctx, IA_ERR_MEMORY, "a half of the spectrum cannot be identified");
    ia_status st = ia_ranger_build(ctx, &h->identification.ranges, &h->own);
    if (st != IA_OK)
        return st;
    h->ranges = &h->identification.ranges;
    h->ranger = &h->own;
    return IA_OK;
}

// A bin belongs to the range that holds its middle.
static ia_status count(ia_ctx *ctx, half *h)
{
    ia_range_counts *c = &h->counts;
    if (!(c->counts = ia_array(ctx, h->ranger->n, sizeof *c->counts)))
        return IA_ERR_MEMORY;
    c->n = h->ranger->n;
    for (size_t i = 0; i < h->spectrum.n_bins; i++) {
        uint64_t n = h->spectrum.counts[i];
        if (n == 0)
            continue;
        double middle = h->spectrum.m_min + ((double)i + 0.5) * h->spectrum.bin;
        int32_t range = ia_ranger_find(h->ranger, middle);
        if (range >= 0) {
            c->counts[range] += n;
            c->ranged += n;
        } else {
            c->unranged += n;
        }
    }
    return ia_composition_compute(ctx, h->ranges, h->ranger, c, NULL, &h->composition);
}

static const ia_fraction *find(const ia_fraction *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

// Elements of `a` against those of `b`; those of `b` alone are not seen from here.
static void compare(const ia_composition *a, const ia_composition *b, bool both,
                    ia_half_agreement *out)
{
    static const double mean_absolute_normal = 0.797885; // sqrt(2/pi)
    for (size_t i = 0; i < a->n_elements; i++) {
        const ia_fraction *one = &a->elements[i];
        const ia_fraction *other = find(b->elements, b->n_elements, one->name);
        if (other && !both)
            continue;
        double sigma = one->sigma_percent;
        out->difference += fabs(one->percent - (other ? other->percent : 0));
        out->expected += mean_absolute_normal *
                         (other ? hypot(sigma, other->sigma_percent) : sigma * sqrt(2));
    }
    for (size_t i = 0; i < a->n_ions; i++) {
        bool is_other = find(b->ions, b->n_ions, a->ions[i].name) != NULL;
        out->n_ions += !is_other || both;
        out->n_once += !is_other;
    }
}

ia_status ia_halves_compare(ia_ctx *ctx, const ia_state *state, uint64_t seed,
                            ia_half_agreement *out)
{
    half halves[2] = {0};
    ia_half_agreement agreement = {0};
    ia_status st = split(ctx, &state->spectrum, seed, halves);
    for (size_t h = 0; h < 2 && st == IA_OK; h++)
        if ((st = find_ranges(ctx, state, &halves[h])) == IA_OK)
            st = count(ctx, &halves[h]);
    if (st == IA_OK) {
        compare(&halves[0].composition, &halves[1].composition, true, &agreement);
        compare(&halves[1].composition, &halves[0].composition, false, &agreement);
        bool none = halves[0].counts.ranged == 0 || halves[1].counts.ranged == 0;
        agreement.difference = none ? NAN : agreement.difference;
        *out = agreement;
    }
    clear(&halves[0]);
    clear(&halves[1]);
    return st;
}
