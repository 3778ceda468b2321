// src/detector/orientation_lattices.c: what other common lattices make of the same poles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/lattices.h"
#include "detector/orientation_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const common[] = {"fcc", "bcc", "hcp", "diamond"};
enum { N_COMMON = sizeof common / sizeof common[0], LISTS = 19 };
static const double ratio_told = 20; // of odds, from which another lattice is told
// Of tips: the median and the standard deviation of the logarithm.
static const double usual_icf = 1.62, spread_icf = 0.13;

// With or without its parameters: "fcc:0.405" is fcc.
static bool is_named(const char *told, const char *name)
{
    size_t n = strlen(name);
    return strncmp(told, name, n) == 0 && (told[n] == '\0' || told[n] == ':');
}

const char *orient_other_lattice(const char *told, size_t which)
{
    for (size_t i = 0; i < N_COMMON; i++)
        if (!is_named(told, common[i]) && which-- == 0)
            return common[i];
    return NULL;
}

static ia_lattice_evidence evidence_of(const ia_orientation *o)
{
    const ia_grain *g = &o->grains[0];
    ia_lattice_evidence e = {.score = g->score, .icf = g->icf, .n_named = g->n_named};
    snprintf(e.crystal, sizeof e.crystal, "%s", o->crystal);
    return e;
}

// Whether two cubic crystals stand alike, so that poles have the same names.
static bool is_alike(const char *told, const char *other, const ia_orientation *a,
                     const ia_orientation *b)
{
    enum { CUBIC = 24 }; // rotations
    const double alike = 2 * 0.017453292519943295;
    ia_crystal c, d;
    return ia_crystal_parse(NULL, told, &c) == IA_OK &&
           ia_crystal_parse(NULL, other, &d) == IA_OK && c.n_rotations == CUBIC &&
           d.n_rotations == CUBIC &&
           ia_misorientation(&c, (const double(*)[3])a->grains[0].rotation,
                             (const double(*)[3])b->grains[0].rotation) < alike;
}

// The first grain of a lattice, by poles alone and without a null of its own.
static ia_status try_lattice(const ia_pole_list *list, const ia_orientation_params *told,
                             const char *crystal, const ia_orientation *of_told,
                             ia_lattice_evidence *out)
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
    if (st == IA_OK) {
        *out = evidence_of(&o);
        out->is_same = is_alike(told->crystal, crystal, of_told, &o);
    }
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

// ln of the density of such an image compression over that of the usual one.
static double ln_usual(double icf)
{
    double off = isfinite(icf) ? log(icf / usual_icf) / spread_icf : 0;
    return -0.5 * off * off;
}

double ia_orientation_lattice(const ia_orientation *o, size_t which)
{
    double all = 0, own = 0;

    for (size_t i = 0; i < o->n_lattices; i++) {
        const ia_lattice_evidence *e = &o->lattices[i], *told = &o->lattices[0];
        double weight = (i == 0 ? ratio_told : 1) *
                        exp(fmin(500, e->score + ln_usual(e->icf) - told->score -
                                          ln_usual(told->icf)));
        all += weight;
        own = i == which ? weight : own;
    }
    return all > 0 ? own / all : 1;
}

double orient_other_lattices(const ia_orientation *o)
{
    double other = 0;

    for (size_t i = 1; i < o->n_lattices; i++)
        other += o->lattices[i].is_same ? 0 : ia_orientation_lattice(o, i);
    return other;
}

void orient_doubt_lattice(ia_orientation *o)
{
    double other = orient_other_lattices(o);

    for (size_t g = 0; g < IA_GRAINS_MOST; g++) {
        ia_grain *grain = &o->grains[g];
        grain->misindex_probability = fmin(1, grain->misindex_probability + other);
    }
}

void ia_lattices_doubt_icf(ia_ctx *ctx, const ia_lattice_evidence *lattices, size_t n,
                           double icf)
{
    const double least = 1.3, most = 2; // of tips
    enum { FEWEST = 3 };                // poles
    char others[256] = "";
    size_t used = 0;

    if (!(icf < least || icf > most))
        return;
    for (size_t i = 1; i < n; i++) {
        const ia_lattice_evidence *e = &lattices[i];
        if (e->icf >= least && e->icf <= most && e->n_named >= FEWEST &&
            used < sizeof others)
            used += (size_t)snprintf(others + used, sizeof others - used, "%s%s (%.3g)",
                                     used > 0 ? ", " : "; a usual one comes of ",
                                     e->crystal, e->icf);
    }
    ia_warn(ctx,
            "an image compression of %.3g is outside the %g to %g that tips have: check "
            "--crystal and the flight path%s",
            icf, least, most, others);
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

void orient_tell_lattices(ia_ctx *ctx, const ia_orientation *o)
{
    const double sure = 0.9, least = 0.01; // probabilities
    const ia_lattice_evidence *better = ia_orientation_better(o);
    double told = ia_orientation_lattice(o, 0);
    char shares[256] = "";
    size_t used = 0;

    if (better && told < 0.5) {
        ia_lattice_tell(ctx, better, &o->lattices[0]);
        return;
    }
    if (told > sure || o->n_lattices == 0)
        return;
    for (size_t i = 0; i < o->n_lattices && used < sizeof shares; i++) {
        const ia_lattice_evidence *e = &o->lattices[i];
        double p = ia_orientation_lattice(o, i);
        if (p < least)
            continue;
        used += (size_t)snprintf(shares + used, sizeof shares - used, "%s%s %.2f",
                                 used > 0 ? ", " : "", e->crystal, p);
        if (isfinite(e->icf) && used < sizeof shares)
            used += (size_t)snprintf(shares + used, sizeof shares - used,
                                     " (image compression %.3g)", e->icf);
    }
    ia_warn(ctx,
            "poles alone hardly tell which lattice it is: %s; a known image compression "
            "(--icf-least, --icf-most) does",
            shares);
}

ia_status ia_orientation_compare(ia_ctx *ctx, const ia_pole_list *list,
                                 const ia_orientation_params *params, ia_orientation *out)
{
    if (out->grains[0].n_named == 0 || out->by_lines)
        return IA_OK;
    out->lattices[out->n_lattices++] = evidence_of(out);
    const char *other;
    for (size_t i = 0; (other = orient_other_lattice(params->crystal, i)); i++) {
        if (try_lattice(list, params, other, out, &out->lattices[out->n_lattices]) !=
            IA_OK)
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out");
        out->n_lattices++;
    }
    orient_doubt_lattice(out);
    return IA_OK;
}
