// src/spectrum/limits_tables.c: detection limits as a table and in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/limits.h>

#include <math.h>
#include <stdio.h>

// A share of the atoms in the unit that suits it.
static void write_share(double ppm, char *text, size_t n)
{
    if (ppm >= 1e4)
        snprintf(text, n, "%.2g at.%%", 1e-4 * ppm);
    else if (ppm >= 99.5)
        snprintf(text, n, "%.0f ppm", ppm);
    else
        snprintf(text, n, "%.2g ppm", ppm);
}

void ia_limit_sentence(const ia_limits *limits, size_t i, char *text, size_t n)
{
    const ia_limit *l = &limits->list[i];
    const char *symbol = l->name;
    char upper[32], seen[32], beside[IA_ION_NAME + 32] = "", told[IA_ION_NAME + 32] = "";

    write_share(l->upper, upper, sizeof upper);
    write_share(l->detectable, seen, sizeof seen);
    if (l->blocked_by[0])
        snprintf(beside, sizeof beside, ", beside %s", l->blocked_by);
    if (l->probability < 0.9995)
        snprintf(told, sizeof told, " (by %s, p %.3g)", l->told_by, l->probability);
    if (l->n == 0 || isnan(l->detectable))
        snprintf(text, n, "%s: cannot be said", symbol);
    else if (l->verdict == IA_LIMIT_PRESENT)
        snprintf(text, n, "%s is seen from %s on%s%s", symbol, seen, beside, told);
    else if (l->verdict == IA_LIMIT_MAY_BE)
        snprintf(text, n, "%s may be there%s; it would be seen from %s on%s", symbol,
                 told, seen, beside);
    else if (l->verdict == IA_LIMIT_ABOVE)
        snprintf(text, n,
                 "%s < %s at %g %%%s; %.0f ions where %.1f are expected: chance %.2g",
                 symbol, upper, 100 * limits->confidence, beside, l->counts, l->expected,
                 l->chance);
    else
        snprintf(text, n, "%s < %s at %g %%%s", symbol, upper, 100 * limits->confidence,
                 beside);
}

static const char *const verdicts[] = {"present", "absent", "above", "may be", "unknown"};

static ia_status add_numbers(ia_ctx *ctx, const ia_limits *limits, ia_table *table)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {
        {"critical_ppm", offsetof(ia_limit, critical)},
        {"limit_ppm", offsetof(ia_limit, detectable)},
        {"upper_ppm", offsetof(ia_limit, upper)},
        {"mass_da", offsetof(ia_limit, mass)},
        {"lo_da", offsetof(ia_limit, lo)},
        {"hi_da", offsetof(ia_limit, hi)},
        {"share", offsetof(ia_limit, share)},
        {"counts", offsetof(ia_limit, counts)},
        {"expected_counts", offsetof(ia_limit, expected)},
        {"sigma_expected_counts", offsetof(ia_limit, sigma)},
        {"overlap_counts", offsetof(ia_limit, overlap)},
        {"chance", offsetof(ia_limit, chance)},
    };

    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double *cells = ia_table_add(ctx, table, columns[c].name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < limits->n; i++)
            cells[i] = *(const double *)(const void *)((const char *)&limits->list[i] +
                                                       columns[c].offset);
    }
    return IA_OK;
}

ia_status ia_limits_tables(ia_ctx *ctx, const ia_limits *limits, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "detection_limits", IA_ROWS, limits->n);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    char **sentence = element ? ia_table_add(ctx, table, "sentence", IA_TEXT) : NULL;
    char **verdict = sentence ? ia_table_add(ctx, table, "verdict", IA_TEXT) : NULL;
    char **ion = verdict ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    uint64_t *windows = ion ? ia_table_add(ctx, table, "windows", IA_U64) : NULL;

    if (!windows || add_numbers(ctx, limits, table) != IA_OK)
        return IA_ERR_MEMORY;
    char **blocked = ia_table_add(ctx, table, "blocked_by", IA_TEXT);
    if (!blocked)
        return IA_ERR_MEMORY;
    char **told_by = ia_table_add(ctx, table, "told_by", IA_TEXT);
    double *probability =
        told_by ? ia_table_add(ctx, table, "probability", IA_F64) : NULL;
    if (!probability)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < limits->n; i++) {
        const ia_limit *l = &limits->list[i];
        char text[256];
        ia_limit_sentence(limits, i, text, sizeof text);
        windows[i] = l->n;
        probability[i] = l->probability;
        if (!(element[i] = ia_text(ctx, l->name)) ||
            !(verdict[i] = ia_text(ctx, verdicts[l->verdict])) ||
            !(ion[i] = ia_text(ctx, l->ion.name)) ||
            !(blocked[i] = ia_text(ctx, l->blocked_by)) ||
            !(told_by[i] = ia_text(ctx, l->told_by)) ||
            !(sentence[i] = ia_text(ctx, text)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}
