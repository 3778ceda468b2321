// src/spatial/proxigram.c: composition against the signed distance to an iso-surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/proxigram_internal.h"

#include "spatial/flatness.h"
#include "spatial/mesh_distance.h"
#include "spatial/proxigram_patches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_proxigram_params, distance_bin, "nm", 0.1, 1e-3, 100,
             "width of a bin of distance"),
    IA_FIELD(IA_F64, ia_proxigram_params, distance_max, "nm", 4, 0.1, 1000,
             "farthest distance to either side"),
    IA_FIELD_TEXT(
        ia_proxigram_params, species, "",
        "elements or nuclides to profile, \"Cu,D\"; H is without D; empty: every one"),
    IA_FIELD(IA_BOOL, ia_proxigram_params, same, "", 0, 0, 1,
             "surface and profile from the same ions, not from halves of them"),
    IA_FIELD_CHOICE(
        ia_proxigram_params, edge_objects, "auto", "auto|exclude|include",
        "objects that the specimen's edge cuts off; auto: only without others"),
    IA_FIELD(IA_F64, ia_proxigram_params, efficiency, "", 0, 0, 1,
             "share of the ions that are detected; 0: not known"),
    IA_FIELD(IA_SIZE, ia_proxigram_params, n_draws, "", 199, 19, 1e6,
             "label shuffles that flatness is judged by"),
    IA_FIELD(IA_SIZE, ia_proxigram_params, divisions, "", 3, 0, 5,
             "random halves and thinnings; 0: none"),
    IA_FIELD(IA_U64, ia_proxigram_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of parts and shuffles where a mesh is given; else the field's"),
};
const ia_method ia_proxigram_method =
    IA_METHOD("proxigram", "Composition against the distance to a surface",
              ia_proxigram_params, fields);

ia_proxigram_params ia_proxigram_defaults(void)
{
    ia_proxigram_params params;
    ia_method_defaults(&ia_proxigram_method, &params);
    return params;
}

typedef struct {
    const proxigram_source *from;
    const ia_volume_work *w;
    const ia_shares *shares;
    const ia_proxigram_params *p;
    unsigned parts;      // that there are
    unsigned made_of[2]; // parts that either surface is made from
    uint64_t *counts;    // (n_bins, n_kinds)
    float *distance;     // (n_ions) to the surface that an ion did not help to make
    ia_surface surfaces[2];
    size_t n_surfaces;
    ia_proxigram *out;
} job;

// The first half of the parts, and the rest; every one of them where ions are not
// divided.
static void divide(job *j)
{
    unsigned n = (unsigned)__builtin_popcount(j->parts), at = 0;
    j->n_surfaces = j->p->same ? 1 : 2;
    for (unsigned part = 0; part < IA_PARTS; part++)
        if (j->parts >> part & 1)
            j->made_of[!j->p->same && 2 * at++ >= n] |= 1u << part;
}

// A density goes with the number of ions.
static ia_status find_surface(ia_ctx *ctx, job *j, unsigned parts, ia_surface *s)
{
    enum { FEWEST = 5 };
    const ia_volume *all = j->from->volume;
    double share = (double)__builtin_popcount(parts) / IA_PARTS;
    bool density = all->quantity == IA_QUANTITY_DENSITY;
    ia_volume v = {.p = NAN};
    ia_surface_params sp = ia_surface_defaults();
    sp.least_ions = FEWEST;
    *s = (ia_surface){.threshold = j->from->threshold * (density ? share : 1),
                      .levels = {NAN, NAN},
                      .sigma = NAN};
    ia_status st = ia_volume_fill(ctx, j->w, &all->params, all->chosen, parts, &v);
    if (st == IA_OK)
        st = ia_surface_find(ctx, j->w, j->shares, &v, &sp, s);
    ia_volume_clear(&v);
    return st;
}

static size_t count_closed(const ia_surface *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_objects; i++)
        n += s->objects[i].is_closed;
    return n;
}

