// src/spatial/surface_frequency.c: a threshold from how often blocks of ions hold the
// solute, and which element parts most.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"
#include "spatial/surface_internal.h"

#include <ionatlas/edge.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_BLOCKS = 20, LEAST_BINS = 3 };
static const size_t sizes[] = {50, 100, 200, 400}; // ions in a block
static const double usual_p = 0.01;                // above it blocks are as by chance

// How the ions of some kinds lie in blocks of the size in which they part most.
typedef struct {
    const bool *has; // (n_kinds)
    uint64_t ions;
    ia_surface_species found;
} question;

static void count_ions(const ia_volume_work *w, question *q)
{
    for (size_t i = 0; i < w->ranged.n; i++)
        q->ions += q->has[w->ranged.kind[i]];
}

static double share_of(const ia_volume_work *w, const question *q)
{
    return (double)q->ions / (double)w->ranged.n;
}

// Blocks by their count, (n_counts), freed by the caller.
static ia_status count_blocks(ia_ctx *ctx, const ia_volume_work *w,
                              const frequency_blocks *blocks, const question *q,
                              double **out)
{
    uint32_t *held = ia_array(ctx, blocks->n, sizeof *held);
    double *counts = ia_array(ctx, blocks->size + 1, sizeof *counts);
    if (!held || !counts) {
        free(held);
        free(counts);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < w->ranged.n; i++)
        if (blocks->block[i] != UINT32_MAX)
            held[blocks->block[i]] += q->has[w->ranged.kind[i]];
    for (size_t b = 0; b < blocks->n; b++)
        counts[held[b]]++;
    free(held);
    *out = counts;
    return IA_OK;
}

static ia_status ask(ia_ctx *ctx, const ia_volume_work *w, const frequency_blocks *blocks,
                     question *q)
{
    frequency_expected chance = {.share = 0};
    double *counts = NULL, size = (double)blocks->size;
    ia_status st = ia_frequency_expect(ctx, blocks, share_of(w, q), &chance);
    if (st == IA_OK && chance.n_bins >= LEAST_BINS &&
        (st = count_blocks(ctx, w, blocks, q, &counts)) == IA_OK) {
        double chi2 = ia_frequency_chi_squared(&chance, counts, 1);
        double mu = ia_frequency_mu(chi2, (double)blocks->n);
        if (!(mu <= q->found.mu)) {
            q->found.block = blocks->size;
            q->found.mu = mu;
            q->found.p = gsl_cdf_chisq_Q(chi2, (double)(chance.n_bins - 2));
            q->found.crossing =
                100 / size *
                ia_frequency_crossing(counts, chance.expected, chance.n_counts,
                                      size * chance.share);
        }
    }
    free(counts);
    ia_frequency_expected_clear(&chance);
    return st;
}

// All questions in blocks of every size that makes enough of them.
static ia_status ask_all(ia_ctx *ctx, const ia_volume_work *w, question *q, size_t n)
{
    const ia_points points = {w->ranged.xyz, w->ranged.n};
    double volume = NAN;
    ia_status st = ia_volume_measure(ctx, &points, &volume);
    const frequency_cloud cloud = {w->ranged.xyz, w->ranged.n, volume};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes && st == IA_OK; s++) {
        frequency_blocks blocks = {.size = 0};
        if (!isfinite(cloud.volume) || w->ranged.n < LEAST_BLOCKS * sizes[s])
            break;
        st = ia_frequency_columns(ctx, &cloud, sizes[s], &blocks);
        for (size_t i = 0; i < n && st == IA_OK && blocks.n >= LEAST_BLOCKS; i++)
            if (q[i].ions > 0 && q[i].ions < w->ranged.n)
                st = ask(ctx, w, &blocks, &q[i]);
        ia_frequency_blocks_clear(&blocks);
    }
    return st;
}

static int compare(const void *a, const void *b)
{
    const ia_surface_species *x = a, *y = b;
    if (x->mu != y->mu)
        return x->mu > y->mu ? -1 : 1;
    return (x->ions > y->ions) - (x->ions < y->ions);
}

static ia_status keep(ia_ctx *ctx, const question *q, size_t n, ia_surface *out)
{
    if (!(out->species = ia_array(ctx, n, sizeof *out->species)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!isnan(q[i].found.mu))
            out->species[out->n_species++] = q[i].found;
    qsort(out->species, out->n_species, sizeof *out->species, compare);
    return IA_OK;
}

// The composition of ions as one of atoms, as the field has it.
static double level_of(const ia_volume_work *w, const question *q)
{
    if (!(q->found.p <= usual_p))
        return NAN;
    return fmin(100, q->found.crossing * w->percent / (100 * share_of(w, q)));
}

static void set_elements(const ia_ranges *ranges, bool *has, question *q, size_t *n)
{
    const ia_kind_list all = ia_kind_list_all(ranges);
    for (size_t i = 0; i < all.n; i++) {
        ia_atom_kind kind = all.kind[i];
        bool *of = has + i * ranges->n_ions;
        for (size_t k = 0; k < ranges->n_ions; k++)
            of[k] = ia_kind_list_count(&all, i, &ranges->ions[k]) > 0;
        q[i] = (question){
            of, 0, {.z = kind.z, .a = kind.a, .mu = NAN, .p = NAN, .crossing = NAN}};
        ia_atom_kind_name_short(kind, q[i].found.name);
    }
    *n = all.n;
}

ia_status ia_surface_frequency(ia_ctx *ctx, const ia_volume_work *w,
                               const ia_ranges *ranges, ia_surface *out)
{
    question *q = ia_array(ctx, IA_ATOM_KINDS_MOST + 1, sizeof *q);
    bool *has = ia_array(ctx, (IA_ATOM_KINDS_MOST + 1) * ranges->n_ions, sizeof *has);
    ia_status st = q && has ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        size_t n = 0;
        set_elements(ranges, has, q, &n);
        q[n] = (question){w->has, 0, {.mu = NAN, .p = NAN, .crossing = NAN}};
        for (size_t i = 0; i <= n; i++) {
            count_ions(w, &q[i]);
            q[i].found.ions = q[i].ions;
        }
        if ((st = ask_all(ctx, w, q, n + 1)) == IA_OK &&
            (st = keep(ctx, q, n, out)) == IA_OK &&
            out->quantity == IA_QUANTITY_COMPOSITION)
            out->rules[IA_LEVEL_FREQUENCY] = level_of(w, &q[n]);
    }
    free(q);
    free(has);
    return st;
}
