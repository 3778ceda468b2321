// src/io/erlangen.c: the ranges in HDF5 files of the Erlangen toolbox.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"
#include "io/h5any.h"
#include "io/h5formats.h"
#include "io/range_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANGES "/atomProbeTomography/massToChargeRange"
#define IONS   "/atomProbeTomography/identifiedIon"

int ia_erlangen_sniff(const unsigned char *bytes, size_t n)
{
    static const char *const names[] = {RANGES, NULL};
    return ia_h5_is(bytes, n, names) ? 98 : 0;
}

static bool is_number(const char *name)
{
    return *name && name[strspn(name, "0123456789")] == '\0';
}

// Members are called 1, 2, ... 10; HDF5 sorts them as texts.
static int by_number(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    size_t n_left = strlen(left), n_right = strlen(right);
    if (n_left != n_right && is_number(left) && is_number(right))
        return n_left < n_right ? -1 : 1;
    return strcmp(left, right);
}

static ia_status get_ion(ia_h5 *h5, const char *name, ia_ion *ion)
{
    char *text = NULL;
    ia_status st = ia_h5_get_attr_text(h5, name, "ion", &text);
    if (st != IA_OK)
        return st;
    *ion = ia_span_ion(ia_span_of(text));
    free(text);
    return IA_OK;
}

static ia_status get_bound(ia_h5 *h5, const char *name, const char *attr, double *bound)
{
    size_t n;
    return ia_h5_any_attr(h5, name, attr, 1, bound, &n);
}

// Red, green and blue in [0, 1]; black where there is none.
static ia_status get_colour(ia_h5 *h5, const char *name, uint32_t *colour)
{
    double rgb[3] = {0};
    size_t n = 0;
    ia_status st = IA_OK;
    if (ia_h5_has_attr(h5, name, "color"))
        st = ia_h5_any_attr(h5, name, "color", 3, rgb, &n);
    if (st != IA_OK)
        return st;
    *colour = 0;
    for (int i = 0; i < 3; i++)
        *colour = *colour << 8 | (uint32_t)lround(255 * fmin(fmax(rgb[i], 0), 1));
    return IA_OK;
}

// A member that is listed and not there is a link that is not followed.
static ia_status check_link(ia_h5 *h5, const char *name)
{
    ia_ctx *ctx = h5->ctx;
    h5->ctx = NULL; // one sentence for all of them
    bool there = ia_h5_has(h5, name);
    h5->ctx = ctx;
    if (there)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "%s: the range %s is a link to another file, or to nothing, which is "
                   "not followed",
                   h5->path, name);
}

static ia_status get_range(ia_h5 *h5, const char *member, ia_ranges *ranges)
{
    char name[IA_H5_NAME_MAX];
    ia_range range = {0};
    ia_ion ion;
    ia_status st;
    if ((st = ia_h5_join(h5, RANGES, member, name)) != IA_OK ||
        (st = check_link(h5, name)) != IA_OK || (st = get_ion(h5, name, &ion)) != IA_OK ||
        (st = get_bound(h5, name, "begin", &range.lo)) != IA_OK ||
        (st = get_bound(h5, name, "end", &range.hi)) != IA_OK ||
        (st = get_colour(h5, name, &range.colour)) != IA_OK)
        return st;
    return ia_ranges_take(h5->ctx, ranges, &ion, &range);
}

static ia_status get_ranges(ia_h5 *h5, ia_ranges *ranges)
{
    char **members = NULL;
    size_t n = 0, n_ions = 0;
    ia_status st = ia_h5_list(h5, RANGES, &n, &members);
    if (st != IA_OK)
        return st;
    if (n > 0)
        qsort(members, n, sizeof *members, by_number);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        if ((st = ia_step(h5->ctx, "reading", (double)i / (double)n)) == IA_OK)
            st = get_range(h5, members[i], ranges);
    ia_h5_free_texts(members, n);
    if (st == IA_OK && ia_h5_has(h5, IONS)) {
        char **ions = NULL;
        if ((st = ia_h5_list(h5, IONS, &n_ions, &ions)) == IA_OK)
            ia_h5_free_texts(ions, n_ions);
    }
    ranges->n_ions_written = n_ions;
    return st;
}

ia_status ia_erlangen_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    return ia_h5_read_ranges(ctx, source, get_ranges, "erlangen", out);
}
