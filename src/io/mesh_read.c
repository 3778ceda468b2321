// src/io/mesh_read.c: triangles from OBJ, PLY and STL, corners in one place joined.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mesh_sink.h"
#include "io/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STL_HEAD = 84, STL_TRIANGLE = 50 };
// Sides are numbered by 32 bits, and no specimen is as large as a millimetre.
static const size_t triangles_most = (size_t)1 << 30;
static const double farthest = 1e6; // nm

static ia_status fail_place(ia_ctx *ctx, const ia_mesh_sink *s, const double at[3])
{
    const char *expected = "a place of at most 1e6 nm to either side was expected";
    if (s->line > 0)
        return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: vertex at %g, %g, %g: %s", s->line,
                       at[0], at[1], at[2], expected);
    return ia_fail(ctx, IA_ERR_FORMAT, "vertex %zu lies at %g, %g, %g: %s",
                   s->n_vertices + 1, at[0], at[1], at[2], expected);
}

ia_status ia_mesh_put_vertex(ia_ctx *ctx, ia_mesh_sink *s, const double at[3])
{
    for (size_t k = 0; k < 3; k++) {
        if (!(fabs(at[k]) <= farthest))
            return fail_place(ctx, s, at);
        if (s->parts.xyz) // 0 and -0 are one place
            s->parts.xyz[3 * s->n_vertices + k] = (float)at[k] + 0.0f;
    }
    s->n_vertices++;
    return IA_OK;
}

void ia_mesh_begin_face(ia_mesh_sink *s)
{
    s->n_corners = 0;
    s->faces++;
}

ia_status ia_mesh_put_corner(ia_ctx *ctx, ia_mesh_sink *s, uint64_t vertex)
{
    if (s->parts.xyz) { // all vertices are known
        uint32_t at = (uint32_t)vertex;
        if (vertex >= s->parts.n_vertices)
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "face %zu has vertex %llu (from 0) as a corner, there are %zu",
                           s->faces, (unsigned long long)vertex, s->parts.n_vertices);
        if (s->n_corners >= 2) {
            const uint32_t corners[3] = {s->fan[0], s->fan[1], at};
            memcpy(s->parts.triangles + 3 * s->n_triangles, corners, sizeof corners);
        }
        s->fan[s->n_corners > 0] = at;
    }
    s->n_triangles += s->n_corners >= 2;
    s->n_corners++;
    return IA_OK;
}

ia_status ia_mesh_end_face(ia_ctx *ctx, const ia_mesh_sink *s)
{
    if (s->n_corners >= 3)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_FORMAT, "face %zu has %zu corners, three were expected",
                   s->faces, s->n_corners);
}

ia_status ia_mesh_fail_line(ia_ctx *ctx, const ia_mesh_sink *s, ia_span line,
                            const char *expected)
{
    return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: '%s': %s was expected", s->line,
                   ia_span_quote(line).text, expected);
}

bool ia_mesh_take_place(ia_span *rest, double at[3])
{
    ia_span word;
    for (size_t k = 0; k < 3; k++)
        if (!ia_span_word(rest, &word) || !ia_span_f64(word, false, &at[k]))
            return false;
    return true;
}

// "7", "7/1/3", "7//3", or "-1" for the last vertex before the line.
static bool corner_of_obj(const ia_mesh_sink *s, ia_span word, uint64_t *vertex)
{
    ia_span number = ia_span_cut(&word, '/');
    bool back = number.n > 0 && number.at[0] == '-';
    if (back)
        number = (ia_span){number.at + 1, number.n - 1};
    if (!ia_span_u64(number, vertex) || *vertex == 0 || (back && *vertex > s->n_vertices))
        return false;
    *vertex = back ? s->n_vertices - *vertex : *vertex - 1;
    return true;
}

// Lines "v x y z" and "f 1 2 3"; normals, textures, groups and materials are left.
static ia_status read_obj_line(ia_ctx *ctx, ia_mesh_sink *s, ia_span line)
{
    ia_span rest = line, word;
    double at[3];
    ia_status st = IA_OK;
    if (!ia_span_word(&rest, &word))
        return IA_OK;
    if (ia_span_is(word, "v"))
        return ia_mesh_take_place(&rest, at)
                   ? ia_mesh_put_vertex(ctx, s, at)
                   : ia_mesh_fail_line(ctx, s, line, "v and three numbers");
    if (!ia_span_is(word, "f"))
        return IA_OK;
    ia_mesh_begin_face(s);
    while (st == IA_OK && ia_span_word(&rest, &word)) {
        uint64_t vertex;
        st = corner_of_obj(s, word, &vertex)
                 ? ia_mesh_put_corner(ctx, s, vertex)
                 : ia_mesh_fail_line(ctx, s, line, "f and numbers of vertices");
    }
    return st == IA_OK ? ia_mesh_end_face(ctx, s) : st;
}

