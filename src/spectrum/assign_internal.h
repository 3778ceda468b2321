// src/spectrum/assign_internal.h: sites, links and the score that the choice of ions
// maximises.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_ASSIGN_INTERNAL_H
#define IA_SPECTRUM_ASSIGN_INTERNAL_H

#include <ionatlas/identify.h>

#include "spectrum/counts.h"

// A place where ions are counted: a peak, or where a candidate should have one.
typedef struct {
    double mass, sigma_mass; // Da
    double sigma;            // error of a line's place against it, Da
    double n, b;             // ions, and those expected of no candidate
    double sigma_b;          // of b
    double weight;           // of its likelihood, below 1 where models are wrong anyway
    double mu;               // b and what the chosen ions put there
    double moment;           // of the chosen ions' masses, weighted by their counts
    double score;            // as it stands
    int32_t peak;            // index, -1 for none
    bool bound;              // beside a peak: no more than n may be there, less is fine
} ia_site;

// A line of a candidate at a site.
typedef struct {
    uint32_t site;
    double share; // of the candidate's intensity
    double mass;  // where the line is expected, Da as measured
} ia_link;

typedef struct {
    const ia_candidate *candidate;
    ia_link *links; // (n_links) borrowed from the model
    size_t n_links;
    double intensity;  // ions; 0 for not chosen
    double gain;       // of likelihood, when last tried
    double trial;      // intensity of that
    double prior_most; // whatever else is chosen
    bool dirty;        // something it touches has changed since
    bool banned;       // not to be chosen for the moment
    bool beside;       // its main lines lie beside peaks: the shape of these may tell it
    bool held;         // its intensity is that which the shape of peaks tells
} ia_species;

typedef struct ia_journal ia_journal;

typedef struct {
    ia_site *sites;
    size_t n_sites;
    ia_species *species; // those with a main line on a peak or beside one
    size_t n_species;
    ia_link *links;
    size_t n_links;
    unsigned *matters; // (n_matters) chosen species of the candidates' `matter`
    size_t n_matters;
    uint32_t *users; // species of each site: users[first[s]..first[s + 1])
    uint32_t *first;
    bool binds[IA_Z_MAX + 1]; // an atom and a molecule of an element may be there
    size_t *gases;            // (n_gases) species that the chamber gives
    size_t n_gases;
    double n_ions;                    // in peaks, without background
    double cost[IA_Z_MAX + 1];        // of an element, by belief and hint
    unsigned atoms[IA_Z_MAX + 1];     // chosen single-atom ions of an element
    unsigned molecules[IA_Z_MAX + 1]; // chosen molecules with it
    unsigned singles[IA_Z_MAX + 1];   // chosen atoms with one charge
    unsigned atom_like[IA_Z_MAX + 1]; // chosen molecules that lie where those do
    double score, prior;              // of all sites, of the choice
    double work;                      // likelihoods tried so far
    double work_most;                 // at which exchanges end
    ia_journal *journal;              // borrowed; NULL: changes need not be undone
    ia_mass_scale scale;
    ia_peak_widths widths;
} ia_model;

// Next to a peak, in widths: what is there may be the peak's flank.
extern const double ia_beside_peak;
// Error of the place of a line, Da, without that of the peak.
double ia_scale_sigma(const ia_mass_scale *scale, const ia_peak_widths *widths,
                      double mass);
// Where a line is expected to be measured.
double ia_scale_measured(const ia_mass_scale *scale, double mass);

ia_status ia_model_build(ia_ctx *ctx, const ia_counts *counts, const ia_peaks *peaks,
                         const ia_candidates *candidates, const ia_mass_scale *scale,
                         ia_model *out);
void ia_model_clear(ia_model *model);

// Change a species' intensity; keeps sites and element counts.
void ia_species_set(ia_model *model, ia_species *species, double intensity);
// What a candidate's prior is at most, whatever else is chosen.
double ia_candidate_prior_most(const ia_model *model, const ia_candidate *candidate);
// Prior of taking up a species that is not chosen. Leaves the model as it was.
double ia_species_prior(ia_model *model, const ia_species *species);
// What so many ions of a gas of the chamber cost: what a chamber gives is free, but more
// than that comes from the specimen and needs its elements. 0 for all others.
double ia_species_supply(ia_model *model, const ia_species *species, double ions);
// A candidate that is not chosen, with its odds given those that are.
ia_rival ia_species_rival(ia_model *model, const ia_candidate *candidate);
// No more likelihood than this can be gained by the species.
double ia_species_hope(const ia_model *model, const ia_species *species);
// Best gain of likelihood when the species, not chosen now, joins with the others as
// they are; sets gain and trial.
void ia_species_try(ia_model *model, ia_species *species);
// Intensities of the chosen ones that score best, found in turn.
void ia_model_polish(ia_model *model, int rounds);
// The same from where they are, none beyond its own optimum, of those that are not held:
// an ion that is taken up makes the others give way, and may not have a peak of theirs
// given up as unknown.
void ia_model_yield(ia_model *model, int rounds);
// Score of every site anew; the choice must be empty.
void ia_model_begin(ia_model *model);
// Sum of all site scores and priors.
double ia_model_score(ia_model *model);
// By how much it exceeds that without any ion, which is all that is left of the model:
// models with other sites compare by that.
double ia_model_gain(ia_model *model);
// Choose: add, drop and exchange species while the score rises.
ia_status ia_model_search(ia_ctx *ctx, ia_model *model);
// Score lost without each chosen species when others may take its place, or, where that
// is less, without all ions of one of its elements: the logarithm of the odds that it is
// there; (n_species), -INFINITY for those not chosen.
ia_status ia_model_odds(ia_ctx *ctx, ia_model *model, double *odds);

// What a choice between existing and invented ions says of chance.
typedef struct {
    double share; // of the chosen ions that exist, what chance would find: invented ones
    double least; // odds above which hardly any is there by chance; INFINITY for none
    bool limits;  // whether any falls short of that
    bool sure[IA_Z_MAX + 1]; // elements with an ion above it
} ia_chance;
ia_status ia_model_chance(ia_ctx *ctx, ia_model *model, size_t copies, ia_chance *out);
// Adds elements with an ion well above `least` in a choice without invented ions.
ia_status ia_model_sure(ia_ctx *ctx, ia_model *model, ia_chance *chance);

// Give up ions of elements with a single line that is off its place, or that too few
// lines of other elements confirm; how many were given up.
size_t ia_model_drop_unconfirmed(ia_model *model);

enum { IA_SCALES_MOST = 3 };

typedef struct {
    ia_mass_scale list[IA_SCALES_MOST]; // the best fit first
    size_t n;
} ia_mass_scales;

// Straight line through the places of peaks that one chosen ion accounts for, that of the
// model where there is none; another that fits some of them; and that of the rest where
// the lines of one element draw the first.
ia_status ia_mass_scale_fit(ia_ctx *ctx, const ia_model *model, ia_mass_scales *out);

#endif
