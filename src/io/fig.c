// src/io/fig.c: Erlangen fig.txt range lists: ion, lower bound, upper bound, one range a
// line.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"

static bool is_comment(ia_span line)
{
    return line.n == 0 || line.at[0] == '#' || line.at[0] == '%';
}

// Take the last word off the end.
static bool take_last(ia_span *line, ia_span *word)
{
    ia_span text = ia_span_trim(*line), rest = text, next;

    *word = (ia_span){text.at, 0};
    while (ia_span_word(&rest, &next))
        *word = next;
    *line = (ia_span){text.at, (size_t)(word->at - text.at)};
    return word->n > 0;
}

// Cut a row into the ion and its two bounds.
static bool cut_row(ia_span line, ia_span *ion, ia_span *lo, ia_span *hi)
{
    *ion = line;
    if (!take_last(ion, hi) || !take_last(ion, lo))
        return false;
    *ion = ia_span_trim(*ion);
    return ion->n > 0;
}

static bool begins_with_number(ia_span name)
{
    ia_span word;
    double value;
    return ia_span_word(&name, &word) && ia_span_f64(word, true, &value);
}

int ia_fig_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 16384, ROWS = 8 };
    size_t n_looked = n < LOOK_AT ? n : LOOK_AT;
    ia_lines lines = ia_lines_of(bytes, n_looked);
    ia_span line, ion, lo, hi;
    double value;
    size_t n_rows = 0, n_formulas = 0, n_numbers = 0;

    while (n_rows < ROWS && ia_lines_next_filled(&lines, &line)) {
        line = ia_span_trim(line);
        if (is_comment(line))
            continue;
        if (lines.rest.n == 0 && n_looked < n)
            break; // cut off by us
        if (!cut_row(line, &ion, &lo, &hi) || !ia_span_f64(lo, true, &value) ||
            !ia_span_f64(hi, true, &value))
            return 0;
        n_rows++;
        n_formulas += ia_span_ion(ion).n_parts > 0;
        n_numbers += begins_with_number(ion);
    }
    // Rows of three numbers are positions; a name and two numbers nothing else.
    if (n_rows == 0 || (n_formulas == 0 && n_numbers > 0))
        return 0;
    return n_formulas == n_rows ? 80 : 40;
}

static ia_status read_row(ia_ctx *ctx, ia_span line, size_t number, ia_ranges *ranges)
{
    ia_range range = {.line = (uint32_t)number};
    ia_span name, lo, hi;

    if (!cut_row(line, &name, &lo, &hi) || !ia_span_f64(lo, true, &range.lo) ||
        !ia_span_f64(hi, true, &range.hi))
        return ia_fail(
            ctx, IA_ERR_FORMAT,
            "line %zu: \"%s\" is not an ion and the two bounds of its range in Da",
            number, ia_span_quote(line).text);
    ia_ion ion = ia_span_ion(name);
    return ia_ranges_take(ctx, ranges, &ion, &range);
}

ia_status ia_fig_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    ia_ranges ranges = {0};
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_status st = IA_OK;
    ia_span line;

    while (st == IA_OK && ia_lines_next_filled(&lines, &line)) {
        line = ia_span_trim(line);
        if (!is_comment(line))
            st = read_row(ctx, line, lines.number, &ranges);
    }
    ranges.n_ions_written = ranges.n_ions;
    return ia_ranges_finish(ctx, st, "fig", &ranges, out);
}

// A name that would make the row a comment or a row of numbers, or be taken for the mark
// of byte order at the beginning of a file.
static bool is_misleading(const char *name)
{
    return name[0] == '#' || name[0] == '%' || strncmp(name, "\xef\xbb\xbf", 3) == 0 ||
           begins_with_number(ia_span_of(name));
}

static void write_name(FILE *out, const char *name)
{
    if (is_misleading(name))
        fputc('_', out);
    for (; *name; name++)
        fputc((unsigned char)*name < ' ' ? '_' : *name, out);
}

ia_status ia_fig_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream)
{
    size_t n_names = 0;
    ia_ranges_warn_lost(ctx, ranges, "fig.txt", IA_HOLDS_CHARGE | IA_HOLDS_ISOTOPES);
    for (size_t i = 0; i < ranges->n_ions; i++)
        n_names += is_misleading(ranges->ions[i].name);
    if (n_names > 0)
        ia_warn(ctx,
                "fig.txt holds no names that begin as numbers or comments do, or with a "
                "mark of byte order: %zu lose theirs",
                n_names);
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *range = &ranges->ranges[i];
        char lo[IA_F64_TEXT], hi[IA_F64_TEXT];
        ia_f64_text(range->lo, lo);
        ia_f64_text(range->hi, hi);
        write_name(stream, ranges->ions[range->ion].name);
        fprintf(stream, " %s %s\n", lo, hi);
    }
    return ia_stream_check(ctx, stream);
}
