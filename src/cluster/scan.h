// src/cluster/scan.h: the likelihood-ratio scan: balls that hold more solute than chance
// puts there, and the objects fitted to them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SCAN_H
#define IONATLAS_SRC_CLUSTER_SCAN_H

#include "cluster/cluster_internal.h"

#include <ionatlas/neighbours.h>

enum { SCAN_RADII = 12 };
// 0.4 to 5 nm by tenths of a decade.
extern const double ia_scan_radii[SCAN_RADII];

// Ions of all kinds within each radius of a place, smoothed over 1 nm.
typedef struct {
    double origin[3], edge; // nm: of the first voxel's centre, of voxels
    size_t size[3];         // voxels; x runs fastest
    float *counts;          // (voxels, SCAN_RADII)
    size_t n;               // ions
} ia_scan_density;
// 48 B per voxel of 0.5 nm, or wider ones: at most some 4 million.
// `weight` (n) makes the ions count differently; NULL: alike.
ia_status ia_scan_density_build(ia_ctx *ctx, const ia_points *points, const float *weight,
                                ia_scan_density *out);
void ia_scan_density_clear(ia_scan_density *density);
void ia_scan_density_at(const ia_scan_density *density, const float xyz[3],
                        float counts[SCAN_RADII]);

// Solute ions among ions: what a ball's likelihood ratio compares with.
typedef struct {
    const ia_scan_density *density;
    double share; // of the density's ions that are looked at
    size_t n;     // solute ions
} ia_scan_null;

// A ball around a solute ion, at the radius of its largest likelihood ratio.
typedef struct {
    double ratio;    // logarithm of the likelihood ratio
    uint32_t centre; // solute ion
    uint32_t radius; // index
    uint32_t k;      // solute ions in it
    double expected; // of chance
} ia_scan_ball;
typedef struct {
    ia_scan_ball *balls; // (n) by falling ratio, then rising centre
    size_t n;
} ia_scan_balls;
// Balls of a ratio of `least` or more, one for each solute ion that has one. O(n) pairs
// within 1 to 5 nm.
ia_status ia_scan_balls_find(ia_ctx *ctx, const ia_scan_null *null, const float *xyz,
                             double least, ia_scan_balls *out);
void ia_scan_balls_clear(ia_scan_balls *balls);

// k of n in the ball, K of N in all; 0 unless there are more than elsewhere.
double ia_scan_ratio(double k, double n, double K, double N);

// How a disc looks when a Gaussian blurs it: a table, made once.
typedef struct ia_scan_blur ia_scan_blur;
ia_scan_blur *ia_scan_blur_new(ia_ctx *ctx);
// The likeliest of the blurs 0, step, 2 step ... from their log-likelihoods (n), between
// steps by a parabola.
double ia_scan_likeliest_blur(const double *likelihoods, size_t n, double step);

// A sphere with a share `inside` of solute in a matrix with a share `outside`, both as
// the ions tell, its surface blurred along x and y by a Gaussian; or without a surface,
// the chance to be inside a Gaussian as wide as an even ball of the radius.
typedef struct {
    const ia_scan_blur *blur;
    double centre[3], radius, sigma_xy; // nm
    double width;                       // sd of the interface, nm; of the chances alone
    bool is_gaussian;
    double inside, outside;
    double sigma_radius, sigma_inside; // errors
    double likelihood;                 // logarithm, less that of the matrix alone
} ia_scan_object;
// Chance that an ion at this place came from inside, whatever it is.
double ia_scan_inside(const ia_scan_object *object, const float xyz[3]);
// Chance that it came from inside, given whether it holds the solute.
double ia_scan_belongs(const ia_scan_object *object, const float xyz[3], bool has);

// The ions around an object: solute ones all, the others perhaps thinned out.
typedef struct {
    float *xyz;    // (n, 3) nm
    float *weight; // (n) ions it stands for
    bool *has;     // (n) holds the solute
    float *share;  // (n) workspace: chance to have come from inside
    size_t n;
} ia_scan_window;
// Fit centre, radius and shares from where the object is, sigma_xy as it is; errors too.
void ia_scan_fit(const ia_scan_window *window, ia_scan_object *object);

#endif
