// src/detector/hitmap_tables.c: hit maps as tables and as a file of arrays.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hitmap_internal.h"

#include "io/grid_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const units[IA_N_MAPS] = {"mm^-2", "", "", "", "mm", "", ""};

static ia_status add_summary(ia_ctx *ctx, const ia_hitmap *m, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "hitmap", IA_SCALARS, 1);
    if (!table || ia_table_add_u64(ctx, table, "n_hits", m->n_hits) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_outside", m->n_outside) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_no_place", m->n_no_place) != IA_OK ||
        ia_table_add_u64(ctx, table, "map_cells", m->cells) != IA_OK ||
        ia_table_add_f64(ctx, table, "cell_mm", m->cell) != IA_OK ||
        ia_table_add_f64(ctx, table, "map_radius_mm", m->radius) != IA_OK)
        return IA_ERR_MEMORY;
    if (m->values[IA_MAP_SIGNAL] &&
        (ia_table_add_f64(ctx, table, "signal_by_chance", m->signal_null) != IA_OK ||
         ia_table_add_f64(ctx, table, "signal_limit", m->signal_limit) != IA_OK ||
         ia_table_add_f64(ctx, table, "signal_share_above", m->signal_share) != IA_OK ||
         ia_table_add_f64(ctx, table, "signal_p", m->signal_p) != IA_OK))
        return IA_ERR_MEMORY;
    double *centre = ia_table_add_cells(ctx, table, "centre_mm", IA_F64, 0, 2);
    double *share =
        centre ? ia_table_add_cells(ctx, table, "window_share", IA_F64, 0, 2) : NULL;
    if (!share)
        return IA_ERR_MEMORY;
    memcpy(centre, m->centre, sizeof m->centre);
    memcpy(share, m->depth_share, sizeof m->depth_share);
    return IA_OK;
}

typedef struct {
    const char *name, *unit;
    double mean, least, most;
    double noise;    // root mean square error of a cell
    double contrast; // root mean square of what is more than noise, over noise
} map_row;

static map_row describe(const ia_hitmap *m, size_t kind)
{
    map_row row = {ia_map_names[kind], units[kind], 0, INFINITY, -INFINITY, 0, 0};
    double n = 0, squares = 0;
    for (size_t i = 0; i < m->cells * m->cells; i++) {
        double v = m->values[kind][i], s = m->sigmas[kind][i];
        if (!isfinite(v))
            continue;
        n++;
        row.mean += v;
        squares += v * v;
        row.noise += s * s;
        row.least = fmin(row.least, v);
        row.most = fmax(row.most, v);
    }
    row.mean /= n;
    row.noise = sqrt(row.noise / n);
    double spread = squares / n - row.mean * row.mean - row.noise * row.noise;
    row.contrast = sqrt(fmax(spread, 0)) / row.noise;
    return row;
}

static ia_status add_maps(ia_ctx *ctx, const ia_hitmap *m, ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t k = 0; k < IA_N_MAPS; k++)
        n += m->values[k] != NULL;
    ia_table *table = ia_result_add(ctx, result, "maps", IA_ROWS, n);
    const char *names[IA_N_MAPS], *texts[IA_N_MAPS];
    double *columns[5];
    static const char *const titles[] = {"mean", "least", "most", "noise",
                                         "contrast_to_noise"};
    for (size_t k = 0; k < IA_N_MAPS; k++)
        if (m->values[k]) {
            names[row] = ia_map_names[k];
            texts[row++] = units[k];
        }
    if (!table || ia_table_add_copy(ctx, table, "map", IA_TEXT, names) != IA_OK ||
        ia_table_add_copy(ctx, table, "unit", IA_TEXT, texts) != IA_OK)
        return IA_ERR_MEMORY;
    for (size_t c = 0; c < 5; c++)
        if (!(columns[c] = ia_table_add(ctx, table, titles[c], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t k = 0, r = 0; k < IA_N_MAPS; k++) {
        if (!m->values[k])
            continue;
        map_row d = describe(m, k);
        const double values[] = {d.mean, d.least, d.most, d.noise, d.contrast};
        for (size_t c = 0; c < 5; c++)
            columns[c][r] = values[c];
        r++;
    }
    return IA_OK;
}

ia_status ia_hitmap_tables(ia_ctx *ctx, const ia_hitmap *map, ia_result *result)
{
    ia_status st = add_summary(ctx, map, result);
    return st == IA_OK ? add_maps(ctx, map, result) : st;
}

ia_status hitmap_write(ia_ctx *ctx, const ia_hitmap *map, const double *last,
                       const char *path)
{
    size_t n = map->cells * map->cells, n_maps = 0;
    float *values = ia_array(ctx, n * (IA_N_MAPS + 1), sizeof *values);
    if (!values)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k <= IA_N_MAPS; k++) {
        const double *from = k < IA_N_MAPS ? map->values[k] : last;
        if (!from)
            continue;
        for (size_t i = 0; i < n; i++)
            values[n_maps * n + i] = (float)from[i];
        n_maps++;
    }
    ia_grid_array array = {"maps", values};
    ia_grid_file grid = {.edge = map->cell,
                         .n = {map->cells, map->cells, n_maps},
                         .arrays = &array,
                         .n_arrays = 1};
    ia_status st = ia_grid_file_write(ctx, &grid, path);
    free(values);
    return st;
}

ia_status ia_hitmap_write(ia_ctx *ctx, const ia_hitmap *map, const char *path)
{
    return hitmap_write(ctx, map, NULL, path);
}
