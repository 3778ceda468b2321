// tests/unit/test_pole_shift.c: ways of ions from their density, where they are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/projection_fit.h>

#include <math.h>
#include <stdlib.h>

enum { CELLS = 100 };
static const double radius = 36, pull = 1; // mm
static const ia_projection straight = {IA_PROJECTION_POINT, 90, 1.2, {3, -2}};

// The point projection sees equal areas. With phi = pull x (1 - r^2 / radius^2), which is
// 0 at the rim, laplace(phi) = -8 pull x / radius^2 and d = -grad(phi).
static ia_hitmap bent_map(double strength)
{
    ia_hitmap map = {.cells = CELLS, .radius = radius, .centre = {3, -2}};
    map.cell = 2 * radius / CELLS;
    map.counts = calloc((size_t)CELLS * CELLS, sizeof *map.counts);
    assert_non_null(map.counts);
    for (int i = 0; i < CELLS * CELLS; i++) {
        double x = (i % CELLS + 0.5) * map.cell - radius;
        map.counts[i] = 100 * (1 - strength * 8 * x / (radius * radius));
    }
    return map;
}

static void ways_follow_from_the_density(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    static const double places[3][2] = {{0, 0}, {10, 5}, {-12, 18}};
    ia_found_pole poles[3];
    for (int p = 0; p < 3; p++)
        poles[p] =
            (ia_found_pole){.at = {places[p][0] + 3, places[p][1] - 2, 9}, .scale = 1.5};
    ia_found_poles found = {.n = 3, .poles = poles};
    double shifts[3][2];
    ia_hitmap map = bent_map(pull);
    CHECK_OK(ctx, ia_pole_shifts(ctx, &map, &straight, &found, shifts));
    for (int p = 0; p < 3; p++) {
        double x = places[p][0], y = places[p][1], square = radius * radius;
        double dx = -pull * (1 - (3 * x * x + y * y) / square);
        double dy = pull * 2 * x * y / square;
        // The outermost cells are not inside: the rim is 3 % nearer, its square 6 %.
        assert_true(fabs(shifts[p][0] - dx) < 0.08 && fabs(shifts[p][1] - dy) < 0.08);
    }
    free(map.counts);
    map = bent_map(0); // an even map moves nobody
    CHECK_OK(ctx, ia_pole_shifts(ctx, &map, &straight, &found, shifts));
    for (int p = 0; p < 3; p++)
        assert_true(hypot(shifts[p][0], shifts[p][1]) < 1e-9);
    CHECK_STARVED(ctx, ia_pole_shifts(ctx, &map, &straight, &found, shifts), (void)0);
    ia_projection none = straight;
    none.icf = 0;
    CHECK_FAILS(ctx, ia_pole_shifts(ctx, &map, &none, &found, shifts), IA_ERR_PARAM, "");
    free(map.counts);
    ia_ctx_free(ctx);
}

static void half_the_way_is_doubted(void **unused)
{
    (void)unused;
    ia_named_pole two[2] = {{{0, 0, 2}, 21, 0, 0}, {{1, 1, 3}, 1, 20, 0}};
    ia_named_poles named = {.poles = two, .n = 2, .shift = 0.4};
    ia_projection_fit fit = {.icf = 1.6, .sigma_icf = 0.012, .centre = {1, 0}};
    fit.covariance[0][0] = 0.012 * 0.012;
    ia_projection_fit_doubt(&named, &fit); // 0.2 of 20 mm: 1 % of 1.6
    assert_true(fabs(fit.sigma_icf - 0.02) < 1e-12);
    assert_true(fabs(fit.covariance[0][0] - 0.0004) < 1e-12);
}

// Equidistant: theta = icf r / L, and a cap that goes back evenly shows mm^2 of the
// detector sin(theta) cos(theta) / r of its area.
static void the_axis_is_where_hits_are_densest(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const ia_projection told = {IA_PROJECTION_EQUIDISTANT, 90, 1.6, {0, 0}};
    ia_hitmap map = bent_map(0);
    double at[2], doubt;
    for (int i = 0; i < CELLS * CELLS; i++) {
        double x = (i % CELLS + 0.5) * map.cell - radius + map.centre[0];
        double y = (i / CELLS + 0.5) * map.cell - radius + map.centre[1];
        double r = hypot(x - 6, y + 4);
        map.counts[i] = 1e5 * sin(2 * told.icf * r / told.flight_path) / r;
    }
    CHECK_OK(ctx, ia_hit_axis(ctx, &map, &told, at, &doubt));
    assert_true(hypot(at[0] - 6, at[1] + 4) < 0.05 && doubt > 1 && doubt < 5);
    CHECK_STARVED(ctx, ia_hit_axis(ctx, &map, &told, at, &doubt), (void)0);
    // Equal areas: the density is even wherever the axis is.
    CHECK_OK(ctx, ia_hit_axis(ctx, &map, &straight, at, &doubt));
    assert_true(isinf(doubt));
    ia_projection none = told;
    none.icf = 0;
    CHECK_FAILS(ctx, ia_hit_axis(ctx, &map, &none, at, &doubt), IA_ERR_PARAM, "");
    free(map.counts);
    map = (ia_hitmap){0};
    CHECK_OK(ctx, ia_hit_axis(ctx, &map, &told, at, &doubt));
    assert_true(isinf(doubt));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_follow_from_the_density),
        cmocka_unit_test(the_axis_is_where_hits_are_densest),
        cmocka_unit_test(half_the_way_is_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
