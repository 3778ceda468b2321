// src/recon/recon_doubts.c: what of hits, voltages and settings cannot be meant so
// (detector).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/lattices.h"
#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Voltages rise as a tip grows blunt, in the order in which ions leave.
static void doubt_order(ia_ctx *ctx, const ia_recon_scan *scan)
{
    enum { FEWEST = 8 };
    const double alike = 0.05, restless = 0.005, falls = 0.01, straight = 0.9;
    double n = 0, mean = 0, ion = 0, within = 0, vv = 0, ii = 0, vi = 0;

    for (size_t w = 0; w < scan->n_windows; w++) {
        if (isnan(scan->volts[w]))
            continue;
        n++;
        mean += scan->volts[w];
        ion += (double)w;
        within += scan->loss[w][0];
    }
    mean /= n;
    ion /= n;
    within /= n;
    for (size_t w = 0; w < scan->n_windows; w++) {
        if (isnan(scan->volts[w]))
            continue;
        double v = scan->volts[w] - mean, i = (double)w - ion;
        vv += v * v / n;
        ii += i * i / n;
        vi += v * i / n;
    }
    if (n < FEWEST)
        return;
    if (vv < alike * within && sqrt(within) > restless * mean)
        ia_warn(ctx,
                "voltages differ by %.2g %% (rms) from ion to ion, and hardly over the "
                "run: the ions are not in the order in which they left",
                100 * sqrt(within) / mean);
    double fall = -vi / ii * (double)scan->n_windows;
    if (fall > falls * mean && -vi > straight * sqrt(ii * vv))
        ia_warn(ctx,
                "the voltage falls all along, by %.2g %%: the ions may stand in the "
                "reverse order",
                100 * fall / mean);
}

// Means of the parts of a run that have voltages, and their middles, in ions.
enum { JUMP_PARTS = 16 };
typedef struct {
    size_t n, ion[JUMP_PARTS];
    double volts[JUMP_PARTS];
} course;

static course course_of(const ia_recon_scan *scan, size_t n_ions)
{
    course c = {.n = 0};

    for (size_t part = 0; part < JUMP_PARTS && scan->volts; part++) {
        double sum = 0, n = 0;
        for (size_t w = scan->n_windows * part / JUMP_PARTS;
             w < scan->n_windows * (part + 1) / JUMP_PARTS; w++) {
            sum += isnan(scan->volts[w]) ? 0 : scan->volts[w];
            n += !isnan(scan->volts[w]);
        }
        if (!(n > 0))
            continue;
        c.volts[c.n] = sum / n;
        c.ion[c.n++] = (2 * part + 1) * n_ions / (2 * JUMP_PARTS);
    }
    return c;
}

bool ia_recon_jump_find(const ia_recon_scan *scan, size_t n_ions, ia_recon_jump *out)
{
    const double unlike = log(10); // in one unit neighbours differ by two at most
    course c = course_of(scan, n_ions);

    for (size_t k = 1; k < c.n; k++) {
        size_t a = k - 1, b = k;
        if (!(fabs(log(c.volts[b] / c.volts[a])) > unlike))
            continue;
        // One of the two may hold both units.
        if (b + 1 < c.n &&
            fabs(log(c.volts[b + 1] / c.volts[a])) > fabs(log(c.volts[b] / c.volts[a])))
            b++;
        if (a > 0 &&
            fabs(log(c.volts[b] / c.volts[a - 1])) > fabs(log(c.volts[b] / c.volts[a])))
            a--;
        *out = (ia_recon_jump){{c.volts[a], c.volts[b]}, {c.ion[a], c.ion[b]}};
        return true;
    }
    return false;
}

void ia_recon_jump_tell(ia_ctx *ctx, const ia_recon_jump *jump)
{
    bool rises = jump->volts[1] > jump->volts[0];
    double factor =
        rises ? jump->volts[1] / jump->volts[0] : jump->volts[0] / jump->volts[1];

    ia_warn(ctx,
            "the voltage %s by a factor of %.3g within the file, from %.4g V about ion "
            "%zu to %.4g V about ion %zu: its unit changes (V and kV?)",
            rises ? "rises" : "falls", factor, jump->volts[0], jump->ions[0],
            jump->volts[1], jump->ions[1]);
}

