// src/detector/multiples.c: copies the ions of multiple events out of the table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/multihit.h>
#include <ionatlas/parallel.h>

#include <stdlib.h>
#include <string.h>

// What a block of rows holds of each quantity, rows of the pulses that begin in it read
// to their ends.
typedef struct {
    const uint32_t *marks;  // multiplicity, or pulses since the last event
    const size_t *row;      // in the source; NULL: as in the table
    size_t begin, n_own, n; // rows that may begin a pulse, and all
} view;

typedef struct {
    void *marks, *values; // room of a column
    size_t *row;
    uint64_t pulses[IA_MULTIPLES];
    uint64_t ions, many, fired, bursts, unlike; // ions: of all pulses
} share;

typedef struct {
    const ia_ions *ions;
    ia_column_id marks; // IA_MULTIPLICITY or IA_PULSES_SINCE
    size_t most, n_blocks, n_workers;
    share *shares;       // (n_workers)
    size_t *first_row;   // (n_blocks) row in the source of each block's first; NULL
    size_t *events, *at; // (n_blocks + 1) pulses and ions before each block
    ia_multiples *out;
} job;

static size_t rows_ahead(const job *j)
{
    return j->most + 1;
}

// Rows of the source that the table kept, from the block's first on.
static const size_t *rows_of(const job *j, size_t block, size_t n, size_t *row)
{
    if (!j->first_row)
        return NULL;
    size_t at = j->first_row[block];
    for (size_t i = 0; i < n; at++)
        if (j->ions->kept[at / 64] >> (at % 64) & 1)
            row[i++] = at;
    return row;
}

static view view_of(const job *j, size_t block, share *s)
{
    view v = {0};
    size_t end;
    ia_block(j->ions->n, IA_COLUMN_BLOCK, block, &v.begin, &end);
    v.n_own = end - v.begin;
    end = end + rows_ahead(j) < j->ions->n ? end + rows_ahead(j) : j->ions->n;
    v.n = end - v.begin;
    v.marks = ia_column_rows(&j->ions->columns[j->marks], v.begin, v.n, s->marks);
    v.row = rows_of(j, block, v.n, s->row);
    return v;
}

// Ions from row i on that came with it, at least 1; more than `most` are not all seen.
static size_t size_of(const job *j, const view *v, size_t i)
{
    bool says = j->marks == IA_MULTIPLICITY;
    size_t k = i + 1;
    while (k < v->n && v->marks[k] == 0) {
        if (v->row && (says ? v->row[k] - v->row[i] >= v->marks[i]
                            : v->row[k] != v->row[k - 1] + 1))
            break;
        k++;
    }
    return k - i;
}

static void count_event(const job *j, const view *v, size_t i, size_t size, share *s)
{
    bool many = size >= IA_MULTIPLES - 1, says = j->marks == IA_MULTIPLICITY;
    size_t n = says && size > j->most && v->marks[i] > size ? v->marks[i] : size;
    s->pulses[many ? IA_MULTIPLES - 1 : size]++;
    s->ions += n;
    s->many += many ? n : 0;
    s->bursts += size > j->most;
    s->unlike += says && !v->row && v->marks[i] != size && size <= j->most;
}

static void count_block(void *user, size_t block, size_t worker)
{
    job *j = user;
    share *s = &j->shares[worker];
    view v = view_of(j, block, s);
    size_t events = 0, ions = 0;
    for (size_t i = 0; i < v.n_own; i++) {
        if (v.marks[i] == 0)
            continue;
        size_t size = size_of(j, &v, i);
        count_event(j, &v, i, size, s);
        events += size > 1 && size <= j->most;
        ions += size > 1 && size <= j->most ? size : 0;
    }
    const uint32_t *since = ia_ions_has(j->ions, IA_PULSES_SINCE)
                                ? ia_column_rows(&j->ions->columns[IA_PULSES_SINCE],
                                                 v.begin, v.n_own, s->values)
                                : NULL;
    for (size_t i = 0; since && i < v.n_own; i++)
        s->fired += since[i];
    j->events[block + 1] = events;
    j->at[block + 1] = ions;
}

// Copy the columns of an event's rows; `from` holds those of the whole view.
static void copy_rows(const view *v, const job *j, size_t block, const float *from,
                      float *to, size_t width)
{
    size_t at = j->at[block];
    for (size_t i = 0; i < v->n_own; i++) {
        if (v->marks[i] == 0)
            continue;
        size_t size = size_of(j, v, i);
        if (size < 2 || size > j->most)
            continue;
        memcpy(to + at * width, from + i * width, size * width * sizeof *to);
        at += size;
    }
}

static void copy_block(void *user, size_t block, size_t worker)
{
    job *j = user;
    share *s = &j->shares[worker];
    view v = view_of(j, block, s);
    const struct {
        ia_column_id id;
        float *to;
    } columns[] = {
        {IA_MASS, j->out->mass}, {IA_TOF, j->out->tof}, {IA_DET_XY, j->out->hit}};
    if (j->events[block + 1] == j->events[block])
        return;
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        const ia_column *column = &j->ions->columns[columns[c].id];
        if (columns[c].to)
            copy_rows(&v, j, block, ia_column_rows(column, v.begin, v.n, s->values),
                      columns[c].to, column->width);
    }
    size_t event = j->events[block], at = j->at[block];
    for (size_t i = 0; i < v.n_own; i++) {
        size_t size = v.marks[i] > 0 ? size_of(j, &v, i) : 0;
        if (size < 2 || size > j->most)
            continue;
        j->out->begin[event++] = at;
        at += size;
    }
}

