// src/detector/orientation_sides_map.c: how well a half of a hit map agrees with an
// orientation: how dark it is along the zone lines and at the poles that it would show.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_sides.h"

#include <ionatlas/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double clip = 4;          // standard deviations that a cell may add
static const double inside = 0.96;     // of the map, where it is looked at
static const double shortest = 0.5;    // of a line, radii
static const double pole_scale = 0.05; // radii
static const double cells = 1.5;       // between looks along a line
enum { LOOKS = 256, TURNS = 4, LEVELS = 3, PASSES = 4, NEAR = 800 };
static const double first_turn = 0.02; // radian
static const double first_icf = 0.03;  // of ln icf

// What is dark by the crystal is among so many of all; and is not once in so often.
static const double darkest = 0.06, unseen = 0.2, steep = 0.45;

// ln of the odds of a rank.
static double odds_of_rank(double q)
{
    double dark = q < darkest ? steep / darkest * pow(q / darkest, steep - 1) : 0;
    return log(unseen + (1 - unseen) * dark);
}

// Probability that a family shows at all.
static double shown_of(size_t set, size_t family)
{
    return set == LINES ? fmax(0.3, 0.9 - 0.15 * (double)family) : 0.7;
}

static bool is_seen(const sides_view *v, const double hit[2], double off)
{
    const orient_search *s = &v->search;
    double x = hit[0] - s->middle[0], y = hit[1] - s->middle[1];
    return x * x + y * y < pow(inside * s->radius - off, 2) &&
           v->search.half.normal[0] * x + v->search.half.normal[1] * y >=
               v->search.half.offset + off;
}

static double value_at(const sides_map *m, const double *z, const orient_search *s,
                       const double hit[2])
{
    size_t column = (size_t)((hit[0] - s->middle[0] + m->radius) / m->cell);
    size_t row = (size_t)((hit[1] - s->middle[1] + m->radius) / m->cell);
    return column < m->n && row < m->n ? z[row * m->n + column] : 0;
}

// Hits along the great circle of a zone within the field of view.
static size_t walk(const sides_map *m, const ia_projection *p, const double normal[3],
                   double hits[LOOKS][2])
{
    double flat = hypot(normal[0], normal[1]);
    double edge = ia_projection_angle(p, inside * m->radius);
    if (flat < 1e-9 || !isfinite(edge) || fabs(normal[2]) >= sin(fmin(edge, 0.5 * pi)))
        return 0;
    const double foot[3] = {-normal[0] * normal[2] / flat, -normal[1] * normal[2] / flat,
                            flat};
    double along[3], reach = acos(fmin(1, cos(edge) / foot[2]));
    double step = cells * m->cell / (m->radius / edge);
    size_t n = (size_t)fmin(2 * reach / step, LOOKS), used = 0;
    orient_cross(normal, foot, along);
    for (size_t k = 0; k < n; k++) {
        double at = reach * (2 * ((double)k + 0.5) / (double)n - 1);
        double c = cos(at), d = sin(at);
        const double u[3] = {foot[0] * c + along[0] * d, foot[1] * c + along[1] * d,
                             foot[2] * c + along[2] * d};
        used += ia_projection_hit(p, u, hits[used]);
    }
    return used;
}

static double dark_at(const sides_map *m, const sides_view *v, const double hit[2])
{
    return fmax(-clip, fmin(clip, value_at(m, m->lines, &v->search, hit)));
}

// How dark the great circle of a zone is, over noise; false where too little is seen.
static bool look_along(const sides_map *m, const sides_view *v, const ia_projection *p,
                       const double normal[3], double *out)
{
    double hits[LOOKS][2], sum = 0;
    size_t n = walk(m, p, normal, hits), used = 0;
    for (size_t k = 0; k < n; k++) {
        if (!is_seen(v, hits[k], 0))
            continue;
        sum += dark_at(m, v, hits[k]);
        used++;
    }
    *out = used > 0 ? sum / sqrt((double)used) : 0;
    return (double)used * cells * m->cell > shortest * m->radius;
}

static bool look_at(const sides_map *m, const sides_view *v, const ia_projection *p,
                    const double at[3], double *out)
{
    double hit[2];
    if (at[2] <= 0 || !ia_projection_hit(p, at, hit) ||
        !is_seen(v, hit, pole_scale * m->radius))
        return false;
    *out = value_at(m, m->poles, &v->search, hit);
    return true;
}

