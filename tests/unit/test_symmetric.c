// tests/unit/test_symmetric.c: symmetric matrices against products done by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/symmetric.h"

#include "spectrum_case.h"

static void the_inverse_gives_one(void **state)
{
    (void)state;
    const double a[9] = {4, 1, 0.5, 1, 3, -1, 0.5, -1, 2};
    double inverse[9];
    ia_symmetric s = {0};

    assert_int_equal(ia_symmetric_new(NULL, 3, &s), IA_OK);
    ia_symmetric_set(&s, a, 3);
    ia_symmetric_inverse(&s, 1e-12, inverse);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double sum = 0;
            for (size_t k = 0; k < 3; k++)
                sum += a[i * 3 + k] * inverse[k * 3 + j];
            assert_near(sum, i == j, 1e-12);
        }
    ia_symmetric_clear(&s);
}

static void equations_are_solved_in_place(void **state)
{
    (void)state;
    const double a[4] = {1e6, 2, 2, 1e-3}; // scales far apart
    double x[2] = {1e6 * 3 + 2 * 5, 2 * 3 + 1e-3 * 5};
    ia_symmetric s = {0};

    assert_int_equal(ia_symmetric_new(NULL, 4, &s), IA_OK); // more room than needed
    ia_symmetric_set(&s, a, 2);
    ia_symmetric_solve(&s, 1e-12, x, x);
    assert_near(x[0], 3, 1e-9);
    assert_near(x[1], 5, 1e-6);
    ia_symmetric_clear(&s);
}

static void what_a_matrix_does_not_know_has_no_eigenvalue(void **state)
{
    (void)state;
    const double a[4] = {2, 2, 2, 2}; // the sum alone
    double inverse[4];
    ia_symmetric s = {0};

    assert_int_equal(ia_symmetric_new(NULL, 2, &s), IA_OK);
    ia_symmetric_set(&s, a, 2);
    assert_near(fmin(s.values[0], s.values[1]), 0, 1e-12);
    assert_near(fmax(s.values[0], s.values[1]), 2, 1e-12);
    ia_symmetric_inverse(&s, 1e-6, inverse);
    double sum = inverse[0] + inverse[1] + inverse[2] + inverse[3];
    assert_near(sum, 0.5, 1e-6); // the variance of the sum, 1 / 2
    assert_true(inverse[0] > 1e4);
    ia_symmetric_clear(&s);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_symmetric s = {0};

    CHECK_STARVED(ctx, ia_symmetric_new(ctx, 5, &s), ia_symmetric_clear(&s));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inverse_gives_one),
        cmocka_unit_test(equations_are_solved_in_place),
        cmocka_unit_test(what_a_matrix_does_not_know_has_no_eigenvalue),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
