// bench/bench_knn.c: time and memory of building the index and of searching k neighbours
// of every point of a file, or of points at random in evaporation order.
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

static float *read_points(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *n = (size_t)ftell(file) / (3 * sizeof(float));
    rewind(file);
    float *xyz = malloc(*n * 3 * sizeof *xyz);
    if (xyz && fread(xyz, 3 * sizeof *xyz, *n, file) != *n)
        *n = 0;
    fclose(file);
    return xyz;
}

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

// The most memory that was held; getrusage would count that of the program that called.
static double peak_bytes(void)
{
    char line[256];
    double kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %lf", &kilobytes) == 1)
            break;
    if (status)
        fclose(status);
    return 1024 * kilobytes;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_knn POINTS|N RESULT|- K THREADS\n");
        return 2;
    }
    char *end_of_number;
    size_t n = strtoull(argv[1], &end_of_number, 10);
    float *xyz = *end_of_number ? read_points(argv[1], &n) : draw_points(n);
    if (!xyz) {
        fprintf(stderr, "bench_knn: %s: no points\n", argv[1]);
        return 1;
    }
    double before = peak_bytes();
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_knn_request request = {.k = strtoul(argv[3], NULL, 10), .same = true};
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    double begin = now();
    ia_status st = ia_index_build(ctx, &points, NULL, &index);
    double built = now();
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &points, &request, &knn);
    double end = now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_knn: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    double more = peak_bytes() - before - (double)(knn.n * knn.k * sizeof(float));
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
