// src/spectrum/calibrate_fit.c: fits the corrections from coarse to fine and chooses
// their orders by what they do for the other half of the ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>
#include <stdlib.h>

enum { COARSE_IONS = 60000, SCAN_IONS = 15000, ORDERS_IONS = 60000 };

static const double COARSEST = 0.04, FINEST = 5e-5, SCANNED = 0.005; // of ln m/n
// A run over less of ln V tells nothing of t0.
static const double WIDE_RUN = 0.05;

static cal_view about(const cal_sample *sample, size_t n)
{
    size_t step = sample->n / n;
    return cal_view_of(sample->n, 0, step > 1 ? step : 1);
}

static ia_status climb_at(cal_sharp *sharp, const cal_sample *sample, cal_view view,
                          cal_model *model, double bandwidth, double *value)
{
    ia_status st;
    cal_model_centre(sample, model);
    if ((st = cal_sharp_aim(sharp, model, bandwidth)) != IA_OK)
        return st;
    return cal_climb(sharp, view, model, value);
}

static void add_base(const cal_sample *sample, cal_model *model)
{
    if (sample->x) {
        cal_add_plane(model, 1);
        cal_add_plane(model, 2);
    }
    if (model->from_times && cal_sample_varies(sample))
        cal_add(model, CAL_PULSE, 0, 0);
    if (model->v_half > 0)
        cal_add(model, CAL_VOLTAGE, 1, 0);
    if (model->v_half > WIDE_RUN) {
        cal_add(model, CAL_VOLTAGE, 2, 0);
        if (model->from_times)
            cal_add(model, CAL_START, 0, 0);
    }
}

// Where to begin: start times and flight paths, each fitted coarsely to few ions.
static ia_status scan(cal_sharp *sharp, const cal_sample *sample, double path,
                      cal_model *model)
{
    static const double starts[] = {0, 50, -50, 100};
    static const double paths[] = {4.5, 2.5, INFINITY}; // of the detector's radius
    size_t n_starts = model->from_times && model->v_half > WIDE_RUN ? 4 : 1;
    size_t n_paths = !model->from_times || !sample->x ? 1 : path > 0 ? 1 : 3;
    double best = -INFINITY;
    cal_model found = *model;
    ia_status st = IA_OK;
    for (size_t i = 0; i < n_starts * n_paths && st == IA_OK; i++) {
        cal_model tried = *model;
        double value = -INFINITY;
        tried.t0 = starts[i / n_paths];
        if (model->from_times && sample->x) {
            double l = path > 0 ? path : paths[i % n_paths] * model->radius;
            tried.l2 = l * l;
        }
        add_base(sample, &tried);
        for (double h = COARSEST; h >= SCANNED && st == IA_OK; h /= 2)
            st = climb_at(sharp, sample, about(sample, SCAN_IONS), &tried, h, &value);
        if (st == IA_OK && value > best) {
            best = value;
            found = tried;
        }
    }
    *model = found;
    return st;
}

// Halve the kernel until the other half of the ions is told no better.
ia_status cal_fit_descend(cal_sharp *sharp, const cal_sample *sample, double from,
                          cal_model *model, double *bandwidth)
{
    double best = -INFINITY, value, told;
    cal_model kept = *model;
    ia_status st = IA_OK;
    int worse = 0;
    *bandwidth = from;
    for (double h = from; h >= FINEST && worse < 2; h /= 2) {
        size_t n = h > 0.002 ? COARSE_IONS : sample->n;
        if ((st = climb_at(sharp, sample, about(sample, n), model, h, &value)) != IA_OK ||
            (st = cal_sharp_held_out(sharp, model, &told)) != IA_OK)
            return st;
        worse = told > best ? 0 : worse + 1;
        if (told > best) {
            best = told;
            kept = *model;
            *bandwidth = h;
        }
    }
    *model = kept;
    return IA_OK;
}

// Sharpness of each half of the ions with the terms that the other half asks for.
static ia_status crossed(cal_sharp *sharp, const cal_sample *sample,
                         const cal_model *model, double out[2])
{
    size_t step = sample->n / ORDERS_IONS;
    step = step > 1 ? step : 1;
    for (size_t half = 0; half < 2; half++) {
        cal_model tried = *model;
        cal_view own = cal_view_of(sample->n, half * step, 2 * step);
        cal_view other = cal_view_of(sample->n, (1 - half) * step, 2 * step);
        double value;
        ia_status st = cal_climb(sharp, own, &tried, &value);
        if (st == IA_OK)
            st = cal_sharp_load(sharp, &tried, other);
        if (st == IA_OK)
            st = cal_sharp_compute(sharp, &tried, &out[half], NULL);
        if (st != IA_OK)
            return st;
        out[half] *= (double)other.n;
    }
    return IA_OK;
}

typedef struct {
    cal_kind kind;
    unsigned order;
} block;

