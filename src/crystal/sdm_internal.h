// src/crystal/sdm_internal.h: what the parts of spatial distribution maps share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SDM_INTERNAL_H
#define IONATLAS_SRC_SDM_INTERNAL_H

#include <ionatlas/neighbours.h>
#include <ionatlas/parallel.h>
#include <ionatlas/sdm.h>

#include <math.h>

enum { IA_SDM_SPHERE, IA_SDM_CYLINDER };
// Parts of the centres, for errors.
enum { IA_SDM_PARTS = 24 };

// Positions turned so that the third is along the normal, nm.
typedef struct {
    float *from, *to; // (n, 3); `to` is `from` for one list
    size_t n_from, n_to;
    size_t *place; // (n_from) of a centre in its list; NULL: each in turn
    bool same;
} ia_sdm_frame;
ia_status ia_sdm_turn(ia_ctx *ctx, const ia_sdm_input *input, const double axes[9],
                      size_t n_most, ia_sdm_frame *out);
void ia_sdm_frame_clear(ia_sdm_frame *frame);

typedef struct {
    bool cylinder;
    double radius, reach; // nm; `reach` along the normal
    size_t n_bins;
} ia_sdm_shape;
static inline ia_sdm_shape ia_sdm_shape_of(const ia_sdm_params *p)
{
    bool cylinder = p->shape == IA_SDM_CYLINDER;
    return (ia_sdm_shape){cylinder, p->radius, cylinder ? p->half_height : p->radius,
                          p->n_bins};
}

// Pixels across the normal, of pairs in one plane (0) and in neighbours (1).
typedef struct {
    float per_nm, range[2][2]; // |dz| from, to, nm
    size_t n;                  // along an edge
} ia_sdm_pixels;
static inline ia_sdm_pixels ia_sdm_pixels_of(const ia_sdm *sdm)
{
    float d = (float)sdm->map_spacing; // NAN without planes: no pair is within a range
    return (ia_sdm_pixels){(float)((double)sdm->n_pixels / (2 * sdm->radius)),
                           {{0, d / 4}, {3 * d / 4, 5 * d / 4}},
                           sdm->n_pixels};
}
// That of a pair; false for one outside.
static inline bool ia_sdm_pixel(const ia_sdm_pixels *pixels, size_t which,
                                const float delta[3], size_t *out)
{
    float dz = fabsf(delta[2]), middle = 0.5f * (float)pixels->n;
    float x = middle + pixels->per_nm * delta[0], y = middle + pixels->per_nm * delta[1];
    if (!(dz >= pixels->range[which][0] && dz < pixels->range[which][1]) ||
        !(x >= 0 && x < 2 * middle && y >= 0 && y < 2 * middle))
        return false;
    *out = (size_t)y * pixels->n + (size_t)x;
    return true;
}

// Of ions that lie too close, within `ball` of an ion, keep fewer centres, as many as
// have `most` pairs, with a warning; a hundred at least.
ia_status ia_sdm_thin(ia_ctx *ctx, const ia_index *index, double ball, double most,
                      ia_sdm_frame *frame);

// Pairs by distance along the normal, (IA_SDM_PARTS, n_bins): part by place of the
// centre. And across it, into `sdm`'s maps: pairs in one plane, and in neighbours. Of
// ions that lie too close the frame keeps fewer centres, with a warning.
ia_status ia_sdm_count(ia_ctx *ctx, ia_sdm_frame *frame, const ia_sdm_shape *shape,
                       ia_sdm *sdm, uint64_t *parts);

// Spacing and blur; `misfit` 0: the blur is looked for from scratch.
typedef struct {
    double spacing, sigma; // nm
    double misfit;         // chi^2
} ia_sdm_planes;
// counts: (n_bins); room: ia_sdm_fit_room values, whose entries from n_bins / 2 to n_bins
// are then the fitted counts of both signs of a distance. False where nothing sensible
// fits. Allocates nothing.
bool ia_sdm_fit(const ia_sdm *sdm, const double *counts, double *room,
                ia_sdm_planes *planes);
size_t ia_sdm_fit_room(const ia_sdm *sdm);
// Moody's background.
void ia_sdm_least(const uint64_t *pairs, size_t n, double *least);

#endif
