// bench/surface_rules.c: rules for the threshold of an iso-surface on planted
// precipitates.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Mean radius, nm, share of copper inside and outside, efficiency.
typedef struct {
    double radius, inside, outside, efficiency;
} cell;

static const cell cells[] = {
    {2, 0.5, 0.01, 0.52}, {2, 0.25, 0.05, 0.52}, {2, 0.15, 0.05, 0.52},
    {2, 0.15, 0.05, 0.8}, {3, 0.15, 0.05, 0.37}, {3, 0.12, 0.06, 0.52},
};
enum { N_CELLS = sizeof cells / sizeof *cells };

static const char *const names[IA_LEVEL_RULES] = {"log-loss", "two-phase", "midpoint",
                                                  "frequency"};
static const double edge = 28, planted_share = 0.06; // nm; of the volume

// Sums over seeds; volumes and objects over those planted, ions as precision and recall.
typedef struct {
    double threshold, volume, objects, f1, squares;
    size_t n;
} sums;

static void plant(ia_ctx *ctx, const cell *c, uint64_t seed, ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    char text[64];
    bench_set(ctx, &ia_simulate_method, &p, "specimen", "clusters");
    snprintf(text, sizeof text, "Fe:%g Cu:%g", 1 - c->outside, c->outside);
    bench_set(ctx, &ia_simulate_method, &p, "composition", text);
    bench_set(ctx, &ia_simulate_method, &p, "solute", "Cu");
    p.size_x = p.size_y = p.size_z = edge;
    p.cluster_fraction = c->inside;
    p.cluster_radius = c->radius;
    p.cluster_radius_sd = 0.2;
    p.cluster_density = planted_share / (4.18879 * pow(c->radius, 3)) * 1e27;
    p.efficiency = c->efficiency;
    p.background = 0;
    p.seed = seed;
    if (ia_specimen_compute(ctx, &p, out) != IA_OK)
        bench_stop(ctx, "simulate");
}

// Ions in voxels above the threshold against those planted inside.
static double ion_f1(const ia_specimen *s, const ia_volume *v, double threshold)
{
    const float *xyz = ia_ions_values((ia_ions *)&s->ions, IA_XYZ);
    double both = 0, found = 0, planted = 0;
    for (size_t i = 0; i < s->ions.n; i++) {
        size_t at = 0;
        for (size_t k = 3; k-- > 0;) {
            double x = ((double)xyz[3 * i + k] - v->origin[k]) / v->voxel + 0.5;
            size_t j = (size_t)fmin(fmax(x, 0), (double)v->n[k] - 1);
            at = at * v->n[k] + j;
        }
        bool in = (double)v->value[at] >= threshold, is = s->object[i] >= 0;
        both += in && is;
        found += in;
        planted += is;
    }
    return 2 * both / (found + planted);
}

static double planted_percent(const ia_specimen *s)
{
    double n = 0;
    for (size_t i = 0; i < s->ions.n; i++)
        n += s->object[i] >= 0;
    return 100 * n / (double)s->ions.n;
}

static void run(ia_ctx *ctx, const cell *c, uint64_t seed, sums all[IA_LEVEL_RULES])
{
    ia_specimen specimen = {0};
    ia_ranger ranger = {0};
    ia_volume_params vp = ia_volume_defaults();
    ia_volume v = {.p = NAN};
    plant(ctx, c, seed, &specimen);
    strcpy(vp.solute, "Cu");
    vp.n_shuffles = 0;
    vp.skip_sigma = true;
    vp.seed = seed;
    const ia_share_input input = {&specimen.ions, &specimen.ranges, &ranger, NULL};
    if (ia_ranger_build(ctx, &specimen.ranges, &ranger) != IA_OK ||
        ia_volume_compute(ctx, &input, &vp, &v) != IA_OK)
        bench_stop(ctx, "field");
    for (int r = 0; r < IA_LEVEL_RULES; r++) {
        ia_surface_params sp = ia_surface_defaults();
        ia_surface s = {.n_objects = 0};
        sp.threshold_rule = r;
        sp.n_null = 0;
        if (ia_surface_compute(ctx, &input, &v, &sp, &s) != IA_OK)
            bench_stop(ctx, "surface");
        double f1 = ion_f1(&specimen, &v, s.threshold);
        all[r].threshold += s.threshold;
        all[r].volume += s.inside_percent / planted_percent(&specimen);
        all[r].objects += (double)s.n_objects / (double)specimen.n_objects;
        all[r].f1 += f1;
        all[r].squares += f1 * f1;
        all[r].n += s.rule == r; // else the next rule that had one stood in
        ia_surface_clear(&s);
    }
    ia_volume_clear(&v);
    ia_ranger_clear(&ranger);
    ia_specimen_clear(&specimen);
}

static void show(const cell *c, const sums all[IA_LEVEL_RULES], double n)
{
    for (int r = 0; r < IA_LEVEL_RULES; r++) {
        double mean = all[r].f1 / n;
        printf("| %g | %g, %g | %g | %s | %.1f | %.2f | %.2f | %.3f +- %.3f | %zu |\n",
               c->radius, 100 * c->inside, 100 * c->outside, c->efficiency, names[r],
               all[r].threshold / n, all[r].volume / n, all[r].objects / n, mean,
               sqrt(fmax(all[r].squares / n - mean * mean, 0) / fmax(n - 1, 1)),
               all[r].n);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: surface_rules FIRST_SEED SEEDS THREADS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t first = strtoull(argv[1], NULL, 10), n = strtoull(argv[2], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[3], NULL, 10));
    printf(
        "| radius, nm | at.%% inside, outside | efficiency | rule | threshold, at.%% | "
        "volume | objects | F1 of ions | had a value |\n"
        "|---:|---|---:|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < N_CELLS; i++) {
        sums all[IA_LEVEL_RULES] = {{0}};
        for (uint64_t seed = first; seed < first + n; seed++)
            run(ctx, &cells[i], seed, all);
        show(&cells[i], all, (double)n);
    }
    ia_ctx_free(ctx);
    return 0;
}
