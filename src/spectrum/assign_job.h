// src/spectrum/assign_job.h: what is at hand while ions are chosen for the peaks of a
// spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ASSIGN_JOB_H
#define IA_SPECTRUM_ASSIGN_JOB_H

#include "spectrum/assign_from.h"
#include "spectrum/assign_internal.h"
#include "spectrum/ion_prior.h"

typedef struct {
    ia_ctx *ctx;
    const ia_spectrum *spectrum;
    const ia_peaks *peaks;
    const ia_identify_params *params;
    const ia_mass_scale *start; // the scale to begin with; NULL: as read
    bool quick;                 // a fifth of the work, to compare scales by
    const ia_assignment *told;  // whose elements are known beforehand; NULL: none
    ia_counts counts;
    ia_candidates candidates;
    ia_model model;
    ia_ion_prior prior;
    ia_mass_scale scale;
    bool found[IA_Z_MAX + 1];
    size_t copies; // invented candidates for each that exists
    ia_chance chance;
    double *odds; // (model.n_species) of the chosen
    ia_assignment out;
} assigning;

// List the candidates anew, for the elements found, none of them chosen.
ia_status ia_assign_candidates(assigning *job);
// List the chosen ions with their isotopes, what they leave of the peaks, and their
// rivals.
ia_status ia_assign_tell(assigning *job);
// Take up rivals that hide in the shoulders of those told, by the shape of peaks that the
// spectrum teaches, and tell all anew.
ia_status ia_assign_hidden(assigning *job, const ia_background *background);
// Ions that could be there as well, though nothing asks for them: what they might hold
// is part of the error of those told.
ia_status ia_assign_rivals(assigning *job);

#endif
