// bench/index_tips.h: tips of aluminium that the benchmarks of indexing evaporate.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BENCH_INDEX_TIPS_H
#define BENCH_INDEX_TIPS_H

#include "settings.h"

#include <ionatlas/ionatlas.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// As it was evaporated: v_specimen = rotation * v_crystal.
typedef struct {
    ia_simulate_params params;
    double rotation[3][3];
    ia_hitmap map;
} tip;

static inline ia_simulate_params tip_params(uint64_t seed, double radius, double depth)
{
    ia_simulate_params p = ia_simulate_defaults();
    bench_set_tip(&p, "specimen", "tip");
    bench_set_tip(&p, "lattice", "fcc");
    bench_set_tip(&p, "composition", "Al:1");
    p.lattice_parameter = 0.405;
    p.tip_radius = radius;
    p.size_z = depth;
    p.seed = seed;
    return p;
}

static inline void evaporate(const ia_simulate_params *p, tip *t)
{
    ia_specimen specimen = {0};
    ia_result truth = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_hitmap_input input = {.ions = &specimen.ions};
    if (ia_specimen_compute(ctx, p, &specimen) != IA_OK ||
        ia_specimen_tables(ctx, &specimen, &truth) != IA_OK ||
        ia_hitmap_compute(ctx, &input, NULL, &t->map) != IA_OK) {
        fprintf(stderr, "%s\n", ia_ctx_message(ctx));
        exit(1);
    }
    t->params = specimen.params;
    memcpy(t->rotation, ia_table_find(ia_result_find(&truth, "truth"), "rotation")->data,
           sizeof t->rotation);
    ia_result_clear(&truth);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

#endif
