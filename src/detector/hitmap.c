// src/detector/hitmap.c: hits by cell, and by company, pulses, order and charge.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hitmap_internal.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_hitmap_params, hit_unit, "auto", IA_HITS_WORDS, IA_HITS_HELP),
    IA_FIELD(IA_SIZE, ia_hitmap_params, map_cells, "", 100, 16, 1000,
             "cells across the map"),
    IA_FIELD(IA_F64, ia_hitmap_params, map_radius, "mm", 0, 0, 1e4,
             "radius of the map; 0: where all but one hit in 200 lie"),
    IA_FIELD(IA_U64, ia_hitmap_params, first_ion, "", 0, 0, 1e15,
             "first ion of the window, from 0"),
    IA_FIELD(IA_U64, ia_hitmap_params, n_ions, "", 0, 0, 1e15,
             "ions of the window; 0: to the end"),
    IA_FIELD(IA_SIZE, ia_hitmap_params, sequence_steps, "", 2, 1, 20,
             "hits before and after that a hit is measured against"),
    IA_FIELD(IA_SIZE, ia_hitmap_params, few_pulses, "", 10, 1, 1000000,
             "hits after at most so many empty pulses show zone lines"),
    IA_FIELD(IA_SIZE, ia_hitmap_params, many_pulses, "", 200, 1, 1000000,
             "hits after more than so many show poles"),
    IA_FIELD(IA_U64, ia_hitmap_params, signal_ions, "", 1000000, 0, 1e9,
             "ions that the spatial signal is taken from, in the middle of the window; "
             "0: no such map"),
    IA_FIELD(IA_F64, ia_hitmap_params, signal_reach, "mm", 2, 0.01, 1e3,
             "ions this near to a cell show its spatial signal"),
    IA_FIELD(IA_F64, ia_hitmap_params, signal_path, "mm", 55, 1, 1e4,
             "flight path over image compression factor, for the spatial signal"),
    IA_FIELD(IA_F64, ia_hitmap_params, signal_field, "V/nm", 110, 1, 1e4,
             "voltage over radius of the cap, for the spatial signal"),
    IA_FIELD(IA_F64, ia_hitmap_params, signal_volume, "nm^3", 0.02, 1e-4, 10,
             "volume of an atom over efficiency, for the spatial signal"),
    IA_FIELD(IA_SIZE, ia_hitmap_params, signal_shuffles, "", 19, 1, 10000,
             "shuffled runs that tell what signal chance gives"),
    IA_FIELD(IA_U64, ia_hitmap_params, signal_seed, "", 1, 0, 1e15,
             "seed of these shuffles"),
};
const ia_method ia_hitmap_method =
    IA_METHOD("hitmap", "Maps of the detector", ia_hitmap_params, fields);

ia_hitmap_params ia_hitmap_defaults(void)
{
    ia_hitmap_params params;
    ia_method_defaults(&ia_hitmap_method, &params);
    return params;
}

const char *const ia_map_names[IA_N_MAPS] = {
    "density", "multiples", "few_pulses", "many_pulses", "sequence", "field", "signal"};

enum {
    EXTENT_BINS = 4096, // of x and y
    LEFT_OUT = 200,     // one hit in so many may lie outside the map
    LEAST_HITS = 100,
    STEPS_MOST = 20
};
static const double far_away = 1000;  // mm: no detector is that large
static const double per_mm = 1 << 14; // parts of a mm in sums: these are integers

// Rows of one worker, with room for those before and after.
typedef struct {
    float hits[2 * (IA_COLUMN_BLOCK + 2 * STEPS_MOST)];
    float mass[IA_COLUMN_BLOCK];
    uint32_t multiplicity[IA_COLUMN_BLOCK], pulses[IA_COLUMN_BLOCK];
    uint64_t *sums[HITMAP_SUMS]; // (cells, cells)
    uint64_t *extent;            // (2, EXTENT_BINS)
    uint64_t beyond;             // coordinates that these do not hold
    uint64_t outside, no_place;
} share;

typedef struct {
    const ia_hitmap_input *input;
    const ia_hitmap_params *params;
    double mm; // of a unit of the file, as it is taken to be now
    size_t begin, end, n_blocks, n_workers;
    share *shares;
    ia_hitmap *out;
} job;

