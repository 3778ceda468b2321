// src/spectrum/tof_decide.c: how each decision would change with noise and with the width
// of peaks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRAWS = 16,             // of each level of noise
    LEVELS = IA_NOISES + 2, // those told, and two beyond
    WORLDS = LEVELS * DRAWS + IA_WIDTHS,
    RIVALS = 8,
};
static const double levels[LEVELS] = {0.02, 0.05, 0.1, 0.2, 0.5, 1, 2};
static const double widths[IA_WIDTHS] = {0.5, 1, 2};

// The peaks as they might have been.
typedef struct {
    ia_tof_peaks peaks; // list owned
    double *net;        // (n) ions of each peak as it is, changed
    int32_t *place;     // (n) the peak that each went into, -1: lost
} world;

typedef struct {
    ia_tof_job *job;
    world worlds[WORLDS];
} deciding;

static void clear_world(world *w)
{
    free(w->peaks.list);
    free(w->net);
    free(w->place);
}

// Wider peaks merge, and what no longer stands out is lost; narrower ones only lose
// background.
static void merge_peaks(const ia_tof_peaks *from, double width, world *w)
{
    ia_tof_peaks *to = &w->peaks;
    int32_t kept = 0, *keep = w->place;

    to->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        ia_tof_peak p = from->list[i], *last = to->n ? &to->list[to->n - 1] : NULL;
        p.net = w->net[i];
        p.b *= width;
        p.sigma *= width;
        if (last && width > 1 && ia_tof_is_one(to, last, &p)) {
            double sum = last->net + p.net;
            last->mass += (p.mass - last->mass) * p.net / sum;
            last->net = sum;
        } else {
            to->list[to->n++] = p;
        }
        keep[i] = (int32_t)to->n - 1;
    }
    for (size_t i = 0, at = 0; i < to->n; i++) {
        bool stands = width <= 1 || to->list[i].net > ia_tof_limit(to, to->list[i].mass);
        for (; at < from->n && keep[at] == (int32_t)i; at++)
            keep[at] = stands ? kept : -1;
        if (stands)
            to->list[kept++] = to->list[i];
    }
    to->n = (size_t)kept;
}

static ia_status build_world(const ia_tof_job *job, double noise, double width,
                             ia_random *random, world *w)
{
    size_t n = job->tof.n;

    w->peaks = job->tof;
    w->peaks.widths.width *= width;
    w->peaks.list = ia_array(job->ctx, n, sizeof *w->peaks.list);
    w->net = ia_array(job->ctx, n, sizeof *w->net);
    w->place = ia_array(job->ctx, n, sizeof *w->place);
    if (!w->peaks.list || !w->net || !w->place)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double off = noise > 0 ? noise * ia_random_normal(random) : 0;
        w->net[i] = job->tof.list[i].net * exp(off - noise * noise / 2);
    }
    merge_peaks(&job->tof, width, w);
    return IA_OK;
}

// The same numbers for each level, so that levels differ by the noise alone.
static ia_status build_worlds(deciding *d)
{
    ia_status st = IA_OK;

    for (size_t k = 0; st == IA_OK && k < WORLDS; k++) {
        bool noisy = k < LEVELS * DRAWS;
        ia_random random = ia_random_new(1, k % DRAWS);
        st = build_world(d->job, noisy ? levels[k / DRAWS] : 0,
                         noisy ? 1 : widths[k - LEVELS * DRAWS], &random, &d->worlds[k]);
    }
    return st;
}

// Probability of the element in each world.
static ia_status ask_element(const deciding *d, const ia_tof_told *t, double p[WORLDS])
{
    const ia_tof_job *job = d->job;
    size_t n_classes = job->classes.n, class = job->classes.class_of[t->ion.parts[0].z];
    float *features = ia_array(job->ctx, WORLDS * IA_TOF_FEATURES, sizeof *features);
    float *all = ia_array(job->ctx, WORLDS * n_classes, sizeof *all);
    ia_status st = features && all ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; st == IA_OK && k < WORLDS; k++) {
        int32_t peak = d->worlds[k].place[t->peak];
        if (peak >= 0)
            ia_tof_features(&d->worlds[k].peaks, (size_t)peak, t->ion.charge,
                            features + k * IA_TOF_FEATURES);
    }
    if (st == IA_OK)
        st = ia_trees_predict(job->ctx, job->trees.elements, features, WORLDS, all,
                              WORLDS * n_classes);
    for (size_t k = 0; st == IA_OK && k < WORLDS; k++)
        p[k] = d->worlds[k].place[t->peak] >= 0 ? (double)all[k * n_classes + class] : 0;
    free(features);
    free(all);
    return st;
}

// What the other ions leave of each peak, in one world.
static void leave(const world *w, const ia_tof_peaks *peaks, const double *left,
                  double *out)
{
    for (size_t i = 0; i < w->peaks.n; i++)
        out[i] = 0;
    for (size_t i = 0; i < peaks->n; i++)
        if (w->place[i] >= 0)
            out[w->place[i]] += w->net[i] - (peaks->list[i].net - left[i]);
    for (size_t i = 0; i < w->peaks.n; i++)
        out[i] = fmax(0, out[i]);
}