static void doubt_voltages(ia_ctx *ctx, const ia_recon_scan *scan,
                           const ia_reconstruction *r)
{
    double n = 0;

    for (size_t w = 0; w < scan->n_windows; w++)
        n += scan->loss[w][1];
    if (n > 0 && scan->n_no_voltage == 0) // else that was said of the windows
        ia_warn(
            ctx,
            "%.0f of %zu ions have no finite voltage above 0: that of the ions around "
            "them is taken",
            n, r->n);
    ia_recon_jump jump;
    if (ia_recon_jump_find(scan, r->n, &jump))
        ia_recon_jump_tell(ctx, &jump);
    else
        doubt_order(ctx, scan);
}

ia_status ia_recon_doubt_hits(ia_ctx *ctx, const ia_recon_scan *scan,
                              const ia_reconstruction *r)
{
    const ia_hit_sample sample = ia_recon_sample_of(scan, r->n, r->scale);
    const double told[2] = {r->params.centre_x, r->params.centre_y};
    ia_hit_extent extent;
    ia_status st = ia_hits_doubt(ctx, &sample);

    if (st == IA_OK && (st = ia_hit_extent_find(ctx, &sample, &extent)) == IA_OK)
        ia_hits_doubt_origin(ctx, &extent, told);
    return st;
}

void ia_recon_doubt_input(ia_ctx *ctx, const ia_recon_scan *scan,
                          const ia_reconstruction *r)
{
    if (scan->volts)
        doubt_voltages(ctx, scan, r);
}

void ia_recon_doubt_settings(ia_ctx *ctx, const ia_reconstruct_params *p)
{
    static const char *const words[] = {"voltage", "shank", "taper", "fixed", "profile"};
    const double usual = ia_reconstruct_defaults().kf;
    const char *by =
        ia_recon_is_told(p, "evolution") ? "that of sections" : words[p->evolution];
    bool shank = ia_recon_uses(p, IA_RADIUS_SHANK);
    bool by_profile = ia_recon_uses(p, IA_RADIUS_PROFILE);
    bool by_radius = shank || ia_recon_uses(p, IA_RADIUS_FIXED);

    if (p->radius > 0 && !by_radius)
        ia_warn(ctx, "--radius %g is not used: the radius comes from evolution = %s",
                p->radius, by);
    if (p->shank_deg > 0 && !shank)
        ia_warn(ctx, "--shank-deg %g is not used with evolution = %s", p->shank_deg, by);
    if (ia_recon_is_told(p, "shank_deg") && !shank)
        ia_warn(ctx, "shank_deg of sections is not used with evolution = %s", by);
    if (p->profile[0] && !by_profile)
        ia_warn(ctx, "--profile is not used with evolution = %s", by);
    if (!ia_recon_needs_voltage(p) && p->kf != usual && !(p->sigma_kf > 0))
        ia_warn(ctx, "--kf %g is not used: evolution = %s takes no radius from voltages",
                p->kf, by);
    if ((p->centre_x != 0 || p->centre_y != 0) &&
        hypot(p->centre_x - p->detector_x, p->centre_y - p->detector_y) >
            p->detector_radius)
        ia_warn(ctx,
                "the axis meets the plane of the detector at (%g, %g) mm, outside its "
                "radius of %.3g mm: check --centre-x and --centre-y",
                p->centre_x, p->centre_y, p->detector_radius);
}

// Fcc pressed together along [001] is bcc, with image compression to match: planes agree
// with the wrong one as well.
void ia_recon_doubt_icf(ia_ctx *ctx, const ia_named_poles *poles,
                        const ia_projection_fit *fit)
{
    if (!isnan(fit->sigma_icf))
        ia_lattices_doubt_icf(ctx, poles->lattices, poles->n_lattices, fit->icf);
}

void ia_recon_doubt_spacing(ia_ctx *ctx, const ia_projection_fit *fit, bool radius_told)
{
    const double uneven = 0.012, errors = 5; // of tips whose crystal is known: 0.1 to 1 %
    double off = fit->spacing - fit->spacing_expected;

    if (!(fabs(off) > uneven * fit->spacing_expected) ||
        !(fabs(off) > errors * fit->sigma_spacing))
        return;
    ia_warn(ctx,
            "planes (%d %d %d) are %.4g nm apart where the crystal has %.4g nm, %.2g of "
            "their errors away: %s",
            fit->plane[0], fit->plane[1], fit->plane[2], fit->spacing,
            fit->spacing_expected, fabs(off) / fit->sigma_spacing,
            radius_told ? "the radius was told, and the spacing goes with it; check the "
                          "radius, the efficiency and the lattice parameter"
                        : "no one kf fits the planes of all poles; check the lattice "
                          "parameter, and whether the constants change over the run "
                          "(--fit-parts)");
}
