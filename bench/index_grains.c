// bench/index_grains.c: tips of two crystals with a boundary, of one and of none, and
// maps of none, from hits to names: is each grain indexed, and rightly?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <ionatlas/ionatlas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *metal, *lattice;
    double a; // nm
} kind;
static const kind kinds[] = {{"Al", "fcc", 0.405},
                             {"Ni", "fcc", 0.3524},
                             {"W", "bcc", 0.3165},
                             {"Fe", "bcc", 0.2866},
                             {"Si", "diamond", 0.5431}};
enum { KINDS = sizeof kinds / sizeof kinds[0], NONE_HITS = 200000, HOLES = 6, ROWS = 10 };
static const double degree = M_PI / 180;
// Tips that are quick to make: radius from and range, depth, nm.
static const double large[3] = {24, 12, 8}, small[3] = {12, 6, 5};

// What was made: hits, and both orientations in the frame of the detector.
typedef struct {
    ia_ions ions;
    double rotation[2][3][3];
    double normal; // direction of the boundary's normal on the detector, radian
    double icf, flight_path;
} made;

// Turned about x, then y, then z.
static void turned(const double by[3], double r[3][3])
{
    double s[3], c[3];
    for (size_t k = 0; k < 3; k++) {
        s[k] = sin(by[k] * degree);
        c[k] = cos(by[k] * degree);
    }
    const double out[3][3] = {
        {c[2] * c[1], c[2] * s[1] * s[0] - s[2] * c[0], c[2] * s[1] * c[0] + s[2] * s[0]},
        {s[2] * c[1], s[2] * s[1] * s[0] + c[2] * c[0], s[2] * s[1] * c[0] - c[2] * s[0]},
        {-s[1], c[1] * s[0], c[1] * c[0]}};
    memcpy(r, out, sizeof out);
}

// Any orientations, ICF 1.45 to 1.8, the boundary through the axis and up to 10 degrees
// from it; the detector is turned by any angle. Small tips: no boundary. Amorphous: atoms
// anywhere, as many as the lattice has.
typedef struct {
    const kind *kind;
    uint64_t seed;
    bool two, small, amorphous;
} plan;

static void evaporate(ia_ctx *ctx, const plan *plan, made *out)
{
    const kind *k = plan->kind;
    const double *size = plan->small ? small : large;
    ia_random random = ia_random_new(plan->seed, 11);
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen specimen = {0};
    char composition[16];
    double u[10], by[2][3];
    for (size_t i = 0; i < 10; i++)
        u[i] = ia_random_uniform(&random);
    snprintf(composition, sizeof composition, "%s:1", k->metal);
    bench_set_tip(&p, "specimen", "tip");
    bench_set_tip(&p, "lattice", plan->amorphous ? "random" : k->lattice);
    bench_set_tip(&p, "composition", composition);
    bench_set_tip(&p, "molecules", "");
    bench_set_tip(&p, "bicrystal", plan->two ? "true" : "false");
    p.lattice_parameter = k->a;
    p.background = 0;
    p.size_z = size[2];
    p.seed = plan->seed;
    p.tip_radius = size[0] + size[1] * u[0];
    p.icf = 1.45 + 0.35 * u[4];
    p.boundary_tilt_deg = 80 + 10 * u[5];
    for (size_t g = 0; g < 2; g++)
        for (size_t i = 0; i < 3; i++)
            by[g][i] = 90 * u[g == 0 ? 1 + i : 6 + i] - (i < 2 ? 45 : 0);
    p.rotate_x_deg = by[0][0];
    p.rotate_y_deg = by[0][1];
    p.rotate_z_deg = by[0][2];
    p.second_x_deg = by[1][0];
    p.second_y_deg = by[1][1];
    p.second_z_deg = by[1][2];
    bench_check(ctx, ia_specimen_compute(ctx, &p, &specimen));
    *out = (made){.normal = 2 * M_PI * u[9], .icf = p.icf, .flight_path = p.flight_path};
    double c = cos(out->normal), s = sin(out->normal);
    for (size_t g = 0; g < 2; g++) {
        double r[3][3];
        turned(by[g], r);
        for (size_t i = 0; i < 3; i++) {
            out->rotation[g][0][i] = c * r[0][i] - s * r[1][i];
            out->rotation[g][1][i] = s * r[0][i] + c * r[1][i];
            out->rotation[g][2][i] = r[2][i];
        }
    }
    bench_check(ctx, ia_ions_new(ctx, specimen.ions.n, 1u << IA_DET_XY, &out->ions));
    const float *from = ia_ions_values(&specimen.ions, IA_DET_XY);
    float *to = ia_ions_values(&out->ions, IA_DET_XY);
    for (size_t i = 0; i < specimen.ions.n; i++) {
        double x = (double)from[2 * i], y = (double)from[2 * i + 1];
        to[2 * i] = (float)(c * x - s * y);
        to[2 * i + 1] = (float)(s * x + c * y);
    }
    ia_specimen_clear(&specimen);
}

