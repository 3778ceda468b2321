// src/detector/chance.c: pairs that chance makes when partners are exchanged among
// pulses.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

// Pulses of two, of three, and of more ions do not exchange partners: what comes in large
// pulses is often of another kind. Nor do pulses far apart in the run.
enum { CLASSES = 3, STRETCHES_MOST = 64 };

static size_t class_of(size_t size)
{
    return size >= CLASSES + 1 ? CLASSES - 1 : size - 2;
}

static size_t size_at(const ia_multiples *m, size_t event)
{
    return m->begin[event + 1] - m->begin[event];
}

static size_t stretches_for(const hits_job *j, size_t ions)
{
    size_t n = j->params.stretch > 0 ? ions / j->params.stretch : 1;
    return n < 1 ? 1 : n > STRETCHES_MOST ? STRETCHES_MOST : n;
}

void hits_group_add(ia_hits_group *group, size_t size)
{
    double n = (double)size;
    group->ions += n;
    group->pairs += n * (n - 1) / 2;
    group->chains += n * (n - 1) * (n - 2);
}

ia_status hits_groups_build(ia_ctx *ctx, hits_job *j)
{
    const ia_multiples *m = j->m;
    size_t ions[CLASSES] = {0}, done[CLASSES] = {0}, n[CLASSES], first[CLASSES];
    size_t n_groups = 0;
    for (size_t e = 0; e < m->n_events; e++)
        ions[class_of(size_at(m, e))] += size_at(m, e);
    for (size_t c = 0; c < CLASSES; c++) {
        first[c] = n_groups;
        n[c] = stretches_for(j, ions[c]);
        n_groups += n[c];
    }
    if (!(j->group = ia_array(ctx, m->n_events, sizeof *j->group)) ||
        !(j->broken = ia_array(ctx, m->n_events, sizeof *j->broken)) ||
        !(j->first = ia_array(ctx, m->n_events + 1, sizeof *j->first)) ||
        !(j->out->groups = ia_array(ctx, n_groups, sizeof *j->out->groups)))
        return IA_ERR_MEMORY;
    j->out->n_groups = n_groups;
    for (size_t e = 0; e < m->n_events; e++) {
        size_t size = size_at(m, e), c = class_of(size);
        j->group[e] = (uint32_t)(first[c] + done[c] * n[c] / ions[c]);
        done[c] += size;
        hits_group_add(&j->out->groups[j->group[e]], size);
        j->first[e + 1] = j->first[e] + size * (size - 1) / 2;
    }
    j->n_pairs = j->first[m->n_events];
    return IA_OK;
}

// n (n - 1) ... of k factors.
static double falling(double n, int k)
{
    double product = 1;
    for (int i = 0; i < k; i++)
        product *= fmax(0, n - i);
    return product;
}

// Mean and variance of a count of pairs over all ways to deal N ions to the places of the
// group's pulses: the second moment counts pairs of pairs, which are the same pair, share
// one ion, or share none.
void hits_chance_add(const ia_hits_group *group, double n_a, double n_b, bool alike,
                     hits_chance *sum)
{
    const double n = group->ions, pairs = group->pairs, chains = group->chains;
    double apart = pairs * pairs - pairs - chains, one, two, three;
    if (n < 2)
        return;
    if (alike) {
        one = falling(n_a, 2) / falling(n, 2);
        two = n > 2 ? falling(n_a, 3) / falling(n, 3) : 0;
        three = n > 3 ? falling(n_a, 4) / falling(n, 4) : 0;
    } else {
        one = 2 * n_a * n_b / falling(n, 2);
        two = n > 2 ? n_a * n_b * fmax(0, n_a + n_b - 2) / falling(n, 3) : 0;
        three = n > 3 ? 4 * falling(n_a, 2) * falling(n_b, 2) / falling(n, 4) : 0;
    }
    double mean = pairs * one;
    sum->mean += mean;
    sum->variance += fmax(0, mean + chains * two + apart * three - mean * mean);
}

// Counts whose mean and variance are known: binomial where they scatter less than
// Poisson's, negative binomial where they scatter more.
double hits_chance_of_more(double n, const hits_chance *chance)
{
    const double nearly = 1e-3; // of 1: Poisson
    double mean = chance->mean, ratio = chance->variance / mean;
    if (n <= 0)
        return 1;
    if (!(mean > 0))
        return 0;
    if (fabs(ratio - 1) < nearly)
        return gsl_cdf_poisson_Q((unsigned)n - 1, mean);
    if (ratio > 1) // size r and chance of failure 1 - 1/ratio
        return gsl_cdf_beta_P(1 - 1 / ratio, n, mean / (ratio - 1));
    if (!(ratio > 0))
        return n <= mean + 0.5;
    // Beyond what a binomial count can reach Poisson's tail, which is larger, stands.
    double trials = mean / (1 - ratio);
    return n < trials ? gsl_cdf_beta_P(1 - ratio, n, trials - n + 1)
                      : gsl_cdf_poisson_Q((unsigned)n - 1, mean);
}

double hits_chance_of_fewer(double n, const hits_chance *chance)
{
    const double nearly = 1e-3;
    double mean = chance->mean, ratio = chance->variance / mean;
    if (!(mean > 0))
        return 1;
    if (fabs(ratio - 1) < nearly)
        return gsl_cdf_poisson_P((unsigned)n, mean);
    if (ratio > 1)
        return gsl_cdf_beta_Q(1 - 1 / ratio, n + 1, mean / (ratio - 1));
    if (!(ratio > 0))
        return n >= mean - 0.5;
    double trials = mean / (1 - ratio);
    return n < trials ? gsl_cdf_beta_Q(1 - ratio, n + 1, trials - n) : 1;
}

double hits_chance_of(double n, const hits_chance *chance)
{
    return fmin(
        1, 2 * fmin(hits_chance_of_more(n, chance), hits_chance_of_fewer(n, chance)));
}
