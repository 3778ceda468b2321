// tests/physics/test_knn_null.c: does the nearest-neighbour test tell clusters from
// chance, and no more?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

static ia_status test_cloud(ia_ctx *ctx, const cloud *c, const ia_knn_params *params,
                            ia_knn_tests *out)
{
    ia_knn_input input = {&c->ions, &c->ranges, &c->ranger, &c->composition};
    return ia_knn_tests_compute(ctx, &input, params, out);
}

static double p_of(size_t n, double pull, uint64_t seed)
{
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = ia_knn_defaults();
    make_cloud(&c, n, 0.02, pull, seed);
    params.n_shuffles = 39;
    strcpy(params.from, "Cu");
    CHECK_OK(NULL, test_cloud(NULL, &c, &params, &tests));
    assert_int_equal(tests.n, 1);
    double p = tests.tests[0].p;
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    return p;
}

// P(p <= 0.05) = 0.05 exactly with 39 shuffles. A correct test gives 2 to 21 of 200 999
// times in 1,000.
static void chance_is_reported_as_chance(void **unused)
{
    (void)unused;
    int n_reported = 0;
    for (uint64_t seed = 1; seed <= 200; seed++)
        n_reported += p_of(4000, 0, seed) <= 0.05;
    assert_in_range(n_reported, 2, 21);
}

static void clusters_are_found(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++)
        assert_true(p_of(20000, 0.5, seed) <= 1.0 / 40 + 1e-12);
}

// The error stated for one cloud is the scatter from cloud to cloud: of 60 the standard
// deviation is known within 9 %, the mean error within 5 %; 30 % is three times both.
// With clusters the scatter is many times that of independent ions, which is what blocks
// are for: 20 clusters leave the error itself uncertain by a quarter.
static void errors_are_the_scatter(void **unused)
{
    (void)unused;
    static const double pulls[] = {0, 0.5}, bands[] = {0.3, 0.5};
    for (size_t c = 0; c < 2; c++) {
        enum { CLOUDS = 60 };
        double sum = 0, squares = 0, sigma = 0;
        for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
            cloud own;
            ia_knn_tests tests = {0};
            ia_knn_params params = ia_knn_defaults();
            make_cloud(&own, 20000, 0.05, pulls[c], seed);
            params.n_shuffles = 19;
            strcpy(params.from, "Cu");
            CHECK_OK(NULL, test_cloud(NULL, &own, &params, &tests));
            sum += tests.tests[0].mean[0];
            squares += tests.tests[0].mean[0] * tests.tests[0].mean[0];
            sigma += tests.tests[0].sigma_mean[0] / CLOUDS;
            ia_knn_tests_clear(&tests);
            free_cloud(&own);
        }
        double scatter = sqrt((squares - sum * sum / CLOUDS) / (CLOUDS - 1));
        if (fabs(sigma / scatter - 1) > bands[c])
            fail_msg("pull %g: error %g, scatter %g", pulls[c], sigma, scatter);
    }
}

// One ion a kilometre off is left out, and said to be.
static void an_ion_far_off_changes_nothing(void **unused)
{
    (void)unused;
    cloud c;
    ia_ctx *ctx = ia_ctx_new();
    ia_knn_tests plain = {0}, far = {0};
    ia_knn_params params = ia_knn_defaults();
    strcpy(params.from, "Cu");
    make_cloud(&c, 4000, 0.05, 0, 1);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ),
          *mass = ia_ions_values(&c.ions, IA_MASS);
    mass[17] = 5; // outside every range
    CHECK_OK(ctx, test_cloud(ctx, &c, &params, &plain));
    mass[17] = 56;
    xyz[3 * 17 + 2] = 1e12f;
    CHECK_OK(ctx, test_cloud(ctx, &c, &params, &far));
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1), "far off"));
    assert_memory_equal(plain.tests[0].mean, far.tests[0].mean, 8 * plain.tests[0].k);
    assert_memory_equal(plain.tests[0].null_mean, far.tests[0].null_mean,
                        8 * plain.tests[0].k);
    ia_knn_tests_clear(&plain);
    ia_knn_tests_clear(&far);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

