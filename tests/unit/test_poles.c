// tests/unit/test_poles.c: holes and lines of a hit map are found where they are.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

static const double circle[3] = {1, 2, 40};

// A map of hits.
static void map_hits(ia_ions *ions, size_t n_cells, ia_hitmap *map)
{
    ia_hitmap_params params = ia_hitmap_defaults();
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    params.map_cells = n_cells;
    CHECK_OK(NULL, ia_hitmap_compute(NULL, &(ia_hitmap_input){ions, &none, &nobody},
                                     &params, map));
    ia_ions_clear(ions);
}

static void make(const poles_hole *holes, size_t n_holes, size_t n, uint64_t seed,
                 ia_hitmap *map)
{
    ia_ions ions = {0};
    CHECK_OK(NULL, ia_ions_new(NULL, n, 1u << IA_DET_XY, &ions));
    poles_draw_hits(holes, n_holes, circle, seed, &ions);
    map_hits(&ions, n < 100000 ? 50 : 100, map);
}

// Three holes of different width, and a hill that is no pole unless bright ones count.
static void holes_are_found_where_they_are(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const poles_hole holes[] = {
        {10, 12, 1.2, 0.8}, {-15, -5, 2, 0.8}, {5, -20, 3, 0.7}, {-12, 18, 2, -1}};
    ia_hitmap map = {0};
    ia_pole_params params = ia_pole_defaults();
    make(holes, 4, IS_SLOWED ? 99000 : 200000, 3, &map); // coarser below 100,000
    for (int look = IA_POLES_DARK; look <= IA_POLES_BOTH; look++) {
        ia_found_poles found;
        size_t n_seen = 0;
        params.pole_look = look;
        CHECK_OK(ctx, ia_poles_find(ctx, &map, &params, &found));
        for (size_t h = 0; h < 4; h++)
            for (size_t i = 0; i < found.n && i < 4; i++)
                n_seen += hypot(found.poles[i].at.x - holes[h].x,
                                found.poles[i].at.y - holes[h].y) < 0.5;
        assert_int_equal(n_seen, look == IA_POLES_DARK     ? 3
                                 : look == IA_POLES_BRIGHT ? 1
                                                           : 4);
        assert_true(found.poles[0].p_value < 0.011);
        assert_true(found.p_poles < 0.011 && found.p_value < 0.021);
        ia_found_poles_clear(&found);
    }
    ia_hitmap_clear(&map);
    ia_ctx_free(ctx);
}

// A row of holes along x = 8 is a line and no pole.
static void a_line_is_found(void **state)
{
    (void)state;
    poles_hole holes[80];
    ia_hitmap map = {0};
    ia_found_poles found;
    for (size_t i = 0; i < 80; i++)
        holes[i] = (poles_hole){9, (double)i - 38, 0.8, 0.15};
    make(holes, 80, IS_SLOWED ? 99000 : 300000, 4, &map);
    CHECK_OK(NULL, ia_poles_find(NULL, &map, NULL, &found));
    assert_true(found.n_lines >= 1 && !found.lines[0].bright);
    double distance = found.lines[0].distance * cos(found.lines[0].angle);
    assert_true(fabs(distance + map.centre[0] - 9) < 1);
    assert_true(fabs(sin(found.lines[0].angle)) < sin(2 * M_PI / 180));
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
}

// Hits with a share of them that the density leaves: 0.5 within 2.6 mm of x = 9 and 0.3
// at the edges of that, as zone lines of the shortest rows are on tips; 0.05 within
// 8 mm of (-14, 6), the pole of the densest planes of hcp.
static void make_wide(bool is_band, uint64_t seed, ia_hitmap *map)
{
    size_t n = IS_SLOWED ? 99000 : 150000;
    ia_random random = ia_random_new(seed, 0);
    ia_ions ions = {0};
    CHECK_OK(NULL, ia_ions_new(NULL, n, 1u << IA_DET_XY, &ions));
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < n;) {
        double r = circle[2] * sqrt(ia_random_uniform(&random));
        double turn = 2 * M_PI * ia_random_uniform(&random), left = 1;
        double x = circle[0] + r * cos(turn), y = circle[1] + r * sin(turn);
        double across = fabs(x - 9);
        if (is_band)
            left = across > 2.6 ? 1 : across > 1.6 ? 0.3 : 0.5;
        else if (hypot(x + 14, y - 6) < 8)
            left = 0.05;
        if (ia_random_uniform(&random) >= left)
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
    map_hits(&ions, n < 100000 ? 50 : 100, map);
}

// The edges of a wide line are not lines of their own: one dark line, in its middle.
static void a_wide_line_is_one(void **state)
{
    (void)state;
    ia_hitmap map = {0};
    ia_found_poles found;
    size_t n_dark = 0;
    make_wide(true, 7, &map);
    CHECK_OK(NULL, ia_poles_find(NULL, &map, NULL, &found));
    for (size_t i = 0; i < found.n_lines; i++)
        n_dark += !found.lines[i].bright;
    assert_int_equal(n_dark, 1);
    double distance = found.lines[0].distance * cos(found.lines[0].angle);
    assert_true(fabs(distance + map.centre[0] - 9) < 1);
    assert_true(fabs(sin(found.lines[0].angle)) < sin(1.5 * M_PI / 180));
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
}

