// src/detector/orientation_zones.c: which orientations a few poles and zone lines leave.
// Needs crystal and recon for poles, zone axes and where hits point.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_zones.h"

#include "core/cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 4, PIECES = 12 }; // of least squares; of a great circle
#define DEGREE 0.017453292519943295
static const double pi = 3.14159265358979323846;
static const double noises[] = {1 * DEGREE, 2 * DEGREE, 4 * DEGREE};
enum { NOISES = sizeof noises / sizeof noises[0], MIDDLE = 1 };
static const double pair_tolerance = 5 * DEGREE;
static const double least_angle = 0.1;  // of a pair, radian
static const double alike = 5 * DEGREE; // orientations, before they are refined
static const double stray = 0.5;        // share of what is seen that no crystal makes
static const double reach = 3;          // noises: what is further off is a stray
static const double fading = 4;         // power by which lines of longer rows are weaker
static const double shortest_cut = 0.6; // of a line in a half, radii
static const double line_reach = 0.9;   // of the field of view: where lines are missed

typedef struct {
    size_t n;
    double at[SEEN_MOST][3]; // unit, specimen frame
} seen;

// What an orientation is judged for; radian.
typedef struct {
    double edge; // of the field of view
    double cut;  // sine of the half's offset
    double noise;
    const marks *marks;
    bool is_moved; // the orientation, one step of least squares
} setting;

typedef struct {
    double matrix[9], side[3];
} equations;

typedef struct {
    size_t ref[SEEN_MOST]; // SIZE_MAX: a stray
    double off2[SEEN_MOST], sign[SEEN_MOST];
} match;

static void add_ref(refs *r, const double *at, const int *index, size_t family)
{
    if (r->n == REFS_MOST)
        return;
    memcpy(r->at[r->n], at, sizeof r->at[0]);
    memcpy(r->index[r->n], index, sizeof r->index[0]);
    r->family[r->n++] = family;
    r->n_families = family + 1 > r->n_families ? family + 1 : r->n_families;
}

// Of the image compression factors tried, as where poles alone are indexed.
static void set_prior(const orient_search *s, double *ln_prior)
{
    double middle = 0.5 * log(s->icf_least * s->icf_most), sum = 0;
    for (size_t k = 0; k < s->n_scales; k++) {
        double off = (log(s->scales[k]) - middle) / s->prior_icf;
        sum += exp(ln_prior[k] = -0.5 * off * off);
    }
    for (size_t k = 0; k < s->n_scales; k++)
        ln_prior[k] -= log(sum);
}

ia_status zones_init(ia_ctx *ctx, const orient_zone_question *q, zones *z)
{
    const ia_pole_catalogue *c = &q->search->catalogue;
    ia_zone_catalogue axes = {0};
    ia_status st = ia_zone_catalogue_build(ctx, q->search->crystal, AXES, &axes);
    if (st != IA_OK)
        return st;
    z->q = q;
    for (size_t k = 0; k < c->n && c->kinds[k].family < FAMILIES; k++)
        add_ref(&z->refs[POLES], c->kinds[k].normal, c->kinds[k].hkl, c->kinds[k].family);
    for (size_t k = 0; k < axes.n; k++) {
        refs *r = &z->refs[LINES];
        add_ref(r, axes.kinds[k].direction, axes.kinds[k].uvw, axes.kinds[k].family);
        r->weight[r->n - 1] = pow(axes.kinds[0].length / axes.kinds[k].length, fading);
    }
    ia_zone_catalogue_clear(&axes);
    z->refs[LINES].is_axis = true;
    z->n_scales = q->search->n_scales;
    for (size_t s = 0; s < z->n_scales; s++) {
        ia_projection p = q->search->projection;
        p.icf = z->scales[s] = q->search->scales[s];
        z->edge[s] = ia_projection_angle(&p, q->search->radius);
        if (!isfinite(z->edge[s]))
            z->edge[s] = ia_projection_limit(&p);
    }
    set_prior(q->search, z->ln_prior);
    zones_set_half(q, z);
    return IA_OK;
}

