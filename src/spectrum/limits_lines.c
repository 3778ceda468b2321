// src/spectrum/limits_lines.c: what is there already where an element would be looked
// for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/limits_internal.h"

#include "spectrum/deconvolve_internal.h"
#include "spectrum/tails.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    ia_ctx *ctx;
    const ia_limits_input *input;
    const ia_counts *counts;
    bool has_tails; // the background tells what lies behind the cores
    ia_known_lines out;
} gathering;

static double end_of(const gathering *g, double mass)
{
    double width = ia_peak_width(&g->input->shape->widths, mass);
    return g->has_tails ? mass + ia_core_right * width : INFINITY;
}

// Isotopes of the ions solved for, where the spectrum has them.
static ia_status add_ions(gathering *g)
{
    const ia_limits_input *in = g->input;
    const ia_deconvolution *d = in->solved;
    ia_placed_lines placed = {.n = 0};
    ia_mass_scale scale = d->scale;
    ia_ion *ions = ia_array(g->ctx, d->n_ions, sizeof *ions);

    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < d->n_ions; k++)
        ions[k] = d->ions[k].ion;
    const ia_deconvolve_input from = {.spectrum = in->spectrum,
                                      .background = in->background,
                                      .peaks = in->peaks,
                                      .shape = in->shape,
                                      .scale = &d->scale,
                                      .ions = ions,
                                      .n_ions = d->n_ions};
    ia_status st = ia_lines_place(g->ctx, &from, g->counts, &scale, &placed);
    if (st == IA_OK) {
        g->out.list = ia_array(g->ctx, placed.n + in->peaks->n, sizeof *g->out.list);
        st = g->out.list ? IA_OK : IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < placed.n && st == IA_OK; i++) {
        const ia_solved_line *l = &placed.list[i];
        const ia_solved *ion = &d->ions[l->ion];
        double n = isnan(ion->counts) ? 0 : fmax(0, ion->counts) * l->share;
        g->out.list[g->out.n++] =
            (ia_known_line){l->mass, l->share, n, end_of(g, l->mass), (int32_t)l->ion};
    }
    ia_lines_clear(&placed);
    free(ions);
    return st;
}

// Peaks that the lines leave too much of.
static void add_unexplained(gathering *g)
{
    const double most = 1.0 / 3, sure = 5;
    const ia_limits_input *in = g->input;
    size_t n_lines = g->out.n;

    for (size_t i = 0; i < in->peaks->n; i++) {
        const ia_peak *p = &in->peaks->list[i];
        double known = 0;
        for (size_t k = 0; k < n_lines; k++)
            known += g->out.list[k].ions *
                     ia_peak_shape_share(in->shape, g->out.list[k].mass, p->lo, p->hi);
        double net = p->counts - p->background, left = net - known;
        if (left < most * net || left < sure * sqrt(p->counts + 1))
            continue;
        double share = ia_peak_shape_share(in->shape, p->mass, p->lo, p->hi);
        g->out.list[g->out.n++] =
            (ia_known_line){p->mass, 1, left / fmax(share, 0.1), end_of(g, p->mass), -1};
    }
}

ia_status ia_known_lines_build(ia_ctx *ctx, const ia_limits_input *input,
                               const ia_counts *counts, ia_known_lines *out)
{
    gathering g = {.ctx = ctx,
                   .input = input,
                   .counts = counts,
                   .has_tails = ia_background_tail_share(input->background) > 0};
    ia_status st = add_ions(&g);

    if (st != IA_OK) {
        ia_known_lines_clear(&g.out);
        return st;
    }
    add_unexplained(&g);
    *out = g.out;
    return IA_OK;
}

void ia_known_lines_clear(ia_known_lines *lines)
{
    free(lines->list);
    *lines = (ia_known_lines){0};
}
