// bench/tip_pose.h: how the tips of the benchmarks stand before the detector.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BENCH_TIP_POSE_H
#define BENCH_TIP_POSE_H

#include <ionatlas/ionatlas.h>

#include <math.h>

// Turned by up to 20 degrees about x and y, ICF 1.45 to 1.8, the axis in the middle or 3
// to 7 mm off: u[1] to u[6] are uniform in [0, 1).
static inline void pose_tip(ia_simulate_params *p, const double *u, bool off)
{
    p->rotate_x_deg = 40 * u[1] - 20;
    p->rotate_y_deg = 40 * u[2] - 20;
    p->rotate_z_deg = 90 * u[3];
    p->icf = 1.45 + 0.35 * u[4];
    if (off) {
        p->centre_x = (3 + 4 * u[5]) * cos(2 * M_PI * u[6]);
        p->centre_y = (3 + 4 * u[5]) * sin(2 * M_PI * u[6]);
    }
}

#endif
