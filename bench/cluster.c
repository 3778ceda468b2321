// bench/cluster.c: how often clusters are reported of random ions, and how well planted
// ones are found.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <ionatlas/cluster.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ia_simulate_params block(ia_ctx *ctx, const char *specimen, double size)
{
    ia_simulate_params params = ia_simulate_defaults();
    bench_set(ctx, &ia_simulate_method, &params, "specimen", specimen);
    bench_set(ctx, &ia_simulate_method, &params, "lattice", "bcc");
    bench_set(ctx, &ia_simulate_method, &params, "lattice_parameter", "0.287");
    params.size_x = params.size_y = params.size_z = size;
    params.background = 0;
    params.sigma_z = 0.05;
    return params;
}

static void analyse(ia_ctx *ctx, const ia_specimen *specimen,
                    const ia_cluster_params *params, ia_clustering *out)
{
    ia_ranger ranger = {0};
    ia_cluster_input input = {&specimen->ions, &specimen->ranges, &ranger, NULL};
    if (ia_ranger_build(ctx, &specimen->ranges, &ranger) != IA_OK ||
        ia_clustering_compute(ctx, &input, params, out) != IA_OK)
        bench_stop(ctx, "cluster");
    ia_ranger_clear(&ranger);
}

static void random_ions(ia_ctx *ctx, size_t n_seeds)
{
    size_t n_reports = 0;
    double begin = seconds_now(), n_ions = 0;
    for (size_t seed = 1; seed <= n_seeds; seed++) {
        ia_simulate_params params = block(ctx, "crystal", 9.5);
        ia_specimen specimen = {0};
        ia_clustering clustering = {0};
        ia_cluster_params cluster = ia_cluster_defaults();
        bench_set(ctx, &ia_simulate_method, &params, "composition",
                  "Fe:0.965 Cu:0.02 Mn:0.015");
        params.efficiency = 0.57;
        params.sigma_xy = 0.3;
        params.seed = cluster.seed = seed;
        if (ia_specimen_compute(ctx, &params, &specimen) != IA_OK)
            bench_stop(ctx, "simulate");
        analyse(ctx, &specimen, &cluster, &clustering);
        n_ions += (double)specimen.ions.n / (double)n_seeds;
        n_reports += clustering.n_clusters > 0;
        ia_clustering_clear(&clustering);
        ia_specimen_clear(&specimen);
    }
    printf("random ions: %zu seeds of %.0f ions, %zu reports of clustering (2 to 21 "
           "expected), %.3f s each\n",
           n_seeds, n_ions, n_reports, (seconds_now() - begin) / (double)n_seeds);
}

// A row of the table: radius, solute inside and outside, efficiency, lateral noise; with
// a pole, density varies by +-30 % across the axis and 5 % of the ions are background.
typedef struct {
    double radius, inside, outside, efficiency, sigma_xy;
    bool pole;
} row;

// Biases are of the clusters that match: radius as a share, composition in at.%.
typedef struct {
    double object_f1, ion_f1, found, expected, radius_bias, percent_bias, matched;
} score;

// Ions left out get a mass that no range holds.
static void thin_pole(ia_specimen *specimen, double size, uint64_t seed)
{
    float *xyz = ia_ions_values(&specimen->ions, IA_XYZ);
    float *mass = ia_ions_values(&specimen->ions, IA_MASS);
    ia_random random = ia_random_new(seed, 99);
    for (size_t i = 0; i < specimen->ions.n; i++) {
        double r = hypot((double)xyz[3 * i], (double)xyz[3 * i + 1]);
        double keep = (1 - 0.3 * cos(2 * 3.14159265 * r / (size / 2))) / 1.3;
        if (ia_random_uniform(&random) < keep)
            continue;
        mass[i] = 0.5f;
        specimen->species[i] = -1;
    }
}

