// tests/unit/test_cluster_methods.c: every way to find clusters gives the same fields,
// and says what it cannot do.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/voronoi.h>

// Balls among 40,000 ions are too near each other for every method to part them.
enum { N = IS_SLOWED ? 40000 : 100000 };

static const char *const methods[] = {"msm",    "core", "dbscan",     "scan",   "hdbscan",
                                      "optics", "gmm",  "isosurface", "voronoi"};
enum { ALL_METHODS = sizeof methods / sizeof *methods };

// The last one needs a library that may be absent.
static size_t count_methods(void)
{
    return ia_voronoi_is_built() ? ALL_METHODS : ALL_METHODS - 1;
}

static void expect_balls(const ia_clustering *out, const char *method)
{
    // One in 20 specimens may hold one that chance made, smaller than any ball.
    if (out->n_clusters < N_BALLS || out->n_clusters > N_BALLS + 1)
        fail_msg("%s: %zu clusters", method, out->n_clusters);
    for (size_t k = 0; k < N_BALLS; k++) {
        double at = out->clusters[k].centre[0] / cbrt(N / 40.0) * N_BALLS - 0.5;
        // 400 ions know a centre to 0.05 nm; 5 of those.
        assert_true(fabs(at - round(at)) * cbrt(N / 40.0) / N_BALLS < 0.25);
        // 14 nm^3 of 28 copper ions each: sd 20; rims and strays of the matrix.
        assert_in_range(out->clusters[k].solute_ions, 300, 520);
    }
    for (size_t i = 0; i < out->reachability.n; i++) // dense ions are in the balls
        if (out->reachability.most[i] < 0.3)
            assert_true(out->reachability.cluster[i] >= 0);
}

// Each valley lies in its parent, which has a higher rim or the same; chosen ones do not
// hold each other; every cluster is a chosen one, and of a ball's depth: 400 ions at less
// than half of the spacing outside have a depth of more than 400 ln 2.
static void expect_nested(const ia_clustering *out)
{
    size_t n_found = 0;
    for (size_t i = 0; i < out->n_valleys; i++) {
        const ia_valley *v = &out->valleys[i];
        assert_true(v->begin < v->end && v->rim > 0 && v->depth >= 0);
        if (v->parent >= 0) {
            const ia_valley *parent = &out->valleys[v->parent];
            assert_true((size_t)v->parent > i);
            assert_true(parent->begin <= v->begin && parent->end >= v->end);
        }
        for (int32_t at = v->parent; v->is_chosen && at >= 0;
             at = out->valleys[at].parent)
            assert_false(out->valleys[at].is_chosen);
        assert_true(v->is_chosen || v->cluster < 0);
        if (v->cluster < 0)
            continue;
        n_found++;
        if (out->clusters[v->cluster].solute_ions > 300)
            assert_true(v->depth > 200);
    }
    assert_int_equal(n_found, out->n_valleys > 0 ? out->n_clusters : 0);
}

static void planted_balls_come_back(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    for (size_t m = 0; m < count_methods(); m++) {
        cluster_case c = case_planted(N, 11);
        ia_cluster_params params = quick_copper();
        ia_clustering out = {0};
        ia_result result = {0};
        ia_ctx *ctx = ia_ctx_new();
        use_method(&params, methods[m]);
        CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
        if (IS_SLOWED)
            assert_true(out.n_clusters > 0);
        else
            expect_balls(&out, methods[m]);
        bool is_optics = strcmp(methods[m], "optics") == 0;
        assert_int_equal(out.reachability.n > 0, is_optics);
        assert_int_equal(out.n_valleys > 0, is_optics);
        expect_nested(&out);
        if (is_optics || strcmp(methods[m], "hdbscan") == 0)
            assert_int_equal(out.tests[0].min_points, 5);
        CHECK_OK(ctx, ia_clustering_tables(ctx, &out, &c.ranges, &result));
        assert_int_equal(ia_result_find(&result, "clusters")->n_rows, out.n_clusters);
        ia_result_clear(&result);
        ia_clustering_clear(&out);
        case_clear(&c);
        ia_ctx_free(ctx);
    }
}

// All ions of a planted case are even: DBSCAN of "all" is that of plain points.
static void all_ions_are_plain_points(void **unused)
{
    (void)unused;
    enum { FEW = 3000 };
    cluster_case c = case_planted(FEW, 12);
    ia_cluster_params params = ia_cluster_defaults();
    ia_clustering out = {0};
    ia_points points = {c.xyz, FEW};
    int32_t labels[FEW], number[FEW], n = 0;
    strcpy(params.solute, "all");
    use_method(&params, "dbscan");
    params.d_max = 0.2;
    params.min_points = 4;
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    assert_int_equal(ia_dbscan_compute(NULL, &points, 0.2, 4, labels), IA_OK);
    memset(number, -1, sizeof number);
    for (size_t i = 0; i < FEW; i++) {
        assert_int_equal(labels[i] < 0, out.labels[i] < 0);
        if (labels[i] < 0)
            continue;
        if (number[labels[i]] < 0) {
            number[labels[i]] = out.labels[i];
            n++;
        }
        assert_int_equal(number[labels[i]], out.labels[i]);
    }
    assert_int_equal(n, out.n_clusters);
    assert_true(n > 3);
    ia_clustering_clear(&out);
    case_clear(&c);
}