static bool may_add(const cal_sample *sample, const ia_calibrate_params *p,
                    const cal_model *model, const block *b)
{
    switch (b->kind) {
    case CAL_PLANE:
        return sample->x && b->order <= p->detector_order;
    case CAL_VOLTAGE:
        return model->v_half > 0 && b->order <= p->voltage_order;
    default:
        return false;
    }
}

static bool add_block(cal_model *model, const block *b)
{
    return b->kind == CAL_PLANE ? cal_add_plane(model, b->order)
                                : cal_add(model, b->kind, b->order, 0);
}

static bool is_better(const double now[2], const double before[2], size_t n_terms)
{
    const double least = 6;
    return now[0] > before[0] && now[1] > before[1] &&
           now[0] + now[1] - before[0] - before[1] > least + (double)n_terms;
}

static bool is_in(const cal_term *term, const block *b)
{
    unsigned order = term->kind == CAL_PLANE ? (unsigned)(term->i + term->j) : term->i;
    return term->kind == b->kind && order == b->order;
}

// Without a block of terms; false when it has none of it.
static bool remove_block(cal_model *model, const block *b)
{
    size_t n = 0, before = model->n_terms;
    for (size_t k = 0; k < before; k++)
        if (!is_in(&model->terms[k], b))
            model->terms[n++] = model->terms[k];
    model->n_terms = n;
    return n < before;
}

static const block blocks[] = {
    {CAL_PLANE, 2}, {CAL_PLANE, 1},   {CAL_VOLTAGE, 1}, {CAL_VOLTAGE, 2}, {CAL_PLANE, 3},
    {CAL_PLANE, 4}, {CAL_VOLTAGE, 3}, {CAL_VOLTAGE, 4}, {CAL_PLANE, 5},   {CAL_PLANE, 6},
};
enum { N_BLOCKS = sizeof blocks / sizeof blocks[0] };

// Take out what does nothing for the other half of the ions.
static ia_status prune(cal_sharp *sharp, const cal_sample *sample, cal_model *model,
                       double score[2])
{
    ia_status st = crossed(sharp, sample, model, score);
    for (size_t i = N_BLOCKS; i-- > 0 && st == IA_OK;) {
        cal_model tried = *model;
        double without[2];
        if (!remove_block(&tried, &blocks[i]))
            continue;
        if ((st = crossed(sharp, sample, &tried, without)) != IA_OK ||
            is_better(score, without, model->n_terms - tried.n_terms))
            continue;
        *model = tried;
        score[0] = without[0];
        score[1] = without[1];
    }
    return st;
}

// Each further block of terms stays if both halves are sharper with it.
static ia_status extend(cal_sharp *sharp, const cal_sample *sample,
                        const ia_calibrate_params *p, cal_model *model, double score[2])
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < N_BLOCKS && st == IA_OK; i++) {
        cal_model tried = *model;
        double with[2];
        if (remove_block(&tried, &blocks[i]) || !may_add(sample, p, model, &blocks[i]) ||
            !add_block(&tried, &blocks[i]))
            continue;
        cal_model_centre(sample, &tried);
        if ((st = crossed(sharp, sample, &tried, with)) != IA_OK ||
            !is_better(with, score, tried.n_terms - model->n_terms))
            continue;
        *model = tried;
        score[0] = with[0];
        score[1] = with[1];
    }
    return st;
}

ia_status cal_fit_begin(cal_sharp *sharp, const cal_sample *sample,
                        const ia_calibrate_params *p, cal_model *model, double *bandwidth)
{
    ia_status st = scan(sharp, sample, p->flight_path, model);
    if (st == IA_OK)
        st = cal_fit_descend(sharp, sample, SCANNED, model, bandwidth);
    return st;
}

ia_status cal_fit_orders(cal_sharp *sharp, const cal_sample *sample,
                         const ia_calibrate_params *p, cal_model *model,
                         double *bandwidth)
{
    ia_status st;
    double score[2];
    remove_block(model, &(block){CAL_START, 0});
    double from = fmin(4 * SCANNED, 8 * *bandwidth);
    if ((st = cal_fit_descend(sharp, sample, from, model, bandwidth)) != IA_OK ||
        (st = cal_sharp_aim(sharp, model, *bandwidth)) != IA_OK ||
        (st = prune(sharp, sample, model, score)) != IA_OK ||
        (st = extend(sharp, sample, p, model, score)) != IA_OK)
        return st;
    return cal_fit_descend(sharp, sample, 2 * *bandwidth, model, bandwidth);
}

ia_status cal_fit_again(cal_sharp *sharp, const cal_sample *sample, double bandwidth,
                        cal_model *model)
{
    double value;
    ia_status st =
        climb_at(sharp, sample, about(sample, sample->n), model, 2 * bandwidth, &value);
    if (st == IA_OK)
        st = climb_at(sharp, sample, about(sample, sample->n), model, bandwidth, &value);
    return st;
}
