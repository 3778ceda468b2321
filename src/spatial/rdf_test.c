// src/spatial/rdf_test.c: pairs by distance, of the data and of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/rdf_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status count(ia_ctx *ctx, const rdf_drawing *d, size_t worker, size_t n_bins,
                       uint64_t *counts)
{
    const ia_drawing_room *room = &d->set.rooms[worker];
    ia_points from = {room->from, d->set.n_from}, to = {room->to, d->set.n_to};
    ia_pairs_request request = {.r_max = d->r_max, .n_bins = n_bins};
    ia_status st = ia_pairs_count(ctx, &from, d->set.same ? NULL : &to, &request, counts);
    if (st == IA_OK)
        counts[0] -= room->n_met; // each with itself
    return st;
}

ia_status ia_rdf_draw(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                      double *values)
{
    const rdf_drawing *d = user;
    uint64_t *counts = ia_array(ctx, d->n_bins, sizeof *counts);
    ia_drawing_take(&d->set, draw, worker);
    ia_status st = counts ? count(ctx, d, worker, d->n_bins, counts) : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < d->n_bins; i++)
        values[i] = (double)counts[i];
    free(counts);
    return st;
}

ia_status ia_rdf_bound(ia_ctx *ctx, rdf_drawing *d, uint64_t seed)
{
    enum { TRIED = 2000 };
    static const double most = 1e8; // pairs of a draw
    ia_draw draw = {1, ia_random_new(seed, UINT64_MAX - 5)};
    rdf_drawing few = *d;
    uint64_t n = 0;
    few.set.n_from = d->set.n_from < TRIED ? d->set.n_from : TRIED;
    few.set.n_to = d->set.n_to < TRIED ? d->set.n_to : TRIED;
    ia_drawing_take(&few.set, &draw, 0);
    ia_status st = count(ctx, &few, 0, 1, &n);
    double scale = (double)d->set.n_from / (double)few.set.n_from *
                   ((double)d->set.n_to / (double)few.set.n_to);
    if (st != IA_OK || !((double)n * scale > most))
        return st;
    double share = sqrt(most / ((double)n * scale));
    d->set.n_from = (size_t)fmax(TRIED, share * (double)d->set.n_from);
    d->set.n_to = (size_t)fmax(TRIED, share * (double)d->set.n_to);
    d->set.n_from =
        d->set.n_from < d->set.n_list_from ? d->set.n_from : d->set.n_list_from;
    d->set.n_to = d->set.n_to < d->set.n_list_to ? d->set.n_to : d->set.n_list_to;
    return st;
}

// Draw i of a null, 0 the data.
static double *draw_of(const ia_null *null, size_t i)
{
    return i == 0 ? null->observed : null->nulls + (i - 1) * null->n_values;
}

// Mean and standard deviation of one value over data and shuffles, in which the data have
// no special place: so ranks of deviations are exact.
static double pool(const ia_null *null, size_t i, double *sd)
{
    double n = (double)null->n_shuffles + 1, sum = 0, squares = 0;
    for (size_t s = 0; s <= null->n_shuffles; s++)
        sum += draw_of(null, s)[i];
    for (size_t s = 0; s <= null->n_shuffles; s++) {
        double off = draw_of(null, s)[i] - sum / n;
        squares += off * off;
    }
    *sd = sqrt(squares / n);
    return sum / n;
}

// Fewer pairs on average are counted with the next bin: their deviations are too coarse.
static const double fewest_pairs = 5;

// Bins of every draw merged until they hold enough; the number left. What is left over at
// the end stays apart.
static size_t merge(const ia_null *null, ia_null *out)
{
    size_t n = 0, width = null->n_values;
    double held = 0, sd;
    for (size_t s = 0; s <= null->n_shuffles; s++)
        memset(draw_of(out, s), 0, width * sizeof(double));
    for (size_t i = 0; i < width; i++) {
        for (size_t s = 0; s <= null->n_shuffles; s++)
            draw_of(out, s)[n] += draw_of(null, s)[i];
        held += pool(null, i, &sd);
        if (held >= fewest_pairs) {
            n++;
            held = 0;
        }
    }
    return n + (held > 0);
}

// The largest deviation of each draw from the pooled mean over the pooled scatter.
static ia_status judge(ia_ctx *ctx, const ia_null *merged, size_t n, double *p)
{
    size_t n_draws = merged->n_shuffles + 1, reached = 0;
    double *largest = ia_array(ctx, n_draws, sizeof *largest);
    if (!largest)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double sd, mean = pool(merged, i, &sd);
        for (size_t s = 0; s < n_draws && sd > 0; s++)
            largest[s] = fmax(largest[s], fabs(draw_of(merged, s)[i] - mean) / sd);
    }
    for (size_t s = 0; s < n_draws; s++)
        reached += largest[s] >= largest[0];
    *p = (double)reached / (double)n_draws;
    free(largest);
    return IA_OK;
}

