// tests/unit/test_shape.c: a peak's shape: its cells, shares, fallback, table and errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/shape.h"

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
    ia_peaks peaks;
} scene;

// n ions in five bins on each of the masses, which are middles of bins.
static void set_scene(scene *s, uint64_t n)
{
    static const uint64_t part[] = {1, 2, 4, 2, 1};
    static const double masses[] = {12.005, 28.005, 56.005};

    memset(s, 0, sizeof *s);
    s->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = s->counts};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 5; k++)
            s->counts[(size_t)(masses[i] * 100) + k - 2] += n * part[k] / 10;
    assert_int_equal(ia_peaks_compute(NULL, &s->spectrum, NULL, NULL, &s->peaks), IA_OK);
}

static ia_peak_shape shape_of(ia_ctx *ctx, const scene *s)
{
    ia_peak_shape shape = {0};
    assert_int_equal(
        ia_peak_shape_compute(ctx, &s->spectrum, NULL, &s->peaks, NULL, &shape), IA_OK);
    return shape;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_peak_shape_params p = ia_peak_shape_defaults();
    assert_true(p.reach_left == 8 && p.reach_right == 40 && p.ions_least == 300);
}

// Rises to one maximum, falls from there, and its shares sum to 1.
static void check_shape(const ia_peak_shape *s)
{
    size_t k = 0;
    double sum = 0;

    while (k + 1 < s->n && s->density[k + 1] >= s->density[k])
        k++;
    while (k + 1 < s->n && s->density[k + 1] <= s->density[k])
        k++;
    assert_int_equal(k + 1, s->n);
    for (size_t i = 0; i < s->n; i++) {
        assert_true(s->u[i] < s->u[i + 1] && s->density[i] >= 0 && s->sigma[i] >= 0);
        sum += s->density[i] * (s->u[i + 1] - s->u[i]);
        assert_near(s->below[i + 1], sum, 1e-12);
    }
    assert_near(sum, 1, 1e-12);
    assert_true(s->below[0] == 0 && s->below[s->n] == 1);
}

static void a_learnt_shape_puts_ions_where_they_are(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 10000);
    ia_peak_shape shape = shape_of(NULL, &s);

    check_shape(&shape);
    assert_int_equal(shape.n_peaks, 3);
    assert_near(shape.n_ions, 30000, 1);
    // Peaks of the same bins but widths that grow with the mass: the middle one is the
    // mean of the three, whose place of half is 28 Da.
    double mass = s.peaks.list[1].mass;
    assert_near(ia_peak_shape_share(&shape, mass, 0, 100), 1, 1e-12);
    assert_near(ia_peak_shape_share(&shape, mass, 0, 28.005), 0.5, 0.03);
    assert_near(ia_peak_shape_share(&shape, mass, 27.98, 28.03), 1, 0.1);
    assert_true(ia_peak_shape_share(&shape, mass, 29, 28) == 0);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&s.peaks);
}

static void density_and_share_agree(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 1000);
    ia_peak_shape shape = shape_of(NULL, &s);
    double sum = 0;

    for (double m = 27; m < 30; m += 1e-4)
        sum += 1e-4 * ia_peak_shape_density(&shape, 28, m + 5e-5);
    assert_near(sum, ia_peak_shape_share(&shape, 28, 27, 30), 1e-3);
    assert_true(ia_peak_shape_density(&shape, 28, 20) == 0);
    assert_true(ia_peak_shape_density(&shape, 28, 90) == 0);
    assert_true(ia_peak_shape_density(&shape, 28, NAN) == 0);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&s.peaks);
}

// Sums by a fine grid over exp(-x) (1 + erf(sqrt(pi) x / 2)).
static void the_parametric_shape_is_the_one_stated(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    set_scene(&s, 50);
    ia_peak_shape shape = shape_of(ctx, &s);
    double sum = 0, below = 0, half_below = 0, half_above = 0;

    assert_int_equal(shape.n_peaks, 0);
    check_shape(&shape);
    for (double x = -8; x < 60; x += 1e-3) {
        double p = 1e-3 * exp(-x) * (1 + erf(0.5 * sqrt(3.14159265358979) * x));
        double u = (x - 0.0457) / 1.504;
        sum += p;
        below += u < 2 ? p : 0;
        // The shortest interval that holds half of a maximum at x = 0, from the text.
        half_below += x < -0.744 ? p : 0;
        half_above += x > 0.760 ? p : 0;
    }
    assert_near((half_below + half_above) / sum, 0.5, 1e-3);
    double width = ia_peak_width(&shape.widths, 28);
    assert_near(ia_peak_shape_share(&shape, 28, 0, 28 + 2 * width), below / sum, 2e-3);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&s.peaks);
    ia_ctx_free(ctx);
}

static void values_are_pooled_to_one_maximum(void **state)
{
    (void)state;
    double values[] = {1, 3, 2, 5, 4, 4.5, 1, 2};
    const double weight[] = {1, 1, 3, 1, 1, 1, 2, 0};
    const double expected[] = {1, 2.25, 2.25, 5, 4.25, 4.25, 1, 1};

    assert_int_equal(ia_shape_one_maximum(NULL, values, weight, 8, 3), IA_OK);
    for (size_t i = 0; i < 8; i++)
        assert_near(values[i], expected[i], 1e-12);
}

static void no_peak_leaves_the_parametric_shape(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 0);
    ia_peak_shape shape = shape_of(NULL, &s);
    assert_int_equal(shape.n_peaks, 0);
    check_shape(&shape);
    ia_peak_shape_clear(&shape);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_peak_shape_params p = ia_peak_shape_defaults();
    ia_peak_shape shape = {.n = 7};

    set_scene(&s, 1000);
    p.reach_left = 1;
    CHECK_FAILS(ctx, ia_peak_shape_compute(ctx, &s.spectrum, NULL, &s.peaks, &p, &shape),
                IA_ERR_PARAM, "reach_left");
    assert_int_equal(shape.n, 7);
    ia_peaks_clear(&s.peaks);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_peak_shape shape = {0};
    ia_result result = {0};

    set_scene(&s, 1000);
    CHECK_STARVED(ctx,
                  ia_peak_shape_compute(ctx, &s.spectrum, NULL, &s.peaks, NULL, &shape),
                  assert_int_equal(shape.n_peaks, 3));
    ia_ctx_fail_alloc(ctx, 2);
    assert_int_equal(ia_peak_shape_tables(ctx, &shape, &result), IA_ERR_MEMORY);
    ia_result_clear(&result);
    CHECK_OK(ctx, ia_peak_shape_tables(ctx, &shape, &result));
    const ia_table *table = ia_result_find(&result, "peak_shape");
    assert_int_equal(table->n_rows, shape.n);
    assert_non_null(ia_table_find(table, "share_below"));
    table = ia_result_find(&result, "peak_shape_source");
    assert_string_equal(*(char **)ia_table_find(table, "source")->data, "learnt");
    ia_result_clear(&result);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&s.peaks);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(a_learnt_shape_puts_ions_where_they_are),
        cmocka_unit_test(density_and_share_agree),
        cmocka_unit_test(the_parametric_shape_is_the_one_stated),
        cmocka_unit_test(values_are_pooled_to_one_maximum),
        cmocka_unit_test(no_peak_leaves_the_parametric_shape),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
