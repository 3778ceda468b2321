// src/cluster/compare.c: the same ions by every way to find clusters, and how far these
// agree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <ionatlas/voronoi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Twice the pairs among n.
static double pairs(double n)
{
    return n * (n - 1);
}

// Hubert and Arabie's index, ions of no cluster being a group of their own.
ia_status ia_rand_index(ia_ctx *ctx, const int32_t *a, const int32_t *b, size_t n,
                        double *out)
{
    size_t n_a = 1, n_b = 1;
    for (size_t i = 0; i < n; i++) {
        n_a = a[i] + 2 > (int64_t)n_a ? (size_t)(a[i] + 2) : n_a;
        n_b = b[i] + 2 > (int64_t)n_b ? (size_t)(b[i] + 2) : n_b;
    }
    if (n_a * n_b > (size_t)1 << 28)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu and %zu clusters: their table of agreement would not fit",
                       n_a - 1, n_b - 1);
    uint32_t *both = ia_array(ctx, n_a * n_b, sizeof *both);
    uint32_t *rows = ia_array(ctx, n_a, sizeof *rows);
    uint32_t *columns = ia_array(ctx, n_b, sizeof *columns);
    double same = 0, in_rows = 0, in_columns = 0;
    bool is_done = both && rows && columns;
    for (size_t i = 0; is_done && i < n; i++) {
        both[(size_t)(a[i] + 1) * n_b + (size_t)(b[i] + 1)]++;
        rows[a[i] + 1]++;
        columns[b[i] + 1]++;
    }
    for (size_t i = 0; is_done && i < n_a * n_b; i++)
        same += pairs(both[i]);
    for (size_t i = 0; is_done && i < n_a; i++)
        in_rows += pairs(rows[i]);
    for (size_t i = 0; is_done && i < n_b; i++)
        in_columns += pairs(columns[i]);
    free(columns);
    free(rows);
    free(both);
    if (!is_done)
        return IA_ERR_MEMORY;
    double expected = n > 1 ? in_rows * in_columns / pairs((double)n) : 0;
    double most = (in_rows + in_columns) / 2;
    *out = most > expected ? (same - expected) / (most - expected) : 1;
    return IA_OK;
}

// Labels of the solute ions side by side.
static int32_t *solute_labels(ia_ctx *ctx, const ia_solute_set *solute,
                              const ia_clustering *clustering)
{
    const ia_cloud *cloud = solute->cloud;
    int32_t *labels = ia_array(ctx, solute->n, sizeof *labels);
    size_t n = 0;
    for (size_t i = 0; labels && i < cloud->n; i++)
        if (solute->has[cloud->kind[i]])
            labels[n++] = clustering->labels[cloud->row[i]];
    return labels;
}

static ia_status agree(ia_ctx *ctx, const ia_cluster_input *input, const char *words,
                       ia_cluster_comparison *c)
{
    int32_t *labels[IA_CLUSTER_METHODS] = {NULL};
    ia_cloud cloud = {0};
    ia_solute_set solute = {0};
    ia_status st = ia_cloud_build(ctx, input->ions, input->ranges, input->ranger, &cloud);
    if (st == IA_OK)
        st = ia_solute_set_build(ctx, &cloud, input->ranges, words, &solute);
    for (size_t m = 0; m < c->n && st == IA_OK; m++)
        if (!(labels[m] = solute_labels(ctx, &solute, &c->clusterings[m])))
            st = IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n && st == IA_OK; i++)
        for (size_t j = 0; j < c->n && st == IA_OK; j++)
            st = ia_rand_index(ctx, labels[i], labels[j], solute.n,
                               &c->agreement[i * c->n + j]);
    for (size_t m = 0; m < c->n; m++)
        free(labels[m]);
    ia_solute_set_clear(&solute);
    ia_cloud_clear(&cloud);
    return st;
}

static bool is_built(int method)
{
    return !ia_finder_of(method)->by_volume || ia_voronoi_is_built();
}

// Each can take minutes: tell which is at work, and what it found.
static ia_status run_method(ia_ctx *ctx, const ia_cluster_input *input,
                            const ia_cluster_params *p, ia_cluster_comparison *c)
{
    int n_built = 0;
    char task[64];
    for (int method = 1; method <= IA_CLUSTER_METHODS; method++)
        n_built += is_built(method);
    snprintf(c->names[c->n], sizeof c->names[c->n], "%s", ia_finder_of(p->method)->name);
    snprintf(task, sizeof task, "%s (%zu of %d)", c->names[c->n], c->n + 1, n_built);
    ia_ctx_set_task(ctx, task);
    ia_status st = ia_clustering_compute(ctx, input, p, &c->clusterings[c->n]);
    ia_ctx_set_task(ctx, NULL);
    if (st == IA_OK)
        ia_log(ctx, IA_LOG_INFO, "%s: %s", task, c->clusterings[c->n].verdict);
    c->n += st == IA_OK;
    return st;
}

ia_status ia_cluster_compare(ia_ctx *ctx, const ia_cluster_input *input,
                             const ia_cluster_params *params, ia_cluster_comparison *out)
{
    ia_cluster_params p = params ? *params : ia_cluster_defaults();
    ia_cluster_comparison c = {.n = 0};
    ia_status st = IA_OK;
    if (!*p.solute || ia_solute_is_all(p.solute))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "methods are compared for one solute: --solute was expected");
    // One method's settings mean nothing to another.
    p.d_max = p.cell_volume = 0;
    p.min_points = 0;
    for (int method = 1; method <= IA_CLUSTER_METHODS && st == IA_OK; method++) {
        p.method = method;
        if (is_built(method))
            st = run_method(ctx, input, &p, &c);
    }
    if (st == IA_OK && (st = agree(ctx, input, p.solute, &c)) == IA_OK) {
        *out = c;
        c = (ia_cluster_comparison){.n = 0};
    }
    ia_cluster_comparison_clear(&c);
    return st;
}

