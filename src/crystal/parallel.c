// src/crystal/parallel.c: planes and directions of two crystals that are parallel.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/misorientation.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILIES = 3 };
static const double degree = 0.017453292519943295;

// A plane's normal or a direction, one of each line.
typedef struct {
    int index[3];
    double at[3]; // unit, frame of its crystal
    size_t family;
} line;

typedef struct {
    line *lines; // (n)
    size_t n;
} line_list;

static int common_divisor(int a, int b)
{
    return b == 0 ? abs(a) : common_divisor(b, a % b);
}

static bool is_first(const int index[3])
{
    return index[0] > 0 ||
           (index[0] == 0 && (index[1] > 0 || (index[1] == 0 && index[2] > 0)));
}

static ia_status list_planes(ia_ctx *ctx, const ia_crystal *crystal, line_list *out)
{
    ia_pole_catalogue c = {0};
    ia_status st = ia_pole_catalogue_build(ctx, crystal, FAMILIES, &c);
    if (st == IA_OK && !(out->lines = ia_array(ctx, c.n, sizeof *out->lines)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c.n; i++) {
        const ia_pole_kind *kind = &c.kinds[i];
        line *l = &out->lines[out->n];
        int common =
            common_divisor(common_divisor(kind->hkl[0], kind->hkl[1]), kind->hkl[2]);
        if (!is_first(kind->hkl) || kind->family >= FAMILIES)
            continue; // families of the last spacing all come
        for (size_t k = 0; k < 3; k++) {
            l->index[k] = kind->hkl[k] / common;
            l->at[k] = kind->normal[k];
        }
        l->family = kind->family;
        out->n++;
    }
    ia_pole_catalogue_clear(&c);
    return st;
}

static ia_status list_directions(ia_ctx *ctx, const ia_crystal *crystal, line_list *out)
{
    ia_zone_catalogue c = {0};
    ia_status st = ia_zone_catalogue_build(ctx, crystal, FAMILIES, &c);
    if (st == IA_OK && !(out->lines = ia_array(ctx, c.n, sizeof *out->lines)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < c.n; i++) {
        line *l = &out->lines[out->n++];
        memcpy(l->index, c.kinds[i].uvw, sizeof l->index);
        memcpy(l->at, c.kinds[i].direction, sizeof l->at);
        l->family = c.kinds[i].family;
    }
    ia_zone_catalogue_clear(&c);
    return st;
}

// Angle between two lines, the second turned into the frame of the first, degree; the
// second's sign is that on the side of the first.
static double angle_of(const double turn[3][3], const line *a, const line *b, int *sign)
{
    double at[3], dot = 0, cross[3], length = 0;
    for (size_t k = 0; k < 3; k++) {
        at[k] = turn[k][0] * b->at[0] + turn[k][1] * b->at[1] + turn[k][2] * b->at[2];
        dot += at[k] * a->at[k];
    }
    for (size_t k = 0; k < 3; k++) {
        size_t l = (k + 1) % 3, m = (k + 2) % 3;
        cross[k] = at[l] * a->at[m] - at[m] * a->at[l];
        length += cross[k] * cross[k];
    }
    *sign = dot < 0 ? -1 : 1;
    return atan2(sqrt(length), fabs(dot)) / degree;
}

// Whether a direction lies in a plane (both by indices); any does where there is none.
static bool lies_in(const ia_parallel *planes, bool second, const line *direction)
{
    const int *plane = second ? planes->second : planes->first;
    return !planes->found || plane[0] * direction->index[0] +
                                     plane[1] * direction->index[1] +
                                     plane[2] * direction->index[2] ==
                                 0;
}

// The lowest pair within the limit, of one height the nearest; lines in the planes found
// alone. What pairs are as low is counted for the chance of it.
static void find(const line_list lists[2], const double turn[3][3], double limit_deg,
                 const ia_parallel *planes, ia_parallel *out)
{
    size_t height[2 * FAMILIES] = {0}, best = 2 * FAMILIES, n = 0;
    *out = (ia_parallel){.off_deg = NAN, .chance = NAN};
    for (size_t a = 0; a < lists[0].n; a++)
        for (size_t b = 0; b < lists[1].n; b++) {
            const line *x = &lists[0].lines[a], *y = &lists[1].lines[b];
            size_t high = x->family + y->family;
            int sign;
            if (!lies_in(planes, false, x) || !lies_in(planes, true, y))
                continue;
            height[high]++;
            double off = angle_of(turn, x, y, &sign);
            if (off > limit_deg || high > best || (high == best && off >= out->off_deg))
                continue;
            best = high;
            out->found = true;
            out->off_deg = off;
            for (size_t k = 0; k < 3; k++) {
                out->first[k] = x->index[k];
                out->second[k] = sign * y->index[k];
            }
        }
    for (size_t h = 0; h <= best && h < 2 * FAMILIES; h++)
        n += height[h];
    double one = planes->found ? limit_deg / 90 : 1 - cos(limit_deg * degree);
    if (out->found)
        out->chance = -expm1((double)n * log1p(-fmin(one, 0.999999)));
}

ia_status ia_parallel_find(ia_ctx *ctx, const ia_crystal *const crystals[2],
                           const double turn[3][3], double sigma_deg, ia_parallel out[2])
{
    const double errors = 3.7; // of two axes: 0.999
    const ia_parallel none = {0};
    line_list planes[2] = {{0}}, directions[2] = {{0}};
    ia_status st = IA_OK;
    for (size_t i = 0; st == IA_OK && i < 2; i++)
        if ((st = list_planes(ctx, crystals[i], &planes[i])) == IA_OK)
            st = list_directions(ctx, crystals[i], &directions[i]);
    if (st == IA_OK) {
        find(planes, turn, errors * sigma_deg, &none, &out[0]);
        find(directions, turn, errors * sigma_deg, &out[0], &out[1]);
    }
    for (size_t i = 0; i < 2; i++) {
        free(planes[i].lines);
        free(directions[i].lines);
    }
    return st;
}
