// bench/index_limit.c: how many lists of poles can be told? Bayes' rule that knows how
// the lists are drawn, by brute force over all assignments, beside the index.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VIEW = 64,
    SCALES = 12,
    PAIRS = 45,
    TOP = 400,
    MODES = 60,
    DRAWS = 40,
    ACTIVE = 12
};
static const double pi = 3.14159265358979323846;

// What the rule knows beforehand.
typedef struct {
    const setting *s;
    const ia_crystal *crystal;
    const ia_pole_catalogue *c;
    double icf_least, icf_most;
} known;

typedef struct {
    double r[3][3], ln_icf, value; // ln of the likelihood
    double lower[4][4], ln_det;    // of the covariance of its draws
} mode;

// Directions in view up to the last family that may have been drawn from.
typedef struct {
    size_t n, begin[16], n_families; // begin of each family
    double at[VIEW][3];
} view;

static void look(const known *k, const double r[3][3], double edge, view *v)
{
    size_t last = SIZE_MAX;
    v->n = v->n_families = 0;
    for (size_t i = 0; i < k->c->n && v->n < VIEW; i++) {
        const ia_pole_kind *kind = &k->c->kinds[i];
        if (kind->family != last && v->n >= 8)
            break;
        double z = r[2][0] * kind->normal[0] + r[2][1] * kind->normal[1] +
                   r[2][2] * kind->normal[2];
        if (z < edge)
            continue;
        if (kind->family != last)
            v->begin[v->n_families++] = v->n;
        last = kind->family;
        turn(r, kind->normal, v->at[v->n++]);
    }
    v->begin[v->n_families] = v->n;
}

static double binomial(size_t n, size_t k)
{
    double b = 1;
    for (size_t i = 0; i < k; i++)
        b *= (double)(n - i) / (double)(i + 1);
    return k > n ? 0 : b;
}

// sums[a][b]: over all ways to give a of the first `full` directions and b of the others
// to different poles, of the product of their odds. Exact where few directions are near.
static void add_ways(double q[MOST][VIEW], size_t n, size_t full, size_t all,
                     double sums[16][16])
{
    size_t active[ACTIVE], n_active = 0;
    static double ways[1 << ACTIVE];
    memset(sums, 0, 16 * sizeof *sums);
    for (size_t j = 0; j < all; j++) {
        double most = 0;
        for (size_t i = 0; i < n; i++)
            most = fmax(most, q[i][j]);
        if (most > 1e-3 && n_active < ACTIVE)
            active[n_active++] = j;
    }
    memset(ways, 0, ((size_t)1 << n_active) * sizeof *ways);
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t mask = (size_t)1 << n_active; mask-- > 0;)
            for (size_t j = 0; ways[mask] > 0 && j < n_active; j++)
                if (!(mask >> j & 1) && q[i][active[j]] > 1e-6)
                    ways[mask | (size_t)1 << j] += ways[mask] * q[i][active[j]];
    for (size_t mask = 0; mask < (size_t)1 << n_active; mask++) {
        size_t a = 0, b = 0;
        for (size_t j = 0; j < n_active; j++)
            *(active[j] < full ? &a : &b) += mask >> j & 1;
        sums[a][b] += ways[mask];
    }
}

// The same, each pole for its nearest direction only.
static void add_nearest(double q[MOST][VIEW], size_t n, size_t full, size_t all,
                        double sums[16][16])
{
    double of[VIEW] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t best = 0;
        for (size_t j = 1; j < all; j++)
            best = q[i][j] > q[i][best] ? j : best;
        of[best] += all > 0 ? q[i][best] : 0;
    }
    memset(sums, 0, 16 * sizeof *sums);
    sums[0][0] = 1;
    for (size_t j = 0; j < all; j++)
        for (size_t a = 16; of[j] > 1e-6 && a-- > 0;)
            for (size_t b = 16; b-- > 0;)
                if (j < full ? a > 0 : b > 0)
                    sums[a][b] += of[j] * (j < full ? sums[a - 1][b] : sums[a][b - 1]);
}

// How many of a list are true, its share of strays known.
static size_t true_of(const known *k, size_t n)
{
    double f = k->s->share_false / (1 - k->s->share_false);
    for (size_t m = 1; m <= n; m++)
        if (m + (size_t)llround(f * (double)m) == n)
            return m;
    return n;
}

