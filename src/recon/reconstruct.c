// src/recon/reconstruct.c: positions of ions, step by step: constants, voltages, caps.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define F64(name, unit, preset, least, most, help)                                       \
    IA_FIELD(IA_F64, ia_reconstruct_params, name, unit, preset, least, most, help)
#define CHOICE(name, preset, words, help)                                                \
    IA_FIELD_CHOICE(ia_reconstruct_params, name, preset, words, help)
#define TEXT(name, preset, help) IA_FIELD_TEXT(ia_reconstruct_params, name, preset, help)

static const ia_field fields[] = {
    CHOICE(preset, "none", "none|4000x-hr|5000-xr|5000-xs|6000-r|invizo|eikos",
           "instrument: flight path and efficiency where they are not given"),
    CHOICE(projection, "stereographic", IA_PROJECTION_WORDS,
           "from hits to places on the cap"),
    CHOICE(evolution, "voltage", "voltage|shank|taper|fixed|profile",
           "what the radius is taken from: the voltage, a cone, the cone that fits the "
           "voltages, one number, a micrograph"),
    CHOICE(
        increment, "exact", "exact|common",
        "depth of an ion: by the exact volume of the cap, or as most programs have it"),
    F64(flight_path, "mm", 0, 0, 1e4, "specimen to detector; 0: of the preset"),
    F64(efficiency, "", 0, 0, 1, "share of the ions that is recorded; 0: of the preset"),
    F64(detector_radius, "mm", 0, 0, 1e4, "radius of the detector; 0: that of the hits"),
    F64(detector_x, "mm", 0, -1e4, 1e4,
        "middle of the detector; x and y 0: (0, 0), or where the hits lie about another "
        "place, that place"),
    F64(detector_y, "mm", 0, -1e4, 1e4, "the same along y"),
    F64(icf, "", 1.65, 0.5, 5, "image compression factor on the axis"),
    F64(kf, "", 3.3, 0.1, 50, "field factor, V = kf F R"),
    TEXT(element, "",
         "evaporation field and atomic volume of: Fe, Al, Cu, Ni, Ti, W, Si, Mg"),
    F64(evaporation_field, "V/nm", 0, 0, 200, "field at the surface; 0: of the element"),
    F64(atomic_volume, "nm^3", 0, 0, 1, "volume of an atom; 0: of the element"),
    F64(centre_x, "mm", 0, -1e4, 1e4, "where the axis meets the detector, x"),
    F64(centre_y, "mm", 0, -1e4, 1e4, "where the axis meets the detector, y"),
    F64(cap_aspect, "", 1, 0.2, 5,
        "half axis of the cap along the specimen's axis over that across: 1 for a "
        "sphere, "
        "below for a blunt, above for a pointed ellipsoid"),
    F64(radius, "nm", 0, 0, 1e5,
        "radius at the first ion, for shank and fixed; 0: of the first voltages"),
    F64(shank_deg, "degree", 0, 0, 60, "half angle of the cone, for shank"),
    F64(pulse_weight, "", 1, 0, 2, "share of the pulse voltage that the ion feels"),
    F64(depth_start, "nm", 0, -1e6, 1e6,
        "depth at the first ion, where a run goes on in this file"),
    IA_FIELD(IA_SIZE, ia_reconstruct_params, voltage_window, "", 1000, 10, 1e6,
             "ions that a voltage is averaged over"),
    CHOICE(hit_unit, "auto", IA_HITS_WORDS, IA_HITS_HELP),
    F64(sigma_icf, "", 0, 0, 10, "standard deviation of icf; 0: not known"),
    F64(sigma_kf, "", 0, 0, 10, "standard deviation of kf; 0: not known"),
    F64(sigma_centre, "mm", 0, 0, 1e3,
        "standard deviation of the centre along x and y; 0: not known"),
    TEXT(profile, "", "depth and radius, nm: \"0 30; 50 38; 120 55\""),
    TEXT(sections, "",
         "constants that change, linearly between rows: \"voltage icf kf; 3000 1.60 3.4; "
         "6000 1.66 3.2\" or by ion; evolution, a word, holds from its row on"),
};
const ia_method ia_reconstruct_method = IA_METHOD(
    "reconstruct", "Positions from hits and voltages", ia_reconstruct_params, fields);

