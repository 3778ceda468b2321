// src/recon/pole_pull.c: which way the symmetry of the crystal lets ions of a pole be
// drawn aside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <string.h>

static const double same = 1 - 1e-9; // cosine

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void turned(const double rotation[3][3], const double v[3], double out[3])
{
    for (size_t r = 0; r < 3; r++)
        out[r] = dot(rotation[r], v);
}

// Rotations that keep the axis n hold the pole in its place. One that turns it over is,
// beside the inversion, a mirror that n lies in: ions are drawn within it.
static int pull_of(const ia_crystal *crystal, const double n[3], double aside[3])
{
    int found = IA_PULL_ANY;

    for (size_t k = 0; k < crystal->n_rotations; k++) {
        const double(*r)[3] = crystal->rotations[k];
        double trace = r[0][0] + r[1][1] + r[2][2], to[3];
        turned(r, n, to);
        if (dot(to, n) > same && trace < 3 - 1e-6)
            return IA_PULL_NONE;
        if (dot(to, n) < -same && trace < -1 + 1e-6) {
            // The axis of a half turn: r + 1 maps all on it.
            double axis[3] = {0}, length = 0;
            for (size_t c = 0; c < 3 && length < 0.1; c++) {
                for (size_t i = 0; i < 3; i++)
                    axis[i] = r[i][c] + (i == c);
                length = sqrt(dot(axis, axis));
            }
            for (size_t i = 0; i < 3; i++)
                aside[i] = (axis[(i + 1) % 3] * n[(i + 2) % 3] -
                            axis[(i + 2) % 3] * n[(i + 1) % 3]) /
                           length;
            found = IA_PULL_FAMILY;
        }
    }
    return found;
}

// As one of its family is drawn, so is this one: by the rotation that takes that there,
// or to the other side.
static bool is_like(const ia_crystal *crystal, const double n[3],
                    const ia_pole_pull *known, double aside[3])
{
    for (size_t k = 0; k < crystal->n_rotations; k++) {
        double to[3];
        turned(crystal->rotations[k], known->normal, to);
        double along = dot(to, n);
        if (fabs(along) < same)
            continue;
        turned(crystal->rotations[k], known->aside, aside);
        for (size_t i = 0; i < 3; i++)
            aside[i] *= along < 0 ? -1 : 1;
        return true;
    }
    return false;
}

size_t ia_pole_pulls(const ia_crystal *crystal, const ia_named_pole *poles, size_t n,
                     ia_pole_pull *out)
{
    size_t n_families = 0;

    for (size_t i = 0; i < n; i++) {
        ia_pole_pull pull = {.family = -1};
        ia_crystal_normal(crystal, poles[i].hkl, pull.normal);
        pull.kind = pull_of(crystal, pull.normal, pull.aside);
        for (size_t k = 0; k < i && pull.kind == IA_PULL_FAMILY && pull.family < 0; k++)
            if (out[k].family >= 0 && is_like(crystal, pull.normal, &out[k], pull.aside))
                pull.family = out[k].family;
        if (pull.kind == IA_PULL_FAMILY && pull.family < 0)
            pull.family = (int)n_families++;
        out[i] = pull;
    }
    return n_families;
}