// No crystal: on either side of a dark seam six holes anywhere and ten dark great circles
// that join two of them; or hits anywhere.
static void draw_none(ia_ctx *ctx, uint64_t seed, bool even, made *out)
{
    ia_random random = ia_random_new(seed, 77);
    const ia_projection p = {IA_PROJECTION_EQUIDISTANT, 90, 1.6, {0, 0}};
    double hole[2][HOLES][2], row[2][ROWS][3], at[HOLES][3], radius = 38;
    *out = (made){.normal = 2 * M_PI * ia_random_uniform(&random), .flight_path = 90};
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < HOLES; i++) {
            double r = 36 * sqrt(ia_random_uniform(&random));
            double turn = 2 * M_PI * ia_random_uniform(&random);
            hole[s][i][0] = r * cos(turn);
            hole[s][i][1] = r * sin(turn);
            ia_projection_direction(&p, hole[s][i], at[i]);
        }
        for (size_t k = 0; k < ROWS; k++) {
            const double *a = at[k % HOLES];
            const double *b =
                at[(k % HOLES + 1 + ia_random_below(&random, HOLES - 1)) % HOLES];
            double length = 0;
            for (size_t i = 0; i < 3; i++) {
                size_t n = (i + 1) % 3, m = (i + 2) % 3;
                row[s][k][i] = a[n] * b[m] - a[m] * b[n];
                length += row[s][k][i] * row[s][k][i];
            }
            for (size_t i = 0; i < 3; i++)
                row[s][k][i] /= sqrt(length);
        }
    }
    bench_check(ctx, ia_ions_new(ctx, NONE_HITS, 1u << IA_DET_XY, &out->ions));
    float *to = ia_ions_values(&out->ions, IA_DET_XY);
    for (size_t n = 0; n < NONE_HITS;) {
        double r = radius * sqrt(ia_random_uniform(&random)), u[3], stays = 1;
        double turn = 2 * M_PI * ia_random_uniform(&random);
        const double x[2] = {r * cos(turn), r * sin(turn)};
        double beyond = x[0] * cos(out->normal) + x[1] * sin(out->normal);
        size_t s = beyond > 0;
        ia_projection_direction(&p, x, u);
        for (size_t k = 0; k < ROWS; k++)
            if (fabs(u[0] * row[s][k][0] + u[1] * row[s][k][1] + u[2] * row[s][k][2]) <
                0.018)
                stays *= 0.6;
        for (size_t k = 0; k < HOLES; k++) {
            double off = hypot(x[0] - hole[s][k][0], x[1] - hole[s][k][1]) / 2.2;
            stays *= 1 - 0.9 * exp(-0.5 * off * off);
        }
        if (!even && ia_random_uniform(&random) >= (fabs(beyond) < 1.2 ? 0.5 : 1) * stays)
            continue;
        to[2 * n] = (float)x[0];
        to[2 * n++ + 1] = (float)x[1];
    }
}

