// src/network/image.h: dark spots of a grey image.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IMAGE_H
#define IONATLAS_SRC_IMAGE_H

#include <ionatlas/quadrilateral.h>

typedef struct {
    const unsigned char *pixels; // (edge, edge)
    const unsigned char *before; // (edge, edge) the image before it was blurred
    size_t edge;
    int dimmest; // spots that lie on pixels of `before` up to this are left out
} ia_grey;

// Places in pixels. Thresholds, limits of form and the way spots of several thresholds
// are joined are those that the blob detector of OpenCV has by default and that the
// published chain sets; areas and outlines are counted by pixels. O(thresholds x pixels).
ia_status ia_grey_spots(ia_ctx *ctx, const ia_grey *image, size_t most, ia_spots *out);

#endif
