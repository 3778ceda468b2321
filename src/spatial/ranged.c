// src/spatial/ranged.c: the positions of ranged ions side by side, with what each was
// ranged as.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/ranged.h"

#include "spatial/index_internal.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 4096 };

typedef struct {
    float lo[3], hi[3]; // nm
} box;

typedef struct {
    const ia_ions *ions;
    double lo[3], hi[3]; // nm; beyond: far off
    ia_column labels;
    size_t *first; // (n_blocks + 1) where a block's ranged ions begin
    size_t *far;   // (n_blocks) its ranged ions far off
    box *boxes;    // (n_blocks)
    ia_ranged *out;
} pass;

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Bounds from every so many-th ion.
static ia_status bound(ia_ctx *ctx, pass *p)
{
    const ia_column *column = &p->ions->columns[IA_XYZ];
    size_t n = column->n < SAMPLE ? column->n : SAMPLE;
    float *sorted = ia_array(ctx, 3 * n, sizeof *sorted), room[3];
    if (!sorted)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t row = (size_t)((double)i / (double)n * (double)column->n);
        const float *xyz = ia_column_rows(column, row, 1, room);
        for (size_t k = 0; k < 3; k++)
            sorted[k * n + i] = xyz[k];
    }
    for (size_t k = 0; k < 3 && n > 0; k++) {
        float *axis = sorted + k * n;
        qsort(axis, n, sizeof *axis, compare);
        double lo = (double)axis[n / 100], hi = (double)axis[n - 1 - n / 100];
        double margin = hi > lo ? hi - lo : INFINITY;
        p->lo[k] = lo - margin;
        p->hi[k] = hi + margin;
    }
    free(sorted);
    return IA_OK;
}

static bool is_near(const pass *p, const float *xyz)
{
    bool near = true;
    for (size_t k = 0; k < 3; k++)
        near &= (double)xyz[k] >= p->lo[k] && (double)xyz[k] <= p->hi[k];
    return near;
}

static void count_block(void *user, size_t block, size_t worker)
{
    pass *p = user;
    int32_t room[IA_COLUMN_BLOCK];
    float xyz_room[3 * IA_COLUMN_BLOCK];
    size_t begin, end, n = 0, n_far = 0;
    (void)worker;
    ia_block(p->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const int32_t *labels = ia_column_rows(&p->labels, begin, end - begin, room);
    const float *xyz =
        ia_column_rows(&p->ions->columns[IA_XYZ], begin, end - begin, xyz_room);
    for (size_t i = 0; i < end - begin; i++) {
        bool near = is_near(p, xyz + 3 * i);
        n += labels[i] >= 0 && near;
        n_far += labels[i] >= 0 && !near;
    }
    p->first[block + 1] = n;
    p->far[block] = n_far;
}

static box box_of(const float *xyz, size_t n)
{
    box b = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) {
            float at = xyz[3 * i + k];
            b.lo[k] = at < b.lo[k] ? at : b.lo[k];
            b.hi[k] = at > b.hi[k] ? at : b.hi[k];
        }
    return b;
}

static void fill_block(void *user, size_t block, size_t worker)
{
    pass *p = user;
    int32_t room[IA_COLUMN_BLOCK];
    float xyz_room[3 * IA_COLUMN_BLOCK];
    size_t begin, end, at = p->first[block];
    (void)worker;
    ia_block(p->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const int32_t *labels = ia_column_rows(&p->labels, begin, end - begin, room);
    const float *xyz =
        ia_column_rows(&p->ions->columns[IA_XYZ], begin, end - begin, xyz_room);
    for (size_t i = 0; i < end - begin; i++) {
        if (labels[i] < 0 || !is_near(p, xyz + 3 * i))
            continue;
        memcpy(p->out->xyz + 3 * at, xyz + 3 * i, 3 * sizeof(float));
        p->out->kind[at] = (uint16_t)labels[i];
        p->out->row[at++] = (uint32_t)(begin + i);
    }
    p->boxes[block] = box_of(p->out->xyz + 3 * p->first[block], at - p->first[block]);
}

static ia_status check(ia_ctx *ctx, const ia_ions *ions, const ia_ranger *ranger)
{
    ia_status st = ia_ions_need(ctx, ions, IA_XYZ);
    int32_t most = 0;
    for (size_t i = 0; i < ranger->n; i++)
        most = ranger->ion[i] > most ? ranger->ion[i] : most;
    if (st == IA_OK && (ions->n > INT32_MAX || most >= UINT16_MAX))
        st = ia_fail(ctx, IA_ERR_UNSUPPORTED,
                     "%zu ions of up to %d kinds: at most %d of %d were expected",
                     ions->n, most + 1, INT32_MAX, UINT16_MAX);
    return st;
}

// Directions along which ions do not spread: pivots of their scatter matrix that are no
// more than rounding of positions kept as float. A million ions tell.
static size_t count_flat(const ia_ranged *ranged)
{
    enum { MOST = 1 << 20 };
    static const double rounding = 1e-12; // of the largest variance
    double n = 0, sum[3] = {0}, m[3][3] = {{0}}, largest = 0;
    bool taken[3] = {false};
    for (size_t i = 0; i < ranged->n; i += ranged->n / MOST + 1) {
        double u[3];
        for (size_t a = 0; a < 3; a++) {
            u[a] = (double)ranged->xyz[3 * i + a] - (double)ranged->xyz[a];
            sum[a] += u[a];
            for (size_t b = 0; b <= a; b++)
                m[a][b] += u[a] * u[b];
        }
        n++;
    }
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b <= a; b++)
            m[b][a] = m[a][b] -= sum[a] * sum[b] / n;
    for (size_t k = 0; k < 3; k++) {
        size_t p = 3;
        for (size_t a = 0; a < 3; a++)
            if (!taken[a] && (p == 3 || m[a][a] > m[p][p]))
                p = a;
        largest = fmax(largest, m[p][p]);
        if (!(m[p][p] > rounding * largest))
            return 3 - k;
        taken[p] = true;
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++)
                if (!taken[a] && !taken[b])
                    m[a][b] -= m[a][p] * m[p][b] / m[p][p];
    }
    return 0;
}

