// src/io/mesh_ply.c: vertices and faces of a PLY, whatever else it holds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mesh_sink.h"
#include "io/ply.h"

#include <math.h>

enum { ELEMENTS_MOST = 16, PROPERTIES_MOST = 64 };
enum { IS_OTHER, IS_X, IS_Y, IS_Z, IS_CORNERS };

typedef struct {
    int what;
    ia_view_kind count; // of a list, else NONE
    ia_view_kind kind;
} property;

typedef struct {
    bool vertices, faces;
    uint64_t n;
    property properties[PROPERTIES_MOST];
    size_t n_properties;
} element;

typedef struct {
    bool ascii, swapped, is_coded;
    element elements[ELEMENTS_MOST];
    size_t n_elements;
    ia_lines lines;
} header;

// Bytes or words, one value after another.
typedef struct {
    const header *h;
    const unsigned char *at, *end;
    ia_span words; // of the line
} values;

static ia_status read_format(ia_ctx *ctx, const ia_mesh_sink *s, ia_span line, header *h)
{
    ia_span rest = line, word = {line.at, 0};
    ia_span_word(&rest, &word);
    ia_span_word(&rest, &word);
    h->ascii = ia_span_is(word, "ascii");
    h->swapped = ia_span_is(word, "binary_big_endian");
    h->is_coded = h->ascii || h->swapped || ia_span_is(word, "binary_little_endian");
    return h->is_coded ? IA_OK : ia_mesh_fail_line(ctx, s, line, "a format of PLY");
}

static ia_status read_element(ia_ctx *ctx, const ia_mesh_sink *s, ia_span line, header *h)
{
    ia_span rest = line, word, number;
    element *e = &h->elements[h->n_elements];
    ia_span_word(&rest, &word);
    if (h->n_elements == ELEMENTS_MOST)
        return ia_mesh_fail_line(ctx, s, line, "no seventeenth element");
    if (!ia_span_word(&rest, &word) || !ia_span_word(&rest, &number) ||
        !ia_span_u64(number, &e->n))
        return ia_mesh_fail_line(ctx, s, line, "an element and its number");
    e->vertices = ia_span_is(word, "vertex");
    e->faces = ia_span_is(word, "face");
    h->n_elements++;
    return IA_OK;
}

static int what_is(const element *e, ia_span name, bool list)
{
    if (e->faces && list &&
        (ia_span_is(name, "vertex_indices") || ia_span_is(name, "vertex_index")))
        return IS_CORNERS;
    if (e->vertices && !list)
        for (int k = 0; k < 3; k++)
            if (name.n == 1 && name.at[0] == "xyz"[k])
                return IS_X + k;
    return IS_OTHER;
}

// "property float x", "property list uchar int vertex_indices"
static ia_status read_property(ia_ctx *ctx, const ia_mesh_sink *s, ia_span line,
                               header *h)
{
    ia_span rest = line, word, name = {line.at, 0};
    element *e = h->n_elements > 0 ? &h->elements[h->n_elements - 1] : NULL;
    property p = {.what = IS_OTHER};
    ia_span_word(&rest, &word);
    bool sound = e && e->n_properties < PROPERTIES_MOST && ia_span_word(&rest, &word);
    bool list = sound && ia_span_is(word, "list");
    if (list) {
        sound = ia_span_word(&rest, &word);
        p.count = sound ? ia_ply_kind(word) : IA_VIEW_NONE;
        sound = p.count != IA_VIEW_NONE && ia_span_word(&rest, &word);
    }
    p.kind = sound ? ia_ply_kind(word) : IA_VIEW_NONE;
    if (p.kind == IA_VIEW_NONE || !ia_span_word(&rest, &name))
        return ia_mesh_fail_line(ctx, s, line, "a property of an element");
    p.what = what_is(e, name, list);
    for (size_t i = 0; i < e->n_properties && p.what != IS_OTHER; i++)
        if (e->properties[i].what == p.what)
            return ia_mesh_fail_line(ctx, s, line, "each property once");
    e->properties[e->n_properties++] = p;
    return IA_OK;
}

static ia_status read_header_line(ia_ctx *ctx, const ia_mesh_sink *s, ia_span line,
                                  header *h)
{
    ia_span rest = line, word;
    if (!ia_span_word(&rest, &word) || ia_span_is(word, "comment") ||
        ia_span_is(word, "obj_info"))
        return IA_OK;
    if (ia_span_is(word, "format"))
        return read_format(ctx, s, line, h);
    if (ia_span_is(word, "element"))
        return read_element(ctx, s, line, h);
    if (ia_span_is(word, "property"))
        return read_property(ctx, s, line, h);
    return ia_mesh_fail_line(ctx, s, line, "a line of the header");
}

// Bytes that a row takes at least: a value of a text is a digit and a blank.
static size_t least_row(const header *h, const element *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n_properties; i++) {
        const property *p = &e->properties[i];
        n += h->ascii ? 2 : ia_view_size(p->count != IA_VIEW_NONE ? p->count : p->kind);
    }
    return n;
}

