// src/detector/orientation.c: which poles are which, and how the crystal stands. Needs
// crystal and recon for what poles there are and where hits point.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/lattices.h"
#include "detector/orientation_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_orientation_params, crystal, "",
                  "fcc, bcc, hcp, diamond, or cell:a,b,c,alpha,beta,gamma:N"),
    IA_FIELD_CHOICE(
        ia_orientation_params, projection, "equidistant", IA_PROJECTION_WORDS,
        "how directions become hits; an ICF belongs to its projection, and that of "
        "reconstruct and simulate is stereographic unless told"),
    IA_FIELD(IA_F64, ia_orientation_params, projection_length, "mm", 0, 0, 1e5,
             "specimen to detector along the axis; 0: not known"),
    IA_FIELD(IA_F64, ia_orientation_params, axis_x, "mm", 0, -1e4, 1e4,
             "where the axis meets the detector, x"),
    IA_FIELD(IA_F64, ia_orientation_params, axis_y, "mm", 0, -1e4, 1e4,
             "where the axis meets the detector, y"),
    IA_FIELD(IA_F64, ia_orientation_params, axis_doubt, "mm", -1, -1, 1e3,
             "standard deviation of that place; -1: 5 on a hit map, 0 for given poles"),
    IA_FIELD(IA_F64, ia_orientation_params, icf_least, "", 1.2, 0.5, 5,
             "least image compression factor"),
    IA_FIELD(IA_F64, ia_orientation_params, icf_most, "", 2.2, 0.5, 5,
             "greatest image compression factor"),
    IA_FIELD(IA_F64, ia_orientation_params, detector_radius, "mm", 0, 0, 1e4,
             "of the field of view; 0: of the detector, or to the outermost pole"),
    IA_FIELD(IA_SIZE, ia_orientation_params, n_families, "", 12, 2, 30,
             "families of planes that may show poles, widest spaced first"),
    IA_FIELD(IA_F64, ia_orientation_params, least_strength, "", 0.35, 0, 1,
             "poles less significant than this share of the first are left out"),
    IA_FIELD(IA_SIZE, ia_orientation_params, n_grains, "", 1, 1, IA_GRAINS_MOST,
             "crystals sought: on a map first one on either side of a boundary, else one "
             "after the other"),
    IA_FIELD(IA_SIZE, ia_orientation_params, n_random, "", 299, 19, 100000,
             "lists of poles at random to compare with"),
    IA_FIELD(IA_F64, ia_orientation_params, level, "", 0.004, 0, 1,
             "indexed where no more of them score as high"),
    IA_FIELD(IA_F64, ia_orientation_params, most_rival, "", 0.03, 0, 1,
             "and where other orientations have no more probability"),
    IA_FIELD(IA_U64, ia_orientation_params, seed, "", 1, 0, 1e15,
             "of the lists at random"),
};
const ia_method ia_orientation_method =
    IA_METHOD("orientation", "Orientation of the crystal from its poles",
              ia_orientation_params, fields);

ia_orientation_params ia_orientation_defaults(void)
{
    ia_orientation_params params;
    ia_method_defaults(&ia_orientation_method, &params);
    return params;
}

enum { LEAST_POLES = 3, STRONG = 6 }; // STRONG poles are always taken
static const double degree = 0.017453292519943295;
static const double named = 0.5;  // chance from which a pole has its name
static const double trust = 0.75; // in differences of evidence: wrong orientations share
                                  // zones with the right one, which the odds leave out

// One list while its grains are sought.
typedef struct {
    ia_ctx *ctx;
    const ia_orientation_params *params;
    const ia_crystal *crystal;
    const double *null; // given scores, or NULL
    orient_search search;
    orient_list list;
    size_t row[IA_POLES_MOST]; // of the list's poles in what was given
    double icf;                // of the first grain, also where it is not told
    orient_room *room;
    double *scores;
    ia_orientation *out;
} job;

