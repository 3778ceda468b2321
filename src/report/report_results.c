// src/report/report_results.c: what the steps of a chain found, as JSON for the page.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/json.h"
#include "report/report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_CLUSTERS_SHOWN = 200, N_ROWS_SHOWN = 1000 };

const ia_step_record *report_step(const report_input *in, const char *method)
{
    return in->chain ? ia_chain_find(in->chain, method) : NULL;
}

double report_value(const ia_table *table, const char *name, size_t row)
{
    const ia_table_column *column = table ? ia_table_find(table, name) : NULL;
    if (!column || row >= table->n_rows || column->dims[1] != 0)
        return NAN;
    switch (column->type) {
    case IA_F64:
        return ((const double *)column->data)[row];
    case IA_F32:
        return (double)((const float *)column->data)[row];
    case IA_I32:
        return ((const int32_t *)column->data)[row];
    case IA_U32:
        return ((const uint32_t *)column->data)[row];
    case IA_U64:
    case IA_SIZE:
        return (double)((const uint64_t *)column->data)[row];
    default:
        return NAN;
    }
}

const ia_table *report_table(const report_input *in, const char *name, const char *column)
{
    for (size_t i = in->chain ? in->chain->n : 0; i > 0; i--) {
        const ia_table *table = ia_result_find(&in->chain->steps[i - 1].result, name);
        if (table && ia_table_find(table, column))
            return table;
    }
    return NULL;
}

// The first `most` rows as a list of objects; an empty list without a table.
static json_t *rows(const ia_table *table, size_t most)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; table && i < table->n_rows && i < most && ok; i++)
        ok = report_push(array, ia_json_row(table, i));
    return report_keep(array, ok);
}

double report_probability(const report_input *in, size_t range, double lo, double hi)
{
    const ia_table *table = report_table(in, "ranges", "probability");
    const ia_table_column *starts = table ? ia_table_find(table, "lo_da") : NULL;
    if (!starts || starts->type != IA_F64)
        return NAN;
    const double *from = starts->data;
    // Ranges and rows are mostly the same: look there first.
    for (size_t i = 0; i < table->n_rows; i++) {
        size_t row = (range + i) % table->n_rows;
        if (from[row] >= lo - 1e-9 && from[row] < hi)
            return report_value(table, "probability", row);
    }
    return NAN;
}

json_t *report_peaks(ia_ctx *ctx, const report_input *in)
{
    (void)ctx;
    const ia_table *unexplained = report_table(in, "unexplained_peaks", "mass_da");
    const ia_table *ions = report_table(in, "ions", "probability");
    if (!unexplained && !ions)
        return json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "unexplained", rows(unexplained, N_ROWS_SHOWN)) &&
              report_put(o, "n_unexplained",
                         report_count(unexplained ? unexplained->n_rows : 0)) &&
              report_put(o, "ions", rows(ions, N_ROWS_SHOWN));
    return report_keep(o, ok);
}

// Tables "curve_<species>" as a list, each with its species.
static json_t *curves(ia_ctx *ctx, const ia_result *result)
{
    static const char prefix[] = "curve_";
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < result->n && ok; i++) {
        const ia_table *table = &result->tables[i];
        if (strncmp(table->name, prefix, strlen(prefix)) != 0)
            continue;
        json_t *o = ia_json_arrays(table);
        bool named =
            o && report_put(o, "species", report_text(ctx, table->name + strlen(prefix)));
        ok = report_push(array, report_keep(o, named));
    }
    return report_keep(array, ok);
}

json_t *report_neighbours(ia_ctx *ctx, const report_input *in)
{
    const ia_step_record *step = report_step(in, "knn");
    if (!step)
        return json_null();
    json_t *o = json_object();
    bool ok =
        report_put(o, "tests",
                   rows(ia_result_find(&step->result, "knn_tests"), N_ROWS_SHOWN)) &&
        report_put(o, "curves", curves(ctx, &step->result));
    return report_keep(o, ok);
}

// The least of 1, 2, 5, 10, 20, ... that cuts a length into at most REPORT_SIZES_MAX.
static uint64_t width_for(uint64_t length)
{
    for (uint64_t decade = 1;; decade *= 10) {
        static const uint64_t steps[] = {1, 2, 5};
        for (size_t i = 0; i < 3; i++) {
            if (length / (decade * steps[i]) < REPORT_SIZES_MAX)
                return decade * steps[i];
        }
    }
}

// Ions of a cluster; 0 where the table does not tell.
static uint64_t size_of(const ia_table *clusters, size_t row)
{
    double ions = report_value(clusters, "ions", row);
    return ions >= 0 && ions < 1e18 ? (uint64_t)ions : 0;
}

static const char *solute_of(const ia_table *clusters, size_t row)
{
    const ia_table_column *column = ia_table_find(clusters, "solute");
    return column && column->type == IA_TEXT ? ((char *const *)column->data)[row] : "";
}

