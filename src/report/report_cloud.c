// src/report/report_cloud.c: ions for the interactive view: an even sample of each kind.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include <limits.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { N_SHOWN_MAX = 300000, N_SHOWN_MIN = 10, PLACE_MAX = 65535 };

// A kind of ion; the last kind are the ions in no range, or all where there are no
// ranges.
typedef struct {
    uint64_t ions;  // of the input
    uint64_t shown; // of them
    uint64_t first; // place of the first in the sample
} species;

typedef struct {
    const ia_state *state;
    ia_column labels, clusters; // absent without ranges, without clusters
    size_t n_species, n_blocks, n_workers;
    species *species;
    uint64_t *before;      // (n_blocks, n_species) ions of a kind in earlier blocks
    float *rows;           // (n_workers, IA_COLUMN_BLOCK, 3)
    int32_t *label_rows;   // (n_workers, 2, IA_COLUMN_BLOCK)
    struct cursor *cursor; // (n_workers, n_species)
    size_t n_shown;
    uint16_t *places;      // (n_shown, 3) 0 and PLACE_MAX are the bounds
    uint16_t *clusters_of; // (n_shown) 1 + number of the cluster, 0 for none
} sample;

// Where a pass stands among the ions of one kind.
struct cursor {
    uint64_t rank; // of the next ion of this kind
    uint64_t slot; // of the sample to be filled next
    uint64_t pick; // rank of the ion that fills it
};

static void sample_clear(sample *s)
{
    free(s->species);
    free(s->before);
    free(s->rows);
    free(s->label_rows);
    free(s->cursor);
    free(s->places);
    free(s->clusters_of);
}

static size_t species_of(const sample *s, const int32_t *labels, size_t i)
{
    size_t none = s->n_species - 1;
    return labels && labels[i] >= 0 && (size_t)labels[i] < none ? (size_t)labels[i]
                                                                : none;
}

// Rows of a label column, NULL where it is absent; `which` picks the worker's buffer.
static const int32_t *label_rows(const sample *s, const ia_column *column, size_t block,
                                 size_t which)
{
    size_t begin, end;
    if (!ia_column_is_present(column))
        return NULL;
    ia_block(column->n, IA_COLUMN_BLOCK, block, &begin, &end);
    return ia_column_rows(column, begin, end - begin,
                          s->label_rows + which * IA_COLUMN_BLOCK);
}

static void count_block(void *user, size_t block, size_t worker)
{
    sample *s = user;
    size_t begin, end;
    ia_block(s->state->ions.n, IA_COLUMN_BLOCK, block, &begin, &end);
    const int32_t *labels = label_rows(s, &s->labels, block, 2 * worker);
    uint64_t *counts = s->before + block * s->n_species;
    for (size_t i = 0; i < end - begin; i++)
        counts[species_of(s, labels, i)]++;
}

// Counts of the blocks become counts of the blocks before; the totals go to the species.
static void add_up(sample *s)
{
    for (size_t block = 0; block < s->n_blocks; block++) {
        for (size_t k = 0; k < s->n_species; k++) {
            uint64_t count = s->before[block * s->n_species + k];
            s->before[block * s->n_species + k] = s->species[k].ions;
            s->species[k].ions += count;
        }
    }
}

// The least limit per kind, so that no more than N_SHOWN_MAX ions are shown: kinds with
// fewer ions than the limit are shown whole, and what they leave goes to the others.
static uint64_t limit_of(const sample *s)
{
    uint64_t limit = N_SHOWN_MAX / s->n_species, before = 0;
    while (limit != before) {
        uint64_t whole = 0, many = 0;
        for (size_t k = 0; k < s->n_species; k++) {
            if (s->species[k].ions <= limit)
                whole += s->species[k].ions;
            else
                many++;
        }
        before = limit;
        if (many > 0)
            limit = (N_SHOWN_MAX - whole) / many;
    }
    return limit;
}

static void share_out(sample *s)
{
    uint64_t limit = limit_of(s);
    for (size_t k = 0; k < s->n_species; k++) {
        species *kind = &s->species[k];
        kind->shown = kind->ions < limit ? kind->ions : limit;
        kind->first = s->n_shown;
        s->n_shown += kind->shown;
    }
}

