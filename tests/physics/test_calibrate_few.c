// tests/physics/test_calibrate_few.c: is a mass scale that is told from few ions as sure
// as it is said to be?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

static const raw_run specimens[] = {
    {.composition = "W", .molecules = "H+:0.004", .ions = "W+++:1"},
    {.composition = "W", .molecules = "H+:0.01", .ions = "W+++:0.97 W++:0.03"},
    {.composition = "Fe C:0.01 Mn:0.01", .molecules = "H+:0.005"},
    {.composition = "Al", .molecules = "", .ions = "Al++:0.4 Al+:0.55 Al+++:0.05"},
    {.composition = "Si O:0.6", .molecules = "SiO+:0.1 O2+:0.06 SiO2+:0.03 H+:0.02"},
    {.composition = "Al O:0.6", .molecules = "AlO+:0.05 O2+:0.05 H+:0.02"},
    {.composition = "Mo", .molecules = "H+:0.002", .ions = "Mo+++:1"},
    {.composition = "Ni", .molecules = "", .ions = "Ni++:0.7 Ni+:0.3"},
};
enum {
    SPECIMENS = sizeof specimens / sizeof specimens[0],
    RUNS = IS_SLOWED ? SPECIMENS : 2 * SPECIMENS
};

static double between(ia_random *random, double least, double most)
{
    return least + (most - least) * ia_random_uniform(random);
}

// An instrument and a number of ions, drawn.
static raw_run drawn_run(size_t i)
{
    ia_random random = ia_random_new(i, 1);
    raw_run run = specimens[i % SPECIMENS];
    run.seed = i + 1;
    run.n = (size_t)between(&random, 500, 3000);
    run.t0 = between(&random, -30, 60);
    bool is_short = ia_random_uniform(&random) < 0.5;
    run.path = is_short ? between(&random, 85, 130) : between(&random, 280, 400);
    run.radius = is_short ? between(&random, 30, 40) : between(&random, 38, 65);
    run.v_first = between(&random, 2500, 6000);
    run.v_last = run.v_first * between(&random, 1.005, 1.6);
    run.bowl = between(&random, -0.01, 0.015);
    run.tilt = between(&random, 0, 0.006);
    run.phi = between(&random, 0, 20);
    run.resolving_power = between(&random, 400, 1200);
    return run;
}

// Share of the ions whose m/n is a percent and more off. Hydrogen is left out: an error
// of the start time that moves no other ion moves it.
static double share_wrong(const float *mass, const ia_ions *truth)
{
    const double light = 5; // Da
    size_t n = 0, wrong = 0;
    for (size_t i = 0; i < truth->n; i++) {
        float one;
        const float *m = ia_column_rows(&truth->columns[IA_MASS], i, 1, &one);
        if (*m < light)
            continue;
        n++;
        wrong += !(fabs((double)mass[i] / (double)*m - 1) < 0.01);
    }
    return (double)wrong / (double)n;
}

// Where the run is called calibrated: its stated probability and whether it is right.
static bool calibrated(const raw_run *run, double *probability, bool *right)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions truth = true_masses(run), ions = fly(run, &truth);
    ia_calibration c = {0};
    float *mass = calloc(ions.n, sizeof *mass);
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    bool done = c.verdict == IA_CALIBRATED;
    if (done) {
        CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &ions, mass));
        *probability = c.choice[0].probability;
        // A tenth is background, which an error of the start time moves most.
        *right = share_wrong(mass, &truth) < 0.15;
    } else
        assert_true(c.reason[0]);
    free(mass);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
    return done;
}

// Fewest wrong ones that are less likely than 1 in 1,000 where so many are expected.
static size_t too_many(double expected)
{
    double rest = 1, term = exp(-expected);
    size_t k = 0;
    for (; rest - term > 0.001; k++) {
        rest -= term;
        term *= expected / (double)(k + 1);
    }
    return k + 1;
}

static void few_ions_are_told_as_surely_as_they_tell(void **unused)
{
    (void)unused;
    double expected = 0;
    size_t n = 0, n_wrong = 0;
    for (size_t i = 0; i < RUNS; i++) {
        raw_run run = drawn_run(i);
        double probability;
        bool right;
        if (!calibrated(&run, &probability, &right))
            continue;
        n++;
        n_wrong += !right;
        expected += 1 - probability;
    }
    // Without that the rest would say nothing.
    assert_true(n >= RUNS / 4);
    if (n_wrong >= too_many(expected))
        fail_msg("%zu of %zu wrong, by their probabilities %g", n_wrong, n, expected);
}

// The isotopes of one ion are the same pattern with any charge: all m/n by one factor.
static void one_pattern_does_not_tell_its_charge(void **unused)
{
    (void)unused;
    static const char *const both[] = {"W++", "W+++"};
    raw_run run = raw_steel();
    run.composition = "W";
    run.molecules = "";
    run.ions = "W+++:1";
    run.n = 3000;
    run.v_last = 3100;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions truth = true_masses(&run), ions = fly(&run, &truth);
    ia_calibration c = {0};
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    assert_int_equal(c.verdict, IA_CALIBRATE_DOUBT);
    for (size_t i = 0; i < 2; i++)
        if (!strstr(c.reason, both[i]))
            fail_msg("'%s' does not tell of %s", c.reason, both[i]);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ions_clear(&truth);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_ions_are_told_as_surely_as_they_tell),
        cmocka_unit_test(one_pattern_does_not_tell_its_charge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
