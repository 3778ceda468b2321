// src/spectrum/composition_tables.c: a composition as tables, one row per element or ion.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/composition.h>

#include "core/name_list.h"

#include <math.h>
#include <stdio.h>

// A number of a row; its column is called before + (at, ionic or weight) + after.
typedef struct {
    const char *before, *after;
    size_t offset;
} number;

static const number shares[] = {
    {"", "_percent", offsetof(ia_fraction, percent)},
    {"sigma_", "_percent", offsetof(ia_fraction, sigma_percent)},
};
static const number corrected_counts[] = {
    {"corrected_counts", "", offsetof(ia_fraction, corrected_counts)},
    {"sigma_corrected_counts", "", offsetof(ia_fraction, sigma_corrected_counts)},
};
static const number corrected_shares[] = {
    {"corrected_", "_percent", offsetof(ia_fraction, corrected_percent)},
    {"sigma_corrected_", "_percent", offsetof(ia_fraction, sigma_corrected_percent)},
};
static const number weights[] = {
    {"", "_percent", offsetof(ia_fraction, weight_percent)},
    {"sigma_", "_percent", offsetof(ia_fraction, sigma_weight_percent)},
};
enum { PAIR = 2 };

typedef struct {
    const ia_fraction *list;
    size_t n;
    const char *key;  // column of the names
    const char *word; // what per cent of
    bool weight;
} rows;

static ia_status add_number(ia_ctx *ctx, ia_table *table, const rows *r, const number *n,
                            const char *word)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", n->before, word, n->after);
    double *values = ia_table_add(ctx, table, name, IA_F64);
    if (!values)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        values[i] = *(const double *)((const char *)&r->list[i] + n->offset);
    return IA_OK;
}

static ia_status add_pair(ia_ctx *ctx, ia_table *table, const rows *r, const number *pair,
                          const char *word)
{
    ia_status st = IA_OK;
    for (size_t k = 0; k < PAIR && st == IA_OK; k++)
        st = add_number(ctx, table, r, &pair[k], word);
    return st;
}

static ia_status add_column_of_names(ia_ctx *ctx, ia_table *table, const rows *r)
{
    char **names = ia_table_add(ctx, table, r->key, IA_TEXT);
    if (!names)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        if (!(names[i] = ia_text(ctx, r->list[i].name)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_names(ia_ctx *ctx, ia_table *table, const rows *r)
{
    ia_status st = add_column_of_names(ctx, table, r);
    if (st != IA_OK)
        return st;
    uint64_t *counts = ia_table_add(ctx, table, "counts", IA_U64);
    if (!counts)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        counts[i] = (uint64_t)r->list[i].counts;
    return IA_OK;
}

// 95 %; of the corrected share alone, or of whichever there is.
static ia_status add_interval(ia_ctx *ctx, ia_table *table, const rows *r,
                              const char *before)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s_percent_interval95", before, r->word);
    double *interval = ia_table_add_cells(ctx, table, name, IA_F64, 0, 2);
    if (!interval)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++) {
        bool known = !*before || !isnan(r->list[i].corrected_percent);
        interval[2 * i] = known ? r->list[i].error.lo : NAN;
        interval[2 * i + 1] = known ? r->list[i].error.hi : NAN;
    }
    return IA_OK;
}

static ia_status add_rows(ia_ctx *ctx, ia_result *result, const char *name, const rows *r)
{
    ia_table *table = ia_result_add(ctx, result, name, IA_KEYED, r->n);
    ia_status st;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = add_names(ctx, table, r)) != IA_OK ||
        (st = add_pair(ctx, table, r, shares, r->word)) != IA_OK ||
        (st = add_pair(ctx, table, r, corrected_counts, "")) != IA_OK ||
        (st = add_pair(ctx, table, r, corrected_shares, r->word)) != IA_OK ||
        (st = add_interval(ctx, table, r, "corrected_")) != IA_OK)
        return st;
    return r->weight ? add_pair(ctx, table, r, weights, "weight") : IA_OK;
}

