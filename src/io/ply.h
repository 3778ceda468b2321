// src/io/ply.h: the header of a PLY file and its list of species.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PLY_H
#define IONATLAS_SRC_PLY_H

#include "io/text.h"
#include "io/view.h"

#include <ionatlas/ion.h>

// Properties of a point that become columns.
typedef enum {
    IA_PLY_X,
    IA_PLY_Y,
    IA_PLY_Z,
    IA_PLY_SPECIES,
    IA_PLY_MASS,
    IA_PLY_N
} ia_ply_id;

typedef struct {
    bool has;
    ia_view_kind kind;
    size_t offset; // bytes from the point's first
    size_t place;  // properties before it
} ia_ply_property;

typedef struct {
    bool ascii, swapped;
    size_t n;       // points
    size_t n_bytes; // of a point
    size_t n_properties;
    ia_ply_property properties[IA_PLY_N];
    char left[512]; // names of those not kept
    size_t n_left;
    size_t n_species;
    ia_lines lines; // what follows the header, with the number of its last line
    bool in_points, has_points;
} ia_ply_header;

// One species of the list in the comments: "Ni//8850 0 204 0", name, ions, red, green,
// blue.
typedef struct {
    ia_ion ion;
    double mass; // m/n that stands for it, Da; 0 for a name that is no ion
    bool counted;
    uint64_t n; // ions by the list
    uint32_t colour;
    size_t line;
} ia_ply_species;

// The kind of a type's name; IA_VIEW_NONE for no type.
ia_view_kind ia_ply_kind(ia_span type);
ia_status ia_ply_read_header(ia_ctx *ctx, const ia_source *source, ia_ply_header *out);
// The (header->n_species) species, freed with free().
ia_status ia_ply_read_species(ia_ctx *ctx, const ia_source *source,
                              const ia_ply_header *header, ia_ply_species **out);

#endif
