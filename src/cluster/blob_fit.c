// src/cluster/blob_fit.c: expectation and maximisation of a mixture of Gaussians, and
// which of them stay.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/blob_fit.h"

#include "cluster/blob_lists.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 200 };
static const double settled = 1e-7;    // change of log-likelihood per point
static const double least_even = 0.05; // share to begin with

typedef struct {
    const ia_points *points;
    const ia_blob_rules *rules;
    ia_blob_lists lists;
    double *density; // (n) q(x) V, times the number of points
    double inverse;  // sum of 1 / density
    ia_blobs *out;
} fitting;

// The even part's density, in the units of `density`.
static double even_of(const fitting *f)
{
    return f->out->even * (double)f->out->n;
}

static double sum_densities(fitting *f)
{
    ia_blobs *out = f->out;
    const ia_blob_lists *l = &f->lists;
    double sum = 0, even = even_of(f);
    for (size_t i = 0; i < out->n; i++)
        f->density[i] = even;
    for (size_t e = 0; e < l->start[out->n_blobs]; e++)
        f->density[l->point[e]] += l->density[e];
    f->inverse = 0;
    size_t n_even = 0;
    for (size_t i = 0; i < out->n; i++) {
        f->inverse += 1 / f->density[i];
        if (f->density[i] == even)
            n_even++;
        else
            sum += log(f->density[i] / (double)out->n);
    }
    return sum + (double)n_even * log(out->even);
}

static void set_level(const ia_blob_rules *rules, ia_blob *blob)
{
    blob->level = rules->level ? rules->level(rules->user, blob) : 1;
}

// New weight, place and width of blob k from the shares of its points.
static void maximise(void *user, size_t k, size_t worker)
{
    fitting *f = user;
    const ia_blob_lists *l = &f->lists;
    ia_blob *blob = &f->out->blobs[k];
    double weight = 0, centre[3] = {0}, square = 0;
    (void)worker;
    for (size_t e = l->start[k]; e < l->start[k + 1]; e++) {
        double share = l->density[e] / f->density[l->point[e]];
        const float *at = f->points->xyz + 3 * (size_t)l->point[e];
        weight += share;
        for (size_t d = 0; d < 3; d++)
            centre[d] += share * (at[d] - blob->centre[d]);
    }
    for (size_t d = 0; d < 3 && weight > 0; d++)
        centre[d] = blob->centre[d] + centre[d] / weight;
    for (size_t e = l->start[k]; e < l->start[k + 1]; e++) {
        double share = l->density[e] / f->density[l->point[e]];
        const float *at = f->points->xyz + 3 * (size_t)l->point[e];
        for (size_t d = 0; d < 3; d++)
            square += share * (at[d] - centre[d]) * (at[d] - centre[d]);
    }
    blob->points = weight;
    if (weight > 0) {
        memcpy(blob->centre, centre, sizeof centre);
        blob->width = fmax(sqrt(square / (3 * weight)), f->rules->least_width);
        set_level(f->rules, blob);
    }
}

// Blobs that have shrunk away or spread over the whole are none.
static void drop_small(fitting *f)
{
    ia_blobs *out = f->out;
    double widest = cbrt(out->volume) / 4, least = f->rules->least_points / 2;
    size_t n = 0;
    double taken = 0;
    for (size_t k = 0; k < out->n_blobs; k++)
        if (out->blobs[k].points >= least && out->blobs[k].width <= widest) {
            taken += out->blobs[k].points;
            out->blobs[n++] = out->blobs[k];
        }
    out->n_blobs = n;
    out->even = fmax(1 - taken / (double)out->n, 1e-6);
}

static ia_status expect(ia_ctx *ctx, fitting *f)
{
    ia_blobs *out = f->out;
    ia_status st =
        ia_blob_lists_fill(ctx, out->blobs, out->n_blobs, out->volume, &f->lists);
    if (st == IA_OK)
        out->log_likelihood = sum_densities(f);
    return st;
}

