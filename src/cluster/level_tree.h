// src/cluster/level_tree.h: everything that a surface of one composition can enclose, at
// all compositions at once: the tree of components of a field. Uses voxels of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_LEVEL_TREE_H
#define IONATLAS_SRC_CLUSTER_LEVEL_TREE_H

#include "spatial/voxels.h"

#include <ionatlas/neighbours.h>

enum { LEVEL_CLASSES = 32 };

// All ions on a grid; a margin of empty voxels around.
typedef struct {
    ia_voxels voxels;
    ia_taps taps;
    float *ions; // (voxels) ions in each, by weight
    float *all;  // (voxels) these smoothed; 0 where there are too few
    double n;    // ions, by weight
} ia_level_grid;
// `weight` (n) makes ions count differently; NULL: alike. 8 B per voxel of 0.5 nm, or
// wider ones: at most some 4 million.
ia_status ia_level_grid_build(ia_ctx *ctx, const ia_points *points, const float *weight,
                              ia_level_grid *out);
void ia_level_grid_clear(ia_level_grid *grid);

// The voxel that a place is in, which must be in the box of the ions.
static inline size_t ia_level_voxel(const ia_voxels *v, const float xyz[3])
{
    size_t at[3];
    for (size_t k = 0; k < 3; k++)
        at[k] = (size_t)(ia_voxels_place(v, xyz, k) + 0.5);
    return (at[2] * v->n[1] + at[1]) * v->n[0] + at[0];
}

// The largest log-likelihood ratio of chance in components of at most 2^class ions:
// place and width of Gumbel's law.
typedef struct {
    double place[LEVEL_CLASSES], width[LEVEL_CLASSES];
} ia_level_chance;

// Which solute ions are looked at, among which share of all ions.
typedef struct {
    const ia_level_grid *grid;
    double share;
    const float *xyz; // (n, 3) solute ions, nm
    size_t n;
    const ia_level_chance *chance; // NULL: only `largest` is wanted
    double least;                  // score of an object
} ia_level_task;

// A component: what lies above `level` and hangs together by faces of voxels.
typedef struct {
    double score;       // minus logarithm of chance's share of as strong ones of its size
    double ratio;       // logarithm of the likelihood ratio
    double level;       // share of solute at its surface
    double k, expected; // solute ions in it, and of chance
    double n;           // ions
} ia_level_object;
typedef struct {
    double largest[LEVEL_CLASSES]; // ratio of a component of at most 2^class ions
    double peak;                   // largest score of all
    ia_level_object *objects;      // (n) disjoint: of all choices the largest sum of
                                   // ratios beyond chance
    size_t n;
    float *value;   // (voxels) share of solute, smoothed
    int32_t *label; // (voxels) object, -1 for none
} ia_level_objects;
// O(voxels) time, some 45 B for each.
ia_status ia_level_tree_cut(ia_ctx *ctx, const ia_level_task *task,
                            ia_level_objects *out);
void ia_level_objects_clear(ia_level_objects *objects);

// The object that holds a place: the interpolated share is above its level; -1 for none.
int32_t ia_level_object_at(const ia_level_grid *grid, const ia_level_objects *objects,
                           const float xyz[3]);

#endif
