// src/spectrum/ion_mixture.c: amounts of a mixture of ions by expectation and
// maximisation.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"

#include "core/symmetric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_ion_mixture_params, fine_bin, "Da", 0.002, 1e-4, 0.1,
             "m/n is told apart to this; as the spectrum where that is finer"),
    IA_FIELD(IA_SIZE, ia_ion_mixture_params, mix_rounds, "", 200, 1, 100000,
             "rounds of expectation and maximisation, at most"),
    IA_FIELD(IA_F64, ia_ion_mixture_params, mix_change, "", 1e-3, 1e-12, 1,
             "change of an amount, in standard deviations, that ends them"),
    IA_FIELD(IA_F64, ia_ion_mixture_params, local, "nm", 0, 0, 1000,
             "edge of the boxes in which chances are local; 0: nowhere"),
    IA_FIELD(IA_F64, ia_ion_mixture_params, local_prior, "", 1, 1e-3, 1e6,
             "ions of the whole specimen's mixture that each box is given"),
};
const ia_method ia_ion_mixture_method =
    IA_METHOD("mixture", "Chances of each ion by expectation and maximisation",
              ia_ion_mixture_params, fields);

ia_ion_mixture_params ia_ion_mixture_defaults(void)
{
    ia_ion_mixture_params params;
    ia_method_defaults(&ia_ion_mixture_method, &params);
    return params;
}

enum { SCORING_STEPS = 30, HALVINGS = 20 };

static const double UNKNOWN = 1e-10;    // of an eigenvalue of the information
static const double NEAR_ENOUGH = 1e-6; // to the maximum, in standard deviations

static ia_status mixing_new(mixing *m)
{
    size_t n = m->n;

    if (!(m->room = ia_array(m->ctx, n * (n + 5 + IA_FORM_NUMBERS), sizeof *m->room)))
        return IA_ERR_MEMORY;
    m->counts = m->room;
    m->trial = m->counts + n;
    m->whole = m->trial + n;
    m->slope = m->whole + n;
    m->step = m->slope + n;
    m->information = m->step + n;
    m->shared = m->information + n * n;
    ia_status st = ia_symmetric_new(m->ctx, n, &m->symmetric);
    return st == IA_OK ? ia_symmetric_new(m->ctx, IA_FORM_NUMBERS, &m->form_symmetric)
                       : st;
}

// Expected ions of a bin.
double ia_mixing_mean(const ia_ion_mixture *mix, size_t bin, const double *counts)
{
    double mean = 0;

    for (uint32_t i = mix->first[bin]; i < mix->first[bin + 1]; i++)
        mean += counts[mix->component[i]] * (double)mix->density[i];
    return mean;
}

// What is known of the background acts as so many ions of it seen beside the windows: a
// gamma distribution of its amount.
static double belief(const mixing *m, const double *counts)
{
    double amount = counts[m->n - 1];

    if (m->precision <= 0)
        return 0;
    return m->precision * (m->level * log(fmax(amount, 1e-12)) - amount);
}

double ia_mixing_likelihood(const mixing *m, const double *counts)
{
    const ia_ion_mixture *mix = m->out;
    double sum = belief(m, counts);

    for (size_t k = 0; k < m->n; k++)
        sum -= counts[k] * m->whole[k];
    for (size_t b = 0; b < mix->n_bins; b++) {
        double n = (double)m->input->spectrum->counts[b];
        double mean = n > 0 ? ia_mixing_mean(mix, b, counts) : 1;
        if (mix->first[b] < mix->first[b + 1])
            sum += mean > 0 ? n * log(mean) : -INFINITY;
    }
    return sum;
}

// An amount that does not move.
static void hold(mixing *m, size_t k)
{
    for (size_t i = 0; i < m->n; i++)
        m->information[k * m->n + i] = m->information[i * m->n + k] = 0;
    m->slope[k] = 0;
}

// Slopes of the likelihood and the information on the amounts.
void ia_mixing_look(mixing *m)
{
    const ia_ion_mixture *mix = m->out;
    size_t n = m->n;

    memset(m->information, 0, n * n * sizeof *m->information);
    for (size_t k = 0; k < n; k++)
        m->slope[k] = -m->whole[k];
    for (size_t b = 0; b < mix->n_bins; b++) {
        double mean = ia_mixing_mean(mix, b, m->counts);
        double seen = (double)m->input->spectrum->counts[b];
        if (!(mean > 0))
            continue; // no ion there
        for (uint32_t i = mix->first[b]; i < mix->first[b + 1]; i++) {
            double part = (double)mix->density[i] / mean;
            m->slope[mix->component[i]] += part * seen;
            for (uint32_t j = mix->first[b]; j < mix->first[b + 1]; j++)
                m->information[mix->component[i] * n + mix->component[j]] +=
                    part * (double)mix->density[j];
        }
    }
    if (m->level <= 0) // no background
        hold(m, n - 1);
    if (m->precision > 0) {
        double amount = fmax(m->counts[n - 1], 1e-12);
        m->slope[n - 1] += m->precision * (m->level / amount - 1);
        m->information[n * n - 1] += m->precision * m->level / (amount * amount);
    }
}

