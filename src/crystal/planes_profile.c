// src/crystal/planes_profile.c: planes of a grain fitted in space: Gaussian sheets,
// evenly spaced, under the ions of each region.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cholesky.h"
#include "core/simplex.h"
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

// Density along the normal over its mean, u the place in units of the spacing:
// g(u) = b + (1 - b) sum over planes m of G(u; m, s).
enum { BINS = 128, ROUNDS = 3, STEPS = 2, REGIONS_MOST = 100 };
static const double two_pi = 6.283185307179586;
// Where blur joins the planes, b and s change g alike: all ions lie in planes but this.
static const double loose = 0.05;

// The planes in one region: at k.r - offset = whole numbers, r from its centre.
typedef struct {
    size_t cube;
    double k[3], first[3], offset;
    double covariance[9]; // of k
    double counts[BINS];  // ions by u
    bool lost;            // the fit went astray
} sheet;

typedef struct {
    double s, b;
    double slope[BINS + 1]; // g' / g at the edges of bins
    double information;     // mean of its square
} profile;

typedef struct {
    const ia_regions *regions;
    sheet *sheets; // (n)
    size_t n;
    double (**ions)[4]; // (n_workers): x, y, z, weight of a region's ions
    size_t n_workers, round;
    profile profile;
    double counts[BINS];
} job;

// g and its slope.
static double density(double u, double s, double b, double *slope)
{
    double sum = 0, across = 0;
    for (int m = -3; m <= 3; m++) {
        double off = (u - m) / s, g = exp(-off * off / 2) / (s * sqrt(two_pi));
        sum += g;
        across -= g * off / s;
    }
    *slope = (1 - b) * across;
    return b + (1 - b) * sum;
}

static size_t collect(const job *j, size_t cube, double (*out)[4])
{
    ia_region_cell cells[IA_REGION_CELLS];
    double centre[3], edge = 2 * j->regions->cell;
    size_t n = 0;
    ia_regions_centre(j->regions, cube, centre);
    ia_regions_cells(j->regions, cube, cells);
    for (size_t c = 0; c < IA_REGION_CELLS; c++)
        for (size_t i = cells[c].begin; i < cells[c].end; i++) {
            double far = 0;
            for (size_t a = 0; a < 3; a++) {
                out[n][a] = (double)j->regions->xyz[3 * i + a] - centre[a];
                far = fmax(far, fabs(out[n][a]));
            }
            if (far < edge / 2) {
                out[n][3] = ia_fourier_weight(out[n], edge);
                n++;
            }
        }
    return n;
}

static double phase_of(const sheet *s, const double ion[4])
{
    double u = ia_plane_dot(s->k, ion) - s->offset;
    return u - floor(u);
}

// The first offset is that of the wave.
static void place_wave(sheet *s, double (*ions)[4], size_t n)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < n; i++) {
        double u = two_pi * ia_plane_dot(s->k, ions[i]);
        re += ions[i][3] * cos(u);
        im += ions[i][3] * sin(u);
    }
    s->offset = atan2(im, re) / two_pi;
}

// Fisher's scoring: of k and the offset, with the profile as it is.
static void step_up(const job *j, sheet *s, double (*ions)[4], size_t n)
{
    double normal[16] = {0}, score[4] = {0}, far = 0;
    for (size_t i = 0; i < n; i++) {
        double at = phase_of(s, ions[i]) * BINS, part = at - floor(at), w = ions[i][3];
        size_t bin = (size_t)at % BINS;
        double slope =
            (1 - part) * j->profile.slope[bin] + part * j->profile.slope[bin + 1];
        const double row[4] = {ions[i][0], ions[i][1], ions[i][2], -1};
        for (size_t a = 0; a < 4; a++) {
            score[a] += w * slope * row[a];
            for (size_t b = 0; b <= a; b++)
                normal[4 * a + b] += w * j->profile.information * row[a] * row[b];
        }
    }
    if (!ia_cholesky(normal, 4)) {
        s->lost = true;
        return;
    }
    ia_cholesky_solve(normal, 4, score);
    for (size_t a = 0; a < 3; a++) {
        s->k[a] += score[a];
        far = fmax(far, fabs(s->k[a] - s->first[a]));
        double unit[4] = {a == 0, a == 1, a == 2, 0};
        ia_cholesky_solve(normal, 4, unit);
        for (size_t b = 0; b < 3; b++)
            s->covariance[3 * a + b] = unit[b];
    }
    s->offset += score[3];
    s->lost |= !(far < 0.5 / (2 * j->regions->cell));
}

