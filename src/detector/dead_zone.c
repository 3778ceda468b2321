// src/detector/dead_zone.c: where pairs are missing, in time and on the detector.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/dead.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

dead_pair dead_pair_of(const ia_multiples *m, size_t a, size_t b)
{
    double t[2] = {(double)m->tof[a], (double)m->tof[b]};
    double root[2] = {sqrt(fmax(0, (double)m->mass[a])),
                      sqrt(fmax(0, (double)m->mass[b]))};
    bool swapped = root[1] < root[0];
    return (dead_pair){.first = swapped ? b : a,
                       .second = swapped ? a : b,
                       .r = hypot((double)m->hit[2 * a] - (double)m->hit[2 * b],
                                  (double)m->hit[2 * a + 1] - (double)m->hit[2 * b + 1]),
                       .apart = fabs(t[1] - t[0]),
                       .t = (t[0] + t[1]) * fabs(root[1] - root[0]) /
                            fmax(root[0] + root[1], 1e-9)};
}

dead_ratio dead_ratio_of(double near, double far)
{
    dead_ratio ratio = {NAN, NAN};
    if (far > 0) {
        ratio.ratio = near / far;
        ratio.variance = (fmax(near, 1) + ratio.ratio * near) / (far * far);
    }
    return ratio;
}

double dead_lost(double near, double far, const dead_ratio *ratio, double *sigma)
{
    double came = ratio->ratio * far;
    *sigma = sqrt(came + ratio->ratio * came + far * far * ratio->variance);
    return came - near;
}

// Slice of a value between edges from 0 on; n for what lies beyond.
static size_t slice_of(const double *edge, size_t n, double value)
{
    size_t i = 0;
    while (i < n && value >= edge[i + 1])
        i++;
    return i;
}

void dead_each_pair(const ia_multiples *m, dead_visit visit, void *user)
{
    for (size_t e = 0; e < m->n_events; e++)
        for (size_t a = m->begin[e]; a < m->begin[e + 1]; a++)
            for (size_t b = a + 1; b < m->begin[e + 1]; b++) {
                dead_pair p = dead_pair_of(m, a, b);
                if (isfinite(p.apart) && isfinite(p.r))
                    visit(user, &p);
            }
}

// Distances of pairs that cannot hide each other; the last: beyond.
enum { REACH_STEPS = 1000 };
static const double widest = 10; // mm
typedef struct {
    double t_far, n[REACH_STEPS + 1], all;
} reach_count;

static void count_reach(void *user, const dead_pair *p)
{
    reach_count *c = user;
    if (!(p->t >= c->t_far))
        return;
    c->n[(size_t)fmin(REACH_STEPS, p->r / widest * REACH_STEPS)]++;
    c->all++;
}

double dead_reach(const dead_job *j)
{
    const double beyond = 0.1;
    reach_count c = {.t_far = j->params.t_far};
    double further = 0;
    size_t step = REACH_STEPS;
    dead_each_pair(j->m, count_reach, &c);
    while (step > 1 && (further += c.n[step]) < beyond * c.all)
        step--;
    return widest * (double)step / REACH_STEPS;
}

static void count_one(void *user, const dead_pair *p)
{
    dead_job *j = user;
    j->out->shortest = fmin(j->out->shortest, p->apart);
    j->apart[slice_of(j->t_edge, IA_DEAD_TIMES, p->apart)]++;
    j->pairs[slice_of(j->t_edge, IA_DEAD_TIMES, p->t)]
            [slice_of(j->r_edge, IA_DEAD_RADII, p->r)]++;
}

void dead_count(dead_job *j)
{
    j->out->shortest = INFINITY;
    dead_each_pair(j->m, count_one, j);
}

