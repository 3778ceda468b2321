// tests/physics/test_knn_populations.c: are two densities told apart by the distances to
// the k-th neighbour, and only where there are two?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include "spatial/knn_populations.h"

#include <gsl/gsl_randist.h>

static ia_status run(ia_ctx *ctx, const cloud *c, const ia_knn_params *params,
                     ia_knn_tests *out)
{
    ia_knn_input input = cloud_input(c);
    return ia_knn_tests_compute(ctx, &input, params, out);
}

static ia_knn_params asked(const char *from, size_t n_shuffles)
{
    ia_knn_params params = ia_knn_defaults();
    snprintf(params.from, sizeof params.from, "%s", from);
    params.n_shuffles = n_shuffles;
    return params;
}

// Volume of a ball that holds the k-th of points with this density: a sum of k
// exponentials.
static double draw_distance(ia_random *random, size_t k, double density)
{
    double volume = 0;
    for (size_t i = 0; i < k; i++)
        volume += ia_random_exponential(random) / density;
    return cbrt(3 * volume / (4 * 3.14159265358979));
}

// 20,000 distances that are independent, 30 % at 10 per nm^3, the others at 0.5. The
// share is known within 0.0033, each density within 1/sqrt(k n) or 0.5 %: four times
// that.
static void a_mixture_comes_back(void **unused)
{
    (void)unused;
    enum { N = 20000, K = 5 };
    static ia_ball_volumes volumes;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        ia_random random = ia_random_new(seed, 0);
        memset(&volumes, 0, sizeof volumes);
        for (size_t i = 0; i < N; i++) {
            bool dense = ia_random_uniform(&random) < 0.3;
            ia_ball_volumes_add(&volumes, draw_distance(&random, K, dense ? 10 : 0.5), 1);
        }
        ia_populations p = ia_populations_fit(&volumes, K, NULL);
        assert_true(fabs(p.share - 0.3) < 0.014);
        assert_true(fabs(p.dense / 10 - 1) < 0.025 && fabs(p.sparse / 0.5 - 1) < 0.018);
        assert_true(p.ratio > 1000);
        // The chance is that of the mixture: at volume 1 nm^3, by Bayes.
        double d = cbrt(3 / (4 * 3.14159265358979));
        double dense = 0.3 * pow(10, K) * exp(-10.0);
        double sparse = 0.7 * pow(0.5, K) * exp(-0.5);
        double exact = dense / (dense + sparse);
        assert_true(fabs(ia_populations_chance(&p, K, d) - exact) < 0.03);
    }
}

// One density: two fit no better than chance allows; its logarithm gains a few.
static void one_population_stays_one(void **unused)
{
    (void)unused;
    enum { N = 20000, K = 5 };
    static ia_ball_volumes volumes;
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; i < N; i++)
        ia_ball_volumes_add(&volumes, draw_distance(&random, K, 2), 1);
    ia_populations p = ia_populations_fit(&volumes, K, NULL);
    assert_true(p.ratio >= 0 && p.ratio < 20);
    memset(&volumes, 0, sizeof volumes);
    assert_true(ia_populations_fit(&volumes, K, NULL).share == 0); // nothing
    ia_ball_volumes_add(&volumes, 0, 10);                          // all at one place
    p = ia_populations_fit(&volumes, K, NULL);
    assert_true(isfinite(p.ratio) && isfinite(p.dense));
}

// P(p <= 0.05) = 0.05 with 39 shuffles, surface and all: 2 to 21 of 200 clouds.
static void chance_is_reported_as_chance(void **unused)
{
    (void)unused;
    int n_reported = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cloud c;
        ia_knn_tests tests = {0};
        ia_knn_params params = asked("Cu", 39);
        make_cloud(&c, 4000, 0.03, 0, seed);
        CHECK_OK(NULL, run(NULL, &c, &params, &tests));
        n_reported += tests.tests[0].p_two <= 0.05;
        ia_knn_tests_clear(&tests);
        free_cloud(&c);
    }
    assert_in_range(n_reported, 2, 21);
}

