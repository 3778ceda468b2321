// src/detector/map_combine.c: the sum of maps that shows poles best, by Fisher's linear
// discriminant.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <ionatlas/map_combine.h>

#include "core/cholesky.h"
#include "detector/hitmap_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double fine = 0.03, wide = 0.25; // blurs, of the radius
enum { LEAST_CELLS = 12 };                    // of poles, in each half

// Maps as the discriminant sees them, and which cells belong to poles.
typedef struct {
    const ia_hitmap *map;
    size_t n, kinds[IA_N_MAPS];  // maps in use
    double *features[IA_N_MAPS]; // (cells, cells)
    signed char *class;          // 1 pole, 0 surroundings, -1 neither
} work;

// A map less its surroundings, both blurred; shares and means by the hits that they are
// of.
static ia_status build_feature(ia_ctx *ctx, work *w, size_t kind)
{
    size_t side = w->map->cells, n = side * side;
    double radius = w->map->radius / w->map->cell;
    double *room = ia_array(ctx, 5 * n, sizeof *room);
    double *out = room ? ia_array(ctx, n, sizeof *out) : NULL;
    if (!out) {
        free(room);
        return IA_ERR_MEMORY;
    }
    double *known = room, *value = room + n, *turned = room + 2 * n;
    double *blurred = room + 3 * n, *cover = room + 4 * n;
    for (size_t i = 0; i < n; i++) {
        double weight = kind == IA_MAP_DENSITY ? 1 : w->map->counts[i];
        known[i] = isfinite(w->map->values[kind][i]) ? weight : 0;
        value[i] = known[i] > 0 ? weight * w->map->values[kind][i] : 0;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        double sigma = fmax(0.7, (pass == 0 ? fine : wide) * radius);
        poles_blur(value, side, sigma, turned, blurred);
        poles_blur(known, side, sigma, turned, cover);
        for (size_t i = 0; i < n; i++)
            out[i] +=
                (pass == 0 ? 1 : -1) * (cover[i] > 1e-3 ? blurred[i] / cover[i] : 0);
    }
    free(room);
    w->features[w->n] = out;
    w->kinds[w->n++] = kind;
    return IA_OK;
}

static void class_cells(const ia_found_poles *found, work *w)
{
    for (size_t i = 0; i < w->map->cells * w->map->cells; i++) {
        double at[2], nearest = INFINITY;
        bool on_ring = false;
        w->class[i] = -1;
        if (!hitmap_place(w->map, i, at) || at[0] * at[0] + at[1] * at[1] > 0.9 * 0.9)
            continue;
        for (size_t p = 0; p < found->n; p++) {
            double x = w->map->centre[0] + at[0] * w->map->radius - found->poles[p].at.x;
            double y = w->map->centre[1] + at[1] * w->map->radius - found->poles[p].at.y;
            double share = sqrt(x * x + y * y) / found->poles[p].scale;
            if (found->poles[p].shape == IA_POLE_RING)
                on_ring |= share < 2; // neither like a pole throughout nor surroundings
            else
                nearest = fmin(nearest, share);
        }
        w->class[i] = nearest < 1 ? 1 : nearest > 2 && !on_ring ? 0 : -1;
    }
}

// Half of the map that a cell lies in.
static size_t half_of(const work *w, size_t cell)
{
    return cell / w->map->cells * 2 >= w->map->cells;
}

typedef struct {
    double n[2], mean[2][IA_N_MAPS], within[IA_N_MAPS * IA_N_MAPS];
} moments;

