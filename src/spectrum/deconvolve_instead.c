// src/spectrum/deconvolve_instead.c: which ion takes the place of one that is told and
// not there.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_solving.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// CO+ and AlH+ lie 0.006 Da apart. Where one is told with probability p and is not there,
// its peak is still to be explained: by whom, and how many of it?

static const double SURE = 0.999;  // told with more: no one is asked for
static const double ALIKE = 0.9;   // correlation of what both put into cores
static const double DECADES = 9.2; // natural logarithm of the amounts that were as likely

// Of what ion k and a rival put into cores; those are weighed as the fit has them.
static double likeness(const solving *s, size_t k, const double *core)
{
    const ia_deconvolution *d = s->out;
    double both = 0, own = 0, other = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        double share = d->share[0][w * d->n_ions + k];
        both += share * core[w] / s->plain[w];
        own += share * share / s->plain[w];
        other += core[w] * core[w] / s->plain[w];
    }
    return own > 0 && other > 0 ? both / sqrt(own * other) : 0;
}

// Relative error of an amount that only these cores tell.
static double error_of(const solving *s, const double *core, double amount)
{
    double information = 0;

    for (size_t w = 0; w < s->out->n_windows; w++)
        information += core[w] * core[w] / s->plain[w];
    return 1 / (fmax(amount, 1) * sqrt(information));
}

// The fit with the rival's pattern where that of ion k was; (n_ions) amounts to `x`.
// Returns what that speaks for it, amounts of each decade as likely beforehand.
static ia_status try_instead(solving *s, size_t k, const double *core, double *x,
                             double *log_evidence)
{
    size_t n = s->out->n_ions, n_windows = s->out->n_windows;
    double *share = ia_array(s->ctx, n_windows * n, sizeof *share);
    ia_poisson p = s->doubted;

    if (!share)
        return IA_ERR_MEMORY;
    memcpy(share, p.share, n_windows * n * sizeof *share);
    for (size_t w = 0; w < n_windows; w++)
        share[w * n + k] = s->weight[w] * core[w];
    p.share = share;
    ia_status st = ia_poisson_fit(s->ctx, &p, s->left_out, x);
    if (st == IA_OK) {
        double part = 2.5 * error_of(s, core, x[k]) / DECADES;
        *log_evidence = ia_poisson_likelihood(&p, x) + log(fmin(1, part));
    }
    free(share);
    return st;
}

// The same where no one takes its place.
static ia_status try_without(solving *s, size_t k, double *x, double *log_evidence)
{
    s->left_out[k] = true;
    ia_status st = ia_poisson_fit(s->ctx, &s->doubted, s->left_out, x);
    s->left_out[k] = false;
    if (st == IA_OK)
        *log_evidence = ia_poisson_likelihood(&s->doubted, x);
    return st;
}

ia_status ia_instead_new(solving *s, size_t n_rivals)
{
    ia_deconvolution *d = s->out;
    size_t most = 0;

    for (size_t k = 0; k < d->n_ions; k++)
        most += d->ions[k].probability < SURE ? n_rivals : 0;
    d->instead = ia_array(s->ctx, most, sizeof *d->instead);
    d->instead_change = ia_array(s->ctx, most * d->n_ions, sizeof *d->instead_change);
    return d->instead && d->instead_change ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_instead_ask(solving *s, const ia_rival *rival,
                         const ia_instead_pattern *pattern)
{
    const double *core = pattern->core;
    ia_deconvolution *d = s->out;
    ia_status st = IA_OK;

    for (size_t k = 0; k < d->n_ions && st == IA_OK; k++) {
        if (d->ions[k].probability >= SURE || s->left_out[k] ||
            likeness(s, k, core) < ALIKE)
            continue;
        double *x = d->instead_change + d->n_instead * d->n_ions, without, with;
        if ((st = try_without(s, k, x, &without)) != IA_OK ||
            (st = try_instead(s, k, core, x, &with)) != IA_OK)
            break;
        with += x[k] * (pattern->slope - 0.5 * pattern->information * x[k]);
        d->instead[d->n_instead++] = (ia_instead){
            .told = (uint32_t)k,
            .ion = rival->ion,
            // yet logarithm of odds
            .probability = rival->log_odds - ia_rival_cost(rival, x[k]) + with - without,
            .counts = x[k],
        };
        for (size_t j = 0; j < d->n_ions; j++)
            x[j] = (j == k ? 0 : x[j]) - s->counts[j];
    }
    return st;
}

// Leave out whom no one need think of.
static void drop_unlikely(ia_deconvolution *d)
{
    const double least = 1e-3;
    size_t n = 0, n_ions = d->n_ions;

    for (size_t i = 0; i < d->n_instead; i++) {
        if (d->instead[i].probability < least)
            continue;
        d->instead[n] = d->instead[i];
        memmove(d->instead_change + n * n_ions, d->instead_change + i * n_ions,
                n_ions * sizeof *d->instead_change);
        n++;
    }
    d->n_instead = n;
}

void ia_instead_share(ia_deconvolution *d)
{
    for (size_t k = 0; k < d->n_ions; k++) {
        double most = 0, sum = 0; // log odds of no one
        for (size_t i = 0; i < d->n_instead; i++)
            if (d->instead[i].told == k)
                most = fmax(most, d->instead[i].probability);
        for (size_t i = 0; i < d->n_instead; i++)
            if (d->instead[i].told == k)
                sum += d->instead[i].probability = exp(d->instead[i].probability - most);
        for (size_t i = 0; i < d->n_instead; i++)
            if (d->instead[i].told == k)
                d->instead[i].probability /= sum + exp(-most);
    }
    drop_unlikely(d);
}
