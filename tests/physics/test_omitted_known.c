// tests/physics/test_omitted_known.c: do intervals hold when an ion may have been missed?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "solve_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { SEEDS = 300 };

// Iron with carbon and oxygen, and in four of ten specimens CO+ in the peak of 56Fe++:
// any amount from 1e-5 to 1e-1 of all ions, each decade as often. It is never told. Where
// much of it is there the spectrum needs it; where little is, it hides.
typedef struct {
    double share[3]; // told, O, C, Fe
    bool taken;
} answer;

static answer try_one(gsl_rng *rng, double *hidden)
{
    static const char *const symbols[3] = {"O", "C", "Fe"};
    const double all = 1e5;
    bool there = gsl_rng_uniform(rng) < 0.4;
    *hidden = there ? all * pow(10, -5 + 4 * gsl_rng_uniform(rng)) : 0;
    const double amounts[] = {0.9 * all, 0.07 * all, 0.02 * all, 0.01 * all, *hidden};
    const double atoms[3] = {amounts[3] + *hidden, amounts[2] + *hidden,
                             amounts[0] + amounts[1]};
    const ia_rival rival = {.ion = ia_ion_of("CO+"), .log_odds = log(0.4 / 0.6)};
    solve_case c;
    ia_composition found = {0};
    ia_deconvolution d = {0};
    answer a = {.taken = false};

    ia_spectrum s = exact_spectrum("Fe++,Fe+,C+,O+,CO+", amounts, 50);
    for (size_t b = 0; b < s.n_bins; b++)
        s.counts[b] = gsl_ran_poisson(rng, (double)s.counts[b]);
    set_solve_case(&c, s, "Fe++,Fe+,C+,O+");
    ia_deconvolve_input input = input_of(&c);
    input.rivals = &rival;
    input.n_rivals = 1;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, &found), IA_OK);
    a.taken = d.n_ions > 4;
    for (size_t k = 0; k < 3; k++) {
        const ia_fraction *row = element_of(&found, symbols[k]);
        double truth = 100 * atoms[k] / (atoms[0] + atoms[1] + atoms[2]);
        a.share[k] = row->error.lo <= truth && truth <= row->error.hi;
    }
    ia_composition_clear(&found);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    return a;
}

// 95 % of 300, within what a correct program passes 999 times in 1,000 (binomial: 0.041),
// and 0.02 for what the shape of peaks adds.
static void intervals_hold(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double covered[3] = {0};
    size_t taken = 0, wrong = 0;

    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        double hidden;
        gsl_rng_set(rng, seed);
        answer a = try_one(rng, &hidden);
        for (size_t k = 0; k < 3; k++)
            covered[k] += a.share[k] / SEEDS;
        taken += a.taken;
        wrong += a.taken && hidden == 0;
    }
    print_message("covered: O %.3f C %.3f Fe %.3f; CO+ taken up %zu times, %zu wrongly\n",
                  covered[0], covered[1], covered[2], taken, wrong);
    for (size_t k = 0; k < 3; k++)
        assert_near(covered[k], 0.95, 0.061);
    assert_int_equal(wrong, 0);
    assert_true(taken > 0);
    gsl_rng_free(rng);
}

// Aluminium with 300 ions at 27.99 Da that are CO+ or AlH+, as often: too few to tell
// 0.006 Da apart. CO+ is told, half believed. Who shares out what it leaves to nobody
// leaves hydrogen out in half of the specimens.
static bool holds_all(gsl_rng *rng, bool is_hydride)
{
    static const char *const symbols[4] = {"Al", "H", "C", "O"};
    double here = 300, hydride = is_hydride ? here : 0, gas = here - hydride;
    const double amounts[] = {20000, 15000, 200, hydride, gas};
    const double atoms[4] = {amounts[0] + amounts[1] + hydride, amounts[2] + hydride, gas,
                             gas};
    // 27.977 Da is farther from CO+ than AlH+, and its isotopes are not there.
    const ia_rival rivals[] = {{.ion = ia_ion_of("Si+")}, {.ion = ia_ion_of("AlH+")}};
    double probability[] = {1, 1, 1, 0.5};
    solve_case c;
    ia_composition found = {0};
    ia_deconvolution d = {0};
    bool held = true;

    ia_spectrum s = exact_spectrum("Al++,Al+,H+,AlH+,CO+", amounts, 5);
    for (size_t b = 0; b < s.n_bins; b++)
        s.counts[b] = gsl_ran_poisson(rng, (double)s.counts[b]);
    set_solve_case(&c, s, "Al++,Al+,H+,CO+");
    ia_deconvolve_input input = input_of(&c);
    input.probability = probability;
    input.rivals = rivals;
    input.n_rivals = 2;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, &found), IA_OK);
    assert_true(d.n_instead >= 1);
    for (size_t i = 0; i < d.n_instead; i++) {
        bool likely = ia_ion_is_equal(&d.instead[i].ion, &rivals[1].ion);
        assert_int_equal(d.instead[i].told, 3);
        assert_true(likely ? d.instead[i].probability > 0.9
                           : d.instead[i].probability < 0.1);
        assert_near(d.instead[i].counts, here, 120);
    }
    for (size_t k = 0; k < 4; k++) {
        const ia_fraction *row = element_of(&found, symbols[k]);
        double truth = 100 * atoms[k] / (atoms[0] + atoms[1] + atoms[2] + atoms[3]);
        held = held && row->error.lo <= truth && truth <= row->error.hi;
    }
    ia_composition_clear(&found);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    return held;
}

