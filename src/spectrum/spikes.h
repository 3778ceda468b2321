// src/spectrum/spikes.h: ions whose m/n is one exact number with nothing beside it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_SPIKES_H
#define IA_SPECTRUM_SPIKES_H

#include <ionatlas/spectrum.h>

// Ions in bins that hold one number, to the last bit, between neighbours that hold next
// to nothing. A peak is never so narrow: its ions differ in flight time. 0 unless bins
// like that hold most of the spectrum, which costs no pass over the ions to see.
ia_status ia_spikes_count(ia_ctx *ctx, const ia_column *mass, const ia_spectrum *spectrum,
                          uint64_t *out);

#endif