// A hole twice as wide as is sought, with an even floor: one pole, in its middle within a
// cell.
static void a_wide_hole_has_its_middle(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 1 : 3); seed++) {
        ia_hitmap map = {0};
        ia_found_poles found;
        make_wide(false, seed, &map);
        CHECK_OK(NULL, ia_poles_find(NULL, &map, NULL, &found));
        assert_true(found.n >= 1);
        double off = hypot(found.poles[0].at.x + 14, found.poles[0].at.y - 6);
        print_message("off by %.2f mm, radius %.1f\n", off, found.poles[0].scale);
        assert_true(off < map.cell);
        ia_found_poles_clear(&found);
        ia_hitmap_clear(&map);
    }
}

// One map of noise in 50 shows a pole, one a line: of 40 at most 6 show either, 999 times
// in 1,000, of 4 at most 2; likewise at most 10 have a chance below a tenth, or 3.
static void noise_shows_nothing(void **state)
{
    (void)state;
    enum { MAPS = IS_SLOWED ? 4 : 40 };
    size_t shown = 0, unlikely = 0;
    ia_pole_params params = ia_pole_defaults();
    params.n_noise_maps = 49; // as few as the level of 0.02 allows
    for (uint64_t seed = 1; seed <= MAPS; seed++) {
        ia_hitmap map = {0};
        ia_found_poles found;
        make(NULL, 0, 60000, seed, &map);
        CHECK_OK(NULL, ia_poles_find(NULL, &map, &params, &found));
        shown += found.n > 0 || found.n_lines > 0;
        unlikely += found.p_value < 0.1;
        ia_found_poles_clear(&found);
        ia_hitmap_clear(&map);
    }
    assert_true(shown <= (IS_SLOWED ? 2 : 6));
    assert_true(unlikely <= (IS_SLOWED ? 3 : 10));
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const poles_hole hole = {-4, 6, 2, 0.6};
    ia_hitmap map = {0};
    ia_found_poles one, many;
    make(&hole, 1, 50000, 6, &map);
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_poles_find(ctx, &map, NULL, &one));
    ia_ctx_set_threads(ctx, 3);
    CHECK_OK(ctx, ia_poles_find(ctx, &map, NULL, &many));
    assert_true(one.n > 0 && one.n == many.n);
    assert_memory_equal(one.poles, many.poles, one.n * sizeof *one.poles);
    ia_found_poles_clear(&one);
    ia_found_poles_clear(&many);
    ia_hitmap_clear(&map);
    ia_ctx_free(ctx);
}

static ia_status find_and_tell(ia_ctx *ctx, const ia_hitmap *map, ia_result *result)
{
    ia_found_poles found = {0};
    ia_pole_params params = ia_pole_defaults();
    params.n_noise_maps = 19;
    params.pole_level = 0.1;
    ia_status st = ia_poles_find(ctx, map, &params, &found);
    if (st == IA_OK)
        st = ia_found_poles_tables(ctx, &found, result);
    ia_found_poles_clear(&found);
    if (st != IA_OK)
        ia_result_clear(result);
    return st;
}

// Of too few maps of noise nothing follows, which is all that is said.
static void few_maps_tell_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const poles_hole hole = {-4, 6, 2, 0.5};
    ia_hitmap map = {0};
    ia_found_poles found;
    ia_pole_params params = ia_pole_defaults();
    params.n_noise_maps = 19; // p is 0.1 at least
    make(&hole, 1, 5000, 7, &map);
    CHECK_OK(ctx, ia_poles_find(ctx, &map, &params, &found));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "whether a crystal is seen is not"));
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
    ia_ctx_free(ctx);
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const poles_hole hole = {-4, 6, 2, 0.5};
    ia_hitmap map = {0};
    ia_result result = {0};
    ia_pole_params params = ia_pole_defaults();
    ia_found_poles found;
    CHECK_FAILS(ctx, ia_poles_find(ctx, &map, NULL, &found), IA_ERR_EMPTY, "no hit map");
    make(&hole, 1, 5000, 7, &map);
    params.most_scale = 2;
    CHECK_FAILS(ctx, ia_poles_find(ctx, &map, &params, &found), IA_ERR_PARAM,
                "most_scale");
    params.most_scale = 0.1;
    params.least_scale = 0.5;
    CHECK_FAILS(ctx, ia_poles_find(ctx, &map, &params, &found), IA_ERR_PARAM,
                "least_scale = 0.5 is above most_scale = 0.1");
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, find_and_tell(ctx, &map, &result), ia_result_clear(&result));
    ia_hitmap_clear(&map);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holes_are_found_where_they_are),
        cmocka_unit_test(a_line_is_found),
        cmocka_unit_test(a_wide_line_is_one),
        cmocka_unit_test(a_wide_hole_has_its_middle),
        cmocka_unit_test(noise_shows_nothing),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(few_maps_tell_nothing),
        cmocka_unit_test(what_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
