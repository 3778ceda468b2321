// src/io/view.h: numbers of any type and byte order inside a mapped file, as columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_VIEW_H
#define IONATLAS_SRC_VIEW_H

#include "io/formats_internal.h"

typedef enum {
    IA_VIEW_NONE,
    IA_VIEW_I8,
    IA_VIEW_U8,
    IA_VIEW_I16,
    IA_VIEW_U16,
    IA_VIEW_I32,
    IA_VIEW_U32,
    IA_VIEW_I64,
    IA_VIEW_U64,
    IA_VIEW_F32,
    IA_VIEW_F64
} ia_view_kind;

// One stored number per row; its value is (stored - minus) * scale.
typedef struct {
    const unsigned char *at; // of row 0, borrowed, at any alignment
    size_t stride;           // bytes from row to row
    ia_view_kind kind;
    bool swapped; // big-endian
    double scale; // 0 means 1
    double minus;
} ia_view;

size_t ia_view_size(ia_view_kind kind); // bytes of a stored number
double ia_view_value(const ia_view *view, size_t row);

// Numbers of the pulses that the ions came from. `offset` is added where it is given. A
// counter that falls from near `wrap` to near 0 has wrapped, another has begun again.
typedef struct {
    ia_view number, offset;
    size_t n;
    double wrap; // 0: it does not
} ia_pulses;

// How many of n values are no counts: not whole, negative or beyond 32 bits. A column of
// counts takes the nearest count for them.
size_t ia_view_n_odd(const ia_view *view, size_t n);

// What the columns of a table borrow from when they are made of views.
typedef struct {
    ia_source source;
    ia_view views[IA_N_COLUMNS][3];
    ia_pulses pulses;
    double *owned; // numbers that views look at and the file does not hold, or NULL
} ia_views;

// Make a column of its views. Straight from the bytes where they lie as a column does.
void ia_views_add(ia_views *views, ia_ions *ions, ia_column_id id);
// Make pulses_since and multiplicity of the pulses' numbers. The first ion has no event
// before it: 0.
void ia_views_add_pulses(ia_views *views, ia_ions *ions);
// Hand source and views over to the table, which frees both.
ia_status ia_views_adopt(ia_ctx *ctx, ia_views *views, ia_source *source, ia_ions *ions);
// Only for views that were not handed over.
void ia_views_free(ia_views *views);

#endif