// Triangles of objects cut off go, unless they are wanted. Each half's surface is one of
// the same interface: numbers and area are their mean.
static void keep_objects(job *j, ia_surface *s)
{
    ia_mesh *m = &s->mesh;
    double share = 1 / (double)j->n_surfaces;
    size_t n = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        if (!j->out->edge_included && !s->objects[m->labels[t]].is_closed)
            continue;
        memmove(m->triangles + 3 * n, m->triangles + 3 * t, 3 * sizeof *m->triangles);
        m->labels[n++] = m->labels[t];
    }
    m->n_triangles = n;
    for (size_t i = 0; i < s->n_objects; i++) {
        bool kept = j->out->edge_included || s->objects[i].is_closed;
        j->out->n_objects += kept ? share : 0;
        j->out->n_excluded += kept ? 0 : share;
        j->out->area += kept ? share * s->objects[i].area : 0;
    }
}

static ia_status find_surfaces(ia_ctx *ctx, job *j)
{
    ia_status st = IA_OK;
    size_t n_closed = 0;
    for (size_t h = 0; h < j->n_surfaces && st == IA_OK; h++) {
        st = find_surface(ctx, j, j->made_of[h], &j->surfaces[h]);
        n_closed += st == IA_OK ? count_closed(&j->surfaces[h]) : 0;
    }
    if (st != IA_OK)
        return st;
    j->out->edge_included = j->p->edge_objects == IA_EDGE_INCLUDE ||
                            (j->p->edge_objects == IA_EDGE_AUTO && n_closed == 0);
    for (size_t h = 0; h < j->n_surfaces; h++)
        keep_objects(j, &j->surfaces[h]);
    return IA_OK;
}

// Ions whose parts the surface was not made from.
static bool is_measured(const job *j, size_t h, size_t ion)
{
    unsigned asked = j->p->same ? j->parts : j->parts & ~j->made_of[h];
    return asked >> j->w->part[ion] & 1;
}

static ia_status measure(ia_ctx *ctx, job *j, size_t h)
{
    ia_mesh_index *index = NULL;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < j->w->ranged.n; i++)
        n += is_measured(j, h, i);
    float *xyz = ia_array(ctx, n, 3 * sizeof *xyz), *d = ia_array(ctx, n, sizeof *d);
    ia_status st = xyz && d ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < j->w->ranged.n && st == IA_OK; i++)
        if (is_measured(j, h, i))
            memcpy(xyz + 3 * at++, j->w->ranged.xyz + 3 * i, 3 * sizeof *xyz);
    if (st == IA_OK && (st = ia_mesh_index_build(ctx, &j->surfaces[h].mesh,
                                                 j->p->distance_max, &index)) == IA_OK)
        st = ia_mesh_distances(ctx, index, xyz, n, d);
    at = 0;
    for (size_t i = 0; i < j->w->ranged.n && st == IA_OK; i++)
        if (is_measured(j, h, i))
            j->distance[i] = d[at++];
    ia_mesh_index_free(index);
    free(xyz);
    free(d);
    return st;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Distances between the surfaces of both halves: each is off by 1/sqrt(2) of their
// scatter, which is read from the middle 68 % since objects that only one half has are
// far from the other.
static ia_status compare_surfaces(ia_ctx *ctx, job *j)
{
    const ia_mesh *m = &j->surfaces[0].mesh;
    ia_mesh_index *index = NULL;
    float *d = ia_array(ctx, m->n_vertices, sizeof *d);
    size_t n = 0;
    ia_status st =
        d ? ia_mesh_index_build(ctx, &j->surfaces[1].mesh, 1, &index) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_mesh_distances(ctx, index, m->xyz, m->n_vertices, d);
    for (size_t i = 0; i < m->n_vertices && st == IA_OK; i++)
        if (isfinite(d[i]))
            d[n++] = d[i];
    if (st == IA_OK && n > 10) {
        qsort(d, n, sizeof *d, compare);
        double middle = (double)d[(size_t)(0.8413 * (double)n)] -
                        (double)d[(size_t)(0.1587 * (double)n)];
        j->out->sigma_surface = middle / 2 / sqrt(2);
    }
    ia_mesh_index_free(index);
    free(d);
    return st;
}

