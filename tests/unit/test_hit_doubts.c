// tests/unit/test_hit_doubts.c: hits that cannot be meant as they stand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "detector/hit_doubts.h"
#include "recon/recon.h"

#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 50000 };
static const double radius = 38;

// An even disc about (0, 0).
static float *even_disc(void)
{
    float *hits = malloc(N * 2 * sizeof *hits);
    ia_random random = ia_random_new(8, 0);
    for (size_t i = 0; i < N; i++) {
        double r = radius * sqrt(ia_random_uniform(&random));
        double turn = 2 * acos(-1.0) * ia_random_uniform(&random);
        hits[2 * i] = (float)(r * cos(turn));
        hits[2 * i + 1] = (float)(r * sin(turn));
    }
    return hits;
}

// What is said of hits that are moved by so much, in radii, and for which the axis is
// told to be at `told`, likewise.
static bool is_told(double x, double y, double told_x, double told_y)
{
    ia_ctx *ctx = ia_ctx_new();
    float *hits = even_disc();
    ia_hit_extent e = {0};
    for (size_t i = 0; i < N; i++) {
        hits[2 * i] += (float)(x * radius);
        hits[2 * i + 1] += (float)(y * radius);
    }
    const ia_hit_sample sample = {hits, N, 0, N, 1};
    CHECK_OK(ctx, ia_hit_extent_find(ctx, &sample, &e));
    // One in 400 on either side lies beyond: 0.05 radii of a disc.
    for (int k = 0; k < 2; k++) {
        assert_true(fabs(e.middle[k] - radius * (k == 0 ? x : y)) < 0.02 * radius);
        assert_true(e.half[k] > 0.93 * radius && e.half[k] < radius);
    }
    ia_hits_doubt_origin(ctx, &e, (double[2]){told_x * radius, told_y * radius});
    bool told = ia_ctx_n_warnings(ctx) > 0;
    free(hits);
    ia_ctx_free(ctx);
    return told;
}

static void an_origin_elsewhere_is_told(void **unused)
{
    (void)unused;
    assert_false(is_told(0, 0, 0, 0));
    assert_false(is_told(0.2, 0, 0, 0)); // cropped runs have so much
    assert_false(is_told(0, 0, 0.3, 0)); // the axis may be askew
    assert_true(is_told(1.0 / 3, 0, 0, 0));
    assert_true(is_told(0, -1.0 / 3, 0, 0));
    assert_true(is_told(1, 1, 0, 0));
    assert_true(is_told(-1, 1, 0, 0));
    assert_false(is_told(1, 1, 1, 0.9));
}

// A detector of which half is dead has its hits aside as well, and is not round.
static void half_a_detector_is_not_off(void **unused)
{
    (void)unused;
    float *hits = even_disc();
    ia_hit_extent e = {0};
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        if (hits[2 * i] > 0) {
            hits[2 * n] = hits[2 * i];
            hits[2 * n++ + 1] = hits[2 * i + 1];
        }
    const ia_hit_sample sample = {hits, n, 0, n, 1};
    CHECK_OK(NULL, ia_hit_extent_find(NULL, &sample, &e));
    assert_false(ia_hits_are_off(&e));
    free(hits);
}

// Every `every`-th hit from `from` on is in cm.
static void check_units(size_t from, size_t every, const char *words)
{
    ia_ctx *ctx = ia_ctx_new();
    float *hits = even_disc();
    for (size_t i = from; i < N; i += every)
        for (size_t k = 0; k < 2; k++)
            hits[2 * i + k] /= 10;
    const ia_hit_sample sample = {hits, N, 0, 3 * (size_t)N, 1};
    CHECK_OK(ctx, ia_hits_doubt(ctx, &sample));
    assert_int_equal(ia_ctx_n_warnings(ctx), words ? 1 : 0);
    if (words && !strstr(ia_ctx_warning(ctx, 0), words))
        fail_msg("'%s' is not '%s'", ia_ctx_warning(ctx, 0), words);
    free(hits);
    ia_ctx_free(ctx);
}

static void two_units_are_told(void **unused)
{
    (void)unused;
    check_units(N, 1, NULL);
    check_units(N / 2, 1, "the unit or the detector changes within the file");
    check_units(0, 2, "in another unit (mm and cm?)");
    check_units(1, 3, "in another unit (mm and cm?)");
    check_units(0, 20, NULL); // 6 % may be a bright spot
}

