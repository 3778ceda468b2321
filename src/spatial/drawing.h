// src/spatial/drawing.h: positions of two species, as they are or with labels drawn at
// random.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_DRAWING_H
#define IONATLAS_SRC_DRAWING_H

#include "spatial/species.h"

#include <ionatlas/honest.h>

// Fewer ions tell nothing about how they lie.
enum { IA_DRAWING_FEWEST = 20 };

// Buffers of a worker.
typedef struct {
    float *from, *to; // (n, 3) positions drawn; `to` unused for one species
    uint64_t *bits;   // (words of all ions)
    uint64_t *split;  // (words of those drawn)
    uint64_t *stays;  // (words of all ions) those of the species that stays
    size_t n_met;     // ions drawn where one that stays lies
} ia_drawing_room;

// What draws do with a pair: both species anywhere, or one of them while the other stays
// where it is. Where one gathers of itself both anywhere would not look like the data
// even if neither knew of the other.
enum { IA_STAYS_NONE, IA_STAYS_FROM, IA_STAYS_TO, IA_STAYS_WAYS };

typedef struct {
    const float *xyz; // (n, 3) all ranged ions, borrowed
    size_t n;
    uint32_t *list_from,
        *list_to; // places of the species' ions; the same list for one species
    size_t n_list_from, n_list_to;
    size_t n_from, n_to; // used of them
    bool same;
    bool is_every; // ion of one species: there are no labels to shuffle
    int stays;     // of a pair: IA_STAYS_...
    ia_drawing_room *rooms;
    size_t n_rooms;
} ia_drawing;

// Ranged ions: where they lie and what they are.
typedef struct {
    const float *xyz;     // (n, 3) nm
    const uint16_t *kind; // (n)
    size_t n;
    const ia_ranges *ranges;
} ia_drawing_ions;

// Ions that hold a species and, for a pair, not the other one; n_most of each at most.
ia_status ia_drawing_new(ia_ctx *ctx, const ia_drawing_ions *ions,
                         const ia_species pair[2], size_t n_most, ia_drawing *out);
// Room for draws of every worker.
ia_status ia_drawing_prepare(ia_ctx *ctx, ia_drawing *drawing);
void ia_drawing_clear(ia_drawing *drawing);
// False, with a warning, where so few ions are there that nothing can be asked, or where
// shuffled labels change nothing.
bool ia_drawing_is_enough(ia_ctx *ctx, const ia_drawing *drawing,
                          const ia_species pair[2]);
// Some 125 cubes over the box of n positions, for a bootstrap: block of each, to be
// freed; one block where the box is flat. Errors are told from IA_DRAWING_BLOCKS on.
enum { IA_DRAWING_BLOCKS = 20 };
ia_status ia_drawing_blocks(ia_ctx *ctx, const float *xyz, size_t n, uint32_t **block,
                            size_t *n_blocks);
// What is measured by its deviations from chance, all of them positive, is larger by
// their noise; what is drawn again from it, by twice that. The share of n deviations to
// take away so that as much is left as there is without noise (James and Stein): their
// scatter by the bootstrap tells.
double ia_drawing_noise(const double *deviation, const double *sd, size_t n);
// Fill a worker's `from` and `to`: draw 0 from the lists, others anywhere, but for those
// that stay. An ion may be drawn where one that stays lies, as if that place had both:
// its own place is no neighbour, and what asks for pairs must leave out those of no
// length.
void ia_drawing_take(const ia_drawing *drawing, const ia_draw *draw, size_t worker);

#endif
