// src/spectrum/bayes_internal.h: profile of a line, cells, groups and models that the
// Bayesian judgement of ions works with.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_BAYES_INTERNAL_H
#define IA_SPECTRUM_BAYES_INTERNAL_H

#include <ionatlas/bayes.h>

#include "spectrum/counts.h"

// The profile of a line: a Gaussian onset with an exponential tail, and a share of the
// ions in a longer one. Lengths in widths of a peak.
enum { IA_PROFILE_TABLE = 2400 };
typedef struct {
    double sigma, tau;     // of the onset, decay length of the tail
    double far_share, far; // share of the ions in the longer tail, and its decay length
    double shift;          // of the Gaussian's middle against the place of the line
    double top;            // where a peak's place is measured, against that of the line
    double offset, slope;  // Da and relative, of places against the mass scale
    double stretch, tilt;  // of the widths: exp(stretch + tilt ln(m / 28))
    double core_error;     // relative scatter of single peaks about the profile
    double tail_error;     // the same more than 1.5 widths from the maximum
    double wing[3];        // the same before, behind and far behind, of the peak's height
    double amount_error;   // relative scatter of isotopes about natural shares
    double place_error;    // scatter of places beyond counting, widths
    ia_peak_widths widths;
    double *below; // (IA_PROFILE_TABLE) share below u = -8, -7.98, ...
} ia_profile;

// A line that is known to be there, for learning the profile.
typedef struct {
    double mass;     // place by the mass scale, Da
    double expected; // ions
    uint32_t ion;    // lines of one ion have natural shares
} ia_known_line;

// Learn the profile from lines by rising mass; beliefs stand where few ions tell. O(cells
// x parameters^2), some milliseconds.
ia_status ia_profile_learn(ia_ctx *ctx, const ia_counts *counts, const ia_peaks *peaks,
                           const ia_known_line *lines, size_t n, ia_profile *out);
void ia_profile_clear(ia_profile *profile);
// Scatter of a cell u widths above a peak's place, of the peak's height; 0 in its core.
double ia_profile_wing(const ia_profile *profile, double u);
// Place of a line that the mass scale puts at `mass`, its width, and the share of its
// ions less than u widths above its place.
double ia_profile_place(const ia_profile *profile, double mass);
double ia_profile_width(const ia_profile *profile, double mass);
double ia_profile_below(const ia_profile *profile, double u);

// A line of an ion where it is measured.
typedef struct {
    double place, width; // Da
    double share;        // of the ion's ions
    int32_t peak;        // that it may be, -1 for none
} ia_placed_line;

// An ion that is judged, or a line of something that is no candidate.
typedef struct {
    const ia_candidate *candidate; // NULL: unknown
    size_t first, n_lines;         // of the lines
    double log_prior;              // given its elements
    double intensity, sigma;       // ions; 0 for not told
    double probability;
    double gain;    // log likelihood by itself, on what is told now
    bool proposed;  // worth judging whatever it gains
    uint32_t group; // IA_NO_GROUP for not judged
} ia_judged;
static const uint32_t IA_NO_GROUP = UINT32_MAX;

// What is known from elsewhere when a group is judged.
typedef struct {
    double element[IA_Z_MAX + 1]; // log odds that the element is there
    double *absence; // (n_matters) probability that no ion of these atoms is there
} ia_elsewhere;

typedef struct {
    ia_ctx *ctx;
    const ia_counts *counts;
    const ia_peaks *peaks;
    const ia_candidates *candidates;
    ia_mass_scale scale;
    ia_profile profile;
    double *edge;                         // (n_cells + 1) Da
    double *count, *base, *weight, *mean; // (n_cells)
    size_t n_cells;
    ia_placed_line *lines;
    size_t n_lines;
    ia_judged *ions; // candidates in their order, then one unknown line for each peak
    size_t n_ions;
    double log_total; // of all ions: intensities are believed even in their logarithm
    ia_elsewhere elsewhere;
} ia_judge;

// Sets of members of a group.
enum { IA_GROUP_MOST = 128, IA_MASK_WORDS = 2 };
typedef struct {
    uint64_t bits[IA_MASK_WORDS];
} ia_mask;
bool ia_mask_has(const ia_mask *mask, size_t member);
void ia_mask_flip(ia_mask *mask, size_t member);

