// src/cluster/scan_find.c: the objects of a whole specimen, from its balls, in rounds.
// SPDX-License-Identifier: GPL-3.0-or-later
// Balls that do not touch are fitted together, their ions are taken, and what is left is
// looked at again. Uses the neighbour index of spatial.
#include "cluster/scan_find.h"
#include "cluster/interface.h"

#include <ionatlas/honest.h>
#include <ionatlas/parallel.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Solvent ions beyond MOST of a window are thinned out. SHARPNESS objects tell the blur.
enum {
    ROUNDS = 16,
    MOST = 2500,
    SHARPNESS = 40,
    BLURS = 9,
    WIDTHS = 7,
    CLASSES = 3,
    OTHERS = 32
};
static const double window_of[CLASSES] = {3.6, 6.0, 11.0};                  // nm, by size
static const double belongs_least = 0.5, kept_share = 0.5, blur_step = 0.1; // nm
static const double width_gain = 4;  // of log-likelihood, of an interface told from none
static const double own_reach = 1.6; // radii within which ions are a candidate's own

typedef struct {
    ia_scan_ball ball;
    double centre[3], radius, window; // nm
    ia_scan_object object;
    bool is_found;
    double ratio; // without what was found before
} candidate;

typedef struct {
    const ia_scan_task *task;
    const ia_cloud *cloud;
    ia_index *index; // of the cloud
    ia_scan_blur *blur;
    candidate *candidates; // (n) of this round
    size_t n;
    const size_t *chosen; // (n_chosen) those of one class of window
    float *xyz;           // (n_chosen, 3) their places
    size_t n_chosen;
    float *expected; // (cloud) chance of a solute ion by what was found
    ia_scan_found *found;
    double sigma_xy, width;
    atomic_bool is_starved;
} search;

static double distance2(const double *a, const float *b)
{
    double d2 = 0;
    for (size_t k = 0; k < 3; k++)
        d2 += (a[k] - (double)b[k]) * (a[k] - (double)b[k]);
    return d2;
}

// Candidates whose own ions reach into the window of another one.
typedef struct {
    const candidate *others[OTHERS];
    size_t n;
} company;

static company find_company(const search *s, const candidate *c)
{
    company beside = {.n = 0};
    for (size_t i = 0; i < s->n && beside.n < OTHERS; i++) {
        const candidate *other = &s->candidates[i];
        double d2 = 0, reach = c->window + own_reach * other->radius;
        for (size_t k = 0; k < 3; k++)
            d2 += (c->centre[k] - other->centre[k]) * (c->centre[k] - other->centre[k]);
        if (other != c && d2 < reach * reach)
            beside.others[beside.n++] = other;
    }
    return beside;
}

// Nearer, in radii, to another candidate.
static bool is_others(const company *beside, const candidate *c, const float *xyz,
                      double d2)
{
    double at = d2 / (c->radius * c->radius);
    for (size_t i = 0; i < beside->n; i++) {
        const candidate *other = beside->others[i];
        double d = distance2(other->centre, xyz) / (other->radius * other->radius);
        if (d < own_reach * own_reach && d < at)
            return true;
    }
    return false;
}

static bool is_taken(const search *s, size_t ion)
{
    return s->found->owner[ion] >= 0 && (double)s->found->belongs[ion] >= belongs_least;
}

// The ball's own ratio where nothing in it is taken; else that of the solute ions that
// nobody has, against what was found before: Poisson.
static double ratio_left(const search *s, const candidate *c, const uint32_t *points,
                         const float *d2, size_t n)
{
    double k = 0, expected = 0;
    bool is_touched = false;
    for (size_t i = 0; i < n; i++) {
        uint32_t ion = points[i];
        if ((double)d2[i] > c->radius * c->radius)
            continue;
        is_touched |= s->found->owner[ion] >= 0;
        if (is_taken(s, ion))
            continue;
        k += s->task->solute->has[s->cloud->kind[ion]];
        expected += (double)s->expected[ion];
    }
    double left = k > expected ? k * log(k / expected) - k + expected : 0;
    return is_touched ? fmin(left, c->ball.ratio) : c->ball.ratio;
}

