// src/io/ply_header.c: the header of a PLY file and its list of species.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/ply.h"
#include "io/range_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const wanted[IA_PLY_N] = {"x", "y", "z", "indices", "mass"};

static const struct {
    const char *name;
    ia_view_kind kind;
} types[] = {
    {"char", IA_VIEW_I8},     {"int8", IA_VIEW_I8},     {"uchar", IA_VIEW_U8},
    {"uint8", IA_VIEW_U8},    {"short", IA_VIEW_I16},   {"int16", IA_VIEW_I16},
    {"ushort", IA_VIEW_U16},  {"uint16", IA_VIEW_U16},  {"int", IA_VIEW_I32},
    {"int32", IA_VIEW_I32},   {"uint", IA_VIEW_U32},    {"uint32", IA_VIEW_U32},
    {"float", IA_VIEW_F32},   {"float32", IA_VIEW_F32}, {"double", IA_VIEW_F64},
    {"float64", IA_VIEW_F64},
};

ia_view_kind ia_ply_kind(ia_span type)
{
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        if (ia_span_is(type, types[t].name))
            return types[t].kind;
    return IA_VIEW_NONE;
}

static ia_status fail_line(ia_ctx *ctx, const ia_ply_header *h, ia_span line,
                           const char *expected)
{
    return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: '%s': %s was expected", h->lines.number,
                   ia_span_quote(line).text, expected);
}

// "format binary_little_endian 1.0"
static ia_status read_coding(ia_ctx *ctx, ia_span line, ia_ply_header *h)
{
    ia_span rest = line, word;
    ia_span_word(&rest, &word);
    if (!ia_span_word(&rest, &word))
        return fail_line(ctx, h, line, "a format");
    h->ascii = ia_span_is(word, "ascii");
    h->swapped = ia_span_is(word, "binary_big_endian");
    if (h->ascii || h->swapped || ia_span_is(word, "binary_little_endian"))
        return IA_OK;
    return fail_line(ctx, h, line,
                     "format ascii, binary_little_endian or binary_big_endian");
}

// "element vertex 10000"; what comes before the points must be empty.
static ia_status read_element(ia_ctx *ctx, ia_span line, ia_ply_header *h)
{
    ia_span rest = line, word, number;
    uint64_t n = 0;
    ia_span_word(&rest, &word);
    if (!ia_span_word(&rest, &word) || !ia_span_word(&rest, &number) ||
        !ia_span_u64(number, &n))
        return fail_line(ctx, h, line, "an element and its number");
    h->in_points = !h->has_points && ia_span_is(word, "vertex");
    if (!h->in_points && !h->has_points && n > 0)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "line %zu: %llu elements '%s' stand before the points",
                       h->lines.number, (unsigned long long)n, ia_span_quote(word).text);
    if (h->in_points) {
        h->has_points = true;
        h->n = (size_t)n;
    }
    return IA_OK;
}

static void leave(ia_ply_header *h, ia_span name)
{
    size_t n = strlen(h->left);
    if (n + 48 < sizeof h->left)
        snprintf(h->left + n, sizeof h->left - n, "%s%s", n > 0 ? ", " : "",
                 ia_span_quote(name).text);
    h->n_left++;
}

// "property float x"
static ia_status read_property(ia_ctx *ctx, ia_span line, ia_ply_header *h)
{
    ia_span rest = line, type, name;
    size_t w = 0;
    if (!h->in_points)
        return IA_OK;
    ia_span_word(&rest, &type);
    if (!ia_span_word(&rest, &type) || !ia_span_word(&rest, &name))
        return fail_line(ctx, h, line, "a type and a name");
    ia_view_kind kind = ia_ply_kind(type);
    if (kind == IA_VIEW_NONE)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "line %zu: '%s': a number was expected as a point's property",
                       h->lines.number, ia_span_quote(line).text);
    while (w < IA_PLY_N && !ia_span_is(name, wanted[w]))
        w++;
    if (w < IA_PLY_N && h->properties[w].has)
        return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: '%s' comes a second time",
                       h->lines.number, wanted[w]);
    if (w < IA_PLY_N)
        h->properties[w] = (ia_ply_property){true, kind, h->n_bytes, h->n_properties};
    else
        leave(h, name);
    h->n_bytes += ia_view_size(kind);
    h->n_properties++;
    return IA_OK;
}

// A comment that lists a species: two strokes after the name, which are no part of an
// address (http://...).
static bool cut_species(ia_span line, ia_span *name, ia_span *rest)
{
    ia_span word;
    if (!ia_span_word(&line, &word) || !ia_span_is(word, "comment"))
        return false;
    line = ia_span_trim(line);
    for (size_t i = 0; i + 1 < line.n; i++)
        if (line.at[i] == '/' && line.at[i + 1] == '/') {
            if (i > 0 && line.at[i - 1] == ':')
                return false;
            *name = ia_span_trim((ia_span){line.at, i});
            *rest = (ia_span){line.at + i + 2, line.n - i - 2};
            return name->n > 0;
        }
    return false;
}

