// src/spatial/surface.c: iso-surfaces of a field, their null and how they depend on
// settings.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/surface_internal.h"

#include "io/mesh_files.h"

#include <ionatlas/random.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_surface_params, threshold, "", 0, 0, 1e6,
             "at.% (of a density atoms per nm^3) of the surface; 0: by the rule"),
    IA_FIELD_CHOICE(ia_surface_params, threshold_rule, "log-loss",
                    "log-loss|two-phase|midpoint|frequency",
                    "how the threshold is chosen where none is given"),
    IA_FIELD(IA_SIZE, ia_surface_params, least_ions, "", 10, 1, 1e12,
             "objects of fewer ions of the solute are left out"),
    IA_FIELD(
        IA_SIZE, ia_surface_params, n_null, "", 19, 0, 1e5,
        "label shuffles that objects are judged by; 0: none, and no parts of the ions"),
    IA_FIELD(IA_BOOL, ia_surface_params, sensitivity, "", 0, 0, 1,
             "other thresholds and voxels too; of a proxigram also other bins"),
};
const ia_method ia_surface_method =
    IA_METHOD("isosurface", "Surfaces of one composition and the objects inside",
              ia_surface_params, fields);

ia_surface_params ia_surface_defaults(void)
{
    ia_surface_params params;
    ia_method_defaults(&ia_surface_method, &params);
    return params;
}

void ia_mesh_clear(ia_mesh *mesh)
{
    free(mesh->xyz);
    free(mesh->triangles);
    free(mesh->labels);
    *mesh = (ia_mesh){.n_vertices = 0};
}

ia_status ia_mesh_compute(ia_ctx *ctx, const ia_volume *volume, double threshold,
                          ia_mesh *out)
{
    ia_voxels v = {.edge = volume->voxel};
    memcpy(v.origin, volume->origin, sizeof v.origin);
    memcpy(v.n, volume->n, sizeof v.n);
    return ia_marching_cubes(ctx, &v, volume->value, threshold, NULL, out);
}

ia_status ia_mesh_write(ia_ctx *ctx, const ia_mesh *m, const char *path)
{
    const ia_mesh_file file = {m->n_vertices, m->n_triangles, m->xyz, m->triangles,
                               m->labels};
    return ia_mesh_file_write(ctx, &file, path);
}

ia_status ia_mesh_parse(ia_ctx *ctx, const ia_source *source, ia_mesh *out)
{
    ia_mesh_parts parts = {.n_vertices = 0};
    const char *before = ia_ctx_set_subject(ctx, source->path);
    ia_status st = ia_mesh_file_parse(ctx, source, &parts);
    ia_ctx_set_subject(ctx, before);
    if (st != IA_OK)
        return st;
    int32_t *labels = ia_array(ctx, parts.n_triangles, sizeof *labels);
    if (!labels) {
        ia_mesh_parts_clear(&parts);
        return IA_ERR_MEMORY;
    }
    if (parts.n_flat > 0)
        ia_warn(ctx, "%zu triangles of the mesh have two corners in one place: left out",
                parts.n_flat);
    *out = (ia_mesh){parts.n_vertices, parts.n_triangles, parts.xyz, parts.triangles,
                     labels};
    return IA_OK;
}

static ia_status set_sigma(ia_ctx *ctx, const ia_volume *v, ia_surface *out)
{
    double sum = 0;
    ia_status st = IA_OK;
    out->sigma = NAN;
    if (v->kernel == IA_KERNEL_NONE)
        return IA_OK;
    for (size_t axis = 0; axis < 3 && st == IA_OK; axis++) {
        double variance = NAN;
        st = ia_kernel_variance(ctx, v->chosen, axis, v->voxel, &variance);
        sum += variance;
    }
    out->sigma = sqrt(sum / 3);
    return st;
}

ia_status ia_surface_check(ia_ctx *ctx, const ia_surface_params *params, int quantity)
{
    ia_status st = ia_method_check(ctx, &ia_surface_method, params);
    if (st == IA_OK && quantity != IA_QUANTITY_DENSITY && params->threshold > 100)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "threshold = %g at.%%: no composition exceeds 100 at.%%",
                     params->threshold);
    return st;
}

// The given threshold, or that of the rule, or of the next rule that has one.
static ia_status set_threshold(ia_ctx *ctx, const ia_surface_params *p, ia_surface *out)
{
    out->rule = -1;
    out->threshold = p->threshold;
    for (int r = 0; r < IA_LEVEL_RULES && !(out->threshold > 0); r++) {
        int rule = (p->threshold_rule + r) % IA_LEVEL_RULES;
        if (!(out->rules[rule] > 0))
            continue;
        out->rule = rule;
        out->threshold = out->rules[rule];
    }
    if (out->threshold > 0)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_EMPTY,
                   "the field has one value: no threshold parts it (--threshold gives "
                   "one)");
}

