// bench/index_classes.c: the published classifier of four poles by their sorted angles:
// the nearest class mean, which is the limit of any network on its data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The published mean angles that the other three poles subtend at each, degrees.
enum { CLASSES = 6, ANGLES = 4 };
static const double means[CLASSES][ANGLES] = {{71, 71, 88, 130},  {71, 88, 104, 102},
                                              {57, 86, 104, 110}, {70, 70, 106, 116},
                                              {57, 77, 98, 126},  {58, 78, 108, 114}};

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// Angles as published data are made: each normal about its mean, the sum within 358 to
// 360.
static void draw(ia_random *random, const double *mean, double sd, double *out)
{
    double sum = 0;
    for (int k = 0; k < ANGLES; k++) {
        out[k] = mean[k] + sd * ia_random_normal(random);
        sum += out[k];
    }
    double wanted = 358 + 2 * ia_random_uniform(random);
    for (int k = 0; k < ANGLES; k++)
        out[k] += (wanted - sum) / ANGLES;
}

static int nearest(double template[CLASSES][ANGLES], const double *angles)
{
    double least = INFINITY;
    int best = 0;
    for (int c = 0; c < CLASSES; c++) {
        double off = 0;
        for (int k = 0; k < ANGLES; k++)
            off += (angles[k] - template[c][k]) * (angles[k] - template[c][k]);
        if (off < least) {
            least = off;
            best = c;
        }
    }
    return best;
}

// With sum and order kept, the classes are normal clouds of one size: the nearest mean is
// Bayes' rule, but for the spread of the sum. Sorted, their means move together.
static double measure(double sd, bool sorted, size_t n, uint64_t seed)
{
    double template[CLASSES][ANGLES] = {{0}};
    size_t right = 0, all = 0;
    ia_random random = ia_random_new(seed, sorted);
    for (int c = 0; c < CLASSES; c++) // means as learnt
        for (size_t i = 0; i < n; i++) {
            double angles[ANGLES];
            draw(&random, means[c], sd, angles);
            if (sorted)
                qsort(angles, ANGLES, sizeof *angles, compare);
            for (int k = 0; k < ANGLES; k++)
                template[c][k] += angles[k] / (double)n;
        }
    for (int c = 0; c < CLASSES; c++)
        for (size_t i = 0; i < n; i++) {
            double angles[ANGLES];
            draw(&random, means[c], sd, angles);
            if (sorted)
                qsort(angles, ANGLES, sizeof *angles, compare);
            right += nearest(template, angles) == c;
            all++;
        }
    return 100 * (double)right / (double)all;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: index_classes SEED N\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = strtoul(argv[2], NULL, 10);
    printf("| scatter of the angles (degrees) | in order (%%) | sorted (%%) "
           "|\n|---|---|---|\n");
    for (int sd = 2; sd <= 8; sd += 2)
        printf("| %d | %.2f | %.2f |\n", sd, measure(sd, false, n, seed),
               measure(sd, true, n, seed));
    return 0;
}
