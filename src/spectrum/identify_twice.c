// src/spectrum/identify_twice.c: are the peaks there twice, on two mass scales?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_twice.h"

#include <math.h>

enum { STRONGEST = 4, LEAST = 4 };

// Factors nearer to 1 are a part of the peak itself, or of the error of the scale.
static const double FARTHEST = 0.03, NEAREST = 0.003;

static double net_of(const ia_peak *p)
{
    return fmax(0, p->counts - p->background);
}

// The explained peak that a peak repeats on the second scale; NULL for none.
static const ia_peak *repeated(const ia_peaks *peaks, const ia_assignment *a,
                               const ia_peak *peak, const ia_twice *second)
{
    double root = fmax(0, sqrt(peak->mass) - second->delay);
    double mass = root * root / second->factor;
    int32_t near = ia_peaks_nearest(peaks, mass);

    // The next one may be another that has no explanation.
    for (int32_t i = near - 1; i <= near + 1; i++) {
        if (i < 0 || (size_t)i >= a->n_peaks || !a->explained[i])
            continue;
        const ia_peak *p = &peaks->list[i];
        double sigma = hypot(p->sigma_mass, peak->sigma_mass);
        if (fabs(p->mass - mass) < fmax(0.5 * p->width, fmin(3 * sigma, p->width)))
            return p;
    }
    return NULL;
}

// Like parts: within a factor of three of that of the strongest, or three standard
// deviations of counting.
static bool is_alike(const ia_peak *peak, const ia_peak *first, double part)
{
    double due = part * net_of(first), n = net_of(peak);
    return (n < 3 * due && n > due / 3) || fabs(n - due) < 3 * sqrt(n + due);
}

static ia_twice count_at(const ia_peaks *peaks, const ia_assignment *a, ia_twice t,
                         double part)
{

    for (size_t i = 0; i < a->n_peaks; i++) {
        const ia_peak *p = &peaks->list[i], *first;
        if (a->explained[i])
            continue;
        t.n_unexplained++;
        if (!(first = repeated(peaks, a, p, &t)) || !is_alike(p, first, part))
            continue;
        t.n++;
        t.part += net_of(p);
    }
    return t;
}

// Unexplained peaks by falling ions.
static size_t list_strongest(const ia_peaks *peaks, const ia_assignment *a,
                             size_t *strongest, double *left, double *all)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n_peaks; i++) {
        double net = net_of(&peaks->list[i]);
        *all += net;
        if (a->explained[i])
            continue;
        *left += net;
        size_t at = n < STRONGEST ? n++ : STRONGEST;
        for (; at > 0 && net > net_of(&peaks->list[strongest[at - 1]]); at--)
            if (at < STRONGEST)
                strongest[at] = strongest[at - 1];
        if (at < STRONGEST)
            strongest[at] = i;
    }
    return n;
}

// The better of `best` and what the second scale that puts `first` where `peak` is
// repeats.
static void try_pair(const ia_peaks *peaks, const ia_assignment *a, const ia_peak *first,
                     const ia_peak *peak, ia_twice *best)
{
    double part = net_of(peak) / fmax(1, net_of(first));
    const ia_twice second[] = {
        {.factor = peak->mass / first->mass},
        {.factor = 1, .delay = sqrt(peak->mass) - sqrt(first->mass)}};

    for (size_t k = 0; k < sizeof second / sizeof *second; k++) {
        ia_twice t = count_at(peaks, a, second[k], part);
        if (t.n > best->n || (t.n == best->n && t.part > best->part))
            *best = t;
    }
}

bool ia_is_twice(const ia_peaks *peaks, const ia_assignment *a, ia_twice *out)
{
    const double most = 0.8; // of the unexplained ions
    size_t strongest[STRONGEST];
    double left = 0, all = 0;
    ia_twice best = {.factor = 1};
    size_t n = list_strongest(peaks, a, strongest, &left, &all);

    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < a->n_peaks; i++) {
            const ia_peak *peak = &peaks->list[strongest[k]], *first = &peaks->list[i];
            double off = fabs(peak->mass / first->mass - 1);
            if (a->explained[i] && off <= FARTHEST && off >= NEAREST)
                try_pair(peaks, a, first, peak, &best);
        }
    if (best.n < LEAST || 2 * best.n < best.n_unexplained || best.part < most * left)
        return false;
    best.part /= fmax(1, all);
    *out = best;
    return true;
}
