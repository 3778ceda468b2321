// src/io/ply.c: PLY, points with species, read as ions and as ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/ply.h"
#include "io/range_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// m/n of a species is one number, so a range needs no more than its rounding.
static const double half_width = 0.001; // Da

int ia_ply_sniff(const unsigned char *bytes, size_t n)
{
    return n >= 4 && memcmp(bytes, "ply", 3) == 0 &&
                   (bytes[3] == '\n' || bytes[3] == '\r')
               ? 95
               : 0;
}

static ia_status check_size(ia_ctx *ctx, const ia_source *source, const ia_ply_header *h)
{
    // A value of a text is a digit and a blank at least.
    size_t rest = h->lines.rest.n, least = h->ascii ? 2 * h->n_properties : h->n_bytes;
    size_t n_fit = (rest + h->ascii) / least;
    if (h->n <= n_fit)
        return IA_OK;
    if (h->ascii)
        return ia_fail(ctx, IA_ERR_FORMAT, "%zu points do not fit the %zu bytes left",
                       h->n, rest);
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "point %zu of %zu at byte %zu is cut short: %zu of %zu bytes",
                   n_fit + 1, h->n, source->n - rest + n_fit * h->n_bytes,
                   rest - n_fit * h->n_bytes, h->n_bytes);
}

// A line of text into the wanted properties of one point.
static ia_status read_point(ia_ctx *ctx, const ia_ply_header *h, const ia_lines *lines,
                            ia_span line, double *values)
{
    ia_span word;
    size_t place = 0;
    for (; ia_span_word(&line, &word); place++)
        for (size_t w = 0; w < IA_PLY_N; w++)
            if (h->properties[w].has && h->properties[w].place == place &&
                !ia_span_f64(word, false, &values[w]))
                return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: '%s' is no number",
                               lines->number, ia_span_quote(word).text);
    if (place != h->n_properties)
        return ia_fail(ctx, IA_ERR_FORMAT, "line %zu has %zu values, %zu were expected",
                       lines->number, place, h->n_properties);
    return IA_OK;
}

// Text becomes (n, IA_PLY_N + 1) numbers in memory; of other files only m/n is there.
static ia_status read_text(ia_ctx *ctx, const ia_ply_header *h, double *values)
{
    ia_lines lines = h->lines;
    ia_span line;
    ia_status st = IA_OK;
    for (size_t i = 0; i < h->n && st == IA_OK; i++) {
        if (!ia_lines_next_filled(&lines, &line))
            return ia_fail(ctx, IA_ERR_FORMAT, "holds %zu of %zu points", i, h->n);
        st = read_point(ctx, h, &lines, line, values + i * (IA_PLY_N + 1));
        if (st == IA_OK && i % (1 << 16) == 0)
            st = ia_step(ctx, "reading", (double)i / (double)h->n);
    }
    return st;
}

static ia_view view_of(const ia_source *source, const ia_ply_header *h,
                       const double *values, ia_ply_id w)
{
    const ia_ply_property *p = &h->properties[w];
    if (h->ascii)
        return (ia_view){.at = (const unsigned char *)(values + w),
                         .stride = (IA_PLY_N + 1) * sizeof *values,
                         .kind = IA_VIEW_F64};
    return (ia_view){.at = source->bytes + (source->n - h->lines.rest.n) + p->offset,
                     .stride = h->n_bytes,
                     .kind = p->kind,
                     .swapped = h->swapped};
}

// The list says how many ions each species has; a wrong list may name the wrong species.
static void check_counts(ia_ctx *ctx, const ia_ply_header *h, const ia_ply_species *list,
                         const uint64_t *counts)
{
    for (size_t s = 0; s < h->n_species; s++)
        if (list[s].counted && list[s].n != counts[s]) {
            ia_warn(ctx, "line %zu lists %llu ions of %s, %llu points are such",
                    list[s].line, (unsigned long long)list[s].n, list[s].ion.name,
                    (unsigned long long)counts[s]);
            return;
        }
}

static void tell_made_up(ia_ctx *ctx, const ia_ply_header *h, const ia_ply_species *list,
                         const uint64_t *counts)
{
    uint64_t n_nameless = 0;
    for (size_t s = 0; s < h->n_species; s++)
        n_nameless += list[s].mass > 0 ? 0 : counts[s];
    ia_warn(ctx, "has species and no m/n: an ion's m/n is that of its species, singly "
                 "charged");
    if (n_nameless > 0)
        ia_warn(ctx, "%llu points are of a species that is no ion and have m/n 0",
                (unsigned long long)n_nameless);
}

