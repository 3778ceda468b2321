// src/core/ranges.c: collecting ranges and checking what a file says about them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ion_name.h"
#include "core/name_list.h"

#include <ionatlas/ranges.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ia_ranges_clear(ia_ranges *ranges)
{
    free(ranges->ions);
    free(ranges->ranges);
    free(ranges->path);
    *ranges = (ia_ranges){0};
}

// Room for one more value: a list that holds 0, 16, 32, 64, ... is full and is doubled.
static ia_status make_room(ia_ctx *ctx, void **list, size_t n, size_t size)
{
    bool full = n == 0 || (n >= 16 && (n & (n - 1)) == 0);

    if (!full)
        return IA_OK;
    void *larger = ia_array(ctx, n ? 2 * n : 16, size);
    if (!larger)
        return IA_ERR_MEMORY;
    if (n)
        memcpy(larger, *list, n * size);
    free(*list);
    *list = larger;
    return IA_OK;
}

ia_status ia_ranges_add_ion(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion,
                            uint32_t *index)
{
    void *list = ranges->ions;
    ia_status st;

    for (size_t i = 0; i < ranges->n_ions; i++) {
        if (ia_ion_is_equal(&ranges->ions[i], ion)) {
            *index = (uint32_t)i;
            return IA_OK;
        }
    }
    if ((st = make_room(ctx, &list, ranges->n_ions, sizeof *ion)) != IA_OK)
        return st;
    ranges->ions = list;
    ranges->ions[ranges->n_ions] = *ion;
    *index = (uint32_t)ranges->n_ions++;
    return IA_OK;
}

ia_status ia_ranges_add(ia_ctx *ctx, ia_ranges *ranges, const ia_range *range)
{
    void *list = ranges->ranges;
    ia_status st;

    if ((st = make_room(ctx, &list, ranges->n_ranges, sizeof *range)) != IA_OK)
        return st;
    ranges->ranges = list;
    ranges->ranges[ranges->n_ranges++] = *range;
    return IA_OK;
}

// What a check works on: the ranges in ascending order and what is worth a warning.
typedef struct {
    ia_ranges *ranges;
    size_t *order; // (n_ranges)
    size_t n_narrow, first_narrow;
    size_t n_joined, first_joined[2];
} checker;

static const ia_ion *ion_of(const ia_ranges *ranges, size_t i)
{
    return &ranges->ions[ranges->ranges[i].ion];
}

// "line 7" of the file or, where there is none, "range 3".
static const char *place_of(const ia_ranges *ranges, size_t i, char text[32])
{
    uint32_t line = ranges->ranges[i].line;

    if (line)
        snprintf(text, 32, "line %u", line);
    else
        snprintf(text, 32, "range %zu", i + 1);
    return text;
}

static ia_status check_bounds(ia_ctx *ctx, checker *c)
{
    const double narrow = 1.0 / 2000;
    char place[32];

    for (size_t i = 0; i < c->ranges->n_ranges; i++) {
        const ia_range *r = &c->ranges->ranges[i];
        const char *name = ion_of(c->ranges, i)->name;
        place_of(c->ranges, i, place);
        if (!isfinite(r->lo) || !isfinite(r->hi))
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s: a bound of the range of %s is not finite", place, name);
        if (r->hi == r->lo)
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s: the range of %s is empty: it begins and ends at %.10g Da",
                           place, name, r->lo);
        if (r->hi < r->lo)
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s: the range of %s is reversed: %.10g Da to %.10g Da", place,
                           name, r->lo, r->hi);
        if (r->lo < 0)
            ia_warn(ctx,
                    "%s: the range of %s begins below 0 Da, where no ion is: %.10g "
                    "Da to %.10g Da",
                    place, name, r->lo, r->hi);
        if (r->hi - r->lo < narrow && c->n_narrow++ == 0)
            c->first_narrow = i;
    }
    return IA_OK;
}

