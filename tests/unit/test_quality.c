// tests/unit/test_quality.c: the marks of an analysis, and which steps one takes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"

static const char ranges_text[] = "[Ranges]\nNumber=2\nRange1=26.5 27.5 Al:1\n"
                                  "Range2=62.5 63.5 Cu:1\n";

static void give_ranges(ia_state *state)
{
    state->ranges_file = ia_source_of(ranges_text, sizeof ranges_text - 1);
}

// 60 % Al, 30 % Cu, 10 % elsewhere; every fifth pulse carries two ions.
static ia_ions plain_ions(size_t n)
{
    ia_ions ions = make_ions(n, POS_COLUMNS | 1u << IA_MULTIPLICITY);
    float *mass = ia_ions_values(&ions, IA_MASS);
    uint32_t *hits = ia_ions_values(&ions, IA_MULTIPLICITY);
    for (size_t i = 0; i < n; i++) {
        mass[i] = i % 10 < 6 ? 27 : i % 10 < 9 ? 63 : 5 + (float)(i % 977) / 10;
        hits[i] = i % 6 == 0 ? 2 : i % 6 == 1 ? 0 : 1;
    }
    return ions;
}

static double value_of(const ia_chain *chain, const char *mark)
{
    const ia_table *table =
        ia_result_find(&ia_chain_find(chain, "quality")->result, "quality");
    const ia_table_column *names = ia_table_find(table, "mark");
    const ia_table_column *values = ia_table_find(table, "value");
    for (size_t i = 0; i < table->n_rows; i++)
        if (strcmp(((char **)names->data)[i], mark) == 0)
            return ((const double *)values->data)[i];
    fail_msg("no mark %s", mark);
    return NAN;
}

// Labels at random: tests are made, nothing is told, and that is no good mark.
static void nothing_told_is_not_good(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.ions = plain_ions(6000)};
    ia_chain chain = {0};
    ia_random random = ia_random_new(1, 0);
    float *mass = ia_ions_values(&state.ions, IA_MASS);
    float *xyz = ia_ions_values(&state.ions, IA_XYZ);
    for (size_t i = 0; i < 6000; i++) {
        mass[i] = ia_random_uniform(&random) < 0.9 ? 27 : 63;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(10 * ia_random_uniform(&random));
    }
    give_ranges(&state);
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_END, NULL, NULL));
    const ia_table *table =
        ia_result_find(&ia_chain_find(&chain, "quality")->result, "quality");
    const double *values = ia_table_find(table, "value")->data;
    char *const *marks = ia_table_find(table, "mark")->data;
    char *const *verdicts = ia_table_find(table, "verdict")->data;
    bool is_none = false;
    for (size_t i = 0; i < table->n_rows; i++) {
        bool unknown = strcmp(verdicts[i], "unknown") == 0;
        bool none = strcmp(verdicts[i], "none") == 0;
        assert_true(isnan(values[i]) == (unknown || none));
        is_none = is_none || (none && strcmp(marks[i], "neighbour_p") == 0);
    }
    assert_true(is_none);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

static void marks_have_the_planted_values(void **unused)
{
    (void)unused;
    enum { N_IONS = 60000 };
    double p[2];
    for (size_t threads = 1; threads <= 2; threads++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_state state = {.ions = plain_ions(N_IONS)};
        ia_chain chain = {0};
        ia_ctx_set_threads(ctx, threads);
        give_ranges(&state);
        CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_END, NULL, NULL));
        // Of the tenth elsewhere some lie in the ranges by chance: 2 Da of 97.7.
        assert_true(fabs(value_of(&chain, "unranged_share") - 10 * (1 - 2 / 97.7)) < 0.2);
        assert_true(fabs(value_of(&chain, "multiple_hit_share") - 100.0 / 3) < 1e-9);
        // Al and Cu of 2/3 and 1/3 in 27,000 ions each: 0.29 at.% sigma per half, twice
        // 0.33 at.% expected.
        p[threads - 1] = value_of(&chain, "split_half_difference");
        // Al at 27 and Cu at 63 Da exactly were not measured: no width, no background.
        assert_true(isnan(value_of(&chain, "resolving_power")));
        assert_true(isnan(value_of(&chain, "background_share")));
        assert_true(p[threads - 1] >= 0 && p[threads - 1] < 2.5);
        ia_chain_clear(&chain);
        ia_state_clear(&state);
        ia_ctx_free(ctx);
    }
    assert_true(p[0] == p[1]);
}

static bool was_run(const ia_chain *chain, const char *method)
{
    return ia_chain_find(chain, method) != NULL;
}

static void an_analysis_takes_the_steps_it_can(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.ions = plain_ions(2000)};
    ia_chain chain = {0};
    give_ranges(&state);
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_COMPOSITION, NULL, NULL));
    assert_true(was_run(&chain, "range") && was_run(&chain, "composition"));
    assert_false(was_run(&chain, "identify")); // ranges came from a file
    assert_false(was_run(&chain, "quality"));
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

// Raw data: no m/n, no positions. What can be done is done, the rest is told.
static void raw_data_are_taken_as_they_are(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.ions = make_ions(100, 1u << IA_TOF | 1u << IA_V_DC)};
    ia_chain chain = {0};
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_END, NULL, NULL));
    assert_true(was_run(&chain, "read") && was_run(&chain, "quality"));
    assert_false(was_run(&chain, "spectrum"));
    assert_true(isnan(value_of(&chain, "unranged_share")));
    assert_int_equal(ia_ctx_n_warnings(ctx), 3);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "cannot be calibrated"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "--flight-path"));
    ia_chain_clear(&chain);
    CHECK_FAILS(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_RANGE, NULL, NULL),
                IA_ERR_UNSUPPORTED, "cannot be calibrated");
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

static const void *with_flight(void *user, const ia_method *method)
{
    return method == &ia_flight_method ? user : NULL;
}

static void a_flight_path_gives_m_n(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.ions = make_ions(5000, 1u << IA_TOF | 1u << IA_V_DC)};
    ia_chain chain = {0};
    ia_flight_params params = ia_flight_defaults();
    params.flight_path = 100;
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_END, with_flight, &params));
    assert_true(was_run(&chain, "flight") && was_run(&chain, "spectrum"));
    assert_true(state.survey.mass_range[1] > 0);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_have_the_planted_values),
        cmocka_unit_test(nothing_told_is_not_good),
        cmocka_unit_test(an_analysis_takes_the_steps_it_can),
        cmocka_unit_test(raw_data_are_taken_as_they_are),
        cmocka_unit_test(a_flight_path_gives_m_n),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
