// tests/unit/test_deconvolve_omitted.c: ions that nobody told: taken up where the
// spectrum needs them, doubted where it leaves room for them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "solve_case.h"

#include "spectrum/deconvolve_internal.h"

static const ia_omitted *omitted_of(const ia_deconvolution *d, const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t k = 0; k < d->n_omitted; k++)
        if (ia_ion_is_equal(&d->omitted[k].ion, &wanted))
            return &d->omitted[k];
    return NULL;
}

static ia_deconvolution solve_with(const solve_case *c, const ia_rival *rivals, size_t n)
{
    ia_deconvolve_input input = input_of(c);
    ia_deconvolution d = {0};
    input.rivals = rivals;
    input.n_rivals = n;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    return d;
}

// O2+ in the peak of 64Zn++: the other isotopes of zinc say that it is there.
static void what_the_spectrum_needs_is_taken_up(void **state)
{
    (void)state;
    const double amounts[] = {40000, 20000, 30000, 9000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("S+"), .log_odds = -3},
                               {.ion = ia_ion_of("O2+"), .log_odds = -1}};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Zn++,Zn+,O+,O2+", amounts, 10), "Zn++,Zn+,O+");
    ia_deconvolution d = solve_with(&c, rivals, 2);

    assert_int_equal(d.n_ions, 4);
    const ia_solved *pair = solved_of(&d, "O2+");
    assert_near(pair->counts, 9000, 4 * pair->sigma_all);
    assert_true(pair->probability > 0.99);
    assert_near(solved_of(&d, "Zn++")->counts, 40000, 4 * d.ions[0].sigma_all);
    assert_null(omitted_of(&d, "O2+"));
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// Sulphur would explain it as well, but no other ion has sulphur: it stays a doubt.
static void a_new_element_is_not_taken_up(void **state)
{
    (void)state;
    const double amounts[] = {40000, 20000, 30000, 9000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("S+"), .log_odds = -3}};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Zn++,Zn+,O+,O2+", amounts, 10), "Zn++,Zn+,O+");
    ia_deconvolution d = solve_with(&c, rivals, 1);

    assert_int_equal(d.n_ions, 3);
    const ia_omitted *sulphur = omitted_of(&d, "S+");
    assert_non_null(sulphur);
    assert_true(sulphur->log_evidence > 10);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// Iron beneath N2+: no ion told has iron, but nothing else makes the peak at 28.47 Da,
// which is as large as its 57Fe++ must be. Without that peak it stays a doubt.
static void a_new_element_is_taken_up_where_a_peak_is_its_own(void **state)
{
    (void)state;
    const double amounts[] = {60000, 40000, 20000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("Fe++"), .log_odds = -3}};
    for (int own = 0; own < 2; own++) {
        solve_case c;
        set_solve_case(&c, exact_spectrum("N+,N2+,Fe++", amounts, 10), "N+,N2+");
        for (size_t i = 0; i < c.peaks.n && !own; i++)
            c.peaks.list[i].counts *=
                fabs(c.peaks.list[i].mass - 28) > 0.2 && c.peaks.list[i].mass > 15 ? 0.2
                                                                                   : 1;
        ia_deconvolution d = solve_with(&c, rivals, 1);
        assert_int_equal(d.n_ions, own ? 3 : 2);
        if (own) {
            const ia_solved *iron = solved_of(&d, "Fe++");
            assert_near(iron->counts, 20000, 4 * iron->sigma_all);
        }
        ia_deconvolution_clear(&d);
        clear_solve_case(&c);
    }
}

// Al+ has a line of its own, where nothing is.
static void who_would_be_seen_is_not_doubted(void **state)
{
    (void)state;
    const double amounts[] = {40000, 20000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("Al+"), .log_odds = 0}};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Zn++,Zn+", amounts, 10), "Zn++,Zn+");
    ia_deconvolution d = solve_with(&c, rivals, 1);
    const ia_omitted *al = omitted_of(&d, "Al+");

    assert_int_equal(d.n_ions, 2);
    if (al) {
        assert_true(al->log_evidence < 0);
        assert_true(al->probability < 0.5);
        assert_true(al->counts < 30);
    }
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// No line tells As2++ from As+: the spectrum says nothing but how much there is in all.
// Each decade from 1e-5 to 1e-1 of all ions is as likely: of 60000, half are below 60.
static void who_cannot_be_seen_is_as_likely_as_before(void **state)
{
    (void)state;
    const double amounts[] = {60000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("As2++"), .log_odds = -1}};
    solve_case c;
    set_solve_case(&c, exact_spectrum("As+", amounts, 10), "As+");
    ia_deconvolution d = solve_with(&c, rivals, 1);
    const ia_omitted *pair = omitted_of(&d, "As2++");

    assert_non_null(pair);
    assert_near(pair->probability, 1 / (1 + exp(1)), 0.02);
    assert_near(pair->log_evidence, 0, 0.1);
    assert_near(sqrt(pair->amount[2] * pair->amount[3]), 60, 6);
    for (size_t k = 1; k < IA_AMOUNTS; k++)
        assert_true(pair->amount[k] > pair->amount[k - 1]);
    // One of it takes one As+ away.
    assert_near(d.taken[0], -1, 0.05);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// The share of oxygen is doubted for CO+ in the flank of iron, and not without it.
