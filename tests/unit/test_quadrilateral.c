// tests/unit/test_quadrilateral.c: dark spots of an image where they are, and the four of
// them that are named.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/quadrilateral.h>

enum { CELLS = 100 };
static const double radius = 38; // mm

// Poles of fcc about (002) as an equidistant projection shows them: four {113} and one
// {204}, the darkest first.
static const ia_spot square[] = {{0, 0, 2.5},       {17.1, 17.1, 2},  {-17.1, 17.1, 2},
                                 {-17.1, -17.1, 2}, {17.1, -17.1, 2}, {0, 25.6, 2}};
enum { SQUARE = 6 };

// Even, with dark discs; each less dark than the one before.
static ia_hitmap map_of(const ia_spot *spots, size_t n)
{
    ia_hitmap map = {.cells = CELLS, .radius = radius, .centre = {1, -2}};
    map.cell = 2 * radius / CELLS;
    map.counts = calloc((size_t)CELLS * CELLS, sizeof *map.counts);
    assert_non_null(map.counts);
    for (int i = 0; i < CELLS * CELLS; i++) {
        double x = (i % CELLS + 0.5) * map.cell - radius;
        double y = ((double)(i / CELLS) + 0.5) * map.cell - radius; // NOLINT
        map.counts[i] = 200;
        for (size_t k = 0; k < n; k++)
            if (hypot(x - spots[k].x, y - spots[k].y) < spots[k].size)
                map.counts[i] = 30 + 8 * (double)k;
    }
    return map;
}

static void spots_are_where_they_are(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_hitmap map = map_of(square, SQUARE);
    ia_spots spots = {0};
    CHECK_OK(ctx, ia_spots_find(ctx, &map, NULL, &spots));
    assert_int_equal(spots.n, SQUARE);
    for (size_t k = 0; k < SQUARE; k++) {
        // Places by rows within a threshold: which is which is told by the distance.
        double least = HUGE_VAL;
        for (size_t i = 0; i < SQUARE; i++)
            least = fmin(least, hypot(spots.spots[i].x - 1 - square[k].x,
                                      spots.spots[i].y + 2 - square[k].y));
        assert_true(least < 0.4); // half a cell
    }
    // The centre is below the first threshold that shows any, 30 of 200 counts.
    assert_true(hypot(spots.spots[0].x - 1, spots.spots[0].y + 2) < 0.4);
    // Dark places end 3 pixels smaller than they were, 0.45 mm, and grow with the
    // threshold.
    assert_true(spots.spots[0].size > 1.2 && spots.spots[0].size < 2.5);
    CHECK_STARVED(ctx, ia_spots_find(ctx, &map, NULL, &spots), (void)0);
    ia_quadrilateral_params p = ia_quadrilateral_defaults();
    p.most_spots = 4;
    CHECK_OK(ctx, ia_spots_find(ctx, &map, &p, &spots));
    assert_int_equal(spots.n, 4);
    free(map.counts);
    map = map_of(NULL, 0);
    CHECK_OK(ctx, ia_spots_find(ctx, &map, NULL, &spots));
    assert_int_equal(spots.n, 0);
    for (int i = 0; i < CELLS * CELLS; i++)
        map.counts[i] = 0;
    CHECK_FAILS(ctx, ia_spots_find(ctx, &map, NULL, &spots), IA_ERR_EMPTY, "hit");
    free(map.counts);
    ia_ctx_free(ctx);
}

// Turned, shifted, mirrored, in another order: the same class, the same names.
static void four_are_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    for (int k = 0; k < 8; k++) {
        double angle = 0.7 * k, flip = k % 2 ? -1 : 1;
        ia_spots spots = {.n = 4};
        const size_t which[] = {0, 1, 2, 5}; // 200, 131, 113, 204
        for (size_t i = 0; i < 4; i++) {
            const ia_spot *s = &square[which[(i + (size_t)k) % 4]];
            spots.spots[i] = (ia_spot){flip * (cos(angle) * s->x - sin(angle) * s->y) + 3,
                                       sin(angle) * s->x + cos(angle) * s->y - 1, 2};
        }
        ia_quadrilateral found = {0};
        CHECK_OK(ctx, ia_quadrilateral_choose(ctx, &spots, 2 * radius, NULL, &found));
        assert_true(found.told && found.fours == 1 && found.confidence > 0.999);
        assert_string_equal(ia_quad_planes(found.class_number), "200 131 113 204");
        const ia_spot *low = &spots.spots[found.chosen[3]]; // 204 subtends most
        assert_true(fabs(hypot(low->x - 3, low->y + 1) - 25.6) < 1e-9);
        const ia_spot *middle = &spots.spots[found.chosen[2]]; // 200
        assert_true(hypot(middle->x - 3, middle->y + 1) < 1e-9);
    }
    ia_ctx_free(ctx);
}

static void what_has_no_form_is_not_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_spots line = {.n = 4}, few = {.n = 3};
    ia_quadrilateral found = {0};
    for (size_t i = 0; i < 4; i++)
        line.spots[i] = (ia_spot){10 * (double)i - 15, 0, 1};
    CHECK_OK(ctx, ia_quadrilateral_choose(ctx, &line, 2 * radius, NULL, &found));
    assert_true(!found.told && found.fours == 0);
    CHECK_OK(ctx, ia_quadrilateral_choose(ctx, &few, 2 * radius, NULL, &found));
    assert_true(!found.told && found.fours == 0);
    ia_spots same = {.n = 4}; // all at one place
    CHECK_OK(ctx, ia_quadrilateral_choose(ctx, &same, 2 * radius, NULL, &found));
    assert_true(!found.told && found.fours == 0);
    ia_result result = {0};
    CHECK_OK(ctx, ia_quadrilateral_tables(ctx, &found, &result));
    assert_int_equal(ia_result_find(&result, "corners")->n_rows, 0);
    ia_result_clear(&result);
    ia_quadrilateral_params p = ia_quadrilateral_defaults();
    p.most_spots = 3;
    CHECK_FAILS(ctx, ia_quadrilateral_choose(ctx, &line, 2 * radius, &p, &found),
                IA_ERR_PARAM, "most_spots");
    ia_ctx_free(ctx);
}

static void no_network_no_answer(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_quadrilateral_params p = ia_quadrilateral_defaults();
    ia_spots spots = {.n = 4, .spots = {square[0], square[1], square[2], square[5]}};
    ia_quadrilateral found = {.fours = 77};
    snprintf(p.network, sizeof p.network, "%s", "no such file.model");
    CHECK_FAILS(ctx, ia_quadrilateral_choose(ctx, &spots, 2 * radius, &p, &found),
                IA_ERR_IO, "no such file");
    assert_int_equal(found.fours, 77);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spots_are_where_they_are),
        cmocka_unit_test(four_are_named),
        cmocka_unit_test(what_has_no_form_is_not_told),
        cmocka_unit_test(no_network_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