// The part of a cluster's solute; a new one where there is none yet.
static report_sizes_part *part_of(report_sizes *sizes, const char *solute)
{
    for (size_t i = 0; i < sizes->n_parts; i++)
        if (strcmp(sizes->parts[i].solute, solute) == 0)
            return &sizes->parts[i];
    if (sizes->n_parts == REPORT_SOLUTES_MAX) {
        sizes->parts[REPORT_SOLUTES_MAX - 1].solute = "others";
        return &sizes->parts[REPORT_SOLUTES_MAX - 1];
    }
    sizes->parts[sizes->n_parts].solute = solute;
    return &sizes->parts[sizes->n_parts++];
}

report_sizes report_sizes_of(const ia_table *clusters)
{
    report_sizes sizes = {0};
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < clusters->n_rows; i++) {
        uint64_t size = size_of(clusters, i);
        least = size < least ? size : least;
        most = size > most ? size : most;
    }
    if (clusters->n_rows == 0)
        return sizes;
    uint64_t width = width_for(most - least + 1);
    uint64_t first = least / width * width;
    if ((most - first) / width >= REPORT_SIZES_MAX) // rounding down made it longer
        first = least;
    sizes.n = (size_t)((most - first) / width) + 1;
    for (size_t i = 0; i <= sizes.n; i++)
        sizes.edges[i] = first + i * width;
    for (size_t i = 0; i < clusters->n_rows; i++) {
        size_t bin = (size_t)((size_of(clusters, i) - first) / width);
        sizes.clusters[bin]++;
        part_of(&sizes, solute_of(clusters, i))->clusters[bin]++;
    }
    return sizes;
}

static json_t *counts(const uint64_t *values, size_t n)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = report_push(array, report_count(values[i]));
    return report_keep(array, ok);
}

static json_t *size_parts(ia_ctx *ctx, const report_sizes *sizes)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < sizes->n_parts && ok; i++) {
        json_t *o = json_object();
        bool filled =
            report_put(o, "solute", report_text(ctx, sizes->parts[i].solute)) &&
            report_put(o, "clusters", counts(sizes->parts[i].clusters, sizes->n));
        ok = report_push(array, report_keep(o, filled));
    }
    return report_keep(array, ok);
}

static json_t *sizes_json(ia_ctx *ctx, const ia_table *clusters)
{
    if (!clusters || clusters->n_rows == 0)
        return json_null();
    report_sizes sizes = report_sizes_of(clusters);
    json_t *o = json_object();
    bool ok = report_put(o, "edges", counts(sizes.edges, sizes.n + 1)) &&
              report_put(o, "clusters", counts(sizes.clusters, sizes.n)) &&
              report_put(o, "solutes", size_parts(ctx, &sizes));
    return report_keep(o, ok);
}

// The first clusters; "number" counts from 1 in the order of the labels.
static json_t *first_clusters(const ia_table *clusters)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; clusters && i < clusters->n_rows && i < N_CLUSTERS_SHOWN && ok;
         i++) {
        json_t *o = ia_json_row(clusters, i);
        bool numbered = o && report_put(o, "number", report_count(i + 1));
        ok = report_push(array, report_keep(o, numbered));
    }
    return report_keep(array, ok);
}

// Tables of one row: members of the step's object, or an object of their own in it.
static bool put_scalars(const ia_result *result, json_t *o)
{
    bool ok = o != NULL;
    for (size_t i = 0; i < result->n && ok; i++) {
        const ia_table *table = &result->tables[i];
        bool inside = table->shape == IA_OBJECT;
        if ((table->shape != IA_SCALARS && !inside) || table->n_rows == 0)
            continue;
        json_t *members = ia_json_row(table, 0);
        if (inside)
            ok = report_put(o, table->name, members);
        else
            ok = members && json_object_update(o, members) == 0;
        if (!inside)
            json_decref(members);
    }
    return ok;
}

json_t *report_clusters(ia_ctx *ctx, const report_input *in)
{
    const ia_step_record *step = report_step(in, "cluster");
    if (!step)
        return json_null();
    const ia_table *clusters = ia_result_find(&step->result, "clusters");
    json_t *o = json_object();
    bool ok =
        put_scalars(&step->result, o) &&
        report_put(o, "tests",
                   rows(ia_result_find(&step->result, "tests"), N_ROWS_SHOWN)) &&
        report_put(o, "n_clusters", report_count(clusters ? clusters->n_rows : 0)) &&
        report_put(o, "clusters", first_clusters(clusters)) &&
        report_put(o, "sizes", sizes_json(ctx, clusters));
    return report_keep(o, ok);
}

json_t *report_quality(ia_ctx *ctx, const report_input *in)
{
    (void)ctx;
    const ia_table *table = report_table(in, "quality", "mark");
    return table ? rows(table, N_ROWS_SHOWN) : json_null();
}
