// tests/physics/test_hitmap_signal.c: do planes stand out in depth at the poles of a
// crystal, and nowhere among atoms at random or where the order is lost?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon_case.h"
#include "synth_case.h"

#include <stdio.h>

static ia_simulate_params tip_params(void)
{
    return PARAMS("specimen=tip", "lattice=fcc", "lattice_parameter=0.405",
                  "composition=Al:1", "ions=", "molecules=", "background=0",
                  "tip_radius=30", "size_z=3", "rotate_x_deg=5", "rotate_y_deg=-4",
                  "rotate_z_deg=20", "icf=1.5", "kf=3", "evaporation_field=19",
                  "efficiency=0.6", "sigma_xy=0.1", "sigma_z=0.03");
}

// Where each of some poles hits, mm.
static void find_poles(const ia_specimen *specimen, size_t n, const int (*hkl)[3],
                       double (*out)[2])
{
    ia_result truth = {0};
    CHECK_OK(NULL, ia_specimen_tables(NULL, specimen, &truth));
    const double(*rotation)[3] =
        ia_table_find(ia_result_find(&truth, "truth"), "rotation")->data;
    ia_projection projection = {IA_PROJECTION_STEREOGRAPHIC, 90, 1.5, {0, 0}};
    for (size_t i = 0; i < n; i++) {
        double direction[3];
        for (int r = 0; r < 3; r++)
            direction[r] = rotation[r][0] * hkl[i][0] + rotation[r][1] * hkl[i][1] +
                           rotation[r][2] * hkl[i][2];
        assert_true(ia_projection_hit(&projection, direction, out[i]));
    }
    ia_result_clear(&truth);
}

static ia_hitmap map_of(ia_ctx *ctx, const ia_ions *ions, const ia_hitmap_params *params)
{
    ia_hitmap map = {0};
    ia_hitmap_input in = {.ions = ions};
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, params, &map));
    CHECK_OK(ctx, ia_hitmap_add_signal(ctx, &in, params, &map));
    return map;
}

// Highest signal within 1.5 mm of a place.
static double signal_at(const ia_hitmap *map, const double at[2])
{
    double most = 0;
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        double x = ((double)(i % map->cells) + 0.5) * map->cell - map->radius;
        double y = ((double)(i / map->cells) + 0.5) * map->cell - map->radius;
        double off = hypot(x + map->centre[0] - at[0], y + map->centre[1] - at[1]);
        if (off < 1.5 && map->values[IA_MAP_SIGNAL][i] > most)
            most = map->values[IA_MAP_SIGNAL][i];
    }
    return most;
}

static double median_signal(const ia_hitmap *map)
{
    size_t n = 0;
    double *values = malloc(map->cells * map->cells * sizeof *values);
    for (size_t i = 0; i < map->cells * map->cells; i++)
        if (isfinite(map->values[IA_MAP_SIGNAL][i]))
            values[n++] = map->values[IA_MAP_SIGNAL][i];
    qsort(values, n, sizeof *values, compare_doubles);
    double middle = values[n / 2];
    free(values);
    return middle;
}

// Nothing above chance: a p that 999 in 1,000 such runs pass with 99 shuffles, and values
// whose middle is that of chi squared over its 48 degrees of freedom (0.986).
static void assert_chance(const ia_hitmap *map)
{
    printf("null: median %.3f, by chance %.3f, p %.3f, share above %.4f\n",
           median_signal(map), map->signal_null, map->signal_p, map->signal_share);
    assert_true(map->signal_p > 0.01);
    assert_true(fabs(median_signal(map) - 0.986) < 0.08);
    assert_true(fabs(map->signal_null - 1) < 0.1);
    assert_true(map->signal_share < 0.005);
}

