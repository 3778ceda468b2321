// report_maps.c: ions counted on grids for the report: three projections and the
// detector's hits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"
#include "report/report_internal.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_CELLS_MAX = 200, N_CELLS_MIN = 30, N_LAYERS_MAX = 7, N_PLANES = 3 };

// Equal square cells in each of up to three directions.
typedef struct {
    double step;     // nm or mm
    double inverse;  // 1 / step
    double first[3]; // the first cell begins at first * step; a whole number
    size_t cells[3];
} grid;

// Axes of the planes xy, xz and yz: across, then down.
static const size_t plane_axes[N_PLANES][2] = {{0, 1}, {0, 2}, {1, 2}};
static const char *const plane_names[N_PLANES] = {"xy", "xz", "yz"};

// The least round number that is not less.
static double round_up(double value)
{
    static const double rounds[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    double decade = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        if (rounds[i] * decade >= value * (1 - 1e-12))
            return rounds[i] * decade;
    }
    return 10 * decade;
}

// Cells for n ions within bounds: about four ions to a cell of a filled square, at most
// N_CELLS_MAX along the longest edge. False where the bounds are not finite.
static bool lay_grid(const double (*bounds)[2], size_t n_axes, size_t n, grid *out)
{
    double longest = 0;
    for (size_t axis = 0; axis < n_axes; axis++) {
        double edge = bounds[axis][1] - bounds[axis][0];
        if (!isfinite(edge) || edge < 0)
            return false;
        longest = fmax(longest, edge);
    }
    double wanted = fmin(fmax(sqrt((double)n / 4), N_CELLS_MIN), N_CELLS_MAX - 2);
    double step = longest > 0 ? round_up(longest / wanted) : 1;
    *out = (grid){.step = step, .inverse = 1 / step};
    for (size_t axis = 0; axis < n_axes; axis++) {
        out->first[axis] = floor(bounds[axis][0] * out->inverse);
        double last = bounds[axis][1] * out->inverse - out->first[axis];
        out->cells[axis] = (size_t)fmin(last + 1, N_CELLS_MAX);
    }
    return true;
}

// Cell along an axis, or the number of cells for what lies outside and for NAN.
static size_t cell_of(const grid *g, size_t axis, double value)
{
    double place = value * g->inverse - g->first[axis];
    return place >= 0 && place < (double)g->cells[axis] ? (size_t)place : g->cells[axis];
}

static size_t plane_cells(const grid *g, size_t plane)
{
    return g->cells[plane_axes[plane][0]] * g->cells[plane_axes[plane][1]];
}

static size_t layer_cells(const grid *g)
{
    size_t n = 0;
    for (size_t plane = 0; plane < N_PLANES; plane++)
        n += plane_cells(g, plane);
    return n;
}

// One pass that counts positions; workers have their own buffers and counters.
typedef struct {
    const ia_column *points; // (n, width) float
    ia_column labels;        // absent when only all ions are counted
    grid grid;
    size_t n_planes; // 3, or 1 for the detector
    size_t n_layers;
    ia_atom_kind only;      // of the second layer, z 0 for the main ones
    size_t n_counts;        // counters of a worker
    const uint8_t *weights; // (kinds of ion, n_layers) atoms that an ion adds
    float *rows;            // (n_workers, IA_COLUMN_BLOCK, width)
    int32_t *label_rows;    // (n_workers, IA_COLUMN_BLOCK)
    uint64_t *counts;       // (n_workers, n_layers, planes)
} map_job;

static void count_point(const map_job *job, const float *point, const uint8_t *weights,
                        uint64_t *counts)
{
    size_t at[3] = {0};
    for (size_t axis = 0; axis < job->points->width; axis++) {
        at[axis] = cell_of(&job->grid, axis, (double)point[axis]);
        if (at[axis] == job->grid.cells[axis])
            return;
    }
    size_t n_layer = job->n_counts / job->n_layers, base = 0;
    for (size_t plane = 0; plane < job->n_planes; plane++) {
        size_t across = plane_axes[plane][0], down = plane_axes[plane][1];
        size_t cell = base + at[down] * job->grid.cells[across] + at[across];
        counts[cell]++;
        for (size_t layer = 1; weights && layer < job->n_layers; layer++) {
            if (weights[layer] > 0) // spares memory that most ions need not touch
                counts[layer * n_layer + cell] += weights[layer];
        }
        base += plane_cells(&job->grid, plane);
    }
}

