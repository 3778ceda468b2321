// src/io/grid_files.h: values by voxel as files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_GRID_FILES_H
#define IONATLAS_SRC_GRID_FILES_H

#include <ionatlas/context.h>

typedef struct {
    const char *name;
    const float *values; // (n[2], n[1], n[0])
} ia_grid_array;

typedef struct {
    double origin[3], edge; // centre of the first voxel, nm
    size_t n[3];
    const ia_grid_array *arrays; // (n_arrays); .npy takes the first alone
    size_t n_arrays;
} ia_grid_file;

// By the ending, .npy or .vti; IA_ERR_PARAM for another.
ia_status ia_grid_file_write(ia_ctx *ctx, const ia_grid_file *grid, const char *path);

#endif
