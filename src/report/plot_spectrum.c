// src/report/plot_spectrum.c: the mass spectrum with its ranges as a gnuplot script.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMNS = 2000, INK = 0x33414F, CURVE = 0xA3123F };

static size_t filled_bins(const ia_spectrum *spectrum)
{
    size_t n = spectrum->n_bins;
    while (n > 0 && spectrum->counts[n - 1] == 0)
        n--;
    return n;
}

ia_status plot_check_spectrum(ia_ctx *ctx, const report_input *in)
{
    if (filled_bins(&in->state->spectrum) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "the spectrum holds no ions: nothing to draw");
    return IA_OK;
}

// Bins worth showing, as in the report: all ranges and 95 % of the ions, or 98 % where
// there are no ranges.
static size_t shown_bins(const ia_state *state)
{
    const ia_spectrum *s = &state->spectrum;
    bool ranged = state->ranger.n > 0;
    size_t filled = filled_bins(s), i = 0;
    uint64_t all = 0, sum = 0;
    for (size_t k = 0; k < filled; k++)
        all += s->counts[k];
    while (i < filled && sum < all - all / (ranged ? 20 : 50))
        sum += s->counts[i++];
    double last = s->m_min + s->bin * (double)i;
    if (ranged)
        last = fmax(last, state->ranger.hi[state->ranger.n - 1]);
    double n = 1.05 * (last - s->m_min) / s->bin;
    return (size_t)fmax(fmin(n, 1.02 * (double)filled), 1) + 1; // a little beyond
}

// The least of 1, 2, 5, 10, 20, ... that makes few enough columns of n bins.
static size_t factor_for(size_t n)
{
    static const size_t steps[] = {1, 2, 5};
    for (size_t decade = 1;; decade *= 10)
        for (size_t i = 0; i < 3; i++)
            if (n / (decade * steps[i]) < N_COLUMNS)
                return decade * steps[i];
}