static void count_block(void *user, size_t block, size_t worker)
{
    map_job *job = user;
    size_t width = job->points->width, begin, end;
    ia_block(job->points->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *rows = ia_column_rows(job->points, begin, end - begin,
                                       job->rows + worker * IA_COLUMN_BLOCK * width);
    const int32_t *labels = NULL;
    if (ia_column_is_present(&job->labels))
        labels = ia_column_rows(&job->labels, begin, end - begin,
                                job->label_rows + worker * IA_COLUMN_BLOCK);
    uint64_t *counts = job->counts + worker * job->n_counts;
    for (size_t i = 0; i < end - begin; i++) {
        const uint8_t *weights = NULL;
        if (labels && labels[i] >= 0)
            weights = job->weights + (size_t)labels[i] * job->n_layers;
        count_point(job, rows + i * width, weights, counts);
    }
}

static void map_clear(map_job *job)
{
    free(job->counts);
    free(job->label_rows);
    free(job->rows);
}

// Count all points of the job; the sum of the workers' counters ends in the first
// worker's.
static ia_status map_count(ia_ctx *ctx, const char *stage, map_job *job)
{
    size_t n_blocks = ia_block_count(job->points->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    size_t n_rows = n_workers * IA_COLUMN_BLOCK;
    bool labelled = ia_column_is_present(&job->labels);

    job->rows = ia_array(ctx, n_rows * job->points->width, sizeof *job->rows);
    job->label_rows = ia_array(ctx, labelled ? n_rows : 0, sizeof *job->label_rows);
    job->counts = ia_array(ctx, n_workers * job->n_counts, sizeof *job->counts);
    if (!job->rows || !job->label_rows || !job->counts)
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, stage, n_blocks, count_block, job);
    for (size_t worker = 1; worker < n_workers; worker++) {
        for (size_t i = 0; i < job->n_counts; i++)
            job->counts[i] += job->counts[worker * job->n_counts + i];
    }
    return st;
}

// Elements, and nuclides with rows of their own, shown beside all ions: the most abundant
// ones.
static size_t count_layers(const ia_state *state)
{
    size_t n = 1;
    if (!ia_ions_has(&state->ions, IA_MASS) || state->ranger.n == 0)
        return n;
    for (size_t i = 0; i < state->composition.n_elements && n < N_LAYERS_MAX; i++)
        n += state->composition.elements[i].counts > 0;
    return n;
}

static bool is_ranged(const ia_state *state, ia_atom_kind kind)
{
    const ia_nuclide_list own = ia_ranges_own(&state->ranges);
    bool is = false;
    for (size_t i = 0; i < state->ranger.n && kind.z > 0 && !is; i++)
        is =
            ia_atom_kind_count(&own, &state->ranges.ions[state->ranger.ion[i]], kind) > 0;
    return is;
}

// What a layer after the first shows; z = 0 where there is none.
static ia_atom_kind layer_kind(const map_job *job, const ia_state *state, size_t layer)
{
    const ia_composition *c = &state->composition;
    if (job->only.z > 0)
        return job->only;
    for (size_t i = 0; i < c->n_elements; i++) {
        if (c->elements[i].counts > 0 && --layer == 0)
            return (ia_atom_kind){c->elements[i].z, c->elements[i].a};
    }
    return (ia_atom_kind){0, 0};
}

// (kinds of ion, n_layers) atoms of each layer's element in each kind of ion.
static uint8_t *layer_weights(ia_ctx *ctx, const map_job *job, const ia_state *state)
{
    const ia_ranges *ranges = &state->ranges;
    uint8_t *weights = ia_array(ctx, ranges->n_ions * job->n_layers, 1);
    const ia_nuclide_list own = ia_ranges_own(ranges);
    for (size_t layer = 1; weights && layer < job->n_layers; layer++) {
        ia_atom_kind kind = layer_kind(job, state, layer);
        for (size_t ion = 0; ion < ranges->n_ions; ion++)
            weights[ion * job->n_layers + layer] =
                (uint8_t)ia_atom_kind_count(&own, &ranges->ions[ion], kind);
    }
    return weights;
}

static json_t *layer_json(ia_ctx *ctx, const map_job *job, size_t layer, const char *name)
{
    const uint64_t *counts = job->counts + layer * (job->n_counts / job->n_layers);
    json_t *o = json_object();
    bool ok = report_put(o, "name", report_text(ctx, name));
    for (size_t plane = 0; plane < job->n_planes && ok; plane++) {
        size_t n = plane_cells(&job->grid, plane);
        ok = report_put(o, plane_names[plane], report_packed(ctx, counts, n));
        counts += n;
    }
    return report_keep(o, ok);
}

// "step", "origin" and "cells" with the unit behind the first two, and the layers.
static json_t *map_json(ia_ctx *ctx, const map_job *job, const ia_state *state)
{
    json_t *origin = json_array(), *cells = json_array(), *layers = json_array();
    bool ok = origin && cells && layers;
    for (size_t axis = 0; axis < job->points->width && ok; axis++)
        ok = report_push(origin, report_number(job->grid.first[axis] * job->grid.step)) &&
             report_push(cells, report_count(job->grid.cells[axis]));
    for (size_t layer = 0; layer < job->n_layers && ok; layer++) {
        char name[IA_ION_NAME] = "all ions";
        if (layer > 0)
            ia_atom_kind_name(layer_kind(job, state, layer), name);
        ok = report_push(layers, layer_json(ctx, job, layer, name));
    }
    json_t *o = json_object();
    ok = ok && report_put(o, "step", report_number(job->grid.step)) &&
         json_object_set(o, "origin", origin) == 0 &&
         json_object_set(o, "cells", cells) == 0 &&
         json_object_set(o, "layers", layers) == 0;
    json_decref(layers);
    json_decref(cells);
    json_decref(origin);
    return report_keep(o, ok);
}

// Count and describe, once the job's grid, layers and labels are set.
static ia_status map_run(ia_ctx *ctx, const char *stage, const ia_state *state,
                         map_job *job, json_t **out)
{
    ia_status st = map_count(ctx, stage, job);
    if (st == IA_OK && !(*out = map_json(ctx, job, state)))
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the maps of the report");
    map_clear(job);
    return st;
}

// Maps of all ions and of the main elements, or of the one `only`.
static ia_status project(ia_ctx *ctx, const report_input *in, ia_atom_kind only,
                         json_t **out)
{
    const ia_state *state = in->state;
    map_job job = {
        .points = &state->ions.columns[IA_XYZ], .n_planes = N_PLANES, .only = only};
    if (!ia_ions_has(&state->ions, IA_XYZ) || state->ions.n == 0 ||
        !lay_grid(state->survey.bounds, 3, state->ions.n, &job.grid)) {
        *out = json_null();
        return IA_OK;
    }
    ia_label_source source = {.ions = &state->ions, .ranger = &state->ranger};
    job.n_layers = only.z > 0 ? 2 : count_layers(state);
    job.n_counts = job.n_layers * layer_cells(&job.grid);
    uint8_t *weights = layer_weights(ctx, &job, state);
    if (!weights)
        return IA_ERR_MEMORY;
    job.weights = weights;
    if (job.n_layers > 1)
        job.labels = ia_label_column(&source);
    ia_status st = map_run(ctx, "projections", state, &job, out);
    free(weights);
    return st;
}

ia_status report_projections(ia_ctx *ctx, const report_input *in, json_t **out)
{
    return project(ctx, in, (ia_atom_kind){0, 0}, out);
}

ia_status report_projection_of(ia_ctx *ctx, const report_input *in, const char *element,
                               json_t **out)
{
    ia_atom_kind kind = ia_atom_kind_of(element, strlen(element));
    if (!ia_ions_has(&in->state->ions, IA_MASS) || !is_ranged(in->state, kind))
        return ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion holds '%s': nothing to project",
                       element);
    return project(ctx, in, kind, out);
}

