// tests/physics/test_space_errors.c: are the errors that K, L, LH* and mu state the
// scatter between specimens drawn anew?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include <ionatlas/frequency.h>
#include <ionatlas/knn.h>
#include <ionatlas/rdf.h>
#include <ionatlas/table.h>

enum { CLOUDS = IS_SLOWED ? 2 : 60, N = IS_SLOWED ? 8000 : 100000 };

// A value of every cloud, and the error that it states.
typedef struct {
    double value[CLOUDS], sigma[CLOUDS];
} told;

enum { K_NEAR, K_FAR, L_FAR, LH, MU_IONS, MU_CUBES, QUESTIONS };
static const char *const names[QUESTIONS] = {
    "K at 0.4 nm", "K at 1.2 nm", "L at 1.2 nm", "LH*", "mu of columns", "mu of cubes"};

static void put(told *t, size_t i, double value, double sigma)
{
    assert_true(isfinite(value) && sigma > 0);
    t->value[i] = value;
    t->sigma[i] = sigma;
}

static const double *column(const ia_table *table, const char *name)
{
    return ia_table_find(table, name)->data;
}

static void ask_rdf(const ia_knn_input *input, size_t i, told *t)
{
    ia_rdf_params params = ia_rdf_defaults();
    ia_rdfs rdfs = {0};
    ia_result result = {0};
    strcpy(params.from, "Cu");
    params.n_shuffles = 19;
    params.bin = 0.1;
    params.r_max = 1.2;
    CHECK_OK(NULL, ia_rdfs_compute(NULL, input, &params, &rdfs));
    CHECK_OK(NULL, ia_rdfs_tables(NULL, &rdfs, &result));
    const ia_table *table = ia_result_find(&result, "rdf_Cu");
    const double *k = column(table, "k_nm3"), *sigma_k = column(table, "sigma_k_nm3");
    const double *l = column(table, "l_nm"), *sigma_l = column(table, "sigma_l_nm");
    put(&t[K_NEAR], i, k[3], sigma_k[3]);
    put(&t[K_FAR], i, k[11], sigma_k[11]);
    put(&t[L_FAR], i, l[11], sigma_l[11]);
    ia_result_clear(&result);
    ia_rdfs_clear(&rdfs);
}

static void ask_knn(const ia_knn_input *input, size_t i, told *t)
{
    ia_knn_params params = ia_knn_defaults();
    ia_knn_tests tests = {0};
    strcpy(params.from, "Cu");
    params.k = params.fit_k = 1;
    params.n_shuffles = 99;
    CHECK_OK(NULL, ia_knn_tests_compute(NULL, input, &params, &tests));
    put(&t[LH], i, tests.tests[0].lh.area, tests.tests[0].lh.sigma_area);
    ia_knn_tests_clear(&tests);
}

static void ask_frequency(const ia_knn_input *input, int blocks, size_t i, told *t)
{
    ia_frequency_params params = ia_frequency_defaults();
    ia_frequency f = {0};
    strcpy(params.from, "Cu");
    strcpy(params.sizes, "100");
    params.blocks = blocks;
    params.n_shuffles = 19;
    CHECK_OK(NULL, ia_frequency_compute(NULL, input, &params, &f));
    put(t, i, f.tests[0].mu, f.tests[0].sigma_mu);
    ia_frequency_clear(&f);
}

// Of deviations from their mean over the errors told.
static double rms_of(const told *t)
{
    double mean = 0, sum = 0;
    for (size_t i = 0; i < CLOUDS; i++)
        mean += t->value[i] / CLOUDS;
    for (size_t i = 0; i < CLOUDS; i++)
        sum += pow((t->value[i] - mean) / t->sigma[i], 2);
    return sqrt(sum / (CLOUDS - 1));
}

// 60 deviations know their rms within 9 %; an error from some 60 balls is itself known
// within 10 %, and mu jumps where counts are merged: 40 % is three times both together.
static void expect_honest(const balls *planted, uint64_t seed)
{
    told *t = calloc(QUESTIONS, sizeof *t);
    assert_non_null(t);
    for (size_t i = 0; i < CLOUDS; i++) {
        cloud c;
        make_cloud(&c, N, 0.05, 0, seed + i);
        if (planted)
            plant_balls(&c, planted, seed + i);
        ia_knn_input input = cloud_input(&c);
        ask_rdf(&input, i, t);
        ask_knn(&input, i, t);
        ask_frequency(&input, IA_BLOCKS_IONS, i, &t[MU_IONS]);
        ask_frequency(&input, IA_BLOCKS_CUBES, i, &t[MU_CUBES]);
        free_cloud(&c);
    }
    for (size_t q = 0; q < QUESTIONS; q++) {
        double rms = rms_of(&t[q]);
        print_message("%s: rms of deviation over error %.2f\n", names[q], rms);
        if (!IS_SLOWED && !(fabs(rms - 1) < 0.4))
            fail_msg("%s: rms of deviation over error %g", names[q], rms);
    }
    free(t);
}

static void errors_by_chance(void **unused)
{
    (void)unused;
    expect_honest(NULL, 1);
}

// Balls of 1.2 nm, half copper, in cubes of 2.5 nm.
static void errors_of_precipitates(void **unused)
{
    (void)unused;
    const balls planted = {
        .per_nm3 = 0.03, .radius = 0.6, .inside = 0.5, .outside = 0.02};
    expect_honest(&planted, 1);
}

// Ions in a plane: there are no blocks, and no error.
static void no_blocks_no_error(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_params params = ia_knn_defaults();
    ia_knn_tests tests = {0};
    ia_ctx *ctx = ia_ctx_new();
    make_cloud(&c, 4000, 0.05, 0, 1);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ);
    for (size_t i = 0; i < c.ions.n; i++)
        xyz[3 * i + 2] = 1;
    ia_knn_input input = cloud_input(&c);
    strcpy(params.from, "Cu");
    params.n_shuffles = 19;
    CHECK_OK(ctx, ia_knn_tests_compute(ctx, &input, &params, &tests));
    assert_true(tests.tests[0].lh.area > 0 && isnan(tests.tests[0].lh.sigma_area));
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_by_chance),
        cmocka_unit_test(errors_of_precipitates),
        cmocka_unit_test(no_blocks_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
