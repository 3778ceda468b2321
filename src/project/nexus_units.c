// src/project/nexus_units.c: units that NeXus readers know, from the names of columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <string.h>

// The last word of a name, its unit as UDUNITS has it, and that behind "per".
static const struct {
    const char *word, *unit, *per;
} units[] = {
    {"da", "Da", "Da^-1"},    {"nm", "nm", "nm^-1"}, {"nm2", "nm^2", "nm^-2"},
    {"nm3", "nm^3", "nm^-3"}, {"um", "um", "um^-1"}, {"um3", "um^3", "um^-3"},
    {"mm", "mm", "mm^-1"},    {"m", NULL, "m^-1"},   {"m2", "m^2", "m^-2"},
    {"m3", "m^3", "m^-3"},    {"s", "s", "s^-1"},    {"ns", "ns", "ns^-1"},
    {"v", "V", "V^-1"},       {"kv", "kV", "kV^-1"}, {"k", "K", "K^-1"},
    {"deg", "deg", "deg^-1"}, {"pj", "pJ", "pJ^-1"}, {"w", NULL, "W^-1"},
    {"khz", "kHz", "kHz^-1"}, {"hz", "Hz", "Hz^-1"}, {"pa", "Pa", "Pa^-1"},
    {"percent", "%", NULL},   {"ppm", "1e-6", NULL},
};

// Where the last word begins; the name itself when it is one word.
static const char *last_word(const char *name, size_t n)
{
    while (n > 0 && name[n - 1] != '_')
        n--;
    return name + n;
}

const char *project_unit_of(const char *column)
{
    size_t n = strlen(column);
    const char *word = last_word(column, n), *unit = NULL;
    if (word == column) // a name that is all unit is a symbol: "k" counts neighbours
        return "";
    const char field[] = "v_per_nm"; // the one with a unit on either side
    if (n >= strlen(field) && strcmp(column + n - strlen(field), field) == 0)
        return "V/nm";
    const char *before = last_word(column, (size_t)(word - column) - 1);
    bool per = strncmp(before, "per_", 4) == 0 && before + 4 == word;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(word, units[i].word) == 0)
            unit = per ? units[i].per : units[i].unit;
    return unit ? unit : "";
}
