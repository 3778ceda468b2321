// tests/physics/test_cluster_laws.c: turn, shift, shuffle the ions: the clusters follow.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/voronoi.h>

enum { N = 30000 };

// Given settings, so that only the geometry decides; the test passes by far.
static ia_cluster_params fixed(void)
{
    ia_cluster_params params = copper();
    params.d_max = 0.5;
    params.n_min = 15;
    return params;
}

static ia_clustering clusters_of(const cluster_case *c, size_t threads)
{
    ia_cluster_params params = fixed();
    ia_clustering out = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_ctx_set_threads(ctx, threads);
    CHECK_OK(ctx, case_compute(ctx, c, &params, &out));
    assert_true(out.n_clusters >= 1);
    ia_ctx_free(ctx);
    return out;
}

// A quarter turn and a shift by whole numbers are exact in floats of this size, up to the
// last bits of the shift: a few ions within 1e-5 nm of a limit may change sides.
static void turned_and_shifted(void **unused)
{
    (void)unused;
    cluster_case a = case_planted(N, 11), b = case_planted(N, 11);
    for (size_t i = 0; i < N; i++) {
        b.xyz[3 * i] = -a.xyz[3 * i + 1] + 32;
        b.xyz[3 * i + 1] = a.xyz[3 * i] - 16;
        b.xyz[3 * i + 2] = a.xyz[3 * i + 2] + 64;
    }
    ia_clustering one = clusters_of(&a, 1), two = clusters_of(&b, 1);
    size_t n_moved = 0;
    assert_int_equal(one.n_clusters, two.n_clusters);
    for (size_t i = 0; i < N; i++)
        n_moved += one.labels[i] != two.labels[i];
    assert_true(n_moved <= 5);
    for (size_t k = 0; k < one.n_clusters; k++) {
        assert_true(fabs(two.clusters[k].centre[0] - (32 - one.clusters[k].centre[1])) <
                    1e-2);
        assert_true(fabs(two.clusters[k].gyration - one.clusters[k].gyration) < 1e-2);
    }
    ia_clustering_clear(&one);
    ia_clustering_clear(&two);
    case_clear(&a);
    case_clear(&b);
}

// The same ions as a file might hold them: `from` tells the place of each in `a`.
static cluster_case shuffled(const cluster_case *a, size_t *from)
{
    cluster_case b = case_new(N);
    ia_random random = ia_random_new(5, 5);
    for (size_t i = 0; i < N; i++)
        from[i] = i;
    for (size_t i = N; i > 1; i--) {
        size_t j = (size_t)ia_random_below(&random, i), k = from[i - 1];
        from[i - 1] = from[j];
        from[j] = k;
    }
    for (size_t i = 0; i < N; i++) {
        memcpy(b.xyz + 3 * i, a->xyz + 3 * from[i], 3 * sizeof(float));
        b.mass[i] = a->mass[from[i]];
    }
    return b;
}

static ia_clustering chosen_by(const char *method, const cluster_case *c)
{
    ia_cluster_params params = copper();
    ia_clustering out = {0};
    use_method(&params, method);
    params.n_shuffles = 19;
    assert_int_equal(case_compute(NULL, c, &params, &out), IA_OK);
    return out;
}

