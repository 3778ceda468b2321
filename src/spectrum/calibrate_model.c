// src/spectrum/calibrate_model.c: where an ion stands in the spectrum, by the terms of a
// calibration.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>

double cal_legendre(unsigned order, double x)
{
    double before = 1, here = x;
    if (order == 0)
        return 1;
    for (unsigned k = 1; k < order; k++) {
        double next = ((2 * k + 1) * x * here - k * before) / (k + 1);
        before = here;
        here = next;
    }
    return here;
}

bool cal_add(cal_model *model, cal_kind kind, unsigned i, unsigned j)
{
    if (model->n_terms == CAL_TERMS)
        return false;
    model->terms[model->n_terms++] = (cal_term){kind, (uint8_t)i, (uint8_t)j, 0, 0, NAN};
    return true;
}

bool cal_add_plane(cal_model *model, unsigned order)
{
    bool added = true;
    for (unsigned j = 0; j <= order; j++)
        added = cal_add(model, CAL_PLANE, order - j, j) && added;
    return added;
}

bool cal_has(const cal_model *model, cal_kind kind)
{
    for (size_t k = 0; k < model->n_terms; k++)
        if (model->terms[k].kind == kind)
            return true;
    return false;
}

void cal_drop_last(cal_model *model, size_t n)
{
    model->n_terms -= n < model->n_terms ? n : model->n_terms;
}

double cal_drift_at(const cal_model *model, double s)
{
    if (model->n_knots == 0)
        return 0;
    double at = fmax(0, s * (double)model->n_knots - 0.5);
    size_t k = (size_t)at;
    if (k + 1 >= model->n_knots)
        return model->drift[model->n_knots - 1];
    return model->drift[k] + (at - (double)k) * (model->drift[k + 1] - model->drift[k]);
}

// Voltage over the reference, as the ion feels it.
static double volts(const cal_model *m, const cal_ion *ion)
{
    return ion->v + m->beta * ion->p;
}

// From -1 to 1 over the run; what lies beyond is not extrapolated.
static double ln_volts_scaled(const cal_model *m, const cal_ion *ion)
{
    if (!(m->v_half > 0 && ion->v > 0))
        return 0;
    return fmin(fmax((log(ion->v) - m->v_mid) / m->v_half, -1.05), 1.05);
}

void cal_basis(const cal_model *m, const cal_ion *ion, double *basis)
{
    double px[CAL_ORDER_MAX + 1] = {1}, py[CAL_ORDER_MAX + 1] = {1};
    double v = 0;
    bool v_known = false;
    for (size_t k = 1; k <= CAL_ORDER_MAX; k++) {
        px[k] = px[k - 1] * (ion->x / m->radius);
        py[k] = py[k - 1] * (ion->y / m->radius);
    }
    for (size_t k = 0; k < m->n_terms; k++) {
        const cal_term *term = &m->terms[k];
        switch (term->kind) {
        case CAL_PLANE:
            basis[k] = px[term->i] * py[term->j] - term->mean;
            break;
        case CAL_VOLTAGE:
            if (!v_known)
                v = ln_volts_scaled(m, ion);
            v_known = true;
            basis[k] = cal_legendre(term->i, v) - term->mean;
            break;
        case CAL_RUN:
            basis[k] = cal_legendre(term->i, 2 * ion->s - 1) - term->mean;
            break;
        case CAL_PULSE: // its value is a change of beta
            basis[k] = -ion->p / volts(m, ion) - term->mean;
            break;
        case CAL_START:
            basis[k] = 0; // no part of q
            break;
        }
    }
}

double cal_exponent(const cal_model *m, const cal_ion *ion, const double *basis)
{
    double q = -cal_drift_at(m, ion->s);
    if (m->from_times)
        q += log(volts(m, ion) / m->v_ref) -
             log1p((ion->x * ion->x + ion->y * ion->y) / m->l2);
    for (size_t k = 0; k < m->n_terms; k++)
        if (m->terms[k].kind != CAL_PULSE) // it is in beta
            q -= m->terms[k].value * basis[k];
    return 0.5 * q;
}

double cal_reduced_time(const cal_model *m, const cal_ion *ion)
{
    double basis[CAL_TERMS];
    if (!(ion->t > m->t0) || (m->from_times && !(ion->v > 0)))
        return NAN;
    cal_basis(m, ion, basis);
    return (ion->t - m->t0) * exp(cal_exponent(m, ion, basis));
}