// There are places and faces, and what is promised can be in the bytes left.
static ia_status check(ia_ctx *ctx, const header *h)
{
    unsigned found = 0;
    size_t left = h->lines.rest.n + h->ascii; // the last line may have no end
    if (!h->is_coded)
        return ia_fail(ctx, IA_ERR_FORMAT, "its header tells no format");
    for (size_t i = 0; i < h->n_elements; i++) {
        const element *e = &h->elements[i];
        size_t least = least_row(h, e);
        for (size_t k = 0; k < e->n_properties; k++)
            found |= 1u << e->properties[k].what;
        if (e->n > 0 && (least == 0 || e->n > left / least))
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "element %zu of its header: %llu rows do not fit the %zu "
                           "bytes left",
                           i + 1, (unsigned long long)e->n, left);
        left -= (size_t)e->n * least;
    }
    if ((found >> IS_X & 7) != 7)
        return ia_fail(ctx, IA_ERR_FORMAT, "its vertices have no x, y and z");
    if (!(found >> IS_CORNERS & 1))
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "it has no faces (vertex_indices), points only: no mesh");
    return IA_OK;
}

static ia_status read_header(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *s,
                             header *h)
{
    ia_span line;
    ia_status st = IA_OK;
    h->lines = ia_lines_of(source->bytes, source->n);
    ia_lines_next(&h->lines, &line); // "ply"
    while (st == IA_OK && ia_lines_next(&h->lines, &line)) {
        s->line = h->lines.number;
        line = ia_span_trim(line);
        if (ia_span_is(line, "end_header"))
            return check(ctx, h);
        st = read_header_line(ctx, s, line, h);
    }
    return st != IA_OK ? st
                       : ia_fail(ctx, IA_ERR_FORMAT,
                                 "its header is cut short: no line 'end_header'");
}

static bool take(values *v, ia_view_kind kind, double *out)
{
    ia_span word;
    if (v->h->ascii)
        return ia_span_word(&v->words, &word) && ia_span_f64(word, false, out);
    size_t size = ia_view_size(kind);
    if ((size_t)(v->end - v->at) < size)
        return false;
    const ia_view view = {.at = v->at, .kind = kind, .swapped = v->h->swapped};
    *out = ia_view_value(&view, 0);
    v->at += size;
    return true;
}

static bool is_whole(double x)
{
    return x >= 0 && x <= (double)UINT32_MAX && x == floor(x);
}

static ia_status fail_row(ia_ctx *ctx, const element *e, uint64_t row)
{
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "%s %llu of %llu is cut short, or a value of it is no number",
                   e->vertices ? "vertex"
                   : e->faces  ? "face"
                               : "row",
                   (unsigned long long)row + 1, (unsigned long long)e->n);
}

// A list; of corners each becomes one.
static ia_status read_list(ia_ctx *ctx, values *v, const element *e, uint64_t row,
                           const property *p, ia_mesh_sink *s)
{
    double n, value;
    if (!take(v, p->count, &n) || !is_whole(n))
        return fail_row(ctx, e, row);
    if (p->what == IS_CORNERS)
        ia_mesh_begin_face(s);
    for (double i = 0; i < n; i++) {
        ia_status st = IA_OK;
        if (!take(v, p->kind, &value))
            return fail_row(ctx, e, row);
        if (p->what == IS_CORNERS)
            st = is_whole(value)
                     ? ia_mesh_put_corner(ctx, s, (uint64_t)value)
                     : ia_fail(ctx, IA_ERR_FORMAT, "face %zu has %g as a corner",
                               s->faces, value);
        if (st != IA_OK)
            return st;
    }
    return p->what == IS_CORNERS ? ia_mesh_end_face(ctx, s) : IA_OK;
}

static ia_status read_row(ia_ctx *ctx, values *v, const element *e, uint64_t row,
                          ia_mesh_sink *s)
{
    double at[3] = {0, 0, 0}, value;
    for (size_t i = 0; i < e->n_properties; i++) {
        const property *p = &e->properties[i];
        if (p->count != IA_VIEW_NONE) {
            ia_status st = read_list(ctx, v, e, row, p, s);
            if (st != IA_OK)
                return st;
            continue;
        }
        if (!take(v, p->kind, &value))
            return fail_row(ctx, e, row);
        if (p->what >= IS_X && p->what <= IS_Z)
            at[p->what - IS_X] = value;
    }
    return e->vertices ? ia_mesh_put_vertex(ctx, s, at) : IA_OK;
}

ia_status ia_mesh_read_ply(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *s)
{
    header h = {.n_elements = 0};
    ia_status st = read_header(ctx, source, s, &h);
    values v = {.h = &h, .end = source->bytes + source->n};
    v.at = v.end - h.lines.rest.n;
    s->line = 0;
    for (size_t i = 0; i < h.n_elements && st == IA_OK; i++)
        for (uint64_t row = 0; row < h.elements[i].n && st == IA_OK; row++) {
            if (h.ascii && !ia_lines_next_filled(&h.lines, &v.words))
                return fail_row(ctx, &h.elements[i], row);
            if (h.ascii)
                s->line = h.lines.number;
            st = read_row(ctx, &v, &h.elements[i], row, s);
        }
    return st;
}
