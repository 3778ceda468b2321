// src/detector/orientation_refine.c: the orientation that the seen and the missed poles
// make likeliest. Needs crystal and recon for what poles there are, where hits point.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_internal.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEGREE 0.017453292519943295
const double orient_noises[ORIENT_NOISES] = {0.3 * DEGREE, 0.5 * DEGREE, 0.8 * DEGREE,
                                             1.2 * DEGREE, 1.8 * DEGREE, 2.7 * DEGREE,
                                             4.0 * DEGREE, 5.5 * DEGREE, 7.5 * DEGREE};
static const double pi = 3.14159265358979323846;
static const double stray_ratio = 0.9; // of the chances of one more stray and of none
static const double furthest = 0.4;    // radian: no pole is that far from its place
static const double inside = 0.98;     // of the field of view: where poles are missed
enum { STEPS = 8, LEAST_FAMILIES = 2 };
// Twice the parameters of the beta distribution of the probability to show a pole.
enum { SHOWN = 8, MISSED = 2 };

// Directions of the catalogue within the field of view, by family.
typedef struct {
    size_t n;
    int32_t kind[1024];
    double at[1024][3];  // specimen frame
    double counts[1024]; // 1 where a pole would have been seen, else 0
} view;

// Poles against the directions of the first families.
typedef struct {
    size_t n_families, n_expected;
    int32_t place[IA_POLES_MOST]; // in the view; -1: none
    double off2[IA_POLES_MOST];   // radian^2
} match;

typedef struct {
    const orient_search *search;
    const orient_list *list;
    size_t n_unknowns;
    double directions[IA_POLES_MOST][3];
    double slopes[IA_POLES_MOST][ORIENT_ALL - 3][3]; // by ln icf, axis x, axis y
    double area;                                     // of the field of view, sr
    view view;
} work;

static bool is_in_view(const orient_search *s, const ia_projection *p, const double at[3])
{
    double hit[2];
    return ia_projection_hit(p, at, hit) &&
           hypot(hit[0] - s->middle[0], hit[1] - s->middle[1]) <= inside * s->radius &&
           ia_half_has(&s->half, hit[0] - s->middle[0], hit[1] - s->middle[1]);
}

// Directions of the poles, and their derivatives by ln icf and the place of the axis.
static void incline(work *w, const ia_projection *p)
{
    const double step = 1e-3; // of ln icf; mm
    double moved[IA_POLES_MOST][3];
    orient_directions(p, w->list, w->directions);
    for (size_t s = 0; s + 3 < w->n_unknowns; s++) {
        ia_projection q = *p;
        q.icf *= s == 0 ? exp(step) : 1;
        if (s > 0)
            q.centre[s - 1] += step;
        orient_directions(&q, w->list, moved);
        for (size_t i = 0; i < w->list->n; i++)
            for (size_t k = 0; k < 3; k++)
                w->slopes[i][s][k] = (moved[i][k] - w->directions[i][k]) / step;
    }
}

static void look(work *w, orient_fit *fit)
{
    const orient_search *s = w->search;
    ia_projection projection = s->projection;
    projection.icf = fit->icf;
    memcpy(projection.centre, fit->axis, sizeof projection.centre);
    double limit = ia_projection_limit(&projection);
    double edge = ia_projection_angle(&projection, s->radius);
    edge = isfinite(edge) ? edge : limit;
    double off = hypot(fit->axis[0] - s->middle[0], fit->axis[1] - s->middle[1]);
    double far = cos(fmin(edge * (1 + off / s->radius) + 0.1, pi));
    w->area = 2 * pi * (1 - cos(edge)) * s->share;
    w->view.n = 0;
    for (size_t k = 0; k < s->catalogue.n && w->view.n < 1024; k++) {
        double at[3];
        const double *normal = s->catalogue.kinds[k].normal;
        if (orient_dot(fit->rotation[2], normal) < far)
            continue;
        orient_turn(fit->rotation, normal, at);
        memcpy(w->view.at[w->view.n], at, sizeof at);
        w->view.kind[w->view.n] = (int32_t)k;
        w->view.counts[w->view.n++] = is_in_view(s, &projection, at) ? 1 : 0;
    }
    incline(w, &projection);
}

