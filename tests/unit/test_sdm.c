// tests/unit/test_sdm.c: spatial distribution maps against pairs counted one by one, bad
// input, threads and starved memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal_case.h"

#include <ionatlas/fourier.h>
#include <ionatlas/random.h>
#include <ionatlas/sdm.h>

enum { N = 3000 };

static float *draw(double edge, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    float *xyz = malloc(3 * N * sizeof *xyz);
    assert_non_null(xyz);
    for (size_t i = 0; i < 3 * N; i++)
        xyz[i] = (float)(edge * ia_random_uniform(&random));
    return xyz;
}

// Along (1, 2, 2) / 3, in float as the program turns positions.
static void count_plainly(const float *xyz, const ia_sdm *s, bool cylinder,
                          uint64_t *pairs)
{
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double dz = 0, d2 = 0;
            for (size_t k = 0; k < 3; k++) {
                double d = (double)xyz[3 * j + k] - (double)xyz[3 * i + k];
                dz += s->axes[6 + k] * d;
                d2 += d * d;
            }
            bool in = cylinder ? d2 - dz * dz < s->radius * s->radius
                               : d2 < s->radius * s->radius;
            double bin = (dz / s->reach + 1) / 2 * (double)s->n_bins;
            if (i != j && in && bin >= 0 && bin < (double)s->n_bins)
                pairs[(size_t)bin]++;
        }
}

// Of some 4e5 pairs those within rounding of a bin's edge may lie on either side.
static void pairs_are_those_counted_one_by_one(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(6, 3);
    ia_points points = {xyz, N};
    ia_sdm_input input = {points, points, points, true};
    for (int shape = 0; shape < 2; shape++) {
        ia_sdm_params p = ia_sdm_defaults();
        ia_sdm s;
        uint64_t *plain = calloc(p.n_bins, sizeof *plain), total = 0, moved = 0;
        p.shape = shape;
        p.half_height = 1;
        p.normal_x = 1.0 / 3;
        p.normal_y = 2.0 / 3;
        p.normal_z = -2.0 / 3;
        CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, &s));
        assert_false(s.found);
        assert_true(isnan(s.spacing) && s.p == 1);
        count_plainly(xyz, &s, shape == 1, plain);
        for (size_t b = 0; b < s.n_bins; b++) {
            total += plain[b];
            moved +=
                plain[b] > s.pairs[b] ? plain[b] - s.pairs[b] : s.pairs[b] - plain[b];
        }
        assert_true(total > 100000 && moved < total / 10000);
        ia_sdm_clear(&s);
        free(plain);
    }
    free(xyz);
    ia_ctx_free(ctx);
}

// Voxels that overlap by half: eight steps each; their sum counts inner pairs eight
// times.
static void maps_of_voxels_add_up(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(6, 4);
    ia_points points = {xyz, N};
    ia_sdm_input input = {points, points, points, true};
    ia_sdm s;
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, NULL, &s));
    // The grid reaches beyond the ions, so that each is in eight voxels.
    ia_sdm_voxels voxels = {{-1, -1, -1}, 1, {15, 15, 15}};
    size_t n = 15 * 15 * 15 * s.n_bins;
    uint32_t *counts = calloc(n, sizeof *counts);
    uint64_t *sums = calloc(s.n_bins, sizeof *sums);
    CHECK_OK(ctx, ia_sdm_map(ctx, &input, NULL, &s, &voxels, counts));
    for (size_t i = 0; i < n; i++)
        sums[i % s.n_bins] += counts[i];
    for (size_t b = 0; b < s.n_bins; b++)
        assert_true(sums[b] == 8 * s.pairs[b]);
    voxels.voxel = 0;
    CHECK_FAILS(ctx, ia_sdm_map(ctx, &input, NULL, &s, &voxels, counts), IA_ERR_PARAM,
                "a positive edge");
    ia_sdm_params across = ia_sdm_defaults();
    across.voxel_map = IA_SDM_WITHIN;
    voxels.voxel = 1;
    CHECK_FAILS(ctx, ia_sdm_map(ctx, &input, &across, &s, &voxels, counts),
                IA_ERR_UNSUPPORTED, "no planes stand out");
    free(sums);
    free(counts);
    ia_sdm_clear(&s);
    free(xyz);
    ia_ctx_free(ctx);
}