static int rising(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// What great circles and places anywhere in the half show.
void sides_map_rank(const sides_map *m, sides_view *v)
{
    sides_ranks *out = &v->ranks;
    ia_random random = ia_random_new(7, 0);
    ia_projection p = v->search.projection;
    p.icf = sqrt(v->search.icf_least * v->search.icf_most);
    for (size_t set = 0; set < 2; set++) {
        size_t n = 0;
        for (size_t tries = 0; n < RANKS && tries < 20 * RANKS; tries++) {
            double at[3], length = 0;
            for (size_t k = 0; k < 3; k++) {
                at[k] = ia_random_normal(&random);
                length += at[k] * at[k];
            }
            for (size_t k = 0; k < 3; k++)
                at[k] /= sqrt(length);
            at[2] = set == POLES ? fabs(at[2]) : at[2];
            n += set == POLES ? look_at(m, v, &p, at, &out->of[set][n])
                              : look_along(m, v, &p, at, &out->of[set][n]);
        }
        out->n[set] = n;
        qsort(out->of[set], n, sizeof out->of[set][0], rising);
    }
}

// Share of what is anywhere that is as dark.
static double rank_of(const sides_ranks *r, size_t set, double value)
{
    size_t low = 0, high = r->n[set];
    while (low < high) {
        size_t at = (low + high) / 2;
        if (r->of[set][at] < value)
            low = at + 1;
        else
            high = at;
    }
    return ((double)(r->n[set] - low) + 0.5) / ((double)r->n[set] + 1);
}

double sides_map_odds(const sides_map *m, const sides_view *v,
                      const double rotation[3][3], double icf)
{
    const sides_ranks *ranks = &v->ranks;
    ia_projection p = v->search.projection;
    double sum = 0;
    p.icf = icf;
    for (size_t set = 0; set < 2; set++) {
        const refs *r = &v->zones.refs[set];
        double of_family = 0;
        for (size_t k = 0; k < r->n && ranks->n[set] > 0; k++) {
            double at[3], value;
            orient_turn((double(*)[3])rotation, r->at[k], at);
            bool seen = set == LINES ? look_along(m, v, &p, at, &value)
                                     : look_at(m, v, &p, at, &value);
            if (seen)
                of_family += odds_of_rank(rank_of(ranks, set, value));
            if (k + 1 == r->n || r->family[k + 1] != r->family[k]) {
                double shown = shown_of(set, r->family[k]);
                sum += log(shown * exp(of_family) + 1 - shown);
                of_family = 0;
            }
        }
    }
    return sum;
}

// Uphill in a turn and ln icf, in steps that become smaller.
void sides_map_climb(const sides_map *m, const sides_view *v, fit *f)
{
    double best = sides_map_odds(m, v, (const double(*)[3])f->rotation, f->icf);
    for (size_t level = 0; level < LEVELS; level++) {
        double size = pow(0.5, (double)level);
        bool moved = true;
        for (size_t pass = 0; pass < PASSES && moved; pass++) {
            moved = false;
            for (size_t k = 0; k < 2 * TURNS; k++) {
                double turn[3] = {0}, icf = f->icf, sign = k % 2 ? 1 : -1, at[3][3];
                memcpy(at, f->rotation, sizeof at);
                if (k / 2 < 3)
                    turn[k / 2] = sign * size * first_turn;
                else
                    icf *= exp(sign * size * first_icf);
                orient_turn_by(turn, at);
                if (icf < v->search.icf_least || icf > v->search.icf_most)
                    continue;
                double odds = sides_map_odds(m, v, (const double(*)[3])at, icf);
                if (odds <= best)
                    continue;
                best = odds;
                memcpy(f->rotation, at, sizeof at);
                f->icf = icf;
                moved = true;
            }
        }
    }
    f->score = best;
}

// Orientations about the fit, drawn as what is climbed to scatters, each weighed by how
// much less the map agrees with it than with the fit.
double sides_map_variance(const sides_map *m, const sides_view *v, const fit *f,
                          double trust)
{
    ia_random random = ia_random_new(11, 0);
    double weights = 0, sum = 0, turn_sd = sqrt(f->variance),
           icf_sd = sqrt(f->spread[3][3]);
    for (size_t i = 0; i < NEAR; i++) {
        double turn[3], at[3][3], icf = f->icf * exp(icf_sd * ia_random_normal(&random));
        for (size_t k = 0; k < 3; k++)
            turn[k] = turn_sd * ia_random_normal(&random);
        memcpy(at, f->rotation, sizeof at);
        orient_turn_by(turn, at);
        double odds = sides_map_odds(m, v, (const double(*)[3])at, icf);
        double weight = exp(fmin(0, trust * (odds - f->score)));
        weights += weight;
        sum += weight * orient_dot(turn, turn) / 3;
    }
    // The fit itself is one of them: where it stands alone the rest is noise.
    return sum / (weights + 1);
}

size_t sides_map_samples(const sides_map *m, const sides_view *v, const fit *f,
                         size_t most, sides_sample *out)
{
    const refs *r = &v->zones.refs[LINES];
    ia_projection p = v->search.projection;
    size_t n = 0;
    p.icf = f->icf;
    for (size_t k = 0; k < r->n; k++) {
        double normal[3], value, hits[LOOKS][2];
        orient_turn((double(*)[3])f->rotation, r->at[k], normal);
        if (!look_along(m, v, &p, normal, &value) ||
            rank_of(&v->ranks, LINES, value) > darkest)
            continue;
        size_t walked = walk(m, &p, normal, hits);
        for (size_t i = 0; i < walked && n < most; i++)
            out[n++] = (sides_sample){.x = hits[i][0] - v->search.middle[0],
                                      .y = hits[i][1] - v->search.middle[1],
                                      .dark = dark_at(m, v, hits[i]),
                                      .inside = is_seen(v, hits[i], 0)};
    }
    return n;
}
