// tests/physics/test_calibrate_tungsten.c: a measured run of tungsten, calibrated blind,
// against nature and against a published calibration by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate_case.h"

static bool read_run(ia_ctx *ctx, ia_ions *ions)
{
    static const char name[] =
        "real/w_tap_stuttgart/apyt_W_calibration_tap_01_trimmed.raw";
    const char *folder = getenv("IONATLAS_TEST_DATA");
    char path[4096];
    if (!folder)
        return false;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, R_OK) != 0)
        return false;
    CHECK_OK(ctx, ia_ions_read(ctx, path, ions));
    return true;
}

// Ions within so much of a mass, the mean of what lies beside taken off.
static double count_line(const float *mass, size_t n, double at)
{
    const double half = 0.12, far = 0.17; // Da; the isotopes are 1/3 Da apart
    double in = 0, beside = 0;
    for (size_t i = 0; i < n; i++) {
        double off = fabs((double)mass[i] - at);
        in += off < half;
        beside += off >= half && off < far;
    }
    return in - beside * half / (far - half);
}

static void tungsten_is_found_without_a_hint(void **unused)
{
    (void)unused;
    // m/n of W3+ and shares of the isotopes (NIST)
    static const double lines[] = {60.6489, 60.9829, 61.3164, 61.9843};
    static const double shares[] = {26.50, 14.31, 30.64, 28.43};
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_calibration c = {0};
    double counts[4], sum = 0;
    if (!read_run(ctx, &ions)) {
        ia_ctx_free(ctx);
        skip();
    }
    float *mass = calloc(ions.n, sizeof *mass);
    CHECK_OK(ctx, ia_calibrate_compute(ctx, &ions, NULL, &c));
    assert_int_equal(c.verdict, IA_CALIBRATED);
    assert_string_equal(c.choice[0].ion, "W+++");
    CHECK_OK(ctx, ia_calibration_mass(ctx, &c, &ions, mass));
    // By hand: t0 -8.80 ns and 305 mm / sqrt(0.9256) = 317.0 mm, told from two of the
    // isotopes; 2 ns and 1 mm are what the width of their lines leaves open there.
    assert_true(fabs(c.t0.value + 8.80) < 2);
    assert_true(fabs(c.flight_path.value - 317.0) < 1);
    for (size_t k = 0; k < 4; k++)
        sum += counts[k] = count_line(mass, ions.n, lines[k]);
    for (size_t k = 0; k < 4; k++)
        if (fabs(100 * counts[k] / sum - shares[k]) > 0.5)
            fail_msg("line at %g Da: %g %%, in nature %g %%", lines[k],
                     100 * counts[k] / sum, shares[k]);
    size_t n = 0;
    for (size_t i = 0; i < c.n_peaks; i++) {
        const ia_calibrated_peak *p = &c.peaks[i];
        if (p->counts < 5000)
            continue;
        n++;
        // By hand 0.06 Da; raw 1.38 Da at the least.
        if (!(p->fwhm[2] < 0.06 && p->fwhm[0] > 1.3 && p->fwtm[2] < 0.15))
            fail_msg("%g Da: %g Da wide, raw %g, at a tenth %g", p->mass, p->fwhm[2],
                     p->fwhm[0], p->fwtm[2]);
    }
    assert_int_equal(n, 4);
    free(mass);
    ia_calibration_clear(&c);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tungsten_is_found_without_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
