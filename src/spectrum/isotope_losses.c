// src/spectrum/isotope_losses.c: what isotopes say of the ions that a busy detector lost.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/isotope_losses.h"

#include <math.h>

// Of one line: how well its share is known, and how few ions tell anything.
static const double SHARE_KNOWN = 0.02, IONS_LEAST = 50;
static const double ALONE = 0.95,
                    MOST = 0.8;         // of a core's ions, where others may be told
static const double OTHERS_KNOWN = 0.1; // how well other ions of a core are, by theirs
enum { STEPS = 400 };                   // from no loss to that of all
static const double WORST_FIT = 3;      // chi-squared over its degrees of freedom
static const double BEFORE = 0.05;      // that the largest line has lost any, beforehand

static double net_of(const ia_deconvolution *d, size_t w)
{
    return d->windows[w].core.observed - d->windows[w].core.background;
}

static double share_of(const ia_deconvolution *d, size_t w, size_t k)
{
    return d->share[0][w * d->n_ions + k];
}

// Does the ion have a line that holds more than this one?
static bool is_told_elsewhere(const ia_deconvolution *d, size_t w, size_t k)
{
    for (size_t v = 0; v < d->n_windows; v++)
        if (share_of(d, v, k) > share_of(d, w, k))
            return true;
    return false;
}

// Ions of a core that are not ion k's, and whether each kind has a larger line elsewhere.
static double others_of(const ia_deconvolution *d, size_t w, size_t k, bool *are_told)
{
    double others = 0;

    *are_told = true;
    for (size_t i = 0; i < d->n_ions; i++) {
        double n = share_of(d, w, i) * d->ions[i].counts;
        if (i == k || !(n > 0))
            continue;
        others += n;
        *are_told = *are_told && is_told_elsewhere(d, w, i);
    }
    return others;
}

static double own_of(const ia_deconvolution *d, size_t w, size_t k)
{
    bool are_told;
    return net_of(d, w) - others_of(d, w, k, &are_told);
}

// Is it a core of ion k alone, or nearly and other lines tell of the rest, with enough
// ions to tell?
static bool is_own(const ia_deconvolution *d, size_t w, size_t k)
{
    const ia_solved_window *v = &d->windows[w];
    double own = share_of(d, w, k) * d->ions[k].counts;
    bool are_told;
    double all = own + others_of(d, w, k, &are_told);

    return !v->foreign && isfinite(own) && own > (are_told ? MOST : ALONE) * all &&
           own > IONS_LEAST && own_of(d, w, k) > IONS_LEAST;
}

static double variance_of(const ia_deconvolution *d, size_t w, size_t k)
{
    const ia_solved_window *v = &d->windows[w];
    bool are_told;
    double shape = SHARE_KNOWN * net_of(d, w);
    double others = OTHERS_KNOWN * others_of(d, w, k, &are_told);

    return fmax(1, v->core.observed) + v->doubt * v->doubt + shape * shape +
           others * others;
}

static double left_of(const ia_isotope_losses *l, const ia_deconvolution *d, size_t w,
                      double part)
{
    return fmax(0.05, 1 - part * net_of(d, w) / l->all);
}

// Deviations of an ion's lines from its isotopes with that loss, its number fitted.
static double deviation(const ia_isotope_losses *l, const ia_deconvolution *d, size_t k,
                        double part)
{
    double both = 0, square = 0, sum = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        if (!is_own(d, w, k))
            continue;
        double due = share_of(d, w, k) * left_of(l, d, w, part);
        double n = own_of(d, w, k), variance = variance_of(d, w, k);
        both += due * n / variance;
        square += due * due / variance;
        sum += n * n / variance;
    }
    return square > 0 ? sum - both * both / square : 0;
}

static double chi2_of(const ia_isotope_losses *l, const ia_deconvolution *d, double part)
{
    double sum = 0;
    for (size_t k = 0; k < d->n_ions; k++)
        sum += deviation(l, d, k, part);
    return sum;
}

// Lines beyond the first of each ion: what the loss has to answer to.
static double freedom_of(const ia_deconvolution *d)
{
    double n = 0;

    for (size_t k = 0; k < d->n_ions; k++) {
        size_t own = 0;
        for (size_t w = 0; w < d->n_windows; w++)
            own += is_own(d, w, k);
        n += own > 1 ? (double)own - 1 : 0;
    }
    return n - 1;
}

