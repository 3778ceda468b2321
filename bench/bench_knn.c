// bench/bench_knn.c: time of building the index and searching k neighbours of every point
// of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>
#include <stdio.h>
#include <stdlib.h>
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

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_knn POINTS RESULT K THREADS\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = read_points(argv[1], &n);
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
    printf("%.3f s, %.3f s of it for the index\n", end - begin, built - begin);
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
