// src/crystal/planes_sets.c: planes of many regions put together where they are alike.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>

// Sums over the regions that show the same planes.
typedef struct {
    const ia_reflection *first;
    double k[3], squares[9], intensity;
    size_t n;
} common;

static int by_intensity(const void *a, const void *b)
{
    const ia_plane *const *x = a, *const *y = b;
    if ((*x)->at.intensity != (*y)->at.intensity)
        return (*x)->at.intensity < (*y)->at.intensity ? 1 : -1;
    return (*x > *y) - (*x < *y);
}

static void add(common *c, const ia_reflection *r)
{
    double sign = ia_plane_dot(c->k, r->k) < 0 ? -1 : 1;
    for (size_t a = 0; a < 3; a++)
        c->k[a] += sign * r->k[a];
    for (size_t a = 0; a < 9; a++)
        c->squares[a] += r->k[a / 3] * r->k[a % 3];
    c->intensity += r->intensity;
    c->n++;
}

// Each plane joins those whose mean is nearest, if the angle allows.
static size_t gather(const ia_plane_sets *s, double tolerance, double within_deg,
                     common *sets)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_list; i++) {
        const ia_reflection *r = &s->list[i]->at;
        double best = within_deg;
        size_t to = n;
        for (size_t k = 0; k < n; k++) {
            double length = sqrt(ia_plane_dot(sets[k].k, sets[k].k)) / (double)sets[k].n;
            if (fabs(length * r->spacing - 1) >= tolerance)
                continue;
            double angle = ia_plane_angle(sets[k].k, r->k);
            if (angle < best) {
                best = angle;
                to = k;
            }
        }
        if (to == n)
            sets[n++] = (common){.first = r};
        add(&sets[to], r);
        s->set_of[i] = to;
    }
    return n;
}

// Regions overlap by half: eight share as much data as one. The error of a mean is that
// of its scatter, or of a single region where there are few.
static void tell(const common *c, ia_grain_planes *out)
{
    double n = (double)c->n, k2 = 0, along = 0, trace = 0, spread[9];
    double apart = fmax(1, n / 8);
    *out = (ia_grain_planes){.n_regions = c->n, .intensity = c->intensity / n};
    for (size_t a = 0; a < 3; a++) {
        out->k[a] = c->k[a] / n;
        k2 += out->k[a] * out->k[a];
    }
    for (size_t a = 0; a < 9; a++)
        spread[a] = n < 4 ? c->first->covariance[a]
                          : (c->squares[a] / n - out->k[a / 3] * out->k[a % 3]) * n /
                                (n - 1) / apart;
    for (size_t a = 0; a < 9; a++) {
        along += spread[a] * out->k[a / 3] * out->k[a % 3] / k2;
        trace += a % 4 == 0 ? spread[a] : 0;
    }
    out->spacing = 1 / sqrt(k2);
    out->sigma_spacing = sqrt(fmax(along, 0)) / k2;
    out->sigma_deg = sqrt(fmax(trace - along, 0) / k2) * 57.29577951308232;
    out->off_deg = out->ratio = NAN;
}

ia_status ia_plane_sets_build(ia_ctx *ctx, const ia_planes *planes, int32_t grain,
                              const ia_planes_params *params, double within_deg,
                              ia_plane_sets *out)
{
    ia_plane_sets s = {.list = ia_array(ctx, planes->n_planes, sizeof *s.list)};
    common *sets = NULL;
    ia_status st = IA_ERR_MEMORY;
    for (size_t i = 0; s.list && i < planes->n_planes; i++)
        if (grain < 0 || planes->regions[planes->planes[i].region].grain == grain)
            s.list[s.n_list++] = &planes->planes[i];
    if (s.list && (sets = ia_array(ctx, s.n_list, sizeof *sets)) &&
        (s.set_of = ia_array(ctx, s.n_list, sizeof *s.set_of))) {
        if (s.n_list > 1)
            qsort(s.list, s.n_list, sizeof *s.list, by_intensity);
        s.n = gather(&s, params->tolerance, within_deg, sets);
        if ((s.sets = ia_array(ctx, s.n, sizeof *s.sets)))
            st = IA_OK;
    }
    for (size_t k = 0; st == IA_OK && k < s.n; k++)
        tell(&sets[k], &s.sets[k]);
    free(sets);
    if (st == IA_OK)
        *out = s;
    else
        ia_plane_sets_clear(&s);
    return st;
}

void ia_plane_sets_clear(ia_plane_sets *sets)
{
    free(sets->list);
    free(sets->set_of);
    free(sets->sets);
    *sets = (ia_plane_sets){0};
}
