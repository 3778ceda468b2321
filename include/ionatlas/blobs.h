// include/ionatlas/blobs.h: round clusters in a background, as a mixture of Gaussians and
// one even part.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BLOBS_H
#define IONATLAS_BLOBS_H

#include <ionatlas/neighbours.h>

IA_BEGIN

typedef struct {
    size_t min_points; // of the smallest blob; its start is a place as dense as so many
    double volume;     // of the specimen, nm^3; 0: measured
    double evidence;   // log-likelihood that a blob must add beyond that of its numbers
} ia_blobs_params;
IA_API extern const ia_method ia_blobs_method;
IA_API ia_blobs_params ia_blobs_defaults(void);

typedef struct {
    double centre[3]; // nm
    double width;     // standard deviation along each axis, nm
    double points;    // expected in it
    double gain;      // log-likelihood that it adds
    double level;     // density of everything around it over the mean, where it is known;
                      // else 1
} ia_blob;

typedef struct {
    size_t n, n_blobs;
    ia_blob *blobs;     // (n_blobs) by falling number of points
    int32_t *label;     // (n) the likeliest blob where any is likelier than the even part
    float *probability; // (n) of belonging to any blob
    double even;        // share of the even part
    double volume;      // as used, nm^3
    double log_likelihood;
} ia_blobs;

// Density q(x) = w_0 / V + sum of w_k N(x; mu_k, sigma_k^2). Starts are the places
// densest among their neighbours; weights, places and widths follow by expectation and
// maximisation, each blob over the points within four widths; a blob stays while leaving
// it out costs more than its five numbers at ln(n) / 2 each and `evidence`, which covers
// how many places there are. Few points, or all at one place: no blobs. The same bits on
// any number of threads. O(rounds x points within four widths of blobs). After Zelenty
// and others 2017, doi:10.1017/S1431927617000320.
IA_API ia_status ia_blobs_compute(ia_ctx *ctx, const ia_points *points,
                                  const ia_blobs_params *params, ia_blobs *out);
IA_API void ia_blobs_clear(ia_blobs *blobs);

IA_END
#endif