// Poles with a place, the nearest first.
static size_t order_poles(const work *w, const match *m, size_t *order)
{
    size_t n = 0;
    for (size_t i = 0; i < w->list->n; i++) {
        size_t at = n;
        if (m->place[i] < 0)
            continue;
        for (; at > 0 && m->off2[order[at - 1]] > m->off2[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
        n++;
    }
    return n;
}

// ln of the odds that the nearest poles, any number of them, are those of the n expected
// directions and the others stray, against all stray; chances of each to be no stray.
// Each direction shows its pole with a probability that is beta distributed; the number
// of strays falls by a constant ratio.
static double odds_of(const work *w, const match *m, double noise, double *chance)
{
    const double *of_gamma = w->search->ln_gamma; // of halves
    size_t order[IA_POLES_MOST], n = order_poles(w, m, order), all = w->list->n;
    size_t expected = m->n_expected > n ? m->n_expected : n;
    double each[IA_POLES_MOST + 1], most = -INFINITY, sum = 0, fit = 0, above = 0;
    double peak = log(w->area / (2 * pi * noise * noise) / stray_ratio);
    double whole = of_gamma[SHOWN + MISSED] - of_gamma[SHOWN] - of_gamma[MISSED] -
                   of_gamma[2 * expected + SHOWN + MISSED] - of_gamma[2 * (all + 1)];
    for (size_t k = 0; k <= n; k++) {
        if (k > 0)
            fit += peak - 0.5 * m->off2[order[k - 1]] / (noise * noise);
        each[k] = fit + whole + of_gamma[2 * k + SHOWN] +
                  of_gamma[2 * (expected - k) + MISSED] + of_gamma[2 * (all - k + 1)];
        most = fmax(most, each[k]);
    }
    for (size_t k = 0; k <= n; k++)
        sum += each[k] = exp(each[k] - most);
    if (chance) {
        memset(chance, 0, all * sizeof *chance);
        for (size_t k = n; k > 0; k--) {
            above += each[k] / sum;
            chance[order[k - 1]] = above;
        }
    }
    return most + log(sum);
}

// ln of the mean over scatters.
static double odds_over_noises(const work *w, const match *m)
{
    double each[ORIENT_NOISES], most = -INFINITY, sum = 0;
    for (size_t k = 0; k < ORIENT_NOISES; k++) {
        each[k] = odds_of(w, m, orient_noises[k], NULL);
        most = fmax(most, each[k]);
    }
    for (size_t k = 0; k < ORIENT_NOISES; k++)
        sum += exp(each[k] - most);
    return most + log(sum / ORIENT_NOISES);
}

// Of two poles on one direction the nearer has it.
static void part_poles(const work *w, match *m)
{
    for (size_t i = 0; i < w->list->n; i++)
        for (size_t k = 0; k < i; k++)
            if (m->place[i] >= 0 && m->place[i] == m->place[k])
                m->place[m->off2[i] < m->off2[k] ? k : i] = -1;
}

static void take_nearer(const work *w, size_t place, match *m)
{
    for (size_t i = 0; i < w->list->n; i++) {
        double off2 = 2 * (1 - orient_dot(w->directions[i], w->view.at[place]));
        if (off2 < m->off2[i]) {
            m->off2[i] = off2;
            m->place[i] = (int32_t)place;
        }
    }
}

// The nearest direction of each pole and how many families are in use; n_families = 0:
// as many as make the poles likeliest.
static void match_poles(const work *w, size_t n_families, match *out)
{
    const ia_pole_catalogue *c = &w->search->catalogue;
    match m = {0};
    double most = -INFINITY, n_expected = 0;
    n_families = w->search->n_used > 0 ? w->search->n_used : n_families;
    for (size_t i = 0; i < w->list->n; i++) {
        m.place[i] = -1;
        m.off2[i] = furthest * furthest;
    }
    *out = m;
    for (size_t family = 0, place = 0; family < c->n_families; family++) {
        for (; place < w->view.n && c->kinds[w->view.kind[place]].family == family;
             place++) {
            n_expected += w->view.counts[place];
            take_nearer(w, place, &m);
        }
        if (n_families ? family + 1 != n_families : family + 1 < LEAST_FAMILIES)
            continue;
        match parted = m;
        parted.n_families = family + 1;
        part_poles(w, &parted);
        double n_seen = n_expected;
        for (size_t i = 0; i < w->list->n; i++)
            if (parted.place[i] >= 0 && w->view.counts[parted.place[i]] == 0)
                n_seen++;
        parted.n_expected =
            w->search->n_expected > 0 ? w->search->n_expected : (size_t)n_seen;
        double odds = n_families ? 0 : odds_over_noises(w, &parted);
        if (odds > most) {
            most = odds;
            *out = parted;
        }
        if (n_families)
            break;
    }
}

// What the unknowns change of the distance of a pole from its direction.
static void set_rows(const work *w, const match *m, size_t i, double rows[3][ORIENT_ALL])
{
    const double *v = w->view.at[m->place[i]];
    const double turns[3][3] = {{0, -v[2], v[1]}, {v[2], 0, -v[0]}, {-v[1], v[0], 0}};
    for (size_t r = 0; r < 3; r++) {
        memcpy(rows[r], turns[r], sizeof turns[r]);
        for (size_t p = 3; p < w->n_unknowns; p++)
            rows[r][p] = w->slopes[i][p - 3][r];
    }
}

// The normal equations of the unknowns for poles that weigh so much.
static void add_equations(const work *w, const match *m, const double *weight,
                          double *matrix, double *side)
{
    size_t n = w->n_unknowns;
    for (size_t i = 0; i < w->list->n; i++) {
        if (m->place[i] < 0 || weight[i] <= 0)
            continue;
        const double *u = w->directions[i], *v = w->view.at[m->place[i]];
        double rows[3][ORIENT_ALL];
        set_rows(w, m, i, rows);
        for (size_t r = 0; r < 3; r++) {
            for (size_t p = 0; p < n; p++) {
                side[p] -= weight[i] * rows[r][p] * (u[r] - v[r]);
                for (size_t q = 0; q < n; q++)
                    matrix[p * n + q] += weight[i] * rows[r][p] * rows[r][q];
            }
        }
    }
}

// What is known beforehand of the image compression factor and of the axis.
static void add_priors(const work *w, const orient_fit *fit, double *matrix, double *side)
{
    const orient_search *s = w->search;
    size_t n = w->n_unknowns;
    double middle = 0.5 * log(s->icf_least * s->icf_most);
    double of_icf = 1 / (s->prior_icf * s->prior_icf);
    const orient_axis *axis = orient_axis_of(s);
    double of_axis = 1 / (axis->doubt * axis->doubt);
    matrix[3 * n + 3] += of_icf;
    side[3] -= (log(fit->icf) - middle) * of_icf;
    for (size_t p = ORIENT_TURN; p < n; p++) {
        matrix[p * n + p] += of_axis;
        size_t k = p - ORIENT_TURN;
        side[p] -= (fit->axis[k] - axis->mean[k]) * of_axis;
    }
}

// ln of the room that the unknowns have beforehand.
static double room_before(const work *w, const orient_fit *fit)
{
    const orient_search *s = w->search;
    double room = log(8 * pi * pi / (double)s->crystal->n_rotations) + 0.5 * log(2 * pi) +
                  log(s->prior_icf);
    if (w->n_unknowns > ORIENT_TURN) {
        const orient_axis *axis = orient_axis_of(s);
        double off = hypot(fit->axis[0] - axis->mean[0], fit->axis[1] - axis->mean[1]) /
                     axis->doubt;
        room += log(2 * pi) + 2 * log(axis->doubt) + 0.5 * off * off;
    }
    return room;
}

void orient_turn_by(const double *by, double rotation[3][3])
{
    double angle = sqrt(orient_dot(by, by));
    if (angle < 1e-14)
        return;
    const double axis[3] = {by[0] / angle, by[1] / angle, by[2] / angle};
    for (size_t column = 0; column < 3; column++) {
        const double v[3] = {rotation[0][column], rotation[1][column],
                             rotation[2][column]};
        double across[3], along = orient_dot(axis, v);
        orient_cross(axis, v, across);
        for (size_t k = 0; k < 3; k++)
            rotation[k][column] = v[k] * cos(angle) + across[k] * sin(angle) +
                                  axis[k] * along * (1 - cos(angle));
    }
}

// Probabilities of the scatters, chances of the poles, weights for least squares, and the
// evidence: the odds times the room in which orientation and scale fit as well.
static void weigh(const work *w, const match *m, orient_fit *fit, double *weight)
{
    const orient_search *s = w->search;
    size_t n = w->n_unknowns;
    double each[ORIENT_NOISES], chances[ORIENT_NOISES][IA_POLES_MOST];
    double most = -INFINITY, sum = 0, ones[IA_POLES_MOST], room = room_before(w, fit);
    for (size_t k = 0; k < ORIENT_NOISES; k++) {
        double noise = orient_noises[k], matrix[ORIENT_ALL * ORIENT_ALL] = {0};
        double side[ORIENT_ALL] = {0};
        each[k] = odds_of(w, m, noise, chances[k]);
        for (size_t i = 0; i < w->list->n; i++)
            ones[i] = chances[k][i] / (noise * noise);
        add_equations(w, m, ones, matrix, side);
        add_priors(w, fit, matrix, side);
        for (size_t p = 0; p < 3; p++)
            matrix[p * n + p] += 1; // no turn is further off than a radian
        if (ia_cholesky(matrix, n))
            each[k] += 0.5 * (double)n * log(2 * pi) - room -
                       0.5 * ia_cholesky_log_det(matrix, n);
        most = fmax(most, each[k]);
    }
    for (size_t k = 0; k < ORIENT_NOISES; k++)
        sum += exp(each[k] - most);
    fit->score = most + log(sum / ORIENT_NOISES) + s->ln_prior;
    fit->noise = 0;
    memset(weight, 0, IA_POLES_MOST * sizeof *weight);
    memset(fit->chance, 0, sizeof fit->chance);
    for (size_t k = 0; k < ORIENT_NOISES; k++) {
        double share = exp(each[k] - most) / sum, noise = orient_noises[k];
        fit->noise += share * noise;
        for (size_t i = 0; i < w->list->n; i++) {
            weight[i] += share * chances[k][i] / (noise * noise);
            fit->chance[i] += share * chances[k][i];
        }
    }
}

// One step of least squares; how far it went, radian.
static double step(const work *w, const match *m, const double *weight, orient_fit *fit)
{
    const orient_search *s = w->search;
    size_t n = w->n_unknowns;
    double side[ORIENT_ALL] = {0}, matrix[ORIENT_ALL * ORIENT_ALL] = {0};
    add_equations(w, m, weight, matrix, side);
    add_priors(w, fit, matrix, side);
    for (size_t p = 0; p < 3; p++)
        matrix[p * n + p] += 1e-3;
    memcpy(fit->information, matrix, sizeof matrix);
    if (!ia_cholesky(matrix, n))
        return 0;
    ia_cholesky_solve(matrix, n, side);
    double length = sqrt(orient_dot(side, side));
    for (size_t k = 0; k < n; k++)
        side[k] *= length > 0.2 ? 0.2 / length : 1;
    orient_turn_by(side, fit->rotation);
    fit->icf *= exp(fmax(-0.1, fmin(0.1, side[3])));
    fit->icf = fmax(s->icf_least, fmin(s->icf_most, fit->icf));
    for (size_t k = ORIENT_TURN; k < n; k++)
        fit->axis[k - ORIENT_TURN] += side[k];
    return length + fabs(side[3]);
}

// Away from the axis, and about it, at a place on the sphere.
static void set_ways(const double u[3], double ways[2][3])
{
    double sine = hypot(u[0], u[1]);
    double x = sine > 1e-9 ? u[0] / sine : 1, y = sine > 1e-9 ? u[1] / sine : 0;
    const double along[3] = {u[2] * x, u[2] * y, -sine}, about[3] = {-y, x, 0};
    memcpy(ways[0], along, sizeof along);
    memcpy(ways[1], about, sizeof about);
}

// Squares of what poles are off, away from the axis and about it, radian^2; how many
// poles these are of.
static double sum_squares(const work *w, const match *m, const orient_fit *fit,
                          double sums[2])
{
    double n = 0, ways[2][3];
    sums[0] = sums[1] = 0;
    for (size_t i = 0; i < w->list->n; i++) {
        if (m->place[i] < 0)
            continue;
        const double *u = w->directions[i], *v = w->view.at[m->place[i]];
        const double off[3] = {u[0] - v[0], u[1] - v[1], u[2] - v[2]};
        set_ways(u, ways);
        for (size_t k = 0; k < 2; k++)
            sums[k] += fit->chance[i] * pow(orient_dot(off, ways[k]), 2);
        n += fit->chance[i];
    }
    return n;
}

// Probabilities of the scatters: of so many squares with such a sum, each scatter as
// likely beforehand in its logarithm. The mean square.
static double weigh_spreads(double sum, double n_free, double *share)
{
    double most = -INFINITY, all = 0, mean = 0;
    for (size_t k = 0; k < ORIENT_SPREADS; k++) {
        double s = orient_spread(k);
        share[k] = -n_free * log(s) - 0.5 * sum / (s * s);
        most = fmax(most, share[k]);
    }
    for (size_t k = 0; k < ORIENT_SPREADS; k++)
        all += share[k] = exp(share[k] - most);
    for (size_t k = 0; k < ORIENT_SPREADS; k++) {
        share[k] /= all;
        mean += share[k] * pow(orient_spread(k), 2);
    }
    return mean;
}

// Squared scatter of the poles away from the axis and about it, radian^2: hits that are
// drawn aside are so away from the axis and back. Each way has half of the unknowns; the
// common scatter, which is returned, joins as EXPECTED numbers.
static double part_scatter(const work *w, const match *m, orient_fit *fit, double out[2])
{
    enum { EXPECTED = 2 };
    double sums[2], n = sum_squares(w, m, fit, sums), all = sums[0] + sums[1];
    double n_free = fmax(2 * n - (double)w->n_unknowns, 0);
    double common = weigh_spreads(all, n_free, fit->noise_share);
    for (size_t k = 0; k < 2; k++)
        out[k] = all > 0 ? common * (n_free * sums[k] / all + EXPECTED) /
                               (0.5 * n_free + EXPECTED)
                         : common;
    return common;
}

// Poles on a map pull ions to each other, along the lines that join them, and central
// forces have no torque: of the scatter about the axis this part turns the pattern.
// Measured: docs/methods/orientation.md.
static const double turning = 0.6;

// Poles of a list scatter alike in all directions: the information, once over the squared
// scatter and once times its mean.
static void set_even_scatter(const work *w, double common, orient_fit *fit)
{
    double per_unit = 0;
    for (size_t k = 0; k < ORIENT_SPREADS; k++)
        per_unit += fit->noise_share[k] / pow(orient_spread(k), 2);
    for (size_t i = 0; i < w->n_unknowns * w->n_unknowns; i++)
        fit->scatter[i] = fit->information[i] * per_unit * common;
}

// How the slope of the misfit scatters: with the information, the covariance of the
// unknowns.
static void set_scatter(const work *w, const match *m, const double *weight,
                        orient_fit *fit)
{
    size_t n = w->n_unknowns;
    double square[2], ways[2][3], none[ORIENT_ALL] = {0};
    double common = part_scatter(w, m, fit, square);
    memset(fit->scatter, 0, sizeof fit->scatter);
    if (!w->search->on_map) {
        set_even_scatter(w, common, fit);
        return;
    }
    add_priors(w, fit, fit->scatter, none);
    for (size_t i = 0; i < w->list->n; i++) {
        double rows[3][ORIENT_ALL];
        if (m->place[i] < 0 || weight[i] <= 0)
            continue;
        set_rows(w, m, i, rows);
        set_ways(w->directions[i], ways);
        for (size_t k = 0; k < 2; k++) {
            double slope[ORIENT_ALL] = {0};
            for (size_t p = 0; p < n; p++)
                for (size_t r = 0; r < 3; r++)
                    slope[p] += weight[i] * ways[k][r] * rows[r][p];
            slope[2] *= turning;
            for (size_t p = 0; p < n; p++)
                for (size_t q = 0; q < n; q++)
                    fit->scatter[p * n + q] += square[k] * slope[p] * slope[q];
        }
    }
}

void orient_refine(const orient_search *search, const orient_list *list,
                   const orient_seed *seed, size_t n_unknowns, orient_fit *out)
{
    work w = {.search = search, .list = list, .n_unknowns = n_unknowns};
    double weight[IA_POLES_MOST], moved = 1;
    orient_fit fit = {.by = search, .icf = seed->icf, .n_unknowns = n_unknowns};
    match m;
    memcpy(fit.rotation, seed->rotation, sizeof fit.rotation);
    for (size_t i = 0; i <= STEPS; i++) {
        bool choose = i < 3 || i == STEPS || moved < 1e-4;
        look(&w, &fit);
        match_poles(&w, choose ? 0 : fit.n_families, &m);
        weigh(&w, &m, &fit, weight);
        fit.n_families = m.n_families;
        if (i == STEPS || moved < 1e-4)
            break;
        moved = step(&w, &m, weight, &fit);
    }
    set_scatter(&w, &m, weight, &fit);
    fit.n_expected = m.n_expected;
    for (size_t i = 0; i < list->n; i++) {
        fit.kind[i] = m.place[i] < 0 ? -1 : w.view.kind[m.place[i]];
        fit.distance[i] = sqrt(m.off2[i]);
    }
    *out = fit;
}
