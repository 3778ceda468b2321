// src/spectrum/deconvolve_omitted.c: what ions that are not solved for may hold.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_solving.h"
#include "spectrum/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// An ion that is there holds any share of all ions between these, each decade as likely.
static const double SHARE_LEAST = 1e-5, SHARE_MOST = 0.1;
static const double PROBABILITY_LEAST = 1e-3; // of one that is followed
static const double NO_MIMIC = 1e-6; // of what an ion puts into cores, that others leave
static const double TAILS = 0.2; // error of the tails of others at a line, a part of them

enum { STEPS = 48 };

typedef struct {
    solving *s;
    const ia_counts *counts;
    const ia_placed_lines *solved, *lines; // of the ions solved for; of the rivals
    const ia_peak_shape *shape;
    double all;           // ions solved for
    double *core, *whole; // (n_windows) share of the rival in hand
    double *left;         // (n_windows) of `core`, what the ions solved for cannot do
    double *loss;         // (n_windows) of the ions in a core, what dead time takes
    double *loss_left;    // (n_windows) of that, what the ions solved for cannot do
    double *room;         // holds these
} omitting;

// Of shares of the cores, what is left when the ions solved for give way.
static void set_left(const omitting *o, const double *core, double *left)
{
    const solving *s = o->s;
    size_t n = s->out->n_ions, n_windows = s->out->n_windows;

    memcpy(left, core, n_windows * sizeof *left);
    for (size_t k = 0; k < n; k++) {
        double give = 0;
        for (size_t w = 0; w < n_windows; w++)
            give += s->own[k * n_windows + w] * core[w];
        for (size_t w = 0; w < n_windows; w++)
            left[w] -= s->out->share[0][w * n + k] * give;
    }
}

static double expected_in(const omitting *o, size_t window)
{
    const ia_deconvolution *d = o->s->out;
    double sum = 0;

    for (size_t k = 0; k < d->n_ions; k++)
        sum += d->share[0][window * d->n_ions + k] * o->s->amount[k];
    return sum;
}

// A detector that is busy with an ion misses others of the same flight time: the part of
// a line that is lost grows with the line's part of all ions.
static void set_loss(omitting *o)
{
    for (size_t w = 0; w < o->s->out->n_windows; w++) {
        double n = expected_in(o, w);
        o->loss[w] = o->all > 0 ? -n * n / o->all : 0;
    }
    set_left(o, o->loss, o->loss_left);
}

static ia_status omitting_new(omitting *o)
{
    size_t w = o->s->out->n_windows;

    if (!(o->room = ia_array(o->s->ctx, 5 * w, sizeof *o->room)))
        return IA_ERR_MEMORY;
    o->core = o->room;
    o->whole = o->core + w;
    o->left = o->whole + w;
    o->loss = o->left + w;
    o->loss_left = o->loss + w;
    for (size_t k = 0; k < o->s->out->n_ions; k++)
        o->all += fmax(0, o->s->counts[k]);
    set_loss(o);
    return IA_OK;
}

// And the place of its main line.
static double set_shares(omitting *o, size_t rival)
{
    const ia_deconvolution *d = o->s->out;
    double mass = 0, most = 0;

    memset(o->room, 0, 3 * d->n_windows * sizeof *o->room); // not the loss
    for (size_t i = 0; i < o->lines->n; i++) {
        const ia_solved_line *line = &o->lines->list[i];
        if (line->ion == rival && line->share > most) {
            most = line->share;
            mass = line->mass;
        }
        for (size_t w = 0; line->ion == rival && w < d->n_windows; w++) {
            const ia_solved_window *v = &d->windows[w];
            o->core[w] += line->share * ia_peak_shape_share(o->shape, line->mass,
                                                            v->core.lo, v->core.hi);
            o->whole[w] += line->share * ia_peak_shape_share(o->shape, line->mass,
                                                             v->whole.lo, v->whole.hi);
        }
    }
    return mass;
}

// What the cores say of an amount: a normal distribution, were all amounts as likely.
typedef struct {
    double information, slope; // of the likelihood at zero
    double most;               // no more than this, whatever else
} hearsay;

