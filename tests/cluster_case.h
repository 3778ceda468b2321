// tests/cluster_case.h: small clouds of iron with copper in known places.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_CLUSTER_CASE_H
#define TESTS_CLUSTER_CASE_H

#include "check.h"

#include <ionatlas/cluster.h>

// Iron, copper and copper oxide by their m/n.
static const double mass_fe = 56, mass_cu = 63, mass_cuo = 79;

typedef struct {
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
    float *xyz, *mass; // the ions' own
} cluster_case;

static inline void add_range(ia_ranges *ranges, const char *name, double mass)
{
    ia_ion ion = ia_ion_of(name);
    ia_range range = {.lo = mass - 0.5, .hi = mass + 0.5};
    assert_int_equal(ia_ranges_add_ion(NULL, ranges, &ion, &range.ion), IA_OK);
    assert_int_equal(ia_ranges_add(NULL, ranges, &range), IA_OK);
}

static inline cluster_case case_new(size_t n)
{
    cluster_case c = {.ions = {0}};
    assert_int_equal(ia_ions_new(NULL, n, 1u << IA_XYZ | 1u << IA_MASS, &c.ions), IA_OK);
    c.xyz = ia_ions_values(&c.ions, IA_XYZ);
    c.mass = ia_ions_values(&c.ions, IA_MASS);
    add_range(&c.ranges, "Fe+", mass_fe);
    add_range(&c.ranges, "Cu+", mass_cu);
    add_range(&c.ranges, "CuO+", mass_cuo);
    assert_int_equal(ia_ranger_build(NULL, &c.ranges, &c.ranger), IA_OK);
    return c;
}

static inline void case_clear(cluster_case *c)
{
    ia_ranger_clear(&c->ranger);
    ia_ranges_clear(&c->ranges);
    ia_ions_clear(&c->ions);
}

// n ions at random, 40 per nm^3, this share of them copper.
static inline cluster_case case_random(size_t n, double share, uint64_t seed)
{
    cluster_case c = case_new(n);
    ia_random random = ia_random_new(seed, 77);
    double edge = cbrt((double)n / 40);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 3; k++)
            c.xyz[3 * i + k] = (float)(edge * ia_random_uniform(&random));
        c.mass[i] = (float)(ia_random_uniform(&random) < share ? mass_cu : mass_fe);
    }
    return c;
}

// The same with balls of 70 % copper and 1.5 nm radius on a row along x. Their number.
enum { N_BALLS = 3 };
static inline cluster_case case_planted(size_t n, uint64_t seed)
{
    cluster_case c = case_random(n, 0.01, seed);
    ia_random random = ia_random_new(seed, 78);
    double edge = cbrt((double)n / 40);
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < N_BALLS; b++) {
            double dx = (double)c.xyz[3 * i] - edge * ((double)b + 0.5) / N_BALLS;
            double dy = (double)c.xyz[3 * i + 1] - edge / 2;
            double dz = (double)c.xyz[3 * i + 2] - edge / 2;
            if (dx * dx + dy * dy + dz * dz < 1.5 * 1.5)
                c.mass[i] = (float)(ia_random_uniform(&random) < 0.7 ? mass_cu : mass_fe);
        }
    return c;
}

static inline ia_status case_compute(ia_ctx *ctx, const cluster_case *c,
                                     const ia_cluster_params *params, ia_clustering *out)
{
    ia_cluster_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    return ia_clustering_compute(ctx, &input, params, out);
}

static inline void use_method(ia_cluster_params *params, const char *name)
{
    const ia_field *field = ia_method_find(&ia_cluster_method, "method");
    assert_int_equal(ia_field_read(NULL, field, name, params), IA_OK);
}

// By maximum separation unless another method is asked for.
static inline ia_cluster_params copper(void)
{
    ia_cluster_params params = ia_cluster_defaults();
    use_method(&params, "msm");
    strcpy(params.solute, "Cu");
    return params;
}

// As few shuffles as a level allows: for tests of what is found, not of how sure it is.
static inline ia_cluster_params quick_copper(void)
{
    ia_cluster_params params = copper();
    params.level = 0.2;
    params.n_shuffles = 4;
    params.divisions = IS_SLOWED ? 1 : params.divisions;
    return params;
}

#endif
