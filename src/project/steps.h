// src/project/steps.h: the kinds of step, one file of them per subject.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_STEPS_H
#define IONATLAS_SRC_STEPS_H

#include <ionatlas/workflow.h>

// steps_mass.c
extern const ia_step_kind ia_step_read, ia_step_flight, ia_step_spectrum, ia_step_peaks,
    ia_step_peak_shape, ia_step_identify, ia_step_range, ia_step_background,
    ia_step_deconvolve, ia_step_composition, ia_step_limits, ia_step_charge_states;

// A list of ions, not the bins of a spectrum.
bool ia_has_list(const ia_state *state);

// workflow.c: forget `n` records from `first` on.
void ia_chain_forget(ia_chain *chain, size_t first, size_t n);
// The warnings of `ctx` from number `first` on are of the last record, too.
ia_status ia_chain_keep_warnings(ia_ctx *ctx, size_t first, ia_chain *chain);

// steps_mixture.c
extern const ia_step_kind ia_step_mixture;
// steps_mass.c: what is known of a range that the program found itself; NULL for one that
// a person made.
const ia_range_evidence *ia_evidence_of(const ia_state *state, const ia_ion *ion,
                                        double lo);
// range_words.c: the isotope that each range is of, where it is of one, and what set its
// bounds, as columns.
ia_status ia_add_range_words(ia_ctx *ctx, const ia_state *state, ia_table *table);
// steps_calibrate.c
extern const ia_step_kind ia_step_reconstruct;
extern const ia_step_kind ia_step_calibrate;
// Do m/n that were not calibrated drift over the run? A word on it, where it matters.
ia_status ia_look_for_scale_drift(ia_ctx *ctx, ia_state *state);

// steps_label.c
extern const ia_step_kind ia_step_label;

// steps_ranges.c
extern const ia_step_kind ia_step_autorange, ia_step_agreement;
// tell_deuterium.c: a word on ions told as H2+ that may be D+, where the composition
// would be another.
void ia_tell_deuterium(ia_ctx *ctx, const ia_state *state);
// tell_missing.c: a word on an element that the limits of detection find where no ion
// told holds it.
void ia_tell_missing(ia_ctx *ctx, const ia_state *state);
// steps_hydrogen.c: light ions with and without deuterium that were solved for share what
// they have together as the light peaks tell; nothing where only one of a pair was.
ia_status ia_share_deuterium(ia_ctx *ctx, const ia_state *state,
                             ia_deconvolution *solved);
// tell_enriched.c: a word on peaks that isotopes other than those of nature may make.
void ia_tell_enriched(ia_ctx *ctx, const ia_identification *id);
// tell_places.c: a word on ions at the place of another, once, before a step that asks
// where ions lie.
ia_status ia_tell_places(ia_ctx *ctx, ia_state *state, const ia_method *method);
// tell_labels.c: a word on ranges whose ion cannot lie there.
void ia_tell_labels(ia_ctx *ctx, const ia_ranges *ranges);
// steps_hydrogen.c
extern const ia_step_kind ia_step_hydrogen;
// steps_detector.c
extern const ia_step_kind ia_step_detector, ia_step_dead_time, ia_step_multihit,
    ia_step_hitmap, ia_step_poles, ia_step_drift, ia_step_orientation,
    ia_step_quadrilateral, ia_step_turn;
// steps_spatial.c
extern const ia_step_kind ia_step_knn, ia_step_rdf, ia_step_correlation,
    ia_step_frequency, ia_step_cluster;
// steps_field.c
extern const ia_step_kind ia_step_edge;
extern const ia_step_kind ia_step_profile, ia_step_field, ia_step_isosurface,
    ia_step_proxigram;
// steps_crystal.c
extern const ia_step_kind ia_step_fourier, ia_step_sdm, ia_step_planes;
// quality.c
extern const ia_step_kind ia_step_quality;

// The shape of peaks as the solving of overlaps learnt it, else as it was before.
const ia_peak_shape *ia_state_shape(const ia_state *state);

#endif
