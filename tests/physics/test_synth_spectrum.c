// tests/physics/test_synth_spectrum.c: do drawn masses have nature's isotopes, the stated
// peak shape and a background flat in time?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"

static const double pi = 3.14159265358979323846;

static ia_specimen spectrum_of(const ia_simulate_params *params)
{
    ia_specimen specimen = {0};

    assert_int_equal(ia_specimen_compute(NULL, params, &specimen), IA_OK);
    assert_int_equal(specimen.ions.n, params->n_ions);
    return specimen;
}

// exp(-x) (erf(x sqrt(pi)/2) + 1)/2, divided by its integral, exp(1/pi), and integrated
// by parts.
static double peak_cdf(double x, const void *user)
{
    (void)user;
    double gauss = 0.5 * erfc(-(x + 2 / pi) / (sqrt(2.0) * sqrt(2 / pi)));

    return gauss - exp(-1 / pi - x) * 0.5 * (erf(x * sqrt(pi) / 2) + 1);
}

// Al has one isotope, so the spectrum of Al+ is the bare peak shape at 26.98153853 - m_e.
static void test_peak_has_the_stated_shape(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "composition=Al:1", "ions=Al+:1",
               "resolving_power=100", "n_ions=200000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    double *x = ia_array(NULL, specimen.ions.n, sizeof *x);
    const double mode = 26.98153853 - 0.00054858, fwhm = sqrt(28 * mode) / 100;

    // 2.4456269: full width at half maximum of the shape, from bisection of p(x) = p(0)/2
    for (size_t i = 0; i < specimen.ions.n; i++)
        x[i] = ((double)mass[i] - mode) * 2.4456269 / fwhm;
    assert_follows(x, specimen.ions.n, peak_cdf, NULL);
    free(x);
    ia_specimen_clear(&specimen);
}

static double count_between(const float *mass, size_t n, double lo, double hi)
{
    double count = 0;

    for (size_t i = 0; i < n; i++)
        count += (double)mass[i] >= lo && (double)mass[i] < hi;
    return count;
}

// Maximum and width at half of it, without the formula: as read off the histogram.
static void test_peak_is_highest_and_as_wide_as_stated(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "composition=Al:1", "ions=Al+:1",
               "resolving_power=100", "n_ions=2000000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    size_t n = specimen.ions.n;
    const double mode = 26.98099, fwhm = sqrt(28 * mode) / 100, bin = 0.02 * fwhm;
    double top = count_between(mass, n, mode - bin, mode + bin) / 2;
    double left = 0, right = 0;

    for (int side = 0; side < 2; side++) {
        double sign = side ? 1 : -1, *edge = side ? &right : &left, at = 0;
        while (count_between(mass, n, mode + sign * at - bin, mode + sign * at + bin) /
                   2 >
               top / 2)
            at += bin / 2;
        *edge = at;
    }
    // One step of the walk and 1 % of the height over the slope at half height.
    assert_near(left + right, fwhm, 0.03 * fwhm);
    for (int step = 2; step <= 8; step++) {
        double away = 0.1 * step * fwhm;
        assert_true(count_between(mass, n, mode + away - bin, mode + away + bin) <
                    2 * top);
        assert_true(count_between(mass, n, mode - away - bin, mode - away + bin) <
                    2 * top);
    }
    ia_specimen_clear(&specimen);
}

// Spread (standard deviation) of the ions of one single-isotope element in a spectrum.
static double spread_of(const ia_specimen *specimen, const char *name)
{
    const float *mass = floats_of(specimen, IA_MASS);
    double n = 0, sum = 0, squares = 0;

    for (size_t i = 0; i < specimen->ions.n; i++) {
        if (strcmp(specimen->ions_of[specimen->species[i]].name, name) != 0)
            continue;
        n++;
        sum += (double)mass[i];
        squares += (double)mass[i] * (double)mass[i];
    }
    return sqrt(squares / n - sum * sum / (n * n));
}

static void test_width_grows_with_the_root_of_mass(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "composition=Al:0.5 Au:0.5", "ions=Al+:1 Au+:1",
               "resolving_power=300", "n_ions=400000");
    ia_specimen specimen = spectrum_of(&params);
    double ratio = spread_of(&specimen, "Au+") / spread_of(&specimen, "Al+");

    // Relative error of a standard deviation: sqrt((kurtosis - 1)/4n), kurtosis 5.2,
    // twice.
    assert_near(ratio, sqrt(196.96657 / 26.98154), 3.29 * 2.7 * sqrt(2 * 4.2 / 8e5));
    ia_specimen_clear(&specimen);
}

