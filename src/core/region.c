// src/core/region.c: boxes, spheres and cylinders that select ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/region.h"

#include <math.h>
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

// Nothing empty, and a cylinder's axis of length 1.
static bool settle(ia_region *region)
{
    double *v = region->v;
    switch (region->shape) {
    case IA_REGION_BOX:
        return v[0] < v[1] && v[2] < v[3] && v[4] < v[5];
    case IA_REGION_SPHERE:
        return v[3] > 0;
    default: {
        double length = hypot(hypot(v[3], v[4]), v[5]);
        for (int k = 3; k < 6; k++)
            v[k] /= length;
        return length > 0 && v[6] > 0 && v[7] > 0;
    }
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
    return ia_fail(ctx, IA_ERR_PARAM, "region '%s' is not %s, %s or %s", text,
                   kinds[0].form, kinds[1].form, kinds[2].form);
}

static bool cylinder_contains(const double *v, const double d[3])
{
    double along = d[0] * v[3] + d[1] * v[4] + d[2] * v[5];
    double across = square(d[0]) + square(d[1]) + square(d[2]) - square(along);
    return across <= square(v[6]) && fabs(along) <= v[7] / 2;
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
    }
    return false;
}
