// src/spectrum/limits_beside.c: other ions in the windows of an element, and what they
// take of it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/limits_internal.h"

#include <math.h>

// An overlap is believed to this part of itself: dead times, peak shapes and places.
static const double OVERLAP_DOUBT = 0.1;

// A peak reaches so far before its maximum, half-content widths.
static const double REACH_LEFT = 12;

static bool has_atomic(const ia_beside *b, const ia_deconvolution *d)
{
    for (size_t k = 0; k < d->n_ions; k++)
        if (ia_ion_atoms(&d->ions[k].ion) == 1 &&
            ia_atom_kind_count(b->own, &d->ions[k].ion, b->kind) == 1)
            return true;
    return false;
}

static double share_between(const ia_beside *b, const ia_sought_line *lines, size_t n,
                            double lo, double hi)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum +=
            lines[i].share * ia_peak_shape_share(b->input->shape, lines[i].mass, lo, hi);
    return sum;
}

// The number of each ion is a sum over windows of the fit, with the weights of
// `response`: an atom of an element that the fit does not know goes to the ions that
// share its windows. Where it is in the fit itself nothing is lost.
void ia_beside_set(ia_beside *b, ia_atom_kind kind, const ia_sought_line *lines, size_t n)
{
    const ia_deconvolution *d = b->input->solved;
    size_t n_windows = d->n_windows;

    b->kind = kind;
    for (size_t k = 0; k < d->n_ions; k++)
        b->absorbed[k] = 0;
    if (has_atomic(b, d))
        return;
    for (size_t w = 0; w < n_windows; w++) {
        const ia_solved_window *v = &d->windows[w];
        double core = share_between(b, lines, n, v->core.lo, v->core.hi);
        double rest = share_between(b, lines, n, v->whole.lo, v->whole.hi) - core;
        if (core <= 0 && rest <= 0)
            continue;
        for (size_t k = 0; k < d->n_ions; k++) {
            const double *response = d->response + k * 2 * n_windows;
            if (!isnan(d->ions[k].counts))
                b->absorbed[k] += response[w] * core + response[n_windows + w] * rest;
        }
    }
}

// Part of [lo, hi) that lies in a span.
static double part_in(const ia_place *p, const ia_solved_span *span)
{
    double length = fmin(p->hi, span->hi) - fmax(p->lo, span->lo);
    return fmax(0, length) / (p->hi - p->lo);
}

static double covariance_with(const ia_deconvolution *d, size_t k, const ia_place *p)
{
    const double *response = d->response + k * 2 * d->n_windows;
    double sum = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        const ia_solved_window *v = &d->windows[w];
        if (v->whole.lo >= p->hi || v->whole.hi <= p->lo)
            continue;
        double core = part_in(p, &v->core), whole = part_in(p, &v->whole);
        sum += response[w] * core + response[d->n_windows + w] * (whole - core);
    }
    return sum * (p->background + p->overlap);
}

static void add_sharer(ia_place *p, int32_t ion, double share)
{
    for (size_t i = 0; i < p->n_sharers; i++)
        if (p->sharers[i].ion == ion) {
            p->sharers[i].share += share;
            return;
        }
    if (p->n_sharers < IA_SHARERS_MOST)
        p->sharers[p->n_sharers++] = (ia_sharer){ion, share, 0};
}

void ia_beside_expect(const ia_beside *b, ia_place *p)
{
    const ia_limits_input *in = b->input;
    const ia_deconvolution *d = in->solved;
    double largest = 0;

    p->blocked_by = -1;
    p->overlap = p->unknown = p->doubt = p->doubt_unknown = 0;
    p->n_sharers = 0;
    p->gain = p->share;
    for (size_t i = 0; i < b->known->n; i++) {
        const ia_known_line *l = &b->known->list[i];
        double width = ia_peak_width(&in->shape->widths, l->mass);
        if (l->ions <= 0 || l->end <= p->lo || l->mass - REACH_LEFT * width >= p->hi ||
            (l->ion >= 0 &&
             ia_atom_kind_count(b->own, &d->ions[l->ion].ion, b->kind) > 0))
            continue;
        double part = ia_peak_shape_share(in->shape, l->mass, p->lo, fmin(p->hi, l->end));
        double n = l->ions * part;
        p->overlap += n;
        double doubt = n * n * OVERLAP_DOUBT * OVERLAP_DOUBT;
        if (l->ion >= 0) {
            p->doubt += doubt;
            add_sharer(p, l->ion, part * l->share);
            p->gain -= part * l->share * b->absorbed[l->ion];
        } else {
            p->unknown += n;
            p->doubt_unknown += doubt + n * n / l->ions;
        }
        if (n > largest) {
            largest = n;
            p->blocked_by = (int32_t)i;
        }
    }
    for (size_t i = 0; i < p->n_sharers; i++)
        p->sharers[i].covariance = covariance_with(d, (size_t)p->sharers[i].ion, p);
}

static double covariance_of(const ia_deconvolution *d, size_t k, size_t j)
{
    double sum = 0;
    for (size_t part = 0; part < IA_ERROR_PARTS; part++)
        sum += d->covariance[part][k * d->n_ions + j];
    return sum;
}

// Of the sum over places of what the fit expects there of other ions, less its covariance
// with the counts: those decide the fit in part.
static double variance_of(const ia_deconvolution *d, const ia_places *places)
{
    double sum = 0;

    for (size_t a = 0; a < places->n; a++)
        for (size_t i = 0; i < places->list[a].n_sharers; i++) {
            const ia_sharer *one = &places->list[a].sharers[i];
            for (size_t b = 0; b < places->n; b++)
                for (size_t j = 0; j < places->list[b].n_sharers; j++) {
                    const ia_sharer *other = &places->list[b].sharers[j];
                    sum += one->share * other->share *
                           covariance_of(d, (size_t)one->ion, (size_t)other->ion);
                }
            sum -= 2 * one->share * one->covariance;
        }
    return sum;
}

ia_pooled ia_places_pool(const ia_beside *b, const ia_places *places)
{
    ia_pooled p = {.share = 0};
    double level = 0, known = 0, unknown = 0;

    for (size_t i = 0; i < places->n; i++) {
        const ia_place *w = &places->list[i];
        p.share += w->share;
        p.gain += w->gain;
        p.expected += w->background + w->overlap;
        p.overlap += w->overlap;
        p.known += w->background + w->overlap - w->unknown;
        level += w->background_sigma;
        known += w->doubt;
        unknown += w->doubt_unknown;
    }
    known += level * level + variance_of(b->input->solved, places);
    p.sigma_known = sqrt(fmax(0, known));
    p.sigma = sqrt(fmax(0, known + unknown));
    return p;
}
