// bench/bench_field.c: time of a grid of ions with its delocalisation, of an iso-surface
// of a given grid, and of the signed distances of ions to it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(ia_ctx *ctx, ia_status st)
{
    if (st == IA_OK)
        return;
    fprintf(stderr, "bench_field: %s\n", ia_ctx_message(ctx));
    exit(1);
}

static void add_kind(ia_ctx *ctx, ia_ranges *ranges, const char *name, double mass)
{
    ia_ion ion = ia_ion_of(name);
    ia_range range = {.lo = mass - 0.5, .hi = mass + 0.5};
    must(ctx, ia_ranges_add_ion(ctx, ranges, &ion, &range.ion));
    must(ctx, ia_ranges_add(ctx, ranges, &range));
}

// POINTS: float32 x, y, z, m/n per ion (56 Fe, 63 Cu).
static void read_ions(ia_ctx *ctx, const char *path, ia_ions *ions)
{
    FILE *file = fopen(path, "rb");
    float row[4];
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "bench_field: %s cannot be read\n", path);
        exit(1);
    }
    size_t n = (size_t)ftell(file) / sizeof row;
    rewind(file);
    must(ctx, ia_ions_new(ctx, n, 1u << IA_XYZ | 1u << IA_MASS, ions));
    float *xyz = ia_ions_values(ions, IA_XYZ), *mass = ia_ions_values(ions, IA_MASS);
    for (size_t i = 0; i < n && fread(row, sizeof row, 1, file) == 1; i++) {
        memcpy(xyz + 3 * i, row, 3 * sizeof *xyz);
        mass[i] = row[3];
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: bench_field POINTS VOXEL THRESHOLD THREADS GRID.npy\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_volume v = {.p = 0};
    ia_surface s = {0};
    ia_proxigram p = {0};
    ia_mesh mesh = {0};
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    read_ions(ctx, argv[1], &ions);
    add_kind(ctx, &ranges, "Fe+", 56);
    add_kind(ctx, &ranges, "Cu+", 63);
    must(ctx, ia_ranger_build(ctx, &ranges, &ranger));
    const ia_share_input input = {&ions, &ranges, &ranger, NULL};
    ia_volume_params vp = ia_volume_defaults();
    ia_surface_params sp = ia_surface_defaults();
    ia_proxigram_params pp = ia_proxigram_defaults();
    strcpy(vp.solute, "Cu");
    vp.kernel = IA_KERNEL_TRUNCATED; // what scipy does: nearest voxel, one Gaussian
    vp.sigma = 1;
    vp.reach = (size_t)ceil(4 / atof(argv[2]));
    vp.trust = true;
    vp.n_shuffles = 0;
    vp.voxel = atof(argv[2]);
    sp.threshold = atof(argv[3]);
    sp.n_null = 0;
    pp.same = true;
    double begin = now();
    must(ctx, ia_volume_compute(ctx, &input, &vp, &v));
    double grid = now();
    ia_volume_params published = vp;
    ia_volume two = {.p = 0};
    published.kernel = IA_KERNEL_TWO_PASS;
    must(ctx, ia_volume_compute(ctx, &input, &published, &two));
    ia_volume_clear(&two);
    double two_pass = now();
    must(ctx, ia_mesh_compute(ctx, &v, sp.threshold, &mesh));
    double cubes = now();
    must(ctx, ia_surface_compute(ctx, &input, &v, &sp, &s));
    double surface = now();
    must(ctx, ia_proxigram_compute(ctx, &input, &v, &s, &pp, &p));
    double end = now();
    must(ctx, ia_volume_write(ctx, &v, argv[5]));
    uint64_t near = 0;
    for (size_t b = 0; b < p.n_bins; b++)
        near += p.ions[b];
    printf("%.4f %.4f %.4f %.4f %.4f %zu %zu %llu %.9g %.9g %.9g\n", grid - begin,
           two_pass - grid, cubes - two_pass, surface - cubes, end - surface,
           mesh.n_triangles, s.n_objects, (unsigned long long)near, v.origin[0],
           v.origin[1], v.origin[2]);
    ia_mesh_clear(&mesh);
    ia_proxigram_clear(&p);
    ia_surface_clear(&s);
    ia_volume_clear(&v);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
    return 0;
}
