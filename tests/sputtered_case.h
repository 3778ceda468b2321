// tests/sputtered_case.h: drawn spectra of singly charged ions at one resolving power,
// for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SPUTTERED_CASE_H
#define TESTS_SPUTTERED_CASE_H

#include "identify_case.h"

// Ions of a kind.
typedef struct {
    const char *ion;
    int n;
} part;

// Into the bins of a spectrum that begins at 0, with their natural isotopes at m/dm (full
// width at half maximum) over a background of 1 ion in 20.
static inline void draw_parts(const part *parts, size_t n_parts, double resolving,
                              uint64_t seed, ia_spectrum *s)
{
    ia_random random = ia_random_new(seed, 0);
    size_t total = 0;
    memset(s->counts, 0, s->n_bins * sizeof *s->counts);
    for (size_t k = 0; k < n_parts; k++) {
        ia_ion ion = ia_ion_of(parts[k].ion);
        ia_isotopologue *pattern;
        size_t n;
        assert_int_equal(ia_ion_pattern(NULL, &ion, 1e-6, &pattern, &n), IA_OK);
        for (int i = 0; i < parts[k].n; i++) {
            double u = ia_random_uniform(&random);
            size_t line = 0;
            while (line + 1 < n && (u -= pattern[line].probability) > 0)
                line++;
            double mass = ia_ion_mass_to_charge(&ion, pattern[line].mass);
            mass += mass / (2.355 * resolving) * ia_random_normal(&random);
            s->counts[(size_t)(mass / s->bin)]++;
        }
        total += (size_t)parts[k].n;
        free(pattern);
    }
    for (size_t i = 0; i < total / 20; i++) { // flat in time of flight
        double u = ia_random_uniform(&random);
        s->counts[(size_t)((double)s->n_bins * u * u)]++;
    }
}

#endif
