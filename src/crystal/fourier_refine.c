// src/crystal/fourier_refine.c: reflections to their maxima on the ions, with errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "core/vector.h"
#include "crystal/fourier_internal.h"
#include "crystal/turns.h"

#include <stdlib.h>
#include <string.h>

// Weighted sums over the ions of a region: 1, x, y, z, xx, xy, xz, yy, yz, zz, each times
// exp(2 pi i k.r), real and imaginary parts; then the weights and their squares.
enum { TERMS = 10, SUMS = 2 * TERMS + 2, LANES = 8 };
static const double two_pi = 6.283185307179586;

// A region's intensity with its slope and curvature in k.
typedef struct {
    double value, most; // `most`: of planes without blur
    double slope[3], curve[9];
} local;

typedef struct {
    double x[LANES], y[LANES], z[LANES], w[LANES];
    size_t n;
} bunch;

IA_VECTOR static void add_bunch(const bunch *b, const double k[3],
                                double sums[restrict SUMS][LANES])
{
    for (size_t i = 0; i < LANES; i++) {
        double x = b->x[i], y = b->y[i], z = b->z[i], sine, cosine;
        ia_turns(k[0] * x + k[1] * y + k[2] * z, &sine, &cosine);
        double c = b->w[i] * cosine, s = b->w[i] * sine;
        double terms[TERMS] = {1, x, y, z, x * x, x * y, x * z, y * y, y * z, z * z};
        for (size_t t = 0; t < TERMS; t++) {
            sums[2 * t][i] += c * terms[t];
            sums[2 * t + 1][i] += s * terms[t];
        }
        sums[2 * TERMS][i] += b->w[i];
        sums[2 * TERMS + 1][i] += b->w[i] * b->w[i];
    }
}

// Of one cell of a cube.
static void sum_cell(const ia_regions *regions, const ia_region_cell *cell,
                     const double centre[3], const double k[3], double total[SUMS])
{
    double sums[SUMS][LANES] = {{0}}, edge = 2 * regions->cell;
    bunch b = {.n = 0};
    for (size_t i = cell->begin; i < cell->end; i++) {
        double at[3];
        for (size_t c = 0; c < 3; c++)
            at[c] = (double)regions->xyz[3 * i + c] - centre[c];
        if (fmax(fabs(at[0]), fmax(fabs(at[1]), fabs(at[2]))) >= edge / 2)
            continue;
        b.x[b.n] = at[0];
        b.y[b.n] = at[1];
        b.z[b.n] = at[2];
        b.w[b.n++] = ia_fourier_weight(at, edge);
        if (b.n == LANES) {
            add_bunch(&b, k, sums);
            b.n = 0;
        }
    }
    for (size_t i = b.n; b.n > 0 && i < LANES; i++)
        b.w[i] = b.x[i] = b.y[i] = b.z[i] = 0;
    if (b.n > 0)
        add_bunch(&b, k, sums);
    for (size_t s = 0; s < SUMS; s++) {
        total[s] = 0;
        for (size_t i = 0; i < LANES; i++)
            total[s] += sums[s][i];
    }
}

// |F|^2 = conj(F) F, F' = 2 pi i sum w r e, F'' = -4 pi^2 sum w r r e.
static void derive(const double sums[SUMS], local *out)
{
    static const size_t second[3][3] = {{4, 5, 6}, {5, 7, 8}, {6, 8, 9}};
    double re = sums[0], im = sums[1], w2 = sums[2 * TERMS + 1];
    double scale = w2 > 0 ? 1 / w2 : 0;
    out->value = scale * (re * re + im * im);
    out->most = scale * sums[2 * TERMS] * sums[2 * TERMS];
    for (size_t a = 0; a < 3; a++) {
        const double *ra = sums + 2 * (a + 1);
        out->slope[a] = 2 * two_pi * scale * (im * ra[0] - re * ra[1]);
        for (size_t b = 0; b < 3; b++) {
            const double *rb = sums + 2 * (b + 1), *rr = sums + 2 * second[a][b];
            double product = ra[0] * rb[0] + ra[1] * rb[1];
            double across = re * rr[0] + im * rr[1];
            out->curve[3 * a + b] = 2 * two_pi * two_pi * scale * (product - across);
        }
    }
}