// m/n of every point by its species, `step` numbers apart.
static ia_status give_masses(ia_ctx *ctx, const ia_ply_header *h, const ia_view *species,
                             const ia_ply_species *list, double *masses)
{
    size_t step = h->ascii ? IA_PLY_N + 1 : 1;
    uint64_t *counts = ia_array(ctx, h->n_species, sizeof *counts);
    if (!counts)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < h->n; i++) {
        double index = ia_view_value(species, i);
        if (!(index >= 0 && index < (double)h->n_species) || index != floor(index)) {
            free(counts);
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "point %zu has species %g, the comments list 0 to %zu", i + 1,
                           index, h->n_species - 1);
        }
        masses[i * step] = list[(size_t)index].mass;
        counts[(size_t)index]++;
    }
    check_counts(ctx, h, list, counts);
    tell_made_up(ctx, h, list, counts);
    free(counts);
    return IA_OK;
}

static ia_status add_species(ia_ctx *ctx, const ia_source *source, const ia_ply_header *h,
                             ia_views *views, ia_ions *ions)
{
    ia_ply_species *list = NULL;
    double *masses = views->owned + (h->ascii ? IA_PLY_N : 0);
    ia_view species = view_of(source, h, views->owned, IA_PLY_SPECIES);
    ia_status st = ia_ply_read_species(ctx, source, h, &list);
    if (st == IA_OK)
        st = give_masses(ctx, h, &species, list, masses);
    free(list);
    if (st != IA_OK)
        return st;
    views->views[IA_MASS][0] =
        (ia_view){.at = (const unsigned char *)masses,
                  .stride = (h->ascii ? IA_PLY_N + 1 : 1) * sizeof *masses,
                  .kind = IA_VIEW_F64};
    ia_views_add(views, ions, IA_MASS);
    return IA_OK;
}

static ia_status add_columns(ia_ctx *ctx, const ia_source *source, const ia_ply_header *h,
                             ia_views *views, ia_ions *ions)
{
    for (size_t k = 0; k < 3; k++)
        views->views[IA_XYZ][k] = view_of(source, h, views->owned, (ia_ply_id)k);
    ia_views_add(views, ions, IA_XYZ);
    if (h->properties[IA_PLY_MASS].has) {
        views->views[IA_MASS][0] = view_of(source, h, views->owned, IA_PLY_MASS);
        ia_views_add(views, ions, IA_MASS);
        return IA_OK;
    }
    return h->properties[IA_PLY_SPECIES].has ? add_species(ctx, source, h, views, ions)
                                             : IA_OK;
}

ia_status ia_ply_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_ply_header h;
    ia_ions ions = {0};
    ia_views *views = NULL;
    ia_status st;
    if ((st = ia_ply_read_header(ctx, source, &h)) != IA_OK ||
        (st = check_size(ctx, source, &h)) != IA_OK)
        return st;
    ions.n = h.n;
    size_t n_owned = h.ascii ? IA_PLY_N + 1 : h.properties[IA_PLY_SPECIES].has;
    if (!(views = ia_array(ctx, 1, sizeof *views)) ||
        !(views->owned = ia_array(ctx, h.n, n_owned * sizeof *views->owned))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((h.ascii && (st = read_text(ctx, &h, views->owned)) != IA_OK) ||
        (st = add_columns(ctx, source, &h, views, &ions)) != IA_OK ||
        (st = ia_views_adopt(ctx, views, source, &ions)) != IA_OK)
        goto done;
    views = NULL; // the table's now
    if (h.n_left > 0)
        ia_warn(ctx, "properties not kept (%zu): %s", h.n_left, h.left);
    *out = ions;
done:
    ia_views_free(views);
    return st;
}

ia_status ia_ply_read_ranges(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    ia_ply_header h;
    ia_ply_species *list = NULL;
    ia_ranges ranges = {0};
    ia_status st = ia_ply_read_header(ctx, source, &h);
    if (st != IA_OK)
        return st;
    if (h.n_species == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "its comments list no species");
    st = ia_ply_read_species(ctx, source, &h, &list);
    for (size_t s = 0; s < h.n_species && st == IA_OK; s++) {
        ia_range range = {.lo = list[s].mass - half_width,
                          .hi = list[s].mass + half_width,
                          .line = (uint32_t)list[s].line,
                          .colour = list[s].colour};
        if (list[s].mass > 0)
            st = ia_ranges_take(ctx, &ranges, &list[s].ion, &range);
    }
    free(list);
    ranges.n_ions_written = ranges.n_ions;
    return ia_ranges_finish(ctx, st, "ply", &ranges, out);
}
