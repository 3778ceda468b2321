// tests/unit/test_vary.c: a step run with one parameter at other values.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/workflow.h>

// The case's own columns, ranges and ranger: cleared with it.
static ia_state state_of(const cluster_case *c)
{
    return (ia_state){.ions = c->ions, .ranges = c->ranges, .ranger = c->ranger};
}

static ia_axis_profile_params profiled(double bin)
{
    ia_axis_profile_params p = ia_axis_profile_defaults();
    strcpy(p.solute, "Cu");
    p.profile_bin = bin;
    p.n_shuffles = 19;
    p.divisions = 0;
    return p;
}

// Bins of 0.7 to 1.3 nm: each row is what a run with that width says.
static void rows_are_runs_of_their_own(void **unused)
{
    (void)unused;
    enum { TOLD = 4, VALUES = 5 };
    static const double factors[VALUES] = {0.7, 0.85, 1, 1.15, 1.3};
    cluster_case c = case_random(5000, 0.2, 1);
    ia_state state = state_of(&c);
    ia_axis_profile_params p = profiled(1);
    ia_result result = {0};
    CHECK_OK(NULL, ia_chain_vary(NULL, &state, "profile", &p, &result));
    const ia_table *table = ia_result_find(&result, "sensitivity");
    char **parameter = ia_table_find(table, "parameter")->data;
    char **quantity = ia_table_find(table, "quantity")->data;
    const double *value = ia_table_find(table, "value")->data;
    const double *told = ia_table_find(table, "result")->data;
    const double *ratio = ia_table_find(table, "result_over_used")->data;
    assert_int_equal(table->n_rows, TOLD * VALUES); // no bins of so many ions were given
    for (size_t v = 0; v < VALUES; v++) {
        const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
        ia_axis_profile_params own = profiled(factors[v]);
        ia_axis_profile profile = {.n_bins = 0};
        CHECK_OK(NULL, ia_axis_profile_compute(NULL, &input, &own, &profile));
        const size_t first = TOLD * v, base = TOLD * 2;
        assert_string_equal(parameter[first], "profile_bin");
        assert_string_equal(quantity[first], "variation_percent");
        assert_string_equal(quantity[first + 1], "chi2_per_bin");
        assert_true(value[first] == factors[v]);
        assert_true(told[first] == 100 * profile.tests[0].variation);
        assert_true(told[first + 1] == profile.tests[0].chi2);
        assert_true(fabs(ratio[first + 1] - told[first + 1] / told[base + 1]) < 1e-12);
        ia_axis_profile_clear(&profile);
    }
    ia_result_clear(&result);
    ia_axis_profile_clear(&state.profile);
    case_clear(&c);
}

// 3 ions per bin: 2.1, 2.55, 3, 3.45 and 3.9 are 2, 3, 3, 3 and 4.
static void counts_are_whole_and_told_once(void **unused)
{
    (void)unused;
    cluster_case c = case_random(300, 0.2, 1);
    ia_state state = state_of(&c);
    ia_axis_profile_params p = profiled(1);
    ia_result result = {0};
    p.ions_per_bin = 3;
    CHECK_OK(NULL, ia_chain_vary(NULL, &state, "profile", &p, &result));
    const ia_table *table = ia_result_find(&result, "sensitivity");
    const double *value = ia_table_find(table, "value")->data;
    assert_int_equal(table->n_rows, 4 * (5 + 3));
    assert_true(value[20] == 2 && value[24] == 3 && value[28] == 4);
    ia_result_clear(&result);
    ia_axis_profile_clear(&state.profile);
    case_clear(&c);
}

// Lists of sizes: the first alone, larger and smaller; 35, 42, 50, 57 and 65 ions.
static void blocks_of_other_sizes(void **unused)
{
    (void)unused;
    cluster_case c = case_random(20000, 0.2, 1);
    ia_state state = state_of(&c);
    ia_frequency_params p = ia_frequency_defaults(), own;
    ia_result result = {0};
    strcpy(p.from, "Cu");
    p.n_shuffles = 19;
    own = p;
    CHECK_OK(NULL, ia_chain_vary(NULL, &state, "frequency", &p, &result));
    const ia_table *table = ia_result_find(&result, "sensitivity");
    const double *value = ia_table_find(table, "value")->data;
    const double *told = ia_table_find(table, "result")->data;
    assert_int_equal(table->n_rows, 5 * 5);
    assert_true(value[0] == 35 && value[10] == 50 && value[20] == 65);
    const ia_knn_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_frequency frequency = {0};
    strcpy(own.sizes, "65");
    CHECK_OK(NULL, ia_frequency_compute(NULL, &input, &own, &frequency));
    assert_true(told[20] == frequency.tests[0].mu);
    assert_true(told[21] == frequency.tests[0].variance_ratio);
    ia_frequency_clear(&frequency);
    ia_frequency_clear(&state.frequency);
    ia_result_clear(&result);
    case_clear(&c);
}