static bool window_new(size_t n, ia_scan_window *w)
{
    *w = (ia_scan_window){
        ia_array(NULL, 3 * n, sizeof(float)), ia_array(NULL, n, sizeof(float)),
        ia_array(NULL, n, sizeof(bool)), ia_array(NULL, n, sizeof(float)), 0};
    return w->xyz && w->weight && w->has && w->share;
}

static void window_clear(ia_scan_window *w)
{
    free(w->xyz);
    free(w->weight);
    free(w->has);
    free(w->share);
}

// Ions of the window that nobody has: every solute ion, others one in `every`.
static void fill(const search *s, size_t own, const uint32_t *points, const float *d2,
                 size_t n, ia_scan_window *w)
{
    const candidate *c = &s->candidates[own];
    company beside = find_company(s, c);
    size_t n_solvent = 0, every = 1, seen = 0;
    for (size_t i = 0; i < n; i++)
        n_solvent += (double)d2[i] < c->window * c->window &&
                     !s->task->solute->has[s->cloud->kind[points[i]]];
    every = n_solvent / MOST + 1;
    for (size_t i = 0; i < n; i++) {
        const float *xyz = s->cloud->xyz + 3 * (size_t)points[i];
        bool has = s->task->solute->has[s->cloud->kind[points[i]]];
        if ((double)d2[i] >= c->window * c->window || is_taken(s, points[i]) ||
            is_others(&beside, c, xyz, (double)d2[i]) || (!has && seen++ % every != 0))
            continue;
        memcpy(w->xyz + 3 * w->n, xyz, 3 * sizeof *xyz);
        w->weight[w->n] = has ? 1 : (float)every;
        w->has[w->n++] = has;
    }
}

// First guess: the ball's own ions.
static void guess(const search *s, const candidate *c, const ia_scan_window *w,
                  ia_scan_object *o)
{
    double in = 0, solute = 0, sum[3] = {0}, out = 0, out_solute = 0;
    for (size_t i = 0; i < w->n; i++) {
        bool inside = distance2(c->centre, w->xyz + 3 * i) < c->radius * c->radius;
        double ions = (double)w->weight[i];
        *(inside ? &in : &out) += ions;
        if (!w->has[i])
            continue;
        *(inside ? &solute : &out_solute) += 1;
        for (size_t k = 0; inside && k < 3; k++)
            sum[k] += (double)w->xyz[3 * i + k];
    }
    *o = (ia_scan_object){
        .blur = s->blur, .radius = c->radius, .sigma_xy = s->sigma_xy, .width = s->width};
    for (size_t k = 0; k < 3; k++)
        o->centre[k] = solute > 0 ? sum[k] / solute : c->centre[k];
    o->inside = in > 0 ? fmin(fmax(solute / in, 0.05), 0.95) : 0.5;
    o->outside = out > 0 ? fmax(out_solute / out, 1e-6) : 1e-6;
}

static void fit_one(void *user, size_t worker, size_t query, const uint32_t *points,
                    const float *d2, size_t n)
{
    search *s = user;
    size_t own = s->chosen[query];
    candidate *c = &s->candidates[own];
    ia_scan_window window = {0};
    (void)worker;
    c->ratio = ratio_left(s, c, points, d2, n);
    if (!(c->ratio > s->task->least))
        return;
    if (window_new(n, &window)) {
        fill(s, own, points, d2, n, &window);
        guess(s, c, &window, &c->object);
        ia_scan_fit(&window, &c->object);
        c->is_found = c->object.inside > c->object.outside;
    } else
        atomic_store(&s->is_starved, true);
    window_clear(&window);
}

static size_t class_of(double window)
{
    size_t c = 0;
    while (c + 1 < CLASSES && window > window_of[c])
        c++;
    return c;
}