static void block_of(const job *j, size_t block, size_t *begin, size_t *end)
{
    ia_block(j->end - j->begin, IA_COLUMN_BLOCK, block, begin, end);
    *begin += j->begin;
    *end += j->begin;
}

// Hits in mm; rows of the file where these are.
static const float *hits_of(const job *j, size_t begin, size_t n, float *room)
{
    const float *hits =
        ia_column_rows(&j->input->ions->columns[IA_DET_XY], begin, n, room);
    if (j->mm == 1)
        return hits;
    for (size_t i = 0; i < 2 * n; i++)
        room[i] = (float)(j->mm * (double)hits[i]);
    return room;
}

static void extend_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    share *s = &j->shares[worker];
    size_t begin, end;
    block_of(j, block, &begin, &end);
    const float *hits = hits_of(j, begin, end - begin, s->hits);
    for (size_t i = 0; i < 2 * (end - begin); i++) {
        double bin = ((double)hits[i] / far_away + 1) * 0.5 * EXTENT_BINS;
        if (bin >= 0 && bin < EXTENT_BINS)
            s->extent[(i % 2) * EXTENT_BINS + (size_t)bin]++;
        else
            s->beyond += isfinite(hits[i]) != 0;
    }
}

// Where all but one hit in LEFT_OUT lie, half of these on either side; middle and half
// width, mm.
static bool extent_of(const uint64_t *bins, double *middle, double *half)
{
    uint64_t all = 0, below = 0;
    size_t lo = 0, hi = EXTENT_BINS;
    for (size_t i = 0; i < EXTENT_BINS; i++)
        all += bins[i];
    for (; lo < EXTENT_BINS && below + bins[lo] <= all / (2 * LEFT_OUT); lo++)
        below += bins[lo];
    for (below = 0; hi > lo + 1 && below + bins[hi - 1] <= all / (2 * LEFT_OUT); hi--)
        below += bins[hi - 1];
    double bin = 2 * far_away / EXTENT_BINS;
    *middle = 0.5 * (double)(lo + hi) * bin - far_away;
    *half = 0.5 * (double)(hi - lo) * bin;
    return all >= LEAST_HITS;
}

// Whether the bins hold less than half of what is a number.
static bool is_beyond(const job *j)
{
    uint64_t beyond = 0;
    for (size_t w = 0; w < j->n_workers; w++)
        beyond += j->shares[w].beyond;
    return beyond > (uint64_t)(j->end - j->begin);
}

// Middle and half width of the hits along both axes, in units of which a mm has j->mm.
// Few hits are no failure where most are `beyond` and the caller looks again.
static ia_status find_extent(ia_ctx *ctx, job *j, double middle[2], double half[2],
                             bool *beyond)
{
    uint64_t extent[2 * EXTENT_BINS] = {0};
    for (size_t w = 0; w < j->n_workers; w++) {
        memset(j->shares[w].extent, 0, sizeof extent);
        j->shares[w].beyond = 0;
    }
    ia_status st = ia_for(ctx, "hits", j->n_blocks, extend_block, j);
    if (st != IA_OK)
        return st;
    for (size_t w = 0; w < j->n_workers; w++)
        for (size_t i = 0; i < 2 * EXTENT_BINS; i++)
            extent[i] += j->shares[w].extent[i];
    if (beyond)
        *beyond = is_beyond(j);
    for (size_t axis = 0; axis < 2; axis++)
        if (!extent_of(extent + axis * EXTENT_BINS, &middle[axis], &half[axis]) &&
            !(beyond && *beyond))
            return ia_fail(ctx, IA_ERR_EMPTY,
                           "fewer than %d hits on the detector: no map to draw",
                           LEAST_HITS);
    return IA_OK;
}

