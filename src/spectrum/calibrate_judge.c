// src/spectrum/calibrate_judge.c: how well the ions of a mass scale account for the
// spectrum, and the scale that its peaks ask for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANDMARKS = CAL_NAMES, ROUNDS = 3 };

static const double BIN = 0.01, HEAVIEST = 310, LIGHTEST = 0.5; // Da

ia_status cal_scale_spectrum(ia_ctx *ctx, const cal_places *places, double a, double b,
                             ia_spectrum *out)
{
    ia_spectrum s = {.bin = BIN};
    double most = fmax(a * places->z_max + b, 1);
    s.n_bins = (size_t)(fmin(most * most, HEAVIEST) / BIN) + 1;
    if (!(s.counts = ia_array(ctx, s.n_bins, sizeof *s.counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < places->n; i++) {
        double root = places->z[i] > 0 ? a * places->z[i] + b : 0;
        double at = root * root / BIN;
        if (!(root > 0))
            s.below++;
        else if (at >= (double)s.n_bins)
            s.above++;
        else
            s.counts[(size_t)at]++;
    }
    *out = s;
    return IA_OK;
}

// A peak that one ion accounts for.
typedef struct {
    double z, root, sigma; // of z and of sqrt(m/n) together
    const ia_ion *ion;
} landmark;

static const ia_species *sole_user(const ia_model *m, uint32_t site, const ia_link **link)
{
    const ia_site *s = &m->sites[site];
    for (uint32_t u = m->first[site]; u < m->first[site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        for (size_t i = 0; sp->intensity > 0 && i < sp->n_links; i++)
            if (sp->links[i].site == site &&
                sp->links[i].share * sp->intensity > 0.85 * (s->mu - s->b)) {
                *link = &sp->links[i];
                return sp;
            }
    }
    return NULL;
}

// Peaks with one ion each; the scale's share of explained ions and the largest's name.
static size_t find_landmarks(const ia_model *m, cal_scale *scale, landmark *list)
{
    size_t n = 0;
    double all = 0, told = 0, largest = 0;
    const double light = 4;      // hydrogen is off on its own account
    const double scatter = 1.25; // of places over that by counts, in drawn runs
    memset(&scale->ion, 0, sizeof scale->ion);
    for (uint32_t s = 0; s < m->n_sites; s++) {
        const ia_site *site = &m->sites[s];
        const ia_link *link = NULL;
        double net = site->n - site->b;
        if (site->peak < 0 || !(net > 0))
            continue;
        const ia_species *sp = sole_user(m, s, &link);
        all += net;
        told += fmin(net, site->mu - site->b);
        if (net > largest) {
            largest = net;
            memset(&scale->ion, 0, sizeof scale->ion);
            if (sp)
                scale->ion = sp->candidate->ion;
        }
        double most = site->mu - site->b;
        if (!sp || most < 0.6 * net || most > 1.7 * net || n == LANDMARKS)
            continue;
        double root = sqrt(site->mass), width = ia_peak_width(&m->widths, site->mass);
        double extra = site->mass < light ? 0.03 : 0.04 * width;
        list[n++] = (landmark){(root - scale->b) / scale->a, sqrt(link->mass),
                               hypot(scatter * site->sigma_mass, extra) / (2 * root),
                               &sp->candidate->ion};
    }
    scale->explained = all > 0 ? told / all : 0;
    scale->n_lines = n;
    return n;
}

// Weighted straight line with the prior; far landmarks count little.
static void fit_line(const landmark *list, size_t n, const cal_scale_prior *p,
                     cal_scale *scale)
{
    double a = scale->a, b = scale->b, chi2 = 0;
    for (int round = 0; round < 20; round++) {
        // The prior, straightened about the present values.
        double wa = 4 / (p->sigma_ln * p->sigma_ln * a * a);
        double wb = 1 / (p->sigma_shift * p->sigma_shift * a * a);
        double saa = wa, sbb = wb, sab = 0, sa = wa * 1, sb = wb * p->shift * a;
        chi2 = 0;
        for (size_t i = 0; i < n; i++) {
            double off = (list[i].root - a * list[i].z - b) / list[i].sigma;
            double w = 1 / (list[i].sigma * list[i].sigma * (1 + off * off / 9));
            saa += w * list[i].z * list[i].z;
            sab += w * list[i].z;
            sbb += w;
            sa += w * list[i].z * list[i].root;
            sb += w * list[i].root;
            chi2 += off * off / (1 + off * off / 9);
        }
        double det = saa * sbb - sab * sab;
        a = (sa * sbb - sb * sab) / det;
        b = (sb * saa - sa * sab) / det;
        scale->sigma_a = sqrt(sbb / det);
        scale->sigma_b = sqrt(saa / det);
        scale->covariance = -sab / det;
    }
    double excess = n > 2 ? fmax(1, chi2 / (double)(n - 2)) : 1;
    scale->misfit = n > 2 ? chi2 / (double)(n - 2) : NAN;
    scale->sigma_a *= sqrt(excess);
    scale->sigma_b *= sqrt(excess);
    scale->covariance *= excess;
    if (a > 0) {
        scale->a = a;
        scale->b = b;
    }
}

typedef struct {
    ia_spectrum spectrum;
    ia_counts counts;
    ia_peaks peaks;
    ia_candidates candidates;
    ia_model model;
    bool found[IA_Z_MAX + 1];
} account;

static void clear_account(account *j)
{
    ia_model_clear(&j->model);
    ia_candidates_clear(&j->candidates);
    ia_peaks_clear(&j->peaks);
    ia_counts_clear(&j->counts);
    ia_spectrum_clear(&j->spectrum);
}

static ia_status choose(ia_ctx *ctx, account *j, double sigma)
{
    ia_identify_params params = ia_identify_defaults();
    ia_mass_scale straight = {.sigma = sigma};
    const ia_candidate_rules rules = {
        .params = &params,
        .found = j->found,
        .m_lo = LIGHTEST,
        .m_hi = ia_counts_end(&j->counts),
        .widths = &j->peaks.widths,
    };
    ia_status st;
    ia_model_clear(&j->model);
    ia_candidates_clear(&j->candidates);
    if ((st = ia_candidates_build(ctx, &rules, &j->candidates)) != IA_OK ||
        (st = ia_model_build(ctx, &j->counts, &j->peaks, &j->candidates, &straight,
                             &j->model)) != IA_OK)
        return st;
    return ia_model_search(ctx, &j->model);
}

static double onto(const cal_scale *scale, double m)
{
    double root = scale->a * sqrt(m) + scale->b;
    return root > 0 ? root * root : 0;
}

// The same peaks for every scale: which are found depends on how bins fall, and that is
// no part of what speaks for a scale.
static ia_status move_peaks(ia_ctx *ctx, const ia_peaks *from, const cal_scale *scale,
                            ia_peaks *out)
{
    double most = 0, at = 28, width = from->widths.width;
    *out = *from;
    out->n = 0;
    if (!(out->list = ia_array(ctx, from->n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < from->n; i++) {
        ia_peak p = from->list[i];
        double to = onto(scale, p.mass);
        double stretch = scale->a * sqrt(to / p.mass);
        if (!(to > LIGHTEST && to < HEAVIEST && onto(scale, p.lo) > 0))
            continue;
        if (p.counts > most) {
            most = p.counts;
            at = to;
            width = ia_peak_width(&from->widths, p.mass) * stretch;
        }
        p.mass = to;
        p.sigma_mass *= stretch;
        p.centre = onto(scale, p.centre);
        p.sigma_centre *= stretch;
        p.height /= stretch;
        p.width *= stretch;
        p.lo = onto(scale, p.lo);
        p.hi = onto(scale, p.hi);
        out->list[out->n++] = p;
    }
    out->widths.width = width / pow(at / 28, from->widths.power);
    return IA_OK;
}

static ia_status account_for(ia_ctx *ctx, const cal_places *places,
                             const cal_scale *scale, account *j)
{
    ia_background blind;
    ia_status st = cal_scale_spectrum(ctx, places, scale->a, scale->b, &j->spectrum);
    if (st != IA_OK ||
        (st = ia_background_compute(NULL, &j->spectrum, NULL, NULL, &blind)) != IA_OK ||
        (st = ia_counts_build(ctx, &j->spectrum, &blind, &j->counts)) != IA_OK)
        return st;
    if (places->peaks)
        return move_peaks(ctx, places->peaks, scale, &j->peaks);
    return ia_peaks_compute(ctx, &j->spectrum, &blind, NULL, &j->peaks);
}

ia_status cal_scale_judge(ia_ctx *ctx, const cal_places *places,
                          const cal_scale_prior *prior, cal_scale *scale,
                          cal_names *names)
{
    // Wide at first, then as narrow as the peaks allow.
    static const double sigmas[ROUNDS] = {0.03, 0.02, 0.01}; // Da at 28 Da
    landmark *list = ia_array(ctx, LANDMARKS, sizeof *list);
    account j = {0};
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;
    for (int round = 0; round < ROUNDS && st == IA_OK; round++) {
        bool found[IA_Z_MAX + 1];
        memcpy(found, j.found, sizeof found);
        clear_account(&j);
        j = (account){0};
        memcpy(j.found, found, sizeof found);
        if ((st = account_for(ctx, places, scale, &j)) != IA_OK ||
            (st = choose(ctx, &j, sigmas[round])) != IA_OK)
            break;
        for (unsigned z = 1; z <= IA_Z_MAX; z++)
            j.found[z] = j.found[z] || j.model.atoms[z] > 0;
        size_t n = find_landmarks(&j.model, scale, list);
        scale->width = j.peaks.widths.width;
        scale->score = ia_model_gain(&j.model);
        fit_line(list, n, prior, scale);
        for (size_t i = 0; i < n && names; i++)
            names->list[i] = (cal_name){list[i].root * list[i].root, *list[i].ion};
        if (names)
            names->n = n;
    }
    scale->score += cal_scale_prior_of(prior, scale->a, scale->b);
    clear_account(&j);
    free(list);
    return st;
}
