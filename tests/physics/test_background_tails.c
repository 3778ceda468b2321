// tests/physics/test_background_tails.c: are late ions of one peak taken off the range of
// another?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { BINS = 10000, SPECTRA = 40, LINES = 7 }; // bins of 0.01 Da: to 100 Da

// Strong lines with late ions, and weak ones behind them: what is drawn must come back.
typedef struct {
    const char *ion;
    double mass, ions, lo, hi;
} line;
static const line lines[LINES] = {
    {"C+", 12, 2000, 11.9, 12.3},      {"Al++", 13.5, 60000, 13.4, 14.0},
    {"Fe++", 28, 200000, 27.9, 28.35}, {"Co++", 29.5, 600, 29.4, 29.7},
    {"Ni++", 30, 1500, 29.9, 30.2},    {"Cr+", 52, 3000, 51.8, 52.4},
    {"Fe+", 56, 20000, 55.8, 56.6},
};

// Late ions: of each peak 6 % decay over 0.05 Da^1/2 of flight, 5 % over 1 Da^1/2.
static double late(gsl_rng *rng, double mass)
{
    double root = sqrt(mass), u = gsl_rng_uniform(rng);
    if (u < 0.06)
        root += gsl_ran_exponential(rng, 0.05);
    else if (u < 0.11)
        root += gsl_ran_exponential(rng, 1);
    return root * root + sqrt(mass / 28) * (gsl_ran_gaussian(rng, 0.01) +
                                            gsl_ran_exponential(rng, 0.012));
}

static void draw(uint64_t *counts, double *in_own, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    gsl_rng_set(rng, seed);
    memset(counts, 0, BINS * sizeof *counts);
    for (size_t i = 0; i < LINES; i++) {
        unsigned n = gsl_ran_poisson(rng, lines[i].ions);
        in_own[i] = 0;
        for (unsigned k = 0; k < n; k++) {
            double m = late(rng, lines[i].mass);
            in_own[i] += m >= lines[i].lo && m < lines[i].hi;
            if (m > 0 && m < 0.01 * BINS)
                counts[(size_t)(m * 100)]++;
        }
    }
    unsigned n = gsl_ran_poisson(rng, 2 * 200 * 10);
    for (unsigned k = 0; k < n; k++)
        counts[(size_t)(pow(gsl_ran_flat(rng, 0, 10), 2) * 100)]++;
    gsl_rng_free(rng);
}

static double count(const ia_spectrum *s, double lo, double hi)
{
    double n = 0;
    for (size_t i = (size_t)round(lo * 100); i < (size_t)round(hi * 100); i++)
        n += (double)s->counts[i];
    return n;
}

static ia_background fit(const ia_spectrum *s, const ia_ranger *ranger, bool tails)
{
    ia_background_params p = ia_background_defaults();
    ia_background blind = {0}, b = {0};
    ia_peaks peaks = {0};
    ia_peak_shape shape = {0};

    p.tails = tails;
    p.model = tails ? IA_BACKGROUND_AUTO : IA_BACKGROUND_FLAT;
    assert_int_equal(ia_background_compute(NULL, s, NULL, NULL, &blind), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, s, &blind, NULL, &peaks), IA_OK);
    assert_int_equal(ia_peak_shape_compute(NULL, s, &blind, &peaks, NULL, &shape), IA_OK);
    const ia_background_input in = {s, ranger, NULL, &peaks, &shape};
    assert_int_equal(ia_background_fit(NULL, &in, &p, &b), IA_OK);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&peaks);
    ia_background_clear(&blind);
    return b;
}