// Leaves what no core holds, the larger part of it; in whole bins if any was cut off.
// Is it so near a core that what lies beside is a flank?
static bool cut_cores(const omitting *o, double width, ia_site_counts *c)
{
    const double beside = 1.5; // widths
    const ia_deconvolution *d = o->s->out;
    const ia_spectrum *s = o->counts->spectrum;
    bool cut = false, near = false;

    for (size_t w = 0; w < d->n_windows; w++) {
        const ia_solved_span *core = &d->windows[w].core;
        near = near ||
               (c->hi > core->lo - beside * width && c->lo < core->hi + beside * width);
        if (c->hi <= core->lo || c->lo >= core->hi)
            continue;
        if (c->hi - core->hi > core->lo - c->lo)
            c->lo = core->hi;
        else
            c->hi = core->lo;
        cut = true;
    }
    if (cut && c->hi > c->lo) {
        c->lo = s->m_min + floor((c->lo - s->m_min) / s->bin + 1e-6) * s->bin;
        c->hi = s->m_min + ceil((c->hi - s->m_min) / s->bin - 1e-6) * s->bin;
    }
    return near;
}

// What the ions solved for have between two masses.
static double tails_of(const omitting *o, double lo, double hi)
{
    double sum = 0;

    for (size_t i = 0; i < o->solved->n; i++) {
        const ia_solved_line *line = &o->solved->list[i];
        sum += line->share * fmax(0, o->s->counts[line->ion]) *
               ia_peak_shape_share(o->shape, line->mass, lo, hi);
    }
    return sum;
}

// What a flank of others has between two masses by the shape that other peaks have, for
// the peak may have taught the shape an ion that lies there; and its standard deviation.
static double flank_of(const omitting *o, double lo, double hi, double *sigma)
{
    const double place = 0.03, bin_place = 0.15; // widths, bins: as for cores
    double width = ia_peak_width(&o->shape->widths, lo), sum = 0, moved = 0, doubt = 0;
    double off = hypot(place * width, bin_place * o->counts->spectrum->bin);

    for (size_t i = 0; i < o->solved->n; i++) {
        const ia_solved_line *line = &o->solved->list[i];
        double ions = line->share * fmax(0, o->s->counts[line->ion]), s, t;
        double part = ia_shape_rest_share(o->shape, line->mass, lo, hi, &s);
        if (!(ions > 0) || !(part > 0 || s > 0))
            continue;
        sum += ions * part;
        doubt += ions * s;
        moved += ions * ia_shape_rest_share(o->shape, line->mass, lo - off, hi - off, &t);
    }
    *sigma = hypot(hypot(TAILS * sum, moved - sum), doubt);
    return sum;
}

static void hear_line(const omitting *o, const ia_solved_line *line, hearsay *h)
{
    double width = ia_peak_width(&o->shape->widths, line->mass);
    ia_site_counts c = ia_counts_at(o->counts, line->mass, width);
    bool flank = cut_cores(o, width, &c);
    double b, doubt;

    if (c.hi <= c.lo)
        return;
    double flat = ia_counts_flat(o->counts, c.lo, c.hi);
    if (flank) {
        c.n = ia_counts_between(o->counts, c.lo, c.hi);
        b = flat + flank_of(o, c.lo, c.hi, &doubt);
        if (!(doubt < INFINITY))
            return;
    } else {
        double tails = tails_of(o, c.lo, c.hi);
        b = fmax(c.b, flat + tails);
        doubt = hypot(c.sigma, TAILS * fmax(tails, c.local));
    }
    double share = line->share * ia_peak_shape_share(o->shape, line->mass, c.lo, c.hi);
    double variance = fmax(fmax(c.n, b), 1) + doubt * doubt;
    h->information += share * share / variance;
    h->slope += share * (c.n - b) / variance;
    if (share > 0.05)
        h->most = fmin(h->most, (c.n + 4) / share);
}

// Lines, or parts of them, where no core is.
static void hear_elsewhere(const omitting *o, size_t rival, hearsay *h)
{
    for (size_t i = 0; i < o->lines->n; i++) {
        const ia_solved_line *line = &o->lines->list[i];
        if (line->ion == rival && line->mass >= o->counts->spectrum->m_min &&
            line->mass <= ia_counts_end(o->counts))
            hear_line(o, line, h);
    }
}