static int by_lo(const void *a, const void *b, void *user)
{
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const ia_range *x = (const ia_range *)user + i, *y = (const ia_range *)user + j;

    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return (i > j) - (i < j);
}

static ia_status sort_ranges(ia_ctx *ctx, const ia_ranges *ranges, size_t **out)
{
    size_t *order = ia_array(ctx, ranges->n_ranges, sizeof *order);

    if (!order)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranges->n_ranges; i++)
        order[i] = i;
    if (ranges->n_ranges)
        qsort_r(order, ranges->n_ranges, sizeof *order, by_lo, ranges->ranges);
    *out = order;
    return IA_OK;
}

static ia_status fail_overlap(ia_ctx *ctx, const ia_ranges *ranges, size_t i, size_t j)
{
    size_t first = i < j ? i : j, second = i < j ? j : i;
    const ia_range *a = &ranges->ranges[first], *b = &ranges->ranges[second];
    char one[32], two[32];

    return ia_fail(
        ctx, IA_ERR_FORMAT,
        "%s and %s: %s %.10g-%.10g Da and %s %.10g-%.10g Da overlap; ranges of "
        "different ions must not",
        place_of(ranges, first, one), place_of(ranges, second, two),
        ion_of(ranges, first)->name, a->lo, a->hi, ion_of(ranges, second)->name, b->lo,
        b->hi);
}

static void note_joined(checker *c, size_t i, size_t j)
{
    if (c->n_joined++ == 0) {
        c->first_joined[0] = i < j ? i : j;
        c->first_joined[1] = i < j ? j : i;
    }
}

// A run of ranges in ascending order, each of which overlaps those before it.
typedef struct {
    size_t begin, end; // into the order
    size_t reaching;   // the range that reaches farthest
    size_t charged;    // the first one with a charge, else the first one
} cluster;

// Grow the cluster that begins at cl->begin as far as it goes. All its ranges must be of
// one ion; those without a charge go with the one that has one.
static ia_status grow_cluster(ia_ctx *ctx, checker *c, cluster *cl)
{
    const ia_ranges *all = c->ranges;

    cl->reaching = cl->charged = c->order[cl->begin];
    for (cl->end = cl->begin + 1; cl->end < all->n_ranges; cl->end++) {
        size_t i = c->order[cl->end];
        if (all->ranges[i].lo >= all->ranges[cl->reaching].hi)
            break;
        if (!ia_ion_is_same_matter(ion_of(all, i), ion_of(all, cl->reaching)))
            return fail_overlap(ctx, all, i, cl->reaching);
        if (!ia_ion_is_same_matter(ion_of(all, i), ion_of(all, cl->charged)))
            return fail_overlap(ctx, all, i, cl->charged);
        note_joined(c, i, cl->reaching);
        if (all->ranges[i].hi > all->ranges[cl->reaching].hi)
            cl->reaching = i;
        if (ion_of(all, cl->charged)->charge == 0)
            cl->charged = i;
    }
    return IA_OK;
}

// Give all ranges of a cluster the charge that one of them has, or that its extent
// allows.
static ia_status charge_cluster(ia_ctx *ctx, checker *c, const cluster *cl)
{
    ia_ion ion = *ion_of(c->ranges, cl->charged);
    uint32_t index = c->ranges->ranges[cl->charged].ion;
    ia_status st;

    if (ion.charge == 0 && ion.n_parts > 0) {
        double lo = c->ranges->ranges[c->order[cl->begin]].lo;
        double hi = c->ranges->ranges[cl->reaching].hi;
        ion.charge = (uint8_t)ia_ion_infer_charge(&ion, lo, hi);
        ia_ion_rename(&ion);
        if ((st = ia_ranges_add_ion(ctx, c->ranges, &ion, &index)) != IA_OK)
            return st;
    }
    for (size_t k = cl->begin; k < cl->end; k++)
        c->ranges->ranges[c->order[k]].ion = index;
    return IA_OK;
}

