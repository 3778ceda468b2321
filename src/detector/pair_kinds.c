// src/detector/pair_kinds.c: pairs of the named ions against exchanged partners.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hits.h"

#include <ionatlas/honest.h>
#include <math.h>
#include <stdlib.h>

// Events per block of parallel work.
enum { BLOCK = 4096 };

typedef struct {
    const hits_job *j;
    size_t n_kinds;
    uint64_t **pairs;               // (workers)(n_kinds, n_kinds) of kinds a <= b
    uint64_t *unranged, *on_tracks; // (workers)
    double *ions;                   // (n_groups, n_kinds)
    ia_hits_group *groups;          // (n_groups) without pulses that hold a track's pair
} census;

// Ions of broken molecules pair with nobody else: left among the others they would make
// all other pairs seem more frequent than chance.
static void count_event(const census *c, size_t event, size_t worker)
{
    const hits_job *j = c->j;
    size_t size = j->m->begin[event + 1] - j->m->begin[event];
    if (j->broken[event]) {
        c->on_tracks[worker] += size * (size - 1) / 2;
        return;
    }
    for (size_t a = j->m->begin[event]; a < j->m->begin[event + 1]; a++) {
        for (size_t b = a + 1; b < j->m->begin[event + 1]; b++) {
            int32_t x = j->kind[a], y = j->kind[b];
            if (x < 0 || y < 0)
                c->unranged[worker]++;
            else
                c->pairs[worker][(size_t)(x < y ? x : y) * c->n_kinds +
                                 (size_t)(x < y ? y : x)]++;
        }
    }
}

static void count_block(void *user, size_t block, size_t worker)
{
    census *c = user;
    size_t begin, end;
    ia_block(c->j->m->n_events, BLOCK, block, &begin, &end);
    for (size_t event = begin; event < end; event++)
        count_event(c, event, worker);
}

static ia_status count_pairs(ia_ctx *ctx, census *c)
{
    const hits_job *j = c->j;
    size_t n_blocks = ia_block_count(j->m->n_events, BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks), n = c->n_kinds * c->n_kinds;
    if (!(c->pairs = ia_array(ctx, n_workers, sizeof *c->pairs)) ||
        !(c->unranged = ia_array(ctx, n_workers, sizeof *c->unranged)) ||
        !(c->on_tracks = ia_array(ctx, n_workers, sizeof *c->on_tracks)))
        return IA_ERR_MEMORY;
    ia_status st = IA_OK;
    for (size_t w = 0; w < n_workers && st == IA_OK; w++)
        if (!(c->pairs[w] = ia_array(ctx, n, sizeof **c->pairs)))
            st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_for(ctx, "pairs", n_blocks, count_block, c);
    for (size_t w = 1; w < n_workers; w++) {
        for (size_t i = 0; i < n && c->pairs[w] && st == IA_OK; i++)
            c->pairs[0][i] += c->pairs[w][i];
        free(c->pairs[w]);
        c->pairs[w] = NULL;
        c->unranged[0] += c->unranged[w];
        c->on_tracks[0] += c->on_tracks[w];
    }
    return st;
}

static ia_status count_ions(ia_ctx *ctx, census *c)
{
    const hits_job *j = c->j;
    if (!(c->ions = ia_array(ctx, j->out->n_groups * c->n_kinds, sizeof *c->ions)) ||
        !(c->groups = ia_array(ctx, j->out->n_groups, sizeof *c->groups)))
        return IA_ERR_MEMORY;
    for (size_t e = 0; e < j->m->n_events; e++) {
        if (j->broken[e])
            continue;
        hits_group_add(&c->groups[j->group[e]], j->m->begin[e + 1] - j->m->begin[e]);
        for (size_t i = j->m->begin[e]; i < j->m->begin[e + 1]; i++)
            if (j->kind[i] >= 0)
                c->ions[j->group[e] * c->n_kinds + (size_t)j->kind[i]]++;
    }
    return IA_OK;
}

static hits_chance chance_of(const census *c, size_t a, size_t b)
{
    hits_chance sum = {0};
    for (size_t g = 0; g < c->j->out->n_groups; g++) {
        const double *ions = c->ions + g * c->n_kinds;
        hits_chance_add(&c->groups[g], ions[a], ions[b], a == b, &sum);
    }
    return sum;
}

static bool occurs(const census *c, size_t kind)
{
    double n = 0;
    for (size_t g = 0; g < c->j->out->n_groups; g++)
        n += c->ions[g * c->n_kinds + kind];
    return n > 0;
}

static int by_rising_p(const void *a, const void *b)
{
    const ia_pair_kind *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    if (x->kind[0] != y->kind[0])
        return x->kind[0] < y->kind[0] ? -1 : 1;
    return (x->kind[1] > y->kind[1]) - (x->kind[1] < y->kind[1]);
}

static ia_status correct(ia_ctx *ctx, hits_job *j)
{
    size_t n = j->out->n_kinds;
    double *p = ia_array(ctx, n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < n && p; i++)
        p[i] = j->out->kinds[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, n, p);
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        j->out->kinds[i].p_holm = p[i];
        j->out->kinds[i].is_significant = p[i] <= j->params.level;
    }
    free(p);
    return st;
}

// Every two kinds that occur in multiples are one question.
static ia_status ask(ia_ctx *ctx, hits_job *j, const census *c)
{
    ia_multihit *out = j->out;
    hits_chance same = {0};
    size_t n = 0;
    for (size_t a = 0; a < c->n_kinds; a++)
        n += occurs(c, a);
    if (!(out->kinds = ia_array(ctx, n * (n + 1) / 2, sizeof *out->kinds)))
        return IA_ERR_MEMORY;
    for (size_t a = 0; a < c->n_kinds; a++) {
        for (size_t b = a; b < c->n_kinds && occurs(c, a); b++) {
            uint64_t counts = c->pairs[0][a * c->n_kinds + b];
            if (!occurs(c, b))
                continue;
            hits_chance chance = chance_of(c, a, b);
            out->kinds[out->n_kinds++] =
                (ia_pair_kind){.kind = {(int32_t)a, (int32_t)b},
                               .counts = counts,
                               .expected = chance.mean,
                               .sigma = sqrt(chance.variance),
                               .p = hits_chance_of((double)counts, &chance)};
            if (a == b) {
                out->same += counts;
                same.mean += chance.mean;
                same.variance += chance.variance;
            }
        }
    }
    out->same_expected = same.mean;
    out->same_sigma = sqrt(same.variance);
    out->same_p = hits_chance_of((double)out->same, &same);
    qsort(out->kinds, out->n_kinds, sizeof *out->kinds, by_rising_p);
    return correct(ctx, j);
}

ia_status hits_kinds_test(ia_ctx *ctx, hits_job *j)
{
    census c = {.j = j, .n_kinds = j->in->ranges->n_ions};
    ia_status st;
    if ((st = count_pairs(ctx, &c)) == IA_OK && (st = count_ions(ctx, &c)) == IA_OK) {
        j->out->unranged = c.unranged[0];
        j->out->on_tracks = c.on_tracks[0];
        st = ask(ctx, j, &c);
    }
    if (c.pairs)
        free(c.pairs[0]);
    free(c.pairs);
    free(c.unranged);
    free(c.on_tracks);
    free(c.groups);
    free(c.ions);
    return st;
}