void zones_set_half(const orient_zone_question *q, zones *z)
{
    z->q = q;
    for (size_t s = 0; s < z->n_scales; s++) {
        ia_projection p = q->search->projection;
        p.icf = z->scales[s];
        double cut = ia_projection_angle(&p, fabs(q->search->half.offset));
        z->cut[s] = copysign(sin(cut), q->search->half.offset);
    }
}

// What is seen, as directions: of poles, and normals of the great circles of lines.
static void see(const zones *z, const marks *m, double icf, seen out[2])
{
    ia_projection p = z->q->search->projection;
    p.icf = icf;
    out[POLES].n = out[LINES].n = 0;
    for (size_t i = 0; i < m->n_poles; i++) {
        double *at = out[POLES].at[out[POLES].n++];
        if (!ia_projection_direction(&p, m->xy[i], at))
            memcpy(at, (double[3]){0, 0, -1}, 3 * sizeof *at);
    }
    for (size_t i = 0; i < m->n_lines; i++) {
        const double *f = m->foot[i];
        const double next[2] = {f[0] - sin(m->along[i]), f[1] + cos(m->along[i])};
        double a[3], b[3], *normal = out[LINES].at[out[LINES].n++];
        memcpy(normal, (double[3]){0, 0, 1}, 3 * sizeof *normal);
        if (!ia_projection_direction(&p, f, a) || !ia_projection_direction(&p, next, b))
            continue;
        orient_cross(a, b, normal);
        double length = sqrt(orient_dot(normal, normal));
        for (size_t k = 0; k < 3; k++)
            normal[k] /= length;
    }
}

// The nearest direction of the catalogue to each that is seen; of two that are seen at
// one the nearer has it.
static void match_set(const refs *r, const seen *s, double rotation[3][3], match *out)
{
    for (size_t i = 0; i < s->n; i++) {
        double v[3], most = -2;
        for (size_t k = 0; k < 3; k++)
            v[k] = rotation[0][k] * s->at[i][0] + rotation[1][k] * s->at[i][1] +
                   rotation[2][k] * s->at[i][2];
        for (size_t k = 0; k < r->n; k++) {
            double dot = orient_dot(v, r->at[k]), size = r->is_axis ? fabs(dot) : dot;
            if (size > most) {
                most = size;
                out->ref[i] = k;
                out->sign[i] = r->is_axis && dot < 0 ? -1 : 1;
            }
        }
        out->off2[i] = 2 * (1 - most);
        for (size_t k = 0; k < i; k++)
            if (out->ref[k] == out->ref[i])
                out->ref[out->off2[i] < out->off2[k] ? k : i] = SIZE_MAX;
    }
}

// Whether a zone shows enough of its great circle in the half.
static bool is_long(const zones *z, const double *normal, const setting *at)
{
    const double *half = z->q->search->half.normal;
    double flat = hypot(normal[0], normal[1]);
    if (flat < 1e-9)
        return false;
    const double foot[3] = {-normal[0] * normal[2] / flat, -normal[1] * normal[2] / flat,
                            flat};
    double along[3], reach2 = acos(fmin(1, cos(at->edge) / foot[2]));
    size_t shown = 0;
    orient_cross(normal, foot, along);
    for (size_t k = 0; k < PIECES; k++) {
        double s = reach2 * (2 * ((double)k + 0.5) / PIECES - 1);
        double x = foot[0] * cos(s) + along[0] * sin(s);
        double y = foot[1] * cos(s) + along[1] * sin(s);
        shown += half[0] * x + half[1] * y >= at->cut;
    }
    return 2 * reach2 * (double)shown / PIECES > shortest_cut * at->edge;
}