// Each of four intervals holds in 95 of 100; all of them at once in nine of ten at least.
static void another_takes_the_place(void **state)
{
    (void)state;
    enum { DRAWS = 40 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    size_t held[2] = {0};

    for (unsigned long seed = 1; seed <= DRAWS; seed++) {
        gsl_rng_set(rng, seed);
        held[seed % 2] += holds_all(rng, seed % 2);
    }
    print_message("all intervals hold: AlH+ in %zu, CO+ in %zu of %d\n", held[1], held[0],
                  DRAWS / 2);
    assert_in_range(held[0], 17, DRAWS / 2);
    assert_in_range(held[1], 17, DRAWS / 2);
    gsl_rng_free(rng);
}

// Iron with carbon, and chromium that nobody tells and that has no row: of all atoms iron
// and carbon have less than of those told.
typedef struct {
    double unexplained; // ions of peaks without an account
    bool held;          // both intervals
} beside;

static beside try_beside(gsl_rng *rng, double all, double chromium, bool are_certain)
{
    static const char *const symbols[2] = {"Fe", "C"};
    const double amounts[] = {0.95 * (all - chromium), 0.05 * (all - chromium), chromium};
    const double probability[] = {1, 1};
    solve_case c;
    ia_composition found = {0};
    ia_deconvolution d = {0};
    beside b = {.held = true};

    ia_spectrum s = exact_spectrum("Fe++,C+,Cr++", amounts, 5);
    for (size_t i = 0; i < s.n_bins; i++)
        s.counts[i] = gsl_ran_poisson(rng, (double)s.counts[i]);
    set_solve_case(&c, s, "Fe++,C+");
    ia_deconvolve_input input = input_of(&c);
    input.probability = are_certain ? NULL : probability;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, &found), IA_OK);
    for (size_t i = 0; i < d.n_unexplained; i++)
        b.unexplained += d.unexplained[i];
    for (size_t k = 0; k < 2; k++) {
        const ia_fraction *row = element_of(&found, symbols[k]);
        double truth = 100 * amounts[k] / all;
        b.held = b.held && row->error.lo <= truth && truth <= row->error.hi;
    }
    ia_composition_clear(&found);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    return b;
}

enum { BESIDE = 40, BESIDE_HELD = 34 }; // two of 95 %, but for what comes once in 1,000

// 2 to 30 of 100 ions are a peak without an account.
static void peaks_without_account(void **state)
{
    (void)state;
    const double all = 5000;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    size_t held = 0;

    for (unsigned long seed = 1; seed <= BESIDE; seed++) {
        gsl_rng_set(rng, seed);
        double chromium = all * (0.02 + 0.28 * gsl_rng_uniform(rng));
        beside b = try_beside(rng, all, chromium, false);
        held += b.held;
        // 54Cr++ lies on 54Fe++, and isotopes of few ions are no peaks.
        assert_near(b.unexplained, 0.93 * chromium, 0.12 * chromium + 40);
    }
    print_message("both intervals hold in %zu of %d\n", held, BESIDE);
    assert_in_range(held, BESIDE_HELD, BESIDE);
    // Who says which ions there are has left the others out on purpose.
    assert_true(try_beside(rng, all, 0.2 * all, true).unexplained == 0);
    gsl_rng_free(rng);
}

// Nine chromium ions of 300 are hardly a peak, and 3 at.%.
static void too_few_for_a_peak(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    size_t held = 0;

    for (unsigned long seed = 1; seed <= BESIDE; seed++) {
        gsl_rng_set(rng, seed);
        held += try_beside(rng, 300, 9, false).held;
    }
    print_message("both intervals hold in %zu of %d\n", held, BESIDE);
    assert_in_range(held, BESIDE_HELD, BESIDE);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold), cmocka_unit_test(another_takes_the_place),
        cmocka_unit_test(peaks_without_account), cmocka_unit_test(too_few_for_a_peak)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