static ia_status read_obj(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *s)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    ia_status st = IA_OK;
    while (st == IA_OK && ia_lines_next(&lines, &line)) {
        s->line = lines.number;
        st = read_obj_line(ctx, s, line);
    }
    return st;
}

// The words of a text STL that matter: "outer loop", "vertex x y z", "endloop".
static ia_status read_stl_line(ia_ctx *ctx, ia_mesh_sink *s, ia_span line, bool *in_loop)
{
    ia_span rest = line, word = {line.at, 0};
    double at[3];
    ia_span_word(&rest, &word);
    if (ia_span_is(word, "vertex")) {
        if (!*in_loop || !ia_mesh_take_place(&rest, at))
            return ia_mesh_fail_line(ctx, s, line, "vertex and three numbers in a loop");
        ia_status st = ia_mesh_put_vertex(ctx, s, at);
        return st == IA_OK ? ia_mesh_put_corner(ctx, s, s->n_vertices - 1) : st;
    }
    if (ia_span_is(word, "outer") && !*in_loop) {
        ia_mesh_begin_face(s);
        *in_loop = true;
        return IA_OK;
    }
    if (ia_span_is(word, "endloop") && *in_loop) {
        *in_loop = false;
        return ia_mesh_end_face(ctx, s);
    }
    return ia_mesh_fail_line(ctx, s, line, "a line of an STL");
}

static ia_status read_stl_text(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *s)
{
    static const char *const others[] = {"solid", "facet", "endfacet", "endsolid"};
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    bool in_loop = false, ended = false;
    ia_status st = IA_OK;
    while (st == IA_OK && ia_lines_next_filled(&lines, &line)) {
        ia_span rest = line, word = {line.at, 0};
        bool other = false;
        s->line = lines.number;
        ia_span_word(&rest, &word);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            other |= ia_span_is(word, others[i]);
        ended = ia_span_is(word, "endsolid");
        st = other && !in_loop ? IA_OK : read_stl_line(ctx, s, line, &in_loop);
    }
    if (st == IA_OK && !ended)
        st = ia_fail(ctx, IA_ERR_FORMAT, "is cut short: no line 'endsolid' at its end");
    return st;
}

static uint32_t count_of_stl(const ia_source *source)
{
    const ia_view count = {.at = source->bytes + STL_HEAD - 4, .kind = IA_VIEW_U32};
    return (uint32_t)ia_view_value(&count, 0);
}

static ia_status read_stl_bytes(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *s)
{
    size_t n = count_of_stl(source), fit = (source->n - STL_HEAD) / STL_TRIANGLE;
    ia_status st = IA_OK;
    if (n > fit)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "triangle %zu of %zu is cut short: %zu bytes of %d", fit + 1, n,
                       (source->n - STL_HEAD) % STL_TRIANGLE, STL_TRIANGLE);
    for (size_t t = 0; t < n && st == IA_OK; t++) {
        ia_view numbers = {.at = source->bytes + STL_HEAD + t * STL_TRIANGLE,
                           .stride = sizeof(float),
                           .kind = IA_VIEW_F32};
        ia_mesh_begin_face(s);
        for (size_t c = 1; c <= 3 && st == IA_OK; c++) { // 0: the normal
            double at[3];
            for (size_t k = 0; k < 3; k++)
                at[k] = ia_view_value(&numbers, 3 * c + k);
            if ((st = ia_mesh_put_vertex(ctx, s, at)) == IA_OK)
                st = ia_mesh_put_corner(ctx, s, s->n_vertices - 1);
        }
    }
    return st;
}

typedef ia_status (*reader)(ia_ctx *ctx, const ia_source *source, ia_mesh_sink *sink);

static bool ends_with(const ia_source *source, const char *ending)
{
    const char *dot = source->path ? strrchr(source->path, '.') : NULL;
    return dot && ia_span_is(ia_span_of(dot), ending);
}

// A text of STL holds no zero; a header of bytes may begin with "solid" too.
static reader find_reader(const ia_source *source)
{
    const unsigned char *bytes = source->bytes;
    size_t n = source->n;
    if (n >= 4 && memcmp(bytes, "ply", 3) == 0 && (bytes[3] == '\n' || bytes[3] == '\r'))
        return ia_mesh_read_ply;
    bool whole = n >= STL_HEAD && (n - STL_HEAD) % STL_TRIANGLE == 0 &&
                 (n - STL_HEAD) / STL_TRIANGLE == count_of_stl(source);
    if (whole && !ends_with(source, ".obj"))
        return read_stl_bytes;
    if (ends_with(source, ".stl") && n >= STL_HEAD && memchr(bytes, 0, n))
        return read_stl_bytes;
    if (ends_with(source, ".stl") || (n >= 6 && memcmp(bytes, "solid ", 6) == 0))
        return read_stl_text;
    return ends_with(source, ".obj") ? read_obj : NULL;
}