static ia_status lay_out(ia_ctx *ctx, job *j)
{
    const double most = 1e5;
    double half = ceil(j->p->distance_max / j->p->distance_bin - 1e-9);
    if (!(2 * half <= most))
        return ia_fail(ctx, IA_ERR_PARAM, "%.4g bins of %g nm: at most %g were expected",
                       2 * half, j->p->distance_bin, most);
    size_t n = j->out->n_bins = 2 * (size_t)half;
    if (!(j->out->edge = ia_array(ctx, n + 1, sizeof *j->out->edge)) ||
        !(j->out->ions = ia_array(ctx, n, sizeof *j->out->ions)) ||
        !(j->counts = ia_array(ctx, n * j->w->n_kinds, sizeof *j->counts)) ||
        !(j->distance = ia_array(ctx, j->w->ranged.n, sizeof *j->distance)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b <= n; b++)
        j->out->edge[b] = ((double)b - half) * j->p->distance_bin;
    for (size_t i = 0; i < j->w->ranged.n; i++)
        j->distance[i] = NAN;
    return IA_OK;
}

static void count(job *j)
{
    for (size_t i = 0; i < j->w->ranged.n; i++) {
        size_t bin = ia_proxigram_bin(j->p->distance_bin, j->out->n_bins, j->distance[i]);
        if (bin == j->out->n_bins)
            continue;
        j->out->ions[bin]++;
        j->counts[bin * j->w->n_kinds + j->w->ranged.kind[i]]++;
    }
}

static ia_status judge(ia_ctx *ctx, const job *j, size_t e, ia_proxigram_element *out)
{
    size_t n = j->out->n_bins;
    uint64_t *holding = ia_array(ctx, n, sizeof *holding);
    ia_flatness flat = {.chi2 = NAN, .p_chi2 = NAN};
    if (!holding)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < n; b++)
        for (size_t k = 0; k < j->w->n_kinds; k++)
            if (ia_shares_holds(j->shares, e, k))
                holding[b] += j->counts[b * j->w->n_kinds + k];
    const ia_bins bins = {n, j->out->ions, holding};
    ia_status st = ia_flatness_test(ctx, &bins, j->p->n_draws,
                                    j->w->seed + 1000 * out->z + out->a, &flat);
    out->chi2 = flat.chi2;
    out->p = flat.p_chi2;
    free(holding);
    return st;
}

