// src/detector/orientation_null.c: what the search makes of poles at random.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 40, BEATEN = 10, TRIES = 200 };

typedef struct {
    const orient_search *search;
    const orient_null *null;
    orient_room *rooms; // (workers)
    double *scores;
    size_t begin;
} job;

// Poles even over the field of view, no two nearer than the separation where there is
// room.
static void draw(const job *j, size_t number, orient_list *list)
{
    ia_random random = ia_random_new(j->null->seed, number);
    double least2 = j->null->separation * j->null->separation;
    list->n = j->null->n;
    for (size_t i = 0; i < list->n; i++)
        for (size_t try = 0; try < TRIES; try++) {
            double r = j->search->radius * sqrt(ia_random_uniform(&random));
            double turn = 2 * acos(-1.0) * ia_random_uniform(&random);
            bool apart = ia_half_has(&j->search->half, r * cos(turn), r * sin(turn));
            list->xy[i][0] = j->search->middle[0] + r * cos(turn);
            list->xy[i][1] = j->search->middle[1] + r * sin(turn);
            for (size_t k = 0; k < i && apart; k++) {
                double x = list->xy[i][0] - list->xy[k][0];
                double y = list->xy[i][1] - list->xy[k][1];
                apart = x * x + y * y >= least2;
            }
            if (apart)
                break;
        }
}

static void solve_one(void *user, size_t block, size_t worker)
{
    job *j = user;
    orient_list list = {0};
    draw(j, j->begin + block, &list);
    j->scores[j->begin + block] = orient_solve(j->search, &list, &j->rooms[worker]);
}

ia_status orient_null_run(ia_ctx *ctx, const orient_search *search,
                          const orient_null *null, double *scores, size_t *n_done)
{
    job j = {.search = search, .null = null, .scores = scores};
    size_t n_workers = ia_for_workers(ctx, null->n_lists), beaten = 0;
    ia_status st = IA_OK;
    *n_done = 0;
    if (!(j.rooms = ia_array(ctx, n_workers, sizeof *j.rooms)))
        return IA_ERR_MEMORY;
    while (st == IA_OK && *n_done < null->n_lists) {
        size_t n = null->n_lists - *n_done < BATCH ? null->n_lists - *n_done : BATCH;
        j.begin = *n_done;
        st = ia_for(ctx, "poles at random", n, solve_one, &j);
        for (size_t i = 0; i < n; i++)
            beaten += scores[j.begin + i] >= null->observed;
        *n_done += n;
        if (beaten >= BEATEN)
            break;
    }
    free(j.rooms);
    return st;
}
