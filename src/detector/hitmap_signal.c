// src/detector/hitmap_signal.c: where planes stand out in depth, and what shuffled runs
// show.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hitmap_internal.h"

#include <ionatlas/parallel.h>
#include <ionatlas/projection.h>
#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 50,          // of distances along the normal
    WINDOW = 1000,      // ions that a voltage is averaged over
    MOST_BINS = 1 << 22 // of depths about a cell
};
static const double furthest = 1;      // nm
static const double usual_radius = 50; // nm, of the cap where there is no voltage
static const double node_step = 0.75;  // of the reach

// The cap when an ion leaves.
typedef struct {
    double centre, radius; // nm
} cap;

// Ions of the slice, sorted by the nodes of the map that they are nearest to.
typedef struct {
    const ia_hitmap_params *params;
    ia_hitmap *map;
    size_t step, side, n;  // cells of a node, nodes across, ions
    float *hits, *normals; // (n, 2) mm from the middle, (n, 3)
    float *places;         // (n, 3) nm
    uint32_t *ordinal;     // (n) in the slice
    uint32_t *trade;       // (n) whose turn an ordinal takes
    size_t *first;         // (side * side + 1)
    cap *caps;             // (windows + 1)
    double least, largest; // centre and radius of any cap, nm
    double swing;          // nm: how far depths of ions about one node lie apart
    double spread;         // of scores of shuffled runs
    size_t n_bins;
    uint32_t *depths; // (workers, n_bins)
    double *scores;   // (side * side) NAN outside the circle and where there are no pairs
} signal;

static cap cap_at(const signal *s, double ordinal)
{
    size_t w = (size_t)(ordinal / WINDOW);
    double part = ordinal / WINDOW - (double)w;
    const cap *a = &s->caps[w], *b = a + 1;
    return (cap){a->centre + part * (b->centre - a->centre),
                 a->radius + part * (b->radius - a->radius)};
}

// Mean voltage of a window; 0 where there is none.
static double volts_of(const ia_ions *ions, size_t begin, size_t n)
{
    float dc[WINDOW], pulse[WINDOW];
    double sum = 0;
    size_t used = 0;
    if (!ia_ions_has(ions, IA_V_DC))
        return 0;
    const float *v = ia_column_rows(&ions->columns[IA_V_DC], begin, n, dc);
    const float *p = ia_ions_has(ions, IA_V_PULSE)
                         ? ia_column_rows(&ions->columns[IA_V_PULSE], begin, n, pulse)
                         : NULL;
    for (size_t i = 0; i < n; i++) {
        if (!(v[i] > 0) || !isfinite(v[i]))
            continue;
        sum += (double)v[i] + (p && isfinite(p[i]) ? (double)p[i] : 0);
        used++;
    }
    return used > 0 ? sum / (double)used : 0;
}

// Each ion lowers the apex by its volume over the area that is seen.
static void lay_caps(const ia_ions *ions, size_t begin, signal *s)
{
    const ia_hitmap_params *p = s->params;
    double seen = fmin(s->map->radius / p->signal_path, acos(-1.0) / 2), apex = 0;
    double least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY};
    size_t n_windows = ia_block_count(s->n, WINDOW);
    for (size_t w = 0; w <= n_windows; w++) {
        size_t from = w < n_windows ? w * WINDOW : (n_windows - 1) * WINDOW;
        size_t n = from + WINDOW < s->n ? WINDOW : s->n - from;
        double radius = volts_of(ions, begin + from, n) / p->signal_field;
        if (!(radius > 0))
            radius = w > 0 ? s->caps[w - 1].radius : usual_radius;
        s->caps[w] = (cap){apex + radius, radius};
        apex += WINDOW * p->signal_volume / (acos(-1.0) * pow(radius * sin(seen), 2));
        least[0] = fmin(least[0], s->caps[w].centre);
        most[0] = fmax(most[0], s->caps[w].centre);
        least[1] = fmin(least[1], radius);
        most[1] = fmax(most[1], radius);
    }
    double reach = 1.1 * p->signal_reach / p->signal_path;
    s->least = least[0];
    s->largest = most[1];
    s->swing = most[0] - least[0] + most[1] - least[1] + most[1] * reach * reach;
}

