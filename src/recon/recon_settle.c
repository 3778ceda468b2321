// src/recon/recon_settle.c: constants of instruments and elements, where nobody gives
// others.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaporation.h"
#include "recon/recon.h"

#include <ionatlas/ion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// In the order of the words of `preset`. Efficiencies are the maker's; flight paths are
// those of the projection, 0 where none is published.
static const struct {
    double efficiency, flight_path; // 1, mm
} presets[] = {{0, 0},    {0.37, 110}, {0.52, 120},  {0.80, 120},
               {0.52, 0}, {0.624, 0},  {0.3575, 100}};

static const double usual_path = 90, usual_efficiency = 0.52; // mm, 1

// What nobody told: the words of the result, and the sentence with the values.
typedef struct {
    ia_reconstruction *r;
    char told[160];
} assumed;

static void assume(assumed *a, const char *word, double value, const char *unit)
{
    char *words = a->r->assumed, name[32];
    size_t n = strlen(words), m = strlen(a->told);

    snprintf(words + n, sizeof a->r->assumed - n, "%s%s", n > 0 ? " " : "", word);
    snprintf(name, sizeof name, "%s", word);
    for (char *at = name; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    snprintf(a->told + m, sizeof a->told - m, "%s%s %g%s", m > 0 ? ", " : "", name, value,
             unit);
}

static void settle_one(assumed *a, double *value, double known, double usual,
                       const char *const words[2])
{
    if (*value > 0)
        return;
    *value = known > 0 ? known : usual;
    if (!(known > 0))
        assume(a, words[0], usual, words[1]);
}

static const char *const field[] = {"evaporation_field", " V/nm"},
                         *const volume[] = {"atomic_volume", " nm^3"},
                         *const path[] = {"flight_path", " mm"},
                         *const share[] = {"efficiency", ""};

static ia_status settle_element(ia_ctx *ctx, assumed *a)
{
    ia_reconstruct_params *p = &a->r->params;
    const ia_evaporation *usual = ia_evaporation_find("Fe"),
                         *known = ia_evaporation_find(p->element);

    if (p->evaporation_field > 0 && p->atomic_volume > 0)
        return IA_OK;
    if (p->element[0] && !known)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "element = '%s' is none of %s: give --evaporation-field and "
                       "--atomic-volume",
                       p->element, ia_evaporation_symbols);
    settle_one(a, &p->evaporation_field, known ? known->field : 0, usual->field, field);
    settle_one(a, &p->atomic_volume, known ? known->volume : 0, usual->volume, volume);
    return IA_OK;
}

ia_status ia_recon_settle(ia_ctx *ctx, ia_reconstruction *r)
{
    ia_reconstruct_params *p = &r->params;
    assumed a = {.r = r};
    ia_status st = settle_element(ctx, &a);

    if (st != IA_OK)
        return st;
    settle_one(&a, &p->flight_path, presets[p->preset].flight_path, usual_path, path);
    settle_one(&a, &p->efficiency, presets[p->preset].efficiency, usual_efficiency,
               share);
    if (a.told[0])
        ia_warn(ctx, "assumed, since nobody told: %s", a.told);
    return IA_OK;
}