// Ions of a kind are cut into `shown` runs as long as each other; the ion that stands for
// a run is drawn by lot, which the number of the run alone decides.
static uint64_t pick_of(const species *kind, uint64_t slot)
{
    if (slot >= kind->shown)
        return UINT64_MAX;
    uint64_t begin = (slot * kind->ions + kind->shown - 1) / kind->shown;
    uint64_t end = ((slot + 1) * kind->ions + kind->shown - 1) / kind->shown;
    ia_random random = ia_random_new(kind->ions, slot);
    return begin + ia_random_below(&random, end - begin);
}

static struct cursor cursor_at(const species *kind, uint64_t rank)
{
    struct cursor c = {.rank = rank};
    c.slot = kind->ions ? rank * kind->shown / kind->ions : 0;
    c.pick = pick_of(kind, c.slot);
    if (c.pick < rank)
        c.pick = pick_of(kind, ++c.slot);
    return c;
}

static void place_ion(const sample *s, const float *xyz, uint16_t *place)
{
    for (size_t axis = 0; axis < 3; axis++) {
        const double *bounds = s->state->survey.bounds[axis];
        double edge = bounds[1] - bounds[0];
        double share = edge > 0 ? ((double)xyz[axis] - bounds[0]) / edge : 0.5;
        place[axis] = (uint16_t)lround(PLACE_MAX * fmin(fmax(share, 0), 1));
    }
}

static void take_block(void *user, size_t block, size_t worker)
{
    sample *s = user;
    size_t begin, end;
    ia_block(s->state->ions.n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *rows =
        ia_column_rows(&s->state->ions.columns[IA_XYZ], begin, end - begin,
                       s->rows + worker * IA_COLUMN_BLOCK * 3);
    const int32_t *labels = label_rows(s, &s->labels, block, 2 * worker);
    const int32_t *clusters = label_rows(s, &s->clusters, block, 2 * worker + 1);
    struct cursor *cursors = s->cursor + worker * s->n_species;
    for (size_t k = 0; k < s->n_species; k++)
        cursors[k] = cursor_at(&s->species[k], s->before[block * s->n_species + k]);
    for (size_t i = 0; i < end - begin; i++) {
        size_t k = species_of(s, labels, i);
        struct cursor *c = &cursors[k];
        if (c->rank++ != c->pick)
            continue;
        size_t place = s->species[k].first + c->slot;
        place_ion(s, rows + 3 * i, s->places + 3 * place);
        if (clusters && clusters[i] >= 0)
            s->clusters_of[place] =
                (uint16_t)(clusters[i] < PLACE_MAX ? clusters[i] + 1 : PLACE_MAX);
        c->pick = pick_of(&s->species[k], ++c->slot);
    }
}

static ia_status sample_compute(ia_ctx *ctx, sample *s)
{
    bool clustered = ia_column_is_present(&s->clusters);
    ia_status st;
    s->n_blocks = ia_block_count(s->state->ions.n, IA_COLUMN_BLOCK);
    s->n_workers = ia_for_workers(ctx, s->n_blocks);
    size_t n_rows = s->n_workers * IA_COLUMN_BLOCK;
    s->species = ia_array(ctx, s->n_species, sizeof *s->species);
    s->before = ia_array(ctx, s->n_blocks * s->n_species, sizeof *s->before);
    s->rows = ia_array(ctx, n_rows * 3, sizeof *s->rows);
    s->label_rows = ia_array(ctx, n_rows * 2, sizeof *s->label_rows);
    s->cursor = ia_array(ctx, s->n_workers * s->n_species, sizeof *s->cursor);
    if (!s->species || !s->before || !s->rows || !s->label_rows || !s->cursor)
        return IA_ERR_MEMORY;
    if ((st = ia_for(ctx, "ions for the view", s->n_blocks, count_block, s)) != IA_OK)
        return st;
    add_up(s);
    share_out(s);
    s->places = ia_array(ctx, s->n_shown * 3, sizeof *s->places);
    s->clusters_of = ia_array(ctx, clustered ? s->n_shown : 0, sizeof *s->clusters_of);
    if (!s->places || !s->clusters_of)
        return IA_ERR_MEMORY;
    return ia_for(ctx, "ions for the view", s->n_blocks, take_block, s);
}

// Values as base64 of little-endian bytes.
static json_t *packed_u16(ia_ctx *ctx, const uint16_t *values, size_t n)
{
    unsigned char *bytes = ia_array(ctx, n, 2);
    unsigned char *text = ia_array(ctx, (2 * n + 2) / 3 * 4 + 1, 1);
    json_t *json = NULL;
    if (bytes && text && 2 * n < INT_MAX) {
        for (size_t i = 0; i < n; i++) {
            bytes[2 * i] = (unsigned char)(values[i] & 0xFF);
            bytes[2 * i + 1] = (unsigned char)(values[i] >> 8);
        }
        EVP_EncodeBlock(text, bytes, (int)(2 * n));
        json = json_string((const char *)text);
    }
    free(text);
    free(bytes);
    return json;
}

// Kinds that have ions, in the order of the sample; `kind` is -1 for ions in no range.
static json_t *species_json(const sample *s)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t k = 0; k < s->n_species && ok; k++) {
        const species *kind = &s->species[k];
        if (kind->ions == 0)
            continue;
        json_int_t number = k + 1 < s->n_species ? (json_int_t)k : -1;
        json_t *o = json_object();
        bool filled = report_put(o, "kind", json_integer(number)) &&
                      report_put(o, "ions", report_count(kind->ions)) &&
                      report_put(o, "shown", report_count(kind->shown));
        ok = report_push(array, report_keep(o, filled));
    }
    return report_keep(array, ok);
}

