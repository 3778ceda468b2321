// src/spectrum/label_internal.h: what the ranking of ions at one m/n works with.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LABEL_INTERNAL_H
#define IA_SPECTRUM_LABEL_INTERNAL_H

#include <ionatlas/label.h>

#include "spectrum/counts.h"
#include "spectrum/enumerate.h"
#include "spectrum/ion_prior.h"

enum { IA_LABEL_CHARGES = 4 }; // in which an element is looked for

// One job: the same nuclides and the same spectrum for every m/n.
typedef struct {
    ia_ctx *ctx;
    const ia_label_params *params;
    const ia_label_evidence *evidence; // NULL without a spectrum
    ia_ion_prior prior;
    ia_members members;
    ia_counts counts;    // of the spectrum
    ia_mass_scale scale; // of the account; zero without
    double chance;       // part of the m/n axis that peaks cover
    // What the lines of an element's single atoms say of it, by charge; their sum less
    // the cost of the element.
    double gain[IA_Z_MAX + 1][IA_LABEL_CHARGES + 1], seen[IA_Z_MAX + 1];
    bool texts;            // write pro and con
    bool single, negative; // ions have one charge, as sputtering gives them; are anions
} ia_labelling_job;

// Whatever the outcome, ia_labelling_end frees it. Parameters and evidence are borrowed.
ia_status ia_labelling_begin(ia_ctx *ctx, const ia_label_params *params,
                             const ia_label_evidence *evidence, ia_labelling_job *job);
void ia_labelling_end(ia_labelling_job *job);

// Where a line should be seen and what is there.
typedef struct {
    double mass;     // as measured, Da
    double n, b;     // ions, and those of no peak
    double sigma;    // of b
    int32_t peak;    // index, -1: none there
    double distance; // of that peak, Da
} ia_line_sight;
ia_line_sight ia_label_look(const ia_labelling_job *job, double mass);

// Nuclides that the parameters allow, by rising mass.
ia_status ia_members_build(ia_ctx *ctx, const ia_label_params *params,
                           const ia_ion_prior *prior, ia_members *out);

// seen[z] > 0: isotopes of single atoms of z are where they should be, by more than
// chance and rarity of the element explain.
ia_status ia_label_find_elements(ia_labelling_job *job);

// Rank all ions in the window around `mass`; `peak` is the index of the peak there, -1
// for none. The best `kept` by prior and place are weighed against the spectrum, the best
// `most` of these are told.
typedef struct {
    double mass;
    int32_t peak;
    size_t kept, most;
} ia_label_question;
ia_status ia_label_rank(ia_labelling_job *job, const ia_label_question *question,
                        ia_labelling *out);
void ia_labelling_clear(ia_labelling *labelling);

#endif