// Copper 20 at.% below 3/10 of the depth, 1 at.% above, of 50 ions per nm^3: densities 10
// and 0.5 per nm^3, 6/6.7 of the copper in the denser part. Ions within a distance of the
// border or the surface see a part of another density: 10 % and 20 % of density, 0.05 of
// share. The error by blocks says as much of the share: it is not near 0.
static void a_layer_is_told_from_the_rest(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = asked("Cu", 39);
    make_cloud(&c, 200000, 0.05, 0, 1);
    ia_random random = ia_random_new(4, 4);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ),
          *mass = ia_ions_values(&c.ions, IA_MASS);
    double edge = cbrt(4000);
    for (size_t i = 0; i < c.ions.n; i++) {
        double share = (double)xyz[3 * i + 2] < 0.3 * edge ? 0.2 : 0.01;
        mass[i] = ia_random_uniform(&random) < share ? 63 : 56;
    }
    CHECK_OK(NULL, run(NULL, &c, &params, &tests));
    const ia_knn_test *t = &tests.tests[0];
    assert_true(t->fit_k == 5 && t->p_two <= 1.0 / 40 + 1e-12);
    assert_true(fabs(t->dense.density / 10 - 1) < 0.1);
    assert_true(fabs(t->sparse.density / 0.5 - 1) < 0.2);
    assert_true(fabs(t->dense.share - 6 / 6.7) < 0.05);
    assert_true(t->dense.sigma_share > 0 && t->dense.sigma_share < 0.1);
    assert_true(t->likelier > 100 * t->null_likelier);

    // Of each copper ion the layer is told; iron is not asked.
    ia_knn_input input = cloud_input(&c);
    float *chance = malloc(c.ions.n * sizeof *chance);
    assert_non_null(chance);
    CHECK_OK(NULL, ia_knn_posterior(NULL, &input, &tests, chance));
    size_t n = 0, wrong = 0;
    for (size_t i = 0; i < c.ions.n; i++) {
        if (mass[i] < 60) {
            assert_true(isnan(chance[i]));
            continue;
        }
        assert_true(chance[i] >= 0 && chance[i] <= 1);
        double depth = (double)xyz[3 * i + 2] - 0.3 * edge;
        n += fabs(depth) > 1;
        wrong += fabs(depth) > 1 && (depth < 0) != (chance[i] > 0.5f);
    }
    assert_true(wrong < n / 100);
    free(chance);
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
}

// Fewer ions used are not fewer per nm^3.
static void densities_are_of_all_ions(void **unused)
{
    (void)unused;
    cloud c;
    ia_knn_tests whole = {0}, part = {0};
    ia_knn_params params = asked("Cu", 19);
    make_cloud(&c, 100000, 0.1, 0, 1);
    CHECK_OK(NULL, run(NULL, &c, &params, &whole));
    params.n_most = 3000;
    CHECK_OK(NULL, run(NULL, &c, &params, &part));
    double all = 0, some = 0; // mean density, 5 per nm^3
    all = whole.tests[0].dense.share * whole.tests[0].dense.density +
          whole.tests[0].sparse.share * whole.tests[0].sparse.density;
    some = part.tests[0].dense.share * part.tests[0].dense.density +
           part.tests[0].sparse.share * part.tests[0].sparse.density;
    assert_true(fabs(some / all - 1) < 0.15);
    ia_knn_tests_clear(&whole);
    ia_knn_tests_clear(&part);
    free_cloud(&c);
}

static ia_status posterior(ia_ctx *ctx, const cloud *c, const ia_knn_tests *tests)
{
    ia_knn_input input = cloud_input(c);
    float chance[3000];
    return ia_knn_posterior(ctx, &input, tests, chance);
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_knn_tests tests = {0};
    ia_knn_params params = asked("Cu", 39);
    make_cloud(&c, 3000, 0.05, 0.9, 1);
    CHECK_OK(ctx, run(ctx, &c, &params, &tests));
    assert_true(tests.tests[0].p_two_holm <= 0.05);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, posterior(ctx, &c, &tests), (void)0);
    ia_knn_tests_clear(&tests);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

// A neighbour beyond k is not looked at: that is told where it was asked for.
static void a_neighbour_beyond_k_is_told(void **unused)
{
    (void)unused;
    for (size_t fit_k = 2; fit_k <= 8; fit_k += 3) { // 5: the default goes with k
        ia_ctx *ctx = ia_ctx_new();
        cloud c;
        ia_knn_tests tests = {0};
        ia_knn_params params = asked("Cu", 19);
        params.k = 4;
        params.fit_k = fit_k;
        make_cloud(&c, 3000, 0.05, 0, 1);
        CHECK_OK(ctx, run(ctx, &c, &params, &tests));
        assert_int_equal(tests.tests[0].fit_k, fit_k == 2 ? 2 : 4);
        assert_int_equal(ia_ctx_n_warnings(ctx), fit_k == 8);
        if (fit_k == 8)
            assert_non_null(strstr(ia_ctx_warning(ctx, 0), "above k = 4"));
        ia_knn_tests_clear(&tests);
        free_cloud(&c);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mixture_comes_back),
        cmocka_unit_test(one_population_stays_one),
        cmocka_unit_test(chance_is_reported_as_chance),
        cmocka_unit_test(a_layer_is_told_from_the_rest),
        cmocka_unit_test(densities_are_of_all_ions),
        cmocka_unit_test(a_neighbour_beyond_k_is_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
