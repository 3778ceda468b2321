// src/io/env.c: ENV environment files of the atom probe group in Rouen: their mass
// ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"

// An element of the list in front of the ranges.
typedef struct {
    ia_span name;
    uint32_t colour;
} listed;

// The file has three parts: counts and list of elements, ranges, and settings of the
// instrument, which are of no use here.
typedef struct {
    ia_ctx *ctx;
    size_t n_bytes;
    ia_lines lines;
    ia_ranges ranges;
    size_t n_elements, n_rows, header_line; // announced; 0 before that line
    size_t n_listed, n_read;
    listed *elements;                  // (n_elements)
    bool has_heading;                  // the ranges have begun with a heading
    size_t n_weighted, first_weighted; // ranges whose increment is not 1
} reader;

static bool holds(ia_span text, const char *words)
{
    for (; text.n > 0; text.at++, text.n--)
        if (ia_span_begins(text, words))
            return true;
    return false;
}

static bool begins_ranges(ia_span comment)
{
    return holds(comment, "definition of") && holds(comment, "mass ranges");
}

// Up to `most` words of a line; how many there are.
static size_t cut_words(ia_span line, ia_span *words, size_t most)
{
    size_t n = 0;
    ia_span word;

    while (ia_span_word(&line, &word)) {
        if (n < most)
            words[n] = word;
        n++;
    }
    return n;
}

static bool are_numbers(const ia_span *words, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!ia_span_f64(words[i], true, &values[i]))
            return false;
    return true;
}

// "Mn 27.330 27.950 11.660 1.000"; volume and increment may be missing.
static bool cut_row(ia_span line, ia_span *name, double values[4])
{
    ia_span words[5];
    size_t n = cut_words(line, words, 5);

    values[2] = 0;
    values[3] = 1;
    if (n < 3 || n > 5 || !are_numbers(words + 1, n - 1, values))
        return false;
    *name = words[0];
    return true;
}

static bool read_counts(ia_span line, uint64_t *n_elements, uint64_t *n_rows)
{
    ia_span words[2];

    return cut_words(line, words, 2) == 2 && ia_span_u64(words[0], n_elements) &&
           ia_span_u64(words[1], n_rows);
}

int ia_env_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 65536 };
    ia_lines lines = ia_lines_of(bytes, n < LOOK_AT ? n : LOOK_AT);
    uint64_t n_elements = 0, n_rows, n_seen = 0;
    double values[4];
    ia_span line, name;

    while (ia_lines_next_filled(&lines, &line)) {
        line = ia_span_trim(line);
        if (line.at[0] == '#' && begins_ranges(line))
            return 95;
        line = ia_span_trim(ia_span_cut(&line, '#'));
        if (line.n == 0 || ia_span_begins(line, "rev_"))
            continue;
        if (n_elements == 0 && (!read_counts(line, &n_elements, &n_rows) || !n_elements))
            return 0;
        if (n_seen++ > 0 && !cut_row(line, &name, values))
            return 0;
        if (n_seen == n_elements + 2)
            return 60; // counts, elements and a range
    }
    return 0;
}

static ia_status read_header(reader *in, ia_span line)
{
    uint64_t n_elements, n_rows;

    if (!read_counts(line, &n_elements, &n_rows))
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: \"%s\" is not the number of elements and the number of "
                       "mass ranges",
                       in->lines.number, ia_span_quote(line).text);
    if (n_elements == 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu announces no elements",
                       in->lines.number);
    if (n_elements > in->n_bytes / 4 || n_rows > in->n_bytes / 4)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu announces %llu elements and %llu ranges; a file of %zu "
                       "bytes cannot hold them",
                       in->lines.number, (unsigned long long)n_elements,
                       (unsigned long long)n_rows, in->n_bytes);
    in->n_elements = (size_t)n_elements;
    in->n_rows = (size_t)n_rows;
    in->header_line = in->lines.number;
    in->elements = ia_array(in->ctx, in->n_elements, sizeof *in->elements);
    return in->elements ? IA_OK : IA_ERR_MEMORY;
}

static ia_status read_element(reader *in, ia_span line)
{
    ia_span words[4];
    double rgb[3];
    listed *element = &in->elements[in->n_listed];
    uint32_t index;

    if (cut_words(line, words, 4) != 4 || !are_numbers(words + 1, 3, rgb) ||
        isnan(rgb[0] + rgb[1] + rgb[2]))
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: \"%s\" is not an element with the red, green and blue "
                       "of a colour",
                       in->lines.number, ia_span_quote(line).text);
    for (int i = 0; i < 3; i++)
        element->colour =
            element->colour << 8 | (uint32_t)lround(255 * fmin(fmax(rgb[i], 0), 1));
    element->name = words[0];
    in->n_listed++;
    ia_ion ion = ia_span_ion(words[0]);
    return ia_ranges_list(in->ctx, &in->ranges, &ion, in->lines.number, &index);
}

