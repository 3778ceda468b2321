// bench/correlation_cover.c: how often the intervals of the correlation function hold
// what was planted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Mean radius and its relative standard deviation, edge of the box in nm, particles per
// m^3, share of copper inside and outside.
typedef struct {
    double radius, spread, size, density, inside, outside;
} cell;

static const cell cells[] = {
    {1, 0.25, 20, 5e24, 0.5, 0.02},
    {2, 0.25, 28, 1.5e24, 0.5, 0.02},
    {1.5, 0.1, 24, 3e24, 0.8, 0.005},
};
enum { N_CELLS = sizeof cells / sizeof *cells };

static void plant(ia_ctx *ctx, const cell *c, uint64_t seed, ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    char text[64];
    bench_set(ctx, &ia_simulate_method, &p, "specimen", "clusters");
    snprintf(text, sizeof text, "Fe:%g Cu:%g", 1 - c->outside, c->outside);
    bench_set(ctx, &ia_simulate_method, &p, "composition", text);
    bench_set(ctx, &ia_simulate_method, &p, "solute", "Cu");
    p.size_x = p.size_y = p.size_z = c->size;
    p.sigma_xy = 0.25;
    p.sigma_z = 0.05;
    p.cluster_fraction = c->inside;
    p.cluster_radius = c->radius;
    p.cluster_radius_sd = c->spread;
    p.cluster_density = c->density;
    p.interface_width = 0.2;
    p.efficiency = 0.52;
    p.background = 0;
    p.seed = seed;
    if (ia_specimen_compute(ctx, &p, out) != IA_OK)
        bench_stop(ctx, "simulate");
}

static void show(const ia_bounded *b, double truth)
{
    printf("\t%g\t%g\t%g\t%g", truth, b->value, b->lo, b->hi);
}

static void run(ia_ctx *ctx, size_t number, uint64_t seed)
{
    const cell *c = &cells[number];
    ia_specimen specimen = {0};
    ia_ranger ranger = {0};
    ia_correlations all = {0};
    ia_correlation_params p = ia_correlation_defaults();
    plant(ctx, c, seed, &specimen);
    strcpy(p.from, "Cu");
    p.n_shuffles = 19;
    p.seed = seed;
    const ia_knn_input input = {&specimen.ions, &specimen.ranges, &ranger, NULL};
    if (ia_ranger_build(ctx, &specimen.ranges, &ranger) != IA_OK ||
        ia_correlations_compute(ctx, &input, &p, &all) != IA_OK)
        bench_stop(ctx, "correlation");
    double own = 0, inside = 0;
    for (size_t i = 0; i < specimen.n_objects; i++) {
        own += specimen.objects[i].radius / (double)specimen.n_objects;
        inside += (double)specimen.objects[i].atoms / (double)specimen.ions.n;
    }
    const ia_correlation *k = &all.list[0];
    printf("%zu\t%llu\t%zu\t%d\t%g\t%g", number + 1, (unsigned long long)seed,
           specimen.n_objects, all.n ? (int)k->kind : -1, own, all.n ? k->r[25] : NAN);
    if (all.n && k->kind == IA_PARTICLES) {
        show(&k->radius, c->radius);
        show(&k->spread, c->spread);
        show(&k->blur, 0.25);
        show(&k->fraction, inside);
        show(&k->particle_share, c->inside);
        show(&k->matrix_share, c->outside);
    }
    printf("\n");
    fflush(stdout);
    ia_correlations_clear(&all);
    ia_ranger_clear(&ranger);
    ia_specimen_clear(&specimen);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: correlation_cover CELL FIRST_SEED SEEDS THREADS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    size_t number = strtoul(argv[1], NULL, 10) - 1;
    uint64_t first = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    for (uint64_t seed = first; number < N_CELLS && seed < first + n; seed++)
        run(ctx, number, seed);
    ia_ctx_free(ctx);
    return 0;
}
