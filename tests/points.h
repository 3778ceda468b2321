// tests/points.h: distances between points, one by one.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_POINTS_H
#define TESTS_POINTS_H

#include "check.h"

static inline float distance(const float *xyz, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < 3; k++) {
        double d = (double)xyz[3 * i + k] - xyz[3 * j + k];
        sum += d * d;
    }
    return (float)sqrt(sum);
}

static inline int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Distance of point i to the k-th nearest one, itself the 0th.
static inline float core_distance(const float *xyz, size_t n, size_t i, size_t k)
{
    float *row = malloc(n * sizeof *row);
    assert_non_null(row);
    for (size_t j = 0; j < n; j++)
        row[j] = distance(xyz, i, j);
    row[i] = -1; // first, whatever shares its place
    qsort(row, n, sizeof *row, by_value);
    float core = k > 0 ? row[k] : 0;
    free(row);
    return core;
}

#endif