// Where the errors of the shares come from, and their intervals.
static ia_status add_errors(ia_ctx *ctx, ia_result *result, const char *name,
                            const rows *r)
{
    static const number parts[] = {
        {"sigma_counting_", "_percent", offsetof(ia_fraction, error.counting)},
        {"sigma_background_", "_percent", offsetof(ia_fraction, error.background)},
        {"sigma_overlap_", "_percent", offsetof(ia_fraction, error.overlap)},
        {"sigma_identification_", "_percent",
         offsetof(ia_fraction, error.identification)},
        {"sigma_", "_percent", offsetof(ia_fraction, error.all)},
    };
    ia_table *table = ia_result_add(ctx, result, name, IA_KEYED, r->n);
    ia_status st = table ? add_column_of_names(ctx, table, r) : IA_ERR_MEMORY;
    char column[64];

    snprintf(column, sizeof column, "%s_percent", r->word);
    double *share = st == IA_OK ? ia_table_add(ctx, table, column, IA_F64) : NULL;
    if (!share)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        share[i] = isnan(r->list[i].corrected_percent) ? r->list[i].percent
                                                       : r->list[i].corrected_percent;
    for (size_t k = 0; k < sizeof parts / sizeof *parts && st == IA_OK; k++)
        st = add_number(ctx, table, r, &parts[k], r->word);
    return st == IA_OK ? add_interval(ctx, table, r, "") : st;
}

static ia_status add_totals(ia_ctx *ctx, const ia_composition *c, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "ranging", IA_SCALARS, 1);
    ia_status st;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "n_ranges", c->n_ranges)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "ranged", c->ranged)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "unranged", c->unranged)) == IA_OK)
        st = ia_table_add_u64(ctx, table, "labels", c->labels);
    if (st == IA_OK)
        st = ia_table_add_text(ctx, table, "range_bounds", "[lo, hi)");
    return st;
}

static void warn_of_weights(ia_ctx *ctx, const ia_composition *c)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (isnan(ia_element_of(c->elements[i].z)->mass) &&
            isnan(c->elements[i].weight_percent))
            ia_warn(ctx,
                    "weight per cent cannot be given: %s has no natural isotopes, so its "
                    "mean mass is unknown",
                    c->elements[i].name);
}

// A mean over many spectra is right only where chance may go below zero, too.
static void warn_of_negative(ia_ctx *ctx, const ia_composition *c)
{
    const double rounding = -1e-9; // per cent
    ia_name_list names = {.n = 0};

    for (size_t i = 0; i < c->n_elements; i++) {
        const ia_fraction *e = &c->elements[i];
        if (e->corrected_percent < rounding)
            ia_name_list_add(&names, "%s (0 to %.2g at.%%)", e->name, e->error.hi);
    }
    if (names.n > 0)
        ia_warn(ctx,
                "of %s the counts leave less than nothing, which is chance: a negative "
                "per cent means that none is seen; the interval says what may be there",
                names.text);
}

ia_status ia_composition_tables(ia_ctx *ctx, const ia_composition *composition,
                                const ia_composition_params *params, ia_result *result)
{
    ia_composition_params p = params ? *params : ia_composition_defaults();
    rows elements = {composition->elements, composition->n_elements, "element", "at",
                     p.weight};
    rows ions = {composition->ions, composition->n_ions, "ion", "ionic", p.weight};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_composition_method, &p)) != IA_OK ||
        (st = add_rows(ctx, result, "composition", &elements)) != IA_OK ||
        (p.ionic && (st = add_rows(ctx, result, "ions", &ions)) != IA_OK) ||
        (st = add_errors(ctx, result, "composition_errors", &elements)) != IA_OK ||
        (p.ionic && (st = add_errors(ctx, result, "ion_errors", &ions)) != IA_OK) ||
        (st = add_totals(ctx, composition, result)) != IA_OK)
        return st;
    warn_of_negative(ctx, composition);
    if (p.weight)
        warn_of_weights(ctx, composition);
    return IA_OK;
}
