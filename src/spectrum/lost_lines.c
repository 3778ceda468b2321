// src/spectrum/lost_lines.c: isotope lines that hold too few ions beside the others of
// their ion, whatever was told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/lost_lines.h"

#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

// Ions of a line that tell anything, and a share of all ions in peaks below which an atom
// is not looked at.
static const double IONS_LEAST = 25, FAIR = 0.01;
// By what factor others exceed a line that has lost ions, and by how much they may
// differ.
static const double MISSING = 1.33, ALIKE = 1.15;
static const double PART_LEAST = 0.1; // of a line; of less too few are left to count up
enum { LINES_MOST = 16 };

typedef struct {
    double share, net, sigma; // of an ion; ions in its peak without background
    int32_t peak;             // -1 for none
} line_seen;

typedef struct {
    line_seen list[LINES_MOST];
    size_t n;
} lines_seen;

static double net_of(const ia_peak *peak)
{
    return fmax(0, peak->counts - peak->background);
}

// As far off as a scale may be that is still recovered.
static int32_t peak_at(const ia_peaks *peaks, double mass)
{
    const double most = 0.09; // Da at 28 Da
    int32_t p = ia_peaks_nearest(peaks, mass);

    return p >= 0 && fabs(peaks->list[p].mass - mass) < most * sqrt(mass / 28) ? p : -1;
}

static void see(const ia_peaks *peaks, const ia_ion_line *line, lines_seen *seen)
{
    const double known = 0.03; // how well shapes tell the number of a peak
    int32_t p = peak_at(peaks, line->mass);
    line_seen *last = seen->n ? &seen->list[seen->n - 1] : NULL;

    if (last && p >= 0 && last->peak == p) {
        last->share += line->share;
        return;
    }
    if (seen->n == LINES_MOST)
        return;
    line_seen *s = &seen->list[seen->n++];
    *s = (line_seen){.share = line->share, .peak = p, .sigma = 1};
    if (p < 0)
        return;
    const ia_peak *peak = &peaks->list[p];
    s->net = net_of(peak);
    s->sigma = sqrt(fmax(1, peak->counts) + pow(known * s->net, 2) +
                    pow(0.1 * peak->background, 2));
}

// By what factor a line holds more than another allows; NAN where it is too few to tell,
// 0 where it does not surely.
static double excess_of(const line_seen *line, const line_seen *over)
{
    const double sure = 5; // standard deviations
    double due = line->share * over->net / over->share;

    if (line == over || due < IONS_LEAST)
        return NAN;
    double sigma = hypot(line->sigma, due / over->net * over->sigma);
    return line->net < MISSING * due || line->net < due + sure * sigma ? 0
                                                                       : line->net / due;
}

// Have the lines, all but one, the same excess over that one, or more?
static bool is_lost(const lines_seen *seen, const line_seen *line, double *part)
{
    double least = INFINITY, sum = 0;
    size_t n = 0;

    if (line->peak < 0 || line->net < IONS_LEAST)
        return false;
    for (size_t i = 0; i < seen->n; i++)
        least = fmin(least, excess_of(&seen->list[i], line));
    if (!isfinite(least) || !(least > 0))
        return false;
    for (size_t i = 0; i < seen->n; i++) {
        double factor = excess_of(&seen->list[i], line);
        if (factor <= ALIKE * least) {
            sum += factor;
            n++;
        }
    }
    *part = n > 0 ? (double)n / sum : 0;
    return n >= 2 && *part > PART_LEAST;
}

// Those of most ions stay.
static void insert(ia_lost_lines *lost, ia_lost_line line)
{
    size_t i = lost->n < IA_LOST_LINES_MOST ? lost->n++ : lost->n;

    for (; i > 0 && lost->list[i - 1].ions < line.ions; i--)
        if (i < IA_LOST_LINES_MOST)
            lost->list[i] = lost->list[i - 1];
    if (i < IA_LOST_LINES_MOST)
        lost->list[i] = line;
}

static ia_status look_at(ia_ctx *ctx, const ia_peaks *peaks, const ia_ion *ion,
                         ia_lost_lines *lost)
{
    const double faint = 1e-4;
    ia_ion_line *lines = NULL;
    lines_seen seen = {.n = 0};
    size_t n = 0;
    double all = 0;
    ia_status st = ia_ion_lines(ctx, ion, &peaks->widths, faint, &lines, &n);

    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        see(peaks, &lines[i], &seen);
    free(lines);
    for (size_t i = 0; i < peaks->n; i++)
        all += net_of(&peaks->list[i]);
    for (size_t i = 0; i < seen.n; i++) {
        const line_seen *line = &seen.list[i];
        double part;
        if (!is_lost(&seen, line, &part) || line->net < FAIR * part * line->share * all)
            continue;
        insert(lost, (ia_lost_line){*ion, line->net / part / line->share, line->peak,
                                    peaks->list[line->peak].mass, part});
    }
    return IA_OK;
}

ia_status ia_lost_lines_find(ia_ctx *ctx, const ia_peaks *peaks,
                             const ia_identify_params *params, ia_lost_lines *out)
{
    unsigned charges =
        params->technique == IA_TECHNIQUE_APT ? (unsigned)params->charge_max : 1;
    ia_lost_lines lost = {.n = 0};
    ia_status st = IA_OK;

    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++) {
        if (!isfinite(ia_element_of(z)->mass))
            continue;
        for (unsigned charge = 1; st == IA_OK && charge <= charges; charge++) {
            ia_ion ion = {.charge = (uint8_t)charge,
                          .negative = params->polarity == IA_POLARITY_NEGATIVE};
            ia_ion_add(&ion, z, 0, 1);
            ia_ion_rename(&ion);
            st = look_at(ctx, peaks, &ion, &lost);
        }
    }
    if (st == IA_OK)
        *out = lost;
    return st;
}
