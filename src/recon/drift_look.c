// src/recon/drift_look.c: what planes of all poles in view say in one part of a run
// (crystal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <string.h>

static const double least_doubt = 0.05; // mm, of a place by planes

ia_status ia_drift_kinds_find(ia_ctx *ctx, const ia_drift_view *v, ia_drift_kinds *out)
{
    ia_pole_catalogue catalogue = {0};
    ia_status st =
        ia_pole_catalogue_build(ctx, v->crystal, IA_FACING_FAMILIES, &catalogue);

    out->n = 0;
    for (size_t k = 0; st == IA_OK && k < catalogue.n && out->n < IA_DRIFT_POLES_MOST;
         k++) {
        ia_drift_kind *kind = &out->kinds[out->n];
        ia_pole_pull pull;
        memset(&kind->pole, 0, sizeof kind->pole);
        memcpy(kind->pole.hkl, catalogue.kinds[k].hkl, sizeof kind->pole.hkl);
        kind->spacing = ia_pole_normal(v->crystal, kind->pole.hkl, v->fit, kind->normal);
        ia_pole_pulls(v->crystal, &kind->pole, 1, &pull);
        kind->pull = pull.kind;
        double hit[2];
        if (!(kind->normal[2] > 0) ||
            !ia_projection_hit(&v->projection, kind->normal, hit) ||
            ia_recon_off_middle(v->r, hit[0], hit[1]) >
                v->r->params.detector_radius - ia_facing_rim)
            continue;
        kind->pole.x = hit[0];
        kind->pole.y = hit[1];
        out->n++;
    }
    ia_pole_catalogue_clear(&catalogue);
    return st;
}

void ia_drift_kinds_turn(const ia_crystal *crystal, const ia_projection_fit *fit,
                         const ia_projection *projection, ia_drift_kinds *kinds)
{
    for (size_t k = 0; k < kinds->n; k++) {
        ia_drift_kind *kind = &kinds->kinds[k];
        double hit[2];
        ia_pole_normal(crystal, kind->pole.hkl, fit, kind->normal);
        if (!ia_projection_hit(projection, kind->normal, hit))
            continue;
        kind->pole.x = hit[0];
        kind->pole.y = hit[1];
    }
}

typedef struct {
    size_t n;
    const double *scales; // (n) spacings over that of the crystal
} tries;

// The strongest wave through the ions of one pole, of spacings near those to try.
static ia_status see(ia_ctx *ctx, const ia_drift_view *v, const ia_drift_kind *kind,
                     const ia_named_pole *at, const tries *of, ia_pole_facing *out)
{
    ia_pole_spot spot = {.ions = v->ions,
                         .pole = at,
                         .reach = ia_facing_reach,
                         .fewest = ia_facing_wanted,
                         .from = v->from,
                         .to = v->to};
    ia_status st = ia_pole_spot_find(ctx, v->r->scale, &spot);

    *out = (ia_pole_facing){.doubt = NAN};
    if (st == IA_OK && spot.n > ia_facing_wanted / 4) {
        ia_pole_spot_place(v->r, &spot);
        for (size_t k = 0; k < of->n && st == IA_OK; k++) {
            ia_pole_facing facing;
            st = ia_pole_planes(ctx, &spot, kind->normal, of->scales[k] * kind->spacing,
                                &facing);
            if (st == IA_OK && facing.doubt > 0 && facing.power > out->power)
                *out = facing;
        }
    }
    ia_pole_spot_clear(&spot);
    return st;
}

// How many times too wide the clearest planes are: a wave is sought within 3 % of what is
// foretold, and a part may be further off than the run.
static ia_status find_scale(ia_ctx *ctx, const ia_drift_view *v,
                            const ia_drift_kinds *kinds, double *scale)
{
    enum { TRIES = 5, POLES = 6 };
    static const double scales[TRIES] = {0.9, 0.95, 1, 1.05, 1.1};
    const tries all = {TRIES, scales};
    double weights = 0, sum = 0;
    size_t used = 0;
    ia_status st = IA_OK;

    for (size_t k = 0; k < kinds->n && used < POLES && st == IA_OK; k++) {
        const ia_drift_kind *kind = &kinds->kinds[k];
        ia_pole_facing facing;
        st = see(ctx, v, kind, &kind->pole, &all, &facing);
        if (st != IA_OK || !(facing.power > ia_facing_clear + TRIES))
            continue;
        weights += facing.power;
        sum += facing.power * log(facing.spacing / kind->spacing);
        used++;
    }
    *scale = used > 0 ? exp(sum / weights) : 1;
    return st;
}

// Beginning where it is foretold, then about where it was seen: what lies about a place
// in between tells a mean of both.
static ia_status look(ia_ctx *ctx, const ia_drift_view *v, const ia_drift_kind *kind,
                      double scale, ia_drift_seen *out)
{
    ia_named_pole at = kind->pole;
    ia_pole_facing facing;
    const tries one = {1, &scale};
    double foretold[2], hit[2];

    *out = (ia_drift_seen){.seen = false};
    if (!ia_projection_hit(&v->projection, kind->normal, foretold))
        return IA_OK;
    at.x = foretold[0];
    at.y = foretold[1];
    for (int turn = 0; turn < 2; turn++) {
        ia_status st = see(ctx, v, kind, &at, &one, &facing);
        if (st != IA_OK)
            return st;
        if (!(facing.doubt > 0) || !(facing.power > ia_facing_clear) ||
            !ia_projection_hit(&v->projection, facing.normal, hit))
            return IA_OK;
        at.x = hit[0];
        at.y = hit[1];
    }
    double doubt = facing.doubt * v->projection.flight_path / v->projection.icf;
    *out = (ia_drift_seen){.seen = doubt < ia_facing_most_doubt &&
                                   ia_recon_off_middle(v->r, at.x, at.y) <
                                       v->r->params.detector_radius - 1,
                           .way = {at.x - foretold[0], at.y - foretold[1]},
                           .doubt = hypot(doubt, least_doubt),
                           .ratio = log(kind->spacing / facing.spacing),
                           .sigma_ratio = facing.sigma_spacing / facing.spacing};
    return IA_OK;
}

ia_status ia_drift_look(ia_ctx *ctx, const ia_drift_view *v, const ia_drift_kinds *kinds,
                        ia_drift_seen *out)
{
    double scale;
    ia_status st = find_scale(ctx, v, kinds, &scale);

    for (size_t k = 0; k < kinds->n && st == IA_OK; k++)
        st = look(ctx, v, &kinds->kinds[k], scale, &out[k]);
    return st;
}
