// tests/grown_case.h: blocks of simulated crystals beside each other, and the planes and
// grains that are found in them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_GROWN_CASE_H
#define TESTS_GROWN_CASE_H

#include "crystal_case.h"

#include <ionatlas/planes.h>
#include <ionatlas/random.h>

// The simulated crystal's orientation, in the frame (x, y, -z).
static inline void planted(const crystal_case *c, double rotation[3][3])
{
    double x = c->turn[0] * M_PI / 180, y = c->turn[1] * M_PI / 180;
    double z = c->turn[2] * M_PI / 180;
    const double rx[3][3] = {{1, 0, 0}, {0, cos(x), -sin(x)}, {0, sin(x), cos(x)}};
    const double ry[3][3] = {{cos(y), 0, sin(y)}, {0, 1, 0}, {-sin(y), 0, cos(y)}};
    const double rz[3][3] = {{cos(z), -sin(z), 0}, {sin(z), cos(z), 0}, {0, 0, 1}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            rotation[i][j] = 0;
            for (size_t k = 0; k < 3; k++)
                for (size_t l = 0; l < 3; l++)
                    rotation[i][j] += rz[i][k] * ry[k][l] * rx[l][j];
        }
}

static const crystal_case iron = {.lattice = BCC,
                                  .a = 0.2866,
                                  .sigma_xy = 0.07,
                                  .sigma_z = 0.03,
                                  .wide = 18,
                                  .deep = 18,
                                  .efficiency = 0.5,
                                  .composition = "Fe"};

// Rows into those of a specimen that grows: ions of a crystal at a place along x, each
// moved at random across `keep` (in the frame x, y, -z), or left where it is (NULL).
typedef struct {
    float *xyz;
    size_t n;
} block_list;

static inline void add_block(ia_ctx *ctx, const crystal_case *c, double at,
                             const double *keep, block_list *all)
{
    ia_specimen s = {0};
    ia_random random = ia_random_new(c->seed, 7);
    crystal_draw(ctx, c, &s);
    ia_points points = crystal_points(&s);
    all->xyz = realloc(all->xyz, 3 * (all->n + points.n) * sizeof *all->xyz);
    for (size_t i = 0; i < points.n; i++) {
        double step[3] = {0}, along = 0;
        for (size_t k = 0; keep && k < 3; k++) {
            step[k] = 0.25 * ia_random_normal(&random);
            along += step[k] * keep[k];
        }
        for (size_t k = 0; k < 3; k++) {
            double off = keep ? (k == 2 ? -1 : 1) * (step[k] - along * keep[k]) : 0;
            all->xyz[3 * (all->n + i) + k] =
                (float)(points.xyz[3 * i + k] + off + (k == 0 ? at : 0));
        }
    }
    all->n += points.n;
    ia_specimen_clear(&s);
}

static inline void normal_of(const crystal_case *c, const int hkl[3], double out[3])
{
    double truth[3][3],
        length = sqrt((double)(hkl[0] * hkl[0] + hkl[1] * hkl[1] + hkl[2] * hkl[2]));
    planted(c, truth);
    for (size_t k = 0; k < 3; k++)
        out[k] =
            (truth[k][0] * hkl[0] + truth[k][1] * hkl[1] + truth[k][2] * hkl[2]) / length;
}

enum { BLOCK = IS_SLOWED ? 9 : 12, LARGE_BLOCK = IS_SLOWED ? 9 : 16 }; // nm

static const crystal_case aluminium = {.lattice = FCC,
                                       .a = 0.405,
                                       .sigma_xy = 0.03,
                                       .sigma_z = 0.03,
                                       .wide = BLOCK,
                                       .deep = BLOCK,
                                       .efficiency = 0.5,
                                       .turn = {8, 5, 20},
                                       .composition = "Al"};

// Blocks beside each other, and what is found in them.
typedef struct {
    ia_ctx *ctx;
    ia_planes_params params;
    block_list blocks;
    ia_planes planes;
} grown;

static inline grown grown_of(const char *crystal)
{
    grown g = {.ctx = ia_ctx_new(), .params = ia_planes_defaults()};
    snprintf(g.params.crystal, sizeof g.params.crystal, "%s", crystal);
    return g;
}

static inline void find_grains(grown *g, size_t n_grains)
{
    ia_points points = {g->blocks.xyz, g->blocks.n};
    ia_planes_clear(&g->planes);
    CHECK_OK(g->ctx, ia_planes_compute(g->ctx, &points, &g->params, &g->planes));
    if (n_grains > 0)
        assert_int_equal(g->planes.n_grains, n_grains);
}

static inline void clear_grown(grown *g)
{
    ia_planes_clear(&g->planes);
    free(g->blocks.xyz);
    ia_ctx_free(g->ctx);
}

// Two large ones, each of its case.
static inline void add_pair(grown *g, crystal_case cases[2], uint64_t seed)
{
    for (size_t i = 0; i < 2; i++) {
        cases[i].seed = seed + i;
        cases[i].wide = cases[i].deep = LARGE_BLOCK;
        add_block(g->ctx, &cases[i], LARGE_BLOCK * (double)i, NULL, &g->blocks);
    }
}

static inline const ia_table_column *column_of(const ia_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    fail_msg("no column %s", name);
    return NULL;
}

#endif
