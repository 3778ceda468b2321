// include/ionatlas/shape.h: the shape of a peak, learnt from the spectrum itself.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SHAPE_H
#define IONATLAS_SHAPE_H

#include <ionatlas/identify.h>

IA_BEGIN

typedef struct {
    double reach_left;  // how far the shape is followed before the maximum,
    double reach_right; // and behind it, half-content widths
    size_t ions_least;  // ions of peaks that it takes to learn it
} ia_peak_shape_params;
IA_API extern const ia_method ia_peak_shape_method;
IA_API ia_peak_shape_params ia_peak_shape_defaults(void);

// Where the ions of one peak lie, in the coordinate u = (m - mass) / width, with `mass`
// the place of its maximum as ia_peak has it and `width` that of ia_peak_width: the time
// of flight from the maximum on, in widths. Shares are of the ions in the reach
// [u[0], u[n]), not of those still further out.
typedef struct {
    size_t n;              // cells
    double *u;             // (n + 1) edges of the cells, rising
    double *density;       // (n) share per unit of u; rises to one maximum, then falls
    double *sigma;         // (n) its standard deviation by counting
    double *below;         // (n + 1) share below each edge: 0 to 1
    double *rest;          // (n) density without the peak of most ions,
    double *rest_sigma;    // (n) and its standard deviation; INFINITY where none tells
    ia_peak_widths widths; // that turn m/n into u
    size_t n_peaks; // learnt from; 0: the parametric shape, see ia_peak_shape_compute
    double n_ions;  // of those peaks, background taken off
    double scatter; // mean distance of the peaks from their common shape beyond counting:
                    // the share of a peak's ions that would have to be moved
} ia_peak_shape;

// The shape from the strongest peaks whose neighbourhood is not another's: their ions are
// put on one another in u, background and neighbours' tails taken off, and the density is
// fitted as one that rises to a maximum and falls from there (isotonic regression). Each
// cell is measured on the peaks that are alone as far as there. Where fewer than
// `ions_least` ions tell: the density exp(-x) (1 + erf(sqrt(pi) x / 2)), x = 1.504 u +
// 0.046, an exponential behind a Gaussian onset, with n_peaks 0.
// `background` may be NULL. O(bins + peaks x cells), some milliseconds.
IA_API ia_status ia_peak_shape_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                       const ia_background *background,
                                       const ia_peaks *peaks,
                                       const ia_peak_shape_params *params,
                                       ia_peak_shape *out);
// The same once ions are told (NULL: not yet), with default parameters: peaks in which
// one stands beside the one that leads (3 % of the ions told there, 0.2 widths from it)
// teach nothing where the rest holds ten times `ions_least`.
IA_API ia_status ia_peak_shape_told(ia_ctx *ctx, const ia_spectrum *spectrum,
                                    const ia_background *background,
                                    const ia_peaks *peaks, const ia_assignment *told,
                                    ia_peak_shape *out);
IA_API void ia_peak_shape_clear(ia_peak_shape *shape);
// Share in [0, 1] of the ions of a peak with its maximum at `mass` that lie in [lo, hi).
// O(log cells).
IA_API double ia_peak_shape_share(const ia_peak_shape *shape, double mass, double lo,
                                  double hi);
// Share per Da at m; 0 out of reach.
IA_API double ia_peak_shape_density(const ia_peak_shape *shape, double mass, double m);
// "peak_shape": u_lo, u_hi, density, sigma_density, share_below. "peak_shape_source":
// n_peaks, n_ions, scatter, source (learnt or parametric).
IA_API ia_status ia_peak_shape_tables(ia_ctx *ctx, const ia_peak_shape *shape,
                                      ia_result *result);

IA_END
#endif
