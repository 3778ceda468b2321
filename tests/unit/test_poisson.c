// tests/unit/test_poisson.c: amounts of patterns of greatest likelihood, against answers
// done by hand and against the conditions that a maximum fulfils.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/poisson.h"

#include "spectrum_case.h"

#include <ionatlas/random.h>

static void separate_patterns_are_counted(void **state)
{
    (void)state;
    const double count[3] = {120, 45, 7}, none[3] = {0, 0, 0};
    const double share[9] = {1, 0, 0, 0, 0.9, 0, 0, 0, 0.5};
    const ia_poisson p = {3, 3, count, none, share};
    double x[3];

    assert_int_equal(ia_poisson_fit(NULL, &p, NULL, x), IA_OK);
    assert_near(x[0], 120, 120 * 1e-6);
    assert_near(x[1], 50, 50 * 1e-6);
    assert_near(x[2], 14, 14 * 1e-6);
}

static void a_second_line_parts_an_overlap(void **state)
{
    (void)state;
    // Two ions in one cell, the first with a line of its own: as many equations as ions.
    const double count[2] = {1000, 200}, none[2] = {0, 0};
    const double share[4] = {0.75, 1, 0.25, 0};
    const ia_poisson p = {2, 2, count, none, share};
    double x[2];

    assert_int_equal(ia_poisson_fit(NULL, &p, NULL, x), IA_OK);
    assert_near(x[0], 800, 1e-3);
    assert_near(x[1], 400, 1e-3);
}

static void no_amount_is_below_zero(void **state)
{
    (void)state;
    const double count[2] = {100, 50}, background[2] = {0, 60};
    const double share[4] = {1, 0.1, 0, 0.9};
    const ia_poisson p = {2, 2, count, background, share};
    double x[2];

    assert_int_equal(ia_poisson_fit(NULL, &p, NULL, x), IA_OK);
    assert_near(x[0], 100, 1e-4);
    assert_true(x[1] == 0);
}

static void who_is_left_out_stays_out(void **state)
{
    (void)state;
    const double count[2] = {100, 50}, none[2] = {0, 0};
    const double share[4] = {0.5, 0.5, 0.5, 0};
    const bool left_out[2] = {true, false};
    const ia_poisson p = {2, 2, count, none, share};
    double x[2];

    assert_int_equal(ia_poisson_fit(NULL, &p, left_out, x), IA_OK);
    assert_true(x[0] == 0);
    assert_near(x[1], 200, 1e-3);
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    const double zero[4] = {0, 0, 0, 0}, share[4] = {1, 0.5, 0, 0.5};
    const ia_poisson empty = {2, 2, zero, zero, share}, none = {0, 0, NULL, NULL, NULL};
    double x[2] = {-1, -1};

    assert_int_equal(ia_poisson_fit(NULL, &empty, NULL, x), IA_OK);
    assert_near(x[0], 0, 1e-6);
    assert_near(x[1], 0, 1e-6);
    assert_int_equal(ia_poisson_fit(NULL, &none, NULL, x), IA_OK);
}

// At the maximum the slope is zero where an amount is not, and not above zero where it is
// (Kuhn and Tucker). 200 systems of 12 cells and 6 patterns drawn at random.
static void a_maximum_is_reached(void **state)
{
    (void)state;
    enum { CELLS = 12, PATTERNS = 6, SYSTEMS = 200 };
    double count[CELLS], background[CELLS], share[CELLS * PATTERNS], x[PATTERNS];
    double mean[CELLS];
    const ia_poisson p = {CELLS, PATTERNS, count, background, share};

    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        ia_random random = ia_random_new(seed, 0);
        for (size_t w = 0; w < CELLS; w++) {
            double scale = pow(10, 4 * ia_random_uniform(&random) - 1);
            count[w] = floor(scale * ia_random_uniform(&random));
            background[w] = 0.1 * scale * ia_random_uniform(&random);
            for (size_t k = 0; k < PATTERNS; k++) {
                double u = ia_random_uniform(&random);
                share[w * PATTERNS + k] = u < 0.4 ? 0 : u / CELLS;
            }
        }
        assert_int_equal(ia_poisson_fit(NULL, &p, NULL, x), IA_OK);
        ia_poisson_means(&p, x, mean);
        for (size_t k = 0; k < PATTERNS; k++) {
            double slope = 0, own = 0;
            for (size_t w = 0; w < CELLS; w++) {
                double a = share[w * PATTERNS + k];
                slope += a > 0 ? a * (count[w] / fmax(mean[w], 1e-9) - 1) : 0;
                own += a * a / fmax(mean[w], 1e-9);
            }
            assert_true(x[k] >= 0);
            assert_true(slope / sqrt(own) < 1e-4);
            if (x[k] * sqrt(own) > 1e-3) // of a standard deviation off zero
                assert_true(slope / sqrt(own) > -1e-4);
        }
    }
}

static void information_is_that_of_counts(void **state)
{
    (void)state;
    const double count[2] = {1, 1}, none[2] = {0, 0}, share[4] = {0.5, 0.2, 0.5, 0.8};
    const double variance[2] = {10, 40}, floor_of[2] = {0, 3};
    const ia_poisson p = {2, 2, count, none, share};
    double f[4];

    ia_poisson_information(&p, variance, floor_of, f);
    assert_near(f[0], 0.25 / 10 + 0.25 / 40, 1e-12);
    assert_near(f[1], 0.1 / 10 + 0.4 / 40, 1e-12);
    assert_near(f[2], f[1], 0);
    assert_near(f[3], 0.04 / 10 + 0.64 / 40 + 3, 1e-12);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const double count[2] = {1000, 200}, none[2] = {0, 0};
    const double share[4] = {0.75, 1, 0.25, 0};
    const ia_poisson p = {2, 2, count, none, share};
    double x[2];

    CHECK_STARVED(ctx, ia_poisson_fit(ctx, &p, NULL, x), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separate_patterns_are_counted),
        cmocka_unit_test(a_second_line_parts_an_overlap),
        cmocka_unit_test(no_amount_is_below_zero),
        cmocka_unit_test(who_is_left_out_stays_out),
        cmocka_unit_test(nothing_gives_nothing),
        cmocka_unit_test(a_maximum_is_reached),
        cmocka_unit_test(information_is_that_of_counts),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
