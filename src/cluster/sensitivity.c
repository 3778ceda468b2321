// src/cluster/sensitivity.c: what becomes of the clusters when one parameter is another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A parameter as it came out, and how to give it.
typedef struct {
    const char *name;
    size_t offset; // in the parameters
    bool is_count;
    double value; // NAN or 0: means nothing to the method
} knob;
enum { KNOBS = 8, FACTORS = 5, FEWEST_SHUFFLES = 39 };
static const double factors[FACTORS] = {0.7, 0.85, 1, 1.15, 1.3}; // 1: as it was

static size_t list_knobs(const ia_cluster_params *p, const ia_clustering *base,
                         knob out[KNOBS])
{
    const ia_finder *finder = ia_finder_of(p->method);
    const ia_cluster_test *t = &base->tests[0];
    bool has_shell = finder->find == NULL, has_size = !finder->has_points;
    const knob all[KNOBS] = {
        {"d_max", offsetof(ia_cluster_params, d_max), false, t->d_max},
        {"n_min", offsetof(ia_cluster_params, n_min), true,
         has_size ? (double)t->n_min : NAN},
        {"min_points", offsetof(ia_cluster_params, min_points), true,
         (double)t->min_points},
        {"envelope", offsetof(ia_cluster_params, envelope), false,
         has_shell ? t->envelope : NAN},
        {"erosion", offsetof(ia_cluster_params, erosion), false,
         has_shell ? t->erosion : NAN},
        {"cell_volume", offsetof(ia_cluster_params, cell_volume), false, t->cell_volume},
        {"sigma_xy", offsetof(ia_cluster_params, sigma_xy), false, t->sigma_xy},
        {"level", offsetof(ia_cluster_params, level), false,
         finder->by_peak ? p->level : NAN},
    };
    size_t n = 0;
    for (size_t k = 0; k < KNOBS; k++)
        if (all[k].value > 0)
            out[n++] = all[k];
    return n;
}

static void give(ia_cluster_params *p, const knob *k, double value)
{
    char *at = (char *)p + k->offset;
    if (k->is_count)
        *(size_t *)(void *)at = (size_t)fmax(1, round(value));
    else
        *(double *)(void *)at = value;
}

static double given(const ia_cluster_params *p, const knob *k)
{
    const char *at = (const char *)p + k->offset;
    return k->is_count ? (double)*(const size_t *)(const void *)at
                       : *(const double *)(const void *)at;
}

static ia_status add_row(ia_ctx *ctx, const ia_clustering *base, const ia_clustering *c,
                         ia_cluster_sensitivity *out)
{
    ia_cluster_sensitivity_row *row = &out->rows[out->n];
    double ions = 0;
    row->n_clusters = c->n_clusters;
    row->number_density = ia_clustering_density(c);
    row->solute_percent = 0;
    for (size_t i = 0; i < c->n_clusters; i++) {
        const ia_cluster *cluster = &c->clusters[i];
        ions += (double)cluster->solute_ions;
        row->radius += cluster->radius / (double)c->n_clusters;
        row->solute_percent += cluster->solute_percent / (double)c->n_clusters;
    }
    row->solute_ions = (uint64_t)ions;
    out->n++;
    return ia_rand_index(ctx, base->labels, c->labels, base->n_ions, &row->agreement);
}

// One run with what the base chose, but for one parameter.
static ia_status vary(ia_ctx *ctx, const ia_cluster_input *input,
                      const ia_cluster_params *p, const ia_clustering *base, knob k,
                      ia_cluster_sensitivity *out)
{
    for (size_t f = 0; f < FACTORS; f++) {
        ia_cluster_params own = *p;
        ia_clustering c = {0};
        ia_cluster_sensitivity_row *row = &out->rows[out->n];
        give(&own, &k, k.value * factors[f]);
        snprintf(row->parameter, sizeof row->parameter, "%s", k.name);
        row->value = given(&own, &k);
        row->base = k.value;
        bool is_base = factors[f] == 1;
        ia_status st = is_base ? IA_OK : ia_clustering_compute(ctx, input, &own, &c);
        if (st == IA_OK)
            st = add_row(ctx, base, is_base ? base : &c, out);
        ia_clustering_clear(&c);
        if (st != IA_OK)
            return st;
    }
    return IA_OK;
}