// All poles or those that no grain has yet, the most significant first, without weak
// ones.
static void take_poles(const ia_pole_list *list, bool all, job *j)
{
    j->list.n = 0;
    for (size_t i = 0; i < list->n; i++) {
        double rank = list->poles[i].significance;
        if (!all && j->out->names[i].grain >= 0)
            continue;
        size_t at = j->list.n++;
        for (; at > 0; at--) {
            double other = list->poles[j->row[at - 1]].significance;
            if (!(rank > other || (isnan(other) && !isnan(rank))))
                break;
            j->row[at] = j->row[at - 1];
        }
        j->row[at] = i;
    }
    double least = j->list.n > 0 ? list->poles[j->row[0]].significance : 0;
    least *= j->params->least_strength;
    while (j->list.n > STRONG && list->poles[j->row[j->list.n - 1]].significance < least)
        j->list.n--;
    for (size_t i = 0; i < j->list.n; i++) {
        const ia_pole *pole = &list->poles[j->row[i]];
        j->list.xy[i][0] = pole->x - list->centre[0] - j->params->axis_x;
        j->list.xy[i][1] = pole->y - list->centre[1] - j->params->axis_y;
    }
}

// Of the circle in which poles were sought: given, or a little beyond the outermost.
static double field_of_view(const ia_pole_list *list, const ia_orientation_params *params)
{
    double most = 0;
    for (size_t i = 0; i < list->n; i++)
        most = fmax(most, hypot(list->poles[i].x - list->centre[0],
                                list->poles[i].y - list->centre[1]));
    double given = params->detector_radius > 0 ? params->detector_radius : list->radius;
    double n = (double)(list->n > 0 ? list->n : 1);
    return given > 0 ? fmax(given, most) : most * sqrt((n + 1) / n);
}

static double least_separation(const job *j)
{
    double least = INFINITY;
    for (size_t i = 0; i < j->list.n; i++)
        for (size_t k = 0; k < i; k++)
            least = fmin(least, hypot(j->list.xy[i][0] - j->list.xy[k][0],
                                      j->list.xy[i][1] - j->list.xy[k][1]));
    return fmin(least, 0.5 * j->search.radius / sqrt((double)j->list.n));
}

// Whether two orientations explain the same poles, half of those of the first at least.
// Where several crystals are sought, one that explains others is no rival.
static bool is_rival(const job *j, const orient_fit *a, const orient_fit *b)
{
    size_t of_a = 0, both = 0;
    for (size_t i = 0; i < j->list.n; i++) {
        bool is_of_a = a->kind[i] >= 0 && a->chance[i] >= named;
        of_a += is_of_a;
        both += is_of_a && b->kind[i] >= 0 && b->chance[i] >= named;
    }
    return j->params->n_grains < 2 || 2 * both >= of_a;
}

static void tell_grain(const job *j, const orient_fit *fit, ia_grain *grain)
{
    ia_projection projection = j->search.projection;
    double next = 0;
    projection.icf = grain->icf = fit->icf;
    memcpy(grain->rotation, fit->rotation, sizeof grain->rotation);
    for (size_t k = 0; k < 2; k++)
        grain->axis[k] = fit->axis[k] + (k == 0 ? j->params->axis_x : j->params->axis_y);
    grain->per_mm = 1 / ia_projection_magnification(&projection, 0) / degree;
    grain->noise_deg = fit->noise / degree;
    grain->n_expected = fit->n_expected;
    grain->score = fit->score;
    for (size_t i = 0; i < j->list.n; i++)
        grain->n_named += fit->kind[i] >= 0 && fit->chance[i] >= named;
    for (size_t i = 1; i < j->room->n_fits; i++)
        if (is_rival(j, fit, &j->room->fits[i]))
            next += exp(trust * (j->room->fits[i].score - fit->score));
    grain->rival = next / (1 + next);
    orient_tell_spread(fit, grain);
    if (!(j->params->projection_length > 0))
        grain->icf = grain->sigma_icf = NAN;
}

static ia_status judge(job *j, size_t number, ia_grain *grain)
{
    orient_null null = {.n = j->list.n,
                        .separation = least_separation(j),
                        .n_lists = j->params->n_random,
                        .seed = j->params->seed + 7919 * number,
                        .observed = grain->score};
    size_t n_done = j->params->n_random, above = 0;
    ia_status st = IA_OK;
    const double *scores = j->null ? j->null : j->scores;
    if (!j->null)
        st = orient_null_run(j->ctx, &j->search, &null, j->scores, &n_done);
    for (size_t i = 0; i < n_done; i++)
        above += scores[i] >= grain->score;
    grain->p_value = (double)(above + 1) / (double)(n_done + 1);
    grain->misindex_probability = fmin(1, grain->p_value + grain->rival);
    grain->indexed = grain->p_value <= j->params->level &&
                     grain->rival <= j->params->most_rival &&
                     grain->n_named >= LEAST_POLES;
    return st;
}

