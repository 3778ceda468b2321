// src/spectrum/ion_mixture_fit.c: fits the form of the peaks together with the amounts of
// a mixture.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 12, HALVINGS = 6, N = IA_FORM_NUMBERS };
static const double UNKNOWN = 1e-12; // eigenvalue of the information
static const double SETTLED = 1e-3;  // of the log likelihood

// What is believed of the form.
static double doubt(const ia_mixture_form *form)
{
    double sum = 0;

    for (int a = 0; a < N; a++) {
        double sigma, off = form->x[a] - ia_form_belief(form, a, &sigma);
        sum += sigma > 0 && !form->is_cells ? 0.5 * off * off / (sigma * sigma) : 0;
    }
    return sum;
}

// Best likelihood with the form as it is, begun at the amounts as they are.
static ia_status refit(mixing *m, double *best)
{
    ia_status st = ia_ion_mixture_densities(m->ctx, m->input, &m->form, m->out);

    if (st != IA_OK)
        return st;
    ia_mixing_set_whole(m);
    ia_mixing_score(m);
    *best = ia_mixing_likelihood(m, m->counts) - doubt(&m->form);
    return IA_OK;
}

// Add the bins' means, so many times, to the change with a number.
static ia_status add_means(mixing *m, int number, double moved, double times)
{
    double kept = m->form.x[number];

    m->form.x[number] = moved;
    ia_status st = ia_ion_mixture_densities(m->ctx, m->input, &m->form, m->out);
    m->form.x[number] = kept;
    for (size_t b = 0; b < m->out->n_bins && st == IA_OK; b++)
        m->drift[(size_t)number * m->out->n_bins + b] +=
            times * ia_mixing_mean(m->out, b, m->counts);
    return st;
}

ia_status ia_mixing_set_drift(mixing *m)
{
    const double part = 0.03; // of the standard deviation of a belief
    size_t n_bins = m->out->n_bins;
    ia_status st = IA_OK;

    if (!m->drift && !(m->drift = ia_array(m->ctx, N * n_bins, sizeof *m->drift)))
        return IA_ERR_MEMORY;
    memset(m->drift, 0, N * n_bins * sizeof *m->drift);
    for (int a = 0; a < N && st == IA_OK; a++) {
        double sigma, x = m->form.x[a];
        ia_form_belief(&m->form, a, &sigma);
        double beside = part * sigma;
        if (sigma > 0 && (st = add_means(m, a, x + beside, 0.5 / beside)) == IA_OK)
            st = add_means(m, a, x - beside, -0.5 / beside);
    }
    return st == IA_OK ? ia_ion_mixture_densities(m->ctx, m->input, &m->form, m->out)
                       : st;
}

// Information on the numbers (N, N), their slopes, and the information that they share
// with the amounts, (N, n).
typedef struct {
    double own[N * N], slope[N], *shared;
} form_information;

static void look_at_form(const mixing *m, form_information *f)
{
    const ia_ion_mixture *mix = m->out;
    size_t n_bins = mix->n_bins;

    memset(f->own, 0, sizeof f->own);
    memset(f->slope, 0, sizeof f->slope);
    memset(f->shared, 0, N * m->n * sizeof *f->shared);
    for (size_t b = 0; b < n_bins; b++) {
        double mean = ia_mixing_mean(mix, b, m->counts);
        if (!(mean > 0))
            continue;
        double off = (double)m->input->spectrum->counts[b] / mean - 1;
        for (size_t a = 0; a < N; a++) {
            double change = m->drift[a * n_bins + b];
            f->slope[a] += off * change;
            for (size_t c = 0; c <= a; c++)
                f->own[a * N + c] += change * m->drift[c * n_bins + b] / mean;
            for (uint32_t i = mix->first[b]; i < mix->first[b + 1] && change != 0; i++)
                f->shared[a * m->n + mix->component[i]] +=
                    (double)mix->density[i] * change / mean;
        }
    }
    for (size_t a = 0; a < N; a++) {
        double sigma, belief = ia_form_belief(&m->form, (int)a, &sigma);
        double firm = sigma > 0 && !m->form.is_cells ? 1 / (sigma * sigma) : 0;
        f->own[a * N + a] += firm;
        f->slope[a] += firm * (belief - m->form.x[a]);
        f->shared[a * m->n + m->n - 1] *= m->level > 0;
        for (size_t c = 0; c < a; c++)
            f->own[c * N + a] = f->own[a * N + c];
    }
}

