// tests/unit/test_calibrate_look.c: is a drift of the mass scale seen, and only a drift?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

static ia_scale_drift look(const ia_ions *ions)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_spectrum spectrum = {0};
    ia_background background = {0};
    ia_peaks peaks = {0};
    ia_scale_drift drift;
    CHECK_OK(ctx, ia_spectrum_compute(ctx, ions, NULL, &spectrum));
    CHECK_OK(ctx, ia_background_compute(ctx, &spectrum, NULL, NULL, &background));
    CHECK_OK(ctx, ia_peaks_compute(ctx, &spectrum, &background, NULL, &peaks));
    CHECK_OK(ctx, ia_scale_drift_look(ctx, ions, &peaks.widths, &drift));
    ia_peaks_clear(&peaks);
    ia_background_clear(&background);
    ia_spectrum_clear(&spectrum);
    ia_ctx_free(ctx);
    return drift;
}

static ia_ions steel(uint64_t seed, double drift)
{
    raw_run run = raw_steel();
    run.n = 12000;
    run.seed = seed;
    run.drift = drift;
    ia_ions truth = true_masses(&run), ions = drifting_masses(&run, &truth, 1);
    ia_ions_clear(&truth);
    return ions;
}

// A wave of 0.4 %, whose root of the mean square is that over sqrt(2). A tenth of it: the
// blocks of 100 ions each know their shift to some 1e-4, and follow a wave with a lag.
static void a_drift_is_seen(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        ia_ions ions = steel(seed, 0.004);
        ia_scale_drift drift = look(&ions);
        assert_true(drift.matters);
        assert_true(fabs(drift.rms - 0.004 / sqrt(2)) < 0.1 * 0.004 / sqrt(2));
        assert_true(drift.widths > 0.5);
        assert_int_equal(drift.spoils, drift.widths > 1);
        ia_ions_clear(&ions);
    }
    ia_ions far = steel(6, 0.02);
    assert_true(look(&far).spoils);
    ia_ions_clear(&far);
}

// Thirty runs: one word in a thousand would already be too many, so none is expected.
static void nothing_is_seen_where_nothing_drifts(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        ia_ions ions = steel(seed, 0);
        assert_false(look(&ions).matters);
        ia_ions_clear(&ions);
    }
}

static bool is_iron(float mass)
{
    return mass > 27.7F && mass < 28.3F;
}

// Half of the 56Fe++ before all else: peaks come and go in their places.
static void a_layer_is_no_drift(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        ia_ions from = steel(seed, 0), to = steel(seed, 0);
        const float *m = ia_ions_values(&from, IA_MASS);
        float *layered = ia_ions_values(&to, IA_MASS);
        size_t n = 0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < from.n; i++)
                if ((is_iron(m[i]) && i % 2) == (pass == 0))
                    layered[n++] = m[i];
        assert_int_equal(n, from.n);
        assert_false(look(&to).matters);
        ia_ions_clear(&from);
        ia_ions_clear(&to);
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Ions that somebody sorted by m/n, none at all, and no m/n.
static void what_has_no_order_is_not_judged(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_peak_widths widths = {.width = 0.02, .power = 0.5, .n_used = 3, .bin = 0.01};
    ia_scale_drift drift;
    ia_ions ions = steel(1, 0.004), empty = {0};
    float *m = ia_ions_values(&ions, IA_MASS);
    qsort(m, ions.n, sizeof *m, by_value);
    assert_false(look(&ions).matters);
    CHECK_OK(ctx, ia_scale_drift_look(ctx, &empty, &widths, &drift));
    assert_true(drift.rms == 0 && !drift.matters);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void short_memory_is_an_error(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_peak_widths widths = {.width = 0.02, .power = 0.5, .n_used = 3, .bin = 0.01};
    ia_ions ions = steel(1, 0.004);
    ia_scale_drift drift;
    ia_status st = IA_ERR_MEMORY;
    for (size_t k = 1; st == IA_ERR_MEMORY; k = next_starved(k)) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_scale_drift_look(ctx, &ions, &widths, &drift);
        assert_true(st == IA_OK || drift.rms == 0);
    }
    assert_int_equal(st, IA_OK);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drift_is_seen),
        cmocka_unit_test(nothing_is_seen_where_nothing_drifts),
        cmocka_unit_test(a_layer_is_no_drift),
        cmocka_unit_test(what_has_no_order_is_not_judged),
        cmocka_unit_test(short_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
