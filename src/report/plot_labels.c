// src/report/plot_labels.c: names at the peaks of the spectrum, each at its own or
// nowhere.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// px: of an em (the largest of the terminals), a name from side to side, its far side
// beyond its peak, its foot from the peak; least length of a leader that is drawn; half
// the size of a mark.
enum { EM = 17, NAME_WIDTH = 16, INSET = 3, GAP = 4, LEADER_MIN = 9, MARK = 7 };
enum { N_NAMES = 200, N_RISES = 6 };

// Peaks of others that a name may reach over: none, lower ones of the same ion, any that
// end far below its own, or any that end below.
typedef enum { ALONE, SAME_ION, FAR_BELOW, BELOW } company;
static const double STEP = 8; // px, that peaks end below

// How a name may stand at its peak: over it, or with one side over it. The last ones are
// for the highest peak of an ion alone: without a name there, its ion would have none.
static const struct {
    double share; // of the name that lies left of the peak
    double inset;
    company with;
    bool leads;
} stands[] = {
    {0.5, 0, ALONE, false},     {0, INSET, ALONE, false},    {1, -INSET, ALONE, false},
    {0.5, 0, SAME_ION, false},  {0, INSET, SAME_ION, false}, {1, -INSET, SAME_ION, false},
    {0.5, 0, FAR_BELOW, false}, {0, INSET, FAR_BELOW, true}, {1, -INSET, FAR_BELOW, true},
    {0.5, 0, BELOW, true},      {0, INSET, BELOW, true},     {1, -INSET, BELOW, true}};
enum { N_STANDS = sizeof stands / sizeof stands[0] };

static bool overlap(const plot_box *a, const plot_box *b)
{
    return a->left < b->left + b->width && b->left < a->left + a->width &&
           a->bottom < b->bottom + b->height && b->bottom < a->bottom + a->height;
}

// True where no other peak could be taken for the one that a name stands at.
static bool is_clear(const plot_wish *wishes, size_t n, size_t own, double left,
                     company with)
{
    const plot_wish *w = &wishes[own];
    double drop = with == FAR_BELOW ? w->height : with == BELOW ? STEP : INFINITY;
    for (size_t i = 0; i < n; i++) {
        const plot_wish *other = &wishes[i];
        if (i == own || other->x < left - 2 || other->x > left + w->width + 2)
            continue;
        bool fits = other->ion == w->ion ? with != ALONE && other->y <= w->y
                                         : w->y - other->y >= drop;
        if (!fits)
            return false;
    }
    return true;
}

static bool is_inside(const plot_box *box, const plot_room *room)
{
    return box->left >= 0 && box->left + box->width <= room->width &&
           box->bottom + box->height <= room->height;
}

static bool is_free(const plot_box *box, const plot_box *placed, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (overlap(box, &placed[i]))
            return false;
    return true;
}

// The box of a name and that of its leader; false where there is no room.
static bool try_place(const plot_wish *w, const plot_room *room, double left, size_t rise,
                      plot_box out[2])
{
    double base = fmax(w->y, room->ceiling(room->curve, left, left + w->width));
    double foot = base + GAP + (double)rise * 8;
    out[0] = (plot_box){left, foot, w->width, w->height};
    out[1] = (plot_box){w->x - 2, w->y, 4, foot - w->y};
    return foot - w->y <= 3 * w->width;
}

// NAN where the edge of the axes would shift the name off its peak.
static double left_of(const plot_wish *w, size_t stand, double room)
{
    double wanted = w->x - stands[stand].share * w->width - stands[stand].inset;
    double left = fmin(fmax(wanted, 0), room - w->width);
    double most = stands[stand].share == 0.5 ? 0.3 : 0.5;
    return fabs(left + 0.5 * w->width - w->x) <= most * w->width ? left : NAN;
}

