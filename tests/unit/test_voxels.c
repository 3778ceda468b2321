// tests/unit/test_voxels.c: ions counted in voxels by hand, kernels against plain sums.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include "spatial/voxels.h"

// One ion of weight 1 and 2 at a place, in voxels of 1 nm.
typedef struct {
    float xyz[3];
    uint16_t kind;
    uint32_t row;
    ia_ranged ranged;
    ia_voxels voxels;
    ia_plane_order order;
} single;

static void make_single(single *s, float x, float y, float z)
{
    *s = (single){.xyz = {x, y, z}};
    s->ranged = (ia_ranged){.n = 1, .xyz = s->xyz, .kind = &s->kind, .row = &s->row};
    for (size_t k = 0; k < 3; k++)
        s->ranged.lo[k] = s->ranged.hi[k] = (double)s->xyz[k];
    CHECK_OK(NULL, ia_voxels_lay_out(NULL, &s->ranged, 1, 2, 8, &s->voxels));
    CHECK_OK(NULL, ia_plane_order_build(NULL, &s->voxels, &s->ranged, &s->order));
}

// Grids after counting; freed by the caller.
static void count(const single *s, ia_spread spread, float *grids[2])
{
    static const float one = 1, two = 2;
    const ia_deposit deposit = {&s->voxels, &s->order, spread, {&one, &two},
                                NULL,       NULL,      0};
    for (int g = 0; g < 2; g++)
        grids[g] = calloc(ia_voxels_count(&s->voxels), sizeof *grids[g]);
    CHECK_OK(NULL, ia_deposit_run(NULL, &deposit, grids));
}

static double at(const ia_voxels *v, const float *grid, size_t x, size_t y, size_t z)
{
    return (double)grid[(z * v->n[1] + y) * v->n[0] + x];
}

static void laid_out_around_multiples_of_the_edge(void **unused)
{
    (void)unused;
    single s;
    make_single(&s, 3.2f, -0.6f, 10);
    const double origin[] = {1, -3, 8};
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(s.voxels.n[k], 5);
        assert_true(s.voxels.origin[k] == origin[k]);
    }
    ia_plane_order_clear(&s.order);
}

static void an_ion_is_shared_as_it_must(void **unused)
{
    (void)unused;
    single s;
    float *g[2];
    make_single(&s, 3.25f, 0, 10);
    count(&s, IA_SPREAD_NEAREST, g);
    assert_true(at(&s.voxels, g[0], 2, 2, 2) == 1 && at(&s.voxels, g[1], 2, 2, 2) == 2);
    free(g[0]), free(g[1]);
    count(&s, IA_SPREAD_LINEAR, g);
    assert_true(at(&s.voxels, g[0], 2, 2, 2) == 0.75);
    assert_true(at(&s.voxels, g[1], 3, 2, 2) == 0.5);
    free(g[0]), free(g[1]);
    // A Gaussian of sigma 1/6 from 0.25 beyond the middle: the part beyond 0.5 along x.
    count(&s, IA_SPREAD_GAUSS, g);
    double side = erfc(0.5 * 6 / sqrt(2)) / 2; // beyond one face from the middle
    double above = erfc(0.25 * 6 / sqrt(2)) / 2, below = erfc(0.75 * 6 / sqrt(2)) / 2;
    double middle = (1 - 2 * side) * (1 - 2 * side);
    assert_true(fabs(at(&s.voxels, g[0], 3, 2, 2) - above * middle) < 1e-5);
    assert_true(fabs(at(&s.voxels, g[0], 1, 2, 2) - below * middle) < 1e-5);
    assert_true(fabs(at(&s.voxels, g[0], 2, 1, 2) -
                     (1 - above - below) * side * (1 - 2 * side)) < 1e-5);
    free(g[0]), free(g[1]);
    ia_plane_order_clear(&s.order);
}

// Whatever the spread, nothing is lost; a part that is not asked for counts nothing.
static void counts_are_kept(void **unused)
{
    (void)unused;
    cluster_case c = case_random(20000, 0.1, 3);
    ia_ranged ranged = {0};
    ia_voxels voxels;
    ia_plane_order order;
    static const float solute[] = {0, 1, 1}, atoms[] = {1, 1, 2};
    CHECK_OK(NULL, ia_ranged_build(NULL, &c.ions, &c.ranger, &ranged));
    CHECK_OK(NULL, ia_voxels_lay_out(NULL, &ranged, 0.7, 1, 8, &voxels));
    CHECK_OK(NULL, ia_plane_order_build(NULL, &voxels, &ranged, &order));
    uint8_t *part = calloc(ranged.n, 1);
    size_t n_copper = 0, n_part = 0;
    for (size_t i = 0; i < ranged.n; i++) {
        part[i] = i % 3 == 0;
        n_copper += ranged.kind[i] == 1;
        n_part += part[i];
    }
    for (int spread = IA_SPREAD_NEAREST; spread <= IA_SPREAD_GAUSS; spread++)
        for (unsigned parts = 2; parts <= 3; parts++) {
            float *grids[2];
            double sum[2] = {0, 0};
            const ia_deposit deposit = {
                &voxels, &order, (ia_spread)spread, {solute, atoms}, NULL, part, parts};
            for (int g = 0; g < 2; g++)
                grids[g] = calloc(ia_voxels_count(&voxels), sizeof *grids[g]);
            CHECK_OK(NULL, ia_deposit_run(NULL, &deposit, grids));
            for (int g = 0; g < 2; g++) {
                for (size_t i = 0; i < ia_voxels_count(&voxels); i++)
                    sum[g] += (double)grids[g][i];
                free(grids[g]);
            }
            double all = parts == 3 ? (double)ranged.n : (double)n_part;
            assert_true(fabs(sum[1] - all) < 1e-5 * all);
            if (parts == 3)
                assert_true(fabs(sum[0] - (double)n_copper) < 1e-5 * (double)n_copper);
        }
    free(part);
    ia_plane_order_clear(&order);
    ia_ranged_clear(&ranged);
    case_clear(&c);
}

