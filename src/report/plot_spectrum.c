// src/report/plot_spectrum.c: the mass spectrum with its ranges as a gnuplot script.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMNS = 5000, N_LABELS = 200, INK = 0x33414F, CURVE = 0xA3123F };

// The spectrum merged to what a figure can show.
typedef struct {
    double bin, m_min;
    size_t n;
    uint64_t *counts; // (n)
} columns;

// The highest column of a range, where its name is written.
typedef struct {
    size_t range;
    double m;
    uint64_t height;
    bool again; // the ion has a higher peak elsewhere
} peak;

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

// Bins worth showing: all ranges and all but one ion in 200; all bins without ranges.
static size_t shown_bins(const ia_state *state)
{
    const ia_spectrum *s = &state->spectrum;
    size_t filled = filled_bins(s), i = 0;
    uint64_t all = 0, sum = 0;
    if (state->ranger.n == 0)
        return filled;
    for (size_t k = 0; k < filled; k++)
        all += s->counts[k];
    while (i < filled && sum < all - all / 200)
        sum += s->counts[i++];
    double last =
        fmax(s->m_min + s->bin * (double)i, state->ranger.hi[state->ranger.n - 1]);
    double n = 1.03 * (last - s->m_min) / s->bin;
    return n < (double)filled ? (size_t)n : filled;
}

