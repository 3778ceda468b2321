// src/spectrum/tof_tables.c: how a training went, as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/tof_trees.h>

static ia_status add_stages(ia_ctx *ctx, const ia_tof_training *training,
                            ia_result *result)
{
    static const struct {
        const char *name;
        size_t offset;
    } counts[] = {
        {"rows", offsetof(ia_tof_score, rows)},
        {"rows_with_ion", offsetof(ia_tof_score, right_rows)},
        {"asked", offsetof(ia_tof_score, asked)},
        {"there", offsetof(ia_tof_score, there)},
        {"right", offsetof(ia_tof_score, right)},
        {"wrong", offsetof(ia_tof_score, wrong)},
    };
    const ia_tof_score *scores[] = {&training->elements, &training->molecules};
    const char *names[] = {"elements", "molecules"};
    ia_table *table = ia_result_add(ctx, result, "training", IA_ROWS, 2);
    ia_status st =
        table ? ia_table_add_copy(ctx, table, "stage", IA_TEXT, names) : IA_ERR_MEMORY;

    for (size_t k = 0; st == IA_OK && k < sizeof counts / sizeof *counts; k++) {
        uint64_t *cells = ia_table_add(ctx, table, counts[k].name, IA_U64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < 2; i++)
            cells[i] = *(const size_t *)(const void *)((const char *)scores[i] +
                                                       counts[k].offset);
    }
    double *precision =
        st == IA_OK ? ia_table_add(ctx, table, "precision", IA_F64) : NULL;
    double *recall = precision ? ia_table_add(ctx, table, "recall", IA_F64) : NULL;
    double *us = recall ? ia_table_add(ctx, table, "decision_us", IA_F64) : NULL;
    if (!us)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 2; i++) {
        precision[i] =
            (double)scores[i]->right / (double)(scores[i]->right + scores[i]->wrong);
        recall[i] = (double)scores[i]->right / (double)scores[i]->there;
        us[i] = scores[i]->microseconds;
    }
    return IA_OK;
}

ia_status ia_tof_tables(ia_ctx *ctx, const ia_tof_training *training, ia_result *result)
{
    ia_status st = add_stages(ctx, training, result);
    ia_table *table =
        st == IA_OK ? ia_result_add(ctx, result, "model", IA_OBJECT, 1) : NULL;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "bytes", training->n)) != IA_OK)
        return st;
    return ia_table_add_text(ctx, table, "sha256", training->sha256);
}
