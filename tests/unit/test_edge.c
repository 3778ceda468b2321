// tests/unit/test_edge.c: volume, area and depth of balls and boxes of random ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/edge.h>
#include <ionatlas/random.h>

enum { N = ARE_THREADS_WATCHED ? 8000 : 30000 };
static const double radius = 10;

// Even ions in a ball, or in a box of 16 x 16 x 30 nm.
static float *draw(size_t n, bool ball, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    float *xyz = malloc(3 * n * sizeof *xyz);
    assert_non_null(xyz);
    for (size_t i = 0; i < n;) {
        double at[3], r2 = 0;
        for (size_t k = 0; k < 3; k++) {
            double half = ball ? radius : k < 2 ? 8 : 15;
            at[k] = half * (2 * ia_random_uniform(&random) - 1);
            r2 += at[k] * at[k];
        }
        if (ball && r2 > radius * radius)
            continue;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)at[k];
        i++;
    }
    return xyz;
}

static double depth(const float *at, bool ball)
{
    double x = at[0], y = at[1], z = at[2];
    if (ball)
        return radius - sqrt(x * x + y * y + z * z);
    return fmin(8 - fmax(fabs(x), fabs(y)), 15 - fabs(z));
}

// Each side of a triangle is that of one other, run the other way.
static void check_closed(const ia_mesh *m)
{
    size_t n = 3 * m->n_triangles;
    uint64_t sum = 0, back = 0; // of a hash of each side
    for (size_t i = 0; i < n; i++) {
        uint64_t a = m->triangles[i], b = m->triangles[i % 3 == 2 ? i - 2 : i + 1];
        sum += (a * 0x9e3779b97f4a7c15ULL) ^ (b * 0xc2b2ae3d27d4eb4fULL);
        back += (b * 0x9e3779b97f4a7c15ULL) ^ (a * 0xc2b2ae3d27d4eb4fULL);
    }
    assert_true(sum == back);
    assert_int_equal(m->n_vertices + m->n_triangles - n / 2, 2); // Euler, one piece
}

// Cubes of 50 ions are 1.52 nm (ball) and 1.86 nm (box) wide, a spacing of ions 0.41 and
// 0.50 nm. Volume within 2 %; depth: rms a fifth of a cube down to 2 nm; corners of the
// box are left out.
static void depth_is_that_of_the_shape(void **state)
{
    (void)state;
    if (ARE_THREADS_WATCHED)
        skip(); // of fewer ions
    ia_ctx *ctx = ia_ctx_new();
    for (int shape = 0; shape < 2; shape++) {
        bool ball = shape == 0;
        float *xyz = draw(N, ball, 31 + (uint64_t)shape);
        ia_points points = {xyz, N};
        ia_edge e;
        CHECK_OK(ctx, ia_edge_compute(ctx, &points, NULL, &e));
        double volume = ball ? 4 * M_PI / 3 * pow(radius, 3) : 16 * 16 * 30;
        double area = ball ? 4 * M_PI * radius * radius : 2 * 16 * 16 + 4 * 16 * 30;
        assert_true(fabs(e.volume / volume - 1) < 0.02);
        assert_true(fabs(e.area / area - 1) < 0.06);
        check_closed(&e.mesh);
        double sum = 0, n = 0;
        for (size_t i = 0; i < N; i++) {
            double d = depth(xyz + 3 * i, ball);
            bool near_corner =
                !ball && fabs((double)xyz[3 * i]) > 5 && fabs((double)xyz[3 * i + 1]) > 5;
            if (d > 2 || near_corner || (!ball && fabs((double)xyz[3 * i + 2]) > 12))
                continue;
            sum += (e.distance[i] - d) * (e.distance[i] - d);
            n++;
        }
        assert_true(sqrt(sum / n) < 0.2 * e.cube);
        for (size_t i = 0; i < N; i++)
            if (depth(xyz + 3 * i, ball) > 6)
                assert_true((double)e.distance[i] == e.most);
        ia_edge_clear(&e);
        free(xyz);
    }
    ia_ctx_free(ctx);
}

static void any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(N, true, 33);
    ia_points points = {xyz, N};
    ia_edge one, many;
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_edge_compute(ctx, &points, NULL, &one));
    ia_ctx_set_threads(ctx, 5);
    CHECK_OK(ctx, ia_edge_compute(ctx, &points, NULL, &many));
    assert_int_equal(one.mesh.n_triangles, many.mesh.n_triangles);
    assert_memory_equal(one.distance, many.distance, N * sizeof(float));
    ia_edge_clear(&one);
    ia_edge_clear(&many);
    free(xyz);
    ia_ctx_free(ctx);
}

static void what_has_no_volume_has_no_surface(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(3000, true, 34);
    const size_t counts[] = {0, 1, 10};
    ia_edge e;
    for (size_t c = 0; c < 3; c++) {
        ia_points few = {xyz, counts[c]};
        CHECK_OK(ctx, ia_edge_compute(ctx, &few, NULL, &e));
        assert_true(isnan(e.volume) && e.mesh.n_triangles == 0);
        ia_edge_clear(&e);
    }
    for (size_t i = 0; i < 3000; i++)
        xyz[3 * i + 2] = 1;
    ia_points flat = {xyz, 3000};
    CHECK_OK(ctx, ia_edge_compute(ctx, &flat, NULL, &e));
    assert_true(isnan(e.volume) && isnan(e.distance[0]));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "no volume"));
    ia_edge_clear(&e);
    free(xyz);
    ia_ctx_free(ctx);
}