// What the loss of the strong lines may do as well is no evidence: where ions are missing
// it is marginalised, with this standard deviation where a line has all ions.
static void allow_loss(const omitting *o, hearsay *h)
{
    const double usual = 0.1;
    const solving *s = o->s;
    double own = 1 / (usual * usual), common = 0, slope = 0;

    for (size_t w = 0; w < s->out->n_windows; w++) {
        double mean = s->background[w] + expected_in(o, w);
        if (s->out->windows[w].foreign)
            continue;
        own += o->loss[w] * o->loss_left[w] / s->plain[w];
        common += o->core[w] * o->loss_left[w] / s->plain[w];
        slope += o->loss_left[w] * (s->count[w] - mean) / s->plain[w];
    }
    if (!(slope > 0)) // nothing is missing
        return;
    h->information -= common * common / own;
    h->slope -= common * slope / own;
}

static hearsay hear(const omitting *o, size_t rival)
{
    const solving *s = o->s;
    const ia_deconvolution *d = s->out;
    hearsay h = {.most = INFINITY};
    double bare = 0;

    // What is in a foreign core was offered to the rival by its place, too, and not
    // taken.
    for (size_t w = 0; w < d->n_windows; w++) {
        double mean = s->background[w] + expected_in(o, w);
        if (o->core[w] > 0.05)
            h.most = fmin(h.most, (s->count[w] + 4) / o->core[w]);
        if (d->windows[w].foreign)
            continue;
        h.information += o->core[w] * o->left[w] / s->plain[w];
        h.slope += o->left[w] * (s->count[w] - mean) / s->plain[w];
        bare += o->core[w] * o->core[w] / s->plain[w];
    }
    allow_loss(o, &h);
    if (!(h.information > NO_MIMIC * bare))
        h.information = h.slope = 0;
    hear_elsewhere(o, rival, &h);
    return h;
}

// Does an ion solved for lie both here and where the rival in hand does?
static bool is_beside(const omitting *o, size_t window)
{
    const double some = 0.01; // of its ions
    const ia_deconvolution *d = o->s->out;

    for (size_t k = 0; k < d->n_ions; k++)
        for (size_t w = 0; d->share[0][window * d->n_ions + k] > some && w < d->n_windows;
             w++)
            if (o->core[w] > some && d->share[0][w * d->n_ions + k] > some)
                return true;
    return false;
}

// Deviations of the cores that no ion explains make what the others say that much less
// sure. What a second ion hides elsewhere is no fault of the first, but may show that
// shapes are not as taken: where the cores that the rival has to do with deviate less
// than all, the geometric mean of both counts.
static double dispersion_with(const omitting *o, const hearsay *h)
{
    const ia_deconvolution *d = o->s->out;
    double gain = h->slope > 0 ? h->slope * h->slope / h->information : 0;
    double all = fmax(1, (d->chi2 - gain) / fmax(1, d->freedom)), chi2 = 0, n = 0;

    for (size_t w = 0; w < d->n_windows; w++) {
        if (d->windows[w].foreign || !is_beside(o, w))
            continue;
        chi2 += d->windows[w].deviation * d->windows[w].deviation;
        n++;
    }
    return n >= 3 ? fmin(all, sqrt(all * fmax(1, (chi2 - gain) / (n - 1)))) : all;
}

// The probability that it is there, and its amount if it is, by Bayes' rule.
static void weigh(const omitting *o, const hearsay *h, const ia_rival *rival,
                  ia_omitted *out)
{
    double lo = SHARE_LEAST * o->all, hi = fmin(SHARE_MOST * o->all, h->most);
    double x[STEPS], log_weight[STEPS], most = -INFINITY, sum = 0;
    double sharp = 1 / dispersion_with(o, h), decades = log(SHARE_MOST / SHARE_LEAST);

    if (!(hi > lo))
        return;
    double step = log(hi / lo) / STEPS;
    for (size_t i = 0; i < STEPS; i++) {
        x[i] = lo * exp(((double)i + 0.5) * step);
        log_weight[i] = sharp * x[i] * (h->slope - 0.5 * h->information * x[i]) -
                        ia_rival_cost(rival, x[i]);
        most = fmax(most, log_weight[i]);
    }
    for (size_t i = 0; i < STEPS; i++)
        sum += log_weight[i] = exp(log_weight[i] - most);
    out->log_evidence = most + log(sum * step / decades);
    out->log_odds = rival->log_odds + out->log_evidence;
    out->probability = 1 / (1 + exp(-out->log_odds));
    double above = 0, square = 0;
    for (size_t i = 0; i < STEPS; i++) {
        double part = log_weight[i] / sum * IA_AMOUNTS;
        out->counts += part / IA_AMOUNTS * x[i];
        square += part / IA_AMOUNTS * x[i] * x[i];
        while (part > 0) { // each sixth is the mean of what falls into it
            size_t k = above < IA_AMOUNTS - 1 ? (size_t)above : IA_AMOUNTS - 1;
            double take = k < IA_AMOUNTS - 1 ? fmin(part, (double)(k + 1) - above) : part;
            out->amount[k] += take * x[i];
            above += take;
            part -= fmax(take, 1e-12);
        }
    }
    out->sigma = sqrt(fmax(0, square - out->counts * out->counts));
}

