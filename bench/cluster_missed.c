// bench/cluster_missed.c: the number of clusters corrected for those that were missed,
// beside the number planted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Radius, nm; share of copper inside and outside; efficiency, noise along x and y, nm.
typedef struct {
    double radius, inside, outside, efficiency, sigma_xy;
} cell;

// Spheres at 4.1e23 per m^3, or a tenth of the volume, in a cube of bcc iron.
static void plant(ia_ctx *ctx, const cell *c, double size, uint64_t seed,
                  ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    char text[64];
    snprintf(text, sizeof text, "Fe:%g Cu:%g", 1 - c->outside, c->outside);
    bench_set(ctx, &ia_simulate_method, &p, "specimen", "clusters");
    bench_set(ctx, &ia_simulate_method, &p, "lattice", "bcc");
    bench_set(ctx, &ia_simulate_method, &p, "composition", text);
    bench_set(ctx, &ia_simulate_method, &p, "solute", "Cu");
    p.lattice_parameter = 0.287;
    p.size_x = p.size_y = p.size_z = size;
    p.sigma_z = 0.05;
    p.cluster_fraction = c->inside;
    p.cluster_radius = c->radius;
    p.cluster_radius_sd = 0.25;
    p.cluster_density = fmin(4.1e23, 0.1e27 / (4.18879 * pow(c->radius, 3)));
    p.interface_width = 0;
    p.background = 0;
    p.efficiency = c->efficiency;
    p.sigma_xy = c->sigma_xy;
    p.seed = seed;
    if (ia_specimen_compute(ctx, &p, out) != IA_OK)
        bench_stop(ctx, "simulate");
}

// Solute ions of each planted object.
static void count_own(const ia_specimen *specimen, double *own)
{
    unsigned z = ia_element_find("Cu", 2);
    for (size_t i = 0; i < specimen->ions.n; i++) {
        int32_t kind = specimen->species[i], object = specimen->object[i];
        if (kind >= 0 && object >= 0 && ia_ion_count(&specimen->ions_of[kind], z) > 0)
            own[object]++;
    }
}

// The solute ions of the cluster nearest to an object, within its radius and the noise.
static double found_at(const ia_clustering *c, const ia_object *object, double sigma_xy)
{
    double nearest = pow(object->radius + sigma_xy, 2), ions = 0;
    for (size_t i = 0; i < c->n_clusters; i++) {
        double d2 = 0;
        for (size_t k = 0; k < 3; k++)
            d2 += pow(c->clusters[i].centre[k] - object->centre[k], 2);
        if (d2 >= nearest)
            continue;
        nearest = d2;
        ions = (double)c->clusters[i].solute_ions;
    }
    return ions;
}

static void run(ia_ctx *ctx, const cell *from, double size, uint64_t seed)
{
    ia_specimen specimen = {0};
    ia_ranger ranger = {0};
    ia_clustering clustering = {0};
    ia_cluster_params params = ia_cluster_defaults();
    plant(ctx, from, size, seed, &specimen);
    bench_set(ctx, &ia_cluster_method, &params, "method", "scan");
    bench_set(ctx, &ia_cluster_method, &params, "solute", "Cu");
    params.n_planted = 200;
    params.n_shuffles = 39;
    params.divisions = 0;
    params.seed = seed;
    ia_cluster_input input = {&specimen.ions, &specimen.ranges, &ranger, NULL};
    double *own = calloc(specimen.n_objects + 1, sizeof *own);
    if (!own || ia_ranger_build(ctx, &specimen.ranges, &ranger) != IA_OK ||
        ia_clustering_compute(ctx, &input, &params, &clustering) != IA_OK)
        bench_stop(ctx, "cluster");
    count_own(&specimen, own);
    const ia_cluster_recovery *r = &clustering.tests[0].recovery;
    size_t n_planted = 0;
    for (size_t i = 0; i < specimen.n_objects; i++)
        n_planted += own[i] > 0;
    printf("%g\t%g, %g\t%g, %g\t%llu\t%zu\t%zu\t%g\t%g\t%g\t", from->radius, from->inside,
           from->outside, from->efficiency, from->sigma_xy, (unsigned long long)seed,
           n_planted, clustering.n_clusters, r->number, r->low, r->high);
    for (size_t i = 0; i < specimen.n_objects; i++)
        printf("%s%g:%g", i > 0 ? "," : "", own[i],
               found_at(&clustering, &specimen.objects[i], from->sigma_xy));
    printf("\t");
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++)
        printf("%s%.3f", c > 0 ? "," : "", r->chance[c]);
    printf("\n");
    fflush(stdout);
    free(own);
    ia_clustering_clear(&clustering);
    ia_ranger_clear(&ranger);
    ia_specimen_clear(&specimen);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: cluster_missed RADIUS:INSIDE:OUTSIDE:EFFICIENCY:SIGMA_XY "
                        "SIZE_NM FIRST_SEED SEEDS THREADS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    cell c;
    double size = atof(argv[2]);
    uint64_t first = strtoull(argv[3], NULL, 10), n = strtoull(argv[4], NULL, 10);
    if (sscanf(argv[1], "%lf:%lf:%lf:%lf:%lf", &c.radius, &c.inside, &c.outside,
               &c.efficiency, &c.sigma_xy) != 5)
        return 2;
    ia_ctx_set_threads(ctx, strtoul(argv[5], NULL, 10));
    for (uint64_t seed = first; seed < first + n; seed++)
        run(ctx, &c, size, seed);
    ia_ctx_free(ctx);
    return 0;
}
