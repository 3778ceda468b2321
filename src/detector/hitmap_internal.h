// src/detector/hitmap_internal.h: what the parts of the hit maps share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_HITMAP_INTERNAL_H
#define IA_DETECTOR_HITMAP_INTERNAL_H

#include <ionatlas/hitmap.h>

// What is counted by cell.
enum {
    HITMAP_HITS,
    HITMAP_MULTIPLE, // hits that came with others
    HITMAP_FEW,      // after few empty pulses
    HITMAP_MANY,     // after many
    HITMAP_WALKS,    // hits with others before or after
    HITMAP_WALK,     // distances to these, parts of a mm
    HITMAP_WALK2,    // their squares
    HITMAP_HIGH,     // ions of the higher charge, then of the lower
    HITMAP_LOW,
    HITMAP_SUMS
};

typedef struct {
    const uint64_t *of[HITMAP_SUMS]; // (cells, cells)
    double per_mm;                   // parts of a mm
    bool has_multiples, has_pulses;
} hitmap_sums;

// Room for a map, NAN everywhere.
ia_status hitmap_add_map(ia_ctx *ctx, ia_hitmap *map, ia_map_kind kind);
// The maps from the sums.
ia_status hitmap_fill(ia_ctx *ctx, const hitmap_sums *sums, ia_hitmap *map);
// Take a second-order polynomial of x and y, fitted with the weights 1/sigma^2 to cells
// nearer to the centre than `within` of the radius, off a map; its value at the centre
// stays. False where there are too few cells.
bool hitmap_flatten(const ia_hitmap *map, double within, const double *sigmas,
                    double *values);

// The maps that are known, and `last` where it is not NULL.
ia_status hitmap_write(ia_ctx *ctx, const ia_hitmap *map, const double *last,
                       const char *path);

uint64_t hitmap_ion_counts(const ia_hitmap_input *in, const ia_range_counts *counts,
                           size_t ion);
// The same atoms as ion b, and more charges.
bool hitmap_is_charged_more(const ia_hitmap_input *in, size_t a, size_t b);

// Place of a cell's middle about the map's centre, in radii; true within the circle.
static inline bool hitmap_place(const ia_hitmap *map, size_t cell, double at[2])
{
    at[0] = ((double)(cell % map->cells) + 0.5) * map->cell / map->radius - 1;
    at[1] = ((double)(cell / map->cells) + 0.5) * map->cell / map->radius - 1;
    return at[0] * at[0] + at[1] * at[1] < 1;
}

#endif