static void fit_sheet(void *user, size_t which, size_t worker)
{
    job *j = user;
    sheet *s = &j->sheets[which];
    double(*ions)[4] = j->ions[worker];
    size_t n = collect(j, s->cube, ions);
    if (j->round == 0)
        place_wave(s, ions, n);
    for (size_t step = 0; j->round > 0 && step < STEPS && !s->lost; step++)
        step_up(j, s, ions, n);
    memset(s->counts, 0, sizeof s->counts);
    for (size_t i = 0; i < n; i++)
        s->counts[(size_t)(phase_of(s, ions[i]) * BINS) % BINS] += ions[i][3];
}

// Less the logarithm of the likelihood; x: ln s and b, which is as good with either sign.
static double value_of(void *user, const double *x)
{
    const job *j = user;
    double s = exp(x[0]), b = fabs(x[1]), slope, sum = b * b / (2 * loose * loose);
    if (s < 2.0 / BINS || s > 0.6 || b > 0.95)
        return 1e300;
    for (size_t i = 0; i < BINS; i++)
        sum -= j->counts[i] * log(density(((double)i + 0.5) / BINS, s, b, &slope));
    return sum;
}

static bool fit_profile(job *j)
{
    static const double step[2] = {0.2, 0.02};
    profile *p = &j->profile;
    double x[2] = {log(p->s > 0 ? p->s : 0.2), p->b > 0 ? p->b : 0.02};
    memset(j->counts, 0, sizeof j->counts);
    for (size_t i = 0; i < j->n; i++)
        for (size_t b = 0; b < BINS && !j->sheets[i].lost; b++)
            j->counts[b] += j->sheets[i].counts[b];
    ia_simplex search = {value_of, j, 2, step, 1e-4, 300};
    if (!(ia_simplex_minimise(&search, x) < 1e299))
        return false;
    p->s = exp(x[0]);
    p->b = fabs(x[1]);
    p->information = 0;
    for (size_t i = 0; i <= BINS; i++) {
        double slope, g = density((double)i / BINS, p->s, p->b, &slope);
        p->slope[i] = slope / g;
        p->information += i < BINS ? slope * slope / g / BINS : 0;
    }
    return true;
}

// Errors of ln s and b from the curvature of the likelihood.
static void profile_errors(job *j, double *sd_s, double *sd_b)
{
    const double h[2] = {0.01, 0.002};
    double at[2] = {log(j->profile.s), fmax(j->profile.b, 2 * h[1])}, m[4], room[2],
           out[2] = {NAN, NAN};
    double middle = value_of(j, at);
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (int i = -1; i <= 1; i += 2)
                for (int k = -1; k <= 1; k += 2) {
                    double x[2] = {at[0], at[1]};
                    x[a] += i * h[a];
                    x[b] += a == b ? 0 : k * h[b];
                    sum += (a == b ? 0.5 : i * k / 4.0) * value_of(j, x);
                }
            m[2 * a + b] = (sum - (a == b ? 2 * middle : 0)) / (h[a] * h[b]);
        }
    if (ia_cholesky(m, 2))
        ia_cholesky_variance(m, 2, room, out);
    *sd_s = sqrt(out[0]) * j->profile.s;
    *sd_b = sqrt(out[1]);
}

