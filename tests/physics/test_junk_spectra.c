// tests/physics/test_junk_spectra.c: are ions found where there are none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

enum { BINS = 30000 }; // of 0.01 Da: to 300 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
    ia_random random;
} junk;

static junk *new_junk(uint64_t seed)
{
    junk *j = calloc(1, sizeof *j);
    assert_non_null(j);
    j->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = j->counts};
    j->random = ia_random_new(seed, 0);
    return j;
}

static void add_ion(junk *j, double mass)
{
    if (mass >= 0 && mass < 300)
        j->counts[(size_t)(mass * 100)]++;
}

// As wide as at m/dm 700.
static void add_peak(junk *j, double mass, double n)
{
    double sigma = 0.017 * sqrt(mass / 28);
    for (double i = 0; i < n; i++)
        add_ion(j, mass + sigma * ia_random_normal(&j->random));
}

// Between 100 and 9,000 ions, evenly in the logarithm.
static double any_height(junk *j)
{
    return 100 * exp(4.5 * ia_random_uniform(&j->random));
}

static void add_background(junk *j)
{
    for (int i = 0; i < 20000; i++) {
        double u = ia_random_uniform(&j->random);
        add_ion(j, 300 * u * u);
    }
}

static size_t count_ions(const junk *j, const char *text)
{
    ia_identification id = {0};
    size_t n;

    assert_int_equal(ia_identify_compute(NULL, &j->spectrum, NULL, NULL, &id), IA_OK);
    n = id.assignment.n_ions;
    if (getenv("IONATLAS_VERBOSE"))
        print_message("%zu peaks, %zu ions: %s\n", id.peaks.n, n, id.notes);
    if (!strstr(id.notes, text))
        fail_msg("'%s' does not contain '%s'", id.notes, text);
    ia_identification_clear(&id);
    return n;
}

// Eight ions are invented for each that exists: the surest of a junk spectrum exists once
// in nine times, and is told then. Of 10 spectra more than 5 do so once in 2,000 times.
static void peaks_at_random_masses_have_no_name(void **state)
{
    (void)state;
    static const int n_peaks[] = {30, 100, 300, 600, 1200};
    size_t named = 0;

    for (size_t k = 0; k < 5; k++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            junk *j = new_junk(10 * k + seed);
            for (int i = 0; i < n_peaks[k]; i++) {
                double mass = 1 + 250 * ia_random_uniform(&j->random);
                add_peak(j, mass, any_height(j));
            }
            add_background(j);
            named += count_ions(j, "have no explanation");
            free(j);
        }
    }
    assert_in_range(named, 0, 5);
}

static void evenly_spaced_peaks_have_no_name(void **state)
{
    (void)state;
    static const double spacing[] = {0.25, 0.37, 0.5, 1, 1.3};

    for (size_t k = 0; k < 5; k++) {
        for (int equal = 0; equal < 2; equal++) {
            junk *j = new_junk(k + 1);
            for (double mass = 2; mass < 150; mass += spacing[k])
                add_peak(j, mass, equal ? 500 : any_height(j));
            add_background(j);
            assert_int_equal(count_ions(j, ""), 0);
            free(j);
        }
    }
}

// Cluster numbers, 1 % of them spoilt.
static void labels_have_no_name(void **state)
{
    (void)state;
    junk *j = new_junk(3);

    for (int label = 1; label <= 120; label++)
        for (double i = 0; i < 8000.0 / label; i++)
            add_ion(j, label + 0.001);
    for (int i = 0; i < 300; i++)
        add_ion(j, 120 * ia_random_uniform(&j->random));
    assert_int_equal(count_ions(j, "nearly all m/n are whole numbers"), 0);
    free(j);
}

// Isotopes stay as far apart as they are, but where the pattern lies no ion is.
static void spectra_that_are_shifted_have_no_name(void **state)
{
    (void)state;
    static const char *const alloys[] = {"Fe Mn:0.012 Si:0.006 C:0.004 Cr:0.01",
                                         "Al Mg:0.02 Zn:0.02 Cu:0.01", "W:0.5 C"};
    static const double shifts[] = {-0.35, 0.3, 0.4};

    for (size_t a = 0; a < 3; a++) {
        ia_spectrum s = alloy_spectrum(alloys[a], "H+:0.003", 100000, a + 1);
        for (size_t k = 0; k < 3; k++) {
            junk *j = new_junk(1);
            for (size_t i = 0; i < s.n_bins; i++)
                for (uint64_t n = 0; n < s.counts[i]; n++)
                    add_ion(j, s.m_min + ((double)i + 0.5) * s.bin + shifts[k]);
            assert_int_equal(count_ions(j, "have no explanation"), 0);
            free(j);
        }
        ia_spectrum_clear(&s);
    }
}

// What is there is found among as many peaks that mean nothing.
static void ions_among_junk_are_found(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Ni Cr:0.2 Al:0.06", "H+:0.003", 100000, 2);
    junk *j = new_junk(5);
    ia_identification id = {0};
    static const char *const there[] = {"Ni", "Cr", "Al"};
    unsigned right = 0;

    memcpy(j->counts, s.counts, s.n_bins * sizeof *s.counts);
    for (int i = 0; i < 20; i++)
        add_peak(j, 1 + 150 * ia_random_uniform(&j->random), 0.2 * any_height(j));
    assert_int_equal(ia_identify_compute(NULL, &j->spectrum, NULL, NULL, &id), IA_OK);
    for (size_t k = 0; k < 3; k++) {
        unsigned z = ia_element_find(there[k], 2);
        assert_true(has_element(&id, there[k]));
        for (size_t i = 0; i < id.assignment.n_ions; i++)
            right += ia_ion_count(&id.assignment.ions[i].ion, z) > 0;
    }
    // Hydrogen, and one in twenty by chance.
    assert_true(id.assignment.n_ions <= right + 2);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
    free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_at_random_masses_have_no_name),
        cmocka_unit_test(evenly_spaced_peaks_have_no_name),
        cmocka_unit_test(labels_have_no_name),
        cmocka_unit_test(spectra_that_are_shifted_have_no_name),
        cmocka_unit_test(ions_among_junk_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