// A set of ions that accounts for a group.
typedef struct {
    ia_mask mask;
    double log_evidence; // of the counts, intensities marginalised
    double log_prior;
} ia_account_model;

// A group: members that share cells, and all cells that they reach.
typedef struct {
    ia_judge *judge;
    size_t member[IA_GROUP_MOST]; // index into the judge's ions
    size_t n;
    size_t *cell; // (n_cells) of the judge, rising
    size_t n_cells;
    double *count, *base, *weight; // (n_cells) base holds what other groups put there
    double *column;                // (n, n_cells) share of each member
    uint32_t *support;             // cells where a column is not 0, by member
    size_t *support_first;         // (n + 1)
    double *mean, *room, *moved;   // (n_cells), (n_cells), (n, n_cells)
    double intensity[IA_GROUP_MOST], sigma[IA_GROUP_MOST]; // of the model fitted last
    ia_account_model *models;                              // visited
    size_t n_models, models_room;
    uint32_t *slots; // hash of masks: index + 1 of the model
    size_t n_slots;
} ia_group;

ia_status ia_group_build(ia_judge *judge, const size_t *members, size_t n, ia_group *out);
void ia_group_clear(ia_group *group);
// Greatest log likelihood of the members in the mask, intensities, log evidence. The
// group's intensities are the start and then the answer.
double ia_group_fit(ia_group *group, const ia_mask *mask, double *log_likelihood);
// Log likelihood that a member gains by itself on the means of the model fitted last.
double ia_group_gain(const ia_group *group, size_t member, double *intensity);
double ia_group_prior(const ia_group *group, const ia_mask *mask);
// Visit models from a first set on until none near the best is left out, and sum up.
ia_status ia_group_search(ia_group *group, const ia_mask *first, ia_mask *best);
// Log of what an element of a set costs.
double ia_judge_element_cost(const ia_judge *judge, unsigned z);
// Priors anew, by what is known from elsewhere; posterior of each model (n_models) and
// probability of each member (n). Fits the best. `said`: log of how many times likelier
// the group's cells are with each element there than without, (IA_Z_MAX + 1).
void ia_group_weigh(ia_group *group, double *posterior, double *probability, double *said,
                    ia_mask *best);

typedef struct {
    const ia_counts *counts;
    const ia_peaks *peaks;
    const ia_candidates *candidates;
    const ia_mass_scale *scale;
    const double *told;   // (candidates->n) ions of each, 0 for none
    const bool *proposed; // (candidates->n)
} ia_judge_input;

// Where each line of each candidate lies; cells with counts and levels. The profile is
// learnt from what is told.
ia_status ia_judge_build(ia_ctx *ctx, const ia_judge_input *input, ia_judge *out);
void ia_judge_clear(ia_judge *judge);
// Nothing is told any more.
void ia_judge_forget(ia_judge *judge);
// An ion is not told after all.
void ia_judge_give_up(ia_judge *judge, ia_judged *ion);
// Add (sign 1) or take off an ion's part of the means.
void ia_judge_add(ia_judge *judge, const ia_judged *ion, double sign);

// Judge all that is worth it, group by group, told ions first. `least` is the probability
// from which an ion is told. Sets the accounts.
ia_status ia_judge_decide(ia_judge *judge, double least, ia_assignment *out);
// Ions, isotopes and peaks of an assignment, from what is judged.
ia_status ia_judge_tell(ia_judge *judge, ia_assignment *out);
// What may be there and is worth judging: what is told, what gains by itself, what could
// take the place of what is told; (n_ions).
ia_status ia_judge_mark(ia_judge *judge, bool *worth);
// Number the groups of those that are worth it by what they share.
ia_status ia_judge_group(ia_judge *judge, const bool *worth, size_t *n_groups);
// Scatter of the places of peaks about their lines beyond counting, Da.
double ia_judge_place_error(const ia_judge *judge, double mass);
// Cell that holds a mass, the first or last where it is outside.
size_t ia_judge_cell(const ia_judge *judge, double mass);

#endif
