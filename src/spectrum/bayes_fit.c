// src/spectrum/bayes_fit.c: a group of ions that share cells, and the evidence for a set
// of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/bayes_internal.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON_ROUNDS = 25, SHIFT_ROUNDS = 6, SHIFTS_MOST = 64 };
static const double REACH_LEFT = 4, REACH_RIGHT = 9; // widths of a line in a group
static const double REACH_FAR = 30;                  // of one with many ions
static const double MANY = 3000;                     // ions
static const double FREEDOM = 4;                     // of Student's t for places

bool ia_mask_has(const ia_mask *mask, size_t member)
{
    return mask->bits[member / 64] >> (member % 64) & 1;
}

void ia_mask_flip(ia_mask *mask, size_t member)
{
    mask->bits[member / 64] ^= (uint64_t)1 << (member % 64);
}

static const ia_judged *ion_of(const ia_group *g, size_t member)
{
    return &g->judge->ions[g->member[member]];
}

static double reach_of(const ia_judged *ion, const ia_placed_line *line)
{
    return line->width * (ion->intensity * line->share > MANY ? REACH_FAR : REACH_RIGHT);
}

// Cells that the members reach, rising.
static ia_status gather_cells(ia_group *g)
{
    const ia_judge *judge = g->judge;
    bool *reached = ia_array(judge->ctx, judge->n_cells, sizeof *reached);

    if (!reached)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < g->n; k++) {
        const ia_judged *ion = ion_of(g, k);
        for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
            const ia_placed_line *line = &judge->lines[l];
            size_t i = ia_judge_cell(judge, line->place - REACH_LEFT * line->width);
            double end = line->place + reach_of(ion, line);
            for (; i < judge->n_cells && judge->edge[i] < end; i++)
                reached[i] = true;
        }
    }
    for (size_t i = 0; i < judge->n_cells; i++)
        g->n_cells += reached[i];
    g->cell = ia_array(judge->ctx, g->n_cells, sizeof *g->cell);
    if (g->cell)
        for (size_t i = 0, n = 0; i < judge->n_cells; i++)
            if (reached[i])
                g->cell[n++] = i;
    free(reached);
    return g->cell ? IA_OK : IA_ERR_MEMORY;
}

