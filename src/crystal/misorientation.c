// src/crystal/misorientation.c: axis and angle of the least turn between two crystals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/misorientation.h>

#include "crystal/misorientation_internal.h"

#include <math.h>
#include <string.h>

static const double degree = 0.017453292519943295;

static void multiply(const double a[3][3], const double b[3][3], double out[3][3])
{
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            out[i][k] = a[i][0] * b[0][k] + a[i][1] * b[1][k] + a[i][2] * b[2][k];
}

void ia_turn_each(const ia_crystal *const crystals[2], const double turn[3][3],
                  ia_turn_visit visit, void *user)
{
    double half[3][3], whole[3][3];
    for (size_t a = 0; a < crystals[0]->n_rotations; a++) {
        multiply(crystals[0]->rotations[a], turn, half);
        for (size_t b = 0; b < crystals[1]->n_rotations; b++) {
            multiply((const double(*)[3])half, crystals[1]->rotations[b], whole);
            visit(user, (const double(*)[3])whole);
        }
    }
}

double ia_turn_angle(const double a[3][3], const double b[3][3])
{
    double squares = 0; // |a - b|^2 = 8 sin^2(angle / 2), exact for small angles
    for (size_t i = 0; i < 9; i++)
        squares += pow(a[i / 3][i % 3] - b[i / 3][i % 3], 2);
    return 2 * asin(fmin(1, sqrt(squares / 8))) / degree;
}

// Unit axis of a turn about which it is right-handed; x where there is none.
static void find_axis(const double t[3][3], double angle_deg, double axis[3])
{
    const double small = 1e-9, straight = 179.9;
    double length = 0;
    if (angle_deg > straight) { // t + 1 = 2 axis axis^T: its longest column
        size_t longest = 0;
        for (size_t k = 1; k < 3; k++)
            if (t[k][k] > t[longest][longest])
                longest = k;
        for (size_t k = 0; k < 3; k++)
            axis[k] = t[k][longest] + (k == longest);
    } else {
        for (size_t k = 0; k < 3; k++)
            axis[k] = t[(k + 2) % 3][(k + 1) % 3] - t[(k + 1) % 3][(k + 2) % 3];
    }
    for (size_t k = 0; k < 3; k++)
        length += axis[k] * axis[k];
    length = sqrt(length);
    for (size_t k = 0; k < 3; k++)
        axis[k] = length > small ? axis[k] / length : k == 0;
}

static void keep_least(void *user, const double turn[3][3])
{
    static const double one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const double same_deg = 1e-6, order[3] = {9, 3, 1};
    ia_turn_between *t = user;
    double angle = ia_turn_angle(turn, one), axis[3], ahead = 0;
    if (angle > t->angle_deg + same_deg)
        return;
    find_axis(turn, angle, axis);
    for (size_t k = 0; k < 3; k++)
        ahead += order[k] * (axis[k] - t->axis[k]);
    if (angle > t->angle_deg - same_deg && ahead < 1e-6)
        return;
    memcpy(t->turn, turn, sizeof t->turn);
    memcpy(t->axis, axis, sizeof axis);
    t->angle_deg = angle;
}

static int common_divisor(int a, int b)
{
    return b == 0 ? (a < 0 ? -a : a) : common_divisor(b, a % b);
}

// The direction of the lattice nearest to the axis.
static void find_uvw(const ia_crystal *crystal, ia_turn_between *t)
{
    enum { MOST = 3 };
    double best = -2;
    for (int u = -MOST; u <= MOST; u++)
        for (int v = -MOST; v <= MOST; v++)
            for (int w = -MOST; w <= MOST; w++) {
                double at[3], dot = 0, length = 0;
                if (common_divisor(common_divisor(u, v), w) != 1)
                    continue;
                for (size_t k = 0; k < 3; k++) {
                    at[k] = u * crystal->direct[0][k] + v * crystal->direct[1][k] +
                            w * crystal->direct[2][k];
                    dot += at[k] * t->axis[k];
                    length += at[k] * at[k];
                }
                dot /= sqrt(length);
                if (dot <= best)
                    continue;
                best = dot;
                t->uvw[0] = u;
                t->uvw[1] = v;
                t->uvw[2] = w;
            }
    t->off_uvw_deg = acos(fmin(1, best)) / degree;
}

void ia_turn_compute(const ia_crystal *const crystals[2], const double first[3][3],
                     const double second[3][3], ia_turn_between *out)
{
    double turn[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            turn[i][k] = first[0][i] * second[0][k] + first[1][i] * second[1][k] +
                         first[2][i] * second[2][k];
    *out = (ia_turn_between){.angle_deg = 360};
    ia_turn_each(crystals, (const double(*)[3])turn, keep_least, out);
    find_uvw(crystals[0], out);
}