// Two balls 100 micrometres apart, along an axis or a diagonal, and a lone ion as far
// from both: each as it is alone, where floats at 1e5 nm are 0.008 nm apart; by no grid
// over all of it.
static void parts_far_apart_have_a_surface_each(void **state)
{
    (void)state;
    enum { PART = 10000, ALL = 2 * PART + 1 };
    ia_ctx *ctx = ia_ctx_new();
    for (int axes = 1; axes <= 3; axes += 2) {
        float *xyz = malloc(3 * ALL * sizeof *xyz);
        for (size_t part = 0; part < 2; part++) {
            float *own = draw(PART, true, 37 + part);
            for (size_t i = 0; i < PART; i++)
                for (size_t k = 0; k < 3; k++)
                    xyz[3 * (part * PART + i) + k] =
                        own[3 * i + k] + ((int)k < axes ? 1e5F * (float)part : 0);
            free(own);
        }
        for (size_t k = 0; k < 3; k++)
            xyz[3 * (size_t)(ALL - 1) + k] = -1e5F;
        ia_points all = {xyz, ALL}, first = {xyz, PART};
        ia_edge both, one;
        CHECK_OK(ctx, ia_edge_compute(ctx, &all, NULL, &both));
        CHECK_OK(ctx, ia_edge_compute(ctx, &first, NULL, &one));
        assert_true(fabs(both.volume / (2 * 4 * M_PI / 3 * pow(radius, 3)) - 1) < 0.02);
        assert_true(fabs(both.area / (2 * 4 * M_PI * radius * radius) - 1) < 0.06);
        assert_memory_equal(both.distance, one.distance, PART * sizeof(float));
        for (size_t i = 0; i < PART; i++)
            assert_true(fabsf(both.distance[PART + i]) <= 5);
        assert_true((double)both.distance[ALL - 1] == -both.most);
        ia_edge_clear(&both);
        ia_edge_clear(&one);
        free(xyz);
    }
    ia_ctx_free(ctx);
}

// Ions all over a box 100,000 times as wide leave no gap along any axis: the specimen is
// told as without them, they are strays.
static void strays_all_over_are_left_out(void **state)
{
    (void)state;
    enum { CORE = 8000, STRAYS = 400, ALL = CORE + STRAYS };
    ia_ctx *ctx = ia_ctx_new();
    float *core = draw(CORE, true, 37), *xyz = malloc(3 * ALL * sizeof *xyz);
    ia_random random = ia_random_new(38, 0);
    size_t n_inside = 0;
    memcpy(xyz, core, 3 * CORE * sizeof *xyz);
    for (size_t i = 3 * CORE; i < 3 * ALL; i++)
        xyz[i] = (float)(1e6 * ia_random_uniform(&random));
    ia_points all = {xyz, ALL}, alone = {core, CORE};
    ia_edge with, without;
    CHECK_OK(ctx, ia_edge_compute(ctx, &all, NULL, &with));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "400 ions lie far off"));
    CHECK_OK(ctx, ia_edge_compute(ctx, &alone, NULL, &without));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_true(with.volume == without.volume && with.area == without.area);
    assert_memory_equal(with.distance, without.distance, CORE * sizeof(float));
    assert_int_equal(with.n_stray, STRAYS);
    for (size_t i = CORE; i < ALL; i++)
        assert_true((double)with.distance[i] == -with.most);
    for (size_t i = 0; i < CORE; i++)
        n_inside += with.distance[i] > 0;
    assert_true(n_inside > CORE * 9 / 10);
    ia_edge_clear(&with);
    ia_edge_clear(&without);
    free(xyz);
    free(core);
    ia_ctx_free(ctx);
}

static void a_hole_in_the_positions_is_passed_over(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(N, true, 35);
    ia_points points = {xyz, N};
    ia_edge e;
    xyz[4] = NAN;
    CHECK_OK(ctx, ia_edge_compute(ctx, &points, NULL, &e));
    assert_true(isnan(e.distance[1]) && isfinite(e.distance[0]));
    ia_edge_clear(&e);
    ia_edge_params params = {.most = -1};
    CHECK_FAILS(ctx, ia_edge_compute(ctx, &points, &params, &e), IA_ERR_PARAM, "most");
    free(xyz);
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    enum { SOME = IS_SLOWED ? 4000 : 20000 };
    float *xyz = draw(SOME, true, 36);
    ia_points points = {xyz, SOME};
    ia_edge e = {0};
    CHECK_STARVED(ctx, ia_edge_compute(ctx, &points, NULL, &e), ia_edge_clear(&e));
    free(xyz);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_is_that_of_the_shape),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(what_has_no_volume_has_no_surface),
        cmocka_unit_test(parts_far_apart_have_a_surface_each),
        cmocka_unit_test(strays_all_over_are_left_out),
        cmocka_unit_test(a_hole_in_the_positions_is_passed_over),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
