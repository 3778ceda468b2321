// src/spectrum/ion_mixture_internal.h: parts of the mixture of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ION_MIXTURE_INTERNAL_H
#define IA_SPECTRUM_ION_MIXTURE_INTERNAL_H

#include <ionatlas/ion_mixture.h>

// Which components reach which bin, and with what share, all lines moved by `shift`
// widths: fills `first`, `component` and `density`, and m_min, bin and n_bins, in the
// place of those that are there. Bins outside of windows have no part. O(lines x bins in
// reach).
ia_status ia_ion_mixture_densities(ia_ctx *ctx, const ia_ion_mixture_input *input,
                                   double shift, ia_ion_mixture *out);
// Amounts, (n_ions + 1), of the box of a position; places outside belong to the nearest.
const float *ia_ion_box(const ia_ion_mixture *mixture, const float *xyz);

#endif
