// src/spectrum/composition_row.h: a row of the composition, its errors and its doubts.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_COMPOSITION_ROW_H
#define IA_SPECTRUM_COMPOSITION_ROW_H

#include <ionatlas/composition.h>

#include "core/atom_kind.h"
#include "spectrum/doubts.h"

enum { COUNTS_IONS, COUNTS_ATOMS, COUNTS_MASS };

// One value per solved ion in each array.
typedef struct {
    const ia_deconvolution *d;
    size_t n;
    double *room;                // holds all arrays
    double *counts;              // 0 where an ion was not solved for; with those lost
    double *factor;              // counts over those of the spectrum, lost ones added
    double *sigma_lost;          // standard deviation of the lost ones, its own
    double *common_lost;         // and that which it shares with all ions
    double *ions, *atoms, *mass; // of one ion; Da
    double *part;                // what the row in hand has of them
    double *slope;               // of the row's value with the counts
    ia_nuclide_list own;         // nuclides with rows of their own
    ia_atom_kind kind;           // of the row in hand; z 0: a row of ions
    int counted;                 // one of the above
    size_t n_rows;               // of that kind
} ia_row_job;

typedef struct {
    double value;
    double variance[IA_ERROR_PARTS], identification;
    double parting; // variance by pairs whose ions are both there, for overlap; among the
                    // doubts
    double third;   // cumulant
    ia_doubts doubts;
} ia_row_estimate;

// Of something per ion, over the counts.
double ia_row_sum(const ia_row_job *job, const double *weight);
// Variance and third cumulant of something linear in the counts, `slope` its derivatives,
// by part. O(ions^2).
void ia_row_variances(ia_row_job *job, ia_row_estimate *estimate);
// Of the overlap's variance, by pairs of which it is open whose their ions are.
double ia_row_open_variance(const ia_row_job *job);
// The doubts of a row that is part of `whole`: each ion is there with its probability,
// whether or not the others are, those that were not solved for with any amount that the
// cores allow. `sure`: standard deviation of what is not doubted. Changes the slope.
void ia_row_doubts(ia_row_job *job, const double *whole, double sure,
                   ia_row_estimate *estimate);

#endif
