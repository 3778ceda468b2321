// src/io/spectrum_csv.c: a mass spectrum as text, read as ions that have nothing but m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/csv.h"
#include "io/records.h"

#include <ionatlas/hash.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Bins of the file: bin i holds the ions [first[i], first[i + 1]) between low[i] and
// low[i + 1].
typedef struct {
    double *low;     // (n + 1) Da
    uint64_t *first; // (n + 1)
    size_t n;
} bins;

// More than any measurement has; a program that visits each would never end.
static const uint64_t ions_most = 1000000000000;

static void release_bins(void *keep)
{
    bins *b = keep;
    free(b->low);
    free(b->first);
    free(b);
}

// Ion number j of n in a bin. Spread evenly, so that finer bins show no comb; clear of
// the edges, so that rounding to float32 puts no ion on the wrong side of a range that
// begins at an edge.
static float place(double low, double high, uint64_t j, uint64_t n)
{
    return (float)(low + (high - low) * (0.05 + 0.9 * ((double)j + 0.5) / (double)n));
}

// Rows of the computed column of m/n.
static void fill_mass(const ia_column *column, size_t begin, size_t n, void *out)
{
    const bins *b = column->user;
    float *mass = out;
    size_t low = 0, high = b->n;
    while (high - low > 1) { // the last bin that begins at or before `begin`
        size_t middle = (low + high) / 2;
        if (b->first[middle] <= begin)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = 0; i < n; i++) {
        while (b->first[low + 1] <= begin + i)
            low++;
        mass[i] = place(b->low[low], b->low[low + 1], begin + i - b->first[low],
                        b->first[low + 1] - b->first[low]);
    }
}

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
} layout;

// This program names the middle of a bin by m_da.
static bin_place place_of(ia_span name)
{
    if (ia_span_is(name, "m_da") || holds_word(name, "cent") || holds_word(name, "mid"))
        return AT_MIDDLE;
    return holds_word(name, "low") ? AT_LOW : AT_EITHER;
}

// A line that names m/n and counts, the first that are called so, and nothing else that
// an ion has.
static bool find_layout(ia_span line, layout *out)
{
    bool has_mass = false, has_counts = false;
    ia_span name;
    *out = (layout){.mark = ia_csv_mark(line)};
    for (size_t column = 0; ia_csv_field(&line, out->mark, &name); column++) {
        if (names_mass(name)) {
            if (!has_mass) {
                out->mass = column;
                out->place = place_of(name);
            }
            has_mass = true;
        } else if (holds_word(name, "count")) {
            if (!has_counts)
                out->counts = column;
            has_counts = true;
        } else if (ia_csv_target_of(name)) {
            return false;
        }
    }
    return has_mass && has_counts;
}

int ia_spectrum_csv_sniff(const unsigned char *bytes, size_t n)
{
    ia_lines lines = ia_lines_of(bytes, n);
    ia_span line;
    layout at;
    return ia_looks_like_text(bytes, n) && ia_csv_line(&lines, &line) &&
                   find_layout(line, &at)
               ? 90
               : 0;
}

static const char *path_of(const ia_source *source)
{
    return source->path ? source->path : "input";
}

// m/n and count of a line; false where they are no numbers.
static bool read_values(ia_span line, const layout *at, double values[2])
{
    bool has_mass = false, has_counts = false;
    ia_span field;
    for (size_t column = 0; ia_csv_field(&line, at->mark, &field); column++) {
        if (column == at->mass)
            has_mass = ia_span_f64(field, at->mark != ',', &values[0]);
        if (column == at->counts)
            has_counts = ia_span_f64(field, at->mark != ',', &values[1]);
    }
    return has_mass && has_counts && isfinite(values[0]);
}

