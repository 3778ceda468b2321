// src/io/rrng.c: RRNG range files: [Ions] and [Ranges] with key=value lines.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"

typedef enum { IONS_PART, RANGES_PART, NO_PART } part;

typedef struct {
    ia_ctx *ctx;
    ia_ranges ranges;
    size_t line;
    part part;
    size_t n_strange, first_strange; // lines before the file begins
    size_t n_colours, first_colour;  // colours that are none
    ia_span announced[2];            // what Number= says of ions and ranges
    size_t announced_line[2];
} reader;

static bool is_comment(ia_span line)
{
    return line.n == 0 || line.at[0] == '#' || line.at[0] == ';' ||
           ia_span_begins(line, "//");
}

// "Ion12" is the key `name` with a number.
static bool is_key(ia_span key, const char *name)
{
    uint64_t number;
    size_t n = strlen(name);

    return key.n > n && ia_span_begins(key, name) &&
           ia_span_u64((ia_span){key.at + n, key.n - n}, &number);
}

static bool is_range_line(ia_span line)
{
    ia_span rest = line;

    return is_key(ia_span_trim(ia_span_cut(&rest, '=')), "Range");
}

int ia_rrng_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 65536 };
    ia_lines lines = ia_lines_of(bytes, n < LOOK_AT ? n : LOOK_AT);
    ia_span line;

    while (ia_lines_next(&lines, &line)) {
        if (ia_span_has(line, '\0'))
            return 0; // no text, though it may hold some: a project keeps its range file
        line = ia_span_trim(line);
        if (ia_span_begins(line, "[ions]") || ia_span_begins(line, "[ranges]"))
            return 100;
        if (is_range_line(line))
            return 90;
    }
    return 0;
}

static ia_status read_bounds(reader *in, ia_span *rest, ia_range *range)
{
    double *bounds[] = {&range->lo, &range->hi};
    ia_span word;

    for (size_t i = 0; i < 2; i++) {
        if (!ia_span_word(rest, &word))
            return ia_fail(in->ctx, IA_ERR_FORMAT,
                           "line %zu: the range has %s; expected two bounds in Da",
                           in->line, i == 0 ? "no bounds" : "one bound");
        if (!ia_span_f64(word, true, bounds[i]))
            return ia_fail(in->ctx, IA_ERR_FORMAT,
                           "line %zu: \"%s\" is no number; expected the %s bound in Da",
                           in->line, ia_span_quote(word).text,
                           i == 0 ? "lower" : "upper");
    }
    return IA_OK;
}

static ia_status read_volume(reader *in, ia_span text, double *volume)
{
    if (text.n == 0)
        return IA_OK;
    if (!ia_span_f64(text, true, volume) || !isfinite(*volume) || *volume < 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: \"%s\" is no volume in nm3",
                       in->line, ia_span_quote(text).text);
    return IA_OK;
}

static void read_colour(reader *in, ia_span text, uint32_t *colour)
{
    uint64_t value = 0;

    if (text.n > 0 && text.at[0] == '#') {
        text.at++;
        text.n--;
    }
    if ((!ia_span_hex(text, &value) || value > 0xFFFFFF) && in->n_colours++ == 0)
        in->first_colour = in->line;
    *colour = value <= 0xFFFFFF ? (uint32_t)value : 0;
}

// Pairs of name and count: "Fe:1", and "Mo:1C:1" where the blank was forgotten.
static ia_status read_pairs(reader *in, ia_span word, ia_recipe *recipe)
{
    ia_span rest = word;

    while (rest.n > 0) {
        ia_span name = ia_span_cut(&rest, ':');
        ia_span count = rest;
        unsigned n;
        for (count.n = 0; count.n < rest.n; count.n++)
            if (!strchr("0123456789.,", rest.at[count.n]) || !rest.at[count.n])
                break;
        if (name.n == 0 || !ia_span_atoms(count, &n))
            return ia_fail(
                in->ctx, IA_ERR_FORMAT,
                "line %zu: \"%s\" is no element and number of atoms, as Fe:1 is",
                in->line, ia_span_quote(word).text);
        ia_ion ion = ia_span_ion(name);
        ia_recipe_add(recipe, &ion, n);
        rest.at += count.n;
        rest.n -= count.n;
    }
    return IA_OK;
}

