// src/spectrum/agreement_tables.c: the agreement of analyses as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/agreement.h>

#include <math.h>
#include <stddef.h>

typedef struct {
    const char *name;
    size_t offset;
} column;

static const void *member(const void *row, size_t offset)
{
    return (const char *)row + offset;
}

static ia_status add_f64(ia_ctx *ctx, ia_table *table, const column *c, const void *rows,
                         size_t size)
{
    double *cells = ia_table_add(ctx, table, c->name, IA_F64);

    for (size_t i = 0; cells && i < table->n_rows; i++)
        cells[i] = *(const double *)member((const char *)rows + i * size, c->offset);
    return cells ? IA_OK : IA_ERR_MEMORY;
}

static ia_status add_size(ia_ctx *ctx, ia_table *table, const column *c, const void *rows,
                          size_t size)
{
    uint64_t *cells = ia_table_add(ctx, table, c->name, IA_U64);

    for (size_t i = 0; cells && i < table->n_rows; i++)
        cells[i] = *(const size_t *)member((const char *)rows + i * size, c->offset);
    return cells ? IA_OK : IA_ERR_MEMORY;
}

// Significant figures that come out again; none below 0.
static double figures(const ia_agreement_spread *s)
{
    return s->sd > 0 && s->mean > 0 ? fmax(0, log10(s->mean / s->sd)) : NAN;
}

static ia_status add_figures(ia_ctx *ctx, ia_table *table, const char *name,
                             const ia_agreement *a, size_t offset)
{
    double *cells = ia_table_add(ctx, table, name, IA_F64);

    for (size_t i = 0; cells && i < table->n_rows; i++)
        cells[i] = figures(member(&a->elements[i], offset));
    return cells ? IA_OK : IA_ERR_MEMORY;
}

#define SPREAD(part, field)                                                              \
    (offsetof(ia_agreement_element, part) + offsetof(ia_agreement_spread, field))

static ia_status elements_table(ia_ctx *ctx, const ia_agreement *a, ia_result *result)
{
    static const column numbers[] = {
        {"at_percent", offsetof(ia_agreement_element, percent)},
        {"sigma_at_percent", offsetof(ia_agreement_element, sigma)},
        {"mean_settings_at_percent", SPREAD(settings, mean)},
        {"sd_settings_at_percent", SPREAD(settings, sd)},
        {"least_settings_at_percent", SPREAD(settings, least)},
        {"most_settings_at_percent", SPREAD(settings, most)},
        {"sd_thinned_at_percent", SPREAD(thinned, sd)},
        {"mean_people_at_percent", SPREAD(people, mean)},
        {"sd_people_at_percent", SPREAD(people, sd)},
        {"least_people_at_percent", SPREAD(people, least)},
        {"most_people_at_percent", SPREAD(people, most)},
    };
    static const column counts[] = {
        {"found_settings", SPREAD(settings, n_found)},
        {"found_thinned", SPREAD(thinned, n_found)},
        {"found_people", SPREAD(people, n_found)},
    };
    enum { OF_PEOPLE = 4, COUNTS_OF_PEOPLE = 1 }; // the last ones, where there are people
    size_t n_numbers = sizeof numbers / sizeof *numbers - (a->n_people ? 0 : OF_PEOPLE);
    size_t n_counts =
        sizeof counts / sizeof *counts - (a->n_people ? 0 : COUNTS_OF_PEOPLE);
    const size_t size = sizeof *a->elements;
    ia_table *table = ia_result_add(ctx, result, "agreement", IA_KEYED, a->n_elements);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    ia_status st = element ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < a->n_elements && st == IA_OK; i++)
        if (!(element[i] = ia_text(ctx, a->elements[i].name)))
            st = IA_ERR_MEMORY;
    for (size_t k = 0; k < n_numbers && st == IA_OK; k++)
        st = add_f64(ctx, table, &numbers[k], a->elements, size);
    for (size_t k = 0; k < n_counts && st == IA_OK; k++)
        st = add_size(ctx, table, &counts[k], a->elements, size);
    if (st == IA_OK)
        st = add_figures(ctx, table, "figures_settings", a,
                         offsetof(ia_agreement_element, settings));
    if (a->n_people == 0)
        return st;
    return st == IA_OK ? add_figures(ctx, table, "figures_people", a,
                                     offsetof(ia_agreement_element, people))
                       : st;
}

static ia_status draws_table(ia_ctx *ctx, const ia_agreement *a, ia_result *result)
{
    static const column numbers[] = {
        {"bin_da", offsetof(ia_agreement_draw, bin)},
        {"first_bin_da", offsetof(ia_agreement_draw, phase)},
        {"tolerance_da", offsetof(ia_agreement_draw, tolerance)},
        {"false_peaks", offsetof(ia_agreement_draw, false_peaks)},
        {"margin_da", offsetof(ia_agreement_draw, margin)},
        {"p_limit", offsetof(ia_agreement_draw, p_limit)},
    };
    static const column counts[] = {
        {"ions", offsetof(ia_agreement_draw, n_ions)},
        {"ions_left_out", offsetof(ia_agreement_draw, n_left_out)},
        {"elements", offsetof(ia_agreement_draw, n_elements)},
    };
    const size_t size = sizeof *a->draws;
    ia_table *table = ia_result_add(ctx, result, "agreement_draws", IA_ROWS, a->n_draws);
    char **rule = table ? ia_table_add(ctx, table, "rule", IA_TEXT) : NULL;
    ia_status st = rule ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < a->n_draws && st == IA_OK; i++)
        if (!(rule[i] = ia_text(ctx, ia_rule_name((ia_rule)a->draws[i].rule))))
            st = IA_ERR_MEMORY;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers && st == IA_OK; k++)
        st = add_f64(ctx, table, &numbers[k], a->draws, size);
    for (size_t k = 0; k < sizeof counts / sizeof *counts && st == IA_OK; k++)
        st = add_size(ctx, table, &counts[k], a->draws, size);
    return st;
}

static ia_status people_table(ia_ctx *ctx, const ia_agreement *a,
                              const char *const *names, ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t p = 0; p < a->n_people; p++)
        n += a->people[p].n_elements;
    ia_table *table = ia_result_add(ctx, result, "agreement_people", IA_ROWS, n);
    char **file = table ? ia_table_add(ctx, table, "file", IA_TEXT) : NULL;
    char **element = file ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    double *percent = element ? ia_table_add(ctx, table, "at_percent", IA_F64) : NULL;
    double *sigma = percent ? ia_table_add(ctx, table, "sigma_at_percent", IA_F64) : NULL;

    if (!sigma)
        return IA_ERR_MEMORY;
    for (size_t p = 0; p < a->n_people; p++)
        for (size_t i = 0; i < a->people[p].n_elements; i++, row++) {
            const ia_fraction *f = &a->people[p].elements[i];
            bool corrected = isfinite(f->corrected_percent);
            percent[row] = corrected ? f->corrected_percent : f->percent;
            sigma[row] = corrected ? f->sigma_corrected_percent : f->sigma_percent;
            if (!(file[row] = ia_text(ctx, names[p])) ||
                !(element[row] = ia_text(ctx, f->name)))
                return IA_ERR_MEMORY;
        }
    return IA_OK;
}

ia_status ia_agreement_tables(ia_ctx *ctx, const ia_agreement *agreement,
                              const char *const *names, ia_result *result)
{
    ia_status st;

    if ((st = elements_table(ctx, agreement, result)) != IA_OK ||
        (st = draws_table(ctx, agreement, result)) != IA_OK || agreement->n_people == 0)
        return st;
    return people_table(ctx, agreement, names, result);
}
