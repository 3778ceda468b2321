// bench/recon_drift.c: image compression, kf and centre of the parts of runs in which
// they change, or do not, from hits alone, beside the truth.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"
#include "tip_pose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 5, LEAST_IONS = 300 };

typedef struct {
    const char *lattice, *composition, *crystal;
    double a, field; // nm, V/nm
} kind;
static const kind kinds[] = {{"fcc", "Al:1", "fcc:0.405", 0.405, 19},
                             {"bcc", "Fe:1", "bcc:0.2866", 0.2866, 33}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// One run and what was found.
typedef struct {
    const kind *kind;
    ia_simulate_params tip;
    ia_specimen specimen;
    ia_reconstruct_params p;
    ia_projection_fit_params fit_params;
    ia_named_poles named;
    ia_projection_fit fit;
    ia_projection_drift drift;
    double
        even[2]; // rms of the spacing in parts about its mean, without sections and with
} run;

static void draw(run *r, uint64_t seed, double size)
{
    ia_random random = ia_random_new(seed, 7);
    ia_simulate_params p = ia_simulate_defaults();
    double u[8];
    for (size_t i = 0; i < 8; i++)
        u[i] = ia_random_uniform(&random);
    bench_set_tip(&p, "specimen", "tip");
    bench_set_tip(&p, "lattice", r->kind->lattice);
    bench_set_tip(&p, "composition", r->kind->composition);
    bench_set_tip(&p, "molecules", "");
    p.background = 0;
    p.lattice_parameter = r->kind->a;
    p.evaporation_field = r->kind->field;
    p.size_z = size;
    p.seed = seed;
    p.tip_radius = 22 + 6 * u[0];
    p.kf = 3 + 0.6 * u[7];
    pose_tip(&p, u, false);
    r->tip = p;
}

// As `reconstruct --crystal --fit-parts` has it; false where poles cannot be named or no
// planes give kf.
static bool calibrate(ia_ctx *ctx, run *r)
{
    const ia_ions *ions = &r->specimen.ions;
    ia_reconstruct_params *p = &r->p;
    ia_crystal crystal;
    *p = ia_reconstruct_defaults();
    r->fit_params = ia_projection_fit_defaults();
    r->fit_params.fit_parts = PARTS;
    bench_check(ctx, ia_crystal_parse(ctx, r->kind->crystal, &crystal));
    p->flight_path = r->tip.flight_path;
    p->efficiency = r->tip.efficiency;
    p->evaporation_field = r->tip.evaporation_field;
    p->atomic_volume = ia_crystal_atomic_volume(&crystal);
    snprintf(r->fit_params.crystal, sizeof r->fit_params.crystal, "%s", r->kind->crystal);
    if (ia_named_poles_find(NULL, ions, p, &r->fit_params, &r->named) != IA_OK)
        return false;
    ia_projection start = {p->projection, p->flight_path, p->icf, {0, 0}};
    ia_projection_fit_params led = r->fit_params;
    ia_named_poles_lead(&r->named, &start, &led);
    if (ia_projection_fit_poles(NULL, &start, r->named.poles, r->named.n, &led,
                                &r->fit) != IA_OK)
        return false;
    ia_projection_fit_doubt(&r->named, &r->fit);
    p->icf = r->fit.icf;
    p->centre_x = r->fit.centre[0];
    p->centre_y = r->fit.centre[1];
    bench_check(
        ctx, ia_projection_fit_spacing(ctx, ions, p, &r->named, &r->fit_params, &r->fit));
    if (!(r->fit.kf > 0))
        return false;
    p->centre_x = start.centre[0];
    p->centre_y = start.centre[1];
    bench_check(ctx, ia_projection_fit_planes(ctx, ions, p, &led, &r->named, &r->fit));
    const ia_drift_input input = {ions, p, &led, {start.centre[0], start.centre[1]}};
    p->icf = r->fit.icf;
    p->kf = r->fit.kf;
    p->centre_x = r->fit.centre[0];
    p->centre_y = r->fit.centre[1];
    bench_check(ctx, ia_projection_drift_compute(ctx, &input, &r->fit, &r->drift));
    p->icf = r->fit.icf;
    p->kf = r->fit.kf;
    p->centre_x = r->fit.centre[0];
    p->centre_y = r->fit.centre[1];
    return r->drift.n_fitted > 1;
}

static const ia_named_pole *clearest(const run *r)
{
    for (size_t i = 0; i < r->named.n; i++)
        if (memcmp(r->named.poles[i].hkl, r->fit.plane, sizeof r->fit.plane) == 0)
            return &r->named.poles[i];
    return &r->named.poles[0];
}

// Spacing of the planes of one pole in one part, by a spatial distribution map of the
// ions within 8 mm; NAN for none.
static double spacing_of(ia_ctx *ctx, const run *r, const ia_reconstruction *made,
                         const ia_fit_part *part)
{
    const double reach = 8;
    const ia_named_pole *pole = clearest(r);
    ia_column column = ia_reconstruction_xyz(made);
    ia_crystal crystal;
    double normal[3], turned[3], spacing = NAN;
    float *xyz = malloc(3 * (part->last - part->first) * sizeof *xyz);
    const float *hits = ia_ions_values((ia_ions *)&r->specimen.ions, IA_DET_XY);
    size_t n = 0;
    for (size_t i = part->first; i < part->last; i++)
        if (hypot(hits[2 * i] - pole->x, hits[2 * i + 1] - pole->y) < reach)
            column.fill(&column, i, 1, xyz + 3 * n++);
    bench_check(ctx, ia_crystal_parse(ctx, r->kind->crystal, &crystal));
    ia_crystal_normal(&crystal, pole->hkl, normal);
    for (int a = 0; a < 3; a++)
        turned[a] = r->fit.rotation[a][0] * normal[0] +
                    r->fit.rotation[a][1] * normal[1] + r->fit.rotation[a][2] * normal[2];
    ia_sdm_params p = ia_sdm_defaults();
    ia_points points = {.n = n, .xyz = xyz};
    ia_sdm_input input = {.all = points, .from = points, .to = points, .same = true};
    ia_sdm sdm = {0};
    p.normal_x = turned[0];
    p.normal_y = turned[1];
    p.normal_z = turned[2];
    if (n > LEAST_IONS && ia_sdm_compute(NULL, &input, &p, &sdm) == IA_OK && sdm.found)
        spacing = sdm.spacing;
    ia_sdm_clear(&sdm);
    free(xyz);
    return spacing;
}

static double evenness(ia_ctx *ctx, const run *r, const ia_reconstruct_params *p)
{
    ia_reconstruction made = {0};
    double sum = 0, squares = 0, n = 0;
    bench_check(ctx, ia_reconstruct_compute(NULL, &r->specimen.ions, p, &made));
    for (size_t k = 0; k < r->drift.n; k++) {
        double ratio = log(spacing_of(ctx, r, &made, &r->drift.parts[k]));
        if (!isfinite(ratio))
            continue;
        sum += ratio;
        squares += ratio * ratio;
        n++;
    }
    ia_reconstruction_clear(&made);
    return n > 1 ? sqrt(fmax(0, squares / n - sum * sum / n / n)) : NAN;
}

// How many errors a part is from the mean, and from the truth about its mean.
static void put_pulls(const run *r)
{
    const ia_projection_drift *d = &r->drift;
    double mean[4] = {0}, n = 0;
    for (size_t k = 0; k < d->n; k++) {
        const ia_fit_part *p = &d->parts[k];
        if (!p->is_fitted)
            continue;
        const double v[4] = {p->icf, p->kf, p->centre[0], p->centre[1]};
        for (int c = 0; c < 4; c++)
            mean[c] += v[c];
        n++;
    }
    for (size_t k = 0; k < d->n; k++) {
        const ia_fit_part *p = &d->parts[k];
        double share = ((double)k + 0.5) / PARTS - 0.5;
        const double v[4] = {p->icf, p->kf, p->centre[0], p->centre[1]};
        const double sigma[4] = {p->sigma_icf, p->sigma_kf, p->sigma_centre[0],
                                 p->sigma_centre[1]};
        const double truth[4] = {
            r->tip.icf * r->tip.icf_drift * share, r->tip.kf * r->tip.kf_drift * share,
            r->tip.centre_drift_x * share, r->tip.centre_drift_y * share};
        for (int c = 0; c < 4; c++)
            printf("\t%.3f",
                   p->is_fitted ? (v[c] - mean[c] / n - truth[c]) / sigma[c] : NAN);
    }
}

// One line of tab-separated numbers for each run: lattice, seed, found; parts fitted; p
// of icf, kf, centre; change from the first part to the last: icf and kf in per cent,
// centre in mm, each with its error; unevenness of spacings without and with sections,
// per cent; then icf, kf, centre x and y of each part in errors from the truth.
static void measure(ia_ctx *ctx, const kind *k, uint64_t seed, const double changes[3],
                    double size)
{
    run r = {.kind = k};
    draw(&r, seed, size);
    r.tip.icf_drift = changes[0];
    r.tip.kf_drift = changes[1];
    r.tip.centre_drift_x = changes[2];
    bench_check(ctx, ia_specimen_compute(ctx, &r.tip, &r.specimen));
    bool found = calibrate(ctx, &r);
    printf("%s\t%llu\t%d", k->lattice, (unsigned long long)seed, found);
    if (found) {
        const ia_projection_drift *d = &r.drift;
        const ia_fit_part *a = &d->parts[0], *b = &d->parts[d->n - 1];
        ia_reconstruct_params with = r.p;
        ia_projection_drift_use(d, &with);
        printf("\t%zu\t%.3g\t%.3g\t%.3g\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f",
               d->n_fitted, d->icf.p, d->kf.p, d->centre.p,
               100 * (b->icf - a->icf) / r.tip.icf,
               100 * hypot(a->sigma_icf, b->sigma_icf) / r.tip.icf,
               100 * (b->kf - a->kf) / r.tip.kf,
               100 * hypot(a->sigma_kf, b->sigma_kf) / r.tip.kf,
               b->centre[0] - a->centre[0], hypot(a->sigma_centre[0], b->sigma_centre[0]),
               100 * evenness(ctx, &r, &r.p), 100 * evenness(ctx, &r, &with));
        put_pulls(&r);
    }
    printf("\n");
    fflush(stdout);
    free(r.named.poles);
    ia_specimen_clear(&r.specimen);
}

int main(int argc, char **argv)
{
    size_t k = 0;
    while (argc == 8 && k < KINDS && strcmp(argv[1], kinds[k].lattice) != 0)
        k++;
    if (argc != 8 || k == KINDS) {
        fprintf(stderr,
                "usage: recon_drift LATTICE SEED TIPS ICF KF CENTRE DEPTH (changes "
                "over the run: shares, mm; nm)\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    const double changes[3] = {atof(argv[4]), atof(argv[5]), atof(argv[6])};
    for (uint64_t i = 0; i < n; i++)
        measure(ctx, &kinds[k], seed + i, changes, atof(argv[7]));
    ia_ctx_free(ctx);
    return 0;
}
