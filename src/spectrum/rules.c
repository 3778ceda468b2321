// src/spectrum/rules.c: the composition by each rule for the bounds of ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/autorange.h>

#include "spectrum/range_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ia_status ia_spectrum_range_counts(ia_ctx *ctx, const ia_counts *counts,
                                   const ia_ranger *ranger, ia_range_counts *out)
{
    const ia_spectrum *s = counts->spectrum;
    ia_range_counts c = {.n = ranger->n};
    double total = (double)(s->below + s->above) + counts->sum[s->n_bins];

    if (!(c.counts = ia_array(ctx, c.n, sizeof *c.counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c.n; i++) {
        double n = round(ia_counts_between(counts, ranger->lo[i], ranger->hi[i]));
        c.counts[i] = (uint64_t)fmax(0, n);
        c.ranged += c.counts[i];
    }
    c.unranged = (uint64_t)fmax(0, total - (double)c.ranged);
    *out = c;
    return IA_OK;
}

ia_status ia_spectrum_composition(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_ranges *ranges,
                                  const ia_background_params *params, ia_composition *out)
{
    ia_background background;
    ia_counts counts = {.flat = 0};
    ia_ranger ranger = {0};
    ia_range_counts found = {0};
    ia_status st;

    if ((st = ia_ranger_build(ctx, ranges, &ranger)) != IA_OK ||
        (st = ia_counts_build(ctx, spectrum, NULL, &counts)) != IA_OK ||
        (st = ia_spectrum_range_counts(ctx, &counts, &ranger, &found)) != IA_OK)
        goto done;
    // What it warns of was said of the ranges in use.
    if (ia_background_compute(NULL, spectrum, &ranger, params, &background) != IA_OK ||
        ia_composition_compute(NULL, ranges, &ranger, &found, &background, out) != IA_OK)
        st = ia_fail(ctx, IA_ERR_MEMORY, "a composition cannot be computed");
done:
    ia_range_counts_clear(&found);
    ia_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    return st;
}

// Ranges by every rule, and the pieces of the mass axis between all their bounds.
typedef struct {
    ia_ctx *ctx;
    const ia_autorange_input *input;
    ia_autoranges by_rule[IA_RULES];
    ia_ranger ranger[IA_RULES];
    ia_ranger pieces;
    ia_range_counts counts; // of the pieces
} ruling;

static void clear(ruling *job)
{
    for (size_t r = 0; r < IA_RULES; r++) {
        ia_ranger_clear(&job->ranger[r]);
        ia_autoranges_clear(&job->by_rule[r]);
    }
    ia_ranger_clear(&job->pieces);
    ia_range_counts_clear(&job->counts);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// All bounds in rising order.
static ia_status list_bounds(const ruling *job, double **out, size_t *n_out)
{
    size_t n = 0, k = 0;

    for (size_t r = 0; r < IA_RULES; r++)
        n += 2 * job->ranger[r].n;
    double *bounds = ia_array(job->ctx, n, sizeof *bounds);
    if (!bounds)
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < IA_RULES; r++)
        for (size_t i = 0; i < job->ranger[r].n; i++) {
            bounds[k++] = job->ranger[r].lo[i];
            bounds[k++] = job->ranger[r].hi[i];
        }
    if (n > 0)
        qsort(bounds, n, sizeof *bounds, by_value);
    *out = bounds;
    *n_out = n;
    return IA_OK;
}

static ia_status cut_pieces(ruling *job)
{
    double *bounds = NULL;
    size_t n = 0;
    ia_ranges ranges = {0};
    ia_ion ion = ia_ion_of("piece");
    ia_range range = {.ion = 0};
    ia_status st = list_bounds(job, &bounds, &n);

    if (st == IA_OK)
        st = ia_ranges_add_ion(job->ctx, &ranges, &ion, &range.ion);
    for (size_t i = 0; i + 1 < n && st == IA_OK; i++) {
        range.lo = bounds[i];
        range.hi = bounds[i + 1];
        if (range.lo < range.hi)
            st = ia_ranges_add(job->ctx, &ranges, &range);
    }
    if (st == IA_OK)
        st = ia_ranger_build(job->ctx, &ranges, &job->pieces);
    free(bounds);
    ia_ranges_clear(&ranges);
    return st;
}

// One pass over the ions serves every rule.
static ia_status count_pieces(ruling *job)
{
    ia_counts bins = {.flat = 0};
    ia_status st;

    if (job->input->ions)
        return ia_range_counts_compute(job->ctx, job->input->ions, &job->pieces,
                                       &job->counts);
    if ((st = ia_counts_build(job->ctx, job->input->spectrum, NULL, &bins)) == IA_OK)
        st = ia_spectrum_range_counts(job->ctx, &bins, &job->pieces, &job->counts);
    ia_counts_clear(&bins);
    return st;
}

// Every bound of a rule is one of a piece.
static ia_status sum_pieces(const ruling *job, const ia_ranger *ranger,
                            ia_range_counts *out)
{
    ia_range_counts c = {.n = ranger->n};

    if (!(c.counts = ia_array(job->ctx, c.n, sizeof *c.counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0, k = 0; i < c.n; i++) {
        while (k < job->pieces.n && job->pieces.lo[k] < ranger->lo[i])
            k++;
        for (; k < job->pieces.n && job->pieces.lo[k] < ranger->hi[i]; k++)
            c.counts[i] += job->counts.counts[k];
        c.ranged += c.counts[i];
    }
    c.unranged = job->counts.ranged + job->counts.unranged - c.ranged;
    *out = c;
    return IA_OK;
}

static ia_status compose(const ruling *job, size_t rule, ia_composition *out)
{
    const ia_ranges *ranges = &job->by_rule[rule].ranges;
    const ia_ranger *ranger = &job->ranger[rule];
    ia_background background;
    ia_range_counts counts = {0};
    ia_status st = sum_pieces(job, ranger, &counts);

    // What it warns of was said of the ranges in use.
    if (st == IA_OK && (ia_background_compute(NULL, job->input->spectrum, ranger, NULL,
                                              &background) != IA_OK ||
                        ia_composition_compute(NULL, ranges, ranger, &counts, &background,
                                               out) != IA_OK))
        st = ia_fail(job->ctx, IA_ERR_MEMORY, "a composition cannot be computed");
    ia_range_counts_clear(&counts);
    return st;
}

ia_status ia_rules_compute(ia_ctx *ctx, const ia_autorange_input *input,
                           const ia_autorange_params *params, ia_rule_comparison *out)
{
    ia_autorange_params p = params ? *params : ia_autorange_defaults();
    ruling job = {.ctx = ctx, .input = input};
    ia_rule_comparison comparison = {.by_rule = {{0}}};
    ia_status st = IA_OK;

    for (p.rule = 0; p.rule < IA_RULES && st == IA_OK; p.rule++)
        if ((st = ia_autorange_compute(ctx, input, &p, &job.by_rule[p.rule])) == IA_OK)
            st = ia_ranger_build(ctx, &job.by_rule[p.rule].ranges, &job.ranger[p.rule]);
    if (st != IA_OK || (st = cut_pieces(&job)) != IA_OK ||
        (st = count_pieces(&job)) != IA_OK)
        goto done;
    for (size_t r = 0; r < IA_RULES && st == IA_OK; r++)
        st = compose(&job, r, &comparison.by_rule[r]);
    if (st != IA_OK)
        goto done;
    *out = comparison;
    comparison = (ia_rule_comparison){.by_rule = {{0}}};
done:
    ia_rule_comparison_clear(&comparison);
    clear(&job);
    return st;
}

void ia_rule_comparison_clear(ia_rule_comparison *comparison)
{
    for (size_t r = 0; r < IA_RULES; r++)
        ia_composition_clear(&comparison->by_rule[r]);
    *comparison = (ia_rule_comparison){.by_rule = {{0}}};
}

// The same element, or the same nuclide.
static const ia_fraction *row_of(const ia_composition *c, const ia_fraction *of)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == of->z && c->elements[i].a == of->a)
            return &c->elements[i];
    return NULL;
}

static size_t count_rows(const ia_rule_comparison *c)
{
    size_t n = 0;

    for (size_t r = 0; r < IA_RULES; r++)
        n += c->by_rule[r].n_elements;
    return n;
}

static ia_status rules_table(ia_ctx *ctx, const ia_rule_comparison *c, ia_result *result)
{
    static const struct {
        const char *name;
        size_t offset;
    } numbers[] = {
        {"at_percent", offsetof(ia_fraction, percent)},
        {"sigma_at_percent", offsetof(ia_fraction, sigma_percent)},
        // By whose range they are in: no overlap is solved here.
        {"net_at_percent", offsetof(ia_fraction, corrected_percent)},
        {"sigma_net_at_percent", offsetof(ia_fraction, sigma_corrected_percent)},
    };
    ia_table *table = ia_result_add(ctx, result, "rules", IA_ROWS, count_rows(c));
    char **rule = table ? ia_table_add(ctx, table, "rule", IA_TEXT) : NULL;
    char **element = rule ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    double *cells[4] = {NULL};
    size_t row = 0;

    for (size_t k = 0; element && k < 4; k++)
        if (!(cells[k] = ia_table_add(ctx, table, numbers[k].name, IA_F64)))
            return IA_ERR_MEMORY;
    if (!element)
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < IA_RULES; r++)
        for (size_t i = 0; i < c->by_rule[r].n_elements; i++, row++) {
            const ia_fraction *f = &c->by_rule[r].elements[i];
            if (!(rule[row] = ia_text(ctx, ia_rule_name((ia_rule)r))) ||
                !(element[row] = ia_text(ctx, f->name)))
                return IA_ERR_MEMORY;
            for (size_t k = 0; k < 4; k++)
                cells[k][row] =
                    *(const double *)(const void *)((const char *)f + numbers[k].offset);
        }
    return IA_OK;
}

// Mean, standard deviation, least and most of an element over the rules, and its counting
// error by the first of them that has one.
typedef struct {
    double mean, sd, least, most, sigma;
} spread;

static spread spread_of(const ia_rule_comparison *c, const ia_fraction *of)
{
    double sum = 0, squares = 0, n = IA_RULES;
    spread s = {.least = INFINITY, .most = -INFINITY, .sigma = NAN};

    for (size_t r = 0; r < IA_RULES; r++) {
        const ia_fraction *f = row_of(&c->by_rule[r], of);
        bool corrected = f && isfinite(f->corrected_percent);
        double x = !f ? 0 : corrected ? f->corrected_percent : f->percent;
        sum += x;
        squares += x * x;
        s.least = fmin(s.least, x);
        s.most = fmax(s.most, x);
        if (f && isnan(s.sigma))
            s.sigma = corrected ? f->sigma_corrected_percent : f->sigma_percent;
    }
    s.mean = sum / n;
    s.sd = sqrt(fmax(0, (squares - sum * s.mean) / (n - 1)));
    return s;
}

static ia_status spread_table(ia_ctx *ctx, const ia_rule_comparison *c, ia_result *result)
{
    static const char *const names[] = {"mean_at_percent", "sd_at_percent",
                                        "least_at_percent", "most_at_percent",
                                        "sigma_at_percent"};
    // Every rule ranges the same ions, so that the first one names every element.
    const ia_composition *first = &c->by_rule[0];
    ia_table *table =
        ia_result_add(ctx, result, "rules_spread", IA_KEYED, first->n_elements);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    double *cells[5] = {NULL};

    for (size_t k = 0; element && k < 5; k++)
        if (!(cells[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    if (!element)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < first->n_elements; i++) {
        spread s = spread_of(c, &first->elements[i]);
        double values[] = {s.mean, s.sd, s.least, s.most, s.sigma};
        if (!(element[i] = ia_text(ctx, first->elements[i].name)))
            return IA_ERR_MEMORY;
        for (size_t k = 0; k < 5; k++)
            cells[k][i] = values[k];
    }
    return IA_OK;
}

ia_status ia_rules_tables(ia_ctx *ctx, const ia_rule_comparison *comparison,
                          ia_result *result)
{
    ia_status st = rules_table(ctx, comparison, result);

    return st == IA_OK ? spread_table(ctx, comparison, result) : st;
}