static ia_status merge(ia_ctx *ctx, const ia_state *state, plot_columns *out)
{
    const ia_spectrum *s = &state->spectrum;
    size_t n = shown_bins(state), factor = factor_for(n);
    *out = (plot_columns){.bin = s->bin * (double)factor,
                          .m_min = s->m_min,
                          .n = (n + factor - 1) / factor};
    if (!(out->counts = ia_array(ctx, out->n, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n && i < s->n_bins; i++)
        out->counts[i / factor] += s->counts[i];
    return IA_OK;
}

double plot_column_middle(const plot_columns *c, size_t i)
{
    return c->m_min + c->bin * ((double)i + 0.5);
}

size_t plot_column_at(const plot_columns *c, double m)
{
    double i = floor((m - c->m_min) / c->bin + 1e-9);
    return (size_t)fmin(fmax(i, 0), (double)(c->n - 1));
}

// The axes fill a known part of the figure, so that names can be placed in it.
static void put_axes(FILE *stream, const plot_columns *c)
{
    double end = c->m_min + c->bin * (double)c->n;
    fprintf(stream,
            "set lmargin at screen %g\nset rmargin at screen %g\n"
            "set bmargin at screen %g\nset tmargin at screen %g\n",
            PLOT_LEFT, PLOT_RIGHT, PLOT_BOTTOM, PLOT_TOP);
    fprintf(stream,
            "set xlabel 'mass-to-charge state ratio m/n (Da)'\n"
            "set ylabel 'ions per %g Da'\n"
            "set logscale y\nset format y '10^{%%L}'\nset yrange [%g:%g]\n"
            "set xrange [%g:%g]\nset grid ytics back lc rgb '#dddddd'\n"
            "set tics out nomirror\nset mytics 10\nset samples 500\nunset key\nset "
            "border 3\n",
            c->bin, PLOT_FLOOR, plot_spectrum_top(c), c->m_min, end);
}

static void put_bands(FILE *stream, const ia_state *state, const uint32_t *colours)
{
    for (size_t i = 0; i < state->ranger.n; i++)
        fprintf(stream,
                "set object %zu rect from %.10g, graph 0 to %.10g, graph 1 "
                "fc rgb '#%06x' fs solid 0.15 noborder behind\n",
                i + 1, state->ranger.lo[i], state->ranger.hi[i],
                (unsigned)colours[state->ranger.ion[i]]);
}

// m, ions, colour of the range; columns without ions are left out.
static void put_columns(FILE *stream, const ia_state *state, const plot_columns *c,
                        const uint32_t *colours)
{
    fprintf(stream, "$spectrum << END\n");
    for (size_t i = 0; i < c->n; i++) {
        if (c->counts[i] == 0)
            continue;
        int32_t range = state->ranger.n > 0
                            ? ia_ranger_find(&state->ranger, plot_column_middle(c, i))
                            : -1;
        unsigned colour = range >= 0 ? colours[state->ranger.ion[range]] : INK;
        fprintf(stream, "%.10g %llu %u\n", plot_column_middle(c, i),
                (unsigned long long)c->counts[i], colour);
    }
    fprintf(stream, "END\n");
}

double plot_mark_height(const plot_columns *c, double m)
{
    const double above = 1.6;
    if (!(m >= c->m_min && m < c->m_min + c->bin * (double)c->n))
        return NAN;
    return above * fmax((double)c->counts[plot_column_at(c, m)], PLOT_FLOOR);
}

// Peaks without a name, marked above the curve.
static size_t put_unexplained(plot_job *job, const plot_columns *c)
{
    const ia_table *table = report_table(job->in, "unexplained_peaks", "mass_da");
    size_t n = 0;
    fprintf(job->stream, "$unexplained << END\n");
    for (size_t i = 0; table && i < table->n_rows; i++) {
        double m = report_value(table, "mass_da", i), height = plot_mark_height(c, m);
        if (isnan(height))
            continue;
        fprintf(job->stream, "%.10g %g\n", m, height);
        n++;
    }
    fprintf(job->stream, "END\n");
    return n;
}

// Background expected in each column, as data: it may be more than one law.
static void put_background(FILE *stream, const ia_background *background,
                           const plot_columns *c)
{
    fprintf(stream, "$background << END\n");
    for (size_t i = 0; i < c->n; i++) {
        double lo = c->m_min + (double)i * c->bin;
        fprintf(stream, "%.10g %.6g\n", lo + 0.5 * c->bin,
                ia_background_counts(background, lo, lo + c->bin));
    }
    fprintf(stream, "END\n");
}

ia_status plot_put_spectrum(plot_job *job)
{
    const ia_state *state = job->in->state;
    plot_columns c = {0};
    uint32_t *colours = NULL;
    ia_status st;
    if ((st = merge(job->ctx, state, &c)) != IA_OK ||
        (st = plot_colours(job->ctx, state, &colours)) != IA_OK)
        goto done;
    put_axes(job->stream, &c);
    put_bands(job->stream, state, colours);
    put_columns(job->stream, state, &c, colours);
    if ((st = plot_put_labels(job, &c)) != IA_OK)
        goto done;
    size_t n_unexplained = put_unexplained(job, &c);
    bool has_background = report_has_background(state);
    if (has_background)
        put_background(job->stream, &state->background, &c);
    fprintf(job->stream, "plot $spectrum using 1:2:3 with impulses lw 1 lc rgb variable");
    if (has_background)
        fprintf(job->stream,
                ", \\\n  $background using 1:2 with lines lw 2.5 dt 2 lc rgb '#%06x'",
                (unsigned)CURVE);
    if (n_unexplained > 0)
        fprintf(job->stream,
                ", \\\n  $unexplained using 1:2 with points pt 10 ps 1 lc rgb '#%06x'",
                (unsigned)CURVE);
    fputc('\n', job->stream);
done:
    free(colours);
    free(c.counts);
    return st;
}
