// src/crystal/relation.c: coincidence lattices and orientation relationships by name.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/misorientation.h>

#include "crystal/misorientation_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CUBIC = 24, SIGMA_MOST = 29, LATTICES_MOST = 40 };
static const double degree = 0.017453292519943295;

// A plane and a direction in it of one crystal are parallel to those of the other.
// Lattices by their space groups; 0: any cubic one.
typedef struct {
    const char *name;
    int groups[2];
    int planes[2][3], directions[2][3];
} relationship;

enum { ANY_CUBIC = 0, FCC = 225, BCC = 229, HCP = 194 };
static const relationship relationships[] = {
    {"Kurdjumov-Sachs", {FCC, BCC}, {{1, 1, 1}, {0, 1, 1}}, {{-1, 0, 1}, {-1, -1, 1}}},
    {"Nishiyama-Wassermann", {FCC, BCC}, {{1, 1, 1}, {0, 1, 1}}, {{0, 1, -1}, {1, 0, 0}}},
    {"Pitsch", {FCC, BCC}, {{0, 0, 1}, {1, 0, 1}}, {{1, 1, 0}, {1, 1, -1}}},
    {"Bain", {FCC, BCC}, {{0, 0, 1}, {0, 0, 1}}, {{1, 1, 0}, {1, 0, 0}}},
    {"Burgers", {BCC, HCP}, {{1, 1, 0}, {0, 0, 1}}, {{1, -1, 1}, {1, 0, 0}}},
    {"Pitsch-Schrader", {BCC, HCP}, {{1, 1, 0}, {0, 0, 1}}, {{0, 0, 1}, {1, 0, 0}}},
    {"Shoji-Nishiyama", {FCC, HCP}, {{1, 1, 1}, {0, 0, 1}}, {{1, -1, 0}, {1, 0, 0}}},
    {"cube on cube",
     {ANY_CUBIC, ANY_CUBIC},
     {{0, 0, 1}, {0, 0, 1}},
     {{1, 0, 0}, {1, 0, 0}}},
};

typedef struct {
    const double (*known)[3];
    double least;
} nearest;

static void look(void *user, const double turn[3][3])
{
    nearest *n = user;
    n->least = fmin(n->least, ia_turn_angle(turn, n->known));
}

// Least turn from a known one, by symmetry.
static double off_known(const ia_crystal *const crystals[2], const double turn[3][3],
                        const double known[3][3])
{
    nearest n = {known, 360};
    ia_turn_each(crystals, turn, look, &n);
    return n.least;
}

// A coincidence lattice: the turn of an integer quaternion, largest number first, whose
// norm is Sigma (odd); others are alike by symmetry (Grimmer 1974, Acta
// Crystallographica A30, 685).
typedef struct {
    int sigma;
    double quaternion[4]; // unit
    double angle;         // least by symmetry, degree
} coincidence;

static int common_divisor(int a, int b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

static double least_angle(const double q[4])
{
    double most =
        fmax(q[0], fmax((q[0] + q[1]) / sqrt(2), (q[0] + q[1] + q[2] + q[3]) / 2));
    return 2 * acos(fmin(1, most)) / degree;
}

// One of each class.
static size_t add_coincidence(const int q[4], coincidence *list, size_t n)
{
    int norm = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
    int common = common_divisor(common_divisor(q[0], q[1]), common_divisor(q[2], q[3]));
    coincidence c = {.sigma = norm};
    if (common != 1 || norm % 2 == 0 || norm > SIGMA_MOST || n == LATTICES_MOST)
        return n;
    for (size_t k = 0; k < 4; k++)
        c.quaternion[k] = q[k] / sqrt(norm);
    c.angle = least_angle(c.quaternion);
    for (size_t i = 0; i < n; i++)
        if (list[i].sigma == norm && fabs(list[i].angle - c.angle) < 0.01)
            return n;
    list[n] = c;
    return n + 1;
}

static size_t list_coincidences(coincidence list[LATTICES_MOST])
{
    size_t n = 0;
    for (int a = 1; a * a <= SIGMA_MOST; a++)
        for (int b = 0; b <= a; b++)
            for (int c = 0; c <= b; c++)
                for (int d = 0; d <= c; d++) {
                    const int q[4] = {a, b, c, d};
                    n = add_coincidence(q, list, n);
                }
    return n;
}

static void to_matrix(const double q[4], double out[3][3])
{
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            size_t third = 3 - i - k;
            double sign = (k + 3 - i) % 3 == 1 ? -1 : 1;
            out[i][k] = 2 * q[i + 1] * q[k + 1];
            if (i == k)
                out[i][k] += 2 * q[0] * q[0] - 1;
            else
                out[i][k] += sign * 2 * q[0] * q[third + 1];
        }
}

