// tests/unit/test_cluster_statistics.c: sizes from detected atoms, axes and distances of
// planted clusters.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

// Log-normal sizes of mean about 160 atoms seen at 57 %: mean and spread come back, and
// the distribution in eight parts is nearer than that of detected atoms over 0.57.
static void sizes_come_back(void **unused)
{
    (void)unused;
    enum { N = 2000, PARTS = 8 };
    static const double efficiency = 0.57;
    uint64_t detected[N];
    double mean = 0, squares = 0, truth[PARTS] = {0}, found[PARTS] = {0}, error = 0;
    ia_cluster_sizes sizes = {0};
    ia_random random = ia_random_new(1, 31);
    for (size_t i = 0; i < N; i++) {
        size_t atoms = (size_t)exp(5 + 0.4 * ia_random_normal(&random));
        detected[i] = 0;
        for (size_t a = 0; a < atoms; a++)
            detected[i] += ia_random_uniform(&random) < efficiency;
        mean += (double)atoms / N;
        squares += (double)atoms * (double)atoms / N;
        truth[(size_t)fmin((double)atoms / 50, PARTS - 1)] += 1.0 / N;
    }
    assert_int_equal(ia_cluster_sizes_compute(NULL, detected, N, efficiency, &sizes),
                     IA_OK);
    double sd = sqrt(squares - mean * mean), sum = 0;
    for (size_t j = 0; j < sizes.n; j++) {
        sum += sizes.share[j];
        found[(size_t)fmin(sizes.atoms[j] / 50, PARTS - 1)] += sizes.share[j];
    }
    for (size_t p = 0; p < PARTS; p++)
        error += fabs(found[p] - truth[p]);
    assert_true(fabs(sum - 1) < 1e-6);
    // Of 2,000: binomial noise of 7 % each is 0.15 % of the mean; 3 % of the spread.
    assert_true(fabs(sizes.mean / mean - 1) < 0.007);
    assert_true(fabs(sizes.sd / sd - 1) < 0.1);
    // Steps of 9 % against parts of 50 atoms: a tenth of them on the wrong side.
    assert_true(error < 0.25);
    ia_cluster_sizes_clear(&sizes);
}

static void with_all_atoms_detected(void **unused)
{
    (void)unused;
    uint64_t detected[100];
    ia_cluster_sizes sizes = {0};
    for (size_t i = 0; i < 100; i++)
        detected[i] = 50 + i;
    assert_int_equal(ia_cluster_sizes_compute(NULL, detected, 100, 0.999, &sizes), IA_OK);
    assert_true(fabs(sizes.mean / 99.5 - 1) < 0.002);
    ia_cluster_sizes_clear(&sizes);
}

static void sizes_need_clusters_and_a_share(void **unused)
{
    (void)unused;
    const uint64_t detected[3] = {5, 6, 7};
    ia_cluster_sizes sizes = {0};
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, ia_cluster_sizes_compute(ctx, detected, 3, 0, &sizes), IA_ERR_PARAM,
                "efficiency");
    CHECK_FAILS(ctx, ia_cluster_sizes_compute(ctx, detected, 3, 1.5, &sizes),
                IA_ERR_PARAM, "efficiency");
    CHECK_FAILS(ctx, ia_cluster_sizes_compute(ctx, detected, 1, 0.5, &sizes),
                IA_ERR_EMPTY, "clusters");
    ia_status st = IA_ERR_MEMORY;
    for (size_t k = 1; st != IA_OK; k = next_starved(k)) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_cluster_sizes_compute(ctx, detected, 3, 0.5, &sizes);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
    }
    ia_cluster_sizes_clear(&sizes);
    ia_ctx_free(ctx);
}

// Two rods of copper, 8 nm long and 2 nm wide, 6 nm apart: along x and y.
static void axes_and_distances(void **unused)
{
    (void)unused;
    enum { N = 160000 };
    cluster_case c = case_random(N, 0.005, 15);
    ia_cluster_params params = copper();
    ia_clustering out = {0};
    ia_random random = ia_random_new(15, 1);
    double edge = cbrt(N / 40.0);
    for (size_t i = 0; i < N; i++) {
        double x = (double)c.xyz[3 * i] - edge / 2,
               y = (double)c.xyz[3 * i + 1] - edge / 2;
        double low = (double)c.xyz[3 * i + 2] - (edge / 2 - 3);
        double high = (double)c.xyz[3 * i + 2] - (edge / 2 + 3);
        bool inside =
            x * x / 16 + y * y + low * low < 1 || x * x + y * y / 16 + high * high < 1;
        if (inside && ia_random_uniform(&random) < 0.6)
            c.mass[i] = (float)mass_cu;
    }
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    assert_int_equal(out.n_clusters, 2);
    for (size_t k = 0; k < 2; k++) {
        const ia_cluster *rod = &out.clusters[k];
        // The rim that is linked from outside adds a tenth of a nanometre or so.
        assert_true(fabs(rod->semi_axes[0] - 4) < 0.5);
        assert_true(fabs(rod->semi_axes[1] - 1) < 0.35);
        assert_true(rod->semi_axes[1] >= rod->semi_axes[2]);
        size_t along = rod->centre[2] < edge / 2 ? 0 : 1;
        assert_true(fabs(rod->longest[along]) > 0.98);
        assert_true(fabs(rod->nearest - 6) < 0.3);
    }
    // Balls of 4 nm and some tenths about both centres lie within: such centres fit into
    // (edge - 9)^3 of the volume, or somewhat more or less.
    assert_int_equal(out.n_clear, 2);
    double deep = 2 / out.density;
    assert_true(deep > pow(edge - 9.6, 3) && deep < pow(edge - 8.2, 3));
    ia_clustering_clear(&out);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_come_back),
        cmocka_unit_test(with_all_atoms_detected),
        cmocka_unit_test(sizes_need_clusters_and_a_share),
        cmocka_unit_test(axes_and_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
