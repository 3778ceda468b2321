// src/spatial/knn_populations.h: one or two densities in the distances to the k-th
// neighbour.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_KNN_POPULATIONS_H
#define IONATLAS_SRC_KNN_POPULATIONS_H

#include <stdbool.h>
#include <stddef.h>

// Volumes of the balls that reach to the k-th neighbour, in bins of 6 %.
enum { IA_VOLUME_BINS = 1000 };
typedef struct {
    double n[IA_VOLUME_BINS], sum[IA_VOLUME_BINS]; // balls and their volume, nm^3
} ia_ball_volumes;
void ia_ball_volumes_add(ia_ball_volumes *volumes, double distance, double weight);

// Points at random with a density have Gamma(k, density) for that volume; two populations
// a mixture of two such.
typedef struct {
    double share;         // of the denser
    double dense, sparse; // nm^-3
    double ratio;         // 2 (log likelihood of two - that of one), 0 or more
} ia_populations;
// The likeliest by expectation and maximisation from `start`, or where that is NULL from
// the best of three. Empty volumes give share 0.
ia_populations ia_populations_fit(const ia_ball_volumes *volumes, size_t k,
                                  const ia_populations *start);
// Chance that a centre with this distance to its k-th neighbour is of the denser.
double ia_populations_chance(const ia_populations *populations, size_t k,
                             double distance);

#endif