// ln of the likelihood of a list.
static double likelihood(const known *k, const drawn *d, const double r[3][3], double icf,
                         bool exact)
{
    double q[MOST][VIEW], sums[16][16], total = 0, p = k->s->share_missing;
    double noise = k->s->noise * degree, area = pi * radius * radius;
    size_t m = true_of(k, d->n), done = SIZE_MAX;
    ia_projection projection = {k->s->projection, length, icf, {0, 0}};
    view v;
    look(k, r, cos(ia_projection_angle(&projection, radius)), &v);
    for (size_t i = 0; i < d->n; i++) {
        double u[3], hit[2] = {d->poles[i].x, d->poles[i].y};
        ia_projection_direction(&projection, hit, u);
        double theta = icf * hypot(hit[0], hit[1]) / length;
        double peak = area / (2 * pi * noise * noise) * pow(icf / length, 2) *
                      (theta > 0 ? sin(theta) / theta : 1);
        for (size_t j = 0; j < v.n; j++) {
            double x = u[0] - v.at[j][0], y = u[1] - v.at[j][1], z = u[2] - v.at[j][2];
            q[i][j] = peak * exp(-0.5 * (x * x + y * y + z * z) / (noise * noise));
        }
    }
    for (size_t wanted = 4; wanted <= 8; wanted++) {
        size_t w = wanted < v.n ? wanted : v.n, f = 0;
        while (f < v.n_families && v.begin[f + 1] <= w)
            f++;
        size_t full = v.begin[f], all = f < v.n_families ? v.begin[f + 1] : full;
        size_t drawn_of = w - full, of = all - full;
        if (w < m)
            continue;
        if (done != f)
            (exact ? add_ways : add_nearest)(q, d->n, full, all, sums);
        done = f;
        for (size_t s = 0; s <= m && s <= drawn_of; s++)
            if (m - s <= full && m - s < 16 && s < 16)
                total += pow(1 - p, (double)m) * pow(p, (double)(w - m)) *
                         sums[m - s][s] * binomial(of - s, drawn_of - s) /
                         binomial(of, drawn_of);
    }
    return log(total);
}

static void frame_of(const double *a, const double *b, double out[3][3])
{
    for (int k = 0; k < 3; k++) {
        out[0][k] = a[k] + b[k];
        out[1][k] = a[k] - b[k];
    }
    for (int q = 0; q < 2; q++) {
        double n =
            sqrt(out[q][0] * out[q][0] + out[q][1] * out[q][1] + out[q][2] * out[q][2]);
        for (int k = 0; k < 3; k++)
            out[q][k] /= n;
    }
    for (int k = 0; k < 3; k++)
        out[2][k] = out[0][(k + 1) % 3] * out[1][(k + 2) % 3] -
                    out[0][(k + 2) % 3] * out[1][(k + 1) % 3];
}

static void keep(mode *top, size_t *n, const mode *new)
{
    if (*n == TOP && new->value <= top[TOP - 1].value)
        return;
    size_t at = *n < TOP ? (*n)++ : TOP - 1;
    for (; at > 0 && top[at - 1].value < new->value; at--)
        top[at] = top[at - 1];
    top[at] = *new;
}

// Every pair of poles (45 of them where there are more) on every pair of directions.
static size_t scan(const known *k, const drawn *d, ia_random *random, mode *top)
{
    size_t n = 0, n_scales = k->icf_most / k->icf_least > 1.05 ? SCALES : 1;
    double all = (double)(d->n * (d->n - 1) / 2), tolerance = 4.5 * k->s->noise * degree;
    for (size_t scale = 0; scale < n_scales; scale++) {
        double at = ((double)scale + 0.5) / (double)n_scales;
        double icf = k->icf_least * pow(k->icf_most / k->icf_least, at);
        ia_projection p = {k->s->projection, length, icf, {0, 0}};
        for (size_t i = 0; i < d->n; i++)
            for (size_t j = 0; j < d->n; j++) {
                double a[3], b[3], seen[3][3], dot = 0;
                if (i == j || ia_random_uniform(random) > PAIRS / all)
                    continue;
                ia_projection_direction(&p, (double[2]){d->poles[i].x, d->poles[i].y}, a);
                ia_projection_direction(&p, (double[2]){d->poles[j].x, d->poles[j].y}, b);
                for (int x = 0; x < 3; x++)
                    dot += a[x] * b[x];
                double angle = acos(fmin(1, dot));
                if (angle < 0.1)
                    continue;
                frame_of(a, b, seen);
                for (size_t f = 0; f < k->c->n; f++) {
                    const ia_pole_kind *kf = &k->c->kinds[f];
                    if (kf->family >= 8 || (f > 0 && kf[-1].family == kf->family))
                        continue;
                    for (size_t g = 0; g < k->c->n && k->c->kinds[g].family < 8; g++) {
                        double to[3][3], between = 0;
                        mode new = {.ln_icf = log(icf)};
                        for (int x = 0; x < 3; x++)
                            between += kf->normal[x] * k->c->kinds[g].normal[x];
                        if (g == f || between < -0.999 ||
                            fabs(acos(fmax(-1, fmin(1, between))) - angle) > tolerance)
                            continue;
                        frame_of(kf->normal, k->c->kinds[g].normal, to);
                        for (int x = 0; x < 3; x++)
                            for (int y = 0; y < 3; y++)
                                for (int z = 0; z < 3; z++)
                                    new.r[x][y] += seen[z][x] * to[z][y];
                        new.value =
                            likelihood(k, d, (const double(*)[3]) new.r, icf, false);
                        if (isfinite(new.value))
                            keep(top, &n, &new);
                    }
                }
            }
    }
    return n;
}