// 5 poles of an fcc tip that is evaporated atom by atom: each ten times the median of the
// map and above all that shuffled runs show. The constants of the rough reconstruction
// may be off by a third.
static void planes_stand_out_at_poles(void **state)
{
    (void)state;
    static const int hkl[5][3] = {{0, 0, 2}, {1, 1, 3}, {-1, 1, 3}, {0, 2, 4}, {2, 0, 4}};
    static const double volumes[2] = {0.0277, 0.0185};
    ia_ctx *ctx = ia_ctx_new();
    ia_simulate_params tip = tip_params();
    ia_specimen specimen = {0};
    double at[5][2];
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, &specimen));
    find_poles(&specimen, 5, hkl, at);
    for (size_t k = 0; k < 2; k++) {
        ia_hitmap_params p = ia_hitmap_defaults();
        p.signal_field = 57;
        p.signal_path = 60;
        p.signal_volume = volumes[k];
        ia_hitmap map = map_of(ctx, &specimen.ions, &p);
        double middle = median_signal(&map);
        for (size_t i = 0; i < 5; i++) {
            double there = signal_at(&map, at[i]);
            printf("volume %.4f (%d%d%d): %.1f, median %.1f, limit %.1f\n", volumes[k],
                   hkl[i][0], hkl[i][1], hkl[i][2], there, middle, map.signal_limit);
            assert_true(there > 10 * middle && there > 2 * map.signal_limit);
        }
        assert_true(map.signal_p == 1.0 / 20);
        ia_hitmap_clear(&map);
    }
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

// The hits of that tip in another order; its voltages stay.
static void an_order_that_is_lost_shows_none(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_simulate_params tip = tip_params();
    ia_specimen specimen = {0};
    ia_random random = ia_random_new(77, 0);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, &specimen));
    float *hits = malloc(specimen.ions.n * 2 * sizeof *hits);
    ia_column *column = &specimen.ions.columns[IA_DET_XY];
    memcpy(hits, ia_column_rows(column, 0, column->n, hits),
           column->n * sizeof *hits * 2);
    for (size_t i = column->n; i > 1; i--) {
        size_t j = (size_t)ia_random_below(&random, i);
        for (size_t c = 0; c < 2; c++) {
            float kept = hits[2 * (i - 1) + c];
            hits[2 * (i - 1) + c] = hits[2 * j + c];
            hits[2 * j + c] = kept;
        }
    }
    ia_ions ions = specimen.ions;
    ions.columns[IA_DET_XY] = ia_column_of(IA_F32, 2, ions.n, hits);
    ia_hitmap_params p = ia_hitmap_defaults();
    p.signal_shuffles = 99;
    ia_hitmap map = map_of(ctx, &ions, &p);
    assert_chance(&map);
    ia_hitmap_clear(&map);
    free(hits);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

// Atoms at random places of a smooth cap (an amorphous tip), on one thread and on four.
static void atoms_at_random_show_none(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const smooth_tip tip = {30, 5, 4, 30, {IA_PROJECTION_STEREOGRAPHIC, 90, 1.5, {0, 0}},
                            38, 3, 19};
    double *places;
    ia_ions ions = smooth_ions(&tip, 3, &places);
    ia_hitmap_params p = ia_hitmap_defaults();
    p.signal_shuffles = 99;
    ia_ctx_set_threads(ctx, 1);
    ia_hitmap one = map_of(ctx, &ions, &p);
    ia_ctx_set_threads(ctx, 4);
    ia_hitmap four = map_of(ctx, &ions, &p);
    assert_chance(&one);
    assert_memory_equal(one.values[IA_MAP_SIGNAL], four.values[IA_MAP_SIGNAL],
                        one.cells * one.cells * sizeof(double));
    assert_true(one.signal_limit == four.signal_limit &&
                one.signal_null == four.signal_null);
    ia_hitmap_clear(&one);
    ia_hitmap_clear(&four);
    free(places);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_stand_out_at_poles),
        cmocka_unit_test(an_order_that_is_lost_shows_none),
        cmocka_unit_test(atoms_at_random_show_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
