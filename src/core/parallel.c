// src/core/parallel.c: blocks of work handed to threads by an atomic counter.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/parallel.h>

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS_MAX = 256 };

typedef struct {
    size_t n_blocks;
    ia_body body;
    void *user;
    atomic_size_t next;
    atomic_bool stop;
} job;

typedef struct {
    job *job;
    size_t worker;
} seat;

static bool run_next(job *j, size_t worker)
{
    if (atomic_load(&j->stop))
        return false;
    size_t block = atomic_fetch_add(&j->next, 1);
    if (block >= j->n_blocks)
        return false;
    j->body(j->user, block, worker);
    return true;
}

static void *work(void *user)
{
    seat *own = user;
    while (run_next(own->job, own->worker))
        ;
    return NULL;
}

// The calling thread works too, and is the only one that talks to the progress callback.
static ia_status work_and_report(ia_ctx *ctx, const char *stage, job *j)
{
    ia_status st = IA_OK;
    while (st == IA_OK && run_next(j, 0)) {
        if (!stage)
            continue;
        size_t begun = atomic_load(&j->next);
        if (begun > j->n_blocks)
            begun = j->n_blocks;
        st = ia_step(ctx, stage, (double)begun / (double)j->n_blocks);
    }
    if (st != IA_OK)
        atomic_store(&j->stop, true);
    return st;
}

size_t ia_for_workers(const ia_ctx *ctx, size_t n_blocks)
{
    size_t n = ia_ctx_threads(ctx);
    if (n > THREADS_MAX)
        n = THREADS_MAX;
    if (n > n_blocks)
        n = n_blocks;
    return n > 0 ? n : 1;
}

ia_status ia_for(ia_ctx *ctx, const char *stage, size_t n_blocks, ia_body body,
                 void *user)
{
    job j = {.n_blocks = n_blocks, .body = body, .user = user};
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    pthread_t threads[THREADS_MAX];
    seat seats[THREADS_MAX];
    size_t n_started = 0;

    for (size_t w = 1; w < n_workers; w++) {
        seats[n_started] = (seat){&j, w};
        // A thread that cannot be had leaves its share to the others.
        if (pthread_create(&threads[n_started], NULL, work, &seats[n_started]) == 0)
            n_started++;
    }
    ia_status st = work_and_report(ctx, stage, &j);
    // The others may have taken every block: the callback is asked all the same.
    if (st == IA_OK && stage && n_blocks > 0)
        st = ia_step(ctx, stage, 1);
    for (size_t i = 0; i < n_started; i++)
        pthread_join(threads[i], NULL);
    return st;
}
