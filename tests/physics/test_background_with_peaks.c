// tests/physics/test_background_with_peaks.c: do peaks, tails and a clipped end leave the
// level be?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { BINS = 30000, SEEDS = 40 }; // of 0.01 Da: to 300 Da

typedef struct {
    uint64_t counts[BINS];
    gsl_rng *rng;
} scene;

static const double level = 400; // of the steel measured with 332,667 ions, about

static void put(scene *s, double m)
{
    if (m < 0.5) // the detection window opens
        return;
    s->counts[m < 300 ? (size_t)(m * 100) : BINS - 1]++;
}

// A scene like the steel's: noise, ranged Fe and C lines with thermal tails, lines nobody
// ranged and everything above 300 Da clipped to it.
static void draw(scene *s, unsigned long seed)
{
    const double unranged[] = {9.2, 17.1, 33.0, 40.0, 52.1, 101.3, 133.0};
    gsl_rng *rng = s->rng;

    gsl_rng_set(rng, seed);
    memset(s->counts, 0, sizeof s->counts);
    unsigned n = gsl_ran_poisson(rng, 2 * level * sqrt(400));
    for (unsigned i = 0; i < n; i++)
        put(s, pow(gsl_ran_flat(rng, 0, 20), 2));
    for (unsigned i = 0; i < 280000; i++)
        put(s, 27.97 + gsl_ran_gaussian(rng, 0.01) +
                   (i % 100 < 4 ? gsl_ran_exponential(rng, 1.5) : 0));
    for (unsigned i = 0; i < 1000; i++)
        put(s, 12 + gsl_ran_gaussian(rng, 0.01));
    for (size_t k = 0; k < sizeof unranged / sizeof *unranged; k++)
        for (unsigned i = 0; i < 300; i++)
            put(s, unranged[k] + gsl_ran_gaussian(rng, 0.01 + 3e-4 * unranged[k]));
}

// Each spectrum knows the level to 1.1 %, the mean of 40 to 0.2 %. What is left is the
// end of the tail: a window of 50 ions hides an excess of 16 (its p-limit), and the
// windows between 35 and 45 Da, a twelfth of all, hold up to that: 3 % are allowed, a
// tenth of what the plain mean is off.
static void the_level_is_that_of_the_noise(void **state)
{
    (void)state;
    static scene s;
    const ia_spectrum spectrum = {.bin = 0.01, .n_bins = BINS, .counts = s.counts};
    ranging_case c;
    double mean = 0, plain = 0;

    s.rng = gsl_rng_alloc(gsl_rng_mt19937);
    SET_CASE(&c, {"C+", 11.9, 12.1, 0}, {"Fe++", 27.8, 28.3, 0}, {"Ga+", 70.8, 71, 0});
    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        ia_background b;
        draw(&s, seed);
        assert_int_equal(ia_background_compute(NULL, &spectrum, &c.ranger, NULL, &b),
                         IA_OK);
        assert_near(b.a, level, 0.08 * level);
        assert_true(b.m_lo >= 0.5 && b.m_hi <= 142 + 1e-9);
        mean += b.a / SEEDS;
        for (size_t i = 5950; i < 14200; i++)
            plain += (double)s.counts[i] / SEEDS;
        for (size_t i = 50; i < 2750; i++)
            plain += i < 1160 || i > 1240 ? (double)s.counts[i] / SEEDS : 0;
        for (size_t i = 2860; i < 5950; i++)
            plain += (double)s.counts[i] / SEEDS;
    }
    plain /=
        2 * (sqrt(142) - sqrt(0.5) - sqrt(28.6) + sqrt(27.5) - sqrt(12.4) + sqrt(11.6));
    print_message("level %g: found %.2f, plain mean %.2f\n", level, mean, plain);
    assert_true(plain > 1.3 * level); // the scene is a hard one
    assert_near(mean, level, 0.03 * level);
    gsl_rng_free(s.rng);
}

// Without ranges the lines must go by themselves, and so must the ions clipped to 300 Da.
static void it_is_found_without_ranges_too(void **state)
{
    (void)state;
    static scene s;
    const ia_spectrum spectrum = {.bin = 0.01, .n_bins = BINS, .counts = s.counts};

    s.rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (unsigned long seed = 1; seed <= 5; seed++) {
        ia_background b;
        draw(&s, seed);
        assert_true(s.counts[BINS - 1] > 1000);
        assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, NULL, &b), IA_OK);
        // Windows of 8 ions now hide an excess of 8 in the tail, a tenth of the spectrum.
        assert_near(b.a, level, 0.1 * level);
    }
    gsl_rng_free(s.rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_level_is_that_of_the_noise),
        cmocka_unit_test(it_is_found_without_ranges_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
