// src/crystal/sdm.c: spatial distribution maps: finds the planes, counts, fits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/sdm_internal.h"

#include <ionatlas/fourier.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_sdm_params, from, "",
                  "element, nuclide or ion at the centres; H is without D; empty: all "
                  "ions, ranged or not"),
    IA_FIELD_TEXT(ia_sdm_params, to, "",
                  "element, nuclide or ion about them; empty: the centre's own"),
    IA_FIELD(IA_F64, ia_sdm_params, normal_x, "", 0, -1, 1,
             "normal of the planes; all three 0: of those that stand out most"),
    IA_FIELD(IA_F64, ia_sdm_params, normal_y, "", 0, -1, 1, "likewise"),
    IA_FIELD(IA_F64, ia_sdm_params, normal_z, "", 0, -1, 1,
             "likewise, z towards the detector"),
    IA_FIELD(IA_F64, ia_sdm_params, tilt_most, "degree", 45, 0, 90,
             "tilt of planes that are looked for"),
    IA_FIELD_CHOICE(ia_sdm_params, shape, "sphere", "sphere|cylinder",
                    "what ions are counted in about a centre"),
    IA_FIELD(IA_F64, ia_sdm_params, radius, "nm", 1.5, 0.05, 20, "of either"),
    IA_FIELD(IA_F64, ia_sdm_params, half_height, "nm", 1.5, 0.05, 20,
             "of the cylinder, along the normal"),
    IA_FIELD(IA_F64, ia_sdm_params, voxel, "nm", 1, 0.05, 100,
             "edge of the voxels of --grid, which overlap by half"),
    IA_FIELD_CHOICE(ia_sdm_params, voxel_map, "along", "along|within|next",
                    "what these voxels hold: pairs along the normal, or across it within "
                    "a plane, or to the next planes"),
    IA_FIELD(IA_SIZE, ia_sdm_params, n_bins, "", 200, 10, 20000,
             "bins of the whole map along the normal"),
    IA_FIELD(IA_SIZE, ia_sdm_params, n_pixels, "", 61, 3, 1001,
             "pixels of a map across it, along an edge"),
    IA_FIELD(IA_SIZE, ia_sdm_params, n_centres, "", 100000, 100, 1e10,
             "centres used; of more, so many evenly spread"),
};
const ia_method ia_sdm_method =
    IA_METHOD("sdm", "Spatial distribution maps", ia_sdm_params, fields);

ia_sdm_params ia_sdm_defaults(void)
{
    ia_sdm_params params;
    ia_method_defaults(&ia_sdm_method, &params);
    return params;
}

// Two directions across a normal: as near to x and y as they can be.
static void lay_axes(const double normal[3], double axes[9])
{
    double length =
        sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    double *u = axes, *v = axes + 3, *n = axes + 6, across = 0;
    size_t from = fabs(normal[0]) < 0.9 * length ? 0 : 1;
    for (size_t k = 0; k < 3; k++)
        n[k] = normal[k] / length;
    for (size_t k = 0; k < 3; k++)
        u[k] = (k == from) - n[from] * n[k];
    for (size_t k = 0; k < 3; k++)
        across += u[k] * u[k];
    for (size_t k = 0; k < 3; k++)
        u[k] /= sqrt(across);
    for (size_t k = 0; k < 3; k++)
        v[k] = n[(k + 1) % 3] * u[(k + 2) % 3] - n[(k + 2) % 3] * u[(k + 1) % 3];
}

// With its largest component at 1: of any length, however short. False for none.
static bool take_normal(const ia_sdm_params *p, double normal[3])
{
    double most = fmax(fabs(p->normal_x), fmax(fabs(p->normal_y), fabs(p->normal_z)));
    if (!(most > 0))
        return false;
    normal[0] = p->normal_x / most;
    normal[1] = p->normal_y / most;
    normal[2] = -p->normal_z / most;
    return true;
}

// Within so many degrees of a normal that was given, planes are those meant.
static const double near_deg = 3;

static double angle_deg(const double a[3], const double b[3])
{
    double dot = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < 3; k++) {
        dot += a[k] * b[k];
        aa += a[k] * a[k];
        bb += b[k] * b[k];
    }
    return acos(fmin(1, fabs(dot) / sqrt(aa * bb))) * 57.29577951308232;
}