static ia_status find_rows(ia_ctx *ctx, job *j)
{
    if (!j->ions->kept)
        return IA_OK;
    if (!(j->first_row = ia_array(ctx, j->n_blocks, sizeof *j->first_row)))
        return IA_ERR_MEMORY;
    for (size_t row = 0, i = 0; i < j->ions->n; row++) {
        if (!(j->ions->kept[row / 64] >> (row % 64) & 1))
            continue;
        if (i % IA_COLUMN_BLOCK == 0)
            j->first_row[i / IA_COLUMN_BLOCK] = row;
        i++;
    }
    return IA_OK;
}

static ia_status job_init(ia_ctx *ctx, const ia_ions *ions, size_t most,
                          ia_multiples *out, job *j)
{
    *j = (job){.ions = ions, .most = most, .out = out};
    j->marks = ia_ions_has(ions, IA_MULTIPLICITY) ? IA_MULTIPLICITY : IA_PULSES_SINCE;
    j->n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    j->n_workers = ia_for_workers(ctx, j->n_blocks);
    size_t n_rows = IA_COLUMN_BLOCK + rows_ahead(j);
    if (!(j->events = ia_array(ctx, j->n_blocks + 1, sizeof *j->events)) ||
        !(j->at = ia_array(ctx, j->n_blocks + 1, sizeof *j->at)) ||
        !(j->shares = ia_array(ctx, j->n_workers, sizeof *j->shares)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < j->n_workers; w++)
        if (!(j->shares[w].marks = ia_array(ctx, n_rows, sizeof(uint32_t))) ||
            !(j->shares[w].values = ia_array(ctx, n_rows, 2 * sizeof(float))) ||
            !(j->shares[w].row = ia_array(ctx, n_rows, sizeof(size_t))))
            return IA_ERR_MEMORY;
    return find_rows(ctx, j);
}

static void job_clear(job *j)
{
    for (size_t w = 0; j->shares && w < j->n_workers; w++) {
        free(j->shares[w].marks);
        free(j->shares[w].values);
        free(j->shares[w].row);
    }
    free(j->shares);
    free(j->first_row);
    free(j->events);
    free(j->at);
}

// Sums of the workers, and where each block's events go.
static void add_up(job *j)
{
    ia_multiples *m = j->out;
    uint64_t ions = 0, n_events = 0;
    for (size_t w = 0; w < j->n_workers; w++) {
        const share *s = &j->shares[w];
        for (size_t k = 0; k < IA_MULTIPLES; k++)
            m->pulses[k] += s->pulses[k];
        ions += s->ions;
        m->many += s->many;
        m->fired += s->fired;
        m->bursts += s->bursts;
        m->unlike += s->unlike;
    }
    for (size_t b = 0; b < j->n_blocks; b++) {
        j->events[b + 1] += j->events[b];
        j->at[b + 1] += j->at[b];
    }
    m->n_events = j->events[j->n_blocks];
    m->n = j->at[j->n_blocks];
    m->orphans = j->ions->n > ions ? j->ions->n - ions : 0;
    // Where every event says 1, or some were left out, nobody counted the empty pulses.
    for (size_t k = 1; k < IA_MULTIPLES; k++)
        n_events += m->pulses[k];
    if (j->ions->kept || m->fired <= n_events)
        m->fired = 0;
}

static ia_status make_room(ia_ctx *ctx, const ia_ions *ions, ia_multiples *m)
{
    if (!(m->begin = ia_array(ctx, m->n_events + 1, sizeof *m->begin)) ||
        !(m->mass = ia_array(ctx, m->n, sizeof *m->mass)) ||
        (ia_ions_has(ions, IA_TOF) && !(m->tof = ia_array(ctx, m->n, sizeof *m->tof))) ||
        (ia_ions_has(ions, IA_DET_XY) &&
         !(m->hit = ia_array(ctx, m->n, 2 * sizeof *m->hit))))
        return IA_ERR_MEMORY;
    m->begin[m->n_events] = m->n;
    return IA_OK;
}

ia_status ia_multiples_gather(ia_ctx *ctx, const ia_ions *ions, size_t most,
                              ia_multiples *out)
{
    ia_multiples multiples = {.is_known = true, .most = most, .n_ions = ions->n};
    job j = {0};
    ia_status st = ia_ions_need(ctx, ions, IA_MASS);
    if (st == IA_OK && !ia_ions_has(ions, IA_PULSES_SINCE))
        st = ia_ions_need(ctx, ions, IA_MULTIPLICITY);
    if (st != IA_OK || (st = job_init(ctx, ions, most, &multiples, &j)) != IA_OK ||
        (st = ia_for(ctx, "multiples", j.n_blocks, count_block, &j)) != IA_OK)
        goto done;
    add_up(&j);
    if ((st = make_room(ctx, ions, &multiples)) != IA_OK ||
        (st = ia_for(ctx, "multiples", j.n_blocks, copy_block, &j)) != IA_OK)
        goto done;
    if (multiples.unlike > 0)
        ia_warn(ctx, "%llu pulses hold another number of ions than they say",
                (unsigned long long)multiples.unlike);
    *out = multiples;
    multiples = (ia_multiples){0}; // the caller's now
done:
    job_clear(&j);
    ia_multiples_clear(&multiples);
    return st;
}

void ia_multiples_clear(ia_multiples *multiples)
{
    free(multiples->begin);
    free(multiples->mass);
    free(multiples->tof);
    free(multiples->hit);
    *multiples = (ia_multiples){0};
}
