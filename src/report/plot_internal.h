// src/report/plot_internal.h: what the static figures share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PLOT_INTERNAL_H
#define IONATLAS_PLOT_INTERNAL_H

#include "report/report_internal.h"

#include <stdio.h>

// A gnuplot script being written. Errors of the stream are seen when it is flushed.
typedef struct {
    ia_ctx *ctx;
    FILE *stream;
    const report_input *in;
} plot_job;

// A figure: its name, its size in px, whether there is something to draw (else the
// sentence why not), and its script after the terminal was set.
typedef struct {
    const char *name;
    int width, height;
    ia_status (*check)(ia_ctx *ctx, const report_input *in);
    ia_status (*put)(plot_job *job);
} plot_figure;

const plot_figure *plot_figures(size_t *n);

// 0xRRGGBB of each kind of ion, as in the report: kinds of the same atoms share a colour,
// by falling number of ions. (n_ions of the ranges), freed with free().
ia_status plot_colours(ia_ctx *ctx, const ia_state *state, uint32_t **out);
// That of an element or ion by name; the first colour where it is unknown.
uint32_t plot_colour_named(const ia_state *state, const uint32_t *colours,
                           const char *name);
// An ion's name with raised and lowered parts for gnuplot's enhanced text.
void plot_put_ion(FILE *stream, const ia_ion *ion);
// Text in single quotes, without what enhanced text would take for its own.
void plot_put_plain(FILE *stream, const char *text);

// Figures with a file of their own.
ia_status plot_check_spectrum(ia_ctx *ctx, const report_input *in);
ia_status plot_put_spectrum(plot_job *job);

#endif
