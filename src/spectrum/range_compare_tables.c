// src/spectrum/range_compare_tables.c: a comparison of two rangings as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/range_compare.h>

#include <stddef.h>

static ia_status summary_table(ia_ctx *ctx, const ia_range_comparison *c,
                               ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "comparison", IA_SCALARS, 1);

    if (!table || ia_table_add_u64(ctx, table, "ranges_alike", c->n_same) != IA_OK ||
        ia_table_add_u64(ctx, table, "ranges_different", c->n) != IA_OK ||
        ia_table_add_f64(ctx, table, "ions_moved", c->n_moved) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status changes_table(ia_ctx *ctx, const ia_range_comparison *c,
                               ia_result *result)
{
    static const char *const words[] = {"only_a", "only_b", "moved", "renamed"};
    static const ia_table_member members[] = {
        {"ion_a", IA_TEXT, offsetof(ia_range_difference, ion_a)},
        {"ion_b", IA_TEXT, offsetof(ia_range_difference, ion_b)},
        {"lo_a_da", IA_F64, offsetof(ia_range_difference, lo_a)},
        {"hi_a_da", IA_F64, offsetof(ia_range_difference, hi_a)},
        {"lo_b_da", IA_F64, offsetof(ia_range_difference, lo_b)},
        {"hi_b_da", IA_F64, offsetof(ia_range_difference, hi_b)},
        {"counts_a", IA_F64, offsetof(ia_range_difference, counts_a)},
        {"counts_b", IA_F64, offsetof(ia_range_difference, counts_b)},
        {"counts_shared", IA_F64, offsetof(ia_range_difference, counts_shared)},
    };
    ia_table *table = ia_result_add(ctx, result, "changes", IA_ROWS, c->n);
    char **change = table ? ia_table_add(ctx, table, "change", IA_TEXT) : NULL;
    ia_status st = change ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < c->n && st == IA_OK; i++)
        if (!(change[i] = ia_text(ctx, words[c->list[i].change])))
            st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, c->list, sizeof *c->list, members,
                                  sizeof members / sizeof *members);
    return st;
}

static ia_status shifts_table(ia_ctx *ctx, const ia_range_comparison *c,
                              ia_result *result)
{
    static const ia_table_member element = {"element", IA_TEXT,
                                            offsetof(ia_range_shift, name)};
    static const size_t offsets[] = {
        offsetof(ia_range_shift, percent_a),  offsetof(ia_range_shift, sigma_a),
        offsetof(ia_range_shift, percent_b),  offsetof(ia_range_shift, sigma_b),
        offsetof(ia_range_shift, difference), offsetof(ia_range_shift, sigma_difference)};
    static const char *const names[2][6] = {
        {"at_percent_a", "sigma_at_percent_a", "at_percent_b", "sigma_at_percent_b",
         "difference_at_percent", "sigma_difference_at_percent"},
        {"net_at_percent_a", "sigma_net_at_percent_a", "net_at_percent_b",
         "sigma_net_at_percent_b", "difference_net_at_percent",
         "sigma_difference_net_at_percent"}};
    const ia_range_shift *const rows[2] = {c->raw, c->corrected};
    ia_table *table =
        ia_result_add(ctx, result, "composition_change", IA_KEYED, c->n_elements);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, c->raw, sizeof *c->raw, &element, 1);
    for (size_t k = 0; k < 12 && st == IA_OK; k++) {
        ia_table_member numbers = {names[k / 6][k % 6], IA_F64, offsets[k % 6]};
        st = ia_table_add_members(ctx, table, rows[k / 6], sizeof *c->raw, &numbers, 1);
    }
    return st;
}

ia_status ia_range_comparison_tables(ia_ctx *ctx, const ia_range_comparison *comparison,
                                     ia_result *result)
{
    ia_status st;

    if ((st = summary_table(ctx, comparison, result)) != IA_OK ||
        (st = changes_table(ctx, comparison, result)) != IA_OK ||
        comparison->n_elements == 0)
        return st;
    return shifts_table(ctx, comparison, result);
}