static bool is_in_view(const zones *z, const refs *r, const double *ref,
                       double rotation[3][3], const setting *at)
{
    double up = orient_dot(rotation[2], ref), v[3];
    const ia_half *half = &z->q->search->half;
    bool inside = r->is_axis ? fabs(up) < sin(line_reach * fmin(at->edge, 0.5 * pi))
                             : up > cos(at->edge);
    if (!inside || !half->is_cut)
        return inside;
    orient_turn(rotation, ref, v);
    return r->is_axis ? is_long(z, v, at)
                      : half->normal[0] * v[0] + half->normal[1] * v[1] >= at->cut;
}

// ln of the room in which a stray lies.
static double room_of(const refs *r, double edge)
{
    return r->is_axis ? log(2 * pi * sin(fmin(edge, 0.5 * pi)))
                      : log(2 * pi * (1 - cos(edge)));
}

// ln of the odds of what is seen of a set against strays. Each family shows what it has
// in view with a probability of its own, uniform for the first and smaller for each
// after: beta distributed.
static double odds_of(const zones *z, size_t set, const seen *s, double rotation[3][3],
                      const setting *at, match *m)
{
    double edge = at->edge, noise = at->noise;
    const refs *r = &z->refs[set];
    const double *of_gamma = z->q->search->ln_gamma; // of halves
    size_t shown[FAMILIES + 1] = {0}, missed[FAMILIES + 1] = {0};
    double gain = room_of(r, edge) - log(2 * pi * noise * noise) - log(stray), sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (m->ref[i] == SIZE_MAX)
            continue;
        if (m->off2[i] > reach * reach * noise * noise) {
            m->ref[i] = SIZE_MAX;
            continue;
        }
        sum += gain - 0.5 * m->off2[i] / (noise * noise);
        shown[r->family[m->ref[i]]]++;
    }
    for (size_t k = 0; k < r->n; k++)
        missed[r->family[k]] += is_in_view(z, r, r->at[k], rotation, at);
    for (size_t f = 0; f < r->n_families && f < FAMILIES; f++) {
        size_t n = missed[f] > shown[f] ? missed[f] : shown[f], more = 2 * (f + 1);
        sum += of_gamma[2 * shown[f] + 2] + of_gamma[2 * (n - shown[f]) + more] -
               of_gamma[2 * n + 2 + more] - of_gamma[2] - of_gamma[more] +
               of_gamma[2 + more];
    }
    return sum;
}

// ln of the odds of the order of the lines' strengths against any order: each is the
// strongest of what is left with a probability in the ratio of their weights (Luce).
static double odds_of_order(const refs *r, const marks *lines, const match *m)
{
    double odds = 0;
    for (size_t i = 0; i < lines->n_lines; i++) {
        double sum = 0, n = 0, ties = 0;
        if (m->ref[i] == SIZE_MAX)
            continue;
        for (size_t k = 0; k < lines->n_lines; k++) {
            if (m->ref[k] == SIZE_MAX || !(lines->strength[k] <= lines->strength[i]))
                continue;
            sum += r->weight[m->ref[k]];
            n++;
            ties += lines->strength[k] == lines->strength[i];
        }
        if (ties == 1)
            odds += log(n * r->weight[m->ref[i]] / sum);
    }
    return odds;
}

static void add_equations(const refs *r, const seen *s, const match *m,
                          double rotation[3][3], double weight, equations *out)
{
    for (size_t i = 0; i < s->n; i++) {
        double v[3];
        if (m->ref[i] == SIZE_MAX)
            continue;
        orient_turn(rotation, r->at[m->ref[i]], v);
        for (size_t k = 0; k < 3; k++)
            v[k] *= m->sign[i];
        const double rows[3][3] = {{0, -v[2], v[1]}, {v[2], 0, -v[0]}, {-v[1], v[0], 0}};
        for (size_t k = 0; k < 3; k++)
            for (size_t p = 0; p < 3; p++) {
                out->side[p] -= weight * rows[k][p] * (s->at[i][k] - v[k]);
                for (size_t q = 0; q < 3; q++)
                    out->matrix[3 * p + q] += weight * rows[k][p] * rows[k][q];
            }
    }
}