// Means and the covariance within classes, of one half (0, 1) or both (2).
static moments measure(const work *w, size_t half)
{
    moments m = {0};
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < w->map->cells * w->map->cells; i++) {
            if (w->class[i] < 0 || (half < 2 && half_of(w, i) != half))
                continue;
            size_t c = (size_t)w->class[i];
            m.n[c] += pass == 0;
            for (size_t p = 0; p < w->n; p++) {
                if (pass == 0)
                    m.mean[c][p] += w->features[p][i];
                for (size_t q = 0; pass == 1 && q < w->n; q++)
                    m.within[p * w->n + q] += (w->features[p][i] - m.mean[c][p]) *
                                              (w->features[q][i] - m.mean[c][q]);
            }
        }
        for (size_t c = 0; pass == 0 && c < 2; c++)
            for (size_t p = 0; p < w->n; p++)
                m.mean[c][p] /= fmax(m.n[c], 1);
    }
    for (size_t i = 0; i < w->n * w->n; i++)
        m.within[i] /= fmax(m.n[0] + m.n[1] - 2, 1);
    return m;
}

// Weights of the maps whose bit is set; the others get none.
static bool discriminate(const work *w, const moments *m, unsigned used, double *weights)
{
    double matrix[IA_N_MAPS * IA_N_MAPS], side[IA_N_MAPS];
    size_t at[IA_N_MAPS], n = 0;
    for (size_t p = 0; p < w->n; p++) {
        weights[p] = 0;
        if (used >> p & 1)
            at[n++] = p;
    }
    for (size_t p = 0; p < n; p++) {
        side[p] = m->mean[1][at[p]] - m->mean[0][at[p]];
        for (size_t q = 0; q < n; q++)
            matrix[p * n + q] = m->within[at[p] * w->n + at[q]] * (p == q ? 1 + 1e-6 : 1);
    }
    if (m->n[0] < LEAST_CELLS || m->n[1] < LEAST_CELLS || n == 0 ||
        !ia_cholesky(matrix, n))
        return false;
    ia_cholesky_solve(matrix, n, side);
    for (size_t p = 0; p < n; p++)
        weights[at[p]] = side[p];
    return true;
}

// Distance of the classes' means over the spread within, along some weights.
static double contrast_of(const work *w, const moments *m, const double *weights)
{
    double apart = 0, spread = 0;
    for (size_t p = 0; p < w->n; p++) {
        apart += weights[p] * (m->mean[1][p] - m->mean[0][p]);
        for (size_t q = 0; q < w->n; q++)
            spread += weights[p] * m->within[p * w->n + q] * weights[q];
    }
    return spread > 0 ? fabs(apart) / sqrt(spread) : NAN;
}

// Contrast on either half with weights learnt on the other; the mean. NAN where a half
// has too few cells of poles.
static double held_out(const work *w, const moments halves[2], unsigned used)
{
    double sum = 0;
    for (size_t half = 0; half < 2; half++) {
        double weights[IA_N_MAPS];
        if (!discriminate(w, &halves[half], used, weights))
            return NAN;
        sum += 0.5 * contrast_of(w, &halves[1 - half], weights);
    }
    return sum;
}

// Maps that together have the highest contrast where their weights were not learnt: the
// best one, and then whatever raises it most.
static unsigned choose(const work *w, const moments halves[2], double *highest)
{
    unsigned used = 0;
    *highest = -INFINITY;
    for (size_t step = 0; step < w->n; step++) {
        unsigned best = used;
        for (size_t p = 0; p < w->n; p++) {
            double value = held_out(w, halves, used | 1u << p);
            if (!(used >> p & 1) && value > *highest) {
                *highest = value;
                best = used | 1u << p;
            }
        }
        if (best == used)
            break;
        used = best;
    }
    return used;
}

// In standard deviations within the classes.
static void combine(const work *w, const moments *m, const double *weights, double *out)
{
    double variance = 0;
    for (size_t p = 0; p < w->n; p++)
        for (size_t q = 0; q < w->n; q++)
            variance += weights[p] * m->within[p * w->n + q] * weights[q];
    double scale = variance > 0 ? 1 / sqrt(variance) : 0;
    for (size_t i = 0; i < w->map->cells * w->map->cells; i++) {
        double at[2];
        out[i] = NAN;
        if (!hitmap_place(w->map, i, at))
            continue;
        out[i] = 0;
        for (size_t p = 0; p < w->n; p++)
            out[i] += scale * weights[p] * w->features[p][i];
    }
}

