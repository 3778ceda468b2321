// src/recon/evidence.c: what each pole shows of a fitted projection: its place, and the
// spacing of its planes by spatial distribution maps (crystal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double likely = 0.2; // spacings differ by less from what they should be

static ia_status keep_map(ia_ctx *ctx, const ia_sdm *sdm, ia_pole_evidence *out)
{
    size_t n = sdm->n_bins;
    double *values = ia_array(ctx, 3 * n, sizeof *values);

    if (!values)
        return IA_ERR_MEMORY;
    out->n_bins = n;
    out->reach = sdm->reach;
    out->pairs = values;
    out->random = values + n;
    out->fit = values + 2 * n;
    for (size_t b = 0; b < n; b++) {
        out->pairs[b] = (double)sdm->pairs[b];
        out->random[b] = sdm->expected[b];
        out->fit[b] = sdm->fit[b];
    }
    return IA_OK;
}

static ia_status see_planes(ia_ctx *ctx, const ia_pole_spot *spot, const double normal[3],
                            ia_pole_evidence *out)
{
    ia_sdm sdm = {0};
    ia_status st = ia_pole_spot_planes(spot, normal, &sdm); // what is lacking is drawn

    if (st != IA_OK)
        return st;
    if (sdm.found && fabs(sdm.spacing / out->expected - 1) < likely) {
        out->spacing = sdm.spacing;
        out->sigma_spacing = sdm.spacing_sd;
        st = keep_map(ctx, &sdm, out);
    }
    ia_sdm_clear(&sdm);
    return st;
}

static ia_status look_at(ia_ctx *ctx, const ia_reconstruction *r, const double normal[3],
                         ia_pole_spot *spot, ia_pole_evidence *out)
{
    ia_status st = ia_pole_spot_find(ctx, r->scale, spot);

    if (st != IA_OK || spot->n < IA_SPOT_FEWEST)
        return st;
    ia_pole_spot_place(r, spot);
    return see_planes(ctx, spot, normal, out);
}

// One fit, and the reconstruction with it.
typedef struct {
    const ia_ions *ions;
    const ia_reconstruction *r;
    const ia_crystal *crystal;
    const ia_projection_fit *fit;
    double reach; // mm; 0: planes are not looked at
} question;

static ia_status see_pole(ia_ctx *ctx, const question *q, const ia_named_pole *pole,
                          ia_pole_evidence *out)
{
    const ia_reconstruct_params *p = &q->r->params;
    const ia_projection projection = {p->projection,
                                      p->flight_path,
                                      q->fit->icf,
                                      {q->fit->centre[0], q->fit->centre[1]}};
    ia_pole_spot spot = {.ions = q->ions, .pole = pole, .reach = q->reach};
    double normal[3], spacing = ia_pole_normal(q->crystal, pole->hkl, q->fit, normal);

    *out = (ia_pole_evidence){.seen = {pole->x, pole->y},
                              .foretold = {NAN, NAN},
                              .off_axis = acos(fmin(1, normal[2])) * 180 / acos(-1.0),
                              .spacing = NAN,
                              .sigma_spacing = NAN,
                              .expected = spacing};
    memcpy(out->hkl, pole->hkl, sizeof out->hkl);
    ia_projection_hit(&projection, normal, out->foretold);
    ia_status st = q->reach > 0 ? look_at(ctx, q->r, normal, &spot, out) : IA_OK;
    ia_pole_spot_clear(&spot);
    return st;
}

ia_status ia_projection_evidence_compute(ia_ctx *ctx, const ia_ions *ions,
                                         const ia_reconstruct_params *params,
                                         const ia_projection_fitted *fitted,
                                         ia_projection_evidence *out)
{
    ia_projection_evidence made = {0};
    ia_reconstruction r = {0};
    ia_crystal *crystal = ia_array(ctx, 1, sizeof *crystal);
    ia_status st = crystal ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK || (st = ia_ions_need(ctx, ions, IA_DET_XY)) != IA_OK ||
        (st = ia_crystal_parse(ctx, fitted->params->crystal, crystal)) != IA_OK ||
        (st = ia_reconstruct_compute(NULL, ions, params, &r)) != IA_OK)
        goto done;
    if (!(made.poles = ia_array(ctx, fitted->poles->n, sizeof *made.poles))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    snprintf(made.crystal, sizeof made.crystal, "%s", fitted->params->crystal);
    const question q = {ions, &r, crystal, fitted->fit, fitted->params->spacing_reach};
    for (size_t i = 0; i < fitted->poles->n && st == IA_OK; i++) {
        st = see_pole(ctx, &q, &fitted->poles->poles[i], &made.poles[i]);
        made.n = i + 1;
    }
    if (st == IA_OK) {
        *out = made;
        made = (ia_projection_evidence){0};
    }
done:
    ia_projection_evidence_clear(&made);
    ia_reconstruction_clear(&r);
    free(crystal);
    return st;
}

void ia_projection_evidence_clear(ia_projection_evidence *evidence)
{
    for (size_t i = 0; i < evidence->n; i++)
        free(evidence->poles[i].pairs);
    free(evidence->poles);
    *evidence = (ia_projection_evidence){0};
}