// The place that all but one hit in LEFT_OUT share, as the file has it.
static ia_status refuse_one_place(ia_ctx *ctx, const job *j)
{
    float room[2 * IA_COLUMN_BLOCK], place[2] = {0, 0};
    size_t zeros = 0, places = 0;
    for (size_t at = j->begin; at < j->end;) {
        size_t n = j->end - at < IA_COLUMN_BLOCK ? j->end - at : IA_COLUMN_BLOCK;
        const float *hits =
            ia_column_rows(&j->input->ions->columns[IA_DET_XY], at, n, room);
        for (size_t i = 0; i < n; i++) {
            if (!isfinite(hits[2 * i]) || !isfinite(hits[2 * i + 1]))
                continue;
            zeros += hits[2 * i] == 0 && hits[2 * i + 1] == 0;
            if (places++ == 0)
                memcpy(place, hits + 2 * i, sizeof place);
        }
        at += n;
    }
    if (zeros == places)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "the detector columns hold zeros alone: no hits were recorded, or "
                       "a converter left them out");
    if (places - zeros <= places / LEFT_OUT)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%zu of %zu detector hits are at one place: (0, 0)", zeros,
                       places);
    return ia_fail(ctx, IA_ERR_PARAM, "all detector hits are at one place: (%g, %g)",
                   (double)place[0], (double)place[1]);
}

// Bins are for mm: what is little there, or beyond them, is looked at again, enlarged or
// made smaller.
static ia_status find_unit(ia_ctx *ctx, job *j, double middle[2], double half[2])
{
    const double enlarged = 100, smaller = 1e-3, least_reach = 0.005; // in any unit
    ia_hitmap *map = j->out;
    bool beyond;
    ia_status st;
    map->hit_unit = j->params->hit_unit;
    if (map->hit_unit != IA_HITS_AUTO)
        return ia_hit_unit_find(ctx, 0, &map->hit_unit, &map->mm);
    j->mm = 1;
    if ((st = find_extent(ctx, j, middle, half, &beyond)) != IA_OK)
        return st;
    double reach = fmax(half[0], half[1]);
    if (beyond || reach < 8) {
        j->mm = beyond ? smaller : enlarged;
        if ((st = find_extent(ctx, j, middle, half, NULL)) != IA_OK)
            return st;
        reach = fmax(half[0], half[1]) / j->mm;
    }
    if (reach < least_reach)
        return refuse_one_place(ctx, j);
    return ia_hit_unit_find(ctx, reach, &map->hit_unit, &map->mm);
}

static ia_status lay_map(ia_ctx *ctx, job *j)
{
    ia_hitmap *map = j->out;
    double *half = map->reach;
    ia_status st = find_unit(ctx, j, map->centre, half);
    if (st != IA_OK)
        return st;
    if (j->params->hit_unit != IA_HITS_AUTO || j->mm != map->mm) {
        j->mm = map->mm;
        if ((st = find_extent(ctx, j, map->centre, half, NULL)) != IA_OK)
            return st;
    }
    map->signal_null = map->signal_limit = map->signal_share = map->signal_p = NAN;
    map->cells = j->params->map_cells;
    map->radius = j->params->map_radius;
    if (!(map->radius > 0))
        map->radius = fmax(half[0], half[1]);
    map->cell = 2 * map->radius / (double)map->cells;
    return IA_OK;
}

// Cell of a hit; false outside the circle.
static bool find_cell(const ia_hitmap *map, const float *hit, size_t *cell)
{
    double x = (double)hit[0] - map->centre[0], y = (double)hit[1] - map->centre[1];
    if (!(x * x + y * y < map->radius * map->radius))
        return false;
    size_t i = (size_t)((x + map->radius) / map->cell);
    size_t k = (size_t)((y + map->radius) / map->cell);
    i = i < map->cells ? i : map->cells - 1;
    k = k < map->cells ? k : map->cells - 1;
    *cell = k * map->cells + i;
    return true;
}

// Root of the mean square distance to the hits before and after; NAN without any.
static double wander(const float *hits, size_t at, size_t n, size_t steps)
{
    double sum = 0;
    size_t first = at > steps ? at - steps : 0, used = 0;
    for (size_t i = first; i < n && i <= at + steps; i++) {
        double x = (double)hits[2 * i] - (double)hits[2 * at];
        double y = (double)hits[2 * i + 1] - (double)hits[2 * at + 1];
        if (i == at || !isfinite(x) || !isfinite(y))
            continue;
        sum += x * x + y * y;
        used++;
    }
    return used > 0 ? sqrt(sum / (double)used) : NAN;
}

static const void *rows_of(const job *j, ia_column_id id, size_t begin, size_t n,
                           void *room)
{
    const ia_ions *ions = j->input->ions;
    return ia_ions_has(ions, id) ? ia_column_rows(&ions->columns[id], begin, n, room)
                                 : NULL;
}

