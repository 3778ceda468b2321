// src/spatial/every.c: every ion, ranged or not, as one species.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"

#include <float.h>
#include <string.h>

static const char every_name[] = "all";

bool ia_every_is_asked(const char *from)
{
    return strcmp(from, every_name) == 0;
}

ia_status ia_every_check(ia_ctx *ctx, const char *to)
{
    if (!*to || ia_every_is_asked(to))
        return IA_OK;
    return ia_fail(ctx, IA_ERR_PARAM,
                   "to = '%s': from = 'all' asks about every ion, ranged or not, about "
                   "every other one; 'all' or nothing was expected",
                   to);
}

ia_status ia_every_build(ia_ctx *ctx, ia_every *out)
{
    ia_every every = {.species = {.name = ""}};
    ia_ion ion = {.n_parts = 0};
    ia_range range = {.lo = -DBL_MAX, .hi = DBL_MAX};
    memcpy(ion.name, every_name, sizeof every_name);
    memcpy(every.species.name, every_name, sizeof every_name);
    ia_status st = ia_ranges_add_ion(ctx, &every.ranges, &ion, &range.ion);
    if (st == IA_OK && (st = ia_ranges_add(ctx, &every.ranges, &range)) == IA_OK)
        st = ia_ranger_build(ctx, &every.ranges, &every.ranger);
    if (st == IA_OK)
        *out = every;
    else
        ia_every_clear(&every);
    return st;
}

void ia_every_clear(ia_every *every)
{
    ia_ranger_clear(&every->ranger);
    ia_ranges_clear(&every->ranges);
}
