// tests/physics/test_false_peaks.c: how many peaks does noise alone make?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

enum { BINS = 20000, SPECTRA = 60 }; // of 0.01 Da: to 200 Da

// Ions flat in time of flight, so evenly spread in sqrt(m).
static void fill(uint64_t *counts, size_t n_ions, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);

    memset(counts, 0, BINS * sizeof *counts);
    for (size_t i = 0; i < n_ions; i++) {
        double u = ia_random_uniform(&random);
        counts[(size_t)(u * u * BINS)]++;
    }
}

static size_t count_false(size_t n_ions, double false_peaks)
{
    static uint64_t counts[BINS];
    const ia_spectrum spectrum = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    ia_peaks_params p = ia_peaks_defaults();
    size_t n = 0;

    p.false_peaks = false_peaks;
    p.width = 0.02; // noise has no width to learn
    for (uint64_t seed = 1; seed <= SPECTRA; seed++) {
        ia_background background;
        ia_peaks peaks = {0};
        fill(counts, n_ions, seed);
        assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, NULL, &background),
                         IA_OK);
        assert_int_equal(ia_peaks_compute(NULL, &spectrum, &background, &p, &peaks),
                         IA_OK);
        n += peaks.n;
        ia_peaks_clear(&peaks);
    }
    return n;
}

// The rate asked for is 1 a spectrum, 60 in all. It is a bound: counts are whole numbers
// and the level has an error, both of which are taken on the safe side. 84 is what a
// Poisson count of mean 60 exceeds once in 1,000; nought would mean that nothing can be
// found.
static void noise_makes_no_more_peaks_than_asked_for(void **state)
{
    (void)state;
    static const size_t n_ions[] = {3000, 30000, 300000, 1000000};

    for (size_t i = 0; i < sizeof n_ions / sizeof *n_ions; i++) {
        size_t n = count_false(n_ions[i], 1);
        if (getenv("IONATLAS_VERBOSE"))
            print_message("%zu ions: %zu false peaks\n", n_ions[i], n);
        assert_in_range(n, 1, 84);
    }
}

// 0.05 a spectrum, 3 in all; 9 is exceeded once in 1,000.
static void the_default_makes_hardly_any(void **state)
{
    (void)state;
    assert_in_range(count_false(100000, 0.05), 0, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_makes_no_more_peaks_than_asked_for),
        cmocka_unit_test(the_default_makes_hardly_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
