// tests/points_case.h: clouds of points of the shapes that real and broken files have.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_POINTS_CASE_H
#define TESTS_POINTS_CASE_H

#include "check.h"

typedef void (*fill)(float *xyz, size_t n, ia_random *random);

static inline void fill_even(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(ia_random_uniform(random) * 5 + 100);
}

static inline void fill_needle(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < n; i++) {
        double z = ia_random_uniform(random) * 200, r = 0.2 + 0.02 * z;
        xyz[3 * i] = (float)(r * ia_random_normal(random));
        xyz[3 * i + 1] = (float)(r * ia_random_normal(random));
        xyz[3 * i + 2] = (float)z;
    }
}

static inline void fill_clusters(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(10 * (double)(i % 7) * ((double)k + 1) +
                                     (i % 3 ? 0.05 : 4.0) * ia_random_normal(random));
}

static inline void fill_outlier(float *xyz, size_t n, ia_random *random)
{
    fill_even(xyz, n, random);
    xyz[0] = 1e6f;
}

static inline void fill_plane(float *xyz, size_t n, ia_random *random)
{
    fill_even(xyz, n, random);
    for (size_t i = 0; i < n; i++)
        xyz[3 * i + 2] = 7;
}

static inline void fill_repeats(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)ia_random_below(random, 3);
}

static inline void fill_one_place(float *xyz, size_t n, ia_random *random)
{
    (void)random;
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = 4.5f;
}

static const fill fills[] = {fill_even,  fill_needle,  fill_clusters, fill_outlier,
                             fill_plane, fill_repeats, fill_one_place};
enum { N_FILLS = sizeof fills / sizeof fills[0] };

#endif
