// src/recon/recon_scan.c: voltages averaged over windows of ions, and how far hits reach.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    const ia_ions *ions;
    const ia_reconstruct_params *params;
    ia_recon_scan *scan;
    size_t block;  // ions; whole windows
    size_t stride; // from one hit of the sample to the next
    float *room;   // (workers, block, 2)
} scanning;

static void average_windows(const scanning *job, size_t begin, size_t n, float *room)
{
    const ia_ions *ions = job->ions;
    size_t window = job->scan->window;
    bool pulses = ia_ions_has(ions, IA_V_PULSE) && job->params->pulse_weight != 0;
    const float *dc = ia_column_rows(&ions->columns[IA_V_DC], begin, n, room);
    const float *pulse =
        pulses ? ia_column_rows(&ions->columns[IA_V_PULSE], begin, n, room + n) : NULL;

    for (size_t from = 0; from < n; from += window) {
        size_t to = from + window < n ? from + window : n, n_good = 0;
        double sum = 0, squares = 0, first = 0;
        for (size_t i = from; i < to; i++) {
            double v = dc[i];
            if (!(v > 0) || !isfinite(v))
                continue;
            if (pulse && isfinite(pulse[i]))
                v += job->params->pulse_weight * (double)pulse[i];
            first = n_good == 0 ? v : first;
            sum += v;
            squares += (v - first) * (v - first);
            n_good++;
        }
        double mean = n_good ? sum / (double)n_good : NAN, off = mean - first;
        size_t w = (begin + from) / window;
        job->scan->volts[w] = mean;
        job->scan->loss[w][0] = n_good ? squares / (double)n_good - off * off : 0;
        job->scan->loss[w][1] = (double)(to - from - n_good);
    }
}

static void sample_hits(const scanning *job, size_t begin, size_t n, float *room)
{
    const float *hits = ia_column_rows(&job->ions->columns[IA_DET_XY], begin, n, room);
    size_t first = (begin + job->stride - 1) / job->stride;

    for (size_t k = first; k * job->stride < begin + n; k++) {
        const float *hit = &hits[2 * (k * job->stride - begin)];
        float r = sqrtf(hit[0] * hit[0] + hit[1] * hit[1]);
        job->scan->radii[k] = isfinite(r) ? r : -1;
        job->scan->hits[2 * k] = hit[0];
        job->scan->hits[2 * k + 1] = hit[1];
    }
}

static void scan_block(void *user, size_t block, size_t worker)
{
    scanning *job = user;
    float *room = job->room + worker * job->block * 2;
    size_t begin, end;

    ia_block(job->ions->n, job->block, block, &begin, &end);
    sample_hits(job, begin, end - begin, room);
    if (job->scan->volts)
        average_windows(job, begin, end - begin, room);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// By size, without the hits that are no place.
static void sort_radii(ia_recon_scan *scan)
{
    size_t n = 0;

    for (size_t k = 0; k < scan->n_radii; k++)
        if (scan->radii[k] >= 0)
            scan->radii[n++] = scan->radii[k];
    scan->n_radii = n;
    qsort(scan->radii, n, sizeof *scan->radii, compare);
}

ia_status ia_recon_scan_read(ia_ctx *ctx, const ia_ions *ions,
                             const ia_reconstruct_params *params, ia_recon_scan *out)
{
    ia_recon_scan scan = {.window = params->voltage_window};
    scanning job = {.ions = ions, .params = params, .scan = &scan};
    ia_status st = IA_ERR_MEMORY;

    scan.n_windows = ia_block_count(ions->n, scan.window);
    job.block = ia_block_count(IA_COLUMN_BLOCK, scan.window) * scan.window;
    job.stride = ia_block_count(ions->n, HIT_SAMPLE);
    scan.n_radii = ia_block_count(ions->n, job.stride);
    size_t n_blocks = ia_block_count(ions->n, job.block);
    job.room =
        ia_array(ctx, ia_for_workers(ctx, n_blocks), job.block * 2 * sizeof(float));
    scan.n_hits = scan.n_radii;
    scan.radii = ia_array(ctx, scan.n_radii, sizeof *scan.radii);
    scan.hits = ia_array(ctx, scan.n_hits, 2 * sizeof *scan.hits);
    if (ia_ions_has(ions, IA_V_DC)) {
        scan.volts = ia_array(ctx, scan.n_windows, sizeof *scan.volts);
        scan.loss = ia_array(ctx, scan.n_windows, sizeof *scan.loss);
    }
    if (!job.room || !scan.radii || !scan.hits ||
        (ia_ions_has(ions, IA_V_DC) && (!scan.volts || !scan.loss)))
        goto done;
    if ((st = ia_for(ctx, "hits and voltages", n_blocks, scan_block, &job)) != IA_OK)
        goto done;
    sort_radii(&scan);
    for (size_t w = 0; scan.volts && w < scan.n_windows; w++)
        scan.n_no_voltage += isnan(scan.volts[w]) ? 1 : 0;
    *out = scan;
    scan = (ia_recon_scan){0};
done:
    free(job.room);
    ia_recon_scan_clear(&scan);
    return st;
}

void ia_recon_scan_about(ia_recon_scan *scan, double x, double y)
{
    scan->n_radii = scan->n_hits;
    for (size_t k = 0; k < scan->n_hits; k++) {
        double d =
            hypot((double)scan->hits[2 * k] - x, (double)scan->hits[2 * k + 1] - y);
        scan->radii[k] = isfinite((float)d) ? (float)d : -1;
    }
    sort_radii(scan);
}

void ia_recon_scan_mend(ia_recon_scan *scan)
{
    double *v = scan->volts;
    size_t n = scan->n_windows;

    for (size_t w = 0; w < n; w++) {
        if (!isnan(v[w]))
            continue;
        size_t next = w;
        while (next < n && isnan(v[next]))
            next++;
        double before = w > 0 ? v[w - 1] : next < n ? v[next] : NAN;
        double after = next < n ? v[next] : before;
        size_t gap = next - w + 1;
        for (size_t k = w; k < next; k++)
            v[k] = before + (after - before) * (double)(k - w + 1) / (double)gap;
        w = next;
    }
}

void ia_recon_scan_clear(ia_recon_scan *scan)
{
    free(scan->loss);
    free(scan->volts);
    free(scan->radii);
    free(scan->hits);
    *scan = (ia_recon_scan){0};
}
