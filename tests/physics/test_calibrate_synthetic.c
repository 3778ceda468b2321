// tests/physics/test_calibrate_synthetic.c: are start time, flight path and distortions
// of imagined instruments found in the times of flight alone?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

// Calibrates a run blind; the answer against what the ions are.
static void check_run(const raw_run *run, double path_tolerance)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions truth = true_masses(run), ions = fly(run, &truth);
    ia_calibration c = {0};
    float *mass = calloc(ions.n, sizeof *mass);
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    if (c.verdict != IA_CALIBRATED)
        fail_msg("%s: %s", run->composition, c.reason);
    CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &ions, mass));
    double error = raw_error(mass, &truth);
    double most = raw_tolerance(run);
    if (error > most)
        fail_msg("%s: error of ln m/n %g, most %g; t0 %g, path %g", run->composition,
                 error, most, c.t0.value, c.flight_path.value);
    if (fabs(c.t0.value - run->t0) > 1.5)
        fail_msg("%s: t0 %g +- %g, true %g", run->composition, c.t0.value, c.t0.sigma,
                 run->t0);
    assert_true(fabs(c.flight_path.value / run->path - 1) < path_tolerance);
    // Where the pulse is not the same share for all, the share that is felt comes out.
    if (run->pulse_scatter > 0)
        assert_true(fabs(c.beta.value - run->beta) < 0.02 && c.beta.sigma < 0.02);
    assert_int_equal(c.n_knots, 0); // and no drift that is not there
    free(mass);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
}

static void steel_with_a_laser(void **unused)
{
    (void)unused;
    raw_run run = raw_steel();
    check_run(&run, 0.005);
}

static void aluminium_with_voltage_pulses(void **unused)
{
    (void)unused;
    raw_run run = raw_steel();
    run.composition = "Al Mg:0.02 Zn:0.02 Cu:0.01";
    run.pulse = 0.2;
    run.pulse_scatter = 0.01;
    run.beta = 0.85;
    run.t0 = -12;
    run.seed = 2;
    check_run(&run, 0.01);
}

static void tungsten_at_one_voltage(void **unused)
{
    (void)unused;
    raw_run run = raw_steel();
    run.composition = "W";
    run.molecules = "H+:0.01 H2O+:0.004 W++:0.2 W++++:0.01";
    run.v_first = 12000;
    run.v_last = 12100;
    run.path = 305;
    run.radius = 65;
    run.t0 = -8;
    run.seed = 3;
    run.resolving_power = 1200;
    check_run(&run, 0.01);
}

// A pulse whose share of the voltage wanders slowly, in a run that drifts by 0.4 %: the
// share that is felt cannot be told from the drift, and its error says so (0.095 off at
// 0.054; by the information of the lines alone the error would be 0.0003).
static void a_slow_change_of_the_pulse_may_be_a_drift(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        raw_run run = raw_steel();
        run.pulse = 0.2;
        run.pulse_wave = 0.25;
        run.beta = 0.62;
        run.drift = 0.004;
        run.seed = seed;
        ia_ctx *ctx = ia_ctx_new();
        ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
        ia_calibration c = {0};
        CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
        if (getenv("IONATLAS_VERBOSE"))
            print_message("%g +- %g\n", c.beta.value, c.beta.sigma);
        assert_true(fabs(c.beta.value - run.beta) < 3 * c.beta.sigma);
        assert_true(c.beta.sigma < 0.1);
        ia_calibration_clear(&c);
        ia_ions_clear(&ions);
        ia_ions_clear(&truth);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steel_with_a_laser),
        cmocka_unit_test(aluminium_with_voltage_pulses),
        cmocka_unit_test(tungsten_at_one_voltage),
        cmocka_unit_test(a_slow_change_of_the_pulse_may_be_a_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