// Against the plain threefold sum, with other kernels along each axis.
static void blur_against_the_plain_sum(void **unused)
{
    (void)unused;
    enum { NX = 11, NY = 8, NZ = 9, N = NX * NY * NZ };
    const ia_voxels v = {.edge = 0.5, .n = {NX, NY, NZ}};
    ia_random random = ia_random_new(1, 0);
    float grid[N], before[N];
    ia_taps taps[3];
    for (size_t i = 0; i < N; i++)
        before[i] = grid[i] = (float)ia_random_uniform(&random);
    const double sigma[] = {0.8, 0.4, 0.6};
    for (size_t k = 0; k < 3; k++)
        CHECK_OK(NULL, ia_taps_gauss(NULL, sigma[k], 0.5, 3, 0, &taps[k]));
    CHECK_OK(NULL, ia_blur(NULL, &v, taps, grid));
    for (long z = 0; z < NZ; z++)
        for (long y = 0; y < NY; y++)
            for (long x = 0; x < NX; x++) {
                double sum = 0;
                for (long c = 0; c < NZ; c++)
                    for (long b = 0; b < NY; b++)
                        for (long a = 0; a < NX; a++) {
                            size_t d[] = {(size_t)labs(a - x), (size_t)labs(b - y),
                                          (size_t)labs(c - z)};
                            double weight = 1;
                            for (size_t k = 0; k < 3; k++)
                                weight *= d[k] <= taps[k].reach
                                              ? (double)taps[k].taps[d[k]]
                                              : 0;
                            sum += weight * (double)before[(c * NY + b) * NX + a];
                        }
                assert_true(fabs(sum - (double)grid[(z * NY + y) * NX + x]) < 1e-6);
            }
    for (size_t k = 0; k < 3; k++)
        ia_taps_clear(&taps[k]);
}

static void taps_by_hand(void **unused)
{
    (void)unused;
    ia_taps taps;
    CHECK_OK(NULL, ia_taps_gauss(NULL, 1, 1, 3, 1, &taps)); // cut to three voxels
    assert_int_equal(taps.reach, 1);
    double side = exp(-0.5);
    assert_true(fabs((double)taps.taps[0] - 1 / (1 + 2 * side)) < 1e-7);
    assert_true(fabs((double)taps.taps[1] - side / (1 + 2 * side)) < 1e-7);
    ia_taps_clear(&taps);
    CHECK_OK(NULL, ia_taps_gauss(NULL, 0, 1, 3, 0, &taps));
    assert_int_equal(taps.reach, 0);
    assert_true(taps.taps[0] == 1);
    ia_taps_clear(&taps);
}

static void interpolation_is_linear(void **unused)
{
    (void)unused;
    const ia_voxels v = {.origin = {1, 2, 3}, .edge = 0.5, .n = {4, 3, 2}};
    float grid[24];
    for (size_t z = 0; z < 2; z++)
        for (size_t y = 0; y < 3; y++)
            for (size_t x = 0; x < 4; x++)
                grid[(z * 3 + y) * 4 + x] = (float)(x + 10 * y + 100 * z);
    const float inside[] = {1.75f, 2.25f, 3.125f}, beyond[] = {9, 9, 9};
    assert_true(fabs(ia_voxels_sample(&v, grid, inside) - (1.5 + 5 + 25)) < 1e-6);
    assert_true(fabs(ia_voxels_sample(&v, grid, beyond) - 123) < 1e-6);
}

static void too_many_voxels_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[6] = {0, 0, 0, 1e5f, 1e5f, 1e5f};
    uint16_t kind[2] = {0};
    const ia_ranged ranged = {.n = 2, .xyz = xyz, .kind = kind, .hi = {1e5, 1e5, 1e5}};
    const ia_ranged none = {.n = 0};
    ia_voxels v;
    CHECK_FAILS(ctx, ia_voxels_lay_out(ctx, &ranged, 1, 0, 8, &v), IA_ERR_MEMORY,
                "voxels fit, an edge of");
    CHECK_FAILS(ctx, ia_voxels_lay_out(ctx, &none, 1, 0, 8, &v), IA_ERR_EMPTY,
                "no ranged ion");
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laid_out_around_multiples_of_the_edge),
        cmocka_unit_test(an_ion_is_shared_as_it_must),
        cmocka_unit_test(counts_are_kept),
        cmocka_unit_test(blur_against_the_plain_sum),
        cmocka_unit_test(taps_by_hand),
        cmocka_unit_test(interpolation_is_linear),
        cmocka_unit_test(too_many_voxels_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
