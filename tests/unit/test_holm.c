// tests/unit/test_holm.c: Holm's correction against values worked out by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/honest.h>

static void adjusted_values_by_hand(void **unused)
{
    (void)unused;
    // Sorted 0.005 0.01 0.03 0.04, times 4 3 2 1: 0.02 0.03 0.06 0.04; never below the
    // one before: 0.02 0.03 0.06 0.06.
    const double p[] = {0.01, 0.04, 0.03, 0.005}, expected[] = {0.03, 0.06, 0.06, 0.02};
    double adjusted[4];
    assert_int_equal(ia_holm(NULL, p, 4, adjusted), IA_OK);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(adjusted[i] - expected[i]) < 1e-15);
}

static void stays_below_one_and_in_place(void **unused)
{
    (void)unused;
    double p[] = {0.6, 0.5, 1};
    assert_int_equal(ia_holm(NULL, p, 3, p), IA_OK);
    for (size_t i = 0; i < 3; i++)
        assert_true(p[i] == 1);
    assert_int_equal(ia_holm(NULL, p, 0, p), IA_OK);
}

// So many shuffles that the smallest p can pass, and one fewer cannot.
static void fewest_shuffles(void **unused)
{
    (void)unused;
    assert_int_equal(ia_holm_shuffles(1, 0.05), 19);
    assert_int_equal(ia_holm_shuffles(10, 0.05), 199);
    for (size_t n = 1; n < 60; n++) {
        size_t shuffles = ia_holm_shuffles(n, 0.05);
        assert_true((double)n / (double)(shuffles + 1) <= 0.05 * (1 + 1e-9));
        assert_true((double)n / (double)shuffles > 0.05);
    }
    assert_int_equal(ia_holm_shuffles(0, 0.9), 1);
}

// What is asked for where that can decide; else enough that the smallest p of one of n
// passes, rounding included.
static void enough_shuffles(void **unused)
{
    (void)unused;
    assert_int_equal(ia_holm_enough(19, 1, ia_told_level), 19);
    assert_int_equal(ia_holm_enough(199, 10, ia_told_level), 199);
    for (size_t n = 2; n < 400; n++) {
        size_t shuffles = ia_holm_enough(19, n, ia_told_level);
        assert_true((double)n * (1.0 / (double)(shuffles + 1)) <= ia_told_level);
        assert_true(shuffles <= ia_holm_shuffles(n, ia_told_level) + 1);
    }
}

// All questions have the answer no: one or more false yes in 5 % of trials at most.
static void family_is_kept(void **unused)
{
    (void)unused;
    enum { N = 4000, QUESTIONS = 8 };
    size_t n_false = 0;
    for (uint64_t seed = 1; seed <= N; seed++) {
        ia_random random = ia_random_new(seed, 4);
        double p[QUESTIONS];
        bool any = false;
        for (size_t i = 0; i < QUESTIONS; i++)
            p[i] = ia_random_uniform(&random);
        assert_int_equal(ia_holm(NULL, p, QUESTIONS, p), IA_OK);
        for (size_t i = 0; i < QUESTIONS; i++)
            any |= p[i] <= 0.05;
        n_false += any;
    }
    // 1 - (1 - 0.05/8)^8 = 4.89 %, within 3.3 sd.
    assert_true(fabs((double)n_false - 0.0489 * N) < 3.3 * sqrt(N * 0.0489 * 0.951));
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    double p[] = {0.5, 0.1};
    ia_ctx_fail_alloc(ctx, 1);
    assert_int_equal(ia_holm(ctx, p, 2, p), IA_ERR_MEMORY);
    assert_true(p[0] == 0.5 && p[1] == 0.1);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted_values_by_hand),
        cmocka_unit_test(stays_below_one_and_in_place),
        cmocka_unit_test(fewest_shuffles),
        cmocka_unit_test(enough_shuffles),
        cmocka_unit_test(family_is_kept),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