// Natural mole fractions of molybdenum (NIST) as single-charged ions, each peak well
// apart.
static void test_isotopes_have_natural_abundance(void **state)
{
    static const struct {
        double mass, abundance;
    } isotopes[] = {{91.907, 0.1453}, {93.905, 0.0915}, {94.906, 0.1584},
                    {95.905, 0.1667}, {96.906, 0.0960}, {97.905, 0.2439},
                    {99.907, 0.0982}};
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "composition=Mo:1", "ions=Mo+:1",
               "resolving_power=2000", "n_ions=500000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    double n = (double)specimen.ions.n, chi2 = 0;

    for (size_t i = 0; i < 7; i++) {
        double m = isotopes[i].mass, expected = n * isotopes[i].abundance;
        double count = count_between(mass, specimen.ions.n, m - 0.25, m + 0.6);
        chi2 += pow(count - expected, 2) / expected;
    }
    assert_chi_squared(chi2, 6);
    ia_specimen_clear(&specimen);
}

// Cl2: 0.574, 0.367, 0.059 at 70, 72, 74 Da, from the abundances 0.7576 and 0.2424
// squared out.
static void test_molecules_mix_their_isotopes(void **state)
{
    static const double expected[3] = {0.57396, 0.36728, 0.05876};
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "molecules=Cl2+:0.5", "ions=Fe+:1", "n_ions=200000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    double total = count_between(mass, specimen.ions.n, 69, 76), chi2 = 0;

    assert_binomial(total, 200000, 0.5);
    for (size_t i = 0; i < 3; i++) {
        double at = 69.937 + 2 * (double)i;
        double count = count_between(mass, specimen.ions.n, at - 0.9, at + 1.1);
        chi2 += pow(count - total * expected[i], 2) / (total * expected[i]);
    }
    assert_chi_squared(chi2, 2);
    ia_specimen_clear(&specimen);
}

// Flat in time means flat in sqrt(m): 100 equal classes of sqrt(m) up to the end of the
// window.
static void test_background_is_flat_in_time(void **state)
{
    enum { CLASSES = 100 };
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "background=0.5", "m_max=150", "n_ions=400000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    double counts[CLASSES] = {0}, n = 0, chi2 = 0;

    for (size_t i = 0; i < specimen.ions.n; i++) {
        if (specimen.species[i] >= 0)
            continue;
        counts[(size_t)fmin(CLASSES - 1, CLASSES * sqrt((double)mass[i] / 150))]++;
        n++;
    }
    assert_binomial(n, 400000, 0.5);
    for (size_t c = 0; c < CLASSES; c++)
        chi2 += pow(counts[c] - n / CLASSES, 2) * CLASSES / n;
    assert_chi_squared(chi2, CLASSES - 1);
    ia_specimen_clear(&specimen);
}

// Ranged with their own ranges, the ions give back the composition. Each range holds 99.3
// % of its peak, the same for all; what little background it holds is taken off by its
// known density.
static void test_own_ranges_give_the_composition_back(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=spectrum", "composition=Ni:0.7 Cr:0.2 Cu:0.1",
               "ions=Ni++:1 Cr++:1 Cu+:1", "background=0.05", "n_ions=500000");
    ia_specimen specimen = spectrum_of(&params);
    const float *mass = floats_of(&specimen, IA_MASS);
    const double planned[3] = {0.7, 0.2, 0.1};
    double n = (double)specimen.ions.n;

    for (uint32_t ion = 0; ion < specimen.ranges.n_ions; ion++) {
        const char *name = specimen.ranges.ions[ion].name;
        size_t element = strcmp(name, "Ni++") == 0   ? 0
                         : strcmp(name, "Cr++") == 0 ? 1
                                                     : 2;
        double c = planned[element], sum = 0, back = 0;
        for (size_t r = 0; r < specimen.ranges.n_ranges; r++) {
            const ia_range *range = &specimen.ranges.ranges[r];
            if (range->ion != ion)
                continue;
            sum += count_between(mass, specimen.ions.n, range->lo, range->hi);
            back += 0.05 * n * (sqrt(range->hi) - sqrt(range->lo)) / sqrt(params.m_max);
        }
        double expected = 0.95 * n * c;
        assert_near((sum - back) / 0.9930, expected,
                    once_in_1000 * sqrt(expected) + 0.001 * expected);
    }
    assert_int_equal(specimen.ranges.n_ions, 3);
    ia_specimen_clear(&specimen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peak_has_the_stated_shape),
        cmocka_unit_test(test_peak_is_highest_and_as_wide_as_stated),
        cmocka_unit_test(test_width_grows_with_the_root_of_mass),
        cmocka_unit_test(test_isotopes_have_natural_abundance),
        cmocka_unit_test(test_molecules_mix_their_isotopes),
        cmocka_unit_test(test_background_is_flat_in_time),
        cmocka_unit_test(test_own_ranges_give_the_composition_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