ia_status ia_map_combine(ia_ctx *ctx, const ia_hitmap *map, const ia_found_poles *found,
                         ia_combined_map *out)
{
    size_t n = map->cells * map->cells;
    work w = {.map = map};
    ia_combined_map made = {.n_cells = n};
    ia_status st = IA_OK;
    if (!(w.class = ia_array(ctx, n, 1)) ||
        !(made.values = ia_array(ctx, n, sizeof *made.values)))
        st = IA_ERR_MEMORY;
    for (size_t k = 0; k < IA_N_MAPS && st == IA_OK; k++)
        if (map->values[k])
            st = build_feature(ctx, &w, k);
    if (st == IA_OK) {
        double weights[IA_N_MAPS] = {0};
        class_cells(found, &w);
        moments all = measure(&w, 2), halves[2] = {measure(&w, 0), measure(&w, 1)};
        unsigned used = choose(&w, halves, &made.held_out);
        made.is_known = discriminate(&w, &all, used, weights);
        made.contrast = made.is_known ? contrast_of(&w, &all, weights) : NAN;
        for (size_t k = 0; k < IA_N_MAPS; k++)
            made.weights[k] = made.alone[k] = made.held_out_alone[k] = NAN;
        for (size_t p = 0; p < w.n; p++) {
            double one[IA_N_MAPS] = {0};
            one[p] = 1;
            made.weights[w.kinds[p]] =
                weights[p] * sqrt(all.within[p * w.n + p]); // per standard deviation
            made.alone[w.kinds[p]] = contrast_of(&w, &all, one);
            made.held_out_alone[w.kinds[p]] = held_out(&w, halves, 1u << p);
        }
        combine(&w, &all, weights, made.values);
        *out = made;
        made.values = NULL;
    }
    for (size_t p = 0; p < w.n; p++)
        free(w.features[p]);
    free(w.class);
    free(made.values);
    return st;
}

void ia_combined_map_clear(ia_combined_map *combined)
{
    free(combined->values);
    *combined = (ia_combined_map){0};
}

ia_status ia_combined_map_write(ia_ctx *ctx, const ia_hitmap *map,
                                const ia_combined_map *combined, const char *path)
{
    return hitmap_write(ctx, map, combined->is_known ? combined->values : NULL, path);
}

ia_status ia_combined_map_tables(ia_ctx *ctx, const ia_combined_map *combined,
                                 ia_result *result)
{
    size_t n = 0;
    const char *names[IA_N_MAPS + 1];
    double *columns[3];
    static const char *const titles[] = {"weight", "pole_contrast", "held_out_contrast"};
    if (!combined->is_known)
        return IA_OK;
    for (size_t k = 0; k < IA_N_MAPS; k++)
        if (isfinite(combined->weights[k]))
            names[n++] = ia_map_names[k];
    names[n] = "combined";
    ia_table *table = ia_result_add(ctx, result, "combination", IA_ROWS, n + 1);
    if (!table || ia_table_add_copy(ctx, table, "map", IA_TEXT, names) != IA_OK)
        return IA_ERR_MEMORY;
    for (size_t c = 0; c < 3; c++)
        if (!(columns[c] = ia_table_add(ctx, table, titles[c], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t k = 0, row = 0; k < IA_N_MAPS; k++) {
        if (!isfinite(combined->weights[k]))
            continue;
        columns[0][row] = combined->weights[k];
        columns[1][row] = combined->alone[k];
        columns[2][row++] = combined->held_out_alone[k];
    }
    columns[0][n] = NAN;
    columns[1][n] = combined->contrast;
    columns[2][n] = combined->held_out;
    return IA_OK;
}
