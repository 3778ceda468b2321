// src/spectrum/calibrate_drift.c: drift over the run, by the likeness of the spectra of
// successive ions to that of all.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
   The run is cut into blocks of ions. The shift of each block on the axis w is the hidden
   state of a Markov chain that takes normal steps; the likelihood of a block under a
   shift is that of its ions under the density of all ions, each moved back by the shift
   of its own block. Shifts by forward-backward, density anew, in turn, with a kernel from
   coarse to fine; the size of the steps is that of the largest evidence.
*/

enum { FEWEST = 100, BLOCKS_MOST = 400, ROUNDS = 3, STEPS = 9, STATES_MOST = 2000 };

static const double COARSEST = 0.02, FLOOR_IONS = 10;

typedef struct {
    ia_ctx *ctx;
    size_t n, n_blocks;
    const double *w;      // (n) places without drift; NAN outside
    const uint32_t *part; // (n) block of each ion
    double bandwidth, bin, lo, span;
    size_t n_bins;
    double *density; // (n_bins) ln of the smoothed counts
    double *room;
    double most;        // shift looked for
    double reach, step; // of the shifts, -reach to reach
    size_t n_states;
    double *told;               // (n_blocks, n_states) ln likelihood
    double *forward, *backward; // (n_blocks, n_states)
    double *shift, *sigma;      // (n_blocks)
    int half;                   // ions used: 0 even, 1 odd, 2 all
} chain;

static bool is_used(const chain *c, size_t i, int half)
{
    return isfinite(c->w[i]) && (half == 2 || (int)(i % 2) == half);
}

static void smooth(double *values, double *room, size_t n, size_t half)
{
    for (int pass = 0; pass < 3; pass++) {
        double sum = 0;
        for (size_t i = 0; i < half && i < n; i++)
            sum += values[i];
        for (size_t i = 0; i < n; i++) {
            sum += i + half < n ? values[i + half] : 0;
            sum -= i > half ? values[i - half - 1] : 0;
            room[i] = sum / (double)(2 * half + 1);
        }
        memcpy(values, room, n * sizeof *values);
    }
}

// ln density of the ions of one half, moved back by their blocks' shifts.
static void learn_density(chain *c, int half)
{
    const double kernel = 2 * sqrt(acos(-1.0)) * c->bandwidth / c->bin; // bins
    memset(c->density, 0, c->n_bins * sizeof *c->density);
    for (size_t i = 0; i < c->n; i++) {
        if (!is_used(c, i, half))
            continue;
        double at = (c->w[i] - c->shift[c->part[i]] - c->lo) / c->bin;
        if (at >= 0 && at < (double)c->n_bins)
            c->density[(size_t)at]++;
    }
    smooth(c->density, c->room, c->n_bins, CAL_KERNEL_BINS);
    for (size_t i = 0; i < c->n_bins; i++)
        c->density[i] = log(c->density[i] + FLOOR_IONS / kernel);
}

static double ln_density(const chain *c, double w)
{
    double at = (w - c->lo) / c->bin - 0.5;
    if (!(at >= 0 && at < (double)(c->n_bins - 1)))
        return c->density[0];
    size_t k = (size_t)at;
    return c->density[k] + (at - (double)k) * (c->density[k + 1] - c->density[k]);
}

static double shift_of(const chain *c, size_t state)
{
    return (double)state * c->step - c->reach;
}

typedef struct {
    chain *c;
    const size_t *first; // (n_blocks + 1) ions of each block
} telling;

static void tell_block(void *user, size_t block, size_t worker)
{
    const telling *t = user;
    chain *c = t->c;
    double *told = c->told + block * c->n_states;
    (void)worker;
    memset(told, 0, c->n_states * sizeof *told);
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        if (!is_used(c, i, c->half))
            continue;
        for (size_t s = 0; s < c->n_states; s++)
            told[s] += ln_density(c, c->w[i] - shift_of(c, s));
    }
    double most = -INFINITY;
    for (size_t s = 0; s < c->n_states; s++)
        most = fmax(most, told[s]);
    for (size_t s = 0; s < c->n_states; s++)
        told[s] = exp(told[s] - most);
}

// One step of the chain: a normal distribution cut at four standard deviations.
static void diffuse(const chain *c, const double *from, double sigma, double *to)
{
    double weights[4 * STATES_MOST + 1], sum = 0;
    size_t far = (size_t)ceil(4 * sigma / c->step);
    far = far < c->n_states ? far : c->n_states - 1;
    for (size_t k = 0; k <= far; k++) {
        double d = sigma > 0 ? (double)k * c->step / sigma : 0;
        weights[k] = exp(-0.5 * d * d);
        sum += k ? 2 * weights[k] : weights[k];
    }
    for (size_t s = 0; s < c->n_states; s++) {
        double value = weights[0] * from[s];
        for (size_t k = 1; k <= far; k++) {
            if (s >= k)
                value += weights[k] * from[s - k];
            if (s + k < c->n_states)
                value += weights[k] * from[s + k];
        }
        to[s] = value / sum;
    }
}

