// src/io/csv.c: ions as text, one per line, columns named by a header line or x, y, z,
// m/n without.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/csv.h"
#include "io/records.h"

#include <ctype.h>
#include <ionatlas/hash.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 64 };

// How one file is laid out.
typedef struct {
    char mark;                               // between values; ' ' for blanks
    size_t n_fields;                         // per line
    const ia_csv_target *fields[FIELDS_MAX]; // NULL: not kept
    bool has_header;
} csv_layout;

static const char *path_of(const ia_source *source)
{
    return source->path ? source->path : "input";
}

// Bytes up to the quote that closes the one in front; 0 where none does. Two in a row are
// a quote of the text.
static size_t quoted_length(ia_span text)
{
    for (size_t i = 1; i < text.n; i++)
        if (text.at[i] == '"') {
            if (i + 1 == text.n || text.at[i + 1] != '"')
                return i + 1;
            i++;
        }
    return 0;
}

// Whether a mark stands outside quotes.
static bool has_mark(ia_span line, char mark)
{
    while (line.n > 0) {
        size_t n = line.at[0] == '"' ? quoted_length(line) : 0;
        if (n == 0 && line.at[0] == mark)
            return true;
        n = n > 0 ? n : 1;
        line = (ia_span){line.at + n, line.n - n};
    }
    return false;
}

char ia_csv_mark(ia_span line)
{
    static const char marks[] = "\t;,";
    for (const char *mark = marks; *mark; mark++)
        if (ia_span_has(line, *mark) && has_mark(line, *mark))
            return *mark;
    return ' ';
}

// A value in quotes (RFC 4180) off the front, with the mark behind it; false where there
// is no such thing.
static bool take_quoted(ia_span *rest, char mark, ia_span *field)
{
    ia_span text = *rest, behind;
    while (text.n > 0 && text.at[0] == ' ')
        text = (ia_span){text.at + 1, text.n - 1};
    size_t n = text.n > 0 && text.at[0] == '"' ? quoted_length(text) : 0;
    if (n == 0)
        return false;
    behind = (ia_span){text.at + n, text.n - n};
    if (mark == ' ' && behind.n > 0 && behind.at[0] != ' ')
        return false;
    if (mark != ' ' && ia_span_trim(ia_span_cut(&behind, mark)).n > 0)
        return false;
    *field = ia_span_trim((ia_span){text.at + 1, n - 2});
    *rest = behind;
    return true;
}

bool ia_csv_field(ia_span *rest, char mark, ia_span *field)
{
    if (mark == ' ')
        return take_quoted(rest, mark, field) || ia_span_word(rest, field);
    if (!rest->at)
        return false;
    ia_span before = *rest;
    if (!take_quoted(rest, mark, field))
        *field = ia_span_trim(ia_span_cut(rest, mark));
    // The line ends where no mark was taken off.
    if (rest->n == 0 && (before.n == 0 || before.at[before.n - 1] != mark))
        rest->at = NULL;
    return true;
}

const ia_csv_target *ia_csv_target_of(ia_span field)
{
    char plain[64] = " ";
    size_t n = 1;
    for (size_t i = 0; i < field.n && n < sizeof plain - 2; i++)
        if (isalnum((unsigned char)field.at[i]))
            plain[n++] = (char)tolower((unsigned char)field.at[i]);
    if (n == 1)
        return NULL;
    plain[n] = ' ';
    for (size_t t = 0; t < IA_CSV_TARGETS; t++)
        if (strstr(ia_csv_targets[t].aliases, plain))
            return &ia_csv_targets[t];
    return NULL;
}

static bool is_number_line(ia_span line, char mark, size_t *n_fields)
{
    ia_span field;
    double value;
    *n_fields = 0;
    while (ia_csv_field(&line, mark, &field)) {
        if (!ia_span_f64(field, mark != ',', &value))
            return false;
        ++*n_fields;
    }
    return *n_fields > 0;
}

bool ia_csv_line(ia_lines *lines, ia_span *line)
{
    while (ia_lines_next_filled(lines, line))
        if (ia_span_trim(*line).at[0] != '#')
            return true;
    return false;
}

