// src/cluster/recover_fit.c: the number of clusters before some were missed.
// Uses the logistic fit of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/recover.h"
#include "spatial/logistic.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Logarithms of sizes: true ones, found ones, and what their distribution may be.
enum { SIZES = 120, CLASSES = 64, MEANS = 60, SPREADS = 24, FEWEST = 8 };
static const double least_x = 0, most_x = 12;         // 1 to 160,000 ions
static const double usual_spread = 0.65, doubt = 0.4; // of coarsened precipitates
static const double least_spread = 0.15, most_spread = 1.6;
static const double below = 1.5; // of means, under the size of which half are found
static const double least_scatter = 0.05;

// The response: found with a chance that is logistic in x, y = a + b x +- scatter.
typedef struct {
    double weights[2], a, b, scatter;
} response;

static double x_of(size_t i)
{
    return least_x + (most_x - least_x) * ((double)i + 0.5) / SIZES;
}

static double chance(const response *r, double x)
{
    return 1 / (1 + exp(-r->weights[0] - r->weights[1] * x));
}

static ia_status fit_chance(ia_ctx *ctx, const ia_cluster_trial *t, response *out)
{
    static const double pull[2] = {1e-2, 1e-2};
    double *rows = ia_array(ctx, 2 * t->n, sizeof *rows);
    float *found = ia_array(ctx, 2 * t->n, sizeof *found);
    ia_status st = rows && found ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < t->n; i++) {
        rows[2 * i] = 1;
        rows[2 * i + 1] = log(t->planted[i].ions);
        found[i] = t->planted[i].found > 0;
        found[t->n + i] = 1;
    }
    if (st == IA_OK) {
        ia_logistic fit = {t->n, 2, rows, found, found + t->n, pull};
        out->weights[0] = -3;
        out->weights[1] = 1;
        st = ia_logistic_fit(ctx, &fit, out->weights);
    }
    free(rows);
    free(found);
    return st;
}

// The straight line of found sizes over true ones.
static void fit_line(const ia_cluster_trial *t, response *out)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, rest = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->planted[i].found > 0))
            continue;
        double u = log(t->planted[i].ions), v = log(t->planted[i].found);
        n++;
        x += u;
        y += v;
        xx += u * u;
        xy += u * v;
    }
    double spread = xx - x * x / n;
    out->b = spread > 0 ? (xy - x * y / n) / spread : 1;
    out->a = (y - out->b * x) / n;
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->planted[i].found > 0))
            continue;
        double off = log(t->planted[i].found) - out->a - out->b * log(t->planted[i].ions);
        rest += off * off;
    }
    out->scatter = fmax(sqrt(rest / fmax(n - 2, 1)), least_scatter);
}

// Found sizes by class of their logarithm; what a true size puts into each.
typedef struct {
    response r;
    double counts[CLASSES], n;
    double kernel[CLASSES][SIZES];
    double least; // mean that is considered
} problem;

static void set_problem(const ia_cluster_trial *t, problem *p)
{
    double width = (most_x - least_x) / CLASSES;
    for (size_t i = 0; i < t->n_sizes; i++) {
        double at = (log(t->sizes[i]) - least_x) / width;
        p->counts[(size_t)fmin(fmax(at, 0), CLASSES - 1)]++;
        p->n++;
    }
    for (size_t c = 0; c < CLASSES; c++)
        for (size_t i = 0; i < SIZES; i++) {
            double y = least_x + width * ((double)c + 0.5), x = x_of(i);
            double off = (y - p->r.a - p->r.b * x) / hypot(p->r.scatter, width / 3.46);
            p->kernel[c][i] = chance(&p->r, x) * exp(-off * off / 2);
        }
    double slope = fmax(p->r.weights[1], 0.1);
    p->least = fmax(least_x, -p->r.weights[0] / slope - below);
}

// Shares of true sizes for a mean and a spread; returns the share that is found.
static double distribute(const problem *p, double mean, double spread,
                         double shares[SIZES])
{
    double sum = 0, found = 0;
    for (size_t i = 0; i < SIZES; i++) {
        double off = (x_of(i) - mean) / spread;
        sum += shares[i] = exp(-off * off / 2);
    }
    for (size_t i = 0; i < SIZES; i++) {
        shares[i] /= sum;
        found += shares[i] * chance(&p->r, x_of(i));
    }
    return found;
}

// Logarithm of the posterior of a mean and a spread, given that clusters were found.
static double weigh(const problem *p, double mean, double spread, double *found)
{
    double shares[SIZES], prior = log(spread / usual_spread) / doubt;
    double sum = -prior * prior / 2;
    *found = distribute(p, mean, spread, shares);
    for (size_t c = 0; c < CLASSES; c++) {
        double likelihood = 0;
        if (p->counts[c] == 0)
            continue;
        for (size_t i = 0; i < SIZES; i++)
            likelihood += p->kernel[c][i] * shares[i];
        sum += p->counts[c] * log(fmax(likelihood, 1e-300));
    }
    return sum - p->n * log(fmax(*found, 1e-300));
}

