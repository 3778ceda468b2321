// tests/unit/test_detector.c: times of flight, ions per pulse and hits against planted
// ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static const unsigned all = 1u << IA_TOF | 1u << IA_MULTIPLICITY | 1u << IA_DET_XY;

static uint64_t sum_of(const uint64_t *counts, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

static size_t bin_of(const ia_detector *d, double tof)
{
    return (size_t)(tof / d->tof_bin);
}

// 7 ions at 250.25 ns, 5 at 1000.5 ns and 2 that lie on the edge of a bin.
static void planted_times_come_back(void **unused)
{
    (void)unused;
    ia_ions ions = {0};
    ia_detector d = {0};
    assert_int_equal(ia_ions_new(NULL, 14, 1u << IA_TOF, &ions), IA_OK);
    float *tof = ia_ions_values(&ions, IA_TOF);
    for (size_t i = 0; i < 14; i++)
        tof[i] = i < 7 ? 250.25F : i < 12 ? 1000.5F : 500;
    assert_int_equal(ia_detector_compute(NULL, &ions, NULL, &d), IA_OK);
    assert_true(d.is_known);
    assert_float_equal(d.tof_bin, 0.5, 1e-12); // 1000.5 ns in at most 4000 bins
    assert_int_equal(d.n_bins, 2002);
    assert_int_equal(d.tof[bin_of(&d, 250.25)], 7);
    assert_int_equal(d.tof[1000], 2);
    assert_int_equal(d.tof[2001], 5);
    assert_int_equal(sum_of(d.tof, d.n_bins), 14);
    assert_int_equal(d.tof_below + d.tof_above, 0);
    assert_null(d.hits);
    assert_int_equal(sum_of(d.pulses, IA_MULTIPLES), 0);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
}

static void far_times_do_not_squeeze_the_others(void **unused)
{
    (void)unused;
    enum { N = 50000 };
    ia_ions ions = {0};
    ia_detector d = {0};
    assert_int_equal(ia_ions_new(NULL, N, 1u << IA_TOF, &ions), IA_OK);
    float *tof = ia_ions_values(&ions, IA_TOF);
    for (size_t i = 0; i < N; i++)
        tof[i] = 200 + (float)(i % 1000);
    tof[0] = 3e15f;
    tof[1] = -5;
    tof[2] = NAN;
    tof[3] = 2e7f;
    assert_int_equal(ia_detector_compute(NULL, &ions, NULL, &d), IA_OK);
    assert_int_equal(sum_of(d.tof, d.n_bins) + d.tof_below + d.tof_above, N);
    assert_int_equal(d.tof_below, 2);
    assert_int_equal(d.tof_above, 2);
    assert_float_equal(d.tof_bin, 0.5, 1e-12);
    double end = d.tof_bin * (double)d.n_bins;
    assert_true(end >= 1200 && end < 1260);
    assert_int_equal(d.tof[bin_of(&d, 700)], N / 1000); // one in 1000 at each whole time
    assert_int_equal(d.tof[bin_of(&d, 700.5)], 0);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
}

static void columns_of_zeros_tell_nothing(void **unused)
{
    (void)unused;
    ia_ions ions = {0};
    ia_detector d = {0};
    ia_result result = {0};
    assert_int_equal(ia_ions_new(NULL, 3, all, &ions), IA_OK);
    assert_int_equal(ia_detector_compute(NULL, &ions, NULL, &d), IA_OK);
    assert_int_equal(d.n_bins, 0);
    assert_null(d.hits);
    assert_int_equal(ia_detector_tables(NULL, &d, &result), IA_OK);
    assert_int_equal(result.n, 0);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
}

// Pulses of 1, 1, 3, 15 and 20 ions; follow-up ions have 0.
static void pulses_are_counted_by_their_ions(void **unused)
{
    (void)unused;
    static const uint32_t pulses[] = {1, 1, 3, 15, 20};
    static const uint64_t expected[3][3] = {{1, 2, 2}, {3, 1, 3}, {15, 2, 35}};
    ia_ions ions = {0};
    ia_detector d = {0};
    ia_result result = {0};
    assert_int_equal(ia_ions_new(NULL, 40, 1u << IA_MULTIPLICITY, &ions), IA_OK);
    uint32_t *values = ia_ions_values(&ions, IA_MULTIPLICITY);
    for (size_t i = 0, ion = 0; i < 5; ion += pulses[i++])
        values[ion] = pulses[i];
    assert_int_equal(ia_detector_compute(NULL, &ions, NULL, &d), IA_OK);
    assert_int_equal(d.pulses[0], 35);
    assert_int_equal(ia_detector_tables(NULL, &d, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "multiplicity");
    assert_non_null(table);
    assert_int_equal(result.n, 1);
    assert_int_equal(table->n_rows, 3);
    for (size_t row = 0; row < 3; row++) {
        static const char *const names[] = {"hits", "pulses", "ions"};
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(((uint64_t *)ia_table_find(table, names[k])->data)[row],
                             expected[row][k]);
        assert_int_equal(((bool *)ia_table_find(table, "or_more")->data)[row], row == 2);
    }
    ia_result_clear(&result);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
}

// 40 mm by 20 mm in at most 40 cells: 1 mm each; the last hit is at the upper edge.
static void planted_hits_come_back(void **unused)
{
    (void)unused;
    static const float hits[][2] = {{-20, -10}, {-20, -10}, {0.5F, 0.5F},
                                    {20, 10},   {NAN, 0},   {1, INFINITY}};
    const ia_detector_params params = {.tof_bins = 4000, .hit_cells = 40};
    ia_ions ions = {0};
    ia_detector d = {0};
    ia_result result = {0};
    assert_int_equal(ia_ions_new(NULL, 6, 1u << IA_DET_XY, &ions), IA_OK);
    memcpy(ia_ions_values(&ions, IA_DET_XY), hits, sizeof hits);
    assert_int_equal(ia_detector_compute(NULL, &ions, &params, &d), IA_OK);
    assert_int_equal(d.n_hits, 4);
    assert_true(d.cell == 1 && d.origin[0] == -20 && d.origin[1] == -10);
    assert_int_equal(d.cells[0], 41);
    assert_int_equal(d.cells[1], 21);
    assert_int_equal(d.hits[0], 2);
    assert_int_equal(d.hits[10 * 41 + 20], 1);
    assert_int_equal(d.hits[20 * 41 + 40], 1);
    assert_int_equal(sum_of(d.hits, (size_t)41 * 21), 4);
    assert_int_equal(ia_detector_tables(NULL, &d, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "hit_map");
    assert_non_null(table);
    const double *bounds = ia_table_find(table, "bounds_mm")->data;
    assert_true(bounds[0] == -20 && bounds[1] == 20 && bounds[2] == -10 &&
                bounds[3] == 10);
    assert_int_equal(ia_table_find(table, "counts")->dims[0], 21);
    assert_int_equal(ia_table_find(table, "counts")->dims[1], 41);
    ia_result_clear(&result);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
}

static void fill_random(size_t n, ia_ions *ions)
{
    ia_random random = ia_random_new(5, 0);
    assert_int_equal(ia_ions_new(NULL, n, all, ions), IA_OK);
    float *tof = ia_ions_values(ions, IA_TOF), *hits = ia_ions_values(ions, IA_DET_XY);
    uint32_t *pulses = ia_ions_values(ions, IA_MULTIPLICITY);
    for (size_t i = 0; i < n; i++) {
        tof[i] = (float)(3000 * ia_random_uniform(&random));
        hits[2 * i] = (float)(70 * ia_random_uniform(&random)) - 30;
        hits[2 * i + 1] = (float)(50 * ia_random_uniform(&random)) - 30;
        pulses[i] = (uint32_t)ia_random_below(&random, 40);
    }
}

// Every number against the obvious loop.
static void assert_obvious(const ia_ions *ions, const ia_detector *d)
{
    float *tof = malloc(ions->n * sizeof *tof),
          *hits = malloc(2 * ions->n * sizeof *hits);
    uint64_t *times = calloc(d->n_bins, sizeof *times);
    uint64_t *map = calloc(d->cells[0] * d->cells[1], sizeof *map);
    assert_true(tof && hits && times && map);
    memcpy(tof, ia_column_rows(&ions->columns[IA_TOF], 0, ions->n, tof),
           ions->n * sizeof *tof);
    memcpy(hits, ia_column_rows(&ions->columns[IA_DET_XY], 0, ions->n, hits),
           2 * ions->n * sizeof *hits);
    for (size_t i = 0; i < ions->n; i++) {
        size_t at[2];
        for (size_t k = 0; k < 2; k++)
            at[k] = (size_t)(((double)hits[2 * i + k] - d->origin[k]) / d->cell);
        map[at[1] * d->cells[0] + at[0]]++;
        if (bin_of(d, (double)tof[i]) < d->n_bins)
            times[bin_of(d, (double)tof[i])]++;
    }
    assert_memory_equal(map, d->hits, d->cells[0] * d->cells[1] * sizeof *map);
    assert_memory_equal(times, d->tof, d->n_bins * sizeof *times);
    free(tof);
    free(hits);
    free(times);
    free(map);
}

static void threads_give_the_same_bits_as_the_obvious_loop(void **unused)
{
    (void)unused;
    enum { N = 100000 };
    ia_ions ions = {0};
    ia_detector first = {0};
    fill_random(N, &ions);
    for (size_t threads = 1; threads <= 3; threads++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_detector d = {0};
        ia_ctx_set_threads(ctx, threads);
        CHECK_OK(ctx, ia_detector_compute(ctx, &ions, NULL, &d));
        if (threads == 1) {
            first = d;
            assert_obvious(&ions, &d);
        } else {
            assert_memory_equal(first.tof, d.tof, d.n_bins * sizeof *d.tof);
            assert_memory_equal(first.hits, d.hits,
                                d.cells[0] * d.cells[1] * sizeof *d.hits);
            assert_memory_equal(first.pulses, d.pulses, sizeof d.pulses);
            assert_true(first.many == d.many && first.n_hits == d.n_hits);
            ia_detector_clear(&d);
        }
        ia_ctx_free(ctx);
    }
    ia_detector_clear(&first);
    ia_ions_clear(&ions);
}

static void bounds_of_parameters_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_detector d = {0};
    const ia_detector_params few = {.tof_bins = 1, .hit_cells = 40},
                             many = {.tof_bins = 100, .hit_cells = 100000};
    fill_random(10, &ions);
    CHECK_FAILS(ctx, ia_detector_compute(ctx, &ions, &few, &d), IA_ERR_PARAM, "tof_bins");
    CHECK_FAILS(ctx, ia_detector_compute(ctx, &ions, &many, &d), IA_ERR_PARAM,
                "hit_cells");
    assert_false(d.is_known);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status compute_and_drop(ia_ctx *ctx, const ia_ions *ions)
{
    ia_detector d = {0};
    ia_result result = {0};
    ia_status st = ia_detector_compute(ctx, ions, NULL, &d);
    assert_int_equal(d.is_known, st == IA_OK);
    if (st == IA_OK)
        st = ia_detector_tables(ctx, &d, &result);
    ia_result_clear(&result);
    ia_detector_clear(&d);
    return st;
}

static void short_memory_is_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    fill_random(100, &ions);
    CHECK_STARVED(ctx, compute_and_drop(ctx, &ions), (void)0);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Stuttgart tungsten: 97,883 pulses with 100,000 ions, counted by others.
static void measured_pulses_are_the_known_ones(void **unused)
{
    static const uint64_t pulses[] = {0, 95965, 1762, 127, 21, 4, 2, 2};
    (void)unused;
    const char *path =
        outside("real/w_tap_stuttgart/apyt_W_calibration_tap_01_trimmed.raw");
    if (!path)
        skip();
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_detector d = {0};
    CHECK_OK(ctx, ia_ions_read(ctx, path, &ions));
    CHECK_OK(ctx, ia_detector_compute(ctx, &ions, NULL, &d));
    for (size_t k = 1; k < IA_MULTIPLES; k++)
        assert_int_equal(d.pulses[k], k < 8 ? pulses[k] : 0);
    assert_int_equal(sum_of(d.pulses + 1, IA_MULTIPLES - 1), 97883);
    assert_int_equal(d.n_hits, 100000);
    assert_int_equal(sum_of(d.hits, d.cells[0] * d.cells[1]), 100000);
    assert_int_equal(sum_of(d.tof, d.n_bins) + d.tof_below + d.tof_above, 100000);
    ia_detector_clear(&d);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_times_come_back),
        cmocka_unit_test(far_times_do_not_squeeze_the_others),
        cmocka_unit_test(columns_of_zeros_tell_nothing),
        cmocka_unit_test(pulses_are_counted_by_their_ions),
        cmocka_unit_test(planted_hits_come_back),
        cmocka_unit_test(threads_give_the_same_bits_as_the_obvious_loop),
        cmocka_unit_test(bounds_of_parameters_are_told),
        cmocka_unit_test(short_memory_is_told),
        cmocka_unit_test(measured_pulses_are_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
