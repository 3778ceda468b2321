// src/crystal/nufft.c: Fourier sums over points at any place, on a fine grid.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/nufft.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Grid cells that a point is spread over, and how much finer than the band the grid is.
enum { WIDTH = 6 };
static const double finer = 1.25;
static const double steep = 11.0; // 0.976 pi WIDTH (1 - 1 / (2 finer))
static const double cells_most = 1 << 30;

// FFTW plans one at a time in a process.
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static double spread_at(double t)
{
    double x = 2 * t / WIDTH, rest = 1 - x * x;
    return rest > 0 ? exp(steep * (sqrt(rest) - 1)) : 0;
}

// Transform of the spread at `wave` turns a grid cell, by the trapezoid rule: the spread
// ends at exp(-steep).
static double spread_transform(double wave)
{
    enum { STEPS = 400 };
    double sum = 0, step = (double)WIDTH / STEPS;
    for (int i = -STEPS / 2; i <= STEPS / 2; i++)
        sum += spread_at(i * step) * cos(2 * 3.14159265358979323846 * wave * i * step);
    return sum * step;
}

// The next even length of factors 2, 3 and 5.
static int good_length(double least)
{
    for (int n = 2 * (int)ceil(least / 2);; n += 2) {
        int rest = n;
        for (int f = 2; f <= 5; f += f == 2 ? 1 : 2)
            while (rest % f == 0)
                rest /= f;
        if (rest == 1)
            return n;
    }
}

static ia_status plan(ia_ctx *ctx, ia_nufft *f)
{
    ia_nufft_room room = {0};
    ia_status st = ia_nufft_room_new(ctx, f, &room);
    if (st == IA_OK) {
        pthread_mutex_lock(&planner);
        f->plan = fftwf_plan_dft_r2c_3d(f->n[0], f->n[1], f->n[2], room.grid, room.waves,
                                        FFTW_ESTIMATE | FFTW_UNALIGNED);
        pthread_mutex_unlock(&planner);
        if (!f->plan)
            st =
                ia_fail(ctx, IA_ERR_MEMORY, "no room to plan a transform of %d x %d x %d",
                        f->n[0], f->n[1], f->n[2]);
    }
    ia_nufft_room_clear(&room);
    return st;
}

ia_status ia_nufft_new(ia_ctx *ctx, const int most[3], ia_nufft *out)
{
    ia_nufft f = {0};
    ia_status st = IA_OK;
    double cells = 1;
    for (size_t k = 0; k < 3; k++) {
        f.most[k] = most[k];
        f.n[k] = good_length(fmax(2 * finer * (most[k] + 1), 2 * WIDTH));
        cells *= f.n[k];
    }
    if (cells > cells_most)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "a transform of %d x %d x %d cells: smaller cubes or lower wave "
                       "numbers were expected",
                       f.n[0], f.n[1], f.n[2]);
    for (size_t k = 0; k < 3 && st == IA_OK; k++) {
        size_t n = (size_t)most[k] + 1;
        if (!(f.fix[k] = ia_array(ctx, n, sizeof *f.fix[k])))
            st = IA_ERR_MEMORY;
        for (size_t m = 0; st == IA_OK && m < n; m++)
            f.fix[k][m] = 1 / spread_transform((double)m / f.n[k]);
    }
    if (st == IA_OK && (st = plan(ctx, &f)) == IA_OK) {
        *out = f;
        return IA_OK;
    }
    ia_nufft_clear(&f);
    return st;
}

void ia_nufft_clear(ia_nufft *nufft)
{
    for (size_t k = 0; k < 3; k++)
        free(nufft->fix[k]);
    if (nufft->plan) {
        pthread_mutex_lock(&planner);
        fftwf_destroy_plan(nufft->plan);
        pthread_mutex_unlock(&planner);
    }
    *nufft = (ia_nufft){0};
}

static size_t count_cells(const ia_nufft *f)
{
    return (size_t)f->n[0] * (size_t)f->n[1] * (size_t)f->n[2];
}

ia_status ia_nufft_room_new(ia_ctx *ctx, const ia_nufft *f, ia_nufft_room *out)
{
    size_t n_waves = (size_t)f->n[0] * (size_t)f->n[1] * ((size_t)f->n[2] / 2 + 1);
    out->grid = ia_array(ctx, count_cells(f), sizeof *out->grid);
    out->waves = out->grid ? ia_array(ctx, n_waves, sizeof *out->waves) : NULL;
    return out->waves ? IA_OK : IA_ERR_MEMORY;
}

void ia_nufft_room_clear(ia_nufft_room *room)
{
    free(room->grid);
    free(room->waves);
    *room = (ia_nufft_room){0};
}

void ia_nufft_begin(const ia_nufft *f, ia_nufft_room *room)
{
    memset(room->grid, 0, count_cells(f) * sizeof *room->grid);
}

void ia_nufft_add(const ia_nufft *f, ia_nufft_room *room, const double u[3],
                  double weight)
{
    float values[3][WIDTH];
    size_t at[3][WIDTH];
    for (size_t k = 0; k < 3; k++) {
        double place = u[k] * f->n[k], first = ceil(place - WIDTH / 2.0);
        for (int i = 0; i < WIDTH; i++) {
            int cell = (int)first + i;
            values[k][i] = (float)spread_at(first + i - place);
            at[k][i] = (size_t)(cell < 0 ? cell + f->n[k] : cell % f->n[k]);
        }
    }
    for (int x = 0; x < WIDTH; x++)
        for (int y = 0; y < WIDTH; y++) {
            float *row =
                room->grid + (at[0][x] * (size_t)f->n[1] + at[1][y]) * (size_t)f->n[2];
            float part = (float)weight * values[0][x] * values[1][y];
            for (int z = 0; z < WIDTH; z++)
                row[at[2][z]] += part * values[2][z];
        }
}

void ia_nufft_run(const ia_nufft *f, ia_nufft_room *room)
{
    fftwf_execute_dft_r2c(f->plan, room->grid, room->waves);
}

void ia_nufft_power(const ia_nufft *f, const ia_nufft_room *room, int y, int z,
                    float *power)
{
    size_t n_z = (size_t)f->n[2] / 2 + 1;
    size_t row = (size_t)(y < 0 ? y + f->n[1] : y);
    double fix = f->fix[1][abs(y)] * f->fix[2][z];
    for (int x = -f->most[0]; x <= f->most[0]; x++) {
        size_t column = (size_t)(x < 0 ? x + f->n[0] : x);
        const float *wave =
            (const float *)(const void *)(room->waves +
                                          (column * (size_t)f->n[1] + row) * n_z +
                                          (size_t)z);
        double whole = fix * f->fix[0][abs(x)];
        double re = whole * (double)wave[0], im = whole * (double)wave[1];
        power[x + f->most[0]] = (float)(re * re + im * im);
    }
}
