// bench/cluster_missed.c: the number of clusters corrected for those that were missed,
// beside the number planted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Eleven spheres of 0.8 nm, 40 % copper in 5, in 30 nm of bcc iron.
static void plant(ia_ctx *ctx, double efficiency, double sigma_xy, uint64_t seed,
                  ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    bench_set(ctx, &ia_simulate_method, &p, "specimen", "clusters");
    bench_set(ctx, &ia_simulate_method, &p, "lattice", "bcc");
    bench_set(ctx, &ia_simulate_method, &p, "composition", "Fe:0.95 Cu:0.05");
    bench_set(ctx, &ia_simulate_method, &p, "solute", "Cu");
    p.lattice_parameter = 0.287;
    p.size_x = p.size_y = p.size_z = 30;
    p.sigma_z = 0.05;
    p.cluster_fraction = 0.4;
    p.cluster_radius = 0.8;
    p.cluster_radius_sd = 0.25;
    p.cluster_density = 4.1e23;
    p.interface_width = 0;
    p.background = 0;
    p.efficiency = efficiency;
    p.sigma_xy = sigma_xy;
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

static void run(ia_ctx *ctx, double efficiency, double sigma_xy, uint64_t seed)
{
    ia_specimen specimen = {0};
    ia_ranger ranger = {0};
    ia_clustering clustering = {0};
    ia_cluster_params params = ia_cluster_defaults();
    plant(ctx, efficiency, sigma_xy, seed, &specimen);
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
    printf("%g\t%g\t%llu\t%zu\t%zu\t%g\t%g\t%g\t", efficiency, sigma_xy,
           (unsigned long long)seed, specimen.n_objects, clustering.n_clusters, r->number,
           r->low, r->high);
    for (size_t i = 0; i < specimen.n_objects; i++)
        printf("%s%g:%g", i > 0 ? "," : "", own[i],
               found_at(&clustering, &specimen.objects[i], sigma_xy));
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
        fprintf(stderr,
                "usage: cluster_missed EFFICIENCY SIGMA_XY FIRST_SEED SEEDS THREADS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    double efficiency = atof(argv[1]), sigma_xy = atof(argv[2]);
    uint64_t first = strtoull(argv[3], NULL, 10), n = strtoull(argv[4], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[5], NULL, 10));
    for (uint64_t seed = first; seed < first + n; seed++)
        run(ctx, efficiency, sigma_xy, seed);
    ia_ctx_free(ctx);
    return 0;
}
