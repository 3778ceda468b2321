// tests/plain_profile.h: profiles about a mesh by loops over all triangles and ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_PLAIN_PROFILE_H
#define IONATLAS_TESTS_PLAIN_PROFILE_H

#include "proxigram_case.h"

// The plain way: every triangle, its plane, its sides, its corners.
static inline double plain_distance(const ia_mesh *m, const float *xyz)
{
    double best = INFINITY;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], q[3], n[3], length = 0;
        for (size_t k = 0; k < 3; k++)
            q[k] = (double)xyz[k];
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k];
        for (int k = 0; k < 3; k++) {
            int a = (k + 1) % 3, b = (k + 2) % 3;
            n[k] = (p[1][a] - p[0][a]) * (p[2][b] - p[0][b]) -
                   (p[1][b] - p[0][b]) * (p[2][a] - p[0][a]);
            length += n[k] * n[k];
        }
        length = sqrt(length);
        double height = 0;
        for (int k = 0; k < 3; k++)
            height += (q[k] - p[0][k]) * n[k] / length;
        bool over = length > 0;
        for (int c = 0; c < 3; c++) { // sides, and which side of them the foot is on
            double u[3], w[3], uu = 0, uw = 0, d2 = 0, turn = 0;
            for (int k = 0; k < 3; k++) {
                u[k] = p[(c + 1) % 3][k] - p[c][k];
                w[k] = q[k] - p[c][k];
                uu += u[k] * u[k];
                uw += u[k] * w[k];
            }
            double at = uu > 0 ? fmax(0, fmin(1, uw / uu)) : 0;
            for (int k = 0; k < 3; k++) {
                int a = (k + 1) % 3, b = (k + 2) % 3;
                d2 += pow(w[k] - at * u[k], 2);
                turn += n[k] * (u[a] * w[b] - u[b] * w[a]);
            }
            over &= turn >= 0;
            best = fmin(best, sqrt(d2));
        }
        if (over)
            best = fmin(best, fabs(height));
    }
    return best;
}

// The solid angle that closed surfaces fill seen from a point, over 4 pi: 1 inside, 0
// outside (van Oosterom and Strackee 1983, doi:10.1109/TBME.1983.325207).
static inline double winding(const ia_mesh *m, const float *xyz)
{
    double sum = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], length[3], volume = 0, dots[3];
        for (size_t c = 0; c < 3; c++) {
            length[c] = 0;
            for (size_t k = 0; k < 3; k++) {
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k] -
                          (double)xyz[k];
                length[c] += p[c][k] * p[c][k];
            }
            length[c] = sqrt(length[c]);
        }
        for (size_t c = 0; c < 3; c++) {
            const double *a = p[c], *b = p[(c + 1) % 3];
            dots[c] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            size_t i = (c + 1) % 3, j = (c + 2) % 3;
            volume += p[0][c] * (p[1][i] * p[2][j] - p[1][j] * p[2][i]);
        }
        sum += 2 * atan2(volume, length[0] * length[1] * length[2] + dots[0] * length[2] +
                                     dots[1] * length[0] + dots[2] * length[1]);
    }
    return sum / (4 * M_PI);
}

// Counts by distance, every triangle asked; ions within 1e-5 nm of a limit apart.
typedef struct {
    double ions[40], copper[40], doubtful;
} plain_profile;

static inline plain_profile profile_by_loops(const cluster_case *c, const ia_mesh *m,
                                             const ia_proxigram *p)
{
    plain_profile out = {.doubtful = 0};
    double bin = p->edge[1] - p->edge[0];
    assert_true(p->n_bins <= 40);
    for (size_t i = 0; i < c->ions.n; i++) {
        const float *at = c->xyz + 3 * i;
        double inside = winding(m, at);
        assert_true(fabs(inside - round(inside)) < 1e-6);
        double d = plain_distance(m, at) * (inside > 0.5 ? 1 : -1);
        double place = (d - p->edge[0]) / bin;
        if (!(place > -1 && place < (double)p->n_bins + 1))
            continue;
        if (fabs(place - round(place)) * bin < 1e-5)
            out.doubtful++;
        if (place < 0 || place >= (double)p->n_bins)
            continue;
        out.ions[(size_t)place]++;
        out.copper[(size_t)place] += c->mass[i] == (float)mass_cu;
    }
    return out;
}

// A profile of copper is what loops count; a third of the ions are near the mesh.
static inline void check_profile(const cluster_case *c, const ia_mesh *m,
                                 const ia_proxigram *p)
{
    plain_profile plain = profile_by_loops(c, m, p);
    double n = 0, off = 0;
    for (size_t b = 0; b < p->n_bins; b++) {
        n += plain.ions[b];
        off += fabs(plain.ions[b] - (double)p->ions[b]);
        off += fabs(plain.copper[b] - p->elements[0].shares[b].counts);
    }
    assert_true(n > (double)c->ions.n / 3);
    if (off > 4 * plain.doubtful) // two bins, ions and copper
        fail_msg("%g counts differ, %g ions may", off, plain.doubtful);
}

#endif
