// tests/unit/test_spikes.c: ions on single numbers are counted, those of narrow or
// rounded peaks are not.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

enum { N = 4000 };

static uint64_t spiked_of(const float *mass, size_t n)
{
    ia_ions ions = ions_of(mass, n);
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &spectrum), IA_OK);
    uint64_t spiked = spectrum.spiked;
    ia_spectrum_clear(&spectrum);
    return spiked;
}

static void numbers_without_spread_are_counted(void **state)
{
    (void)state;
    static float mass[N];

    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(i % 40);
    assert_int_equal(spiked_of(mass, N), N);
    for (size_t i = 0; i < N; i += 100) // one of each hundred lies a quarter off
        mass[i] += 0.25F;
    // The numbers 0 and 20 lose them: these have gathered into spikes of their own.
    assert_int_equal(spiked_of(mass, N), N);
    for (size_t i = 0; i < N; i++)
        mass[i] = 1.37F * (float)(i % 40);
    assert_int_equal(spiked_of(mass, N), N);
}

// Labels among ions that lie anywhere are still counted, the ions are not.
static void noise_hides_no_spike(void **state)
{
    (void)state;
    static float mass[N];
    ia_random random = ia_random_new(1, 0);

    for (size_t i = 0; i < N; i++)
        mass[i] = i % 10 ? (float)(i % 37) : (float)(40 * ia_random_uniform(&random));
    uint64_t spiked = spiked_of(mass, N);
    assert_true(spiked > 8 * N / 10 && spiked <= 9 * N / 10);
}

static void peaks_inside_a_bin_are_no_spikes(void **state)
{
    (void)state;
    static float mass[N];
    ia_random random = ia_random_new(2, 0);

    // A ten-thousandth of a dalton wide, narrower than any instrument makes them.
    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(5.005 + (double)(i % 8) + 1e-4 * ia_random_uniform(&random));
    assert_int_equal(spiked_of(mass, N), 0);
}

// Masses that a file keeps to 0.01 Da are still those of peaks.
static void rounded_peaks_are_no_spikes(void **state)
{
    (void)state;
    static float mass[N];
    ia_random random = ia_random_new(3, 0);

    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(0.01 * round(2797 + 1.7 * ia_random_normal(&random)) + 0.005);
    assert_int_equal(spiked_of(mass, N), 0);
}

static void few_ions_are_no_spikes(void **state)
{
    (void)state;
    static const float mass[] = {1, 1, 1, 1, 5, 5, 5, 9, 9};
    assert_int_equal(spiked_of(mass, sizeof mass / sizeof *mass), 0);
}

static void short_memory_is_survived(void **state)
{
    (void)state;
    static float mass[N];
    ia_ctx *ctx = ia_ctx_new();
    ia_spectrum spectrum = {0};

    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(i % 40);
    ia_ions ions = ions_of(mass, N);
    CHECK_STARVED(ctx, ia_spectrum_compute(ctx, &ions, NULL, &spectrum),
                  assert_int_equal(spectrum.spiked, N));
    ia_spectrum_clear(&spectrum);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_without_spread_are_counted),
        cmocka_unit_test(noise_hides_no_spike),
        cmocka_unit_test(peaks_inside_a_bin_are_no_spikes),
        cmocka_unit_test(rounded_peaks_are_no_spikes),
        cmocka_unit_test(few_ions_are_no_spikes),
        cmocka_unit_test(short_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
