// tests/unit/test_voronoi.c: cells against the definition, lattices, and what is known of
// random ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/random.h>
#include <ionatlas/voronoi.h>

enum { N = 200 };

static void draw(float *xyz, size_t n, double edge, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(edge * ia_random_uniform(&random));
}

static size_t nearest(const float *xyz, size_t n, const double at[3])
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double d2 = 0;
        for (size_t k = 0; k < 3; k++)
            d2 += (xyz[3 * i + k] - at[k]) * (xyz[3 * i + k] - at[k]);
        if (d2 < least) {
            least = d2;
            best = i;
        }
    }
    return best;
}

static bool touches(const ia_voronoi *v, size_t a, size_t b)
{
    for (size_t e = v->start[a]; e < v->start[a + 1]; e++)
        if (v->beside[e] == b)
            return true;
    return false;
}

// A cell is what is nearest to its point: of random places, a share as large as its
// volume; the cells fill the box; touching is mutual.
static void cells_are_what_is_nearest(void **state)
{
    enum { PLACES = 200000 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(5, 1);
    float xyz[3 * N];
    double hits[N] = {0}, sum = 0, low[3], high[3], box = 1, chi2 = 0;
    ia_points points = {xyz, N};
    ia_voronoi v = {0};
    draw(xyz, N, 5, 1);
    CHECK_OK(ctx, ia_voronoi_compute(ctx, &points, 0.5, &v));
    for (size_t k = 0; k < 3; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
        for (size_t i = 0; i < N; i++) {
            low[k] = fmin(low[k], xyz[3 * i + k] - 0.5);
            high[k] = fmax(high[k], xyz[3 * i + k] + 0.5);
        }
        box *= high[k] - low[k];
    }
    for (size_t p = 0; p < PLACES; p++) {
        double at[3];
        for (size_t k = 0; k < 3; k++)
            at[k] = low[k] + (high[k] - low[k]) * ia_random_uniform(&random);
        hits[nearest(xyz, N, at)]++;
    }
    for (size_t i = 0; i < N; i++) {
        double expected = PLACES * (double)v.volume[i] / box;
        sum += v.volume[i];
        chi2 += (hits[i] - expected) * (hits[i] - expected) / expected;
        for (size_t e = v.start[i]; e < v.start[i + 1]; e++)
            assert_true(touches(&v, v.beside[e], i));
    }
    assert_true(fabs(sum / box - 1) < 1e-5);
    // 199 degrees of freedom: 999 in 1,000 below 199 + 3.1 sqrt(398).
    assert_true(chi2 < 261);
    ia_voronoi_clear(&v);
    ia_ctx_free(ctx);
}

// Body-centred: inner cells are truncated octahedra of a^3 / 2 that touch eight and six
// others.
static void cells_of_a_lattice_are_alike(void **state)
{
    enum { EDGE = 5, ALL = 2 * EDGE * EDGE * EDGE };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[3 * ALL];
    ia_points points = {xyz, ALL};
    ia_voronoi v = {0};
    for (size_t i = 0; i < ALL; i++)
        for (size_t k = 0; k < 3; k++) {
            static const size_t stride[] = {1, EDGE, EDGE * EDGE};
            xyz[3 * i + k] =
                0.3F * ((float)(i / 2 / stride[k] % EDGE) + (i % 2 ? 0.5F : 0));
        }
    CHECK_OK(ctx, ia_voronoi_compute(ctx, &points, 1, &v));
    size_t middle = 2 * (2 + EDGE * (2 + EDGE * 2));
    assert_true(fabs(v.volume[middle] / (0.027 / 2) - 1) < 1e-5);
    assert_int_equal(v.start[middle + 1] - v.start[middle], 14);
    ia_voronoi_clear(&v);
    ia_ctx_free(ctx);
}

// Cells of random points have a variance of 0.179 of the squared mean and 15.54 faces
// (Okabe and others 2000): known here to 3.3 standard errors of 8,000 inner cells.
static void random_cells_are_as_known(void **state)
{
    enum { MANY = 20000 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    ia_points points = {xyz, MANY};
    ia_voronoi v = {0};
    double edge = cbrt(MANY), n = 0, sum = 0, squares = 0, faces = 0;
    assert_non_null(xyz);
    draw(xyz, MANY, edge, 2);
    CHECK_OK(ctx, ia_voronoi_compute(ctx, &points, 0.5, &v));
    for (size_t i = 0; i < MANY; i++) {
        bool is_inner = true;
        for (size_t k = 0; k < 3; k++)
            is_inner &= xyz[3 * i + k] > 3 && xyz[3 * i + k] < edge - 3;
        if (!is_inner)
            continue;
        n++;
        sum += v.volume[i];
        squares += (double)v.volume[i] * v.volume[i];
        faces += (double)(v.start[i + 1] - v.start[i]);
    }
    double mean = sum / n;
    assert_true(fabs(mean - 1) < 0.02);
    assert_true(fabs(squares / n / (mean * mean) - 1 - 0.179) < 0.012);
    assert_true(fabs(faces / n - 15.54) < 0.13);
    ia_voronoi_clear(&v);
    free(xyz);
    ia_ctx_free(ctx);
}

static void one_place_is_shared(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[] = {1, 1, 1, 3, 1, 1, 1, 1, 1, 5, 1, 1};
    ia_points points = {xyz, 4};
    ia_voronoi v = {0};
    CHECK_OK(ctx, ia_voronoi_compute(ctx, &points, 1, &v));
    assert_true(fabs(v.volume[0] - 4) < 1e-5 && v.volume[0] == v.volume[2]);
    assert_true(fabs(v.volume[1] - 8) < 1e-5);
    assert_true(touches(&v, 0, 2) && touches(&v, 0, 1) && touches(&v, 1, 2));
    assert_false(touches(&v, 0, 3));
    ia_voronoi_clear(&v);
    ia_ctx_free(ctx);
}

static void bad_input_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[3 * 6] = {0};
    ia_voronoi v = {0};
    for (size_t n = 0; n <= 6; n++) { // none, one, and all at one place
        ia_points points = {xyz, n};
        CHECK_OK(ctx, ia_voronoi_compute(ctx, &points, 1, &v));
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(v.volume[i] - 8.0 / (double)n) < 1e-5);
        ia_voronoi_clear(&v);
    }
    ia_points points = {xyz, 2};
    CHECK_FAILS(ctx, ia_voronoi_compute(ctx, &points, 0, &v), IA_ERR_PARAM, "margin");
    xyz[4] = NAN;
    CHECK_FAILS(ctx, ia_voronoi_compute(ctx, &points, 1, &v), IA_ERR_PARAM, "point 1");
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[3 * N];
    ia_points points = {xyz, N};
    ia_voronoi v = {0};
    draw(xyz, N, 5, 3);
    CHECK_STARVED(ctx, ia_voronoi_compute(ctx, &points, 1, &v), ia_voronoi_clear(&v));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_what_is_nearest),
        cmocka_unit_test(cells_of_a_lattice_are_alike),
        cmocka_unit_test(random_cells_are_as_known),
        cmocka_unit_test(one_place_is_shared),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(survives_without_memory),
    };
    if (!ia_voronoi_is_built())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
