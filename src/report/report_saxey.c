// src/report/report_saxey.c: pairs of one pulse for the page: a square map of the pairs
// counted, and their deviation from chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <math.h>
#include <stdlib.h>

enum { CELLS_MOST = 200 };
static const double SHOWN = 0.98; // of the pairs

// Bins up to the one of the heavier ion that all but a few of the pairs lie below.
static size_t end_of(ia_ctx *ctx, const ia_multihit *m)
{
    double *pairs = ia_array(ctx, m->n_bins, sizeof *pairs);
    double all = 0, sum = 0;
    size_t end = 0;
    for (size_t i = 0; pairs && i < m->n_cells; i++) {
        pairs[m->cells[i] % m->n_bins] += m->in_cell[i];
        all += m->in_cell[i];
    }
    for (; pairs && end < m->n_bins && sum < SHOWN * all; end++)
        sum += pairs[end];
    free(pairs);
    return end;
}

// Cells (i, j), i <= j < n, row by row: j for the heavier ion.
static json_t *triangle(const ia_pair_map *map, size_t n, bool against_chance)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t j = 0; j < n && ok; j++)
        for (size_t i = 0; i <= j && ok; i++) {
            double counts = map->counts[i * map->n + j];
            double deviation = ia_pair_deviation(counts, map->expected[i * map->n + j]);
            ok = report_push(array, against_chance
                                        ? report_number(round(10 * deviation) / 10)
                                        : report_count((uint64_t)counts));
        }
    return report_keep(array, ok);
}

// JSON null where no pairs were counted.
ia_status report_saxey(ia_ctx *ctx, const report_input *in, json_t **out)
{
    const ia_multihit *m = &in->state->multihit;
    ia_pair_map map = {0};
    if (!report_step(in, "multihit") || m->n_cells == 0) {
        *out = json_null();
        return IA_OK;
    }
    size_t end = end_of(ctx, m), factor = (end + CELLS_MOST - 1) / CELLS_MOST;
    ia_status st = end > 0 ? ia_pair_map_compute(ctx, m, factor, &map) : IA_ERR_MEMORY;
    if (st != IA_OK)
        return st;
    size_t n = (end + factor - 1) / factor;
    n = n < map.n ? n : map.n;
    json_t *o = json_object();
    bool ok = report_put(o, "cell_da", report_number(map.cell)) &&
              report_put(o, "n", report_count(n)) &&
              report_put(o, "counts", triangle(&map, n, false)) &&
              report_put(o, "deviations", triangle(&map, n, true));
    ia_pair_map_clear(&map);
    *out = report_keep(o, ok);
    return *out ? IA_OK : ia_fail(ctx, IA_ERR_MEMORY, "no memory for pairs of ions");
}
