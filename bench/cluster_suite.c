// bench/cluster_suite.c: planted precipitates, found by every method: scores with paired
// errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"
#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METHODS_MOST = 12, SCORES = 6 };

// A cell of the suite: radius, solute inside and outside, efficiency, lateral noise; with
// a pole, density varies by +-30 % across the axis and 5 % of the ions are background.
typedef struct {
    double radius, inside, outside, efficiency, sigma_xy;
    bool pole;
} cell;

static const cell cells[] = {
    {0.5, 0.8, 0.001, 0.80, 0.0, false}, {0.5, 0.8, 0.002, 0.57, 0.3, false},
    {0.5, 0.8, 0.002, 0.37, 0.5, false}, {0.5, 0.5, 0.01, 0.57, 0.3, false},
    {0.8, 0.8, 0.002, 0.57, 0.3, false}, {0.8, 0.8, 0.002, 0.37, 0.5, false},
    {0.8, 0.5, 0.01, 0.57, 0.3, false},  {0.8, 0.5, 0.01, 0.37, 0.5, false},
    {0.8, 0.4, 0.05, 0.57, 0.3, false},  {0.8, 0.4, 0.05, 0.37, 0.5, false},
    {0.8, 0.6, 0.09, 0.57, 0.3, false},  {1.2, 0.8, 0.002, 0.57, 0.3, false},
    {1.2, 0.5, 0.01, 0.37, 0.5, false},  {1.2, 0.4, 0.05, 0.57, 0.3, false},
    {1.2, 0.4, 0.05, 0.37, 0.5, false},  {1.2, 0.4, 0.09, 0.57, 0.3, false},
    {2.0, 0.5, 0.01, 0.37, 0.5, false},  {2.0, 0.4, 0.05, 0.37, 0.5, false},
    {2.0, 0.4, 0.09, 0.57, 0.3, false},  {3.0, 0.4, 0.05, 0.57, 0.3, false},
    {5.0, 0.4, 0.05, 0.57, 0.3, false},  {0.8, 0.8, 0.002, 0.57, 0.3, true},
    {0.8, 0.4, 0.05, 0.57, 0.3, true},   {1.2, 0.5, 0.01, 0.37, 0.5, true},
    {2.0, 0.4, 0.05, 0.37, 0.5, true},
};
enum { N_CELLS = sizeof cells / sizeof *cells };

// Biases are of the clusters that match: radius and number as shares.
typedef struct {
    double object_f1, ion_f1, radius_bias, number_error, inside_bias, seconds;
} score;
static const char *const score_names[SCORES] = {"object_f1",           "ion_f1",
                                                "radius_bias",         "number_error",
                                                "inside_bias_percent", "seconds"};

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

static void plant(ia_ctx *ctx, const cell *c, uint64_t seed, double size,
                  ia_specimen *out)
{
    ia_simulate_params p = ia_simulate_defaults();
    double volume = 4.18879 * pow(c->radius, 3);
    char text[64];
    bench_set(ctx, &ia_simulate_method, &p, "specimen", "clusters");
    bench_set(ctx, &ia_simulate_method, &p, "lattice", "bcc");
    snprintf(text, sizeof text, "Fe:%g Cu:%g", 1 - c->outside, c->outside);
    bench_set(ctx, &ia_simulate_method, &p, "composition", text);
    bench_set(ctx, &ia_simulate_method, &p, "solute", "Cu");
    p.lattice_parameter = 0.287;
    p.size_x = p.size_y = p.size_z = size;
    p.sigma_z = 0.05;
    p.cluster_fraction = c->inside;
    p.cluster_radius = c->radius;
    p.cluster_radius_sd = 0.25;
    p.cluster_density = fmin(4.1e23, 0.1e27 / volume); // at most a tenth of the volume
    p.interface_width = 0;
    p.efficiency = c->efficiency;
    p.sigma_xy = c->sigma_xy;
    p.background = c->pole ? 0.05 : 0;
    p.seed = seed;
    if (ia_specimen_compute(ctx, &p, out) != IA_OK)
        bench_stop(ctx, "simulate");
    if (c->pole)
        thin_pole(out, size, seed);
}

