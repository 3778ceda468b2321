// src/spectrum/label_tables.c: ions that could be at an m/n as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/label.h>

#include <math.h>

enum { TEXT_MAX = 256 };

typedef struct {
    const char *name;
    size_t offset;
    bool spectrum; // only where there is one
} number;

static const number of_candidate[] = {
    {"mass_da", offsetof(ia_label, mass), false},
    {"offset_da", offsetof(ia_label, offset), false},
    {"abundance", offsetof(ia_label, abundance), false},
    {"half_life_s", offsetof(ia_label, half_life), false},
    {"rank", offsetof(ia_label, rank), false},
    {"rank_prior", offsetof(ia_label, prior), false},
    {"rank_place", offsetof(ia_label, place), false},
    {"rank_companions", offsetof(ia_label, companions), true},
    {"rank_relatives", offsetof(ia_label, relatives), true},
    {"probability", offsetof(ia_label, probability), true},
    {"share_most", offsetof(ia_label, share_most), true},
    {"share_told", offsetof(ia_label, share_told), true},
    {"probability_told", offsetof(ia_label, probability_told), true},
};

static const number of_question[] = {
    {"at_da", offsetof(ia_labelling, mass), false},
    {"lo_da", offsetof(ia_labelling, lo), false},
    {"hi_da", offsetof(ia_labelling, hi), false},
    {"counts", offsetof(ia_labelling, counts), true},
    {"background_counts", offsetof(ia_labelling, background), true},
    {"significance", offsetof(ia_labelling, significance), true},
};

static const ia_label *label_at(const ia_labels *labels, size_t row, double *at)
{
    size_t i = 0;
    for (; row >= labels->list[i].n; i++)
        row -= labels->list[i].n;
    if (at)
        *at = labels->list[i].mass;
    return &labels->list[i].list[row];
}

// A spectrum gives the counts of what was asked about.
static bool has_spectrum(const ia_labels *labels)
{
    return labels->n > 0 && isfinite(labels->list[0].counts);
}

static ia_status add_names(ia_ctx *ctx, const ia_labels *labels, ia_table *table)
{
    double *at = ia_table_add(ctx, table, "at_da", IA_F64);
    char **ion = at ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    char **tally = ion ? ia_table_add(ctx, table, "elements", IA_TALLY) : NULL;
    int32_t *charge = tally ? ia_table_add(ctx, table, "charge", IA_I32) : NULL;

    if (!charge)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < table->n_rows; i++) {
        const ia_label *l = label_at(labels, i, &at[i]);
        char text[TEXT_MAX];
        ia_ion_tally(&l->ion, text, sizeof text);
        charge[i] = l->ion.charge;
        if (!(ion[i] = ia_text(ctx, l->ion.name)) || !(tally[i] = ia_text(ctx, text)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_numbers(ia_ctx *ctx, const ia_labels *labels, ia_table *table)
{
    for (size_t k = 0; k < sizeof of_candidate / sizeof *of_candidate; k++) {
        const number *column = &of_candidate[k];
        if (column->spectrum && !has_spectrum(labels))
            continue;
        double *cells = ia_table_add(ctx, table, column->name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < table->n_rows; i++)
            cells[i] =
                *(const double *)(const void *)((const char *)label_at(labels, i, NULL) +
                                                column->offset);
    }
    return IA_OK;
}

static ia_status add_evidence(ia_ctx *ctx, const ia_labels *labels, ia_table *table)
{
    uint64_t *due = ia_table_add(ctx, table, "companions_expected", IA_U64);
    uint64_t *seen = due ? ia_table_add(ctx, table, "companions_seen", IA_U64) : NULL;
    char **pro = seen ? ia_table_add(ctx, table, "for", IA_TEXT) : NULL;
    char **con = pro ? ia_table_add(ctx, table, "against", IA_TEXT) : NULL;

    if (!con)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < table->n_rows; i++) {
        const ia_label *l = label_at(labels, i, NULL);
        due[i] = l->n_companions;
        seen[i] = l->n_seen;
        if (!(pro[i] = ia_text(ctx, l->pro)) || !(con[i] = ia_text(ctx, l->con)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_told(ia_ctx *ctx, const ia_labels *labels, ia_table *table)
{
    char **told = ia_table_add(ctx, table, "told", IA_TEXT);
    double *share = told ? ia_table_add(ctx, table, "told_share", IA_F64) : NULL;
    double *sure = share ? ia_table_add(ctx, table, "told_probability", IA_F64) : NULL;

    if (!sure)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < labels->n; i++) {
        const ia_labelling *l = &labels->list[i];
        share[i] = l->told_share;
        sure[i] = l->told_probability;
        if (!(told[i] = ia_text(ctx, l->told.name)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_questions(ia_ctx *ctx, const ia_labels *labels, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "questions", IA_ROWS, labels->n);

    for (size_t k = 0; table && k < sizeof of_question / sizeof *of_question; k++) {
        const number *column = &of_question[k];
        if (column->spectrum && !has_spectrum(labels))
            continue;
        double *cells = ia_table_add(ctx, table, column->name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < labels->n; i++)
            cells[i] = *(const double *)(const void *)((const char *)&labels->list[i] +
                                                       column->offset);
    }
    uint64_t *found = table ? ia_table_add(ctx, table, "ions_possible", IA_U64) : NULL;
    if (!found)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < labels->n; i++)
        found[i] = labels->list[i].n_found;
    return has_spectrum(labels) ? add_told(ctx, labels, table) : IA_OK;
}

ia_status ia_label_tables(ia_ctx *ctx, const ia_labels *labels, ia_result *result)
{
    size_t n = 0;
    for (size_t i = 0; i < labels->n; i++)
        n += labels->list[i].n;
    ia_table *table = ia_result_add(ctx, result, "candidates", IA_ROWS, n);
    ia_status st = table ? add_names(ctx, labels, table) : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = add_numbers(ctx, labels, table);
    if (st == IA_OK && has_spectrum(labels))
        st = add_evidence(ctx, labels, table);
    return st == IA_OK ? add_questions(ctx, labels, result) : st;
}
