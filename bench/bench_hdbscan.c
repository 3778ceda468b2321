// bench/bench_hdbscan.c: time of HDBSCAN on the points of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hdbscan.h>
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

// Labels, branches and densities of the points; spans; branches.
static bool write_result(const char *path, const ia_hdbscan *h)
{
    FILE *out = fopen(path, "wb");
    bool done =
        out && fwrite(h->label, sizeof *h->label, h->n, out) == h->n &&
        fwrite(h->branch, sizeof *h->branch, h->n, out) == h->n &&
        fwrite(h->density, sizeof *h->density, h->n, out) == h->n &&
        fwrite(h->strength, sizeof *h->strength, h->n, out) == h->n &&
        fwrite(h->spans, sizeof *h->spans, h->n - 1, out) == h->n - 1 &&
        fwrite(h->branches, sizeof *h->branches, h->n_branches, out) == h->n_branches;
    if (out)
        done &= fclose(out) == 0;
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_hdbscan POINTS RESULT MIN_SIZE THREADS\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = read_points(argv[1], &n);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_hdbscan_params params = ia_hdbscan_defaults();
    ia_hdbscan h = {0};
    params.min_size = strtoul(argv[3], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    double before = peak_bytes(), begin = now();
    ia_status st = ia_hdbscan_compute(ctx, &points, &params, &h);
    double end = now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_hdbscan: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    printf("%.3f s, %zu clusters, %.1f B per point\n", end - begin, h.n_clusters,
           (peak_bytes() - before) / (double)n);
    bool written = write_result(argv[2], &h);
    ia_hdbscan_clear(&h);
    ia_ctx_free(ctx);
    free(xyz);
    return written ? 0 : 1;
}
