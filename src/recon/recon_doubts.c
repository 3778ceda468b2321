// src/recon/recon_doubts.c: what of hits, voltages and settings cannot be meant so.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Hits that are as good as none: all of one place.
static void doubt_middle(ia_ctx *ctx, const ia_recon_scan *scan)
{
    const double most = 0.01; // share
    size_t n = 0;

    for (size_t k = 0; k < scan->n_hits; k++)
        n += scan->hits[2 * k] == 0 && scan->hits[2 * k + 1] == 0;
    double share = (double)n / (double)scan->n_hits;
    if (share > most)
        ia_warn(ctx,
                "%.3g %% of the hits are at (0, 0), as where none was recorded: these "
                "ions stand on the axis and count in the depth",
                100 * share);
}

// Another unit, or another detector, from some ion on.
static void doubt_reach(ia_ctx *ctx, const ia_recon_scan *scan,
                        const ia_reconstruction *r)
{
    enum { PARTS = 16, FEWEST = 50 };
    const double unlike = 1.8; // of mean distances from the middle
    double least = HUGE_VAL, most = 0;
    size_t where[2] = {0};

    for (size_t part = 0; part < PARTS && scan->n_hits >= PARTS * FEWEST; part++) {
        double sum = 0, n = 0;
        for (size_t k = scan->n_hits * part / PARTS;
             k < scan->n_hits * (part + 1) / PARTS; k++) {
            double d = hypot((double)scan->hits[2 * k], (double)scan->hits[2 * k + 1]);
            sum += d > 0 && isfinite(d) ? d : 0;
            n += d > 0 && isfinite(d);
        }
        if (!(n > 0))
            continue;
        where[0] = sum / n < least ? part : where[0];
        where[1] = sum / n > most ? part : where[1];
        least = fmin(least, sum / n);
        most = fmax(most, sum / n);
    }
    if (most > unlike * least && isfinite(least))
        ia_warn(ctx,
                "hits are %.3g mm from the middle on average about ion %zu and %.3g mm "
                "about ion %zu: the unit or the detector changes within the file",
                least * r->scale, (2 * where[0] + 1) * r->n / (2 * PARTS),
                most * r->scale, (2 * where[1] + 1) * r->n / (2 * PARTS));
}

enum { SIDE = 48, CELLS = SIDE * SIDE };

// Blank cells that hang together with one of them: how many; the box about them.
static size_t gather(size_t first, bool blank[CELLS], size_t list[CELLS], size_t box[4])
{
    size_t n = 0;

    box[0] = box[2] = SIDE;
    box[1] = box[3] = 0;
    list[n++] = first;
    blank[first] = false;
    for (size_t i = 0; i < n; i++) {
        size_t x = list[i] % SIDE, y = list[i] / SIDE;
        box[0] = x < box[0] ? x : box[0];
        box[1] = x > box[1] ? x : box[1];
        box[2] = y < box[2] ? y : box[2];
        box[3] = y > box[3] ? y : box[3];
        for (size_t b = y > 0 ? y - 1 : 0; b <= y + 1 && b < SIDE; b++)
            for (size_t a = x > 0 ? x - 1 : 0; a <= x + 1 && a < SIDE; a++)
                if (blank[b * SIDE + a]) {
                    blank[b * SIDE + a] = false;
                    list[n++] = b * SIDE + a;
                }
    }
    return n;
}

// Cells within the detector that have less than a tenth of its hits; how many it has.
static size_t find_blank(const ia_recon_scan *scan, const ia_reconstruction *r,
                         bool blank[CELLS])
{
    const double radius = r->params.detector_radius, tenth = 0.1;
    float counts[CELLS] = {0};
    size_t n_within = 0, n_hits = 0;

    for (size_t k = 0; k < scan->n_hits; k++) {
        double x = (double)scan->hits[2 * k] * r->scale / radius,
               y = (double)scan->hits[2 * k + 1] * r->scale / radius;
        if (!(fabs(x) < 1 && fabs(y) < 1))
            continue;
        counts[(size_t)((y + 1) / 2 * SIDE) * SIDE + (size_t)((x + 1) / 2 * SIDE)]++;
        n_hits++;
    }
    for (size_t i = 0; i < CELLS; i++) {
        double x = 2 * ((double)(i % SIDE) + 0.5) / SIDE - 1,
               y = 2 * ((double)(i / SIDE) + 0.5) / SIDE - 1;
        blank[i] = hypot(x, y) < 1 - 2.0 / SIDE;
        n_within += blank[i];
    }
    double mean = (double)n_hits / (double)n_within;
    for (size_t i = 0; i < CELLS; i++)
        blank[i] = blank[i] && mean > 20 && (double)counts[i] < tenth * mean;
    return n_within;
}

