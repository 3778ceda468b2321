// src/spectrum/range_rules.c: the rules by which a range reaches so far and no further.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/range_rules.h"

#include <math.h>

static double merit(double signal, double background, double tau)
{
    return signal > 0 ? signal * signal / (signal + (1 + tau) * background) : 0;
}

// Move one bound outwards while the merit grows; two steps of grace for chance.
static void widen(const ia_rule_peak *p, double tau, int side, double *lo, double *hi)
{
    enum { GRACE = 2 };
    double step = fmax(0.3 * p->width, p->counts->spectrum->bin), level = p->level[side];
    double from = *lo, to = *hi;
    double background = p->under * (to - from);
    double signal = ia_counts_between(p->counts, from, to) - background;
    double best = merit(signal, background, tau);

    for (int missed = 0; missed <= GRACE;) {
        double a = side == 0 ? fmax(p->floor, from - step) : to;
        double b = side == 0 ? from : fmin(p->ceiling, to + step);
        if (b - a < 1e-9)
            break;
        background += level * (b - a);
        signal += ia_counts_between(p->counts, a, b) - level * (b - a);
        from = fmin(from, a);
        to = fmax(to, b);
        missed++;
        if (merit(signal, background, tau) > best) {
            best = merit(signal, background, tau);
            missed = 0;
            *lo = from;
            *hi = to;
        }
    }
}

// Of all pairs of edges of the shape's cells on either side of the maximum, the best.
static void best_bounds(const ia_rule_peak *p, double tau, double *lo, double *hi)
{
    const ia_peak_shape *s = p->shape;
    double best = 0;

    for (size_t i = 0; i < s->n && s->u[i] < 0; i++) {
        double a = fmax(p->floor, p->mass + s->u[i] * p->width);
        for (size_t k = s->n; k > 0 && s->u[k] > 0; k--) {
            double b = fmin(p->ceiling, p->mass + s->u[k] * p->width);
            double signal = p->signal * ia_peak_shape_share(s, p->mass, a, b);
            double background = p->level[0] * (p->mass - a) + p->level[1] * (b - p->mass);
            double m = merit(signal, background, tau);
            if (m > best) {
                best = m;
                *lo = a;
                *hi = b;
            }
        }
    }
}

static double middle_of(const ia_peak_shape *s, size_t cell)
{
    return 0.5 * (s->u[cell] + s->u[cell + 1]);
}

static size_t highest_cell(const ia_peak_shape *s)
{
    size_t top = 0;

    for (size_t k = 1; k < s->n; k++)
        if (s->density[k] > s->density[top])
            top = k;
    return top;
}

// Where the shape has fallen to `density` on one side, in u; between the middles of cells
// along a line.
static double falls_to(const ia_peak_shape *s, double density, int side)
{
    size_t k = highest_cell(s);

    while (s->density[k] > density) {
        if (side == 0 ? k == 0 : k + 1 == s->n)
            return side == 0 ? s->u[0] : s->u[s->n];
        size_t next = side == 0 ? k - 1 : k + 1;
        if (s->density[next] <= density) {
            double part = (s->density[k] - density) / (s->density[k] - s->density[next]);
            return middle_of(s, k) + part * (middle_of(s, next) - middle_of(s, k));
        }
        k = next;
    }
    return middle_of(s, k);
}

static double highest(const ia_peak_shape *s)
{
    return s->density[highest_cell(s)];
}

static void set_sides(const ia_rule_peak *p, const double u[2], double *lo, double *hi)
{
    *lo = p->mass + u[0] * p->width;
    *hi = p->mass + u[1] * p->width;
}

static void width_at(const ia_rule_peak *p, double part, double *lo, double *hi)
{
    double density = part * highest(p->shape);
    double u[2] = {falls_to(p->shape, density, 0), falls_to(p->shape, density, 1)};
    set_sides(p, u, lo, hi);
}

static void multiple_of_background(const ia_rule_peak *p, double multiple, double *lo,
                                   double *hi)
{
    double u[2];

    for (int side = 0; side < 2; side++) {
        double density = (multiple - 1) * p->level[side] * p->width / fmax(p->signal, 1);
        u[side] = falls_to(p->shape, density, side);
    }
    set_sides(p, u, lo, hi);
}

// Distance from the maximum, Da, where what is missed beyond is `ratio` times what the
// background lets in.
static double equal_error(const ia_rule_peak *p, double ratio, int side)
{
    double sign = side == 0 ? -1 : 1, near = 0;
    double far = fabs(side == 0 ? p->shape->u[0] : p->shape->u[p->shape->n]) * p->width;
    double end = p->mass + sign * far;

    for (int i = 0; i < 50; i++) {
        double d = 0.5 * (near + far), at = p->mass + sign * d;
        double missed = p->signal * ia_peak_shape_share(p->shape, p->mass, fmin(at, end),
                                                        fmax(at, end));
        if (missed > ratio * p->level[side] * d)
            near = d;
        else
            far = d;
    }
    return 0.5 * (near + far);
}

void ia_rule_bounds(const ia_rule_peak *peak, const ia_autorange_params *params,
                    double *lo, double *hi)
{
    switch ((ia_rule)params->rule) {
    case IA_RULE_FIXED:
        *lo = peak->mass - 0.5 * params->range_width;
        *hi = peak->mass + 0.5 * params->range_width;
        break;
    case IA_RULE_FWHM:
        width_at(peak, 0.5, lo, hi);
        break;
    case IA_RULE_FW10:
        width_at(peak, 0.1, lo, hi);
        break;
    case IA_RULE_FW100:
        width_at(peak, 0.01, lo, hi);
        break;
    case IA_RULE_MULTIPLE:
        multiple_of_background(peak, params->multiple, lo, hi);
        break;
    case IA_RULE_EQUAL_ERROR:
        *lo = peak->mass - equal_error(peak, params->error_ratio, 0);
        *hi = peak->mass + equal_error(peak, params->error_ratio, 1);
        break;
    case IA_RULE_VARIANCE:
        best_bounds(peak, params->tau, lo, hi);
        break;
    default:
        widen(peak, params->tau, 0, lo, hi);
        widen(peak, params->tau, 1, lo, hi);
    }
    *lo = fmax(*lo, peak->floor);
    *hi = fmin(*hi, peak->ceiling);
}