static double apart(const known *k, const mode *a, const mode *b)
{
    return ia_misorientation(k->crystal, (const double(*)[3])a->r,
                             (const double(*)[3])b->r);
}

static void turned(const double r[3][3], const double *by, double out[3][3])
{
    double angle = sqrt(by[0] * by[0] + by[1] * by[1] + by[2] * by[2]) + 1e-15;
    for (int c = 0; c < 3; c++) {
        double v[3] = {r[0][c], r[1][c], r[2][c]}, along = 0;
        for (int x = 0; x < 3; x++)
            along += by[x] / angle * v[x];
        for (int x = 0; x < 3; x++) {
            int y = (x + 1) % 3, z = (x + 2) % 3;
            out[x][c] = v[x] * cos(angle) +
                        (by[y] * v[z] - by[z] * v[y]) / angle * sin(angle) +
                        by[x] / angle * along * (1 - cos(angle));
        }
    }
}

// Climb, and the spread by curvature along the four axes: a normal distribution wide
// enough to draw from.
static void climb(const known *k, const drawn *d, mode *m)
{
    double step = 0.4 * k->s->noise * degree;
    for (int round = 0; round < 30 && step > 0.05 * k->s->noise * degree; round++) {
        bool moved = false;
        for (int axis = 0; axis < 8; axis++) {
            double by[3] = {0};
            mode next = *m;
            if (axis < 6)
                by[axis / 2] = axis % 2 ? step : -step;
            else
                next.ln_icf += axis % 2 ? 2 * step : -2 * step;
            turned((const double(*)[3])m->r, by, next.r);
            if (next.ln_icf < log(k->icf_least) || next.ln_icf > log(k->icf_most))
                continue;
            next.value =
                likelihood(k, d, (const double(*)[3])next.r, exp(next.ln_icf), false);
            if (next.value > m->value) {
                *m = next;
                moved = true;
            }
        }
        step *= moved ? 1 : 0.5;
    }
    double wide = k->s->noise * degree;
    m->lower[0][0] = m->lower[1][1] = 0.8 * wide;
    m->lower[2][2] = 1.6 * wide;
    m->lower[3][3] = fmin(1.5 * wide, 0.5 * log(k->icf_most / k->icf_least));
}

// The probability of the likeliest orientation, and that in *best.
static double decide(const known *k, const drawn *d, ia_random *random, mode *best)
{
    static mode top[TOP], modes[MOST * MODES], draws[MODES * DRAWS];
    static double weight[MODES * DRAWS];
    double close = 1.5 * k->s->noise * degree, right = 4 * k->s->noise * degree;
    double most = -INFINITY, sum = 0, chance = 0;
    size_t n_top = scan(k, d, random, top), n = 0, n_draws = 0;
    for (size_t i = 0; i < n_top && n < MODES; i++) {
        bool is_known = false;
        mode m = top[i];
        climb(k, d, &m);
        for (size_t j = 0; j < n && !is_known; j++)
            is_known = apart(k, &m, &modes[j]) < close &&
                       fabs(m.ln_icf - modes[j].ln_icf) < close;
        if (!is_known)
            modes[n++] = m;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < DRAWS; t++, n_draws++) {
            double z[4], by[3], ln_q = 0;
            mode *at = &draws[n_draws];
            *at = modes[i];
            for (int x = 0; x < 4; x++) {
                z[x] = ia_random_normal(random);
                ln_q -= 0.5 * z[x] * z[x] + log(modes[i].lower[x][x]);
                if (x < 3)
                    by[x] = z[x] * modes[i].lower[x][x];
            }
            at->ln_icf += z[3] * modes[i].lower[3][3];
            turned((const double(*)[3])modes[i].r, by, at->r);
            bool in = at->ln_icf >= log(k->icf_least) && at->ln_icf <= log(k->icf_most);
            at->value =
                in ? likelihood(k, d, (const double(*)[3])at->r, exp(at->ln_icf), true)
                   : -INFINITY;
            // shared with the modes nearby, so that no place counts twice
            double q = 0;
            for (size_t j = 0; j < n; j++) {
                double far = apart(k, at, &modes[j]) / modes[j].lower[0][0];
                double e = (at->ln_icf - modes[j].ln_icf) / modes[j].lower[3][3];
                q += exp(-0.5 * (far * far + e * e));
            }
            double far = apart(k, at, &modes[i]) / modes[i].lower[0][0];
            double e = (at->ln_icf - modes[i].ln_icf) / modes[i].lower[3][3];
            weight[n_draws] =
                at->value + at->ln_icf - ln_q - log(q / exp(-0.5 * (far * far + e * e)));
            most = fmax(most, weight[n_draws]);
        }
    for (size_t i = 0; i < n_draws; i++)
        sum += weight[i] = exp(weight[i] - most);
    for (size_t j = 0; j < n && sum > 0; j++) {
        double mass = 0;
        for (size_t i = 0; i < n_draws; i++)
            if (weight[i] > 1e-6 * sum && apart(k, &draws[i], &modes[j]) < right)
                mass += weight[i] / sum;
        if (mass > chance) {
            chance = mass;
            *best = modes[j];
        }
    }
    return chance;
}