// The regions of a grain that show the planes, evenly spread where there are many.
static void list_sheets(const ia_planes *p, const ia_planes_params *params, size_t grain,
                        const ia_grain_planes *set, job *j)
{
    size_t all = 0, next = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0, seen = 0; r < p->n_regions; r++) {
            const ia_plane_region *region = &p->regions[r];
            const ia_reflection *at = NULL;
            for (size_t i = 0; region->grain == (int32_t)grain && i < region->n; i++) {
                const ia_reflection *here = &p->planes[region->first + i].at;
                if (!at && fabs(here->spacing / set->spacing - 1) < params->tolerance &&
                    ia_plane_angle(here->k, set->k) < params->grain_deg)
                    at = here;
            }
            if (!at)
                continue;
            all += pass == 0;
            size_t most = all < REGIONS_MOST ? all : REGIONS_MOST;
            if (pass == 0 || seen++ * most / all < next || next == most)
                continue;
            sheet *s = &j->sheets[next++];
            *s = (sheet){.cube = r};
            double sign = ia_plane_dot(at->k, set->k) < 0 ? -1 : 1;
            for (size_t a = 0; a < 3; a++)
                s->k[a] = s->first[a] = sign * at->k[a];
        }
    j->n = next;
}

// Mean over regions, errors as those of the mean wave.
static void tell(const job *j, const double at[2], ia_grain_planes *set)
{
    ia_plane_sum sum = {.n = 0};
    double middles[REGIONS_MOST][3], shared[3];
    const double *centres[REGIONS_MOST];
    for (size_t i = 0; i < j->n; i++)
        if (!j->sheets[i].lost) {
            ia_regions_centre(j->regions, j->sheets[i].cube, middles[sum.n]);
            centres[sum.n] = middles[sum.n];
            ia_plane_sum_add(&sum, j->sheets[i].k, j->sheets[i].covariance);
        }
    if (sum.n == 0)
        return;
    ia_grain_planes mean;
    ia_plane_shared(centres, sum.n, 2 * j->regions->cell, shared);
    ia_plane_sum_tell(&sum, shared, &mean);
    memcpy(set->in_space.k, mean.k, sizeof mean.k);
    set->in_space.spacing = mean.spacing;
    set->in_space.sigma_spacing = mean.sigma_spacing;
    set->in_space.sigma_deg = mean.sigma_deg;
    set->in_space.blur = j->profile.s * mean.spacing;
    set->in_space.blur_sd = at[0] * mean.spacing;
    set->in_space.share = 1 - j->profile.b;
    set->in_space.share_sd = at[1];
    set->in_space.n_regions = sum.n;
}

static ia_status fit_set(ia_ctx *ctx, job *j, ia_grain_planes *set)
{
    ia_status st = IA_OK;
    double sd[2];
    bool fits = j->n > 0;
    j->profile = (profile){.s = 0};
    for (j->round = 0; st == IA_OK && fits && j->round < ROUNDS; j->round++)
        if ((st = ia_for(ctx, "planes in space", j->n, fit_sheet, j)) == IA_OK)
            fits = fit_profile(j);
    if (st == IA_OK && fits) {
        profile_errors(j, &sd[0], &sd[1]);
        tell(j, sd, set);
    }
    return st;
}

ia_status ia_planes_fit_profiles(ia_ctx *ctx, const ia_regions *regions,
                                 const ia_planes_params *params, ia_planes *planes)
{
    job j = {.regions = regions, .n_workers = ia_for_workers(ctx, REGIONS_MOST)};
    uint64_t most = 1;
    ia_status st = IA_OK;
    for (size_t c = 0; c < regions->n_cubes; c++)
        most = regions->ions[c] > most ? regions->ions[c] : most;
    j.sheets = ia_array(ctx, REGIONS_MOST, sizeof *j.sheets);
    j.ions = ia_array(ctx, j.n_workers, sizeof *j.ions);
    if (!j.sheets || !j.ions)
        st = IA_ERR_MEMORY;
    for (size_t w = 0; st == IA_OK && w < j.n_workers; w++)
        if (!(j.ions[w] = ia_array(ctx, most + 1, sizeof *j.ions[w])))
            st = IA_ERR_MEMORY;
    for (size_t g = 0; st == IA_OK && g < planes->n_grains; g++)
        for (size_t i = 0; st == IA_OK && i < planes->grains[g].n_planes; i++) {
            ia_grain_planes *set = &planes->grains[g].planes[i];
            set->in_space = (ia_planes_in_space){
                {NAN, NAN, NAN}, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
            list_sheets(planes, params, g, set, &j);
            st = fit_set(ctx, &j, set);
        }
    for (size_t w = 0; j.ions && w < j.n_workers; w++)
        free(j.ions[w]);
    free(j.ions);
    free(j.sheets);
    return st;
}
