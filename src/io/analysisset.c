// src/io/analysisset.c: the ranges of .analysisset files of AP Suite.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"
#include "io/xml.h"

// An ion of the list in front of the ranges.
typedef struct {
    ia_ion ion;
    double volume;
    uint32_t colour;
} listed;

typedef struct {
    ia_ctx *ctx;
    ia_ranges ranges;
    listed *ions; // (n_ions) of `room`
    size_t n_ions, room;
    size_t n_lists;                  // of ranges, one for each ion
    size_t n_ignored, first_ignored; // documents with ranges after the first such
    size_t content_line;             // where the document in <Content> begins
    bool has_min, has_max;           // the range that is open
    ia_range range;
    listed ion; // the ion that is open
    ia_recipe recipe;
    char name[2 * IA_ION_NAME], element[2 * IA_ION_NAME];
    unsigned rgb[3];
} reader;

static ia_status fail_value(reader *in, const ia_xml *xml, ia_span text, const char *what)
{
    return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: \"%s\" is no %s", ia_xml_line(xml),
                   ia_span_quote(text).text, what);
}

static ia_status begin_ion(reader *in)
{
    in->ion = (listed){0};
    in->recipe = (ia_recipe){0};
    in->name[0] = '\0';
    memset(in->rgb, 0, sizeof in->rgb);
    return IA_OK;
}

static ia_status begin_inner(void *user, const ia_xml *xml, const char *const *attributes)
{
    reader *in = user;
    (void)attributes;
    if (ia_xml_is(xml, "Ions/IonTypeInfoRecord"))
        return begin_ion(in);
    if (ia_xml_is(xml, "IonTypeInfoRecord/Formula/Element"))
        in->element[0] = '\0';
    if (ia_xml_is(xml, "RangesPerIon/ArrayOfRangeEntry") && ++in->n_lists > in->n_ions)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: ranges of ion %zu; %zu ions are listed before them",
                       ia_xml_line(xml), in->n_lists, in->n_ions);
    if (ia_xml_is(xml, "ArrayOfRangeEntry/RangeEntry")) {
        in->range = (ia_range){.line = (uint32_t)ia_xml_line(xml)};
        in->has_min = in->has_max = false;
    }
    return IA_OK;
}

static ia_status end_ion(reader *in)
{
    if (in->n_ions == in->room) {
        size_t room = 2 * in->room + 16;
        listed *bigger = ia_array(in->ctx, room, sizeof *bigger);
        if (!bigger)
            return IA_ERR_MEMORY;
        if (in->n_ions > 0)
            memcpy(bigger, in->ions, in->n_ions * sizeof *bigger);
        free(in->ions);
        in->ions = bigger;
        in->room = room;
    }
    in->ion.ion = ia_recipe_ion(&in->recipe, ia_span_of(in->name));
    in->ion.colour = in->rgb[0] << 16 | in->rgb[1] << 8 | in->rgb[2];
    in->ions[in->n_ions++] = in->ion;
    return IA_OK;
}

static ia_status end_count(reader *in, const ia_xml *xml, ia_span text)
{
    unsigned count;
    if (!ia_span_atoms(text, &count))
        return fail_value(in, xml, text, "number of atoms");
    if (in->element[0] == '\0')
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: a number of atoms without an element",
                       ia_xml_line(xml));
    ia_ion element = ia_span_ion(ia_span_of(in->element));
    ia_recipe_add(&in->recipe, &element, count);
    return IA_OK;
}

static ia_status end_colour(reader *in, const ia_xml *xml, ia_span text, int part)
{
    uint64_t value;
    if (!ia_span_u64(text, &value) || value > 255)
        return fail_value(in, xml, text, "part of a colour, 0 to 255");
    in->rgb[part] = (unsigned)value;
    return IA_OK;
}