static ia_status settle(ia_ctx *ctx, fitting *f)
{
    ia_blobs *out = f->out;
    ia_status st = expect(ctx, f);
    for (int round = 0; round < ROUNDS && out->n_blobs > 0 && st == IA_OK; round++) {
        double before = out->log_likelihood;
        size_t n = out->n_blobs;
        if ((st = ia_for(ctx, "mixture", n, maximise, f)) != IA_OK)
            break;
        drop_small(f);
        st = expect(ctx, f);
        if (n == out->n_blobs &&
            fabs(out->log_likelihood - before) < settled * (double)out->n)
            break;
    }
    return st;
}

// Which blobs stay
// -------------------------------------------------------------------------------

// What the log-likelihood loses without blob k, its points given to the even part.
static void find_gain(void *user, size_t k, size_t worker)
{
    fitting *f = user;
    const ia_blob_lists *l = &f->lists;
    ia_blob *blob = &f->out->blobs[k];
    double gain = 0, inverse = f->inverse;
    (void)worker;
    for (size_t e = l->start[k]; e < l->start[k + 1]; e++) {
        double whole = f->density[l->point[e]];
        gain += log(whole / (whole - l->density[e] + blob->points));
        inverse -= 1 / whole;
    }
    // Elsewhere the even part would be denser by as much.
    blob->gain = gain - blob->points * inverse;
}

static double gap(const ia_blob *a, const ia_blob *b)
{
    double sum = 0;
    for (int d = 0; d < 3; d++)
        sum += (a->centre[d] - b->centre[d]) * (a->centre[d] - b->centre[d]);
    return sqrt(sum);
}

// Of blobs that overlap, the one that adds least goes first: the others may take over.
static bool is_least_near(const ia_blobs *b, size_t k)
{
    for (size_t j = 0; j < b->n_blobs; j++) {
        const ia_blob *mine = &b->blobs[k], *other = &b->blobs[j];
        bool is_lesser = other->gain < mine->gain || (other->gain == mine->gain && j < k);
        if (j != k && is_lesser && gap(mine, other) < 2 * (mine->width + other->width))
            return false;
    }
    return true;
}

static ia_status drop_weak(ia_ctx *ctx, fitting *f, bool *dropped)
{
    ia_blobs *out = f->out;
    bool *goes = ia_array(ctx, out->n_blobs, sizeof *goes);
    ia_status st = goes ? ia_for(ctx, NULL, out->n_blobs, find_gain, f) : IA_ERR_MEMORY;
    size_t n = 0;
    for (size_t k = 0; k < out->n_blobs && st == IA_OK; k++)
        goes[k] = out->blobs[k].gain < f->rules->needed && is_least_near(out, k);
    for (size_t k = 0; k < out->n_blobs && st == IA_OK; k++)
        if (!goes[k])
            out->blobs[n++] = out->blobs[k];
    if (st == IA_OK) {
        *dropped = n < out->n_blobs;
        out->n_blobs = n;
        drop_small(f);
    }
    free(goes);
    return st;
}

// One blob with the points, the middle and the spread of two.
static ia_blob join(const ia_blob_rules *rules, const ia_blob *a, const ia_blob *b)
{
    double n = a->points + b->points, square = 0;
    ia_blob both = {.points = n};
    for (int d = 0; d < 3; d++) {
        both.centre[d] = (a->points * a->centre[d] + b->points * b->centre[d]) / n;
        double off_a = a->centre[d] - both.centre[d],
               off_b = b->centre[d] - both.centre[d];
        square += a->points * (a->width * a->width + off_a * off_a) +
                  b->points * (b->width * b->width + off_b * off_b);
    }
    both.width = sqrt(square / (3 * n));
    set_level(rules, &both);
    return both;
}