static void name_poles(const job *j, const orient_fit *fit, int32_t number)
{
    for (size_t i = 0; i < j->list.n; i++) {
        ia_pole_name *name = &j->out->names[j->row[i]];
        if (fit->kind[i] < 0 || fit->chance[i] < named)
            continue;
        name->grain = number;
        memcpy(name->hkl, fit->by->catalogue.kinds[fit->kind[i]].hkl, sizeof name->hkl);
        name->residual = fit->distance[i] / degree;
        name->chance = fit->chance[i];
    }
}

// Before any orientation is found.
static ia_grain no_grain(void)
{
    return (ia_grain){.sigma_deg = NAN,
                      .icf = NAN,
                      .sigma_icf = NAN,
                      .axis = {NAN, NAN},
                      .sigma_axis = NAN,
                      .axis_off = NAN,
                      .per_mm = NAN,
                      .noise_deg = NAN,
                      .score = NAN,
                      .p_value = 1,
                      .rival = NAN,
                      .misindex_probability = 1};
}

// One grain after the other, from the poles that those before left.
static ia_status find_grains(job *j, const ia_pole_list *list)
{
    for (size_t g = 0; g < j->params->n_grains; g++) {
        ia_grain grain = no_grain();
        take_poles(list, false, j);
        j->room->n_fits = 0;
        if (j->list.n >= LEAST_POLES)
            orient_solve(&j->search, &j->list, j->room);
        if (j->room->n_fits > 0) {
            if (g == 0)
                orient_weigh_projections(&j->search, &j->list, j->room, j->out);
            tell_grain(j, &j->room->fits[0], &grain);
            j->icf = g == 0 ? j->room->fits[0].icf : j->icf;
            ia_status st = judge(j, g, &grain);
            if (st != IA_OK)
                return st;
        }
        if (g == 0 || grain.indexed)
            j->out->grains[g] = grain;
        if (j->room->n_fits == 0)
            break;
        if (g == 0 || grain.indexed)
            name_poles(j, &j->room->fits[0], (int32_t)g);
        if (!grain.indexed)
            break;
        j->out->n_grains = g + 1;
    }
    return IA_OK;
}

// What the zone lines add to all poles.
static ia_status add_lines(job *j, const ia_pole_list *list)
{
    take_poles(list, true, j);
    const orient_zone_question question = {.params = j->params,
                                           .search = &j->search,
                                           .list = &j->list,
                                           .given = list,
                                           .row = j->row,
                                           .icf = j->icf};
    return orient_zones(j->ctx, &question, j->out);
}

static ia_status job_init(job *j, const ia_pole_list *list, ia_orientation *out)
{
    out->n_poles = list->n;
    out->n_random = j->params->n_random;
    snprintf(out->crystal, sizeof out->crystal, "%s", j->params->crystal);
    if (!(out->names = ia_array(j->ctx, list->n, sizeof *out->names)) ||
        !(out->poles = ia_array(j->ctx, list->n, sizeof *out->poles)) ||
        !(j->room = ia_array(j->ctx, 1, sizeof *j->room)) ||
        !(j->scores = ia_array(j->ctx, j->params->n_random, sizeof *j->scores)))
        return IA_ERR_MEMORY;
    if (list->n > 0)
        memcpy(out->poles, list->poles, list->n * sizeof *out->poles);
    for (size_t i = 0; i < list->n; i++)
        out->names[i].grain = -1;
    orient_question question = {.crystal = j->crystal,
                                .params = j->params,
                                .radius = fmax(field_of_view(list, j->params), 1e-6),
                                .middle = {-j->params->axis_x, -j->params->axis_y},
                                .on_map = list->on_map,
                                .half = list->half};
    orient_axis_set(j->params, list, &question);
    return orient_search_build(j->ctx, &question, &j->search);
}

ia_status ia_orientation_check(ia_ctx *ctx, const ia_orientation_params *p)
{
    ia_crystal crystal;
    ia_status st = ia_method_check(ctx, &ia_orientation_method, p);
    if (st != IA_OK)
        return st;
    if (!p->crystal[0])
        return ia_fail(ctx, IA_ERR_PARAM,
                       "no crystal is named: --crystal fcc, bcc, hcp, diamond or "
                       "cell:a,b,c,alpha,beta,gamma:N");
    if (p->icf_least > p->icf_most)
        return ia_fail(ctx, IA_ERR_PARAM, "icf_least = %g is above icf_most = %g",
                       p->icf_least, p->icf_most);
    return ia_crystal_parse(ctx, p->crystal, &crystal);
}

