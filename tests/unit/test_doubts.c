// tests/unit/test_doubts.c: sums of doubts and the intervals that they make.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/doubts.h"

#include <gsl/gsl_cdf.h>

static const double none[2] = {-INFINITY, INFINITY};

static void no_doubt_changes_nothing(void **state)
{
    (void)state;
    const ia_doubts sure = {.n = 0};
    double a[2], b[2];

    ia_count_interval(7, 9, 9, none, a);
    ia_doubtful_interval(7, 9, 9, none, &sure, b);
    assert_true(a[0] == b[0] && a[1] == b[1]);
}

// Three changes have eight sums; their mean and mean square are those of the list.
static void sums_have_their_moments(void **state)
{
    (void)state;
    const ia_doubt all[3] = {{0.3, 2, 0}, {0.1, -5, 0}, {0.5, 0.7, 0}};
    ia_doubts doubts = {.n = 0};
    double mean = 0, square = 0, found = 0;

    for (size_t i = 0; i < 3; i++)
        ia_doubts_add(&doubts, &all[i], 1, 1e-3);
    for (unsigned set = 0; set < 8; set++) {
        double p = 1, x = 0;
        for (size_t i = 0; i < 3; i++) {
            bool on = set >> i & 1;
            p *= on ? all[i].probability : 1 - all[i].probability;
            x += on ? all[i].change : 0;
        }
        mean += p * x;
        square += p * x * x;
    }
    for (size_t i = 0; i < doubts.n; i++)
        found += doubts.list[i].probability * doubts.list[i].change;
    assert_int_equal(doubts.n, 8);
    assert_near(found, mean, 1e-12);
    assert_near(ia_doubts_square(&doubts), square, 1e-12);
}

// Many changes are kept as few; the mean stays, the spread nearly: 5 %.
static void many_changes_are_joined(void **state)
{
    (void)state;
    ia_doubts doubts = {.n = 0};
    double mean = 0, variance = 0, whole = 0, found = 0;

    for (int i = 1; i <= 20; i++) {
        ia_doubt d[2] = {{0.1, i, 0}, {0.05, -0.5 * i, 0}};
        ia_doubts_add(&doubts, d, 2, 0.1);
        double m = 0.1 * i - 0.025 * i;
        mean += m;
        variance += 0.1 * i * i + 0.0125 * i * i - m * m;
    }
    assert_true(doubts.n <= IA_DOUBTS_MOST);
    for (size_t i = 0; i < doubts.n; i++) {
        whole += doubts.list[i].probability;
        found += doubts.list[i].probability * doubts.list[i].change;
        assert_true(i == 0 || doubts.list[i].change >= doubts.list[i - 1].change);
    }
    assert_near(whole, 1, 1e-9);
    assert_near(found, mean, 1e-9);
    assert_near(ia_doubts_square(&doubts) / (variance + mean * mean), 1, 0.05);
}

static void small_changes_are_variance(void **state)
{
    (void)state;
    const ia_doubt little = {0.2, 0.01, 0};
    ia_doubts doubts = {.n = 0};

    ia_doubts_add(&doubts, &little, 1, 1);
    assert_int_equal(doubts.n, 0);
    assert_near(doubts.lost, 0.2 * 1e-4, 1e-15);
}

static double held(const ia_doubts *d, double sigma, const double interval[2])
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++)
        sum += d->list[i].probability *
               (gsl_cdf_ugaussian_P((interval[1] - d->list[i].change) /
                                    hypot(sigma, sqrt(d->list[i].variance))) -
                gsl_cdf_ugaussian_P((interval[0] - d->list[i].change) /
                                    hypot(sigma, sqrt(d->list[i].variance))));
    return sum;
}

// A normal error and a change by z of them with probability p: 95 % lie within, to 0.3 %
// (the grid), and the interval is no wider than that of both ends alone.
static void intervals_hold_what_they_say(void **state)
{
    (void)state;
    for (double p = 0.01; p < 0.6; p *= 1.6)
        for (double z = 1; z < 30; z *= 2) {
            const ia_doubt change = {p, z, 0};
            ia_doubts doubts = {.n = 0};
            double interval[2];
            ia_doubts_add(&doubts, &change, 1, 1);
            ia_doubtful_interval(0, 1, 0, none, &doubts, interval);
            double all = held(&doubts, 1, interval);
            if (fabs(all - 0.95) > 3e-3)
                fail_msg("p %g z %g: [%g, %g] holds %g", p, z, interval[0], interval[1],
                         all);
            assert_true(interval[0] > -2.6 && interval[1] < z + 2.6);
        }
}

// One, the other, or something between that is known less well: likewise, and the square
// is that of changes and spreads.
static void outcomes_may_have_a_spread(void **state)
{
    (void)state;
    for (double p = 0.05; p < 0.5; p += 0.1)
        for (double spread = 0.5; spread < 20; spread *= 2) {
            const ia_doubt outcomes[3] = {
                {p, 10, 0}, {0.5 - p, -10, 0}, {0.5, 1, spread * spread}};
            ia_doubts doubts = {.n = 0};
            double interval[2];
            ia_doubts_add(&doubts, outcomes, 3, 1);
            assert_true(fabs(ia_doubts_square(&doubts) - 50.5 - 0.5 * spread * spread) <
                        1e-9 * spread * spread + 1e-9);
            ia_doubtful_interval(0, 1, 0, none, &doubts, interval);
            double all = held(&doubts, 1, interval);
            if (fabs(all - 0.95) > 4e-3)
                fail_msg("p %g spread %g: [%g, %g] holds %g", p, spread, interval[0],
                         interval[1], all);
        }
}

static void told_value_is_within(void **state)
{
    (void)state;
    const ia_doubt change = {0.98, 20, 0};
    const double limits[2] = {0, 15};
    ia_doubts doubts = {.n = 0};
    double interval[2];

    ia_doubts_add(&doubts, &change, 1, 1);
    ia_doubtful_interval(1, 1, 0, none, &doubts, interval);
    assert_true(interval[0] <= 1 && interval[1] > 20);
    ia_doubtful_interval(1, 1, 0, limits, &doubts, interval);
    assert_true(interval[0] >= 0 && interval[0] <= 1 && interval[1] <= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_doubt_changes_nothing),
        cmocka_unit_test(sums_have_their_moments),
        cmocka_unit_test(many_changes_are_joined),
        cmocka_unit_test(small_changes_are_variance),
        cmocka_unit_test(intervals_hold_what_they_say),
        cmocka_unit_test(outcomes_may_have_a_spread),
        cmocka_unit_test(told_value_is_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
