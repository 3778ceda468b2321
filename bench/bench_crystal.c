// bench/bench_crystal.c: spacing, blur and normal of planted crystals, and the time that
// they take. usage: bench_crystal known SEEDS | speed FILE | map
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/ionatlas.h>
#include <math.h>
#include <string.h>

typedef struct {
    const char *name;
    int lattice; // as ia_simulate_params has it
    double a;
    int parts; // planes in an edge of the cell along z
} kind;
static const kind kinds[] = {
    {"Al, fcc", 2, 0.405, 2}, {"Fe, bcc", 3, 0.2866, 2}, {"Si, diamond", 5, 0.543, 4}};
static const double blurs[][2] = {{0.2, 0.01}, {0.25, 0.03}, {0.3, 0.05}, {0.5, 0.05}};
static const double pi = 3.14159265358979323846;

static void fail(ia_ctx *ctx)
{
    fprintf(stderr, "bench_crystal: %s\n", ia_ctx_message(ctx));
    exit(1);
}

static ia_points draw(ia_ctx *ctx, ia_simulate_params *p, ia_specimen *s)
{
    p->specimen = 0;
    p->background = 0;
    p->molecules[0] = 0;
    snprintf(p->composition, sizeof p->composition, "Fe");
    if (ia_specimen_compute(ctx, p, s) != IA_OK)
        fail(ctx);
    return (ia_points){ia_ions_values(&s->ions, IA_XYZ), s->ions.n};
}

// Errors of one crystal: spacing and blur in parts, normal in degrees.
static void measure(ia_ctx *ctx, const kind *k, const double blur[2], uint64_t seed,
                    double error[3])
{
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen s = {0};
    ia_sdm m;
    p.seed = seed;
    p.lattice = k->lattice;
    p.lattice_parameter = k->a;
    p.sigma_xy = blur[0];
    p.sigma_z = blur[1];
    p.rotate_x_deg = (double)(seed % 5) - 2;
    p.rotate_z_deg = 13 * (double)seed;
    p.size_x = p.size_y = p.size_z = 20;
    p.efficiency = seed % 2 ? 0.37 : 0.57;
    ia_points points = draw(ctx, &p, &s);
    ia_sdm_input input = {points, points, points, true};
    if (ia_sdm_compute(ctx, &input, NULL, &m) != IA_OK)
        fail(ctx);
    double tilt = p.rotate_x_deg * pi / 180;
    double along = hypot(blur[1] * cos(tilt), blur[0] * sin(tilt));
    error[0] = m.spacing / (k->a / k->parts) - 1;
    error[1] = m.sigma_z / along - 1;
    error[2] = fabs(acos(fmin(1, fabs(m.axes[8]))) * 180 / pi - fabs(p.rotate_x_deg));
    ia_sdm_clear(&m);
    ia_specimen_clear(&s);
}

static void known(ia_ctx *ctx, uint64_t seeds)
{
    printf("| crystal | blur across, along (nm) | found | spacing: mean, worst | blur: "
           "mean, "
           "worst | normal: worst |\n|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t b = 0; b < sizeof blurs / sizeof blurs[0]; b++) {
            double mean[2] = {0}, worst[3] = {0}, n = 0;
            for (uint64_t seed = 1; seed <= seeds; seed++) {
                double error[3];
                measure(ctx, &kinds[k], blurs[b], seed, error);
                if (!isfinite(error[0]))
                    continue;
                for (size_t i = 0; i < 3; i++) {
                    mean[i < 2 ? i : 0] += i < 2 ? error[i] : 0;
                    worst[i] = fmax(worst[i], fabs(error[i]));
                }
                n++;
            }
            printf("| %s | %g, %g | %g of %g | %+.3f %%, %.3f %% | %+.2f %%, %.2f %% | "
                   "%.3f° "
                   "|\n",
                   kinds[k].name, blurs[b][0], blurs[b][1], n, (double)seeds,
                   100 * mean[0] / n, 100 * worst[0], 100 * mean[1] / n, 100 * worst[1],
                   worst[2]);
            fflush(stdout);
        }
}

// Seconds for the planes and maps of a file of positions, the best of three.
static void speed(ia_ctx *ctx, const char *path)
{
    size_t n = 0;
    float *xyz = bench_read_points(path, &n);
    if (!xyz)
        exit(1);
    ia_points points = {xyz, n};
    ia_sdm_input input = {points, points, points, true};
    double least[3] = {1e9, 1e9, 1e9};
    ia_sdm m = {0};
    for (int i = 0; i < 3; i++) {
        ia_fourier f;
        ia_planes p;
        double began = bench_now(), then[3];
        ia_sdm_clear(&m);
        if (ia_sdm_compute(ctx, &input, NULL, &m) != IA_OK)
            fail(ctx);
        then[0] = bench_now();
        if (ia_fourier_compute(ctx, &points, NULL, &f) != IA_OK)
            fail(ctx);
        then[1] = bench_now();
        if (ia_planes_compute(ctx, &points, NULL, &p) != IA_OK)
            fail(ctx);
        then[2] = bench_now();
        for (int k = 0; k < 3; k++)
            least[k] = fmin(least[k], then[k] - (k ? then[k - 1] : began));
        ia_fourier_clear(&f);
        ia_planes_clear(&p);
    }
    printf("%zu %.3f %.3f %.3f %.6f %.5f %llu\n", n, least[0], least[1], least[2],
           m.spacing, m.sigma_z, (unsigned long long)m.n_pairs);
    ia_sdm_clear(&m);
    free(xyz);
}

// 28,899 voxels of two species: 20 x 20 x 10 nm, radius 1.5 nm.
static void map(ia_ctx *ctx)
{
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen s = {0};
    ia_sdm m;
    p.lattice_parameter = 0.2866;
    p.size_x = p.size_y = 20;
    p.size_z = 10;
    p.efficiency = 0.57;
    ia_points points = draw(ctx, &p, &s);
    float *parts[2] = {malloc(12 * points.n), malloc(12 * points.n)};
    size_t n[2] = {0}, n_counts;
    for (size_t i = 0; i < points.n; i++)
        memcpy(parts[i % 5 == 0] + 3 * n[i % 5 == 0]++, points.xyz + 3 * i, 12);
    ia_sdm_input input = {points, {parts[1], n[1]}, {parts[0], n[0]}, false};
    ia_sdm_voxels voxels = {{-10, -10, 0}, 1, {39, 39, 19}};
    if (ia_sdm_compute(ctx, &input, NULL, &m) != IA_OK)
        fail(ctx);
    n_counts = 39 * 39 * 19 * m.n_bins;
    uint32_t *counts = malloc(n_counts * sizeof *counts);
    double least = 1e9;
    for (int i = 0; i < 3; i++) {
        double began = bench_now();
        if (ia_sdm_map(ctx, &input, NULL, &m, &voxels, counts) != IA_OK)
            fail(ctx);
        least = fmin(least, bench_now() - began);
    }
    printf("%zu %zu %.3f\n", n[1], n[0], least);
}

int main(int argc, char **argv)
{
    ia_ctx *ctx = ia_ctx_new();
    if (argc == 3 && strcmp(argv[1], "known") == 0)
        known(ctx, strtoull(argv[2], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "speed") == 0)
        speed(ctx, argv[2]);
    else if (argc == 2 && strcmp(argv[1], "map") == 0)
        map(ctx);
    else
        return 2;
    ia_ctx_free(ctx);
    return 0;
}
