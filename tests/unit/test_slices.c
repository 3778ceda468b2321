// tests/unit/test_slices.c: a run cut by voltage or z, and what each slice lets through.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/slices.h"

enum { IONS = 40000, BINS = 2000, WINDOWS = 20 }; // bins of 0.05 Da: to 100 Da

typedef struct {
    ia_ions ions;
    uint64_t counts[BINS];
    ia_spectrum spectrum;
    ia_window list[WINDOWS];
    ia_windows windows;
} scene;

// Ion i: voltage or z rises with i; m/n spread evenly in sqrt(m) over a window that ends
// at end(i).
static void set_scene(scene *s, ia_column_id by, double (*end)(double))
{
    memset(s, 0, sizeof *s);
    assert_int_equal(ia_ions_new(NULL, IONS, 1u << IA_MASS | 1u << by, &s->ions), IA_OK);
    float *mass = ia_ions_values(&s->ions, IA_MASS);
    float *order = ia_ions_values(&s->ions, by);
    size_t width = by == IA_XYZ ? 3 : 1;
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; i < IONS; i++) {
        double x = (double)i / IONS, root = ia_random_uniform(&random) * sqrt(end(x));
        mass[i] = (float)(root * root);
        order[i * width + width - 1] = (float)(3000 + 3000 * x);
        s->counts[(size_t)(mass[i] * 20)]++;
    }
    s->spectrum = (ia_spectrum){.bin = 0.05, .n_bins = BINS, .counts = s->counts};
    for (size_t w = 0; w < WINDOWS; w++) {
        double lo = 5 * (double)w, hi = lo + 5;
        s->list[w] = (ia_window){.lo = lo, .hi = hi, .most = INFINITY};
        s->list[w].lever = 2 * (sqrt(hi) - sqrt(lo));
    }
    s->windows = (ia_windows){.list = s->list, .n = WINDOWS, .spread = 1};
}

static double open_always(double x)
{
    (void)x;
    return 100;
}

static double opens_with_voltage(double x)
{
    return 40 * (1 + x); // 40 Da at 3 kV, 80 Da at 6 kV
}

static ia_sliced cut(scene *s, ia_ctx *ctx, size_t n)
{
    ia_sliced sliced = {.counts = NULL};
    assert_int_equal(
        ia_sliced_count(ctx, &s->ions, &s->spectrum, &s->windows, n, &sliced), IA_OK);
    return sliced;
}

static void slices_hold_equal_numbers_and_all_ions(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_V_DC, open_always);
    ia_sliced sliced = cut(&s, NULL, 8);
    double all = 0;

    assert_int_equal(sliced.slices.n, 8);
    assert_string_equal(sliced.slices.by, "voltage");
    for (size_t k = 0; k < 8; k++) {
        const ia_slice *v = &sliced.slices.list[k];
        assert_near(v->ions, IONS / 8.0, 2);
        assert_near(v->voltage, 3000 + 3000 * ((double)k + 0.5) / 8, 1);
        for (size_t w = 0; w < WINDOWS; w++)
            all += sliced.counts[k * WINDOWS + w];
    }
    assert_near(all, IONS, 1e-9);
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

static void slices_that_are_open_stay_open(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_V_DC, open_always);
    ia_sliced sliced = cut(&s, NULL, 8);
    ia_sliced_fit(&sliced, &s.windows);
    for (size_t k = 0; k < 8; k++) {
        assert_true(sliced.slices.list[k].hi[0] == INFINITY);
        assert_true(sliced.slices.list[k].lo[1] == 0);
        // 5000 ions over 2 sqrt(100): known to 1.4 %.
        assert_near(sliced.slices.list[k].level, 250, 3.3 * 250 * 0.0142);
    }
    assert_near(ia_slices_lever(&sliced.slices, 25, 36), 2, 1e-9);
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

static void ends_follow_the_voltage(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_V_DC, opens_with_voltage);
    ia_sliced sliced = cut(&s, NULL, 8);
    ia_sliced_fit(&sliced, &s.windows);
    for (size_t k = 0; k < 8; k++) {
        const ia_slice *v = &sliced.slices.list[k];
        assert_near(v->hi[0], 40 * v->from / 3000, 0.5);
        assert_near(v->hi[1], 40 * v->to / 3000, 0.5);
    }
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

static void without_voltage_z_cuts(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_XYZ, opens_with_voltage);
    ia_sliced sliced = cut(&s, NULL, 4);
    assert_string_equal(sliced.slices.by, "z");
    ia_sliced_fit(&sliced, &s.windows);
    for (size_t k = 0; k < 4; k++) {
        const ia_slice *v = &sliced.slices.list[k];
        double middle = 40 * (1 + ((double)k + 0.5) / 4);
        assert_true(v->hi[0] < middle + 5 && v->hi[1] > middle - 5);
    }
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

// A ramp of openness: by sums over a fine grid.
static void levers_are_integrals(void **state)
{
    (void)state;
    const ia_slice v = {.lo = {1, 2}, .hi = {30, 60}, .level = 1};
    const double ends[][2] = {{0, 100}, {1.2, 1.8}, {10, 20},
                              {40, 50}, {25, 45},   {70, 80}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        double sum = 0, step = 1e-4;
        for (double m = ends[i][0] + step / 2; m < ends[i][1]; m += step) {
            double open = m < 1 || m > 60 ? 0
                          : m < 2         ? m - 1
                          : m > 30        ? (60 - m) / 30
                                          : 1;
            sum += step * open / sqrt(m);
        }
        assert_near(ia_slice_lever(&v, ends[i][0], ends[i][1]), sum, 1e-4);
    }
}

static void a_steady_voltage_is_not_cut(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_V_DC, open_always);
    float *volts = ia_ions_values(&s.ions, IA_V_DC);
    for (size_t i = 0; i < IONS; i++)
        volts[i] = 5000;
    ia_sliced sliced = cut(&s, NULL, 8);
    assert_int_equal(sliced.slices.n, 0);
    ia_sliced_fit(&sliced, &s.windows);
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

static void masses_alone_are_not_cut(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, IA_V_DC, open_always);
    s.ions.columns[IA_V_DC] = (ia_column){0};
    ia_sliced sliced = cut(&s, NULL, 8);
    assert_int_equal(sliced.slices.n, 0);
    ia_sliced_clear(&sliced);
    ia_ions_clear(&s.ions);
}

static void threads_and_short_memory_change_nothing(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_sliced one = {.counts = NULL};
    set_scene(&s, IA_V_DC, opens_with_voltage);
    ia_ctx_set_threads(ctx, 3);
    ia_sliced many = cut(&s, ctx, 8);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, ia_sliced_count(ctx, &s.ions, &s.spectrum, &s.windows, 8, &one),
                  (void)0);
    assert_memory_equal(one.counts, many.counts, 8 * WINDOWS * sizeof(double));
    ia_sliced_clear(&one);
    ia_sliced_clear(&many);
    ia_ions_clear(&s.ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_hold_equal_numbers_and_all_ions),
        cmocka_unit_test(slices_that_are_open_stay_open),
        cmocka_unit_test(ends_follow_the_voltage),
        cmocka_unit_test(without_voltage_z_cuts),
        cmocka_unit_test(levers_are_integrals),
        cmocka_unit_test(a_steady_voltage_is_not_cut),
        cmocka_unit_test(masses_alone_are_not_cut),
        cmocka_unit_test(threads_and_short_memory_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