static bool is_right(const known *k, const double r[3][3], const drawn *d)
{
    return ia_misorientation(k->crystal, r, (const double(*)[3])d->rotation) <=
           4 * k->s->noise * degree;
}

static bool ours_is_right(ia_ctx *ctx, const known *k, const drawn *d)
{
    ia_orientation_params params = ia_orientation_defaults();
    ia_pole_list list = {.poles = d->poles, .n = d->n, .radius = radius};
    double null[19] = {0};
    ia_orientation o;
    snprintf(params.crystal, sizeof params.crystal, "%s", k->s->crystal);
    params.projection_length = length;
    params.projection = k->s->projection;
    params.icf_least = k->icf_least;
    params.icf_most = k->icf_most;
    params.n_random = 19;
    if (ia_orientation_compute_with(ctx, &list, &params, null, &o) != IA_OK)
        exit(1);
    bool right = is_right(k, (const double(*)[3])o.grains[0].rotation, d);
    ia_orientation_clear(&o);
    return right;
}

int main(int argc, char **argv)
{
    static const double falses[] = {0, 0.25, 0.5}, missings[] = {0, 0.3};
    if (argc < 4) {
        fprintf(stderr, "usage: index_limit SEED N LATTICE\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = strtoul(argv[2], NULL, 10);
    static ia_crystal crystal;
    ia_pole_catalogue c;
    if (ia_crystal_parse(ctx, argv[3], &crystal) != IA_OK ||
        ia_pole_catalogue_build(ctx, &crystal, 14, &c) != IA_OK)
        return 1;
    printf(
        "crystal\tlists\tours\tBayes\tits own word\tours, ICF known\tBayes, ICF known\t"
        "its own word, ICF known\n");
    for (int noise = 1; noise <= 3; noise++) {
        double ours[2] = {0}, bayes[2] = {0}, word[2] = {0}, all = 0;
        for (size_t f = 0; f < 6; f++)
            for (size_t i = 0; i < n; i++, all++) {
                setting s = {argv[3], noise, falses[f / 2], missings[f % 2],
                             IA_PROJECTION_EQUIDISTANT};
                ia_random random = ia_random_new(seed + f, i);
                drawn d;
                draw(&s, &c, &random, &d);
                for (int is_known = 0; is_known < 2; is_known++) {
                    known k = {&s, &crystal, &c, is_known ? d.icf * 0.99 : 1.3,
                               is_known ? d.icf * 1.01 : 1.9};
                    mode best = {0};
                    word[is_known] += decide(&k, &d, &random, &best);
                    bayes[is_known] += is_right(&k, (const double(*)[3])best.r, &d);
                    ours[is_known] += ours_is_right(ctx, &k, &d);
                }
            }
        printf("%s %d deg\t%.0f", argv[3], noise, all);
        for (int is_known = 0; is_known < 2; is_known++)
            printf("\t%.1f\t%.1f\t%.1f", 100 * ours[is_known] / all,
                   100 * bayes[is_known] / all, 100 * word[is_known] / all);
        printf("\n");
        fflush(stdout);
    }
    ia_pole_catalogue_clear(&c);
    ia_ctx_free(ctx);
    return 0;
}