// Change of what is attributed to the ions solved for, with one ion of the rival.
static void set_taken(const omitting *o, double *taken)
{
    const ia_deconvolution *d = o->s->out;

    for (size_t k = 0; k < d->n_ions; k++) {
        const double *response = d->response + k * 2 * d->n_windows;
        taken[k] = 0;
        for (size_t w = 0; w < d->n_windows; w++)
            taken[k] -= response[w] * o->core[w] +
                        response[d->n_windows + w] * (o->whole[w] - o->core[w]);
    }
}

// Whose place may it take, with what its lines beside the cores say?
static ia_status ask_instead(omitting *o, size_t r, const ia_rival *rival)
{
    hearsay elsewhere = {.most = INFINITY};

    hear_elsewhere(o, r, &elsewhere);
    const ia_instead_pattern pattern = {o->core, elsewhere.slope, elsewhere.information};
    return ia_instead_ask(o->s, rival, &pattern);
}

static ia_status omit(omitting *o, const ia_deconvolve_input *input)
{
    ia_deconvolution *d = o->s->out;

    d->omitted = ia_array(o->s->ctx, input->n_rivals, sizeof *d->omitted);
    d->taken = ia_array(o->s->ctx, input->n_rivals * d->n_ions, sizeof *d->taken);
    if (!d->omitted || !d->taken)
        return IA_ERR_MEMORY;
    ia_status st = ia_instead_new(o->s, input->n_rivals);
    if (st != IA_OK)
        return st;
    for (size_t r = 0; r < input->n_rivals; r++) {
        ia_omitted *out = &d->omitted[d->n_omitted];
        double mass = set_shares(o, r);
        set_left(o, o->core, o->left);
        if ((st = ask_instead(o, r, &input->rivals[r])) != IA_OK)
            return st;
        hearsay h = hear(o, r);
        if (!(h.most < INFINITY)) // no core would show it: it is as if it lay outside
            continue;
        *out = (ia_omitted){.ion = input->rivals[r].ion, .mass = mass};
        weigh(o, &h, &input->rivals[r], out);
        if (out->probability < PROBABILITY_LEAST)
            continue;
        set_taken(o, d->taken + d->n_omitted * d->n_ions);
        d->n_omitted++;
    }
    ia_instead_share(d);
    return IA_OK;
}

ia_status ia_deconvolve_omitted(solving *s, const ia_deconvolve_plan *plan)
{
    const ia_deconvolve_input *input = plan->input;
    ia_peak_shape shape = *input->shape; // borrowed, as narrow as it is
    ia_placed_lines lines = {0};
    omitting o = {.s = s,
                  .counts = plan->counts,
                  .solved = plan->lines,
                  .lines = &lines,
                  .shape = &shape};
    ia_ion *ions = NULL;
    ia_status st = IA_OK;

    if (input->n_rivals == 0)
        return IA_OK;
    shape.widths.bin = 0;
    if (!(ions = ia_array(s->ctx, input->n_rivals, sizeof *ions)))
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < input->n_rivals; r++)
        ions[r] = input->rivals[r].ion;
    if ((st = ia_lines_scaled(s->ctx, ions, input->n_rivals, &input->peaks->widths,
                              &s->out->scale, &lines)) == IA_OK &&
        (st = omitting_new(&o)) == IA_OK)
        st = omit(&o, input);
    free(ions);
    free(o.room);
    ia_lines_clear(&lines);
    return st;
}
