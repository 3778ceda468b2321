// include/ionatlas/dead_time.h: ions lost because the detector was still busy with
// another of the same pulse.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_DEAD_TIME_H
#define IONATLAS_DEAD_TIME_H

#include <ionatlas/multihit.h>
#include <ionatlas/spectrum.h>

IA_BEGIN

enum { IA_DEAD_AUTO, IA_DEAD_OFF, IA_DEAD_ON };
typedef struct {
    int dead_time;     // correct the composition: one of the above
    double t_far;      // two hits so far apart in time never hide each other, ns
    double r_far;      // nor two so far apart on the detector, mm; 0: from the pairs
    double dead_level; // chance of finding a dead zone where there is none
} ia_dead_time_params;
IA_API extern const ia_method ia_dead_time_method;
IA_API ia_dead_time_params ia_dead_time_defaults(void);

// Slices of time and of distance below t_far and r_far; one more for all beyond.
enum { IA_DEAD_TIMES = 15, IA_DEAD_RADII = 10 };

// Pairs that came within a slice of time, near on the detector, against those that their
// number further apart lets expect.
typedef struct {
    double from, to; // ns, or mm
    uint64_t pairs;  // in the slice
    double expected, sigma;
} ia_dead_slice;

// Losses of a kind of ion or of a merged range.
typedef struct {
    uint64_t counts;    // ions recorded
    uint64_t near, far; // pairs within the dead time that end in one: in the dead zone,
                        // and further apart on the detector
    double ratio;       // pairs in the zone for one further apart, were none lost
    double lost, sigma_lost;
} ia_dead_loss;

// One isotope of a kind: its share as nature has it, as recorded, and corrected.
typedef struct {
    int32_t kind;                          // into the ranges' ions
    double mass;                           // middle of its range, Da
    double natural, raw, corrected, sigma; // sigma: of the corrected share
} ia_isotope_share;

// All-zero is empty: nothing is known.
typedef struct {
    bool is_known;    // there were times, positions and pairs to tell from
    char reason[160]; // why not, or why the composition is left as it is
    ia_dead_slice times[IA_DEAD_TIMES], radii[IA_DEAD_RADII];
    double shortest; // between two ions of a pulse, ns
    double blind;    // within so long hardly a second ion is seen wherever it hits, ns
    double time, radius;        // of the dead zone, ns and mm; 0: none was found
    double lost, sigma_lost, p; // in all, and the chance of it
    bool is_significant, is_applied;
    bool reaches_far;   // as far as two hits of a pulse come apart: least losses are told
    ia_same_pairs same; // of one kind, wherever and whenever they hit
    bool lacks_same;    // surely fewer than exchanged partners give
    ia_dead_loss *kinds; // (n_kinds) of the ranges' ions
    size_t n_kinds;
    ia_dead_loss *ranges; // (n_ranges) merged
    size_t n_ranges;
    ia_isotope_share *isotopes; // (n_isotopes)
    size_t n_isotopes;
    double chi2_raw, chi2_corrected, degrees; // of the isotopes against nature
} ia_dead_time;

typedef struct {
    const ia_multiples *multiples;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_range_counts *counts;
    const ia_background *background; // NULL: none is taken off isotopes
    const ia_peak_widths *widths;    // NULL: as ia_multihit_input has it
} ia_dead_time_input;

// IA_OK with `reason` where the input does not allow an answer. O(pairs + ions of
// multiples x log) time.
IA_API ia_status ia_dead_time_compute(ia_ctx *ctx, const ia_dead_time_input *input,
                                      const ia_dead_time_params *params,
                                      ia_dead_time *out);
IA_API void ia_dead_time_clear(ia_dead_time *dead);
// The ions lost in each range into `counts`, where they are to be put back; else none.
IA_API ia_status ia_dead_time_apply(ia_ctx *ctx, const ia_dead_time *dead,
                                    ia_range_counts *counts);
// "dead_time", "dead_zone_times", "dead_zone_distances", "losses" and "isotopes".
IA_API ia_status ia_dead_time_tables(ia_ctx *ctx, const ia_dead_time *dead,
                                     const ia_ranges *ranges, ia_result *result);

IA_END
#endif