static int sniff(const unsigned char *bytes, size_t n, bool tabs)
{
    if (!ia_looks_like_text(bytes, n))
        return 0;
    ia_lines lines = ia_lines_of(bytes, n < 65536 ? n : 65536);
    ia_span line, field;
    size_t n_fields, n_known = 0;
    if (!ia_csv_line(&lines, &line))
        return 0;
    char mark = ia_csv_mark(line);
    if ((mark == '\t') != tabs)
        return 0;
    if (is_number_line(line, mark, &n_fields))
        return n_fields == 4 ? 80 : 0;
    while (ia_csv_field(&line, mark, &field))
        n_known += ia_csv_target_of(field) != NULL;
    return n_known >= 2 ? 80 : 0;
}

int ia_csv_sniff(const unsigned char *bytes, size_t n)
{
    return sniff(bytes, n, false);
}

int ia_tsv_ions_sniff(const unsigned char *bytes, size_t n)
{
    return sniff(bytes, n, true);
}

// Names of columns that are left out, the first few spelt out.
typedef struct {
    char text[320];
    size_t n, used;
} left_out;

static void leave_out(left_out *left, ia_span name)
{
    enum { SPELT_OUT = 5 };
    const char *comma = left->n ? ", " : "";
    if (left->n++ < SPELT_OUT)
        left->used +=
            (size_t)snprintf(left->text + left->used, sizeof left->text - left->used,
                             "%s%s", comma, ia_span_quote(name).text);
    else if (left->n == SPELT_OUT + 1)
        snprintf(left->text + left->used, sizeof left->text - left->used, ", ...");
}

static ia_status read_header(ia_ctx *ctx, const ia_source *source, ia_span line,
                             size_t number, csv_layout *out)
{
    const char *path = path_of(source);
    ia_span whole = line, field;
    left_out left = {.n = 0};
    size_t n_known = 0;
    while (ia_csv_field(&line, out->mark, &field)) {
        if (out->n_fields == FIELDS_MAX)
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu has more than %d columns",
                           path, number, (int)FIELDS_MAX);
        const ia_csv_target *to = ia_csv_target_of(field);
        for (size_t f = 0; f < out->n_fields; f++)
            if (to && out->fields[f] == to)
                return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu names %s twice", path,
                               number, to->name);
        if (!to)
            leave_out(&left, field);
        n_known += to != NULL;
        out->fields[out->n_fields++] = to;
    }
    if (n_known == 0)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: line %zu: '%s' names no column of ions; x, y, z, m/n or four "
                       "numbers were expected",
                       path, number, ia_span_quote(whole).text);
    if (left.n > 0)
        ia_warn(ctx, "%s: columns that are not known and left out: %zu (%s)", path,
                left.n, left.text);
    return IA_OK;
}

static ia_status find_layout(ia_ctx *ctx, const ia_source *source, csv_layout *out)
{
    const char *path = path_of(source);
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    size_t n_fields;
    if (!ia_csv_line(&lines, &line))
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: holds no line of numbers", path);
    out->mark = ia_csv_mark(line);
    if (!is_number_line(line, out->mark, &n_fields)) {
        out->has_header = true;
        return read_header(ctx, source, line, lines.number, out);
    }
    if (n_fields != 4)
        return ia_fail(
            ctx, IA_ERR_FORMAT,
            "%s: line %zu holds %zu numbers; x, y, z, m/n or a line with the names "
            "of the columns were expected",
            path, lines.number, n_fields);
    out->n_fields = 4;
    for (size_t f = 0; f < 4; f++)
        out->fields[f] = &ia_csv_targets[f];
    return IA_OK;
}

static ia_status check_whole(ia_ctx *ctx, const ia_source *source,
                             const csv_layout *layout, unsigned *columns)
{
    unsigned parts[IA_N_COLUMNS] = {0};
    *columns = 0;
    for (size_t f = 0; f < layout->n_fields; f++)
        if (layout->fields[f])
            parts[layout->fields[f]->id] |= 1u << layout->fields[f]->k;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        if (parts[id] == 0)
            continue;
        if (parts[id] != (1u << kind->width) - 1)
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s: %s needs %zu columns, some are missing", path_of(source),
                           kind->title, kind->width);
        *columns |= 1u << id;
    }
    return IA_OK;
}

