// src/spectrum/lines.c: isotope patterns as a spectrum of finite resolution shows them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/lines.h"

#include <stdlib.h>

double ia_mass_charged(double mass, unsigned charge)
{
    return (mass - charge * ia_electron_mass) / charge;
}

static size_t merge(const ia_peak_widths *widths, ia_ion_line *lines, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        ia_ion_line *last = kept ? &lines[kept - 1] : NULL;
        if (last &&
            lines[i].mass - last->mass < 0.7 * ia_peak_width(widths, last->mass)) {
            double sum = last->share + lines[i].share;
            last->mass += (lines[i].mass - last->mass) * lines[i].share / sum;
            last->share = sum;
        } else {
            lines[kept++] = lines[i];
        }
    }
    return kept;
}

ia_status ia_ion_lines(ia_ctx *ctx, const ia_ion *ion, const ia_peak_widths *widths,
                       double least, ia_ion_line **lines, size_t *n)
{
    ia_isotopologue *pattern = NULL;
    size_t n_pattern = 0;
    ia_status st = ia_ion_pattern(ctx, ion, least, &pattern, &n_pattern);

    if (st != IA_OK)
        return st;
    ia_ion_line *list = ia_array(ctx, n_pattern, sizeof *list);
    if (!list) {
        free(pattern);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n_pattern; i++)
        list[i] = (ia_ion_line){ia_ion_mass_to_charge(ion, pattern[i].mass),
                                pattern[i].probability};
    free(pattern);
    *n = merge(widths, list, n_pattern);
    *lines = list;
    return IA_OK;
}
