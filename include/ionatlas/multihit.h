// include/ionatlas/multihit.h: ions that came together in one pulse: how often, which
// pairs more often than chance, and which of them broke from one molecule.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_MULTIHIT_H
#define IONATLAS_MULTIHIT_H

#include <ionatlas/detector.h>
#include <ionatlas/peaks.h>
#include <ionatlas/ranges.h>

IA_BEGIN

// The ions of pulses that hold two or more, copied out of the table, pulse after pulse.
// Follow-up ions whose first ion was left out belong nowhere and are counted alone.
typedef struct {
    bool is_known;
    size_t most;     // ions of a pulse that is copied
    size_t n_ions;   // in the table
    size_t n;        // ions here
    size_t n_events; // pulses here
    size_t *begin;   // (n_events + 1) first ion of each
    float *mass;     // (n) m/n, Da
    float *tof;      // (n) ns; NULL where the table has no times of flight
    float *hit;      // (n, 2) mm; NULL where it has no detector positions
    uint64_t
        pulses[IA_MULTIPLES]; // [k] pulses with k ions, the last with so many or more
    uint64_t many;            // ions in the pulses of the last
    uint64_t fired;           // pulses fired, empty ones too; 0: unknown
    uint64_t orphans;         // follow-up ions of a pulse that is not in the table
    uint64_t bursts;          // pulses with more than `most` ions: counted, not copied
    uint64_t unlike;          // pulses with another number of ions than they say
} ia_multiples;

// Needs m/n, and multiplicity or pulses since the last event. Two passes over the columns
// on all threads; 4 to 16 B per ion of a multiple.
IA_API ia_status ia_multiples_gather(ia_ctx *ctx, const ia_ions *ions, size_t most,
                                     ia_multiples *out);
IA_API void ia_multiples_clear(ia_multiples *multiples);

typedef struct {
    double pair_bin;    // of the histogram of pairs, Da
    double pair_most;   // its end, Da; 0: where all but one ion in 50 are
    size_t most_hits;   // pulses with more ions are left out
    size_t stretch;     // ions of multiples within which partners are exchanged; 0: all
    double level;       // chance of one or more false pairs, and of false tracks
    double track_width; // half-width of a track, in widths of a peak
    bool histogram;     // report the cells of the histogram that hold pairs
} ia_multihit_params;
IA_API extern const ia_method ia_multihit_method;
IA_API ia_multihit_params ia_multihit_defaults(void);

// Pairs of two kinds of ion against chance: partners exchanged among pulses.
typedef struct {
    int32_t kind[2]; // into the ranges' ions
    uint64_t counts;
    double expected, sigma; // of chance: mean and standard deviation
    double p, p_holm;       // two-sided
    bool is_significant;
} ia_pair_kind;

// A cell of the histogram that holds more pairs than chance puts there.
typedef struct {
    double m[2]; // middle, Da; m[0] <= m[1]
    uint64_t counts;
    double expected, sigma;
    double p, q; // q: share of false ones among the cells up to this (Benjamini-Hochberg)
} ia_pair_cell;

// A molecule that broke on its way, as a curve in the histogram.
typedef struct {
    ia_ion parent, fragment[2]; // [0] arrives first; charge 0 of [1]: neutral
    double m_parent;            // m/n, Da
    double m[2];                // of the fragments; INFINITY for a neutral one
    uint64_t counts, beside;    // pairs on the track and in the bands beside it
    double ratio;               // pairs on the track for one beside, by chance
    double expected;            // on the track: ratio x beside
    double excess, sigma_excess;
    double p, p_holm;
    bool is_significant;
    size_t same_as; // a stronger track that holds more than half of its pairs; else own
} ia_track;

// Ions of multiples in one stretch of the run and of one size of pulse: partners are
// exchanged among them.
typedef struct {
    double ions, pairs;
    double chains; // ordered pairs of pairs that share an ion
} ia_hits_group;

// All-zero is empty.
typedef struct {
    ia_multihit_params params;
    uint64_t pulses[IA_MULTIPLES], many; // as in ia_multiples
    double expected[IA_MULTIPLES];       // pulses, were ions independent; NAN: unknown
    uint64_t n_ions, multiple_ions, fired, orphans, bursts;
    double rate, p_rate; // ions per pulse fired, and the chance of such pulses
    uint64_t n_pairs;
    uint64_t on_tracks;      // in pulses that hold a pair on a track: not in the kinds
    uint64_t same, unranged; // pairs of one kind; with an ion of none
    double same_expected, same_sigma, same_p;

    ia_pair_kind *kinds; // (n_kinds) by rising p
    size_t n_kinds;

    double bin; // Da; bins [i bin, (i + 1) bin), i < n_bins
    size_t n_bins;
    uint64_t *cells;   // (n_cells) i n_bins + j, i <= j, rising
    uint32_t *in_cell; // (n_cells) pairs
    size_t n_cells;
    uint64_t outside;  // pairs beyond the histogram
    ia_pair_cell *hot; // (n_hot) significant cells, by rising p
    size_t n_hot;

    ia_hits_group *groups; // (n_groups)
    size_t n_groups;
    uint32_t *in_bin; // (n_groups, n_bins) ions

    ia_track *tracks; // (n_tracks) by rising p
    size_t n_tracks;
} ia_multihit;

typedef struct {
    const ia_multiples *multiples;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_peak_widths *widths; // NULL: m/700 and the histogram's bin at least
} ia_multihit_input;

// O(pairs x candidate tracks) time on all threads, 12 B per pair while the histogram is
// made. Same bits on any number of threads.
IA_API ia_status ia_multihit_compute(ia_ctx *ctx, const ia_multihit_input *input,
                                     const ia_multihit_params *params, ia_multihit *out);
IA_API void ia_multihit_clear(ia_multihit *multihit);
// Pairs of two ions of one kind, all kinds together, against exchanged partners.
typedef struct {
    uint64_t pairs;
    double expected, sigma; // of chance
    double p;               // two-sided
} ia_same_pairs;
// O(ions of multiples); where `level` says that such pairs are too few, once more beside
// the molecules that broke, whose pieces are of different kinds. As ia_multihit_compute.
IA_API bool ia_same_pairs_are_few(const ia_same_pairs *same, double level);
IA_API ia_status ia_same_pairs_count(ia_ctx *ctx, const ia_multihit_input *input,
                                     double level, ia_same_pairs *out);
// "multihit", "multiplicity", "pairs", "tracks", "cells" and, where asked for,
// "histogram".
IA_API ia_status ia_multihit_tables(ia_ctx *ctx, const ia_multihit *multihit,
                                    const ia_ranges *ranges, ia_result *result);

// Apparent m/n of fragment k where the parent broke after the share x of the voltage.
IA_API double ia_track_at(const ia_track *track, size_t k, double x);

// Pairs and those of chance in square cells of `factor` bins; symmetric.
typedef struct {
    size_t n;         // cells along an edge
    double cell;      // Da
    double *counts;   // (n, n)
    double *expected; // (n, n)
} ia_pair_map;
IA_API ia_status ia_pair_map_compute(ia_ctx *ctx, const ia_multihit *multihit,
                                     size_t factor, ia_pair_map *out);
IA_API void ia_pair_map_clear(ia_pair_map *map);
// What a cell says against chance, in standard deviations: the signed root of the
// deviance of a Poisson count, sqrt(2 (n ln(n / e) - n + e)).
IA_API double ia_pair_deviation(double counts, double expected);

IA_END
#endif
