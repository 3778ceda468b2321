// src/io/range_text.c: what the text formats of ranges have in common.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/range_text.h"

#include "core/ion_name.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// Counts of equal names are added up, as those of equal elements are.
static void note_name(ia_recipe *recipe, const char *name, unsigned count)
{
    size_t i = 0;

    while (i < recipe->n_names && strcmp(recipe->names[i].text, name) != 0)
        i++;
    if (i == IA_RECIPE_NAMES)
        return; // the label is cut before it
    if (i == recipe->n_names)
        snprintf(recipe->names[recipe->n_names++].text, IA_ION_NAME, "%s", name);
    unsigned before = recipe->names[i].count;
    recipe->names[i].count = count < UINT_MAX - before ? before + count : UINT_MAX;
}

void ia_recipe_add(ia_recipe *recipe, const ia_ion *what, unsigned count)
{
    if (count == 0)
        return;
    note_name(recipe, what->name, count);
    recipe->is_label = recipe->is_label || what->n_parts == 0;
    for (size_t i = 0; i < what->n_parts && !recipe->is_label; i++) {
        const ia_ion_part *part = &what->parts[i];
        if (count > IA_ION_ATOMS ||
            !ia_ion_add(&recipe->ion, part->z, part->a, count * part->count))
            recipe->is_label = true;
    }
    bool alone = recipe->n_added++ == 0 && count == 1;
    recipe->ion.charge = alone ? what->charge : 0;
}

ia_ion ia_span_label(ia_span name)
{
    char text[IA_ION_NAME + 8];
    size_t n = ia_span_utf8(ia_span_trim(name), text, sizeof text - 1);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ')
            text[i] = text[i] == '\t' ? ' ' : '?';
    if (ia_ion_of(text).n_parts > 0)
        memcpy(text + n++, "?", 2);
    return ia_ion_label(text, n);
}

// The names and counts of a recipe in a row.
static ia_ion label_of_names(const ia_recipe *recipe)
{
    char text[IA_RECIPE_NAMES * (IA_ION_NAME + 12)] = "";
    size_t used = 0;

    for (size_t i = 0; i < recipe->n_names; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 recipe->names[i].count > 1 ? "%s%u" : "%s",
                                 recipe->names[i].text, recipe->names[i].count);
    return ia_span_label((ia_span){text, used});
}

ia_ion ia_recipe_ion(const ia_recipe *recipe, ia_span name)
{
    ia_ion ion = recipe->ion;

    if (recipe->n_added > 0 && !recipe->is_label) {
        ia_ion_rename(&ion);
        return ion;
    }
    if (ia_span_trim(name).n > 0)
        return recipe->n_added > 0 ? ia_span_label(name) : ia_span_ion(name);
    return recipe->n_added > 0 ? label_of_names(recipe)
                               : ia_span_label(ia_span_of("unnamed"));
}

// A formula is never as long as the room for it, and holds no zero.
ia_ion ia_span_ion(ia_span formula)
{
    char text[2 * IA_ION_NAME];

    formula = ia_span_trim(formula);
    if (formula.n >= sizeof text || ia_span_has(formula, '\0'))
        return ia_span_label(formula);
    ia_span_copy(formula, text, sizeof text);
    ia_ion ion = ia_ion_of(text);
    return ion.n_parts > 0 ? ion : ia_span_label(formula);
}

ia_status ia_ranges_list(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion, size_t line,
                         uint32_t *index)
{
    ia_status st = ia_ranges_add_ion(ctx, ranges, ion, index);

    if (st == IA_OK && ranges->n_ions > IA_KINDS_MAX)
        return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: more than %d kinds of ion", line,
                       IA_KINDS_MAX);
    return st;
}

ia_status ia_ranges_take(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion,
                         const ia_range *range)
{
    ia_range r = *range;
    ia_status st = ia_ranges_list(ctx, ranges, ion, range->line, &r.ion);

    return st == IA_OK ? ia_ranges_add(ctx, ranges, &r) : st;
}

ia_status ia_ranges_finish(ia_ctx *ctx, ia_status st, const char *format,
                           ia_ranges *ranges, ia_ranges *out)
{
    if (st == IA_OK && ranges->n_ranges == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "there is no range in this file");
    if (st == IA_OK)
        st = ia_ranges_check(ctx, ranges);
    if (st != IA_OK) {
        ia_ranges_clear(ranges);
        return st;
    }
    snprintf(ranges->format, sizeof ranges->format, "%s", format);
    ranges->n_ranges_written = ranges->n_ranges;
    *out = *ranges;
    *ranges = (ia_ranges){0};
    return IA_OK;
}

bool ia_span_atoms(ia_span text, unsigned *count)
{
    double value;

    if (!ia_span_f64(text, true, &value) || !(value >= 0 && value <= 1000) ||
        value != floor(value))
        return false;
    *count = (unsigned)value;
    return true;
}

// The ion as a file without charges (and isotopes) gives it back.
static ia_ion without(const ia_ion *ion, unsigned holds, double lo, double hi)
{
    ia_ion bare = {0};

    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i];
        bool is_deuterium = part->z == 1 && part->a == 2;
        bool stays =
            holds & IA_HOLDS_ISOTOPES || (is_deuterium && holds & IA_HOLDS_DEUTERIUM);
        ia_ion_add(&bare, part->z, stays ? part->a : 0, part->count);
    }
    bare.charge = (uint8_t)ia_ion_infer_charge(&bare, lo, hi);
    return bare;
}

static void warn_lost_ions(ia_ctx *ctx, const ia_ranges *ranges, const char *format,
                           unsigned holds)
{
    size_t n = 0;
    const char *first = "";

    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *range = &ranges->ranges[i];
        const ia_ion *ion = &ranges->ions[range->ion];
        if (ion->n_parts == 0)
            continue;
        ia_ion bare = without(ion, holds, range->lo, range->hi);
        if (!ia_ion_is_equal(ion, &bare) && n++ == 0)
            first = ion->name;
    }
    if (n > 0)
        ia_warn(ctx, "%s holds no charges%s: %zu ranges lose them (first %s)", format,
                holds & IA_HOLDS_ISOTOPES ? "" : " and no isotopes", n, first);
}

void ia_ranges_warn_lost(ia_ctx *ctx, const ia_ranges *ranges, const char *format,
                         unsigned holds)
{
    size_t n_volumes = 0, n_colours = 0;

    for (size_t i = 0; i < ranges->n_ranges; i++) {
        n_volumes += ranges->ranges[i].volume != 0;
        n_colours += ranges->ranges[i].colour != 0;
    }
    if (!(holds & IA_HOLDS_CHARGE))
        warn_lost_ions(ctx, ranges, format, holds);
    if (!(holds & IA_HOLDS_VOLUME) && n_volumes > 0)
        ia_warn(ctx, "%s holds no atomic volumes: %zu ranges lose theirs", format,
                n_volumes);
    if (!(holds & IA_HOLDS_COLOUR) && n_colours > 0)
        ia_warn(ctx, "%s holds no colours: %zu ranges lose theirs", format, n_colours);
}

ia_status ia_stream_check(ia_ctx *ctx, void *stream)
{
    if (ferror((FILE *)stream))
        return ia_fail(ctx, IA_ERR_IO, "the ranges could not be written: %s",
                       strerror(errno));
    return IA_OK;
}

size_t ia_ranges_names_with(const ia_ranges *ranges, char character)
{
    size_t n = 0;
    for (size_t i = 0; i < ranges->n_ions; i++)
        n += strchr(ranges->ions[i].name, character) != NULL;
    return n;
}
