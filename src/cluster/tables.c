// src/cluster/tables.c: a clustering as tables for JSON, TSV, the project and the report.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/recover.h"
#include "core/kind_list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t count_at_edge(const ia_clustering *c)
{
    uint64_t n = 0;
    for (size_t i = 0; i < c->n_clusters; i++)
        n += c->clusters[i].at_edge;
    return n;
}

bool ia_clustering_is_tested(const ia_clustering *c)
{
    for (size_t i = 0; i < c->n_tests; i++)
        if (!c->tests[i].reason[0])
            return true;
    return false;
}

static double per_m3(const ia_clustering *c, double n)
{
    return 1e27 * n / c->volume;
}

// Tests that reported nothing add nothing.
static double sigma_of_number(const ia_clustering *c)
{
    double variance = c->n_clusters > 0 ? 0 : NAN;
    for (size_t i = 0; i < c->n_tests; i++)
        if (c->tests[i].n_clusters > 0)
            variance += c->tests[i].sigma_n_clusters * c->tests[i].sigma_n_clusters;
    return sqrt(variance);
}

double ia_clustering_sigma_density(const ia_clustering *c)
{
    double gathered = sigma_of_number(c) / sqrt((double)c->n_clusters);
    double sigma = c->sigma_density * (isfinite(gathered) ? gathered : 1);
    return c->n_clear > 0 ? 1e27 * sigma : NAN;
}

static ia_status add_summary(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "clustering", IA_SCALARS, 1);
    bool is_tested = ia_clustering_is_tested(c);
    double n = is_tested ? (double)c->n_clusters : NAN;
    if (!table || ia_table_add_text(ctx, table, "method", c->method) != IA_OK ||
        ia_table_add_text(ctx, table, "method_choice",
                          *c->choice ? c->choice : "as asked for") != IA_OK ||
        ia_table_add_text(ctx, table, "verdict", c->verdict) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_clusters", c->n_clusters) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_at_edge", count_at_edge(c)) != IA_OK ||
        ia_table_add_f64(ctx, table, "volume_nm3", c->volume) != IA_OK ||
        ia_table_add_f64(ctx, table, "number_density_per_m3", ia_clustering_density(c)) !=
            IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_number_density_per_m3",
                         ia_clustering_sigma_density(c)) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_clear", c->n_clear) != IA_OK ||
        ia_table_add_f64(ctx, table, "number_density_with_cut_per_m3", per_m3(c, n)) !=
            IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_number_density_with_cut_per_m3",
                         per_m3(c, sigma_of_number(c))) != IA_OK ||
        ia_table_add_u64(ctx, table, "ranged", c->ranged) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_same", c->n_same) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

