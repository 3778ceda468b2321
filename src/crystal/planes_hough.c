// src/crystal/planes_hough.c: planes by the periods of projections (3D Hough transform).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// A plane is rho = r.n: accumulated over rho for each direction n; planes of a set are
// peaks at equal distances, which the spectrum of the accumulator shows.
struct ia_hough {
    double (*directions)[3]; // (n) unit, half a sphere: Fibonacci's lattice
    size_t n;
    double k_least, k_lateral, k_depth; // nm^-1
    double bin;                         // of rho, nm
    int n_bins;
    float *room;   // (n_workers, n_room): accumulator, its spectrum,
    size_t n_room; // then x, y, z and weight of each ion
    size_t n_most; // ions of a cube
    fftwf_plan plan;
};

// FFTW plans one at a time in a process, as in nufft.c.
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;
static const double pi = 3.14159265358979323846;

// Directions so near that a wave vector of k_depth between two is within 0.6 / edge of
// one, and no farther from the axis than the band reaches.
static ia_status lay_directions(ia_ctx *ctx, const ia_planes_params *p, ia_hough *h)
{
    const double golden = pi * (3 - sqrt(5));
    double apart = 0.8 / (p->cube * p->k_depth);
    size_t n = (size_t)ceil(2 * pi / (apart * apart));
    if (n > 2000000)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%zu directions: a smaller cube or lower wave numbers were "
                       "expected",
                       n);
    if (!(h->directions = ia_array(ctx, n, sizeof *h->directions)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double z = 1 - ((double)i + 0.5) / (double)n, across = sqrt(1 - z * z);
        if (across * p->k_least > p->k_lateral)
            break;
        double turn = golden * (double)i;
        double *d = h->directions[h->n++];
        d[0] = across * cos(turn);
        d[1] = across * sin(turn);
        d[2] = z;
    }
    return IA_OK;
}