// Tab-separated: metal, seed, crystals made, misorientation of the two; grains indexed,
// boundary told; of it: degrees and mm off, misorientation and its sigma; for each grain
// told: which, whether indexed, degrees off it, p_value, rivals.
static void measure(ia_ctx *ctx, const kind *k, uint64_t seed, size_t crystals, made *m)
{
    ia_hitmap_input input = {.ions = &m->ions};
    ia_hitmap map = {0};
    ia_found_poles found = {0};
    ia_orientation o = {0};
    ia_orientation_params params = ia_orientation_defaults();
    ia_crystal crystal;
    ia_pole poles[IA_POLES_MOST];
    snprintf(params.crystal, sizeof params.crystal, "%s:%g", k->lattice, k->a);
    params.projection_length = m->flight_path;
    params.n_grains = 2;
    bench_check(ctx, ia_crystal_parse(ctx, params.crystal, &crystal));
    bench_check(ctx, ia_hitmap_compute(ctx, &input, NULL, &map));
    bench_check(ctx, ia_poles_find(ctx, &map, NULL, &found));
    for (size_t i = 0; i < found.n; i++)
        poles[i] = found.poles[i].at;
    ia_pole_list list = {.poles = poles,
                         .n = found.n,
                         .centre = {map.centre[0], map.centre[1]},
                         .radius = map.radius,
                         .on_map = true,
                         .lines = found.lines,
                         .n_lines = found.n_lines};
    bench_check(ctx, ia_orientation_map(ctx, &map, NULL, &list, &params, &o));
    const double(*truth)[3][3] = (const double(*)[3][3])m->rotation;
    double off = fmod(o.boundary.angle_deg - m->normal / degree + 720, 180);
    printf("%s\t%llu\t%zu\t%.1f\t%zu\t%d\t%.1f\t%.1f\t%.2f\t%.2f", k->metal,
           (unsigned long long)seed, crystals,
           crystals == 2 ? ia_misorientation(&crystal, truth[0], truth[1]) / degree : 0,
           o.n_grains, o.boundary.seen, fmin(off, 180 - off), o.boundary.offset,
           o.boundary.turn_deg, o.boundary.sigma_deg);
    for (size_t g = 0; g < 2 && o.boundary.seen && crystals > 0; g++) {
        const double(*r)[3] = (const double(*)[3])o.grains[g].rotation;
        double of[2] = {ia_misorientation(&crystal, truth[0], r),
                        ia_misorientation(&crystal, truth[1], r)};
        size_t which = crystals == 2 && of[1] < of[0];
        printf("\t%zu\t%d\t%.2f\t%.2g\t%.2g", which + 1, o.grains[g].indexed,
               of[which] / degree, o.grains[g].p_value, o.grains[g].rival);
    }
    printf("\n");
    fflush(stdout);
    ia_orientation_clear(&o);
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
}

int main(int argc, char **argv)
{
    size_t k = 0;
    while ((argc == 5 || argc == 6) && k < KINDS && strcmp(argv[1], kinds[k].metal) != 0)
        k++;
    if (argc < 5 || argc > 6 || k == KINDS) {
        fprintf(stderr, "usage: index_grains METAL SEED MAPS 0|1|2 (crystals) "
                        "[small|amorphous|even] (tips; even: hits anywhere)\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    size_t crystals = strtoul(argv[4], NULL, 10);
    const char *how = argc == 6 ? argv[5] : "";
    bool amorphous = strcmp(how, "amorphous") == 0, even = strcmp(how, "even") == 0;
    for (uint64_t i = 0; i < n; i++) {
        made m;
        const plan plan = {&kinds[k], seed + i, crystals == 2, *how != 0, amorphous};
        if (crystals == 0 && !amorphous)
            draw_none(ctx, seed + i, even, &m);
        else
            evaporate(ctx, &plan, &m);
        measure(ctx, &kinds[k], seed + i, crystals, &m);
        ia_ions_clear(&m.ions);
    }
    ia_ctx_free(ctx);
    return 0;
}
