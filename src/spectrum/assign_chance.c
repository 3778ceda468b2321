// src/spectrum/assign_chance.c: what chance would find: ions that do not exist, chosen
// beside those that do.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"

#include <math.h>
#include <stdlib.h>

// Of the ions told, so many may be there by chance.
static const double FALSE_MOST = 0.05;

typedef struct {
    double odds;
    bool invented;
} finding;

// By falling odds; of equals the invented first, on the safe side.
static int by_odds(const void *a, const void *b)
{
    const finding *x = a, *y = b;

    if (x->odds != y->odds)
        return x->odds < y->odds ? 1 : -1;
    return (int)y->invented - (int)x->invented;
}

static size_t list_findings(const ia_model *m, const double *odds, finding *list)
{
    size_t n = 0;

    for (size_t k = 0; k < m->n_species; k++)
        if (m->species[k].intensity > 0)
            list[n++] = (finding){odds[k], m->species[k].candidate->invented};
    if (n > 0)
        qsort(list, n, sizeof *list, by_odds);
    return n;
}

// `least` ends the longest part of the list, surest first, that holds few enough by
// chance.
static void find_least(const finding *list, size_t n, size_t copies, ia_chance *out)
{
    double found = 0, by_chance = 0;

    out->limits = n > 0;
    out->least = n > 0 ? INFINITY : -INFINITY;
    for (size_t i = 0; i < n; i++) {
        found += !list[i].invented;
        by_chance += list[i].invented ? 1 / (double)copies : 0;
        if (by_chance > FALSE_MOST * found)
            continue;
        out->limits = i + 1 < n;
        out->least = i + 1 < n ? list[i + 1].odds : -INFINITY;
    }
    out->share = by_chance > 0 ? fmin(1, by_chance / fmax(found, by_chance)) : 0;
}

// Elements with an ion above that.
static void find_sure(const ia_model *m, const double *odds, ia_chance *out)
{
    for (size_t k = 0; k < m->n_species; k++) {
        const ia_species *sp = &m->species[k];
        const ia_ion *ion = &sp->candidate->ion;
        if (sp->intensity <= 0 || sp->candidate->invented || odds[k] <= out->least)
            continue;
        for (size_t i = 0; i < ion->n_parts; i++)
            out->sure[ion->parts[i].z] = true;
    }
}

ia_status ia_model_chance(ia_ctx *ctx, ia_model *model, size_t copies, ia_chance *out)
{
    double *odds = ia_array(ctx, model->n_species, sizeof *odds);
    finding *list = ia_array(ctx, model->n_species, sizeof *list);
    ia_chance chance = {.limits = false};
    ia_status st = odds && list ? ia_model_odds(ctx, model, odds) : IA_ERR_MEMORY;

    if (st != IA_OK)
        goto done;
    find_least(list, list_findings(model, odds, list), copies, &chance);
    find_sure(model, odds, &chance);
    *out = chance;
done:
    free(odds);
    free(list);
    return st;
}

ia_status ia_model_sure(ia_ctx *ctx, ia_model *model, ia_chance *chance)
{
    const double surer = 5; // odds 150 times as good: chance had no part in this choice
    double *odds = ia_array(ctx, model->n_species, sizeof *odds);
    ia_status st = odds ? ia_model_odds(ctx, model, odds) : IA_ERR_MEMORY;

    for (size_t k = 0; st == IA_OK && k < model->n_species; k++)
        odds[k] -= surer;
    if (st == IA_OK)
        find_sure(model, odds, chance);
    free(odds);
    return st;
}