ia_status ia_cluster_sensitivity_compute(ia_ctx *ctx, const ia_cluster_input *input,
                                         const ia_cluster_params *params,
                                         ia_cluster_sensitivity *out)
{
    ia_cluster_params p = params ? *params : ia_cluster_defaults();
    ia_clustering base = {0};
    ia_cluster_sensitivity s = {0};
    knob knobs[KNOBS];
    size_t n = 0;
    ia_status st;
    if (!*p.solute || ia_solute_is_all(p.solute))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "sensitivity is of one solute: --solute was expected");
    p.divisions = 0;
    p.n_shuffles = p.n_shuffles > 0 ? p.n_shuffles : FEWEST_SHUFFLES;
    if ((st = ia_clustering_compute(ctx, input, &p, &base)) != IA_OK)
        return st;
    if (base.n_clusters > 0) {
        n = list_knobs(&p, &base, knobs);
        for (size_t k = 0; k < n; k++) // what it chose is given from here on
            give(&p, &knobs[k], knobs[k].value);
    }
    snprintf(s.verdict, sizeof s.verdict, "%s", base.verdict);
    if (!(s.rows = ia_array(ctx, n * FACTORS, sizeof *s.rows)))
        st = IA_ERR_MEMORY;
    for (size_t k = 0; k < n && st == IA_OK; k++)
        st = vary(ctx, input, &p, &base, knobs[k], &s);
    if (st == IA_OK) {
        *out = s;
        s = (ia_cluster_sensitivity){0};
    }
    ia_cluster_sensitivity_clear(&s);
    ia_clustering_clear(&base);
    return st;
}

void ia_cluster_sensitivity_clear(ia_cluster_sensitivity *sensitivity)
{
    free(sensitivity->rows);
    *sensitivity = (ia_cluster_sensitivity){0};
}

static const ia_table_member members[] = {
    {"parameter", IA_TEXT, offsetof(ia_cluster_sensitivity_row, parameter)},
    {"used", IA_F64, offsetof(ia_cluster_sensitivity_row, base)},
    {"value", IA_F64, offsetof(ia_cluster_sensitivity_row, value)},
    {"n_clusters", IA_U64, offsetof(ia_cluster_sensitivity_row, n_clusters)},
    {"number_density_per_m3", IA_F64,
     offsetof(ia_cluster_sensitivity_row, number_density)},
    {"solute_ions", IA_U64, offsetof(ia_cluster_sensitivity_row, solute_ions)},
    {"mean_radius_nm", IA_F64, offsetof(ia_cluster_sensitivity_row, radius)},
    {"mean_solute_at_percent", IA_F64,
     offsetof(ia_cluster_sensitivity_row, solute_percent)},
    {"adjusted_rand_index", IA_F64, offsetof(ia_cluster_sensitivity_row, agreement)},
};

ia_status ia_cluster_sensitivity_tables(ia_ctx *ctx,
                                        const ia_cluster_sensitivity *sensitivity,
                                        ia_result *result)
{
    ia_table *summary = ia_result_add(ctx, result, "clustering", IA_SCALARS, 1);
    if (!summary ||
        ia_table_add_text(ctx, summary, "verdict", sensitivity->verdict) != IA_OK)
        return IA_ERR_MEMORY;
    ia_table *table = ia_result_add(ctx, result, "sensitivity", IA_ROWS, sensitivity->n);
    if (!table)
        return IA_ERR_MEMORY;
    return ia_table_add_members(ctx, table, sensitivity->rows, sizeof *sensitivity->rows,
                                members, sizeof members / sizeof *members);
}
