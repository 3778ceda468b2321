// src/spatial/drawing.c: positions of two species, as they are or with labels drawn at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/drawing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Places of the ions that hold a species and, for a pair, not the other.
static ia_status list_species(ia_ctx *ctx, const ia_drawing_ions *ions,
                              const ia_species *wanted, const ia_species *other,
                              uint32_t **out, size_t *n)
{
    bool pair = !ia_species_is_same(wanted, other);
    uint32_t *list = ia_array(ctx, ions->n, sizeof *list);
    bool *is_member = ia_array(ctx, ions->ranges->n_ions, sizeof *is_member);
    for (size_t i = 0; is_member && i < ions->ranges->n_ions; i++) {
        const ia_ion *ion = &ions->ranges->ions[i];
        is_member[i] =
            ia_species_holds(wanted, ion) && !(pair && ia_species_holds(other, ion));
    }
    *n = 0;
    for (size_t i = 0; list && is_member && i < ions->n; i++)
        if (is_member[ions->kind[i]])
            list[(*n)++] = (uint32_t)i;
    ia_status st = list && is_member ? IA_OK : IA_ERR_MEMORY;
    free(is_member);
    if (st == IA_OK)
        *out = list;
    else
        free(list);
    return st;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

ia_status ia_drawing_new(ia_ctx *ctx, const ia_drawing_ions *ions,
                         const ia_species pair[2], size_t n_most, ia_drawing *out)
{
    ia_drawing d = {
        .xyz = ions->xyz, .n = ions->n, .same = ia_species_is_same(&pair[0], &pair[1])};
    ia_status st =
        list_species(ctx, ions, &pair[0], &pair[1], &d.list_from, &d.n_list_from);
    if (st == IA_OK && !d.same)
        st = list_species(ctx, ions, &pair[1], &pair[0], &d.list_to, &d.n_list_to);
    if (st != IA_OK) {
        ia_drawing_clear(&d);
        return st;
    }
    if (d.same) {
        d.list_to = d.list_from;
        d.n_list_to = d.n_list_from;
    }
    d.n_from = smaller(d.n_list_from, n_most);
    d.n_to = smaller(d.n_list_to, n_most);
    *out = d;
    return IA_OK;
}

ia_status ia_drawing_prepare(ia_ctx *ctx, ia_drawing *d)
{
    size_t most = d->n_list_from > d->n_list_to ? d->n_list_from : d->n_list_to;
    size_t words = ia_select_words(most > d->n ? most : d->n);
    d->n_rooms = ia_for_workers(ctx, SIZE_MAX);
    if (!(d->rooms = ia_array(ctx, d->n_rooms, sizeof *d->rooms)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < d->n_rooms; w++) {
        ia_drawing_room *room = &d->rooms[w];
        if (!(room->from = ia_array(ctx, d->n_from, 3 * sizeof(float))) ||
            !(room->to = ia_array(ctx, d->n_to, 3 * sizeof(float))) ||
            !(room->bits = ia_array(ctx, words, sizeof(uint64_t))) ||
            !(room->stays = ia_array(ctx, words, sizeof(uint64_t))) ||
            !(room->split =
                  ia_array(ctx, ia_select_words(d->n_from + d->n_to), sizeof(uint64_t))))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

void ia_drawing_clear(ia_drawing *d)
{
    for (size_t w = 0; d->rooms && w < d->n_rooms; w++) {
        free(d->rooms[w].from);
        free(d->rooms[w].to);
        free(d->rooms[w].bits);
        free(d->rooms[w].stays);
        free(d->rooms[w].split);
    }
    free(d->rooms);
    free(d->list_from);
    if (!d->same)
        free(d->list_to);
    *d = (ia_drawing){0};
}

bool ia_drawing_is_enough(ia_ctx *ctx, const ia_drawing *d, const ia_species pair[2])
{
    size_t fewest = IA_DRAWING_FEWEST;
    if (d->n_from < fewest || d->n_to < fewest) {
        ia_warn(ctx,
                "too few ions to ask how %s lies about %s: %zu and %zu, %zu are needed",
                pair[1].name, pair[0].name, d->n_to, d->n_from, fewest);
        return false;
    }
    if (d->same && d->n_from == d->n && !d->is_every) {
        ia_warn(ctx, "every ranged ion holds %s: shuffled labels change nothing",
                pair[0].name);
        return false;
    }
    return true;
}

static void copy_point(float *to, size_t i, const float *xyz, size_t point)
{
    memcpy(to + 3 * i, xyz + 3 * point, 3 * sizeof(float));
}

typedef struct {
    const uint32_t *places;
    size_t n;
} list;

// m ions of a list, at random where it holds more.
static void take_listed(const ia_drawing *d, list from, size_t m, ia_random *random,
                        ia_drawing_room *room, float *out)
{
    size_t n = 0;
    if (m == from.n) {
        for (; n < m; n++)
            copy_point(out, n, d->xyz, from.places[n]);
        return;
    }
    ia_select(random, m, from.n, room->bits);
    for (size_t i = 0; i < from.n; i++)
        if (ia_is_selected(room->bits, i))
            copy_point(out, n++, d->xyz, from.places[i]);
}

// As many ions as the species have, at places drawn among all ranged ions.
static void take_anywhere(const ia_drawing *d, ia_random *random, ia_drawing_room *room)
{
    size_t m = d->same ? d->n_from : d->n_from + d->n_to, n = 0, n_from = 0, n_to = 0;
    ia_select(random, m, d->n, room->bits);
    ia_select(random, d->n_from, m, room->split);
    for (size_t word = 0; word < ia_select_words(d->n); word++)
        for (uint64_t left = room->bits[word]; left; left &= left - 1) {
            size_t point = 64 * word + (size_t)__builtin_ctzll(left);
            if (ia_is_selected(room->split, n++))
                copy_point(room->from, n_from++, d->xyz, point);
            else
                copy_point(room->to, n_to++, d->xyz, point);
        }
}

static void mark(const list *places, size_t m, const uint64_t *chosen, size_t words,
                 uint64_t *out)
{
    memset(out, 0, words * sizeof *out);
    for (size_t i = 0; i < places->n; i++)
        if (m == places->n || ia_is_selected(chosen, i))
            out[places->places[i] / 64] |= (uint64_t)1 << places->places[i] % 64;
}

// One species stays; as many ions as the other has lie anywhere.
static void take_beside(const ia_drawing *d, ia_random *random, ia_drawing_room *room)
{
    bool to_stays = d->stays == IA_STAYS_TO;
    list stay = to_stays ? (list){d->list_to, d->n_list_to}
                         : (list){d->list_from, d->n_list_from};
    size_t m_stay = to_stays ? d->n_to : d->n_from, n = 0;
    size_t m = to_stays ? d->n_from : d->n_to, words = ia_select_words(d->n);
    float *out = to_stays ? room->from : room->to;
    take_listed(d, stay, m_stay, random, room, to_stays ? room->to : room->from);
    mark(&stay, m_stay, room->bits, words, room->stays);
    ia_select(random, m, d->n, room->bits);
    for (size_t word = 0; word < words; word++) {
        room->n_met += (size_t)__builtin_popcountll(room->bits[word] & room->stays[word]);
        for (uint64_t left = room->bits[word]; left; left &= left - 1)
            copy_point(out, n++, d->xyz, 64 * word + (size_t)__builtin_ctzll(left));
    }
}

void ia_drawing_take(const ia_drawing *d, const ia_draw *draw, size_t worker)
{
    ia_drawing_room *room = &d->rooms[worker];
    ia_random random = draw->random;
    room->n_met = 0;
    if (draw->number > 0 && !d->same && d->stays != IA_STAYS_NONE) {
        take_beside(d, &random, room);
        return;
    }
    if (draw->number > 0) {
        take_anywhere(d, &random, room);
        return;
    }
    list from = {d->list_from, d->n_list_from}, to = {d->list_to, d->n_list_to};
    take_listed(d, from, d->n_from, &random, room, room->from);
    if (!d->same)
        take_listed(d, to, d->n_to, &random, room, room->to);
}

// Edge of some BLOCKS cubes over the box of the points; 0 where it is flat.
static double block_edge(const float *xyz, size_t n)
{
    enum { BLOCKS = 125 };
    double volume = 1;
    for (size_t k = 0; k < 3; k++) {
        double lo = INFINITY, hi = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            lo = fmin(lo, (double)xyz[3 * i + k]);
            hi = fmax(hi, (double)xyz[3 * i + k]);
        }
        volume *= hi - lo;
    }
    return cbrt(volume / BLOCKS);
}

ia_status ia_drawing_blocks(ia_ctx *ctx, const float *xyz, size_t n, uint32_t **block,
                            size_t *n_blocks)
{
    double edge = block_edge(xyz, n);
    uint32_t *blocks = ia_array(ctx, n, sizeof *blocks);
    ia_status st = blocks ? IA_OK : IA_ERR_MEMORY;
    *n_blocks = 1;
    if (st == IA_OK && edge > 0)
        st = ia_blocks_build(ctx, xyz, n, edge, blocks, n_blocks);
    if (st == IA_OK)
        *block = blocks;
    else
        free(blocks);
    return st;
}

double ia_drawing_noise(const double *deviation, const double *sd, size_t n)
{
    double whole = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        whole += deviation[i] * deviation[i];
        noise += sd[i] * sd[i];
    }
    return whole > noise ? 1 - sqrt(1 - noise / whole) : 1;
}
