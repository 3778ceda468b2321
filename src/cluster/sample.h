// src/cluster/sample.h: the part of the specimen that a test looks at.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SAMPLE_H
#define IONATLAS_SRC_CLUSTER_SAMPLE_H

#include "cluster/cluster_internal.h"

#include <ionatlas/random.h>

typedef struct ia_sample {
    const float *xyz; // (n, 3) nm: the cloud's or `own`
    float *own;
    uint64_t *bits; // which of them are the solute
    size_t n, n_solute;
    float *rate;    // (n) relative chances to be drawn, at most 1; NULL: all alike
    double spacing; // density of as many ions drawn at random to the power -1/3, nm
} ia_sample;
// About test_ions of the solute: all, or those in bricks of the
// specimen. Marked ions of the cloud
// are left out; NULL for none.
ia_status ia_sample_build(ia_ctx *ctx, const ia_solute_set *solute,
                          const ia_cluster_params *params, const uint64_t *left_out,
                          ia_sample *out);
void ia_sample_clear(ia_sample *sample);
// Let draws keep how the solute varies slowly over the specimen, by cubes of this edge at
// least (nm): rate stays NULL where it does not, at the 1 % level.
ia_status ia_sample_follow_drift(ia_ctx *ctx, ia_sample *sample, double least_edge);
// Mark n_solute ions at random.
void ia_sample_draw(const ia_sample *sample, ia_random *random, uint64_t *bits);
// Positions of the marked ions, (n_solute, 3).
void ia_sample_gather(const ia_sample *sample, const uint64_t *bits, float *xyz);

// More than a few thousand points within d of each on average: linking would not end.
bool ia_is_crowded(const float *xyz, size_t n, double d);

#endif