// Visit the ions around every candidate, those of small windows together.
static ia_status visit(ia_ctx *ctx, search *s, ia_visit each)
{
    size_t *chosen = ia_array(ctx, s->n, sizeof *chosen);
    float *xyz = ia_array(ctx, 3 * s->n, sizeof *xyz);
    ia_status st = chosen && xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t c = 0; c < CLASSES && st == IA_OK; c++) {
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++) {
            if (class_of(s->candidates[i].window) != c)
                continue;
            for (size_t k = 0; k < 3; k++)
                xyz[3 * n + k] = (float)s->candidates[i].centre[k];
            chosen[n++] = i;
        }
        s->chosen = chosen;
        if (n > 0)
            st = ia_index_each_within(ctx, s->index, &(ia_points){xyz, n}, window_of[c],
                                      each, s);
    }
    if (st == IA_OK && atomic_load(&s->is_starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while fitting clusters");
    free(chosen);
    free(xyz);
    return st;
}

static double window_around(double radius)
{
    return fmin(1.6 * radius + 1.5, window_of[CLASSES - 1]);
}

// Candidates that do not touch, strongest first, from the balls that are left.
static void choose(search *s, ia_scan_balls *balls)
{
    size_t left = 0;
    s->n = 0;
    for (size_t b = 0; b < balls->n; b++) {
        const ia_scan_ball *ball = &balls->balls[b];
        const float *xyz = s->task->xyz + 3 * (size_t)ball->centre;
        double radius = ia_scan_radii[ball->radius];
        bool touches = false;
        for (size_t i = 0; i < s->n && !touches; i++) {
            double reach = radius + s->candidates[i].radius;
            touches = distance2(s->candidates[i].centre, xyz) < reach * reach;
        }
        if (touches) {
            balls->balls[left++] = *ball;
            continue;
        }
        candidate *c = &s->candidates[s->n++];
        *c = (candidate){.ball = *ball, .radius = radius};
        for (size_t k = 0; k < 3; k++)
            c->centre[k] = (double)xyz[k];
        c->window = window_around(radius);
    }
    balls->n = left;
}

static ia_status append(ia_ctx *ctx, const candidate *c, ia_scan_found *found)
{
    if (found->n == found->room) {
        size_t room = 2 * found->room + 64;
        ia_scan_object *objects = ia_array(ctx, room, sizeof *objects);
        double *ratio = ia_array(ctx, room, sizeof *ratio);
        if (!objects || !ratio) {
            free(objects);
            free(ratio);
            return IA_ERR_MEMORY;
        }
        if (found->n > 0) {
            memcpy(objects, found->objects, found->n * sizeof *objects);
            memcpy(ratio, found->ratio, found->n * sizeof *ratio);
        }
        free(found->objects);
        free(found->ratio);
        found->objects = objects;
        found->ratio = ratio;
        found->room = room;
    }
    found->objects[found->n] = c->object;
    found->ratio[found->n++] = c->ratio;
    return IA_OK;
}

// Ions of an object, and what it lets expect. Object numbers go by candidates.
static void take(void *user, size_t worker, size_t query, const uint32_t *points,
                 const float *d2, size_t n)
{
    search *s = user;
    const candidate *c = &s->candidates[s->chosen[query]];
    const ia_scan_object *o = &c->object;
    double reach = o->radius + 2 * o->sigma_xy + 0.5;
    (void)worker;
    for (size_t i = 0; c->is_found && i < n; i++) {
        uint32_t ion = points[i];
        const float *xyz = s->cloud->xyz + 3 * (size_t)ion;
        bool has = s->task->solute->has[s->cloud->kind[ion]];
        float belongs = (float)ia_scan_belongs(o, xyz, has);
        double share = ia_scan_inside(o, xyz);
        float expected = (float)(o->outside + (o->inside - o->outside) * share);
        if ((double)d2[i] < reach * reach && s->found->beside)
            s->found->beside[ion / 64] |= (uint64_t)1 << (ion % 64);
        if (share > 1e-3 && expected > s->expected[ion])
            s->expected[ion] = expected;
        if (belongs > 0.01f && belongs > s->found->belongs[ion]) {
            s->found->belongs[ion] = belongs;
            s->found->owner[ion] = (int32_t)c->ball.centre; // numbered at the end
        }
    }
}

// Its ball is inside an object that a stronger ball of the round has grown to.
static bool is_part(const search *s, size_t n, const candidate *c)
{
    for (size_t i = 0; i < n; i++) {
        const ia_scan_object *o = &s->candidates[i].object;
        double d2 = 0;
        for (size_t k = 0; k < 3; k++)
            d2 += (c->centre[k] - o->centre[k]) * (c->centre[k] - o->centre[k]);
        if (d2 < o->radius * o->radius)
            return true;
    }
    return false;
}

// The objects of a round: move their windows to where they are, take their ions.
static ia_status keep(ia_ctx *ctx, search *s)
{
    ia_status st = IA_OK;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->candidates[i].is_found && !is_part(s, n, &s->candidates[i]))
            s->candidates[n++] = s->candidates[i];
    s->n = n;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        candidate *c = &s->candidates[i];
        c->ball.centre = (uint32_t)s->found->n;
        c->radius = c->object.radius;
        c->window = c->object.radius + 4 * c->object.sigma_xy + 0.5;
        memcpy(c->centre, c->object.centre, sizeof c->centre);
        st = append(ctx, c, s->found);
    }
    // One thread: objects may share ions.
    return st == IA_OK ? visit(NULL, s, take) : st;
}

