// tests/unit/test_cholesky.c: small symmetric positive matrices.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "core/cholesky.h"

enum { N = 7 };

// A positive matrix: B B^T and a little on the diagonal.
static void make(double *a, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    double b[N * N];

    for (size_t i = 0; i < N * N; i++)
        b[i] = 2 * ia_random_uniform(&random) - 1;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            a[i * N + j] = i == j ? 0.05 : 0;
            for (size_t k = 0; k < N; k++)
                a[i * N + j] += b[i * N + k] * b[j * N + k];
        }
}

static void solutions_satisfy_the_equations(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        double a[N * N], factor[N * N], x[N];
        make(a, seed);
        memcpy(factor, a, sizeof a);
        for (size_t i = 0; i < N; i++)
            x[i] = (double)i - 2.5;
        assert_true(ia_cholesky(factor, N));
        ia_cholesky_solve(factor, N, x);
        for (size_t i = 0; i < N; i++) {
            double sum = 0;
            for (size_t j = 0; j < N; j++)
                sum += a[i * N + j] * x[j];
            assert_true(fabs(sum - ((double)i - 2.5)) < 1e-9);
        }
    }
}

// Of diag(1, 4, 9) and of a matrix with a known inverse.
static void determinant_and_variances_are_known(void **state)
{
    (void)state;
    double diagonal[9] = {1, 0, 0, 0, 4, 0, 0, 0, 9}, room[3], variance[3];
    double pair[4] = {2, 1, 1, 2};

    assert_true(ia_cholesky(diagonal, 3));
    assert_true(fabs(ia_cholesky_log_det(diagonal, 3) - log(36)) < 1e-12);
    ia_cholesky_variance(diagonal, 3, room, variance);
    assert_true(fabs(variance[1] - 0.25) < 1e-12);
    assert_true(ia_cholesky(pair, 2));
    assert_true(fabs(ia_cholesky_log_det(pair, 2) - log(3)) < 1e-12);
    ia_cholesky_variance(pair, 2, room, variance);
    assert_true(fabs(variance[0] - 2.0 / 3) < 1e-12);
}

static void others_are_refused(void **state)
{
    (void)state;
    double saddle[4] = {1, 2, 2, 1}, nothing[1] = {0}, odd[1] = {NAN};

    assert_false(ia_cholesky(saddle, 2));
    assert_false(ia_cholesky(nothing, 1));
    assert_false(ia_cholesky(odd, 1));
    assert_true(ia_cholesky(nothing, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_satisfy_the_equations),
        cmocka_unit_test(determinant_and_variances_are_known),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
