// bench/bench_optics.c: time of OPTICS on the points of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/optics.h>
#include <ionatlas/ionatlas.h>

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
    float *xyz = bench_read_points(argv[1], &n);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_optics_params params = ia_optics_defaults();
    ia_optics o = {0};
    params.min_points = strtoul(argv[3], NULL, 10);
    params.reach = strtod(argv[4], NULL);
    ia_ctx_set_threads(ctx, strtoul(argv[5], NULL, 10));
    double before = bench_peak_bytes(), begin = bench_now();
    ia_status st = ia_optics_compute(ctx, &points, &params, &o);
    double end = bench_now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_optics: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    printf("%.3f s, %zu clusters, %.1f B per point\n", end - begin, o.n_labels,
           (bench_peak_bytes() - before) / (double)n);
    bool written = write_result(argv[2], &o);
    ia_optics_clear(&o);
    ia_ctx_free(ctx);
    free(xyz);
    return written ? 0 : 1;
}
