// src/detector/dead.h: what the files about the dead time share; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_DEAD_H
#define IONATLAS_SRC_DEAD_H

#include <ionatlas/dead_time.h>

typedef struct {
    const ia_dead_time_input *in;
    const ia_multiples *m;
    ia_dead_time_params params;
    double t_edge[IA_DEAD_TIMES + 1], r_edge[IA_DEAD_RADII + 1]; // from 0 to t_far, r_far
    uint64_t pairs[IA_DEAD_TIMES + 1][IA_DEAD_RADII + 1];        // last of each: beyond
    uint64_t apart[IA_DEAD_TIMES + 1]; // by the times themselves
    int32_t *range;                    // (ions of multiples) merged range, -1 for none
    ia_dead_time *out;
} dead_job;

// Two ions of a pulse, the earlier first: how far apart they are on the detector, mm, and
// in time, ns; and in time if both had flown one way. Ions of one m/n that hit far apart
// come apart in time because their ways differ: by `apart` alone distance and time
// would not be independent.
typedef struct {
    size_t first, second;
    double r, apart, t;
} dead_pair;
dead_pair dead_pair_of(const ia_multiples *m, size_t a, size_t b);
// Every pair of ions of one pulse whose times and places are numbers, in order.
typedef void (*dead_visit)(void *user, const dead_pair *pair);
void dead_each_pair(const ia_multiples *m, dead_visit visit, void *user);

// Pairs in the zone for one outside it that come in the same time, from pairs that
// cannot hide each other.
typedef struct {
    double ratio, variance;
} dead_ratio;
dead_ratio dead_ratio_of(double near, double far);
// Pairs lost, with their standard deviation.
double dead_lost(double near, double far, const dead_ratio *ratio, double *sigma);

// dead_zone.c: count pairs and find the zone.
// A distance on the detector with a tenth of the pairs beyond that cannot hide each
// other: 10 mm, or less where there are fewer.
double dead_reach(const dead_job *j);
void dead_count(dead_job *j);
ia_status dead_find_blind(ia_ctx *ctx, dead_job *j);
void dead_find_zone(dead_job *j);
// dead_loss.c: what each range and kind lost, and whether isotopes agree.
ia_status dead_losses(ia_ctx *ctx, dead_job *j);
ia_status dead_isotopes(ia_ctx *ctx, dead_job *j);

#endif
