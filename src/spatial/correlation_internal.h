// src/spatial/correlation_internal.h: the parts of the correlation-function analysis.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CORRELATION_H
#define IONATLAS_SRC_CORRELATION_H

#include "spatial/rdf_internal.h"

#include <ionatlas/correlation.h>

enum { CORRELATION_BINS = 48, CORRELATION_BLOCK = 50 };

// Counts of a specimen, block by block, from which the curve of any resample follows.
typedef struct {
    rdf_parts parts; // pairs of the ions used
    double *null;    // (CORRELATION_BINS) pairs of the shuffles, both ends counted
    double n_used, n_ions, scale; // of the data; ions of the species over those used
    uint32_t *solute; // (blocks, CORRELATION_BLOCK + 1) groups of ions by their solutes,
                      // without those beside particles
    double bin;       // nm
    double volume;    // nm^3
} correlation_counts;

// What a resample says.
typedef struct {
    double gamma[IA_CORRELATION_POINTS];
    double share;
} correlation_curve;

// weight NULL: every block once.
void ia_correlation_curve(const correlation_counts *counts, const uint32_t *weight,
                          correlation_curve *out);
// Share of the species in the matrix.
double ia_correlation_matrix(const correlation_counts *counts, const uint32_t *weight);
// The first bin of a point; of the point after the last the number of bins.
size_t ia_correlation_first(size_t point);
// Mean distance of a point, nm.
double ia_correlation_distance(const correlation_counts *counts, size_t point);
// Share of the species in the matrix: most groups of CORRELATION_BLOCK ions are of it.
// `groups` by their number of ions of the species.
double ia_matrix_share(const double groups[CORRELATION_BLOCK + 1]);
// The least number of ions of the species from which on a group is rather of something
// richer than of the matrix; CORRELATION_BLOCK + 1: none is.
size_t ia_matrix_rich_from(const double groups[CORRELATION_BLOCK + 1]);

// Groups of CORRELATION_BLOCK ions.
typedef struct {
    size_t n;
    float *middle;   // (n, 3) nm
    uint32_t *block; // (n) block of a group's middle
    double edge;     // nm: of the cube that so many ions fill
} correlation_groups;
// Count groups by their ions of the species, `solute`, into counts->solute.
ia_status ia_correlation_groups(ia_ctx *ctx, const correlation_groups *groups,
                                const uint32_t *solute, correlation_counts *counts);

typedef struct {
    double radius, spread, blur; // nm, over the radius, nm
} correlation_shape;
// Correlation of spheres with log-normal radii, 1 at r = 0 without blur, in a specimen of
// this volume (0: of any).
void ia_correlation_spheres(const correlation_shape *shape, double volume,
                            const double *r, size_t n, double *out);
// What is missing per volume fraction since spheres do not overlap; 1 at r = 0.
void ia_correlation_hole(const correlation_shape *shape, const double *r, size_t n,
                         double *out);
// Mean volume of a sphere, nm^3.
double ia_correlation_sphere_volume(const correlation_shape *shape);
// exp(-r / coherence) sin(k r) / (k r), k = 2 pi / wavelength.
void ia_correlation_waves(double wavelength, double coherence, const double *r, size_t n,
                          double *out);

// Spread of radii and resolution that are expected where the curve tells nothing, and how
// sure that is (standard deviations): what the curve hardly tells is not let run to its
// bounds.
typedef struct {
    double spread, spread_width; // over the radius
    double blur, blur_width;     // nm
} correlation_expected;
static const correlation_expected correlation_usual = {0.3, 0.3, 0.3, 0.15};

// A curve to fit, with the inverse of its covariance.
typedef struct {
    correlation_expected usual;
    const double *r, *gamma; // (IA_CORRELATION_POINTS)
    const double *weight;    // (points, points)
    double excess;           // share of the species less that of the matrix
    double volume, r_max, resolution;
} correlation_problem;
typedef struct {
    correlation_shape shape;
    double amplitude, fraction, chi2;
} correlation_spheres;
typedef struct {
    double wavelength, coherence, amplitude, chi2;
} correlation_waves;
// Start NULL: a grid is searched first.
correlation_spheres ia_correlation_fit_spheres(const correlation_problem *problem,
                                               const correlation_shape *start);
correlation_waves ia_correlation_fit_waves(const correlation_problem *problem,
                                           const correlation_waves *start);

// What is fitted to the data and to each resample.
typedef struct {
    const correlation_counts *counts;
    uint64_t seed;
    correlation_problem problem; // of the data
    correlation_spheres spheres;
    correlation_waves waves;
} correlation_fitting;
// The inverse of the covariance of the points, (points, points); sigma of each goes to
// `out`.
ia_status ia_correlation_weight(ia_ctx *ctx, const correlation_counts *counts,
                                uint64_t seed, ia_correlation *out, double *weight);
// The fit's values with their errors into `out`.
ia_status ia_correlation_errors(ia_ctx *ctx, correlation_fitting *fitting, double matrix,
                                ia_correlation *out);
// Height and size of the fit in random halves and in 70 % of the ions used, into `out`.
ia_status ia_correlation_steady(ia_ctx *ctx, const correlation_fitting *fitting,
                                const ia_drawing *set, ia_correlation *out);

#endif
