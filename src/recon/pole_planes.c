// src/recon/pole_planes.c: where on the detector the planes of a pole face it, from the
// ions that come off them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Ions of a pole in parts of the run, over each of which planes keep step.
enum { PARTS_MOST = 64, IONS_MOST = 8000, SEARCHED = 1500 };
typedef struct {
    float *xyz;                   // (n, 3) nm, from the mean of their part
    size_t begin[PARTS_MOST + 1]; // of the parts
    size_t n_parts;
    double frame[3][3]; // the normal foretold, and two ways across it
    double spacing;     // foretold, nm
    double spread[3];   // rms of the places along the frame, nm
} planes;

static const double two_pi = 6.28318530717958648;
static const double part_spacings = 25;             // depth of a part
static const double widest[3] = {0.03, 0.09, 0.09}; // of the normal foretold, shares

// 1 on average where ions lie anywhere. `by`: off the foretold, as shares of 1/spacing.
static double power_of(const planes *p, const double by[3])
{
    double k[3], sum = 0;

    for (int c = 0; c < 3; c++)
        k[c] = two_pi / p->spacing *
               ((1 + by[0]) * p->frame[0][c] + by[1] * p->frame[1][c] +
                by[2] * p->frame[2][c]);
    for (size_t part = 0; part < p->n_parts; part++) {
        double re = 0, im = 0, n = 0;
        for (size_t i = p->begin[part]; i < p->begin[part + 1]; i++) {
            const float *at = p->xyz + 3 * i;
            double phase =
                k[0] * (double)at[0] + k[1] * (double)at[1] + k[2] * (double)at[2];
            re += cos(phase);
            im += sin(phase);
            n++;
        }
        sum += n > 0 ? (re * re + im * im) / n : 0;
    }
    return sum / (double)p->n_parts;
}

static void set_frame(const double normal[3], planes *p)
{
    size_t least = 0;
    double length = 0, *a = p->frame[1];

    for (size_t c = 1; c < 3; c++)
        if (fabs(normal[c]) < fabs(normal[least]))
            least = c;
    memcpy(p->frame[0], normal, sizeof p->frame[0]);
    for (size_t c = 0; c < 3; c++) {
        a[c] = (c == least) - normal[least] * normal[c];
        length += a[c] * a[c];
    }
    for (size_t c = 0; c < 3; c++)
        a[c] /= sqrt(length);
    for (size_t c = 0; c < 3; c++)
        p->frame[2][c] =
            normal[(c + 1) % 3] * a[(c + 2) % 3] - normal[(c + 2) % 3] * a[(c + 1) % 3];
}

// Each part is so many spacings deep, or as deep as PARTS_MOST of them make it.
static void part_ions(const ia_pole_spot *s, planes *p)
{
    size_t stride = s->n / IONS_MOST + 1, n = s->n / stride;
    const double *normal = p->frame[0];
    double first = 0, last = 0;

    for (size_t i = 0; i < n; i++) {
        const float *from = s->xyz + 3 * i * stride;
        const float at[3] = {from[0], from[1], -from[2]}; // as normals have it
        memcpy(p->xyz + 3 * i, at, sizeof at);
        double along = 0;
        for (size_t c = 0; c < 3; c++)
            along += normal[c] * (double)p->xyz[3 * i + c];
        first += i < n / 10 ? along : 0;
        last += i >= n - n / 10 ? along : 0;
    }
    double depth = fabs(last - first) / (double)(n / 10) / 0.9;
    double parts = fmin(PARTS_MOST, fmax(1, round(depth / (part_spacings * p->spacing))));
    p->n_parts = (size_t)parts;
    for (size_t part = 0; part <= p->n_parts; part++)
        p->begin[part] = n * part / p->n_parts;
}

// From the mean of each part; how they spread.
static void centre_parts(planes *p)
{
    double square[3] = {0};

    for (size_t part = 0; part < p->n_parts; part++) {
        size_t begin = p->begin[part], end = p->begin[part + 1];
        double mean[3] = {0};
        for (size_t i = begin; i < end; i++)
            for (size_t c = 0; c < 3; c++)
                mean[c] += (double)p->xyz[3 * i + c] / (double)(end - begin);
        for (size_t i = begin; i < end; i++) {
            float *at = p->xyz + 3 * i;
            for (size_t c = 0; c < 3; c++)
                at[c] -= (float)mean[c];
            for (size_t e = 0; e < 3; e++) {
                double along = 0;
                for (size_t c = 0; c < 3; c++)
                    along += p->frame[e][c] * (double)at[c];
                square[e] += along * along;
            }
        }
    }
    for (size_t e = 0; e < 3; e++)
        p->spread[e] = sqrt(square[e] / (double)p->begin[p->n_parts]);
}