// Solute ions of the file by planted object and cluster.
typedef struct {
    uint64_t *both, *planted, *found;
    double clustered, inside, right;
} overlap;

static overlap count_overlap(const ia_specimen *specimen, const ia_clustering *clustering)
{
    size_t n_objects = specimen->n_objects, n_clusters = clustering->n_clusters;
    overlap o = {calloc(n_objects * n_clusters + 1, sizeof *o.both),
                 calloc(n_objects + 1, sizeof *o.planted),
                 calloc(n_clusters + 1, sizeof *o.found),
                 0,
                 0,
                 0};
    unsigned z = ia_element_find("Cu", 2);
    for (size_t i = 0; i < specimen->ions.n; i++) {
        int32_t kind = specimen->species[i], object = specimen->object[i];
        int32_t cluster = clustering->labels[i];
        if (kind < 0 || ia_ion_count(&specimen->ions_of[kind], z) == 0)
            continue;
        o.clustered += cluster >= 0;
        o.inside += object >= 0;
        o.right += cluster >= 0 && object >= 0;
        if (object >= 0)
            o.planted[object]++;
        if (cluster >= 0)
            o.found[cluster]++;
        if (object >= 0 && cluster >= 0)
            o.both[(size_t)object * n_clusters + (size_t)cluster]++;
    }
    return o;
}

static score judge(const ia_specimen *specimen, const ia_clustering *clustering,
                   double inside_percent)
{
    size_t n_objects = specimen->n_objects, n_clusters = clustering->n_clusters;
    overlap o = count_overlap(specimen, clustering);
    bool *used = calloc(n_clusters + 1, sizeof *used);
    score s = {0};
    double n_planted = 0, hits = 0;
    for (size_t i = 0; i < n_objects; i++) {
        n_planted += o.planted[i] > 0;
        for (size_t c = 0; c < n_clusters; c++) {
            double shared = (double)o.both[i * n_clusters + c];
            if (used[c] || shared == 0 ||
                shared < 0.3 * ((double)o.planted[i] + (double)o.found[c] - shared))
                continue;
            const ia_cluster *cluster = &clustering->clusters[c];
            used[c] = true;
            hits++;
            s.radius_bias += cluster->radius / specimen->objects[i].radius - 1;
            s.inside_bias += (isnan(cluster->inside_percent) ? cluster->solute_percent
                                                             : cluster->inside_percent) -
                             inside_percent;
            break;
        }
    }
    s.radius_bias /= hits; // NAN where nothing matches
    s.inside_bias /= hits;
    s.object_f1 = 2 * hits / (n_planted + (double)n_clusters);
    s.ion_f1 = 2 * o.right / (o.clustered + o.inside);
    s.number_error = (double)n_clusters / n_planted - 1;
    free(used);
    free(o.both);
    free(o.planted);
    free(o.found);
    return s;
}

static score analyse(ia_ctx *ctx, const ia_specimen *specimen, const char *method,
                     const cell *c, uint64_t seed)
{
    ia_cluster_params params = ia_cluster_defaults();
    ia_ranger ranger = {0};
    ia_clustering clustering = {0};
    ia_cluster_input input = {&specimen->ions, &specimen->ranges, &ranger, NULL};
    double begin = bench_now();
    bench_set(ctx, &ia_cluster_method, &params, "method", method);
    bench_set(ctx, &ia_cluster_method, &params, "solute", "Cu");
    params.seed = seed;
    params.n_shuffles = 39;
    params.divisions = 0;
    if (ia_ranger_build(ctx, &specimen->ranges, &ranger) != IA_OK ||
        ia_clustering_compute(ctx, &input, &params, &clustering) != IA_OK)
        bench_stop(ctx, method);
    score s = judge(specimen, &clustering, 100 * c->inside);
    s.seconds = bench_now() - begin;
    ia_clustering_clear(&clustering);
    ia_ranger_clear(&ranger);
    return s;
}

