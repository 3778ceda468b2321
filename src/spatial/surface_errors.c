// src/spatial/surface_errors.c: errors of the objects of a surface, by leaving out a
// tenth of the ions in turn.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/surface_internal.h"

#include <math.h>
#include <stdlib.h>

enum { VOLUME, AREA, TRUE_RADIUS, VALUES };

// Of the object nearest to this one, if its centre is within the radius.
static void find_again(const ia_surface *s, const ia_surface_object *o,
                       double values[VALUES])
{
    double nearest = o->radius;
    for (size_t v = 0; v < VALUES; v++)
        values[v] = NAN;
    for (size_t i = 0; i < s->n_objects; i++) {
        const ia_surface_object *other = &s->objects[i];
        double d = 0;
        for (size_t k = 0; k < 3; k++)
            d = hypot(d, other->centre[k] - o->centre[k]);
        if (!(d < nearest) || other->is_closed != o->is_closed)
            continue;
        nearest = d;
        values[VOLUME] = other->volume;
        values[AREA] = other->area;
        values[TRUE_RADIUS] = other->true_radius;
    }
}

// Into values: (n_objects, VALUES), without one part of the ions.
static ia_status leave_out(ia_ctx *ctx, const ia_surface_source *from, unsigned part,
                           const ia_surface *all, double *values)
{
    unsigned parts = IA_EVERY_PART & ~(1u << part);
    const ia_volume *volume = from->volume;
    bool density = volume->quantity == IA_QUANTITY_DENSITY;
    ia_surface_params p = *from->params;
    ia_volume v = {.p = NAN};
    ia_surface s = {.threshold =
                        all->threshold * (density ? 1 - 1 / (double)IA_PARTS : 1),
                    .levels = {all->levels[0], all->levels[1]},
                    .sigma = all->sigma};
    p.least_ions = p.least_ions / 2 + 1; // those near the limit are still there
    ia_status st =
        ia_volume_fill(ctx, from->work, &volume->params, volume->chosen, parts, &v);
    if (st == IA_OK)
        st = ia_surface_find(ctx, from->work, from->shares, &v, &p, &s);
    for (size_t i = 0; i < all->n_objects && st == IA_OK; i++)
        find_again(&s, &all->objects[i], values + i * VALUES);
    ia_surface_clear(&s);
    ia_volume_clear(&v);
    return st;
}

// Of the i-th of n values in each row.
static double jackknife(const double *rows, size_t n, size_t i)
{
    double mean = 0, squares = 0;
    for (size_t p = 0; p < IA_PARTS; p++)
        mean += rows[p * n + i] / IA_PARTS;
    for (size_t p = 0; p < IA_PARTS; p++)
        squares += pow(rows[p * n + i] - mean, 2);
    return sqrt(squares * (IA_PARTS - 1) / IA_PARTS);
}

ia_status ia_surface_errors(ia_ctx *ctx, const ia_surface_source *from, ia_surface *out)
{
    size_t n = VALUES * out->n_objects;
    double *rows = ia_array(ctx, IA_PARTS * n, sizeof *rows);
    ia_status st = rows ? IA_OK : IA_ERR_MEMORY;
    for (unsigned p = 0; p < IA_PARTS && st == IA_OK && n > 0; p++)
        if ((st = leave_out(ctx, from, p, out, rows + p * n)) == IA_OK)
            st = ia_step(ctx, "errors of the objects", (p + 1.0) / IA_PARTS);
    for (size_t i = 0; i < out->n_objects && st == IA_OK; i++) {
        ia_surface_object *o = &out->objects[i];
        o->sigma_true_radius = jackknife(rows, n, i * VALUES + TRUE_RADIUS);
        if (!(from->params->threshold > 0))
            continue; // a threshold that is chosen scatters by itself, several times as
                      // much
        o->sigma_volume = jackknife(rows, n, i * VALUES + VOLUME);
        o->sigma_area = jackknife(rows, n, i * VALUES + AREA);
        o->sigma_radius = o->radius * o->sigma_volume / (3 * o->volume);
    }
    free(rows);
    return st;
}
