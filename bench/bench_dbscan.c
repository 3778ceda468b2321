// bench/bench_dbscan.c: time of DBSCAN on the points of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/cluster.h>
#include <ionatlas/ionatlas.h>

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: bench_dbscan POINTS LABELS EPS MIN_POINTS THREADS\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = bench_read_points(argv[1], &n);
    int32_t *labels = malloc((n + 1) * sizeof *labels);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_ctx_set_threads(ctx, strtoul(argv[5], NULL, 10));
    double before = bench_peak_bytes(), begin = bench_now();
    ia_status st = ia_dbscan_compute(ctx, &points, atof(argv[3]),
                                     strtoul(argv[4], NULL, 10), labels);
    double end = bench_now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_dbscan: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    printf("%.4f %.1f\n", end - begin, (bench_peak_bytes() - before) / (double)n);
    FILE *out = fopen(argv[2], "wb");
    bool written = out && fwrite(labels, sizeof *labels, n, out) == n;
    if (out)
        written &= fclose(out) == 0;
    free(labels);
    free(xyz);
    ia_ctx_free(ctx);
    return written ? 0 : 1;
}
