// src/detector/tables.c: what the detector recorded, as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/detector.h>

#include <string.h>

static ia_status add_times(ia_ctx *ctx, const ia_detector *d, ia_result *result)
{
    ia_status st;
    if (d->n_bins == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "tof_spectrum", IA_ARRAYS, d->n_bins);
    double *tof = table ? ia_table_add(ctx, table, "tof_ns", IA_F64) : NULL;
    if (!tof)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < d->n_bins; i++)
        tof[i] = ((double)i + 0.5) * d->tof_bin;
    if ((st = ia_table_add_copy(ctx, table, "counts", IA_U64, d->tof)) != IA_OK)
        return st;
    if (!(table = ia_result_add(ctx, result, "tof_bins", IA_OBJECT, 1)))
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_f64(ctx, table, "bin_ns", d->tof_bin)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "ions_below", d->tof_below)) == IA_OK)
        st = ia_table_add_u64(ctx, table, "ions_above", d->tof_above);
    return st;
}

static ia_status add_multiples(ia_ctx *ctx, const ia_detector *d, ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t k = 1; k < IA_MULTIPLES; k++)
        n += d->pulses[k] > 0;
    if (n == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "multiplicity", IA_ROWS, n);
    uint64_t *hits = table ? ia_table_add(ctx, table, "hits", IA_U64) : NULL;
    bool *or_more = hits ? ia_table_add(ctx, table, "or_more", IA_BOOL) : NULL;
    uint64_t *pulses = or_more ? ia_table_add(ctx, table, "pulses", IA_U64) : NULL;
    uint64_t *ions = pulses ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t k = 1; k < IA_MULTIPLES; k++) {
        if (d->pulses[k] == 0)
            continue;
        hits[row] = k;
        or_more[row] = k == IA_MULTIPLES - 1;
        pulses[row] = d->pulses[k];
        ions[row] = or_more[row] ? d->many : k * d->pulses[k];
        row++;
    }
    return IA_OK;
}

static ia_status add_hits(ia_ctx *ctx, const ia_detector *d, ia_result *result)
{
    if (!d->hits)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "hit_map", IA_OBJECT, 1);
    ia_status st =
        table ? ia_table_add_u64(ctx, table, "ions", d->n_hits) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "cell_mm", d->cell);
    if (st != IA_OK)
        return st;
    double *bounds = ia_table_add_cells(ctx, table, "bounds_mm", IA_F64, 2, 2);
    double *origin =
        bounds ? ia_table_add_cells(ctx, table, "origin_mm", IA_F64, 0, 2) : NULL;
    uint64_t *counts = origin ? ia_table_add_cells(ctx, table, "counts", IA_U64,
                                                   d->cells[1], d->cells[0])
                              : NULL;
    if (!counts)
        return IA_ERR_MEMORY;
    memcpy(bounds, d->bounds, sizeof d->bounds);
    memcpy(origin, d->origin, sizeof d->origin);
    memcpy(counts, d->hits, d->cells[0] * d->cells[1] * sizeof *counts);
    return IA_OK;
}

ia_status ia_detector_tables(ia_ctx *ctx, const ia_detector *detector, ia_result *result)
{
    ia_status st = add_times(ctx, detector, result);
    if (st == IA_OK)
        st = add_multiples(ctx, detector, result);
    return st == IA_OK ? add_hits(ctx, detector, result) : st;
}
