// src/spatial/covariance_internal.h: the parts of a set covariance.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_COVARIANCE_H
#define IONATLAS_SRC_COVARIANCE_H

#include <ionatlas/extent.h>

// What a shape measured by cubes loses when it is shifted by so much, mean over
// directions.
typedef struct {
    size_t n;
    double edge;        // of the cubes, nm
    const double *r;    // (n) rising, nm
    const double *lost; // (n) share of the shape that falls outside of it
} covariance_shells;

// The blur of the cubes taken out; false, and nothing written, where the shells do not
// say.
bool ia_covariance_fit(const covariance_shells *shells, ia_covariance *out);
// One of n unit vectors that are spread evenly; `turn` turns all of them about z.
void ia_covariance_direction(size_t i, size_t n, double turn, double out[3]);

#endif