// Steps in which the power changes little, in shares of 1/spacing.
static void set_steps(const planes *p, double step[3])
{
    const double phase = 0.12; // of a turn, rms

    for (size_t e = 0; e < 3; e++)
        step[e] = phase * p->spacing / p->spread[e];
}

// Phases of a share of the ions as complex numbers, all real parts first: the waves of a
// grid differ by factors, which is quicker than a sine for each.
typedef struct {
    size_t n, begin[PARTS_MOST + 1]; // ions; of the parts
    double *row, *now;               // (2, n) at the first of a row; now. Owned: row
    double *next[2];                 // (2, n) from one row or column to the next
} phasors;

static double phase_of(const planes *p, const double direction[3], const float *at)
{
    double along = 0;

    for (size_t c = 0; c < 3; c++)
        along += direction[c] * (double)at[c];
    return two_pi / p->spacing * along;
}

static ia_status set_phasors(ia_ctx *ctx, const planes *p, const double step[3],
                             phasors *out)
{
    enum { ARRAYS = 4 };
    size_t stride = p->begin[p->n_parts] / SEARCHED + 1, n = 0;
    double *room = ia_array(ctx, 2 * ARRAYS * (SEARCHED + PARTS_MOST), sizeof *room);
    double **arrays[ARRAYS] = {&out->row, &out->now, &out->next[0], &out->next[1]};

    if (!room)
        return IA_ERR_MEMORY;
    for (size_t part = 0; part < p->n_parts; part++) {
        out->begin[part] = n;
        n += (p->begin[part + 1] - p->begin[part] + stride - 1) / stride;
    }
    out->begin[p->n_parts] = out->n = n;
    for (size_t k = 0; k < ARRAYS; k++)
        *arrays[k] = room + 2 * n * k;
    for (size_t part = 0, k = 0; part < p->n_parts; part++)
        for (size_t i = p->begin[part]; i < p->begin[part + 1]; i += stride, k++)
            for (size_t e = 1; e < 3; e++) {
                double phase = step[e] * phase_of(p, p->frame[e], p->xyz + 3 * i);
                out->next[e - 1][k] = cos(phase);
                out->next[e - 1][n + k] = sin(phase);
            }
    return IA_OK;
}

static void begin_phasors(const planes *p, const double by[3], phasors *out)
{
    size_t stride = p->begin[p->n_parts] / SEARCHED + 1;
    double k[3];

    for (size_t c = 0; c < 3; c++)
        k[c] = (1 + by[0]) * p->frame[0][c] + by[1] * p->frame[1][c] +
               by[2] * p->frame[2][c];
    for (size_t part = 0, at = 0; part < p->n_parts; part++)
        for (size_t i = p->begin[part]; i < p->begin[part + 1]; i += stride, at++) {
            double phase = phase_of(p, k, p->xyz + 3 * i);
            out->row[at] = cos(phase);
            out->row[out->n + at] = sin(phase);
        }
}

static void go_on(double *z, const double *factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double re = z[i] * factor[i] - z[n + i] * factor[n + i];
        z[n + i] = z[i] * factor[n + i] + z[n + i] * factor[i];
        z[i] = re;
    }
}

static double power_now(const planes *p, const phasors *z)
{
    double sum = 0;

    for (size_t part = 0; part < p->n_parts; part++) {
        double re = 0, im = 0, n = (double)(z->begin[part + 1] - z->begin[part]);
        for (size_t i = z->begin[part]; i < z->begin[part + 1]; i++) {
            re += z->now[i];
            im += z->now[z->n + i];
        }
        sum += n > 0 ? (re * re + im * im) / n : 0;
    }
    return sum / (double)p->n_parts;
}

