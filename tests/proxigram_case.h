// tests/proxigram_case.h: from ions by way of a field and its surface to a profile.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_PROXIGRAM_CASE_H
#define IONATLAS_TESTS_PROXIGRAM_CASE_H

#include "cluster_case.h"

#include <ionatlas/proxigram.h>

typedef struct {
    ia_volume_params vp;
    ia_surface_params sp;
    ia_proxigram_params pp;
    ia_volume v;
    ia_surface s;
    ia_proxigram p;
} proxigram_case;

// A fixed kernel of this width and voxels as large; no shuffles.
static inline proxigram_case proxigram_new(double sigma, double voxel, double threshold)
{
    proxigram_case t = {.vp = ia_volume_defaults(),
                        .sp = ia_surface_defaults(),
                        .pp = ia_proxigram_defaults(),
                        .v = {.p = NAN}};
    t.vp.kernel = IA_KERNEL_FIXED;
    t.vp.sigma = sigma;
    t.vp.voxel = voxel;
    t.vp.n_shuffles = 0;
    t.sp.threshold = threshold;
    t.sp.n_null = 0;
    return t;
}

static inline void proxigram_compute(proxigram_case *t, const cluster_case *c)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    CHECK_OK(NULL, ia_volume_compute(NULL, &input, &t->vp, &t->v));
    CHECK_OK(NULL, ia_surface_compute(NULL, &input, &t->v, &t->sp, &t->s));
    CHECK_OK(NULL, ia_proxigram_compute(NULL, &input, &t->v, &t->s, &t->pp, &t->p));
}

static inline void proxigram_clear(proxigram_case *t)
{
    ia_proxigram_clear(&t->p);
    ia_surface_clear(&t->s);
    ia_volume_clear(&t->v);
}

#endif
