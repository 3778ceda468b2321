// src/core/coincident.c: ions at exactly the place of another.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ions.h>
#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// All ions of some places are looked at, so that those that coincide meet; of a place
// with many ions, a pile, no chance decides: evenly spaced rows show it.
enum { PLACES = 1 << 16, ROOM = 2 * PLACES, ROWS = 1 << 14, PILE = 8, LEAST_IONS = 100 };

typedef struct {
    float xyz[3];
    uint32_t n; // ions there; 0: an empty slot
} place;

typedef struct {
    const ia_column *xyz;
    int n_bits;     // one place in 2^n_bits is looked at
    place *piles;   // (ROOM) of evenly spaced rows, with PILE ions or more
    place **places; // (workers), (ROOM) each
    float *room;    // (workers, block, 3)
} search;

// Multiply and add: the upper bits are spread evenly.
static uint64_t hash_of(const float xyz[3])
{
    uint32_t bits[3];
    memcpy(bits, xyz, sizeof bits);
    return bits[0] * UINT64_C(0x9e3779b97f4a7c15) +
           bits[1] * UINT64_C(0xbf58476d1ce4e5b9) +
           bits[2] * UINT64_C(0x94d049bb133111eb);
}

static place *slot_of(place *places, const float xyz[3], uint64_t hash)
{
    size_t at = (size_t)((hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 32) % ROOM;
    while (places[at].n > 0 && memcmp(places[at].xyz, xyz, sizeof places[at].xyz) != 0)
        at = (at + 1) % ROOM;
    return &places[at];
}

static void add(place *places, const float xyz[3], uint32_t n)
{
    place *slot = slot_of(places, xyz, hash_of(xyz));
    memcpy(slot->xyz, xyz, sizeof slot->xyz);
    slot->n += n;
}

// Nought has two signs.
static void read_place(const float *from, float to[3])
{
    for (size_t k = 0; k < 3; k++)
        to[k] = from[k] + 0.0f;
}

// Share of ions in piles.
static double find_piles(search *s)
{
    size_t n = s->xyz->n, step = n > ROWS ? n / ROWS : 1, n_rows = 0, n_piled = 0;
    for (size_t i = 0; i < n; i += step, n_rows++) {
        float buffer[3], at[3];
        read_place(ia_column_rows(s->xyz, i, 1, buffer), at);
        add(s->piles, at, 1);
    }
    for (size_t i = 0; i < ROOM; i++)
        n_piled += s->piles[i].n >= PILE ? s->piles[i].n : 0;
    return (double)n_piled / (double)n_rows;
}

static void search_block(void *user, size_t block, size_t worker)
{
    search *s = user;
    size_t begin, end;
    ia_block(s->xyz->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *xyz = ia_column_rows(s->xyz, begin, end - begin,
                                      s->room + worker * 3 * IA_COLUMN_BLOCK);
    for (size_t i = 0; i < end - begin; i++) {
        float at[3];
        read_place(xyz + 3 * i, at);
        uint64_t hash = hash_of(at);
        if (s->n_bits == 0 || hash >> (64 - s->n_bits) == 0)
            add(s->places[worker], at, 1);
    }
}

// The places of all workers in the first's table.
static void merge(search *s, size_t n_workers)
{
    for (size_t w = 1; w < n_workers; w++)
        for (size_t i = 0; i < ROOM; i++)
            if (s->places[w][i].n > 0)
                add(s->places[0], s->places[w][i].xyz, s->places[w][i].n);
}

// Share of ions beside others, of those in no pile.
static double count_pairs(const search *s)
{
    size_t n = 0, n_beside = 0;
    for (size_t i = 0; i < ROOM; i++) {
        const place *p = &s->places[0][i];
        if (p->n == 0 || slot_of(s->piles, p->xyz, hash_of(p->xyz))->n >= PILE)
            continue;
        n += p->n;
        n_beside += p->n > 1 ? p->n : 0;
    }
    return n > 0 ? (double)n_beside / (double)n : 0;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Values of a coordinate.
static double count_values(const place *places, size_t k, float *values)
{
    size_t n = 0, n_values = 0;
    for (size_t i = 0; i < ROOM; i++)
        if (places[i].n > 0)
            values[n++] = places[i].xyz[k];
    qsort(values, n, sizeof *values, compare);
    for (size_t i = 0; i < n; i++)
        n_values += i == 0 || values[i] > values[i - 1];
    return (double)n_values;
}

// Share of ions that would coincide were all at random on the grid of the values that
// coordinates have.
static ia_status expect(ia_ctx *ctx, const search *s, double *out)
{
    float *values = ia_array(ctx, ROOM, sizeof *values);
    double others = (double)s->xyz->n;
    for (size_t k = 0; values && k < 3; k++)
        others /= count_values(s->places[0], k, values);
    *out = -expm1(-others);
    free(values);
    return values ? IA_OK : IA_ERR_MEMORY;
}

static ia_status make_room(ia_ctx *ctx, search *s, size_t n_workers)
{
    if (!(s->piles = ia_array(ctx, ROOM, sizeof *s->piles)) ||
        !(s->places = ia_array(ctx, n_workers, sizeof *s->places)) ||
        !(s->room = ia_array(ctx, n_workers, 3 * IA_COLUMN_BLOCK * sizeof *s->room)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++)
        if (!(s->places[w] = ia_array(ctx, ROOM, sizeof **s->places)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static void clear(search *s, size_t n_workers)
{
    for (size_t w = 0; w < n_workers && s->places; w++)
        free(s->places[w]);
    free(s->places);
    free(s->piles);
    free(s->room);
}

ia_status ia_ions_coincident(ia_ctx *ctx, const ia_ions *ions, ia_coincidence *out)
{
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    size_t n_workers = ia_for_workers(ctx, n_blocks);
    search s = {.xyz = &ions->columns[IA_XYZ]};
    ia_status st;

    *out = (ia_coincidence){0};
    if (!ia_ions_has(ions, IA_XYZ) || ions->n < LEAST_IONS)
        return IA_OK;
    while (ions->n >> s.n_bits > PLACES)
        s.n_bits++;
    if ((st = make_room(ctx, &s, n_workers)) != IA_OK)
        goto done;
    double piled = find_piles(&s);
    if ((st = ia_for(ctx, "places", n_blocks, search_block, &s)) != IA_OK)
        goto done;
    merge(&s, n_workers);
    out->share = piled + (1 - piled) * count_pairs(&s);
    if (out->share > 0)
        st = expect(ctx, &s, &out->expected);
done:
    clear(&s, n_workers);
    return st;
}

ia_status ia_ions_tell_coincident(ia_ctx *ctx, const ia_ions *ions)
{
    // Of coordinates with few digits some coincide; nobody can do with half.
    const double least = 0.01, times = 10, most = 0.5;
    ia_coincidence found;
    ia_status st = ia_ions_coincident(ctx, ions, &found);
    if (st == IA_OK && found.share > fmax(least, fmin(times * found.expected, most)))
        ia_warn(
            ctx,
            "%.3g %% of the ions lie at exactly the place of another: a file joined "
            "with itself, or ions without a place of their own? Neighbours, pairs and "
            "clusters among them mean nothing",
            100 * found.share);
    return st;
}
