// bench/bench_pairs.c: time of counting the pairs of the points of a file by distance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/ionatlas.h>

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_pairs POINTS R_MAX BINS THREADS\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = bench_read_points(argv[1], &n);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_pairs_request request = {.r_max = strtod(argv[2], NULL),
                                .n_bins = strtoul(argv[3], NULL, 10)};
    uint64_t *counts = calloc(request.n_bins, sizeof *counts);
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    double begin = bench_now();
    ia_status st =
        counts ? ia_pairs_count(ctx, &points, NULL, &request, counts) : IA_ERR_MEMORY;
    double end = bench_now();
    if (st != IA_OK)
        fprintf(stderr, "bench_pairs: %s\n", ia_ctx_message(ctx));
    printf("%.3f\n", end - begin);
    for (size_t i = 0; st == IA_OK && i < request.n_bins; i++)
        printf("%llu\n", (unsigned long long)counts[i]);
    ia_ctx_free(ctx);
    free(counts);
    free(xyz);
    return st == IA_OK ? 0 : 1;
}