// What the log-likelihood loses when a and b become one, over the points of a, and of b
// that are not of a.
static double loss_of(const fitting *f, size_t a, size_t b)
{
    const ia_blob_lists *l = &f->lists;
    const ia_blob *blobs = f->out->blobs;
    const ia_blob both = join(f->rules, &blobs[a], &blobs[b]);
    const size_t two[] = {a, b};
    double loss = 0, volume = f->out->volume;
    for (int side = 0; side < 2; side++)
        for (size_t e = l->start[two[side]]; e < l->start[two[side] + 1]; e++) {
            const float *at = f->points->xyz + 3 * (size_t)l->point[e];
            double other = ia_blob_density(&blobs[two[1 - side]], volume, at);
            double whole = f->density[l->point[e]];
            if (side == 1 && other > 0)
                continue;
            double joined =
                whole - l->density[e] - other + ia_blob_density(&both, volume, at);
            loss += log(whole / fmax(joined, even_of(f)));
        }
    return loss;
}

// Blobs that one would do for: a start may lie beside another of the same cluster.
static void join_split(fitting *f, bool *joined)
{
    ia_blobs *out = f->out;
    size_t n = 0;
    for (size_t k = 0; k < out->n_blobs; k++) {
        ia_blob *mine = &out->blobs[k];
        for (size_t j = k + 1; j < out->n_blobs && mine->points > 0; j++) {
            ia_blob *other = &out->blobs[j];
            if (other->points > 0 &&
                gap(mine, other) < 2 * (mine->width + other->width) &&
                loss_of(f, k, j) < f->rules->needed) {
                *other = join(f->rules, mine, other);
                mine->points = 0;
                *joined = true;
            }
        }
    }
    for (size_t k = 0; k < out->n_blobs; k++)
        if (out->blobs[k].points > 0)
            out->blobs[n++] = out->blobs[k];
    out->n_blobs = n;
}

static int by_points(const void *a, const void *b)
{
    const ia_blob *l = a, *r = b;
    if (l->points != r->points)
        return l->points > r->points ? -1 : 1;
    return (l->centre[2] > r->centre[2]) - (l->centre[2] < r->centre[2]);
}

static ia_status label(ia_ctx *ctx, fitting *f)
{
    ia_blobs *out = f->out;
    const ia_blob_lists *l = &f->lists;
    double *most = ia_array(ctx, out->n, sizeof *most);
    ia_status st = most ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        qsort(out->blobs, out->n_blobs, sizeof *out->blobs, by_points);
        st = expect(ctx, f);
    }
    for (size_t i = 0; i < out->n && st == IA_OK; i++) {
        most[i] = even_of(f);
        out->label[i] = -1;
        out->probability[i] = (float)(1 - even_of(f) / f->density[i]);
    }
    for (size_t k = 0; k < out->n_blobs && st == IA_OK; k++)
        for (size_t e = l->start[k]; e < l->start[k + 1]; e++)
            if (l->density[e] > most[l->point[e]]) {
                most[l->point[e]] = l->density[e];
                out->label[l->point[e]] = (int32_t)k;
            }
    free(most);
    return st;
}

static ia_status fit(ia_ctx *ctx, fitting *f)
{
    bool dropped = true;
    ia_status st = IA_OK;
    while (st == IA_OK && dropped && (st = settle(ctx, f)) == IA_OK) {
        dropped = false;
        join_split(f, &dropped);
        if (!dropped)
            st = drop_weak(ctx, f, &dropped);
    }
    return st == IA_OK ? label(ctx, f) : st;
}

ia_status ia_blobs_settle(ia_ctx *ctx, const ia_points *points,
                          const ia_blob_rules *rules, ia_blobs *out)
{
    fitting f = {.points = points, .rules = rules, .out = out};
    double taken = 0;
    ia_status st;
    for (size_t k = 0; k < out->n_blobs; k++) {
        taken += out->blobs[k].points;
        set_level(rules, &out->blobs[k]);
    }
    out->even = fmax(least_even, 1 - taken / (double)out->n);
    if (!(f.density = ia_array(ctx, out->n, sizeof *f.density)))
        return IA_ERR_MEMORY;
    if ((st = ia_blob_lists_begin(ctx, points, &f.lists)) == IA_OK)
        st = fit(ctx, &f);
    ia_blob_lists_clear(&f.lists);
    free(f.density);
    return st;
}