static bool place(const plot_wish *wishes, size_t n, size_t own, const plot_room *room,
                  plot_box *placed)
{
    const plot_wish *w = &wishes[own];
    plot_box *out = placed + 2 * own;
    for (size_t rise = 0; rise < N_RISES; rise++)
        for (size_t k = 0; k < N_STANDS; k++) {
            double left = left_of(w, k, room->width);
            if (w->leads >= stands[k].leads && isfinite(left) &&
                is_clear(wishes, n, own, left, stands[k].with) &&
                try_place(w, room, left, rise, out) && is_inside(&out[0], room) &&
                is_free(&out[0], placed, 2 * own) && is_free(&out[1], placed, 2 * own))
                return true;
        }
    return false;
}

void plot_place_names(const plot_wish *wishes, size_t n, size_t n_names,
                      const plot_room *room, plot_box *out)
{
    for (size_t i = 0; i < n_names; i++)
        if (!place(wishes, n, i, room, out))
            out[2 * i] = out[2 * i + 1] = (plot_box){0};
    for (size_t i = 0; i < n_names; i++)
        out[i] = out[2 * i];
}

static double highest(const plot_columns *c)
{
    uint64_t most = 1;
    for (size_t i = 0; i < c->n; i++)
        most = c->counts[i] > most ? c->counts[i] : most;
    return (double)most;
}

double plot_spectrum_top(const plot_columns *c)
{
    return highest(c) * pow(highest(c) / PLOT_FLOOR, 0.22);
}

// The axes of the figure in px and in their units.
typedef struct {
    const plot_columns *columns;
    const ia_table *marked; // peaks without a name; NULL for none
    double width, height, top;
} frame;

static double px_across(const frame *f, double m)
{
    const plot_columns *c = f->columns;
    return f->width * (m - c->m_min) / (c->bin * (double)c->n);
}

static double px_up(const frame *f, double count)
{
    return count > 0 ? f->height * log(count / PLOT_FLOOR) / log(f->top / PLOT_FLOOR) : 0;
}

// The upper end of the marks between two places, 0 for none.
static double marks_between(const frame *f, double left, double right)
{
    double most = 0;
    for (size_t i = 0; f->marked && i < f->marked->n_rows; i++) {
        double m = report_value(f->marked, "mass_da", i);
        double height = plot_mark_height(f->columns, m), x = px_across(f, m);
        if (!isnan(height) && x > left - MARK && x < right + MARK)
            most = fmax(most, px_up(f, height) + MARK);
    }
    return most;
}

static double ceiling_of(const void *curve, double left, double right)
{
    const frame *f = curve;
    const plot_columns *c = f->columns;
    double per_px = c->bin * (double)c->n / f->width;
    size_t last = plot_column_at(c, c->m_min + right * per_px);
    uint64_t most = 0;
    for (size_t i = plot_column_at(c, c->m_min + left * per_px); i <= last; i++)
        most = c->counts[i] > most ? c->counts[i] : most;
    return fmax(px_up(f, (double)most), marks_between(f, left, right));
}

// About how long a name is, in px.
static double name_length(const ia_ion *ion)
{
    double ems = 0.2;
    if (ion->n_parts == 0)
        ems += 0.66 * (double)strlen(ion->name);
    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_element *element = ia_element_of(ion->parts[i].z);
        ems += 0.66 * (double)strlen(element ? element->symbol : "?");
        ems += ion->parts[i].a > 0 ? 1.5 : 0;
        ems += ion->parts[i].count > 1 ? 0.5 : 0;
    }
    ems += ion->charge > 1 ? 1.2 : 0.7;
    return EM * ems;
}

// The highest peak of each ion before all others.
static int by_falling_height(const void *a, const void *b)
{
    const plot_wish *left = a, *right = b;
    if (left->leads != right->leads)
        return left->leads ? -1 : 1;
    if (left->y != right->y)
        return left->y < right->y ? 1 : -1;
    return (left->x > right->x) - (left->x < right->x);
}

// Peaks by falling height.
static void mark_leading(plot_wish *peaks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        peaks[i].leads = true;
        for (size_t k = 0; k < i && peaks[i].leads; k++)
            peaks[i].leads = peaks[k].ion != peaks[i].ion;
    }
}