// The molecule and its best rivals; false where it is not among them.
static bool keep_rivals(ia_tof_matches *matches, const ia_ion *ion)
{
    size_t own = 0;

    while (own < matches->n && !ia_ion_is_equal(&matches->list[own].ion, ion))
        own++;
    if (own == matches->n)
        return false;
    ia_tof_match kept = matches->list[0];
    matches->list[0] = matches->list[own];
    matches->list[own] = kept;
    for (; matches->n > RIVALS; matches->n--)
        free(matches->list[matches->n - 1].lines);
    return true;
}

// Probability of the molecule in each world.
static ia_status ask_worlds(const deciding *d, const ia_tof_told *t, ia_tof_view *view,
                            ia_tof_matches *matches, double p[WORLDS])
{
    const ia_tof_job *job = d->job;
    float *features =
        ia_array(job->ctx, WORLDS * IA_TOF_MATCH_FEATURES, sizeof *features);
    double *left = ia_array(job->ctx, job->tof.n, sizeof *left);
    float told[WORLDS];
    ia_status st = features && left ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; st == IA_OK && k < WORLDS; k++) {
        const world *w = &d->worlds[k];
        int32_t peak = w->place[t->peak];
        ia_tof_scene scene = view->scene;
        if (peak < 0)
            continue;
        leave(w, &job->tof, view->left, left);
        scene.peaks = &w->peaks;
        scene.left = left;
        ia_tof_match_again(&scene, (size_t)peak, matches);
        for (size_t i = 0; i < matches->n; i++)
            if (ia_ion_is_equal(&matches->list[i].ion, &t->ion))
                memcpy(features + k * IA_TOF_MATCH_FEATURES, matches->list[i].features,
                       sizeof matches->list[i].features);
    }
    if (st == IA_OK)
        st = ia_trees_predict(job->ctx, job->trees.molecules, features, WORLDS, told,
                              WORLDS);
    for (size_t k = 0; st == IA_OK && k < WORLDS; k++)
        p[k] = d->worlds[k].place[t->peak] >= 0 ? (double)told[k] : 0;
    free(features);
    free(left);
    return st;
}

static ia_status ask_molecule(const deciding *d, const ia_members *members, size_t which,
                              double p[WORLDS])
{
    const ia_tof_job *job = d->job;
    const ia_tof_told *t = &job->told[which];
    ia_tof_matches *matches = ia_array(job->ctx, 1, sizeof *matches);
    ia_tof_view view = {0};
    ia_status st =
        matches ? ia_tof_view_build(job, members, which, &view) : IA_ERR_MEMORY;

    if (st == IA_OK &&
        (st = ia_tof_match_peak(job->ctx, &view.scene, t->peak, matches)) == IA_OK &&
        keep_rivals(matches, &t->ion))
        st = ask_worlds(d, t, &view, matches, p);
    if (matches)
        ia_tof_matches_clear(matches);
    free(matches);
    ia_tof_view_clear(&view);
    return st;
}

// Where the probability falls below what is asked for, between two levels of noise.
static double flip_of(double at_none, const double means[LEVELS], double least)
{
    double before = at_none, noise = levels[0] / 2;

    for (size_t k = 0; k < LEVELS; k++) {
        if (means[k] < least) {
            double part = before > means[k] ? (before - least) / (before - means[k]) : 0;
            return noise * pow(levels[k] / noise, fmin(1, fmax(0, part)));
        }
        before = means[k];
        noise = levels[k];
    }
    return INFINITY;
}

static ia_decision decision_of(const ia_tof_job *job, const ia_tof_told *t,
                               const double p[WORLDS])
{
    ia_decision d = {.ion = t->ion,
                     .mass = job->peaks->list[t->peak].mass,
                     .is_molecule = t->is_molecule,
                     .probability = t->probability,
                     .rival = t->rival,
                     .rival_probability = t->rival_probability};
    double means[LEVELS] = {0};

    for (size_t k = 0; k < LEVELS * DRAWS; k++)
        means[k / DRAWS] += p[k] / DRAWS;
    memcpy(d.noise, means, sizeof d.noise);
    memcpy(d.widths, p + LEVELS * DRAWS, sizeof d.widths);
    d.flip = flip_of(t->probability, means, job->params->probability);
    return d;
}

ia_status ia_tof_decide(ia_tof_job *job)
{
    deciding *d = ia_array(job->ctx, 1, sizeof *d);
    ia_members members = {0};
    ia_assignment *out = &job->out;
    ia_status st = d ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK)
        goto done;
    d->job = job;
    out->decisions = ia_array(job->ctx, job->n_told, sizeof *out->decisions);
    if (!out->decisions) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = ia_tof_members(job->ctx, &job->prior, job->found, &members)) == IA_OK)
        st = build_worlds(d);
    for (size_t k = 0; st == IA_OK && k < job->n_told; k++) {
        double p[WORLDS] = {0};
        const ia_tof_told *t = &job->told[k];
        st = t->is_molecule ? ask_molecule(d, &members, k, p) : ask_element(d, t, p);
        if (st == IA_OK)
            out->decisions[out->n_decisions++] = decision_of(job, t, p);
    }
done:
    for (size_t k = 0; d && k < WORLDS; k++)
        clear_world(&d->worlds[k]);
    ia_members_clear(&members);
    free(d);
    return st;
}
