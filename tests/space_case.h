// tests/space_case.h: a cloud of iron with copper at random places or pulled together.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SPACE_CASE_H
#define TESTS_SPACE_CASE_H

#include "check.h"

// A cloud of Fe (56 Da) and Cu (63 Da) at random places; `pull` of the Cu sit near one of
// 20 centres.
typedef struct {
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
    ia_range_counts counts;
    ia_composition composition;
} cloud;

static inline void fill_cloud(ia_ions *ions, double edge, double share, double pull,
                              uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    float *xyz = ia_ions_values(ions, IA_XYZ), *mass = ia_ions_values(ions, IA_MASS);
    double centres[20][3];
    for (int c = 0; c < 20; c++)
        for (int k = 0; k < 3; k++)
            centres[c][k] = edge * ia_random_uniform(&random);
    for (size_t i = 0; i < ions->n; i++) {
        bool copper = ia_random_uniform(&random) < share;
        bool pulled = copper && ia_random_uniform(&random) < pull;
        const double *centre = centres[ia_random_below(&random, 20)];
        mass[i] = copper ? 63 : 56;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(pulled ? centre[k] + 0.5 * ia_random_normal(&random)
                                            : edge * ia_random_uniform(&random));
    }
}

// Ranges of a text in place of those it has, and what follows from them.
static inline void range_cloud(cloud *c, const char *rrng)
{
    ia_composition_clear(&c->composition);
    ia_range_counts_clear(&c->counts);
    ia_ranger_clear(&c->ranger);
    ia_ranges_clear(&c->ranges);
    CHECK_OK(NULL, ia_ranges_parse(NULL, ia_format_find("rrng"), rrng, strlen(rrng),
                                   &c->ranges));
    CHECK_OK(NULL, ia_ranger_build(NULL, &c->ranges, &c->ranger));
    CHECK_OK(NULL, ia_range_counts_compute(NULL, &c->ions, &c->ranger, &c->counts));
    CHECK_OK(NULL, ia_composition_compute(NULL, &c->ranges, &c->ranger, &c->counts, NULL,
                                          &c->composition));
}

static inline void make_cloud(cloud *c, size_t n, double share, double pull,
                              uint64_t seed)
{
    *c = (cloud){0};
    CHECK_OK(NULL, ia_ions_new(NULL, n, 1u << IA_XYZ | 1u << IA_MASS, &c->ions));
    fill_cloud(&c->ions, cbrt((double)n / 50), share, pull, seed);
    range_cloud(c, "[Ranges]\nNumber=2\nRange1=55.5 56.5 Fe:1\nRange2=62.5 63.5 Cu:1\n");
}

// Label the ions of a cloud anew: copper by this share in balls at random, as many per
// nm^3 on average, and by another one outside of them. Balls may be cut by the surface.
typedef struct {
    double per_nm3, radius, inside, outside; // nm, shares
} balls;

static inline void plant_balls(cloud *c, const balls *b, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 9);
    const float *xyz = ia_ions_values(&c->ions, IA_XYZ);
    float *mass = ia_ions_values(&c->ions, IA_MASS);
    double edge = cbrt((double)c->ions.n / 50), centres[512][3];
    size_t n = 0; // Poisson, by waiting times
    double wanted = b->per_nm3 * pow(edge + 2 * b->radius, 3);
    for (double sum = -log(1 - ia_random_uniform(&random)); sum < wanted && n < 512;
         sum -= log(1 - ia_random_uniform(&random)), n++)
        for (size_t k = 0; k < 3; k++)
            centres[n][k] =
                (edge + 2 * b->radius) * ia_random_uniform(&random) - b->radius;
    for (size_t i = 0; i < c->ions.n; i++) {
        bool is_inside = false;
        for (size_t q = 0; q < n && !is_inside; q++) {
            double r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)xyz[3 * i + k] - centres[q][k], 2);
            is_inside = r2 < b->radius * b->radius;
        }
        double share = is_inside ? b->inside : b->outside;
        mass[i] = ia_random_uniform(&random) < share ? 63 : 56;
    }
    ia_composition_clear(&c->composition);
    ia_range_counts_clear(&c->counts);
    CHECK_OK(NULL, ia_range_counts_compute(NULL, &c->ions, &c->ranger, &c->counts));
    CHECK_OK(NULL, ia_composition_compute(NULL, &c->ranges, &c->ranger, &c->counts, NULL,
                                          &c->composition));
}

static inline void free_cloud(cloud *c)
{
    ia_composition_clear(&c->composition);
    ia_range_counts_clear(&c->counts);
    ia_ranger_clear(&c->ranger);
    ia_ranges_clear(&c->ranges);
    ia_ions_clear(&c->ions);
}

static inline ia_knn_input cloud_input(const cloud *c)
{
    return (ia_knn_input){&c->ions, &c->ranges, &c->ranger, &c->composition};
}

// Ions at random places of a shape that lies within `reach` (nm) of the origin along each
// axis.
static inline void move_into(cloud *c, bool (*inside)(const double p[3]), double reach,
                             uint64_t seed)
{
    ia_random random = ia_random_new(seed, 3);
    float *xyz = ia_ions_values(&c->ions, IA_XYZ);
    for (size_t i = 0; i < c->ions.n; i++) {
        double p[3];
        do
            for (size_t k = 0; k < 3; k++)
                p[k] = 2 * reach * ia_random_uniform(&random) - reach;
        while (!inside(p));
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)p[k];
    }
}

#endif
