// tests/unit/test_calibrate.c: what calibration says of input that tells nothing, and its
// laws.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

// Ions at times flat between 0 and 2,000 ns over the detector.
static ia_ions stray_ions(size_t n)
{
    unsigned columns = 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_DET_XY;
    ia_random random = ia_random_new(5, 0);
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, n, columns, &ions), IA_OK);
    float *t = ia_ions_values(&ions, IA_TOF), *v = ia_ions_values(&ions, IA_V_DC);
    float *xy = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < n; i++) {
        t[i] = (float)(2000 * ia_random_uniform(&random));
        v[i] = (float)(4000 + 3000 * (double)i / (double)n);
        xy[2 * i] = (float)(60 * ia_random_uniform(&random) - 30);
        xy[2 * i + 1] = (float)(60 * ia_random_uniform(&random) - 30);
    }
    return ions;
}

static void check_verdict(ia_ions *ions, ia_calibrate_verdict verdict, const char *text)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_calibration c = {0};
    ia_result result = {0};
    float mass[1];
    CHECK_OK(ctx, ia_calibrate_compute(ctx, ions, NULL, &c));
    assert_int_equal(c.verdict, verdict);
    if (!strstr(c.reason, text))
        fail_msg("'%s' does not contain '%s'", c.reason, text);
    CHECK_OK(ctx, ia_calibration_tables(ctx, &c, &result));
    CHECK_FAILS(ctx, ia_calibration_mass(ctx, &c, ions, mass), IA_ERR_UNSUPPORTED, text);
    ia_result_clear(&result);
    ia_calibration_clear(&c);
    ia_ions_clear(ions);
    ia_ctx_free(ctx);
}

static void few_ions_are_refused(void **unused)
{
    static const size_t numbers[] = {0, 1, 100};
    (void)unused;
    for (size_t k = 0; k < 3; k++) {
        ia_ions ions = stray_ions(numbers[k]);
        check_verdict(&ions, IA_CALIBRATE_FEW, "at least");
    }
}

static void background_alone_is_refused(void **unused)
{
    (void)unused;
    ia_ions ions = stray_ions(20000);
    check_verdict(&ions, IA_CALIBRATE_FLAT, "no peak");
}

static void exact_numbers_are_refused(void **unused)
{
    (void)unused;
    ia_ions ions = stray_ions(5000);
    float *t = ia_ions_values(&ions, IA_TOF);
    for (size_t i = 0; i < ions.n; i++)
        t[i] = i % 2 ? 2047 : t[i];
    check_verdict(&ions, IA_CALIBRATE_NO_SPREAD, "one and the same");
}

// m/n rounded to 0.0046 Da, a tenth of a peak's width, as one community format keeps
// them: one ion in ten has the commonest number. The scale, off by half a per cent, comes
// out as it does of the numbers before rounding: 2e-4 is half the width of that step at
// 28 Da.
static void numbers_in_steps_are_data(void **unused)
{
    (void)unused;
    const double step = 0.0045776, off = 1.005;
    raw_run run = raw_steel();
    ia_ions truth = true_masses(&run);
    ia_calibrate_params p = ia_calibrate_defaults();
    double a[2];
    for (int rounded = 0; rounded < 2; rounded++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions = drifting_masses(&run, &truth, off);
        ia_calibration c = {0};
        ia_result result = {0};
        float *m = ia_ions_values(&ions, IA_MASS);
        for (size_t i = 0; rounded && i < ions.n; i++)
            m[i] = (float)(step * round((double)m[i] / step));
        CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, &p, &c));
        assert_string_equal(c.reason, "");
        assert_true(fabs(c.step - (rounded ? step : 0)) < 1e-5);
        a[rounded] = (c.a.value * sqrt(28 * off) + c.b.value) / sqrt(28);
        assert_true(fabs(a[rounded] - 1) < 3e-4);
        CHECK_OK(ctx, ia_calibration_tables(ctx, &c, &result));
        ia_result_clear(&result);
        ia_calibration_clear(&c);
        ia_ions_clear(&ions);
        ia_ctx_free(ctx);
    }
    assert_true(fabs(a[1] - a[0]) < 1e-4);
    ia_ions_clear(&truth);
}

