// tests/unit/test_map_combine.c: the sum of maps that shows poles best, and how far the
// pattern moves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

static const poles_hole holes[] = {{8, 9, 3, 0.5},   {-12, 10, 3, 0.5}, {-9, -12, 3, 0.5},
                                   {14, -8, 3, 0.5}, {0, 20, 3, 0.5},   {2, -21, 3, 0.5}};
enum { HOLES = 6 };

// Hits whose multiplicity knows the poles as well: 0.5 within them, 0.2 elsewhere; half
// way through the run the pattern moves by (1.5, -1) mm.
static void make(bool moves, ia_ions *ions)
{
    const double circle[3] = {0, 0, 30};
    ia_ions half = {0};
    ia_random random = ia_random_new(1, 1);
    CHECK_OK(NULL,
             ia_ions_new(NULL, 120000, 1u << IA_DET_XY | 1u << IA_MULTIPLICITY, ions));
    CHECK_OK(NULL, ia_ions_new(NULL, ions->n / 2, 1u << IA_DET_XY, &half));
    float *hits = ia_ions_values(ions, IA_DET_XY);
    uint32_t *multiplicity = ia_ions_values(ions, IA_MULTIPLICITY);
    for (size_t part = 0; part < 2; part++) {
        poles_hole moved[HOLES];
        memcpy(moved, holes, sizeof moved);
        for (size_t h = 0; moves && part == 1 && h < HOLES; h++) {
            moved[h].x += 1.5;
            moved[h].y -= 1;
        }
        poles_draw_hits(moved, HOLES, circle, 2 + part, &half);
        memcpy(hits + part * 2 * half.n, ia_ions_values(&half, IA_DET_XY),
               2 * half.n * sizeof *hits);
    }
    for (size_t i = 0; i < ions->n; i++) {
        double nearest = INFINITY;
        for (size_t h = 0; h < HOLES; h++)
            nearest = fmin(nearest, hypot((double)hits[2 * i] - holes[h].x,
                                          (double)hits[2 * i + 1] - holes[h].y));
        multiplicity[i] = ia_random_uniform(&random) < (nearest < 3 ? 0.5 : 0.2) ? 2 : 1;
    }
    ia_ions_clear(&half);
}

static ia_status map_of(ia_ctx *ctx, const ia_ions *ions, ia_hitmap *map)
{
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    ia_hitmap_input in = {ions, &none, &nobody};
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 60;
    return ia_hitmap_compute(ctx, &in, &params, map);
}

// Contrast of a map of the file: means of the cells in the holes and away from them (as
// the poles were found), over the spread within both. Counted anew from the cells.
static double contrast_of(const ia_hitmap *map, const ia_found_poles *found,
                          const float *values)
{
    double n[2] = {0}, sum[2] = {0}, squares[2] = {0};
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        double x = ((double)(i % map->cells) + 0.5) * map->cell - map->radius;
        double y = ((double)(i / map->cells) + 0.5) * map->cell - map->radius;
        double nearest = INFINITY;
        for (size_t p = 0; p < found->n; p++)
            nearest = fmin(nearest, hypot(x + map->centre[0] - found->poles[p].at.x,
                                          y + map->centre[1] - found->poles[p].at.y) /
                                        found->poles[p].scale);
        if (hypot(x, y) > 0.9 * map->radius || (nearest >= 1 && nearest <= 2))
            continue;
        size_t c = nearest < 1;
        n[c]++;
        sum[c] += (double)values[i];
        squares[c] += (double)values[i] * (double)values[i];
    }
    double within =
        squares[0] - sum[0] * sum[0] / n[0] + squares[1] - sum[1] * sum[1] / n[1];
    return (sum[1] / n[1] - sum[0] / n[0]) / sqrt(within / (n[0] + n[1] - 2));
}

// The file holds the sum after the maps, bright in poles. Its contrast, counted from the
// file, is what is told (to the digits of a float) and more than that of any map of it
// (which are not smoothed, and so have less than `alone`).
static void check_file(const ia_hitmap *map, const ia_found_poles *found,
                       const ia_combined_map *sum)
{
    size_t n_bytes, n = map->cells * map->cells;
    const char *path = scratch("combined.npy");
    CHECK_OK(NULL, ia_combined_map_write(NULL, map, sum, path));
    unsigned char *bytes = read_bytes(path, &n_bytes);
    assert_non_null(strstr((char *)bytes + 10, "(4, 60, 60)")); // of three maps
    assert_true(n_bytes > 4 * n * sizeof(float));
    const float *values = (const void *)(bytes + n_bytes - 4 * n * sizeof(float));
    double told = contrast_of(map, found, values + 3 * n);
    assert_true(fabs(told - sum->contrast) < 1e-4);
    for (size_t k = 0; k < IA_N_MAPS; k++)
        assert_false(told < sum->alone[k]);
    assert_true(told > fabs(contrast_of(map, found, values)));
    free(bytes);
    unlink(path);
}

