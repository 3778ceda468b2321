// src/spectrum/profile.c: the profile of a line.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/profile_learning.h"

#include <math.h>
#include <stdlib.h>

static const double TABLE_FIRST = -8, TABLE_STEP = 0.02;

static double clamp(double x, double least, double most)
{
    return fmin(most, fmax(least, x));
}

static void take_parameters(ia_profile *p, const double *x)
{
    p->sigma = exp(x[0]);
    p->tau = exp(x[1]);
    p->far_share = exp(x[2]);
    p->far = exp(x[3]);
    p->shift = x[4];
    p->offset = x[5];
    p->slope = x[6];
    p->stretch = x[7];
    p->tilt = x[8];
}

// Share below u of a Gaussian of mean 0 convolved with an exponential.
static double tailed_below(double u, double sigma, double tau)
{
    double z = u / sigma, ratio = sigma / tau;
    double gauss = 0.5 * erfc(-z * M_SQRT1_2);
    double power = 0.5 * ratio * ratio - u / tau;

    if (z < ratio - 7 || power > 700)
        return gauss;
    return gauss - exp(power) * 0.5 * erfc(-(z - ratio) * M_SQRT1_2);
}

static void fill_table(ia_profile *p)
{
    for (size_t i = 0; i < IA_PROFILE_TABLE; i++) {
        double u = TABLE_FIRST + TABLE_STEP * (double)i - p->shift;
        p->below[i] = clamp((1 - p->far_share) * tailed_below(u, p->sigma, p->tau) +
                                p->far_share * tailed_below(u, p->sigma, p->far),
                            0, 1);
    }
}

void ia_profile_set(ia_profile *p, const double x[PARAMETERS])
{
    take_parameters(p, x);
    fill_table(p);
}

double ia_profile_width(const ia_profile *p, double mass)
{
    double x = log(fmax(mass, 0.1) / 28);
    double width = p->widths.width * exp(p->stretch + (p->widths.power + p->tilt) * x);
    return fmax(0.2 * p->widths.bin, width);
}

double ia_profile_place(const ia_profile *p, double mass)
{
    return mass + p->offset + p->slope * mass;
}

// Centroid of what lies within 0.7 widths of itself, as places of peaks are measured.
void ia_profile_find_top(ia_profile *p)
{
    const double half = 0.7;
    double top = 0;

    for (int round = 0; round < 50; round++) {
        double sum = 0, moment = 0;
        for (size_t i = 0; i + 1 < IA_PROFILE_TABLE; i++) {
            double u = TABLE_FIRST + TABLE_STEP * ((double)i + 0.5);
            if (fabs(u - top) > half)
                continue;
            double share = p->below[i + 1] - p->below[i];
            sum += share;
            moment += share * u;
        }
        if (!(sum > 0) || fabs(moment / sum - top) < 1e-4)
            break;
        top = moment / sum;
    }
    p->top = top;
}

double ia_profile_below(const ia_profile *p, double u)
{
    double x = (u - TABLE_FIRST) / TABLE_STEP;

    if (!(x > 0))
        return 0;
    if (x >= IA_PROFILE_TABLE - 1)
        return 1;
    size_t i = (size_t)x;
    return p->below[i] + (x - (double)i) * (p->below[i + 1] - p->below[i]);
}

static const double CORE = 1.5, NEAR = 5; // widths

int ia_profile_wing_of(double u)
{
    return u < -CORE ? 0 : u <= CORE ? -1 : u < NEAR ? 1 : 2;
}

double ia_profile_wing(const ia_profile *p, double u)
{
    int wing = ia_profile_wing_of(u);
    return wing < 0 ? 0 : p->wing[wing];
}

void ia_profile_clear(ia_profile *profile)
{
    free(profile->below);
    *profile = (ia_profile){0};
}
