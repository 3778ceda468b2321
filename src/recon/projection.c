// src/recon/projection.c: hits to directions and back: point, pseudo-stereographic and
// azimuthal equidistant.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection.h>

#include <math.h>

const char *ia_projection_name(int kind)
{
    static const char *const names[IA_N_PROJECTIONS] = {"stereographic", "equidistant",
                                                        "point"};
    return kind >= 0 && kind < IA_N_PROJECTIONS ? names[kind] : NULL;
}

ia_status ia_projection_check(ia_ctx *ctx, const ia_projection *p)
{
    if (p->kind < IA_PROJECTION_STEREOGRAPHIC || p->kind > IA_PROJECTION_POINT)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "projection: %d is none of " IA_PROJECTION_WORDS, p->kind);
    if (!(p->flight_path > 0) || !isfinite(p->flight_path))
        return ia_fail(ctx, IA_ERR_PARAM, "flight path = %g mm, a length was expected",
                       p->flight_path);
    if (!(p->icf > 0) || !isfinite(p->icf))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "image compression factor = %g, a positive number was expected",
                       p->icf);
    if (!isfinite(p->centre[0]) || !isfinite(p->centre[1]))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "centre of the detector = (%g, %g) mm is no place", p->centre[0],
                       p->centre[1]);
    return IA_OK;
}

// Ions of stereographic start as if from a point (ICF - 1) R behind the cap's centre: at
// the limit their path touches the sphere, or runs parallel to the detector.
double ia_projection_limit(const ia_projection *p)
{
    const double pi = acos(-1.0);
    double behind = p->icf - 1;

    if (p->kind == IA_PROJECTION_POINT)
        return pi / 2;
    if (p->kind == IA_PROJECTION_EQUIDISTANT)
        return pi;
    if (fabs(behind) <= 1)
        return acos(-behind); // parallel to the detector
    return acos(-1 / behind); // touching
}

// Sine and cosine of theta from r/L; false beyond the limit.
static bool turn(const ia_projection *p, double slope, double *sine, double *cosine)
{
    if (p->kind == IA_PROJECTION_EQUIDISTANT) {
        double theta = p->icf * slope;
        *sine = sin(theta);
        *cosine = cos(theta);
        return theta <= ia_projection_limit(p);
    }
    if (p->kind == IA_PROJECTION_POINT) {
        *sine = p->icf * slope;
        *cosine = sqrt(1 - *sine * *sine);
        return *sine <= 1;
    }
    double c = 1 / sqrt(1 + slope * slope), s = slope * c;
    double q = (p->icf - 1) * s, root = sqrt(1 - q * q);
    *sine = s * root + c * q;
    *cosine = c * root - s * q;
    return fabs(q) <= 1;
}

// r/L from sine and cosine of theta; false beyond the limit.
static bool slope_of(const ia_projection *p, double sine, double cosine, double *slope)
{
    if (p->kind == IA_PROJECTION_EQUIDISTANT) {
        *slope = atan2(sine, cosine) / p->icf;
        return true;
    }
    if (p->kind == IA_PROJECTION_POINT) {
        *slope = sine / p->icf;
        return cosine >= 0;
    }
    double behind = p->icf - 1;
    *slope = sine / (cosine + behind);
    return cosine + behind > 0 && 1 + behind * cosine >= 0;
}

double ia_projection_angle(const ia_projection *p, double r)
{
    double sine, cosine;

    if (!(r >= 0) || !turn(p, r / p->flight_path, &sine, &cosine))
        return NAN;
    return atan2(sine, cosine);
}

double ia_projection_radius(const ia_projection *p, double theta)
{
    const double pi = acos(-1.0);
    double slope;

    if (!(theta >= 0 && theta <= pi) || !slope_of(p, sin(theta), cos(theta), &slope))
        return NAN;
    return p->flight_path * slope;
}

ia_projection ia_projection_alike(const ia_projection *p, int kind, double r)
{
    const double most = 80 * acos(-1.0) / 180; // of theta
    ia_projection alike = *p;
    double theta = ia_projection_angle(p, r);

    if (!(theta <= most)) {
        theta = most;
        r = ia_projection_radius(p, theta);
    }
    double slope = r / p->flight_path, t = atan(slope);
    alike.kind = kind;
    if (kind == IA_PROJECTION_EQUIDISTANT)
        alike.icf = theta / slope;
    else if (kind == IA_PROJECTION_POINT)
        alike.icf = sin(theta) / slope;
    else
        alike.icf = 1 + sin(theta - t) / sin(t);
    return alike;
}

double ia_projection_magnification(const ia_projection *p, double theta)
{
    double cosine = cos(theta), behind = p->icf - 1;

    if (isnan(ia_projection_radius(p, theta)))
        return NAN;
    if (p->kind == IA_PROJECTION_EQUIDISTANT)
        return p->flight_path / p->icf;
    if (p->kind == IA_PROJECTION_POINT)
        return p->flight_path * cosine / p->icf;
    return p->flight_path * (1 + behind * cosine) /
           ((cosine + behind) * (cosine + behind));
}

bool ia_projection_direction(const ia_projection *p, const double hit[2],
                             double direction[3])
{
    double x = hit[0] - p->centre[0], y = hit[1] - p->centre[1];
    double r = sqrt(x * x + y * y), sine, cosine;

    if (!turn(p, r / p->flight_path, &sine, &cosine)) {
        direction[0] = direction[1] = direction[2] = NAN;
        return false;
    }
    double across = r > 0 ? sine / r : 0;
    direction[0] = across * x;
    direction[1] = across * y;
    direction[2] = cosine;
    return isfinite(cosine);
}

bool ia_projection_hit(const ia_projection *p, const double direction[3], double hit[2])
{
    double x = direction[0], y = direction[1];
    double across = sqrt(x * x + y * y);
    double length = sqrt(across * across + direction[2] * direction[2]), slope;

    if (!(length > 0) || !slope_of(p, across / length, direction[2] / length, &slope)) {
        hit[0] = hit[1] = NAN;
        return false;
    }
    double stretch = across > 0 ? p->flight_path * slope / across : 0;
    hit[0] = p->centre[0] + stretch * x;
    hit[1] = p->centre[1] + stretch * y;
    return isfinite(slope);
}

bool ia_projection_doubt_view(ia_ctx *ctx, double view, double flight_path, double radius)
{
    const double degree = acos(-1.0) / 180;
    bool narrow = view < IA_VIEW_LEAST;

    if (!narrow && !(view > IA_VIEW_MOST))
        return false;
    ia_warn(ctx,
            "hits fly off at %s %.3g degrees from the axis, %.3g at %s were expected: "
            "check the flight path (%g mm) and the detector's radius (%.3g mm)",
            narrow ? "no more than" : "up to", view / degree,
            (narrow ? IA_VIEW_LEAST : IA_VIEW_MOST) / degree, narrow ? "least" : "most",
            flight_path, radius);
    return true;
}
