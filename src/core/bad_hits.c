// src/core/bad_hits.c: hits on the detector that are no place, or none on a detector.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ions.h>
#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    const ia_column *hits;
    double reach;      // finite hits further away; 0: those that are not finite
    float *room;       // (workers, block, 2)
    size_t *n, *first; // (blocks)
} search;

static bool is_sought(const search *s, const float hit[2])
{
    bool is_finite = isfinite(hit[0]) && isfinite(hit[1]);

    return s->reach > 0 ? is_finite && hypot((double)hit[0], (double)hit[1]) > s->reach
                        : !is_finite;
}

static void search_block(void *user, size_t block, size_t worker)
{
    search *s = user;
    size_t begin, end;

    ia_block(s->hits->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *hits = ia_column_rows(s->hits, begin, end - begin,
                                       s->room + worker * 2 * IA_COLUMN_BLOCK);
    for (size_t i = end - begin; i-- > 0;)
        if (is_sought(s, hits + 2 * i)) {
            s->n[block]++;
            s->first[block] = begin + i;
        }
}

static ia_status count(ia_ctx *ctx, const ia_ions *ions, double reach, size_t *n,
                       size_t *first)
{
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    search s = {.hits = &ions->columns[IA_DET_XY], .reach = reach};
    ia_status st = IA_ERR_MEMORY;

    *n = 0;
    *first = ions->n;
    if (!ia_ions_has(ions, IA_DET_XY))
        return IA_OK;
    s.room = ia_array(ctx, ia_for_workers(ctx, n_blocks),
                      2 * IA_COLUMN_BLOCK * sizeof *s.room);
    s.n = ia_array(ctx, n_blocks, sizeof *s.n);
    s.first = ia_array(ctx, n_blocks, sizeof *s.first);
    if (s.room && s.n && s.first)
        st = ia_for(ctx, "hits", n_blocks, search_block, &s);
    for (size_t b = n_blocks; st == IA_OK && b-- > 0;)
        if (s.n[b] > 0) {
            *n += s.n[b];
            *first = s.first[b];
        }
    free(s.room);
    free(s.n);
    free(s.first);
    return st;
}

ia_status ia_ions_bad_hits(ia_ctx *ctx, const ia_ions *ions, size_t *n, size_t *first)
{
    return count(ctx, ions, 0, n, first);
}

ia_status ia_ions_far_hits(ia_ctx *ctx, const ia_ions *ions, double reach, size_t *n,
                           size_t *first)
{
    return count(ctx, ions, reach, n, first);
}
