// src/spectrum/ion_mixture_density.c: the shares of each ion's peaks and of the
// background in the bins of a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"
#include "spectrum/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST = 1e-9; // of a component's ions in a bin

// What a component puts into a bin.
typedef struct {
    uint32_t bin;
    uint16_t component;
    double share;
} part;

typedef struct {
    ia_ctx *ctx;
    const ia_ion_mixture_input *input;
    ia_ion_mixture *out;
    const ia_mixture_form *form;
    ia_peak_shape shape; // borrowed, as narrow as it is
    bool *open;          // (n_bins) inside a window
    part *list;
    size_t n, room;
} filling;

static double edge_of(const filling *f, size_t bin)
{
    return f->out->m_min + (double)bin * f->out->bin;
}

static size_t bin_of(const filling *f, double mass)
{
    double x = floor((mass - f->out->m_min) / f->out->bin);
    double n = (double)f->out->n_bins;

    return x <= 0 ? 0 : x >= n ? f->out->n_bins : (size_t)x;
}

static ia_status add(filling *f, size_t bin, size_t component, double share)
{
    if (f->n == f->room) {
        size_t room = f->room ? 2 * f->room : 4096;
        part *list = ia_array(f->ctx, room, sizeof *list);
        if (!list)
            return IA_ERR_MEMORY;
        if (f->n)
            memcpy(list, f->list, f->n * sizeof *list);
        free(f->list);
        f->list = list;
        f->room = room;
    }
    f->list[f->n++] = (part){(uint32_t)bin, (uint16_t)component, share};
    return IA_OK;
}

// Bins whose middle is between two masses.
static void open_between(filling *f, double lo, double hi)
{
    size_t begin = bin_of(f, lo + 0.5 * f->out->bin);
    size_t end = bin_of(f, hi + 0.5 * f->out->bin);

    for (size_t i = begin; i < end; i++)
        f->open[i] = true;
}

// The wholes of windows, and what lies about lines that are too weak to have one: where
// nothing else is, even these tell.
static void open_windows(filling *f)
{
    const double left = 1.3, right = 2.2; // widths
    const ia_deconvolution *d = f->input->solved;

    for (size_t w = 0; w < d->n_windows; w++)
        open_between(f, d->windows[w].whole.lo, d->windows[w].whole.hi);
    for (size_t i = 0; i < d->n_lines; i++) {
        double width = ia_peak_width(&f->shape.widths, d->lines[i].mass);
        open_between(f, d->lines[i].mass - left * width,
                     d->lines[i].mass + right * width);
    }
}

static ia_status add_line(filling *f, const ia_solved_line *line)
{
    const ia_peak_shape *shape = &f->shape;
    const double *x = f->form->x;
    double width = ia_peak_width(&shape->widths, line->mass);
    double mass = line->mass + x[IA_FORM_SHIFT] * width +
                  x[IA_FORM_SLOPE] * f->form->slope * (line->mass - f->form->middle);
    size_t begin = bin_of(f, mass + shape->u[0] * width);
    size_t end = bin_of(f, mass + shape->u[shape->n] * width);
    ia_status st = IA_OK;

    for (size_t i = begin; i < end && st == IA_OK; i++) {
        double share = 0;
        if (f->open[i])
            share = line->share *
                    ia_peak_shape_share(shape, mass, edge_of(f, i), edge_of(f, i + 1));
        if (share > LEAST)
            st = add(f, i, line->ion, share);
    }
    return st;
}

// Normalised to 1 over the windows.
static ia_status add_background(filling *f)
{
    size_t background = f->input->solved->n_ions;
    double whole = 0;
    ia_status st = IA_OK;

    for (size_t i = 0; i < f->out->n_bins; i++)
        if (f->open[i])
            whole += sqrt(fmax(0, edge_of(f, i + 1))) - sqrt(fmax(0, edge_of(f, i)));
    for (size_t i = 0; i < f->out->n_bins && st == IA_OK; i++)
        if (f->open[i])
            st = add(f, i, background,
                     (sqrt(fmax(0, edge_of(f, i + 1))) - sqrt(fmax(0, edge_of(f, i)))) /
                         whole);
    return st;
}