// Where nothing lies above a threshold that was given there is no surface.
static void tell_empty(ia_ctx *ctx, const ia_volume *v, double threshold)
{
    double most = -INFINITY;
    for (size_t i = 0; i < v->n[0] * v->n[1] * v->n[2]; i++)
        most = fmax(most, (double)v->value[i]); // NAN outside: left out
    if (most <= threshold)
        ia_warn(ctx,
                "nothing lies above the threshold of %g %s, there is no surface: the "
                "largest value of the field is %.3g",
                threshold, v->quantity == IA_QUANTITY_DENSITY ? "per nm^3" : "at.%",
                most);
}

// Several elements count as one.
static ia_status build_shares(ia_ctx *ctx, const ia_share_input *input,
                              const ia_volume_work *w, ia_shares *out)
{
    const char *elements = ia_every_is_asked(w->solute) ? "" : w->solute;
    ia_status st = ia_shares_build(ctx, input, &w->ranged, elements, out);
    if (st != IA_OK)
        return st;
    for (size_t k = 0; k < out->n_kinds; k++)
        out->of[k] = (uint8_t)ia_kind_list_sum(&out->kinds, &input->ranges->ions[k]);
    return IA_OK;
}

// Objects of one shuffle, by the kernel and the threshold of the data.
static ia_status find_false(ia_ctx *ctx, const ia_volume_work *w, const ia_volume *v,
                            ia_surface_limit limit, uint64_t **sizes, size_t *n)
{
    ia_volume shuffled = {.p = NAN};
    ia_status st =
        ia_volume_fill(ctx, w, &v->params, v->chosen, IA_EVERY_PART, &shuffled);
    if (st == IA_OK)
        st = ia_surface_sizes(ctx, w, shuffled.value, limit, sizes, n);
    ia_volume_clear(&shuffled);
    return st;
}

// p of each object: shuffles whose largest object is as large. Of all atoms shuffled
// labels change nothing.
static ia_status judge(ia_ctx *ctx, ia_volume_work *w, const ia_volume *v,
                       const ia_surface_params *p, ia_surface *out)
{
    bool is_every = ia_every_is_asked(w->solute);
    size_t n_null = is_every ? 0 : p->n_null;
    if (is_every && p->n_null > 0)
        ia_warn(ctx,
                "of all atoms shuffled labels change nothing: no object is judged by "
                "chance, and the rim of the specimen may be one");
    size_t *reached = ia_array(ctx, out->n_objects, sizeof *reached), n_as_many = 0;
    ia_status st = reached ? IA_OK : IA_ERR_MEMORY;
    double found = 0;
    for (size_t s = 1; s <= n_null && st == IA_OK; s++) {
        ia_random random = ia_random_new(v->params.seed, 1000000 + s);
        uint64_t *sizes = NULL;
        size_t n = 0;
        ia_kinds_shuffle(&random, w->ranged.kind, w->ranged.n);
        const ia_surface_limit limit = {out->threshold, p->least_ions};
        if ((st = find_false(ctx, w, v, limit, &sizes, &n)) == IA_OK)
            st = ia_step(ctx, "shuffling labels", (double)s / (double)n_null);
        found += (double)n;
        n_as_many += n >= out->n_objects;
        for (size_t i = 0; i < out->n_objects && n > 0; i++)
            reached[i] += sizes[0] >= out->objects[i].solute_ions;
        free(sizes);
    }
    double draws = (double)n_null + 1;
    out->n_null = n_null;
    out->expected_false = n_null > 0 ? found / (double)n_null : NAN;
    out->p = n_null > 0 ? (1 + (double)n_as_many) / draws : NAN;
    for (size_t i = 0; i < out->n_objects && n_null > 0 && st == IA_OK; i++)
        out->objects[i].p = (1 + (double)reached[i]) / draws;
    free(reached);
    return st;
}

// Objects at another threshold of a field.
static ia_status try_one(ia_ctx *ctx, const ia_volume_work *w, const ia_shares *shares,
                         const ia_volume *v, const ia_surface_params *p, ia_surface *out)
{
    ia_surface other = {.levels = {NAN, NAN}, .sigma = NAN, .threshold = out->threshold};
    ia_surface_try *row = &out->tries[out->n_tries];
    other.threshold = row->threshold;
    ia_status st = ia_surface_find(ctx, w, shares, v, p, &other);
    if (st == IA_OK) {
        row->voxel = v->voxel;
        row->n_objects = other.n_objects;
        for (size_t i = 0; i < other.n_objects; i++)
            row->n_closed += other.objects[i].is_closed;
        row->volume_percent = other.inside_percent;
        out->n_tries++;
    }
    ia_surface_clear(&other);
    return st;
}