static int by_float(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Share of all pairs of times that are nearer than each edge: what exchanging partners
// gives.
static void share_below(const float *sorted, size_t n, const double *edge, double *share)
{
    for (size_t k = 0; k < IA_DEAD_TIMES; k++) {
        double pairs = 0;
        for (size_t a = 0, b = 0; a < n; a++) {
            while (b < n && (double)sorted[b] - (double)sorted[a] < edge[k + 1])
                b++;
            pairs += (double)(b - a - 1);
        }
        share[k] = n > 1 ? pairs / (0.5 * (double)n * (double)(n - 1)) : 0;
    }
}

// A detector that is dead everywhere leaves no pair at any distance.
ia_status dead_find_blind(ia_ctx *ctx, dead_job *j)
{
    const double few = 0.02, surely = 1e-4;
    size_t n = 0;
    double share[IA_DEAD_TIMES], all = 0, below = 0;
    float *sorted = ia_array(ctx, j->m->n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < j->m->n; i++)
        if (isfinite(j->m->tof[i]))
            sorted[n++] = j->m->tof[i];
    qsort(sorted, n, sizeof *sorted, by_float);
    share_below(sorted, n, j->t_edge, share);
    free(sorted);
    for (size_t k = 0; k <= IA_DEAD_TIMES; k++)
        all += (double)j->apart[k];
    j->out->blind = 0;
    for (size_t k = 0; k < IA_DEAD_TIMES; k++) {
        below += (double)j->apart[k];
        double expected = all * share[k];
        if (below < few * expected &&
            gsl_cdf_poisson_P((unsigned)below, expected) < surely)
            j->out->blind = fmin(j->t_edge[k + 1], fmax(j->t_edge[k], j->out->shortest));
    }
    return IA_OK;
}

// Pairs of the slices [0, k) of time, in slices [from, to) of distance.
static double sum_pairs(const dead_job *j, size_t k, size_t from, size_t to)
{
    double sum = 0;
    for (size_t t = 0; t < k; t++)
        for (size_t l = from; l < to; l++)
            sum += (double)j->pairs[t][l];
    return sum;
}

static double sum_far(const dead_job *j, size_t from, size_t to)
{
    return sum_pairs(j, IA_DEAD_TIMES + 1, from, to) -
           sum_pairs(j, IA_DEAD_TIMES, from, to);
}

static dead_ratio ratio_within(const dead_job *j, size_t l)
{
    return dead_ratio_of(sum_far(j, 0, l), sum_far(j, l, IA_DEAD_RADII + 1));
}

// Pairs of each slice of time nearer than r_far, from those beyond it.
static void fill_times(dead_job *j)
{
    const size_t all = IA_DEAD_RADII, end = IA_DEAD_RADII + 1;
    dead_ratio ratio = ratio_within(j, all);
    for (size_t k = 0; k < IA_DEAD_TIMES; k++) {
        double far = sum_pairs(j, k + 1, all, end) - sum_pairs(j, k, all, end);
        double near = sum_pairs(j, k + 1, 0, all) - sum_pairs(j, k, 0, all);
        ia_dead_slice *s = &j->out->times[k];
        *s = (ia_dead_slice){j->t_edge[k], j->t_edge[k + 1], (uint64_t)near, 0, 0};
        dead_lost(0, far, &ratio, &s->sigma);
        s->expected = ratio.ratio * far;
    }
}

// Pairs of each slice of distance in the first slices of time.
static void fill_radii(dead_job *j, size_t n_times)
{
    const size_t all = IA_DEAD_RADII, end = IA_DEAD_RADII + 1;
    double far = sum_pairs(j, n_times, all, end);
    for (size_t l = 0; l < IA_DEAD_RADII; l++) {
        dead_ratio ratio = dead_ratio_of(sum_far(j, l, l + 1), sum_far(j, all, end));
        ia_dead_slice *s = &j->out->radii[l];
        *s = (ia_dead_slice){j->r_edge[l], j->r_edge[l + 1],
                             (uint64_t)sum_pairs(j, n_times, l, l + 1), 0, 0};
        dead_lost(0, far, &ratio, &s->sigma);
        s->expected = ratio.ratio * far;
    }
}

// Slices in order, the first of which may have lost a share of what is expected.
typedef struct {
    double pairs[IA_DEAD_TIMES], expected[IA_DEAD_TIMES]; // times are no fewer than radii
    size_t n;
} dead_run;

static double log_poisson(double n, double mean)
{
    return n * log(fmax(mean, 1e-9)) - mean;
}

// How many slices lost: the likeliest number, all of these by one share.
static size_t count_dead(const dead_run *run)
{
    size_t best = 0;
    double best_gain = 0;
    for (size_t k = 1; k <= run->n; k++) {
        double n = 0, e = 0, gain = 0;
        for (size_t i = 0; i < k; i++) {
            n += run->pairs[i];
            e += run->expected[i];
        }
        double left = e > 0 ? fmin(1, n / e) : 1;
        for (size_t i = 0; i < k; i++)
            gain += log_poisson(run->pairs[i], left * run->expected[i]) -
                    log_poisson(run->pairs[i], run->expected[i]);
        if (gain > best_gain) {
            best_gain = gain;
            best = k;
        }
    }
    return best;
}

// The zone may end within a slice, which then lost less than those before it: slices that
// lack pairs by two of their errors are of the zone as well. A zone too wide costs
// sureness, one too narrow costs ions.
static size_t count_slices(const ia_dead_slice *slices, size_t n)
{
    dead_run run = {.n = n};
    for (size_t i = 0; i < n; i++) {
        run.pairs[i] = (double)slices[i].pairs;
        run.expected[i] = slices[i].expected;
    }
    size_t k = count_dead(&run);
    while (k > 0 && k < n && run.expected[k] - run.pairs[k] > 2 * slices[k].sigma)
        k++;
    return k;
}

// The times up to which pairs are missing, then the distance up to which; the chance is
// that of pairs missing in any number of slices.
void dead_find_zone(dead_job *j)
{
    const size_t all = IA_DEAD_RADII, end = IA_DEAD_RADII + 1;
    ia_dead_time *out = j->out;
    double surest = 0;
    dead_ratio ratio = ratio_within(j, all);
    for (size_t k = 1; k <= IA_DEAD_TIMES; k++) {
        double sigma, near = sum_pairs(j, k, 0, all), far = sum_pairs(j, k, all, end);
        double lost = dead_lost(near, far, &ratio, &sigma);
        surest = sigma > 0 ? fmax(surest, lost / sigma) : surest;
    }
    out->p = fmin(1, IA_DEAD_TIMES * gsl_cdf_ugaussian_Q(surest));
    fill_times(j);
    size_t n_times = count_slices(out->times, IA_DEAD_TIMES);
    fill_radii(j, n_times > 0 ? n_times : IA_DEAD_TIMES);
    size_t n_radii = count_slices(out->radii, IA_DEAD_RADII);
    out->is_significant = n_times > 0 && n_radii > 0 && out->p <= j->params.dead_level;
    out->time = out->is_significant ? j->t_edge[n_times] : 0;
    out->radius = out->is_significant ? j->r_edge[n_radii] : 0;
    out->reaches_far = out->is_significant && n_radii == all;
}
