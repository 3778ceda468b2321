// src/core/survey.c: extent and soundness of a table of ions, and the hash of its source.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hash.h>
#include <ionatlas/ions.h>
#include <ionatlas/parallel.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A piece of the source is hashed by one thread while the others look at the same piece's
// ions, so that a file larger than the memory is read once.
enum { PIECE_BYTES = 1 << 27 };

typedef struct {
    float bounds[3][2];
    float mass[2];
    uint64_t n_invalid;
    size_t first_invalid;
    ia_column_id invalid_column;
    float buffer[3 * IA_COLUMN_BLOCK];
} tally;

typedef struct {
    const ia_ions *ions;
    ia_hash *hash; // NULL when nothing is to be hashed
    tally *tallies;
    size_t rows[2]; // of this piece
    size_t bytes[2];
} piece;

static void note_invalid(tally *t, ia_column_id id, size_t ion)
{
    t->n_invalid++;
    if (ion < t->first_invalid) {
        t->first_invalid = ion;
        t->invalid_column = id;
    }
}

// Smallest and largest of every width-th value; false when one of them is not a finite
// number.
static bool extend(const float *values, size_t n, size_t width, float range[2])
{
    float lo = range[0], hi = range[1];
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        float v = values[i * width];
        lo = v < lo ? v : lo;
        hi = v > hi ? v : hi;
        bad |= !(fabsf(v) <= FLT_MAX);
    }
    range[0] = lo;
    range[1] = hi;
    return !bad;
}

// The careful way, for blocks that hold an invalid ion: leave it out of the bounds.
static void scan_slowly(tally *t, const float *xyz, const float *mass, size_t begin,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool bad_mass = mass && !(mass[i] >= 0 && mass[i] <= FLT_MAX);
        bool bad_xyz = false;
        for (int k = 0; xyz && k < 3; k++)
            bad_xyz |= !isfinite(xyz[3 * i + (size_t)k]);
        if (bad_xyz || bad_mass) {
            note_invalid(t, bad_xyz ? IA_XYZ : IA_MASS, begin + i);
            continue;
        }
        for (int k = 0; xyz && k < 3; k++)
            extend(&xyz[3 * i + (size_t)k], 1, 1, t->bounds[k]);
        if (mass)
            extend(&mass[i], 1, 1, t->mass);
    }
}

// Not where all values are known to be sound.
static bool must_read(const ia_column *mass)
{
    return ia_column_is_present(mass) && !(mass->min_max && mass->min_max[0] >= 0);
}

static void scan(const ia_ions *ions, tally *t, size_t begin, size_t n)
{
    const ia_column *mass_column = &ions->columns[IA_MASS];
    const ia_column *xyz_column = &ions->columns[IA_XYZ];
    bool has_mass = must_read(mass_column);
    bool has_xyz = ia_column_is_present(xyz_column);
    float bounds[3][2], mass_range[2];
    memcpy(bounds, t->bounds, sizeof bounds);
    memcpy(mass_range, t->mass, sizeof mass_range);

    bool sound = true;
    const float *xyz = NULL, *mass = NULL;
    if (has_mass) {
        mass = ia_column_rows(mass_column, begin, n, t->buffer);
        sound = extend(mass, n, 1, mass_range) && mass_range[0] >= 0;
    }
    if (has_xyz) {
        xyz = ia_column_rows(xyz_column, begin, n, t->buffer);
        for (size_t k = 0; k < 3; k++)
            sound &= extend(xyz + k, n, 3, bounds[k]);
    }
    if (sound) {
        memcpy(t->bounds, bounds, sizeof bounds);
        memcpy(t->mass, mass_range, sizeof mass_range);
        return;
    }
    float masses[IA_COLUMN_BLOCK];
    if (has_mass)
        mass = ia_column_rows(mass_column, begin, n, masses);
    scan_slowly(t, xyz, mass, begin, n);
}

static void work(void *user, size_t block, size_t worker)
{
    piece *p = user;
    if (p->hash && block == 0) {
        ia_hash_add(p->hash, p->ions->bytes + p->bytes[0], p->bytes[1] - p->bytes[0]);
        return;
    }
    size_t begin, end;
    ia_block(p->rows[1] - p->rows[0], IA_COLUMN_BLOCK, block - (p->hash != NULL), &begin,
             &end);
    scan(p->ions, &p->tallies[worker], p->rows[0] + begin, end - begin);
}

