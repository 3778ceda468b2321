// src/spectrum/ion_mixture_form.c: where a mixture has the ions of a line: cells as they
// were learnt, or a formula whose numbers are fitted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"
#include "spectrum/shape.h"

#include <math.h>
#include <stdlib.h>

static const double FINE = 0.04; // widths: cells of the formula

typedef struct {
    double belief, sigma, least, most;
} belief;

// A Gaussian onset of variance 2/pi and a decay of length 1, over 1.504 half-content
// widths, is what peaks often look like.
static const belief beliefs[IA_FORM_NUMBERS] = {
    [IA_FORM_SHIFT] = {-0.42, 0.3, -2, 1},    [IA_FORM_SLOPE] = {0, 1e-4, -1e-3, 1e-3},
    [IA_FORM_SIGMA] = {-0.635, 0.5, -2.3, 1}, [IA_FORM_TAU] = {-0.408, 0.7, -3, 1.5},
    [IA_FORM_FAR] = {-7, 1.5, -11, -0.5},     [IA_FORM_TILT] = {0, 0.1, -0.5, 0.5},
};
// Cells have their maximum at the place of the line: no farther than peaks are off where
// they are found.
static const belief of_cells = {0, 0.1, -0.1, 0.1};

void ia_form_cells(ia_mixture_form *out)
{
    *out = (ia_mixture_form){.is_cells = true};
}

ia_status ia_form_formula(ia_ctx *ctx, const ia_ion_mixture_input *input, bool at_peaks,
                          ia_mixture_form *out)
{
    const ia_deconvolution *d = input->solved;
    const ia_peak_shape_params reach = ia_peak_shape_defaults();
    ia_mixture_form form = {.cells = {.widths = input->shape->widths}};
    ia_ion *ions = ia_array(ctx, d->n_ions, sizeof *ions);
    ia_status st = ions ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; k < d->n_ions && ions; k++)
        ions[k] = d->ions[k].ion;
    for (int a = 0; a < IA_FORM_NUMBERS; a++)
        form.x[a] = beliefs[a].belief;
    if (st == IA_OK && !at_peaks)
        st = ia_lines_scaled(ctx, ions, d->n_ions, &input->shape->widths, &d->scale,
                             &form.placed);
    if (st == IA_OK)
        st = ia_shape_cells(ctx, &reach, FINE, &form.cells);
    free(ions);
    if (st != IA_OK)
        ia_form_clear(&form);
    else
        *out = form;
    return st;
}

double ia_form_top(const ia_mixture_form *form)
{
    const ia_peak_shape *s = &form->cells;
    size_t top = 0;

    for (size_t k = 1; k < s->n; k++)
        if (s->density[k] > s->density[top])
            top = k;
    return s->n > 0 ? 0.5 * (s->u[top] + s->u[top + 1]) : 0;
}

void ia_form_clear(ia_mixture_form *form)
{
    ia_peak_shape_clear(&form->cells);
    ia_lines_clear(&form->placed);
    *form = (ia_mixture_form){.is_cells = true};
}

double ia_form_belief(const ia_mixture_form *form, int number, double *sigma)
{
    if (form->is_cells) {
        *sigma = number == IA_FORM_SHIFT ? of_cells.sigma : 0;
        return 0;
    }
    *sigma = beliefs[number].sigma;
    return beliefs[number].belief;
}

double ia_form_bound(const ia_mixture_form *form, int number, double value)
{
    const belief *b = form->is_cells ? &of_cells : &beliefs[number];
    return fmin(b->most, fmax(b->least, value));
}