// Two maps that know of the poles independently: the sum has more contrast than either,
// also where its weights were not learnt; a map of nothing (sequence) has little weight.
static void the_sum_shows_more_than_each(void **state)
{
    (void)state;
    ia_ions ions = {0};
    ia_hitmap map = {0};
    ia_found_poles found = {0};
    ia_combined_map sum = {0};
    make(false, &ions);
    CHECK_OK(NULL, map_of(NULL, &ions, &map));
    CHECK_OK(NULL, ia_poles_find(NULL, &map, NULL, &found));
    CHECK_OK(NULL, ia_map_combine(NULL, &map, &found, &sum));
    assert_true(sum.is_known && found.n >= HOLES);
    assert_true(sum.contrast > sum.alone[IA_MAP_DENSITY]);
    assert_true(sum.held_out > sum.held_out_alone[IA_MAP_DENSITY]);
    assert_true(sum.held_out > sum.held_out_alone[IA_MAP_MULTIPLES]);
    assert_true(sum.weights[IA_MAP_DENSITY] < 0 && sum.weights[IA_MAP_MULTIPLES] > 0);
    assert_true(fabs(sum.weights[IA_MAP_SEQUENCE]) <
                0.5 * fabs(sum.weights[IA_MAP_DENSITY]));
    check_file(&map, &found, &sum);
    ia_combined_map_clear(&sum);
    found.n = 0; // no pole: nothing to tell
    CHECK_OK(NULL, ia_map_combine(NULL, &map, &found, &sum));
    assert_false(sum.is_known);
    size_t n;
    CHECK_OK(NULL, ia_combined_map_write(NULL, &map, &sum, scratch("combined.npy")));
    unsigned char *bytes = read_bytes(scratch("combined.npy"), &n);
    assert_non_null(strstr((char *)bytes + 10, "(3, 60, 60)"));
    free(bytes);
    unlink(scratch("combined.npy"));
    ia_combined_map_clear(&sum);
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
    ia_ions_clear(&ions);
}

// Two windows, one on either side of the move: their shifts differ by it, within four of
// their errors and a tenth of a millimetre; without a move both are nought.
static void drift_is_told(void **state)
{
    (void)state;
    for (int moves = 0; moves < 2; moves++) {
        ia_ions ions = {0};
        ia_ranges none = {0};
        ia_ranger nobody = {0};
        ia_hitmap_input in = {&ions, &none, &nobody};
        ia_hitmap_params maps = ia_hitmap_defaults();
        ia_drift_params params = {2, 0.15};
        ia_drift drift = {0};
        maps.map_cells = 60;
        make(moves, &ions);
        CHECK_OK(NULL, ia_drift_compute(NULL, &in, &maps, &params, &drift));
        assert_int_equal(drift.n, 2);
        const ia_drift_window *w = drift.windows;
        const double expected[2] = {moves ? 1.5 : 0, moves ? -1 : 0};
        for (size_t axis = 0; axis < 2; axis++) {
            double moved = w[1].shift[axis] - w[0].shift[axis];
            double sigma = hypot(w[0].sigma, w[1].sigma);
            assert_true(fabs(moved - expected[axis]) < 4 * sigma + 0.1);
            assert_true(sigma < 0.5);
        }
        assert_true(w[0].from == 0 && w[0].to == 0.5 && w[1].to == 1);
        ia_drift_clear(&drift);
        ia_ions_clear(&ions);
    }
}

static ia_status combine_and_tell(ia_ctx *ctx, const ia_ions *ions, ia_result *result)
{
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    ia_hitmap_input in = {ions, &none, &nobody};
    ia_hitmap map = {0};
    ia_found_pole poles[HOLES];
    ia_found_poles found = {.n = HOLES, .poles = poles};
    ia_combined_map sum = {0};
    ia_drift drift = {0};
    ia_hitmap_params maps = ia_hitmap_defaults();
    ia_drift_params params = {1, 0.02};
    maps.map_cells = 32;
    for (size_t h = 0; h < HOLES; h++)
        poles[h] = (ia_found_pole){.at = {holes[h].x, holes[h].y, 9}, .scale = 3};
    ia_status st = ia_hitmap_compute(ctx, &in, &maps, &map);
    if (st == IA_OK && (st = ia_map_combine(ctx, &map, &found, &sum)) == IA_OK &&
        (st = ia_combined_map_tables(ctx, &sum, result)) == IA_OK &&
        (st = ia_combined_map_write(ctx, &map, &sum, scratch("short.npy"))) == IA_OK &&
        (st = ia_drift_compute(ctx, &in, &maps, &params, &drift)) == IA_OK)
        st = ia_drift_tables(ctx, &drift, result);
    ia_drift_clear(&drift);
    ia_combined_map_clear(&sum);
    ia_hitmap_clear(&map);
    if (st != IA_OK)
        ia_result_clear(result);
    return st;
}

static void memory_that_is_short_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_result result = {0};
    make(false, &ions);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, combine_and_tell(ctx, &ions, &result), ia_result_clear(&result));
    unlink(scratch("short.npy"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    ia_hitmap_input in = {&ions, &none, &nobody};
    ia_drift_params params = {2, 0.9};
    ia_drift drift;
    CHECK_FAILS(ctx, ia_drift_compute(ctx, &in, NULL, &params, &drift), IA_ERR_PARAM,
                "most_shift");
    CHECK_FAILS(ctx, ia_drift_compute(ctx, &in, NULL, NULL, &drift), IA_ERR_UNSUPPORTED,
                "detector");
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_shows_more_than_each),
        cmocka_unit_test(drift_is_told),
        cmocka_unit_test(memory_that_is_short_is_told),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