// By every method, everything chosen and tested: the same bits for every ion.
static void in_another_order(void **unused)
{
    static const char *const methods[] = {"msm",  "core",       "dbscan",
                                          "scan", "hdbscan",    "optics",
                                          "gmm",  "isosurface", "voronoi"};
    static size_t from[N];
    size_t n_methods = sizeof methods / sizeof *methods - !ia_voronoi_is_built();
    cluster_case a = case_planted(N, 12), b = shuffled(&a, from);
    (void)unused;
    for (size_t m = 0; m < n_methods; m++) {
        ia_clustering one = chosen_by(methods[m], &a), two = chosen_by(methods[m], &b);
        assert_in_range(one.n_clusters, 1, N_BALLS + 1);
        assert_int_equal(one.n_clusters, two.n_clusters);
        assert_string_equal(one.verdict, two.verdict);
        assert_true(one.tests[0].sigma_effect >= 0 &&
                    one.tests[0].sigma_effect <= two.tests[0].sigma_effect &&
                    one.tests[0].sigma_effect >= two.tests[0].sigma_effect);
        for (size_t k = 0; k < one.n_clusters; k++)
            assert_memory_equal(one.clusters[k].centre, two.clusters[k].centre,
                                3 * sizeof(double));
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(two.labels[i], one.labels[from[i]]);
            assert_memory_equal(&two.probability[i], &one.probability[from[i]],
                                sizeof(float));
        }
        ia_clustering_clear(&one);
        ia_clustering_clear(&two);
    }
    case_clear(&a);
    case_clear(&b);
}

// Everything chosen, several threads: the same bits.
static void on_any_number_of_threads(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(N, 13);
    ia_clustering out[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        ia_cluster_params params = ia_cluster_defaults();
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, 1 + 3 * i);
        CHECK_OK(ctx, case_compute(ctx, &c, &params, &out[i]));
        ia_ctx_free(ctx);
    }
    assert_int_equal(out[0].n_clusters, out[1].n_clusters);
    assert_memory_equal(out[0].labels, out[1].labels, N * sizeof *out[0].labels);
    assert_memory_equal(out[0].probability, out[1].probability,
                        N * sizeof *out[0].probability);
    for (size_t t = 0; t < out[0].n_tests; t++) {
        ia_cluster_test *a = &out[0].tests[t], *b = &out[1].tests[t];
        assert_int_equal(a->n_peaks, b->n_peaks);
        assert_memory_equal(a->peaks, b->peaks, a->n_peaks * sizeof *a->peaks);
        free(a->peaks);
        free(b->peaks);
        a->peaks = b->peaks = NULL;
    }
    assert_memory_equal(out[0].tests, out[1].tests,
                        out[0].n_tests * sizeof *out[0].tests);
    for (size_t k = 0; k < out[0].n_clusters; k++)
        assert_memory_equal(out[0].clusters[k].centre, out[1].clusters[k].centre,
                            3 * sizeof(double));
    ia_clustering_clear(&out[0]);
    ia_clustering_clear(&out[1]);
    case_clear(&c);
}

// A part of the specimen leads to settings that serve the whole: 24 spheres of 70 %
// copper among 5 %. With a fifth of the solute looked at, or all of it, most spheres are
// found, some as one where they touch, and few clusters that are no sphere.
static void a_part_leads_to_the_same_clusters(void **unused)
{
    (void)unused;
    enum { N_ALL = 400000, SPHERES = 24 };
    cluster_case c = case_random(N_ALL, 0.05, 3);
    double edge = cbrt(N_ALL / 40.0), centres[SPHERES][3];
    ia_random random = ia_random_new(3, 5);
    for (size_t s = 0; s < SPHERES; s++)
        for (size_t k = 0; k < 3; k++)
            centres[s][k] = edge * (0.1 + 0.8 * ia_random_uniform(&random));
    for (size_t i = 0; i < N_ALL; i++)
        for (size_t s = 0; s < SPHERES; s++) {
            double r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)c.xyz[3 * i + k] - centres[s][k], 2);
            if (r2 < 1.5 * 1.5 && ia_random_uniform(&random) < 0.7)
                c.mass[i] = (float)mass_cu;
        }
    for (size_t part = 0; part < 2; part++) {
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        params.test_ions = part ? 5000 : 100000000;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        if (out.n_clusters < 14 || out.n_clusters > 29)
            fail_msg("%zu clusters with %llu ions tested", out.n_clusters,
                     (unsigned long long)out.tests[0].tested_ions);
        ia_clustering_clear(&out);
    }
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turned_and_shifted),
        cmocka_unit_test(in_another_order),
        cmocka_unit_test(a_part_leads_to_the_same_clusters),
        cmocka_unit_test(on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
