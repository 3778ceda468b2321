// src/spatial/edge_tables.c: the surface of the specimen and its shells as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/edge.h>

#include <math.h>

enum { SHELLS = 20 };

static ia_status add_summary(ia_ctx *ctx, const ia_edge *e, ia_result *result)
{
    size_t outside = 0, deep = 0, unknown = 0;
    for (size_t i = 0; i < e->n; i++) {
        outside += e->distance[i] < 0;
        deep += (double)e->distance[i] >= e->most;
        unknown += isnan(e->distance[i]) ? 1 : 0;
    }
    ia_table *table = ia_result_add(ctx, result, "edge", IA_SCALARS, 1);
    if (!table || ia_table_add_f64(ctx, table, "volume_nm3", e->volume) != IA_OK ||
        ia_table_add_f64(ctx, table, "area_nm2", e->area) != IA_OK ||
        ia_table_add_f64(ctx, table, "cube_nm", e->cube > 0 ? e->cube : NAN) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_ions", e->n) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_outside", outside) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_stray", e->n_stray) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_deeper", deep) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_unknown", unknown) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_triangles", e->mesh.n_triangles) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

// How many ions lie at which depth: an even specimen has as many in each shell as its
// volume asks for.
static ia_status add_shells(ia_ctx *ctx, const ia_edge *e, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "edge_shells", IA_ROWS, SHELLS);
    double *from = table ? ia_table_add(ctx, table, "from_nm", IA_F64) : NULL;
    double *to = from ? ia_table_add(ctx, table, "to_nm", IA_F64) : NULL;
    uint64_t *ions = to ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t s = 0; s < SHELLS; s++) {
        from[s] = e->most * (double)s / SHELLS;
        to[s] = e->most * (double)(s + 1) / SHELLS;
    }
    for (size_t i = 0; i < e->n; i++) {
        double at = SHELLS * (double)e->distance[i] / e->most;
        if (at >= 0 && at < SHELLS)
            ions[(size_t)at]++;
    }
    return IA_OK;
}

ia_status ia_edge_tables(ia_ctx *ctx, const ia_edge *edge, ia_result *result)
{
    ia_status st = add_summary(ctx, edge, result);
    return st == IA_OK ? add_shells(ctx, edge, result) : st;
}