// All flights alike, at one voltage.
static raw_run even_steel(void)
{
    raw_run run = raw_steel();
    run.composition = "Fe Cr:0.01";
    run.bowl = run.tilt = run.phi = 0;
    run.v_last = run.v_first;
    return run;
}

// Times kept in whole ns of a run of steel: ten steps to a peak's width.
static void times_in_steps_are_data(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    raw_run run = even_steel();
    run.radius = 1;
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    ia_calibration c = {0};
    float *t = ia_ions_values(&ions, IA_TOF);
    for (size_t i = 0; i < ions.n; i++)
        t[i] = 0.1F * roundf(10 * t[i]);
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    assert_true(c.verdict != IA_CALIBRATE_NO_SPREAD);
    assert_true(fabs(c.step - 0.1) < 1e-3);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
}

static void what_is_missing_is_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_calibration c = {0};
    ia_calibrate_params p = ia_calibrate_defaults();
    CHECK_OK(ctx, ia_ions_new(ctx, 10, 1u << IA_XYZ, &ions));
    CHECK_FAILS(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c), IA_ERR_UNSUPPORTED,
                "m/n");
    p.calibrate_from = IA_CALIBRATE_TIMES;
    CHECK_FAILS(ctx, ia_calibrate_compute(ctx, &ions, &p, &c), IA_ERR_UNSUPPORTED,
                "time of flight");
    p.t0_doubt = -1;
    CHECK_FAILS(ctx, ia_calibrate_compute(ctx, &ions, &p, &c), IA_ERR_PARAM, "t0_doubt");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// One thread and several give the same bits.
static void threads_change_nothing(void **unused)
{
    (void)unused;
    raw_run run = raw_steel();
    run.n = 3000;
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    float *mass[2];
    for (size_t k = 0; k < 2; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_calibration c = {0};
        mass[k] = calloc(ions.n, sizeof(float));
        ia_ctx_set_threads(ctx, k ? 3 : 1);
        CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
        CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &ions, mass[k]));
        ia_calibration_clear(&c);
        ia_ctx_free(ctx);
    }
    assert_memory_equal(mass[0], mass[1], ions.n * sizeof(float));
    free(mass[0]);
    free(mass[1]);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
}

// Every fifth time in another unit: the others are calibrated, and it is said.
static void times_of_two_units_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    raw_run run = even_steel();
    run.n = 6000;
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    ia_calibration c = {0};
    float *mass = calloc(ions.n, sizeof *mass), *t = ia_ions_values(&ions, IA_TOF);
    assert_non_null(mass);
    for (size_t i = 0; i < ions.n; i += 5)
        t[i] *= 1000;
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &ions, mass));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "above 1000 Da"));
    free(mass);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
}

// Allocations that fail, ever later ones: an error each time, and nothing is left.
static void short_memory_is_an_error(void **unused)
{
    (void)unused;
    raw_run run = raw_steel();
    run.n = 500;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    ia_calibration c = {0};
    ia_status st = IA_ERR_MEMORY;
    for (size_t k = 1; st != IA_OK; k += 1 + 4 * k) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_calibrate_compute(ctx, &ions, NULL, &c);
        if (st != IA_OK && st != IA_ERR_MEMORY)
            fail_msg("allocation %zu: %s", k, ia_ctx_message(ctx));
        assert_true(st == IA_OK || c.n_ions == 0);
        assert_true(k < 1000000);
    }
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_ions_are_refused),
        cmocka_unit_test(background_alone_is_refused),
        cmocka_unit_test(exact_numbers_are_refused),
        cmocka_unit_test(numbers_in_steps_are_data),
        cmocka_unit_test(times_in_steps_are_data),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(times_of_two_units_are_told),
        cmocka_unit_test(short_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