static size_t cell_from(const ia_group *g, double mass)
{
    size_t lo = 0, hi = g->n_cells;

    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if (g->judge->edge[g->cell[middle] + 1] <= mass)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

// Add a line's share of each cell, its place moved, times a factor.
static void add_line(const ia_group *g, const ia_placed_line *line, double move,
                     double factor, double *column)
{
    const ia_judge *judge = g->judge;
    double place = line->place + move, end = place + 38 * line->width;

    for (size_t i = cell_from(g, place - 8 * line->width); i < g->n_cells; i++) {
        double lo = judge->edge[g->cell[i]], hi = judge->edge[g->cell[i] + 1];
        if (lo >= end)
            break;
        column[i] += factor * line->share *
                     (ia_profile_below(&judge->profile, (hi - place) / line->width) -
                      ia_profile_below(&judge->profile, (lo - place) / line->width));
    }
}

static ia_status fill_columns(ia_group *g)
{
    const double least = 1e-6; // of a share
    size_t n = 0;

    for (size_t k = 0; k < g->n; k++) {
        const ia_judged *ion = ion_of(g, k);
        double *column = g->column + k * g->n_cells;
        for (size_t l = ion->first; l < ion->first + ion->n_lines; l++)
            add_line(g, &g->judge->lines[l], 0, 1, column);
        for (size_t i = 0; i < g->n_cells; i++)
            n += column[i] > least;
    }
    g->support = ia_array(g->judge->ctx, n, sizeof *g->support);
    g->support_first = ia_array(g->judge->ctx, g->n + 1, sizeof *g->support_first);
    if (!g->support || !g->support_first)
        return IA_ERR_MEMORY;
    n = 0;
    for (size_t k = 0; k < g->n; k++) {
        double *column = g->column + k * g->n_cells;
        for (size_t i = 0; i < g->n_cells; i++) {
            if (column[i] > least)
                g->support[n++] = (uint32_t)i;
            else
                column[i] = 0;
        }
        g->support_first[k + 1] = n;
    }
    return IA_OK;
}

// What the group's cells hold without its members.
static void fill_cells(ia_group *g)
{
    const ia_judge *judge = g->judge;

    for (size_t i = 0; i < g->n_cells; i++) {
        g->count[i] = judge->count[g->cell[i]];
        g->weight[i] = judge->weight[g->cell[i]];
        g->base[i] = judge->mean[g->cell[i]];
    }
    for (size_t k = 0; k < g->n; k++) {
        g->intensity[k] = ion_of(g, k)->intensity;
        const double *column = g->column + k * g->n_cells;
        for (size_t i = 0; g->intensity[k] > 0 && i < g->n_cells; i++)
            g->base[i] -= g->intensity[k] * column[i];
    }
    for (size_t i = 0; i < g->n_cells; i++)
        g->base[i] = fmax(g->base[i], judge->base[g->cell[i]]);
}

ia_status ia_group_build(ia_judge *judge, const size_t *members, size_t n, ia_group *out)
{
    ia_group g = {.judge = judge, .n = n};
    ia_ctx *ctx = judge->ctx;
    ia_status st;

    memcpy(g.member, members, n * sizeof *members);
    if ((st = gather_cells(&g)) != IA_OK)
        goto done;
    g.count = ia_array(ctx, g.n_cells, sizeof *g.count);
    g.base = ia_array(ctx, g.n_cells, sizeof *g.base);
    g.weight = ia_array(ctx, g.n_cells, sizeof *g.weight);
    g.mean = ia_array(ctx, g.n_cells, sizeof *g.mean);
    g.room = ia_array(ctx, g.n_cells, sizeof *g.room);
    g.column = ia_array(ctx, n * g.n_cells, sizeof *g.column);
    g.moved = ia_array(ctx, n * g.n_cells, sizeof *g.moved);
    if (!g.count || !g.base || !g.weight || !g.mean || !g.room || !g.column || !g.moved) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = fill_columns(&g)) != IA_OK)
        goto done;
    fill_cells(&g);
    *out = g;
    g = (ia_group){0}; // the caller's now
done:
    ia_group_clear(&g);
    return st;
}

void ia_group_clear(ia_group *group)
{
    free(group->cell);
    free(group->count);
    free(group->base);
    free(group->weight);
    free(group->mean);
    free(group->room);
    free(group->column);
    free(group->moved);
    free(group->support);
    free(group->support_first);
    free(group->models);
    free(group->slots);
    *group = (ia_group){0};
}

// A set of ions that is fitted.
typedef struct {
    ia_group *g;
    size_t ion[IA_GROUP_MOST]; // members
    const double *column[IA_GROUP_MOST];
    double x[IA_GROUP_MOST];
    size_t n;
    double hessian[IA_GROUP_MOST * IA_GROUP_MOST];
    double slope[IA_GROUP_MOST];
} fitting;

static double means_of(const fitting *f, const double *x, double *mean)
{
    const ia_group *g = f->g;
    double value = 0;

    memcpy(mean, g->base, g->n_cells * sizeof *mean);
    for (size_t a = 0; a < f->n; a++) {
        size_t k = f->ion[a];
        for (size_t s = g->support_first[k]; s < g->support_first[k + 1]; s++)
            mean[g->support[s]] += x[a] * f->column[a][g->support[s]];
    }
    for (size_t i = 0; i < g->n_cells; i++) {
        double n = g->count[i];
        value += g->weight[i] * ((n > 0 ? n * log(mean[i] / n) + n : 0) - mean[i]);
    }
    return value;
}

// Slope and curvature of the log likelihood; of the latter the expected one where the
// found is less.
static void differentiate(fitting *f)
{
    const ia_group *g = f->g;

    memset(f->slope, 0, f->n * sizeof *f->slope);
    memset(f->hessian, 0, f->n * f->n * sizeof *f->hessian);
    for (size_t a = 0; a < f->n; a++) {
        size_t k = f->ion[a];
        for (size_t s = g->support_first[k]; s < g->support_first[k + 1]; s++) {
            size_t i = g->support[s];
            double n = g->count[i], m = g->mean[i], part = f->column[a][i];
            f->slope[a] += g->weight[i] * part * (n / m - 1);
            double v = g->weight[i] * part * fmax(n, 0.5 * m) / (m * m);
            for (size_t b = 0; b <= a; b++)
                f->hessian[a * f->n + b] += v * f->column[b][i];
        }
    }
}