// Node that a place is nearest to; false outside the circle.
static bool find_node(const signal *s, const double at[2], size_t *node)
{
    double radius = s->map->radius, edge = s->map->cell * (double)s->step;
    if (!(at[0] * at[0] + at[1] * at[1] < radius * radius))
        return false;
    size_t i = (size_t)((at[0] + radius) / edge), k = (size_t)((at[1] + radius) / edge);
    i = i < s->side ? i : s->side - 1;
    k = k < s->side ? k : s->side - 1;
    *node = k * s->side + i;
    return true;
}

// Twice over the hits: how many belong to each node, and which.
static void sort_hits(const ia_ions *ions, size_t begin, float *room, signal *s)
{
    size_t n_nodes = s->side * s->side, n = s->n;
    ia_projection projection = {
        IA_PROJECTION_EQUIDISTANT, s->params->signal_path, 1, {0, 0}};
    for (int pass = 0; pass < 2; pass++) {
        for (size_t at = 0; at < n; at += IA_COLUMN_BLOCK) {
            size_t rows = n - at < IA_COLUMN_BLOCK ? n - at : IA_COLUMN_BLOCK, node;
            const float *hits =
                ia_column_rows(&ions->columns[IA_DET_XY], begin + at, rows, room);
            for (size_t i = 0; i < rows; i++) {
                double x[2], normal[3];
                for (size_t c = 0; c < 2; c++)
                    x[c] = s->map->mm * (double)hits[2 * i + c] - s->map->centre[c];
                if (!find_node(s, x, &node) ||
                    !ia_projection_direction(&projection, x, normal))
                    continue;
                size_t to = s->first[node + 1]++;
                if (pass == 0)
                    continue;
                s->ordinal[to] = (uint32_t)(at + i);
                for (size_t c = 0; c < 2; c++)
                    s->hits[2 * to + c] = (float)x[c];
                for (size_t c = 0; c < 3; c++)
                    s->normals[3 * to + c] = (float)normal[c];
            }
        }
        // Sums of what lies before, shifted by one node for the second pass.
        for (size_t k = 0; pass == 0 && k < n_nodes; k++)
            s->first[k + 1] += s->first[k];
        if (pass == 0)
            memmove(s->first + 1, s->first, n_nodes * sizeof *s->first);
    }
}

static void place_block(void *user, size_t block, size_t worker)
{
    signal *s = user;
    size_t begin, end;
    (void)worker;
    ia_block(s->first[s->side * s->side], IA_COLUMN_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const float *normal = s->normals + 3 * i;
        cap now = cap_at(s, (double)s->trade[s->ordinal[i]]);
        s->places[3 * i] = (float)(now.radius * (double)normal[0]);
        s->places[3 * i + 1] = (float)(now.radius * (double)normal[1]);
        s->places[3 * i + 2] = (float)(now.centre - now.radius * (double)normal[2]);
    }
}

// What differs from a parabola of the distance, squared, over the pairs; 1 for pairs at
// random.
static double score_of(const double pairs[BINS])
{
    double n = BINS, sum = 0, sx = 0, sxx = 0, sxy = 0, misfit = 0;
    for (size_t l = 0; l < BINS; l++) {
        double x = (double)((l + 1) * (l + 1));
        sum += pairs[l];
        sx += x;
        sxx += x * x;
        sxy += x * pairs[l];
    }
    double slope = (n * sxy - sx * sum) / (n * sxx - sx * sx);
    for (size_t l = 0; l < BINS; l++) {
        double fit = (sum - slope * sx) / n + slope * (double)((l + 1) * (l + 1));
        misfit += (pairs[l] - fit) * (pairs[l] - fit);
    }
    return sum > 0 ? misfit / sum * n / (n - 2) : NAN;
}