// One peak per range that has ions, the highest of each ion first. Freed with free().
static ia_status find_peaks(ia_ctx *ctx, const ia_state *state, const frame *f,
                            plot_wish **out, size_t *n)
{
    const ia_ranger *ranger = &state->ranger;
    const plot_columns *c = f->columns;
    plot_wish *peaks = ia_array(ctx, ranger->n, sizeof *peaks);
    *out = peaks;
    *n = 0;
    if (!peaks)
        return IA_ERR_MEMORY;
    for (size_t r = 0; r < ranger->n; r++) {
        size_t best = plot_column_at(c, ranger->lo[r]);
        size_t last = plot_column_at(c, ranger->hi[r] - 1e-6 * c->bin);
        for (size_t i = best; i <= last; i++)
            best = c->counts[i] > c->counts[best] ? i : best;
        double m = fmin(fmax(plot_column_middle(c, best), ranger->lo[r]), ranger->hi[r]);
        if (c->counts[best] > 0 && px_across(f, m) <= f->width)
            peaks[(*n)++] = (plot_wish){
                px_across(f, m), px_up(f, (double)c->counts[best]),
                NAME_WIDTH,      name_length(&state->ranges.ions[ranger->ion[r]]),
                ranger->ion[r],  false};
    }
    qsort(peaks, *n, sizeof *peaks, by_falling_height);
    mark_leading(peaks, *n);
    qsort(peaks, *n, sizeof *peaks, by_falling_height);
    return IA_OK;
}

static void put_name(plot_job *job, const frame *f, const plot_wish *peak,
                     const plot_box *box)
{
    double per_px = f->columns->bin * (double)f->columns->n / f->width;
    double m = f->columns->m_min + peak->x * per_px;
    fputs("set label '", job->stream);
    plot_put_ion(job->stream, &job->in->state->ranges.ions[peak->ion]);
    fprintf(job->stream, "' at %.8g,graph %.5g rotate by 90 left front\n",
            m + (box->left + 0.5 * box->width - peak->x) * per_px,
            box->bottom / f->height);
    if (box->bottom - peak->y >= LEADER_MIN)
        fprintf(job->stream,
                "set arrow from %.8g,graph %.5g to %.8g,graph %.5g nohead lw 0.7 "
                "lc rgb '#4a5866' front\n",
                m, (peak->y + 2) / f->height, m, (box->bottom - 1) / f->height);
}

static void put_left_out(FILE *stream, size_t n)
{
    if (n > 0)
        fprintf(stream,
                "set label '%zu name%s found no room' at graph 1,screen 0.97 right "
                "tc rgb '#4a5866'\n",
                n, n == 1 ? "" : "s");
}

ia_status plot_put_labels(plot_job *job, const plot_columns *c)
{
    frame f = {c, report_table(job->in, "unexplained_peaks", "mass_da"),
               PLOT_SPECTRUM_WIDTH * (PLOT_RIGHT - PLOT_LEFT),
               PLOT_SPECTRUM_HEIGHT * (PLOT_TOP - PLOT_BOTTOM), plot_spectrum_top(c)};
    plot_room room = {f.width, f.height, ceiling_of, &f};
    plot_wish *peaks = NULL;
    plot_box *boxes = NULL;
    size_t n, n_left_out = 0;
    ia_status st = find_peaks(job->ctx, job->in->state, &f, &peaks, &n);
    if (st != IA_OK)
        goto done;
    size_t n_names = n < N_NAMES ? n : N_NAMES;
    if (!(boxes = ia_array(job->ctx, 2 * n_names, sizeof *boxes))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    plot_place_names(peaks, n, n_names, &room, boxes);
    for (size_t i = 0; i < n; i++) {
        if (i < n_names && boxes[i].width > 0)
            put_name(job, &f, &peaks[i], &boxes[i]);
        else
            n_left_out++;
    }
    put_left_out(job->stream, n_left_out);
done:
    free(boxes);
    free(peaks);
    return st;
}
