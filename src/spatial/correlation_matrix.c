// src/spatial/correlation_matrix.c: the share of a species in the matrix, from groups of
// ions of which most are of it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <gsl/gsl_randist.h>
#include <math.h>

// The matrix is one binomial distribution; groups that reach into something richer are a
// mixture of others, on a grid above it.
enum { N = CORRELATION_BLOCK, RICH = 20, ROUNDS = 60, PASSES = 4 };
static const double richer = 1.6; // times the matrix, or one more ion, is rich

typedef struct {
    double matrix, weight; // share of the species, of the groups
    double rich[RICH], weight_rich[RICH];
    double chance[RICH][N + 1]; // of so many ions in a group
} mixture;

static void lay_out(mixture *m)
{
    double low = fmax(richer * m->matrix, m->matrix + 1.0 / N);
    for (size_t j = 0; j < RICH; j++) {
        m->rich[j] = low * pow(fmax(0.98 / low, 1), (double)j / (RICH - 1));
        m->rich[j] = fmin(m->rich[j], 0.98);
        m->weight_rich[j] = (1 - m->weight) / RICH;
        for (size_t k = 0; k <= N; k++)
            m->chance[j][k] = gsl_ran_binomial_pdf((unsigned)k, m->rich[j], N);
    }
}

// One round of expectation and maximisation.
static void improve(mixture *m, const double groups[N + 1])
{
    double n_matrix = 0, ions = 0, n_rich[RICH] = {0}, total = 0;
    for (size_t k = 0; k <= N; k++) {
        if (!(groups[k] > 0))
            continue;
        double own = m->weight * gsl_ran_binomial_pdf((unsigned)k, m->matrix, N);
        double sum = own;
        for (size_t j = 0; j < RICH; j++)
            sum += m->weight_rich[j] * m->chance[j][k];
        if (!(sum > 0))
            continue;
        n_matrix += groups[k] * own / sum;
        ions += groups[k] * own / sum * (double)k;
        for (size_t j = 0; j < RICH; j++)
            n_rich[j] += groups[k] * m->weight_rich[j] * m->chance[j][k] / sum;
        total += groups[k];
    }
    if (!(total > 0) || !(n_matrix > 0))
        return;
    m->weight = n_matrix / total;
    m->matrix = ions / (n_matrix * N);
    for (size_t j = 0; j < RICH; j++)
        m->weight_rich[j] = n_rich[j] / total;
}

// The matrix of `groups`: false without groups, and without ions of the species.
static bool fit(const double groups[N + 1], mixture *m)
{
    double n = 0, ions = 0;
    for (size_t k = 0; k <= N; k++) {
        n += groups[k];
        ions += groups[k] * (double)k;
    }
    *m = (mixture){.matrix = n > 0 ? 0.7 * ions / (n * N) : NAN, .weight = 0.7};
    if (!(ions > 0))
        return false;
    for (size_t pass = 0; pass < PASSES; pass++) {
        lay_out(m);
        for (size_t round = 0; round < ROUNDS; round++)
            improve(m, groups);
    }
    return true;
}

double ia_matrix_share(const double groups[N + 1])
{
    mixture m;
    fit(groups, &m);
    return m.matrix;
}

size_t ia_matrix_rich_from(const double groups[N + 1])
{
    mixture m;
    size_t least = N + 1;
    if (!fit(groups, &m))
        return least;
    while (least > 0) {
        size_t k = least - 1;
        double rich = 0;
        for (size_t j = 0; j < RICH; j++)
            rich += m.weight_rich[j] * m.chance[j][k];
        if (!(rich > m.weight * gsl_ran_binomial_pdf((unsigned)k, m.matrix, N)))
            break;
        least = k;
    }
    return least;
}