// Wire or dead delay line: narrower than what is left out as blind, but longer than any
// pole is wide.
static void doubt_strip(ia_ctx *ctx, const ia_recon_scan *scan,
                        const ia_reconstruction *r)
{
    bool blank[CELLS];
    size_t list[CELLS], box[4], n_within = find_blank(scan, r, blank);

    for (size_t i = 0; i < CELLS && !(scan->cover.blind > 0); i++) {
        size_t n = blank[i] ? gather(i, blank, list, box) : 0;
        if (n == 0 ||
            hypot((double)(box[1] - box[0]), (double)(box[3] - box[2])) < SIDE / 2)
            continue;
        ia_warn(ctx,
                "a strip of %.2g %% of the detector has no hits and is counted as seen: "
                "depths come out too small by as much",
                100 * (double)n / (double)n_within);
        return;
    }
}

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
    doubt_order(ctx, scan);
}

void ia_recon_doubt_input(ia_ctx *ctx, const ia_recon_scan *scan,
                          const ia_reconstruction *r)
{
    doubt_middle(ctx, scan);
    doubt_reach(ctx, scan, r);
    doubt_strip(ctx, scan, r);
    if (scan->volts)
        doubt_voltages(ctx, scan, r);
}

void ia_recon_doubt_settings(ia_ctx *ctx, const ia_reconstruct_params *p)
{
    static const char *const words[] = {"voltage", "shank", "taper", "fixed", "profile"};
    const double usual = ia_reconstruct_defaults().kf;
    const char *by = words[p->evolution];
    bool by_radius = p->evolution == IA_RADIUS_SHANK || p->evolution == IA_RADIUS_FIXED;

    if (p->radius > 0 && !by_radius)
        ia_warn(ctx, "--radius %g is not used: the radius comes from evolution = %s",
                p->radius, by);
    if (p->shank_deg > 0 && p->evolution != IA_RADIUS_SHANK)
        ia_warn(ctx, "--shank-deg %g is not used with evolution = %s", p->shank_deg, by);
    if (p->profile[0] && p->evolution != IA_RADIUS_PROFILE)
        ia_warn(ctx, "--profile is not used with evolution = %s", by);
    bool no_voltage = p->evolution == IA_RADIUS_PROFILE || (by_radius && p->radius > 0);
    if (no_voltage && p->kf != usual && !(p->sigma_kf > 0))
        ia_warn(ctx, "--kf %g is not used: evolution = %s takes no radius from voltages",
                p->kf, by);
    if (hypot(p->centre_x, p->centre_y) > p->detector_radius)
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
    const double least = 1.3, most = 2; // of tips
    char others[256] = "";
    size_t n = 0;

    if (isnan(fit->sigma_icf) || (fit->icf >= least && fit->icf <= most))
        return;
    for (size_t i = 1; i < poles->n_lattices; i++) {
        const ia_lattice_evidence *e = &poles->lattices[i];
        if (e->icf >= least && e->icf <= most && e->n_named >= IA_POLES_TO_FIT &&
            n < sizeof others)
            n += (size_t)snprintf(others + n, sizeof others - n, "%s%s (%.3g)",
                                  n > 0 ? ", " : "; a usual one comes of ", e->crystal,
                                  e->icf);
    }
    ia_warn(ctx,
            "an image compression of %.3g is outside the %g to %g that tips have: check "
            "--crystal and --flight-path%s",
            fit->icf, least, most, others);
}
