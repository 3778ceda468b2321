// src/spatial/boxes.h: points along a curve that fills space, and boxes around runs of
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BOXES_H
#define IONATLAS_SRC_BOXES_H

#include <ionatlas/neighbours.h>

enum { IA_BOX_POINTS = 16, IA_BOX_FAN = 16, IA_BOX_LEVELS = 12 };

typedef struct {
    float low[3], high[3]; // nm
} ia_box;

// Boxes of one level in a row, as many as have one box above.
typedef struct {
    float low[3][IA_BOX_FAN], high[3][IA_BOX_FAN]; // nm
} ia_box_row;

// A box of level 0 is around IA_BOX_POINTS points in a row, one of the next around
// IA_BOX_FAN boxes below. The last level has one box.
typedef struct {
    size_t n;
    float *x, *y, *z; // (n and up to whole boxes) nm, the last infinite
    uint32_t *point;  // (n) number in the caller's list
    size_t n_levels, n_boxes[IA_BOX_LEVELS];
    ia_box_row *rows[IA_BOX_LEVELS]; // the last with empty boxes, infinitely far
} ia_boxes;

// Positions must be finite. O(n) time; 18 B per point, 30 B while they are sorted.
ia_status ia_boxes_build(ia_ctx *ctx, const ia_points *points, ia_boxes *out);
void ia_boxes_clear(ia_boxes *boxes);
// IA_ERR_PARAM for a position that is not finite, IA_ERR_UNSUPPORTED for 2^31 points or
// more.
ia_status ia_boxes_check(ia_ctx *ctx, const ia_points *points);

// n up to whole rows or boxes of `fan`.
static inline size_t ia_boxes_room(size_t n, size_t fan)
{
    return (n + fan - 1) / fan * fan;
}

// How far a place is off an interval that it is that far below or above.
static inline float ia_box_off(float below, float above)
{
    float most = below > above ? below : above;
    return most > 0 ? most : 0;
}

static inline ia_box ia_box_of(const ia_boxes *boxes, size_t level, size_t i)
{
    const ia_box_row *row = &boxes->rows[level][i / IA_BOX_FAN];
    size_t k = i % IA_BOX_FAN;
    return (ia_box){{row->low[0][k], row->low[1][k], row->low[2][k]},
                    {row->high[0][k], row->high[1][k], row->high[2][k]}};
}

// Squared distance between the nearest places of two boxes, likewise.
static inline float ia_box_gap2(const ia_box *a, const ia_box *b)
{
    float sum = 0;
    for (int k = 0; k < 3; k++) {
        float off = ia_box_off(a->low[k] - b->high[k], b->low[k] - a->high[k]);
        sum += off * off;
    }
    return sum * (1 - 1e-6F);
}

// First box or point below box i of a level, and one behind the last.
static inline void ia_box_children(const ia_boxes *boxes, size_t level, size_t i,
                                   size_t *begin, size_t *end)
{
    size_t fan = level == 0 ? IA_BOX_POINTS : IA_BOX_FAN;
    size_t n = level == 0 ? boxes->n : boxes->n_boxes[level - 1];
    *begin = i * fan;
    *end = *begin + fan < n ? *begin + fan : n;
}

#endif