static void doubts_widen_intervals(void **state)
{
    (void)state;
    const double amounts[] = {90000, 5000, 2000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("CO+"), .log_odds = 0}};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++,C+,O+", amounts, 10), "Fe++,C+,O+");
    ia_deconvolution without = solve(&c), with = solve_with(&c, rivals, 1);
    ia_composition a = {0}, b = {0};

    assert_int_equal(ia_composition_solve(NULL, &without, NULL, NULL, NULL, &a), IA_OK);
    assert_int_equal(ia_composition_solve(NULL, &with, NULL, NULL, NULL, &b), IA_OK);
    const ia_fraction *sure = element_of(&a, "O"), *doubted = element_of(&b, "O");
    assert_near(sure->corrected_percent, doubted->corrected_percent, 1e-9);
    assert_near(sure->error.identification, 0, 1e-12);
    assert_true(doubted->error.identification > 0.5 * sure->error.all);
    assert_true(doubted->error.hi > sure->error.hi + 0.5 * sure->error.all);
    assert_true(doubted->error.lo < doubted->corrected_percent);
    ia_composition_clear(&a);
    ia_composition_clear(&b);
    ia_deconvolution_clear(&without);
    ia_deconvolution_clear(&with);
    clear_solve_case(&c);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    const double amounts[] = {40000, 20000, 30000, 9000};
    const ia_rival rivals[] = {{.ion = ia_ion_of("S+"), .log_odds = -3},
                               {.ion = ia_ion_of("O2+"), .log_odds = -1}};
    ia_ctx *ctx = ia_ctx_new();
    ia_deconvolution d = {0};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Zn++,Zn+,O+,O2+", amounts, 10), "Zn++,Zn+,O+");
    ia_deconvolve_input input = input_of(&c);
    input.rivals = rivals;
    input.n_rivals = 2;

    CHECK_STARVED(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d), (void)0);
    assert_int_equal(d.n_ions, 4);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    ia_ctx_free(ctx);
}

// Al+ and AlH+ on 54Fe++ and 56Fe++ leave nothing of Fe++ (a coarse spectrum of steel
// did): they may not, where Fe++ is told for sure and well counted. What has a doubt may
// go.
static void what_is_told_for_sure_is_not_replaced(void **state)
{
    (void)state;
    ia_solved told[1] = {{.probability = 1, .counts = 50000, .sigma_all = 2000}};
    ia_solved left[3] = {{.probability = 1, .counts = 0, .sigma_all = 22000},
                         {.probability = 1, .counts = 3600, .sigma_all = 1300},
                         {.probability = 1, .counts = 46600, .sigma_all = 20000}};
    const ia_deconvolution before = {.ions = told, .n_ions = 1};
    const ia_deconvolution after = {.ions = left, .n_ions = 3};

    assert_true(ia_completed_spoils(&before, &after));
    told[0].probability = 0.9;
    assert_false(ia_completed_spoils(&before, &after));
    told[0].probability = 1;
    left[0].counts = 48000;
    left[0].sigma_all = 2200;
    assert_false(ia_completed_spoils(&before, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_for_sure_is_not_replaced),
        cmocka_unit_test(what_the_spectrum_needs_is_taken_up),
        cmocka_unit_test(a_new_element_is_not_taken_up),
        cmocka_unit_test(a_new_element_is_taken_up_where_a_peak_is_its_own),
        cmocka_unit_test(who_would_be_seen_is_not_doubted),
        cmocka_unit_test(who_cannot_be_seen_is_as_likely_as_before),
        cmocka_unit_test(doubts_widen_intervals),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
