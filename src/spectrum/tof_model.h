// src/spectrum/tof_model.h: the trees of both stages, with what they were trained on.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TOF_MODEL_H
#define IA_SPECTRUM_TOF_MODEL_H

#include <ionatlas/tof_trees.h>

#include "spectrum/trees.h"

typedef struct {
    ia_trees *elements, *molecules;
} ia_tof_trees;

// One block of bytes: a line of JSON with the provenance and the lengths, then the trees.
ia_status ia_tof_model_write(ia_ctx *ctx, const ia_tof_trees *trees,
                             const ia_tof_params *params, unsigned char **bytes,
                             size_t *n);
// IA_ERR_FORMAT for what is no model, or one of other features.
ia_status ia_tof_model_read(ia_ctx *ctx, const unsigned char *bytes, size_t n,
                            ia_tof_trees *out);
void ia_tof_trees_clear(ia_tof_trees *trees);

#endif
