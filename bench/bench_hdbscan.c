// bench/bench_hdbscan.c: time of HDBSCAN on the points of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include <ionatlas/hdbscan.h>
#include <ionatlas/ionatlas.h>

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
    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: bench_hdbscan POINTS RESULT MIN_SIZE THREADS "
                        "[MIN_SAMPLES]\n");
        return 2;
    }
    size_t n = 0;
    float *xyz = bench_read_points(argv[1], &n);
    ia_ctx *ctx = ia_ctx_new();
    ia_points points = {xyz, n};
    ia_hdbscan_params params = ia_hdbscan_defaults();
    ia_hdbscan h = {0};
    params.min_size = strtoul(argv[3], NULL, 10);
    if (argc == 6)
        params.min_samples = strtoul(argv[5], NULL, 10);
    ia_ctx_set_threads(ctx, strtoul(argv[4], NULL, 10));
    double before = bench_peak_bytes(), begin = bench_now();
    ia_status st = ia_hdbscan_compute(ctx, &points, &params, &h);
    double end = bench_now();
    if (st != IA_OK) {
        fprintf(stderr, "bench_hdbscan: %s\n", ia_ctx_message(ctx));
        return 1;
    }
    printf("%.3f s, %zu clusters, %.1f B per point\n", end - begin, h.n_clusters,
           (bench_peak_bytes() - before) / (double)n);
    bool written = write_result(argv[2], &h);
    ia_hdbscan_clear(&h);
    ia_ctx_free(ctx);
    free(xyz);
    return written ? 0 : 1;
}
