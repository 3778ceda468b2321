// src/spectrum/tof_train.c: trains the trees of both stages on specimens drawn at random,
// and tries them on others.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hash.h>
#include <ionatlas/parallel.h>
#include <ionatlas/tof_trees.h>

#include "spectrum/tof_model.h"
#include "spectrum/tof_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const ia_field fields[] = {
    IA_FIELD(IA_U64, ia_tof_params, seed, "", 1, 0, 1e15, "seed of the specimens drawn"),
    IA_FIELD(IA_SIZE, ia_tof_params, specimens, "", 30000, 10, 1e6,
             "specimens drawn to learn elements from"),
    IA_FIELD(IA_SIZE, ia_tof_params, rows, "", 900, 10, 1e5,
             "peaks of each element and charge learnt from, at most"),
    IA_FIELD(IA_SIZE, ia_tof_params, element_rounds, "", 14, 1, 200,
             "trees of each element"),
    IA_FIELD(IA_SIZE, ia_tof_params, element_depth, "", 5, 1, 12, "levels of a tree"),
    IA_FIELD(IA_SIZE, ia_tof_params, molecule_specimens, "", 6000, 10, 1e6,
             "specimens drawn to learn molecules from"),
    IA_FIELD(IA_SIZE, ia_tof_params, molecule_rounds, "", 80, 1, 1000,
             "trees that tell a molecule"),
    IA_FIELD(IA_SIZE, ia_tof_params, molecule_depth, "", 5, 1, 12, "levels of a tree"),
    IA_FIELD(IA_SIZE, ia_tof_params, tests, "", 800, 1, 1e5,
             "other specimens drawn to try the trees on"),
};
const ia_method ia_tof_method = IA_METHOD(
    "tof", "Train the trees that recognise isotope patterns", ia_tof_params, fields);

ia_tof_params ia_tof_defaults(void)
{
    ia_tof_params params;
    ia_method_defaults(&ia_tof_method, &params);
    return params;
}

// Streams of random numbers: specimens to learn from and to try on must not be the same.
enum { LEARN = 0, TRY = 1, STREAMS = 2, BATCH = 256 };
static const double NONE_KEPT = 0.06; // of the peaks without an element
static const double RATE_ELEMENTS = 0.4, RATE_MOLECULES = 0.2;

typedef struct {
    ia_ctx *ctx;
    const ia_tof_params *params;
    ia_ion_prior prior;
    ia_tof_classes classes;
    ia_tof_training out;
    ia_tof_trees trees;
} tof_job;

// Rows of a batch of specimens, one list each: filled on all threads.
typedef struct {
    const tof_job *job;
    uint64_t seed;
    size_t first, n;
    bool molecules;
    ia_tof_rows rows[BATCH];
    ia_status status[BATCH];
} batch;

static void draw_one(void *user, size_t block, size_t worker)
{
    batch *b = user;
    uint64_t index = b->first + block;
    ia_tof_specimen *s = malloc(sizeof *s);
    ia_random random = ia_random_new(b->seed + 1000003, index);
    ia_status st = IA_ERR_MEMORY;

    (void)worker;
    if (s)
        st = ia_tof_draw(NULL, &b->job->prior, b->seed, index, s);
    if (st == IA_OK)
        st = b->molecules
                 ? ia_tof_molecule_rows(NULL, &b->job->prior, s, &random, &b->rows[block])
                 : ia_tof_element_rows(NULL, &b->job->classes, s, &b->rows[block]);
    b->status[block] = st;
    free(s);
}

static ia_status draw_batch(tof_job *job, batch *b)
{
    ia_status st;

    for (size_t i = 0; i < b->n; i++)
        b->rows[i] = (ia_tof_rows){.n_features = b->molecules ? IA_TOF_MATCH_FEATURES
                                                              : IA_TOF_FEATURES};
    if ((st = ia_for(job->ctx, "draw", b->n, draw_one, b)) != IA_OK)
        return st;
    for (size_t i = 0; st == IA_OK && i < b->n; i++)
        if ((st = b->status[i]) != IA_OK)
            st = ia_fail(job->ctx, st, "memory ran out for a specimen");
    return st;
}

static void clear_batch(batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        ia_tof_rows_clear(&b->rows[i]);
}

