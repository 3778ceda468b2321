// bench/bench_scaling.c: time and memory of one analysis of so many ions in evaporation
// order.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/hdbscan.h>
#include <ionatlas/ionatlas.h>
#include <ionatlas/optics.h>
#include <ionatlas/proxigram.h>
#include <math.h>
#include <string.h>

static void must(ia_ctx *ctx, ia_status st)
{
    if (st == IA_OK)
        return;
    fprintf(stderr, "bench_scaling: %s\n", ia_ctx_message(ctx));
    exit(1);
}

// Spheres of 3 nm at every 20 nm are rich in solute.
static bool is_rich(const float *xyz)
{
    const double apart = 20, radius = 3;
    double r2 = 0;
    for (size_t k = 0; k < 3; k++) {
        double d = remainder((double)xyz[k] - apart / 2, apart);
        r2 += d * d;
    }
    return r2 < radius * radius;
}

// A needle of 50 ions per nm^3, three times as deep as it is wide, its ions by rising
// depth, a twentieth of them solute, 70 % in the spheres.
static void draw_ions(ia_ctx *ctx, size_t n, ia_ions *ions)
{
    static const double density = 50, depth_to_width = 3;
    double width = cbrt((double)n / density / depth_to_width);
    ia_random random = ia_random_new(1, 0);
    must(ctx, ia_ions_new(ctx, n, 1u << IA_XYZ | 1u << IA_MASS, ions));
    float *xyz = ia_ions_values(ions, IA_XYZ), *mass = ia_ions_values(ions, IA_MASS);
    for (size_t i = 0; i < n; i++) {
        double step = ((double)i + ia_random_uniform(&random)) / (double)n;
        xyz[3 * i] = (float)(width * ia_random_uniform(&random));
        xyz[3 * i + 1] = (float)(width * ia_random_uniform(&random));
        xyz[3 * i + 2] = (float)(width * depth_to_width * step);
        double share = is_rich(xyz + 3 * i) ? 0.7 : 0.05;
        mass[i] = ia_random_uniform(&random) < share ? 63 : 56;
    }
}

// Bytes of the result, which are not counted.
static double run_knn(ia_ctx *ctx, const ia_points *points)
{
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = 10, .same = true};
    must(ctx, ia_index_build(ctx, points, NULL, &index));
    must(ctx, ia_knn_compute(ctx, index, points, &request, &knn));
    double bytes = (double)(knn.n * knn.k * sizeof(float));
    ia_knn_clear(&knn);
    ia_index_free(index);
    return bytes;
}

static double run_rdf(ia_ctx *ctx, const ia_points *points)
{
    uint64_t counts[40] = {0};
    ia_pairs_request request = {.r_max = 2, .n_bins = 40};
    must(ctx, ia_pairs_count(ctx, points, NULL, &request, counts));
    return 0;
}

static double run_dbscan(ia_ctx *ctx, const ia_points *points)
{
    int32_t *labels = malloc(points->n * sizeof *labels);
    if (!labels)
        exit(1);
    must(ctx, ia_dbscan_compute(ctx, points, 0.5, 10, labels));
    free(labels);
    return (double)(points->n * sizeof *labels);
}

static double run_hdbscan(ia_ctx *ctx, const ia_points *points)
{
    ia_hdbscan_params params = ia_hdbscan_defaults();
    ia_hdbscan h = {0};
    params.min_size = 20;
    must(ctx, ia_hdbscan_compute(ctx, points, &params, &h));
    double bytes =
        (double)(points->n * (sizeof *h.branch + sizeof *h.density + sizeof *h.label +
                              sizeof *h.strength + sizeof *h.spans));
    ia_hdbscan_clear(&h);
    return bytes;
}

static double run_optics(ia_ctx *ctx, const ia_points *points)
{
    ia_optics_params params = ia_optics_defaults();
    ia_optics o = {0};
    params.min_points = 10;
    params.reach = 0.5;
    must(ctx, ia_optics_compute(ctx, points, &params, &o));
    double bytes =
        (double)(points->n * (sizeof *o.order + sizeof *o.reachability +
                              sizeof *o.before + sizeof *o.core + sizeof *o.label));
    ia_optics_clear(&o);
    return bytes;
}

static void add_kind(ia_ctx *ctx, ia_ranges *ranges, const char *name, double mass)
{
    ia_ion ion = ia_ion_of(name);
    ia_range range = {.lo = mass - 0.5, .hi = mass + 0.5};
    must(ctx, ia_ranges_add_ion(ctx, ranges, &ion, &range.ion));
    must(ctx, ia_ranges_add(ctx, ranges, &range));
}

// Objects within 25 at.%, without shuffles; the profile without parts, with 19 draws.
static void go_on(ia_ctx *ctx, const ia_share_input *input, const ia_volume *volume,
                  bool profile)
{
    ia_surface_params sp = ia_surface_defaults();
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_surface surface = {0};
    ia_proxigram proxigram = {0};
    sp.threshold = 25;
    sp.n_null = 0;
    pp.divisions = 0;
    pp.n_draws = 19;
    must(ctx, ia_surface_compute(ctx, input, volume, &sp, &surface));
    if (profile)
        must(ctx, ia_proxigram_compute(ctx, input, volume, &surface, &pp, &proxigram));
    ia_proxigram_clear(&proxigram);
    ia_surface_clear(&surface);
}

// Voxels of 1 nm and both passes of the published way; then the surface and the profile
// about it.
static double run_grid(ia_ctx *ctx, const ia_ions *ions, const char *what)
{
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_volume volume = {.p = 0};
    ia_volume_params params = ia_volume_defaults();
    add_kind(ctx, &ranges, "Fe+", 56);
    add_kind(ctx, &ranges, "Cu+", 63);
    must(ctx, ia_ranger_build(ctx, &ranges, &ranger));
    const ia_share_input input = {ions, &ranges, &ranger, NULL};
    strcpy(params.solute, "Cu");
    params.kernel = IA_KERNEL_TWO_PASS;
    params.voxel = 1;
    params.trust = params.skip_sigma = true;
    params.n_shuffles = 0;
    must(ctx, ia_volume_compute(ctx, &input, &params, &volume));
    if (strcmp(what, "grid") != 0)
        go_on(ctx, &input, &volume, strcmp(what, "proxigram") == 0);
    double bytes =
        (double)(volume.n[0] * volume.n[1] * volume.n[2] * 2 * sizeof *volume.value);
    ia_volume_clear(&volume);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_scaling knn|rdf|dbscan|hdbscan|optics|grid|surface|"
                        "proxigram IONS THREADS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    size_t n = strtoull(argv[2], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[3], NULL, 10));
    draw_ions(ctx, n, &ions);
    ia_points points = {ia_ions_values(&ions, IA_XYZ), n};
    double before = bench_peak_bytes(), begin = bench_now(), result;
    if (strcmp(argv[1], "knn") == 0)
        result = run_knn(ctx, &points);
    else if (strcmp(argv[1], "rdf") == 0)
        result = run_rdf(ctx, &points);
    else if (strcmp(argv[1], "dbscan") == 0)
        result = run_dbscan(ctx, &points);
    else if (strcmp(argv[1], "hdbscan") == 0)
        result = run_hdbscan(ctx, &points);
    else if (strcmp(argv[1], "optics") == 0)
        result = run_optics(ctx, &points);
    else
        result = run_grid(ctx, &ions, argv[1]);
    double end = bench_now();
    printf("%.4f %.1f\n", end - begin,
           (bench_peak_bytes() - before - result) / (double)n);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
    return 0;
}
