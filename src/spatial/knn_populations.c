// src/spatial/knn_populations.c: one or two densities in the distances to the k-th
// neighbour.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_populations.h"

#include <math.h>

enum { TRIED_ROUNDS = 10, ROUNDS = 150 };
static const double bin_width = 0.06, lowest = -40; // of ln(nm^3)
static const double least_gain = 1e-6;              // of a log likelihood per centre
static const double least_share = 1e-4;

static double volume_of(double distance)
{
    return 4 * 3.14159265358979323846 / 3 * distance * distance * distance;
}

void ia_ball_volumes_add(ia_ball_volumes *volumes, double distance, double weight)
{
    double volume = fmax(volume_of(distance), 1e-17);
    double at = fmin((log(volume) - lowest) / bin_width, IA_VOLUME_BINS - 1);
    size_t bin = (size_t)fmax(at, 0);
    volumes->n[bin] += weight;
    volumes->sum[bin] += weight * volume;
}

// Bins that hold something, side by side.
typedef struct {
    double n[IA_VOLUME_BINS], mean[IA_VOLUME_BINS];
    size_t size;
    double total, volume;
} filled;

static void collect(const ia_ball_volumes *volumes, filled *out)
{
    out->size = 0;
    out->total = out->volume = 0;
    for (size_t i = 0; i < IA_VOLUME_BINS; i++) {
        if (!(volumes->n[i] > 0))
            continue;
        out->n[out->size] = volumes->n[i];
        out->mean[out->size++] = volumes->sum[i] / volumes->n[i];
        out->total += volumes->n[i];
        out->volume += volumes->sum[i];
    }
}

// Log of the share of the denser times its density of a volume over that of the sparser.
static double log_odds(const ia_populations *p, size_t k, double volume)
{
    return log(p->share / (1 - p->share)) + (double)k * log(p->dense / p->sparse) -
           (p->dense - p->sparse) * volume;
}

// One round; the log likelihood before it, without what does not depend on the fit.
static double improve(const filled *f, size_t k, ia_populations *p)
{
    double n = 0, volume = 0, likelihood = 0;
    double from = log(1 - p->share) + (double)k * log(p->sparse);
    for (size_t i = 0; i < f->size; i++) {
        double odds = log_odds(p, k, f->mean[i]);
        double small = exp(-fabs(odds)), chance = (odds > 0 ? 1 : small) / (1 + small);
        likelihood +=
            f->n[i] * (from - p->sparse * f->mean[i] + fmax(odds, 0) + log1p(small));
        n += f->n[i] * chance;
        volume += f->n[i] * chance * f->mean[i];
    }
    p->share = fmin(fmax(n / f->total, least_share), 1 - least_share);
    if (volume > 0 && f->volume - volume > 0) {
        p->dense = (double)k * n / volume;
        p->sparse = (double)k * (f->total - n) / (f->volume - volume);
    }
    return likelihood;
}

// Density of the `share` of centres with the smallest volumes, or of the others.
static double density_of_part(const filled *f, size_t k, double share, bool densest)
{
    double n = 0, volume = 0;
    for (size_t i = 0; i < f->size && n < share * f->total; i++) {
        n += f->n[i];
        volume += f->n[i] * f->mean[i];
    }
    if (!densest) {
        n = f->total - n;
        volume = f->volume - volume;
    }
    return n > 0 && volume > 0 ? (double)k * n / volume
                               : (double)k * f->total / f->volume;
}

// From where p is; p->ratio is then its log likelihood.
static void climb(const filled *f, size_t k, size_t rounds, ia_populations *p)
{
    double before = -INFINITY;
    for (size_t round = 0; round < rounds; round++) {
        p->ratio = improve(f, k, p);
        if (!(p->ratio > before + least_gain * f->total))
            break;
        before = p->ratio;
    }
}

// The best of three starts after a few rounds.
static ia_populations choose_start(const filled *f, size_t k)
{
    static const double starts[] = {0.05, 0.25, 0.6};
    ia_populations best = {.ratio = -INFINITY};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        ia_populations p = {.share = starts[i],
                            .dense = density_of_part(f, k, starts[i], true),
                            .sparse = density_of_part(f, k, starts[i], false)};
        climb(f, k, TRIED_ROUNDS, &p);
        if (p.ratio > best.ratio)
            best = p;
    }
    return best;
}

ia_populations ia_populations_fit(const ia_ball_volumes *volumes, size_t k,
                                  const ia_populations *start)
{
    filled f;
    collect(volumes, &f);
    if (!(f.total > 0))
        return (ia_populations){0};
    double one = (double)k * f.total / f.volume;
    double likelihood = f.total * (double)k * (log(one) - 1);
    ia_populations best = start ? *start : choose_start(&f, k);
    climb(&f, k, ROUNDS, &best);
    best.ratio = fmax(2 * (best.ratio - likelihood), 0);
    if (!(best.dense >= best.sparse)) {
        double dense = best.sparse;
        best = (ia_populations){1 - best.share, dense, best.dense, best.ratio};
    }
    return best;
}

double ia_populations_chance(const ia_populations *p, size_t k, double distance)
{
    if (!(p->share > 0 && p->share < 1))
        return p->share >= 1;
    return 1 / (1 + exp(-log_odds(p, k, volume_of(distance))));
}
