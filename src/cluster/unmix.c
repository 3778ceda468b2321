// src/cluster/unmix.c: what clusters are made of, without the matrix that overlaps them.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/scan.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Solvent ions beyond MOST of a window are thinned out; SHARP clusters tell the blur.
enum { MOST = 2500, SHARP = 40, BLURS = 9, CLASSES = 4 };
static const double blur_step = 0.1;                           // nm
static const double best_known = 0.005;                        // radii
static const double window_classes[CLASSES] = {2.5, 4, 7, 11}; // nm

typedef struct {
    const ia_solute_set *solute;
    ia_clustering *out;
    size_t first, n;         // clusters
    double sigma_xy;         // nm
    bool is_gaussian;        // the shape that clusters have
    bool measures;           // or only fits
    size_t *chosen;          // (clusters) those of a class of windows
    double *fits;            // (clusters) evidence
    ia_scan_object *objects; // (clusters) radius 0: none
    ia_scan_blur *blur;
    atomic_bool is_starved;
} unmixing;

// Ions around a cluster that are of no other one.
typedef struct {
    ia_scan_window window;
    uint16_t *kind; // (window.n)
} neighbourhood;

static bool make_room(size_t n, neighbourhood *h)
{
    ia_scan_window *w = &h->window;
    *w = (ia_scan_window){
        ia_array(NULL, 3 * n, sizeof(float)), ia_array(NULL, n, sizeof(float)),
        ia_array(NULL, n, sizeof(bool)), ia_array(NULL, n, sizeof(float)), 0};
    h->kind = ia_array(NULL, n, sizeof *h->kind);
    return w->xyz && w->weight && w->has && w->share && h->kind;
}

static void clear(neighbourhood *h)
{
    free(h->window.xyz);
    free(h->window.weight);
    free(h->window.has);
    free(h->window.share);
    free(h->kind);
}

static double window_of(const ia_cluster *c)
{
    return fmin(1.6 * c->radius + 1.5, window_classes[CLASSES - 1]);
}

static void fill(const unmixing *u, size_t own, const uint32_t *points, const float *d2,
                 size_t n, neighbourhood *h)
{
    const ia_cloud *cloud = u->solute->cloud;
    double reach = window_of(&u->out->clusters[own]);
    ia_scan_window *w = &h->window;
    size_t n_solvent = 0, seen = 0;
    for (size_t i = 0; i < n; i++)
        n_solvent +=
            (double)d2[i] < reach * reach && !u->solute->has[cloud->kind[points[i]]];
    size_t every = n_solvent / MOST + 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t ion = points[i];
        int32_t label = u->out->labels[cloud->row[ion]];
        bool has = u->solute->has[cloud->kind[ion]];
        if ((double)d2[i] >= reach * reach || (label >= 0 && label != (int32_t)own) ||
            (!has && seen++ % every != 0))
            continue;
        memcpy(w->xyz + 3 * w->n, cloud->xyz + 3 * (size_t)ion, 3 * sizeof *w->xyz);
        w->weight[w->n] = has ? 1 : (float)every;
        w->has[w->n] = has;
        h->kind[w->n++] = cloud->kind[ion];
    }
}

static ia_scan_object fit(const unmixing *u, size_t own, const ia_scan_window *w)
{
    const ia_cluster *c = &u->out->clusters[own];
    double in = (double)c->solute_ions / (double)c->ions, all = 0, solute = 0;
    ia_scan_object o = {.blur = u->blur,
                        .radius = c->radius,
                        .sigma_xy = u->sigma_xy,
                        .is_gaussian = u->is_gaussian};
    memcpy(o.centre, c->centre, sizeof o.centre);
    for (size_t i = 0; i < w->n; i++) {
        all += (double)w->weight[i];
        solute += w->has[i];
    }
    solute -= (double)c->solute_ions;
    all -= (double)c->ions;
    o.inside = fmin(fmax(in, 0.05), 0.95);
    o.outside = fmin(fmax(all > 0 ? solute / all : 0, 1e-6), 0.9 * o.inside);
    ia_scan_fit(w, &o);
    return o;
}

