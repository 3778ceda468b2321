// src/io/rng.c: reading RNG range files (ORNL): a table of ranges against ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"

// An ion of the list in front of a table.
typedef struct {
    ia_span title, name;
    ia_ion ion;
    uint32_t colour;
} listed;

typedef struct {
    ia_ctx *ctx;
    size_t n_bytes;
    ia_lines lines;
    ia_ranges ranges;

    // The part that is being read: the table itself or its polyatomic extension.
    size_t n_ions, n_rows, header_line;
    listed *ions;    // (n_ions)
    size_t *columns; // (n_ions) which ion a column of the table counts
    bool rows_begun, has_marks;

    size_t *order;                   // (ranges.n_ranges) by bounds, for the extension
    size_t n_unknown, first_unknown; // rows of the extension that the table lacks
} reader;

static bool is_dashed(ia_span line)
{
    return ia_span_begins(ia_span_trim(line), "--");
}

// The two whole numbers that a table begins with.
static bool read_counts(ia_span line, uint64_t *n_ions, uint64_t *n_rows)
{
    ia_span ions, rows, more;

    return ia_span_word(&line, &ions) && ia_span_word(&line, &rows) &&
           !ia_span_word(&line, &more) && ia_span_u64(ions, n_ions) &&
           ia_span_u64(rows, n_rows);
}

int ia_rng_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 65536 };
    ia_lines lines = ia_lines_of(bytes, n < LOOK_AT ? n : LOOK_AT);
    uint64_t n_ions, n_rows;
    ia_span line;

    if (!ia_lines_next_filled(&lines, &line) || !read_counts(line, &n_ions, &n_rows))
        return 0;
    while (ia_lines_next(&lines, &line))
        if (is_dashed(line))
            return 95;
    return 20;
}

static ia_status fail_at_end(reader *in, const char *expected)
{
    return ia_fail(in->ctx, IA_ERR_FORMAT, "the file ends after line %zu; expected %s",
                   in->lines.number, expected);
}

static ia_status read_header(reader *in)
{
    uint64_t n_ions, n_rows;
    ia_span line;

    if (!ia_lines_next_filled(&in->lines, &line))
        return fail_at_end(in, "the number of ions and the number of ranges");
    if (!read_counts(line, &n_ions, &n_rows))
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu: \"%s\" is not the number of ions and the number of ranges",
            in->lines.number, ia_span_quote(ia_span_trim(line)).text);
    if (n_ions == 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu announces no ions",
                       in->lines.number);
    if (n_ions > in->n_bytes / 4 || n_rows > in->n_bytes / 4)
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu announces %llu ions and %llu ranges; a file of %zu bytes "
            "cannot hold them",
            in->lines.number, (unsigned long long)n_ions, (unsigned long long)n_rows,
            in->n_bytes);
    if (n_ions > IA_KINDS_MAX)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: more than %d kinds of ion",
                       in->lines.number, IA_KINDS_MAX);
    in->n_ions = (size_t)n_ions;
    in->n_rows = (size_t)n_rows;
    in->header_line = in->lines.number;
    in->rows_begun = false;
    free(in->ions);
    free(in->columns);
    in->columns = NULL;
    if (!(in->ions = ia_array(in->ctx, in->n_ions, sizeof *in->ions)) ||
        !(in->columns = ia_array(in->ctx, in->n_ions, sizeof *in->columns)))
        return IA_ERR_MEMORY;
    return IA_OK;
}

// Three parts of a colour in [0, 1]; those beyond are cut.
static bool read_colour(ia_span *rest, uint32_t *colour)
{
    uint32_t rgb = 0;

    for (int i = 0; i < 3; i++) {
        ia_span word;
        double value;
        if (!ia_span_word(rest, &word) || !ia_span_f64(word, true, &value) ||
            isnan(value))
            return false;
        rgb = rgb << 8 | (uint32_t)lround(255 * fmin(fmax(value, 0), 1));
    }
    *colour = rgb;
    return true;
}

static ia_status read_ion(reader *in, listed *ion)
{
    ia_span rest;

    if (!ia_lines_next_filled(&in->lines, &ion->title) ||
        !ia_lines_next_filled(&in->lines, &rest))
        return fail_at_end(in, "two lines for each ion");
    ion->title = ia_span_trim(ion->title);
    ia_span line = ia_span_trim(rest);
    ia_span_word(&rest, &ion->name);
    if (!read_colour(&rest, &ion->colour))
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu: \"%s\" is not a short name with the red, green and blue of "
            "a colour",
            in->lines.number, ia_span_quote(line).text);
    ion->ion = ia_span_ion(ion->name);
    return IA_OK;
}

