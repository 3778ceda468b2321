// tests/unit/test_mixture_reach.c: how far sums of patterns may lie from what was fitted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/mixture_reach.h"

static double log_likelihood(const ia_reach *r, double x, double y)
{
    double a = x - r->theta[0], b = y - r->theta[1];
    const double *h = r->information;
    return r->slope[0] * a + r->slope[1] * b -
           0.5 * (a * a * h[0] + 2 * a * b * h[1] + b * b * h[3]);
}

// The same from its definition, on a grid of the two thetas.
static double by_grid(const ia_reach *r, const double *pattern, double spread,
                      double told)
{
    enum { STEPS = 2000 };
    double top = -INFINITY, up = -INFINITY, down = INFINITY;

    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i <= STEPS; i++)
            for (int k = 0; k <= STEPS; k++) {
                double x = r->most[0] * i / STEPS, y = r->most[1] * k / STEPS;
                double l = log_likelihood(r, x, y);
                double sum = pattern[0] * x + pattern[1] * y;
                if (pass == 0)
                    top = fmax(top, l);
                else if (l >= top - 0.5 * spread) {
                    up = fmax(up, sum);
                    down = fmin(down, sum);
                }
            }
    return sqrt(0.5 * (pow(up - told, 2) + pow(down - told, 2)));
}

// A reach of two thetas, and what is told of three of their sums. Points of the grid and
// where the search stops leave 3 %.
static void assert_as_by_grid(const ia_reach *r, double spread)
{
    static const double patterns[][2] = {{1, 0}, {1, 1}, {1, -2}};

    for (size_t i = 0; i < 3; i++) {
        const double *g = patterns[i];
        double told = g[0] * r->theta[0] + g[1] * r->theta[1];
        double expected = by_grid(r, g, spread, told);
        double found = ia_reach_sigma(r, g, spread, told);
        if (!(fabs(found - expected) <= 0.03 * expected))
            fail_msg("sum %zu: %g, by its definition %g", i, found, expected);
    }
}

// Far from bounds it is the error that the inverse information gives.
static void between_bounds_it_is_the_usual_error(void **unused)
{
    (void)unused;
    const ia_reach r = {
        .n = 2, .theta = {50, 40}, .most = {100, 100}, .information = {1, 0.5, 0.5, 2}};
    const double g[] = {1, 1}, det = 1 * 2 - 0.5 * 0.5;
    double usual = sqrt((2 + 1 - 2 * 0.5) / det);
    double found = ia_reach_sigma(&r, g, 1, 90);
    assert_true(fabs(found - usual) < 0.03 * usual);
    found = ia_reach_sigma(&r, g, 4, 90); // twice as far
    assert_true(fabs(found - 2 * usual) < 0.03 * 2 * usual);
    assert_as_by_grid(&r, 1);
}

// Two patterns that are nearly one: what is known is their sum, and neither is below 0.
static void alike_patterns_are_as_unsure_as_their_bounds_let_them(void **unused)
{
    (void)unused;
    const ia_reach r = {.n = 2,
                        .theta = {0.3, 0.01},
                        .most = {1, 1},
                        .information = {1e4, 0.99999e4, 0.99999e4, 1e4}};
    const double g[] = {1, -2};
    assert_as_by_grid(&r, 1);
    // By the inverse information alone it is six times as much.
    assert_true(ia_reach_sigma(&r, g, 1, 0.28) < 1.3);
}

// One that the counts speak against may be there a little, and its lack is no surprise.
static void what_is_at_its_bound_may_be_there(void **unused)
{
    (void)unused;
    ia_reach r = {.n = 2,
                  .theta = {2, 0},
                  .most = {10, 10},
                  .slope = {0, -1},
                  .information = {4, 1, 1, 3}};
    assert_as_by_grid(&r, 1);
    r.slope[1] = -40;
    assert_as_by_grid(&r, 1);
    r.slope[1] = 2; // fitted without it, though they speak for it
    assert_as_by_grid(&r, 1);
    r.theta[1] = 10; // the upper bound
    assert_as_by_grid(&r, 1);
}

// Where nothing is known but the bounds, these are the answer.
static void bounds_alone_end_it(void **unused)
{
    (void)unused;
    const ia_reach r = {
        .n = 2, .theta = {0.5, 0.5}, .most = {1, 1}, .information = {1e-6, 0, 0, 1e-6}};
    const double g[] = {1, 1};
    assert_true(fabs(ia_reach_sigma(&r, g, 1, 1) - 1) < 1e-6);
}

static void what_nothing_is_known_of_stays(void **unused)
{
    (void)unused;
    const ia_reach r = {.n = 2, .theta = {3, 4}, .most = {10, 10}, .information = {4}};
    const double g[] = {1, 1}, nothing[] = {0, 0};
    assert_true(fabs(ia_reach_sigma(&r, g, 1, 7) - 0.5) < 0.02);
    assert_true(ia_reach_sigma(&r, nothing, 1, 0) == 0);
    assert_true(ia_reach_sigma(&r, nothing, 1, 2) == 2); // told wrongly
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_bounds_it_is_the_usual_error),
        cmocka_unit_test(alike_patterns_are_as_unsure_as_their_bounds_let_them),
        cmocka_unit_test(what_is_at_its_bound_may_be_there),
        cmocka_unit_test(bounds_alone_end_it),
        cmocka_unit_test(what_nothing_is_known_of_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