// Of each kind, c inside and m outside: an ion at S is of the kind with the chance c S +
// m (1 - S). Least squares over the ions; errors by the spread of what is left, and by an
// ion more or less: what is not there has no spread.
static void solve(const ia_scan_object *o, const neighbourhood *h, size_t n_kinds,
                  ia_cluster *c)
{
    const ia_scan_window *w = &h->window;
    double ss = 0, st = 0, tt = 0;
    for (size_t i = 0; i < w->n; i++) {
        double s = ia_scan_inside(o, w->xyz + 3 * i), weight = (double)w->weight[i];
        w->share[i] = (float)s;
        ss += weight * s * s;
        st += weight * s * (1 - s);
        tt += weight * (1 - s) * (1 - s);
    }
    double det = ss * tt - st * st;
    for (size_t k = 0; k < n_kinds; k++) {
        double a = 0, b = 0, variance = pow(tt / det, 2);
        for (size_t i = 0; i < w->n; i++) {
            double own = h->kind[i] == k ? (double)w->weight[i] : 0;
            a += own * (double)w->share[i];
            b += own * (1 - (double)w->share[i]);
        }
        double inside = (tt * a - st * b) / det, outside = (ss * b - st * a) / det;
        for (size_t i = 0; i < w->n; i++) {
            double s = (double)w->share[i], pull = (tt * s - st * (1 - s)) / det;
            double off = (h->kind[i] == k) - inside * s - outside * (1 - s);
            variance += pow((double)w->weight[i] * pull * off, 2);
        }
        c->inside_kinds[k] = det > 0 ? inside : NAN;
        c->sigma_inside_kinds[k] = det > 0 ? sqrt(variance) : NAN;
    }
}

// The sphere holds about as much solute as what was found, or more: labels take matrix
// in, and leave some of it out inside. One about two spheres that touch does not, nor
// about a plate.
static bool is_sphere(const ia_solute_set *solute, size_t n_kinds, const ia_cluster *c)
{
    const double about = 0.75, doubt = 2;
    double found = (double)c->solute_ions / (double)c->ions;
    double share = 0, variance = found * (1 - found) / (double)c->ions;
    for (size_t k = 0; k < n_kinds; k++) {
        share += solute->has[k] ? c->inside_kinds[k] : 0;
        variance += solute->has[k] ? pow(c->sigma_inside_kinds[k], 2) : 0;
    }
    return share + doubt * sqrt(variance) >= about * found;
}

static void forget(ia_cluster *c, size_t n_kinds)
{
    for (size_t k = 0; k < n_kinds; k++)
        c->inside_kinds[k] = c->sigma_inside_kinds[k] = NAN;
}

// Log-likelihood over all radii: the largest, and how many are as likely. A sharp surface
// can always be laid around some ions by chance.
static double evidence_of(const ia_scan_object *o)
{
    double known = fmax(o->sigma_radius / o->radius, best_known);
    return o->likelihood + log(known);
}

static void visit(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    unmixing *u = user;
    size_t number = u->chosen[query], own = u->first + number;
    ia_cluster *c = &u->out->clusters[own];
    neighbourhood h = {.kind = NULL};
    (void)worker;
    if (make_room(n, &h)) {
        fill(u, own, points, d2, n, &h);
        ia_scan_object o = fit(u, own, &h.window);
        u->fits[number] = evidence_of(&o);
        if (u->measures && o.inside > o.outside) {
            u->objects[number] = o;
            solve(&o, &h, u->out->n_kinds, c);
            if (!is_sphere(u->solute, u->out->n_kinds, c))
                forget(c, u->out->n_kinds);
            else if (isnan(c->inside_percent)) { // no finder fitted it
                c->inside_percent = 100 * o.inside;
                c->sigma_inside_percent = 100 * o.sigma_inside;
            }
        }
    } else
        atomic_store(&u->is_starved, true);
    clear(&h);
}

static size_t class_of(const ia_cluster *c)
{
    size_t k = 0;
    while (k + 1 < CLASSES && window_of(c) > window_classes[k])
        k++;
    return k;
}

// Clusters of small windows together, so that wide ones do not slow them down.
static ia_status look(ia_ctx *ctx, unmixing *u, const ia_index *index, size_t n)
{
    float *xyz = ia_array(ctx, 3 * n, sizeof *xyz);
    ia_status st = xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t k = 0; k < CLASSES && st == IA_OK; k++) {
        size_t n_chosen = 0;
        for (size_t i = 0; i < n; i++) {
            const ia_cluster *c = &u->out->clusters[u->first + i];
            if (class_of(c) != k)
                continue;
            for (size_t d = 0; d < 3; d++)
                xyz[3 * n_chosen + d] = (float)c->centre[d];
            u->chosen[n_chosen++] = i;
        }
        if (n_chosen > 0)
            st = ia_index_each_within(ctx, index, &(ia_points){xyz, n_chosen},
                                      window_classes[k], visit, u);
    }
    if (st == IA_OK && atomic_load(&u->is_starved))
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out while unmixing clusters");
    free(xyz);
    return st;
}

static ia_status sum_fits(ia_ctx *ctx, unmixing *u, const ia_index *index, double *sum)
{
    size_t n = u->n < SHARP ? u->n : SHARP;
    ia_status st = look(ctx, u, index, n);
    *sum = 0;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        *sum += u->fits[i];
    return st;
}

