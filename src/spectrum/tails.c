// src/spectrum/tails.c: ions that left the specimen late, behind the peaks of a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tails.h"

#include <math.h>
#include <stdlib.h>

enum { TAILED_MOST = 64, FALLING = 12 };

const double ia_core_left = 3, ia_core_right = 6;

// Weaker peaks have no tail that shows.
static const double SHARE_LEAST = 1e-4;

static const double USUAL_SHARE = 0.8; // of a peak's ions in its window

static int by_falling_ions(const void *a, const void *b)
{
    double x = ((const ia_tailed *)a)->ions, y = ((const ia_tailed *)b)->ions;
    return (x < y) - (x > y);
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_tailed *)a)->mass, y = ((const ia_tailed *)b)->mass;
    return (x > y) - (x < y);
}

// Decays spaced evenly in the logarithm from two widths of a peak to a third of the
// spectrum, and three broad ones that rise before they fall: a tip that goes on warming.
static void set_decays(const ia_peak_widths *widths, ia_tails *out)
{
    double width = ia_peak_width(widths, 28) / (2 * sqrt(28)), span = sqrt(out->end);
    double shortest = 2 * width, longest = fmax(10 * width, span / 3);
    static const double broad[] = {1 / 18.0, 1 / 6.0, 1 / 2.25};

    for (size_t k = 0; k < FALLING; k++)
        out->decays[k] =
            (ia_decay){shortest * pow(longest / shortest, (double)k / (FALLING - 1)), 1};
    for (size_t k = FALLING; k < IA_DECAYS; k++)
        out->decays[k] = (ia_decay){span * broad[k - FALLING], 2};
}

ia_status ia_tails_build(ia_ctx *ctx, const ia_spectrum *spectrum, const ia_peaks *peaks,
                         const ia_peak_shape *shape, ia_tails *out)
{
    ia_tails tails = {.end = spectrum->m_min + (double)spectrum->n_bins * spectrum->bin};

    if (!(tails.list = ia_array(ctx, peaks->n, sizeof *tails.list)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *p = &peaks->list[i];
        double share =
            shape ? ia_peak_shape_share(shape, p->mass, p->lo, p->hi) : USUAL_SHARE;
        tails.list[i] =
            (ia_tailed){.mass = p->mass,
                        .ions = fmax(0, p->counts - p->background) / fmax(share, 0.1),
                        .from = p->mass + ia_core_right * p->width};
    }
    if (peaks->n > 0)
        qsort(tails.list, peaks->n, sizeof *tails.list, by_falling_ions);
    while (tails.n < peaks->n && tails.n < TAILED_MOST &&
           tails.list[tails.n].ions > SHARE_LEAST * tails.list[0].ions)
        tails.n++;
    if (tails.n > 0)
        qsort(tails.list, tails.n, sizeof *tails.list, by_mass);
    set_decays(&peaks->widths, &tails);
    *out = tails;
    return IA_OK;
}

void ia_tails_clear(ia_tails *tails)
{
    free(tails->list);
    *tails = (ia_tails){0};
}

// Share of a decay that comes later than a delay.
static double later(const ia_decay *d, double delay)
{
    double x = delay / d->scale;

    if (x <= 0)
        return 1;
    return d->order == 1 ? exp(-x) : (1 + x) * exp(-x);
}

double ia_tail_of(const ia_tails *tails, size_t peak, size_t k, double lo, double hi)
{
    const ia_tailed *t = &tails->list[peak];
    double root = sqrt(t->mass);

    if (hi <= t->mass || hi <= lo)
        return 0;
    return t->ions * (later(&tails->decays[k], sqrt(fmax(lo, t->mass)) - root) -
                      later(&tails->decays[k], sqrt(hi) - root));
}

double ia_tails_of(const ia_tails *tails, size_t k, double lo, double hi)
{
    double sum = 0;

    for (size_t i = 0; i < tails->n && tails->list[i].mass < hi; i++)
        sum += ia_tail_of(tails, i, k, lo, hi);
    return sum;
}

double ia_tails_beside(const ia_tails *tails, size_t k, double lo, double hi)
{
    double sum = 0;

    for (size_t i = 0; i < tails->n && tails->list[i].mass < hi; i++) {
        const ia_tailed *t = &tails->list[i];
        if (t->mass < lo && t->from < hi)
            sum += ia_tail_of(tails, i, k, fmax(lo, t->from), hi);
    }
    return sum;
}
