// include/ionatlas/tof_trees.h: isotope patterns recognised by trees, first of single
// atoms, then of molecules made of these.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TOF_TREES_H
#define IONATLAS_TOF_TREES_H

#include <ionatlas/identify.h>

IA_BEGIN

// The way `tree` (ia_identify_params.way). Trees look at each peak with each charge and
// say which element has its main isotope there, if any; then molecules of the elements
// found are tried, by other trees, at the peaks that these leave unexplained. `decisions`
// of the assignment is filled. 10 to 100 us a peak and charge.
IA_API ia_status ia_tree_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                 const ia_background *background, const ia_peaks *peaks,
                                 const ia_identify_params *params, ia_assignment *out);

// Training, from specimens drawn at random.
typedef struct {
    uint64_t seed;
    size_t specimens;                     // drawn for the elements
    size_t rows;                          // of each element, at most
    size_t element_rounds, element_depth; // trees of each element, levels of each
    size_t molecule_specimens;            // drawn for the molecules
    size_t molecule_rounds, molecule_depth;
    size_t tests; // specimens drawn to try the trees on
} ia_tof_params;
IA_API extern const ia_method ia_tof_method;
IA_API ia_tof_params ia_tof_defaults(void);

// How a stage did on specimens that it was not trained on.
typedef struct {
    size_t rows, right_rows; // trained on; those with an ion
    size_t asked, there;     // peaks (with each charge) asked about; those with an ion
    size_t right, wrong;     // told with a probability of 1/2 and more
    double microseconds;     // for a decision
} ia_tof_score;

typedef struct {
    unsigned char *model; // (n) bytes: a line of JSON, then the trees of both stages
    size_t n;
    char sha256[65];
    ia_tof_score elements, molecules;
} ia_tof_training;

// Same parameters, same bytes, on any number of threads. Minutes with the defaults.
IA_API ia_status ia_tof_train(ia_ctx *ctx, const ia_tof_params *params,
                              ia_tof_training *out);
IA_API void ia_tof_training_clear(ia_tof_training *training);
// "training": stage, rows, rows_with_ion, asked, there, right, wrong, precision, recall,
// decision_us. "model": bytes, sha256.
IA_API ia_status ia_tof_tables(ia_ctx *ctx, const ia_tof_training *training,
                               ia_result *result);

// The model that is compiled in: its bytes, borrowed.
IA_API const unsigned char *ia_tof_model(size_t *n);

IA_END
#endif
