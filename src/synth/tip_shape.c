// src/synth/tip_shape.c: the smooth surface of a tip, a cap on a cone that recedes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <ionatlas/projection.h>
#include <math.h>

// Beyond the hits on the detector's rim: ions that deviate inwards come from there.
static const double margin = 0.12; // radian

ia_projection ia_tip_projection(const ia_simulate_params *p, double gone)
{
    double share = gone - 0.5;

    return (ia_projection){p->projection,
                           p->flight_path,
                           p->icf * (1 + p->icf_drift * share),
                           {p->centre_x + p->centre_drift_x * share,
                            p->centre_y + p->centre_drift_y * share}};
}

double ia_tip_reach(const ia_simulate_params *p, ia_projection *projection)
{
    const ia_projection first = ia_tip_projection(p, 0), last = ia_tip_projection(p, 1);

    *projection =
        (ia_projection){p->projection, p->flight_path, fmax(first.icf, last.icf), {0, 0}};
    return fmax(hypot(first.centre[0], first.centre[1]),
                hypot(last.centre[0], last.centre[1]));
}

ia_tip_shape ia_tip_shape_of(const ia_simulate_params *p)
{
    const double pi = acos(-1.0);
    ia_projection projection;
    double off = ia_tip_reach(p, &projection);
    double shank = p->shank_deg * pi / 180;
    double rim = ia_projection_angle(&projection, p->detector_radius + off);
    double most = pi / 2 - shank - 0.02; // where the cap meets the cone

    if (!(rim + margin < most))
        rim = most - margin;
    return (ia_tip_shape){.radius = p->tip_radius,
                          .sine = sin(shank),
                          .depth = p->size_z,
                          .cosine = cos(rim + margin)};
}

double ia_tip_radius(const ia_tip_shape *shape, double apex)
{
    return shape->radius + shape->sine / (1 - shape->sine) * apex;
}

// The centre is at depth radius + u and the radius radius + sine u: the larger u for
// which the place lies on the sphere is when its upper side passes.
double ia_tip_passes(const ia_tip_shape *shape, const double place[3], double *cosine)
{
    double s = shape->sine, below = place[2] - shape->radius;
    double half = below + shape->radius * s, a = 1 - s * s;
    double rest = place[0] * place[0] + place[1] * place[1] + below * below -
                  shape->radius * shape->radius;
    double root = half * half - a * rest;

    if (root < 0)
        return NAN;
    double u = (half + sqrt(root)) / a;
    *cosine = (u - below) / (shape->radius + s * u);
    return u * (1 - s);
}

double ia_tip_volume(const ia_tip_shape *shape)
{
    double r = ia_tip_radius(shape, shape->depth);

    return acos(-1.0) * r * r * (1 - shape->cosine * shape->cosine) * shape->depth;
}
