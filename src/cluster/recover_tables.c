// src/cluster/recover_tables.c: the number of clusters with those that were missed, as
// tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/recover.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Over all tests that reported clusters, how many those are, too; distances to the ends
// of the intervals add up as errors do.
static ia_cluster_recovery add_up(const ia_clustering *c, double *n_found)
{
    ia_cluster_recovery sum = {.number = NAN};
    double below = 0, above = 0;

    *n_found = 0;
    for (size_t i = 0; i < c->n_tests; i++) {
        const ia_cluster_recovery *r = &c->tests[i].recovery;
        if (r->n_planted == 0)
            continue;
        sum.number = (isnan(sum.number) ? 0 : sum.number) + r->number;
        below += pow(r->number - r->low, 2);
        above += pow(r->high - r->number, 2);
        sum.n_planted += r->n_planted;
        sum.n_recovered += r->n_recovered;
        *n_found += (double)c->tests[i].n_clusters;
    }
    sum.low = sum.number - sqrt(below);
    sum.high = sum.number + sqrt(above);
    return sum;
}

// Per volume, with cut ones no more than their due: the density of those found, times
// what the number grew by. The errors of both are independent: one is of what the
// specimen happens to hold, the other of how many of these were missed.
static ia_cluster_recovery per_volume(const ia_clustering *c,
                                      const ia_cluster_recovery *r, double n_found)
{
    double density = ia_clustering_density(c);
    double more = 1.96 * ia_clustering_sigma_density(c) / density;
    double middle = density * r->number / n_found;
    double below = 1 - r->low / r->number, above = r->high / r->number - 1;

    return (ia_cluster_recovery){.number = middle,
                                 .low = fmax(0, middle * (1 - hypot(below, more))),
                                 .high = middle * (1 + hypot(above, more))};
}

static ia_status add_interval(ia_ctx *ctx, ia_table *table, const char *name,
                              const ia_cluster_recovery *r)
{
    char lower[64], upper[64];

    snprintf(lower, sizeof lower, "lower_%s", name);
    snprintf(upper, sizeof upper, "upper_%s", name);
    if (ia_table_add_f64(ctx, table, name, r->number) != IA_OK ||
        ia_table_add_f64(ctx, table, lower, r->low) != IA_OK ||
        ia_table_add_f64(ctx, table, upper, r->high) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_numbers(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    double n_found;
    const ia_cluster_recovery number = add_up(c, &n_found);
    const ia_cluster_recovery density = per_volume(c, &number, n_found);
    ia_table *table = ia_result_add(ctx, result, "recovery", IA_OBJECT, 1);

    if (!table || ia_table_add_u64(ctx, table, "n_planted", number.n_planted) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_recovered", number.n_recovered) != IA_OK ||
        add_interval(ctx, table, "n_clusters_corrected", &number) != IA_OK ||
        add_interval(ctx, table, "number_density_corrected_per_m3", &density) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_cluster_recovery_tables(ia_ctx *ctx, const ia_clustering *c,
                                     ia_result *result)
{
    const ia_cluster_recovery *r = &c->tests[0].recovery; // of the largest effect
    size_t n_planted = 0;
    for (size_t i = 0; i < c->n_tests; i++)
        n_planted += c->tests[i].recovery.n_planted;
    if (n_planted == 0)
        return IA_OK;
    ia_status st = add_numbers(ctx, c, result);
    ia_table *table = st == IA_OK ? ia_result_add(ctx, result, "recovery_by_size",
                                                  IA_ARRAYS, IA_RECOVERY_CLASSES)
                                  : NULL;
    if (!table ||
        ia_table_add_copy(ctx, table, "solute_ions", IA_F64, r->least_ions) != IA_OK ||
        ia_table_add_copy(ctx, table, "chance_found", IA_F64, r->chance) != IA_OK ||
        ia_table_add_copy(ctx, table, "found", IA_F64, r->found) != IA_OK ||
        ia_table_add_copy(ctx, table, "corrected", IA_F64, r->true_number) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}