// Space is of a volume.
static void tell_flat(ia_ctx *ctx, const ia_ranged *ranged)
{
    static const char *const shapes[] = {"", "in a plane", "on a line", "at one place"};
    enum { FEW = 4 };
    size_t n_flat = ranged->n >= FEW ? count_flat(ranged) : 0;
    if (n_flat > 0)
        ia_warn(ctx, "all ranged ions lie %s: what is said of space is not of a volume",
                shapes[n_flat]);
}

static ia_status fill(ia_ctx *ctx, pass *p, size_t n_blocks)
{
    ia_ranged *out = p->out;
    for (size_t b = 0; b < n_blocks; b++) {
        p->first[b + 1] += p->first[b];
        out->n_far += p->far[b];
    }
    out->n = p->first[n_blocks];
    if (!(out->xyz = ia_array(ctx, out->n, 3 * sizeof *out->xyz)) ||
        !(out->kind = ia_array(ctx, out->n, sizeof *out->kind)) ||
        !(out->row = ia_array(ctx, out->n, sizeof *out->row)))
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, NULL, n_blocks, fill_block, p);
    for (size_t k = 0; k < 3; k++) {
        out->lo[k] = INFINITY;
        out->hi[k] = -INFINITY;
        for (size_t b = 0; b < n_blocks; b++) {
            out->lo[k] = fmin(out->lo[k], (double)p->boxes[b].lo[k]);
            out->hi[k] = fmax(out->hi[k], (double)p->boxes[b].hi[k]);
        }
    }
    return st == IA_OK ? ia_index_check_box(ctx, out->lo, out->hi) : st;
}

ia_status ia_ranged_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranger *ranger,
                          ia_ranged *out)
{
    ia_label_source source = {ions, ranger};
    ia_ranged ranged = {0};
    pass p = {.ions = ions, .labels = ia_label_column(&source), .out = &ranged};
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    ia_status st;
    if ((st = check(ctx, ions, ranger)) != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    if (!(p.first = ia_array(ctx, n_blocks + 1, sizeof *p.first)) ||
        !(p.far = ia_array(ctx, n_blocks, sizeof *p.far)) ||
        !(p.boxes = ia_array(ctx, n_blocks, sizeof *p.boxes)) ||
        (st = bound(ctx, &p)) != IA_OK ||
        (st = ia_for(ctx, NULL, n_blocks, count_block, &p)) != IA_OK ||
        (st = fill(ctx, &p, n_blocks)) != IA_OK)
        goto done;
    if (ranged.n_far > 0)
        ia_warn(
            ctx,
            "%zu ranged ion%s far off all others: left out of neighbours and clusters",
            ranged.n_far, ranged.n_far == 1 ? " lies" : "s lie");
    tell_flat(ctx, &ranged);
    *out = ranged;
    ranged = (ia_ranged){0};
done:
    ia_ranged_clear(&ranged);
    free(p.first);
    free(p.far);
    free(p.boxes);
    return st;
}

ia_status ia_ranged_need(ia_ctx *ctx, const ia_ranged *ranged)
{
    if (ranged->n > 0)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "no ranged ion has a position here: widen the region or check the "
                   "ranges");
}

void ia_ranged_tell_reach(ia_ctx *ctx, const ia_ranged *ranged, const char *name,
                          double distance)
{
    double d2 = 0;
    for (size_t k = 0; k < 3; k++)
        d2 += pow(ranged->hi[k] - ranged->lo[k], 2);
    if (ranged->n > 0 && distance > sqrt(d2))
        ia_warn(ctx,
                "%s = %g nm is farther than any two ions lie apart (%.3g nm): beyond "
                "that there is nothing",
                name, distance, sqrt(d2));
}

void ia_ranged_clear(ia_ranged *ranged)
{
    free(ranged->xyz);
    free(ranged->kind);
    free(ranged->row);
    *ranged = (ia_ranged){0};
}
