// src/io/spectrum_csv.c: a mass spectrum as text, read as ions that have nothing but m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/bins.h"
#include "io/csv.h"
#include "io/mass_sum.h"
#include "io/records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool holds_word(ia_span field, const char *word)
{
    size_t n = strlen(word);
    for (size_t at = 0; at + n <= field.n; at++)
        if (ia_span_begins((ia_span){field.at + at, field.n - at}, word))
            return true;
    return false;
}

static bool names_mass(ia_span field)
{
    const ia_csv_target *target = ia_csv_target_of(field);
    return (holds_word(field, "mass") && holds_word(field, "charge")) ||
           ia_span_begins(field, "m/n") || ia_span_begins(field, "m/z") ||
           ia_span_begins(field, "mz") || ia_span_begins(field, "m/q") ||
           (target && target->id == IA_MASS);
}

// Which part of a bin its m/n names.
typedef enum { AT_LOW, AT_MIDDLE, AT_EITHER } bin_place;

// How one file is laid out.
typedef struct {
    char mark;           // between values
    size_t mass, counts; // columns, from 0
    bin_place place;
    size_t background; // column of what is stated of it, where has_background
    bool has_background;
    bool intensities; // no counts: any number from 0 on
    bool nameless;    // no line of names: m/n and counts, both in every line
} layout;

// How one row is written.
typedef struct {
    size_t columns, decimals; // values, and digits behind the mark of the last
    double mass;
} row_form;

// What the rows have in common, and the last of them.
typedef struct {
    size_t n;        // of rows
    row_form before; // the last but one, for decimals the fewest of all before
    row_form last;
    double step;     // of the first two in m/n
    bool is_stepped; // all but the last follow it
} row_forms;

// What is read: counts as bins, or m/n and intensities.
typedef struct {
    layout at;
    row_forms forms;
    ia_bins bins;
    double *mass, *intensity; // (n) of room for every line
    size_t n;
} table;

// This program names the middle of a bin by m_da.
static bin_place place_of(ia_span name)
{
    if (ia_span_is(name, "m_da") || holds_word(name, "cent") || holds_word(name, "mid"))
        return AT_MIDDLE;
    return holds_word(name, "low") ? AT_LOW : AT_EITHER;
}

// A line that names m/n and counts (or intensities), the first that are called so, and
// nothing else that an ion has.
static bool find_layout(ia_span line, layout *out)
{
    bool has_mass = false, has_counts = false, has_intensity = false;
    size_t intensity = 0;
    ia_span name;
    *out = (layout){.mark = ia_csv_mark(line)};
    for (size_t column = 0; ia_csv_field(&line, out->mark, &name); column++) {
        if (names_mass(name)) {
            if (!has_mass) {
                out->mass = column;
                out->place = place_of(name);
            }
            has_mass = true;
        } else if (holds_word(name, "background")) {
            out->background = column;
            out->has_background = true;
        } else if (holds_word(name, "count")) {
            if (!has_counts)
                out->counts = column;
            has_counts = true;
        } else if (holds_word(name, "intens")) {
            if (!has_intensity)
                intensity = column;
            has_intensity = true;
        } else if (ia_csv_target_of(name)) {
            return false;
        }
    }
    out->intensities = has_intensity && !has_counts;
    if (out->intensities) {
        out->counts = intensity;
        out->has_background = false;
    }
    return has_mass && (has_counts || has_intensity);
}

// m/n, count and stated background of a line; false where m/n and count are no numbers.
static bool read_values(ia_span line, const layout *at, double values[3])
{
    bool has_mass = false, has_counts = false;
    ia_span field;
    for (size_t column = 0; ia_csv_field(&line, at->mark, &field); column++) {
        if (column == at->mass)
            has_mass = ia_span_f64(field, at->mark != ',', &values[0]);
        if (column == at->counts)
            has_counts = ia_span_f64(field, at->mark != ',', &values[1]);
        if (at->has_background && column == at->background)
            (void)ia_span_f64(field, at->mark != ',', &values[2]);
        if (at->nameless && column > at->counts)
            return false;
    }
    return has_mass && has_counts && isfinite(values[0]);
}

