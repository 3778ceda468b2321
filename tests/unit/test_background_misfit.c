// tests/unit/test_background_misfit.c: scatter about a model of the background.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/background_misfit.h"
#include <gsl/gsl_randist.h>

enum { WINDOWS = 300, SEEDS = 40 };

// Windows of a Dalton each, drawn about `mean` with a relative scatter besides.
static void draw_windows(gsl_rng *rng, double mean, double scatter, ia_window *list)
{
    for (size_t i = 0; i < WINDOWS; i++) {
        double there = mean * fmax(0, 1 + scatter * gsl_ran_gaussian(rng, 1));
        list[i] = (ia_window){.lo = (double)i,
                              .hi = (double)i + 1,
                              .mean = mean,
                              .count = gsl_ran_poisson(rng, there)};
    }
}

static ia_misfit misfit_of(ia_window *list, size_t n)
{
    ia_windows windows = {.list = list, .n = n};
    ia_misfit misfit = {.n = 0};
    assert_int_equal(ia_misfit_build(NULL, &windows, &misfit), IA_OK);
    return misfit;
}

// Each of four sizes of neighbourhood may be wrong once in a hundred; a neighbourhood
// that is has a part of the order of counting, 0.07, at most twice that.
static void counting_is_no_misfit(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_window list[WINDOWS];
    double wrong = 0, most = 0;

    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        gsl_rng_set(rng, seed);
        draw_windows(rng, 200, 0, list);
        ia_misfit m = misfit_of(list, WINDOWS);
        for (size_t i = 0; i < WINDOWS; i++) {
            wrong += ia_misfit_at(&m, list[i].lo + 0.5) > 0;
            most = fmax(most, ia_misfit_at(&m, list[i].lo + 0.5));
        }
        ia_misfit_clear(&m);
    }
    assert_true(wrong / (SEEDS * WINDOWS) < 0.08);
    assert_true(most < 0.15);
    gsl_rng_free(rng);
}

// A tenth of scatter is found, also beneath weak peaks in a tenth of the windows: the
// median of 24 is good to a fifth, 40 spectra of 300 windows to far less.
static void scatter_is_found(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_window list[WINDOWS];
    double plain = 0, peaked = 0;

    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        gsl_rng_set(rng, seed);
        draw_windows(rng, 1e4, 0.1, list);
        ia_misfit m = misfit_of(list, WINDOWS);
        for (size_t i = 0; i < WINDOWS; i += 10)
            list[i].count *= 3;
        ia_misfit p = misfit_of(list, WINDOWS);
        for (size_t i = 0; i < WINDOWS; i++) {
            plain += ia_misfit_at(&m, (double)i + 0.5) / (SEEDS * WINDOWS);
            peaked += ia_misfit_at(&p, (double)i + 0.5) / (SEEDS * WINDOWS);
        }
        ia_misfit_clear(&m);
        ia_misfit_clear(&p);
    }
    assert_near(plain, 0.1, 0.01);
    assert_near(peaked, 0.115, 0.02);
    gsl_rng_free(rng);
}

static void scatter_is_where_it_is(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_window list[WINDOWS], calm[WINDOWS];

    gsl_rng_set(rng, 1);
    draw_windows(rng, 1e4, 0.2, list);
    draw_windows(rng, 1e4, 0.02, calm);
    memcpy(list + WINDOWS / 2, calm + WINDOWS / 2, WINDOWS / 2 * sizeof *list);
    ia_misfit m = misfit_of(list, WINDOWS);
    assert_true(ia_misfit_at(&m, 50) > 0.1);
    assert_true(ia_misfit_at(&m, 250) < 0.04);
    assert_near(ia_misfit_at(&m, -5), m.part[0], 0);
    assert_near(ia_misfit_at(&m, 1e3), m.part[WINDOWS - 1], 0);
    ia_misfit_clear(&m);
    gsl_rng_free(rng);
}

static void nothing_is_no_misfit(void **state)
{
    (void)state;
    ia_window list[3] = {
        {.hi = 1}, {.lo = 1, .hi = 2, .mean = 0.5, .count = 9}, {.lo = 2}};
    ia_misfit none = misfit_of(list, 0), thin = misfit_of(list, 3);

    assert_near(ia_misfit_at(&none, 1), 0, 0);
    assert_near(ia_misfit_at(&thin, 1), 0, 0);
    ia_misfit_clear(&none);
    ia_misfit_clear(&thin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_is_no_misfit),
        cmocka_unit_test(scatter_is_found),
        cmocka_unit_test(scatter_is_where_it_is),
        cmocka_unit_test(nothing_is_no_misfit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
