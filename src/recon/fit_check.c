// src/recon/fit_check.c: what makes a fit of poles and planes hopeless, before it begins
// (crystal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "core/evaporation.h"
#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static ia_status check_parts(ia_ctx *ctx, size_t n_ions,
                             const ia_reconstruct_params *params, size_t n_parts)
{
    const size_t least = 5000, wanted = 20000; // ions of a part

    if (n_parts < 2)
        return IA_OK;
    if (params->sections[0])
        return ia_fail(ctx, IA_ERR_PARAM,
                       "--fit-parts finds sections: they cannot be given as well");
    if (n_ions / n_parts < least)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%zu ions in %zu parts are %zu each, %zu at least are needed: "
                       "give a smaller --fit-parts",
                       n_ions, n_parts, n_ions / n_parts, least);
    if (n_ions / n_parts < wanted)
        ia_warn(ctx,
                "%zu ions in %zu parts are %zu each: with fewer than %zu few poles show "
                "planes",
                n_ions, n_parts, n_ions / n_parts, wanted);
    return IA_OK;
}

// Of a lattice by its name alone: what size is taken, and that of the element.
static void tell_size(ia_ctx *ctx, const ia_crystal *crystal, const char *element,
                      double volume)
{
    double usual = crystal->cell[0] *
                   cbrt(volume / ia_crystal_atomic_volume(crystal)); // of the same shape
    char hint[320] = "";

    if (volume > 0)
        snprintf(hint, sizeof hint, "; atoms of %s would have %s:%.4g",
                 element[0] ? element : "that volume", crystal->name, usual);
    ia_warn(
        ctx,
        "%s has no lattice parameter: %.4g nm is taken, and kf and depths follow from "
        "it%s",
        crystal->name, crystal->cell[0], hint);
}

// Atoms of the cell and those of the element are not the same: one of them is wrong.
static void check_volume(ia_ctx *ctx, const ia_reconstruct_params *params,
                         const ia_crystal *crystal)
{
    const double unlike = 0.1; // share
    const ia_evaporation *element = ia_evaporation_find(params->element);
    double cell = ia_crystal_atomic_volume(crystal);
    double told = params->atomic_volume > 0 ? params->atomic_volume
                  : element                 ? element->volume
                                            : 0;

    if (!ia_crystal_has_size(crystal->name))
        tell_size(ctx, crystal, params->atomic_volume > 0 ? "" : params->element, told);
    else if (cell > 0 && told > 0 && fabs(cell / told - 1) > unlike)
        ia_warn(ctx,
                "an atom of %s has %.4g nm^3, %s %.4g nm^3: check the lattice parameter, "
                "--element and --atomic-volume",
                crystal->name, cell,
                params->atomic_volume > 0 ? "told are" : "one of the element", told);
}

// What is odd about hits is why poles cannot be named, so it is said before. Voltages in
// two units: no radius, and no depth, follows from them.
static ia_status check_columns(ia_ctx *ctx, const ia_ions *ions,
                               const ia_reconstruction *r)
{
    bool by_voltage = ia_recon_uses(&r->params, IA_RADIUS_VOLTAGE) ||
                      ia_recon_uses(&r->params, IA_RADIUS_TAPER);
    ia_recon_scan scan = {0};
    ia_recon_jump jump;
    ia_status st = ia_recon_scan_read(ctx, ions, &r->params, &scan);

    if (st != IA_OK)
        return st;
    st = ia_recon_doubt_hits(ctx, &scan, r);
    if (st == IA_OK && by_voltage && ia_recon_jump_find(&scan, ions->n, &jump)) {
        ia_recon_jump_tell(ctx, &jump);
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "planes tell no constants of a run whose voltages are in two units");
    }
    ia_recon_scan_clear(&scan);
    return st;
}

ia_status ia_projection_fit_check(ia_ctx *ctx, const ia_ions *ions,
                                  const ia_reconstruct_params *params,
                                  const ia_projection_fit_params *fit_params)
{
    ia_reconstruction r = {0};
    ia_crystal crystal;
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_projection_fit_method, fit_params)) != IA_OK ||
        (fit_params->crystal[0] && // else poles that have names tell why
         (st = ia_crystal_parse(ctx, fit_params->crystal, &crystal)) != IA_OK) ||
        (st = check_parts(ctx, ions->n, params, fit_params->fit_parts)) != IA_OK)
        return st;
    if (fit_params->crystal[0])
        check_volume(ctx, params, &crystal);
    // What else is to be said of it is said of that with the constants found.
    if (ia_reconstruct_compute(NULL, ions, params, &r) != IA_OK) {
        st = ia_reconstruct_compute(ctx, ions, params, &r);
        goto done;
    }
    r.params.centre_x = params->centre_x; // as told, not where the hits lie
    r.params.centre_y = params->centre_y;
    if ((st = check_columns(ctx, ions, &r)) != IA_OK)
        goto done;
    if (ia_recon_odd_is_past(&r)) {
        ia_recon_odd_tell(ctx, &r);
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "poles and planes cannot mend the constants of such a specimen");
    } else
        ia_recon_odd_foretell(ctx, &r);
done:
    ia_reconstruction_clear(&r);
    return st;
}