// Multiply by what a block tells and make the sum 1; its logarithm.
static double absorb(const chain *c, size_t block, double *state)
{
    const double *told = c->told + block * c->n_states;
    double sum = 0;
    for (size_t s = 0; s < c->n_states; s++)
        sum += state[s] *= told[s];
    for (size_t s = 0; s < c->n_states && sum > 0; s++)
        state[s] /= sum;
    return sum > 0 ? log(sum) : -1e6;
}

static double go_forward(chain *c, double sigma)
{
    size_t n = c->n_states;
    double evidence = 0;
    for (size_t b = 0; b < c->n_blocks; b++) {
        double *state = c->forward + b * n;
        if (b == 0)
            for (size_t s = 0; s < n; s++)
                state[s] = 1 / (double)n;
        else
            diffuse(c, state - n, sigma, state);
        evidence += absorb(c, b, state);
    }
    return evidence;
}

static void go_backward(chain *c, double sigma)
{
    size_t n = c->n_states;
    for (size_t b = c->n_blocks; b-- > 0;) {
        double *state = c->backward + b * n;
        if (b + 1 == c->n_blocks) {
            for (size_t s = 0; s < n; s++)
                state[s] = 1;
            continue;
        }
        memcpy(c->room, state + n, n * sizeof *state);
        absorb(c, b + 1, c->room);
        diffuse(c, c->room, sigma, state);
    }
}

// Mean and standard deviation of each block's shift; the mean of all is 0.
static void settle(chain *c)
{
    double all = 0;
    for (size_t b = 0; b < c->n_blocks; b++) {
        const double *f = c->forward + b * c->n_states,
                     *g = c->backward + b * c->n_states;
        double sum = 0, mean = 0, square = 0;
        for (size_t s = 0; s < c->n_states; s++) {
            double p = f[s] * g[s], at = shift_of(c, s);
            sum += p;
            mean += p * at;
            square += p * at * at;
        }
        if (sum > 0) {
            c->shift[b] = mean / sum;
            c->sigma[b] = sqrt(fmax(0, square / sum - c->shift[b] * c->shift[b]));
        }
        all += c->shift[b];
    }
    for (size_t b = 0; b < c->n_blocks; b++)
        c->shift[b] -= all / (double)c->n_blocks;
}

// Steps of the chain that make the run likeliest, in units of a state.
static double best_step(chain *c)
{
    double best = 0, most = -INFINITY;
    for (int k = 0; k < STEPS; k++) {
        double sigma = c->step * ldexp(0.25, k), evidence = go_forward(c, sigma);
        if (evidence > most) {
            most = evidence;
            best = sigma;
        }
    }
    return best;
}

static double largest(const chain *c)
{
    double most = 0;
    for (size_t b = 0; b < c->n_blocks; b++)
        most = fmax(most, fabs(c->shift[b]));
    return most;
}

static void free_level(chain *c)
{
    free(c->density);
    free(c->room);
    free(c->told);
    free(c->forward);
    free(c->backward);
    c->density = c->room = c->told = c->forward = c->backward = NULL;
}

// Bins and states of a kernel; shifts may grow by some kernels beyond what was found.
static ia_status begin_level(chain *c, double bandwidth, double reach, bool is_last)
{
    c->bandwidth = bandwidth;
    c->bin = bandwidth / CAL_KERNEL_BINS;
    c->n_bins = (size_t)(c->span / c->bin) + 2;
    // At the end fine enough for a small drift, coarse enough for a large one.
    c->step = 0.5 * bandwidth;
    if (c->half == 2 && is_last)
        c->step = fmin(c->step, fmax(0.1 * bandwidth, reach / 100));
    c->n_states = 2 * (size_t)ceil(reach / c->step) + 1;
    c->n_states = c->n_states < STATES_MOST ? c->n_states : STATES_MOST - 1;
    c->reach = 0.5 * c->step * (double)(c->n_states - 1);
    size_t n_room = c->n_bins > c->n_states ? c->n_bins : c->n_states;
    size_t n = c->n_blocks * c->n_states;
    c->density = ia_array(c->ctx, c->n_bins, sizeof *c->density);
    c->room = ia_array(c->ctx, n_room, sizeof *c->room);
    c->told = ia_array(c->ctx, n, sizeof *c->told);
    c->forward = ia_array(c->ctx, n, sizeof *c->forward);
    c->backward = ia_array(c->ctx, n, sizeof *c->backward);
    return c->density && c->room && c->told && c->forward && c->backward ? IA_OK
                                                                         : IA_ERR_MEMORY;
}

static ia_status follow(chain *c, const size_t *first)
{
    telling t = {c, first};
    ia_status st = IA_OK;
    for (int round = 0; round < ROUNDS && st == IA_OK; round++) {
        learn_density(c, c->half);
        if ((st = ia_for(c->ctx, "drift", c->n_blocks, tell_block, &t)) != IA_OK)
            break;
        double sigma = best_step(c);
        go_forward(c, sigma);
        go_backward(c, sigma);
        settle(c);
    }
    return st;
}

