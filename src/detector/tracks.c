// src/detector/tracks.c: pairs along the tracks of broken molecules against pairs beside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <ionatlas/honest.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

// Bands beside a track begin and end at so many of its half-widths; its ends keep off the
// peaks by so many widths of a peak; the whole is at least so long a share of the
// voltage.
static const double beside_from = 1.5, beside_to = 3.5, keep_off = 6, shortest = 0.1;

// A track as a curve over one of its two axes, the one along which it is longer.
typedef struct {
    size_t over;    // 0 or 1: the fragment whose m/n is the axis
    double from[2]; // of the axis, Da, rising
    double near[2]; // nothing beyond this on the other axis is on the track or beside, Da
} lane;

// Ions below each edge of fine bins, of each group.
typedef struct {
    double bin;
    size_t n_bins;
    uint32_t *below; // (n_groups, n_bins + 1)
} marginal;

typedef struct {
    const hits_job *j;
    ia_track *tracks; // (n)
    lane *lanes;      // (n)
    size_t n;
    marginal marginal;
    uint64_t **on, **off; // (workers)(n)
    uint64_t **shared;    // (workers)(n, n): pairs on both of two tracks
} job;

// Slope of the apparent m/n over the share of the voltage.
static double slope_of(const ia_track *t, size_t k, double m)
{
    if (!isfinite(t->m[k]))
        return -m * m / t->m_parent;
    return m * m * (1 / t->m[k] - 1 / t->m_parent);
}

// The share of the voltage at which fragment k seems to have m/n m.
static double share_at(const ia_track *t, size_t k, double m)
{
    if (!isfinite(t->m[k]))
        return t->m_parent / m;
    return (1 - t->m[k] / m) / (1 - t->m[k] / t->m_parent);
}

// Where the track passes at m/n `at` of its axis, and half its width there, Da.
static void pass(const job *w, size_t i, double at, double *middle, double *half)
{
    const ia_track *t = &w->tracks[i];
    size_t over = w->lanes[i].over, other = 1 - over;
    *middle = ia_track_at(t, other, share_at(t, over, at));
    double tilt = slope_of(t, other, *middle) / slope_of(t, over, at);
    *half = w->j->params.track_width *
            hypot(hits_width(w->j, *middle), tilt * hits_width(w->j, at));
}

// The part of a track that keeps off the peaks at its ends; false where none is left.
static bool lay_lane(const job *w, const ia_track *t, lane *out)
{
    const ia_multihit *result = w->j->out;
    double end = result->bin * (double)result->n_bins, x[2] = {0, 1};
    double off_parent = keep_off * hits_width(w->j, t->m_parent);
    for (size_t k = 0; k < 2; k++) {
        double way = k == 0 ? 1 : -1;
        double from = isfinite(t->m[k])
                          ? t->m[k] + way * keep_off * hits_width(w->j, t->m[k])
                          : end;
        x[0] = fmax(x[0], share_at(t, k, fmin(from, end)));
        x[1] = fmin(x[1], share_at(t, k, t->m_parent - way * off_parent));
    }
    if (!(x[1] - x[0] >= shortest) || t->m_parent >= end)
        return false;
    double length[2];
    for (size_t k = 0; k < 2; k++)
        length[k] = fabs(ia_track_at(t, k, x[1]) - ia_track_at(t, k, x[0]));
    out->over = length[1] > length[0];
    double a = ia_track_at(t, out->over, x[0]), b = ia_track_at(t, out->over, x[1]);
    out->from[0] = fmin(a, b);
    out->from[1] = fmax(a, b);
    return true;
}

// Both axes run one way along a track, and so does its width.
static void bound_lane(const job *w, size_t i)
{
    lane *l = &w->lanes[i];
    l->near[0] = INFINITY;
    l->near[1] = -INFINITY;
    double widest = 0;
    for (size_t k = 0; k < 2; k++) {
        double middle, half;
        pass(w, i, l->from[k], &middle, &half);
        widest = fmax(widest, half);
        l->near[0] = fmin(l->near[0], middle);
        l->near[1] = fmax(l->near[1], middle);
    }
    const double room = 2; // the width is not quite steady between the ends
    l->near[0] -= room * beside_to * widest;
    l->near[1] += room * beside_to * widest;
}

