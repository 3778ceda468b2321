// src/spectrum/ion_mixture_form.c: where a mixture has the ions of a line: cells as they
// were learnt, or a formula whose numbers are fitted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"
#include "spectrum/shape.h"

#include <math.h>
#include <stdlib.h>

static const double FINE = 0.04;  // widths: cells of the formula
static const double LEVER = 0.25; // of their middle: lines are spread so far at least

typedef struct {
    double belief, sigma, least, most;
} belief;

// A Gaussian onset of variance 2/pi and a decay of length 1, over 1.504 half-content
// widths, is what peaks often look like. The mass scale comes from the peaks, which are
// pulled by what lies beneath them and by coarse bins: its ends are known no better than
// its middle.
static const belief beliefs[IA_FORM_NUMBERS] = {
    [IA_FORM_SHIFT] = {-0.42, 0.3, -2, 1},    [IA_FORM_SLOPE] = {0, 0.3, -2, 2},
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

// Where the ions of lines lie, and how far apart.
static void set_lever(const ia_deconvolution *d, const ia_peak_widths *widths,
                      ia_mixture_form *form)
{
    double ions = 0, sum = 0, square = 0;

    for (size_t i = 0; i < d->n_lines; i++) {
        double counts = d->ions[d->lines[i].ion].counts, mass = d->lines[i].mass;
        double n = isfinite(counts) ? d->lines[i].share * fmax(1, counts) : 0;
        ions += n;
        sum += n * mass;
        square += n * mass * mass;
    }
    form->middle = ions > 0 ? sum / ions : 1;
    double spread =
        ions > 0 ? sqrt(fmax(0, square / ions - form->middle * form->middle)) : 0;
    form->slope =
        ia_peak_width(widths, form->middle) / fmax(spread, LEVER * form->middle);
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
    set_lever(d, &form.cells.widths, &form);
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
