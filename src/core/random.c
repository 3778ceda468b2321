// src/core/random.c: xoshiro256** seeded by splitmix64, and the distributions drawn from
// it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/random.h>

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

ia_random ia_random_new(uint64_t seed, uint64_t stream)
{
    // Hash the seed before the stream enters, so that (1, 2) and (2, 1) do not meet.
    uint64_t state = seed;
    uint64_t mixed = splitmix(&state) ^ (stream * 0xd1342543de82ef95u);
    ia_random random;
    for (int i = 0; i < 4; i++)
        random.s[i] = splitmix(&mixed);
    return random;
}

uint64_t ia_random_u64(ia_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t ia_random_below(ia_random *random, uint64_t n)
{
    // Values under 2^64 mod n would make the small remainders more likely.
    uint64_t least = (0 - n) % n;
    uint64_t x;
    do {
        x = ia_random_u64(random);
    } while (x < least);
    return x % n;
}

uint64_t ia_random_half(ia_random *random, uint64_t n)
{
    uint64_t heads = 0;
    for (; n >= 64; n -= 64)
        heads += (uint64_t)__builtin_popcountll(ia_random_u64(random));
    if (n > 0)
        heads += (uint64_t)__builtin_popcountll(ia_random_u64(random) >> (64 - n));
    return heads;
}

double ia_random_uniform(ia_random *random)
{
    return (double)(ia_random_u64(random) >> 11) * 0x1p-53;
}

double ia_random_normal(ia_random *random)
{
    double u, v, s;
    do {
        u = 2 * ia_random_uniform(random) - 1;
        v = 2 * ia_random_uniform(random) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * log(s) / s);
}

void ia_random_rotation(ia_random *random, double r[3][3])
{
    double q[4], n = 0;
    for (size_t k = 0; k < 4; k++) {
        q[k] = ia_random_normal(random);
        n += q[k] * q[k];
    }
    for (size_t k = 0; k < 4; k++)
        q[k] /= sqrt(n);
    for (size_t i = 0; i < 3; i++) {
        size_t a = (i + 1) % 3, b = (i + 2) % 3;
        r[i][i] = 1 - 2 * (q[1 + a] * q[1 + a] + q[1 + b] * q[1 + b]);
        r[i][a] = 2 * (q[1 + i] * q[1 + a] - q[0] * q[1 + b]);
        r[a][i] = 2 * (q[1 + i] * q[1 + a] + q[0] * q[1 + b]);
    }
}

double ia_random_exponential(ia_random *random)
{
    return -log1p(-ia_random_uniform(random));
}