ia_reconstruct_params ia_reconstruct_defaults(void)
{
    ia_reconstruct_params params;
    ia_method_defaults(&ia_reconstruct_method, &params);
    return params;
}

bool ia_recon_needs_voltage(const ia_reconstruct_params *p)
{
    bool begins = ia_recon_uses(p, IA_RADIUS_SHANK) || ia_recon_uses(p, IA_RADIUS_FIXED);
    return ia_recon_uses(p, IA_RADIUS_VOLTAGE) || ia_recon_uses(p, IA_RADIUS_TAPER) ||
           (begins && !(p->radius > 0));
}

static ia_status check_input(ia_ctx *ctx, const ia_ions *ions,
                             const ia_reconstruct_params *p)
{
    ia_status st;

    if (ions->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no ions to reconstruct");
    if (!ia_ions_has(ions, IA_DET_XY))
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "this input has no detector hits (column det_xy): positions "
                       "cannot be reconstructed from it");
    if (ia_recon_needs_voltage(p) && !ia_ions_has(ions, IA_V_DC))
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "this input has no voltage (column v_dc): give --evolution fixed "
                       "or shank with --radius, or profile");
    if ((st = ia_method_check(ctx, &ia_reconstruct_method, p)) != IA_OK)
        return st;
    if (ia_recon_is_told(p, "evolution") && ia_recon_uses(p, IA_RADIUS_TAPER))
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "sections: taper fits one cone to the whole run; evolution voltage, "
            "shank, fixed or profile was expected");
    if (ia_recon_uses(p, IA_RADIUS_PROFILE) && !p->profile[0])
        return ia_fail(ctx, IA_ERR_PARAM, "evolution = profile needs --profile");
    if (ia_recon_uses(p, IA_RADIUS_SHANK) && !(p->shank_deg > 0) &&
        !ia_recon_is_told(p, "shank_deg"))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "evolution = shank needs --shank-deg above 0; taper fits it");
    return IA_OK;
}

static ia_status tell_bad_hits(ia_ctx *ctx, const ia_ions *ions)
{
    size_t n, first;
    ia_status st = ia_ions_bad_hits(ctx, ions, &n, &first);

    if (st == IA_OK && n > 0)
        ia_warn(
            ctx,
            "%zu of %zu ions, first ion %zu, have a hit that is no finite number: they "
            "stand on the axis; --drop-invalid leaves them out",
            n, ions->n, first + 1);
    return st;
}

// Finite, but further away than any stray lands: garbage that the file has for a hit.
static ia_status tell_far_hits(ia_ctx *ctx, const ia_ions *ions,
                               const ia_recon_scan *scan, const ia_reconstruction *r)
{
    const double beyond = 3; // radii
    double most = (double)scan->radii[(size_t)(0.99 * (double)(scan->n_radii - 1))];
    double reach = beyond * fmax(most, r->params.detector_radius / r->scale) +
                   hypot(r->params.detector_x, r->params.detector_y) / r->scale;
    size_t n, first;
    ia_status st = ia_ions_far_hits(ctx, ions, reach, &n, &first);

    if (st == IA_OK && n > 0)
        ia_warn(ctx,
                "%zu of %zu ions, first ion %zu, have a hit more than %.3g mm from the "
                "middle, where no detector is: they stand at the limit of the projection",
                n, ions->n, first + 1, reach * r->scale);
    return st;
}

// Ions that a given radius leaves out still make the cap go on, on too small an area.
static void tell_outside(ia_ctx *ctx, const ia_recon_scan *scan,
                         const ia_reconstruction *r)
{
    const double share_most = 0.01, radius = r->params.detector_radius;
    size_t n = scan->n_radii;

    while (n > 0 && (double)scan->radii[n - 1] * r->scale > radius)
        n--;
    double share = 1 - (double)n / (double)scan->n_radii;
    if (share > share_most)
        ia_warn(ctx,
                "%.3g %% of the hits lie outside the detector's radius of %.4g mm and "
                "reach %.3g mm: depths come out too large; check --detector-radius",
                100 * share, radius, (double)scan->radii[scan->n_radii - 1] * r->scale);
}

// Radius that holds all hits but a few strays: they fill a disc, so its square is shared
// evenly. In the unit of the file.
static double reach_of(const ia_recon_scan *scan)
{
    const double share = 0.999;
    return (double)scan->radii[(size_t)(share * (double)(scan->n_radii - 1))] /
           sqrt(share);
}