// A step of scoring for the numbers, the amounts free to follow.
static void solve_step(mixing *m, double *step)
{
    form_information f = {.shared = m->shared};

    ia_mixing_look(m);
    look_at_form(m, &f);
    for (size_t k = 0; k < m->n; k++) // amounts held at zero stay there
        if (m->counts[k] <= 0)
            for (size_t a = 0; a < N; a++)
                f.shared[a * m->n + k] = 0;
    ia_symmetric_set(&m->symmetric, m->information, m->n);
    for (size_t a = 0; a < N; a++) {
        ia_symmetric_solve(&m->symmetric, UNKNOWN, f.shared + a * m->n, m->step);
        for (size_t c = 0; c < N; c++)
            for (size_t k = 0; k < m->n; k++)
                f.own[a * N + c] -= m->step[k] * f.shared[c * m->n + k];
    }
    ia_symmetric_set(&m->form_symmetric, f.own, N);
    ia_symmetric_solve(&m->form_symmetric, UNKNOWN, f.slope, step);
}

// The form at hand, to its greatest likelihood.
static ia_status climb(mixing *m, double *best)
{
    double step[N], before[N];
    ia_status st = refit(m, best);

    for (int round = 0; round < ROUNDS && st == IA_OK; round++) {
        double value = *best, length = 1;
        if ((st = ia_mixing_set_drift(m)) != IA_OK)
            return st;
        solve_step(m, step);
        memcpy(before, m->form.x, sizeof before);
        bool rises = false;
        for (int h = 0; h < HALVINGS && !rises && st == IA_OK; h++, length *= 0.4) {
            for (int a = 0; a < N; a++)
                m->form.x[a] = ia_form_bound(&m->form, a, before[a] + length * step[a]);
            st = refit(m, &value);
            rises = value > *best;
        }
        if (!rises) {
            memcpy(m->form.x, before, sizeof before);
            return st == IA_OK ? refit(m, best) : st;
        }
        double gained = value - *best;
        *best = value;
        if (gained < SETTLED)
            break;
    }
    return st;
}

static double count(const mixing *m)
{
    double ions = 0;
    for (size_t k = 0; k + 1 < m->n; k++)
        ions += m->counts[k];
    return ions;
}

// What the likelihood of a form gains because its numbers were fitted to these ions: half
// of ln(ions) each. Cells that were learnt from so many ions elsewhere gain less.
static double price(const mixing *m)
{
    double ions = count(m), numbers = N;
    const ia_peak_shape *s = m->input->shape;

    if (m->form.is_cells) {
        numbers = 1;
        for (size_t k = 1; k < s->n && s->n_ions > 0; k++)
            numbers +=
                fabs(s->density[k] - s->density[k - 1]) > 1e-12 * fabs(s->density[k]);
        numbers *= fmin(1, ions / fmax(s->n_ions, 1));
    }
    return 0.5 * numbers * log(fmax(ions, 2));
}

static ia_status begin_form(mixing *m, int which)
{
    ia_form_clear(&m->form);
    if (which > 0)
        return ia_form_formula(m->ctx, m->input, which == 2, &m->form);
    ia_form_cells(&m->form);
    return IA_OK;
}

ia_status ia_mixing_fit_form(mixing *m)
{
    const double many = 10; // times as many ions: these can teach the cells nothing
    // Cells; the formula at places of the mass scale, of the peaks.
    int forms = m->input->shape->n_ions > many * count(m) ? 1 : 3;
    ia_ion_mixture *out = m->out;
    ia_mixture_form best = {.is_cells = true};
    double most = -INFINITY, value = 0;
    ia_status st = IA_OK;

    for (int which = 0; which < forms && st == IA_OK; which++) {
        if ((st = begin_form(m, which)) != IA_OK || (st = climb(m, &value)) != IA_OK)
            break;
        if (value - price(m) <= most)
            continue;
        most = value - price(m);
        ia_form_clear(&best);
        best = m->form;
        ia_form_cells(&m->form); // `best` has it now
    }
    ia_form_clear(&m->form);
    m->form = best;
    if (st == IA_OK)
        st = refit(m, &value);
    out->shift = m->form.x[IA_FORM_SHIFT] + ia_form_top(&m->form);
    out->by_formula = !m->form.is_cells;
    if (st == IA_OK)
        out->history[++out->n_rounds] = ia_mixing_likelihood(m, m->counts);
    return st;
}

void ia_mixing_yield(mixing *m)
{
    form_information f = {.shared = m->shared};
    double solved[N], column[N];
    size_t n = m->n;

    look_at_form(m, &f);
    ia_symmetric_set(&m->form_symmetric, f.own, N);
    for (size_t k = 0; k < n; k++) {
        for (size_t a = 0; a < N; a++)
            column[a] = f.shared[a * n + k];
        ia_symmetric_solve(&m->form_symmetric, UNKNOWN, column, solved);
        for (size_t i = 0; i < n; i++)
            for (size_t a = 0; a < N; a++)
                m->information[i * n + k] -= f.shared[a * n + i] * solved[a];
    }
}