// ln of the evidence of an orientation for one scatter, with its room; one step of least
// squares where it is to move. The variance of a turn, or 0.
static double weigh(const zones *z, const seen s[2], const setting *at, fit *f,
                    double *variance)
{
    equations e = {{0}, {0}};
    double *matrix = e.matrix, *side = e.side, score = 0;
    for (size_t set = 0; set < 2; set++) {
        match m;
        match_set(&z->refs[set], &s[set], f->rotation, &m);
        score += odds_of(z, set, &s[set], f->rotation, at, &m);
        if (set == LINES)
            score += odds_of_order(&z->refs[set], at->marks, &m);
        add_equations(&z->refs[set], &s[set], &m, f->rotation,
                      1 / (at->noise * at->noise), &e);
    }
    for (size_t k = 0; k < 3; k++)
        matrix[4 * k] += 1; // no turn is further off than a radian
    *variance = 0;
    if (!ia_cholesky(matrix, 3))
        return -INFINITY;
    double room[3], each[3];
    ia_cholesky_variance(matrix, 3, room, each);
    *variance = (each[0] + each[1] + each[2]) / 3;
    score += 1.5 * log(2 * pi) - 0.5 * ia_cholesky_log_det(matrix, 3) -
             log(8 * pi * pi / (double)z->q->search->crystal->n_rotations);
    if (at->is_moved) {
        ia_cholesky_solve(matrix, 3, side);
        orient_turn_by(side, f->rotation);
    }
    return score;
}

void zones_refine(const zones *z, const marks *m, size_t scale, fit *f)
{
    double each[NOISES], variance[NOISES], most = -INFINITY, sum = 0;
    double edge = z->edge[scale], cut = z->cut[scale];
    seen s[2];
    see(z, m, f->icf, s);
    for (size_t step = 0; step < STEPS; step++)
        weigh(z, s, &(setting){edge, cut, noises[MIDDLE], m, true}, f, variance);
    for (size_t k = 0; k < NOISES; k++) {
        each[k] =
            weigh(z, s, &(setting){edge, cut, noises[k], m, false}, f, &variance[k]);
        most = fmax(most, each[k]);
    }
    for (size_t k = 0; k < NOISES; k++)
        sum += exp(each[k] - most);
    f->score = most + log(sum / NOISES);
    f->variance = 0;
    for (size_t k = 0; k < NOISES; k++)
        f->variance += exp(each[k] - most) / sum * variance[k];
}

// How well all that is seen lies, roughly.
static double gain_of(const zones *z, const seen s[2], double rotation[3][3])
{
    double sum = 0, noise2 = noises[MIDDLE] * noises[MIDDLE];
    for (size_t set = 0; set < 2; set++) {
        match m;
        match_set(&z->refs[set], &s[set], rotation, &m);
        for (size_t i = 0; i < s[set].n; i++)
            if (m.ref[i] != SIZE_MAX)
                sum += fmax(0, 4.5 - 0.5 * m.off2[i] / noise2 -
                                   0.5 * (double)z->refs[set].family[m.ref[i]]);
    }
    return sum;
}

static void keep(const zones *z, double rotation[3][3], double icf, double gain,
                 fits *out)
{
    size_t at = out->n;
    if (at == KEPT && gain <= out->fits[at - 1].score)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (out->fits[i].icf == icf &&
            orient_misorientation(z->q->search, rotation, out->fits[i].rotation) <
                0.5 * alike) {
            if (gain <= out->fits[i].score)
                return;
            memmove(&out->fits[i], &out->fits[i + 1],
                    (out->n - i - 1) * sizeof out->fits[0]);
            at = --out->n;
            break;
        }
    at = at == KEPT ? KEPT - 1 : at;
    out->n = at + 1;
    for (; at > 0 && out->fits[at - 1].score < gain; at--)
        out->fits[at] = out->fits[at - 1];
    out->fits[at] = (fit){.icf = icf, .score = gain};
    memcpy(out->fits[at].rotation, rotation, sizeof out->fits[at].rotation);
}

typedef struct {
    size_t set, number;
} feature;