// One round: each ion of a bin goes to its components by their chances, which makes new
// amounts. The largest change in standard deviations of an amount that is counted alone.
static double go_round(mixing *m)
{
    double most = 0;

    ia_mixing_look(m);
    for (size_t k = 0; k < m->n; k++) {
        double before = m->counts[k], whole = m->whole[k];
        double seen = before * (m->slope[k] + whole);
        if (k == m->n - 1 && m->precision > 0) {
            seen = before * (m->slope[k] + whole + m->precision);
            whole += m->precision;
        }
        if (whole <= 0)
            continue;
        m->counts[k] = seen / whole;
        most = fmax(most, fabs(m->counts[k] - before) * whole / sqrt(seen + 1));
    }
    return most;
}

static void solve_step(mixing *m)
{
    size_t n = m->n;

    // Amounts at zero that the likelihood holds there do not move.
    for (size_t k = 0; k < n; k++)
        if (m->counts[k] <= 0 && m->slope[k] <= 0)
            hold(m, k);
    ia_symmetric_set(&m->symmetric, m->information, n);
    ia_symmetric_solve(&m->symmetric, UNKNOWN, m->slope, m->step);
}

// Steps of scoring from where the rounds have come, each only as far as it rises.
void ia_mixing_score(mixing *m)
{
    for (int round = 0; round < SCORING_STEPS; round++) {
        double before = ia_mixing_likelihood(m, m->counts), length = 1, gain = 0;
        bool rises = false;
        ia_mixing_look(m);
        solve_step(m);
        for (size_t k = 0; k < m->n; k++)
            gain += m->slope[k] * m->step[k];
        for (int h = 0; h < HALVINGS && !rises; h++, length *= 0.5) {
            for (size_t k = 0; k < m->n; k++)
                m->trial[k] = fmax(0, m->counts[k] + length * m->step[k]);
            rises = ia_mixing_likelihood(m, m->trial) > before;
        }
        if (!rises || gain < NEAR_ENOUGH * NEAR_ENOUGH)
            return;
        memcpy(m->counts, m->trial, m->n * sizeof *m->counts);
    }
}

void ia_mixing_set_whole(mixing *m)
{
    const ia_ion_mixture *mix = m->out;

    memset(m->whole, 0, m->n * sizeof *m->whole);
    for (uint32_t i = 0; i < mix->first[mix->n_bins]; i++)
        m->whole[mix->component[i]] += (double)mix->density[i];
}

static void begin(mixing *m)
{
    const ia_deconvolution *d = m->input->solved;
    const ia_background *b = m->input->background;
    const ia_ion_mixture *mix = m->out;
    double lever = 0, least = 1;

    ia_mixing_set_whole(m);
    for (size_t i = 0; i < mix->n_bins; i++)
        if (mix->first[i] < mix->first[i + 1])
            lever += 2 * (sqrt(mix->m_min + ((double)i + 1) * mix->bin) -
                          sqrt(fmax(0, mix->m_min + (double)i * mix->bin)));
    for (size_t k = 0; k < d->n_ions; k++)
        m->counts[k] = m->whole[k] > 0 ? fmax(least, d->ions[k].counts) : 0;
    if (b && b->a > 0) {
        double sigma = fmax(b->sigma_a * lever, 1e-3);
        m->level = b->a * lever;
        m->precision = m->level / (sigma * sigma);
    }
    m->counts[m->n - 1] = m->level > 0 ? fmax(least, m->level) : 0;
}

static ia_status climb(mixing *m)
{
    ia_ion_mixture *out = m->out;
    size_t rounds = m->params->mix_rounds;

    if (!(out->history = ia_array(m->ctx, rounds + 4, sizeof *out->history)))
        return IA_ERR_MEMORY;
    out->history[0] = ia_mixing_likelihood(m, m->counts);
    while (out->n_rounds < rounds) {
        double change = go_round(m);
        out->history[++out->n_rounds] = ia_mixing_likelihood(m, m->counts);
        if (change < m->params->mix_change)
            break;
    }
    ia_mixing_score(m);
    out->history[++out->n_rounds] = ia_mixing_likelihood(m, m->counts);
    return ia_step(m->ctx, "mixture", 0.5);
}

// Information on the amounts as they are, and the root of its inverse's diagonal.
static void set_sigma(mixing *m, double *sigma)
{
    size_t n = m->n;

    ia_mixing_look(m);
    ia_mixing_yield(m);
    ia_symmetric_set(&m->symmetric, m->information, n);
    ia_symmetric_inverse(&m->symmetric, UNKNOWN, m->information);
    for (size_t k = 0; k < n; k++)
        sigma[k] = sqrt(m->information[k * n + k]);
}

// Has it a line in a window, or is it a background that there is?
static bool is_known(const mixing *m, size_t k)
{
    return m->whole[k] > 0 && (k + 1 < m->n || m->level > 0);
}