// Of one element: shares, step and excess, and what they are worth.
static ia_status fill_element(ia_ctx *ctx, const job *j, const proxigram_tally *tally,
                              const proxigram_patches *patches, size_t e)
{
    ia_proxigram *out = j->out;
    ia_proxigram_element *own = &out->elements[out->n_elements++];
    own->z = j->shares->kinds.kind[e].z;
    own->a = j->shares->kinds.kind[e].a;
    ia_atom_kind_name_short(j->shares->kinds.kind[e], own->name);
    own->chi2 = own->p = NAN;
    for (size_t v = 0; v < IA_INTERFACE_VALUES; v++)
        own->steady[v] = (ia_steadiness){NAN, NAN, NAN, NAN};
    if (!(own->shares = ia_array(ctx, out->n_bins, sizeof *own->shares)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < out->n_bins; b++)
        own->shares[b] = ia_share_of(j->shares, e, j->counts + b * j->w->n_kinds);
    proxigram_step step = ia_proxigram_step(tally, e, own);
    ia_status st = patches->n > 0
                       ? ia_proxigram_patches_errors(ctx, patches, tally, e, &step, own)
                       : IA_OK;
    return st == IA_OK && j->p->n_draws > 0 ? judge(ctx, j, e, own) : st;
}

static ia_status fill_elements(ia_ctx *ctx, job *j)
{
    ia_proxigram *out = j->out;
    proxigram_tally tally = {.n_bins = out->n_bins,
                             .n_kinds = j->w->n_kinds,
                             .edge = out->edge,
                             .counts = j->counts,
                             .shares = j->shares,
                             .bin = j->p->distance_bin,
                             .area = out->area,
                             .reach = j->p->distance_max,
                             .scatter = out->sigma_surface,
                             .is_given = out->is_given};
    const proxigram_ions ions = {j->w->ranged.n, j->w->ranged.xyz, j->distance,
                                 j->w->ranged.kind};
    proxigram_patches patches = {.n = 0};
    ia_status st = IA_OK;
    tally.room = ia_array(ctx, 3 * out->n_bins, sizeof *tally.room);
    tally.kinds = ia_array(ctx, j->w->n_kinds, sizeof *tally.kinds);
    out->elements = ia_array(ctx, j->shares->n_elements, sizeof *out->elements);
    if (!tally.room || !tally.kinds || !out->elements)
        st = IA_ERR_MEMORY;
    if (st == IA_OK && j->p->n_draws > 0)
        st = ia_proxigram_patches_count(ctx, &tally, &ions, &patches);
    for (size_t e = 0; e < j->shares->n_elements && st == IA_OK; e++)
        st = fill_element(ctx, j, &tally, &patches, e);
    ia_proxigram_patches_clear(&patches);
    free(tally.room);
    free(tally.kinds);
    return st;
}

static ia_status measure_surfaces(ia_ctx *ctx, job *j)
{
    divide(j);
    ia_status st = find_surfaces(ctx, j);
    for (size_t h = 0; h < j->n_surfaces && st == IA_OK && j->out->n_objects > 0; h++)
        st = measure(ctx, j, h);
    if (st == IA_OK && j->out->n_objects > 0 && !j->p->same)
        st = compare_surfaces(ctx, j);
    return st;
}

// A mesh that no ion helped to make stands for all of them, and has no scatter.
static void take_given(job *j)
{
    const proxigram_given *g = j->from->given;
    for (size_t i = 0; i < j->w->ranged.n; i++)
        if (j->parts >> j->w->part[i] & 1)
            j->distance[i] = g->distance[i];
    j->out->n_objects = (double)g->n_objects;
    j->out->n_excluded = (double)g->n_excluded;
    j->out->area = g->area;
    j->out->edge_included = g->edge_included;
    j->out->sigma_surface = 0;
}

static ia_status run(ia_ctx *ctx, job *j)
{
    ia_status st = lay_out(ctx, j);
    if (st == IA_OK && j->from->given)
        take_given(j);
    else if (st == IA_OK)
        st = measure_surfaces(ctx, j);
    if (st != IA_OK || j->out->n_objects == 0)
        return st;
    count(j);
    return fill_elements(ctx, j);
}

ia_status ia_proxigram_of(ia_ctx *ctx, const proxigram_source *source, unsigned parts,
                          ia_proxigram *out)
{
    ia_proxigram result = {.split = !source->p->same && !source->given,
                           .is_given = source->given != NULL,
                           .efficiency = source->p->efficiency,
                           .threshold = source->threshold,
                           .n_draws = source->p->n_draws,
                           .sigma_surface = NAN};
    job j = {.from = source,
             .w = source->w,
             .shares = source->shares,
             .p = source->p,
             .parts = parts,
             .out = &result};
    ia_status st = run(ctx, &j);
    if (st == IA_OK) {
        *out = result;
        result = (ia_proxigram){.n_bins = 0};
    }
    for (size_t h = 0; h < 2; h++)
        ia_surface_clear(&j.surfaces[h]);
    free(j.counts);
    free(j.distance);
    ia_proxigram_clear(&result);
    return st;
}

// A surface around a layer has no plateau inside: it is all flank.
static void tell_excess(ia_ctx *ctx, const ia_proxigram *p)
{
    for (size_t e = 0; e < p->n_elements; e++)
        if (!isfinite(p->elements[e].excess))
            ia_warn(ctx,
                    "no excess of %s: its profile has no plateau %s of the surface; a "
                    "layer wants a mesh through it (--mesh), not a surface around it",
                    p->elements[e].name,
                    p->elements[e].inside.atoms > 0 ? "outside" : "inside");
}

// A layer wider than the blur of the step beside it is not of the form fitted.
static void tell_fit(ia_ctx *ctx, const ia_proxigram *p)
{
    const double doubtful = 0.001;
    for (size_t e = 0; e < p->n_elements; e++)
        if (p->elements[e].fit_p < doubtful)
            ia_warn(ctx,
                    "the profile of %s is not a step with a layer of the same width "
                    "(chi^2 %.3g per degree of freedom, p %.1g): its middle, width and "
                    "excess may be off by more than their errors%s",
                    p->elements[e].name, p->elements[e].fit_chi2, p->elements[e].fit_p,
                    p->is_given ? "; the excess at the surface does not rest on that form"
                                : "");
}

ia_status ia_proxigram_run(ia_ctx *ctx, const proxigram_source *source, ia_proxigram *out)
{
    ia_status st = ia_proxigram_of(ctx, source, IA_EVERY_PART, out);
    if (st != IA_OK)
        return st;
    if (out->n_objects == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no object lies within %.4g: no surface to measure distances "
                       "from%s",
                       source->threshold,
                       out->n_excluded > 0 ? " (those cut off by the edge are left out)"
                                           : "");
    tell_excess(ctx, out);
    tell_fit(ctx, out);
    return source->p->divisions > 0 ? ia_proxigram_steady(ctx, source, out) : IA_OK;
}

ia_status ia_proxigram_compute(ia_ctx *ctx, const ia_share_input *input,
                               const ia_volume *volume, const ia_surface *surface,
                               const ia_proxigram_params *params, ia_proxigram *out)
{
    ia_proxigram_params p = params ? *params : ia_proxigram_defaults();
    ia_volume_params as_made = volume->params;
    ia_volume_work w = {.n_kinds = 0};
    ia_shares shares = {0};
    ia_proxigram result = {.n_bins = 0};
    const proxigram_source source = {&w, &shares, volume, NULL, &p, surface->threshold};
    ia_status st = ia_method_check(ctx, &ia_proxigram_method, &p);
    if (st == IA_OK && !(volume->chosen && surface->threshold > 0))
        st = ia_fail(ctx, IA_ERR_PARAM, "no iso-surface was made: no distances to it");
    if (st != IA_OK)
        return st;
    as_made.voxel = volume->voxel;
    if ((st = ia_volume_work_build(ctx, input, &as_made, &w)) == IA_OK &&
        (st = ia_shares_build(ctx, input, &w.ranged, p.species, &shares)) == IA_OK &&
        (st = ia_proxigram_run(ctx, &source, &result)) == IA_OK) {
        ia_ranged_tell_reach(ctx, &w.ranged, "distance_max", p.distance_max);
        *out = result;
        result = (ia_proxigram){.n_bins = 0};
    }
    ia_proxigram_clear(&result);
    ia_shares_clear(&shares);
    ia_volume_work_clear(&w);
    return st;
}

void ia_proxigram_clear(ia_proxigram *proxigram)
{
    for (size_t e = 0; e < proxigram->n_elements; e++)
        free(proxigram->elements[e].shares);
    free(proxigram->elements);
    free(proxigram->edge);
    free(proxigram->ions);
    *proxigram = (ia_proxigram){.n_bins = 0};
}
