// tests/spectrum_case.h: spectra, ranges and counts written down by hand, for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SPECTRUM_CASE_H
#define TESTS_SPECTRUM_CASE_H

#include "check.h"

enum { CASE_RANGES = 64 };

// A range as a test writes it; ranges rise and do not overlap.
typedef struct {
    const char *ion;
    double lo, hi;
    uint64_t counts;
} case_range;

// Ranges, ranger and counts that point into this struct: nothing to free.
typedef struct {
    ia_ion ions[CASE_RANGES];
    ia_range list[CASE_RANGES];
    double lo[CASE_RANGES], hi[CASE_RANGES];
    int32_t ion[CASE_RANGES];
    uint64_t found[CASE_RANGES];
    ia_ranges ranges;
    ia_ranger ranger;
    ia_range_counts counts;
} ranging_case;

static inline int32_t case_ion(ranging_case *c, const char *name)
{
    ia_ion ion = ia_ion_of(name);
    for (size_t i = 0; i < c->ranges.n_ions; i++)
        if (ia_ion_is_equal(&c->ions[i], &ion))
            return (int32_t)i;
    c->ions[c->ranges.n_ions] = ion;
    return (int32_t)c->ranges.n_ions++;
}

static inline void set_case(ranging_case *c, const case_range *ranges, size_t n)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < n; i++) {
        c->lo[i] = ranges[i].lo;
        c->hi[i] = ranges[i].hi;
        c->ion[i] = case_ion(c, ranges[i].ion);
        c->list[i] = (ia_range){
            .lo = ranges[i].lo, .hi = ranges[i].hi, .ion = (uint32_t)c->ion[i]};
        c->found[i] = ranges[i].counts;
        c->counts.ranged += ranges[i].counts;
    }
    c->ranges.ions = c->ions;
    c->ranges.ranges = c->list;
    c->ranges.n_ranges = n;
    c->ranger = (ia_ranger){.lo = c->lo, .hi = c->hi, .ion = c->ion, .n = n};
    c->counts.counts = c->found;
    c->counts.n = n;
}

#define SET_CASE(c, ...)                                                                 \
    set_case(c, (const case_range[]){__VA_ARGS__},                                       \
             sizeof((const case_range[]){__VA_ARGS__}) / sizeof(case_range))

// Ions that have m/n alone; borrows.
static inline ia_ions ions_of(const float *mass, size_t n)
{
    ia_ions ions = {.n = n};
    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, n, mass);
    return ions;
}

// The row of that name; fails the test when there is none.
static inline const ia_fraction *row_of(const ia_fraction *rows, size_t n,
                                        const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    fail_msg("no row %s", name);
    return NULL;
}

static inline const ia_fraction *element_of(const ia_composition *c, const char *symbol)
{
    return row_of(c->elements, c->n_elements, symbol);
}

static inline const ia_fraction *kind_of(const ia_composition *c, const char *ion)
{
    return row_of(c->ions, c->n_ions, ion);
}

static inline void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

#endif