// A walk over the lines that hold ions.
typedef struct {
    const ia_source *source;
    const csv_layout *layout;
    ia_lines lines;
    ia_span line;
} walk;

static walk walk_of(const ia_source *source, const csv_layout *layout)
{
    walk w = {.source = source, .layout = layout};
    w.lines = ia_lines_of(source->bytes, source->n);
    if (layout->has_header)
        ia_csv_line(&w.lines, &w.line);
    return w;
}

static bool next_ion(walk *w)
{
    return ia_csv_line(&w->lines, &w->line);
}

static ia_status read_values(ia_ctx *ctx, const walk *w, double *values)
{
    const csv_layout *l = w->layout;
    ia_span rest = w->line, field;
    size_t n = 0;
    for (; ia_csv_field(&rest, l->mark, &field); n++) {
        const ia_csv_target *to = n < l->n_fields ? l->fields[n] : NULL;
        if (to && !ia_span_f64(field, l->mark != ',', &values[n]))
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: '%s' is no number (%s)",
                           path_of(w->source), w->lines.number, ia_span_quote(field).text,
                           to->name);
    }
    if (n != l->n_fields)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: line %zu has %zu values, %zu were expected",
                       path_of(w->source), w->lines.number, n, l->n_fields);
    return IA_OK;
}

static ia_status store_values(ia_ctx *ctx, const walk *w, const double *values,
                              size_t row, ia_ions *ions)
{
    for (size_t f = 0; f < w->layout->n_fields; f++) {
        const ia_csv_target *to = w->layout->fields[f];
        if (!to)
            continue;
        const ia_column_kind *kind = ia_column_kind_of(to->id);
        size_t at = row * kind->width + to->k;
        if (kind->type == IA_F32) {
            float v = ((float *)ia_ions_values(ions, to->id))[at] = (float)values[f];
            bool checked = to->id == IA_XYZ || to->id == IA_MASS;
            if (checked && !ions->first_bad_line &&
                (!isfinite(v) || (to->id == IA_MASS && v < 0)))
                ions->first_bad_line = w->lines.number;
        } else if (values[f] >= 0 && values[f] <= UINT32_MAX &&
                   values[f] == floor(values[f])) {
            ((uint32_t *)ia_ions_values(ions, to->id))[at] = (uint32_t)values[f];
        } else {
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: %g is no count (%s)",
                           path_of(w->source), w->lines.number, values[f], to->name);
        }
    }
    return IA_OK;
}

static ia_status read_rows(ia_ctx *ctx, walk *w, ia_ions *ions)
{
    double values[FIELDS_MAX] = {0};
    ia_status st = IA_OK;
    for (size_t row = 0; st == IA_OK && next_ion(w); row++) {
        if ((st = read_values(ctx, w, values)) == IA_OK)
            st = store_values(ctx, w, values, row, ions);
        if (st == IA_OK && row % (1 << 16) == 0)
            st = ia_step(ctx, "reading", (double)row / (double)ions->n);
    }
    return st;
}

ia_status ia_csv_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    csv_layout layout = {0};
    ia_ions ions = {0};
    unsigned columns;
    ia_status st;

    if ((st = find_layout(ctx, source, &layout)) != IA_OK ||
        (st = check_whole(ctx, source, &layout, &columns)) != IA_OK)
        return st;
    walk count = walk_of(source, &layout), fill = count;
    size_t n = 0;
    while (next_ion(&count))
        n++;
    if (n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: names columns but holds no ions",
                       path_of(source));
    if ((st = ia_ions_new(ctx, n, columns, &ions)) != IA_OK ||
        (st = read_rows(ctx, &fill, &ions)) != IA_OK ||
        (st = ia_sha256(ctx, source->bytes, source->n, ions.sha256)) != IA_OK)
        goto done;
    if (source->path && !(ions.path = ia_text(ctx, source->path))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    ia_source_clear(source);
    *out = ions;
    ions = (ia_ions){0};
done:
    ia_ions_clear(&ions);
    return st;
}