static ia_status check_overlaps(ia_ctx *ctx, checker *c)
{
    ia_status st;

    for (cluster cl = {0}; cl.begin < c->ranges->n_ranges; cl.begin = cl.end)
        if ((st = grow_cluster(ctx, c, &cl)) != IA_OK)
            return st;
    return IA_OK;
}

static ia_status infer_charges(ia_ctx *ctx, checker *c)
{
    ia_status st = IA_OK;

    c->n_joined = 0;
    for (cluster cl = {0}; st == IA_OK && cl.begin < c->ranges->n_ranges;
         cl.begin = cl.end)
        if ((st = grow_cluster(ctx, c, &cl)) == IA_OK)
            st = charge_cluster(ctx, c, &cl);
    return st;
}

static void warn_names(ia_ctx *ctx, const char *what, const ia_name_list *names)
{
    if (names->n > 0)
        ia_warn(ctx,
                "%s: %s; ions in their ranges are counted, but left out of the "
                "composition",
                what, names->text);
}

// Different names may have become one.
static void warn_cut(ia_ctx *ctx, const ia_ranges *ranges)
{
    const char *first = "";
    size_t n = 0;

    for (size_t i = 0; i < ranges->n_ions; i++)
        if (ia_ion_is_cut(&ranges->ions[i]) && n++ == 0)
            first = ranges->ions[i].name;
    if (n > 0)
        ia_warn(ctx, "names cut to %d bytes, with ... at their end: %zu (first %s)",
                (int)IA_ION_NAME - 1, n, first);
}

// Ions that are in ranges and no formulas, or formulas of too much.
static ia_status warn_labels(ia_ctx *ctx, const ia_ranges *ranges)
{
    bool *seen = ia_array(ctx, ranges->n_ions, sizeof *seen);
    ia_name_list strange = {0}, large = {0};
    char too_large[96];

    if (!seen)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_ion *ion = ion_of(ranges, i);
        if (ion->n_parts > 0 || seen[ranges->ranges[i].ion])
            continue;
        seen[ranges->ranges[i].ion] = true;
        ia_name_list_add(ia_ion_name_is_too_large(ion->name) ? &large : &strange, "%s",
                         ion->name);
    }
    snprintf(too_large, sizeof too_large,
             "ions of more than %d elements or isotopes or more than %d atoms",
             (int)IA_ION_PARTS, (int)IA_ION_ATOMS);
    warn_names(ctx, too_large, &large);
    warn_names(ctx, "no chemical formulas", &strange);
    warn_cut(ctx, ranges);
    free(seen);
    return IA_OK;
}

static void warn_shapes(ia_ctx *ctx, const checker *c)
{
    char one[32], two[32];

    if (c->n_joined > 0)
        ia_warn(ctx,
                "ranges that repeat or overlap another of the same ion: %zu (first %s "
                "and %s); "
                "they are merged when ions are ranged",
                c->n_joined, place_of(c->ranges, c->first_joined[0], one),
                place_of(c->ranges, c->first_joined[1], two));
    if (c->n_narrow > 0)
        ia_warn(ctx, "ranges narrower than 1/2000 Da: %zu (first %s)", c->n_narrow,
                place_of(c->ranges, c->first_narrow, one));
}

ia_status ia_ranges_check(ia_ctx *ctx, ia_ranges *ranges)
{
    checker c = {.ranges = ranges};
    ia_status st;

    if ((st = check_bounds(ctx, &c)) != IA_OK ||
        (st = sort_ranges(ctx, ranges, &c.order)) != IA_OK ||
        (st = check_overlaps(ctx, &c)) != IA_OK ||
        (st = infer_charges(ctx, &c)) != IA_OK ||
        (st = warn_labels(ctx, ranges)) != IA_OK)
        goto done;
    warn_shapes(ctx, &c);
done:
    free(c.order);
    return st;
}
