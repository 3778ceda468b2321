// src/io/view.c: numbers of any type and byte order inside a mapped file, as columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ia_view_size(ia_view_kind kind)
{
    static const size_t sizes[] = {
        [IA_VIEW_NONE] = 0, [IA_VIEW_I8] = 1,  [IA_VIEW_U8] = 1,  [IA_VIEW_I16] = 2,
        [IA_VIEW_U16] = 2,  [IA_VIEW_I32] = 4, [IA_VIEW_U32] = 4, [IA_VIEW_I64] = 8,
        [IA_VIEW_U64] = 8,  [IA_VIEW_F32] = 4, [IA_VIEW_F64] = 8};
    return sizes[kind];
}

// The stored bits, least significant first whatever the file's order.
static uint64_t bits_of(const unsigned char *at, size_t size, bool swapped)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < size; k++)
        bits |= (uint64_t)at[swapped ? size - 1 - k : k] << 8 * k;
    return bits;
}

static double value_of(ia_view_kind kind, uint64_t bits)
{
    float f;
    double d;
    uint32_t word = (uint32_t)bits;
    switch (kind) {
    case IA_VIEW_I8:
        return (int8_t)bits;
    case IA_VIEW_I16:
        return (int16_t)bits;
    case IA_VIEW_I32:
        return (int32_t)bits;
    case IA_VIEW_I64:
        return (double)(int64_t)bits;
    case IA_VIEW_F32:
        memcpy(&f, &word, sizeof f);
        return (double)f;
    case IA_VIEW_F64:
        memcpy(&d, &bits, sizeof d);
        return d;
    default:
        return (double)bits;
    }
}

double ia_view_value(const ia_view *view, size_t row)
{
    uint64_t bits =
        bits_of(view->at + row * view->stride, ia_view_size(view->kind), view->swapped);
    double value = value_of(view->kind, bits) - view->minus;
    return view->scale != 0 ? value * view->scale : value;
}

size_t ia_view_n_odd(const ia_view *view, size_t n)
{
    size_t n_odd = 0;
    bool never = view->kind == IA_VIEW_U8 || view->kind == IA_VIEW_U16 ||
                 view->kind == IA_VIEW_U32;
    if (never && view->scale == 0 && view->minus == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        double value = ia_view_value(view, i);
        n_odd += !(value >= 0 && value <= UINT32_MAX) || value != floor(value);
    }
    return n_odd;
}

static float to_f32(double value)
{
    if (fabs(value) > 3.4028235677973366e38) // would round to infinity
        return value > 0 ? INFINITY : -INFINITY;
    return (float)value;
}

// Counts are whole and fit 32 bits; what does not is taken to the nearest that is.
static uint32_t to_u32(double value)
{
    if (!(value > 0))
        return 0;
    return value < (double)UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void fill_f32(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_view *views = column->user;
    float *values = out;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < column->width; k++)
            *values++ = to_f32(ia_view_value(&views[k], begin + i));
}

static void fill_u32(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_view *views = column->user;
    uint32_t *values = out;
    for (size_t i = 0; i < n; i++)
        values[i] = to_u32(ia_view_value(&views[0], begin + i));
}

// The numbers of a row stand side by side, as the column's own type, and a float holds
// what they are multiplied by.
static bool is_plain(const ia_view *views, const ia_column_kind *kind)
{
    const ia_view *first = views;
    for (size_t k = 0; k < kind->width; k++) {
        const ia_view *view = &views[k];
        if (view->kind != (kind->type == IA_F32 ? IA_VIEW_F32 : IA_VIEW_U32) ||
            view->at != first->at + 4 * k || view->stride != first->stride ||
            view->swapped != first->swapped || view->scale != first->scale ||
            (double)(float)view->scale != view->scale || view->minus != 0 ||
            (kind->type != IA_F32 && view->scale != 0))
            return false;
    }
    // A reader may get a pointer to contiguous rows, which must be aligned then.
    return first->stride != 4 * kind->width || (uintptr_t)first->at % 4 == 0;
}

void ia_views_add(ia_views *views, ia_ions *ions, ia_column_id id)
{
    const ia_column_kind *kind = ia_column_kind_of(id);
    const ia_view *parts = views->views[id];
    ia_column column = {.type = kind->type, .width = kind->width, .n = ions->n};
    if (is_plain(parts, kind)) {
        column.data = parts[0].at;
        column.stride = parts[0].stride;
        column.swapped = parts[0].swapped;
        column.scale = (float)parts[0].scale;
    } else {
        column.fill = kind->type == IA_F32 ? fill_f32 : fill_u32;
        column.user = parts;
    }
    ions->columns[id] = column;
}

static double pulse_of(const ia_pulses *pulses, size_t row)
{
    double number = ia_view_value(&pulses->number, row);
    return pulses->offset.at ? number + ia_view_value(&pulses->offset, row) : number;
}

static uint32_t since(const ia_pulses *pulses, double before, double now)
{
    double wrap = pulses->wrap;
    if (now < before && before > 0.9 * wrap && now < 0.1 * wrap)
        return to_u32(now + wrap - before);
    return to_u32(now < before ? now : now - before);
}

static void fill_pulses_since(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_pulses *pulses = column->user;
    uint32_t *values = out;
    double before = pulse_of(pulses, begin > 0 ? begin - 1 : 0);
    for (size_t i = 0; i < n; i++) {
        double now = pulse_of(pulses, begin + i);
        values[i] = since(pulses, before, now);
        before = now;
    }
}

// The first ion of a pulse holds how many came from it, the others 0.
static void fill_multiplicity(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_pulses *pulses = column->user;
    uint32_t *values = out;
    for (size_t i = begin; i < begin + n; i++) {
        double now = pulse_of(pulses, i);
        values[i - begin] = 0;
        if (i > 0 && pulse_of(pulses, i - 1) == now)
            continue;
        size_t last = i;
        while (last + 1 < pulses->n && pulse_of(pulses, last + 1) == now)
            last++;
        values[i - begin] = to_u32((double)(last - i + 1));
    }
}

void ia_views_add_pulses(ia_views *views, ia_ions *ions)
{
    views->pulses.n = ions->n;
    ia_column column = {.type = IA_U32, .width = 1, .n = ions->n, .user = &views->pulses};
    column.fill = fill_pulses_since;
    ions->columns[IA_PULSES_SINCE] = column;
    column.fill = fill_multiplicity;
    ions->columns[IA_MULTIPLICITY] = column;
}

void ia_views_free(ia_views *views)
{
    if (!views)
        return;
    ia_source_clear(&views->source);
    free(views->owned);
    free(views);
}

static void release_views(void *keep)
{
    ia_views_free(keep);
}

ia_status ia_views_adopt(ia_ctx *ctx, ia_views *views, ia_source *source, ia_ions *ions)
{
    char *path = source->path ? ia_text(ctx, source->path) : NULL;
    if (source->path && !path)
        return IA_ERR_MEMORY;
    views->source = *source;
    *source = (ia_source){0};
    ions->bytes = views->source.bytes;
    ions->n_bytes = views->source.n;
    ions->keep = views;
    ions->release = release_views;
    ions->path = path;
    return IA_OK;
}
