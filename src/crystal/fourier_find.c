// src/crystal/fourier_find.c: which maxima of a structure factor chance does not make.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "crystal/fourier_internal.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ia_fourier *f;
    int most[3];
    double k_least;
} band;

static band band_of(const ia_fourier *f, double k_least)
{
    return (band){
        f,
        {(int)(f->n_grid[0] / 2), (int)(f->n_grid[1] / 2), (int)f->n_grid[2] - 1},
        k_least};
}

// Wave numbers in steps; the half that is not stored mirrors the other.
static double value_at(const band *b, int x, int y, int z)
{
    if (z < 0) {
        x = -x;
        y = -y;
        z = -z;
    }
    const ia_fourier *f = b->f;
    return (double)f
        ->intensity[((size_t)z * f->n_grid[1] + (size_t)(y + b->most[1])) * f->n_grid[0] +
                    (size_t)(x + b->most[0])];
}

static double length_of(const band *b, int x, int y, int z)
{
    return b->f->step * sqrt((double)(x * x + y * y + z * z));
}

// Each pair k, -k once, and far enough from 0.
static bool is_tested(const band *b, int x, int y, int z)
{
    return (z > 0 || y > 0 || (y == 0 && x > 0)) && length_of(b, x, y, z) >= b->k_least;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static size_t shell_of(const band *b, const ia_fourier_floor *floor, int x, int y, int z)
{
    size_t shell = (size_t)(length_of(b, x, y, z) / floor->step);
    return shell < IA_FOURIER_SHELLS ? shell : IA_FOURIER_SHELLS - 1;
}

// The tested values of the band with their shells, in one list.
static size_t list_values(const band *b, const ia_fourier_floor *floor, size_t shell,
                          float *values)
{
    size_t n = 0;
    for (int z = 0; z <= b->most[2]; z++)
        for (int y = -b->most[1]; y <= b->most[1]; y++)
            for (int x = -b->most[0]; x <= b->most[0]; x++)
                if (is_tested(b, x, y, z) && shell_of(b, floor, x, y, z) == shell)
                    values[n++] = (float)value_at(b, x, y, z);
    return n;
}

// Density that varies within a cube lifts low wave numbers: the median of a shell over
// that of noise is its floor, never below that of ions at random.
static ia_status measure_floor(ia_ctx *ctx, const band *b, double regions,
                               ia_fourier_floor *floor)
{
    size_t n_band = b->f->n_grid[0] * b->f->n_grid[1] * b->f->n_grid[2];
    double middle = gsl_cdf_gamma_Pinv(0.5, regions, 1 / regions);
    float *values = ia_array(ctx, n_band, sizeof *values);
    if (!values)
        return IA_ERR_MEMORY;
    floor->step = length_of(b, b->most[0], b->most[1], b->most[2]) / IA_FOURIER_SHELLS;
    for (size_t s = 0; s < IA_FOURIER_SHELLS; s++) {
        size_t n = list_values(b, floor, s, values);
        floor->level[s] = 1;
        if (n == 0)
            continue;
        qsort(values, n, sizeof *values, by_value);
        floor->level[s] = fmax(1, (double)values[n / 2] / middle);
    }
    free(values);
    return IA_OK;
}

static bool is_top(const band *b, int x, int y, int z)
{
    double value = value_at(b, x, y, z);
    for (int dz = -1; dz <= 1; dz++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                double other = value_at(b, x + dx, y + dy, z + dz);
                bool after = dz > 0 || (dz == 0 && (dy > 0 || (dy == 0 && dx > 0)));
                if ((dx || dy || dz) && (other > value || (after && other == value)))
                    return false;
            }
    return true;
}

// What a Hann window leaves of a line so many steps off, along one axis; flat within its
// main lobe of two steps.
static double leak(double steps)
{
    double d = fabs(steps);
    if (d < 2.5)
        return 1;
    double w = 1 / (3.14159265358979323846 * d * (d * d - 1));
    return w * w;
}

// Within the main lobe of a stronger reflection, or no more than leaks from it.
static bool is_shadow(const ia_fourier *f, const ia_reflection *r)
{
    for (size_t i = 0; i < f->n; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double left = 4 * f->reflections[i].intensity;
            for (size_t k = 0; k < 3; k++)
                left *= leak((r->k[k] - sign * f->reflections[i].k[k]) / f->step);
            if (r->intensity <= left)
                return true;
        }
    return false;
}

typedef struct {
    double intensity, over;
    int at[3];
} top;

static int by_intensity(const void *a, const void *b)
{
    const top *x = a, *y = b;
    if (x->intensity != y->intensity)
        return x->intensity < y->intensity ? 1 : -1;
    for (size_t k = 0; k < 3; k++)
        if (x->at[k] != y->at[k])
            return x->at[k] < y->at[k] ? -1 : 1;
    return 0;
}

// Tops above `least` times the floor.
static ia_status list_tops(ia_ctx *ctx, const band *b, const ia_fourier_floor *floor,
                           double least, top **out, size_t *n_out)
{
    size_t room = 0, n = 0;
    top *tops = NULL;
    for (int z = 0; z < b->most[2]; z++)
        for (int y = 1 - b->most[1]; y < b->most[1]; y++)
            for (int x = 1 - b->most[0]; x < b->most[0]; x++) {
                if (!is_tested(b, x, y, z))
                    continue;
                double value = value_at(b, x, y, z);
                double over = value / floor->level[shell_of(b, floor, x, y, z)];
                if (over < least || !is_top(b, x, y, z))
                    continue;
                if (n == room) {
                    room = room ? 2 * room : 64;
                    top *more = realloc(tops, room * sizeof *tops);
                    if (!more) {
                        free(tops);
                        return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out");
                    }
                    tops = more;
                }
                tops[n++] = (top){value, over, {x, y, z}};
            }
    if (n > 1)
        qsort(tops, n, sizeof *tops, by_intensity);
    *out = tops;
    *n_out = n;
    return IA_OK;
}

static size_t count_tested(const band *b)
{
    size_t n = 0;
    for (int z = 0; z < b->most[2]; z++)
        for (int y = 1 - b->most[1]; y < b->most[1]; y++)
            for (int x = 1 - b->most[0]; x < b->most[0]; x++)
                n += is_tested(b, x, y, z);
    return n;
}

// Over the floor, anywhere.
static double strongest(const band *b, const ia_fourier_floor *floor)
{
    double most = 0;
    for (int z = 0; z < b->most[2]; z++)
        for (int y = 1 - b->most[1]; y < b->most[1]; y++)
            for (int x = 1 - b->most[0]; x < b->most[0]; x++)
                if (is_tested(b, x, y, z) && is_top(b, x, y, z))
                    most = fmax(most, value_at(b, x, y, z) /
                                          floor->level[shell_of(b, floor, x, y, z)]);
    return most;
}

bool ia_fourier_is_within(const double k[3], const double wave_numbers[3])
{
    double length = sqrt(k[0] * k[0] + k[1] * k[1] + k[2] * k[2]);
    return length >= wave_numbers[0] && fmax(fabs(k[0]), fabs(k[1])) <= wave_numbers[1] &&
           fabs(k[2]) <= wave_numbers[2];
}

ia_status ia_fourier_find(ia_ctx *ctx, const ia_fourier_params *params, ia_fourier *f,
                          ia_fourier_floor *floor)
{
    band b = band_of(f, params->k_least);
    double regions = ia_fourier_regions(f->n_regions);
    top *tops = NULL;
    size_t n_tops = 0;
    ia_status st = measure_floor(ctx, &b, regions, floor);
    if (st != IA_OK)
        return st;
    f->n_tested = count_tested(&b);
    double tested = fmax(1, (double)f->n_tested);
    double least = gsl_cdf_gamma_Qinv(params->chance / tested, regions, 1 / regions);
    if ((st = list_tops(ctx, &b, floor, least, &tops, &n_tops)) != IA_OK)
        return st;
    f->p = fmin(1, tested * gsl_cdf_gamma_Q(strongest(&b, floor), regions, 1 / regions));
    size_t room = n_tops < params->n_told ? n_tops : params->n_told;
    if (!(f->reflections = ia_array(ctx, room, sizeof *f->reflections)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < n_tops && f->n < room; i++) {
        ia_reflection r = {.intensity = tops[i].intensity};
        for (size_t k = 0; k < 3; k++)
            r.k[k] = f->step * tops[i].at[k];
        r.p = fmin(1, tested * gsl_cdf_gamma_Q(tops[i].over, regions, 1 / regions));
        if (!is_shadow(f, &r))
            f->reflections[f->n++] = r;
    }
    free(tops);
    return st;
}

size_t ia_fourier_tested(const ia_fourier *f, double k_least)
{
    band b = band_of(f, k_least);
    return count_tested(&b);
}

size_t ia_fourier_tops(const ia_fourier *f, double k_least, double least,
                       ia_reflection *out, size_t room)
{
    enum { TOPS = 64 };
    band b = band_of(f, k_least);
    ia_fourier told = {.reflections = out, .step = f->step};
    top tops[TOPS + 1];
    size_t n = 0;
    for (int z = 0; z < b.most[2]; z++)
        for (int y = 1 - b.most[1]; y < b.most[1]; y++)
            for (int x = 1 - b.most[0]; x < b.most[0]; x++) {
                double value = value_at(&b, x, y, z);
                if (value < least || !is_tested(&b, x, y, z) || !is_top(&b, x, y, z))
                    continue;
                size_t at = n;
                for (; at > 0 && tops[at - 1].intensity < value; at--)
                    tops[at] = tops[at - 1];
                tops[at] = (top){value, value, {x, y, z}};
                n += n < TOPS;
            }
    for (size_t i = 0; i < n && told.n < room; i++) {
        ia_reflection r = {.intensity = tops[i].intensity};
        for (size_t k = 0; k < 3; k++)
            r.k[k] = f->step * tops[i].at[k];
        if (!is_shadow(&told, &r))
            out[told.n++] = r;
    }
    return told.n;
}