// min_points that were not given are told as used: given, they make the same clusters.
static void points_used_are_told(void **unused)
{
    (void)unused;
    enum { FEW = 3000 };
    static const char *const dense[] = {"hdbscan", "optics"};
    for (size_t m = 0; m < 2; m++) {
        cluster_case c = case_planted(FEW, 12);
        ia_cluster_params params = ia_cluster_defaults();
        ia_clustering left = {0}, given = {0};
        strcpy(params.solute, "all");
        use_method(&params, dense[m]);
        params.n_min = 8;
        assert_int_equal(case_compute(NULL, &c, &params, &left), IA_OK);
        params.min_points = left.tests[0].min_points;
        assert_int_equal(params.min_points, 5);
        assert_int_equal(case_compute(NULL, &c, &params, &given), IA_OK);
        assert_true(left.n_clusters > 0);
        assert_memory_equal(left.labels, given.labels, FEW * sizeof *left.labels);
        ia_clustering_clear(&left);
        ia_clustering_clear(&given);
        case_clear(&c);
    }
}

static void all_ions_need_settings(void **unused)
{
    (void)unused;
    for (size_t m = 0; m < count_methods(); m++) {
        cluster_case c = case_random(500, 0.1, 3);
        ia_cluster_params params = ia_cluster_defaults();
        ia_clustering out = {0};
        ia_ctx *ctx = ia_ctx_new();
        strcpy(params.solute, "all");
        use_method(&params, methods[m]);
        assert_int_equal(case_compute(ctx, &c, &params, &out), IA_ERR_PARAM);
        assert_non_null(strstr(ia_ctx_message(ctx), "solute"));
        ia_ctx_free(ctx);
        case_clear(&c);
    }
}

// Squares of their distances are no float.
static void ions_too_far_apart(void **unused)
{
    (void)unused;
    for (size_t m = 0; m < count_methods(); m++) {
        cluster_case c = case_random(3000, 0.05, 5);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        ia_ctx *ctx = ia_ctx_new();
        use_method(&params, methods[m]);
        for (size_t i = 0; i < 9000; i++)
            c.xyz[i] *= 1e30f;
        CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_UNSUPPORTED,
                    "distances up to 1e+18 nm");
        ia_ctx_free(ctx);
        case_clear(&c);
    }
}

// One solute ion, one species, all at one place, a line, a plane, a place that is no
// number, distances that have no square: nothing, with a reason.
static void what_cannot_be_told(void **unused)
{
    (void)unused;
    for (size_t m = 0; m < count_methods(); m++)
        for (size_t bad = 0; bad < 7; bad++) {
            enum { FEW = 3000 };
            cluster_case c = case_random(FEW, bad == 1 ? 1.1 : 0.05, 5);
            ia_cluster_params params = copper();
            ia_clustering out = {0};
            use_method(&params, methods[m]);
            for (size_t i = 0; bad == 0 && i < FEW; i++)
                c.mass[i] = (float)(i == 7 ? mass_cu : mass_fe);
            if (bad == 5)
                c.xyz[3 * 11 + 1] = NAN;
            for (size_t i = 0; bad >= 2 && bad < 5 && i < FEW; i++)
                for (size_t k = bad - 2; k < 3; k++)
                    c.xyz[3 * i + k] = 1;
            for (size_t i = 0; bad == 6 && i < 3 * FEW; i++)
                c.xyz[i] *= 1e-41f;
            ia_ctx *ctx = ia_ctx_new();
            CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
            assert_int_equal(out.n_clusters, 0);
            assert_true(out.verdict[0] != 0);
            ia_ctx_free(ctx);
            ia_clustering_clear(&out);
            case_clear(&c);
        }
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    for (size_t m = 0; m < count_methods(); m++) {
        cluster_case c = case_planted(2000, 13);
        ia_cluster_params params = quick_copper();
        ia_ctx *ctx = ia_ctx_new();
        ia_status st = IA_ERR_MEMORY;
        use_method(&params, methods[m]);
        for (size_t k = 1; st != IA_OK; k = next_starved(k) + 2 * k) {
            ia_clustering out = {0};
            ia_ctx_reset(ctx);
            ia_ctx_fail_alloc(ctx, k);
            st = case_compute(ctx, &c, &params, &out);
            assert_true(st == IA_OK || st == IA_ERR_MEMORY);
            assert_true(st == IA_OK || out.labels == NULL);
            ia_clustering_clear(&out);
        }
        ia_ctx_free(ctx);
        case_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_balls_come_back),
        cmocka_unit_test(all_ions_are_plain_points),
        cmocka_unit_test(points_used_are_told),
        cmocka_unit_test(all_ions_need_settings),
        cmocka_unit_test(what_cannot_be_told),
        cmocka_unit_test(ions_too_far_apart),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
