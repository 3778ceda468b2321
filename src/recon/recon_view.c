// src/recon/recon_view.c: how much of the cap the detector sees.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>

// A detector whose middle is not on the axis, or that is blind in parts: sums over rings
// and sectors of one area.
static ia_recon_view sum_rings(const ia_projection *projection, const ia_hit_cover *cover,
                               double aspect)
{
    enum { RINGS = 4 * IA_COVER_RINGS, SECTORS = 2 * IA_COVER_SECTORS };
    const double turn = 2 * acos(-1.0) / SECTORS;
    double area = cover->radius * cover->radius * turn / (2 * RINGS);
    ia_recon_view view = {0};

    for (int i = 0; i < RINGS; i++)
        for (int k = 0; k < SECTORS; k++) {
            double r = cover->radius * sqrt((i + 0.5) / RINGS);
            double at[2] = {r * cos((k + 0.5) * turn), r * sin((k + 0.5) * turn)};
            double off = hypot(at[0] + cover->middle[0] - projection->centre[0],
                               at[1] + cover->middle[1] - projection->centre[1]);
            double theta = ia_projection_angle(projection, off);
            if (isnan(theta))
                continue;
            // Solid angle over area: sin(theta) d theta d phi over r dr d phi.
            double density =
                off > 0
                    ? sin(theta) / off / ia_projection_magnification(projection, theta)
                    : pow(1 / ia_projection_magnification(projection, 0), 2);
            double solid = density * area * ia_hit_cover_at(cover, at[0], at[1]);
            // On the ellipsoid: d cos(u) over d cos(theta), and cos(u).
            double along = aspect * cos(theta), length = hypot(along, sin(theta));
            double part = solid * aspect / (length * length * length);
            view.solid += aspect * part;
            view.flat += part * along / length;
        }
    return view;
}

ia_recon_view ia_recon_view_of(const ia_projection *projection, const ia_hit_cover *cover,
                               double aspect)
{
    const double pi = acos(-1.0);
    double theta = ia_projection_angle(projection, cover->radius);

    if (cover->blind > 0 || projection->centre[0] != cover->middle[0] ||
        projection->centre[1] != cover->middle[1])
        return sum_rings(projection, cover, aspect);
    if (isnan(theta))
        theta = ia_projection_limit(projection);
    if (aspect != 1)
        theta = atan2(sin(theta), aspect * cos(theta));
    double s = sin(theta), half = sin(theta / 2);
    return (ia_recon_view){.flat = pi * s * s, .solid = aspect * 4 * pi * half * half};
}
