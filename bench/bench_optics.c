// bench/bench_optics.c: time of OPTICS on the points of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/optics.h>
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

// Order, reachability and labels.
static bool write_result(const char *path, const ia_optics *o)
{
    FILE *out = fopen(path, "wb");
    bool done = out && fwrite(o->order, sizeof *o->order, o->n, out) == o->n &&
                fwrite(o->reachability, sizeof *o->reachability, o->n, out) == o->n &&
                fwrite(o->label, sizeof *o->label, o->n, out) == o->n;
    if (out)
        done &= fclose(out) == 0;
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: bench_optics POINTS RESULT MIN_POINTS REACH THREADS\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = read_points(argv[1], &n);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_optics_params params = ia_optics_defaults();
    ia_optics o = {0};
    params.min_points = strtoul(argv[3], NULL, 10);
    params.reach = strtod(argv[4], NULL);
    ia_ctx_set_threads(ctx, strtoul(argv[5], NULL, 10));
    double before = peak_bytes(), begin = now();
    ia_status st = ia_optics_compute(ctx, &points, &params, &o);
    double end = now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_optics: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    printf("%.3f s, %zu clusters, %.1f B per point\n", end - begin, o.n_labels,
           (peak_bytes() - before) / (double)n);
    bool written = write_result(argv[2], &o);
    ia_optics_clear(&o);
    ia_ctx_free(ctx);
    free(xyz);
    return written ? 0 : 1;
}
