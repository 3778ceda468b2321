// src/cluster/condensed_tree.c: the condensed tree of HDBSCAN as a table and as an array.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A row of the tree: branches but the root, then ions.
typedef struct {
    uint32_t parent, child, size; // branch; branch or place in the file
    double density;               // 1/nm
    int32_t cluster;
} row;

static size_t count_rows(const ia_condensed_tree *t)
{
    return t->n > 0 ? t->n_branches - 1 + t->n : 0;
}

static row row_of(const ia_condensed_tree *t, size_t i)
{
    if (i + 1 < t->n_branches) {
        const ia_condensed_branch *b = &t->branches[i + 1];
        return (row){b->parent, (uint32_t)i + 1, b->size, b->density, b->cluster};
    }
    i -= t->n_branches - 1;
    return (row){t->branch[i], t->ion[i], 1, (double)t->density[i], -1};
}

ia_status ia_condensed_tree_tables(ia_ctx *ctx, const ia_clustering *c, ia_result *result)
{
    const ia_condensed_tree *t = &c->condensed_tree;
    size_t n = count_rows(t);
    if (n == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "condensed_tree", IA_ROWS, n);
    uint64_t *parent = table ? ia_table_add(ctx, table, "parent", IA_U64) : NULL;
    uint64_t *child = parent ? ia_table_add(ctx, table, "child", IA_U64) : NULL;
    double *density = child ? ia_table_add(ctx, table, "lambda_per_nm", IA_F64) : NULL;
    uint64_t *size = density ? ia_table_add(ctx, table, "child_size", IA_U64) : NULL;
    double *stability = size ? ia_table_add(ctx, table, "stability", IA_F64) : NULL;
    int32_t *cluster = stability ? ia_table_add(ctx, table, "cluster", IA_I32) : NULL;
    if (!cluster)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        row r = row_of(t, i);
        bool is_branch = i + 1 < t->n_branches;
        parent[i] = c->n_ions + r.parent;
        child[i] = is_branch ? c->n_ions + r.child : r.child;
        density[i] = r.density;
        size[i] = r.size;
        stability[i] = is_branch ? t->branches[r.child].stability : NAN;
        cluster[i] = r.cluster;
    }
    return IA_OK;
}

ia_status ia_condensed_tree_rows(ia_ctx *ctx, const ia_condensed_tree *tree,
                                 const ia_ions *ions, double **out, size_t *n)
{
    size_t n_file = ions->n + ions->n_dropped + ions->n_outside, at = 0;
    size_t n_rows = count_rows(tree);
    if (n_rows == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no clusters were found by HDBSCAN (--method hdbscan): no tree");
    uint32_t *place = ia_array(ctx, ions->n, sizeof *place); // of those that stayed
    double *rows = ia_array(ctx, 4 * n_rows, sizeof *rows);
    if (!place || !rows) {
        free(place);
        free(rows);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n_file; i++)
        if (!ions->kept || ia_is_selected(ions->kept, i))
            place[at++] = (uint32_t)i;
    for (size_t i = 0; i < n_rows; i++) {
        row r = row_of(tree, i);
        bool is_branch = i + 1 < tree->n_branches;
        rows[4 * i] = (double)(n_file + r.parent);
        rows[4 * i + 1] = (double)(is_branch ? n_file + r.child : place[r.child]);
        rows[4 * i + 2] = r.density;
        rows[4 * i + 3] = r.size;
    }
    free(place);
    *out = rows;
    *n = n_rows;
    return IA_OK;
}

void ia_condensed_tree_clear(ia_condensed_tree *tree)
{
    free(tree->branches);
    free(tree->ion);
    free(tree->branch);
    free(tree->density);
    *tree = (ia_condensed_tree){0};
}