// Depths along the normal of the node's middle of the ions within reach, by bins.
static void bin_depths(const signal *s, size_t node, const double at[2], uint32_t *depths)
{
    ia_projection projection = {
        IA_PROJECTION_EQUIDISTANT, s->params->signal_path, 1, {0, 0}};
    double edge = s->map->cell * (double)s->step, reach = s->params->signal_reach;
    double normal[3];
    size_t around = (size_t)ceil(reach / edge), i = node % s->side, k = node / s->side;
    size_t left = i > around ? i - around : 0, low = k > around ? k - around : 0;
    size_t right = i + around < s->side ? i + around : s->side - 1;
    if (!ia_projection_direction(&projection, at, normal))
        return;
    double least = s->least * normal[2] - s->largest; // no depth is less
    for (size_t row = low; row < s->side && row <= k + around; row++)
        for (size_t ion = s->first[row * s->side + left];
             ion < s->first[row * s->side + right + 1]; ion++) {
            double x = (double)s->hits[2 * ion] - at[0];
            double y = (double)s->hits[2 * ion + 1] - at[1];
            const float *place = s->places + 3 * ion;
            if (x * x + y * y > reach * reach)
                continue;
            double depth = (double)place[2] * normal[2] - (double)place[0] * normal[0] -
                           (double)place[1] * normal[1];
            size_t bin = (size_t)fmax(0, (depth - least) / furthest * BINS);
            if (bin < s->n_bins)
                depths[bin]++;
        }
}

static void score_node(void *user, size_t node, size_t worker)
{
    signal *s = user;
    uint32_t *depths = s->depths + worker * s->n_bins;
    double edge = s->map->cell * (double)s->step, pairs[BINS] = {0}, at[2];
    at[0] = ((double)(node % s->side) + 0.5) * edge - s->map->radius;
    at[1] = ((double)(node / s->side) + 0.5) * edge - s->map->radius;
    s->scores[node] = NAN;
    if (hypot(at[0], at[1]) > s->map->radius)
        return;
    memset(depths, 0, s->n_bins * sizeof *depths);
    bin_depths(s, node, at, depths);
    for (size_t b = 0; b + BINS < s->n_bins; b++)
        for (size_t l = 0; depths[b] > 0 && l < BINS; l++)
            pairs[l] += (double)depths[b] * (double)depths[b + l + 1];
    s->scores[node] = score_of(pairs);
}

static ia_status score(ia_ctx *ctx, signal *s)
{
    size_t n = s->first[s->side * s->side];
    ia_status st =
        ia_for(ctx, "places", ia_block_count(n, IA_COLUMN_BLOCK), place_block, s);
    return st == IA_OK ? ia_for(ctx, "planes in depth", s->side * s->side, score_node, s)
                       : st;
}

static void shuffle(ia_random *random, uint32_t *trade, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t other = (size_t)ia_random_below(random, i);
        uint32_t kept = trade[i - 1];
        trade[i - 1] = trade[other];
        trade[other] = kept;
    }
}

// Mean, spread and height of the signal of shuffled runs.
static ia_status score_shuffles(ia_ctx *ctx, double highest, signal *s)
{
    ia_random random = ia_random_new(s->params->signal_seed, 0);
    double n = 0, sum = 0, squares = 0;
    size_t as_high = 0;
    s->map->signal_limit = 0;
    for (size_t k = 0; k < s->params->signal_shuffles; k++) {
        double most = 0;
        shuffle(&random, s->trade, s->n);
        ia_status st = score(ctx, s);
        if (st != IA_OK)
            return st;
        for (size_t i = 0; i < s->side * s->side; i++) {
            if (isnan(s->scores[i]))
                continue;
            n++;
            sum += s->scores[i];
            squares += s->scores[i] * s->scores[i];
            most = fmax(most, s->scores[i]);
        }
        as_high += most >= highest;
        s->map->signal_limit = fmax(s->map->signal_limit, most);
    }
    s->map->signal_null = sum / n;
    s->spread = sqrt(fmax(squares / n - sum / n * (sum / n), 0));
    s->map->signal_p = (double)(1 + as_high) / (double)(1 + s->params->signal_shuffles);
    return IA_OK;
}