static ia_status read_words(reader *in, ia_span rest, ia_range *range, ia_recipe *recipe,
                            ia_span *name)
{
    ia_status st = IA_OK;
    bool in_name = false; // a word without a colon goes on with the name before it
    ia_span word;

    while (st == IA_OK && ia_span_word(&rest, &word)) {
        ia_span value = word;
        ia_span key = ia_span_cut(&value, ':');
        if (in_name && key.n == word.n) {
            name->n = (size_t)(word.at + word.n - name->at);
            continue;
        }
        in_name = ia_span_is(key, "Name") && key.n < word.n;
        if (in_name)
            *name = value;
        else if (ia_span_is(key, "Vol") && key.n < word.n)
            st = read_volume(in, value, &range->volume);
        else if ((ia_span_is(key, "Color") || ia_span_is(key, "Colour")) &&
                 key.n < word.n)
            read_colour(in, value, &range->colour);
        else
            st = read_pairs(in, word, recipe);
    }
    return st;
}

static ia_status read_range(reader *in, ia_span text)
{
    ia_range range = {.line = (uint32_t)in->line};
    ia_recipe recipe = {0};
    ia_span name = {text.at, 0};
    ia_status st;

    if ((st = read_bounds(in, &text, &range)) != IA_OK ||
        (st = read_words(in, text, &range, &recipe, &name)) != IA_OK)
        return st;
    ia_ion ion = ia_recipe_ion(&recipe, name);
    return ia_ranges_take(in->ctx, &in->ranges, &ion, &range);
}

static ia_status read_ion(reader *in, ia_span name)
{
    uint32_t index;
    ia_ion ion = ia_span_ion(name);

    if (ia_span_trim(name).n == 0)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: the ion has no name", in->line);
    in->ranges.n_ions_written++;
    return ia_ranges_list(in->ctx, &in->ranges, &ion, in->line, &index);
}

static ia_status read_part(reader *in, ia_span line)
{
    if (ia_span_begins(line, "[ions]"))
        in->part = IONS_PART;
    else if (ia_span_begins(line, "[ranges]"))
        in->part = RANGES_PART;
    else
        return ia_fail(
            in->ctx, IA_ERR_FORMAT,
            "line %zu: \"%s\" begins no known part; expected [Ions] or [Ranges]",
            in->line, ia_span_quote(line).text);
    return IA_OK;
}

static ia_status read_line(reader *in, ia_span line)
{
    ia_span value = line;
    ia_span key = ia_span_trim(ia_span_cut(&value, '='));
    bool begun = in->part != NO_PART || in->ranges.n_ranges > 0;

    if (is_comment(line))
        return IA_OK;
    if (line.at[0] == '[')
        return read_part(in, line);
    if (is_key(key, "Range"))
        return read_range(in, value);
    if (is_key(key, "Ion"))
        return read_ion(in, value);
    if (ia_span_is(key, "Number") && in->part != NO_PART) {
        in->announced[in->part] = ia_span_trim(value);
        in->announced_line[in->part] = in->line;
        return IA_OK;
    }
    if (begun)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: \"%s\" is neither Ion<n>=, Range<n>= nor a comment",
                       in->line, ia_span_quote(line).text);
    if (in->n_strange++ == 0)
        in->first_strange = in->line;
    return IA_OK;
}

// Compare what Number= announces with what is there; "1.000" may mean 1 or 1000.
static ia_status check_number(const reader *in, part which, size_t found)
{
    static const char *words[] = {"ions", "ranges"};
    ia_span text = in->announced[which];
    size_t line = in->announced_line[which];
    double number;

    if (text.n == 0)
        return IA_OK;
    if (!ia_span_f64(text, true, &number) || !(number >= 0))
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: \"%s\" is no number of %s",
                       line, ia_span_quote(text).text, words[which]);
    if (number > (double)found)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu announces %.0f %s, but the file has %zu", line, number,
                       words[which], found);
    bool marked = ia_span_has(text, '.') || ia_span_has(text, ',');
    if (number < (double)found && !(marked && number * 1000 == (double)found))
        ia_warn(in->ctx,
                "line %zu announces %.0f %s, but the file has %zu: all are taken", line,
                number, words[which], found);
    return IA_OK;
}

static void warn(const reader *in)
{
    if (in->n_strange > 0)
        ia_warn(
            in->ctx,
            "lines before the first part that are not understood: %zu (first line %zu)",
            in->n_strange, in->first_strange);
    if (in->n_colours > 0)
        ia_warn(in->ctx,
                "colours that are not six hexadecimal digits: %zu (first line %zu)",
                in->n_colours, in->first_colour);
}

