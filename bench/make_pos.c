// bench/make_pos.c: write a POS file of any size, in evaporation order, from a seed.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// usage: make_pos OUTPUT.pos IONS SEED
// A cylinder of steel-like ions: z grows from ion to ion, x and y lie at random in a
// disc. The file is not meant to be physics; it is meant to have the size and the
// disorder of real ones.

#include <ionatlas/random.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = 16, IONS_PER_WRITE = 4096 };

// Peaks of the mass spectrum: place (Da) and cumulative share; the rest is background.
static const struct {
    double mass, share;
} peaks[] = {{27.967, 0.85}, {26.970, 0.90},  {28.468, 0.92},  {13.988, 0.93},
             {6.000, 0.94},  {12.000, 0.945}, {55.935, 0.975}, {27.469, 0.99}};

static double draw_mass(ia_random *random)
{
    double u = ia_random_uniform(random);
    for (size_t i = 0; i < sizeof peaks / sizeof peaks[0]; i++)
        if (u < peaks[i].share)
            return peaks[i].mass + 0.01 * ia_random_normal(random) +
                   (ia_random_uniform(random) < 0.2 ? 0.1 * ia_random_exponential(random)
                                                    : 0);
    double root = 0.7 + 13.4 * ia_random_uniform(random); // flat in time of flight
    return root * root;
}

static void put_be_f32(unsigned char *bytes, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(bits >> (24 - 8 * i));
}

static void put_ion(unsigned char *record, ia_random *random, double z)
{
    const double radius = 40; // nm
    double r = radius * sqrt(ia_random_uniform(random));
    double angle = 2 * M_PI * ia_random_uniform(random);
    put_be_f32(record, r * cos(angle));
    put_be_f32(record + 4, r * sin(angle));
    put_be_f32(record + 8, z);
    put_be_f32(record + 12, draw_mass(random));
}

static int write_ions(FILE *file, size_t n, uint64_t seed)
{
    static unsigned char block[IONS_PER_WRITE * RECORD];
    const double depth_per_ion = 5e-6; // nm: about 40 ions per nm^3
    ia_random random = ia_random_new(seed, 0);
    for (size_t done = 0; done < n;) {
        size_t m = n - done < IONS_PER_WRITE ? n - done : IONS_PER_WRITE;
        for (size_t i = 0; i < m; i++)
            put_ion(block + i * RECORD, &random, depth_per_ion * (double)(done + i));
        if (fwrite(block, RECORD, m, file) != m)
            return -1;
        done += m;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: make_pos OUTPUT.pos IONS SEED\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "wb");
    if (!file ||
        write_ions(file, strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10)) < 0 ||
        fclose(file) != 0) {
        fprintf(stderr, "make_pos: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    return 0;
}
