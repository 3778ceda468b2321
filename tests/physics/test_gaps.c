// tests/physics/test_gaps.c: is a specimen in parts far apart told as its parts are?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include <ionatlas/correlation.h>
#include <ionatlas/edge.h>
#include <ionatlas/frequency.h>
#include <ionatlas/rdf.h>

static const double width = 10; // nm, of each of two cubes

// Ions in two cubes, `apart` nm from one to the other along an axis.
static cloud parted_of(size_t n, size_t axis, double apart)
{
    cloud c;
    ia_random random = ia_random_new(7, 7);
    make_cloud(&c, n, 0.05, 0, 1);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ);
    for (size_t i = 0; i < c.ions.n; i++)
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(width * ia_random_uniform(&random) +
                                     (k == axis && i % 2 ? width + apart : 0));
    return c;
}

static cloud parted(size_t axis, double apart)
{
    return parted_of(80000, axis, apart);
}

static double surface_volume(cloud *c)
{
    const ia_points points = {ia_ions_values(&c->ions, IA_XYZ), c->ions.n};
    ia_edge edge = {0};
    CHECK_OK(NULL, ia_edge_compute(NULL, &points, NULL, &edge));
    double volume = edge.volume;
    ia_edge_clear(&edge);
    return volume;
}

// The volume is 2,000 nm^3 within 1 %, as that of the surface is; g = 1 within 2 % from
// 0.5 nm on, where a bin of 0.2 nm holds 10^5 pairs (0.3 %) and its edge correction is
// known to 0.5 %: nothing of one part is seen from the other.
static void parts_have_the_volume_of_their_surface(void **unused)
{
    (void)unused;
    static const double far[] = {5000, 2e6};
    for (size_t axis = 0; axis < 3; axis++)
        for (size_t d = 0; d < 2; d++) {
            ia_ctx *ctx = ia_ctx_new();
            cloud c = parted(axis, far[d]);
            ia_knn_input input = cloud_input(&c);
            ia_rdf_params params = ia_rdf_defaults();
            ia_rdfs rdfs = {0};
            double g[15], k[15];
            strcpy(params.from, "all");
            params.bin = 0.2;
            CHECK_OK(ctx, ia_rdfs_compute(ctx, &input, &params, &rdfs));
            assert_non_null(strstr(ia_ctx_warning(ctx, 0), "parts far apart"));
            assert_true(fabs(rdfs.volume / 2000 - 1) < 0.01);
            if (d == 0)
                assert_true(fabs(rdfs.volume / surface_volume(&c) - 1) < 0.02);
            ia_rdf_normalise(&rdfs.pairs[0], g, k);
            for (size_t i = 2; i < 15 && d == 0; i++)
                if (!(fabs(g[i] - 1) < 0.02))
                    fail_msg("axis %zu, bin %zu: g = %g", axis, i, g[i]);
            ia_rdfs_clear(&rdfs);
            free_cloud(&c);
            ia_ctx_free(ctx);
        }
}

// Blocks by number and by space: of 50 ions 1,600 at most, as in one part.
static void blocks_are_made_of_both_parts(void **unused)
{
    (void)unused;
    for (int way = IA_BLOCKS_IONS; way <= IA_BLOCKS_CUBES; way++) {
        cloud c = parted(2, 5000);
        ia_knn_input input = cloud_input(&c);
        ia_frequency_params params = ia_frequency_defaults();
        ia_frequency f = {0};
        strcpy(params.from, "Cu");
        strcpy(params.sizes, "50");
        params.blocks = way;
        params.n_shuffles = 19;
        CHECK_OK(NULL, ia_frequency_compute(NULL, &input, &params, &f));
        assert_int_equal(f.n, 1);
        assert_true(f.tests[0].n_ions > 60000 && f.tests[0].n_ions <= 80000);
        assert_true(fabs(f.tests[0].variance_ratio - 1) <
                    4 * f.tests[0].sigma_variance_ratio);
        ia_frequency_clear(&f);
        free_cloud(&c);
    }
}

static void a_correlation_is_made_of_both_parts(void **unused)
{
    (void)unused;
    cloud c = parted(0, 5000);
    ia_knn_input input = cloud_input(&c);
    ia_correlation_params params = ia_correlation_defaults();
    ia_correlations all = {0};
    strcpy(params.from, "Cu");
    params.n_shuffles = 19;
    CHECK_OK(NULL, ia_correlations_compute(NULL, &input, &params, &all));
    assert_int_equal(all.n, 1);
    ia_correlations_clear(&all);
    free_cloud(&c);
}

// Near enough for a grid: as they are, and nothing to tell.
static void near_parts_stay(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c = parted(2, 20);
    ia_knn_input input = cloud_input(&c);
    ia_rdf_params params = ia_rdf_defaults();
    ia_rdfs rdfs = {0};
    strcpy(params.from, "all");
    CHECK_OK(ctx, ia_rdfs_compute(ctx, &input, &params, &rdfs));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    assert_true(fabs(rdfs.volume / 2000 - 1) < 0.01);
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static ia_status run_and_free(ia_ctx *ctx, const cloud *c)
{
    ia_knn_input input = cloud_input(c);
    ia_rdf_params params = ia_rdf_defaults();
    ia_rdfs rdfs = {0};
    strcpy(params.from, "all");
    params.r_max = 0.5;
    ia_status st = ia_rdfs_compute(ctx, &input, &params, &rdfs);
    ia_rdfs_clear(&rdfs);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c = parted_of(4000, 2, 5000);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, run_and_free(ctx, &c), (void)0);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_the_volume_of_their_surface),
        cmocka_unit_test(blocks_are_made_of_both_parts),
        cmocka_unit_test(a_correlation_is_made_of_both_parts),
        cmocka_unit_test(near_parts_stay),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
