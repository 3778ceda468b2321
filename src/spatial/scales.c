// src/spatial/scales.c: shares of a solute by kernels of many widths.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/scales.h"

#include <ionatlas/parallel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 15, LEVELS_MOST = 12 };
static const double cut = 3.5; // standard deviations

double ia_scale_width(const ia_voxels *voxels, size_t scale)
{
    return voxels->edge * pow(2, 0.5 * (double)scale);
}

static ia_status smooth(ia_ctx *ctx, const ia_voxels *voxels, double sigma, float *grid)
{
    ia_taps taps = {0};
    ia_status st = ia_taps_gauss(ctx, sigma, voxels->edge, cut, 0, &taps);
    if (st != IA_OK)
        return st;
    st = ia_blur(ctx, voxels, (const ia_taps[3]){taps, taps, taps}, grid);
    ia_taps_clear(&taps);
    return st;
}

static float *smoothed(ia_ctx *ctx, const ia_scales *s, size_t scale, const float *from)
{
    float *grid = ia_array(ctx, s->n, sizeof *grid);
    if (!grid)
        return NULL;
    memcpy(grid, from, s->n * sizeof *grid);
    if (smooth(ctx, s->voxels, ia_scale_width(s->voxels, scale), grid) == IA_OK)
        return grid;
    free(grid);
    return NULL;
}

static double sum(const float *grid, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)grid[i];
    return total;
}

ia_status ia_scales_build(ia_ctx *ctx, const ia_voxels *voxels, size_t n_scales,
                          float *const counts[2], ia_scales *out)
{
    ia_scales s = {.voxels = voxels,
                   .n = ia_voxels_count(voxels),
                   .n_scales = n_scales,
                   .solute = counts[0],
                   .total = counts[1]};
    double all = sum(s.total, s.n);
    s.mean = all > 0 ? sum(s.solute, s.n) / all : 0;
    for (size_t i = 0; i < n_scales; i++)
        if (!(s.smooth_solute[i] = smoothed(ctx, &s, i, s.solute)) ||
            !(s.smooth_total[i] = smoothed(ctx, &s, i, s.total))) {
            ia_scales_clear(&s);
            return *ia_ctx_message(ctx) ? IA_ERR_MEMORY : IA_CANCELLED;
        }
    *out = s;
    return IA_OK;
}

void ia_scales_clear(ia_scales *s)
{
    for (size_t i = 0; i < IA_SCALES_MOST; i++) {
        free(s->smooth_solute[i]);
        free(s->smooth_total[i]);
    }
    *s = (ia_scales){0};
}

// Voxels that a Gaussian's squares add up over: (sum w)^2 / sum w^2.
static double kernel_voxels(const ia_voxels *v, size_t scale)
{
    return pow(4 * M_PI * pow(ia_scale_width(v, scale) / v->edge, 2), 1.5);
}

static float share_at(const ia_scales *s, size_t scale, double half_atom, size_t i)
{
    return (float)(((double)s->smooth_solute[scale][i] + half_atom * s->mean) /
                   ((double)s->smooth_total[scale][i] + half_atom));
}

typedef struct {
    const ia_scales *s;
    size_t scale;
    double half_atom[IA_SCALES_MOST]; // over the kernel's voxels
    double count_at[IA_SCALES_MOST];  // log of the voxels of a kernel
    double log_k;
    const float *width, *pilot;
    double level, tau, low, step; // of the logits that are told apart
    size_t number;
    float *grids[2], *out;
} job;

static job job_of(const ia_scales *s, float *out)
{
    job j = {.s = s, .out = out};
    for (size_t i = 0; i < s->n_scales; i++) {
        double voxels = kernel_voxels(s->voxels, i);
        j.half_atom[i] = 0.5 / voxels;
        j.count_at[i] = log(voxels);
    }
    return j;
}

static ia_status run(ia_ctx *ctx, ia_body body, job *j)
{
    return ia_for(ctx, "smoothing", ia_block_count(j->s->n, BLOCK), body, j);
}

static void share_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        j->out[i] = share_at(j->s, j->scale, j->half_atom[j->scale], i);
}

ia_status ia_scale_share(ia_ctx *ctx, const ia_scales *scales, size_t scale, float *out)
{
    job j = job_of(scales, out);
    j.scale = scale;
    return run(ctx, share_block, &j);
}

