// src/detector/hits.h: what the files about multiple hits share; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_HITS_H
#define IONATLAS_SRC_HITS_H

#include <ionatlas/multihit.h>

// The ions of multiples with their kinds and groups.
typedef struct {
    const ia_multihit_input *in;
    const ia_multiples *m;
    ia_multihit_params params;
    int32_t *kind;   // (n) index into the ranges' ions, -1 for none
    uint32_t *group; // (n_events)
    size_t n_pairs;  // of all events
    bool *broken;    // (n_events) holds a pair on a track of a molecule that broke
    size_t *first;   // (n_events + 1) pairs before each event
    ia_multihit *out;
} hits_job;

// chance.c: what exchanging partners among pulses gives.
ia_status hits_groups_build(ia_ctx *ctx, hits_job *j);
// Add a pulse of so many ions to its group.
void hits_group_add(ia_hits_group *group, size_t size);
typedef struct {
    double mean, variance;
} hits_chance;
// Add the pairs that a group with n_a ions of one and n_b of the other kind gives by
// chance; alike: both are one kind and n_b is not looked at.
void hits_chance_add(const ia_hits_group *group, double n_a, double n_b, bool alike,
                     hits_chance *sum);
// Chance of n pairs or more, of n or fewer, and the two-sided one.
double hits_chance_of_more(double n, const hits_chance *chance);
double hits_chance_of_fewer(double n, const hits_chance *chance);
double hits_chance_of(double n, const hits_chance *chance);

// pair_kinds.c, pair_cells.c, tracks.c: the parts of the result.
ia_status hits_kinds_test(ia_ctx *ctx, hits_job *j);
ia_status hits_cells_count(ia_ctx *ctx, hits_job *j);
ia_status hits_cells_test(ia_ctx *ctx, hits_job *j);
ia_status hits_tracks_test(ia_ctx *ctx, hits_job *j);

// track_list.c: tracks that the named ions could make: (n) of them, freed with free().
ia_status hits_tracks_list(ia_ctx *ctx, const hits_job *j, ia_track **out, size_t *n);
// Width of a peak, Da.
double hits_width(const hits_job *j, double mass);

#endif