static ia_status check(ia_ctx *ctx, const ia_pole_list *list,
                       const ia_orientation_params *p)
{
    ia_status st = ia_orientation_check(ctx, p);
    if (st != IA_OK)
        return st;
    if (list->n > IA_POLES_MOST)
        return ia_fail(ctx, IA_ERR_PARAM, "%zu poles, at most %d were expected", list->n,
                       IA_POLES_MOST);
    for (size_t i = 0; i < list->n; i++)
        if (!isfinite(list->poles[i].x) || !isfinite(list->poles[i].y))
            return ia_fail(ctx, IA_ERR_PARAM, "pole %zu lies nowhere: (%g, %g) mm", i + 1,
                           list->poles[i].x, list->poles[i].y);
    return IA_OK;
}

// With few random lists no p_value is small enough for anything to be indexed.
static void warn_of_few_lists(ia_ctx *ctx, const ia_orientation_params *p)
{
    double least = 1 / (1 + (double)p->n_random);
    if (p->level > 0 && p->level < least)
        ia_warn(
            ctx,
            "with %zu random lists p_value is %.2g at least: nothing can be indexed at "
            "level = %g, which needs n_random = %.0f",
            p->n_random, least, p->level, ceil(1 / p->level - 1));
}

// The axis is told in the frame of the hits; it was sought from the detector's middle.
static void set_axes(const ia_pole_list *list, ia_orientation *o)
{
    for (size_t g = 0; g < IA_GRAINS_MOST; g++)
        for (size_t k = 0; k < 2; k++)
            o->grains[g].axis[k] += list->centre[k];
}

ia_status ia_orientation_compute_with(ia_ctx *ctx, const ia_pole_list *list,
                                      const ia_orientation_params *params,
                                      const double *null, ia_orientation *out)
{
    ia_orientation_params p = params ? *params : ia_orientation_defaults();
    ia_orientation made = {0};
    ia_crystal crystal;
    job j = {.ctx = ctx, .params = &p, .crystal = &crystal, .null = null, .out = &made};
    ia_status st;
    if ((st = check(ctx, list, &p)) != IA_OK ||
        (st = ia_crystal_parse(ctx, p.crystal, &crystal)) != IA_OK ||
        (st = job_init(&j, list, &made)) != IA_OK ||
        (st = find_grains(&j, list)) != IA_OK ||
        (list->n_lines > 0 && (st = add_lines(&j, list)) != IA_OK))
        goto done;
    set_axes(list, &made);
    warn_of_few_lists(ctx, &p);
    orient_tell_axis(ctx, &made);
    if (list->n + list->n_lines < LEAST_POLES)
        ia_warn(ctx, "%zu poles: at least %d are needed to index", list->n, LEAST_POLES);
    *out = made;
    made = (ia_orientation){0};
done:
    orient_search_clear(&j.search);
    free(j.room);
    free(j.scores);
    ia_orientation_clear(&made);
    return st;
}

// A length told in another unit than mm: no image compression that is tried has hits fly
// off as they do.
static void doubt_view(ia_ctx *ctx, const ia_pole_list *list,
                       const ia_orientation_params *p)
{
    ia_projection at = {p->projection, p->projection_length, p->icf_most, {0, 0}};
    double radius = field_of_view(list, p), most, least;
    if (!(p->projection_length > 0) || !(radius > 0))
        return;
    most = ia_projection_angle(&at, radius);
    at.icf = p->icf_least;
    least = ia_projection_angle(&at, radius);
    if (isnan(least))
        least = ia_projection_limit(&at);
    most = isnan(most) ? IA_VIEW_MOST : fmin(most, IA_VIEW_MOST);
    ia_projection_doubt_view(ctx, fmax(least, most), p->projection_length, radius);
}