// All at one place: no distance means anything, and nothing is said.
static void coinciding_ions_are_not_tested(void **unused)
{
    (void)unused;
    cloud c;
    ia_ctx *ctx = ia_ctx_new();
    ia_knn_tests tests = {0};
    make_cloud(&c, 4000, 0.05, 0, 1);
    memset(ia_ions_values(&c.ions, IA_XYZ), 0, 3 * c.ions.n * sizeof(float));
    ia_knn_params params = ia_knn_defaults();
    strcpy(params.from, "Cu");
    CHECK_OK(ctx, test_cloud(ctx, &c, &params, &tests));
    assert_int_equal(tests.n, 0);
    assert_int_equal(ia_ctx_n_warnings(ctx), 2); // of the specimen, and of the question
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "one place"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "same place"));
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

// Points at random: the k-th neighbour lies at Gamma(k + 1/3)/Gamma(k) (4 pi
// rho/3)^(-1/3) on average. Cu ions near the border of the box see fewer neighbours: the
// outer 1.2 nm of an 18.6 nm box make the mean some per cent longer, so the band is -1 to
// +9 %.
static void null_means_follow_poisson(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = ia_knn_defaults();
    make_cloud(&c, 320000, 0.1, 0, 7);
    params.n_shuffles = 19;
    params.k = 5;
    strcpy(params.from, "Cu");
    CHECK_OK(NULL, test_cloud(NULL, &c, &params, &tests));
    const ia_knn_test *t = &tests.tests[0];
    assert_int_equal(t->n_from, 30000);
    double rho = 50 * (double)t->n_to / 320000;
    for (size_t k = 1; k <= 5; k++) {
        double expected = gsl_sf_gamma((double)k + 1.0 / 3) / gsl_sf_gamma((double)k) *
                          pow(4 * 3.14159265358979 * rho / 3, -1.0 / 3);
        assert_true(t->null_mean[k - 1] > 0.99 * expected);
        assert_true(t->null_mean[k - 1] < 1.09 * expected);
    }
    // The curve is a density: it integrates to 1.
    double sum = 0;
    for (size_t i = 0; i < IA_KNN_BINS; i++)
        sum += t->observed[i] * t->r_max / IA_KNN_BINS;
    assert_true(fabs(sum - 1) < 1e-3);
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
}

// Few centres among all ions of the species have the distances of all centres, in the
// data and in the shuffles, about their own and about others. 800 centres: their means
// differ from those of all by standard errors, the data's by sigma_mean (blocks, centres
// as they cluster), those of 39 shuffles by less; four of them. Neighbours thinned like
// the centres would be 1.4 and 3.6 times as far away.
static void few_centres_have_the_distances_of_all(void **unused)
{
    (void)unused;
    static const char *to[] = {"", "Fe"};
    cloud c;
    make_cloud(&c, 40000, 0.05, 0.3, 5);
    for (size_t pair = 0; pair < 2; pair++) {
        ia_knn_tests tests[2] = {{0}};
        for (size_t few = 0; few < 2; few++) {
            ia_knn_params params = ia_knn_defaults();
            params.n_shuffles = 39;
            params.k = 3;
            params.n_most = few ? 800 : 1000000;
            strcpy(params.from, "Cu");
            strcpy(params.to, to[pair]);
            CHECK_OK(NULL, test_cloud(NULL, &c, &params, &tests[few]));
        }
        const ia_knn_test *all = tests[0].tests, *part = tests[1].tests;
        assert_int_equal(part->n_from, 800);
        assert_in_range(all->n_from, 1800, 2200);
        assert_int_equal(part->n_to, all->n_to);
        for (size_t k = 0; k < 3; k++) {
            double band = 4 * part->sigma_mean[k];
            assert_true(band < 0.15 * all->mean[k]);
            assert_true(fabs(part->mean[k] - all->mean[k]) < band);
            assert_true(fabs(part->null_mean[k] - all->null_mean[k]) <
                        0.01 * all->null_mean[k]);
        }
        assert_true(fabs(part->lh.area - all->lh.area) < 4 * part->lh.sigma_area);
        assert_true(fabs(part->dense.density - all->dense.density) <
                    4 * part->dense.sigma_density);
        ia_knn_tests_clear(&tests[0]);
        ia_knn_tests_clear(&tests[1]);
    }
    free_cloud(&c);
}