static void show(size_t number, uint64_t seed, const char *method, const score *s)
{
    const double *values = (const double *)s;
    const cell *c = &cells[number];
    printf("%zu\t%g\t%g\t%g\t%g\t%g\t%d\t%llu\t%s", number + 1, c->radius, c->inside,
           c->outside, c->efficiency, c->sigma_xy, c->pole, (unsigned long long)seed,
           method);
    for (size_t i = 0; i < SCORES; i++)
        printf("\t%.4f", values[i]);
    printf("\n");
    fflush(stdout);
}

// Rows of an earlier run: cell, seed and method.
typedef struct {
    unsigned long cell;
    unsigned long long seed;
    char method[24];
} row;
static row *done;
static size_t n_done;

static void read_done(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        row r;
        if (sscanf(line, "%lu %*s %*s %*s %*s %*s %*s %llu %23s", &r.cell, &r.seed,
                   r.method) != 3 ||
            !strchr(line, '\n'))
            continue;
        if ((n_done & (n_done - 1)) == 0 &&
            !(done = realloc(done, (n_done ? 2 * n_done : 1) * sizeof *done)))
            exit(1);
        done[n_done++] = r;
    }
    if (file)
        fclose(file);
}

static bool is_done(size_t number, uint64_t seed, const char *method)
{
    for (size_t i = 0; i < n_done; i++)
        if (done[i].cell == number + 1 && done[i].seed == seed &&
            strcmp(done[i].method, method) == 0)
            return true;
    return false;
}

static void run(ia_ctx *ctx, char *const *methods, size_t n_methods, size_t number,
                const uint64_t seeds[2], double size)
{
    for (uint64_t seed = seeds[0]; seed < seeds[0] + seeds[1]; seed++) {
        ia_specimen specimen = {0};
        size_t n_left = 0;
        for (size_t m = 0; m < n_methods; m++)
            n_left += !is_done(number, seed, methods[m]);
        if (n_left == 0)
            continue;
        // Cells of large precipitates need room for some.
        plant(ctx, &cells[number], seed, fmax(size, 6 * cells[number].radius), &specimen);
        for (size_t m = 0; m < n_methods; m++) {
            if (is_done(number, seed, methods[m]))
                continue;
            score s = analyse(ctx, &specimen, methods[m], &cells[number], seed);
            show(number, seed, methods[m], &s);
        }
        ia_specimen_clear(&specimen);
    }
}

// usage: cluster_suite METHOD,METHOD,... [SEEDS] [FIRST_SEED] [SIZE_NM]
// [CELL,CELL,...|all]
//                      [ROWS.tsv]: rows of an earlier run are not made again
int main(int argc, char **argv)
{
    char *methods[METHODS_MOST];
    size_t n_methods = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: cluster_suite METHOD,... [SEEDS] [FIRST_SEED] [SIZE_NM] "
                        "[CELL,...|all] [ROWS.tsv]\n");
        return 2;
    }
    for (char *word = strtok(argv[1], ","); word && n_methods < METHODS_MOST;
         word = strtok(NULL, ","))
        methods[n_methods++] = word;
    uint64_t seeds[2] = {argc > 3 ? strtoull(argv[3], NULL, 10) : 1,
                         argc > 2 ? strtoull(argv[2], NULL, 10) : 20};
    double size = argc > 4 ? atof(argv[4]) : 30;
    bool wanted[N_CELLS] = {false}, all = argc <= 5 || strcmp(argv[5], "all") == 0;
    if (argc > 6)
        read_done(argv[6]);
    for (char *word = all ? NULL : strtok(argv[5], ","); word; word = strtok(NULL, ",")) {
        size_t number = strtoul(word, NULL, 10);
        if (number >= 1 && number <= N_CELLS)
            wanted[number - 1] = true;
    }
    ia_ctx *ctx = ia_ctx_new();
    if (n_done == 0)
        printf("cell\tradius_nm\tinside\toutside\tefficiency\tsigma_xy_"
               "nm\tpole\tseed\tmethod");
    for (size_t i = 0; n_done == 0 && i < SCORES; i++)
        printf("\t%s", score_names[i]);
    if (n_done == 0)
        printf("\n");
    for (size_t number = 0; number < N_CELLS; number++)
        if (all || wanted[number])
            run(ctx, methods, n_methods, number, seeds, size);
    ia_ctx_free(ctx);
    free(done);
    return 0;
}