// Steps to either side; false where no reconstruction with planes has so many: its ions
// are spread over more than any tip.
static bool set_reach(const double step[3], int reach[3])
{
    const double most = 4e6; // waves: some seconds
    double waves = 1;

    for (size_t e = 0; e < 3; e++)
        waves *= 2 * ceil(widest[e] / step[e]) + 1;
    if (!(waves < most))
        return false;
    for (size_t e = 0; e < 3; e++)
        reach[e] = (int)ceil(widest[e] / step[e]);
    return true;
}

// The greatest power on a grid about what is foretold.
static ia_status search(ia_ctx *ctx, const planes *p, const double step[3],
                        const int reach[3], double best[3])
{
    double most = -1;
    phasors z = {.n = 0};
    ia_status st = set_phasors(ctx, p, step, &z);

    for (int a = -reach[0]; st == IA_OK && a <= reach[0]; a++) {
        const double from[3] = {a * step[0], -reach[1] * step[1], -reach[2] * step[2]};
        begin_phasors(p, from, &z);
        for (int b = -reach[1]; b <= reach[1]; b++) {
            memcpy(z.now, z.row, 2 * z.n * sizeof *z.now);
            for (int c = -reach[2]; c <= reach[2]; c++) {
                double power = power_now(p, &z);
                if (power > most) {
                    const double by[3] = {a * step[0], b * step[1], c * step[2]};
                    most = power;
                    memcpy(best, by, sizeof by);
                }
                go_on(z.now, z.next[1], z.n);
            }
            go_on(z.row, z.next[0], z.n);
        }
        st = ia_step(ctx, "planes of a pole", (a + reach[0] + 1) / (2.0 * reach[0] + 1));
    }
    free(z.row);
    return st;
}

// To the summit near a place, along each way in turn.
static double climb(const planes *p, const double step[3], double by[3])
{
    enum { ROUNDS = 5 };
    double at = power_of(p, by);

    for (int round = 0; round < ROUNDS; round++)
        for (size_t e = 0; e < 3; e++) {
            double h = 0.5 * step[e], side[3];
            memcpy(side, by, sizeof side);
            side[e] = by[e] - h;
            double before = power_of(p, side);
            side[e] = by[e] + h;
            double after = power_of(p, side), curvature = before + after - 2 * at;
            double way = curvature < 0 ? 0.5 * h * (before - after) / curvature : 0;
            side[e] = by[e] + fmax(-h, fmin(h, way));
            double moved = power_of(p, side);
            if (moved > at) {
                at = moved;
                by[e] = side[e];
            }
        }
    return at;
}

ia_status ia_pole_planes(ia_ctx *ctx, const ia_pole_spot *spot, const double normal[3],
                         double spacing, ia_pole_facing *out)
{
    planes p = {.spacing = spacing};
    double step[3], by[3] = {0};
    int reach[3];

    *out = (ia_pole_facing){.doubt = NAN};
    if (!(p.xyz = ia_array(ctx, spot->n < IONS_MOST ? spot->n : 2 * IONS_MOST,
                           3 * sizeof *p.xyz)))
        return IA_ERR_MEMORY;
    set_frame(normal, &p);
    part_ions(spot, &p);
    centre_parts(&p);
    set_steps(&p, step);
    bool can_be = set_reach(step, reach);
    ia_status st = can_be ? search(ctx, &p, step, reach, by) : IA_OK;
    if (st != IA_OK || !can_be) {
        free(p.xyz);
        return st;
    }
    out->power = climb(&p, step, by);
    double length = 0, n = (double)p.begin[p.n_parts];
    for (size_t c = 0; c < 3; c++) {
        out->normal[c] =
            (1 + by[0]) * p.frame[0][c] + by[1] * p.frame[1][c] + by[2] * p.frame[2][c];
        length += out->normal[c] * out->normal[c];
    }
    length = sqrt(length);
    for (size_t c = 0; c < 3; c++)
        out->normal[c] /= length;
    out->spacing = spacing / length;
    // Of a density 1 + 2 share cos(phase): the information of an ion is 2 share^2.
    double share2 = (out->power - 1) * (double)p.n_parts / n;
    double across = 0.5 * (p.spread[1] + p.spread[2]);
    if (share2 > 0) {
        double unit = spacing / (two_pi * sqrt(2 * n * share2));
        out->doubt = unit / across;
        out->sigma_spacing = out->spacing * unit / p.spread[0];
    }
    free(p.xyz);
    return IA_OK;
}