// Between the shares of two widths.
static float share_between(const job *j, double at, size_t i)
{
    double most = (double)(j->s->n_scales - 1);
    at = at < 0 ? 0 : at > most ? most : at;
    size_t low = (size_t)at;
    double part = at - (double)low;
    double q = (1 - part) * (double)share_at(j->s, low, j->half_atom[low], i);
    if (part > 0)
        q += part * (double)share_at(j->s, low + 1, j->half_atom[low + 1], i);
    return (float)q;
}

static double log_count(const job *j, size_t scale, size_t i)
{
    const double least = 1e-6;
    return log(fmax((double)j->s->smooth_solute[scale][i], least)) + j->count_at[scale];
}

static void count_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double below = log_count(j, 0, i), at = below >= j->log_k ? 0 : INFINITY;
        for (size_t k = 1; k < j->s->n_scales && isinf(at); k++) {
            double above = log_count(j, k, i);
            if (above >= j->log_k)
                at = (double)(k - 1) + (j->log_k - below) / (above - below);
            below = above;
        }
        j->out[i] = share_between(j, at, i);
    }
}

ia_status ia_scale_share_of_count(ia_ctx *ctx, const ia_scales *scales, double k,
                                  float *out)
{
    job j = job_of(scales, out);
    j.log_k = log(k);
    return run(ctx, count_block, &j);
}

static void width_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        j->out[i] =
            share_between(j, 2 * log2((double)j->width[i] / j->s->voxels->edge), i);
}

ia_status ia_scale_share_of_width(ia_ctx *ctx, const ia_scales *scales,
                                  const float *width, float *out)
{
    job j = job_of(scales, out);
    j.width = width;
    return run(ctx, width_block, &j);
}

static double logit_of(double q)
{
    q = ia_clip_share(q);
    return log(q / (1 - q));
}

static void weigh_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double d = ((double)j->pilot[i] - j->level) / j->tau;
        float weight = (float)exp(-0.5 * d * d);
        j->grids[0][i] = weight * j->s->solute[i];
        j->grids[1][i] = weight * j->s->total[i];
    }
}

// The share by the weights of one level, added as far as the voxel is of that level.
static void add_level_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    const double least = 1e-4;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        double at = j->step > 0 ? ((double)j->pilot[i] - j->low) / j->step : 0;
        double near = 1 - fabs(at - (double)j->number);
        if (near > 0)
            j->out[i] += (float)(near * ((double)j->grids[0][i] + least * j->s->mean) /
                                 ((double)j->grids[1][i] + least));
    }
}

static void logit_block(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t begin, end;
    (void)worker;
    ia_block(j->s->n, BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        j->out[i] = (float)logit_of((double)j->pilot[i]);
}

static ia_status add_levels(ia_ctx *ctx, size_t scale, job *j)
{
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < j->s->n; i++) {
        lo = fmin(lo, (double)j->pilot[i]);
        hi = fmax(hi, (double)j->pilot[i]);
    }
    double n = fmin(LEVELS_MOST, fmax(2, ceil((hi - lo) / j->tau) + 1));
    double width = ia_scale_width(j->s->voxels, scale);
    ia_status st = IA_OK;
    j->low = lo;
    j->step = (hi - lo) / (n - 1);
    for (j->number = 0; (double)j->number < n && st == IA_OK; j->number++) {
        j->level = lo + (double)j->number * j->step;
        if ((st = run(ctx, weigh_block, j)) == IA_OK &&
            (st = smooth(ctx, j->s->voxels, width, j->grids[0])) == IA_OK &&
            (st = smooth(ctx, j->s->voxels, width, j->grids[1])) == IA_OK)
            st = run(ctx, add_level_block, j);
    }
    return st;
}

ia_status ia_scale_share_alike(ia_ctx *ctx, const ia_scales *scales, size_t scale,
                               double tau, const float *pilot, float *out)
{
    job j = job_of(scales, out);
    float *logits = ia_array(ctx, scales->n, sizeof *logits);
    ia_status st = IA_ERR_MEMORY;
    j.tau = tau;
    j.out = logits;
    j.pilot = pilot;
    if (!logits || !(j.grids[0] = ia_array(ctx, scales->n, sizeof **j.grids)) ||
        !(j.grids[1] = ia_array(ctx, scales->n, sizeof **j.grids)) ||
        (st = run(ctx, logit_block, &j)) != IA_OK)
        goto done;
    memset(out, 0, scales->n * sizeof *out);
    j.out = out;
    j.pilot = logits;
    st = add_levels(ctx, scale, &j);
done:
    free(j.grids[0]);
    free(j.grids[1]);
    free(logits);
    return st;
}
