// src/cluster/interface.c: ions near the surface of a sphere whose composition changes
// over an interface.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/interface.h"

#include <math.h>

static double below(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752);
}

// Mean over a Gaussian of sd `noise` about `at`, below 0, of the chance that one of sd
// `width` about it is below 0: Simpson.
static double both_below(double at, double noise, double width)
{
    enum { PARTS = 16 };
    const double far = 5;
    double to = fmin(-at / noise, far), from = -far, sum = 0;
    if (to <= from)
        return 0;
    double step = (to - from) / PARTS;
    for (int i = 0; i <= PARTS; i++) {
        double z = from + step * i, weight = i == 0 || i == PARTS ? 1 : i % 2 ? 4 : 2;
        sum += weight * exp(-z * z / 2) * below(-(at + noise * z) / width);
    }
    return sum * step / 3 * 0.39894228040143268;
}

static const double least =
    1e-3; // nm, no sharper: there is no step then to integrate over

// Of a place: its distance from the surface, positive outside, and the noise across it.
typedef struct {
    double at, noise;
} across;

static across measure(const ia_scan_object *o, const float xyz[3])
{
    double d[3], r2 = 0;
    for (int k = 0; k < 3; k++) {
        d[k] = (double)xyz[k] - o->centre[k];
        r2 += d[k] * d[k];
    }
    double lateral2 = r2 > 0 ? (d[0] * d[0] + d[1] * d[1]) / r2 : 0.5;
    double noise2 = fmax(0, o->sigma_xy * o->sigma_xy - o->width * o->width);
    double bent = noise2 * (2 - lateral2) / (2 * o->radius);
    return (across){sqrt(r2) - o->radius + bent, fmax(sqrt(noise2 * lateral2), least)};
}

double ia_interface_level(const ia_scan_object *o, const float xyz[3])
{
    const double far = 6;
    across a = measure(o, xyz);
    double sd = hypot(a.noise, o->width);
    return a.at > far * sd ? 0 : a.at < -far * sd ? 1 : below(-a.at / sd);
}

ia_interface_place ia_interface_at(const ia_scan_object *o, const float xyz[3])
{
    across a = measure(o, xyz);
    ia_interface_place p = {below(-a.at / a.noise), ia_interface_level(o, xyz), 0};
    p.both =
        fmin(both_below(a.at, a.noise, fmax(o->width, least)), fmin(p.inside, p.level));
    return p;
}
