// src/spectrum/tof_rows.h: rows of features with their truth, from specimens drawn.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_ROWS_H
#define IA_SPECTRUM_TOF_ROWS_H

#include "spectrum/tof_draw.h"
#include "spectrum/tof_match.h"

typedef struct {
    float *features; // (n, n_features)
    float *labels;   // (n) class; 0 none of these
    float *weights;  // (n)
    size_t n, room, n_features;
} ia_tof_rows;
void ia_tof_rows_clear(ia_tof_rows *rows);
ia_status ia_tof_rows_add(ia_ctx *ctx, ia_tof_rows *rows, const float *features,
                          float label);

// Classes of the first stage: none, then the elements with natural isotopes by atomic
// number. class_of[z] is 0 for those without.
typedef struct {
    size_t n;
    unsigned z[IA_Z_MAX + 1]; // (n) of each class
    unsigned class_of[IA_Z_MAX + 1];
} ia_tof_classes;
ia_tof_classes ia_tof_classes_list(void);

// One row for each peak and charge. The truth is the element whose main line makes a
// quarter of the peak and more.
ia_status ia_tof_element_rows(ia_ctx *ctx, const ia_tof_classes *classes,
                              const ia_tof_specimen *specimen, ia_tof_rows *out);

// One row for each molecule that the elements found allow at a peak they leave
// unexplained; some elements missed, some found wrongly, some molecules told before. The
// truth, 1, is the molecule that makes most of what is left.
ia_status ia_tof_molecule_rows(ia_ctx *ctx, const ia_ion_prior *prior,
                               const ia_tof_specimen *specimen, ia_random *random,
                               ia_tof_rows *out);

#endif
