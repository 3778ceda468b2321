// tests/limits_case.h: materials of which the ions are known, and the limits that their
// drawn spectra give.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_LIMITS_CASE_H
#define TESTS_LIMITS_CASE_H

#include "drawn_spectrum.h"

enum { BINS = 13000, IONS_MOST = 24 }; // of 0.01 Da: to 130 Da

// Ions and their shares of all; what is left is noise.
typedef struct {
    const char *name;
    double late; // share of late ions
    struct {
        const char *ion;
        double share;
    } list[IONS_MOST];
    const char *enriched; // nuclides that limits are told of by themselves; NULL
} material;

static const material materials[] = {
    {"steel",
     0.05,
     {{"H+", 0.004},
      {"C+", 0.004},
      {"C++", 0.004},
      {"C2+", 0.0006},
      {"C3+", 0.001},
      {"Si++", 0.008},
      {"Cr++", 0.15},
      {"Mn++", 0.012},
      {"Fe+", 0.02},
      {"Fe++", 0.64},
      {"Ni++", 0.09},
      {"FeO+", 0.002}},
     NULL},
    {"aluminium alloy with oxide",
     0.1,
     {{"H+", 0.01},
      {"H2+", 0.003},
      {"O+", 0.08},
      {"O2+", 0.02},
      {"Mg++", 0.02},
      {"Al+", 0.2},
      {"Al++", 0.45},
      {"Al+++", 0.06},
      {"AlO+", 0.03},
      {"AlO++", 0.01},
      {"Cu+", 0.015},
      {"Ga+", 0.002}},
     NULL},
    {"titanium alloy",
     0.02,
     {{"H+", 0.02},
      {"Al+", 0.02},
      {"Al++", 0.06},
      {"Ti++", 0.7},
      {"Ti+++", 0.05},
      {"TiH++", 0.01},
      {"TiO+", 0.01},
      {"TiO++", 0.02},
      {"V++", 0.04},
      {"O+", 0.003}},
     NULL},
};
enum { MATERIALS = sizeof materials / sizeof materials[0] };

static inline size_t count_ions(const material *m)
{
    size_t n = 0;
    while (n < IONS_MOST && m->list[n].ion)
        n++;
    return n;
}

static inline void expect(const material *m, drawn *d)
{
    double left = 1;
    memset(d->expected, 0, d->n_bins * sizeof *d->expected);
    d->late = m->late;
    for (size_t i = 0; i < count_ions(m); i++) {
        drawn_add_ion(d, m->list[i].ion, m->list[i].share);
        left -= m->list[i].share;
    }
    drawn_add_noise(d, left);
}

// The chain from a spectrum to limits, told which ions are there. Atoms are those of the
// ions.
static inline ia_limits limits_of(const material *m, const drawn *d, double n_ions)
{
    ia_background blind = {0}, b = {0};
    ia_peaks peaks = {0};
    ia_peak_shape shape = {0};
    ia_deconvolution solved = {0};
    ia_limits limits = {0};
    ia_ion ions[IONS_MOST];
    size_t n = count_ions(m);
    double atoms = 0;
    const ia_spectrum *s = &d->spectrum;

    for (size_t i = 0; i < n; i++) {
        ions[i] = ia_ion_of(m->list[i].ion);
        atoms += n_ions * m->list[i].share * ia_ion_atoms(&ions[i]);
    }
    assert_int_equal(ia_background_compute(NULL, s, NULL, NULL, &blind), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, s, &blind, NULL, &peaks), IA_OK);
    assert_int_equal(ia_peak_shape_compute(NULL, s, &blind, &peaks, NULL, &shape), IA_OK);
    const ia_background_input from = {.spectrum = s, .peaks = &peaks, .shape = &shape};
    assert_int_equal(ia_background_fit(NULL, &from, NULL, &b), IA_OK);
    const ia_deconvolve_input in = {.spectrum = s,
                                    .background = &b,
                                    .peaks = &peaks,
                                    .shape = &shape,
                                    .ions = ions,
                                    .n_ions = n};
    assert_int_equal(ia_deconvolve_compute(NULL, &in, NULL, &solved), IA_OK);
    const ia_limits_input known = {s,     &b,  &peaks, &shape,     &solved,
                                   atoms, NAN, NAN,    m->enriched};
    assert_int_equal(ia_limits_compute(NULL, &known, NULL, &limits), IA_OK);
    ia_deconvolution_clear(&solved);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&peaks);
    ia_background_clear(&b);
    ia_background_clear(&blind);
    return limits;
}

static inline bool is_in(const material *m, unsigned z)
{
    for (size_t i = 0; i < count_ions(m); i++) {
        ia_ion ion = ia_ion_of(m->list[i].ion);
        if (ia_ion_count(&ion, z) > 0)
            return true;
    }
    return false;
}

// Atoms per ion of a material.
static inline double atoms_of(const material *m)
{
    double atoms = 0;
    for (size_t i = 0; i < count_ions(m); i++) {
        ia_ion ion = ia_ion_of(m->list[i].ion);
        atoms += m->list[i].share * ia_ion_atoms(&ion);
    }
    return atoms;
}

// Of an element or a nuclide told apart, "10B".
static inline const ia_limit *row_for(const ia_limits *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->list[i].name, name) == 0)
            return &l->list[i];
    fail_msg("no row %s", name);
    return NULL;
}

#endif