// "Sigma 13b": letters where there are several, by rising angle.
static void name_coincidence(const coincidence *list, size_t n, size_t which,
                             ia_relation *out)
{
    size_t before = 0, same = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].sigma == list[which].sigma) {
            same++;
            before += list[i].angle < list[which].angle;
        }
    snprintf(out->name, sizeof out->name, "Sigma %d%c", list[which].sigma,
             same > 1 ? (char)('a' + before) : '\0');
}

static void find_coincidence(const ia_crystal *const crystals[2],
                             const ia_turn_between *turn, ia_relation *out)
{
    const double brandon_deg = 15;
    coincidence list[LATTICES_MOST];
    size_t n = list_coincidences(list);
    double best = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double known[3][3], limit = brandon_deg / sqrt(list[i].sigma);
        to_matrix(list[i].quaternion, known);
        double off = off_known(crystals, turn->turn, (const double(*)[3])known);
        if (off / limit >= best)
            continue;
        best = off / limit;
        out->off_deg = off;
        out->limit_deg = limit;
        name_coincidence(list, n, i, out);
    }
}

// Rows: normal of the plane, direction in it, across.
static void lay(const ia_crystal *c, const int plane[3], const int direction[3],
                double out[3][3])
{
    double length = 0;
    ia_crystal_normal(c, plane, out[0]);
    for (size_t k = 0; k < 3; k++) {
        out[1][k] = direction[0] * c->direct[0][k] + direction[1] * c->direct[1][k] +
                    direction[2] * c->direct[2][k];
        length += out[1][k] * out[1][k];
    }
    for (size_t k = 0; k < 3; k++)
        out[1][k] /= sqrt(length);
    for (size_t k = 0; k < 3; k++)
        out[2][k] = out[0][(k + 1) % 3] * out[1][(k + 2) % 3] -
                    out[0][(k + 2) % 3] * out[1][(k + 1) % 3];
}

// The turn of the second crystal into the first that a relationship says; `side` is that
// of the first crystal in it.
static void turn_of(const relationship *r, const ia_crystal *const crystals[2],
                    size_t side, double out[3][3])
{
    double rows[2][3][3];
    for (size_t i = 0; i < 2; i++) {
        size_t at = i == 0 ? side : 1 - side;
        lay(crystals[i], r->planes[at], r->directions[at], rows[i]);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            out[i][k] = rows[0][0][i] * rows[1][0][k] + rows[0][1][i] * rows[1][1][k] +
                        rows[0][2][i] * rows[1][2][k];
}

static bool is_group(const ia_crystal *c, int group)
{
    return c->space_group == group || (group == ANY_CUBIC && c->n_rotations == CUBIC);
}

static void find_relationship(const ia_crystal *const crystals[2],
                              const ia_turn_between *turn, double sigma_deg,
                              ia_relation *out)
{
    const double errors = 4; // of three axes: 0.999
    double best = INFINITY;
    for (size_t i = 0; i < sizeof relationships / sizeof relationships[0]; i++)
        for (size_t side = 0; side < 2; side++) {
            const relationship *r = &relationships[i];
            double known[3][3];
            if (!is_group(crystals[0], r->groups[side]) ||
                !is_group(crystals[1], r->groups[1 - side]))
                continue;
            turn_of(r, crystals, side, known);
            double off = off_known(crystals, turn->turn, (const double(*)[3])known);
            if (off >= best)
                continue;
            best = out->off_deg = off;
            out->limit_deg = errors * sigma_deg;
            snprintf(out->name, sizeof out->name, "%s", r->name);
        }
}

void ia_relation_find(const ia_crystal *const crystals[2], const ia_turn_between *turn,
                      double sigma_deg, ia_relation *out)
{
    *out = (ia_relation){.off_deg = NAN, .limit_deg = NAN};
    if (strcmp(crystals[0]->name, crystals[1]->name) != 0)
        find_relationship(crystals, turn, sigma_deg, out);
    else if (crystals[0]->n_rotations == CUBIC)
        find_coincidence(crystals, turn, out);
}