static bool is_same_text(ia_span a, ia_span b)
{
    return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

// The only ion of that short name; in->n_ions when there is none or several.
static size_t find_ion(const reader *in, ia_span name)
{
    size_t found = in->n_ions;

    for (size_t i = 0; i < in->n_ions; i++) {
        if (is_same_text(in->ions[i].name, name)) {
            if (found < in->n_ions)
                return in->n_ions;
            found = i;
        }
    }
    return found;
}

// Cut the names of columns out of the line of dashes.
static ia_status read_dashes(reader *in, ia_span *names)
{
    ia_span line;

    if (!ia_lines_next_filled(&in->lines, &line))
        return fail_at_end(in, "a line of dashes and the table");
    line = ia_span_trim(line);
    if (!is_dashed(line))
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu: \"%s\" is not the line of dashes that follows the %zu ions "
            "announced in line %zu",
            in->lines.number, ia_span_quote(line).text, in->n_ions, in->header_line);
    while (line.n > 0 && line.at[0] == '-') {
        line.at++;
        line.n--;
    }
    *names = line;
    return IA_OK;
}

// The line of dashes may name the columns: by the short names, then their order is that
// of the columns; by the long names; or by anything else, which is no help.
static ia_status read_columns(reader *in)
{
    ia_span names, word;
    size_t n = 0, n_short = 0, n_long = 0;
    ia_status st = read_dashes(in, &names);

    if (st != IA_OK)
        return st;
    for (; ia_span_word(&names, &word); n++) {
        size_t ion = find_ion(in, word);
        if (n >= in->n_ions)
            continue;
        n_long += is_same_text(word, in->ions[n].title);
        if (ion < in->n_ions) {
            in->columns[n] = ion;
            n_short++;
        }
    }
    bool named = n == in->n_ions && n_short == n;
    if (n > 0 && !named && (n != in->n_ions || n_long != n))
        ia_warn(
            in->ctx,
            "line %zu names other columns than the ions listed: the order of the list "
            "is taken",
            in->lines.number);
    for (size_t i = 0; i < in->n_ions && !named; i++)
        in->columns[i] = i;
    return IA_OK;
}

static size_t count_words(ia_span line)
{
    ia_span word;
    size_t n = 0;

    while (ia_span_word(&line, &word))
        n++;
    return n;
}

static ia_status read_bounds(reader *in, ia_span *rest, ia_range *range)
{
    ia_span lo, hi;

    ia_span_word(rest, &lo);
    ia_span_word(rest, &hi);
    if (ia_span_f64(lo, true, &range->lo) && ia_span_f64(hi, true, &range->hi))
        return IA_OK;
    return ia_fail(in->ctx, IA_ERR_FORMAT,
                   "line %zu: \"%s\" and \"%s\" are not the two bounds of a range in Da",
                   in->lines.number, ia_span_quote(lo).text, ia_span_quote(hi).text);
}

static ia_status read_atoms(reader *in, ia_span rest, ia_range *range, ia_recipe *recipe)
{
    ia_span word;

    for (size_t i = 0; ia_span_word(&rest, &word); i++) {
        const listed *ion = &in->ions[in->columns[i]];
        unsigned count;
        if (!ia_span_atoms(word, &count))
            return ia_fail(in->ctx, IA_ERR_FORMAT,
                           "line %zu: \"%s\" is no number of atoms", in->lines.number,
                           ia_span_quote(word).text);
        if (count > 0 && recipe->n_added == 0)
            range->colour = ion->colour;
        ia_recipe_add(recipe, &ion->ion, count);
    }
    return IA_OK;
}

// Take the mark off a row, if its table has marks, and check the number of columns.
static ia_status take_mark(reader *in, ia_span *row)
{
    size_t found = count_words(*row), needed = in->n_ions + 2;
    ia_span rest = *row, mark;
    double value;

    ia_span_word(&rest, &mark);
    bool is_first = !in->rows_begun;
    if (is_first)
        in->has_marks = found == needed + 1;
    in->rows_begun = true;
    if (found != needed + in->has_marks ||
        (!in->has_marks && !ia_span_f64(mark, true, &value)))
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu has %zu columns; expected %stwo bounds and %zu numbers of "
            "atoms",
            in->lines.number, found, in->has_marks || is_first ? "a mark, " : "",
            in->n_ions);
    if (in->has_marks)
        *row = rest;
    return IA_OK;
}

// ". lo hi 0 1 0"; the mark in front may be anything, or missing in all rows.
static ia_status read_row(reader *in, ia_range *range, ia_ion *ion)
{
    ia_recipe recipe = {0};
    ia_span row;
    ia_status st;

    if (!ia_lines_next_filled(&in->lines, &row))
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "the file ends after line %zu, before the %zu ranges announced in "
                       "line %zu",
                       in->lines.number, in->n_rows, in->header_line);
    range->line = (uint32_t)in->lines.number;
    if ((st = take_mark(in, &row)) != IA_OK ||
        (st = read_bounds(in, &row, range)) != IA_OK ||
        (st = read_atoms(in, row, range, &recipe)) != IA_OK)
        return st;
    *ion = ia_recipe_ion(&recipe, (ia_span){"", 0});
    return IA_OK;
}