static ia_status merge(ia_ctx *ctx, const ia_state *state, columns *out)
{
    const ia_spectrum *s = &state->spectrum;
    size_t n = shown_bins(state), factor = (n + N_COLUMNS - 1) / N_COLUMNS;
    *out = (columns){.bin = s->bin * (double)factor,
                     .m_min = s->m_min,
                     .n = (n + factor - 1) / factor};
    if (!(out->counts = ia_array(ctx, out->n, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        out->counts[i / factor] += s->counts[i];
    return IA_OK;
}

static double middle(const columns *c, size_t i)
{
    return c->m_min + c->bin * ((double)i + 0.5);
}

// Column of a mass, kept inside.
static size_t column_at(const columns *c, double m)
{
    double i = floor((m - c->m_min) / c->bin + 1e-9);
    return (size_t)fmin(fmax(i, 0), (double)(c->n - 1));
}

static double highest(const columns *c)
{
    uint64_t most = 1;
    for (size_t i = 0; i < c->n; i++)
        most = c->counts[i] > most ? c->counts[i] : most;
    return (double)most;
}

static void put_axes(FILE *stream, const columns *c)
{
    fprintf(stream,
            "set xlabel 'mass-to-charge state ratio m/n (Da)'\n"
            "set ylabel 'ions per %g Da'\n"
            "set logscale y\nset format y '10^{%%L}'\nset yrange [0.7:*]\n"
            "set offsets 0, 0, graph 0.12, 0\n"
            "set xrange [%g:%g]\nset grid ytics back lc rgb '#dddddd'\n"
            "set tics out nomirror\nunset key\nset border 3\n",
            c->bin, c->m_min, c->m_min + c->bin * (double)c->n);
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
static void put_columns(FILE *stream, const ia_state *state, const columns *c,
                        const uint32_t *colours)
{
    fprintf(stream, "$spectrum << END\n");
    for (size_t i = 0; i < c->n; i++) {
        if (c->counts[i] == 0)
            continue;
        int32_t range =
            state->ranger.n > 0 ? ia_ranger_find(&state->ranger, middle(c, i)) : -1;
        unsigned colour = range >= 0 ? colours[state->ranger.ion[range]] : INK;
        fprintf(stream, "%.10g %llu %u\n", middle(c, i), (unsigned long long)c->counts[i],
                colour);
    }
    fprintf(stream, "END\n");
}

static int by_rank(const void *a, const void *b)
{
    const peak *left = a, *right = b;
    if (left->again != right->again)
        return left->again ? 1 : -1;
    if (left->height != right->height)
        return left->height < right->height ? 1 : -1;
    return (left->range > right->range) - (left->range < right->range);
}

// One peak per range that has ions, each ion's highest first. Freed with free().
static ia_status find_peaks(ia_ctx *ctx, const ia_state *state, const columns *c,
                            peak **out, size_t *n)
{
    const ia_ranger *ranger = &state->ranger;
    peak *peaks = ia_array(ctx, ranger->n, sizeof *peaks);
    *out = peaks;
    *n = 0;
    if (!peaks)
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < ranger->n; r++) {
        size_t best = column_at(c, ranger->lo[r]);
        for (size_t i = best; i <= column_at(c, ranger->hi[r] - 1e-6 * c->bin); i++)
            best = c->counts[i] > c->counts[best] ? i : best;
        if (c->counts[best] > 0)
            peaks[(*n)++] = (peak){r, middle(c, best), c->counts[best], false};
    }
    for (size_t i = 0; i < *n; i++)
        for (size_t k = 0; k < *n && !peaks[i].again; k++)
            peaks[i].again = k != i &&
                             ranger->ion[peaks[k].range] == ranger->ion[peaks[i].range] &&
                             (peaks[k].height > peaks[i].height ||
                              (peaks[k].height == peaks[i].height && k < i));
    qsort(peaks, *n, sizeof *peaks, by_rank);
    return IA_OK;
}

// Upright names above the peaks `a` and `b` would touch.
static bool would_touch(const peak *a, const peak *b, double room, double decades)
{
    return fabs(a->m - b->m) < room &&
           fabs(log10((double)a->height / (double)b->height)) < 0.16 * decades;
}

// Upright names above the peaks; one that would touch another's is left out.
static ia_status put_labels(plot_job *job, const columns *c)
{
    const ia_state *state = job->in->state;
    double room = 0.015 * c->bin * (double)c->n;
    peak *peaks;
    size_t n, placed[N_LABELS], n_placed = 0;
    ia_status st = find_peaks(job->ctx, state, c, &peaks, &n);
    double decades = st == IA_OK ? log10(highest(c)) + 1 : 0;
    for (size_t i = 0; i < n && st == IA_OK && n_placed < N_LABELS; i++) {
        bool free_here = true;
        for (size_t k = 0; k < n_placed && free_here; k++)
            free_here = !would_touch(&peaks[placed[k]], &peaks[i], room, decades);
        if (!free_here)
            continue;
        placed[n_placed++] = i;
        fputs("set label '", job->stream);
        plot_put_ion(job->stream, &state->ranges.ions[state->ranger.ion[peaks[i].range]]);
        fprintf(job->stream, "' at %.10g,%llu offset 0,0.5 rotate by 90 left front\n",
                peaks[i].m, (unsigned long long)peaks[i].height);
    }
    free(peaks);
    return st;
}

// Peaks without a name, marked above the curve.
static size_t put_unexplained(plot_job *job, const columns *c)
{
    const ia_table *table = report_table(job->in, "unexplained_peaks", "mass_da");
    size_t n = 0;
    fprintf(job->stream, "$unexplained << END\n");
    for (size_t i = 0; table && i < table->n_rows; i++) {
        double m = report_value(table, "mass_da", i);
        if (!(m >= c->m_min && m < c->m_min + c->bin * (double)c->n))
            continue;
        fprintf(job->stream, "%.10g %g\n", m,
                1.6 * fmax((double)c->counts[column_at(c, m)], 0.7));
        n++;
    }
    fprintf(job->stream, "END\n");
    return n;
}

ia_status plot_put_spectrum(plot_job *job)
{
    const ia_state *state = job->in->state;
    columns c = {0};
    uint32_t *colours = NULL;
    ia_status st;
    if ((st = merge(job->ctx, state, &c)) != IA_OK ||
        (st = plot_colours(job->ctx, state, &colours)) != IA_OK)
        goto done;
    put_axes(job->stream, &c);
    put_bands(job->stream, state, colours);
    put_columns(job->stream, state, &c, colours);
    if ((st = put_labels(job, &c)) != IA_OK)
        goto done;
    size_t n_unexplained = put_unexplained(job, &c);
    fprintf(job->stream,
            "plot $spectrum using 1:2:3 with impulses lw 0.8 lc rgb variable");
    if (report_has_background(state))
        fprintf(job->stream,
                ", \\\n  %.10g / sqrt(x) with lines lw 1.5 dt 2 lc rgb '#%06x'",
                state->background.a * c.bin, (unsigned)CURVE);
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
