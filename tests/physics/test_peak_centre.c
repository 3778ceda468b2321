// tests/physics/test_peak_centre.c: does the centre of a peak have the error it states,
// near the least that its ions allow?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

enum { BINS = 60000 }; // of 0.001 Da
static const double bin = 0.001, mass = 28.0003, sigma = 0.012;

typedef struct {
    double z, off, mode; // rms: in stated errors; over sigma / sqrt(n), centre and top
    size_t n;
} scatter;

// Gaussian peaks of `ions` each over a level of `beneath` ions for each within two sigma.
// Others at 14 and 40 Da teach the width.
static scatter draw_peaks(uint64_t ions, double beneath, uint64_t seed)
{
    enum { DRAWS = 250 };
    static uint64_t counts[BINS];
    const double strong[] = {14, 40};
    scatter out = {0};
    for (uint64_t k = 0; k < (IS_SLOWED ? 40 : DRAWS); k++) {
        ia_random random = ia_random_new(seed, k);
        ia_spectrum s = {.bin = bin, .n_bins = BINS, .counts = counts};
        ia_peaks peaks = {0};
        memset(counts, 0, sizeof counts);
        for (size_t i = 0; i < 2; i++)
            for (size_t j = 0; j < 5000; j++)
                counts[(size_t)((strong[i] + sigma * sqrt(strong[i] / mass) *
                                                 ia_random_normal(&random)) /
                                bin)]++;
        for (size_t j = 0; j < ions; j++)
            counts[(size_t)((mass + sigma * ia_random_normal(&random)) / bin)]++;
        double level = beneath * (double)ions * 2 / (4 * sigma);
        for (size_t j = 0; j < (size_t)level; j++) // from 27 to 29 Da
            counts[(size_t)((27 + 2 * ia_random_uniform(&random)) / bin)]++;
        CHECK_OK(NULL, ia_peaks_compute(NULL, &s, NULL, NULL, &peaks));
        const ia_peak *p = &peaks.list[ia_peaks_nearest(&peaks, mass)];
        if (fabs(p->mass - mass) < 3 * sigma) {
            double least = sigma / sqrt((double)ions);
            out.z += pow((p->centre - mass) / p->sigma_centre, 2);
            out.off += pow((p->centre - mass) / least, 2);
            out.mode += pow((p->mass - mass) / least, 2);
            out.n++;
        }
        ia_peaks_clear(&peaks);
    }
    out.z = sqrt(out.z / (double)out.n);
    out.off = sqrt(out.off / (double)out.n);
    out.mode = sqrt(out.mode / (double)out.n);
    return out;
}

// With weights of 0.75 half-content widths, 1.01 sigma, the error is sqrt(1.54) = 1.24
// times sigma / sqrt(n), the least there can be; a tenth more where few ions bend the
// sum, and what a level beneath adds. Of 250 draws a ratio of standard deviations
// scatters by 4.5 %, so that 14 % is beyond chance; errors of 30 ions may be 10 % off
// besides.
static void centres_scatter_as_stated(void **state)
{
    (void)state;
    static const uint64_t ions[] = {30, 100, 1000, 10000};
    for (size_t i = 0; i < 4; i++) {
        scatter bare = draw_peaks(ions[i], 0, 10 + i), over = draw_peaks(ions[i], 0.2, i);
        print_message(
            "%d ions: in stated errors %.2f and %.2f (level), over the least %.2f "
            "and %.2f, top %.2f\n",
            (int)ions[i], bare.z, over.z, bare.off, over.off, bare.mode);
        assert_true(bare.n > (IS_SLOWED ? 36 : 238) && over.n > (IS_SLOWED ? 36 : 238));
        double doubt = (IS_SLOWED ? 0.4 : 0.14) + (ions[i] < 100 ? 0.1 : 0);
        assert_true(fabs(bare.z - 1) < doubt && fabs(over.z - 1) < doubt);
        assert_true(bare.off < 1.24 * 1.1 * (1 + doubt) && bare.off < bare.mode);
        assert_true(over.off < 1.24 * 1.3 * (1 + doubt));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centres_scatter_as_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
