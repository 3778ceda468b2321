// src/cluster/sizes.c: how many atoms clusters had, from how many were detected.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/cluster.h>

#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 48, ROUNDS = 400 };

// Clusters by detected atoms, true sizes on a grid, and the chance of each pair.
typedef struct {
    const uint64_t *detected;
    size_t n, n_bins;
    double *chance; // (n, n_bins) of the detected number, given the true one
} problem;

static double log_binomial(double n, double N, double efficiency)
{
    if (n > N)
        return -INFINITY;
    return gsl_sf_lngamma(N + 1) - gsl_sf_lngamma(n + 1) - gsl_sf_lngamma(N - n + 1) +
           n * log(efficiency) + (N > n ? (N - n) * log1p(-efficiency) : 0);
}

// One round of expectation and maximisation over every other cluster (parity 0 or 1) or
// all (2); returns the mean log likelihood of these under the weights before.
static double improve(const problem *p, size_t parity, const double *weight, double *next)
{
    double sum = 0, used = 0;
    memset(next, 0, p->n_bins * sizeof *next);
    for (size_t i = 0; i < p->n; i++) {
        const double *chance = p->chance + i * p->n_bins;
        double whole = 0;
        if (parity < 2 && i % 2 != parity)
            continue;
        for (size_t j = 0; j < p->n_bins; j++)
            whole += weight[j] * chance[j];
        used++;
        sum += log(fmax(whole, 1e-300));
        for (size_t j = 0; j < p->n_bins && whole > 0; j++)
            next[j] += weight[j] * chance[j] / whole;
    }
    for (size_t j = 0; j < p->n_bins; j++)
        next[j] /= fmax(used, 1);
    return used > 0 ? sum / used : 0;
}

// Rounds on one half after which the other half is likeliest.
static size_t choose_rounds(const problem *p, double *weight, double *next, double *spare)
{
    double held[ROUNDS + 1] = {0};
    size_t best = 1;
    for (size_t parity = 0; parity < 2; parity++) {
        for (size_t j = 0; j < p->n_bins; j++)
            weight[j] = 1 / (double)p->n_bins;
        for (size_t round = 0; round <= ROUNDS; round++) {
            held[round] += improve(p, 1 - parity, weight, spare);
            improve(p, parity, weight, next);
            memcpy(weight, next, p->n_bins * sizeof *weight);
        }
    }
    for (size_t round = 2; round <= ROUNDS; round++)
        best = held[round] > held[best] ? round : best;
    return best;
}

static void lay_out(const problem *p, double efficiency, ia_cluster_sizes *out)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < p->n; i++) {
        least = fmin(least, (double)p->detected[i]);
        most = fmax(most, (double)p->detected[i]);
    }
    double low = fmax(1, least / efficiency - 3 * sqrt(least) / efficiency);
    double high = (most + 3 * sqrt(most) + 1) / efficiency;
    for (size_t j = 0; j < BINS; j++)
        out->atoms[j] = low * pow(high / low, (double)j / (BINS - 1));
    out->n = BINS;
}

// Mean and spread need no distribution: of n among N with the chance e, <n> = e <N> and
// var n = e^2 var N + e (1 - e) <N>.
static void conclude(const problem *p, double efficiency, ia_cluster_sizes *out)
{
    double mean = 0, squares = 0, n = (double)p->n;
    for (size_t i = 0; i < p->n; i++) {
        mean += (double)p->detected[i] / n;
        squares += (double)p->detected[i] * (double)p->detected[i] / n;
    }
    double variance = (squares - mean * mean) * n / (n - 1);
    out->mean = mean / efficiency;
    out->sigma_mean = sqrt(fmax(variance, 0) / n) / efficiency;
    out->sd = sqrt(fmax(variance - (1 - efficiency) * mean, 0)) / efficiency;
    out->n_clusters = p->n;
}

ia_status ia_cluster_sizes_compute(ia_ctx *ctx, const uint64_t *detected, size_t n,
                                   double efficiency, ia_cluster_sizes *out)
{
    problem p = {detected, n, BINS, NULL};
    ia_cluster_sizes sizes = {0};
    double *room = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!(efficiency > 0 && efficiency <= 1))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "efficiency = %g: more than 0 and at most 1 was expected",
                       efficiency);
    if (n < 2)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "%zu clusters: two or more were expected for a distribution", n);
    if (!(sizes.atoms = ia_array(ctx, BINS, sizeof(double))) ||
        !(sizes.share = ia_array(ctx, BINS, sizeof(double))) ||
        !(p.chance = ia_array(ctx, n * BINS, sizeof(double))) ||
        !(room = ia_array(ctx, 2 * BINS, sizeof(double))))
        goto done;
    lay_out(&p, efficiency, &sizes);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < BINS; j++)
            p.chance[i * BINS + j] =
                exp(log_binomial((double)detected[i], sizes.atoms[j], efficiency));
    sizes.rounds = choose_rounds(&p, sizes.share, room, room + BINS);
    for (size_t j = 0; j < BINS; j++)
        sizes.share[j] = 1 / (double)BINS;
    for (size_t round = 0; round < sizes.rounds; round++) {
        improve(&p, 2, sizes.share, room);
        memcpy(sizes.share, room, BINS * sizeof *room);
    }
    conclude(&p, efficiency, &sizes);
    *out = sizes;
    sizes = (ia_cluster_sizes){0};
    st = IA_OK;
done:
    free(room);
    free(p.chance);
    ia_cluster_sizes_clear(&sizes);
    return st;
}

void ia_cluster_sizes_clear(ia_cluster_sizes *sizes)
{
    free(sizes->atoms);
    free(sizes->share);
    *sizes = (ia_cluster_sizes){0};
}
