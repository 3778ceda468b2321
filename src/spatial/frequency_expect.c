// src/spatial/frequency_expect.c: blocks by count as the binomial distribution has them,
// and where those counted part from it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

const double ia_frequency_fewest = 5;

static void expect(const frequency_blocks *b, frequency_expected *e)
{
    bool even = true;
    for (size_t i = 0; i < b->n; i++)
        even &= b->ions[i] == b->ions[0];
    for (size_t k = 0; k < e->n_counts; k++)
        for (size_t i = 0; i < (even ? 1 : b->n); i++)
            if (k <= b->ions[i]) {
                double chance = gsl_ran_binomial_pdf((unsigned)k, e->share, b->ions[i]);
                e->expected[k] += (even ? (double)b->n : 1) * chance;
                e->ions[k] += (even ? (double)b->n : 1) * chance * b->ions[i];
            }
    for (size_t k = 0; k < e->n_counts; k++)
        e->ions[k] = e->expected[k] > 0 ? e->ions[k] / e->expected[k] : (double)k;
}

// Counts side by side until they hold enough; what is left over goes to the last bin.
static void merge(frequency_expected *e)
{
    double held = 0;
    for (size_t k = 0; k < e->n_counts; k++) {
        e->bin[k] = (uint32_t)e->n_bins;
        e->in_bin[e->n_bins] += e->expected[k];
        held += e->expected[k];
        if (held >= ia_frequency_fewest) {
            e->n_bins++;
            held = 0;
        }
    }
    if (e->n_bins == 0)
        return;
    e->in_bin[e->n_bins - 1] += held;
    for (size_t k = 0; k < e->n_counts; k++)
        if (e->bin[k] >= e->n_bins)
            e->bin[k] = (uint32_t)e->n_bins - 1;
}

ia_status ia_frequency_expect(ia_ctx *ctx, const frequency_blocks *blocks, double share,
                              frequency_expected *out)
{
    frequency_expected e = {.share = share};
    for (size_t i = 0; i < blocks->n; i++)
        if (blocks->ions[i] >= e.n_counts)
            e.n_counts = (size_t)blocks->ions[i] + 1;
    if (!(e.expected = ia_array(ctx, e.n_counts, sizeof *e.expected)) ||
        !(e.ions = ia_array(ctx, e.n_counts, sizeof *e.ions)) ||
        !(e.bin = ia_array(ctx, e.n_counts, sizeof *e.bin)) ||
        !(e.in_bin = ia_array(ctx, e.n_counts + 1, sizeof *e.in_bin))) {
        ia_frequency_expected_clear(&e);
        return IA_ERR_MEMORY;
    }
    expect(blocks, &e);
    merge(&e);
    *out = e;
    return IA_OK;
}

void ia_frequency_expected_clear(frequency_expected *e)
{
    free(e->expected);
    free(e->ions);
    free(e->bin);
    free(e->in_bin);
    *e = (frequency_expected){0};
}

double ia_frequency_chi_squared(const frequency_expected *e, const double *blocks,
                                double scale)
{
    double sum = 0, held = 0;
    for (size_t k = 0; k < e->n_counts; k++) {
        held += blocks[k];
        if (k + 1 < e->n_counts && e->bin[k + 1] == e->bin[k])
            continue;
        double expected = scale * e->in_bin[e->bin[k]];
        sum += (held - expected) * (held - expected) / expected;
        held = 0;
    }
    return sum;
}

double ia_frequency_mu(double chi2, double n_blocks)
{
    return sqrt(chi2 / (n_blocks + chi2));
}

double ia_frequency_crossing(const double *observed, const double *expected,
                             size_t n_counts, double mean)
{
    double excess = 0, most = 0;
    size_t first = 0;
    for (size_t k = n_counts; k-- > 1 && (double)k > mean;) {
        excess += observed[k] - expected[k];
        if (excess > most) {
            most = excess;
            first = k;
        }
    }
    if (first == 0)
        return NAN;
    double above = observed[first] - expected[first];
    double below = observed[first - 1] - expected[first - 1];
    return below < 0 ? (double)(first - 1) + below / (below - above) : (double)first;
}
