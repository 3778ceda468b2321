// tests/physics/test_background_flat_in_time.c: is noise that comes at any time measured
// rightly?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>

static const double once_in_1000 = 3.2905; // two-sided, standard normal

// m/n of an ion that flies `t` ns over 110 mm at `volts`: 2 e V t^2 / L^2 in Da, CODATA
// 2018.
static double mass_of_flight(double volts, double t)
{
    const double charge = 1.602176634e-19, dalton = 1.66053906660e-27;
    double speed = 0.110 / (t * 1e-9);
    return 2 * charge * volts / (speed * speed) / dalton;
}

static double flight_of_mass(double volts, double m)
{
    return sqrt(m / mass_of_flight(volts, 1));
}

// Noise at random times of a window that is open from 20 ns to 2 us while the voltage
// rises from 3 to 9 kV. Inside of what every voltage sees, its density must be a /
// sqrt(m) with a = sum over ions of dt/dm sqrt(m) / (window), which is flight_of_mass(V,
// 1) / 2 / window each.
static void noise_at_random_times_has_the_level_of_its_rate(void **state)
{
    (void)state;
    enum { N = 200000 };
    const double opens = 20, closes = 2000;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    float *mass = calloc(N, sizeof *mass);
    double level = 0;

    assert_non_null(mass);
    for (size_t i = 0; i < N; i++) {
        double volts = 3000 + 6000 * (double)i / N;
        mass[i] = (float)mass_of_flight(volts, gsl_ran_flat(rng, opens, closes));
        level += 0.5 * flight_of_mass(volts, 1) / (closes - opens);
    }
    ia_ions ions = ions_of(mass, N);
    // At 3 kV the window ends at 191 Da and at 9 kV it begins at 0.06 Da.
    const ia_spectrum_params params = {.bin = 0.01, .m_min = 0.1, .m_max = 190};
    ia_spectrum spectrum = {0};
    ia_background b;

    assert_true(mass_of_flight(9000, opens) < 0.1 && mass_of_flight(3000, closes) > 190);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, &params, &spectrum), IA_OK);
    assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, NULL, &b), IA_OK);
    assert_near(b.a, level, once_in_1000 * b.sigma_a);
    assert_true(b.sigma_a < 0.005 * level); // so that a wrong factor could not pass
    assert_true(b.drift == 0);
    double freedom = (double)b.n_used - 1;
    assert_true(b.dispersion < gsl_cdf_chisq_Qinv(5e-4, freedom) / freedom);
    assert_true(b.dispersion > gsl_cdf_chisq_Pinv(5e-4, freedom) / freedom);
    ia_spectrum_clear(&spectrum);
    free(mass);
    gsl_rng_free(rng);
}

enum { BINS = 10000, SEEDS = 500 }; // of 0.01 Da: to 100 Da

// Poisson counts of a flat background from 0 to 100 Da.
static void draw_flat(gsl_rng *rng, double a, uint64_t *counts)
{
    unsigned n = gsl_ran_poisson(rng, 2 * a * sqrt(BINS * 0.01));

    memset(counts, 0, BINS * sizeof *counts);
    for (unsigned i = 0; i < n; i++) {
        double root = gsl_ran_flat(rng, 0, sqrt(BINS * 0.01));
        counts[(size_t)(root * root * 100)]++;
    }
}

typedef struct {
    double mean, sd, covered; // of (found - true) / sigma
    double relative;          // mean of found / true - 1
    double sigma;             // mean of sigma / true
} pulls;

static pulls measure(double a, double p_limit)
{
    static double pull[SEEDS];
    static uint64_t counts[BINS];
    const ia_spectrum spectrum = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    const ia_background_params params = {.margin = 0, .p_limit = p_limit};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    pulls result = {0};

    for (unsigned long seed = 0; seed < SEEDS; seed++) {
        ia_background b;
        gsl_rng_set(rng, seed + 1);
        draw_flat(rng, a, counts);
        assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, &params, &b),
                         IA_OK);
        pull[seed] = (b.a - a) / b.sigma_a;
        result.covered += (fabs(pull[seed]) <= 1) / (double)SEEDS;
        result.relative += (b.a / a - 1) / SEEDS;
        result.sigma += b.sigma_a / a / SEEDS;
    }
    result.mean = gsl_stats_mean(pull, 1, SEEDS);
    result.sd = gsl_stats_sd(pull, 1, SEEDS);
    gsl_rng_free(rng);
    print_message("a %g p_limit %g: pull %.3f +- %.3f, covered %.3f, off by %.2e, sigma "
                  "%.2e\n",
                  a, p_limit, result.mean, result.sd, result.covered, result.relative,
                  result.sigma);
    return result;
}

// 500 spectra: the mean pull is known to 0.045, its spread to 0.032, a coverage of 0.683
// to 0.021, one standard error each. On top 0.05 of a sigma and 0.03 of coverage, for an
// error that is never taken to be smaller than Poisson's is a little large where windows
// are few.
static void check(pulls p)
{
    assert_near(p.mean, 0, once_in_1000 * 0.045 + 0.05);
    assert_near(p.sd, 1, once_in_1000 * 0.032 + 0.05);
    assert_near(p.covered, 0.683, once_in_1000 * 0.021 + 0.03);
}

static void the_stated_error_is_the_error(void **state)
{
    (void)state;
    check(measure(20, 0.01));
    check(measure(300, 0.01));
    check(measure(2000, 0.01));
}

// Leaving out the fullest windows must not lower the level. At p_limit 0.1 the plain mean
// of what is left would be 2.7 % low (phi(1.28) / 0.9 of a standard deviation of windows
// of 50), one and a half of the error stated for one spectrum. What remains is a tenth of
// it: 500 spectra know their mean to 0.045 of it.
static void leaving_out_full_windows_does_not_lower_the_level(void **state)
{
    (void)state;
    pulls strict = measure(300, 0.1);
    assert_near(strict.relative, 0, 0.2 * strict.sigma);
    assert_true(strict.sigma < 0.02);
    check(strict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_at_random_times_has_the_level_of_its_rate),
        cmocka_unit_test(the_stated_error_is_the_error),
        cmocka_unit_test(leaving_out_full_windows_does_not_lower_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