// Cells take the value of their node.
static double draw_cells(const signal *s, double *values)
{
    ia_hitmap *map = s->map;
    double highest = 0, at[2];
    for (size_t i = 0; i < map->cells * map->cells; i++) {
        size_t node = i / map->cells / s->step * s->side + i % map->cells / s->step;
        values[i] = hitmap_place(map, i, at) ? s->scores[node] : NAN;
        highest = values[i] > highest ? values[i] : highest;
    }
    return highest;
}

static ia_status make_room(ia_ctx *ctx, signal *s)
{
    size_t n_nodes = s->side * s->side;
    if (!(s->hits = ia_array(ctx, s->n, 2 * sizeof *s->hits)) ||
        !(s->normals = ia_array(ctx, s->n, 3 * sizeof *s->normals)) ||
        !(s->places = ia_array(ctx, s->n, 3 * sizeof *s->places)) ||
        !(s->ordinal = ia_array(ctx, s->n, sizeof *s->ordinal)) ||
        !(s->trade = ia_array(ctx, s->n, sizeof *s->trade)) ||
        !(s->first = ia_array(ctx, n_nodes + 2, sizeof *s->first)) ||
        !(s->scores = ia_array(ctx, n_nodes, sizeof *s->scores)) ||
        !(s->caps = ia_array(ctx, s->n / WINDOW + 2, sizeof *s->caps)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++)
        s->trade[i] = (uint32_t)i;
    return IA_OK;
}

// The slice of the window that is looked at; hits sorted, caps laid.
static ia_status gather(ia_ctx *ctx, const ia_hitmap_input *input, signal *s)
{
    const ia_hitmap_params *p = s->params;
    size_t begin = (size_t)p->first_ion, n = input->ions->n - begin;
    ia_status st;
    n = p->n_ions > 0 && p->n_ions < n ? (size_t)p->n_ions : n;
    s->n = p->signal_ions < n ? (size_t)p->signal_ions : n;
    begin += (n - s->n) / 2;
    s->step = (size_t)fmax(1, round(node_step * p->signal_reach / s->map->cell));
    s->side = (s->map->cells + s->step - 1) / s->step;
    float *room = ia_array(ctx, IA_COLUMN_BLOCK, 2 * sizeof *room);
    if (room && (st = make_room(ctx, s)) == IA_OK) {
        lay_caps(input->ions, begin, s);
        s->n_bins = (size_t)fmin(s->swing / furthest * BINS + 2 * BINS + 2, MOST_BINS);
        s->depths = ia_array(ctx, ia_for_workers(ctx, s->side * s->side),
                             s->n_bins * sizeof *s->depths);
        sort_hits(input->ions, begin, room, s);
    }
    free(room);
    return s->depths ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_hitmap_add_signal(ia_ctx *ctx, const ia_hitmap_input *input,
                               const ia_hitmap_params *params, ia_hitmap *map)
{
    ia_hitmap_params p = params ? *params : ia_hitmap_defaults();
    signal s = {.params = &p, .map = map};
    size_t n_cells = map->cells * map->cells, above = 0, known = 0;
    ia_status st = ia_method_check(ctx, &ia_hitmap_method, &p);
    if (st != IA_OK || (st = gather(ctx, input, &s)) != IA_OK ||
        (st = score(ctx, &s)) != IA_OK ||
        (st = hitmap_add_map(ctx, map, IA_MAP_SIGNAL)) != IA_OK)
        goto done;
    double *values = map->values[IA_MAP_SIGNAL];
    if ((st = score_shuffles(ctx, draw_cells(&s, values), &s)) != IA_OK)
        goto done;
    for (size_t i = 0; i < n_cells; i++) {
        if (isnan(values[i]))
            continue;
        map->sigmas[IA_MAP_SIGNAL][i] = s.spread;
        above += values[i] > map->signal_limit;
        known++;
    }
    map->signal_share = known > 0 ? (double)above / (double)known : NAN;
done:
    free(s.hits);
    free(s.normals);
    free(s.places);
    free(s.ordinal);
    free(s.trade);
    free(s.first);
    free(s.scores);
    free(s.caps);
    free(s.depths);
    return st;
}
