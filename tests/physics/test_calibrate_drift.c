// tests/physics/test_calibrate_drift.c: does the likeness of successive spectra undo a
// drift, and leave alone what does not drift?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

// An oxide that charges up under the laser: m/n wanders by 1.2 % either way.
static raw_run sapphire(void)
{
    raw_run run = raw_steel();
    run.composition = "Al O:0.6";
    run.molecules = "O2+:0.05 AlO+:0.1 AlO++:0.05 H+:0.01";
    run.n = 25000;
    run.seed = 11;
    run.drift = 0.012;
    run.v_last = 4000;
    run.resolving_power = 500;
    return run;
}

static void check(ia_ions *ions, const ia_ions *truth, const raw_run *run, bool drifts)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_calibration c = {0};
    float *mass = calloc(ions->n, sizeof *mass);
    CHECK_OK(ctx, ia_calibrate_compute(ctx, ions, NULL, &c));
    if (c.verdict != IA_CALIBRATED)
        fail_msg("%s", c.reason);
    CHECK_OK(ctx, ia_calibration_mass(ctx, &c, ions, mass));
    assert_int_equal(c.n_knots > 0, drifts);
    double error = raw_error(mass, truth);
    if (error > raw_tolerance(run))
        fail_msg("error of ln m/n %g, most %g", error, raw_tolerance(run));
    free(mass);
    ia_calibration_clear(&c);
    ia_ions_clear(ions);
    ia_ctx_free(ctx);
}

static void drift_of_times_is_undone(void **unused)
{
    (void)unused;
    raw_run run = sapphire();
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    check(&ions, &truth, &run, true);
    ia_ions_clear(&truth);
}

// Nothing but m/n in the order of evaporation, and those 1.5 % too large.
static void drift_of_masses_is_undone(void **unused)
{
    (void)unused;
    raw_run run = sapphire();
    run.seed = 12;
    ia_ions truth = true_masses(&run), ions = drifting_masses(&run, &truth, 1.015);
    check(&ions, &truth, &run, true);
    ia_ions_clear(&truth);
}

// A scale that is off by as much as 2 % comes back, and no drift is found that is not.
static void a_wrong_scale_is_put_right(void **unused)
{
    static const double factors[] = {0.98, 1.02};
    (void)unused;
    for (size_t k = 0; k < (IS_SLOWED ? 1 : 2); k++) {
        raw_run run = sapphire();
        run.drift = 0;
        run.seed = 13 + k;
        ia_ions truth = true_masses(&run);
        ia_ions ions = drifting_masses(&run, &truth, factors[k]);
        check(&ions, &truth, &run, false);
        ia_ions_clear(&truth);
    }
}

// A spectrum that is sharp and in place keeps every bit.
static void what_is_right_stays_as_it_is(void **unused)
{
    (void)unused;
    for (uint64_t seed = 21; seed < (IS_SLOWED ? 22 : 24); seed++) {
        raw_run run = raw_steel();
        run.seed = seed;
        ia_ctx *ctx = ia_ctx_new();
        ia_ions truth = true_masses(&run);
        ia_calibration c = {0};
        float *mass = calloc(truth.n, sizeof *mass),
              *room = calloc(truth.n, sizeof *room);
        CHECK_OK(ctx, ia_calibrate_compute(ctx, &truth, NULL, &c));
        CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &truth, mass));
        const float *before = ia_column_rows(&truth.columns[IA_MASS], 0, truth.n, room);
        assert_memory_equal(mass, before, truth.n * sizeof *mass);
        free(mass);
        free(room);
        ia_calibration_clear(&c);
        ia_ions_clear(&truth);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drift_of_times_is_undone),
        cmocka_unit_test(drift_of_masses_is_undone),
        cmocka_unit_test(a_wrong_scale_is_put_right),
        cmocka_unit_test(what_is_right_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