// The same kind of kernel on other voxels, chosen anew.
static ia_status try_voxel(ia_ctx *ctx, const ia_share_input *input, const ia_volume *v,
                           const ia_surface_params *p, double factor, ia_surface *out)
{
    ia_volume_params params = v->params;
    ia_volume other = {.p = NAN};
    ia_volume_work w = {.n_kinds = 0};
    ia_shares shares = {0};
    params.voxel = v->voxel * factor;
    params.kernel = v->kernel;
    params.n_shuffles = 0;
    params.skip_sigma = true;
    snprintf(params.solute, sizeof params.solute, "%s", v->solute);
    ia_status st = ia_volume_compute(ctx, input, &params, &other);
    out->tries[out->n_tries] = (ia_surface_try){.threshold = out->threshold};
    if (st == IA_OK && (st = ia_volume_work_build(ctx, input, &params, &w)) == IA_OK &&
        (st = build_shares(ctx, input, &w, &shares)) == IA_OK)
        st = try_one(ctx, &w, &shares, &other, p, out);
    ia_shares_clear(&shares);
    ia_volume_work_clear(&w);
    ia_volume_clear(&other);
    return st;
}

static ia_status try_thresholds(ia_ctx *ctx, const ia_volume_work *w,
                                const ia_shares *shares, const ia_volume *v,
                                const ia_surface_params *p, ia_surface *out)
{
    static const double factors[] = {0.7, 0.85, 1, 1.15, 1.3};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof factors / sizeof *factors && st == IA_OK; i++) {
        out->tries[out->n_tries] =
            (ia_surface_try){.threshold = factors[i] * out->threshold};
        st = try_one(ctx, w, shares, v, p, out);
    }
    return st;
}

static ia_status try_voxels(ia_ctx *ctx, const ia_share_input *input, const ia_volume *v,
                            const ia_surface_params *p, ia_surface *out)
{
    static const double factors[] = {0.75, 1.5};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof factors / sizeof *factors && st == IA_OK; i++)
        st = try_voxel(ctx, input, v, p, factors[i], out);
    return st;
}

ia_status ia_surface_compute(ia_ctx *ctx, const ia_share_input *input,
                             const ia_volume *volume, const ia_surface_params *params,
                             ia_surface *out)
{
    ia_surface_params p = params ? *params : ia_surface_defaults();
    ia_volume_params as_made = volume->params;
    ia_volume_work w = {.n_kinds = 0};
    ia_shares shares = {0};
    ia_surface s = {.quantity = volume->quantity,
                    .p = NAN,
                    .expected_false = NAN,
                    .steady_inside = {NAN, NAN, NAN, NAN},
                    .steady_objects = {NAN, NAN, NAN, NAN},
                    .half_overlap = NAN};
    const ia_surface_source source = {&w, &shares, volume, &p};
    ia_status st = ia_surface_check(ctx, &p, volume->quantity);
    if (st == IA_OK && !volume->chosen)
        st = ia_fail(ctx, IA_ERR_PARAM, "no field was made: nothing has a surface");
    if (st != IA_OK)
        return st;
    as_made.voxel = volume->voxel; // the same grid, whatever it was chosen by
    snprintf(s.solute, sizeof s.solute, "%s", volume->solute);
    if ((st = set_sigma(ctx, volume, &s)) == IA_OK &&
        (st = ia_volume_work_build(ctx, input, &as_made, &w)) == IA_OK &&
        (st = build_shares(ctx, input, &w, &shares)) == IA_OK &&
        (st = ia_surface_rules(ctx, &w, volume, &s)) == IA_OK &&
        (st = ia_surface_frequency(ctx, &w, input->ranges, &s)) == IA_OK &&
        (st = set_threshold(ctx, &p, &s)) == IA_OK &&
        (st = ia_surface_find(ctx, &w, &shares, volume, &p, &s)) == IA_OK &&
        (!p.sensitivity ||
         ((st = try_thresholds(ctx, &w, &shares, volume, &p, &s)) == IA_OK &&
          (st = try_voxels(ctx, input, volume, &p, &s)) == IA_OK)) &&
        (p.n_null == 0 || ((st = ia_surface_steady(ctx, &w, volume, &p, &s)) == IA_OK &&
                           (st = ia_surface_errors(ctx, &source, &s)) == IA_OK)) &&
        (st = judge(ctx, &w, volume, &p, &s)) == IA_OK) {
        tell_empty(ctx, volume, s.threshold);
        *out = s;
        s = (ia_surface){.n_objects = 0};
    }
    ia_surface_clear(&s);
    ia_shares_clear(&shares);
    ia_volume_work_clear(&w);
    return st;
}

void ia_surface_clear(ia_surface *surface)
{
    for (size_t i = 0; i < surface->n_objects; i++)
        free(surface->objects[i].composition);
    free(surface->objects);
    free(surface->species);
    ia_mesh_clear(&surface->mesh);
    *surface = (ia_surface){.n_objects = 0};
}
