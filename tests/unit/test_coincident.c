// tests/unit/test_coincident.c: ions at exactly the place of another are counted and
// told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/workflow.h>

enum { FEW = 20000, MANY = 300000 };
static const double density = 40; // 1/nm^3

// Random ions, of which from `n_own` on each lies where the one so many rows before lies.
static ia_ions random_ions(size_t n, size_t n_own)
{
    ia_ions ions = {0};
    ia_random random = ia_random_new(3, 0);
    double edge = cbrt((double)n / density);
    assert_int_equal(ia_ions_new(NULL, n, 1u << IA_XYZ | 1u << IA_MASS, &ions), IA_OK);
    float *xyz = ia_ions_values(&ions, IA_XYZ);
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = i < 3 * n_own ? (float)(edge * ia_random_uniform(&random))
                               : xyz[i - 3 * n_own];
    return ions;
}

static void round_to(ia_ions *ions, double step)
{
    float *xyz = ia_ions_values(ions, IA_XYZ);
    for (size_t i = 0; i < 3 * ions->n; i++)
        xyz[i] = (float)(step * round((double)xyz[i] / step));
}

// Body-centred cubes without noise, `copies` times.
static ia_ions lattice(size_t edge, size_t copies)
{
    size_t n = 2 * edge * edge * edge;
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, copies * n, 1u << IA_XYZ, &ions), IA_OK);
    float *xyz = ia_ions_values(&ions, IA_XYZ);
    for (size_t i = 0; i < copies * n; i++) {
        size_t cell = i % n / 2, half = i % 2;
        size_t at[3] = {cell % edge, cell / edge % edge, cell / edge / edge};
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(0.287 * ((double)at[k] + 0.5 * (double)half));
    }
    return ions;
}

static void check_near(double found, double right, double slack)
{
    if (!(fabs(found - right) <= slack))
        fail_msg("%g, %g within %g was expected", found, right, slack);
}

static bool is_told(const ia_ions *ions)
{
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_ions_tell_coincident(ctx, ions));
    bool told = ia_ctx_n_warnings(ctx) > 0;
    if (told)
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), "exactly the place of another"));
    ia_ctx_free(ctx);
    return told;
}

static double share_of(const ia_ions *ions)
{
    ia_coincidence found;
    assert_int_equal(ia_ions_coincident(NULL, ions, &found), IA_OK);
    return found.share;
}

// Floats between 4 and 8 nm are 5e-7 nm apart: 5e-18 of the pairs of random ions meet.
static void ions_of_their_own_places(void **unused)
{
    (void)unused;
    static const size_t numbers[] = {FEW, MANY};
    for (size_t i = 0; i < 2; i++) {
        ia_ions ions = random_ions(numbers[i], numbers[i]);
        assert_true(share_of(&ions) == 0);
        assert_false(is_told(&ions));
        ia_ions_clear(&ions);
    }
}

static void files_joined_with_themselves(void **unused)
{
    (void)unused;
    static const size_t numbers[] = {FEW, MANY};
    for (size_t i = 0; i < 2; i++) {
        ia_ions ions = random_ions(numbers[i], numbers[i] / 2);
        assert_true(share_of(&ions) == 1);
        assert_true(is_told(&ions));
        ia_ions_clear(&ions);
    }
}

// One ion in 30 has a twin: 2/31 of all lie beside another.
static void some_ions_twice(void **unused)
{
    (void)unused;
    ia_ions few = random_ions(31 * 600, 30 * 600),
            many = random_ions(31 * 10000, 30 * 10000);
    const double share = 2.0 / 31, taken = 310000.0 / 8; // one place in eight
    check_near(share_of(&few), share, 1e-12);
    // Pairs are taken together: five standard deviations of their number.
    check_near(share_of(&many), share, 5 * sqrt(2 * share / taken));
    assert_true(is_told(&few) && is_told(&many));
    ia_ions_clear(&few);
    ia_ions_clear(&many);
}