static void one_thread_equals_two(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests results[2] = {{0}};
    ia_knn_params params = ia_knn_defaults();
    make_cloud(&c, 20000, 0.05, 0.3, 3);
    params.n_most = 500;
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, t + 1);
        CHECK_OK(ctx, test_cloud(ctx, &c, &params, &results[t]));
        ia_ctx_free(ctx);
    }
    const ia_knn_test *a = &results[0].tests[0], *b = &results[1].tests[0];
    assert_int_equal(a->n_from, 500);
    assert_memory_equal(a->mean, b->mean, a->k * sizeof(double));
    assert_memory_equal(a->null_mean, b->null_mean, a->k * sizeof(double));
    assert_true(a->p == b->p && a->p_holm == b->p_holm);
    ia_knn_tests_clear(&results[0]);
    ia_knn_tests_clear(&results[1]);
    free_cloud(&c);
}

enum { NEAR = 3 };

// Mean distances to the nearest, second and third of all others, by a plain search.
static void mean_distances(ia_ions *ions, double mean[NEAR])
{
    const float *xyz = ia_ions_values(ions, IA_XYZ);
    memset(mean, 0, NEAR * sizeof *mean);
    for (size_t i = 0; i < ions->n; i++) {
        double d2[NEAR] = {INFINITY, INFINITY, INFINITY};
        for (size_t j = 0; j < ions->n; j++) {
            double r2 = j == i ? INFINITY : 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)xyz[3 * i + k] - (double)xyz[3 * j + k], 2);
            for (size_t k = 0; k < NEAR; k++)
                if (r2 < d2[k]) {
                    double farther = d2[k];
                    d2[k] = r2;
                    r2 = farther;
                }
        }
        for (size_t k = 0; k < NEAR; k++)
            mean[k] += sqrt(d2[k]) / (double)ions->n;
    }
}

// Distributions hold all distances, and that of the third has their mean, in bins of a
// twenty-fifth of it.
static void check_distributions(const ia_knn_test *t, double third)
{
    double sum = 0, random = 0, last = 0, last_random = 0, last_mean = 0;
    double first = t->r_max / IA_KNN_BINS, kth = t->r_kth / IA_KNN_BINS;
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        sum += t->observed[i] * first;
        random += t->curve_mean[i] * first;
        last += t->kth_observed[i] * kth;
        last_mean += t->kth_observed[i] * ((double)i + 0.5) * kth * kth;
        last_random += t->kth_mean[i] * kth;
    }
    assert_true(fabs(sum - 1) < 1e-3 && fabs(random - 1) < 1e-3);
    assert_true(fabs(last - 1) < 1e-3 && fabs(last_random - 1) < 1e-3);
    assert_true(fabs(last_mean / third - 1) < 3e-3);
}

// Every ion, some of them of no range: the distances of a plain search, beside those of
// ions at random, without shuffles.
static void all_ions_have_neighbours(void **unused)
{
    (void)unused;
    enum { N = IS_SLOWED ? 4000 : 12000 };
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_knn_tests tests = {0};
    ia_result result = {0};
    ia_knn_params params = ia_knn_defaults();
    double mean[NEAR];
    make_cloud(&c, N, 0.1, 0, 31);
    float *mass = ia_ions_values(&c.ions, IA_MASS);
    for (size_t i = 0; i < N; i += 3)
        mass[i] = (float)i;
    mean_distances(&c.ions, mean);
    strcpy(params.from, "all");
    params.k = NEAR;
    CHECK_OK(ctx, test_cloud(ctx, &c, &params, &tests));
    assert_int_equal(tests.n, 1);
    const ia_knn_test *t = &tests.tests[0];
    assert_int_equal(t->n_from, N);
    assert_int_equal(t->n_shuffles, 0);
    assert_true(isnan(t->p) && isnan(t->p_holm) && isnan(t->lh.area));
    for (size_t k = 0; k < NEAR; k++) {
        assert_true(fabs(t->mean[k] / mean[k] - 1) < 1e-5);
        // The surface takes neighbours away: 5 % of nearest distances in 5 nm.
        assert_true(t->mean[k] / t->null_mean[k] > 0.98);
        assert_true(t->mean[k] / t->null_mean[k] < 1.08);
        assert_true(t->sigma_mean[k] > 0 && t->sigma_mean[k] < 0.03 * t->mean[k]);
    }
    check_distributions(t, mean[NEAR - 1]);
    CHECK_OK(ctx, ia_knn_tests_tables(ctx, &tests, &result));
    assert_non_null(ia_table_find(ia_result_find(&result, "answer"), "reference"));
    assert_int_equal(ia_result_find(&result, "checkerboard")->n_rows, 0);
    float chance;
    ia_knn_input input = {&c.ions, &c.ranges, &c.ranger, &c.composition};
    CHECK_FAILS(ctx, ia_knn_posterior(ctx, &input, &tests, &chance), IA_ERR_PARAM,
                "no populations");
    ia_result_clear(&result);
    ia_knn_tests_clear(&tests);
    strcpy(params.to, "Fe");
    CHECK_FAILS(ctx, test_cloud(ctx, &c, &params, &tests), IA_ERR_PARAM, "every ion");
    strcpy(params.to, "all");
    params.pairs = true;
    CHECK_FAILS(ctx, test_cloud(ctx, &c, &params, &tests), IA_ERR_PARAM, "pairs");
    free_cloud(&c);
    ia_ctx_free(ctx);
}

