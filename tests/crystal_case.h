// tests/crystal_case.h: blocks of a simulated crystal, for tests of lattice planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_CRYSTAL_CASE_H
#define TESTS_CRYSTAL_CASE_H

#include "check.h"

#include <ionatlas/synth.h>

// Words of ia_simulate_params.lattice, in its order.
enum { RANDOM, SC, FCC, BCC, HCP, DIAMOND, B2, L12 };

typedef struct {
    int lattice;
    double a, sigma_xy, sigma_z; // nm
    double turn[3];              // about x, y, z, degree
    double wide, deep;           // nm
    double efficiency;
    const char *composition;
    uint64_t seed;
} crystal_case;

static inline void crystal_draw(ia_ctx *ctx, const crystal_case *c, ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    p.specimen = 0;
    p.seed = c->seed;
    p.lattice = c->lattice;
    if (c->a > 0)
        p.lattice_parameter = c->a;
    p.sigma_xy = c->sigma_xy;
    p.sigma_z = c->sigma_z;
    p.rotate_x_deg = c->turn[0];
    p.rotate_y_deg = c->turn[1];
    p.rotate_z_deg = c->turn[2];
    p.size_x = p.size_y = c->wide;
    p.size_z = c->deep;
    p.efficiency = c->efficiency;
    p.background = 0;
    p.molecules[0] = 0;
    snprintf(p.composition, sizeof p.composition, "%s", c->composition);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &p, out));
}

static inline ia_points crystal_points(ia_specimen *s)
{
    return (ia_points){ia_ions_values(&s->ions, IA_XYZ), s->ions.n};
}

// Angle between two lines, degree.
static inline double crystal_angle(const double a[3], const double b[3])
{
    double dot = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < 3; k++) {
        dot += a[k] * b[k];
        aa += a[k] * a[k];
        bb += b[k] * b[k];
    }
    return acos(fmin(1, fabs(dot) / sqrt(aa * bb))) * 180 / M_PI;
}

// Where the cube axis along z points after the turns about x, then y, in the frame of
// positions: the turns are those of the orientation frame, whose z is opposite.
static inline void crystal_axis(const crystal_case *c, double axis[3])
{
    double x = c->turn[0] * M_PI / 180, y = c->turn[1] * M_PI / 180;
    double z = c->turn[2] * M_PI / 180;
    double at[3] = {sin(y) * cos(x), -sin(x), cos(y) * cos(x)};
    axis[0] = cos(z) * at[0] - sin(z) * at[1];
    axis[1] = sin(z) * at[0] + cos(z) * at[1];
    axis[2] = -at[2];
}

#endif