static crystal_case small = {.lattice = FCC,
                             .a = 0.405,
                             .sigma_xy = 0.2,
                             .sigma_z = 0.03,
                             .turn = {2, 1, 0},
                             .wide = 10,
                             .deep = 10,
                             .efficiency = 0.5,
                             .composition = "Al",
                             .seed = 1};

static void threads_change_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_sdm s[2];
    ia_fourier f[2];
    crystal_draw(ctx, &small, &specimen);
    ia_points points = crystal_points(&specimen);
    ia_sdm_input input = {points, points, points, true};
    for (size_t i = 0; i < 2; i++) {
        ia_ctx_set_threads(ctx, i ? 5 : 1);
        CHECK_OK(ctx, ia_sdm_compute(ctx, &input, NULL, &s[i]));
        CHECK_OK(ctx, ia_fourier_compute(ctx, &points, NULL, &f[i]));
    }
    assert_true(s[0].found && f[0].n > 0);
    assert_memory_equal(s[0].pairs, s[1].pairs, s[0].n_bins * sizeof *s[0].pairs);
    assert_memory_equal(s[0].across[1], s[1].across[1],
                        s[0].n_pixels * s[0].n_pixels * sizeof(uint64_t));
    assert_true(s[0].spacing == s[1].spacing && s[0].sigma_z_sd == s[1].sigma_z_sd);
    assert_int_equal(f[0].n, f[1].n);
    assert_memory_equal(f[0].reflections, f[1].reflections,
                        f[0].n * sizeof *f[0].reflections);
    for (size_t i = 0; i < 2; i++) {
        ia_sdm_clear(&s[i]);
        ia_fourier_clear(&f[i]);
    }
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

static void bad_input_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(6, 5);
    ia_points points = {xyz, N}, few = {xyz, 20};
    ia_sdm_input input = {points, few, few, true};
    ia_fourier_params p = ia_fourier_defaults();
    ia_sdm_params q = ia_sdm_defaults();
    ia_fourier f;
    ia_sdm s;
    CHECK_FAILS(ctx, ia_sdm_compute(ctx, &input, NULL, &s), IA_ERR_EMPTY,
                "20 ions at the centres");
    CHECK_FAILS(ctx, ia_fourier_compute(ctx, &few, NULL, &f), IA_ERR_EMPTY,
                "no cube of 8 nm holds 50 of the 20 ions");
    p.k_least = 20;
    CHECK_FAILS(ctx, ia_fourier_compute(ctx, &points, &p, &f), IA_ERR_PARAM,
                "rising ones");
    p = ia_fourier_defaults();
    p.cube = 100;
    CHECK_FAILS(ctx, ia_fourier_compute(ctx, &points, &p, &f), IA_ERR_PARAM,
                "a transform of");
    q.radius = -1;
    input.from = input.to = points;
    CHECK_FAILS(ctx, ia_sdm_compute(ctx, &input, &q, &s), IA_ERR_PARAM, "radius");
    xyz[7] = NAN;
    CHECK_FAILS(ctx, ia_fourier_compute(ctx, &points, NULL, &f), IA_ERR_PARAM,
                "ion 2 has no finite position");
    xyz[7] = 1e8f;
    CHECK_FAILS(ctx, ia_fourier_compute(ctx, &points, NULL, &f), IA_ERR_PARAM,
                "too far for so small ones");
    free(xyz);
    ia_ctx_free(ctx);
}

