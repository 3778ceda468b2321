// src/spectrum/trees.h: gradient-boosted trees, by XGBoost.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_TREES_H
#define IA_SPECTRUM_TREES_H

#include <ionatlas/context.h>

// A trained classifier. One thread at a time.
typedef struct ia_trees ia_trees;

typedef struct {
    size_t n_classes; // 2: one probability per row; more: one for each class
    size_t rounds, depth;
    double rate;  // of learning
    double least; // sum of the rows' weights in a leaf, at least (by their hessians)
} ia_trees_rules;

// Rows to learn from.
typedef struct {
    const float *features; // (n, n_features); NAN: not known
    const float *labels;   // (n) 0 .. n_classes - 1
    const float *weights;  // (n)
    size_t n, n_features;
} ia_trees_rows;

// Single-threaded, so that the same rows give the same bits.
ia_status ia_trees_train(ia_ctx *ctx, const ia_trees_rules *rules,
                         const ia_trees_rows *rows, ia_trees **out);
// UBJSON as XGBoost writes it; freed with free().
ia_status ia_trees_save(ia_ctx *ctx, const ia_trees *trees, unsigned char **bytes,
                        size_t *n);
ia_status ia_trees_load(ia_ctx *ctx, const void *bytes, size_t n, ia_trees **out);
void ia_trees_free(ia_trees *trees);

// Probabilities (n, n_classes), or (n) for two classes, of rows as they were learnt from.
// Microseconds a row, a little more for a call.
ia_status ia_trees_predict(ia_ctx *ctx, const ia_trees *trees, const float *features,
                           size_t n, float *out, size_t n_out);

// "1.7.4"
void ia_trees_version(char text[32]);

#endif