// Balls whose centre, or half of whose solute ions, are taken have nothing more to say.
typedef struct {
    const search *s;
    const uint32_t *ion; // (n) of the cloud, for each solute ion
    const ia_scan_balls *balls;
    uint32_t *left; // (balls) solute ions not taken
} recount;

static void count_left(void *user, size_t worker, size_t query, const uint32_t *points,
                       const float *d2, size_t n)
{
    recount *r = user;
    double radius = ia_scan_radii[r->balls->balls[query].radius];
    uint32_t left = 0;
    (void)worker;
    for (size_t i = 0; i < n; i++)
        left += (double)d2[i] < radius * radius && !is_taken(r->s, r->ion[points[i]]);
    r->left[query] = left;
}

static ia_status drop_taken(ia_ctx *ctx, const search *s, const ia_index *solutes,
                            const uint32_t *ion, ia_scan_balls *balls)
{
    float *xyz = ia_array(ctx, 3 * balls->n, sizeof *xyz);
    uint32_t *left = ia_array(ctx, balls->n, sizeof *left);
    recount r = {s, ion, balls, left};
    ia_status st = xyz && left ? IA_OK : IA_ERR_MEMORY;
    double radius = ia_scan_radii[0];
    size_t n = 0;
    for (size_t b = 0; st == IA_OK && b < balls->n; b++) {
        memcpy(xyz + 3 * b, s->task->xyz + 3 * (size_t)balls->balls[b].centre,
               3 * sizeof *xyz);
        radius = fmax(radius, ia_scan_radii[balls->balls[b].radius]);
    }
    if (st == IA_OK && balls->n > 0)
        st = ia_index_each_within(ctx, solutes, &(ia_points){xyz, balls->n}, radius,
                                  count_left, &r);
    for (size_t b = 0; st == IA_OK && b < balls->n; b++) {
        const ia_scan_ball *ball = &balls->balls[b];
        if (!is_taken(s, ion[ball->centre]) && left[b] >= kept_share * ball->k)
            balls->balls[n++] = *ball;
    }
    if (st == IA_OK)
        balls->n = n;
    free(left);
    free(xyz);
    return st;
}

// Log-likelihood of the strongest objects, fitted under the blur and the interface set.
static ia_status weigh_strongest(ia_ctx *ctx, search *s, double *sum)
{
    ia_status st = visit(ctx, s, fit_one);
    *sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        *sum += s->candidates[i].is_found ? s->candidates[i].object.likelihood : 0;
        s->candidates[i].is_found = false;
    }
    return st;
}

// The likeliest width; none where the ions do not tell it from a sharp surface.
static double interface_of(const double widths[WIDTHS])
{
    double most = widths[0];
    for (size_t b = 1; b < WIDTHS; b++)
        most = fmax(most, widths[b]);
    return most > widths[0] + width_gain
               ? ia_scan_likeliest_blur(widths, WIDTHS, blur_step)
               : 0;
}