// Orientations that lay one pair of what is seen on pairs of the catalogues.
static void lay(const zones *z, const seen s[2], const feature pair[2], double icf,
                fits *out)
{
    const refs *first = &z->refs[pair[0].set], *second = &z->refs[pair[1].set];
    const double *a = s[pair[0].set].at[pair[0].number];
    const double *b = s[pair[1].set].at[pair[1].number];
    double angle = acos(fmax(-1, fmin(1, orient_dot(a, b))));
    double least = cos(fmin(pi, angle + pair_tolerance));
    double most = cos(fmax(0, angle - pair_tolerance));
    if (!(angle > least_angle && angle < pi - least_angle))
        return;
    for (size_t i = 0; i < first->n; i++) {
        if (i > 0 && first->family[i] == first->family[i - 1])
            continue; // one of each family
        for (size_t k = 0; k < second->n; k++) {
            double cosine = orient_dot(first->at[i], second->at[k]);
            if (fabs(cosine) > 1 - 1e-3)
                continue;
            for (int signs = 0; signs < 4; signs++) {
                double c[3], d[3], rotation[3][3];
                double dot = signs == 1 || signs == 2 ? -cosine : cosine;
                if (((signs & 1) && !first->is_axis) ||
                    ((signs & 2) && !second->is_axis) || dot < least || dot > most)
                    continue;
                for (size_t x = 0; x < 3; x++) {
                    c[x] = signs & 1 ? -first->at[i][x] : first->at[i][x];
                    d[x] = signs & 2 ? -second->at[k][x] : second->at[k][x];
                }
                orient_lay_pair(a, b, c, d, rotation);
                keep(z, rotation, icf, gain_of(z, s, rotation), out);
            }
        }
    }
}

static feature feature_of(const marks *m, size_t i)
{
    return i < m->n_poles ? (feature){POLES, i} : (feature){LINES, i - m->n_poles};
}

void zones_solve(const zones *z, const marks *m, fits *room, fits *out)
{
    size_t n = m->n_poles + m->n_lines;
    out->n = 0;
    for (size_t scale = 0; scale < z->n_scales; scale++) {
        seen s[2];
        see(z, m, z->scales[scale], s);
        room->n = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t k = i + 1; k < n; k++) {
                const feature pair[2] = {feature_of(m, i), feature_of(m, k)};
                lay(z, (const seen *)s, pair, z->scales[scale], room);
            }
        for (size_t i = 0; i < room->n; i++)
            zones_refine(z, m, scale, &room->fits[i]);
        zones_join(z, room, z->ln_prior[scale], out);
    }
    zones_settle(out);
}

void zones_name(const zones *z, const marks *m, const fit *f, zones_names *out)
{
    ia_projection p = z->q->search->projection;
    double noise2 = noises[MIDDLE] * noises[MIDDLE];
    seen s[2];
    p.icf = f->icf;
    double edge = ia_projection_angle(&p, z->q->search->radius);
    edge = isfinite(edge) ? edge : ia_projection_limit(&p);
    see(z, m, f->icf, s);
    memset(out, 0, sizeof *out);
    for (size_t set = 0; set < 2; set++) {
        const refs *r = &z->refs[set];
        match near;
        match_set(r, &s[set], (double(*)[3])f->rotation, &near);
        for (size_t i = 0; i < s[set].n; i++) {
            ia_line_name *name = &out->of[set][i];
            out->family[set][i] = SIZE_MAX;
            if (near.ref[i] == SIZE_MAX || near.off2[i] > reach * reach * noise2)
                continue;
            const int *index = r->index[near.ref[i]];
            size_t family = r->family[near.ref[i]];
            double odds = exp(room_of(r, edge) - 0.5 * near.off2[i] / noise2) / stray /
                          (2 * pi * noise2) / (double)(family + 2);
            if (odds < 1)
                continue;
            *name = (ia_line_name){{index[0], index[1], index[2]},
                                   sqrt(near.off2[i]) / DEGREE,
                                   odds / (1 + odds)};
            out->family[set][i] = family;
        }
    }
}