// Which rows are learnt from, and how often each kind was met.
typedef struct {
    ia_random random;
    double met[IA_Z_MAX + 2], kept[IA_Z_MAX + 2];
} sampling;

static ia_status keep_rows(tof_job *job, const ia_tof_rows *from, sampling *s,
                           ia_tof_rows *out)
{
    ia_status st = IA_OK;

    for (size_t i = 0; st == IA_OK && i < from->n; i++) {
        size_t label = (size_t)from->labels[i];
        bool full = label ? s->kept[label] >= (double)job->params->rows
                          : ia_random_uniform(&s->random) >= NONE_KEPT;
        s->met[label]++;
        if (full)
            continue;
        s->kept[label]++;
        st = ia_tof_rows_add(job->ctx, out, from->features + i * from->n_features,
                             from->labels[i]);
    }
    return st;
}

// Rows of what was kept in part stand for those that were not; elements weigh what lies
// between how they were drawn and how they are met.
static void weigh_rows(const tof_job *job, const sampling *s, ia_tof_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        size_t label = (size_t)rows->labels[i];
        double weight = s->met[label] / s->kept[label];
        if (label)
            weight *= sqrt(ia_tof_element_weight(&job->prior, job->classes.z[label]));
        rows->weights[i] = (float)weight;
    }
}

static ia_status gather(tof_job *job, bool molecules, size_t specimens, ia_tof_rows *out,
                        sampling *s)
{
    batch *b = ia_array(job->ctx, 1, sizeof *b);
    ia_status st = b ? IA_OK : IA_ERR_MEMORY;

    for (size_t first = 0; st == IA_OK && first < specimens; first += BATCH) {
        size_t n = specimens - first < BATCH ? specimens - first : BATCH;
        b->job = job;
        b->seed = job->params->seed * STREAMS + LEARN;
        b->first = first;
        b->n = n;
        b->molecules = molecules;
        if ((st = ia_step(job->ctx, "draw", (double)first / (double)specimens)) == IA_OK)
            st = draw_batch(job, b);
        for (size_t i = 0; st == IA_OK && i < n; i++) {
            const ia_tof_rows *r = &b->rows[i];
            if (s)
                st = keep_rows(job, r, s, out);
            for (size_t k = 0; !s && st == IA_OK && k < r->n; k++)
                st = ia_tof_rows_add(job->ctx, out, r->features + k * r->n_features,
                                     r->labels[k]);
        }
        clear_batch(b);
    }
    free(b);
    return st;
}

static ia_status learn(tof_job *job, const ia_tof_rows *rows, const ia_trees_rules *rules,
                       ia_tof_score *score, ia_trees **out)
{
    const ia_trees_rows learnt = {rows->features, rows->labels, rows->weights, rows->n,
                                  rows->n_features};
    score->rows = rows->n;
    for (size_t i = 0; i < rows->n; i++)
        score->right_rows += rows->labels[i] > 0;
    if (rows->n == 0)
        return ia_fail(job->ctx, IA_ERR_EMPTY,
                       "too few specimens: nothing to learn from");
    return ia_trees_train(job->ctx, rules, &learnt, out);
}

static ia_status learn_elements(tof_job *job)
{
    ia_tof_rows rows = {.n_features = IA_TOF_FEATURES};
    sampling s = {.random = ia_random_new(job->params->seed, 7)};
    const ia_trees_rules rules = {job->classes.n, job->params->element_rounds,
                                  job->params->element_depth, RATE_ELEMENTS, 1};
    ia_status st = gather(job, false, job->params->specimens, &rows, &s);

    if (st == IA_OK) {
        weigh_rows(job, &s, &rows);
        st = learn(job, &rows, &rules, &job->out.elements, &job->trees.elements);
    }
    ia_tof_rows_clear(&rows);
    return st;
}

