// src/spectrum/tails_table.c: whose the late ions are, and where they were counted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_parts.h"

#include <math.h>

// Late ions of one peak in [lo, hi), behind its core.
static double late_ions(const struct ia_background_parts *parts, size_t peak, double lo,
                        double hi)
{
    double from = fmax(lo, parts->tails.list[peak].from), sum = 0;

    for (size_t k = 1; k < parts->reach.n && hi > from; k++)
        sum +=
            parts->tails.weight[k - 1] * ia_tail_of(&parts->tails, peak, k - 1, from, hi);
    return sum;
}

double ia_background_tail_share(const ia_background *background)
{
    const struct ia_background_parts *parts = background->parts;
    double ions = 0, late = 0;

    for (size_t i = 0; parts && i < parts->tails.n; i++) {
        ions += parts->tails.list[i].ions;
        late += late_ions(parts, i, 0, parts->tails.end);
    }
    return ions > 0 ? late / ions : 0;
}

typedef struct {
    double *mass, *ions, *tail, *unranged, *elsewhere;
    char **ion;
} columns;

static ia_status add_columns(ia_ctx *ctx, ia_table *table, columns *c)
{
    c->mass = table ? ia_table_add(ctx, table, "mass_da", IA_F64) : NULL;
    c->ion = c->mass ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    c->ions = c->ion ? ia_table_add(ctx, table, "peak_counts", IA_F64) : NULL;
    c->tail = c->ions ? ia_table_add(ctx, table, "tail_counts", IA_F64) : NULL;
    c->unranged =
        c->tail ? ia_table_add(ctx, table, "tail_unranged_counts", IA_F64) : NULL;
    c->elsewhere =
        c->unranged ? ia_table_add(ctx, table, "tail_elsewhere_counts", IA_F64) : NULL;
    return c->elsewhere ? IA_OK : IA_ERR_MEMORY;
}

static void fill_row(const struct ia_background_parts *parts, size_t i, int32_t own,
                     const ia_ranger *ranger, columns *c)
{
    const ia_tailed *t = &parts->tails.list[i];
    double in_own = 0, ranged = 0;

    for (size_t r = 0; ranger && r < ranger->n; r++) {
        double n = late_ions(parts, i, ranger->lo[r], ranger->hi[r]);
        ranged += n;
        in_own += (int32_t)r == own ? n : 0;
    }
    c->mass[i] = t->mass;
    c->ions[i] = t->ions;
    c->tail[i] = late_ions(parts, i, 0, parts->tails.end);
    c->unranged[i] = fmax(0, c->tail[i] - ranged);
    c->elsewhere[i] = ranged - in_own;
}

ia_status ia_background_tails_table(ia_ctx *ctx, const ia_background *background,
                                    const ia_ranges *ranges, const ia_ranger *ranger,
                                    ia_result *result)
{
    const struct ia_background_parts *parts = background->parts;
    columns c = {.mass = NULL};
    ia_status st = IA_OK;

    if (!parts || parts->tails.n == 0)
        return IA_OK;
    if ((st = add_columns(ctx,
                          ia_result_add(ctx, result, "tails", IA_ROWS, parts->tails.n),
                          &c)) != IA_OK)
        return st;
    for (size_t i = 0; i < parts->tails.n; i++) {
        int32_t own = ranger ? ia_ranger_find(ranger, parts->tails.list[i].mass) : -1;
        bool named = ranges && own >= 0;
        fill_row(parts, i, own, ranger, &c);
        if (!(c.ion[i] = ia_text(ctx, named ? ranges->ions[ranger->ion[own]].name : "")))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}
