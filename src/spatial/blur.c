// src/spatial/blur.c: separable convolution of a grid.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/index_internal.h"
#include "spatial/voxels.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ia_status ia_taps_gauss(ia_ctx *ctx, double sigma, double edge, double cut, size_t reach,
                        ia_taps *out)
{
    double s = sigma / edge, sum = 0;
    size_t n = reach > 0 ? reach : (size_t)ceil(cut * s);
    float *taps = ia_array(ctx, n + 1, sizeof *taps);
    if (!taps)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i <= n; i++) {
        double d = (double)i, value = i == 0 ? 1 : s > 0 ? exp(-d * d / (2 * s * s)) : 0;
        sum += i == 0 ? value : 2 * value;
    }
    for (size_t i = 0; i <= n; i++) {
        double d = (double)i, value = i == 0 ? 1 : s > 0 ? exp(-d * d / (2 * s * s)) : 0;
        taps[i] = (float)(value / sum);
    }
    *out = (ia_taps){n, taps};
    return IA_OK;
}

void ia_taps_clear(ia_taps *taps)
{
    free(taps->taps);
    *taps = (ia_taps){0};
}

typedef struct {
    const ia_voxels *v;
    const ia_taps *taps; // (3)
    float *grid;
    float **room; // of each worker
} job;

// out += tap * (a + b), n values.
IA_VECTOR static void add_pair(float *restrict out, const float *restrict a,
                               const float *restrict b, float tap, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += tap * (a[i] + b[i]);
}

IA_VECTOR static void scale(float *restrict out, const float *restrict a, float tap,
                            size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = tap * a[i];
}

// Taps that reach anything in a row of n.
static size_t useful_reach(const ia_taps *t, size_t n)
{
    return t->reach < n ? t->reach : n - 1;
}

// A row of n with `reach` zeros at either end in `padded`.
static void blur_row(const ia_taps *t, float *row, size_t n, float *padded)
{
    size_t reach = useful_reach(t, n);
    memcpy(padded + t->reach, row, n * sizeof *row);
    scale(row, padded + t->reach, t->taps[0], n);
    for (size_t j = 1; j <= reach; j++)
        add_pair(row, padded + t->reach - j, padded + t->reach + j, t->taps[j], n);
}

// Rows `stride` apart, n_rows of n values each, across the rows.
static void blur_rows(const ia_taps *t, float *first, size_t stride, size_t n_rows,
                      size_t n, float *room)
{
    float *zeros = room + n_rows * n;
    size_t reach = useful_reach(t, n_rows);
    for (size_t r = 0; r < n_rows; r++)
        memcpy(room + r * n, first + r * stride, n * sizeof *room);
    for (size_t r = 0; r < n_rows; r++) {
        float *out = first + r * stride;
        scale(out, room + r * n, t->taps[0], n);
        for (size_t j = 1; j <= reach; j++) {
            const float *below = r >= j ? room + (r - j) * n : zeros;
            const float *above = r + j < n_rows ? room + (r + j) * n : zeros;
            if (below != zeros || above != zeros)
                add_pair(out, below, above, t->taps[j], n);
        }
    }
}

static void blur_plane(void *user, size_t z, size_t worker)
{
    const job *j = user;
    const size_t *n = j->v->n;
    float *plane = j->grid + z * n[0] * n[1], *room = j->room[worker];
    if (j->taps[0].reach > 0) {
        memset(room, 0, (n[0] + 2 * j->taps[0].reach) * sizeof *room);
        for (size_t y = 0; y < n[1]; y++)
            blur_row(&j->taps[0], plane + y * n[0], n[0], room);
    }
    if (j->taps[1].reach > 0) {
        memset(room + n[0] * n[1], 0, n[0] * sizeof *room);
        blur_rows(&j->taps[1], plane, n[0], n[1], n[0], room);
    }
}

// Rows of a plane that are smoothed along z together: short ones would take longer to
// look up than to add.
static size_t rows_together(const size_t n[3])
{
    const size_t enough = 256;
    size_t rows = enough / n[0] + 1;
    return rows < n[1] ? rows : n[1];
}

static void blur_columns(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const size_t *n = j->v->n;
    float *room = j->room[worker];
    size_t begin, end;
    ia_block(n[1], rows_together(n), block, &begin, &end);
    size_t width = (end - begin) * n[0];
    memset(room + width * n[2], 0, width * sizeof *room);
    blur_rows(&j->taps[2], j->grid + begin * n[0], n[0] * n[1], n[2], width, room);
}

ia_status ia_blur(ia_ctx *ctx, const ia_voxels *voxels, const ia_taps taps[3],
                  float *grid)
{
    const size_t *n = voxels->n, together = rows_together(n);
    job j = {.v = voxels, .taps = taps, .grid = grid};
    size_t n_workers = ia_for_workers(ctx, SIZE_MAX);
    size_t plane = (n[1] + 1) * n[0], columns = (n[2] + 1) * n[0] * together;
    ia_status st = IA_ERR_MEMORY;
    if (!(j.room = ia_array(ctx, n_workers, sizeof *j.room)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++)
        if (!(j.room[w] =
                  ia_array(ctx, (plane > columns ? plane : columns) + 2 * taps[0].reach,
                           sizeof *j.room[w])))
            goto done;
    st = ia_for(ctx, "smoothing", n[2], blur_plane, &j);
    if (st == IA_OK && taps[2].reach > 0)
        st = ia_for(ctx, "smoothing", ia_block_count(n[1], together), blur_columns, &j);
done:
    for (size_t w = 0; w < n_workers; w++)
        free(j.room[w]);
    free(j.room);
    return st;
}