// The blur under which the largest clusters are likeliest together.
static ia_status fit_blur(ia_ctx *ctx, unmixing *u, const ia_index *index)
{
    double sums[BLURS];
    ia_status st = IA_OK;
    for (size_t b = 0; b < BLURS && st == IA_OK; b++) {
        u->sigma_xy = blur_step * (double)b;
        st = sum_fits(ctx, u, index, &sums[b]);
    }
    if (st == IA_OK)
        u->sigma_xy = ia_scan_likeliest_blur(sums, BLURS, blur_step);
    return st;
}

// A mixture's clusters may have no surface.
static ia_status choose_shape(ia_ctx *ctx, unmixing *u, const ia_index *index)
{
    double sphere = 0, gaussian = 0;
    ia_status st = sum_fits(ctx, u, index, &sphere);
    u->is_gaussian = true;
    if (st == IA_OK)
        st = sum_fits(ctx, u, index, &gaussian);
    u->is_gaussian = gaussian > sphere;
    return st;
}

// Farther away next to nothing came from inside.
static double reach_of(const ia_scan_object *o)
{
    return o->is_gaussian ? 2 * o->radius : 1.3 * o->radius + 6 * o->sigma_xy;
}

static void weigh(void *user, size_t worker, size_t query, const uint32_t *points,
                  const float *d2, size_t n)
{
    unmixing *u = user;
    const ia_cloud *cloud = u->solute->cloud;
    const ia_scan_object *o = &u->objects[u->chosen[query]];
    double reach = reach_of(o);
    (void)worker;
    for (size_t i = 0; i < n; i++) {
        uint32_t ion = points[i];
        float *chance = &u->out->probability[cloud->row[ion]];
        if ((double)d2[i] < reach * reach)
            *chance =
                fmaxf(*chance, (float)ia_scan_belongs(o, cloud->xyz + 3 * (size_t)ion,
                                                      u->solute->has[cloud->kind[ion]]));
    }
}

// The chance of every ion to be of a cluster, from the sphere fitted to each.
static ia_status weigh_ions(ia_ctx *ctx, unmixing *u, const ia_index *index)
{
    float *xyz = ia_array(ctx, 3 * u->n, sizeof *xyz);
    ia_status st = xyz ? IA_OK : IA_ERR_MEMORY;
    size_t n_chosen = 0;
    double widest = 0;
    for (size_t i = 0; i < u->n && st == IA_OK; i++) {
        const ia_scan_object *o = &u->objects[i];
        if (!(o->radius > 0))
            continue;
        for (size_t d = 0; d < 3; d++)
            xyz[3 * n_chosen + d] = (float)o->centre[d];
        u->chosen[n_chosen++] = i;
        widest = fmax(widest, reach_of(o));
    }
    if (n_chosen > 0) // one thread: clusters may share ions
        st = ia_index_each_within(NULL, index, &(ia_points){xyz, n_chosen}, widest, weigh,
                                  u);
    free(xyz);
    return st;
}

ia_status ia_clusters_unmix(ia_ctx *ctx, const ia_cluster_find *find, size_t first,
                            ia_clustering *out)
{
    const ia_cloud *cloud = find->solute->cloud;
    const ia_finder *finder = ia_finder_of(find->params->method);
    bool weighs = finder->has_probability && !finder->find; // nor has told it
    ia_points points = {cloud->xyz, cloud->n};
    unmixing u = {
        .n = out->n_clusters - first, .solute = find->solute, .out = out, .first = first};
    ia_index *index = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (u.n == 0)
        return IA_OK;
    u.sigma_xy = out->tests[find->test].sigma_xy;
    if (!(u.fits = ia_array(ctx, u.n, sizeof *u.fits)) ||
        !(u.chosen = ia_array(ctx, u.n, sizeof *u.chosen)) ||
        !(u.objects = ia_array(ctx, u.n, sizeof *u.objects)) ||
        !(u.blur = ia_scan_blur_new(ctx)) ||
        (st = ia_index_build(ctx, &points, NULL, &index)) != IA_OK)
        goto done;
    if (isnan(u.sigma_xy) && (st = fit_blur(ctx, &u, index)) != IA_OK)
        goto done;
    if (weighs && (st = choose_shape(ctx, &u, index)) != IA_OK)
        goto done;
    u.measures = true;
    if ((st = look(ctx, &u, index, u.n)) == IA_OK && weighs)
        st = weigh_ions(ctx, &u, index);
done:
    ia_index_free(index);
    free(u.objects);
    free(u.blur);
    free(u.chosen);
    free(u.fits);
    return st;
}
