// bench/read_rate.c: how fast this machine reads a file: the yardstick for what reads
// files.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// usage: read_rate FILE      prints bytes and seconds of one pass of read() in 1 MiB
// pieces

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    const size_t piece = (size_t)1 << 20;
    char *buffer = malloc(piece);
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (!buffer || fd < 0) {
        fprintf(stderr, "usage: read_rate FILE\n");
        return 2;
    }
    double start = now();
    size_t total = 0;
    ssize_t n;
    while ((n = read(fd, buffer, piece)) > 0)
        total += (size_t)n;
    printf("%zu %.6f\n", total, now() - start);
    close(fd);
    free(buffer);
    return n == 0 ? 0 : 1;
}