static void count_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const ia_hitmap_params *p = j->params;
    share *s = &j->shares[worker];
    size_t begin, end, cell;
    block_of(j, block, &begin, &end);
    size_t n = end - begin, before = begin - j->begin;
    before = before < p->sequence_steps ? before : p->sequence_steps;
    size_t after = j->end - end < p->sequence_steps ? j->end - end : p->sequence_steps;
    const float *hits = hits_of(j, begin - before, before + n + after, s->hits);
    const float *mass =
        j->out->charges[0] >= 0 ? rows_of(j, IA_MASS, begin, n, s->mass) : NULL;
    const uint32_t *multiplicity = rows_of(j, IA_MULTIPLICITY, begin, n, s->multiplicity);
    const uint32_t *pulses = rows_of(j, IA_PULSES_SINCE, begin, n, s->pulses);
    for (size_t i = 0; i < n; i++) {
        const float *hit = hits + 2 * (before + i);
        if (!find_cell(j->out, hit, &cell)) {
            bool is_place = isfinite(hit[0]) && isfinite(hit[1]);
            s->outside += is_place;
            s->no_place += !is_place;
            continue;
        }
        double far = wander(hits, before + i, before + n + after, p->sequence_steps);
        s->sums[HITMAP_HITS][cell]++;
        if (multiplicity)
            s->sums[HITMAP_MULTIPLE][cell] += multiplicity[i] != 1;
        if (pulses) {
            s->sums[HITMAP_FEW][cell] += pulses[i] > 0 && pulses[i] <= p->few_pulses;
            s->sums[HITMAP_MANY][cell] += pulses[i] > p->many_pulses;
        }
        if (isfinite(far)) {
            s->sums[HITMAP_WALKS][cell]++;
            s->sums[HITMAP_WALK][cell] += (uint64_t)llround(far * per_mm);
            s->sums[HITMAP_WALK2][cell] += (uint64_t)llround(far * far * per_mm);
        }
        int32_t range = mass ? ia_ranger_find(j->input->ranger, (double)mass[i]) : -1;
        for (size_t c = 0; range >= 0 && c < 2; c++)
            s->sums[HITMAP_HIGH + c][cell] +=
                j->input->ranger->ion[range] == j->out->charges[c];
    }
}

// Is any hit of the window marked?
static bool is_recorded(const job *j, ia_column_id id)
{
    uint32_t room[IA_COLUMN_BLOCK];

    for (size_t at = j->begin; ia_ions_has(j->input->ions, id) && at < j->end;) {
        size_t n = j->end - at < IA_COLUMN_BLOCK ? j->end - at : IA_COLUMN_BLOCK;
        const uint32_t *marks = rows_of(j, id, at, n, room);
        for (size_t i = 0; i < n; i++)
            if (marks[i] > 0)
                return true;
        at += n;
    }
    return false;
}