void ia_cluster_comparison_clear(ia_cluster_comparison *comparison)
{
    for (size_t m = 0; m < comparison->n; m++)
        ia_clustering_clear(&comparison->clusterings[m]);
    *comparison = (ia_cluster_comparison){.n = 0};
}

// Means over the clusters of a method.
typedef struct {
    double n, per_m3, ions, radius, percent, p, expected, sigma_per_m3, n_clear, with_cut;
} summary;

static summary summarise(const ia_clustering *c)
{
    summary s = {.n = (double)c->n_clusters, .p = NAN};
    for (size_t i = 0; i < c->n_clusters; i++) {
        const ia_cluster *cluster = &c->clusters[i];
        s.ions += (double)cluster->solute_ions / s.n;
        s.radius += cluster->radius / s.n;
        s.percent += cluster->solute_percent / s.n;
    }
    if (c->n_clusters == 0)
        s.ions = s.radius = s.percent = NAN;
    s.per_m3 = ia_clustering_density(c);
    s.sigma_per_m3 = ia_clustering_sigma_density(c);
    s.n_clear = (double)c->n_clear;
    s.with_cut = ia_clustering_is_tested(c) ? 1e27 * s.n / c->volume : NAN;
    if (c->n_tests > 0) {
        s.p = c->tests[0].p_holm;
        s.expected = c->tests[0].is_significant ? c->tests[0].expected_false_clusters : 0;
    }
    return s;
}

static const ia_table_member members[] = {
    {"n_clusters", IA_F64, offsetof(summary, n)},
    {"number_density_per_m3", IA_F64, offsetof(summary, per_m3)},
    {"number_density_with_cut_per_m3", IA_F64, offsetof(summary, with_cut)},
    {"mean_solute_ions", IA_F64, offsetof(summary, ions)},
    {"mean_radius_nm", IA_F64, offsetof(summary, radius)},
    {"mean_solute_at_percent", IA_F64, offsetof(summary, percent)},
    {"p_value", IA_F64, offsetof(summary, p)},
    {"expected_false_clusters", IA_F64, offsetof(summary, expected)},
    {"sigma_number_density_per_m3", IA_F64, offsetof(summary, sigma_per_m3)},
    {"n_clear", IA_F64, offsetof(summary, n_clear)},
};
// SPREAD: those after the number that methods are compared by.
enum { N_MEMBERS = sizeof members / sizeof *members, SPREAD = 5 };

static ia_status add_names(ia_ctx *ctx, const ia_cluster_comparison *c, ia_table *table)
{
    char **name = table ? ia_table_add(ctx, table, "method", IA_TEXT) : NULL;
    for (size_t m = 0; name && m < c->n; m++)
        if (!(name[m] = ia_text(ctx, c->names[m])))
            return IA_ERR_MEMORY;
    return name ? IA_OK : IA_ERR_MEMORY;
}

// Least and most of the methods that report clusters, over their mean.
static ia_status add_spread(ia_ctx *ctx, const summary *s, size_t n, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "spread", IA_ROWS, SPREAD);
    char **what = table ? ia_table_add(ctx, table, "quantity", IA_TEXT) : NULL;
    double *values[3] = {NULL};
    static const char *const names[] = {"least", "most", "relative_sd"};
    for (size_t k = 0; k < 3; k++)
        if (!what || !(values[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t q = 0; q < SPREAD; q++) {
        double sum = 0, squares = 0, used = 0, least = INFINITY, most = -INFINITY;
        for (size_t m = 0; m < n; m++) {
            double v = *(const double *)((const char *)&s[m] + members[q + 1].offset);
            if (!(s[m].n > 0))
                continue;
            used++;
            sum += v;
            squares += v * v;
            least = fmin(least, v);
            most = fmax(most, v);
        }
        double mean = sum / used, variance = squares / used - mean * mean;
        values[0][q] = used > 0 ? least : NAN;
        values[1][q] = used > 0 ? most : NAN;
        values[2][q] =
            used > 1 ? sqrt(fmax(variance, 0) * used / (used - 1)) / mean : NAN;
        if (!(what[q] = ia_text(ctx, members[q + 1].name)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

ia_status ia_cluster_comparison_tables(ia_ctx *ctx, const ia_cluster_comparison *c,
                                       ia_result *result)
{
    summary s[IA_CLUSTER_METHODS];
    for (size_t m = 0; m < c->n; m++)
        s[m] = summarise(&c->clusterings[m]);
    ia_table *table = ia_result_add(ctx, result, "methods", IA_ROWS, c->n);
    if (!table || add_names(ctx, c, table) != IA_OK ||
        ia_table_add_members(ctx, table, s, sizeof *s, members, N_MEMBERS) != IA_OK ||
        add_spread(ctx, s, c->n, result) != IA_OK ||
        !(table = ia_result_add(ctx, result, "adjusted_rand_index", IA_ROWS, c->n)) ||
        add_names(ctx, c, table) != IA_OK)
        return IA_ERR_MEMORY;
    for (size_t m = 0; m < c->n; m++) {
        double *column = ia_table_add(ctx, table, c->names[m], IA_F64);
        for (size_t i = 0; column && i < c->n; i++)
            column[i] = c->agreement[i * c->n + m];
        if (!column)
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}