// In how much of the distances to the tenth neighbour the data lie within the band.
static double within_band(double pull, uint64_t seed)
{
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = ia_knn_defaults();
    double n = 0, within = 0;
    make_cloud(&c, 20000, 0.05, pull, seed);
    params.k = 10;
    strcpy(params.from, "Cu");
    CHECK_OK(NULL, test_cloud(NULL, &c, &params, &tests));
    const ia_knn_test *t = &tests.tests[0];
    assert_true(t->r_kth > t->null_mean[9] && t->r_kth < 3 * t->null_mean[9]);
    for (size_t i = 0; i < IA_KNN_BINS; i++) {
        if (!(t->kth_hi[i] > 0))
            continue;
        n++;
        within +=
            t->kth_observed[i] >= t->kth_lo[i] && t->kth_observed[i] <= t->kth_hi[i];
    }
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    return within / n;
}

// Bins are not independent, so that one specimen may have a tenth of them out; of five 95
// % are within, known to some 3 %. Half of the solute in clusters shows.
static void the_band_of_the_tenth_neighbour_holds_chance(void **unused)
{
    (void)unused;
    double sum = 0;
    for (uint64_t seed = 1; seed <= 5; seed++)
        sum += within_band(0, seed) / 5;
    assert_true(sum > 0.85 && sum <= 1);
    assert_true(within_band(0.5, 1) < 0.5);
}

static void bad_questions_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = ia_knn_defaults();
    make_cloud(&c, 2000, 0.004, 0, 1);
    strcpy(params.from, "Xx");
    CHECK_FAILS(ctx, test_cloud(ctx, &c, &params, &tests), IA_ERR_PARAM,
                "\"Xx\" is no element");
    strcpy(params.from, "Cu,,Al");
    CHECK_FAILS(ctx, test_cloud(ctx, &c, &params, &tests), IA_ERR_PARAM,
                "an element is missing");
    strcpy(params.from, "Al");
    CHECK_FAILS(ctx, test_cloud(ctx, &c, &params, &tests), IA_ERR_PARAM,
                "no range holds");
    strcpy(params.from, "Cu"); // about 8 of them
    CHECK_OK(ctx, test_cloud(ctx, &c, &params, &tests));
    assert_int_equal(tests.n, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "too few ions"));
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static ia_status run_and_free(ia_ctx *ctx, const cloud *c, const ia_knn_params *params)
{
    ia_knn_tests tests = {0};
    ia_result result = {0};
    ia_status st = test_cloud(ctx, c, params, &tests);
    if (st == IA_OK)
        st = ia_knn_tests_tables(ctx, &tests, &result);
    ia_result_clear(&result);
    ia_knn_tests_clear(&tests);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_knn_params params = ia_knn_defaults();
    make_cloud(&c, 3000, 0.05, 0, 1);
    params.n_shuffles = 19;
    strcpy(params.from, "Cu");
    strcpy(params.to, "Fe");
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, run_and_free(ctx, &c, &params), (void)0);
    strcpy(params.from, "all");
    strcpy(params.to, "");
    CHECK_STARVED(ctx, run_and_free(ctx, &c, &params), (void)0);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_reported_as_chance),
        cmocka_unit_test(clusters_are_found),
        cmocka_unit_test(errors_are_the_scatter),
        cmocka_unit_test(an_ion_far_off_changes_nothing),
        cmocka_unit_test(coinciding_ions_are_not_tested),
        cmocka_unit_test(null_means_follow_poisson),
        cmocka_unit_test(few_centres_have_the_distances_of_all),
        cmocka_unit_test(one_thread_equals_two),
        cmocka_unit_test(all_ions_have_neighbours),
        cmocka_unit_test(the_band_of_the_tenth_neighbour_holds_chance),
        cmocka_unit_test(bad_questions_are_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
