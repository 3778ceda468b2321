// tests/unit/test_hitmap.c: hits by cell, and what they came with.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

enum { N = 40000 };
static const double circle[3] = {2, -1, 30};

static const unsigned all_columns =
    1u << IA_DET_XY | 1u << IA_MULTIPLICITY | 1u << IA_PULSES_SINCE | 1u << IA_MASS;

// Every third hit a follow-up; pulses since the last event 0 to 399.
static void make(ia_ions *ions, size_t n)
{
    CHECK_OK(NULL, ia_ions_new(NULL, n, all_columns, ions));
    uint32_t *multiplicity = ia_ions_values(ions, IA_MULTIPLICITY);
    uint32_t *pulses = ia_ions_values(ions, IA_PULSES_SINCE);
    float *mass = ia_ions_values(ions, IA_MASS);
    poles_draw_hits(NULL, 0, circle, 5, ions);
    for (size_t i = 0; i < n; i++) {
        multiplicity[i] = i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 0;
        pulses[i] = i % 3 == 2 ? 0 : (uint32_t)(i * 7 % 400);
        mass[i] = i % 4 == 0 ? 13.5F : 27;
    }
}

static ia_hitmap_input input_of(const ia_ions *ions, const ia_ranges *ranges,
                                const ia_ranger *ranger)
{
    return (ia_hitmap_input){ions, ranges, ranger};
}

static ia_hitmap_input unranged(const ia_ions *ions)
{
    static const ia_ranges none;
    static const ia_ranger nobody;
    return input_of(ions, &none, &nobody);
}

// Whole sums against a plain loop over the same cells.
static void maps_are_what_a_plain_loop_counts(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_hitmap map = {0};
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 16;
    params.map_radius = 25;
    params.sequence_steps = 3;
    make(&ions, N);
    ia_hitmap_input in = unranged(&ions);
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &map));
    assert_true(fabs(map.centre[0] - 2) < 0.5 && fabs(map.centre[1] + 1) < 0.5);
    assert_true(!map.values[IA_MAP_FIELD] && map.values[IA_MAP_MANY]);
    const float *hits = ia_ions_values(&ions, IA_DET_XY);
    const uint32_t *multiplicity = ia_ions_values(&ions, IA_MULTIPLICITY);
    const uint32_t *pulses = ia_ions_values(&ions, IA_PULSES_SINCE);
    double hit[256] = {0}, multiple[256] = {0}, few[256] = {0}, many[256] = {0};
    size_t inside = 0;
    for (size_t i = 0; i < N; i++) {
        double x = (double)hits[2 * i] - map.centre[0];
        double y = (double)hits[2 * i + 1] - map.centre[1];
        if (x * x + y * y >= 25 * 25)
            continue;
        size_t cell = (size_t)((y + 25) / map.cell) * 16 + (size_t)((x + 25) / map.cell);
        inside++;
        hit[cell]++;
        multiple[cell] += multiplicity[i] != 1;
        few[cell] += pulses[i] > 0 && pulses[i] <= 10;
        many[cell] += pulses[i] > 200;
    }
    assert_int_equal(map.n_hits, inside);
    assert_int_equal(map.n_hits + map.n_outside, N);
    for (size_t c = 0; c < 256; c++) {
        if (isnan(map.values[IA_MAP_DENSITY][c]))
            continue;
        assert_true(map.counts[c] == hit[c]);
        assert_true(fabs(map.values[IA_MAP_DENSITY][c] * map.cell * map.cell - hit[c]) <
                    1e-9);
        if (hit[c] == 0)
            continue;
        assert_true(map.values[IA_MAP_MULTIPLES][c] == multiple[c] / hit[c]);
        assert_true(map.values[IA_MAP_FEW][c] == few[c] / hit[c]);
        assert_true(map.values[IA_MAP_MANY][c] == many[c] / hit[c]);
    }
    ia_hitmap_clear(&map);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// A hit that stands where the ones before and after stood has no way to go; one that
// jumps from side to side has the whole way.
static void sequence_is_the_way_to_neighbours(void **state)
{
    (void)state;
    ia_ions ions = {0};
    ia_hitmap map = {0};
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 16;
    params.map_radius = 10;
    params.hit_unit = IA_HITS_MM;
    CHECK_OK(NULL, ia_ions_new(NULL, 20000, 1u << IA_DET_XY, &ions));
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < ions.n; i++) {
        bool jumps = i >= ions.n / 2;
        hits[2 * i] = !jumps ? 0.1F : i % 2 ? 5.1F : -4.9F;
        hits[2 * i + 1] = 0.1F;
    }
    ia_hitmap_input in = unranged(&ions);
    params.sequence_steps = 1;
    CHECK_OK(NULL, ia_hitmap_compute(NULL, &in, &params, &map));
    const double *way = map.values[IA_MAP_SEQUENCE];
    double least = INFINITY, most = -INFINITY;
    for (size_t c = 0; c < 256; c++)
        if (isfinite(way[c])) {
            least = fmin(least, way[c]);
            most = fmax(most, way[c]);
        }
    assert_true(fabs(least) < 0.01 && fabs(most - 10) < 0.01);
    ia_hitmap_clear(&map);
    ia_ions_clear(&ions);
}