// Extent of the detector's hits, one pair of bounds per worker.
typedef struct {
    const ia_column *points;
    float *rows;            // (n_workers, IA_COLUMN_BLOCK, 2)
    double (*bounds)[2][2]; // (n_workers)
} extent_job;

static void extent_block(void *user, size_t block, size_t worker)
{
    extent_job *job = user;
    size_t begin, end;
    ia_block(job->points->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *rows = ia_column_rows(job->points, begin, end - begin,
                                       job->rows + worker * IA_COLUMN_BLOCK * 2);
    double(*bounds)[2] = job->bounds[worker];
    for (size_t i = 0; i < 2 * (end - begin); i++) {
        if (!isfinite(rows[i]))
            continue;
        bounds[i % 2][0] = fmin(bounds[i % 2][0], (double)rows[i]);
        bounds[i % 2][1] = fmax(bounds[i % 2][1], (double)rows[i]);
    }
}

static ia_status find_extent(ia_ctx *ctx, const ia_column *points, double out[2][2])
{
    size_t n_blocks = ia_block_count(points->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    extent_job job = {.points = points};
    ia_status st = IA_ERR_MEMORY;

    job.rows = ia_array(ctx, n_workers * IA_COLUMN_BLOCK * 2, sizeof *job.rows);
    job.bounds = ia_array(ctx, n_workers, sizeof *job.bounds);
    if (!job.rows || !job.bounds)
        goto done;
    for (size_t i = 0; i < 2 * n_workers; i++) {
        job.bounds[i / 2][i % 2][0] = INFINITY;
        job.bounds[i / 2][i % 2][1] = -INFINITY;
    }
    st = ia_for(ctx, "detector extent", n_blocks, extent_block, &job);
    for (size_t axis = 0; axis < 2; axis++) {
        out[axis][0] = INFINITY;
        out[axis][1] = -INFINITY;
        for (size_t worker = 0; worker < n_workers; worker++) {
            out[axis][0] = fmin(out[axis][0], job.bounds[worker][axis][0]);
            out[axis][1] = fmax(out[axis][1], job.bounds[worker][axis][1]);
        }
    }
done:
    free(job.bounds);
    free(job.rows);
    return st;
}

ia_status report_hits(ia_ctx *ctx, const report_input *in, json_t **out)
{
    const ia_state *state = in->state;
    map_job job = {
        .points = &state->ions.columns[IA_DET_XY], .n_planes = 1, .n_layers = 1};
    double bounds[2][2];
    ia_status st;

    *out = NULL;
    if (ia_ions_has(&state->ions, IA_DET_XY) && state->ions.n > 0) {
        if ((st = find_extent(ctx, job.points, bounds)) != IA_OK)
            return st;
        if (lay_grid((const double(*)[2])bounds, 2, state->ions.n, &job.grid)) {
            job.n_counts = plane_cells(&job.grid, 0);
            return map_run(ctx, "hit map", state, &job, out);
        }
    }
    *out = json_null();
    return IA_OK;
}
