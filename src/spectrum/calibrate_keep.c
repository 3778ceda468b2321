// src/spectrum/calibrate_keep.c: leaves the ions where they stand when the start time or
// the flight path of a model changes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_internal.h"

#include <math.h>
#include <string.h>

enum { UNKNOWNS = CAL_TERMS + 1, SOME = 50000 };

// Normal equations of a least-squares fit: the terms' changes and one shift of all ions.
typedef struct {
    size_t n;
    double left[UNKNOWNS * UNKNOWNS], right[UNKNOWNS];
} equations;

static void add_ion(equations *e, const double *row, double off)
{
    for (size_t a = 0; a < e->n; a++) {
        for (size_t b = 0; b < e->n; b++)
            e->left[a * e->n + b] += row[a] * row[b];
        e->right[a] += row[a] * off;
    }
}

static void add_ions(equations *e, const cal_sample *sample, const float *places,
                     const cal_model *model)
{
    double row[UNKNOWNS];
    size_t n = model->n_terms, step = sample->n / SOME + 1;
    for (size_t i = 0; i < sample->n; i += step) {
        cal_ion ion = cal_sample_ion(sample, i);
        double here = cal_reduced_time(model, &ion);
        if (!(here > 0 && places[i] > 0))
            continue;
        cal_basis(model, &ion, row);
        for (size_t k = 0; k < n; k++)
            row[k] = model->terms[k].kind == CAL_PULSE ? 0 : row[k];
        row[n] = 1;
        add_ion(e, row, 2 * log(here / (double)places[i]));
    }
}

void cal_model_keep(const cal_sample *sample, const float *places, cal_model *model)
{
    equations e = {.n = model->n_terms + 1};
    add_ions(&e, sample, places, model);
    cal_invert(e.left, e.n);
    for (size_t a = 0; a < model->n_terms; a++)
        for (size_t b = 0; b < e.n; b++)
            if (model->terms[a].kind != CAL_PULSE)
                model->terms[a].value += e.left[a * e.n + b] * e.right[b];
}
