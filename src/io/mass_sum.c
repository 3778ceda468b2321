// src/io/mass_sum.c: many spectra of m/n and intensity added up to one of counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mass_sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Steps of the grid are 1e-5 of the m/n, finer than any time-of-flight instrument parts.
static const double GRID_LEAST = 0.1, GRID_MOST = 1e5, GRID_STEP = 1e-5;
// Half the width of the cell that a stick is given, of its m/n.
static const double STICK = 5e-5;
static const double INTENSITY_MOST = 1e15;

static size_t grid_size(void)
{
    return (size_t)ceil(log(GRID_MOST / GRID_LEAST) / GRID_STEP) + 1;
}

// Place in the grid, in steps.
static double grid_at(double mass)
{
    return mass > GRID_LEAST ? log(mass / GRID_LEAST) / GRID_STEP : 0;
}

static double grid_edge(size_t i)
{
    return GRID_LEAST * exp((double)i * GRID_STEP);
}

void ia_mass_sum_clear(ia_mass_sum *sum)
{
    free(sum->mass);
    free(sum->sum);
    free(sum->grid);
    *sum = (ia_mass_sum){0};
}

static ia_status check(ia_ctx *ctx, const double *mass, const double *intensity, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(mass[i] >= 0 && mass[i] <= GRID_MOST))
            return ia_fail(ctx, IA_ERR_FORMAT, "value %zu: %g is no m/n from 0 to %g Da",
                           i + 1, mass[i], GRID_MOST);
        if (i > 0 && mass[i] <= mass[i - 1])
            return ia_fail(ctx, IA_ERR_FORMAT, "value %zu: m/n does not rise", i + 1);
        if (!(fabs(intensity[i]) <= INTENSITY_MOST))
            return ia_fail(ctx, IA_ERR_FORMAT, "value %zu: %g is no intensity", i + 1,
                           intensity[i]);
    }
    return IA_OK;
}

// Whether intensities are counts, or counts times one number.
static void look_at_intensities(ia_mass_sum *sum, const double *intensity, size_t n)
{
    const double slack = 1e-3;
    bool first = sum->unit == 0;
    for (size_t i = 0; first && i < n; i++)
        if (intensity[i] > 0 && (sum->unit == 0 || intensity[i] < sum->unit))
            sum->unit = intensity[i];
    for (size_t i = 0; i < n; i++) {
        double in_units = sum->unit > 0 ? intensity[i] / sum->unit : 0;
        sum->broken |= intensity[i] != floor(intensity[i]);
        sum->odd |= fabs(in_units - round(in_units)) > slack * fmax(1, in_units);
        sum->n_negative += intensity[i] < 0;
    }
}

// Where the cell of point i begins and ends.
static void cell_of(const ia_mass_sum *sum, const double *mass, size_t n, size_t i,
                    double cell[2])
{
    double before = i > 0 ? mass[i] - mass[i - 1] : 0;
    double behind = i + 1 < n ? mass[i + 1] - mass[i] : before;
    if (i == 0)
        before = behind;
    double left = before / 2, right = behind / 2;
    if (sum->centroids || n == 1) {
        left = n == 1 ? STICK * mass[i] : fmin(left, STICK * mass[i]);
        right = n == 1 ? STICK * mass[i] : fmin(right, STICK * mass[i]);
    }
    cell[0] = fmax(0, mass[i] - left);
    cell[1] = mass[i] + right;
}

static void add_to_grid(ia_mass_sum *sum, const double *mass, const double *intensity,
                        size_t n)
{
    const size_t last = grid_size() - 1;
    for (size_t i = 0; i < n; i++) {
        double cell[2], from, to;
        if (!(intensity[i] > 0))
            continue;
        cell_of(sum, mass, n, i, cell);
        from = grid_at(cell[0]);
        to = fmax(grid_at(cell[1]), from + 1e-9);
        for (size_t k = (size_t)from; k <= (size_t)to && k <= last; k++) {
            double share = fmin(to, (double)k + 1) - fmax(from, (double)k);
            sum->grid[k] += intensity[i] * share / (to - from);
        }
    }
}

static bool is_same_axis(const ia_mass_sum *sum, const double *mass, size_t n)
{
    return n == sum->n && (n == 0 || memcmp(mass, sum->mass, n * sizeof *mass) == 0);
}

