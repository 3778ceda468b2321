// src/crystal/planes_internal.h: what the parts of the search for planes share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PLANES_INTERNAL_H
#define IONATLAS_SRC_PLANES_INTERNAL_H

#include <math.h>

#include "crystal/fourier_internal.h"

#include <ionatlas/planes.h>

// Planes kept of a region.
enum { IA_REGION_PLANES = 6 };

// What the outline of the ions within a region (the surface of a tip cuts it) alone puts
// into its structure factor: amplitudes in units of the noise of ions at random.
typedef struct ia_outline ia_outline;
ia_status ia_outline_new(ia_ctx *ctx, double edge, ia_outline **out);
void ia_outline_free(ia_outline *outline);
void ia_outline_find(ia_outline *outline, const ia_regions *regions, size_t cube);
double ia_outline_amplitude(const ia_outline *outline, const double k[3]);

// Noise that makes such an intensity of what the outline has: it may add in phase.
static inline double ia_outline_over(const ia_outline *outline, const double k[3],
                                     double intensity)
{
    double over = fmax(0, sqrt(intensity) - ia_outline_amplitude(outline, k));
    return over * over;
}

// Room of a worker for the Hough transform.
typedef struct ia_hough ia_hough;
ia_status ia_hough_new(ia_ctx *ctx, const ia_planes_params *params,
                       const ia_regions *regions, size_t n_workers, ia_hough **out);
void ia_hough_free(ia_hough *hough);
// Periods of the projections of a cube's ions on directions over half a sphere, the
// strongest that chance makes less than once beyond what the outline has; wave vectors as
// of ia_fourier_tops.
size_t ia_hough_find(const ia_hough *hough, const ia_regions *regions,
                     const ia_outline *outline, size_t cube, size_t worker,
                     ia_reflection *out);
// Directions and periods looked at.
size_t ia_hough_tested(const ia_hough *hough);

// A crystal with the planes that it shows.
typedef struct {
    const ia_crystal *crystal;
    ia_pole_catalogue catalogue;
} ia_planes_lattice;

// Planes of regions that are alike, put together.
typedef struct {
    const ia_plane **list; // (n_list) borrowed, by falling intensity
    size_t n_list;
    size_t *set_of;        // (n_list)
    ia_grain_planes *sets; // (n) by the intensity of their strongest; without names
    size_t n;
} ia_plane_sets;

// Those of the regions of a grain (-1: all regions) and within an angle of their mean.
ia_status ia_plane_sets_build(ia_ctx *ctx, const ia_planes *planes, int32_t grain,
                              const ia_planes_params *params, double within_deg,
                              ia_plane_sets *out);
void ia_plane_sets_clear(ia_plane_sets *sets);

// Wave vectors of the same planes in several regions, and their mean with its errors:
// `shared` is what noise leaves of a region's variance in the mean, along x, y, z.
typedef struct {
    double k[3], squares[9];
    double first[9], noise[9]; // covariance of the first; the sum of those known
    size_t n, n_noise;
} ia_plane_sum;
void ia_plane_sum_add(ia_plane_sum *sum, const double k[3], const double covariance[9]);
void ia_plane_shared(const double *const *centres, size_t n, double cube,
                     double shared[3]);
void ia_plane_sum_tell(const ia_plane_sum *sum, const double shared[3],
                       ia_grain_planes *out);

// Planes of each grain fitted in space.
ia_status ia_planes_fit_profiles(ia_ctx *ctx, const ia_regions *regions,
                                 const ia_planes_params *params, ia_planes *planes);

// Sets of planes held against a lattice.
typedef struct {
    const ia_planes_lattice *lattice;
    const ia_planes_params *params;
    const ia_grain_planes *sets; // (n) borrowed
    size_t n;
    double (*normals)[3]; // (n) unit, frame (x, y, -z)
    double *weights;      // (n) 1 each until the caller says otherwise
    size_t *first;        // (n + 1) of the kinds of each
    size_t *kinds;        // that have its spacing in an order of reflection
} ia_planes_fit;

ia_status ia_planes_fit_build(ia_ctx *ctx, const ia_planes_lattice *lattice,
                              const ia_planes_params *params, const ia_plane_sets *sets,
                              ia_planes_fit *out);
void ia_planes_fit_clear(ia_planes_fit *fit);
// How well a set fits where the lattice so turned has planes: 1 exactly, 0 at all for
// angles beyond `slack` times the tolerance.
double ia_planes_fit_gain(const ia_planes_fit *fit, const double rotation[3][3],
                          size_t set, double slack);
// The turn under which most of the weight fits; 0, its score, where no two sets do.
double ia_planes_fit_search(const ia_planes_fit *fit, double rotation[3][3]);
// Least squares of the sets that fit; false where fewer than two do.
bool ia_planes_fit_refine(const ia_planes_fit *fit, double rotation[3][3],
                          double *variance);
// Names of a set: in this orientation, or by its spacing alone.
void ia_planes_fit_name(const ia_planes_fit *fit, const double rotation[3][3], size_t set,
                        ia_grain_planes *out);
void ia_planes_fit_name_spacing(const ia_planes_fit *fit, size_t set,
                                ia_grain_planes *out);

// Regions to grains: by the orientations that planes of all regions together tell, the
// first step where crystals are known; then neighbours with alike strongest planes.
ia_status ia_planes_orient(ia_ctx *ctx, const ia_regions *regions,
                           const ia_planes_lattice *lattices,
                           const ia_planes_params *params, ia_planes *planes);
ia_status ia_planes_join(ia_ctx *ctx, const ia_regions *regions,
                         const ia_planes_params *params, ia_planes *planes);
// Planes of each grain, their names, and how its crystal stands.
ia_status ia_planes_tell(ia_ctx *ctx, const ia_planes_lattice *lattices,
                         const ia_planes_params *params, ia_planes *planes);

// How the crystal stands in each region by its own planes.
ia_status ia_planes_turn_regions(ia_ctx *ctx, const ia_planes_lattice *lattices,
                                 const ia_planes_params *params, ia_planes *planes);

// What fcc, bcc, hcp and diamond make of the sets of planes; a warning where one of them
// explains more than the crystal told, or that nothing.
ia_status ia_planes_compare(ia_ctx *ctx, const ia_planes_lattice *lattices,
                            const ia_planes_params *params, ia_planes *planes);

// "angles": of each pair of named sets of planes of an oriented grain.
ia_status ia_planes_put_angles(ia_ctx *ctx, const ia_planes *planes, ia_result *result);
// "misorientations": of each pair of oriented grains.
ia_status ia_planes_put_turns(ia_ctx *ctx, const ia_planes *planes, ia_result *result);

// Regions that touch, or where not all are used, would on average.
bool ia_planes_neighbours(const ia_regions *regions, size_t a, size_t b);

static inline double ia_plane_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Angle between two lines, degree.
static inline double ia_plane_angle(const double a[3], const double b[3])
{
    double c = fabs(ia_plane_dot(a, b)) / sqrt(ia_plane_dot(a, a) * ia_plane_dot(b, b));
    return acos(fmin(c, 1)) * 57.29577951308232;
}

#endif
