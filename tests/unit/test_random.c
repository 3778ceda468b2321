// tests/unit/test_random.c: moments and independence of the random numbers.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <gsl/gsl_cdf.h>

enum { N = 1000000, N_SEEDS = 20 };

// Bands: a correct generator passes 999 of 1,000 times. With 20 seeds and two-sided tests
// each seed gets p = 1e-3 / 20, that is 4.06 standard deviations.
static const double band = 4.06;

static void uniform_moments(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 0);
        double sum = 0, square = 0;
        for (int i = 0; i < N; i++) {
            double u = ia_random_uniform(&random);
            assert_true(u >= 0 && u < 1);
            sum += u;
            square += u * u;
        }
        assert_true(fabs(sum / N - 0.5) < band * sqrt(1.0 / 12 / N));
        // variance of u^2: 1/5 - 1/9
        assert_true(fabs(square / N - 1.0 / 3) < band * sqrt(4.0 / 45 / N));
    }
}

static void normal_moments(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 1);
        double sum = 0, square = 0, tail = 0;
        for (int i = 0; i < N; i++) {
            double x = ia_random_normal(&random);
            sum += x;
            square += x * x;
            tail += x > 2;
        }
        double p = gsl_cdf_ugaussian_Q(2);
        assert_true(fabs(sum / N) < band / sqrt(N));
        assert_true(fabs(square / N - 1) < band * sqrt(2.0 / N));
        assert_true(fabs(tail / N - p) < band * sqrt(p * (1 - p) / N));
    }
}

static void exponential_moments(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 2);
        double sum = 0, tail = 0;
        for (int i = 0; i < N; i++) {
            double x = ia_random_exponential(&random);
            assert_true(x >= 0);
            sum += x;
            tail += x > 3;
        }
        assert_true(fabs(sum / N - 1) < band / sqrt(N));
        assert_true(fabs(tail / N - exp(-3)) < band * sqrt(exp(-3) * (1 - exp(-3)) / N));
    }
}

static void below_is_even(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 3);
        double counts[7] = {0}, chi2 = 0;
        for (int i = 0; i < N; i++)
            counts[ia_random_below(&random, 7)]++;
        for (int k = 0; k < 7; k++)
            chi2 += (counts[k] - N / 7.0) * (counts[k] - N / 7.0) / (N / 7.0);
        assert_true(gsl_cdf_chisq_Q(chi2, 6) > 1e-3 / N_SEEDS);
    }
}

// Streams of one seed, and neighbouring seeds, share no correlation.
static void streams_are_independent(void **unused)
{
    (void)unused;
    static const uint64_t pairs[][4] = {
        {1, 0, 1, 1}, {1, 0, 2, 0}, {1, 2, 2, 1}, {0, 0, 0, 1}};
    for (size_t p = 0; p < 4; p++) {
        ia_random a = ia_random_new(pairs[p][0], pairs[p][1]);
        ia_random b = ia_random_new(pairs[p][2], pairs[p][3]);
        double sum = 0;
        for (int i = 0; i < N; i++)
            sum += (ia_random_uniform(&a) - 0.5) * (ia_random_uniform(&b) - 0.5);
        assert_true(fabs(sum / N) < band / 12 / sqrt(N));
    }
}

static void same_seed_same_numbers(void **unused)
{
    (void)unused;
    ia_random a = ia_random_new(42, 7), b = ia_random_new(42, 7);
    for (int i = 0; i < 1000; i++)
        assert_true(ia_random_u64(&a) == ia_random_u64(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_moments),
        cmocka_unit_test(normal_moments),
        cmocka_unit_test(exponential_moments),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(streams_are_independent),
        cmocka_unit_test(same_seed_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