// Newton's step for those that are not held at 0.
static bool find_step(const fitting *f, double *step)
{
    double h[IA_GROUP_MOST * IA_GROUP_MOST];
    size_t free_ones[IA_GROUP_MOST], n = 0;

    for (size_t a = 0; a < f->n; a++) {
        step[a] = 0;
        if (f->x[a] > 0 || f->slope[a] > 0)
            free_ones[n++] = a;
    }
    double right[IA_GROUP_MOST];
    for (size_t r = 0; r < n; r++) {
        for (size_t c = 0; c <= r; c++)
            h[r * n + c] = f->hessian[free_ones[r] * f->n + free_ones[c]];
        h[r * n + r] *= 1 + 1e-9;
        right[r] = f->slope[free_ones[r]];
    }
    if (n == 0 || !ia_cholesky(h, n))
        return false;
    ia_cholesky_solve(h, n, right);
    for (size_t r = 0; r < n; r++)
        step[free_ones[r]] = right[r];
    return true;
}

// Intensities of greatest likelihood with the columns as they are.
static double climb(fitting *f)
{
    ia_group *g = f->g;
    double best = means_of(f, f->x, g->mean);

    for (int round = 0; round < NEWTON_ROUNDS; round++) {
        double step[IA_GROUP_MOST], tried[IA_GROUP_MOST], gained = 0;
        differentiate(f);
        if (!find_step(f, step))
            break;
        for (double length = 1; length > 1e-3; length *= 0.35) {
            for (size_t a = 0; a < f->n; a++)
                tried[a] = fmax(0, f->x[a] + length * step[a]);
            double value = means_of(f, tried, g->room);
            gained = value - best;
            if (gained > 0)
                break;
        }
        if (!(gained > 0))
            break;
        best += gained;
        memcpy(f->x, tried, f->n * sizeof *tried);
        memcpy(g->mean, g->room, g->n_cells * sizeof *g->mean);
        if (gained < 1e-4)
            break;
    }
    return best;
}

// How far a peak lies from the mean place of the lines that make it; false where no ion
// of the model has a line there.
static bool find_offset(const fitting *f, int32_t peak, double *off, double *part)
{
    const ia_judge *judge = f->g->judge;
    const ia_peak *p = &judge->peaks->list[peak];
    double sum = 0, moment = 0, most = 0, at = 0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t a = 0; a < f->n; a++) {
            const ia_judged *ion = ion_of(f->g, f->ion[a]);
            for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
                const ia_placed_line *line = &judge->lines[l];
                double ions = f->x[a] * line->share;
                if (line->peak != peak)
                    continue;
                if (pass == 0 && ions > most) {
                    most = ions;
                    at = line->place;
                }
                if (pass == 0)
                    continue;
                double far = (line->place - at) / (0.7 * line->width);
                ions *= exp(-0.5 * far * far);
                sum += ions;
                moment += ions * (line->place + judge->profile.top * line->width);
            }
        }
    if (!(sum > 0))
        return false;
    *off = p->mass - moment / sum;
    *part = fmin(1, sum / fmax(1, p->counts - p->background));
    return true;
}

// Log likelihood of an own shift: Student's t about the place.
static double log_shift(double shift, double sigma)
{
    return -0.5 * (FREEDOM + 1) * log1p(shift * shift / (FREEDOM * sigma * sigma));
}

// Weight of a shift in a step of Newton's method.
static double shift_weight(double shift, double sigma)
{
    return (FREEDOM + 1) / (FREEDOM * sigma * sigma + shift * shift);
}

// The part of an offset that is the peak's own and not by counting.
static double own_shift(double off, double sigma, double counting)
{
    double own = off;

    for (int round = 0; round < 6; round++) {
        double weight = shift_weight(own, sigma) * counting * counting;
        own = off / (1 + weight);
    }
    return own;
}