static void add_biases(const ia_object *object, const ia_cluster *cluster, score *s)
{
    s->radius_bias += sqrt(5.0 / 3) * cluster->gyration / object->radius - 1;
    s->percent_bias +=
        cluster->solute_percent - 100 * (double)object->solutes / (double)object->atoms;
    s->matched++;
}

// Solute ions of the file: in which planted object and which cluster.
static score compare(const ia_specimen *specimen, const ia_clustering *clustering,
                     const char *solute)
{
    unsigned z = ia_element_find(solute, strlen(solute));
    size_t n_objects = specimen->n_objects, n_clusters = clustering->n_clusters;
    uint64_t *both = calloc(n_objects * n_clusters + 1, sizeof *both);
    uint64_t *planted = calloc(n_objects + 1, sizeof *planted);
    uint64_t *found = calloc(n_clusters + 1, sizeof *found);
    bool *used = calloc(n_clusters + 1, sizeof *used);
    score s = {0};
    double hits = 0, clustered = 0, inside = 0, right = 0;
    size_t n_planted = 0;
    for (size_t i = 0; i < specimen->ions.n; i++) {
        int32_t kind = specimen->species[i], object = specimen->object[i];
        int32_t cluster = clustering->labels[i];
        if (kind < 0 || ia_ion_count(&specimen->ions_of[kind], z) == 0)
            continue;
        clustered += cluster >= 0;
        inside += object >= 0;
        right += cluster >= 0 && object >= 0;
        if (object >= 0)
            planted[object]++;
        if (cluster >= 0)
            found[cluster]++;
        if (object >= 0 && cluster >= 0)
            both[(size_t)object * n_clusters + (size_t)cluster]++;
    }
    for (size_t o = 0; o < n_objects; o++) {
        n_planted += planted[o] > 0;
        for (size_t c = 0; c < n_clusters; c++) {
            double shared = (double)both[o * n_clusters + c];
            if (used[c] || shared == 0 ||
                shared < 0.3 * ((double)planted[o] + (double)found[c] - shared))
                continue;
            used[c] = true;
            hits++;
            add_biases(&specimen->objects[o], &clustering->clusters[c], &s);
            break;
        }
    }
    free(used);
    free(both);
    free(planted);
    free(found);
    s.object_f1 = 2 * hits / (double)(n_planted + n_clusters);
    s.ion_f1 = 2 * right / (clustered + inside);
    s.found = (double)n_clusters;
    s.expected = (double)n_planted;
    return s;
}

static score planted_once(ia_ctx *ctx, const row *r, size_t seed, double size)
{
    ia_simulate_params params = block(ctx, "clusters", size);
    ia_specimen specimen = {0};
    ia_clustering clustering = {0};
    ia_cluster_params cluster = ia_cluster_defaults();
    char text[64];
    snprintf(text, sizeof text, "Fe:%g Cu:%g", 1 - r->outside, r->outside);
    bench_set(ctx, &ia_simulate_method, &params, "composition", text);
    bench_set(ctx, &ia_simulate_method, &params, "solute", "Cu");
    params.cluster_fraction = r->inside;
    params.cluster_radius = r->radius;
    params.cluster_radius_sd = 0.25;
    params.cluster_density = 4.1e23;
    params.efficiency = r->efficiency;
    params.sigma_xy = r->sigma_xy;
    params.seed = cluster.seed = seed;
    params.background = r->pole ? 0.05 : 0;
    bench_set(ctx, &ia_simulate_method, (void *)&params, "interface_width", "0");
    if (ia_specimen_compute(ctx, &params, &specimen) != IA_OK)
        bench_stop(ctx, "simulate");
    if (r->pole)
        thin_pole(&specimen, size, seed);
    snprintf(cluster.solute, sizeof cluster.solute, "Cu");
    analyse(ctx, &specimen, &cluster, &clustering);
    score s = compare(&specimen, &clustering, "Cu");
    if (getenv("VERBOSE"))
        fprintf(stderr, "seed %zu d %.3f n %zu p %.3f f1 %.2f %.2f n %g of %g\n", seed,
                clustering.tests[0].d_max, clustering.tests[0].n_min,
                clustering.tests[0].p, s.object_f1, s.ion_f1, s.found, s.expected);
    ia_clustering_clear(&clustering);
    ia_specimen_clear(&specimen);
    return s;
}