typedef struct {
    double mean, spread, weight, found;
} state;

static void fill_states(const problem *p, state states[MEANS * SPREADS])
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < MEANS * SPREADS; i++) {
        state *s = &states[i];
        s->mean =
            p->least + (most_x - p->least) * ((double)(i / SPREADS) + 0.5) / (2 * MEANS);
        s->spread = least_spread * pow(most_spread / least_spread,
                                       (double)(i % SPREADS) / (SPREADS - 1));
        s->weight = weigh(p, s->mean, s->spread, &s->found);
        most = fmax(most, s->weight);
    }
    for (size_t i = 0; i < MEANS * SPREADS; i++)
        sum += states[i].weight = exp(states[i].weight - most);
    for (size_t i = 0; i < MEANS * SPREADS; i++)
        states[i].weight /= sum;
}

// The number below which the true one is with this chance: n found among N, a Gamma law
// of n + 1/2 for each state.
static double quantile(const problem *p, const state states[MEANS * SPREADS],
                       double level)
{
    enum { HALVINGS = 50 };
    double low = 0, high = 1000 * (p->n + 1);
    for (int h = 0; h < HALVINGS; h++) {
        double middle = (low + high) / 2, sum = 0;
        for (size_t i = 0; i < MEANS * SPREADS; i++)
            if (states[i].weight > 1e-9)
                sum += states[i].weight *
                       gsl_cdf_gamma_P(middle * states[i].found, p->n + 0.5, 1);
        *(sum < level ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

// Classes by factors of two of the solute ions, with what was found of each.
static void begin_classes(const ia_cluster_trial *t, ia_cluster_recovery *out)
{
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++) {
        out->least_ions[c] = pow(2, (double)c);
        out->chance[c] = out->true_number[c] = NAN;
    }
    for (size_t i = 0; i < t->n_sizes; i++)
        out->found[(size_t)fmin(log2(t->sizes[i]), IA_RECOVERY_CLASSES - 1)]++;
}

// No chance is told of sizes that were not planted: the logistic would only go on there.
static void set_chances(const ia_cluster_trial *t, const response *r,
                        ia_cluster_recovery *out)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < t->n; i++) {
        least = fmin(least, t->planted[i].ions);
        most = fmax(most, t->planted[i].ions);
    }
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++) {
        double x = ((double)c + 0.5) * log(2);
        out->chance[c] = exp(x) >= least && exp(x) <= most ? chance(r, x) : NAN;
    }
}

static void set_numbers(const problem *p, const state states[MEANS * SPREADS],
                        ia_cluster_recovery *out)
{
    double all[SIZES] = {0};
    for (size_t s = 0; s < MEANS * SPREADS; s++) {
        double shares[SIZES];
        if (!(states[s].weight > 1e-6))
            continue;
        double found = distribute(p, states[s].mean, states[s].spread, shares);
        for (size_t i = 0; i < SIZES; i++)
            all[i] += states[s].weight * shares[i] * p->n / found;
    }
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++)
        out->true_number[c] = 0;
    for (size_t i = 0; i < SIZES; i++) {
        size_t c = (size_t)fmin(x_of(i) / log(2), IA_RECOVERY_CLASSES - 1);
        out->true_number[c] += all[i];
    }
}

ia_status ia_cluster_recovery_fit(ia_ctx *ctx, const ia_cluster_trial *trial,
                                  ia_cluster_recovery *out)
{
    ia_cluster_recovery r = {.n_planted = trial->n};
    problem *p = ia_array(ctx, 1, sizeof *p);
    state *states = ia_array(ctx, MEANS * SPREADS, sizeof *states);
    ia_status st = p && states ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < trial->n; i++)
        r.n_recovered += trial->planted[i].found > 0;
    r.number = r.low = r.high = NAN;
    begin_classes(trial, &r);
    if (st == IA_OK && trial->n_sizes > 0 && r.n_recovered >= FEWEST &&
        (st = fit_chance(ctx, trial, &p->r)) == IA_OK) {
        fit_line(trial, &p->r);
        set_problem(trial, p);
        fill_states(p, states);
        r.number = quantile(p, states, 0.5);
        r.low = quantile(p, states, 0.025);
        r.high = quantile(p, states, 0.975);
        set_chances(trial, &p->r, &r);
        set_numbers(p, states, &r);
    }
    if (st == IA_OK)
        *out = r;
    free(states);
    free(p);
    return st;
}
