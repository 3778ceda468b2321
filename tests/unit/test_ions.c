// tests/unit/test_ions.c: survey, refusal, dropping, mirroring and cutting of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"

#include "core/region.h"

enum { N = 3 * IA_COLUMN_BLOCK + 5 };

static void survey_against_a_loop(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(N, POS_COLUMNS);
    float *xyz = ia_ions_values(&ions, IA_XYZ), *mass = ia_ions_values(&ions, IA_MASS);
    ia_random random = ia_random_new(5, 0);
    double bounds[3][2] = {{1e9, -1e9}, {1e9, -1e9}, {1e9, -1e9}}, range[2] = {1e9, -1e9};
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 3; k++) {
            float v = xyz[3 * i + k] = (float)ia_random_normal(&random) * 20;
            bounds[k][0] = v < bounds[k][0] ? v : bounds[k][0];
            bounds[k][1] = v > bounds[k][1] ? v : bounds[k][1];
        }
        float m = mass[i] = (float)ia_random_uniform(&random) * 100;
        range[0] = m < range[0] ? m : range[0];
        range[1] = m > range[1] ? m : range[1];
    }
    for (size_t threads = 1; threads <= 3; threads++) {
        ia_survey survey;
        ia_ctx_set_threads(ctx, threads);
        CHECK_OK(ctx, ia_ions_survey(ctx, &ions, &survey));
        assert_memory_equal(survey.bounds, bounds, sizeof bounds);
        assert_memory_equal(survey.mass_range, range, sizeof range);
        assert_int_equal(survey.n_invalid, 0);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void the_hash_is_that_of_the_file(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(N, POS_COLUMNS), back = {0};
    const char *path = scratch("hash.pos");
    char hex[65];
    size_t n;
    ia_survey survey;
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    unsigned char *bytes = read_bytes(path, &n);
    CHECK_OK(ctx, ia_sha256(ctx, bytes, n, hex));
    CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
    CHECK_OK(ctx, ia_ions_survey(ctx, &back, &survey));
    assert_string_equal(back.sha256, hex);
    // The empty text and "abc" are FIPS 180-4's own examples.
    CHECK_OK(ctx, ia_sha256(ctx, "abc", 3, hex));
    assert_string_equal(
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    free(bytes);
    unlink(path);
    ia_ions_clear(&back);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status prepare(ia_ctx *ctx, ia_ions *ions, const ia_read_params *params,
                         ia_survey *survey)
{
    return ia_ions_prepare(ctx, params, ions, survey);
}

static void invalid_ions_are_refused_with_their_place(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_survey survey;
    static const float bad[] = {NAN, INFINITY, -INFINITY, -1};
    for (size_t b = 0; b < 4; b++) {
        ia_ions ions = make_ions(N, POS_COLUMNS), back = {0};
        const char *path = scratch("bad.pos");
        ((float *)ia_ions_values(&ions, IA_MASS))[20000] = bad[b];
        ((float *)ia_ions_values(&ions, IA_MASS))[40000] = bad[b];
        CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
        CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
        CHECK_FAILS(ctx, prepare(ctx, &back, NULL, &survey), IA_ERR_FORMAT,
                    "ion 20001 (byte 320012)");
        CHECK_FAILS(ctx, prepare(ctx, &back, NULL, &survey), IA_ERR_FORMAT,
                    "such ions out (2)");
        unlink(path);
        ia_ions_clear(&ions);
        ia_ions_clear(&back);
    }
    ia_ctx_free(ctx);
}

static void invalid_ions_can_be_dropped(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(N, EPOS_COLUMNS);
    ia_read_params params = ia_read_defaults();
    ia_survey survey;
    float row[3];
    params.drop_invalid = true;
    float *xyz = ia_ions_values(&ions, IA_XYZ);
    float after = xyz[3 * 7];
    uint32_t tag = 4321;
    ((uint32_t *)ia_ions_values(&ions, IA_PULSES_SINCE))[7] = tag;
    xyz[3 * 6 + 1] = NAN;
    xyz[3 * 20000 + 2] = INFINITY;
    ((float *)ia_ions_values(&ions, IA_MASS))[20000] = -5;
    CHECK_OK(ctx, prepare(ctx, &ions, &params, &survey));
    assert_int_equal(ions.n, N - 2);
    assert_int_equal(ions.n_dropped, 2);
    assert_int_equal(survey.n, N - 2);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    // Ion 7 moved to place 6, with all its columns.
    assert_true(*(const float *)ia_column_rows(&ions.columns[IA_XYZ], 6, 1, row) ==
                after);
    assert_int_equal(
        *(const uint32_t *)ia_column_rows(&ions.columns[IA_PULSES_SINCE], 6, 1, row),
        tag);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// A hit that is no place matters to what needs hits alone: the ion stays unless it may be
// dropped.
static void ions_without_a_hit_can_be_dropped(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(N, EPOS_COLUMNS);
    ia_read_params params = ia_read_defaults();
    ia_survey survey;
    size_t n, first;
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    CHECK_OK(ctx, ia_ions_bad_hits(ctx, &ions, &n, &first));
    assert_int_equal(n, 0);
    hits[2 * 6] = NAN;
    hits[2 * 20000 + 1] = -INFINITY;
    CHECK_OK(ctx, ia_ions_bad_hits(ctx, &ions, &n, &first));
    assert_int_equal(n, 2);
    assert_int_equal(first, 6);
    CHECK_OK(ctx, prepare(ctx, &ions, &params, &survey));
    assert_int_equal(ions.n, N);
    hits[2 * 9] = -1e30F; // a number, but of no detector
    CHECK_OK(ctx, ia_ions_far_hits(ctx, &ions, 1e6, &n, &first));
    assert_int_equal(n, 1);
    assert_int_equal(first, 9);
    params.drop_invalid = true;
    CHECK_OK(ctx, prepare(ctx, &ions, &params, &survey));
    assert_int_equal(ions.n, N - 2);
    assert_int_equal(ions.n_dropped, 2);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    CHECK_OK(ctx, ia_ions_bad_hits(ctx, &ions, &n, &first));
    assert_int_equal(n, 0);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void regions_against_their_definition(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        float inside[3], outside[3];
    } cases[] = {
        {"box:0,1,0,2,-1,0", {0, 1.5f, -1}, {1, 1.5f, -1}},
        {"sphere:1,1,1,2", {1, 1, 3}, {1, 1, 3.001f}},
        {"cylinder:0,0,5,0,0,3,1,4", {0, 1, 7}, {0, 0, 7.01f}},
        {"cylinder:0,0,5,0,0,3e300,1,4", {0, 1, 7}, {0, 1.1f, 7}},
        {"cylinder:0,0,0,1,1,0,1,2", {0.7f, 0.7f, 0.9f}, {0.7f, -0.8f, 0}},
        {"slab:0,0,1,0,0,-2,4", {50, -50, 3}, {0, 0, 3.01f}},
        {"turned:0,0,0,1,1,0,1,0,0,2,4,6", {0.7f, 0.7f, 2.9f}, {0.8f, 0.8f, 0}},
        {"turned:0,0,0,1,1,0,1,0,0,2,4,6", {1.4f, -1.4f, 0}, {1.5f, -1.5f, 0}},
        {"turned:0,0,0,1,0,0,5,1,0,2,4,6", {0.9f, 1.9f, 0}, {0.9f, 2.1f, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ia_region region;
        assert_int_equal(ia_region_read(NULL, cases[i].text, &region), IA_OK);
        assert_true(ia_region_contains(&region, cases[i].inside));
        assert_false(ia_region_contains(&region, cases[i].outside));
    }
}

static void bad_regions_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_region region;
    static const char *const texts[] = {
        "box:0,1,0,1,0",
        "box:1,0,0,1,0,1",
        "box:0,1,0,1,0,1,2",
        "sphere:0,0,0,-1",
        "sphere:0,0,0,nan",
        "ball:0,0,0,1",
        "box",
        "sphere:0,0,0,",
        "cylinder:0,0,0,0,0,0,1,1",
        "slab:0,0,0,0,0,0,1",
        "slab:0,0,0,0,0,1,0",
        "turned:0,0,0,1,0,0,2,0,0,1,1,1",
        "turned:0,0,0,1,0,0,0,1,0,1,1,0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CHECK_FAILS(ctx, ia_region_read(ctx, texts[i], &region), IA_ERR_PARAM, texts[i]);
    ia_ctx_free(ctx);
}

static void a_region_keeps_what_it_contains(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(N, POS_COLUMNS);
    ia_read_params params = ia_read_defaults();
    ia_survey survey;
    strcpy(params.region, "box:100,200,-1e6,1e6,-1e6,1e6");
    params.flip_x = true;
    const float *xyz = ia_ions_values(&ions, IA_XYZ);
    size_t n_inside = 0;
    for (size_t i = 0; i < N; i++)
        n_inside += xyz[3 * i] >= 100 && xyz[3 * i] < 200;
    assert_true(n_inside > 0 && n_inside < N);
    CHECK_OK(ctx, prepare(ctx, &ions, &params, &survey));
    assert_int_equal(ions.n, n_inside);
    assert_int_equal(ions.n_outside, N - n_inside);
    assert_true(survey.bounds[0][0] > -200 && survey.bounds[0][1] <= -100);
    strcpy(params.region, "sphere:0,0,-5000,1");
    CHECK_FAILS(ctx, prepare(ctx, &ions, &params, &survey), IA_ERR_EMPTY,
                "no ion is left");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status prepare_copy(ia_ctx *ctx, const ia_read_params *params)
{
    ia_ions ions = make_ions(100, EPOS_COLUMNS);
    ia_survey survey;
    ia_status st = ia_ions_prepare(ctx, params, &ions, &survey);
    ia_result result = {0};
    if (st == IA_OK)
        st = ia_survey_tables(ctx, &ions, &survey, &result);
    ia_result_clear(&result);
    ia_ions_clear(&ions);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_read_params params = ia_read_defaults();
    params.flip_x = true;
    CHECK_STARVED(ctx, prepare_copy(ctx, &params), (void)0);
    ia_ctx_free(ctx);
}

static void absent_columns_are_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(10, 1u << IA_MASS);
    ia_survey survey;
    CHECK_FAILS(ctx, ia_ions_need(ctx, &ions, IA_XYZ), IA_ERR_UNSUPPORTED,
                "no position (column xyz)");
    CHECK_OK(ctx, ia_ions_survey(ctx, &ions, &survey));
    assert_true(isnan(survey.bounds[0][0]));
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        assert_int_equal(ia_column_id_of(ia_column_kind_of(id)->name), id);
    assert_int_equal(ia_column_id_of("nothing"), IA_N_COLUMNS);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survey_against_a_loop),
        cmocka_unit_test(the_hash_is_that_of_the_file),
        cmocka_unit_test(invalid_ions_are_refused_with_their_place),
        cmocka_unit_test(invalid_ions_can_be_dropped),
        cmocka_unit_test(ions_without_a_hit_can_be_dropped),
        cmocka_unit_test(regions_against_their_definition),
        cmocka_unit_test(bad_regions_are_told),
        cmocka_unit_test(a_region_keeps_what_it_contains),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(absent_columns_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
