// src/crystal/planes_sets.c: planes of many regions put together where they are alike.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

// Sums over the regions that show the same planes.
typedef struct {
    ia_plane_sum sum;
    double intensity;
} common;

static int by_intensity(const void *a, const void *b)
{
    const ia_plane *const *x = a, *const *y = b;
    if ((*x)->at.intensity != (*y)->at.intensity)
        return (*x)->at.intensity < (*y)->at.intensity ? 1 : -1;
    return (*x > *y) - (*x < *y);
}

void ia_plane_sum_add(ia_plane_sum *sum, const double k[3], const double covariance[9])
{
    double sign = ia_plane_dot(sum->k, k) < 0 ? -1 : 1;
    if (sum->n == 0)
        memcpy(sum->first, covariance, sizeof sum->first);
    for (size_t a = 0; a < 3; a++)
        sum->k[a] += sign * k[a];
    for (size_t a = 0; a < 9; a++)
        sum->squares[a] += k[a / 3] * k[a % 3];
    sum->n++;
    if (!isfinite(covariance[0] + covariance[4] + covariance[8]))
        return;
    for (size_t a = 0; a < 9; a++)
        sum->noise[a] += covariance[a];
    sum->n_noise++;
}

// Each plane joins those whose mean is nearest, if the angle allows.
static size_t gather(const ia_plane_sets *s, double tolerance, double within_deg,
                     common *sets)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_list; i++) {
        const ia_reflection *r = &s->list[i]->at;
        double best = within_deg;
        size_t to = n;
        for (size_t k = 0; k < n; k++) {
            double length =
                sqrt(ia_plane_dot(sets[k].sum.k, sets[k].sum.k)) / (double)sets[k].sum.n;
            if (fabs(length * r->spacing - 1) >= tolerance)
                continue;
            double angle = ia_plane_angle(sets[k].sum.k, r->k);
            if (angle < best) {
                best = angle;
                to = k;
            }
        }
        if (to == n)
            sets[n++] = (common){.intensity = 0};
        ia_plane_sum_add(&sets[to].sum, r->k, r->covariance);
        sets[to].intensity += r->intensity;
        s->set_of[i] = to;
    }
    return n;
}

// Windows that overlap by half share ions. Those at the near side of one are at the far
// side of the other, so that the noise of the slopes of phase along the line between them
// is opposed: -0.4526 of the variance, across it 1/6, of Hann windows half an edge apart.
void ia_plane_shared(const double *const *centres, size_t n, double cube,
                     double shared[3])
{
    const double opposed = -0.4525932822, alike = 1.0 / 6, pairs = 1e6;
    size_t step = 1 + (size_t)((double)n * (double)n / pairs), m = 0;
    double sums[3] = {0};
    for (size_t i = 0; i < n; i += step, m++)
        for (size_t j = 0; j < n; j++) {
            double part[3] = {1, 1, 1};
            for (size_t k = 0; k < 3; k++) {
                double apart = 2 * fabs(centres[i][k] - centres[j][k]) / cube;
                for (size_t a = 0; a < 3; a++)
                    part[a] *= apart > 1.5   ? 0
                               : apart < 0.5 ? 1
                               : a == k      ? opposed
                                             : alike;
            }
            for (size_t a = 0; a < 3; a++)
                sums[a] += part[a];
        }
    // Of many, part of the pairs is summed: not below what one wave in all ions leaves.
    for (size_t a = 0; a < 3; a++)
        shared[a] =
            fmax(sums[a] / ((double)m * (double)n), 0.3 * pow((double)n, -5.0 / 3));
}

// Parts of a covariance along the wave vector, and across it of both axes together.
static void split(const double m[9], const double k[3], double k2, double parts[2])
{
    parts[0] = parts[1] = 0;
    for (size_t a = 0; a < 9; a++) {
        parts[0] += m[a] * k[a / 3] * k[a % 3] / k2;
        parts[1] += a % 4 == 0 ? m[a] : 0;
    }
    parts[1] -= parts[0];
}

// The error of a mean: noise as the regions share it, and what they scatter beyond it, by
// eight regions that overlap by half as by one. Of few regions that of the first.
void ia_plane_sum_tell(const ia_plane_sum *c, const double shared[3],
                       ia_grain_planes *out)
{
    double n = (double)c->n, k2 = 0, spread[9], noise[9], left[9];
    double variance[2], scatter[2], own[2], apart = fmax(1, n / 8);
    *out = (ia_grain_planes){.n_regions = c->n};
    for (size_t a = 0; a < 3; a++) {
        out->k[a] = c->k[a] / n;
        k2 += out->k[a] * out->k[a];
    }
    for (size_t a = 0; a < 9; a++) {
        spread[a] = (c->squares[a] / n - out->k[a / 3] * out->k[a % 3]) * n / (n - 1);
        noise[a] = c->n_noise > 0 ? c->noise[a] / (double)c->n_noise : 0;
        left[a] = noise[a] * sqrt(shared[a / 3] * shared[a % 3]);
    }
    split(n < 4 ? c->first : left, out->k, k2, variance);
    split(spread, out->k, k2, scatter);
    split(noise, out->k, k2, own);
    for (size_t i = 0; n >= 4 && i < 2; i++)
        variance[i] += fmax(0, scatter[i] - own[i]) / apart;
    out->spacing = 1 / sqrt(k2);
    out->sigma_spacing = sqrt(fmax(variance[0], 0)) / k2;
    out->sigma_deg = sqrt(fmax(variance[1], 0) / k2) * 57.29577951308232;
    out->off_deg = out->ratio = NAN;
}

ia_status ia_plane_sets_build(ia_ctx *ctx, const ia_planes *planes, int32_t grain,
                              const ia_planes_params *params, double within_deg,
                              ia_plane_sets *out)
{
    ia_plane_sets s = {.list = ia_array(ctx, planes->n_planes, sizeof *s.list)};
    common *sets = NULL;
    const double **centres = NULL;
    ia_status st = IA_ERR_MEMORY;
    for (size_t i = 0; s.list && i < planes->n_planes; i++)
        if (grain < 0 || planes->regions[planes->planes[i].region].grain == grain)
            s.list[s.n_list++] = &planes->planes[i];
    if (s.list && (sets = ia_array(ctx, s.n_list, sizeof *sets)) &&
        (centres = ia_array(ctx, s.n_list, sizeof *centres)) &&
        (s.set_of = ia_array(ctx, s.n_list, sizeof *s.set_of))) {
        if (s.n_list > 1)
            qsort(s.list, s.n_list, sizeof *s.list, by_intensity);
        s.n = gather(&s, params->tolerance, within_deg, sets);
        if ((s.sets = ia_array(ctx, s.n, sizeof *s.sets)))
            st = IA_OK;
    }
    for (size_t k = 0; st == IA_OK && k < s.n; k++) {
        double shared[3];
        size_t n = 0;
        for (size_t i = 0; i < s.n_list; i++)
            if (s.set_of[i] == k)
                centres[n++] = planes->regions[s.list[i]->region].centre;
        ia_plane_shared(centres, n, planes->cube, shared);
        ia_plane_sum_tell(&sets[k].sum, shared, &s.sets[k]);
        s.sets[k].intensity = sets[k].intensity / (double)sets[k].sum.n;
    }
    free(sets);
    free(centres);
    if (st == IA_OK)
        *out = s;
    else
        ia_plane_sets_clear(&s);
    return st;
}

void ia_plane_sets_clear(ia_plane_sets *sets)
{
    free(sets->list);
    free(sets->set_of);
    free(sets->sets);
    *sets = (ia_plane_sets){0};
}