// Among reflections of the wanted direction the strongest: harmonics fade.
static const ia_reflection *choose(const ia_fourier *f, const double about[3],
                                   double tilt_most)
{
    for (size_t i = 0; i < f->n; i++)
        if (angle_deg(f->reflections[i].k, about) <= tilt_most)
            return &f->reflections[i];
    return NULL;
}

static ia_status find_planes(ia_ctx *ctx, const ia_points *all, const ia_sdm_params *p,
                             ia_sdm *out)
{
    enum { REGIONS = 24 };
    double given[3], axis[3] = {0, 0, 1};
    bool is_given = take_normal(p, given);
    ia_fourier_params wanted = ia_fourier_defaults();
    ia_fourier f = {0};
    wanted.n_regions = REGIONS;
    ia_status st = ia_fourier_compute(ctx, all, &wanted, &f);
    if (st != IA_OK)
        return st;
    const ia_reflection *r =
        choose(&f, is_given ? given : axis, is_given ? near_deg : p->tilt_most);
    lay_axes(is_given ? given : r ? r->k : axis, out->axes);
    out->p = r ? r->p : 1;
    out->found = r != NULL;
    out->sigma_deg = r && !is_given ? r->sigma_deg : NAN;
    out->map_spacing = out->spacing = r ? r->spacing : NAN;
    ia_fourier_clear(&f);
    if (!r)
        ia_warn(ctx,
                "no lattice planes stand out %s: the map is along %s, without a spacing",
                is_given ? "along that normal" : "within the tilt asked for",
                is_given ? "it" : "z");
    return IA_OK;
}

// Ions at random: a slice of the sphere or cylinder, over all pairs counted.
static void expect(const ia_sdm_shape *shape, ia_sdm *s)
{
    double sum = 0;
    for (size_t b = 0; b < s->n_bins; b++) {
        double z = s->reach * (2 * ((double)b + 0.5) / (double)s->n_bins - 1);
        s->expected[b] = shape->cylinder ? 1 : shape->radius * shape->radius - z * z;
        sum += s->expected[b];
    }
    for (size_t b = 0; b < s->n_bins; b++)
        s->expected[b] *= (double)s->n_pairs / sum;
}

// Spacing and blur with a part of the centres left out in turn.
typedef struct {
    const ia_sdm *sdm;
    const uint64_t *parts;
    ia_sdm_planes all;
    ia_sdm_planes rest[IA_SDM_PARTS];
    double *room; // (IA_SDM_PARTS, ia_sdm_fit_room)
} leaving;

static void leave_out(void *user, size_t part, size_t worker)
{
    leaving *l = user;
    const ia_sdm *s = l->sdm;
    double *counts = l->room + part * (s->n_bins + ia_sdm_fit_room(s));
    (void)worker;
    for (size_t b = 0; b < s->n_bins; b++)
        counts[b] = (double)(s->pairs[b] - l->parts[part * s->n_bins + b]);
    l->rest[part] = l->all;
    ia_sdm_fit(s, counts, counts + s->n_bins, &l->rest[part]);
}

// What bins hide of the spacing: planes that are sharp may lie anywhere in theirs, the
// furthest one alike, whatever the number of pairs. Where two ions blur them over more
// than a bin nothing is hidden.
static double hidden_by_bins(const ia_sdm *s)
{
    double bin = 2 * s->reach / (double)s->n_bins,
           wide = 2 * acos(-1.0) * s->sigma_z / bin;
    double furthest = fmax(1, floor(s->reach / s->spacing));
    return bin / sqrt(12) / furthest * exp(-wide * wide);
}

static void tell(const leaving *l, ia_sdm *s)
{
    double square[2] = {0}, jackknife = (IA_SDM_PARTS - 1.0) / IA_SDM_PARTS;
    for (size_t part = 0; part < IA_SDM_PARTS; part++) {
        square[0] += pow(l->rest[part].spacing - l->all.spacing, 2);
        square[1] += pow(l->rest[part].sigma - l->all.sigma, 2);
    }
    s->spacing = l->all.spacing;
    s->sigma_z = l->all.sigma;
    s->spacing_sd = hypot(sqrt(jackknife * square[0]), hidden_by_bins(s));
    // Bins cannot tell blurs far below their width.
    double bin = 2 * s->reach / (double)s->n_bins;
    s->sigma_z_sd =
        fmax(sqrt(jackknife * square[1]), s->sigma_z < 0.2 * bin ? bin / 5 : 0);
}

