// src/recon/recon_odd.c: specimens that no needle can be, which come of a wrong setting.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>

static const double longest = 5000, narrowest = 3, widest = 1000; // nm

static double length_of(const ia_reconstruction *r)
{
    return fabs(r->caps[r->n_caps - 1].apex - r->caps[0].apex);
}

static bool tell_view(ia_ctx *ctx, const ia_reconstruction *r)
{
    return ia_projection_doubt_view(ctx, r->view, r->params.flight_path,
                                    r->params.detector_radius);
}

bool ia_recon_odd_tell(ia_ctx *ctx, const ia_reconstruction *r)
{
    const ia_cap *last = &r->caps[r->n_caps - 1];
    double radii[] = {fmin(r->caps[0].radius, last->radius),
                      fmax(r->caps[0].radius, last->radius)};
    bool is_long = length_of(r) > longest;
    bool is_sharp_or_blunt = !(radii[0] >= narrowest && radii[1] <= widest);

    if (is_long)
        ia_warn(ctx,
                "the specimen is %.3g nm long, no more than %g nm were expected: check "
                "the efficiency (%g) and the flight path (%g mm)",
                length_of(r), longest, r->params.efficiency, r->params.flight_path);
    if (is_sharp_or_blunt)
        ia_warn(ctx,
                "the radius runs from %.3g to %.3g nm, %g to %g nm were expected: check "
                "the voltage, kf (%g) and the evaporation field (%g V/nm)",
                r->caps[0].radius, last->radius, narrowest, widest, r->params.kf,
                r->params.evaporation_field);
    return tell_view(ctx, r) || is_long || is_sharp_or_blunt;
}

void ia_recon_odd_cone(ia_ctx *ctx, const ia_reconstruction *r)
{
    const double degree = acos(-1.0) / 180, widest_cone = 45, narrowest_cone = 0.1;
    double shank = r->shank / degree, error = 2 * r->sigma_shank / degree;
    bool wide = shank - error > widest_cone,
         narrow = shank > 0 && shank + error < narrowest_cone;

    if (wide || narrow)
        ia_warn(ctx,
                "the cone that fits the voltages has a half angle of %.2g degrees, %g to "
                "%g were expected: check kf (%g), the volume of an atom (%g nm^3) and "
                "the efficiency (%g)",
                shank, narrowest_cone, widest_cone, r->params.kf, r->params.atomic_volume,
                r->params.efficiency);
}

void ia_recon_odd_foretell(ia_ctx *ctx, const ia_reconstruction *r)
{
    if (ia_recon_odd_tell(ctx, r))
        ia_warn(ctx,
                "that is so with the constants told; poles and planes are sought all "
                "the same, which can take minutes: stop where a unit was mixed up");
}

bool ia_recon_odd_is_past(const ia_reconstruction *r)
{
    // kf may be off by two, depths by four; ICF from 1.3 to 2, angles by a third.
    const double depths = 4, angles = 1.25;

    return length_of(r) > depths * longest || r->view > angles * IA_VIEW_MOST ||
           r->view < IA_VIEW_LEAST / angles;
}