// Garbage in one place of the file says nothing of its unit.
static void one_wild_hit_is_no_unit(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float *hits = even_disc();
    hits[N] = 1e30F;
    hits[N / 2] = 300;
    const ia_hit_sample sample = {hits, N, 0, N, 1};
    CHECK_OK(ctx, ia_hits_doubt(ctx, &sample));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    free(hits);
    ia_ctx_free(ctx);
}

static void hits_at_no_place(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float *hits = even_disc();
    ia_hit_extent e;
    for (size_t i = 0; i < N; i += 10)
        hits[2 * i] = hits[2 * i + 1] = 0;
    for (size_t i = 1; i < N; i += 10)
        hits[2 * i + 1] = NAN;
    ia_hit_sample sample = {hits, N, 0, N, 1};
    CHECK_OK(ctx, ia_hits_doubt(ctx, &sample));
    CHECK_OK(ctx, ia_hit_extent_find(ctx, &sample, &e));
    assert_false(ia_hits_are_off(&e));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "10 % of the hits are at (0, 0)"));
    CHECK_STARVED(ctx, ia_hits_doubt(ctx, &sample), (void)0);
    for (size_t i = 0; i < N; i++)
        hits[2 * i] = INFINITY;
    assert_int_equal(ia_hit_extent_find(ctx, &sample, &e), IA_ERR_EMPTY);
    CHECK_OK(ctx, ia_hits_doubt(ctx, &sample));
    free(hits);
    ia_ctx_free(ctx);
}

// As in a file whose y is a copy of its x.
static void a_copied_column_is_told(void **unused)
{
    (void)unused;
    for (int copied = 0; copied < 2; copied++) {
        ia_ctx *ctx = ia_ctx_new();
        float *hits = even_disc();
        for (size_t i = 0; i < N; i++)
            hits[2 * i + 1] = copied || i % 3 == 0 ? hits[2 * i] : hits[2 * i + 1];
        const ia_hit_sample sample = {hits, N, 0, N, 1};
        CHECK_OK(ctx, ia_hits_doubt(ctx, &sample));
        assert_int_equal(ia_ctx_n_warnings(ctx), copied);
        free(hits);
        ia_ctx_free(ctx);
    }
}

// Ions of a window, of which every second or so is taken.
static void a_sample_is_even(void **unused)
{
    (void)unused;
    ia_ions ions = {0};
    ia_hit_sample sample = {0};
    CHECK_OK(NULL, ia_ions_new(NULL, 500100, 1u << IA_DET_XY, &ions));
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < ions.n; i++)
        hits[2 * i] = (float)i;
    CHECK_OK(NULL, ia_hit_sample_read(NULL, &ions, 100, 500000, &sample));
    assert_int_equal(sample.n, 166667);
    assert_true(sample.hits[0] == 100 && sample.hits[2] == 103);
    assert_true(sample.hits[2 * (sample.n - 1)] == 500098);
    free((void *)sample.hits);
    ia_ions_clear(&ions);
}

// Before poles are looked for, as poles that have no names may come of it; once.
static void a_fit_tells_them_first(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_projection_fit_params fit = ia_projection_fit_defaults();
    ia_reconstruction r = {0};
    float *disc = even_disc();
    p.flight_path = 90;
    p.efficiency = 0.5;
    p.evaporation_field = 30;
    p.atomic_volume = 0.012;
    strcpy(fit.crystal, "fcc:0.363");
    CHECK_OK(NULL, ia_ions_new(NULL, N, 1u << IA_DET_XY | 1u << IA_V_DC, &ions));
    float *hits = ia_ions_values(&ions, IA_DET_XY), *v = ia_ions_values(&ions, IA_V_DC);
    for (size_t i = 0; i < N; i++) {
        hits[2 * i] = (disc[2 * i] + (float)radius) / 10; // cm from a corner
        hits[2 * i + 1] = (disc[2 * i + 1] + (float)radius) / 10;
        v[i] = (float)(3000 + 300.0 * (double)i / N);
    }
    CHECK_OK(ctx, ia_projection_fit_check(ctx, &ions, &p, &fit));
    assert_true(ia_ctx_n_warnings(ctx) > 0); // the view from there is odd as well
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "hits lie about (38."));
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_true(r.scale == 10);
    ia_reconstruction_clear(&r);
    ia_ions_clear(&ions);
    free(disc);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_elsewhere_is_told),
        cmocka_unit_test(half_a_detector_is_not_off),
        cmocka_unit_test(two_units_are_told),
        cmocka_unit_test(one_wild_hit_is_no_unit),
        cmocka_unit_test(hits_at_no_place),
        cmocka_unit_test(a_copied_column_is_told),
        cmocka_unit_test(a_sample_is_even),
        cmocka_unit_test(a_fit_tells_them_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
