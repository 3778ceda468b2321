// bench/bench_knn.c: time and memory of building the index and of searching k neighbours
// of every point of a file, or of points at random in evaporation order.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/ionatlas.h>
#include <math.h>
#include <string.h>

// A needle of 50 ions per nm^3, three times as deep as it is wide, its ions by rising
// depth.
static float *draw_points(size_t n)
{
    static const double density = 50, depth_to_width = 3;
    double width = cbrt((double)n / density / depth_to_width);
    float *xyz = malloc(n * 3 * sizeof *xyz);
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; xyz && i < n; i++) {
        double step = ((double)i + ia_random_uniform(&random)) / (double)n;
        xyz[3 * i] = (float)(width * ia_random_uniform(&random));
        xyz[3 * i + 1] = (float)(width * ia_random_uniform(&random));
        xyz[3 * i + 2] = (float)(width * depth_to_width * step);
    }
    return xyz;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_knn POINTS|N RESULT|- K THREADS\n");
        return 2;
    }
    char *end_of_number;
    size_t n = strtoull(argv[1], &end_of_number, 10);
    float *xyz = *end_of_number ? bench_read_points(argv[1], &n) : draw_points(n);
    if (!xyz) {
        fprintf(stderr, "bench_knn: %s: no points\n", argv[1]);
        return 1;
    }
    double before = bench_peak_bytes();
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = strtoul(argv[3], NULL, 10), .same = true};
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    double begin = bench_now();
    ia_status st = ia_index_build(ctx, &points, NULL, &index);
    double built = bench_now();
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &points, &request, &knn);
    double end = bench_now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_knn: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    double more = bench_peak_bytes() - before - (double)(knn.n * knn.k * sizeof(float));
    printf("%.3f s, %.3f s of it for the index, %.1f B per ion beside ions and result\n",
           end - begin, built - begin, more / (double)n);
    if (strcmp(argv[2], "-") == 0)
        return 0;
    FILE *out = fopen(argv[2], "wb");
    bool written = out && fwrite(knn.distance, knn.k * sizeof(float), n, out) == n;
    if (out)
        written &= fclose(out) == 0;
    ia_knn_clear(&knn);
    ia_index_free(index);
    ia_ctx_free(ctx);
    free(xyz);
    return written ? 0 : 1;
}