static size_t count_decimals(ia_span field, char mark)
{
    size_t i = 0, n = 0;
    while (i < field.n && field.at[i] != '.' && (field.at[i] != ',' || mark == ','))
        i++;
    while (i + n + 1 < field.n && field.at[i + n + 1] >= '0' &&
           field.at[i + n + 1] <= '9')
        n++;
    return n;
}

static bool is_step(double a, double b)
{
    const double near = 0.01; // of a step, as rounded in the file
    return fabs(a - b) <= near * fabs(b);
}

static void note_row(row_forms *f, ia_span line, char mark, double mass)
{
    row_form now = {.mass = mass};
    ia_span field;

    for (; ia_csv_field(&line, mark, &field); now.columns++)
        now.decimals = count_decimals(field, mark);
    if (f->n == 1)
        f->step = mass - f->last.mass;
    if (f->n == 2)
        f->is_stepped = true;
    if (f->n >= 2)
        f->is_stepped = f->is_stepped && is_step(f->last.mass - f->before.mass, f->step);
    if (f->n >= 2 && f->before.decimals < f->last.decimals)
        f->last.decimals = f->before.decimals;
    f->before = f->last;
    f->last = now;
    f->n++;
}

// A file that was cut off inside its last number may still be read. It is told where the
// last row is not like the others; a whole number that lacks digits cannot be.
static void warn_if_cut(ia_ctx *ctx, const ia_source *source, const row_forms *f,
                        size_t number)
{
    const char end = (char)source->bytes[source->n - 1];
    const char *what = NULL;

    if (end == '\n' || end == '\r' || f->n < 3)
        return;
    if (f->last.columns != f->before.columns)
        what = "fewer values";
    else if (f->last.decimals < f->before.decimals)
        what = "fewer decimals";
    else if (f->is_stepped && !is_step(f->last.mass - f->before.mass, f->step))
        what = "another step in m/n";
    if (what)
        ia_warn(ctx,
                "line %zu, the last, has no line end and %s than the others: the file "
                "seems cut off, and its last count may lack digits",
                number, what);
}

// Lines of two numbers, the first of which rises: m/n and counts that nobody named.
static bool is_nameless(ia_lines lines, layout *out)
{
    enum { LEAST_LINES = 3 };
    double last = -HUGE_VAL, values[3];
    ia_span line;
    for (int n = 0; n < LEAST_LINES; n++, last = values[0]) {
        if (!ia_csv_line(&lines, &line))
            return false;
        if (n == 0)
            *out = (layout){.mark = ia_csv_mark(line),
                            .counts = 1,
                            .place = AT_EITHER,
                            .nameless = true};
        if (!read_values(line, out, values) || values[0] <= last)
            return false;
    }
    return true;
}

int ia_spectrum_csv_sniff(const unsigned char *bytes, size_t n)
{
    ia_lines lines = ia_lines_of(bytes, n), begin = lines;
    ia_span line;
    layout at;
    if (!ia_looks_like_text(bytes, n) || !ia_csv_line(&lines, &line))
        return 0;
    if (find_layout(line, &at))
        return 90;
    return is_nameless(begin, &at) ? 50 : 0;
}

static const char *path_of(const ia_source *source)
{
    return source->path ? source->path : "input";
}

// One that is no number of ions is told, and the column is not used.
static void state_background(ia_ctx *ctx, const char *path, size_t number, double ions,
                             table *t)
{
    if (ions >= 0 && ions < 0x1p53) {
        ia_bins_state_background(&t->bins, ions);
        return;
    }
    ia_warn(ctx,
            "%s: line %zu: the background that the file states is no number of ions; its "
            "column is not read",
            path, number);
    free(t->bins.background);
    t->bins.background = NULL;
    t->at.has_background = false;
}

static ia_status add_row(ia_ctx *ctx, const ia_source *source, size_t number,
                         const double values[3], table *t)
{
    const char *path = path_of(source);
    ia_bins *b = &t->bins;
    if (t->at.intensities) {
        t->mass[t->n] = values[0];
        t->intensity[t->n++] = values[1];
        return IA_OK;
    }
    if (!(values[1] >= 0 && values[1] < 0x1p53) || values[1] != floor(values[1]))
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: %g is no count of ions", path,
                       number, values[1]);
    if (b->n > 0 && values[0] <= b->low[b->n - 1])
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: m/n does not rise", path,
                       number);
    if (!ia_bins_add(b, values[0], (uint64_t)values[1]))
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: more than %g ions in all", path,
                       number, (double)ia_bins_ions_most);
    if (t->at.has_background)
        state_background(ctx, path, number, values[2], t);
    return IA_OK;
}