static ia_status lay_lanes(ia_ctx *ctx, job *w)
{
    size_t n = 0;
    if (!(w->lanes = ia_array(ctx, w->n, sizeof *w->lanes)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < w->n; i++)
        if (lay_lane(w, &w->tracks[i], &w->lanes[n])) {
            w->tracks[n] = w->tracks[i];
            bound_lane(w, n++);
        }
    w->n = n;
    return IA_OK;
}

static ia_status build_marginal(ia_ctx *ctx, job *w)
{
    const hits_job *j = w->j;
    marginal *m = &w->marginal;
    enum { FINE_MOST = 20000, PER_WIDTH = 4 };
    double end = j->out->bin * (double)j->out->n_bins;
    m->n_bins = (size_t)fmin(FINE_MOST, PER_WIDTH * end / hits_width(j, 1) + 1);
    m->bin = end / (double)m->n_bins;
    size_t width = m->n_bins + 1;
    if (!(m->below = ia_array(ctx, j->out->n_groups * width, sizeof *m->below)))
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < j->m->n_events; e++)
        for (size_t i = j->m->begin[e]; i < j->m->begin[e + 1]; i++) {
            double at = (double)j->m->mass[i] / m->bin;
            if (at >= 0 && at < (double)m->n_bins)
                m->below[j->group[e] * width + (size_t)at + 1]++;
        }
    for (size_t g = 0; g < j->out->n_groups; g++)
        for (size_t k = 0; k < m->n_bins; k++)
            m->below[g * width + k + 1] += m->below[g * width + k];
    return IA_OK;
}

// Ions of a group between two m/n; those of a bin that is cut are shared out evenly.
static double between(const marginal *m, const uint32_t *below, double lo, double hi)
{
    double sum[2], edge[2] = {lo, hi};
    for (size_t k = 0; k < 2; k++) {
        double at = fmin(fmax(edge[k] / m->bin, 0), (double)m->n_bins);
        size_t bin = at < (double)m->n_bins ? (size_t)at : m->n_bins - 1;
        sum[k] = below[bin] +
                 (at - (double)bin) * ((double)below[bin + 1] - (double)below[bin]);
    }
    return sum[1] - sum[0];
}

// Pairs that chance puts on a track for one that it puts beside.
static void weigh_block(void *user, size_t i, size_t worker)
{
    job *w = user;
    const marginal *m = &w->marginal;
    const lane *l = &w->lanes[i];
    double on = 0, off = 0;
    (void)worker;
    for (size_t k = (size_t)(l->from[0] / m->bin) + 1;
         ((double)k + 1) * m->bin < l->from[1]; k++) {
        double middle, half;
        pass(w, i, ((double)k + 0.5) * m->bin, &middle, &half);
        for (size_t g = 0; g < w->j->out->n_groups; g++) {
            const ia_hits_group *group = &w->j->out->groups[g];
            const uint32_t *below = m->below + g * (m->n_bins + 1);
            uint32_t n = below[k + 1] - below[k];
            if (n == 0)
                continue;
            double each = n * group->pairs / (group->ions * (group->ions - 1));
            double own = between(m, below, middle - half, middle + half);
            double near = between(m, below, middle - beside_from * half,
                                  middle + beside_from * half);
            double all =
                between(m, below, middle - beside_to * half, middle + beside_to * half);
            on += each * own;
            off += each * (all - near);
        }
    }
    w->tracks[i].ratio = off > 0 ? on / off : NAN;
}

// 1 on the track, 0 beside it, -1 elsewhere.
static int place_of(const job *w, size_t i, const double pair[2])
{
    const lane *l = &w->lanes[i];
    double at = pair[l->over], other = pair[1 - l->over], middle, half;
    if (at < l->from[0] || at > l->from[1] || other < l->near[0] || other > l->near[1])
        return -1;
    pass(w, i, at, &middle, &half);
    double off = fabs(other - middle);
    if (off <= half)
        return 1;
    return off > beside_from * half && off <= beside_to * half ? 0 : -1;
}

static void order_pair(const hits_job *j, size_t a, size_t b, double pair[2])
{
    double x = (double)j->m->mass[a], y = (double)j->m->mass[b];
    pair[0] = fmin(x, y);
    pair[1] = fmax(x, y);
}

static void count_pair(const job *w, const double pair[2], size_t worker)
{
    for (size_t i = 0; i < w->n; i++) {
        int place = place_of(w, i, pair);
        if (place > 0)
            w->on[worker][i]++;
        else if (place == 0)
            w->off[worker][i]++;
    }
}

// Pairs on two tracks; whether the pair is on any.
static bool share_pair(const job *w, const double pair[2], size_t worker)
{
    bool any = false;
    for (size_t i = 0; i < w->n; i++) {
        if (place_of(w, i, pair) <= 0)
            continue;
        any = true;
        for (size_t k = 0; k < i; k++)
            w->shared[worker][i * w->n + k] += place_of(w, k, pair) > 0;
    }
    return any;
}

static void pairs_block(void *user, size_t block, size_t worker)
{
    const job *w = user;
    const ia_multiples *m = w->j->m;
    size_t begin, end;
    double pair[2];
    ia_block(m->n_events, BLOCK, block, &begin, &end);
    for (size_t e = begin; e < end; e++)
        for (size_t a = m->begin[e]; a < m->begin[e + 1]; a++)
            for (size_t b = a + 1; b < m->begin[e + 1]; b++) {
                order_pair(w->j, a, b, pair);
                if (!w->shared)
                    count_pair(w, pair, worker);
                else if (share_pair(w, pair, worker))
                    w->j->broken[e] = true;
            }
}