static ia_status add_bin(ia_ctx *ctx, const ia_source *source, size_t number,
                         const double values[2], bins *b)
{
    const char *path = path_of(source);
    if (!(values[1] >= 0 && values[1] < 0x1p53) || values[1] != floor(values[1]))
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: %g is no count of ions", path,
                       number, values[1]);
    if (b->n > 0 && values[0] <= b->low[b->n - 1])
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: m/n does not rise", path,
                       number);
    if ((uint64_t)values[1] > ions_most - b->first[b->n])
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: more than %g ions in all", path,
                       number, (double)ions_most);
    b->low[b->n] = values[0];
    b->first[b->n + 1] = b->first[b->n] + (uint64_t)values[1];
    b->n++;
    return IA_OK;
}

// Edges of bins that lie at odd halves of their width are no round numbers, middles are.
static bool is_middle(const bins *b, bin_place place)
{
    if (place != AT_EITHER || b->n < 2)
        return place == AT_MIDDLE;
    double at = b->low[0] / (b->low[1] - b->low[0]);
    return fabs(at - floor(at) - 0.5) < 1e-3;
}

// From m/n as written, the lower edges or the middles of the bins, to their edges; the
// last bin is as wide as the one before.
static void set_edges(bins *b, bin_place place)
{
    if (b->n == 0)
        return;
    double *low = b->low, first = low[0];
    double width = b->n > 1 ? low[b->n - 1] - low[b->n - 2] : 1;
    if (!is_middle(b, place)) {
        low[b->n] = low[b->n - 1] + width;
        return;
    }
    low[b->n] = low[b->n - 1] + width / 2;
    low[0] -= (b->n > 1 ? low[1] - low[0] : 1) / 2;
    if (first >= 0 && low[0] < 0) // no m/n is
        low[0] = 0;
    for (size_t i = b->n - 1; i > 0; i--)
        low[i] = (low[i] + (i > 1 ? low[i - 1] : first)) / 2;
}

// A comment may go before the rows or between them; a table that comes after them, too.
static ia_status read_bins(ia_ctx *ctx, const ia_source *source, bins *b)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    layout at;
    ia_status st = IA_OK;
    if (!ia_csv_line(&lines, &line))
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: holds no lines", path_of(source));
    if (!find_layout(line, &at))
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: line %zu: the names of m/n and counts were expected",
                       path_of(source), lines.number);
    for (bool commented = false; st == IA_OK && ia_lines_next_filled(&lines, &line);) {
        double values[2] = {NAN, NAN};
        if (ia_span_trim(line).at[0] == '#') {
            commented = true;
            continue;
        }
        if (!read_values(line, &at, values)) {
            if (commented && b->n > 0 && isnan(values[0]))
                break; // the names of another table
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s: line %zu: m/n and counts were expected", path_of(source),
                           lines.number);
        }
        commented = false;
        st = add_bin(ctx, source, lines.number, values, b);
    }
    set_edges(b, at.place);
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

ia_status ia_spectrum_csv_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    size_t n_lines = count_lines(source);
    ia_ions ions = {.release = release_bins};
    bins *b = ia_array(ctx, 1, sizeof *b);
    ia_status st = IA_ERR_MEMORY;
    if (!b)
        return st;
    ions.keep = b;
    if (!(b->low = ia_array(ctx, n_lines + 1, sizeof *b->low)) ||
        !(b->first = ia_array(ctx, n_lines + 1, sizeof *b->first)) ||
        (st = read_bins(ctx, source, b)) != IA_OK)
        goto done;
    ions.n = b->n > 0 ? (size_t)b->first[b->n] : 0;
    if (ions.n == 0) {
        st = ia_fail(ctx, IA_ERR_EMPTY, "%s: a spectrum without counts", path_of(source));
        goto done;
    }
    ions.columns[IA_MASS] = (ia_column){
        .type = IA_F32, .width = 1, .n = ions.n, .fill = fill_mass, .user = b};
    if ((st = ia_sha256(ctx, source->bytes, source->n, ions.sha256)) != IA_OK)
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