static const listed *find_element(const reader *in, ia_span name)
{
    for (size_t i = 0; i < in->n_listed; i++) {
        ia_span known = in->elements[i].name;
        if (known.n == name.n && memcmp(known.at, name.at, name.n) == 0)
            return &in->elements[i];
    }
    return NULL;
}

static ia_status read_row(reader *in, ia_span line)
{
    ia_range range = {.line = (uint32_t)in->lines.number};
    double values[4];
    ia_span name;

    if (!cut_row(line, &name, values))
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: \"%s\" is not an element, the two bounds of its range "
                       "in Da, a volume and an increment",
                       in->lines.number, ia_span_quote(line).text);
    const listed *element = find_element(in, name);
    if (!element)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: \"%s\" is none of the %zu elements listed",
                       in->lines.number, ia_span_quote(name).text, in->n_listed);
    if (!(values[2] >= 0 && isfinite(values[2])))
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: %g is no atomic volume",
                       in->lines.number, values[2]);
    if (values[3] != 1 && in->n_weighted++ == 0)
        in->first_weighted = in->lines.number;
    range.lo = values[0];
    range.hi = values[1];
    range.volume = values[2] / 1000; // cubic Angstrom in the file
    range.colour = element->colour;
    in->n_read++;
    ia_ion ion = ia_span_ion(name);
    return ia_ranges_take(in->ctx, &in->ranges, &ion, &range);
}

// A line with something on it, comments cut off.
static ia_status read_line(reader *in, ia_span line)
{
    if (in->header_line == 0)
        return ia_span_begins(line, "rev_") ? IA_OK : read_header(in, line);
    if (in->n_listed < in->n_elements && !in->has_heading)
        return read_element(in, line);
    if (in->n_read < in->n_rows)
        return read_row(in, line);
    return ia_fail(in->ctx, IA_ERR_FORMAT,
                   "line %zu: \"%s\" comes after the %zu ranges announced in line %zu",
                   in->lines.number, ia_span_quote(line).text, in->n_rows,
                   in->header_line);
}

// The headings are comments.
static ia_status read_heading(reader *in)
{
    in->has_heading = true;
    if (in->header_line == 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: the mass ranges begin before their number is given",
                       in->lines.number);
    if (in->n_listed < in->n_elements)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: the mass ranges begin after %zu of the %zu elements "
                       "announced in line %zu",
                       in->lines.number, in->n_listed, in->n_elements, in->header_line);
    return IA_OK;
}

// Without a heading there is none that ends the ranges either: their number does.
static bool is_complete(const reader *in)
{
    return in->header_line > 0 && !in->has_heading && in->n_listed == in->n_elements &&
           in->n_read == in->n_rows;
}

static ia_status read_parts(reader *in)
{
    ia_status st = IA_OK;
    ia_span line;

    while (st == IA_OK && !is_complete(in) && ia_lines_next_filled(&in->lines, &line)) {
        line = ia_span_trim(line);
        if (line.at[0] == '#' && holds(line, "atom probe definition"))
            break;
        if (line.at[0] == '#' && begins_ranges(line))
            st = read_heading(in);
        line = ia_span_trim(ia_span_cut(&line, '#'));
        if (st == IA_OK && line.n > 0)
            st = read_line(in, line);
    }
    return st;
}

static ia_status check_counts(reader *in)
{
    if (in->header_line == 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "the file ends before the number of elements and the number of "
                       "mass ranges");
    if (in->n_listed < in->n_elements)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "the elements end after line %zu, %zu of the %zu announced in "
                       "line %zu",
                       in->lines.number, in->n_listed, in->n_elements, in->header_line);
    if (in->n_read < in->n_rows)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "the ranges end after line %zu, %zu of the %zu announced in "
                       "line %zu",
                       in->lines.number, in->n_read, in->n_rows, in->header_line);
    if (in->n_weighted > 0)
        ia_warn(in->ctx,
                "ranges whose increment for the concentration is not 1: %zu (first line "
                "%zu); their ions count once",
                in->n_weighted, in->first_weighted);
    return IA_OK;
}

ia_status ia_env_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    reader in = {
        .ctx = ctx, .n_bytes = source->n, .lines = ia_lines_of(source->bytes, source->n)};
    ia_status st = read_parts(&in);

    if (st == IA_OK)
        st = check_counts(&in);
    in.ranges.n_ions_written = in.n_elements;
    free(in.elements);
    return ia_ranges_finish(ctx, st, "env", &in.ranges, out);
}