// Two crystals on either side of a boundary; out->n_grains stays 0 where there are none.
static ia_status find_sides(ia_ctx *ctx, const orient_sides_question *of,
                            ia_orientation *out)
{
    ia_orientation made = {0};
    ia_crystal crystal;
    job j = {.ctx = ctx, .params = of->params, .crystal = &crystal, .out = &made};
    orient_sides_question question = *of;
    ia_status st;
    if ((st = check(ctx, of->list, of->params)) == IA_OK &&
        (st = ia_crystal_parse(ctx, of->params->crystal, &crystal)) == IA_OK &&
        (st = job_init(&j, of->list, &made)) == IA_OK) {
        question.search = &j.search;
        st = orient_sides(ctx, &question, &made);
    }
    if (st == IA_OK) {
        set_axes(of->list, &made);
        *out = made;
        made = (ia_orientation){0};
    }
    orient_search_clear(&j.search);
    free(j.room);
    free(j.scores);
    ia_orientation_clear(&made);
    return st;
}

// What is said of the lattice, and of an image compression that tells of another. Where
// another is likelier nothing is indexed as the one told.
static void tell_lattice(ia_ctx *ctx, ia_orientation *o)
{
    bool is_other = orient_other_lattices(o) > 0.5, is_told = false;

    orient_tell_lattices(ctx, o);
    for (size_t g = 0; g < (o->boundary.seen ? 2 : 1); g++) {
        ia_grain *grain = &o->grains[g];
        if (grain->indexed && o->n_lattices > 0 && !is_told) {
            ia_lattices_doubt_icf(ctx, o->lattices, o->n_lattices, grain->icf);
            is_told = true;
        }
        grain->indexed = grain->indexed && !is_other;
    }
}

ia_status ia_orientation_map(ia_ctx *ctx, const ia_hitmap *map,
                             const ia_pole_params *pole_params, const ia_pole_list *list,
                             const ia_orientation_params *params, ia_orientation *out)
{
    const ia_orientation_params p = params ? *params : ia_orientation_defaults();
    const ia_pole_params of_poles = pole_params ? *pole_params : ia_pole_defaults();
    const orient_sides_question question = {
        .params = &p, .list = list, .map = map, .pole_params = &of_poles};
    if (p.n_grains < 2)
        return ia_orientation_compute(ctx, list, &p, out);
    ia_orientation made = {0};
    ia_status st = find_sides(ctx, &question, &made);
    if (st == IA_OK && made.n_grains > 0) {
        doubt_view(ctx, list, &p);
        tell_lattice(ctx, &made);
        *out = made;
        return IA_OK;
    }
    ia_orientation_clear(&made);
    return st == IA_OK ? ia_orientation_compute(ctx, list, &p, out) : st;
}

ia_status ia_orientation_compute(ia_ctx *ctx, const ia_pole_list *list,
                                 const ia_orientation_params *params, ia_orientation *out)
{
    ia_orientation_params p = params ? *params : ia_orientation_defaults();
    ia_orientation made = {0};
    ia_status st = ia_orientation_compute_with(ctx, list, &p, NULL, &made);
    if (st == IA_OK)
        st = ia_orientation_compare(ctx, list, &p, &made);
    if (st == IA_OK) {
        doubt_view(ctx, list, &p);
        tell_lattice(ctx, &made);
        *out = made;
    } else {
        ia_orientation_clear(&made);
    }
    return st;
}

ia_status ia_orientation_null(ia_ctx *ctx, const ia_pole_list *list,
                              const ia_orientation_params *params, double *out)
{
    ia_orientation_params p = params ? *params : ia_orientation_defaults();
    ia_orientation made = {0};
    ia_crystal crystal;
    job j = {.ctx = ctx, .params = &p, .crystal = &crystal, .out = &made};
    size_t n_done;
    ia_status st;
    if ((st = check(ctx, list, &p)) != IA_OK ||
        (st = ia_crystal_parse(ctx, p.crystal, &crystal)) != IA_OK ||
        (st = job_init(&j, list, &made)) != IA_OK)
        goto done;
    take_poles(list, true, &j);
    orient_null null = {.n = list->n,
                        .separation = least_separation(&j),
                        .n_lists = p.n_random,
                        .seed = p.seed,
                        .observed = INFINITY};
    st = orient_null_run(ctx, &j.search, &null, out, &n_done);
done:
    orient_search_clear(&j.search);
    free(j.room);
    free(j.scores);
    ia_orientation_clear(&made);
    return st;
}

void ia_orientation_clear(ia_orientation *orientation)
{
    free(orientation->names);
    free(orientation->poles);
    *orientation = (ia_orientation){0};
}