// Settings of the first test: the one with the largest effect.
static ia_status add_parameters(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "parameters", IA_OBJECT, 1);
    const ia_cluster_test none = {.d_max = NAN,
                                  .threshold = NAN,
                                  .density = NAN,
                                  .cell_volume = NAN,
                                  .sigma_xy = NAN},
                          *t = c->n_tests > 0 ? c->tests : &none;
    double ratio = t->threshold < SCORE_MOST ? t->threshold : NAN;
    if (!table || ia_table_add_text(ctx, table, "solute", t->solute) != IA_OK ||
        ia_table_add_f64(ctx, table, "d_max_nm", t->d_max) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_min", t->n_min) != IA_OK ||
        ia_table_add_u64(ctx, table, "min_points", t->min_points) != IA_OK ||
        ia_table_add_f64(ctx, table, "envelope_nm", t->envelope) != IA_OK ||
        ia_table_add_f64(ctx, table, "erosion_nm", t->erosion) != IA_OK ||
        ia_table_add_f64(ctx, table, "log_likelihood_ratio", ratio) != IA_OK ||
        ia_table_add_f64(ctx, table, "density_per_nm", t->density) != IA_OK ||
        ia_table_add_f64(ctx, table, "cell_volume_nm3", t->cell_volume) != IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_xy_nm", t->sigma_xy) != IA_OK ||
        ia_table_add_f64(ctx, table, "level", c->level) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

// The smallest p of all tests, and what chance puts among the clusters reported.
static ia_status add_null(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "null", IA_OBJECT, 1);
    double p = NAN, expected = ia_clustering_is_tested(c) ? 0 : NAN;
    uint64_t n_shuffles = 0;
    for (size_t i = 0; i < c->n_tests; i++) {
        const ia_cluster_test *t = &c->tests[i];
        if (t->reason[0])
            continue;
        p = fmin(p, t->p_holm); // fmin passes over NAN
        n_shuffles = t->n_shuffles > n_shuffles ? t->n_shuffles : n_shuffles;
        expected += t->is_significant ? t->expected_false_clusters : 0;
    }
    if (!table || ia_table_add_f64(ctx, table, "p_value", p) != IA_OK ||
        ia_table_add_f64(ctx, table, "expected_false_clusters", expected) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_shuffles", n_shuffles) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static const ia_table_member numbers[] = {
    {"at_percent", IA_F64, offsetof(ia_cluster_test, at_percent)},
    {"excess_ions", IA_F64, offsetof(ia_cluster_test, excess_ions)},
    {"effect", IA_F64, offsetof(ia_cluster_test, effect)},
    {"sigma_effect", IA_F64, offsetof(ia_cluster_test, sigma_effect)},
    {"p", IA_F64, offsetof(ia_cluster_test, p)},
    {"p_beside", IA_F64, offsetof(ia_cluster_test, p_beside)},
    {"p_local", IA_F64, offsetof(ia_cluster_test, p_local)},
    {"p_holm", IA_F64, offsetof(ia_cluster_test, p_holm)},
    {"d_max_nm", IA_F64, offsetof(ia_cluster_test, d_max)},
    {"expected_false_clusters", IA_F64,
     offsetof(ia_cluster_test, expected_false_clusters)},
    {"half_effect", IA_F64, offsetof(ia_cluster_test, half_effect)},
    {"half_difference", IA_F64, offsetof(ia_cluster_test, half_difference)},
    {"thinned_effect", IA_F64, offsetof(ia_cluster_test, thinned_effect)},
    {"sigma_thinned_effect", IA_F64, offsetof(ia_cluster_test, thinned_sd)},
    {"sigma_n_clusters", IA_F64, offsetof(ia_cluster_test, sigma_n_clusters)},
    {"ions", IA_U64, offsetof(ia_cluster_test, ions)},
    {"tested_ions", IA_U64, offsetof(ia_cluster_test, tested_ions)},
    {"n_min", IA_U64, offsetof(ia_cluster_test, n_min)},
    {"min_points", IA_U64, offsetof(ia_cluster_test, min_points)},
    {"n_shuffles", IA_U64, offsetof(ia_cluster_test, n_shuffles)},
    {"n_clusters", IA_U64, offsetof(ia_cluster_test, n_clusters)},
};

static ia_status add_tests(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "tests", IA_ROWS, c->n_tests);
    char **element = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    if (!element || ia_table_add_members(ctx, table, c->tests, sizeof *c->tests, numbers,
                                         sizeof numbers / sizeof *numbers) != IA_OK)
        return IA_ERR_MEMORY;
    bool *significant = ia_table_add(ctx, table, "significant", IA_BOOL);
    char **reason = significant ? ia_table_add(ctx, table, "reason", IA_TEXT) : NULL;
    if (!reason)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_tests; i++) {
        significant[i] = c->tests[i].is_significant;
        if (!(element[i] = ia_text(ctx, c->tests[i].solute)) ||
            !(reason[i] = ia_text(ctx, c->tests[i].reason)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

// Atoms of an element in a cluster: as counted, and without the background's share of
// them, which is spread as the ions are.
typedef struct {
    uint64_t atoms;
    double corrected, variance;
} amount;

static amount amount_of(const ia_clustering *c, const ia_cluster *cluster,
                        const ia_ranges *ranges, const ia_kind_list *all, size_t i)
{
    double share = (double)cluster->ions / (double)c->ranged;
    amount sum = {0};
    for (size_t k = 0; k < ranges->n_ions && c->background; k++) {
        uint64_t per_ion = ia_kind_list_count(all, i, &ranges->ions[k]);
        uint64_t ions = cluster->kinds[k];
        if (per_ion == 0)
            continue;
        double background = c->background[k] * share;
        sum.atoms += per_ion * ions;
        sum.corrected += (double)per_ion * ((double)ions - background);
        sum.variance += (double)(per_ion * per_ion) * (double)ions;
    }
    return sum;
}

// "Cu:12:11.4:3.6 Fe:3:2.8:1.8": atoms after splitting molecular ions; corrected for
// background and the error of that, where it is known.
static char *tally_atoms(ia_ctx *ctx, const ia_clustering *c, const ia_cluster *cluster,
                         const ia_ranges *ranges)
{
    const ia_kind_list all = ia_kind_list_all(ranges);
    char text[IA_ATOM_KINDS_MOST * 64], name[IA_ION_NAME];
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < all.n; i++) {
        amount a = amount_of(c, cluster, ranges, &all, i);
        if (a.atoms == 0)
            continue;
        ia_atom_kind_name(all.kind[i], name);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%llu", n ? " " : "", name,
                              (unsigned long long)a.atoms);
        if (isfinite(a.corrected))
            n += (size_t)snprintf(text + n, sizeof text - n, ":%.6g:%.4g", a.corrected,
                                  sqrt(a.variance));
    }
    return ia_text(ctx, text);
}

static const ia_table_member fits[] = {
    {"radius_nm", IA_F64, offsetof(ia_cluster, radius)},
    {"sigma_radius_nm", IA_F64, offsetof(ia_cluster, sigma_radius)},
    {"inside_percent", IA_F64, offsetof(ia_cluster, inside_percent)},
    {"sigma_inside_percent", IA_F64, offsetof(ia_cluster, sigma_inside_percent)},
    {"log_likelihood_ratio", IA_F64, offsetof(ia_cluster, ratio)},
    {"p_value", IA_F64, offsetof(ia_cluster, p)},
};

static ia_status add_shapes(ia_ctx *ctx, const ia_clustering *c, ia_table *table)
{
    double *axes = ia_table_add_cells(ctx, table, "semi_axes_nm", IA_F64, 0, 3);
    double *longest =
        axes ? ia_table_add_cells(ctx, table, "longest", IA_F64, 0, 3) : NULL;
    double *nearest = longest ? ia_table_add(ctx, table, "nearest_nm", IA_F64) : NULL;
    for (size_t i = 0; nearest && i < c->n_clusters; i++) {
        memcpy(axes + 3 * i, c->clusters[i].semi_axes, 3 * sizeof *axes);
        memcpy(longest + 3 * i, c->clusters[i].longest, 3 * sizeof *longest);
        nearest[i] = c->clusters[i].nearest;
    }
    return nearest ? IA_OK : IA_ERR_MEMORY;
}

// Empty unless the efficiency is told.
static ia_status add_sizes(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    const ia_cluster_sizes *s = &c->sizes;
    if (s->n == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "size_distribution", IA_OBJECT, 1);
    if (!table || ia_table_add_f64(ctx, table, "mean_atoms", s->mean) != IA_OK ||
        ia_table_add_f64(ctx, table, "sigma_mean_atoms", s->sigma_mean) != IA_OK ||
        ia_table_add_f64(ctx, table, "sd_atoms", s->sd) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_clusters", s->n_clusters) != IA_OK ||
        ia_table_add_u64(ctx, table, "rounds", s->rounds) != IA_OK ||
        !(table = ia_result_add(ctx, result, "sizes", IA_ARRAYS, s->n)) ||
        ia_table_add_copy(ctx, table, "atoms", IA_F64, s->atoms) != IA_OK ||
        ia_table_add_copy(ctx, table, "share", IA_F64, s->share) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_fits(ia_ctx *ctx, const ia_clustering *c, ia_table *table)
{
    return ia_table_add_members(ctx, table, c->clusters, sizeof *c->clusters, fits,
                                sizeof fits / sizeof *fits);
}

// At.% of an element inside a cluster, without the matrix; molecular ions split.
typedef struct {
    double percent, sigma;
} inside;

static inside inside_of(const ia_cluster *cluster, const ia_ranges *ranges,
                        const ia_kind_list *kinds, size_t i)
{
    double own = 0, all = 0, variance = 0;
    for (size_t k = 0; k < ranges->n_ions; k++) {
        double per_ion = (double)ia_kind_list_count(kinds, i, &ranges->ions[k]);
        double atoms = (double)ia_ion_atoms(&ranges->ions[k]);
        own += per_ion * cluster->inside_kinds[k];
        all += atoms * cluster->inside_kinds[k];
    }
    for (size_t k = 0; k < ranges->n_ions; k++) {
        double per_ion = (double)ia_kind_list_count(kinds, i, &ranges->ions[k]);
        double atoms = (double)ia_ion_atoms(&ranges->ions[k]);
        double pull = (per_ion - atoms * own / all) / all;
        variance += pow(pull * cluster->sigma_inside_kinds[k], 2);
    }
    return (inside){100 * own / all, 100 * sqrt(variance)};
}

static bool is_unmixed(const ia_clustering *c, size_t i, const ia_ranges *ranges)
{
    return ranges->n_ions == c->n_kinds && c->n_kinds > 0 &&
           !isnan(c->clusters[i].inside_kinds[0]);
}

// A row per cluster and element; none for clusters that no sphere fits.
static ia_status add_matrix_free(ia_ctx *ctx, const ia_clustering *c,
                                 const ia_ranges *ranges, ia_result *result)
{
    const ia_kind_list all = ia_kind_list_all(ranges);
    size_t n = 0, row = 0;
    for (size_t i = 0; i < c->n_clusters; i++)
        n += is_unmixed(c, i, ranges) ? all.n : 0;
    ia_table *table = ia_result_add(ctx, result, "matrix_free", IA_ROWS, n);
    uint64_t *cluster = table ? ia_table_add(ctx, table, "cluster", IA_U64) : NULL;
    char **element = cluster ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    double *percent = element ? ia_table_add(ctx, table, "at_percent", IA_F64) : NULL;
    double *sigma = percent ? ia_table_add(ctx, table, "sigma_at_percent", IA_F64) : NULL;
    if (!sigma)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_clusters; i++)
        for (size_t e = 0; e < all.n && is_unmixed(c, i, ranges); e++) {
            inside own = inside_of(&c->clusters[i], ranges, &all, e);
            char name[IA_ION_NAME];
            ia_atom_kind_name(all.kind[e], name);
            cluster[row] = i;
            percent[row] = own.percent;
            sigma[row] = own.sigma;
            if (!(element[row++] = ia_text(ctx, name)))
                return IA_ERR_MEMORY;
        }
    return IA_OK;
}

static ia_status add_clusters(ia_ctx *ctx, const ia_clustering *c,
                              const ia_ranges *ranges, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "clusters", IA_ROWS, c->n_clusters);
    char **solute = table ? ia_table_add(ctx, table, "solute", IA_TEXT) : NULL;
    uint64_t *ions = solute ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    uint64_t *solute_ions = ions ? ia_table_add(ctx, table, "solute_ions", IA_U64) : NULL;
    double *centre =
        solute_ions ? ia_table_add_cells(ctx, table, "centre_nm", IA_F64, 0, 3) : NULL;
    double *gyration =
        centre ? ia_table_add(ctx, table, "radius_of_gyration_nm", IA_F64) : NULL;
    double *sigma =
        gyration ? ia_table_add(ctx, table, "sigma_radius_of_gyration_nm", IA_F64) : NULL;
    double *percent =
        sigma ? ia_table_add(ctx, table, "solute_at_percent", IA_F64) : NULL;
    if (!percent || add_fits(ctx, c, table) != IA_OK ||
        add_shapes(ctx, c, table) != IA_OK)
        return IA_ERR_MEMORY;
    bool *at_edge = ia_table_add(ctx, table, "at_edge", IA_BOOL);
    char **composition =
        at_edge ? ia_table_add(ctx, table, "composition", IA_ATOMS) : NULL;
    if (!composition)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n_clusters; i++) {
        const ia_cluster *cluster = &c->clusters[i];
        ions[i] = cluster->ions;
        solute_ions[i] = cluster->solute_ions;
        memcpy(centre + 3 * i, cluster->centre, sizeof cluster->centre);
        gyration[i] = cluster->gyration;
        sigma[i] = cluster->sigma_gyration;
        percent[i] = cluster->solute_percent;
        at_edge[i] = cluster->at_edge;
        if (!(solute[i] = ia_text(ctx, c->tests[cluster->test].solute)) ||
            !(composition[i] = tally_atoms(ctx, c, cluster, ranges)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

// Empty but for OPTICS.
static ia_status add_reachability(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    const ia_reachability *r = &c->reachability;
    if (r->n == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "reachability", IA_ARRAYS, r->n);
    if (!table || ia_table_add_copy(ctx, table, "place", IA_F64, r->place) != IA_OK ||
        ia_table_add_copy(ctx, table, "least_nm", IA_F64, r->least) != IA_OK ||
        ia_table_add_copy(ctx, table, "most_nm", IA_F64, r->most) != IA_OK ||
        ia_table_add_copy(ctx, table, "cluster", IA_F64, r->cluster) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_valleys(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    static const ia_table_member members[] = {
        {"begin", IA_U64, offsetof(ia_valley, begin)},
        {"end", IA_U64, offsetof(ia_valley, end)},
        {"rim_nm", IA_F64, offsetof(ia_valley, rim)},
        {"depth", IA_F64, offsetof(ia_valley, depth)},
        {"parent", IA_I32, offsetof(ia_valley, parent)},
        {"is_chosen", IA_BOOL, offsetof(ia_valley, is_chosen)},
        {"cluster", IA_I32, offsetof(ia_valley, cluster)},
    };
    if (c->n_valleys == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "valleys", IA_ROWS, c->n_valleys);
    return table ? ia_table_add_members(ctx, table, c->valleys, sizeof *c->valleys,
                                        members, sizeof members / sizeof *members)
                 : IA_ERR_MEMORY;
}

ia_status ia_clustering_tables(ia_ctx *ctx, const ia_clustering *clustering,
                               const ia_ranges *ranges, ia_result *result)
{
    ia_status st;
    if ((st = add_summary(ctx, clustering, result)) != IA_OK ||
        (st = add_parameters(ctx, clustering, result)) != IA_OK ||
        (st = add_null(ctx, clustering, result)) != IA_OK ||
        (st = add_tests(ctx, clustering, result)) != IA_OK ||
        (st = add_sizes(ctx, clustering, result)) != IA_OK ||
        (st = add_reachability(ctx, clustering, result)) != IA_OK ||
        (st = add_valleys(ctx, clustering, result)) != IA_OK ||
        (st = ia_condensed_tree_tables(ctx, clustering, result)) != IA_OK ||
        (st = ia_cluster_recovery_tables(ctx, clustering, result)) != IA_OK)
        return st;
    st = add_clusters(ctx, clustering, ranges, result);
    return st == IA_OK ? add_matrix_free(ctx, clustering, ranges, result) : st;
}
