// bench/index_lists.h: lists of poles of known orientation.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_BENCH_INDEX_LISTS_H
#define IA_BENCH_INDEX_LISTS_H

#include <ionatlas/ionatlas.h>

#include <math.h>
#include <stddef.h>

static const double degree = 0.017453292519943295;
static const double radius = 38, length = 90; // mm
enum { MOST = 32, NULLS = 299 };

typedef struct {
    const char *crystal;
    double noise, share_false, share_missing; // degrees; of the list; of the poles
    int projection;
} setting;

typedef struct {
    ia_pole poles[MOST];
    int32_t kind[MOST]; // of the catalogue; -1: false
    size_t n, n_true;
    double rotation[3][3], icf;
} drawn;

static inline void turn(const double r[3][3], const double *v, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = r[k][0] * v[0] + r[k][1] * v[1] + r[k][2] * v[2];
}

static inline bool is_apart(const drawn *d, double x, double y, double least)
{
    for (size_t i = 0; i < d->n; i++)
        if (hypot(d->poles[i].x - x, d->poles[i].y - y) < least)
            return false;
    return true;
}

// Order of the kinds: by family, within one at random.
static inline void shuffle(const ia_pole_catalogue *c, ia_random *random, size_t *order)
{
    for (size_t k = 0, first = 0; k < c->n; k++) {
        first = k > 0 && c->kinds[k].family != c->kinds[k - 1].family ? k : first;
        size_t at = first + (size_t)ia_random_below(random, k - first + 1);
        order[k] = order[at];
        order[at] = k;
    }
}

// The widest spaced 4 to 8 poles in the field of view, each missing by chance,
// scattered, then false ones; at least four true ones.
static inline void draw(const setting *s, const ia_pole_catalogue *c, ia_random *random,
                        drawn *d)
{
    size_t order[1024];
    do {
        size_t wanted = 4 + (size_t)ia_random_below(random, 5), seen = 0;
        *d = (drawn){.icf = 1.3 + 0.6 * ia_random_uniform(random)};
        ia_projection p = {s->projection, length, d->icf, {0, 0}};
        ia_random_rotation(random, d->rotation);
        shuffle(c, random, order);
        for (size_t i = 0; i < c->n && seen < wanted; i++) {
            double at[3], hit[2], sum = 0;
            size_t k = order[i];
            turn((const double(*)[3])d->rotation, c->kinds[k].normal, at);
            if (at[2] <= 0 || !ia_projection_hit(&p, at, hit) ||
                hypot(hit[0], hit[1]) > radius)
                continue;
            seen++;
            if (ia_random_uniform(random) < s->share_missing)
                continue;
            for (int x = 0; x < 3; x++) {
                at[x] += s->noise * degree * ia_random_normal(random);
                sum += at[x] * at[x];
            }
            for (int x = 0; x < 3; x++)
                at[x] /= sqrt(sum);
            if (!ia_projection_hit(&p, at, hit))
                continue;
            d->kind[d->n] = (int32_t)k;
            d->poles[d->n++] = (ia_pole){hit[0], hit[1], NAN};
        }
        d->n_true = d->n;
    } while (d->n_true < 4);
    size_t n_false =
        (size_t)llround(s->share_false / (1 - s->share_false) * (double)d->n_true);
    for (size_t i = 0; i < n_false && d->n < MOST;) {
        double r = radius * sqrt(ia_random_uniform(random));
        double angle = 2 * acos(-1) * ia_random_uniform(random);
        if (!is_apart(d, r * cos(angle), r * sin(angle), 3))
            continue;
        d->kind[d->n] = -1;
        d->poles[d->n++] = (ia_pole){r * cos(angle), r * sin(angle), NAN};
        i++;
    }
}

#endif