static ia_status make_room(ia_ctx *ctx, job *j)
{
    size_t n = j->params->map_cells * j->params->map_cells;
    if (!(j->shares = ia_array(ctx, j->n_workers, sizeof *j->shares)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < j->n_workers; w++) {
        share *s = &j->shares[w];
        if (!(s->extent = ia_array(ctx, (size_t)2 * EXTENT_BINS, sizeof *s->extent)))
            return IA_ERR_MEMORY;
        for (size_t k = 0; k < HITMAP_SUMS; k++)
            if (!(s->sums[k] = ia_array(ctx, n, sizeof *s->sums[k])))
                return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static void free_room(job *j)
{
    for (size_t w = 0; j->shares && w < j->n_workers; w++) {
        free(j->shares[w].extent);
        for (size_t k = 0; k < HITMAP_SUMS; k++)
            free(j->shares[w].sums[k]);
    }
    free(j->shares);
}

// Ions of the same atoms in two charges, of which the rarer is the most frequent.
static ia_status choose_charges(ia_ctx *ctx, const ia_hitmap_input *in, int32_t out[2])
{
    ia_range_counts counts = {0};
    uint64_t most = 0;
    out[0] = out[1] = -1;
    if (!in->ranges || in->ranges->n_ions == 0 || !ia_ions_has(in->ions, IA_MASS))
        return IA_OK;
    ia_status st = ia_range_counts_compute(ctx, in->ions, in->ranger, &counts);
    if (st != IA_OK)
        return st;
    for (size_t a = 0; a < in->ranges->n_ions; a++)
        for (size_t b = 0; b < in->ranges->n_ions; b++) {
            uint64_t n[2] = {hitmap_ion_counts(in, &counts, a),
                             hitmap_ion_counts(in, &counts, b)};
            uint64_t least = n[0] < n[1] ? n[0] : n[1];
            if (least <= most || !hitmap_is_charged_more(in, a, b))
                continue;
            most = least;
            out[0] = (int32_t)a;
            out[1] = (int32_t)b;
        }
    ia_range_counts_clear(&counts);
    return IA_OK;
}

static ia_status check(ia_ctx *ctx, const ia_hitmap_input *in, const ia_hitmap_params *p,
                       job *j)
{
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_hitmap_method, p)) != IA_OK ||
        (st = ia_ions_need(ctx, in->ions, IA_DET_XY)) != IA_OK)
        return st;
    if (p->few_pulses > p->many_pulses)
        return ia_fail(ctx, IA_ERR_PARAM, "few_pulses = %zu is above many_pulses = %zu",
                       p->few_pulses, p->many_pulses);
    size_t n = in->ions->n;
    if (n > 0 && p->first_ion >= n)
        return ia_fail(ctx, IA_ERR_PARAM, "first_ion = %llu, but there are only %zu ions",
                       (unsigned long long)p->first_ion, n);
    j->begin = (size_t)p->first_ion;
    j->end = p->n_ions > 0 && p->n_ions < n - j->begin ? j->begin + (size_t)p->n_ions : n;
    j->n_blocks = ia_block_count(j->end - j->begin, IA_COLUMN_BLOCK);
    j->n_workers = ia_for_workers(ctx, j->n_blocks);
    j->out->depth_share[0] = n > 0 ? (double)j->begin / (double)n : 0;
    j->out->depth_share[1] = n > 0 ? (double)j->end / (double)n : 0;
    return IA_OK;
}

ia_status ia_hitmap_compute(ia_ctx *ctx, const ia_hitmap_input *input,
                            const ia_hitmap_params *params, ia_hitmap *out)
{
    ia_hitmap_params p = params ? *params : ia_hitmap_defaults();
    ia_hitmap map = {0};
    job j = {.input = input, .params = &p, .out = &map};
    ia_status st;
    if ((st = check(ctx, input, &p, &j)) != IA_OK || (st = make_room(ctx, &j)) != IA_OK ||
        (st = lay_map(ctx, &j)) != IA_OK ||
        (st = choose_charges(ctx, input, map.charges)) != IA_OK ||
        (st = ia_for(ctx, "hit maps", j.n_blocks, count_block, &j)) != IA_OK)
        goto done;
    size_t n = map.cells * map.cells;
    for (size_t w = 1; w < j.n_workers; w++)
        for (size_t k = 0; k < HITMAP_SUMS; k++)
            for (size_t i = 0; i < n; i++)
                j.shares[0].sums[k][i] += j.shares[w].sums[k][i];
    for (size_t w = 0; w < j.n_workers; w++) {
        map.n_outside += j.shares[w].outside;
        map.n_no_place += j.shares[w].no_place;
    }
    if (j.end - j.begin - map.n_outside - map.n_no_place < LEAST_HITS) {
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "fewer than %d hits within %.3g mm of the middle: no map to draw",
                     LEAST_HITS, map.radius);
        goto done;
    }
    // A column of zeros is what a converter writes where nothing was recorded: one hit in
    // each event is not a multiple, and no event is without pulses before it.
    hitmap_sums sums = {.per_mm = per_mm,
                        .has_multiples = is_recorded(&j, IA_MULTIPLICITY),
                        .has_pulses = is_recorded(&j, IA_PULSES_SINCE)};
    memcpy(sums.of, j.shares[0].sums, sizeof sums.of);
    if ((st = hitmap_fill(ctx, &sums, &map)) == IA_OK) {
        *out = map;
        map = (ia_hitmap){0};
    }
done:
    free_room(&j);
    ia_hitmap_clear(&map);
    return st;
}

void ia_hitmap_clear(ia_hitmap *map)
{
    free(map->counts);
    for (size_t k = 0; k < IA_N_MAPS; k++) {
        free(map->values[k]);
        free(map->sigmas[k]);
    }
    *map = (ia_hitmap){0};
}
