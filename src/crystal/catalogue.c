// src/crystal/catalogue.c: which planes reflect, and the poles they show, widest first.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/crystal.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HKL_MOST = 12, REPEATS = 12 }; // indices looked at; orders of a row of planes
static const double pi = 3.14159265358979323846;
static const double dark = 1e-3; // share of the atoms: no intensity

// A general position: planes go dark where an operation that leaves them shifts them by a
// part of their spacing.
static bool is_allowed(const ia_crystal *c, const int hkl[3])
{
    for (size_t op = 0; op < c->n_ops; op++) {
        bool same = true;
        double shift = 0;
        for (size_t k = 0; k < 3; k++) {
            int turned = 0;
            for (size_t l = 0; l < 3; l++)
                turned += hkl[l] * c->turns[op][l][k];
            same &= turned == hkl[k];
            shift += hkl[k] * c->shifts[op][k];
        }
        if (same && fabs(shift - round(shift)) > 1e-3)
            return false;
    }
    return true;
}

double ia_crystal_amplitude(const ia_crystal *crystal, const int hkl[3])
{
    double re = 0, im = 0, n = (double)crystal->n_atoms;
    if (crystal->n_atoms == 0)
        return is_allowed(crystal, hkl) ? 1 : 0;
    for (size_t a = 0; a < crystal->n_atoms; a++) {
        double phase = 0;
        for (size_t k = 0; k < 3; k++)
            phase += 2 * pi * hkl[k] * crystal->atoms[a][k];
        re += cos(phase);
        im += sin(phase);
    }
    return sqrt(re * re + im * im) / n;
}

bool ia_crystal_reflects(const ia_crystal *crystal, const int hkl[3])
{
    return ia_crystal_amplitude(crystal, hkl) > dark;
}

double ia_crystal_normal(const ia_crystal *crystal, const int hkl[3], double normal[3])
{
    double length = 0;
    for (size_t k = 0; k < 3; k++) {
        normal[k] = 0;
        for (size_t i = 0; i < 3; i++)
            normal[k] += hkl[i] * crystal->reciprocal[i][k];
        length += normal[k] * normal[k];
    }
    length = sqrt(length);
    for (size_t k = 0; k < 3; k++)
        normal[k] /= length;
    return 1 / length;
}

static int common_divisor(int a, int b)
{
    return b == 0 ? abs(a) : common_divisor(b, a % b);
}

// Whether a translation leaves planes where they are.
static bool is_kept(const ia_crystal *c, const int hkl[3], size_t op)
{
    static const int identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double shift = 0;
    if (memcmp(c->turns[op], identity, sizeof identity) != 0)
        return true;
    for (size_t k = 0; k < 3; k++)
        shift += hkl[k] * c->shifts[op][k];
    return fabs(shift - round(shift)) < 1e-3;
}

double ia_crystal_step(const ia_crystal *c, const int hkl[3])
{
    int divisor = common_divisor(common_divisor(hkl[0], hkl[1]), hkl[2]), order = 0;
    double normal[3], spacing = ia_crystal_normal(c, hkl, normal) * divisor;
    bool kept = false;
    while (!kept && order < REPEATS) {
        order++;
        const int next[3] = {order * hkl[0] / divisor, order * hkl[1] / divisor,
                             order * hkl[2] / divisor};
        kept = true;
        for (size_t op = 0; op < c->n_ops && kept; op++)
            kept = is_kept(c, next, op);
    }
    return spacing / order;
}

// The first reflection along a direction; false where none is near.
static bool find_first(const ia_crystal *c, const int hkl[3], ia_pole_kind *out)
{
    for (int order = 1; order <= REPEATS; order++) {
        for (size_t k = 0; k < 3; k++)
            out->hkl[k] = order * hkl[k];
        if (ia_crystal_reflects(c, out->hkl)) {
            out->spacing = ia_crystal_normal(c, out->hkl, out->normal);
            out->strength = out->spacing * pow(ia_crystal_amplitude(c, out->hkl), 2);
            return true;
        }
    }
    return false;
}

// Widest first; of one spacing, positive indices first, for a fixed order.
static int compare(const void *a, const void *b)
{
    const ia_pole_kind *p = a, *q = b;
    if (fabs(p->spacing - q->spacing) > 1e-9 * p->spacing)
        return p->spacing > q->spacing ? -1 : 1;
    for (size_t k = 0; k < 3; k++)
        if (p->hkl[k] != q->hkl[k])
            return p->hkl[k] > q->hkl[k] ? -1 : 1;
    return 0;
}