static ia_status read_line(ia_ctx *ctx, ia_span line, ia_ply_header *h)
{
    ia_span rest = line, word = {line.at, 0}, name;
    if (!ia_span_word(&rest, &word))
        return IA_OK;
    if (ia_span_is(word, "format"))
        return read_coding(ctx, line, h);
    if (ia_span_is(word, "element"))
        return read_element(ctx, line, h);
    if (ia_span_is(word, "property"))
        return read_property(ctx, line, h);
    if (ia_span_is(word, "comment") || ia_span_is(word, "obj_info")) {
        h->n_species += cut_species(line, &name, &rest);
        return IA_OK;
    }
    return fail_line(ctx, h, line, "a line of the header");
}

static ia_status check(ia_ctx *ctx, const ia_ply_header *h)
{
    if (!h->has_points)
        return ia_fail(ctx, IA_ERR_FORMAT, "its header has no points (element vertex)");
    for (size_t w = IA_PLY_X; w <= IA_PLY_Z; w++)
        if (!h->properties[w].has)
            return ia_fail(ctx, IA_ERR_FORMAT, "its points have no %s", wanted[w]);
    if (h->properties[IA_PLY_SPECIES].has && h->n_species == 0 &&
        !h->properties[IA_PLY_MASS].has)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "its points have species ('indices') and no comment lists them");
    return IA_OK;
}

ia_status ia_ply_read_header(ia_ctx *ctx, const ia_source *source, ia_ply_header *out)
{
    ia_ply_header h = {.lines = ia_lines_of(source->bytes, source->n)};
    ia_span line;
    bool coded = false;
    ia_status st = IA_OK;
    if (!ia_lines_next(&h.lines, &line) || !ia_span_is(ia_span_trim(line), "ply"))
        return ia_fail(ctx, IA_ERR_FORMAT, "line 1: 'ply' was expected");
    while (st == IA_OK && ia_lines_next(&h.lines, &line)) {
        line = ia_span_trim(line);
        if (ia_span_is(line, "end_header")) {
            if (!coded)
                return ia_fail(ctx, IA_ERR_FORMAT, "its header tells no format");
            if ((st = check(ctx, &h)) == IA_OK)
                *out = h;
            return st;
        }
        coded |= ia_span_begins(line, "format");
        st = read_line(ctx, line, &h);
    }
    return st != IA_OK ? st
                       : ia_fail(ctx, IA_ERR_FORMAT,
                                 "its header is cut short: no line 'end_header'");
}

// Neutral mass of the commonest nuclide; the longest-lived where none is natural.
static double commonest_mass(unsigned z, unsigned a)
{
    if (a > 0)
        return ia_nuclide_of(z, a)->mass;
    const ia_element *element = ia_element_of(z);
    const ia_nuclide *best = NULL;
    for (size_t i = 0; i < element->n_nuclides; i++) {
        const ia_nuclide *one = &element->nuclides[i];
        bool better =
            !best || one->abundance > best->abundance ||
            (one->abundance == best->abundance && one->half_life > best->half_life);
        best = better ? one : best;
    }
    return best ? best->mass : NAN;
}

static double mass_of(const ia_ion *ion)
{
    unsigned charge = ion->charge > 0 ? ion->charge : 1;
    double mass = 0;
    for (size_t p = 0; p < ion->n_parts; p++)
        mass += ion->parts[p].count * commonest_mass(ion->parts[p].z, ion->parts[p].a);
    return mass > 0 ? (mass - charge * ia_electron_mass) / charge : 0;
}

static void read_one(ia_span name, ia_span rest, size_t line, ia_ply_species *out)
{
    double colour;
    ia_span word;
    *out = (ia_ply_species){.ion = ia_span_ion(name), .line = line};
    out->mass = mass_of(&out->ion);
    out->counted = ia_span_word(&rest, &word) && ia_span_u64(word, &out->n);
    for (int k = 0; k < 3 && ia_span_word(&rest, &word); k++)
        if (ia_span_f64(word, false, &colour) && colour >= 0 && colour <= 255)
            out->colour |= (uint32_t)colour << 8 * (2 - k);
}

ia_status ia_ply_read_species(ia_ctx *ctx, const ia_source *source,
                              const ia_ply_header *header, ia_ply_species **out)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line, name, rest;
    ia_ply_species *list = ia_array(ctx, header->n_species, sizeof *list);
    if (!list)
        return IA_ERR_MEMORY;
    for (size_t n = 0; n < header->n_species && ia_lines_next(&lines, &line);)
        if (cut_species(line, &name, &rest))
            read_one(name, rest, lines.number, &list[n++]);
    *out = list;
    return IA_OK;
}
