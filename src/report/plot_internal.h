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
    const char *element; // of "figure:element", else NULL
} plot_job;

// A figure: its name, its size in px, whether there is something to draw (else the
// sentence why not), and its script after the terminal was set.
typedef struct {
    const char *name;
    int width, height;
    ia_status (*check)(ia_ctx *ctx, const report_input *in);
    ia_status (*put)(plot_job *job);
    bool of_element; // may be asked for one
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

// The spectrum merged to what a figure can show.
typedef struct {
    double bin, m_min;
    size_t n;
    uint64_t *counts; // (n)
} plot_columns;

double plot_column_middle(const plot_columns *c, size_t i);
// Column of a mass, kept inside.
size_t plot_column_at(const plot_columns *c, double m);

// Where the mark of a peak without a name stands, ions; NAN outside the axes.
double plot_mark_height(const plot_columns *c, double m);

// Where the axes of the spectrum stand in the figure, as shares of it; the lowest count.
#define PLOT_LEFT   0.085
#define PLOT_RIGHT  0.985
#define PLOT_BOTTOM 0.15
#define PLOT_TOP    0.935
#define PLOT_FLOOR  0.7
enum { PLOT_SPECTRUM_WIDTH = 1000, PLOT_SPECTRUM_HEIGHT = 500 }; // px
// Highest count of the axis: leaves room for a name above the highest peak.
double plot_spectrum_top(const plot_columns *c);

// The top of a peak and the size of the name it should have, in px from the lower left
// corner of the axes.
typedef struct {
    double x, y, width, height;
    int32_t ion;
    bool leads; // the highest peak of its ion
} plot_wish;

typedef struct {
    double left, bottom, width, height;
} plot_box;

// Axes of that size; ceiling: the curve's highest point between two x.
typedef struct {
    double width, height;
    double (*ceiling)(const void *curve, double left, double right);
    const void *curve;
} plot_room;

// A place for each of the first n_names wishes at its own peak, clear of the curve, of
// the names before it and of all n peaks; out[i].width is 0 where there is none.
// `out` has room for 2 n_names.
void plot_place_names(const plot_wish *wishes, size_t n, size_t n_names,
                      const plot_room *room, plot_box *out);
// The names of the peaks of all ranges, the highest of each ion first.
ia_status plot_put_labels(plot_job *job, const plot_columns *c);

// Figures with a file of their own.
ia_status plot_check_spectrum(ia_ctx *ctx, const report_input *in);
ia_status plot_put_spectrum(plot_job *job);
ia_status plot_check_knn(ia_ctx *ctx, const report_input *in);
ia_status plot_check_knn_kth(ia_ctx *ctx, const report_input *in);
ia_status plot_put_knn_kth(plot_job *job);
ia_status plot_put_knn(plot_job *job);
ia_status plot_check_frequency(ia_ctx *ctx, const report_input *in);
ia_status plot_put_frequency(plot_job *job);
ia_status plot_check_correlation(ia_ctx *ctx, const report_input *in);
ia_status plot_put_correlation(plot_job *job);
ia_status plot_check_rdf(ia_ctx *ctx, const report_input *in);
ia_status plot_put_rdf(plot_job *job);
ia_status plot_check_neighbours(ia_ctx *ctx, const report_input *in);
ia_status plot_put_neighbours(plot_job *job);
ia_status plot_check_clusters(ia_ctx *ctx, const report_input *in);
ia_status plot_put_clusters(plot_job *job);
ia_status plot_check_reachability(ia_ctx *ctx, const report_input *in);
ia_status plot_put_reachability(plot_job *job);
ia_status plot_check_sensitivity(ia_ctx *ctx, const report_input *in);
ia_status plot_put_sensitivity(plot_job *job);
// The same of steps other than clusters: whether a table is of these, and its panels.
bool plot_is_varied(const ia_table *table);
void plot_put_varied(plot_job *job, const ia_table *table);
ia_status plot_check_times(ia_ctx *ctx, const report_input *in);
ia_status plot_put_times(plot_job *job);
ia_status plot_check_multiples(ia_ctx *ctx, const report_input *in);
ia_status plot_put_multiples(plot_job *job);
ia_status plot_check_saxey(ia_ctx *ctx, const report_input *in);
ia_status plot_put_saxey(plot_job *job);
ia_status plot_check_calibration(ia_ctx *ctx, const report_input *in);
ia_status plot_put_calibration(plot_job *job);
ia_status plot_check_positions(ia_ctx *ctx, const report_input *in);
ia_status plot_put_cloud(plot_job *job);
ia_status plot_check_profile(ia_ctx *ctx, const report_input *in);
ia_status plot_put_profile(plot_job *job);
ia_status plot_put_ladder(plot_job *job);
ia_status plot_check_field(ia_ctx *ctx, const report_input *in);
ia_status plot_put_field(plot_job *job);
ia_status plot_check_surface(ia_ctx *ctx, const report_input *in);
ia_status plot_put_surface(plot_job *job);
ia_status plot_check_proxigram(ia_ctx *ctx, const report_input *in);
ia_status plot_put_proxigram(plot_job *job);
ia_status plot_check_sdm(ia_ctx *ctx, const report_input *in);
ia_status plot_put_sdm(plot_job *job);
ia_status plot_check_planes(ia_ctx *ctx, const report_input *in);
ia_status plot_put_planes(plot_job *job);
ia_status plot_put_regions(plot_job *job);
extern const char plot_grain_palette[];
ia_status plot_check_fourier(ia_ctx *ctx, const report_input *in);
ia_status plot_put_fourier(plot_job *job);
ia_status plot_check_maps(ia_ctx *ctx, const report_input *in);
ia_status plot_put_maps(plot_job *job);
ia_status plot_check_drift(ia_ctx *ctx, const report_input *in);
ia_status plot_put_drift(plot_job *job);
ia_status plot_put_poles(plot_job *job);
ia_status plot_check_evidence(ia_ctx *ctx, const report_input *in);
ia_status plot_put_evidence(plot_job *job);
ia_status plot_check_constants(ia_ctx *ctx, const report_input *in);
ia_status plot_put_constants(plot_job *job);
ia_status plot_check_map(ia_ctx *ctx, const report_input *in);
ia_status plot_put_map(plot_job *job);

// "002", with a bar over what is negative.
void plot_put_hkl(FILE *stream, const int hkl[3]);
// Axes, colours and values of the density of hits, then `plot` of it, to go on with.
ia_status plot_begin_density(plot_job *job, const ia_hitmap *map);
void plot_put_density(FILE *stream, const ia_hitmap *map);

// From little to much: gnuplot's statement.
extern const char plot_palette[];
// Axes without a frame, which most figures have.
extern const char plot_axes[];
// About n ticks over a length, at round places; no less than `least` apart.
double plot_tick_step(double length, double n, double least);

// One panel for each table of a step whose name begins with a prefix; what follows it is
// the species.
typedef struct {
    size_t number;           // of the panel, from 0
    const uint32_t *colours; // of all species
    unsigned colour;         // of this one
} plot_panel;
typedef struct {
    const char *method, *prefix;
    const char *distance; // column along x
    const char *missing;  // what there is none of
    const char *axes;     // settings of all panels
    bool from_zero;       // x from 0 to the last distance
    void (*put_values)(FILE *stream, const ia_table *table, const plot_panel *panel);
    void (*put_lines)(FILE *stream, const ia_table *table, const plot_panel *panel);
} plot_panels;
ia_status plot_panels_check(ia_ctx *ctx, const report_input *in,
                            const plot_panels *panels);
ia_status plot_panels_put(plot_job *job, const plot_panels *panels); // plot_panels.c

#endif