static void planted(ia_ctx *ctx, size_t n_seeds, double size)
{
    static const row rows[] = {
        {0.8, 0.8, 0.002, 0.57, 0.3, false}, {0.8, 0.8, 0.002, 0.37, 0.5, false},
        {0.8, 0.5, 0.01, 0.57, 0.3, false},  {0.8, 0.5, 0.01, 0.37, 0.5, false},
        {0.8, 0.4, 0.05, 0.57, 0.3, false},  {0.8, 0.4, 0.05, 0.37, 0.5, false},
        {1.2, 0.8, 0.002, 0.57, 0.3, false}, {1.2, 0.5, 0.01, 0.57, 0.3, false},
        {1.2, 0.5, 0.01, 0.37, 0.5, false},  {1.2, 0.4, 0.05, 0.57, 0.3, false},
        {1.2, 0.4, 0.05, 0.37, 0.5, false},  {1.5, 0.8, 0.002, 0.57, 0.3, false},
        {1.5, 0.5, 0.01, 0.57, 0.3, false},  {1.5, 0.5, 0.01, 0.37, 0.5, false},
        {2.0, 0.8, 0.002, 0.57, 0.3, false}, {2.0, 0.5, 0.01, 0.57, 0.3, false},
        {2.0, 0.5, 0.01, 0.37, 0.5, false},  {2.0, 0.4, 0.05, 0.37, 0.5, false},
        {0.8, 0.8, 0.002, 0.57, 0.3, true},  {1.2, 0.8, 0.002, 0.57, 0.3, true},
        {1.2, 0.5, 0.01, 0.37, 0.5, true},   {2.0, 0.5, 0.01, 0.37, 0.5, true},
    };
    printf(
        "| r nm | inside, outside | efficiency, sigma_xy | clusters found / planted | "
        "object F1 mean (least) | solute ion F1 | radius bias | composition bias at.%% "
        "|\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        score sum = {0};
        double least = 1;
        for (size_t seed = 1; seed <= n_seeds; seed++) {
            score s = planted_once(ctx, &rows[i], seed, size);
            sum.object_f1 += s.object_f1 / (double)n_seeds;
            sum.ion_f1 += s.ion_f1 / (double)n_seeds;
            sum.found += s.found / (double)n_seeds;
            sum.expected += s.expected / (double)n_seeds;
            sum.radius_bias += s.radius_bias;
            sum.percent_bias += s.percent_bias;
            sum.matched += s.matched;
            least = fmin(least, s.object_f1);
        }
        printf("| %.1f | %g, %g | %g, %g%s | %.1f / %.1f | %.2f (%.2f) | %.2f | %+.2f | "
               "%+.0f |\n",
               rows[i].radius, rows[i].inside, rows[i].outside, rows[i].efficiency,
               rows[i].sigma_xy, rows[i].pole ? ", pole" : "", sum.found, sum.expected,
               sum.object_f1, least, sum.ion_f1, sum.radius_bias / sum.matched,
               sum.percent_bias / sum.matched);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    ia_ctx *ctx = ia_ctx_new();
    const char *what = argc > 1 ? argv[1] : "";
    size_t n_seeds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (strcmp(what, "random") == 0)
        random_ions(ctx, n_seeds > 0 ? n_seeds : 200);
    else if (strcmp(what, "planted") == 0)
        planted(ctx, n_seeds > 0 ? n_seeds : 20, argc > 3 ? atof(argv[3]) : 30);
    else {
        fprintf(stderr, "usage: cluster random|planted [SEEDS] [SIZE]\n");
        return 2;
    }
    ia_ctx_free(ctx);
    return 0;
}
