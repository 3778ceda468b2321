// src/io/analysis.c: the ranges of .analysis files of IVAS, Java objects as XML.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"
#include "io/xml.h"

#define MANAGER "com.imago.core.atomdata.AtomDataRangeManager"
#define KIND    "com.imago.core.atomdata.AtomDataRealRange"
#define RANGE   "com.imago.core.atomdata.RealRange"

// A kind of ion is an object in a range manager, its ranges and its colour are objects in
// it. Each is open from the depth at which it began (0: none is) to the same depth again.
typedef struct {
    ia_ctx *ctx;
    ia_ranges ranges;
    size_t manager, kind, range, colour, element; // depths
    size_t n_managers, n_ignored, first_ignored, n_kinds;
    char kind_name[2 * IA_ION_NAME], element_name[2 * IA_ION_NAME];
    size_t first_range, line; // of the kind and the range that are open
    double numbers[3];        // lower bound, upper bound, volume
    size_t n_numbers;
    ia_recipe recipe;
    uint32_t rgb[3];
    size_t n_rgb;
} reader;

static void begin_kind(reader *in, size_t depth)
{
    in->kind = depth;
    in->n_kinds++;
    in->kind_name[0] = '\0';
    in->first_range = in->ranges.n_ranges;
    in->n_rgb = 0;
}

static void begin_range(reader *in, const ia_xml *xml)
{
    in->range = ia_xml_depth(xml);
    in->line = ia_xml_line(xml);
    in->n_numbers = 0;
    in->recipe = (ia_recipe){0};
}

static void begin_manager(reader *in, const ia_xml *xml)
{
    in->manager = ia_xml_depth(xml);
    if (in->n_managers++ > 0 && in->ranges.n_ranges > 0 && in->n_ignored++ == 0)
        in->first_ignored = ia_xml_line(xml);
}

static ia_status begin_element(void *user, const ia_xml *xml,
                               const char *const *attributes)
{
    reader *in = user;
    size_t depth = ia_xml_depth(xml);
    const char *class = ia_xml_attribute(attributes, "class");
    if (ia_xml_is(xml, "object")) {
        if (strcmp(class, MANAGER) == 0 && !in->manager)
            begin_manager(in, xml);
        if (in->n_ignored > 0)
            return IA_OK; // the first manager is that of the whole specimen
        if (strcmp(class, KIND) == 0 && !in->kind)
            begin_kind(in, depth);
        if (strcmp(class, RANGE) == 0 && in->kind && !in->range)
            begin_range(in, xml);
        if (strcmp(class, "java.awt.Color") == 0 && in->kind && !in->range)
            in->colour = depth;
    }
    if (ia_xml_is(xml, "void") && in->range && !in->element &&
        strcmp(ia_xml_attribute(attributes, "method"), "addElement") == 0) {
        in->element = depth;
        in->element_name[0] = '\0';
    }
    return IA_OK;
}

static ia_status fail_value(reader *in, const ia_xml *xml, ia_span text, const char *what)
{
    return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: \"%s\" is no %s", ia_xml_line(xml),
                   ia_span_quote(text).text, what);
}

static ia_status end_double(reader *in, const ia_xml *xml, ia_span text)
{
    size_t parent = ia_xml_depth(xml) - 1;
    unsigned count;
    if (in->element && parent == in->element) {
        if (!ia_span_atoms(text, &count))
            return fail_value(in, xml, text, "number of atoms");
        ia_ion element = ia_span_ion(ia_span_of(in->element_name));
        ia_recipe_add(&in->recipe, &element, count);
    } else if (in->range && parent == in->range && in->n_numbers < 3) {
        if (!ia_span_f64(text, false, &in->numbers[in->n_numbers++]))
            return fail_value(in, xml, text, "bound or volume of a range");
    }
    return IA_OK;
}

static void end_string(reader *in, const ia_xml *xml, ia_span text)
{
    size_t parent = ia_xml_depth(xml) - 1;
    if (in->element && parent == in->element)
        ia_span_copy(text, in->element_name, sizeof in->element_name);
    else if (in->kind && parent == in->kind)
        ia_span_copy(text, in->kind_name, sizeof in->kind_name);
}

static ia_status end_int(reader *in, const ia_xml *xml, ia_span text)
{
    uint64_t value;
    if (!in->colour || ia_xml_depth(xml) - 1 != in->colour || in->n_rgb == 3)
        return IA_OK;
    if (!ia_span_u64(text, &value) || value > 255)
        return fail_value(in, xml, text, "part of a colour, 0 to 255");
    in->rgb[in->n_rgb++] = (uint32_t)value;
    return IA_OK;
}

static ia_status end_range(reader *in)
{
    in->range = 0;
    if (in->n_numbers < 2)
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: a range without its two bounds",
                       in->line);
    if (in->n_numbers > 2 && !(in->numbers[2] >= 0 && isfinite(in->numbers[2])))
        return ia_fail(in->ctx, IA_ERR_FORMAT, "line %zu: %g is no atomic volume",
                       in->line, in->numbers[2]);
    ia_range range = {.lo = in->numbers[0],
                      .hi = in->numbers[1],
                      .line = (uint32_t)in->line,
                      .volume = in->n_numbers > 2 ? in->numbers[2] : 0};
    ia_ion ion = ia_recipe_ion(&in->recipe, ia_span_of(in->kind_name));
    return ia_ranges_take(in->ctx, &in->ranges, &ion, &range);
}

// The colour comes after the ranges.
static void end_kind(reader *in)
{
    in->kind = 0;
    for (size_t i = in->first_range; i < in->ranges.n_ranges && in->n_rgb == 3; i++)
        in->ranges.ranges[i].colour = in->rgb[0] << 16 | in->rgb[1] << 8 | in->rgb[2];
}

static ia_status end_element(void *user, const ia_xml *xml, ia_span text)
{
    reader *in = user;
    size_t depth = ia_xml_depth(xml);
    if (ia_xml_is(xml, "double"))
        return end_double(in, xml, text);
    if (ia_xml_is(xml, "string"))
        end_string(in, xml, text);
    if (ia_xml_is(xml, "int"))
        return end_int(in, xml, text);
    if (depth == in->element)
        in->element = 0;
    if (depth == in->colour)
        in->colour = 0;
    if (depth == in->manager)
        in->manager = 0;
    if (depth == in->range)
        return end_range(in);
    if (depth == in->kind)
        end_kind(in);
    return IA_OK;
}

int ia_analysis_sniff(const unsigned char *bytes, size_t n)
{
    if (!ia_xml_mentions(bytes, n, "java.beans.XMLDecoder"))
        return 0;
    return ia_xml_mentions(bytes, n, "com.imago.") ? 95 : 0;
}

ia_status ia_analysis_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    static const ia_xml_handler handler = {begin_element, end_element};
    reader in = {.ctx = ctx};
    ia_span document = {(const char *)source->bytes, source->n};
    ia_status st = ia_xml_parse(ctx, document, 1, &handler, &in);

    if (st == IA_OK && in.n_ignored > 0)
        ia_warn(ctx,
                "the ranges of the whole specimen are taken; others are left out: %zu "
                "(first line %zu)",
                in.n_ignored, in.first_ignored);
    in.ranges.n_ions_written = in.n_kinds;
    return ia_ranges_finish(ctx, st, "analysis", &in.ranges, out);
}