// The blur under which the strongest objects are likeliest together; then the width of
// the interface, which blurs along z too; then what noise along x and y is left beside
// it.
static ia_status fit_blur(ia_ctx *ctx, search *s)
{
    double sums[BLURS] = {0}, widths[WIDTHS] = {0};
    size_t n = s->n;
    ia_status st = IA_OK;
    s->n = n < SHARPNESS ? n : SHARPNESS;
    for (size_t b = 0; b < BLURS && st == IA_OK; b++) {
        s->sigma_xy = blur_step * (double)b;
        st = weigh_strongest(ctx, s, &sums[b]);
    }
    s->sigma_xy = ia_scan_likeliest_blur(sums, BLURS, blur_step);
    for (size_t b = 0; b < WIDTHS && st == IA_OK; b++) {
        s->width = blur_step * (double)b;
        st = weigh_strongest(ctx, s, &widths[b]);
    }
    s->width = interface_of(widths);
    for (size_t b = 0; b < BLURS && st == IA_OK && s->width > 0; b++) {
        s->sigma_xy = hypot(s->width, blur_step * (double)b);
        st = weigh_strongest(ctx, s, &sums[b]);
    }
    if (s->width > 0)
        s->sigma_xy = hypot(s->width, ia_scan_likeliest_blur(sums, BLURS, blur_step));
    s->n = n;
    return st;
}

static ia_status run_rounds(ia_ctx *ctx, search *s, const ia_index *solutes,
                            const uint32_t *ion, ia_scan_balls *balls)
{
    ia_status st = IA_OK;
    s->sigma_xy = s->task->sigma_xy;
    for (size_t round = 0; round < ROUNDS && balls->n > 0 && st == IA_OK; round++) {
        if (!(s->candidates = ia_array(ctx, balls->n, sizeof *s->candidates)))
            return IA_ERR_MEMORY;
        choose(s, balls);
        if (round == 0 && !(s->task->sigma_xy > 0))
            st = fit_blur(ctx, s);
        if (st == IA_OK && (st = visit(ctx, s, fit_one)) == IA_OK &&
            (st = keep(ctx, s)) == IA_OK)
            st = drop_taken(ctx, s, solutes, ion, balls);
        free(s->candidates);
        s->candidates = NULL;
    }
    s->found->sigma_xy = s->sigma_xy;
    return st;
}

static ia_status init(ia_ctx *ctx, search *s, uint32_t **ion, ia_scan_balls *balls)
{
    const ia_cloud *cloud = s->cloud;
    ia_points all = {cloud->xyz, cloud->n};
    double share = (double)s->task->n / (double)cloud->n;
    const float *weight = s->task->weight;
    size_t n = 0;
    if (!(s->blur = ia_scan_blur_new(ctx)) ||
        !(s->expected = ia_array(ctx, cloud->n, sizeof *s->expected)) ||
        !(s->found->belongs = ia_array(ctx, cloud->n, sizeof(float))) ||
        !(s->found->owner = ia_array(ctx, cloud->n, sizeof(int32_t))) ||
        !(*ion = ia_array(ctx, s->task->n, sizeof **ion)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        s->expected[i] = (float)(share * (weight ? (double)weight[i] : 1));
        s->found->owner[i] = -1;
        if (s->task->solute->has[cloud->kind[i]])
            (*ion)[n++] = (uint32_t)i;
    }
    ia_status st =
        ia_scan_balls_find(ctx, &(ia_scan_null){s->task->density, 1, s->task->n},
                           s->task->xyz, s->task->least, balls);
    return st == IA_OK ? ia_index_build(ctx, &all, NULL, &s->index) : st;
}

ia_status ia_scan_find(ia_ctx *ctx, const ia_scan_task *task, uint64_t *beside,
                       ia_scan_found *out)
{
    ia_scan_found found = {.beside = beside};
    search s = {.task = task, .cloud = task->solute->cloud, .found = &found};
    ia_points points = {task->xyz, task->n};
    ia_index *solutes = NULL;
    ia_scan_balls balls = {0};
    uint32_t *ion = NULL;
    ia_status st;

    if ((st = init(ctx, &s, &ion, &balls)) != IA_OK ||
        (st = ia_index_build(ctx, &points, NULL, &solutes)) != IA_OK ||
        (st = run_rounds(ctx, &s, solutes, ion, &balls)) != IA_OK)
        goto done;
    *out = found;
    found = (ia_scan_found){0};
done:
    free(ion);
    ia_index_free(solutes);
    ia_index_free(s.index);
    free(s.blur);
    free(s.expected);
    ia_scan_balls_clear(&balls);
    ia_scan_found_clear(&found);
    return st;
}

void ia_scan_found_clear(ia_scan_found *found)
{
    free(found->objects);
    free(found->ratio);
    free(found->belongs);
    free(found->owner);
    *found = (ia_scan_found){0};
}