// The length of a normal means nothing, however short.
static void any_length_of_normal_does(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = draw(6, 3);
    ia_points points = {xyz, N};
    ia_sdm_input input = {points, points, points, true};
    ia_sdm long_one, short_one;
    ia_sdm_params p = ia_sdm_defaults();
    p.normal_x = 1;
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, &long_one));
    p.normal_x = 1e-200;
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, &short_one));
    assert_memory_equal(short_one.axes, long_one.axes, sizeof long_one.axes);
    assert_memory_equal(short_one.pairs, long_one.pairs,
                        long_one.n_bins * sizeof *long_one.pairs);
    ia_sdm_clear(&long_one);
    ia_sdm_clear(&short_one);
    free(xyz);
    ia_ctx_free(ctx);
}

// Every ion at one place, in a plane, on a line: no fault, no invented planes.
static void degenerate_ions_hold_no_planes(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t kept = 0; kept < 3; kept++) {
        float *xyz = draw(6, 6);
        ia_points points = {xyz, N};
        ia_fourier f;
        for (size_t i = 0; i < 3 * N; i++)
            if (i % 3 >= kept)
                xyz[i] = 1;
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_fourier_compute(ctx, &points, NULL, &f));
        assert_int_equal(f.n, 0);
        assert_int_equal(ia_ctx_n_warnings(ctx), 1);
        assert_non_null(
            strstr(ia_ctx_warning(ctx, 0), kept == 2 ? "along z: positions without depth"
                                                     : "so no planes are sought"));
        ia_fourier_clear(&f);
        free(xyz);
    }
    ia_ctx_free(ctx);
}

// 40,000 ions at one place have 1.6e9 pairs: fewer centres, with a word.
static void pairs_without_end_are_bounded(void **state)
{
    (void)state;
    if (ARE_THREADS_WATCHED)
        skip();
    enum { MANY = 40000 };
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = calloc(MANY, 3 * sizeof *xyz);
    ia_points points = {xyz, MANY};
    ia_sdm_input input = {points, points, points, true};
    ia_sdm s;
    bool told = false;
    assert_non_null(xyz);
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, NULL, &s));
    assert_false(s.found);
    assert_int_equal(s.n_centres, 25000);
    assert_int_equal(s.n_pairs, (uint64_t)25000 * (MANY - 1));
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        told = told || strstr(ia_ctx_warning(ctx, i), "25000 centres are used instead of "
                                                      "40000; are positions in nm");
    assert_true(told);
    // So with a map of voxels: all eight that hold the place have the pairs of its ions.
    ia_sdm_voxels voxels = {{-1, -1, -1}, 1, {3, 3, 3}};
    uint32_t *counts = calloc(27 * s.n_bins, sizeof *counts);
    uint64_t sum = 0;
    assert_non_null(counts);
    ia_ctx_reset(ctx);
    CHECK_OK(ctx, ia_sdm_map(ctx, &input, NULL, &s, &voxels, counts));
    for (size_t i = 0; i < 27 * s.n_bins; i++)
        sum += counts[i];
    assert_true(sum == 8 * (uint64_t)25000 * (MANY - 1));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "25000 centres are used instead of"));
    free(counts);
    ia_sdm_clear(&s);
    free(xyz);
    ia_ctx_free(ctx);
}

