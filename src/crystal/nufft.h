// src/crystal/nufft.h: Fourier sums over points at any place, on a fine grid.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_NUFFT_H
#define IONATLAS_SRC_NUFFT_H

#include <ionatlas/context.h>

#include <complex.h>
#include <fftw3.h>

// F(m) = sum of w_j exp(2 pi i m.u_j), u in [0, 1)^3, for wave numbers |m| <= most along
// x and y, 0 <= m <= most along z. A point is spread over WIDTH grid cells by an
// exponential of a semicircle, the grid is transformed, and the spread's own transform
// divided out (Barnett et al. 2019, doi:10.1137/18M120885X): within 3e-4 of the largest
// sum.
typedef struct {
    int most[3];
    int n[3];       // of the grid, z fastest
    double *fix[3]; // (most + 1) one over the transform of the spread
    fftwf_plan plan;
} ia_nufft;

// Room for one thread.
typedef struct {
    float *grid;          // (x, y, z)
    fftwf_complex *waves; // (x, y, z / 2 + 1)
} ia_nufft_room;

// IA_ERR_PARAM where the grid would take more than 4 GiB.
ia_status ia_nufft_new(ia_ctx *ctx, const int most[3], ia_nufft *out);
void ia_nufft_clear(ia_nufft *nufft);
ia_status ia_nufft_room_new(ia_ctx *ctx, const ia_nufft *nufft, ia_nufft_room *out);
void ia_nufft_room_clear(ia_nufft_room *room);

void ia_nufft_begin(const ia_nufft *nufft, ia_nufft_room *room);
void ia_nufft_add(const ia_nufft *nufft, ia_nufft_room *room, const double u[3],
                  double weight);
void ia_nufft_run(const ia_nufft *nufft, ia_nufft_room *room);
// |F|^2, (2 most_x + 1) values from -most_x on, for one m along y and z: to be called
// after ia_nufft_run.
void ia_nufft_power(const ia_nufft *nufft, const ia_nufft_room *room, int y, int z,
                    float *power);

#endif
