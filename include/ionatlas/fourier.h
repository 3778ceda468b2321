// include/ionatlas/fourier.h: the structure factor of the ions: which lattice planes the
// data hold, and how sharp they are.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FOURIER_H
#define IONATLAS_FOURIER_H

#include <ionatlas/neighbours.h>
#include <ionatlas/table.h>

IA_BEGIN

typedef struct {
    double cube;      // edge of a region, nm
    double k_least;   // wave numbers below are those of the specimen's shape, nm^-1
    double k_lateral; // largest across the axis, nm^-1
    double k_depth;   // largest along it, nm^-1
    double chance;    // of a false reflection in the whole band
    size_t n_regions; // used at most; of more, so many evenly spread
    size_t n_told;    // reflections told at most, the strongest
} ia_fourier_params;
IA_API extern const ia_method ia_fourier_method;
IA_API ia_fourier_params ia_fourier_defaults(void);

// A set of lattice planes: a maximum of the structure factor.
typedef struct {
    double k[3];                   // nm^-1, in the frame of positions, k[2] >= 0
    double covariance[9];          // of k, nm^-2
    double spacing, sigma_spacing; // nm
    double sigma_deg;              // of the planes' normal
    double intensity;              // 1 where ions lie at random
    double share;                  // of what planes without blur would give
    double p;                      // of so high a maximum anywhere in the band
    double half_difference;        // of the spacing between two halves of the regions
} ia_reflection;

typedef struct {
    ia_reflection *reflections; // (n) by falling intensity
    size_t n;
    size_t n_regions, n_tested; // regions, wave vectors
    double p, chance; // of so high a maximum anywhere in the band, and what is asked for
    double cube;      // edge of a region, nm
    double ions_per_region;
    double sigma_xy, sigma_xy_sd; // blur across and along the axis, nm; NAN where the
    double sigma_z, sigma_z_sd;   // reflections do not tell
    size_t n_grid[3];             // of `intensity`, x, y, z
    double step;                  // nm^-1
    float *intensity;             // (z, y, x): k from (-n_x/2, -n_y/2, 0) steps
} ia_fourier;

// |F(k)|^2 over the sum of squared weights, mean of overlapping cubes under a Hann window
// (Welch's method), so that planes that bend over the specimen still add up. A maximum is
// told where ions at random reach it with less than `chance`: gamma distributed, over the
// median of the shell. Positions are refined on the ions themselves, without a grid.
// IA_ERR_EMPTY: no region holds enough ions. Cost: regions (ions per region x 150 + FFT).
// Same bits on any number of threads. After Welch 1967, doi:10.1109/TAU.1967.1161901 and
// Barnett et al. 2019, doi:10.1137/18M120885X.
IA_API ia_status ia_fourier_compute(ia_ctx *ctx, const ia_points *points,
                                    const ia_fourier_params *params, ia_fourier *out);
// The intensity on its grid of wave numbers, nm^-1, as .npy or .vti.
IA_API ia_status ia_fourier_write(ia_ctx *ctx, const ia_fourier *fourier,
                                  const char *path);
IA_API void ia_fourier_clear(ia_fourier *fourier);
// "fourier": blur and counts; "reflections": one row each, normals as x, y, -z.
IA_API ia_status ia_fourier_tables(ia_ctx *ctx, const ia_fourier *fourier,
                                   ia_result *result);

IA_END
#endif
