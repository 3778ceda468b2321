// tests/hydrogen_case.h: spectra of the lightest ions with known contents, for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_HYDROGEN_CASE_H
#define TESTS_HYDROGEN_CASE_H

#include "check.h"

enum { LIGHT_BINS = 14000 }; // of 0.0005 Da: to 7 Da

// Lines of the parametric shape on a level flat in mass; nothing else is known of it.
typedef struct {
    uint64_t counts[LIGHT_BINS];
    ia_spectrum spectrum;
    ia_peaks peaks; // none, but their widths
    ia_peak_shape shape;
    ia_assignment assignment; // of nothing
    ia_hydrogen_input input;
    ia_random random;
} light_case;

static inline uint64_t draw_poisson(ia_random *random, double mean)
{
    uint64_t n = 0;
    for (double left = mean - ia_random_exponential(random); left > 0;
         left -= ia_random_exponential(random))
        n++;
    return n;
}

// m/dm at half height is that at 2 Da; widths grow with the root of the mass. The full
// width at half maximum of the parametric shape is 1.63 half-content widths.
static inline void set_light(light_case *c, double resolving_power, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->random = ia_random_new(seed, 0);
    c->spectrum = (ia_spectrum){.bin = 0.0005, .n_bins = LIGHT_BINS, .counts = c->counts};
    c->peaks.widths =
        (ia_peak_widths){.width = 2.0 / resolving_power / 1.63 * sqrt(28.0 / 2),
                         .power = 0.5,
                         .bin = 1e-6};
    assert_int_equal(
        ia_peak_shape_compute(NULL, &c->spectrum, NULL, &c->peaks, NULL, &c->shape),
        IA_OK);
    c->input = (ia_hydrogen_input){.spectrum = &c->spectrum,
                                   .peaks = &c->peaks,
                                   .shape = &c->shape,
                                   .assignment = &c->assignment,
                                   .light = &c->spectrum};
}

static inline void clear_light(light_case *c)
{
    ia_peak_shape_clear(&c->shape);
}

// A Poisson number of ions of this mean at a mass.
static inline void add_line(light_case *c, double mass, double mean)
{
    size_t from = (size_t)((mass - 0.3) / 0.0005), to = (size_t)((mass + 0.6) / 0.0005);
    for (size_t i = from; i < to; i++) {
        double lo = (double)i * 0.0005;
        double share = ia_peak_shape_share(&c->shape, mass, lo, lo + 0.0005);
        c->counts[i] += draw_poisson(&c->random, mean * share);
    }
}

static inline void add_level(light_case *c, double per_da)
{
    for (size_t i = 400; i < LIGHT_BINS; i++)
        c->counts[i] += draw_poisson(&c->random, per_da * 0.0005);
}

// Masses from the tables of nuclides, electron taken off, as the ions arrive.
static const double H1 = 1.007276, H2 = 2.015101, D1 = 2.013553, H3 = 3.022927;

#endif
