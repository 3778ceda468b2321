// src/spatial/closing.h: the surface of a cloud of points, closed by a ball.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLOSING_H
#define IONATLAS_SRC_CLOSING_H

#include <ionatlas/extent.h>
#include <ionatlas/surface.h>

// Points whose second nearest ion is nearer than R, a ball of 26 ions, less all that is
// nearer than R - d to the rest: what a ball that rolls around the specimen cannot reach
// (closing of Matheron 1975, a lone ion counts for nothing), moved outwards by d. The
// surface of ions at random lies d = 0.7 spacings above what the ball reaches, whatever
// the density: with that the volume is right. Where `extent` has no volume: an empty
// mesh. O(n) time; 4 B per grid point, of which an ion has one or two (more where the
// specimen fills little of its box), 100 B per triangle. Same bits on any number of
// threads.
ia_status ia_closing_build(ia_ctx *ctx, const ia_points *points, const ia_extent *extent,
                           ia_mesh *out);

#endif