// Pull of the weak lines: (counted - background - drawn) over the error of both. Forty
// spectra of five lines: the mean pull is known to 0.07, its spread to 0.05. The ranges'
// own late ions are signal.
static void what_was_drawn_is_left(void **state)
{
    (void)state;
    static uint64_t counts[BINS];
    const ia_spectrum s = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    double sum = 0, squares = 0, plain = 0, n = 0, in_own[LINES];
    ranging_case c;

    memset(&c, 0, sizeof c);
    case_range list[LINES];
    for (size_t i = 0; i < LINES; i++)
        list[i] = (case_range){lines[i].ion, lines[i].lo, lines[i].hi, 0};
    set_case(&c, list, LINES);
    for (unsigned long seed = 1; seed <= SPECTRA; seed++) {
        draw(counts, in_own, seed);
        ia_background b = fit(&s, &c.ranger, true), flat = fit(&s, &c.ranger, false);
        for (size_t i = 0; i < LINES; i++) {
            double lo = lines[i].lo, hi = lines[i].hi, found = count(&s, lo, hi);
            double expected = ia_background_counts(&b, lo, hi);
            double sigma = ia_background_sigma(&b, lo, hi);
            double off = found - expected - in_own[i];
            if (getenv("IONATLAS_VERBOSE") && seed <= 3)
                print_message(
                    "%-5s found %.0f own %.0f background %.1f +- %.1f (flat %.1f) "
                    "model %d\n",
                    lines[i].ion, found, in_own[i], expected, sigma,
                    ia_background_counts(&flat, lo, hi), b.model);
            if (lines[i].ions > 10000)
                continue;
            double pull = off / sqrt(expected + sigma * sigma);
            sum += pull;
            squares += pull * pull;
            plain += (found - ia_background_counts(&flat, lo, hi) - in_own[i]) /
                     sqrt(expected);
            n++;
        }
        ia_background_clear(&b);
        ia_background_clear(&flat);
    }
    print_message("pull %.3f, spread %.3f; flat law alone: %.2f\n", sum / n,
                  sqrt(squares / n), plain / n);
    assert_near(sum / n, 0, 3.2905 * 0.07 + 0.1);
    assert_near(sqrt(squares / n), 1, 3.2905 * 0.05 + 0.1);
    assert_true(plain / n > 3); // without tails the weak lines are far too strong
}

// Background-corrected counts that came with the spectrum of sapphire: Al 48,517, O
// 50,646 in the published ranges, 48.93 % Al. Uncorrected it is 48.29 %.
static void sapphire_agrees_with_its_own_correction(void **state)
{
    (void)state;
    const char *path = outside("real/al2o3_nist_spectrum/R20_28299_S9_MS.csv");
    char spectrum[512], ranges[512];
    if (!path)
        skip();
    snprintf(spectrum, sizeof spectrum, "%s", path);
    snprintf(ranges, sizeof ranges, "%s",
             outside("real/al2o3_nist_spectrum/R20_28295.RRNG"));
    ia_ions ions = {0};
    ia_ranges r = {0};
    ia_ranger ranger = {0};
    ia_spectrum s = {0};
    assert_int_equal(ia_ions_read(NULL, spectrum, &ions), IA_OK);
    assert_int_equal(ia_ranges_read(NULL, ranges, &r), IA_OK);
    assert_int_equal(ia_ranger_build(NULL, &r, &ranger), IA_OK);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &s), IA_OK);
    ia_range_counts counts = {0};
    assert_int_equal(ia_range_counts_compute(NULL, &ions, &ranger, &counts), IA_OK);
    ia_background b = fit(&s, &ranger, true);
    double atoms[2] = {0, 0}; // Al, O
    for (size_t i = 0; i < ranger.n; i++) {
        double n = (double)counts.counts[i] -
                   ia_background_counts(&b, ranger.lo[i], ranger.hi[i]);
        atoms[0] += n * ia_ion_count(&r.ions[ranger.ion[i]], 13);
        atoms[1] += n * ia_ion_count(&r.ions[ranger.ion[i]], 8);
    }
    double percent = 100 * atoms[0] / (atoms[0] + atoms[1]);
    print_message("Al %.1f, O %.1f: %.2f %% Al\n", atoms[0], atoms[1], percent);
    assert_near(percent, 100 * 48517.2 / (48517.2 + 50645.9), 0.5);
    assert_near(atoms[0], 48517.2, 0.04 * 48517.2);
    assert_near(atoms[1], 50645.9, 0.04 * 50645.9);
    ia_background_clear(&b);
    ia_range_counts_clear(&counts);
    ia_spectrum_clear(&s);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&r);
    ia_ions_clear(&ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_drawn_is_left),
        cmocka_unit_test(sapphire_agrees_with_its_own_correction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
