// bench/make_epos.c: write an EPOS file of any size, in evaporation order, from a seed.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// usage: make_epos OUTPUT.epos IONS SEED
// Hits at random on a disc of 38 mm while the voltage rises from 3 to 9 kV. The file is
// not meant to be physics; it has the size and the columns of real ones.

#include <ionatlas/random.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 44, IONS_PER_WRITE = 4096 };

static void put_be(unsigned char *bytes, uint32_t bits)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(bits >> (24 - 8 * i));
}

static void put_be_f32(unsigned char *bytes, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    put_be(bytes, bits);
}

// Positions are zeros: they are what is to be found.
static void put_ion(unsigned char *record, ia_random *random, double along)
{
    double r = 38 * sqrt(ia_random_uniform(random)); // mm
    double angle = 2 * M_PI * ia_random_uniform(random);
    memset(record, 0, RECORD);
    put_be_f32(record + 12, 27.967);
    put_be_f32(record + 16, 500 + 50 * ia_random_uniform(random));
    put_be_f32(record + 20, 3000 + 6000 * along + 5 * ia_random_uniform(random));
    put_be_f32(record + 24, 600 + 1200 * along);
    put_be_f32(record + 28, r * cos(angle));
    put_be_f32(record + 32, r * sin(angle));
    put_be(record + 36, 1 + (uint32_t)ia_random_below(random, 200));
    put_be(record + 40, 1);
}

static int write_ions(FILE *file, size_t n, uint64_t seed)
{
    static unsigned char block[IONS_PER_WRITE * RECORD];
    ia_random random = ia_random_new(seed, 0);
    for (size_t done = 0; done < n;) {
        size_t m = n - done < IONS_PER_WRITE ? n - done : IONS_PER_WRITE;
        for (size_t i = 0; i < m; i++)
            put_ion(block + i * RECORD, &random, (double)(done + i) / (double)n);
        if (fwrite(block, RECORD, m, file) != m)
            return -1;
        done += m;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: make_epos OUTPUT.epos IONS SEED\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "wb");
    if (!file ||
        write_ions(file, strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10)) < 0 ||
        fclose(file) != 0) {
        fprintf(stderr, "make_epos: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    return 0;
}