// What is known at k: of each cube, and of each of its cells.
typedef struct {
    const ia_regions *regions;
    const double *k;
    local *locals;         // (n_cubes)
    double (*parts)[SUMS]; // (n_cubes, IA_REGION_CELLS)
} pass;

static void sum_cube(const pass *p, size_t cube, double (*parts)[SUMS], local *out)
{
    ia_region_cell cells[IA_REGION_CELLS];
    double centre[3], sums[SUMS] = {0};
    ia_regions_centre(p->regions, cube, centre);
    ia_regions_cells(p->regions, cube, cells);
    for (size_t c = 0; c < IA_REGION_CELLS; c++) {
        sum_cell(p->regions, &cells[c], centre, p->k, parts[c]);
        for (size_t s = 0; s < SUMS; s++)
            sums[s] += parts[c][s];
    }
    derive(sums, out);
}

static void run_region(void *user, size_t cube, size_t worker)
{
    const pass *p = user;
    (void)worker;
    sum_cube(p, cube, p->parts + cube * IA_REGION_CELLS, &p->locals[cube]);
}

static void add_up(const local *locals, size_t n, local *total)
{
    *total = (local){0};
    for (size_t i = 0; i < n; i++) {
        total->value += locals[i].value / (double)n;
        total->most += locals[i].most / (double)n;
        for (size_t a = 0; a < 3; a++)
            total->slope[a] += locals[i].slope[a] / (double)n;
        for (size_t a = 0; a < 9; a++)
            total->curve[a] += locals[i].curve[a] / (double)n;
    }
}

// Inverse of a symmetric matrix whose negative is positive; false where it is not.
static bool invert(const double m[9], double out[9])
{
    double minor[3] = {m[4] * m[8] - m[5] * m[7], m[5] * m[6] - m[3] * m[8],
                       m[3] * m[7] - m[4] * m[6]};
    double det = m[0] * minor[0] + m[1] * minor[1] + m[2] * minor[2];
    if (!(m[0] < 0 && m[0] * m[4] - m[1] * m[3] > 0 && det < 0))
        return false;
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 3; c++) {
            size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
            out[3 * c + r] =
                (m[3 * r1 + c1] * m[3 * r2 + c2] - m[3 * r1 + c2] * m[3 * r2 + c1]) / det;
        }
    return true;
}

// Likewise, bent until it is the curvature of a top.
static void invert_bent(const double m[9], double out[9])
{
    double bent[9], size = 1e-300;
    memcpy(bent, m, sizeof bent);
    for (size_t a = 0; a < 9; a++)
        size = fmax(size, fabs(m[a]));
    for (double bend = 0.1 * size; !invert(bent, out); bend *= 2)
        for (size_t a = 0; a < 9; a += 4)
            bent[a] = m[a] - bend;
}

// Newton's step, at most half a wave over the cube.
static bool step_up(const local *total, double most, double k[3])
{
    double inverse[9], step[3], length = 0;
    invert_bent(total->curve, inverse);
    for (size_t a = 0; a < 3; a++) {
        step[a] = 0;
        for (size_t b = 0; b < 3; b++)
            step[a] -= inverse[3 * a + b] * total->slope[b];
        length += step[a] * step[a];
    }
    length = sqrt(length);
    double scale = length > most ? most / length : 1;
    for (size_t a = 0; a < 3; a++)
        k[a] += scale * step[a];
    return length > 1e-7 * most;
}

static void tell_size(ia_reflection *r)
{
    double k2 = 0, along = 0, trace = 0;
    for (size_t a = 0; a < 3; a++)
        k2 += r->k[a] * r->k[a];
    for (size_t a = 0; a < 9; a++) {
        along += r->covariance[a] * r->k[a / 3] * r->k[a % 3] / k2;
        trace += a % 4 == 0 ? r->covariance[a] : 0;
    }
    r->spacing = 1 / sqrt(k2);
    r->sigma_spacing = sqrt(fmax(along, 0)) / k2;
    r->sigma_deg = sqrt(fmax(trace - along, 0) / k2) * 360 / two_pi;
}

