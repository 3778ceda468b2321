// bench/bench_field.c: time of a grid of ions with its delocalisation, of an iso-surface
// of a given grid, and of the signed distances of ions to it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/ionatlas.h>
#include <math.h>
#include <string.h>

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

typedef struct {
    ia_ctx *ctx;
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
    ia_share_input input;
    ia_volume_params params;
    double threshold;
} bench;

static void set_up(bench *b, char **argv)
{
    *b = (bench){.ctx = ia_ctx_new(), .threshold = atof(argv[3])};
    ia_ctx_set_threads(b->ctx, strtoul(argv[4], NULL, 10));
    read_ions(b->ctx, argv[1], &b->ions);
    add_kind(b->ctx, &b->ranges, "Fe+", 56);
    add_kind(b->ctx, &b->ranges, "Cu+", 63);
    must(b->ctx, ia_ranger_build(b->ctx, &b->ranges, &b->ranger));
    b->input = (ia_share_input){&b->ions, &b->ranges, &b->ranger, NULL};
    b->params = ia_volume_defaults();
    strcpy(b->params.solute, "Cu");
    b->params.sigma = 1;
    b->params.reach = (size_t)ceil(4 / atof(argv[2]));
    b->params.trust = true;
    b->params.skip_sigma = true; // scipy tells none
    b->params.n_shuffles = 0;
    b->params.voxel = atof(argv[2]);
}

static void clear(bench *b)
{
    ia_ranger_clear(&b->ranger);
    ia_ranges_clear(&b->ranges);
    ia_ions_clear(&b->ions);
    ia_ctx_free(b->ctx);
}

// Seconds that a kernel's grid takes.
static double time_grid(bench *b, int kernel, ia_volume *out)
{
    double begin = bench_now();
    b->params.kernel = kernel;
    must(b->ctx, ia_volume_compute(b->ctx, &b->input, &b->params, out));
    return bench_now() - begin;
}

// The least seconds that a surface takes of thirty.
static double time_mesh(bench *b, const ia_volume *v, size_t *n_triangles)
{
    double least = INFINITY;
    for (int i = 0; i < 30; i++) {
        ia_mesh mesh = {0};
        double begin = bench_now();
        must(b->ctx, ia_mesh_compute(b->ctx, v, b->threshold, &mesh));
        least = fmin(least, bench_now() - begin);
        *n_triangles = mesh.n_triangles;
        ia_mesh_clear(&mesh);
    }
    return least;
}

// The mesh by which the histogram goes, closed objects where there are any, and its bins:
// edges, ions, copper ions.
static void write_objects(const char *path, const ia_surface *s, const ia_proxigram *p)
{
    const ia_mesh *m = &s->mesh;
    uint64_t n[3] = {m->n_vertices, 0, p->n_bins};
    FILE *out = fopen(path, "wb");
    if (!out) {
        fprintf(stderr, "bench_field: %s cannot be written\n", path);
        exit(1);
    }
    for (size_t t = 0; t < m->n_triangles; t++)
        n[1] += p->edge_included || s->objects[m->labels[t]].is_closed;
    fwrite(n, sizeof n, 1, out);
    fwrite(m->xyz, 3 * sizeof *m->xyz, m->n_vertices, out);
    for (size_t t = 0; t < m->n_triangles; t++)
        if (p->edge_included || s->objects[m->labels[t]].is_closed)
            fwrite(m->triangles + 3 * t, sizeof *m->triangles, 3, out);
    fwrite(p->edge, sizeof *p->edge, p->n_bins + 1, out);
    fwrite(p->ions, sizeof *p->ions, p->n_bins, out);
    for (size_t i = 0; i < p->n_bins; i++)
        fwrite(&p->elements[0].shares[i].counts, sizeof(double), 1, out);
    fclose(out);
}

static void time_objects(bench *b, const ia_volume *v, const char *path)
{
    ia_surface_params sp = ia_surface_defaults();
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_surface s = {0};
    ia_proxigram p = {0};
    uint64_t near = 0;
    sp.threshold = b->threshold;
    sp.n_null = 0;
    sp.least_ions = 5; // as the histogram has it
    pp.same = true;
    pp.divisions = 0;
    strcpy(pp.species, "Cu");
    double begin = bench_now();
    must(b->ctx, ia_surface_compute(b->ctx, &b->input, v, &sp, &s));
    double surface = bench_now();
    must(b->ctx, ia_proxigram_compute(b->ctx, &b->input, v, &s, &pp, &p));
    double end = bench_now();
    for (size_t i = 0; i < p.n_bins; i++)
        near += p.ions[i];
    printf(" %.4f %.4f %zu %llu", surface - begin, end - surface, s.n_objects,
           (unsigned long long)near);
    write_objects(path, &s, &p);
    ia_proxigram_clear(&p);
    ia_surface_clear(&s);
}

int main(int argc, char **argv)
{
    bench b;
    ia_volume v = {.p = 0}, two = {.p = 0};
    size_t n_triangles = 0;
    if (argc != 6 && argc != 7) {
        fprintf(stderr, "usage: bench_field POINTS VOXEL THRESHOLD THREADS GRID.npy "
                        "[OBJECTS]\n");
        return 2;
    }
    set_up(&b, argv);
    // What scipy does: nearest voxel, one Gaussian.
    double one_s = time_grid(&b, IA_KERNEL_TRUNCATED, &v);
    double two_s = time_grid(&b, IA_KERNEL_TWO_PASS, &two);
    double mesh_s = time_mesh(&b, &v, &n_triangles);
    must(b.ctx, ia_volume_write(b.ctx, &v, argv[5]));
    printf("%.4f %.4f %.5f %zu %.9g %.9g %.9g", one_s, two_s, mesh_s, n_triangles,
           v.origin[0], v.origin[1], v.origin[2]);
    if (argc == 7)
        time_objects(&b, &v, argv[6]);
    printf("\n");
    ia_volume_clear(&two);
    ia_volume_clear(&v);
    clear(&b);
    return 0;
}