static const char ranges_text[] = "[Ranges]\nNumber=2\nRange1=13 14 Al:1\nRange2=26.5 "
                                  "27.5 Al:1\n";

// Al++ on a quarter of the hits, Al+ on the others.
static void field_is_the_share_of_the_higher_charge(void **state)
{
    (void)state;
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_hitmap map = {0};
    double sum = 0, n = 0;
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 16;
    make(&ions, N);
    CHECK_OK(NULL, ia_ranges_parse(NULL, ia_format_find("rrng"), ranges_text,
                                   sizeof ranges_text - 1, &ranges));
    CHECK_OK(NULL, ia_ranger_build(NULL, &ranges, &ranger));
    ia_hitmap_input in = input_of(&ions, &ranges, &ranger);
    CHECK_OK(NULL, ia_hitmap_compute(NULL, &in, &params, &map));
    assert_string_equal(ranges.ions[map.charges[0]].name, "Al++");
    assert_string_equal(ranges.ions[map.charges[1]].name, "Al+");
    for (size_t c = 0; c < 256; c++)
        if (isfinite(map.values[IA_MAP_FIELD][c])) {
            sum += map.values[IA_MAP_FIELD][c];
            n++;
        }
    assert_true(n > 100 && fabs(sum / n - 0.25) < 0.05); // a paraboloid is taken off
    ia_hitmap_clear(&map);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
}

static void windows_and_threads(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_hitmap whole = {0}, other = {0};
    ia_hitmap_params params = ia_hitmap_defaults();
    make(&ions, N);
    ia_hitmap_input in = unranged(&ions);
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &whole));
    ia_ctx_set_threads(ctx, 4);
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &other));
    size_t bytes = whole.cells * whole.cells * sizeof(double);
    for (size_t k = 0; k < IA_N_MAPS; k++)
        if (whole.values[k]) {
            assert_memory_equal(whole.values[k], other.values[k], bytes);
        }
    ia_hitmap_clear(&other);
    params.first_ion = 10000;
    params.n_ions = 5000;
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &other));
    assert_int_equal(other.n_hits + other.n_outside, 5000);
    assert_true(other.depth_share[0] == 0.25 && other.depth_share[1] == 0.375);
    ia_hitmap_clear(&whole);
    ia_hitmap_clear(&other);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// The same hits told in cm make the same map, but for hits that rounding moves; cm and m
// that nobody told are found, and what can be neither is refused.
static void units_are_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_hitmap mm = {0}, cm = {0};
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 16;
    make(&ions, N);
    ia_hitmap_input in = unranged(&ions);
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &mm));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < 2 * N; i++)
        hits[i] /= 10;
    params.hit_unit = IA_HITS_CM;
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &cm));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    assert_true(fabs(cm.radius - mm.radius) < 1e-9 && cm.centre[0] == mm.centre[0]);
    double moved = 0, walk = 0;
    for (size_t c = 0; c < 256; c++) {
        moved += fabs(cm.counts[c] - mm.counts[c]);
        if (isfinite(mm.values[IA_MAP_SEQUENCE][c]))
            walk = fmax(walk, fabs(cm.values[IA_MAP_SEQUENCE][c] -
                                   mm.values[IA_MAP_SEQUENCE][c]));
    }
    assert_true(moved <= 20 && walk < 1); // of 40,000; mm, of some 25
    ia_hitmap_clear(&cm);
    // Not told: found, and said.
    params.hit_unit = IA_HITS_AUTO;
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &cm));
    assert_true(cm.hit_unit == IA_HITS_CM && cm.radius == mm.radius);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(
        strstr(ia_ctx_warning(ctx, 0), "taken for cm; if they are not, give"));
    ia_hitmap_clear(&cm);
    for (size_t i = 0; i < 2 * N; i++)
        hits[i] /= 100;
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &cm));
    assert_true(cm.hit_unit == IA_HITS_M && fabs(cm.radius - mm.radius) < 0.6);
    ia_hitmap_clear(&cm);
    params.hit_unit = IA_HITS_MM; // as told, however small
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, &params, &cm));
    assert_true(cm.mm == 1);
    ia_hitmap_clear(&cm);
    params.hit_unit = IA_HITS_AUTO;
    for (size_t i = 0; i < 2 * N; i++)
        hits[i] *= 10;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &cm), IA_ERR_PARAM,
                "no radius of a detector in mm, cm or m: give --hit-unit");
    for (size_t i = 0; i < 2 * N; i++)
        hits[i] *= 1e5f; // micrometres
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &cm), IA_ERR_PARAM,
                "no radius of a detector in mm, cm or m: give --hit-unit");
    ia_hitmap_clear(&mm);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// What converters write where nothing was recorded.