static ia_status fit_planes(ia_ctx *ctx, const uint64_t *parts, ia_sdm *s)
{
    size_t n_room = s->n_bins + ia_sdm_fit_room(s);
    leaving l = {.sdm = s, .parts = parts, .all = {s->spacing, 0.25 * s->spacing, 0}};
    if (!(l.room = ia_array(ctx, IA_SDM_PARTS * n_room, sizeof *l.room)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < s->n_bins; b++)
        l.room[b] = (double)s->pairs[b];
    s->spacing = NAN;
    s->found = ia_sdm_fit(s, l.room, l.room + s->n_bins, &l.all);
    for (size_t b = 0; s->found && b < s->n_bins; b++)
        s->fit[b] = l.room[s->n_bins + (b < s->n_bins / 2 ? s->n_bins - 1 - b : b)] / 2;
    ia_status st = IA_OK;
    if (s->found && (st = ia_for(ctx, "planes", IA_SDM_PARTS, leave_out, &l)) == IA_OK)
        tell(&l, s);
    free(l.room);
    return st;
}

static ia_status reserve(ia_ctx *ctx, const ia_sdm_params *p, const ia_sdm_shape *shape,
                         ia_sdm *s)
{
    size_t n = s->n_bins = p->n_bins;
    s->reach = shape->reach;
    s->radius = shape->radius;
    s->n_pixels = p->n_pixels;
    if (!(s->pairs = ia_array(ctx, n, sizeof *s->pairs)) ||
        !(s->expected = ia_array(ctx, n, sizeof *s->expected)) ||
        !(s->least = ia_array(ctx, n, sizeof *s->least)) ||
        !(s->fit = ia_array(ctx, n, sizeof *s->fit)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < n; b++)
        s->fit[b] = NAN;
    for (size_t i = 0; s->found && i < 2; i++)
        if (!(s->across[i] = ia_array(ctx, s->n_pixels * s->n_pixels, sizeof(uint64_t))))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status count(ia_ctx *ctx, ia_sdm_frame *frame, const ia_sdm_params *p,
                       ia_sdm *s)
{
    ia_sdm_shape shape = ia_sdm_shape_of(p);
    uint64_t *parts = ia_array(ctx, IA_SDM_PARTS * p->n_bins, sizeof *parts);
    ia_status st = parts ? reserve(ctx, p, &shape, s) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_sdm_count(ctx, frame, &shape, s, parts);
    for (size_t i = 0; st == IA_OK && i < IA_SDM_PARTS * s->n_bins; i++) {
        s->pairs[i % s->n_bins] += parts[i];
        s->n_pairs += parts[i];
    }
    if (st == IA_OK) {
        expect(&shape, s);
        ia_sdm_least(s->pairs, s->n_bins, s->least);
    }
    if (st == IA_OK && s->found)
        st = fit_planes(ctx, parts, s);
    free(parts);
    return st;
}

ia_status ia_sdm_compute(ia_ctx *ctx, const ia_sdm_input *input,
                         const ia_sdm_params *params, ia_sdm *out)
{
    enum { CENTRES_LEAST = 50 };
    ia_sdm_params p = params ? *params : ia_sdm_defaults();
    ia_sdm s = {.of_all = input->from.xyz == input->all.xyz,
                .spacing = NAN,
                .map_spacing = NAN,
                .spacing_sd = NAN,
                .sigma_z = NAN,
                .sigma_z_sd = NAN};
    ia_sdm_frame frame = {0};
    ia_status st = ia_method_check(ctx, &ia_sdm_method, &p);
    if (st == IA_OK && input->from.n < CENTRES_LEAST)
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "%zu ions at the centres: %d or more were expected", input->from.n,
                     (int)CENTRES_LEAST);
    if (st == IA_OK && (st = find_planes(ctx, &input->all, &p, &s)) == IA_OK &&
        (st = ia_sdm_turn(ctx, input, s.axes, p.n_centres, &frame)) == IA_OK) {
        st = count(ctx, &frame, &p, &s);
        s.n_centres = frame.n_from;
        s.n_others = frame.n_to;
    }
    if (st == IA_OK) {
        *out = s;
        s = (ia_sdm){0};
    }
    ia_sdm_frame_clear(&frame);
    ia_sdm_clear(&s);
    return st;
}

void ia_sdm_clear(ia_sdm *sdm)
{
    free(sdm->pairs);
    free(sdm->expected);
    free(sdm->least);
    free(sdm->fit);
    free(sdm->across[0]);
    free(sdm->across[1]);
    *sdm = (ia_sdm){0};
}