static ia_status read_list(reader *in)
{
    ia_status st = read_header(in);

    for (size_t i = 0; i < in->n_ions && st == IA_OK; i++)
        st = read_ion(in, &in->ions[i]);
    return st == IA_OK ? read_columns(in) : st;
}

static ia_status read_table(reader *in)
{
    ia_status st = read_list(in);
    uint32_t index;

    for (size_t i = 0; i < in->n_ions && st == IA_OK; i++)
        st = ia_ranges_list(in->ctx, &in->ranges, &in->ions[i].ion, in->header_line,
                            &index);
    for (size_t i = 0; i < in->n_rows && st == IA_OK; i++) {
        ia_range range = {0};
        ia_ion ion;
        if ((st = read_row(in, &range, &ion)) == IA_OK)
            st = ia_ranges_take(in->ctx, &in->ranges, &ion, &range);
    }
    in->ranges.n_ions_written = in->n_ions;
    return st;
}

static int compare_bounds(const ia_range *x, const ia_range *y)
{
    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return (x->hi > y->hi) - (x->hi < y->hi);
}

static int by_bounds(const void *a, const void *b, void *user)
{
    const ia_range *ranges = user;

    return compare_bounds(&ranges[*(const size_t *)a], &ranges[*(const size_t *)b]);
}

// Place in the order of the first range that does not come before this one.
static size_t find_first(const reader *in, const ia_range *range)
{
    size_t begin = 0, end = in->ranges.n_ranges;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare_bounds(&in->ranges.ranges[in->order[middle]], range) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

// Give the ranges with these bounds another ion and its colour.
static ia_status rename_ranges(reader *in, const ia_range *range, const ia_ion *ion)
{
    size_t first = find_first(in, range), i = first;
    uint32_t index;
    ia_status st = ia_ranges_list(in->ctx, &in->ranges, ion, range->line, &index);

    for (; st == IA_OK && i < in->ranges.n_ranges; i++) {
        ia_range *known = &in->ranges.ranges[in->order[i]];
        if (compare_bounds(known, range) != 0)
            break;
        known->ion = index;
        known->colour = range->colour;
    }
    if (st == IA_OK && i == first && in->n_unknown++ == 0)
        in->first_unknown = range->line;
    return st;
}

static ia_status sort_bounds(reader *in)
{
    size_t n = in->ranges.n_ranges;

    if (!(in->order = ia_array(in->ctx, n, sizeof *in->order)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        in->order[i] = i;
    if (n)
        qsort_r(in->order, n, sizeof *in->order, by_bounds, in->ranges.ranges);
    return IA_OK;
}

// A second list and table, of molecular ions, for ranges that the first table has
// already.
static ia_status read_extension(reader *in)
{
    ia_status st;

    if ((st = sort_bounds(in)) != IA_OK || (st = read_list(in)) != IA_OK)
        return st;
    for (size_t i = 0; i < in->n_rows && st == IA_OK; i++) {
        ia_range range = {0};
        ia_ion ion;
        if ((st = read_row(in, &range, &ion)) == IA_OK)
            st = rename_ranges(in, &range, &ion);
    }
    if (st == IA_OK && in->n_unknown > 0)
        ia_warn(
            in->ctx,
            "ranges of the polyatomic part that are not in the first table: %zu (first "
            "line %zu); they are left out",
            in->n_unknown, in->first_unknown);
    return st;
}

// A dashed line begins a second part, "polyatomic extension", where there is one.
static ia_status read_rest(reader *in)
{
    ia_span line;

    if (!ia_lines_next_filled(&in->lines, &line))
        return IA_OK;
    line = ia_span_trim(line);
    if (is_dashed(line) && !in->order)
        return read_extension(in);
    return ia_fail(in->ctx, IA_ERR_FORMAT,
                   "line %zu: \"%s\" comes after the %zu ranges announced in line %zu",
                   in->lines.number, ia_span_quote(line).text, in->n_rows,
                   in->header_line);
}

ia_status ia_rng_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    reader in = {
        .ctx = ctx, .n_bytes = source->n, .lines = ia_lines_of(source->bytes, source->n)};
    ia_status st = read_table(&in);

    if (st == IA_OK)
        st = read_rest(&in);
    if (st == IA_OK && in.order)
        st = read_rest(&in);
    free(in.ions);
    free(in.columns);
    free(in.order);
    return ia_ranges_finish(ctx, st, "rng", &in.ranges, out);
}
