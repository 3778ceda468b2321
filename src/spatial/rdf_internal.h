// src/spatial/rdf_internal.h: the parts of the radial distribution function.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RDF_H
#define IONATLAS_SRC_RDF_H

#include "spatial/drawing.h"

#include <ionatlas/pairs.h>
#include <ionatlas/rdf.h>

typedef struct {
    ia_drawing set;
    double r_max; // nm
    size_t n_bins;
} rdf_drawing;

// Values: (n_bins) pairs of a draw. An ia_statistic on an rdf_drawing.
bool ia_rdf_draw(void *user, const ia_draw *draw, size_t worker, double *values);
// Fewer ions used where these have more pairs than can be counted again and again.
ia_status ia_rdf_bound(ia_ctx *ctx, rdf_drawing *drawing, uint64_t seed);
// Pairs, their null and what the global test says. `rdf` has its n_bins; its lists are
// made here.
ia_status ia_rdf_test(ia_ctx *ctx, rdf_drawing *drawing, const ia_rdf_params *params,
                      ia_rdf *rdf);

// Cubes over the box of all ranged ions, those without any left out.
typedef struct {
    double origin[3], edge; // nm
    int32_t size[3];
    uint32_t *block; // (cubes) number of the block
    double *ions;    // (n) ranged ions in a block
    size_t n;
} rdf_blocks;
// n = 0 for a flat box.
ia_status ia_rdf_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, rdf_blocks *out);
void ia_rdf_blocks_clear(rdf_blocks *blocks);
// Errors, halves and thinning, after the test.
ia_status ia_rdf_steady(ia_ctx *ctx, rdf_drawing *drawing, const rdf_blocks *blocks,
                        uint64_t seed, ia_rdf *rdf);

#endif
