// bench/index_basal.c: tips of hcp metals from hits to names: whether their one pole and
// zone lines are indexed, and rightly.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"
#include "tip_pose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *metal, *crystal;
    double a, c_over_a, field; // nm, 1, V/nm
} kind;
static const kind kinds[] = {{"Ti", "hcp:0.295,0.468", 0.295, 1.5864, 26},
                             {"Mg", "hcp:0.3209,0.5211", 0.3209, 1.6239, 21},
                             {"Zr", "hcp:0.3232,0.5147", 0.3232, 1.5925, 28},
                             {"Co", "hcp:0.2507,0.4069", 0.2507, 1.6231, 37},
                             {"Zn", "hcp:0.2665,0.4947", 0.2665, 1.8563, 33}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// Turned by up to 20 degrees, the axis in the middle or 3 to 7 mm off.
static ia_simulate_params draw(const kind *k, uint64_t seed, bool off)
{
    ia_random random = ia_random_new(seed, 7);
    ia_simulate_params p = ia_simulate_defaults();
    char composition[16];
    double u[7];
    for (size_t i = 0; i < 7; i++)
        u[i] = ia_random_uniform(&random);
    snprintf(composition, sizeof composition, "%s:1", k->metal);
    bench_set_tip(&p, "specimen", "tip");
    bench_set_tip(&p, "lattice", "hcp");
    bench_set_tip(&p, "composition", composition);
    bench_set_tip(&p, "molecules", "");
    p.background = 0;
    p.lattice_parameter = k->a;
    p.c_over_a = k->c_over_a;
    p.evaporation_field = k->field;
    p.size_z = 8;
    p.seed = seed;
    p.tip_radius = 22 + 8 * u[0];
    pose_tip(&p, u, off);
    return p;
}

// One line of tab-separated values: metal, seed, off the middle, indexed; misorientation
// and sigma_deg (degrees).
static void measure(ia_ctx *ctx, const kind *k, uint64_t seed, bool off)
{
    ia_specimen specimen = {0};
    ia_result truth = {0};
    ia_chain chain = {0};
    ia_state state = {0};
    ia_crystal crystal;
    ia_hitmap_params maps = ia_hitmap_defaults();
    ia_pole_params poles = ia_pole_defaults();
    ia_orientation_params params = ia_orientation_defaults();
    const ia_simulate_params tip = draw(k, seed, off);
    double rotation[3][3];
    bench_check(ctx, ia_specimen_compute(ctx, &tip, &specimen));
    bench_check(ctx, ia_specimen_tables(ctx, &specimen, &truth));
    memcpy(rotation, ia_table_find(ia_result_find(&truth, "truth"), "rotation")->data,
           sizeof rotation);
    bench_check(ctx, ia_crystal_parse(ctx, k->crystal, &crystal));
    snprintf(params.crystal, sizeof params.crystal, "%s", k->crystal);
    params.projection_length = tip.flight_path;
    maps.signal_ions = 0;
    bench_check(ctx, ia_ions_new(ctx, specimen.ions.n, 1u << IA_DET_XY, &state.ions));
    memcpy(ia_ions_values(&state.ions, IA_DET_XY),
           ia_ions_values(&specimen.ions, IA_DET_XY),
           specimen.ions.n * 2 * sizeof(float));
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "hitmap", &maps));
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "poles", &poles));
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "orientation", &params));
    const ia_grain *g = &state.orientation.grains[0];
    double turned = ia_misorientation(&crystal, (const double(*)[3])g->rotation,
                                      (const double(*)[3])rotation);
    printf("%s\t%llu\t%d\t%d\t%.2f\t%.2f\n", k->metal, (unsigned long long)seed, off,
           g->indexed, turned * 180 / M_PI, g->sigma_deg);
    fflush(stdout);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_result_clear(&truth);
    ia_specimen_clear(&specimen);
}

int main(int argc, char **argv)
{
    size_t k = 0;
    while (argc == 5 && k < KINDS && strcmp(argv[1], kinds[k].metal) != 0)
        k++;
    if (argc != 5 || k == KINDS) {
        fprintf(stderr, "usage: index_basal METAL SEED TIPS 0|1 (axis off)\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    for (uint64_t i = 0; i < n; i++)
        measure(ctx, &kinds[k], seed + i, atoi(argv[4]) != 0);
    ia_ctx_free(ctx);
    return 0;
}