static int compare_families(const void *a, const void *b)
{
    const ia_pole_kind *p = a, *q = b;
    if (p->family != q->family)
        return p->family < q->family ? -1 : 1;
    return compare(a, b);
}

static bool is_alike(const ia_crystal *c, const ia_pole_kind *a, const ia_pole_kind *b)
{
    for (size_t r = 0; r < c->n_rotations; r++) {
        double dot = 0;
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                dot += b->normal[i] * c->rotations[r][i][k] * a->normal[k];
        if (fabs(dot) > 1 - 1e-9)
            return true;
    }
    return false;
}

// Number the families of sorted kinds; how many kinds belong to the first n_families.
static size_t name_families(const ia_crystal *c, ia_pole_kind *kinds, size_t n,
                            ia_pole_catalogue *out, size_t n_families)
{
    size_t begin = 0, kept = 0; // first of the kinds of this spacing
    out->n_families = 0;
    for (size_t i = 0; i < n; i++) {
        if (fabs(kinds[i].spacing - kinds[begin].spacing) > 1e-9 * kinds[i].spacing)
            begin = i;
        size_t like = begin;
        while (like < i && !is_alike(c, &kinds[like], &kinds[i]))
            like++;
        if (like == i && begin == i && out->n_families >= n_families)
            break;
        kinds[i].family = like < i ? kinds[like].family : out->n_families++;
        kept = i + 1;
    }
    return kept;
}

ia_status ia_pole_catalogue_build(ia_ctx *ctx, const ia_crystal *crystal,
                                  size_t n_families, ia_pole_catalogue *out)
{
    enum { SIDE = 2 * HKL_MOST + 1 };
    ia_pole_kind *kinds = ia_array(ctx, SIDE * SIDE * SIDE, sizeof *kinds);
    size_t n = 0;
    if (!kinds)
        return IA_ERR_MEMORY;
    for (int h = -HKL_MOST; h <= HKL_MOST; h++)
        for (int k = -HKL_MOST; k <= HKL_MOST; k++)
            for (int l = -HKL_MOST; l <= HKL_MOST; l++) {
                const int hkl[3] = {h, k, l};
                if (common_divisor(common_divisor(h, k), l) == 1 &&
                    find_first(crystal, hkl, &kinds[n]))
                    n++;
            }
    qsort(kinds, n, sizeof *kinds, compare);
    ia_pole_catalogue made = {0};
    made.n = name_families(crystal, kinds, n, &made, n_families);
    qsort(kinds, made.n, sizeof *kinds, compare_families);
    if (!(made.kinds = ia_array(ctx, made.n, sizeof *made.kinds))) {
        free(kinds);
        return IA_ERR_MEMORY;
    }
    memcpy(made.kinds, kinds, made.n * sizeof *kinds);
    free(kinds);
    *out = made;
    return IA_OK;
}

static int compare_strengths(const void *a, const void *b)
{
    const ia_pole_kind *p = a, *q = b;
    if (fabs(p->strength - q->strength) > 1e-9 * p->strength)
        return p->strength > q->strength ? -1 : 1;
    return compare_families(a, b);
}

void ia_pole_catalogue_rank(size_t n_families, ia_pole_catalogue *catalogue)
{
    ia_pole_kind *kinds = catalogue->kinds;
    size_t number = 0, kept = 0;
    qsort(kinds, catalogue->n, sizeof *kinds, compare_strengths);
    for (size_t begin = 0, i = 0; i < catalogue->n; begin = i, number++) {
        size_t family = kinds[begin].family;
        for (; i < catalogue->n && kinds[i].family == family; i++)
            kinds[i].family = number;
        kept = number < n_families ? i : kept;
    }
    catalogue->n = kept;
    catalogue->n_families = number < n_families ? number : n_families;
}

void ia_pole_catalogue_clear(ia_pole_catalogue *catalogue)
{
    free(catalogue->kinds);
    *catalogue = (ia_pole_catalogue){0};
}

double ia_misorientation(const ia_crystal *crystal, const double a[3][3],
                         const double b[3][3])
{
    double most = -1, turn[3][3]; // a^T b
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            turn[i][k] = 0;
            for (size_t l = 0; l < 3; l++)
                turn[i][k] += a[l][i] * b[l][k];
        }
    for (size_t r = 0; r < crystal->n_rotations; r++) {
        double trace = 0;
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                trace += turn[i][k] * crystal->rotations[r][i][k];
        most = fmax(most, trace);
    }
    return acos(fmax(-1, fmin(1, (most - 1) / 2)));
}
