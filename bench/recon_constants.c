// bench/recon_constants.c: image compression, kf and centre of tips of which nobody tells
// them, from hits alone, beside the truth.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"
#include "tip_pose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *lattice, *composition, *crystal;
    double a, c_over_a, field; // nm, 1, V/nm
} kind;
static const kind kinds[] = {{"fcc", "Al:1", "fcc:0.405", 0.405, 0, 19},
                             {"bcc", "Fe:1", "bcc:0.2866", 0.2866, 0, 33},
                             {"hcp", "Ti:1", "hcp:0.295,0.468", 0.295, 1.5864, 26},
                             {"diamond", "Si:1", "diamond:0.543", 0.543, 0, 33}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// Turned by up to 20 degrees, the axis in the middle or 3 to 7 mm off.
static ia_simulate_params draw(const kind *k, uint64_t seed, bool off)
{
    ia_random random = ia_random_new(seed, 7);
    ia_simulate_params p = ia_simulate_defaults();
    double u[8];
    for (size_t i = 0; i < 8; i++)
        u[i] = ia_random_uniform(&random);
    bench_set_tip(&p, "specimen", "tip");
    bench_set_tip(&p, "lattice", k->lattice);
    bench_set_tip(&p, "composition", k->composition);
    bench_set_tip(&p, "molecules", "");
    p.background = 0;
    p.lattice_parameter = k->a;
    p.c_over_a = k->c_over_a;
    p.evaporation_field = k->field;
    p.size_z = 8;
    p.seed = seed;
    p.tip_radius = 22 + 8 * u[0];
    p.kf = 3 + 0.6 * u[7];
    pose_tip(&p, u, off);
    return p;
}

// Spacings of planes over those of the crystal, less 1, in the reconstruction with what
// was found: of all poles that show planes, and of those that symmetry holds.
typedef struct {
    size_t n, n_within; // 0.5 %
    double squares, most;
} spacings;

// {h00}, {hh0}, {hhh} of cubic crystals.
static bool is_held(const int hkl[3])
{
    int a[3] = {abs(hkl[0]), abs(hkl[1]), abs(hkl[2])};
    int zeros = (a[0] == 0) + (a[1] == 0) + (a[2] == 0);
    int equal = (a[0] == a[1]) + (a[1] == a[2]) + (a[0] == a[2]);
    return zeros == 2 || equal == 3 || (zeros == 1 && equal == 1);
}

static void take_spacing(double off, spacings *s)
{
    s->n++;
    s->n_within += fabs(off) < 0.005;
    s->squares += off * off;
    s->most = fmax(s->most, fabs(off));
}

static void see_spacings(ia_ctx *ctx, const ia_ions *ions, const ia_reconstruct_params *p,
                         const ia_projection_fitted *fitted, spacings out[2])
{
    ia_projection_evidence evidence = {0};
    ia_reconstruct_params with = *p;
    with.icf = fitted->fit->icf;
    with.kf = fitted->fit->kf;
    with.centre_x = fitted->fit->centre[0];
    with.centre_y = fitted->fit->centre[1];
    memset(out, 0, 2 * sizeof *out);
    if (!(with.kf > 0))
        return;
    bench_check(ctx, ia_projection_evidence_compute(ctx, ions, &with, fitted, &evidence));
    for (size_t i = 0; i < evidence.n; i++) {
        const ia_pole_evidence *pole = &evidence.poles[i];
        double off = pole->spacing / pole->expected - 1;
        if (!isfinite(off))
            continue;
        take_spacing(off, &out[0]);
        if (is_held(pole->hkl))
            take_spacing(off, &out[1]);
    }
    ia_projection_evidence_clear(&evidence);
}

// As `reconstruct --crystal` has it: with ("planes") and without the last step.
static bool calibrate(ia_ctx *ctx, const kind *k, const ia_ions *ions,
                      const ia_simulate_params *tip, ia_projection_fit fits[2],
                      spacings seen[2])
{
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_projection_fit_params params = ia_projection_fit_defaults();
    ia_named_poles named = {0};
    ia_crystal crystal;
    bool found = false;
    bench_check(ctx, ia_crystal_parse(ctx, k->crystal, &crystal));
    p.flight_path = tip->flight_path;
    p.efficiency = tip->efficiency;
    p.evaporation_field = tip->evaporation_field;
    p.atomic_volume = ia_crystal_atomic_volume(&crystal);
    snprintf(params.crystal, sizeof params.crystal, "%s", k->crystal);
    if (ia_named_poles_find(NULL, ions, &p, &params, &named) != IA_OK)
        return false;
    ia_projection start = {p.projection, p.flight_path, p.icf, {0, 0}};
    ia_named_poles_lead(&named, &start, &params);
    if (ia_projection_fit_poles(NULL, &start, named.poles, named.n, &params, &fits[0]) ==
        IA_OK) {
        ia_projection_fit_doubt(&named, &fits[0]);
        p.icf = fits[0].icf;
        p.centre_x = fits[0].centre[0];
        p.centre_y = fits[0].centre[1];
        bench_check(ctx,
                    ia_projection_fit_spacing(NULL, ions, &p, &named, &params, &fits[0]));
        fits[1] = fits[0];
        p.centre_x = start.centre[0];
        p.centre_y = start.centre[1];
        bench_check(ctx,
                    ia_projection_fit_planes(ctx, ions, &p, &params, &named, &fits[1]));
        const ia_projection_fitted fitted = {&named, &params, &fits[1]};
        see_spacings(ctx, ions, &p, &fitted, seen);
        found = true;
    }
    free(named.poles);
    return found;
}

// One line of tab-separated numbers for each tip: lattice, seed, off the middle, found;
// then without and with planes: poles, icf and kf off (%) and their errors (%), centre
// off (mm) and its error; whether planes refined it; then of the spacings of all poles
// and of those held: how many, rms and most (%), how many within 0.5 %.
static void measure(ia_ctx *ctx, const kind *k, uint64_t seed, bool off)
{
    ia_specimen specimen = {0};
    ia_simulate_params tip = draw(k, seed, off);
    ia_projection_fit fits[2];
    spacings seen[2];
    bench_check(ctx, ia_specimen_compute(ctx, &tip, &specimen));
    bool found = calibrate(ctx, k, &specimen.ions, &tip, fits, seen);
    printf("%s\t%llu\t%d\t%d", k->lattice, (unsigned long long)seed, off, found);
    for (size_t i = 0; found && i < 2; i++) {
        const ia_projection_fit *f = &fits[i];
        printf("\t%zu\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f", f->n_poles,
               100 * (f->icf / tip.icf - 1), 100 * f->sigma_icf / tip.icf,
               100 * (f->kf / tip.kf - 1), 100 * f->sigma_kf / tip.kf,
               f->centre[0] - tip.centre_x, f->centre[1] - tip.centre_y,
               (f->sigma_centre[0] + f->sigma_centre[1]) / 2);
    }
    printf("\t%d", found && fits[0].icf != fits[1].icf);
    for (size_t i = 0; found && i < 2; i++)
        printf("\t%zu\t%.3f\t%.3f\t%zu", seen[i].n,
               100 * sqrt(seen[i].squares / fmax(1, (double)seen[i].n)),
               100 * seen[i].most, seen[i].n_within);
    printf("\n");
    fflush(stdout);
    ia_specimen_clear(&specimen);
}

int main(int argc, char **argv)
{
    size_t k = 0;
    while (argc == 5 && k < KINDS && strcmp(argv[1], kinds[k].lattice) != 0)
        k++;
    if (argc != 5 || k == KINDS) {
        fprintf(stderr, "usage: recon_constants LATTICE SEED TIPS 0|1 (axis off)\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    for (uint64_t i = 0; i < n; i++)
        measure(ctx, &kinds[k], seed + i, atoi(argv[4]) != 0);
    ia_ctx_free(ctx);
    return 0;
}
