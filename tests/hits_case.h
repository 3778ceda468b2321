// tests/hits_case.h: pulses of several ions made up in a test.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_HITS_CASE_H
#define TESTS_HITS_CASE_H

#include "spectrum_case.h"

enum { HITS_MOST = 400000 };

// A table of ions that grows event by event; (n) rows each.
typedef struct {
    size_t n;
    float mass[HITS_MOST], tof[HITS_MOST], hit[2 * HITS_MOST];
    uint32_t multiplicity[HITS_MOST], since[HITS_MOST];
} hits_case;

// The column of each quantity, borrowed.
static inline ia_ions hits_ions(const hits_case *c)
{
    ia_ions ions = {.n = c->n};
    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, c->n, c->mass);
    ions.columns[IA_TOF] = ia_column_of(IA_F32, 1, c->n, c->tof);
    ions.columns[IA_DET_XY] = ia_column_of(IA_F32, 2, c->n, c->hit);
    ions.columns[IA_MULTIPLICITY] = ia_column_of(IA_U32, 1, c->n, c->multiplicity);
    ions.columns[IA_PULSES_SINCE] = ia_column_of(IA_U32, 1, c->n, c->since);
    return ions;
}

// Time of flight of m/n on 100 mm at 5 kV, as far as a test needs it, ns.
static inline double hits_time(double mass)
{
    return 101.8 * sqrt(mass);
}

static inline void add_event(hits_case *c, const double *mass, size_t n)
{
    assert_true(c->n + n <= HITS_MOST);
    for (size_t i = 0; i < n; i++, c->n++) {
        c->mass[c->n] = (float)mass[i];
        c->tof[c->n] = (float)hits_time(mass[i]);
        c->hit[2 * c->n] = c->hit[2 * c->n + 1] = 0;
        c->multiplicity[c->n] = i == 0 ? (uint32_t)n : 0;
        c->since[c->n] = i == 0 ? 1 : 0;
    }
}

#define ADD_EVENT(c, ...)                                                                \
    add_event(c, (const double[]){__VA_ARGS__},                                          \
              sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

// A kind of ion as a peak: a Gaussian of this standard deviation with an exponential tail
// of that mean; by share.
typedef struct {
    double mass, sd, tail, share;
} hits_peak;

static inline double draw_peak(ia_random *random, const hits_peak *peak)
{
    return peak->mass + peak->sd * ia_random_normal(random) +
           peak->tail * ia_random_exponential(random);
}

// From a list whose shares sum to at most 1; the rest is flat in time of flight to `end`.
static inline double draw_ion(ia_random *random, const hits_peak *peaks, size_t n,
                              double end)
{
    double u = ia_random_uniform(random);
    for (size_t i = 0; i < n; i++) {
        if (u < peaks[i].share)
            return draw_peak(random, &peaks[i]);
        u -= peaks[i].share;
    }
    u = ia_random_uniform(random);
    return end * u * u;
}

static inline ia_multiples gather(const hits_case *c)
{
    ia_multiples multiples = {0};
    ia_ions ions = hits_ions(c);
    assert_int_equal(ia_multiples_gather(NULL, &ions, 32, &multiples), IA_OK);
    return multiples;
}

#endif