static void part(size_t n, size_t i, size_t n_parts, size_t range[2])
{
    // Split so that no product passes 2^64.
    range[0] = n / n_parts * i + n % n_parts * i / n_parts;
    range[1] = n / n_parts * (i + 1) + n % n_parts * (i + 1) / n_parts;
}

static void start_tally(tally *t)
{
    for (int k = 0; k < 3; k++) {
        t->bounds[k][0] = INFINITY;
        t->bounds[k][1] = -INFINITY;
    }
    t->mass[0] = INFINITY;
    t->mass[1] = -INFINITY;
    t->first_invalid = SIZE_MAX;
}

static void widen(float into[2], const float range[2])
{
    into[0] = fminf(into[0], range[0]);
    into[1] = fmaxf(into[1], range[1]);
}

static void merge(tally *into, const tally *t)
{
    for (int k = 0; k < 3; k++)
        widen(into->bounds[k], t->bounds[k]);
    widen(into->mass, t->mass);
    into->n_invalid += t->n_invalid;
    if (t->first_invalid < into->first_invalid) {
        into->first_invalid = t->first_invalid;
        into->invalid_column = t->invalid_column;
    }
}

static void settle(const float range[2], double out[2])
{
    bool any = range[0] <= range[1];
    out[0] = any ? range[0] : NAN;
    out[1] = any ? range[1] : NAN;
}

static ia_survey survey_of(size_t n, const tally *t)
{
    ia_survey survey = {.n = n,
                        .n_invalid = t->n_invalid,
                        .first_invalid = t->first_invalid,
                        .invalid_column = t->invalid_column};
    for (int k = 0; k < 3; k++)
        settle(t->bounds[k], survey.bounds[k]);
    settle(t->mass, survey.mass_range);
    return survey;
}

static ia_status run_pieces(ia_ctx *ctx, const ia_ions *ions, ia_hash *hash,
                            tally *tallies)
{
    size_t n_bytes = hash ? ions->n_bytes : ions->n * 16;
    size_t n_pieces = ia_block_count(n_bytes, PIECE_BYTES);
    const ia_column *mass = &ions->columns[IA_MASS];
    if (!hash && !must_read(mass) && !ia_ions_has(ions, IA_XYZ))
        n_pieces = 0;
    ia_status st = IA_OK;
    for (size_t i = 0; i < n_pieces && st == IA_OK; i++) {
        piece p = {.ions = ions, .hash = hash, .tallies = tallies};
        part(ions->n, i, n_pieces, p.rows);
        part(n_bytes, i, n_pieces, p.bytes);
        size_t n_blocks = ia_block_count(p.rows[1] - p.rows[0], IA_COLUMN_BLOCK);
        st = ia_step(ctx, "reading", (double)i / (double)n_pieces);
        if (st == IA_OK)
            st = ia_for(ctx, NULL, n_blocks + (hash != NULL), work, &p);
    }
    return st;
}

ia_status ia_ions_survey(ia_ctx *ctx, ia_ions *ions, ia_survey *out)
{
    size_t n_workers = ia_for_workers(ctx, ions->n / IA_COLUMN_BLOCK + 2);
    tally *tallies = ia_array(ctx, n_workers, sizeof *tallies);
    ia_hash *hash = NULL;
    ia_status st = tallies ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK && ions->bytes && !ions->sha256[0])
        st = ia_hash_new(ctx, &hash);
    if (st != IA_OK)
        goto done;
    for (size_t w = 0; w < n_workers; w++)
        start_tally(&tallies[w]);
    if ((st = run_pieces(ctx, ions, hash, tallies)) != IA_OK)
        goto done;
    const ia_column *mass = &ions->columns[IA_MASS];
    if (ia_column_is_present(mass) && !must_read(mass))
        widen(tallies[0].mass, mass->min_max);
    for (size_t w = 1; w < n_workers; w++)
        merge(&tallies[0], &tallies[w]);
    if (hash)
        ia_hash_finish(hash, ions->sha256);
    *out = survey_of(ions->n, &tallies[0]);
done:
    ia_hash_free(hash);
    free(tallies);
    return st;
}
