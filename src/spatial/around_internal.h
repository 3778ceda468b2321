// src/spatial/around_internal.h: the inner loop of cylinder and slab searches.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_AROUND_H
#define IONATLAS_SRC_AROUND_H

#include "spatial/index_internal.h"

// A request in the precision of the positions.
typedef struct {
    float frame[3][3]; // u, v, w
    float r2, half;    // nm^2, nm
    bool by_distance;  // r2 bounds u^2 + v^2 + w^2, else u^2 + v^2
    bool same;
} ia_around_shape;

// Candidates side by side, and those found; room for a vector more behind each list.
enum { IA_AROUND_SPARE = 16 };
typedef struct {
    float *x, *y, *z; // nm
    uint32_t *point;
    float *u, *v, *w; // nm, of those found
    uint32_t *found;  // their point numbers
    size_t n, room;
} ia_around_list;
// False when memory ran out; what the list held is lost.
bool ia_around_make_room(ia_around_list *list, size_t n);
void ia_around_list_clear(ia_around_list *list);

// Those of the list inside the shape about a query, in the order of the list; their
// number. A candidate numbered `skip` is passed over.
size_t ia_around_keep(const ia_around_shape *shape, ia_around_list *list,
                      const float query[3], uint32_t skip);

#endif