// Newton's steps to the top near `from`; `total` is then what is known there.
typedef ia_status (*look)(void *user, const double k[3], local *total);

static ia_status climb(look at, void *user, double edge, ia_reflection *r, local *total)
{
    enum { STEPS = 8 };
    double most = 0.5 / edge, from[3] = {r->k[0], r->k[1], r->k[2]};
    for (size_t i = 0; i < STEPS; i++) {
        ia_status st = at(user, r->k, total);
        if (st != IA_OK)
            return st;
        double k[3] = {r->k[0], r->k[1], r->k[2]};
        bool more = step_up(total, most, k), far = false;
        for (size_t a = 0; a < 3; a++)
            far |= fabs(k[a] - from[a]) > 4 * most;
        if (!more || far || i + 1 == STEPS)
            break;
        memcpy(r->k, k, sizeof k);
    }
    r->intensity = total->value;
    r->share = total->most > 0 ? fmax(total->value - 1, 0) / total->most : NAN;
    return IA_OK;
}

// Errors by jackknife: the maximum without the ions of each block in turn. Blocks are
// cells, or where there are many, eight of them.
typedef struct {
    uint64_t block;
    size_t cube, cell;
} placed;

static int by_block(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (x->cube != y->cube)
        return x->cube < y->cube ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static void place(const ia_regions *regions, size_t wide, placed *order)
{
    for (size_t i = 0; i < regions->n_cubes * IA_REGION_CELLS; i++) {
        size_t cube = i / IA_REGION_CELLS, cell = i % IA_REGION_CELLS;
        const uint32_t *low = regions->low[cube];
        uint64_t at[3] = {low[0] + cell % 2, low[1] + cell / 2 % 2, low[2] + cell / 4};
        order[i] = (placed){(at[2] / wide) << 42 | (at[1] / wide) << 21 | at[0] / wide,
                            cube, cell};
    }
    qsort(order, regions->n_cubes * IA_REGION_CELLS, sizeof *order, by_block);
}

static size_t count_blocks(const placed *order, size_t n)
{
    size_t n_blocks = 0;
    for (size_t i = 0; i < n; i++)
        n_blocks += i == 0 || order[i].block != order[i - 1].block;
    return n_blocks;
}

// The cells of a cube from entry i on that belong to its block, taken out; the next
// entry.
static size_t leave_out(const pass *p, const placed *order, size_t n, size_t i,
                        local *total)
{
    size_t cube = order[i].cube, n_cubes = p->regions->n_cubes;
    uint64_t block = order[i].block;
    double sums[SUMS] = {0};
    local rest;
    for (size_t c = 0; c < IA_REGION_CELLS; c++)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] += p->parts[cube * IA_REGION_CELLS + c][s];
    for (; i < n && order[i].cube == cube && order[i].block == block; i++)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] -= p->parts[cube * IA_REGION_CELLS + order[i].cell][s];
    derive(sums, &rest);
    for (size_t a = 0; a < 9; a++) {
        total->curve[a] += (rest.curve[a] - p->locals[cube].curve[a]) / (double)n_cubes;
        if (a < 3)
            total->slope[a] +=
                (rest.slope[a] - p->locals[cube].slope[a]) / (double)n_cubes;
    }
    return i;
}

static void jackknife(const pass *p, const placed *order, size_t n, const local *all,
                      double covariance[9])
{
    double sum[3] = {0}, squares[9] = {0}, n_blocks = (double)count_blocks(order, n);
    for (size_t i = 0; i < n;) {
        uint64_t block = order[i].block;
        local total = *all;
        double step[3] = {0};
        while (i < n && order[i].block == block)
            i = leave_out(p, order, n, i, &total);
        step_up(&total, INFINITY, step);
        for (size_t a = 0; a < 9; a++) {
            squares[a] += step[a / 3] * step[a % 3];
            sum[a / 3] += a % 3 == 0 ? step[a / 3] : 0;
        }
    }
    for (size_t a = 0; a < 9; a++)
        covariance[a] =
            (n_blocks - 1) / n_blocks * (squares[a] - sum[a / 3] * sum[a % 3] / n_blocks);
}

