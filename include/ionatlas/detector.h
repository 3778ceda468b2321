// include/ionatlas/detector.h: what the detector recorded, before any m/n or position.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_DETECTOR_H
#define IONATLAS_DETECTOR_H

#include <ionatlas/ions.h>

IA_BEGIN

typedef struct {
    size_t tof_bins;  // times of flight in at most so many bins
    size_t hit_cells; // along the longer edge of the map of hits, at most
} ia_detector_params;
IA_API extern const ia_method ia_detector_method;
IA_API ia_detector_params ia_detector_defaults(void);

enum { IA_MULTIPLES = 16 };

// All-zero is empty: nothing is known. What the input lacks stays so.
typedef struct {
    bool is_known;
    double tof_bin;                // ns; bins [i tof_bin, (i + 1) tof_bin)
    size_t n_bins;                 // 0: no time of flight above zero
    uint64_t *tof;                 // (n_bins) ions
    uint64_t tof_below, tof_above; // outside the bins; what is no number is below
    uint64_t pulses[IA_MULTIPLES]; // [k] with k ions, the last with so many or more;
                                   // [0]: ions that are not the first of theirs
    uint64_t many;                 // ions in the pulses of the last
    uint64_t n_hits;               // ions with a finite hit
    double bounds[2][2];           // of these, mm; NAN for none
    double cell;                   // mm
    double origin[2];              // lower corner of the first cell, mm
    size_t cells[2];               // across (x) and down (y); 0: hits without extent
    uint64_t *hits;                // (cells[1], cells[0]) ions
} ia_detector;

// Times of flight, ions per pulse and the map of hits, as far as the table has their
// columns; widths are round numbers. The times end where all but one ion in 2,000 do:
// a few far ones would squeeze the others together. Two passes over the columns on all
// threads, one more over the times for each far group of them; memory for the counters
// alone, per thread. Same bits on any number of threads.
IA_API ia_status ia_detector_compute(ia_ctx *ctx, const ia_ions *ions,
                                     const ia_detector_params *params, ia_detector *out);
IA_API void ia_detector_clear(ia_detector *detector);
// "tof_spectrum" {tof_ns, counts}, "tof_bins", "multiplicity" {hits, or_more, pulses,
// ions} and "hit_map"; tables that would be empty are left out.
IA_API ia_status ia_detector_tables(ia_ctx *ctx, const ia_detector *detector,
                                    ia_result *result);

IA_END
#endif