ia_status ia_hough_new(ia_ctx *ctx, const ia_planes_params *p, const ia_regions *regions,
                       size_t n_workers, ia_hough **out)
{
    ia_hough *h = ia_array(ctx, 1, sizeof *h);
    if (!h)
        return IA_ERR_MEMORY;
    h->k_least = p->k_least;
    h->k_lateral = p->k_lateral;
    h->k_depth = p->k_depth;
    h->bin = 0.2 / p->k_depth;
    // Twice the diagonal: periods in steps of half the width of a line.
    h->n_bins = 2 * (int)ceil(sqrt(3) * p->cube / h->bin);
    for (size_t i = 0; i < regions->n_cubes; i++)
        h->n_most = regions->ions[i] > h->n_most ? regions->ions[i] : h->n_most;
    h->n_room = 2 * (size_t)h->n_bins + 4 + 4 * h->n_most;
    ia_status st = lay_directions(ctx, p, h);
    if (st == IA_OK && !(h->room = ia_array(ctx, n_workers * h->n_room, sizeof *h->room)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK) {
        pthread_mutex_lock(&planner);
        h->plan = fftwf_plan_dft_r2c_1d(h->n_bins, h->room,
                                        (fftwf_complex *)(void *)(h->room + h->n_bins),
                                        FFTW_ESTIMATE | FFTW_UNALIGNED);
        pthread_mutex_unlock(&planner);
        st = h->plan ? IA_OK : ia_fail(ctx, IA_ERR_MEMORY, "no room to plan a transform");
    }
    if (st == IA_OK)
        *out = h;
    else
        ia_hough_free(h);
    return st;
}

void ia_hough_free(ia_hough *h)
{
    if (!h)
        return;
    if (h->plan) {
        pthread_mutex_lock(&planner);
        fftwf_destroy_plan(h->plan);
        pthread_mutex_unlock(&planner);
    }
    free(h->directions);
    free(h->room);
    free(h);
}

size_t ia_hough_tested(const ia_hough *h)
{
    double steps = (h->k_depth - h->k_least) * h->bin * h->n_bins;
    return h->n * (size_t)fmax(1, steps);
}

// Ions of a cube and their weights, one row of each; their number and squared weights.
static size_t list_ions(const ia_hough *h, const ia_regions *regions, size_t cube,
                        float *ions, double *squares)
{
    ia_region_cell cells[IA_REGION_CELLS];
    double centre[3], edge = 2 * regions->cell;
    size_t n = 0;
    ia_regions_centre(regions, cube, centre);
    ia_regions_cells(regions, cube, cells);
    *squares = 0;
    for (size_t c = 0; c < IA_REGION_CELLS; c++)
        for (size_t i = cells[c].begin; i < cells[c].end; i++) {
            double at[3];
            for (size_t k = 0; k < 3; k++)
                at[k] = (double)regions->xyz[3 * i + k] - centre[k];
            if (fmax(fabs(at[0]), fmax(fabs(at[1]), fabs(at[2]))) >= edge / 2)
                continue;
            double w = ia_fourier_weight(at, edge);
            for (size_t k = 0; k < 3; k++)
                ions[k * h->n_most + n] = (float)(at[k] / h->bin);
            ions[3 * h->n_most + n++] = (float)w;
            *squares += w * w;
        }
    return n;
}

// Into the accumulator of a direction, shared between the two nearest bins.
static void accumulate(const ia_hough *h, const float *ions, size_t n,
                       const double direction[3], float *bins)
{
    const float d[3] = {(float)direction[0], (float)direction[1], (float)direction[2]};
    const float *x = ions, *y = ions + h->n_most, *z = ions + 2 * h->n_most,
                *w = ions + 3 * h->n_most;
    float middle = (float)(h->n_bins / 2);
    memset(bins, 0, (size_t)h->n_bins * sizeof *bins);
    for (size_t i = 0; i < n; i++) {
        float rho = middle + x[i] * d[0] + y[i] * d[1] + z[i] * d[2];
        size_t bin = (size_t)rho;
        float part = (rho - (float)bin) * w[i];
        bins[bin] += w[i] - part;
        bins[bin + 1] += part;
    }
}

// What sharing between two bins leaves of a wave's amplitude.
static double left_by_bins(double turns)
{
    double x = pi * turns;
    return x > 1e-6 ? pow(sin(x) / x, 2) : 1;
}

// Keep a wave vector where it is higher than those nearby that were found before.
static size_t put(ia_reflection *found, size_t n, const ia_reflection *r, double apart)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        double plus = 0, minus = 0;
        for (size_t k = 0; k < 3; k++) {
            plus += pow(found[i].k[k] - r->k[k], 2);
            minus += pow(found[i].k[k] + r->k[k], 2);
        }
        if (fmin(plus, minus) >= apart * apart)
            continue;
        if (found[i].intensity >= r->intensity)
            return n;
        memmove(found + i, found + i + 1, (--n - i) * sizeof *found);
        i--;
    }
    for (at = n; at > 0 && found[at - 1].intensity < r->intensity; at--)
        if (at < IA_REGION_PLANES)
            found[at] = found[at - 1];
    if (at < IA_REGION_PLANES)
        found[at] = *r;
    return n < IA_REGION_PLANES ? n + 1 : n;
}

size_t ia_hough_find(const ia_hough *h, const ia_regions *regions,
                     const ia_outline *outline, size_t cube, size_t worker,
                     ia_reflection *out)
{
    double least = log(fmax(1, (double)ia_hough_tested(h)) * (double)regions->n_cubes);
    float *bins = h->room + worker * h->n_room, *waves = bins + h->n_bins;
    double step = 1 / (h->bin * h->n_bins), apart = 2.5 / (2 * regions->cell);
    float *ions = waves + h->n_bins + 4;
    double squares;
    size_t n = 0, first = (size_t)ceil(h->k_least / step);
    size_t n_ions = list_ions(h, regions, cube, ions, &squares);
    for (size_t d = 0; d < h->n; d++) {
        const double *direction = h->directions[d];
        double across = hypot(direction[0], direction[1]);
        double most = fmin(across > 0 ? h->k_lateral / across : INFINITY,
                           direction[2] > 0 ? h->k_depth / direction[2] : INFINITY);
        accumulate(h, ions, n_ions, direction, bins);
        fftwf_execute_dft_r2c(h->plan, bins, (fftwf_complex *)(void *)waves);
        for (size_t i = first; squares > 0 && (double)i * step <= most; i++) {
            double whole = left_by_bins((double)i / h->n_bins);
            double power =
                (waves[2 * i] * waves[2 * i] + waves[2 * i + 1] * waves[2 * i + 1]) /
                (squares * whole * whole);
            if (power < least)
                continue;
            ia_reflection r = {.intensity = power};
            for (size_t k = 0; k < 3; k++)
                r.k[k] = (double)i * step * direction[k];
            r.intensity = ia_outline_over(outline, r.k, power);
            if (r.intensity < least)
                continue;
            n = put(out, n, &r, apart);
        }
    }
    return n;
}
