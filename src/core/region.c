// src/core/region.c: boxes, spheres, cylinders and slabs that select ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/region.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    size_t n_values;
    ia_region_shape shape;
    const char *form;
} region_kind;

static const region_kind kinds[] = {
    {"box:", 6, IA_REGION_BOX, "box:x0,x1,y0,y1,z0,z1"},
    {"sphere:", 4, IA_REGION_SPHERE, "sphere:x,y,z,r"},
    {"cylinder:", 8, IA_REGION_CYLINDER, "cylinder:x,y,z,ux,uy,uz,r,h"},
    {"turned:", 12, IA_REGION_TURNED, "turned:x,y,z,ux,uy,uz,vx,vy,vz,a,b,c"},
    {"slab:", 7, IA_REGION_SLAB, "slab:x,y,z,ux,uy,uz,t"},
};

static bool read_values(const char *text, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        values[i] = strtod(text, &end);
        if (end == text || !isfinite(values[i]) || *end != (i + 1 < n ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

static double square(double x)
{
    return x * x;
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Length 1; false where it has none.
static bool normalise(double u[3])
{
    double length = hypot(hypot(u[0], u[1]), u[2]);
    for (int k = 0; k < 3; k++)
        u[k] /= length;
    return length > 0 && isfinite(length);
}

static bool settle_turned(double *v)
{
    double *u = v + 3, *w = v + 6;
    if (!normalise(u) || !normalise(w))
        return false;
    double along = dot(u, w);
    for (int k = 0; k < 3; k++)
        w[k] -= along * u[k];
    const double parallel = 1e-6;
    return hypot(hypot(w[0], w[1]), w[2]) > parallel && normalise(w) && v[9] > 0 &&
           v[10] > 0 && v[11] > 0;
}

// Nothing empty, and directions of length 1.
static bool settle(ia_region *region)
{
    double *v = region->v;
    switch (region->shape) {
    case IA_REGION_BOX:
        return v[0] < v[1] && v[2] < v[3] && v[4] < v[5];
    case IA_REGION_SPHERE:
        return v[3] > 0;
    case IA_REGION_TURNED:
        return settle_turned(v);
    case IA_REGION_SLAB:
        return normalise(v + 3) && v[6] > 0;
    default:
        return normalise(v + 3) && v[6] > 0 && v[7] > 0;
    }
}

// "a, b or c", what a region may be.
static void list_forms(char *text, size_t size)
{
    size_t n_kinds = sizeof kinds / sizeof kinds[0];
    text[0] = 0;
    for (size_t i = 0; i < n_kinds; i++) {
        size_t n = strlen(text);
        snprintf(text + n, size - n, "%s%s",
                 i == 0            ? ""
                 : i + 1 < n_kinds ? ", "
                                   : " or ",
                 kinds[i].form);
    }
}

ia_status ia_region_read(ia_ctx *ctx, const char *text, ia_region *out)
{
    if (!*text) {
        *out = (ia_region){.shape = IA_REGION_ALL};
        return IA_OK;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].name);
        if (strncmp(text, kinds[i].name, n) != 0)
            continue;
        ia_region region = {.shape = kinds[i].shape};
        if (!read_values(text + n, kinds[i].n_values, region.v) || !settle(&region))
            return ia_fail(ctx, IA_ERR_PARAM, "region '%s' is not %s (nm) of some volume",
                           text, kinds[i].form);
        *out = region;
        return IA_OK;
    }
    char forms[256];
    list_forms(forms, sizeof forms);
    return ia_fail(ctx, IA_ERR_PARAM, "region '%s' is not %s", text, forms);
}

static bool cylinder_contains(const double *v, const double d[3])
{
    double along = dot(d, v + 3), across = dot(d, d) - square(along);
    return across <= square(v[6]) && fabs(along) <= v[7] / 2;
}

static bool turned_contains(const double *v, const double d[3])
{
    const double *u = v + 3, *w = v + 6;
    double third[3] = {u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2],
                       u[0] * w[1] - u[1] * w[0]};
    return fabs(dot(d, u)) <= v[9] / 2 && fabs(dot(d, w)) <= v[10] / 2 &&
           fabs(dot(d, third)) <= v[11] / 2;
}

bool ia_region_contains(const ia_region *region, const float xyz[3])
{
    const double *v = region->v;
    double d[3] = {xyz[0] - v[0], xyz[1] - v[1], xyz[2] - v[2]};
    switch (region->shape) {
    case IA_REGION_ALL:
        return true;
    case IA_REGION_BOX:
        return xyz[0] >= v[0] && xyz[0] < v[1] && xyz[1] >= v[2] && xyz[1] < v[3] &&
               xyz[2] >= v[4] && xyz[2] < v[5];
    case IA_REGION_SPHERE:
        return square(d[0]) + square(d[1]) + square(d[2]) <= square(v[3]);
    case IA_REGION_CYLINDER:
        return cylinder_contains(v, d);
    case IA_REGION_TURNED:
        return turned_contains(v, d);
    case IA_REGION_SLAB:
        return fabs(dot(d, v + 3)) <= v[6] / 2;
    }
    return false;
}

bool ia_region_frame(const ia_region *region, double centre[3], double direction[3])
{
    const double *v = region->v;
    bool box = region->shape == IA_REGION_BOX, all = region->shape == IA_REGION_ALL;
    bool directed = !all && !box && region->shape != IA_REGION_SPHERE;
    for (int k = 0; k < 3; k++) {
        centre[k] = all ? 0 : box ? (v[2 * k] + v[2 * k + 1]) / 2 : v[k];
        direction[k] = directed ? v[3 + k] : k == 2;
    }
    return !all;
}
