// tests/unit/test_interval.c: intervals of counts against those that are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

static const double none[2] = {-INFINITY, INFINITY}, positive[2] = {0, INFINITY};

static void many_counts_are_normal(void **state)
{
    (void)state;
    double interval[2];

    ia_count_interval(1e6, 1e6, 1e6, positive, interval);
    assert_near(interval[0], 1e6 - 1959.96, 2);
    assert_near(interval[1], 1e6 + 1959.96, 2);
    ia_count_interval(-3, 4, 0, none, interval);
    assert_near(interval[0], -3 - 1.95996 * 2, 1e-3);
    assert_near(interval[1], -3 + 1.95996 * 2, 1e-3);
}

// Shortest interval of the gamma distribution of shape n + 1/2 that holds 95 %.
static void few_counts_have_jeffreys_interval(void **state)
{
    (void)state;
    double interval[2];

    for (double n = 1; n < 200; n *= 1.7) {
        double whole = floor(n);
        ia_count_interval(whole, whole, whole, positive, interval);
        double held = gsl_cdf_gamma_P(interval[1], whole + 0.5, 1) -
                      gsl_cdf_gamma_P(interval[0], whole + 0.5, 1);
        assert_near(held, 0.95, 1e-3);
        if (whole > 1)
            assert_near(gsl_ran_gamma_pdf(interval[0], whole + 0.5, 1) /
                            gsl_ran_gamma_pdf(interval[1], whole + 0.5, 1),
                        1, 0.05);
    }
}

static void nothing_seen_begins_at_zero(void **state)
{
    (void)state;
    double interval[2];

    ia_count_interval(0, 1, 1, positive, interval);
    assert_true(interval[0] == 0);
    assert_true(interval[1] > 2 && interval[1] < 6);
    ia_count_interval(-5, 25, 0, positive, interval); // a standard deviation below zero
    assert_true(interval[0] == 0);
    assert_near(interval[1], 7.06, 0.01); // P(z > (x + 5)/5) = 0.05 x 0.1587
}

static void limits_hold_on_either_side(void **state)
{
    (void)state;
    const double limits[2] = {0, 1};
    double interval[2], mirrored[2];

    ia_count_interval(0.995, 1e-4, -1e-7, limits, interval);
    assert_true(interval[1] == 1 || 1 - interval[1] < 1e-6);
    assert_true(interval[0] > 0.96 && interval[0] < 0.99);
    ia_count_interval(0.005, 1e-4, 1e-7, limits, mirrored);
    assert_near(mirrored[1], 1 - interval[0], 1e-4);
    ia_count_interval(5, 1e-4, 0, limits, interval);
    assert_true(interval[0] == 1 && interval[1] == 1);
}

static void no_variance_is_no_interval(void **state)
{
    (void)state;
    double interval[2];

    ia_count_interval(3, 0, 0, positive, interval);
    assert_true(interval[0] == 3 && interval[1] == 3);
    ia_count_interval(NAN, 1, 0, positive, interval);
    assert_true(isnan(interval[0]) && isnan(interval[1]));
}

// Means from 0.5 to 40 on a background of 3: the chance that the interval of the count
// found covers the mean, summed over all counts. A discrete count cannot be covered
// evenly: between 0.88 and 1, and 0.95 within 0.015 over all means.
static void they_cover(void **state)
{
    (void)state;
    const double background = 3;
    double all = 0, n = 0;

    for (double mean = 0.5; mean <= 40; mean += 0.5) {
        double covered = 0;
        for (unsigned k = 0; k < 150; k++) {
            double interval[2], found = k - background, v = fmax(k, background);
            ia_count_interval(found, v, v, positive, interval);
            if (mean >= interval[0] && mean <= interval[1])
                covered += gsl_ran_poisson_pdf(k, mean + background);
        }
        assert_true(covered > 0.88);
        all += covered;
        n++;
    }
    assert_near(all / n, 0.95, 0.015);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_counts_are_normal),
        cmocka_unit_test(few_counts_have_jeffreys_interval),
        cmocka_unit_test(nothing_seen_begins_at_zero),
        cmocka_unit_test(limits_hold_on_either_side),
        cmocka_unit_test(no_variance_is_no_interval),
        cmocka_unit_test(they_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