static ia_status run(chain *c, const size_t *first, double to)
{
    double reach = c->most;
    ia_status st = IA_OK;
    memset(c->shift, 0, c->n_blocks * sizeof *c->shift);
    for (double h = fmax(COARSEST, to); st == IA_OK; h = fmax(0.5 * h, to)) {
        free_level(c);
        if ((st = begin_level(c, h, reach, h <= to)) == IA_OK)
            st = follow(c, first);
        reach = fmin(c->most, largest(c) + 6 * h);
        if (h <= to)
            break;
    }
    return st;
}

// ln likelihood of the ions of a half under the density of the other, moved back by
// these shifts.
static double likelihood(chain *c, int half, double *shift)
{
    double *kept = c->shift, sum = 0;
    c->shift = shift;
    learn_density(c, 1 - half);
    for (size_t i = 0; i < c->n; i++)
        if (is_used(c, i, half))
            sum += ln_density(c, c->w[i] - shift[c->part[i]]);
    c->shift = kept;
    return sum;
}

// What the shifts that one half of the ions asks for do for the other half.
static ia_status cross(chain *c, const size_t *first, double to, double gain[2])
{
    double *none = ia_array(c->ctx, c->n_blocks, sizeof *none);
    ia_status st = none ? IA_OK : IA_ERR_MEMORY;
    for (int half = 0; half < 2 && st == IA_OK; half++) {
        c->half = half;
        if ((st = run(c, first, to)) == IA_OK)
            gain[half] =
                likelihood(c, 1 - half, c->shift) - likelihood(c, 1 - half, none);
    }
    c->half = 2;
    free(none);
    return st;
}

// Places of the ions without any drift, their blocks and the first ion of each block.
static ia_status place(chain *c, const cal_sample *sample, const cal_model *model,
                       double *w, uint32_t *part, size_t *first)
{
    cal_model bare = *model;
    double lo = INFINITY, hi = -INFINITY;
    size_t b = 0;
    bare.n_knots = 0;
    for (size_t i = 0; i < sample->n; i++) {
        cal_ion ion = cal_sample_ion(sample, i);
        double axis = cal_reduced_time(&bare, &ion) + bare.t0 - bare.t_axis;
        w[i] = axis > 0 ? 2 * log(axis) : NAN;
        if (isfinite(w[i])) {
            lo = fmin(lo, w[i]);
            hi = fmax(hi, w[i]);
        }
        part[i] = (uint32_t)(ion.s * (double)c->n_blocks);
        part[i] = part[i] < c->n_blocks ? part[i] : (uint32_t)c->n_blocks - 1;
        while (b <= part[i])
            first[b++] = i;
    }
    while (b <= c->n_blocks)
        first[b++] = sample->n;
    c->w = w;
    c->part = part;
    // A few far ions would make the axis long: they fall outside.
    c->lo = fmax(lo, hi - 9) - 2 * c->most;
    c->span = fmin(hi - lo, 9) + 4 * c->most;
    return isfinite(c->span) ? IA_OK : IA_ERR_EMPTY;
}

ia_status cal_drift_find(ia_ctx *ctx, const cal_sample *sample, const cal_model *model,
                         const cal_drift_rules *rules, cal_drift *out)
{
    const double least = 12; // of ln likelihood in both halves together
    size_t blocks = sample->n / FEWEST;
    chain c = {.ctx = ctx, .n = sample->n, .most = rules->most, .half = 2};
    c.n_blocks = blocks < BLOCKS_MOST ? blocks : BLOCKS_MOST;
    double *w = ia_array(ctx, sample->n, sizeof *w);
    uint32_t *part = ia_array(ctx, sample->n, sizeof *part);
    size_t *first = ia_array(ctx, c.n_blocks + 1, sizeof *first);
    ia_status st = IA_ERR_MEMORY;
    *out = (cal_drift){0};
    c.shift = ia_array(ctx, c.n_blocks, sizeof *c.shift);
    c.sigma = ia_array(ctx, c.n_blocks, sizeof *c.sigma);
    if (!w || !part || !first || !c.shift || !c.sigma)
        goto done;
    st = IA_OK;
    if (c.n_blocks < 4 || place(&c, sample, model, w, part, first) != IA_OK)
        goto done;
    if ((st = cross(&c, first, rules->bandwidth, out->gain)) != IA_OK ||
        !(out->gain[0] > 0 && out->gain[1] > 0 && out->gain[0] + out->gain[1] > least) ||
        (st = run(&c, first, rules->bandwidth)) != IA_OK)
        goto done;
    out->n = c.n_blocks;
    out->shift = c.shift;
    out->sigma = c.sigma;
    c.shift = c.sigma = NULL; // the result's now
done:
    free_level(&c);
    free(w);
    free(part);
    free(first);
    free(c.shift);
    free(c.sigma);
    return st;
}

void cal_drift_clear(cal_drift *drift)
{
    free(drift->shift);
    free(drift->sigma);
    *drift = (cal_drift){0};
}