static ia_status learn_molecules(tof_job *job)
{
    ia_tof_rows rows = {.n_features = IA_TOF_MATCH_FEATURES};
    const ia_trees_rules rules = {2, job->params->molecule_rounds,
                                  job->params->molecule_depth, RATE_MOLECULES, 1};
    ia_status st = gather(job, true, job->params->molecule_specimens, &rows, NULL);

    if (st == IA_OK)
        st = learn(job, &rows, &rules, &job->out.molecules, &job->trees.molecules);
    ia_tof_rows_clear(&rows);
    return st;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The likeliest class of each row against the truth.
static void judge_elements(const ia_tof_rows *rows, const float *p, size_t n_classes,
                           ia_tof_score *score)
{
    score->asked += rows->n;
    for (size_t i = 0; i < rows->n; i++) {
        size_t best = 1, truth = (size_t)rows->labels[i];
        for (size_t k = 2; k < n_classes; k++)
            if (p[i * n_classes + k] > p[i * n_classes + best])
                best = k;
        bool told = p[i * n_classes + best] >= 0.5F;
        score->there += truth > 0;
        score->right += told && best == truth;
        score->wrong += told && best != truth;
    }
}

// Rows of one peak follow each other; the first has rank 0.
static void judge_molecules(const ia_tof_rows *rows, const float *p, ia_tof_score *score)
{
    const size_t rank = IA_TOF_MATCH_FEATURES - 2;

    for (size_t i = 0, end; i < rows->n; i = end) {
        size_t best = i;
        bool there = false;
        for (end = i; end < rows->n &&
                      (end == i || rows->features[end * rows->n_features + rank] > 0);
             end++) {
            there = there || rows->labels[end] > 0;
            if (p[end] > p[best])
                best = end;
        }
        bool told = p[best] >= 0.5F;
        score->asked++;
        score->there += there;
        score->right += told && rows->labels[best] > 0;
        score->wrong += told && rows->labels[best] <= 0;
    }
}

static ia_status try_stage(tof_job *job, bool molecules)
{
    const ia_trees *trees = molecules ? job->trees.molecules : job->trees.elements;
    ia_tof_score *score = molecules ? &job->out.molecules : &job->out.elements;
    size_t n_classes = molecules ? 1 : job->classes.n, n_rows = 0;
    batch *b = ia_array(job->ctx, 1, sizeof *b);
    ia_status st = b ? IA_OK : IA_ERR_MEMORY;
    double seconds = 0;

    for (size_t first = 0; st == IA_OK && first < job->params->tests; first += BATCH) {
        size_t n = job->params->tests - first;
        *b = (batch){
            .job = job, .seed = job->params->seed * STREAMS + TRY, .first = first};
        b->n = n < BATCH ? n : BATCH;
        b->molecules = molecules;
        st = draw_batch(job, b);
        for (size_t i = 0; st == IA_OK && i < b->n; i++) {
            const ia_tof_rows *r = &b->rows[i];
            float *p = ia_array(job->ctx, r->n * n_classes + 1, sizeof *p);
            double begin = now();
            st = p ? ia_trees_predict(job->ctx, trees, r->features, r->n, p,
                                      r->n * n_classes)
                   : IA_ERR_MEMORY;
            seconds += now() - begin;
            n_rows += r->n;
            if (st == IA_OK && molecules)
                judge_molecules(r, p, score);
            else if (st == IA_OK)
                judge_elements(r, p, n_classes, score);
            free(p);
        }
        clear_batch(b);
    }
    score->microseconds = n_rows ? 1e6 * seconds / (double)n_rows : NAN;
    free(b);
    return st;
}

ia_status ia_tof_train(ia_ctx *ctx, const ia_tof_params *params, ia_tof_training *out)
{
    ia_tof_params p = params ? *params : ia_tof_defaults();
    tof_job job = {.ctx = ctx, .params = &p, .classes = ia_tof_classes_list()};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_tof_method, &p)) != IA_OK ||
        (st = ia_ion_prior_read(ctx, "", &job.prior)) != IA_OK ||
        (st = learn_elements(&job)) != IA_OK || (st = learn_molecules(&job)) != IA_OK ||
        (st = try_stage(&job, false)) != IA_OK || (st = try_stage(&job, true)) != IA_OK ||
        (st = ia_tof_model_write(ctx, &job.trees, &p, &job.out.model, &job.out.n)) !=
            IA_OK)
        goto done;
    if ((st = ia_sha256(ctx, job.out.model, job.out.n, job.out.sha256)) != IA_OK)
        goto done;
    *out = job.out;
    job.out = (ia_tof_training){0}; // the caller's now
done:
    ia_tof_trees_clear(&job.trees);
    ia_ion_prior_clear(&job.prior);
    ia_tof_training_clear(&job.out);
    return st;
}

void ia_tof_training_clear(ia_tof_training *training)
{
    free(training->model);
    *training = (ia_tof_training){0};
}