// The maximum of every second region, by one step of Newton's from that of all.
static double half_spacing(const local *locals, size_t n, size_t first, const double k[3])
{
    local total = {0};
    double at[3] = {k[0], k[1], k[2]}, k2 = 0;
    for (size_t i = first; i < n; i += 2)
        for (size_t a = 0; a < 9; a++) {
            total.curve[a] += locals[i].curve[a];
            total.slope[a % 3] += a < 3 ? locals[i].slope[a] : 0;
        }
    double inverse[9];
    if (!invert(total.curve, inverse))
        return NAN;
    step_up(&total, INFINITY, at);
    for (size_t a = 0; a < 3; a++)
        k2 += at[a] * at[a];
    return 1 / sqrt(k2);
}

typedef struct {
    ia_ctx *ctx;
    pass *pass;
} all_cubes;

static ia_status look_at_all(void *user, const double k[3], local *total)
{
    const all_cubes *all = user;
    size_t n = all->pass->regions->n_cubes;
    all->pass->k = k;
    ia_status st = ia_for(all->ctx, "reflections", n, run_region, all->pass);
    add_up(all->pass->locals, n, total);
    return st;
}

static ia_status refine(ia_ctx *ctx, pass *p, const placed *order, ia_reflection *r)
{
    size_t n = p->regions->n_cubes;
    all_cubes all = {ctx, p};
    local total;
    ia_status st = climb(look_at_all, &all, 2 * p->regions->cell, r, &total);
    if (st != IA_OK)
        return st;
    jackknife(p, order, n * IA_REGION_CELLS, &total, r->covariance);
    tell_size(r);
    r->half_difference =
        fabs(half_spacing(p->locals, n, 0, r->k) - half_spacing(p->locals, n, 1, r->k));
    return IA_OK;
}

typedef struct {
    const ia_regions *regions;
    size_t cube;
} one_cube;

static ia_status look_at_one(void *user, const double k[3], local *total)
{
    const one_cube *one = user;
    double parts[IA_REGION_CELLS][SUMS];
    pass p = {one->regions, k, NULL, NULL};
    sum_cube(&p, one->cube, parts, total);
    return IA_OK;
}

void ia_fourier_climb(const ia_regions *regions, size_t cube, ia_reflection *r)
{
    // Of squared weights over that of weights, the variance of places under a Hann
    // window.
    const double window = 0.612;
    one_cube one = {regions, cube};
    local total;
    double inverse[9];
    climb(look_at_one, &one, 2 * regions->cell, r, &total);
    bool top = invert(total.curve, inverse);
    for (size_t a = 0; a < 9; a++)
        r->covariance[a] = top ? -window * inverse[a] : NAN;
    tell_size(r);
    if (!top)
        r->sigma_spacing = r->sigma_deg = NAN;
    r->half_difference = NAN;
}

static int by_intensity(const void *a, const void *b)
{
    const ia_reflection *x = a, *y = b;
    if (x->intensity != y->intensity)
        return x->intensity < y->intensity ? 1 : -1;
    return (x->k[2] > y->k[2]) - (x->k[2] < y->k[2]);
}

void ia_fourier_sort(ia_reflection *reflections, size_t n)
{
    if (n > 1)
        qsort(reflections, n, sizeof *reflections, by_intensity);
}

ia_status ia_fourier_refine(ia_ctx *ctx, const ia_regions *regions, ia_fourier *f)
{
    enum { BLOCKS_MANY = 30 };
    size_t n = regions->n_cubes * IA_REGION_CELLS;
    pass p = {.regions = regions};
    placed *order = ia_array(ctx, n, sizeof *order);
    p.locals = ia_array(ctx, regions->n_cubes, sizeof *p.locals);
    p.parts = ia_array(ctx, n, sizeof *p.parts);
    ia_status st = order && p.locals && p.parts ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK) {
        place(regions, 2, order);
        if (count_blocks(order, n) < BLOCKS_MANY)
            place(regions, 1, order);
    }
    for (size_t i = 0; st == IA_OK && i < f->n; i++)
        st = refine(ctx, &p, order, &f->reflections[i]);
    ia_fourier_sort(f->reflections, f->n);
    free(order);
    free(p.locals);
    free(p.parts);
    return st;
}
