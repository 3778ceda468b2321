// src/cluster/recover_tables.c: the number of clusters with those that were missed, as
// tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/recover.h"

#include <math.h>
#include <string.h>

// Over all tests that reported clusters; distances to the ends of the intervals add up as
// errors do.
static ia_cluster_recovery add_up(const ia_clustering *c)
{
    ia_cluster_recovery sum = {.number = NAN};
    double below = 0, above = 0;
    for (size_t i = 0; i < c->n_tests; i++) {
        const ia_cluster_recovery *r = &c->tests[i].recovery;
        if (r->n_planted == 0)
            continue;
        sum.number = (isnan(sum.number) ? 0 : sum.number) + r->number;
        below += pow(r->number - r->low, 2);
        above += pow(r->high - r->number, 2);
        sum.n_planted += r->n_planted;
        sum.n_recovered += r->n_recovered;
    }
    sum.low = sum.number - sqrt(below);
    sum.high = sum.number + sqrt(above);
    return sum;
}

static ia_status add_numbers(ia_ctx *ctx, const ia_cluster_recovery *r, double volume,
                             ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "recovery", IA_OBJECT, 1);
    double scale = 1e27 / volume;
    if (!table || ia_table_add_u64(ctx, table, "n_planted", r->n_planted) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_recovered", r->n_recovered) != IA_OK ||
        ia_table_add_f64(ctx, table, "number_density_corrected_per_m3",
                         scale * r->number) != IA_OK ||
        ia_table_add_f64(ctx, table, "lower_number_density_corrected_per_m3",
                         scale * r->low) != IA_OK ||
        ia_table_add_f64(ctx, table, "upper_number_density_corrected_per_m3",
                         scale * r->high) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_cluster_recovery_tables(ia_ctx *ctx, const ia_clustering *c,
                                     ia_result *result)
{
    ia_cluster_recovery sum = add_up(c);
    if (sum.n_planted == 0)
        return IA_OK;
    const ia_cluster_recovery *r = &c->tests[0].recovery; // of the largest effect
    ia_status st = add_numbers(ctx, &sum, c->volume, result);
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
