// src/io/mass_sum.h: many spectra of m/n and intensity added up to one of counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_MASS_SUM_H
#define IONATLAS_IO_MASS_SUM_H

#include "io/bins.h"

// As long as all spectra have one axis, so has the sum; else it is kept in fine steps of
// equal ratio. All-zero is empty.
typedef struct {
    double *mass, *sum; // (n) axis and intensities
    size_t n;
    double *grid;        // NULL as long as one axis serves
    bool centroids;      // sticks, no profile
    double unit;         // least intensity above 0 of the first spectrum that has one
    bool broken, odd;    // some intensity is no whole number, no multiple of `unit`
    size_t n_spectra;    // added
    uint64_t n_negative; // intensities below 0, taken as 0
} ia_mass_sum;

// Add a spectrum of n points. IA_ERR_FORMAT with a sentence for m/n that fall or are no
// numbers from 0 to 1e5 Da, and for intensities that are none.
ia_status ia_mass_sum_add(ia_ctx *ctx, ia_mass_sum *sum, const double *mass,
                          const double *intensity, size_t n);
// The sum in whole ions. Warns where intensities are no counts: they are divided by the
// least of them.
ia_status ia_mass_sum_bins(ia_ctx *ctx, ia_mass_sum *sum, ia_bins *out);
void ia_mass_sum_clear(ia_mass_sum *sum);

#endif