// So across the planes of a crystal: voxels that each ion is in eight of add up to eight
// times the map of the whole, pixel by pixel.
static void maps_across_add_up(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_sdm s;
    crystal_draw(ctx, &small, &specimen);
    ia_points points = crystal_points(&specimen);
    ia_sdm_input input = {points, points, points, true};
    ia_sdm_params p = ia_sdm_defaults();
    p.n_pixels = 21;
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, &s));
    assert_true(s.found);
    ia_sdm_voxels voxels = {{-14, -14, -24}, 4, {18, 18, 24}};
    for (int kind = IA_SDM_WITHIN; kind <= IA_SDM_NEXT; kind++) {
        p.voxel_map = kind;
        size_t n_bins = ia_sdm_map_bins(&p, &s), n = 18 * 18 * 24 * n_bins;
        uint32_t *counts = calloc(n, sizeof *counts);
        uint64_t *sums = calloc(n_bins, sizeof *sums), all = 0;
        assert_int_equal(n_bins, 21 * 21);
        CHECK_OK(ctx, ia_sdm_map(ctx, &input, &p, &s, &voxels, counts));
        for (size_t i = 0; i < n; i++)
            sums[i % n_bins] += counts[i];
        for (size_t b = 0; b < n_bins; b++) {
            assert_true(sums[b] == 8 * s.across[kind - IA_SDM_WITHIN][b]);
            all += sums[b];
        }
        assert_true(all > 0);
        free(sums);
        free(counts);
    }
    ia_sdm_clear(&s);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

// Without blur every ion of a plane falls into one bin, where in it is not known: fcc
// along [001], its planes a / 2 apart.
static void sharp_planes_have_the_error_of_bins(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    double square = 0;
    enum { CASES = IS_SLOWED ? 2 : 12, CELLS = 12 };
    for (size_t c = 0; c < CASES; c++) {
        static const double at[4][3] = {
            {0, 0, 0}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
        double a = 0.352 + 0.0047 * (double)c;
        float *xyz = malloc(CELLS * CELLS * CELLS * 12 * sizeof *xyz);
        size_t n = 0;
        assert_non_null(xyz);
        for (size_t i = 0; i < CELLS * CELLS * CELLS * 4; i++, n++) {
            size_t cell = i / 4;
            xyz[3 * n] = (float)(a * ((double)(cell % CELLS) + at[i % 4][0]));
            xyz[3 * n + 1] = (float)(a * ((double)(cell / CELLS % CELLS) + at[i % 4][1]));
            xyz[3 * n + 2] = (float)(a * ((double)(cell / CELLS / CELLS) + at[i % 4][2]));
        }
        ia_points points = {xyz, n};
        ia_sdm_input input = {points, points, points, true};
        ia_sdm_params p = ia_sdm_defaults();
        ia_sdm s;
        p.normal_z = 1;
        CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, &s));
        assert_true(s.found);
        double off = (s.spacing - a / 2) / s.spacing_sd;
        print_message("%.4f nm: %.7f +- %.1e, %.2f\n", a / 2, s.spacing, s.spacing_sd,
                      off);
        assert_true(fabs(off) < 3 && s.spacing_sd < 0.004 * a / 2);
        square += off * off;
        ia_sdm_clear(&s);
        free(xyz);
    }
    print_message("rms %.2f\n", sqrt(square / CASES));
    assert_true(square < 1.5 * 1.5 * CASES);
    ia_ctx_free(ctx);
}

static void short_memory_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_sdm_params p = ia_sdm_defaults();
    ia_sdm s;
    ia_result result = {0};
    p.n_centres = 500;
    crystal_draw(ctx, &small, &specimen);
    ia_points points = crystal_points(&specimen);
    points.n = 4000;
    ia_sdm_input input = {points, points, points, true};
    CHECK_STARVED(ctx, ia_sdm_compute(ctx, &input, &p, &s), (void)0);
    CHECK_STARVED(ctx, (ia_result_clear(&result), ia_sdm_tables(ctx, &s, &result)),
                  ia_result_clear(&result));
    ia_sdm_clear(&s);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_those_counted_one_by_one),
        cmocka_unit_test(maps_of_voxels_add_up),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(any_length_of_normal_does),
        cmocka_unit_test(degenerate_ions_hold_no_planes),
        cmocka_unit_test(pairs_without_end_are_bounded),
        cmocka_unit_test(maps_across_add_up),
        cmocka_unit_test(sharp_planes_have_the_error_of_bins),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