// Where the origin is not the middle of the hits: that, or the axis told for it, which
// nobody knows better than some of a mm.
static void find_middle(ia_ctx *ctx, const ia_hit_extent *extent, ia_recon_scan *scan,
                        ia_reconstruction *r)
{
    const double near = 0.02; // of the radius
    ia_reconstruct_params *p = &r->params;
    double x = extent->middle[0] * r->scale, y = extent->middle[1] * r->scale,
           radius = fmax(extent->half[0], extent->half[1]) * r->scale;

    if (p->detector_x == 0 && p->detector_y == 0 && ia_hits_are_off(extent)) {
        bool told = hypot(p->centre_x - x, p->centre_y - y) < near * radius;
        p->detector_x = told ? p->centre_x : x;
        p->detector_y = told ? p->centre_y : y;
        if (p->centre_x == 0 && p->centre_y == 0) {
            ia_hits_doubt_origin(ctx, extent, (double[2]){0, 0});
            p->centre_x = x;
            p->centre_y = y;
        }
    }
    if (p->detector_x != 0 || p->detector_y != 0)
        ia_recon_scan_about(scan, p->detector_x / r->scale, p->detector_y / r->scale);
}

static ia_status find_unit(ia_ctx *ctx, ia_recon_scan *scan, ia_reconstruction *r)
{
    const ia_hit_sample sample = ia_recon_sample_of(scan, scan->n_hits, 1);
    ia_hit_extent extent;
    ia_status st = ia_hit_extent_find(ctx, &sample, &extent);

    if (st != IA_OK)
        return st;
    double reach =
        ia_hits_are_off(&extent) ? fmax(extent.half[0], extent.half[1]) : reach_of(scan);
    if ((st = ia_hit_unit_find(ctx, reach, &r->params.hit_unit, &r->scale)) == IA_OK)
        find_middle(ctx, &extent, scan, r);
    return st;
}

static ia_status find_detector(ia_ctx *ctx, ia_recon_scan *scan, ia_reconstruction *r)
{
    static const size_t few = 50;
    ia_reconstruct_params *p = &r->params;

    if (scan->n_radii == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "no detector hit is a place");
    if (!(reach_of(scan) > 0))
        return ia_fail(ctx, IA_ERR_PARAM, "all detector hits are at (0, 0)");
    ia_status st = find_unit(ctx, scan, r);
    if (st != IA_OK)
        return st;
    if (!(p->detector_radius > 0)) {
        p->detector_radius = reach_of(scan) * r->scale;
        if (scan->n_radii < few)
            ia_warn(ctx,
                    "too few hits (%zu) tell the detector's radius: %.3g mm is used; "
                    "give --detector-radius",
                    scan->n_radii, p->detector_radius);
    } else
        tell_outside(ctx, scan, r);
    return IA_OK;
}

// Ions that no part of the detector records are none of those that left its view.
static ia_status find_cover(ia_ctx *ctx, ia_recon_scan *scan, ia_reconstruction *r)
{
    const double middle[2] = {r->params.detector_x, r->params.detector_y};
    const ia_hit_sample sample = ia_recon_sample_of(scan, r->n, r->scale);

    ia_hit_cover_count(&sample, middle, r->params.detector_radius, &scan->cover);
    r->blind_share = scan->cover.blind;
    return ia_hits_doubt_cover(ctx, &sample, &scan->cover);
}

static ia_status check_voltages(ia_ctx *ctx, ia_recon_scan *scan, ia_reconstruction *r)
{
    double least = HUGE_VAL, most = 0;

    r->volts[0] = r->volts[1] = NAN;
    r->n_no_voltage = scan->n_no_voltage;
    if (!scan->volts || scan->n_no_voltage == scan->n_windows) {
        if (ia_recon_needs_voltage(&r->params))
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "no voltage is above 0: give --evolution fixed or shank with "
                           "--radius, or profile");
        return IA_OK;
    }
    if (scan->n_no_voltage > 0)
        ia_warn(ctx,
                "%zu of %zu windows of %zu ions have no voltage above 0: taken from "
                "their neighbours",
                scan->n_no_voltage, scan->n_windows, scan->window);
    ia_recon_scan_mend(scan);
    for (size_t w = 0; w < scan->n_windows; w++) {
        least = fmin(least, scan->volts[w]);
        most = fmax(most, scan->volts[w]);
    }
    r->volts[0] = scan->volts[0];
    r->volts[1] = scan->volts[scan->n_windows - 1];
    bool by_voltage = ia_recon_uses(&r->params, IA_RADIUS_VOLTAGE) ||
                      ia_recon_uses(&r->params, IA_RADIUS_TAPER);
    if (by_voltage && scan->n_windows > 1 && most - least < 1e-6 * most)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "the voltage is %.6g V throughout: the radius cannot follow it; "
                       "give --evolution fixed, shank or profile",
                       most);
    return IA_OK;
}