static ia_status begin_axis(ia_ctx *ctx, ia_mass_sum *sum, const double *mass, size_t n)
{
    if (!(sum->mass = ia_array(ctx, n, sizeof *sum->mass)) ||
        !(sum->sum = ia_array(ctx, n, sizeof *sum->sum)))
        return IA_ERR_MEMORY;
    if (n > 0)
        memcpy(sum->mass, mass, n * sizeof *mass);
    sum->n = n;
    return IA_OK;
}

// Another axis: from now on everything goes into the grid.
static ia_status begin_grid(ia_ctx *ctx, ia_mass_sum *sum)
{
    if (!(sum->grid = ia_array(ctx, grid_size(), sizeof *sum->grid)))
        return IA_ERR_MEMORY;
    add_to_grid(sum, sum->mass, sum->sum, sum->n);
    return IA_OK;
}

ia_status ia_mass_sum_add(ia_ctx *ctx, ia_mass_sum *sum, const double *mass,
                          const double *intensity, size_t n)
{
    ia_status st = check(ctx, mass, intensity, n);
    if (st != IA_OK)
        return st;
    look_at_intensities(sum, intensity, n);
    if (!sum->mass && !sum->grid)
        st = begin_axis(ctx, sum, mass, n);
    else if (!sum->grid && !is_same_axis(sum, mass, n))
        st = begin_grid(ctx, sum);
    if (st != IA_OK)
        return st;
    if (sum->grid)
        add_to_grid(sum, mass, intensity, n);
    else
        for (size_t i = 0; i < n; i++)
            sum->sum[i] += fmax(0, intensity[i]);
    sum->n_spectra++;
    return IA_OK;
}

// What an intensity is divided by to be a number of ions.
static double counts_per_ion(ia_ctx *ctx, const ia_mass_sum *sum)
{
    if (!sum->broken || sum->unit == 0)
        return 1;
    if (!sum->odd)
        ia_warn(ctx, "intensities are multiples of %g: taken as so many counts",
                sum->unit);
    else
        ia_warn(ctx,
                "intensities are no counts: divided by the least of them, %g; errors "
                "by counting do not hold",
                sum->unit);
    return sum->unit;
}

// Rounded so that no ion is lost on the way: the running sum is.
typedef struct {
    double unit, running, given;
} rounding;

static uint64_t whole(rounding *r, double intensity)
{
    r->running += fmax(0, intensity) / r->unit;
    double count = floor(r->running + 0.5) - r->given;
    r->given += count;
    // More than can be counted is refused by whoever adds it up.
    return count < 0x1p53 ? (uint64_t)count : UINT64_MAX;
}

static bool put_axis(const ia_mass_sum *sum, rounding *r, ia_bins *bins)
{
    bool fits = true;
    double end = 0;
    for (size_t i = 0; i < sum->n && fits; i++) {
        double cell[2];
        cell_of(sum, sum->mass, sum->n, i, cell);
        if (bins->n > 0 && cell[0] > end) // between sticks there is nothing
            fits = ia_bins_add(bins, end, 0);
        fits = fits && ia_bins_add(bins, fmax(cell[0], end), whole(r, sum->sum[i]));
        end = cell[1];
    }
    bins->low[bins->n] = end;
    return fits;
}

static bool put_grid(const ia_mass_sum *sum, rounding *r, ia_bins *bins)
{
    bool fits = true;
    size_t n = grid_size();
    for (size_t i = 0; i < n && fits; i++) {
        uint64_t count = whole(r, sum->grid[i]);
        fits = ia_bins_add(bins, grid_edge(i), count);
    }
    bins->low[bins->n] = grid_edge(n);
    return fits;
}

ia_status ia_mass_sum_bins(ia_ctx *ctx, ia_mass_sum *sum, ia_bins *out)
{
    ia_bins bins = {0};
    rounding r = {.unit = counts_per_ion(ctx, sum)};
    ia_status st = ia_bins_new(ctx, sum->grid ? grid_size() : 2 * sum->n, &bins);
    if (st != IA_OK)
        return st;
    if (sum->n_negative > 0)
        ia_warn(ctx, "%llu intensities are negative: taken as 0",
                (unsigned long long)sum->n_negative);
    if (!(sum->grid ? put_grid(sum, &r, &bins) : put_axis(sum, &r, &bins))) {
        ia_bins_clear(&bins);
        return ia_fail(ctx, IA_ERR_FORMAT, "more than %g ions in all",
                       (double)ia_bins_ions_most);
    }
    *out = bins;
    return IA_OK;
}
