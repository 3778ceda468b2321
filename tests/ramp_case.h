// tests/ramp_case.h: spectra measured while the voltage rises, with what is in them
// known.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_RAMP_CASE_H
#define TESTS_RAMP_CASE_H

#include "spectrum_case.h"

// Strong peaks, then test ranges: every second is empty, the others hold a few ppm.
enum { RAMP_STRONG = 6, RAMP_TESTS = 48, RAMP_RANGES = RAMP_STRONG + RAMP_TESTS };

typedef struct {
    ia_ions ions;
    double lo[RAMP_RANGES], hi[RAMP_RANGES], signal[RAMP_RANGES]; // expected ions
    int32_t ion[RAMP_RANGES];
    ia_ranger ranger;
} ramp_case;

static const double ramp_strong[RAMP_STRONG] = {12, 27, 27.5, 28, 29, 56};
static const double ramp_share[RAMP_STRONG] = {0.02, 0.05, 0.02, 0.7, 0.01, 0.1};
static const double ramp_ppm[] = {5, 20, 100, 1000};

// m/n of an ion that flies `t` ns over 110 mm at `volts`: 2 e V t^2 / L^2 in Da, CODATA
// 2018.
static inline double ramp_mass(double volts, double t)
{
    const double charge = 1.602176634e-19, dalton = 1.66053906660e-27;
    double speed = 0.110 / (t * 1e-9);
    return 2 * charge * volts / (speed * speed) / dalton;
}

// Test ranges lie from 2 to 80 Da, a seventh of a dalton wide, away from strong peaks.
static inline void ramp_set_ranges(ramp_case *c, double n)
{
    size_t k = 0;
    double m = 2.3;

    for (size_t i = 0; i < RAMP_TESTS; i++, m *= 1.078) {
        for (; k < RAMP_STRONG && ramp_strong[k] < m + 0.5; k++) {
            size_t at = i + k;
            c->lo[at] = ramp_strong[k] - 0.1;
            c->hi[at] = ramp_strong[k] + 0.3;
            m = fmax(m, ramp_strong[k] + 0.6);
        }
        c->lo[i + k] = m;
        c->hi[i + k] = m + 0.15;
        c->signal[i + k] = i % 2 ? 1e-6 * ramp_ppm[i / 2 % 4] * n : 0;
    }
    c->ranger = (ia_ranger){.lo = c->lo, .hi = c->hi, .ion = c->ion, .n = RAMP_TESTS + k};
}

static inline double ramp_peak(ia_random *random, double mass)
{
    double scale = sqrt(mass / 28);
    double onset = ia_random_uniform(random) + ia_random_uniform(random) +
                   ia_random_uniform(random) - 1.5;
    double late = -log(1 - ia_random_uniform(random));
    return mass + scale * (0.01 * onset + 0.012 * late);
}

// n ions while the voltage rises from 3 to 9 kV; a tenth come at any time from 20 to 883
// ns, so that background ends at 12.4 Da x voltage / kV: 37 Da at first, 112 Da at last.
static inline void ramp_draw(ramp_case *c, size_t n, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    double edges[RAMP_RANGES + RAMP_STRONG], sum = 0;

    memset(c, 0, sizeof *c);
    ramp_set_ranges(c, (double)n);
    assert_int_equal(ia_ions_new(NULL, n, 1u << IA_MASS | 1u << IA_V_DC, &c->ions),
                     IA_OK);
    float *mass = ia_ions_values(&c->ions, IA_MASS);
    float *volts = ia_ions_values(&c->ions, IA_V_DC);
    for (size_t i = 0; i < RAMP_STRONG; i++)
        edges[i] = sum += ramp_share[i];
    for (size_t r = 0; r < c->ranger.n; r++)
        edges[RAMP_STRONG + r] = sum += c->signal[r] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double v = 3000 + 6000 * (double)i / (double)n, u = ia_random_uniform(&random);
        size_t k = 0;
        while (k < RAMP_STRONG + c->ranger.n && u >= edges[k])
            k++;
        double m = 0;
        if (k < RAMP_STRONG)
            m = ramp_peak(&random, ramp_strong[k]);
        else if (k < RAMP_STRONG + c->ranger.n)
            m = c->lo[k - RAMP_STRONG] + 0.02 + 0.06 * ia_random_uniform(&random);
        else
            m = ramp_mass(v, 20 + 863 * ia_random_uniform(&random));
        mass[i] = (float)m;
        volts[i] = (float)v;
    }
}

// Background of a ramp by the program's own stages.
static inline void ramp_fit(const ramp_case *c, const ia_background_params *params,
                            ia_spectrum *spectrum, ia_background *out)
{
    const ia_spectrum_params bins = {.bin = 0.01, .m_max = 130};
    ia_background blind = {0};
    ia_peaks peaks = {0};
    ia_peak_shape shape = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &c->ions, &bins, spectrum), IA_OK);
    assert_int_equal(ia_background_compute(NULL, spectrum, NULL, NULL, &blind), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, spectrum, &blind, NULL, &peaks), IA_OK);
    assert_int_equal(ia_peak_shape_compute(NULL, spectrum, &blind, &peaks, NULL, &shape),
                     IA_OK);
    const ia_background_input input = {spectrum, &c->ranger, &c->ions, &peaks, &shape};
    assert_int_equal(ia_background_fit(NULL, &input, params, out), IA_OK);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&peaks);
    ia_background_clear(&blind);
}

static inline double ramp_count(const ia_spectrum *s, double lo, double hi)
{
    double n = 0;
    for (size_t i = 0; i < s->n_bins; i++) {
        double m = s->m_min + ((double)i + 0.5) * s->bin;
        if (m >= lo && m < hi)
            n += (double)s->counts[i];
    }
    return n;
}

#endif