static void columns_of_zeros_make_no_maps(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_hitmap map = {0};
    make(&ions, N);
    memset(ia_ions_values(&ions, IA_MULTIPLICITY), 0, N * sizeof(uint32_t));
    memset(ia_ions_values(&ions, IA_PULSES_SINCE), 0, N * sizeof(uint32_t));
    ia_hitmap_input in = unranged(&ions);
    CHECK_OK(ctx, ia_hitmap_compute(ctx, &in, NULL, &map));
    assert_true(map.values[IA_MAP_DENSITY] && !map.values[IA_MAP_MULTIPLES]);
    assert_true(!map.values[IA_MAP_FEW] && !map.values[IA_MAP_MANY]);
    ia_hitmap_clear(&map);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void what_makes_no_map_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_hitmap map = {0};
    ia_hitmap_input in = unranged(&ions);
    ia_hitmap_params params = ia_hitmap_defaults();
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, NULL, &map), IA_ERR_UNSUPPORTED,
                "detector");
    make(&ions, 50);
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, NULL, &map), IA_ERR_EMPTY,
                "fewer than 100 hits");
    params.first_ion = 50;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &map), IA_ERR_PARAM,
                "only 50 ions");
    params.map_cells = 1;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &map), IA_ERR_PARAM,
                "map_cells");
    params = ia_hitmap_defaults();
    params.few_pulses = 300;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &map), IA_ERR_PARAM,
                "few_pulses = 300 is above many_pulses = 200");
    ia_ions_clear(&ions);
    make(&ions, 2000);
    params = ia_hitmap_defaults();
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    memset(hits, 0, 2 * ions.n * sizeof *hits);
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, NULL, &map), IA_ERR_PARAM,
                "the detector columns hold zeros alone");
    hits[8] = 3; // one of 2,000
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, NULL, &map), IA_ERR_PARAM,
                "1999 of 2000 detector hits are at one place: (0, 0)");
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] = i % 2 ? -4.5F : 3.25F;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, NULL, &map), IA_ERR_PARAM,
                "all detector hits are at one place: (3.25, -4.5)");
    poles_draw_hits(NULL, 0, circle, 5, &ions);
    params.map_radius = 1e-9;
    CHECK_FAILS(ctx, ia_hitmap_compute(ctx, &in, &params, &map), IA_ERR_EMPTY,
                "fewer than 100 hits within 1e-09 mm");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status map_and_tell(ia_ctx *ctx, const ia_hitmap_input *in, ia_result *result)
{
    ia_hitmap map = {0};
    ia_hitmap_params params = ia_hitmap_defaults();
    params.map_cells = 16;
    params.signal_shuffles = 1;
    ia_status st = ia_hitmap_compute(ctx, in, &params, &map);
    if (st == IA_OK)
        st = ia_hitmap_add_signal(ctx, in, &params, &map);
    if (st == IA_OK && (st = ia_hitmap_tables(ctx, &map, result)) == IA_OK)
        st = ia_hitmap_write(ctx, &map, scratch("maps.npy"));
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
    make(&ions, 2000);
    ia_hitmap_input in = unranged(&ions);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, map_and_tell(ctx, &in, &result), ia_result_clear(&result));
    size_t n;
    unsigned char *bytes = read_bytes(scratch("maps.npy"), &n);
    assert_non_null(strstr((char *)bytes + 10, "(6, 16, 16)"));
    assert_true(n > 6 * 256 * 4);
    free(bytes);
    unlink(scratch("maps.npy"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_what_a_plain_loop_counts),
        cmocka_unit_test(sequence_is_the_way_to_neighbours),
        cmocka_unit_test(columns_of_zeros_make_no_maps),
        cmocka_unit_test(field_is_the_share_of_the_higher_charge),
        cmocka_unit_test(windows_and_threads),
        cmocka_unit_test(units_are_told),
        cmocka_unit_test(what_makes_no_map_is_told),
        cmocka_unit_test(memory_that_is_short_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