static void sum_up(const ia_null *null, ia_null *out)
{
    for (size_t s = 0; s <= null->n_shuffles; s++) {
        const double *from = draw_of(null, s);
        double *to = draw_of(out, s), sum = 0;
        for (size_t i = 0; i < null->n_values; i++)
            to[i] = sum += from[i];
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of the sums up to each distance: mean and the band of 95 % of the shuffles; where the
// data stand out most.
static void describe_sums(const ia_null *sums, double *room, ia_rdf *rdf)
{
    size_t n = sums->n_shuffles, tail = (size_t)((double)n * 0.025);
    double strongest = 0;
    rdf->r_strongest = rdf->bin * (double)rdf->n_bins;
    for (size_t i = 0; i < sums->n_values; i++) {
        double sum = 0, sd, mean = pool(sums, i, &sd);
        for (size_t s = 0; s < n; s++)
            sum += room[s] = draw_of(sums, s + 1)[i];
        qsort(room, n, sizeof *room, compare);
        rdf->sum_mean[i] = sum / (double)n;
        rdf->sum_lo[i] = room[tail];
        rdf->sum_hi[i] = room[n - 1 - tail];
        double off = sd > 0 ? fabs(sums->observed[i] - mean) / sd : 0;
        if (mean >= fewest_pairs && off > strongest) {
            strongest = off;
            rdf->r_strongest = rdf->bin * (double)(i + 1);
            rdf->ratio = sums->observed[i] / rdf->sum_mean[i];
        }
    }
}

static ia_status keep(ia_ctx *ctx, const ia_null *null, ia_rdf *rdf)
{
    double **lists[] = {&rdf->null_mean, &rdf->null_lo, &rdf->null_hi,
                        &rdf->sum_mean,  &rdf->sum_lo,  &rdf->sum_hi};
    const double *from[] = {null->mean, null->lo, null->hi};
    if (!(rdf->pairs = ia_array(ctx, rdf->n_bins, sizeof *rdf->pairs)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (!(*lists[i] = ia_array(ctx, rdf->n_bins, sizeof(double))))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < 3; i++)
        memcpy(*lists[i], from[i], rdf->n_bins * sizeof(double));
    for (size_t i = 0; i < rdf->n_bins; i++)
        rdf->pairs[i] = (uint64_t)null->observed[i];
    rdf->n_shuffles = null->n_shuffles;
    return IA_OK;
}

static ia_status summarise(ia_ctx *ctx, const ia_null *null, ia_rdf *rdf)
{
    size_t n = null->n_shuffles;
    ia_null work = {.n_values = null->n_values, .n_shuffles = n};
    double *room = ia_array(ctx, n, sizeof *room);
    ia_status st = IA_ERR_MEMORY;
    if (!room || !(work.observed = ia_array(ctx, work.n_values, sizeof(double))) ||
        !(work.nulls = ia_array(ctx, n * work.n_values, sizeof(double))) ||
        (st = keep(ctx, null, rdf)) != IA_OK ||
        (st = judge(ctx, &work, merge(null, &work), &rdf->p)) != IA_OK)
        goto done;
    sum_up(null, &work);
    describe_sums(&work, room, rdf);
done:
    ia_null_clear(&work);
    free(room);
    return st;
}

ia_status ia_rdf_count(ia_ctx *ctx, rdf_drawing *d, uint64_t seed, ia_rdf *rdf)
{
    ia_null none = {.n_values = d->n_bins};
    double **lists[] = {&none.observed, &none.mean, &none.lo, &none.hi};
    const ia_draw data = {0, ia_random_new(seed, 0)};
    ia_status st = IA_OK;
    for (size_t l = 0; l < 4 && st == IA_OK; l++) {
        *lists[l] = ia_array(ctx, d->n_bins, sizeof **lists[l]);
        st = *lists[l] ? IA_OK : IA_ERR_MEMORY;
        for (size_t i = 0; i < d->n_bins && st == IA_OK; i++)
            (*lists[l])[i] = NAN;
    }
    if (st == IA_OK && (st = ia_rdf_draw(ctx, d, &data, 0, none.observed)) == IA_OK)
        st = keep(ctx, &none, rdf);
    for (size_t i = 0; i < d->n_bins && st == IA_OK; i++)
        rdf->sum_mean[i] = rdf->sum_lo[i] = rdf->sum_hi[i] = NAN;
    rdf->p = rdf->p_holm = rdf->r_strongest = rdf->ratio = NAN;
    ia_null_clear(&none);
    return st;
}

// What a null says of the pairs, in place of what another said.
static void replace(ia_rdf *rdf, ia_rdf *fresh)
{
    double **lists[] = {&rdf->null_mean, &rdf->null_lo, &rdf->null_hi,
                        &rdf->sum_mean,  &rdf->sum_lo,  &rdf->sum_hi};
    double **from[] = {&fresh->null_mean, &fresh->null_lo, &fresh->null_hi,
                       &fresh->sum_mean,  &fresh->sum_lo,  &fresh->sum_hi};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        free(*lists[i]);
        *lists[i] = *from[i];
        *from[i] = NULL;
    }
    free(rdf->pairs);
    rdf->pairs = fresh->pairs;
    fresh->pairs = NULL;
    rdf->n_shuffles = fresh->n_shuffles;
    rdf->p = fresh->p;
    rdf->r_strongest = fresh->r_strongest;
    rdf->ratio = fresh->ratio;
}

// The null that the data are most like: p is valid if any of them is true.
ia_status ia_rdf_test(ia_ctx *ctx, rdf_drawing *d, const ia_rdf_params *params,
                      ia_rdf *rdf)
{
    ia_null_params how = {
        .n_shuffles = params->n_shuffles, .seed = params->seed, .band = 0.95};
    ia_question question = {ia_rdf_draw, d, d->n_bins, "pairs against chance"};
    ia_status st = IA_OK;
    int ways = d->set.same ? 1 : IA_STAYS_WAYS;
    for (int way = 0; way < ways && st == IA_OK; way++) {
        ia_null null = {0};
        ia_rdf fresh = {.n_bins = rdf->n_bins, .bin = rdf->bin, .ratio = NAN};
        d->set.stays = way;
        if ((st = ia_null_test(ctx, &question, &how, &null)) == IA_OK)
            st = summarise(ctx, &null, &fresh);
        if (st == IA_OK && (way == 0 || fresh.p > rdf->p))
            replace(rdf, &fresh);
        ia_rdf_clear(&fresh);
        ia_null_clear(&null);
    }
    d->set.stays = IA_STAYS_NONE;
    return st;
}
