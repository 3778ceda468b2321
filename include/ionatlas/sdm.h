// include/ionatlas/sdm.h: spatial distribution maps: how ions lie about an ion along and
// across the normal of lattice planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SDM_H
#define IONATLAS_SDM_H

#include <ionatlas/knn.h>
#include <ionatlas/neighbours.h>
#include <ionatlas/table.h>

IA_BEGIN

// What a map of voxels holds: pairs along the normal; across it, in one plane, or in
// neighbouring ones.
enum { IA_SDM_ALONG, IA_SDM_WITHIN, IA_SDM_NEXT };

typedef struct {
    char from[64], to[64]; // elements or ions at the centres and about them; "": all ions
    double normal_x, normal_y, normal_z; // of the planes, z towards the detector; 0, 0,
                                         // 0: those that stand out most
    double tilt_most;                    // of planes looked for, against the axis, degree
    int shape;                           // sphere | cylinder along the normal
    double radius;                       // of either, nm
    double half_height;                  // of the cylinder, nm
    double voxel;                        // edge for maps of voxels, nm
    int voxel_map;                       // IA_SDM_...: what they hold
    size_t n_bins;                       // of the whole z-SDM
    size_t n_pixels;                     // of an xy-SDM, along an edge
    size_t n_centres;                    // used; of more, so many evenly spread
} ia_sdm_params;
IA_API extern const ia_method ia_sdm_method;
IA_API ia_sdm_params ia_sdm_defaults(void);

// What is asked of: `all` to find planes in; `to` the same list as `from` with `same`.
typedef struct {
    ia_points all, from, to;
    bool same;
} ia_sdm_input;

// Of the species that the parameters name; ranges are looked at only where they do.
// Freed by ia_sdm_input_clear.
IA_API ia_status ia_sdm_input_build(ia_ctx *ctx, const ia_knn_input *ions,
                                    const ia_sdm_params *params, ia_sdm_input *out);
IA_API void ia_sdm_input_clear(ia_sdm_input *input);

typedef struct {
    double axes[9];   // rows: two across and the normal, in the frame of positions
    bool found;       // planes stand out along the normal
    bool of_all;      // every ion is at the centres and about them
    double p;         // of planes so plain among random positions; 1: none stand out
    double sigma_deg; // of the normal
    double spacing, spacing_sd; // nm; NAN without planes
    double sigma_z, sigma_z_sd; // blur of one ion along the normal, nm
    size_t n_centres, n_others;
    uint64_t n_pairs;
    size_t n_bins;
    double reach, radius; // of bins and of pixels about 0, nm
    uint64_t *pairs;      // (n_bins)
    double *expected;     // (n_bins) pairs of ions at random, as many
    double *least;        // (n_bins) background by falling minima (Moody 2009)
    double *fit;          // (n_bins) NAN without planes
    double map_spacing;   // by which `across` parts planes: before the fit, nm
    size_t n_pixels;      // across from -radius to radius
    uint64_t *across[2];  // (n_pixels, n_pixels) x fastest: pairs in one plane, and in
                          // neighbouring ones; NULL without planes
} ia_sdm;

// Planes are found by ia_fourier_compute with its defaults unless a normal is given. The
// z-SDM is fitted by Gaussians of one width about multiples of the spacing over what ions
// at random would give; errors from 24 parts of the centres by jackknife. IA_ERR_EMPTY:
// fewer than 50 centres. O(centres x ions within reach); 16 B per ion. Same bits on any
// number of threads. After Geiser et al. 2007, doi:10.1017/S1431927607070948, and Moody
// et al. 2009, doi:10.1016/j.ultramic.2009.03.016.
IA_API ia_status ia_sdm_compute(ia_ctx *ctx, const ia_sdm_input *input,
                                const ia_sdm_params *params, ia_sdm *out);
IA_API void ia_sdm_clear(ia_sdm *sdm);
// "sdm": the answer; "z_sdm": dz_nm, pairs, expected, background, fit; "xy_sdm": counts.
IA_API ia_status ia_sdm_tables(ia_ctx *ctx, const ia_sdm *sdm, ia_result *result);

// A z-SDM, or an xy-SDM, for each voxel of a grid: centres within the voxel, others about
// each.
typedef struct {
    double origin[3]; // lower corner of the first voxel, nm
    double voxel;     // edge, nm: twice the stride between voxels
    size_t n[3];      // voxels along x, y, z
} ia_sdm_voxels;
// How many numbers each voxel has: the bins of a z-SDM or the pixels of an xy-SDM.
IA_API size_t ia_sdm_map_bins(const ia_sdm_params *params, const ia_sdm *sdm);
// counts: (n_z, n_y, n_x, that many), of sphere or cylinder as in `params` about the
// normal axes[6..8] of `sdm`. O(pairs + voxels x bins). IA_ERR_UNSUPPORTED for an xy-SDM
// where no planes stand out.
IA_API ia_status ia_sdm_map(ia_ctx *ctx, const ia_sdm_input *input,
                            const ia_sdm_params *params, const ia_sdm *sdm,
                            const ia_sdm_voxels *voxels, uint32_t *counts);

IA_END
#endif
