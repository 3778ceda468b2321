// tests/unit/test_rank_correlation.c: Spearman's rank correlation with ties and
// constants, against all orders written out and the formula without ties.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "core/rank_correlation.h"

enum { FEW = 7, MANY = 20 };

typedef struct {
    size_t n;
    double x[FEW], y[FEW];
    double rho, as_large, orders; // the number of all n! orders that are as far from 0
} known;

// rho by scipy, which ranks ties at their middle too; the orders counted one by one
// over itertools.permutations.
static void few_pairs_have_the_p_of_all_orders(void **state)
{
    (void)state;
    static const known cases[] = {
        {5, {1, 2, 3, 4, 5}, {2, 4, 6, 8, 10}, 1, 2, 120},
        {6, {3, 1, 2, 5, 4, 6}, {1, 2, 3, 4, 5, 6}, 0.7714285714285715, 74, 720},
        {7, {1, 2, 2, 3, 4, 4, 4}, {5, 3, 3, 6, 7, 6, 8}, 0.8193821290142088, 204, 5040},
        {7, {0, 0, 0, 0, 0, 0, 1}, {1, 2, 3, 4, 5, 6, 7}, 0.6123724356957946, 1440, 5040},
        {6, {1, 1, 2, 2, 3, 3}, {0, 0, 0, 1, 1, 1}, 0.8164965809277261, 144, 720},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const known *k = &cases[i];
        ia_rank_correlation c = ia_rank_correlate(k->x, k->y, k->n);
        assert_true(fabs(c.rho - k->rho) < 1e-12);
        assert_true(fabs(c.p - k->as_large / k->orders) < 1e-12);
    }
}

// 20 counts that rise: rho by scipy, p of 2 million random orders 3.05e-5. That of
// Student's t is within a factor of two so far out.
static void ties_share_their_middle_rank(void **state)
{
    (void)state;
    static const double y[MANY] = {0, 0, 2, 1, 0, 1, 2, 3, 2, 0,
                                   2, 4, 2, 4, 5, 4, 3, 4, 3, 6};
    double x[MANY];
    for (size_t i = 0; i < MANY; i++)
        x[i] = (double)i;
    ia_rank_correlation c = ia_rank_correlate(x, y, MANY);
    assert_true(fabs(c.rho - 0.809297657586646) < 1e-12);
    assert_true(c.p > 3.05e-5 / 2.1 && c.p < 3.05e-5 * 2.1);
}

// One of 20! orders, and its reverse; with one value that differs one of 20 places.
static void no_p_is_less_than_that_of_one_order(void **state)
{
    (void)state;
    double x[MANY], y[MANY], one[MANY] = {0};
    for (size_t i = 0; i < MANY; i++) {
        x[i] = (double)i;
        y[i] = -3 * x[i];
    }
    one[MANY - 1] = 7;
    ia_rank_correlation c = ia_rank_correlate(x, y, MANY);
    assert_true(c.rho == -1 && fabs(c.p / (2 / 2432902008176640000.0) - 1) < 1e-9);
    c = ia_rank_correlate(one, one, MANY);
    assert_true(c.rho == 1 && fabs(c.p - 1.0 / MANY) < 1e-12);
    c = ia_rank_correlate(x, one, MANY);
    assert_true(c.p >= 2.0 / MANY && c.p < 2.2 / MANY);
}

// Nothing follows what does not vary; a rounding in the last digits is no variation.
static void a_constant_has_no_correlation(void **state)
{
    (void)state;
    double x[MANY], constant[MANY], rounded[MANY];
    for (size_t n = 5; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)i;
            constant[i] = 6000.1;
            rounded[i] = 6000.1 * (1 + 1e-15 * (double)i);
        }
        ia_rank_correlation c = ia_rank_correlate(constant, rounded, n);
        assert_true(isnan(c.rho) && isnan(c.p) && !c.varies[0] && !c.varies[1]);
        c = ia_rank_correlate(x, rounded, n);
        assert_true(isnan(c.rho) && isnan(c.p) && c.varies[0] && !c.varies[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_pairs_have_the_p_of_all_orders),
        cmocka_unit_test(ties_share_their_middle_rank),
        cmocka_unit_test(no_p_is_less_than_that_of_one_order),
        cmocka_unit_test(a_constant_has_no_correlation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