static ia_status set_view(ia_ctx *ctx, ia_reconstruction *r)
{
    const ia_reconstruct_params *p = &r->params;
    ia_projection projection = {
        p->projection, p->flight_path, p->icf, {p->centre_x, p->centre_y}};
    ia_status st = ia_projection_check(ctx, &projection);

    if (st != IA_OK)
        return st;
    r->view = ia_projection_angle(&projection, p->detector_radius);
    if (isnan(r->view)) {
        r->view = ia_projection_limit(&projection);
        ia_warn(ctx,
                "the projection shows no hit beyond %.3g mm, the detector has a radius "
                "of %.3g mm: those beyond stand at its limit",
                ia_projection_radius(&projection, r->view * (1 - 1e-12)),
                p->detector_radius);
    }
    return IA_OK;
}

ia_status ia_reconstruct_compute(ia_ctx *ctx, const ia_ions *ions,
                                 const ia_reconstruct_params *params,
                                 ia_reconstruction *out)
{
    ia_reconstruction r = {.params = params ? *params : ia_reconstruct_defaults(),
                           .n = ions->n,
                           .hits = ions->columns[IA_DET_XY],
                           .shank = NAN,
                           .sigma_shank = NAN};
    ia_recon_scan scan = {0};
    ia_status st;

    if ((st = check_input(ctx, ions, &r.params)) != IA_OK ||
        (st = ia_recon_scan_read(ctx, ions, &r.params, &scan)) != IA_OK ||
        (st = find_detector(ctx, &scan, &r)) != IA_OK ||
        (st = check_voltages(ctx, &scan, &r)) != IA_OK)
        goto done;
    if ((st = ia_recon_doubt_hits(ctx, &scan, &r)) != IA_OK)
        goto done;
    if ((st = find_cover(ctx, &scan, &r)) != IA_OK)
        goto done;
    ia_recon_doubt_settings(ctx, &r.params);
    ia_recon_doubt_input(ctx, &scan, &r);
    if ((st = ia_recon_settle(ctx, &r)) != IA_OK || (st = set_view(ctx, &r)) != IA_OK ||
        (st = ia_recon_caps(ctx, &scan, &r)) != IA_OK)
        goto done;
    if (!ia_recon_odd_tell(ctx, &r))
        ia_recon_odd_cone(ctx, &r);
    if ((st = tell_bad_hits(ctx, ions)) != IA_OK ||
        (st = tell_far_hits(ctx, ions, &scan, &r)) != IA_OK)
        goto done;
    *out = r;
    r = (ia_reconstruction){0};
done:
    ia_recon_scan_clear(&scan);
    ia_reconstruction_clear(&r);
    return st;
}

ia_status ia_reconstruct_find_middle(ia_ctx *ctx, const ia_ions *ions,
                                     ia_reconstruct_params *params)
{
    ia_reconstruction r = {.params = *params, .n = ions->n};
    ia_recon_scan scan = {0};
    ia_status st = check_input(ctx, ions, params);

    if (st == IA_OK && (st = ia_recon_scan_read(ctx, ions, params, &scan)) == IA_OK &&
        (st = find_detector(NULL, &scan, &r)) == IA_OK) {
        params->detector_x = r.params.detector_x;
        params->detector_y = r.params.detector_y;
        params->centre_x = r.params.centre_x;
        params->centre_y = r.params.centre_y;
    }
    ia_recon_scan_clear(&scan);
    return st;
}

void ia_reconstruction_clear(ia_reconstruction *r)
{
    free(r->caps);
    *r = (ia_reconstruction){0};
}
