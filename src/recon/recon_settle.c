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

static void assume(ia_reconstruction *r, const char *word)
{
    size_t n = strlen(r->assumed);
    snprintf(r->assumed + n, sizeof r->assumed - n, "%s%s", n > 0 ? " " : "", word);
}

static void settle_one(ia_reconstruction *r, double *value, double known, double usual,
                       const char *name)
{
    if (*value > 0)
        return;
    *value = known > 0 ? known : usual;
    if (!(known > 0))
        assume(r, name);
}

static ia_status settle_element(ia_ctx *ctx, ia_reconstruction *r)
{
    ia_reconstruct_params *p = &r->params;
    const ia_evaporation *usual = ia_evaporation_find("Fe"),
                         *known = ia_evaporation_find(p->element);

    if (p->evaporation_field > 0 && p->atomic_volume > 0)
        return IA_OK;
    if (p->element[0] && !known)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "element = '%s' is none of %s: give --evaporation-field and "
                       "--atomic-volume",
                       p->element, ia_evaporation_symbols);
    settle_one(r, &p->evaporation_field, known ? known->field : 0, usual->field,
               "evaporation_field");
    settle_one(r, &p->atomic_volume, known ? known->volume : 0, usual->volume,
               "atomic_volume");
    return IA_OK;
}

ia_status ia_recon_settle(ia_ctx *ctx, ia_reconstruction *r)
{
    ia_reconstruct_params *p = &r->params;
    ia_status st = settle_element(ctx, r);

    if (st != IA_OK)
        return st;
    settle_one(r, &p->flight_path, presets[p->preset].flight_path, usual_path,
               "flight_path");
    settle_one(r, &p->efficiency, presets[p->preset].efficiency, usual_efficiency,
               "efficiency");
    if (r->assumed[0])
        ia_warn(ctx,
                "assumed, since nobody told (%s): flight path %g mm, efficiency %g, "
                "evaporation field %g V/nm, atomic volume %g nm^3",
                r->assumed, p->flight_path, p->efficiency, p->evaporation_field,
                p->atomic_volume);
    return IA_OK;
}
