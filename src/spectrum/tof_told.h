// src/spectrum/tof_told.h: ions told by trees, their intensities and how sure they are.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_TOLD_H
#define IA_SPECTRUM_TOF_TOLD_H

#include <ionatlas/tof_trees.h>

#include "spectrum/counts.h"
#include "spectrum/tof_match.h"
#include "spectrum/tof_model.h"
#include "spectrum/tof_rows.h"

// An ion told.
typedef struct {
    ia_ion ion;
    ia_ion_line *lines; // (n_lines) owned
    int32_t *peaks;     // (n_lines) where each is, -1: no peak there; owned
    size_t n_lines, anchor;
    size_t peak; // that it was told at
    double counts, probability;
    ia_ion rival;
    double rival_probability;
    bool is_molecule; // told by the second stage
} ia_tof_told;

enum { IA_TOF_TOLD_MOST = 200 };

typedef struct {
    ia_ctx *ctx;
    const ia_spectrum *spectrum;
    const ia_peaks *peaks;
    const ia_identify_params *params;
    ia_counts counts;
    ia_ion_prior prior;
    ia_tof_classes classes;
    ia_tof_trees trees;
    bool single;          // ions have one charge, as sputtering gives them
    double electrons;     // by which anions are heavier than the cations learnt, Da
    ia_candidates listed; // for the second stage where `single`
    ia_tof_peaks tof;     // on the corrected scale; list owned
    double *left;         // (n) ions of each peak that nothing told explains
    ia_tof_told *told;    // (n_told) owned
    size_t n_told;
    bool found[IA_Z_MAX + 1];
    double atoms[IA_Z_MAX + 1]; // ions of single atoms, all charges
    bool hinted[IA_Z_MAX + 1];  // all without a hint
    bool is_hinted;
    ia_assignment out;
} ia_tof_job;

// Add an ion told at a peak; finds its lines among the peaks.
ia_status ia_tof_tell(ia_tof_job *job, const ia_tof_told *told);
void ia_tof_forget(ia_tof_job *job, size_t which);

// Peaks on the scale as it is known.
void ia_tof_set_peaks(ia_tof_job *job);

// What the trees say of each peak with each charge; told anew.
ia_status ia_tof_find_elements(ia_tof_job *job);
// Molecules at what is left, until none is added.
ia_status ia_tof_find_molecules(ia_tof_job *job);

// What chance would tell: the same peaks moved by so much, to where no ion is, Da.
enum { IA_TOF_SHIFTS = 8 };
extern const double ia_tof_shifts[IA_TOF_SHIFTS];
// Drop the ions of a stage below the probability above which hardly any is there by
// chance, `decoys` being the (n) probabilities told of moved peaks; how many.
size_t ia_tof_withhold(ia_tof_job *job, bool molecules, const double *decoys, size_t n);
ia_status ia_tof_withhold_elements(ia_tof_job *job);

// Intensities of all ions told that make the peaks likeliest, by expectation and
// maximisation; sets counts, left and atoms.
ia_status ia_tof_fit(ia_tof_job *job);
// The same without ions that the fit leaves nothing of; sets found.
ia_status ia_tof_settle(ia_tof_job *job);
// True m/n from the anchors of what is told: sets out.scale.
void ia_tof_fit_scale(ia_tof_job *job);

// The scene that a molecule is matched in; without the ion `but` (n_told: with all).
// Fills `left`, told and counts, (n) and (n_told) of the caller's.
typedef struct {
    ia_tof_scene scene;
    double *left;   // (n_peaks)
    ia_ion *told;   // (n_told)
    double *counts; // (n_told)
} ia_tof_view;
ia_status ia_tof_view_build(const ia_tof_job *job, const ia_members *members, size_t but,
                            ia_tof_view *out);
void ia_tof_view_clear(ia_tof_view *view);

// How each decision would change: fills out.decisions.
ia_status ia_tof_decide(ia_tof_job *job);
// Ions, isotopes and what is left: the rest of `out`.
ia_status ia_tof_report(ia_tof_job *job);

// What the trees propose from a low probability on, for others to judge: neither chance
// nor noise is looked at. As ia_assign_fn asks for; of the assignment only the ions
// count.
ia_status ia_tree_propose(ia_ctx *ctx, const ia_spectrum *spectrum,
                          const ia_background *background, const ia_peaks *peaks,
                          const ia_identify_params *params, ia_assignment *out);

#endif
