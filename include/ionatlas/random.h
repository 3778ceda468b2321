// include/ionatlas/random.h: random numbers from a seed held by the caller; no clock, no
// global.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RANDOM_H
#define IONATLAS_RANDOM_H

#include <ionatlas/base.h>

IA_BEGIN

// xoshiro256** of Blackman and Vigna (doi:10.1145/3460772), seeded by splitmix64. Two
// streams of one seed are independent: give every block of parallel work its own stream.
typedef struct {
    uint64_t s[4];
} ia_random;

IA_API ia_random ia_random_new(uint64_t seed, uint64_t stream);
IA_API uint64_t ia_random_u64(ia_random *random);
// Uniform integer in [0, n), unbiased; n > 0.
IA_API uint64_t ia_random_below(ia_random *random, uint64_t n);
// How many of n coins show heads. O(n/64).
IA_API uint64_t ia_random_half(ia_random *random, uint64_t n);
// Uniform in [0, 1), 53 bits.
IA_API double ia_random_uniform(ia_random *random);
// Standard normal (polar method of Marsaglia and Bray, doi:10.1137/1006063).
IA_API double ia_random_normal(ia_random *random);
// Every turn of space as likely: of a unit quaternion, four normals.
IA_API void ia_random_rotation(ia_random *random, double r[3][3]);
// Exponential of mean 1.
IA_API double ia_random_exponential(ia_random *random);

IA_END
#endif