static void many_ions_at_one_place(void **unused)
{
    (void)unused;
    static const double shares[] = {0.6, 0.02};
    for (size_t s = 0; s < 2; s++) {
        ia_ions ions = random_ions(MANY, MANY);
        float *xyz = ia_ions_values(&ions, IA_XYZ);
        ia_random random = ia_random_new(4, 0);
        for (size_t i = 0; i < MANY; i++)
            if (ia_random_uniform(&random) < shares[s])
                xyz[3 * i] = xyz[3 * i + 1] = xyz[3 * i + 2] = i % 2 ? 0.0f : -0.0f;
        // Of 16,384 rows, five standard deviations.
        double slack = 5 * sqrt(shares[s] * (1 - shares[s]) / 16384);
        check_near(share_of(&ions), shares[s], slack);
        assert_true(is_told(&ions));
        ia_ions_clear(&ions);
    }
}

// On a grid of 0.1 nm 0.04 ions share a place on average, on one of 0.2 nm 0.32.
static void coordinates_with_few_digits(void **unused)
{
    (void)unused;
    static const double steps[] = {0.001, 0.01, 0.1, 0.2};
    for (size_t s = 0; s < 4; s++) {
        ia_ions ions = random_ions(MANY, MANY), twice = random_ions(MANY, MANY / 2);
        ia_coincidence found;
        round_to(&ions, steps[s]);
        round_to(&twice, steps[s]);
        assert_int_equal(ia_ions_coincident(NULL, &ions, &found), IA_OK);
        double mean = density * pow(steps[s], 3);
        if (steps[s] >= 0.1) {
            // One place in eight is taken: five standard deviations of pairs.
            double slack = 5 * sqrt(2 * -expm1(-mean) / (MANY / 8.0));
            check_near(found.share, -expm1(-mean), slack);
            // A place more along each axis than the edge has steps.
            check_near(found.expected / -expm1(-mean), 1, 0.05);
        }
        assert_false(is_told(&ions));
        assert_true(is_told(&twice));
        ia_ions_clear(&ions);
        ia_ions_clear(&twice);
    }
}

static void sites_of_a_lattice(void **unused)
{
    (void)unused;
    ia_ions once = lattice(50, 1), twice = lattice(50, 2);
    assert_true(share_of(&once) == 0);
    assert_false(is_told(&once));
    assert_true(share_of(&twice) == 1);
    assert_true(is_told(&twice));
    ia_ions_clear(&once);
    ia_ions_clear(&twice);
}

static void threads_and_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = random_ions(31 * 10000, 30 * 10000), none = random_ions(50, 25);
    ia_coincidence one, three;
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_ions_coincident(ctx, &ions, &one));
    ia_ctx_set_threads(ctx, 3);
    CHECK_OK(ctx, ia_ions_coincident(ctx, &ions, &three));
    assert_true(one.share == three.share && one.expected == three.expected);
    CHECK_STARVED(ctx, ia_ions_coincident(ctx, &ions, &one), (void)0);
    assert_true(share_of(&none) == 0); // too few to tell
    ia_ions_clear(&ions);
    ia_ions_clear(&none);
    ia_ctx_free(ctx);
}

// Before the first step that asks where ions lie, and no other.
static void steps_that_ask_places_tell_once(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {0};
    ia_chain chain = {0};
    ia_cluster_params params = ia_cluster_defaults();
    strcpy(params.solute, "all");
    assert_int_equal(ia_field_read(ctx, ia_method_find(&ia_cluster_method, "method"),
                                   "dbscan", &params),
                     IA_OK);
    params.d_max = 0.2;
    params.min_points = 4;
    state.ions = random_ions(FEW, FEW / 2);
    float *mass = ia_ions_values(&state.ions, IA_MASS);
    for (size_t i = 0; i < FEW; i++)
        mass[i] = 28;
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &state, "read", NULL));
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &state, "spectrum", NULL));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(ctx, ia_chain_run(ctx, &chain, &state, "cluster", &params));
        size_t n = 0;
        for (size_t w = 0; w < ia_ctx_n_warnings(ctx); w++)
            n += strstr(ia_ctx_warning(ctx, w), "exactly the place of another") != NULL;
        assert_int_equal(n, 1);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ions_of_their_own_places),
        cmocka_unit_test(files_joined_with_themselves),
        cmocka_unit_test(some_ions_twice),
        cmocka_unit_test(many_ions_at_one_place),
        cmocka_unit_test(coordinates_with_few_digits),
        cmocka_unit_test(sites_of_a_lattice),
        cmocka_unit_test(threads_and_memory),
        cmocka_unit_test(steps_that_ask_places_tell_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
