// src/spatial/cubes.h: how a surface runs through a cube whose corners are inside or
// outside.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CUBES_H
#define IONATLAS_SRC_CUBES_H

#include <stdbool.h>
#include <stdint.h>

enum { IA_CUBE_CASES = 256, IA_CUBE_EDGES = 12, IA_CUBE_TRIANGLES = 10 };

// Corner c lies at (c & 1, c >> 1 & 1, c >> 2 & 1). Edge e joins two corners, the lower
// first; edges 0-3 run along x, 4-7 along y, 8-11 along z.
extern const uint8_t ia_cube_edges[IA_CUBE_EDGES][2];

// Triangles of each set of inside corners (bit c), by the edges that their corners lie
// on; seen from outside they run counter-clockwise.
typedef struct {
    uint8_t n[IA_CUBE_CASES];
    uint8_t edges[IA_CUBE_CASES][IA_CUBE_TRIANGLES][3];
} ia_cubes;

// On a face whose inside corners lie across from each other these are parted, in every
// cube alike, so that the surfaces of neighbouring cubes fit. Two corners of a triangle
// on edges of one face are always joined by the cut of that face: no diagonal lies in a
// face, where the neighbour might draw the same one. So surfaces are closed and every
// edge joins two triangles. False where that is impossible, which tests rule out.
bool ia_cubes_make(ia_cubes *cubes);

#endif
