// src/detector/orientation_lattices.c: what other common lattices make of the same poles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const common[] = {"fcc", "bcc", "hcp", "diamond"};
enum { N_COMMON = sizeof common / sizeof common[0], LISTS = 19 };
static const double ratio_told = 20; // of odds, from which another lattice is told

static ia_lattice_evidence evidence_of(const ia_orientation *o)
{
    const ia_grain *g = &o->grains[0];
    ia_lattice_evidence e = {.score = g->score, .icf = g->icf, .n_named = g->n_named};
    snprintf(e.crystal, sizeof e.crystal, "%s", o->crystal);
    return e;
}

// The first grain of a lattice, by poles alone and without a null of its own.
static ia_status try_lattice(const ia_pole_list *list, const ia_orientation_params *told,
                             const char *crystal, ia_lattice_evidence *out)
{
    static const double no_null[LISTS] = {0};
    ia_orientation_params p = *told;
    ia_pole_list poles = *list;
    ia_orientation o = {0};
    memset(p.crystal, 0, sizeof p.crystal);
    snprintf(p.crystal, sizeof p.crystal, "%s", crystal);
    p.n_grains = 1;
    p.n_random = LISTS;
    poles.n_lines = 0;
    // What is to be said of the poles was said for the lattice told.
    ia_status st = ia_orientation_compute_with(NULL, &poles, &p, no_null, &o);
    if (st == IA_OK)
        *out = evidence_of(&o);
    ia_orientation_clear(&o);
    return st;
}

const ia_lattice_evidence *ia_orientation_better(const ia_orientation *o)
{
    const ia_lattice_evidence *best = &o->lattices[0];

    for (size_t i = 1; i < o->n_lattices; i++)
        if (o->lattices[i].score > best->score)
            best = &o->lattices[i];
    return o->n_lattices > 0 && best->score - o->lattices[0].score > log(ratio_told)
               ? best
               : NULL;
}

void ia_lattice_tell(ia_ctx *ctx, const ia_lattice_evidence *better,
                     const ia_lattice_evidence *told)
{
    char icf[64] = "";

    if (isfinite(better->icf))
        snprintf(icf, sizeof icf, ", at image compressions of %.3g and %.3g", better->icf,
                 told->icf);
    ia_warn(ctx,
            "the poles fit %s better than %s, with odds of e^%.1f to 1%s: that they can "
            "be named as those of %s does not say that they are; check --crystal and the "
            "image compression",
            better->crystal, told->crystal, better->score - told->score, icf,
            told->crystal);
}

ia_status ia_orientation_compare(ia_ctx *ctx, const ia_pole_list *list,
                                 const ia_orientation_params *params, ia_orientation *out)
{
    if (out->grains[0].n_named == 0 || out->by_lines)
        return IA_OK;
    out->lattices[out->n_lattices++] = evidence_of(out);
    for (size_t i = 0; i < N_COMMON; i++) {
        ia_lattice_evidence *e = &out->lattices[out->n_lattices];
        if (strcmp(common[i], params->crystal) == 0)
            continue;
        if (try_lattice(list, params, common[i], e) != IA_OK)
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out");
        out->n_lattices++;
    }
    return IA_OK;
}