// The amounts of greatest likelihood end at zero, which makes their mean too large, and a
// step from zero is no better: cells that hold none are weighed as if they were certain.
// So the cells are weighed by what they are expected to hold when no amount is below its
// own error, and least squares with these weights, which are linear in what the cells
// hold, tell the amounts: right on average, and as sure as the bound where the weights
// are.
static void set_estimate(mixing *m, double *estimate, double *sigma)
{
    enum { REPEATS = 4 };
    size_t n = m->n;

    memcpy(m->trial, m->counts, n * sizeof *m->trial);
    for (int i = 0; i < REPEATS; i++) {
        set_sigma(m, sigma);
        for (size_t k = 0; k < n; k++)
            m->counts[k] = is_known(m, k) ? fmax(m->trial[k], sigma[k]) : 0;
    }
    set_sigma(m, sigma);
    ia_mixing_look(m);
    ia_symmetric_set(&m->symmetric, m->information, n);
    ia_symmetric_solve(&m->symmetric, UNKNOWN, m->slope, m->step);
    for (size_t k = 0; k < n; k++)
        estimate[k] = m->counts[k] + m->step[k];
    memcpy(m->counts, m->trial, n * sizeof *m->trial);
}

static ia_status tell_counts(mixing *m)
{
    ia_ion_mixture *out = m->out;
    size_t n = m->n;

    out->counts = ia_array(m->ctx, n, sizeof *out->counts);
    out->estimate = ia_array(m->ctx, n, sizeof *out->estimate);
    out->sigma = ia_array(m->ctx, n, sizeof *out->sigma);
    if (!out->counts || !out->estimate || !out->sigma)
        return IA_ERR_MEMORY;
    set_estimate(m, out->estimate, out->sigma);
    for (size_t k = 0; k < n; k++) {
        out->counts[k] = m->counts[k];
        if (!is_known(m, k))
            out->counts[k] = out->estimate[k] = out->sigma[k] = NAN;
    }
    return IA_OK;
}

static void tell_weights(const mixing *m)
{
    ia_ion_mixture *mix = m->out;

    for (size_t b = 0; b < mix->n_bins; b++) {
        double mean = ia_mixing_mean(mix, b, m->counts);
        for (uint32_t i = mix->first[b]; i < mix->first[b + 1]; i++)
            mix->weight[i] = mean > 0 ? (float)(m->counts[mix->component[i]] *
                                                (double)mix->density[i] / mean)
                                      : 0;
    }
}

static ia_status take_ions(ia_ctx *ctx, const ia_deconvolution *d, ia_ion_mixture *out)
{
    if (d->n_ions >= UINT16_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu ions: a mixture has 65,534 at most",
                       d->n_ions);
    if (!(out->ions = ia_array(ctx, d->n_ions, sizeof *out->ions)))
        return IA_ERR_MEMORY;
    out->n_ions = d->n_ions;
    for (size_t k = 0; k < d->n_ions; k++)
        out->ions[k] = d->ions[k].ion;
    return IA_OK;
}

ia_status ia_ion_mixture_compute(ia_ctx *ctx, const ia_ion_mixture_input *input,
                                 const ia_ion_mixture_params *params, ia_ion_mixture *out)
{
    ia_ion_mixture_params p = params ? *params : ia_ion_mixture_defaults();
    ia_ion_mixture mixture = {0};
    mixing m = {.ctx = ctx,
                .params = &p,
                .input = input,
                .out = &mixture,
                .n = input->solved->n_ions + 1};
    ia_status st;

    ia_form_cells(&m.form);
    if ((st = ia_method_check(ctx, &ia_ion_mixture_method, &p)) != IA_OK ||
        (st = take_ions(ctx, input->solved, &mixture)) != IA_OK ||
        (st = ia_ion_mixture_densities(ctx, input, &m.form, &mixture)) != IA_OK ||
        (st = mixing_new(&m)) != IA_OK)
        goto done;
    begin(&m);
    if ((st = climb(&m)) != IA_OK || (st = ia_mixing_fit_form(&m)) != IA_OK ||
        (st = ia_mixing_set_drift(&m)) != IA_OK || (st = tell_counts(&m)) != IA_OK)
        goto done;
    tell_weights(&m);
    *out = mixture;
    mixture = (ia_ion_mixture){0}; // the caller's now
done:
    ia_symmetric_clear(&m.symmetric);
    ia_symmetric_clear(&m.form_symmetric);
    ia_form_clear(&m.form);
    free(m.room);
    free(m.drift);
    ia_ion_mixture_clear(&mixture);
    return st;
}

void ia_ion_mixture_clear(ia_ion_mixture *mixture)
{
    free(mixture->ions);
    free(mixture->counts);
    free(mixture->estimate);
    free(mixture->sigma);
    free(mixture->history);
    free(mixture->first);
    free(mixture->component);
    free(mixture->density);
    free(mixture->weight);
    free(mixture->boxes.amount);
    *mixture = (ia_ion_mixture){0};
}
