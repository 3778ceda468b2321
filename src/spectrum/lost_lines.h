// src/spectrum/lost_lines.h: isotope lines that hold too few ions beside the others of
// their ion, whatever was told.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LOST_LINES_H
#define IA_SPECTRUM_LOST_LINES_H

#include <ionatlas/identify.h>

typedef struct {
    ia_ion ion;  // an atom
    double ions; // of it in peaks, by its other lines
    int32_t peak;
    double mass; // of that peak, Da
    double part; // of its ions that are there, by the other lines
} ia_lost_line;

enum { IA_LOST_LINES_MOST = 3 };

typedef struct {
    ia_lost_line list[IA_LOST_LINES_MOST]; // those of most ions first
    size_t n;
} ia_lost_lines;

// Atoms of natural isotopes, with one to `charge_max` charges, of which one line lacks a
// quarter or more of what the others ask for: these are all there, two or more of them
// agree and none holds less. Others may hold more, for other ions are there as well. That
// an atom is there at all remains to be judged. Cost: patterns of a few hundred ions.
ia_status ia_lost_lines_find(ia_ctx *ctx, const ia_peaks *peaks,
                             const ia_identify_params *params, ia_lost_lines *out);

#endif