// Move the lines at a peak from one shift to another.
static void move(fitting *f, int32_t peak, double from, double to)
{
    ia_group *g = f->g;
    const ia_judge *judge = g->judge;

    for (size_t a = 0; a < f->n; a++) {
        const ia_judged *ion = ion_of(g, f->ion[a]);
        double *moved = g->moved + f->ion[a] * g->n_cells;
        for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
            if (judge->lines[l].peak != peak)
                continue;
            if (f->column[a] != moved)
                memcpy(moved, f->column[a], g->n_cells * sizeof *moved);
            f->column[a] = moved;
            add_line(g, &judge->lines[l], from, -1, moved);
            add_line(g, &judge->lines[l], to, 1, moved);
        }
    }
}

// A step of Newton's method on the shift of the lines at a peak.
static double improve_shift(const fitting *f, int32_t peak, double shift, double sigma)
{
    const ia_group *g = f->g;
    const ia_judge *judge = g->judge;
    double width = ia_profile_width(&judge->profile, judge->peaks->list[peak].mass);
    double h = 0.05 * width, weight = shift_weight(shift, sigma);
    double slope = -weight * shift, curve = weight;

    memset(g->room, 0, g->n_cells * sizeof *g->room);
    for (size_t a = 0; a < f->n; a++) {
        const ia_judged *ion = ion_of(g, f->ion[a]);
        for (size_t l = ion->first; l < ion->first + ion->n_lines; l++) {
            if (judge->lines[l].peak != peak)
                continue;
            add_line(g, &judge->lines[l], shift - h, -f->x[a] / (2 * h), g->room);
            add_line(g, &judge->lines[l], shift + h, f->x[a] / (2 * h), g->room);
        }
    }
    for (size_t i = 0; i < g->n_cells; i++) {
        double d = g->room[i], m = g->mean[i];
        if (d == 0)
            continue;
        slope += g->weight[i] * (g->count[i] / m - 1) * d;
        curve += g->weight[i] * d * d / m;
    }
    double step = slope / curve, most = 0.3 * width;
    return shift + fmin(most, fmax(-most, step));
}

// Shifts of peaks, as far as they are found.
typedef struct {
    double shift[SHIFTS_MOST];
    int32_t peak[SHIFTS_MOST];
    size_t n;
} shifts;

static double *shift_of(shifts *s, int32_t peak)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->peak[i] == peak)
            return &s->shift[i];
    if (s->n == SHIFTS_MOST)
        return NULL;
    s->peak[s->n] = peak;
    s->shift[s->n] = 0;
    return &s->shift[s->n++];
}

static bool is_in_group(const fitting *f, int32_t peak)
{
    for (size_t a = 0; a < f->n; a++) {
        const ia_judged *ion = ion_of(f->g, f->ion[a]);
        for (size_t l = ion->first; l < ion->first + ion->n_lines; l++)
            if (f->g->judge->lines[l].peak == peak)
                return true;
    }
    return false;
}

// Move the lines at each peak by what that peak is off. True where that is worth another
// fit; sets the log likelihood of the places.
static bool move_lines(fitting *f, shifts *all, double *places)
{
    const ia_judge *judge = f->g->judge;
    bool worth = false;

    *places = 0;
    for (int32_t p = 0; p < (int32_t)judge->peaks->n; p++) {
        const ia_peak *peak = &judge->peaks->list[p];
        double off, part, *shift;
        if (!is_in_group(f, p) || !find_offset(f, p, &off, &part) ||
            !(shift = shift_of(all, p)))
            continue;
        double width = ia_profile_width(&judge->profile, peak->mass);
        double sigma = ia_judge_place_error(judge, peak->mass), to = *shift;
        if (*shift == 0 && fabs(off) > 0.4 * width)
            to = own_shift(off, sigma, peak->sigma_mass);
        else
            to = improve_shift(f, p, *shift, sigma);
        *places += part * log_shift(to, sigma);
        if (fabs(to - *shift) < 0.01 * width)
            continue;
        worth = true;
        move(f, p, *shift, to);
        *shift = to;
    }
    return worth;
}