// Room for what was counted.
static ia_status make_room(ia_ctx *ctx, ia_mesh_sink *s)
{
    if (s->n_triangles == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "the mesh has no triangles");
    if (s->n_triangles > triangles_most || s->n_vertices > 3 * triangles_most)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "the mesh has %zu triangles and %zu vertices: at most %zu "
                       "triangles are read",
                       s->n_triangles, s->n_vertices, triangles_most);
    ia_mesh_parts *p = &s->parts;
    p->n_vertices = s->n_vertices;
    p->n_triangles = s->n_triangles;
    s->n_vertices = s->n_triangles = s->faces = 0;
    if (!(p->xyz = ia_array(ctx, p->n_vertices, 3 * sizeof *p->xyz)) ||
        !(p->triangles = ia_array(ctx, p->n_triangles, 3 * sizeof *p->triangles)))
        return IA_ERR_MEMORY;
    return IA_OK;
}

typedef struct {
    float at[3];
    uint32_t vertex;
} corner;

static int compare_corners(const void *a, const void *b)
{
    const corner *x = a, *y = b;
    for (size_t k = 0; k < 3; k++)
        if (x->at[k] < y->at[k] || x->at[k] > y->at[k])
            return x->at[k] > y->at[k] ? 1 : -1;
    return (x->vertex > y->vertex) - (x->vertex < y->vertex);
}

// Vertices in one place become the first of them; the others stay, as nobody's.
static ia_status join_vertices(ia_ctx *ctx, ia_mesh_parts *p)
{
    corner *sorted = ia_array(ctx, p->n_vertices, sizeof *sorted);
    uint32_t *first = ia_array(ctx, p->n_vertices, sizeof *first);
    ia_status st = sorted && first ? IA_OK : IA_ERR_MEMORY;
    for (uint32_t i = 0; st == IA_OK && i < p->n_vertices; i++) {
        memcpy(sorted[i].at, p->xyz + 3 * (size_t)i, sizeof sorted[i].at);
        sorted[i].vertex = i;
    }
    if (st == IA_OK)
        qsort(sorted, p->n_vertices, sizeof *sorted, compare_corners);
    for (size_t i = 0, head = 0; st == IA_OK && i < p->n_vertices; i++) {
        if (memcmp(sorted[i].at, sorted[head].at, sizeof sorted[i].at) != 0)
            head = i;
        first[sorted[i].vertex] = sorted[head].vertex;
    }
    for (size_t i = 0; st == IA_OK && i < 3 * p->n_triangles; i++)
        p->triangles[i] = first[p->triangles[i]];
    free(sorted);
    free(first);
    return st;
}

// Vertices that no triangle has go, the order of the others stays.
static ia_status drop_unused(ia_ctx *ctx, ia_mesh_parts *p)
{
    size_t n = 0;
    uint32_t *place = ia_array(ctx, p->n_vertices, sizeof *place); // 0: unused
    if (!place)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * p->n_triangles; i++)
        place[p->triangles[i]] = 1;
    for (size_t i = 0; i < p->n_vertices; i++) {
        if (!place[i])
            continue;
        memmove(p->xyz + 3 * n, p->xyz + 3 * i, 3 * sizeof *p->xyz);
        place[i] = (uint32_t)n++;
    }
    for (size_t i = 0; i < 3 * p->n_triangles; i++)
        p->triangles[i] = place[p->triangles[i]];
    p->n_vertices = n;
    free(place);
    return IA_OK;
}

static void drop_flat(ia_mesh_parts *p)
{
    size_t n = 0;
    for (size_t t = 0; t < p->n_triangles; t++) {
        const uint32_t *c = p->triangles + 3 * t;
        if (c[0] == c[1] || c[1] == c[2] || c[2] == c[0])
            continue;
        memmove(p->triangles + 3 * n++, c, 3 * sizeof *c);
    }
    p->n_flat = p->n_triangles - n;
    p->n_triangles = n;
}

ia_status ia_mesh_file_parse(ia_ctx *ctx, const ia_source *source, ia_mesh_parts *out)
{
    reader read = find_reader(source);
    ia_mesh_sink s = {.n_vertices = 0};
    ia_status st;
    if (!read)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "is no mesh that is known: .obj, .ply or .stl was expected");
    if ((st = read(ctx, source, &s)) != IA_OK || (st = make_room(ctx, &s)) != IA_OK ||
        (st = ia_step(ctx, "reading the mesh", 0.5)) != IA_OK ||
        (st = read(ctx, source, &s)) != IA_OK ||
        (st = join_vertices(ctx, &s.parts)) != IA_OK)
        goto done;
    drop_flat(&s.parts);
    if (s.parts.n_triangles == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "the mesh has no triangle whose corners lie in three places");
    else
        st = drop_unused(ctx, &s.parts);
done:
    if (st == IA_OK)
        *out = s.parts;
    else
        ia_mesh_parts_clear(&s.parts);
    return st;
}

void ia_mesh_parts_clear(ia_mesh_parts *parts)
{
    free(parts->xyz);
    free(parts->triangles);
    *parts = (ia_mesh_parts){.n_vertices = 0};
}
