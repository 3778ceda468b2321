// src/io/spectrum_csv.c: a mass spectrum as text, read as ions that have nothing but m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"
#include "io/text.h"

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
    return (holds_word(field, "mass") && holds_word(field, "charge")) ||
           ia_span_begins(field, "m/n") || ia_span_begins(field, "m/z") ||
           ia_span_begins(field, "mz") || ia_span_begins(field, "m/q");
}

// Column of the counts in a header line, the first that is called so; 0 when it is no
// such line.
static size_t find_counts(ia_span line)
{
    ia_span field = ia_span_trim(ia_span_cut(&line, ','));
    if (!names_mass(field))
        return 0;
    for (size_t column = 1; line.n > 0; column++)
        if (holds_word(ia_span_cut(&line, ','), "count"))
            return column;
    return 0;
}

int ia_spectrum_csv_sniff(const unsigned char *bytes, size_t n)
{
    ia_lines lines = ia_lines_of(bytes, n);
    ia_span line;
    return ia_looks_like_text(bytes, n) && ia_lines_next_filled(&lines, &line) &&
                   find_counts(line) > 0
               ? 90
               : 0;
}

static const char *path_of(const ia_source *source)
{
    return source->path ? source->path : "input";
}

static ia_status read_bin(ia_ctx *ctx, const ia_source *source, const ia_lines *lines,
                          ia_span line, size_t column, double values[2])
{
    ia_span field = ia_span_trim(ia_span_cut(&line, ','));
    bool good = ia_span_f64(field, false, &values[0]) && isfinite(values[0]);
    for (size_t c = 0; c < column; c++)
        field = ia_span_trim(ia_span_cut(&line, ','));
    good &= ia_span_f64(field, false, &values[1]);
    if (!good)
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: m/n and counts were expected",
                       path_of(source), lines->number);
    if (!(values[1] >= 0 && values[1] < 0x1p53) || values[1] != floor(values[1]))
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: %g is no count of ions",
                       path_of(source), lines->number, values[1]);
    return IA_OK;
}

static ia_status read_bins(ia_ctx *ctx, const ia_source *source, bins *b)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;
    if (!ia_lines_next_filled(&lines, &line))
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: holds no lines", path_of(source));
    size_t column = find_counts(line);
    if (column == 0)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: line %zu: the names of m/n and counts were expected",
                       path_of(source), lines.number);
    while (ia_lines_next_filled(&lines, &line)) {
        double values[2];
        ia_status st = read_bin(ctx, source, &lines, line, column, values);
        if (st != IA_OK)
            return st;
        if (b->n > 0 && values[0] <= b->low[b->n - 1])
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: m/n does not rise",
                           path_of(source), lines.number);
        if ((uint64_t)values[1] > ions_most - b->first[b->n])
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: line %zu: more than %g ions in all",
                           path_of(source), lines.number, (double)ions_most);
        b->low[b->n] = values[0];
        b->first[b->n + 1] = b->first[b->n] + (uint64_t)values[1];
        b->n++;
    }
    // m/n is taken as the lower edge of a bin, as the exporting programs have it; the
    // last is as wide as the one before.
    if (b->n > 0)
        b->low[b->n] =
            b->low[b->n - 1] + (b->n > 1 ? b->low[b->n - 1] - b->low[b->n - 2] : 1);
    return IA_OK;
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
