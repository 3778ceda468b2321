// src/io/bins.h: counts of a spectrum as a column of m/n that is computed when read.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_BINS_H
#define IONATLAS_IO_BINS_H

#include <ionatlas/formats.h>

// Bin i holds the ions [first[i], first[i + 1]) between low[i] and low[i + 1].
typedef struct {
    double *low;        // (room + 1) Da, rising
    uint64_t *first;    // (room + 1)
    double *background; // (room + 1) sums that the source states; NULL: it does not
    size_t n;           // bins added
    float min_max[2];   // of the ions' m/n, once given
} ia_bins;

// More than any measurement has; a program that visits each would never end.
extern const uint64_t ia_bins_ions_most;

// Room for so many bins.
ia_status ia_bins_new(ia_ctx *ctx, size_t room, ia_bins *out);
void ia_bins_clear(ia_bins *bins);
// Append a bin; false when the ions are more than ia_bins_ions_most.
bool ia_bins_add(ia_bins *bins, double low, uint64_t count);
// Room for the background that the source states of each; before the first is added.
ia_status ia_bins_expect_background(ia_ctx *ctx, size_t room, ia_bins *bins);
// Of the bin that was added last.
void ia_bins_state_background(ia_bins *bins, double ions);
// Once all are added: what was given is the lower edges, or the middles; make it edges.
// The last bin is as wide as the one before.
void ia_bins_set_edges(ia_bins *bins, bool middles);
// Ions that have nothing but m/n, spread evenly in their bins. Takes over the bins and
// the source when it succeeds. IA_ERR_EMPTY without ions.
ia_status ia_bins_give(ia_ctx *ctx, ia_source *source, ia_bins *bins, ia_ions *out);

#endif