static uint64_t **counters(ia_ctx *ctx, size_t n_workers, size_t n)
{
    uint64_t **all = ia_array(ctx, n_workers, sizeof *all);
    uint64_t *room = all ? ia_array(ctx, n_workers * n, sizeof *room) : NULL;
    if (!room) {
        free(all);
        return NULL;
    }
    for (size_t k = 0; k < n_workers; k++)
        all[k] = room + k * n;
    return all;
}

static void counters_free(uint64_t **all)
{
    if (all)
        free(all[0]);
    free(all);
}

static void counters_add(uint64_t **all, size_t n_workers, size_t n)
{
    for (size_t k = 1; k < n_workers; k++)
        for (size_t i = 0; i < n; i++)
            all[0][i] += all[k][i];
}

static ia_status count_pairs(ia_ctx *ctx, job *w)
{
    size_t n_blocks = ia_block_count(w->j->m->n_events, BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    if (!(w->on = counters(ctx, n_workers, w->n)) ||
        !(w->off = counters(ctx, n_workers, w->n)))
        return IA_ERR_MEMORY;
    ia_status st = ia_for(ctx, "tracks", w->n, weigh_block, w);
    if (st == IA_OK)
        st = ia_for(ctx, "tracks", n_blocks, pairs_block, w);
    counters_add(w->on, n_workers, w->n);
    counters_add(w->off, n_workers, w->n);
    return st;
}

// Given the pairs on the track and beside it, those on it are binomial by chance.
static void judge(ia_track *t, uint64_t on, uint64_t off)
{
    t->counts = on;
    t->beside = off;
    t->expected = t->ratio * (double)off;
    t->excess = (double)on - t->expected;
    t->sigma_excess = sqrt((double)on + t->ratio * t->expected);
    t->p = 1;
    if (on > 0 && t->ratio > 0)
        t->p = gsl_cdf_beta_P(t->ratio / (1 + t->ratio), (double)on, (double)off + 1);
}

static int by_rising_p(const void *a, const void *b)
{
    const ia_track *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    int order = strcmp(x->fragment[0].name, y->fragment[0].name);
    return order ? order : strcmp(x->fragment[1].name, y->fragment[1].name);
}

static ia_status correct(ia_ctx *ctx, const job *w)
{
    double *p = ia_array(ctx, w->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < w->n && p; i++)
        p[i] = w->tracks[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, w->n, p);
    for (size_t i = 0; i < w->n && st == IA_OK; i++) {
        w->tracks[i].p_holm = p[i];
        w->tracks[i].is_significant = p[i] <= w->j->params.level;
    }
    free(p);
    return st;
}

// Among significant tracks: the strongest that holds more than half of the pairs of each;
// and the pulses that hold a pair of any.
static ia_status find_same(ia_ctx *ctx, job *w)
{
    size_t n_blocks = ia_block_count(w->j->m->n_events, BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    while (w->n > 0 && !w->tracks[w->n - 1].is_significant)
        w->n--;
    if (w->n == 0)
        return IA_OK;
    free(w->lanes);
    w->lanes = NULL;
    ia_status st = lay_lanes(ctx, w); // in the new order
    if (st != IA_OK)
        return st;
    if (!(w->shared = counters(ctx, n_workers, w->n * w->n)))
        return IA_ERR_MEMORY;
    st = ia_for(ctx, "tracks", n_blocks, pairs_block, w);
    counters_add(w->shared, n_workers, w->n * w->n);
    for (size_t i = 1; i < w->n && st == IA_OK; i++)
        for (size_t k = i; k > 0; k--)
            if (2 * w->shared[0][i * w->n + k - 1] > w->tracks[i].counts)
                w->tracks[i].same_as = k - 1;
    return st;
}

ia_status hits_tracks_test(ia_ctx *ctx, hits_job *j)
{
    job w = {.j = j};
    ia_multihit *out = j->out;
    ia_status st;
    if ((st = hits_tracks_list(ctx, j, &w.tracks, &w.n)) != IA_OK ||
        (st = lay_lanes(ctx, &w)) != IA_OK || (st = build_marginal(ctx, &w)) != IA_OK ||
        (st = count_pairs(ctx, &w)) != IA_OK)
        goto done;
    for (size_t i = 0; i < w.n; i++)
        judge(&w.tracks[i], w.on[0][i], w.off[0][i]);
    qsort(w.tracks, w.n, sizeof *w.tracks, by_rising_p);
    size_t n = w.n;
    if ((st = correct(ctx, &w)) != IA_OK || (st = find_same(ctx, &w)) != IA_OK)
        goto done;
    out->tracks = w.tracks;
    out->n_tracks = n;
    w.tracks = NULL;
done:
    free(w.tracks);
    free(w.lanes);
    free(w.marginal.below);
    counters_free(w.on);
    counters_free(w.off);
    counters_free(w.shared);
    return st;
}
