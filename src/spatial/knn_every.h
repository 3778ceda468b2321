// src/spatial/knn_every.h: neighbours of every ion, where labels do not matter.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_KNN_EVERY_H
#define IONATLAS_SRC_KNN_EVERY_H

#include "spatial/knn_draw.h"

// Mean distances and the curve of the data; beside them, as `null_mean` and `curve_mean`,
// those of ions at random that fill the volume of `all` as densely, without a surface;
// NAN what goes with shuffles. The drawing is prepared; test->k stays 0 where ions
// coincide.
ia_status ia_knn_every_compute(ia_ctx *ctx, knn_drawing *drawing, const ia_points *all,
                               uint64_t seed, ia_knn_test *test);

#endif
