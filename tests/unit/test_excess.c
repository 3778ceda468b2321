// tests/unit/test_excess.c: chances, intervals and limits against sums over
// probabilities.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

// P(N >= n) of Poisson's distribution, added up.
static double upper(double n, double mean)
{
    double p = exp(-mean), below = 0;
    for (double k = 0; k < n; k++) {
        below += p;
        p *= mean / (k + 1);
    }
    return 1 - below;
}

static void chances_are_sums_of_probabilities(void **state)
{
    (void)state;
    for (double b = 0.25; b < 30; b *= 2)
        for (double n = 0; n < 20; n += 3)
            assert_near(ia_excess_chance(n, b, 0), 0.5 * (upper(n, b) + upper(n + 1, b)),
                        1e-12);
    assert_true(ia_excess_chance(0, 0, 0) == 0.5);
    assert_true(ia_excess_chance(1, 0, 0) == 0);
    // An uncertain background makes an excess more likely.
    assert_true(ia_excess_chance(20, 10, 3) > ia_excess_chance(20, 10, 0));
}

// With b = 0 the interval of n counts is that of a Poisson mean: the chance at either end
// is half of what is left out.
static void intervals_end_where_the_chance_is_used_up(void **state)
{
    (void)state;
    for (double n = 1; n < 40; n += 3) {
        double ends[2];
        ia_excess_interval(n, 0, 0, 0.95, ends);
        assert_near(0.5 * (upper(n, ends[0]) + upper(n + 1, ends[0])), 0.025, 1e-9);
        assert_near(0.5 * (upper(n, ends[1]) + upper(n + 1, ends[1])), 0.975, 1e-9);
        double more[2];
        ia_excess_interval(n + 5, 5, 0, 0.95, more);
        assert_true(more[0] >= 0 && more[1] > more[0]);
    }
}

// No count: exp(-S) = 0.05, whatever the background.
static void nothing_seen_is_less_than_three(void **state)
{
    (void)state;
    const double three = -log(0.05);
    assert_near(ia_excess_upper(0, 0, 0, 0.95), three, 1e-6);
    assert_near(ia_excess_upper(0, 4, 0, 0.95), three, 1e-6);
    assert_near(ia_excess_upper(0, 40, 0, 0.95), three, 1e-6);
    assert_true(ia_excess_upper(5, 3, 0, 0.95) > ia_excess_upper(3, 3, 0, 0.95));
}

// Currie (1968) for many counts: 1.645 sqrt(b + s^2) and 2.71 + 3.29 sqrt(b + s^2). A
// count is a whole number and a little askew: that moves them by (1.645^2 - 1) / 6 times
// variance / mean and half an ion, together 1.1 ions for s^2 = b.
static void limits_are_curries_for_many_counts(void **state)
{
    (void)state;
    for (double b = 1e3; b < 1e9; b *= 10)
        for (double part = 0; part < 2; part++) {
            double sigma = part * sqrt(b), root = sqrt(b + sigma * sigma);
            assert_near(ia_critical_counts(b, sigma, 0.05), 1.645 * root, 1.2);
            assert_near(ia_detectable_counts(b, sigma, 0.05, 0.05), 2.71 + 3.29 * root,
                        3 + 1e-4 * root);
        }
}

// Without background one ion detects, and -ln 0.05 ions are wanted to have one but once
// in twenty; half of the chance of exactly so many is taken, which moves it a little.
static void limits_without_background_are_a_few_ions(void **state)
{
    (void)state;
    assert_true(ia_critical_counts(0, 0, 0.05) < 1);
    assert_near(ia_detectable_counts(1e-6, 0, 0.05, 0.05), 3, 0.4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chances_are_sums_of_probabilities),
        cmocka_unit_test(intervals_end_where_the_chance_is_used_up),
        cmocka_unit_test(nothing_seen_is_less_than_three),
        cmocka_unit_test(limits_are_curries_for_many_counts),
        cmocka_unit_test(limits_without_background_are_a_few_ions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