// By bin, then by component.
static ia_status sort(filling *f)
{
    size_t *at = ia_array(f->ctx, f->out->n_bins + 2, sizeof *at);
    part *list = ia_array(f->ctx, f->n, sizeof *list);

    if (!at || !list) {
        free(at);
        free(list);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < f->n; i++)
        at[f->list[i].bin + 2]++;
    for (size_t b = 0; b < f->out->n_bins; b++)
        at[b + 2] += at[b + 1];
    for (size_t i = 0; i < f->n; i++) {
        size_t begin = at[f->list[i].bin + 1]++, k = begin;
        for (; k > at[f->list[i].bin] && list[k - 1].bin == f->list[i].bin &&
               list[k - 1].component > f->list[i].component;
             k--)
            list[k] = list[k - 1];
        list[k] = f->list[i];
    }
    free(at);
    free(f->list);
    f->list = list;
    return IA_OK;
}

// Lines of one ion in one bin are one part.
static void merge(filling *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        part *last = kept ? &f->list[kept - 1] : NULL;
        if (last && last->bin == f->list[i].bin &&
            last->component == f->list[i].component)
            last->share += f->list[i].share;
        else
            f->list[kept++] = f->list[i];
    }
    f->n = kept;
}

static ia_status tell(filling *f)
{
    ia_ion_mixture *out = f->out;

    out->first = ia_array(f->ctx, out->n_bins + 1, sizeof *out->first);
    out->component = ia_array(f->ctx, f->n, sizeof *out->component);
    out->density = ia_array(f->ctx, f->n, sizeof *out->density);
    out->weight = ia_array(f->ctx, f->n, sizeof *out->weight);
    if (!out->first || !out->component || !out->density || !out->weight)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < f->n; i++) {
        out->first[f->list[i].bin + 1]++;
        out->component[i] = f->list[i].component;
        out->density[i] = (float)f->list[i].share;
    }
    for (size_t b = 0; b < out->n_bins; b++)
        out->first[b + 1] += out->first[b];
    return IA_OK;
}

static void forget_parts(ia_ion_mixture *out)
{
    free(out->first);
    free(out->component);
    free(out->density);
    free(out->weight);
    out->first = NULL;
    out->component = NULL;
    out->density = out->weight = NULL;
}

static ia_status add_lines(filling *f)
{
    const ia_deconvolution *d = f->input->solved;
    const ia_placed_lines *placed = &f->form->placed;
    const ia_solved_line *lines = placed->n ? placed->list : d->lines;
    size_t n = placed->n ? placed->n : d->n_lines;
    ia_status st = IA_OK;

    for (size_t i = 0; i < n && st == IA_OK; i++)
        if (isfinite(d->ions[lines[i].ion].counts))
            st = add_line(f, &lines[i]);
    return st;
}

ia_status ia_ion_mixture_densities(ia_ctx *ctx, const ia_ion_mixture_input *input,
                                   ia_mixture_form *form, ia_ion_mixture *out)
{
    filling f = {
        .ctx = ctx, .input = input, .out = out, .form = form, .shape = *input->shape};
    ia_status st = IA_ERR_MEMORY;

    f.shape.widths.bin = 0;
    forget_parts(out);
    out->m_min = input->spectrum->m_min;
    out->bin = input->spectrum->bin;
    out->n_bins = input->spectrum->n_bins;
    if (!(f.open = ia_array(ctx, out->n_bins, sizeof *f.open)))
        goto done;
    open_windows(&f);
    if (!form->is_cells) {
        ia_shape_formula(form->x[IA_FORM_SIGMA], form->x[IA_FORM_TAU],
                         form->x[IA_FORM_FAR], &form->cells);
        f.shape = form->cells;
        f.shape.widths.bin = 0;
        f.shape.widths.power += form->x[IA_FORM_TILT];
    }
    if ((st = add_lines(&f)) != IA_OK || (st = add_background(&f)) != IA_OK)
        goto done;
    if ((st = sort(&f)) != IA_OK)
        goto done;
    merge(&f);
    st = tell(&f);
done:
    free(f.open);
    free(f.list);
    return st;
}
