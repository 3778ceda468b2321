// src/core/bounds.h: the box around positions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BOUNDS_H
#define IONATLAS_SRC_BOUNDS_H

#include <math.h>
#include <stddef.h>

// Least and greatest of each coordinate of (n, 3) positions, but for what is no number;
// INFINITY and -INFINITY where there are none.
static inline void ia_bounds(const float *xyz, size_t n, double lo[3], double hi[3])
{
    for (size_t k = 0; k < 3; k++) {
        lo[k] = INFINITY;
        hi[k] = -INFINITY;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) {
            lo[k] = fmin(lo[k], (double)xyz[3 * i + k]);
            hi[k] = fmax(hi[k], (double)xyz[3 * i + k]);
        }
}

#endif
