// src/network/tip_image.h: a hit map as a network takes it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_TIP_IMAGE_H
#define IONATLAS_SRC_TIP_IMAGE_H

#include <ionatlas/hitmap.h>

enum { IA_TIP_EDGE = 32, IA_TIP_PIXELS = IA_TIP_EDGE * IA_TIP_EDGE };
static const double ia_tip_image_radius = 38; // of the image, mm

// Density over its mean within the circle, less 1, 2 at most; 0 outside. `counts` are
// (IA_TIP_PIXELS); false where there are none.
bool ia_tip_image(const double *counts, float *out);
// The counts of a map, whose cells are shared by area; the middle of the detector is at
// 0.
void ia_tip_counts(const ia_hitmap *map, double *counts);

// Images of simulated tips, and how these are turned.
typedef struct {
    size_t n;
    float *rows;         // (n, IA_TIP_PIXELS)
    double (*angles)[3]; // (n, 3) about x, then y, then z, degrees
} ia_tip_images;
// `tips` tips with angles about x and y even within `most` degrees, each turned about the
// axis by `views` angles within it: hits are turned, which is the same. Tip i has seed
// `seed` + i.
ia_status ia_tip_images_make(ia_ctx *ctx, uint64_t seed, size_t tips, size_t views,
                             double most, ia_tip_images *out);
void ia_tip_images_clear(ia_tip_images *images);

#endif