// Edges of bins that lie at odd halves of their width are no round numbers, middles are.
static bool is_middle(const ia_bins *b, bin_place place)
{
    if (place != AT_EITHER || b->n < 2)
        return place == AT_MIDDLE;
    double at = b->low[0] / (b->low[1] - b->low[0]);
    return fabs(at - floor(at) - 0.5) < 1e-3;
}

// A comment may go before the rows or between them; a table that comes after them, too.
static ia_status read_rows(ia_ctx *ctx, const ia_source *source, ia_lines *lines,
                           table *t)
{
    ia_status st = IA_OK;
    ia_span line;
    for (bool commented = false; st == IA_OK && ia_lines_next_filled(lines, &line);) {
        double values[3] = {NAN, NAN, NAN};
        if (ia_span_trim(line).at[0] == '#') {
            commented = true;
            continue;
        }
        if (!read_values(line, &t->at, values)) {
            if (commented && t->n + t->bins.n > 0 && isnan(values[0]))
                break; // the names of another table
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: m/n and %s were expected",
                           path_of(source), lines->number,
                           t->at.intensities ? "intensities" : "counts");
        }
        commented = false;
        note_row(&t->forms, line, t->at.mark, values[0]);
        st = add_row(ctx, source, lines->number, values, t);
    }
    if (st == IA_OK)
        warn_if_cut(ctx, source, &t->forms, lines->number);
    return st;
}

static size_t count_lines(const ia_source *source)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    size_t n = 0;
    while (ia_lines_next_filled(&lines, &line))
        n++;
    return n;
}

static ia_status make_room(ia_ctx *ctx, const ia_source *source, table *t)
{
    size_t n = count_lines(source);
    if (!t->at.intensities) {
        ia_status st = ia_bins_new(ctx, n, &t->bins);
        if (st == IA_OK && t->at.has_background)
            st = ia_bins_expect_background(ctx, n, &t->bins);
        return st;
    }
    t->mass = ia_array(ctx, n, sizeof *t->mass);
    t->intensity = ia_array(ctx, n, sizeof *t->intensity);
    return t->mass && t->intensity ? IA_OK : IA_ERR_MEMORY;
}

// Edges for counts; whole numbers of ions for intensities.
static ia_status finish(ia_ctx *ctx, const ia_source *source, table *t)
{
    ia_mass_sum sum = {0};
    if (!t->at.intensities) {
        ia_bins_set_edges(&t->bins, is_middle(&t->bins, t->at.place));
        return IA_OK;
    }
    const char *before = ia_ctx_set_subject(ctx, path_of(source));
    ia_status st = ia_mass_sum_add(ctx, &sum, t->mass, t->intensity, t->n);
    if (st == IA_OK)
        st = ia_mass_sum_bins(ctx, &sum, &t->bins);
    ia_ctx_set_subject(ctx, before);
    ia_mass_sum_clear(&sum);
    return st;
}

ia_status ia_spectrum_csv_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    table t = {.n = 0};
    ia_lines lines = ia_lines_of(source->bytes, source->n), begin = lines;
    ia_span line;
    ia_status st;
    if (!ia_csv_line(&lines, &line))
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: holds no lines", path_of(source));
    if (is_nameless(begin, &t.at))
        lines = begin;
    else if (!find_layout(line, &t.at))
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: line %zu: the names of m/n and counts were expected",
                       path_of(source), lines.number);
    if ((st = make_room(ctx, source, &t)) == IA_OK &&
        (st = read_rows(ctx, source, &lines, &t)) == IA_OK &&
        (st = finish(ctx, source, &t)) == IA_OK)
        st = ia_bins_give(ctx, source, &t.bins, out);
    free(t.mass);
    free(t.intensity);
    ia_bins_clear(&t.bins);
    return st;
}
