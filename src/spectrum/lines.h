// src/spectrum/lines.h: the lines that an ion has in a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LINES_H
#define IA_SPECTRUM_LINES_H

#include <ionatlas/identify.h>

// Isotope pattern of a charged ion by rising m/n, without isotopologues below `least`;
// those closer than the spectrum resolves are one line. *lines is freed with free().
ia_status ia_ion_lines(ia_ctx *ctx, const ia_ion *ion, const ia_peak_widths *widths,
                       double least, ia_ion_line **lines, size_t *n);
// m/n of a neutral mass with so many charges, Da.
double ia_mass_charged(double mass, unsigned charge);

#endif
