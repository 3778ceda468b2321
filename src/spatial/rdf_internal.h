// src/spatial/rdf_internal.h: the parts of the radial distribution function.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RDF_H
#define IONATLAS_SRC_RDF_H

#include "spatial/drawing.h"

#include <ionatlas/extent.h>
#include <ionatlas/pairs.h>
#include <ionatlas/rdf.h>

typedef struct {
    ia_drawing set;
    double r_max; // nm
    size_t n_bins;
} rdf_drawing;

// Values: (n_bins) pairs of a draw. An ia_statistic on an rdf_drawing.
ia_status ia_rdf_draw(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                      double *values);
// Fewer ions used where these have more pairs than can be counted again and again.
ia_status ia_rdf_bound(ia_ctx *ctx, rdf_drawing *drawing, uint64_t seed);
// Pairs, their null and what the global test says. `rdf` has its n_bins; its lists are
// made here.
ia_status ia_rdf_test(ia_ctx *ctx, rdf_drawing *drawing, const ia_rdf_params *params,
                      ia_rdf *rdf);

// The pairs alone, where labels do not matter: all of the null NAN, no shuffles.
ia_status ia_rdf_count(ia_ctx *ctx, rdf_drawing *drawing, uint64_t seed, ia_rdf *rdf);

void ia_rdf_clear(ia_rdf *rdf);

// Cubes over the box of all ranged ions, those without any left out.
typedef struct {
    double origin[3], edge; // nm
    int32_t size[3];
    uint32_t *block; // (cubes) number of the block
    double *ions;    // (n) ranged ions in a block
    size_t n;
    double *volume;       // (n) nm^3, and
    ia_covariance *share; // (n) of shells about its points inside the specimen: NULL
                          // before they are measured, or where no volume is known
} rdf_blocks;
// n = 0 for a flat box.
ia_status ia_rdf_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, rdf_blocks *out);
// Volume of the blocks, and how much of shells about them up to r_max lies inside.
ia_status ia_rdf_blocks_measure(ia_ctx *ctx, const ia_extent *extent, double r_max,
                                rdf_blocks *blocks);
void ia_rdf_blocks_clear(rdf_blocks *blocks);
// What a block holds: pairs of its centres (each pair at both ends for one species),
// centres and others used.
typedef struct {
    const rdf_blocks *blocks;
    size_t n_bins;
    double bin;          // nm
    uint64_t *pairs;     // (blocks, n_bins)
    double *from, *to;   // (blocks)
    bool is_every;       // ion is counted
    const double *size;  // (blocks) ranged ions, or the volume of every one; borrowed
    const double *shell; // (n_bins) what a pair of a bin adds to K, up to a constant;
                         // NAN: not known; borrowed
} rdf_parts;
// Of the ions in worker 0's room.
ia_status ia_rdf_parts_fill(ia_ctx *ctx, const rdf_drawing *drawing,
                            const rdf_blocks *blocks, rdf_parts *out);
void ia_rdf_parts_clear(rdf_parts *parts);
// Of pairs at this distance, the share whose ends lie in one block: only those go with
// the density of the blocks that are drawn, the others with that of the specimen.
double ia_rdf_within(const rdf_blocks *blocks, double r);
// Positions whose bit first + i is set into `out`. Their number.
size_t ia_rdf_take_part(const float *xyz, size_t n, size_t first, const uint64_t *bits,
                        float *out);
// The block of a position.
uint32_t ia_rdf_block_of(const rdf_blocks *blocks, const float *xyz);
// Errors, halves and thinning, after the test.
ia_status ia_rdf_steady(ia_ctx *ctx, rdf_drawing *drawing, const rdf_blocks *blocks,
                        uint64_t seed, ia_rdf *rdf);

#endif