static json_t *sample_json(ia_ctx *ctx, const sample *s)
{
    bool clustered = ia_column_is_present(&s->clusters);
    json_t *o = json_object();
    bool ok =
        report_put(o, "shown", report_count(s->n_shown)) &&
        report_put(o, "species", species_json(s)) &&
        report_put(o, "positions", packed_u16(ctx, s->places, 3 * s->n_shown)) &&
        report_put(o, "clusters",
                   clustered ? packed_u16(ctx, s->clusters_of, s->n_shown) : json_null());
    return report_keep(o, ok);
}

// Numbers of clusters, one per ion, from the last step that found some.
static ia_column cluster_labels(const report_input *in)
{
    const ia_step_record *step = report_step(in, "cluster");
    const char *name = NULL;
    if (!step || !step->kind->per_ion)
        return (ia_column){0};
    ia_column column = step->kind->per_ion(in->state, &name);
    bool fits =
        column.width == 1 && column.type == IA_I32 && column.n == in->state->ions.n;
    return fits ? column : (ia_column){0};
}

static bool has_extent(const ia_survey *survey)
{
    for (size_t axis = 0; axis < 3; axis++) {
        if (!isfinite(survey->bounds[axis][0]) || !isfinite(survey->bounds[axis][1]))
            return false;
    }
    return true;
}

ia_status report_cloud(ia_ctx *ctx, const report_input *in, json_t **out)
{
    const ia_state *state = in->state;
    ia_label_source source = {.ions = &state->ions, .ranger = &state->ranger};
    bool ranged = ia_ions_has(&state->ions, IA_MASS) && state->ranger.n > 0;
    if (!ia_ions_has(&state->ions, IA_XYZ) || state->ions.n < N_SHOWN_MIN ||
        !has_extent(&state->survey)) {
        *out = json_null();
        return IA_OK;
    }
    sample s = {.state = state, .n_species = 1, .clusters = cluster_labels(in)};
    if (ranged) {
        s.n_species += state->ranges.n_ions;
        s.labels = ia_label_column(&source);
    }
    ia_status st = sample_compute(ctx, &s);
    if (st == IA_OK && !(*out = sample_json(ctx, &s)))
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the ions of the report");
    sample_clear(&s);
    return st;
}
