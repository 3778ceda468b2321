// src/io/nxs_units.c: units as the programs of the field write them, and ours.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/nxs_units.h"

#include <stdlib.h>
#include <string.h>

typedef enum { LENGTH, MASS, TIME, VOLTAGE, ENERGY } quantity;

static const struct {
    const char *names; // between bars
    quantity quantity;
    double si; // in m, Da, s, V, J
} units[] = {
    {"|nm|nanometer|nanometre|", LENGTH, 1e-9},
    {"|angstrom|Angstrom|\xc3\x85|", LENGTH, 1e-10},
    {"|um|micrometer|micrometre|", LENGTH, 1e-6},
    {"|mm|millimeter|millimetre|", LENGTH, 1e-3},
    {"|cm|centimeter|centimetre|", LENGTH, 1e-2},
    {"|m|meter|metre|", LENGTH, 1},
    {"|Da|dalton|u|amu|unified_atomic_mass_unit|", MASS, 1},
    {"|ps|picosecond|", TIME, 1e-12},
    {"|ns|nanosecond|", TIME, 1e-9},
    {"|us|microsecond|", TIME, 1e-6},
    {"|s|second|", TIME, 1},
    {"|V|volt|", VOLTAGE, 1},
    {"|kV|kilovolt|", VOLTAGE, 1e3},
    {"|pJ|picojoule|", ENERGY, 1e-12},
    {"|nJ|nanojoule|", ENERGY, 1e-9},
    {"|J|joule|", ENERGY, 1},
};
enum { N_UNITS = sizeof units / sizeof units[0] };

// The row of that name; N_UNITS when it is none.
static size_t find(const char *name)
{
    size_t i = 0, n = strlen(name);
    for (; i < N_UNITS; i++) {
        const char *at =
            n > 0 && !strchr(name, '|') ? strstr(units[i].names, name) : NULL;
        for (; at; at = strstr(at + 1, name))
            if (at[-1] == '|' && at[n] == '|')
                return i;
    }
    return i;
}

static ia_status take(ia_h5 *h5, const char *name, const char *ours, const char *theirs,
                      double *scale)
{
    size_t from = find(theirs), to = find(ours);
    if (from == N_UNITS || to == N_UNITS || units[from].quantity != units[to].quantity)
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: %s is in \"%.20s\", which is no unit like %s", h5->path, name,
                       theirs, ours);
    *scale = from == to ? 1 : units[from].si / units[to].si;
    return IA_OK;
}

ia_status ia_nxs_scale(ia_h5 *h5, const char *name, const char *ours, double *scale,
                       bool *told)
{
    char *theirs = NULL;
    ia_ctx *ctx = h5->ctx;
    *scale = 1;
    *told = false;
    if (!*ours || !ia_h5_has_attr(h5, name, "units"))
        return IA_OK;
    h5->ctx = NULL; // a text of variable length is no failure here
    ia_status st = ia_h5_get_attr_text(h5, name, "units", &theirs);
    h5->ctx = ctx;
    if (st == IA_ERR_MEMORY)
        return ia_fail(ctx, st, "memory ran out");
    if (st != IA_OK) {
        ia_warn(ctx,
                "%s has a unit that is not read (a text of variable length); taken "
                "as %s",
                name, ours);
        return IA_OK;
    }
    *told = true;
    st = take(h5, name, ours, theirs, scale);
    free(theirs);
    return st;
}
