// src/detector/orientation_zones_join.c: orientations followed over the image compression
// factors: their evidence, mean and spread.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_zones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double alike = 5 * 0.017453292519943295; // radian

int zones_compare(const void *a, const void *b)
{
    const fit *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return memcmp(p->rotation, q->rotation, sizeof p->rotation);
}

// The orientation like b, by a symmetry of the crystal, that is nearest to a.
static void nearest_like(const ia_crystal *c, double a[3][3], const double b[3][3],
                         double out[3][3])
{
    double most = -INFINITY;
    for (size_t r = 0; r < c->n_rotations; r++) {
        double like[3][3] = {{0}}, trace = 0;
        for (size_t i = 0; i < 9; i++) {
            for (size_t k = 0; k < 3; k++)
                like[i / 3][i % 3] += b[i / 3][k] * c->rotations[r][k][i % 3];
            trace += like[i / 3][i % 3] * a[i / 3][i % 3];
        }
        if (trace > most) {
            most = trace;
            memcpy(out, like, sizeof like);
        }
    }
}

// One more factor of an orientation: evidence, mean and spread.
static void add_factor(const fit *more, fit *to)
{
    double most = fmax(to->score, more->score), off[4];
    double sum = most + log(exp(to->score - most) + exp(more->score - most));
    double share = exp(more->score - sum);
    orient_turn_between((const double(*)[3])to->rotation,
                        (const double(*)[3])more->rotation, off);
    off[3] = log(more->icf);
    for (size_t k = 0; k < 4; k++)
        off[k] -= to->mean[k];
    for (size_t i = 0; i < 16; i++)
        to->spread[i / 4][i % 4] =
            (1 - share) * (to->spread[i / 4][i % 4] + share * off[i / 4] * off[i % 4]);
    for (size_t k = 0; k < 4; k++)
        to->mean[k] += share * off[k];
    to->variance += share * (more->variance - to->variance);
    to->score = sum;
    memcpy(to->last, more->rotation, sizeof to->last);
}

// The one that at the factor before was nearest; n where none was near.
static size_t nearest_of(const zones *z, const fit *f, fits *all)
{
    double least = alike;
    size_t best = all->n;
    for (size_t i = 0; i < all->n; i++) {
        double off = orient_misorientation(z->q->search, (double(*)[3])f->rotation,
                                           all->fits[i].last);
        if (off < least) {
            least = off;
            best = i;
        }
    }
    return best;
}

// Whether one that is likelier at the same factor is the same orientation.
static bool is_known(const zones *z, const fits *found, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (orient_misorientation(z->q->search, (double(*)[3])found->fits[i].rotation,
                                  (double(*)[3])found->fits[number].rotation) < alike)
            return true;
    return false;
}

// An orientation moves with the factor, as the poles that it lays do: it is followed from
// each factor to the next.
void zones_join(const zones *z, fits *found, double ln_prior, fits *out)
{
    qsort(found->fits, found->n, sizeof found->fits[0], zones_compare);
    for (size_t i = 0; i < found->n; i++) {
        fit f = found->fits[i];
        size_t at;
        if (is_known(z, found, i))
            continue;
        f.score += ln_prior;
        at = nearest_of(z, &f, out);
        if (at < out->n) {
            nearest_like(z->q->search->crystal, out->fits[at].rotation,
                         (const double(*)[3])found->fits[i].rotation, f.rotation);
            add_factor(&f, &out->fits[at]);
        } else if (out->n < KEPT) {
            memcpy(f.last, f.rotation, sizeof f.last);
            memset(f.mean, 0, sizeof f.mean);
            f.mean[3] = log(f.icf);
            memset(f.spread, 0, sizeof f.spread);
            out->fits[out->n++] = f;
        }
    }
    qsort(out->fits, out->n, sizeof out->fits[0], zones_compare);
}

void zones_settle(fits *out)
{
    for (size_t i = 0; i < out->n; i++) {
        fit *f = &out->fits[i];
        orient_turn_by(f->mean, f->rotation);
        f->icf = exp(f->mean[3]);
    }
}