// How much likelier the isotopes are with some loss, all parts alike likely beforehand,
// than with none; `wide` stretches deviations that nothing explains.
static double odds_of(const double *chi2, double wide)
{
    double sum = 0;

    for (size_t i = 0; i <= STEPS; i++)
        sum += exp((chi2[0] - chi2[i]) / (2 * wide));
    return sum / (STEPS + 1);
}

// The part that explains the isotopes best, how far it may lie from that, and how likely
// a loss is. False where none explains them: isotopes that are not those of nature ask
// for one each.
static bool fit(const ia_deconvolution *d, ia_isotope_losses *l)
{
    double chi2[STEPS + 1], freedom = freedom_of(d), lo = NAN, hi = NAN;
    size_t best = 0;

    for (size_t i = 0; i <= STEPS; i++) {
        chi2[i] = chi2_of(l, d, (double)i / STEPS);
        best = chi2[i] < chi2[best] ? i : best;
    }
    double wide = fmax(1, freedom > 0 ? chi2[best] / freedom : 1);
    for (size_t i = 0; i <= STEPS; i++) {
        double part = (double)i / STEPS;
        if (chi2[i] > chi2[best] + wide)
            continue;
        lo = isnan(lo) ? part : lo;
        hi = part;
    }
    double odds = BEFORE / (1 - BEFORE) * odds_of(chi2, wide);
    l->part = (double)best / STEPS;
    l->sigma = fmax(0.5 * (hi - lo), 1.0 / STEPS);
    l->probability = isfinite(odds) ? odds / (1 + odds) : 1;
    return chi2[best] < WORST_FIT * freedom;
}

static int64_t largest_core(const ia_deconvolution *d, const ia_isotope_losses *l)
{
    const double fair = 0.1; // of all ions: less loses next to nothing
    int64_t largest = -1;

    for (size_t w = 0; w < d->n_windows; w++)
        if (!d->windows[w].foreign && net_of(d, w) > fair * l->all &&
            (largest < 0 || net_of(d, w) > net_of(d, (size_t)largest)))
            largest = (int64_t)w;
    return largest;
}

// Lines of the ion that hold more than its largest one allows, two at least; none holds
// less.
static bool others_exceed(const ia_deconvolution *d, size_t k, size_t main_core)
{
    const double clear = 2; // standard deviations
    double main_own = own_of(d, main_core, k);
    double per_share = main_own / share_of(d, main_core, k);
    double main_error = sqrt(variance_of(d, main_core, k)) / main_own;
    size_t n = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        if (w == main_core || !is_own(d, w, k))
            continue;
        double due = share_of(d, w, k) * per_share, over = own_of(d, w, k) - due;
        double sigma = hypot(sqrt(variance_of(d, w, k)), due * main_error);
        if (over < -clear * sigma)
            return false;
        n += over > clear * sigma;
    }
    return n >= 2;
}

bool ia_isotope_losses_find(const ia_deconvolution *solved, ia_isotope_losses *out)
{
    const double likely = 0.05; // less is not looked at
    const ia_deconvolution *d = solved;
    ia_isotope_losses l = {.part = 0};

    for (size_t w = 0; w < d->n_windows; w++)
        l.all += fmax(0, net_of(d, w));
    int64_t core = largest_core(d, &l);
    if (core < 0)
        return false;
    for (l.ion = 0; l.ion < d->n_ions; l.ion++)
        if (is_own(d, (size_t)core, l.ion))
            break;
    if (l.ion == d->n_ions || !others_exceed(d, l.ion, (size_t)core))
        return false;
    if (!fit(d, &l))
        return false;
    l.mass = 0.5 * (d->windows[core].core.lo + d->windows[core].core.hi);
    l.lost = 1 - left_of(&l, d, (size_t)core, l.part);
    *out = l;
    return l.probability > likely && l.part > 0 && l.part < 1;
}

ia_loss_factor ia_isotope_losses_factor(const ia_isotope_losses *losses,
                                        const ia_deconvolution *solved, size_t ion)
{
    const double elsewhere = 0.3; // how far another ion's loss may differ, a part of it
    const ia_deconvolution *d = solved;
    double due = 0, left = 0;
    size_t own = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        double share = share_of(d, w, ion);
        due += share;
        left += share * left_of(losses, d, w, losses->part);
        own += is_own(d, w, ion);
    }
    // None with 1 - p, all of it with p: the mean of the two, and how they scatter.
    double p = losses->probability, more = left > 0 ? due / left - 1 : 0;
    double known = losses->sigma / losses->part;
    return (ia_loss_factor){.value = 1 + p * more,
                            .common = more * sqrt(p * known * known + p * (1 - p)),
                            .own = own > 1 ? 0 : more * sqrt(p) * elsewhere};
}
