// src/spectrum/spikes.c: ions whose m/n is one exact number with nothing beside it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/spikes.h"

#include <stdlib.h>

enum { IONS_LEAST = 5 };                                  // in a spike
static const double BESIDE_MOST = 0.1, OTHERS_MOST = 0.1; // of the ions in it

// The number that most ions of a bin have, if there is one: each other number takes one
// vote away.
typedef struct {
    float number;
    bool alone; // nothing beside the bin
    uint64_t votes, equal;
} ballot;

typedef struct {
    const ia_column *mass;
    const ia_spectrum *spectrum;
    ballot *bins; // (n_bins)
    float *rows;  // (IA_COLUMN_BLOCK)
} counting;

static bool stands_alone(const ia_spectrum *s, size_t bin)
{
    uint64_t beside = bin > 0 ? s->counts[bin - 1] : 0;

    beside += bin + 1 < s->n_bins ? s->counts[bin + 1] : 0;
    return s->counts[bin] >= IONS_LEAST &&
           (double)beside <= BESIDE_MOST * (double)s->counts[bin];
}

// Do bins that stand alone hold most of the ions?
static bool is_suspect(const ia_spectrum *s)
{
    uint64_t all = 0, alone = 0;

    for (size_t i = 0; i < s->n_bins; i++) {
        all += s->counts[i];
        alone += stands_alone(s, i) ? s->counts[i] : 0;
    }
    return 2 * alone > all;
}

static ballot *ballot_of(const counting *job, float mass)
{
    const ia_spectrum *s = job->spectrum;
    double x = ((double)mass - s->m_min) * (1 / s->bin); // as the bins were filled

    if (!(x >= 0 && x < (double)s->n_bins))
        return NULL;
    ballot *b = &job->bins[(size_t)x];
    return b->alone ? b : NULL;
}

static void vote(ballot *b, float mass)
{
    if (b->votes == 0)
        b->number = mass;
    if (b->number == mass)
        b->votes++;
    else
        b->votes--;
}

static void count_equal(ballot *b, float mass)
{
    b->equal += b->number == mass;
}

static void for_each_ion(const counting *job, void (*act)(ballot *, float))
{
    for (size_t begin = 0; begin < job->mass->n; begin += IA_COLUMN_BLOCK) {
        size_t left = job->mass->n - begin;
        size_t n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        const float *rows = ia_column_rows(job->mass, begin, n, job->rows);
        for (size_t i = 0; i < n; i++) {
            ballot *b = ballot_of(job, rows[i]);
            if (b)
                act(b, rows[i]);
        }
    }
}

ia_status ia_spikes_count(ia_ctx *ctx, const ia_column *mass, const ia_spectrum *spectrum,
                          uint64_t *out)
{
    counting job = {.mass = mass, .spectrum = spectrum};
    uint64_t spiked = 0;
    ia_status st = IA_OK;

    if (!is_suspect(spectrum))
        goto done;
    job.bins = ia_array(ctx, spectrum->n_bins, sizeof *job.bins);
    job.rows = ia_array(ctx, IA_COLUMN_BLOCK, sizeof *job.rows);
    if (!job.bins || !job.rows) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < spectrum->n_bins; i++)
        job.bins[i].alone = stands_alone(spectrum, i);
    for_each_ion(&job, vote);
    for_each_ion(&job, count_equal);
    for (size_t i = 0; i < spectrum->n_bins; i++) {
        const ballot *b = &job.bins[i];
        double others = (double)spectrum->counts[i] - (double)b->equal;
        if (b->alone && others <= OTHERS_MOST * (double)spectrum->counts[i])
            spiked += b->equal;
    }
done:
    free(job.bins);
    free(job.rows);
    if (st == IA_OK)
        *out = spiked;
    return st;
}
