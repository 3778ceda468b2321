// bench/index_turn.c: how tips of aluminium are turned, within 15 degrees about each
// axis: by their poles, and by a network that has learnt from tips like these.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_tips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static const double most = 15;                  // degrees
static const char *const lattice = "fcc:0.405"; // nm

// Turned within `most` about each axis.
static void evaporate_turned(uint64_t seed, double radius, tip *t)
{
    ia_simulate_params p = tip_params(seed, radius, 6);
    ia_random random = ia_random_new(seed, 0);
    p.rotate_x_deg = most * (2 * ia_random_uniform(&random) - 1);
    p.rotate_y_deg = most * (2 * ia_random_uniform(&random) - 1);
    p.rotate_z_deg = most * (2 * ia_random_uniform(&random) - 1);
    evaporate(&p, t);
}

// Least turn between the rotations, over the 24 turns of a cube; degrees.
static double misorientation(const double a[3][3], double b[3][3])
{
    static const int orders[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                     {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    double largest = -1;
    for (int o = 0; o < 6; o++)
        for (int signs = 0; signs < 8; signs++) {
            const int s[3] = {signs & 1 ? -1 : 1, signs & 2 ? -1 : 1, signs & 4 ? -1 : 1};
            int even = (o < 3 ? 1 : -1) * s[0] * s[1] * s[2];
            double trace = 0;
            for (int r = 0; r < 3 && even == 1; r++)
                for (int c = 0; c < 3; c++)
                    trace += a[r][c] * s[c] * b[r][orders[o][c]];
            if (even == 1)
                largest = fmax(largest, trace);
        }
    return acos(fmin(1, (largest - 1) / 2)) * 180 / acos(-1.0);
}

// The geometry is known to both.
static bool by_poles(tip *t, double *off, double *sigma)
{
    ia_orientation_params p = ia_orientation_defaults();
    ia_found_poles found = {0};
    ia_orientation o = {0};
    ia_pole poles[IA_POLES_MOST];
    const double doubt = 0.01; // of the image compression factor
    snprintf(p.crystal, sizeof p.crystal, "%s", lattice);
    p.projection = t->params.projection;
    p.projection_length = t->params.flight_path;
    p.icf_least = t->params.icf * (1 - doubt);
    p.icf_most = t->params.icf * (1 + doubt);
    p.axis_doubt = 0;
    if (ia_poles_find(NULL, &t->map, NULL, &found) != IA_OK)
        exit(1);
    size_t n = found.n < IA_POLES_MOST ? found.n : IA_POLES_MOST;
    for (size_t i = 0; i < n; i++)
        poles[i] = found.poles[i].at;
    ia_pole_list list = {.poles = poles, .n = n, .radius = t->map.radius, .on_map = true};
    if (ia_orientation_compute(NULL, &list, &p, &o) != IA_OK)
        exit(1);
    bool told = o.n_grains > 0 && o.grains[0].indexed;
    *off = misorientation((const double(*)[3])o.grains[0].rotation, t->rotation);
    *sigma = o.grains[0].sigma_deg;
    ia_orientation_clear(&o);
    ia_found_poles_clear(&found);
    return told;
}

static void row(const char *name, size_t maps, double *off, size_t n, size_t covered)
{
    qsort(off, n, sizeof *off, compare);
    printf("| %s | %zu | %.1f | %.2f | %.2f | ", name, maps,
           100 * (double)n / (double)maps, n ? off[n / 2] : NAN,
           n ? off[(size_t)(0.95 * (double)(n - 1))] : NAN);
    if (covered <= n)
        printf("%.0f", 100 * (double)covered / (double)n);
    printf(" |\n");
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: index_turn SEED MAPS RADIUS_NM NETWORK\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = strtoul(argv[2], NULL, 10), told = 0, covered = 0;
    double *poles = calloc(n, sizeof *poles), *learnt = calloc(n, sizeof *learnt);
    for (size_t i = 0; i < n; i++) {
        tip t = {0};
        ia_learned_turn_params p = ia_learned_turn_defaults();
        ia_learned_turn turn = {0};
        double sigma;
        evaporate_turned(seed + i, strtod(argv[3], NULL), &t);
        if (by_poles(&t, &poles[told], &sigma)) {
            covered += poles[told] < 1.96 * sigma;
            told++;
        }
        snprintf(p.network, sizeof p.network, "%s", argv[4]);
        if (ia_learned_turn_compute(NULL, &t.map, &p, &turn) != IA_OK)
            return 1;
        learnt[i] = misorientation((const double(*)[3])turn.rotation, t.rotation);
        ia_hitmap_clear(&t.map);
    }
    printf("| way | maps | told (%%) | median (degrees) | 95 %% within | within 1.96 "
           "sigma_deg (%%) |\n|---|---|---|---|---|---|\n");
    char name[64];
    snprintf(name, sizeof name, "`ionatlas index`, radius %s nm", argv[3]);
    row(name, n, poles, told, covered);
    row("`ionatlas turn`", n, learnt, n, n + 1);
    free(learnt);
    free(poles);
    return 0;
}
