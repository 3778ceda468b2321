// src/spectrum/background_tables.c: a background as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_parts.h"

#include <math.h>

const char *ia_background_model_name(const ia_background *background)
{
    static const char *const names[] = {
        [IA_BACKGROUND_AUTO] = "flat",     [IA_BACKGROUND_FLAT] = "flat",
        [IA_BACKGROUND_SLICED] = "sliced", [IA_BACKGROUND_SIDEBAND] = "sideband",
        [IA_BACKGROUND_NONE] = "none",     [IA_BACKGROUND_FILE] = "file"};
    return names[background->model];
}

static ia_status add_slices(ia_ctx *ctx, const ia_slices *slices, ia_result *result)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {
        {"from", offsetof(ia_slice, from)},   {"to", offsetof(ia_slice, to)},
        {"ions", offsetof(ia_slice, ions)},   {"a", offsetof(ia_slice, level)},
        {"lo_da", offsetof(ia_slice, lo[1])}, {"hi_da", offsetof(ia_slice, hi[0])},
    };
    ia_table *table = ia_result_add(ctx, result, "slices", IA_ROWS, slices->n);
    char **by = table ? ia_table_add(ctx, table, "by", IA_TEXT) : NULL;

    if (!by)
        return IA_ERR_MEMORY;
    for (size_t s = 0; s < slices->n; s++)
        if (!(by[s] = ia_text(ctx, slices->by)))
            return IA_ERR_MEMORY;
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double *cells = ia_table_add(ctx, table, columns[c].name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t s = 0; s < slices->n; s++)
            cells[s] = *(const double *)(const void *)((const char *)&slices->list[s] +
                                                       columns[c].offset);
    }
    return IA_OK;
}

ia_status ia_background_tables(ia_ctx *ctx, const ia_background *background,
                               ia_result *result)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"a", background->a},
        {"sigma_a", background->sigma_a},
        {"drift", background->drift},
        {"dispersion", background->dispersion},
        {"m_lo_da", background->m_lo},
        {"m_hi_da", background->m_hi},
        {"tail_share", ia_background_tail_share(background)},
    };
    const struct ia_background_parts *parts = background->parts;
    ia_table *table = ia_result_add(ctx, result, "background", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_text(ctx, table, "model", ia_background_model_name(background));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "n_windows", background->n_windows);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "n_used", background->n_used);
    if (st == IA_OK && parts && parts->slices.n > 0)
        st = add_slices(ctx, &parts->slices, result);
    return st;
}
