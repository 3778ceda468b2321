// bench/index_axis.c: is the axis of a specimen left where it is, and found where it is
// not?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_tips.h"
#include "tip_pose.h"

#include <math.h>

static const double degree = 0.017453292519943295;
enum { TIPS_MOST = 1000 };

// What is told of the axis: that it is in the middle; that it may be elsewhere, which
// poles say; or hits as well.
enum { HELD, POLES, HITS, WAYS };
static const char *const way_names[WAYS] = {"held", "poles", "poles and hits"};

typedef struct {
    size_t n, moved, covered;
    double turns[TIPS_MOST], sigmas[TIPS_MOST]; // degrees
} outcome;

// Aluminium in any direction within 20 degrees, the axis in the middle or 3 to 7 mm off.
static void draw(uint64_t seed, bool off, tip *t)
{
    ia_random random = ia_random_new(seed, 7);
    double u[7];
    for (size_t i = 0; i < 7; i++)
        u[i] = ia_random_uniform(&random);
    ia_simulate_params p = tip_params(seed, 20 + 8 * u[0], 8);
    p.evaporation_field = 19;
    pose_tip(&p, u, off);
    evaporate(&p, t);
}

static ia_grain ask(const tip *t, const ia_pole_list *list, double doubt)
{
    static const double null[299]; // all 0: this asks where the axis is alone
    ia_orientation_params p = ia_orientation_defaults();
    ia_orientation o = {0};
    snprintf(p.crystal, sizeof p.crystal, "fcc:0.405");
    p.projection_length = t->params.flight_path;
    p.projection = IA_PROJECTION_STEREOGRAPHIC;
    p.axis_doubt = doubt;
    if (ia_orientation_compute_with(NULL, list, &p, null, &o) != IA_OK)
        exit(1);
    ia_grain grain = o.grains[0];
    ia_orientation_clear(&o);
    return grain;
}

static void add(const tip *t, const ia_crystal *crystal, const ia_grain *g, outcome *out)
{
    double off = ia_misorientation(crystal, (const double(*)[3])g->rotation,
                                   (const double(*)[3])t->rotation) /
                 degree;
    out->moved += hypot(g->axis[0], g->axis[1]) > 0;
    out->covered += off < 1.96 * g->sigma_deg;
    out->sigmas[out->n] = g->sigma_deg;
    out->turns[out->n++] = off;
}

// Square of the way from where hits alone show the axis to where it is, mm^2.
static double measure(uint64_t seed, bool off, const ia_crystal *crystal, outcome *out)
{
    tip t = {0};
    ia_found_poles found = {0};
    draw(seed, off, &t);
    if (ia_poles_find(NULL, &t.map, NULL, &found) != IA_OK)
        exit(1);
    ia_pole *poles = calloc(found.n + 1, sizeof *poles);
    if (!poles)
        exit(1);
    for (size_t i = 0; i < found.n; i++)
        poles[i] = found.poles[i].at;
    ia_pole_list list = {
        .poles = poles, .n = found.n, .radius = t.map.radius, .on_map = true};
    ia_grain held = ask(&t, &list, 0), by_poles = ask(&t, &list, -1);
    const ia_projection projection = {
        IA_PROJECTION_STEREOGRAPHIC, t.params.flight_path, held.icf, {0, 0}};
    for (int k = 0; k < IA_N_PROJECTIONS; k++) {
        const ia_projection alike = ia_projection_alike(&projection, k, t.map.radius);
        if (ia_hit_axis(NULL, &t.map, &alike, list.axis[k], &list.axis_seen[k]) != IA_OK)
            exit(1);
    }
    ia_grain by_hits = ask(&t, &list, -1);
    add(&t, crystal, &held, &out[HELD]);
    add(&t, crystal, &by_poles, &out[POLES]);
    add(&t, crystal, &by_hits, &out[HITS]);
    double square = pow(list.axis[projection.kind][0] - t.params.centre_x, 2) +
                    pow(list.axis[projection.kind][1] - t.params.centre_y, 2);
    free(poles);
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&t.map);
    return square;
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

static void row(const char *where, const char *way, outcome *o)
{
    double square = 0, n = (double)o->n;
    for (size_t i = 0; i < o->n; i++)
        square += o->turns[i] * o->turns[i];
    printf("| %s | %s | %zu | %zu | %.2f | %.2f | %.2f | %zu |\n", where, way, o->n,
           o->moved, median(o->turns, o->n), sqrt(square / n), median(o->sigmas, o->n),
           o->covered);
}

int main(int argc, char **argv)
{
    static outcome outcomes[2][WAYS];
    ia_crystal crystal;
    double square = 0;
    size_t n = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (n < 1 || n > TIPS_MOST ||
        ia_crystal_parse(NULL, "fcc:0.405", &crystal) != IA_OK) {
        fprintf(stderr, "usage: index_axis SEED TIPS\n");
        return 2;
    }
    for (uint64_t off = 0; off < 2; off++)
        for (uint64_t k = 0; k < n; k++)
            square += measure(strtoull(argv[1], NULL, 10) + 100 * off + k, off == 1,
                              &crystal, outcomes[off]);
    printf("| axis is | told by | tips | moved | turn, median | turn, rms | sigma_deg, "
           "median | within 1.96 sigma_deg |\n|---|---|---|---|---|---|---|---|\n");
    for (size_t off = 0; off < 2; off++)
        for (size_t w = 0; w < WAYS; w++)
            row(off ? "3 to 7 mm off" : "in the middle", way_names[w], &outcomes[off][w]);
    printf("\nThe axis as hits alone show it is %.1f mm off (rms, each coordinate).\n",
           sqrt(square / (4 * (double)n)));
    return 0;
}