// What describes an ion.
static ia_status end_description(reader *in, const ia_xml *xml, ia_span text)
{
    if (ia_xml_is(xml, "IonTypeInfoRecord/Name"))
        ia_span_copy(text, in->name, sizeof in->name);
    if (ia_xml_is(xml, "Formula/Element/Name"))
        ia_span_copy(text, in->element, sizeof in->element);
    if (ia_xml_is(xml, "Formula/Element/Count"))
        return end_count(in, xml, text);
    if (ia_xml_is(xml, "IonTypeInfoRecord/Color/R"))
        return end_colour(in, xml, text, 0);
    if (ia_xml_is(xml, "IonTypeInfoRecord/Color/G"))
        return end_colour(in, xml, text, 1);
    if (ia_xml_is(xml, "IonTypeInfoRecord/Color/B"))
        return end_colour(in, xml, text, 2);
    if (ia_xml_is(xml, "IonTypeInfoRecord/Volume") &&
        (!ia_span_f64(text, false, &in->ion.volume) ||
         !(in->ion.volume >= 0 && isfinite(in->ion.volume))))
        return fail_value(in, xml, text, "atomic volume");
    return IA_OK;
}

static ia_status end_range(reader *in, const ia_xml *xml)
{
    if (!in->has_min || !in->has_max)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: a range without its two bounds, Min and Max",
                       ia_xml_line(xml));
    const listed *ion = &in->ions[in->n_lists - 1];
    in->range.volume = ion->volume;
    in->range.colour = ion->colour;
    return ia_ranges_take(in->ctx, &in->ranges, &ion->ion, &in->range);
}

static ia_status end_inner(void *user, const ia_xml *xml, ia_span text)
{
    reader *in = user;
    if (ia_xml_is(xml, "Ions/IonTypeInfoRecord"))
        return end_ion(in);
    if (ia_xml_is(xml, "RangesPerIon/ArrayOfRangeEntry/RangeEntry"))
        return end_range(in, xml);
    if (ia_xml_is(xml, "RangeEntry/Min")) {
        in->has_min = ia_span_f64(text, false, &in->range.lo);
        return in->has_min ? IA_OK : fail_value(in, xml, text, "bound of a range in Da");
    }
    if (ia_xml_is(xml, "RangeEntry/Max")) {
        in->has_max = ia_span_f64(text, false, &in->range.hi);
        return in->has_max ? IA_OK : fail_value(in, xml, text, "bound of a range in Da");
    }
    return end_description(in, xml, text);
}

static bool holds(ia_span text, const char *word)
{
    return text.n > 0 && memmem(text.at, text.n, word, strlen(word)) != NULL;
}

static ia_status begin_outer(void *user, const ia_xml *xml, const char *const *attributes)
{
    reader *in = user;
    (void)attributes;
    if (ia_xml_is(xml, "ExportAnalysisModel/Content"))
        in->content_line = ia_xml_line(xml);
    return IA_OK;
}

// Each node of the analysis carries a document of its own, escaped, in <Content>. The
// first with ranges is that of the whole specimen.
static ia_status end_outer(void *user, const ia_xml *xml, ia_span text)
{
    static const ia_xml_handler inner = {begin_inner, end_inner};
    reader *in = user;
    if (!ia_xml_is(xml, "ExportAnalysisModel/Content") || !holds(text, "RangesPerIon"))
        return IA_OK;
    if (in->n_lists > 0) {
        if (in->n_ignored++ == 0)
            in->first_ignored = in->content_line;
        return IA_OK;
    }
    ia_status st = ia_xml_parse(in->ctx, text, in->content_line, &inner, in);
    if (st == IA_OK && in->n_lists < in->n_ions)
        st = ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: %zu lists of ranges for %zu ions",
                     in->content_line, in->n_lists, in->n_ions);
    return st;
}

int ia_analysisset_sniff(const unsigned char *bytes, size_t n)
{
    return ia_xml_mentions(bytes, n, "<ExportAnalysisModel") ? 95 : 0;
}

ia_status ia_analysisset_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    static const ia_xml_handler outer = {begin_outer, end_outer};
    reader in = {.ctx = ctx};
    ia_span document = {(const char *)source->bytes, source->n};
    ia_status st = ia_xml_parse(ctx, document, 1, &outer, &in);

    if (st == IA_OK && in.n_ignored > 0)
        ia_warn(ctx,
                "the ranges of the whole specimen are taken; others are left out: %zu "
                "(first line %zu)",
                in.n_ignored, in.first_ignored);
    in.ranges.n_ions_written = in.n_ions;
    free(in.ions);
    return ia_ranges_finish(ctx, st, "analysisset", &in.ranges, out);
}
