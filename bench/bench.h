// bench/bench.h: what programs that are timed share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BENCH_H
#define IONATLAS_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Seconds since some moment.
static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The most memory that was held; getrusage would count that of the program that called.
static inline double bench_peak_bytes(void)
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

// A file of float32 x y z; NULL where it cannot be read. Freed with free().
static inline float *bench_read_points(const char *path, size_t *n)
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

#endif