ia_status ia_rrng_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    reader in = {.ctx = ctx, .part = NO_PART};
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_status st = IA_OK;
    ia_span line;

    while (st == IA_OK && ia_lines_next(&lines, &line)) {
        in.line = lines.number;
        st = read_line(&in, ia_span_trim(line));
    }
    if (st == IA_OK)
        st = check_number(&in, IONS_PART, in.ranges.n_ions_written);
    if (st == IA_OK)
        st = check_number(&in, RANGES_PART, in.ranges.n_ranges);
    if (st == IA_OK)
        warn(&in);
    return ia_ranges_finish(ctx, st, "rrng", &in.ranges, out);
}

// A label as one word or several, without what would end it: control characters and
// colons.
static void write_label(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc((unsigned char)*name < ' ' || *name == ':' ? '_' : *name, out);
}

static bool is_deuterium(const ia_ion_part *atoms)
{
    return atoms->z == 1 && atoms->a == 2;
}

// Of isotopes RRNG knows deuterium alone, by people's habit.
static ia_ion element_of(const ia_ion_part *atoms)
{
    ia_ion element = {0};

    ia_ion_add(&element, atoms->z, is_deuterium(atoms) ? 2 : 0, 1);
    ia_ion_rename(&element);
    if (is_deuterium(atoms))
        strcpy(element.name, "D");
    return element;
}

// Elements and labels that the ions are made of, each once, in the order in which they
// come.
static ia_status list_elements(ia_ctx *ctx, const ia_ranges *ranges, ia_ranges *list)
{
    ia_status st = IA_OK;
    uint32_t index;

    for (size_t i = 0; i < ranges->n_ions && st == IA_OK; i++) {
        const ia_ion *ion = &ranges->ions[i];
        if (ion->n_parts == 0)
            st = ia_ranges_add_ion(ctx, list, ion, &index);
        for (size_t k = 0; k < ion->n_parts && st == IA_OK; k++) {
            ia_ion element = element_of(&ion->parts[k]);
            st = ia_ranges_add_ion(ctx, list, &element, &index);
        }
    }
    return st;
}

static void write_ions(FILE *out, const ia_ranges *list)
{
    fprintf(out, "[Ions]\nNumber=%zu\n", list->n_ions);
    for (size_t i = 0; i < list->n_ions; i++) {
        fprintf(out, "Ion%zu=", i + 1);
        write_label(out, list->ions[i].name);
        fputc('\n', out);
    }
}

static void write_atoms(FILE *out, const ia_ion *ion)
{
    for (size_t k = 0; k < ion->n_parts; k++)
        fprintf(out, " %s:%u", element_of(&ion->parts[k]).name, ion->parts[k].count);
}

static void write_range(FILE *out, const ia_ranges *ranges, size_t i)
{
    const ia_range *range = &ranges->ranges[i];
    const ia_ion *ion = &ranges->ions[range->ion];
    char lo[IA_F64_TEXT], hi[IA_F64_TEXT], volume[IA_F64_TEXT];

    ia_f64_text(range->lo, lo);
    ia_f64_text(range->hi, hi);
    ia_f64_text(range->volume, volume);
    fprintf(out, "Range%zu=%s %s Vol:%s", i + 1, lo, hi, volume);
    write_atoms(out, ion);
    if (ion->n_parts == 0) {
        fputs(" Name:", out);
        write_label(out, ion->name);
    }
    fprintf(out, " Color:%06X\n", range->colour & 0xFFFFFF);
}

static void warn_lost(ia_ctx *ctx, const ia_ranges *ranges)
{
    size_t n_names = ia_ranges_names_with(ranges, ':');

    ia_ranges_warn_lost(ctx, ranges, "RRNG",
                        IA_HOLDS_VOLUME | IA_HOLDS_COLOUR | IA_HOLDS_DEUTERIUM);
    if (n_names > 0)
        ia_warn(ctx, "RRNG holds no colons in names: %zu lose theirs", n_names);
}

ia_status ia_rrng_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream)
{
    ia_ranges list = {0};
    ia_status st = list_elements(ctx, ranges, &list);

    if (st != IA_OK)
        goto done;
    warn_lost(ctx, ranges);
    write_ions(stream, &list);
    fprintf(stream, "[Ranges]\nNumber=%zu\n", ranges->n_ranges);
    for (size_t i = 0; i < ranges->n_ranges; i++)
        write_range(stream, ranges, i);
    st = ia_stream_check(ctx, stream);
done:
    ia_ranges_clear(&list);
    return st;
}