// Of a profile about a surface the threshold and the voxels of what it is made from, too;
// told of the element of the surface, though others have more atoms.
static void a_surface_is_varied_before_its_profile(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(30000, 2);
    ia_state state = state_of(&c);
    ia_chain chain = {0};
    ia_volume_params field = ia_volume_defaults();
    ia_surface_params surface = ia_surface_defaults();
    ia_proxigram_params p = ia_proxigram_defaults();
    ia_result result = {0};
    strcpy(field.solute, "Cu");
    field.kernel = IA_KERNEL_FIXED;
    field.sigma = 0.4;
    field.voxel = 0.4;
    field.n_shuffles = 0;
    surface.threshold = 25;
    surface.n_null = 0;
    p.n_draws = 19;
    p.divisions = 0;
    p.distance_max = 1.5;
    CHECK_OK(NULL, ia_chain_run(NULL, &chain, &state, "field", &field));
    CHECK_OK(NULL, ia_chain_run(NULL, &chain, &state, "isosurface", &surface));
    CHECK_OK(NULL, ia_chain_vary(NULL, &state, "proxigram", &p, &result));
    const ia_table *table = ia_result_find(&result, "sensitivity");
    char **parameter = ia_table_find(table, "parameter")->data;
    const double *value = ia_table_find(table, "value")->data;
    const double *told = ia_table_find(table, "result")->data;
    assert_int_equal(table->n_rows, 3 * 5 * 4);
    assert_string_equal(parameter[0], "threshold");
    assert_string_equal(parameter[20], "distance_bin");
    assert_string_equal(parameter[40], "voxel");
    assert_true(fabs(value[0] - 17.5) < 1e-9 && fabs(value[56] - 0.52) < 1e-9);
    for (size_t row = 0; row < table->n_rows; row += 4) // copper: 1 % outside, 70 inside
        assert_true(fabs(told[row] - 1) < 1 && fabs(told[row + 1] - 70) < 15);
    assert_true(state.surface.threshold == 25 && fabs(state.volume.voxel - 0.4) < 1e-9);
    ia_result_clear(&result);
    ia_chain_clear(&chain);
    ia_proxigram_clear(&state.proxigram);
    ia_surface_clear(&state.surface);
    ia_volume_clear(&state.volume);
    case_clear(&c);
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(300, 0.2, 1);
    ia_state state = state_of(&c);
    ia_axis_profile_params p = profiled(1);
    ia_read_params read = ia_read_defaults();
    ia_result result = {0};
    CHECK_FAILS(ctx, ia_chain_vary(ctx, &state, "read", &read, &result),
                IA_ERR_UNSUPPORTED, "no parameters are varied");
    p.profile_bin = -1;
    CHECK_FAILS(ctx, ia_chain_vary(ctx, &state, "profile", &p, &result), IA_ERR_PARAM,
                "profile_bin");
    ia_result_clear(&result);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status vary_once(ia_ctx *ctx, const cluster_case *c, ia_result *result)
{
    ia_state state = state_of(c);
    ia_axis_profile_params p = profiled(1);
    ia_result_clear(result);
    ia_status st = ia_chain_vary(ctx, &state, "profile", &p, result);
    ia_axis_profile_clear(&state.profile);
    return st;
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(300, 0.2, 1);
    ia_result result = {0};
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, vary_once(ctx, &c, &result), ia_result_clear(&result));
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_runs_of_their_own),
        cmocka_unit_test(counts_are_whole_and_told_once),
        cmocka_unit_test(blocks_of_other_sizes),
        cmocka_unit_test(a_surface_is_varied_before_its_profile),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