// Log of the share of a belief, even in the logarithm of an intensity between the least
// that can be seen and all ions, that Laplace's method leaves of an intensity x. `sigma`
// holds its own counting, the rest is what lies below it.
static double log_share(double x, double sigma, double log_total)
{
    const double log_two_pi = 1.8378770664093453, visible = 2;
    double below = sqrt(fmax(0, sigma * sigma - x));
    double least = fmax(1, visible * below);
    double within = 0.5 * erfc((least - x) / (sigma * M_SQRT2));
    double span = fmax(1, log_total - log(least));
    return 0.5 * log_two_pi + log(fmax(1e-30, within)) - log(fmax(least, x)) - log(span);
}

// Intensities marginalised by Laplace's method under that belief.
static double log_volume(fitting *f)
{
    double room[IA_GROUP_MOST], sum = 0;

    differentiate(f);
    for (size_t a = 0; a < f->n; a++) {
        f->hessian[a * f->n + a] *= 1 + 1e-9;
        if (!(f->x[a] > 0))
            return -INFINITY; // nothing of it is there: the set without it says the same
    }
    if (!ia_cholesky(f->hessian, f->n))
        return -INFINITY;
    double variance[IA_GROUP_MOST];
    ia_cholesky_variance(f->hessian, f->n, room, variance);
    for (size_t a = 0; a < f->n; a++) {
        double sigma = sqrt(variance[a]);
        f->g->sigma[f->ion[a]] = sigma;
        sum += log_share(f->x[a], sigma, f->g->judge->log_total);
    }
    return sum - 0.5 * ia_cholesky_log_det(f->hessian, f->n);
}

// Where a member begins that was not fitted before: what it could be at most.
static double begin_at(const ia_group *g, size_t member)
{
    const double *column = g->column + member * g->n_cells;
    double sum = 0, norm = 0;

    for (size_t s = g->support_first[member]; s < g->support_first[member + 1]; s++) {
        size_t i = g->support[s];
        sum += column[i] * (g->count[i] - g->base[i]);
        norm += column[i] * column[i];
    }
    return norm > 0 ? fmax(1, sum / norm) : 1;
}

double ia_group_fit(ia_group *g, const ia_mask *mask, double *log_likelihood)
{
    fitting f = {.g = g};
    double places = 0, best;

    for (size_t k = 0; k < g->n; k++) {
        if (!ia_mask_has(mask, k)) {
            g->intensity[k] = g->sigma[k] = 0;
            continue;
        }
        f.ion[f.n] = k;
        f.column[f.n] = g->column + k * g->n_cells;
        f.x[f.n++] = g->intensity[k] > 0 ? g->intensity[k] : begin_at(g, k);
    }
    shifts all = {.n = 0};
    best = climb(&f);
    for (int round = 0; round < SHIFT_ROUNDS && move_lines(&f, &all, &places); round++)
        best = climb(&f);
    for (size_t a = 0; a < f.n; a++)
        g->intensity[f.ion[a]] = f.x[a];
    *log_likelihood = best + places;
    return *log_likelihood + log_volume(&f);
}

double ia_group_gain(const ia_group *g, size_t member, double *intensity)
{
    const double *column = g->column + member * g->n_cells;
    size_t first = g->support_first[member], end = g->support_first[member + 1];
    double x = 0, gain = 0;

    for (int round = 0; round < 8; round++) {
        double slope = 0, curve = 0;
        for (size_t s = first; s < end; s++) {
            size_t i = g->support[s];
            double m = g->mean[i] + x * column[i], n = g->count[i];
            slope += g->weight[i] * column[i] * (n / m - 1);
            curve += g->weight[i] * column[i] * column[i] * fmax(n, 0.5 * m) / (m * m);
        }
        double step = curve > 0 ? slope / curve : 0;
        x = fmax(0, x + step);
        if (x <= 0 || fabs(step) < 1e-3 * x)
            break;
    }
    *intensity = x;
    for (size_t s = first; x > 0 && s < end; s++) {
        size_t i = g->support[s];
        double more = x * column[i], m = g->mean[i];
        gain += g->weight[i] * (g->count[i] * log1p(more / m) - more);
    }
    return gain;
}
