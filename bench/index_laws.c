// bench/index_laws.c: is the axis said to be elsewhere where only the radial law is
// another than the one told, and the law said to be another where it is?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"
#include "tip_pose.h"

#include <math.h>
#include <string.h>

static const double degree = 0.017453292519943295, rim = 38, length = 90; // mm
enum { LAWS = 3, POLES = 10, NULLS = 19 };
static const double no_null[NULLS]; // all 0: whether chance does as well is not asked
static const char *const laws[LAWS] = {"stereographic", "equidistant", "point"};

typedef struct {
    const char *lattice, *crystal, *composition;
    double a, field; // nm, V/nm
} kind;
static const kind kinds[] = {{"fcc", "fcc:0.405", "Al:1", 0.405, 19},
                             {"bcc", "bcc:0.3165", "W:1", 0.3165, 52},
                             {"hcp", "hcp:0.295,0.468", "Ti:1", 0.295, 26},
                             {"diamond", "diamond:0.5431", "Si:1", 0.5431, 33}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// What one call of the indexing is asked and says.
typedef struct {
    const kind *kind;
    uint64_t seed;
    int truth, told; // laws
    bool off;        // the axis, 3 to 7 mm
} question;

// One line of tab-separated values: how; lattice, seed, law that is, law told, axis off;
// whether it is said that the axis is elsewhere (2) or may be (1), which law is said to
// fit better, indexed, misorientation and sigma_deg (degrees); the probability that the
// axis is elsewhere.
static void tell(ia_ctx *ctx, const char *how, const question *q,
                 const double rotation[3][3], const ia_orientation *o)
{
    bool axis = false, taken = false;
    const char *better = "-";
    ia_crystal crystal;
    bench_check(NULL, ia_crystal_parse(NULL, q->kind->crystal, &crystal));
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++) {
        const char *said = ia_ctx_warning(ctx, i);
        axis |= strstr(said, "with the axis at (") != NULL;
        taken |= strstr(said, "the axis is taken to be") != NULL;
        for (int law = 0; law < LAWS; law++) {
            char words[64];
            snprintf(words, sizeof words, "the poles fit the %s projection", laws[law]);
            better = strstr(said, words) ? laws[law] : better;
        }
    }
    const ia_grain *g = &o->grains[0];
    double turned =
        ia_misorientation(&crystal, (const double(*)[3])g->rotation, rotation);
    printf("%s\t%s\t%llu\t%s\t%s\t%d\t%d\t%s\t%d\t%.3f\t%.3f\t%.3f\n", how,
           q->kind->lattice, (unsigned long long)q->seed, laws[q->truth], laws[q->told],
           q->off, axis ? 2 : taken, better, g->indexed, turned / degree, g->sigma_deg,
           g->axis_off);
    fflush(stdout);
}

// Where the axis is and by which names: not whether chance does as well.
static ia_orientation_params asked(const question *q)
{
    ia_orientation_params p = ia_orientation_defaults();
    snprintf(p.crystal, sizeof p.crystal, "%s", q->kind->crystal);
    p.projection = q->told;
    p.projection_length = length;
    p.n_random = NULLS;
    p.level = 1;
    return p;
}

// By the law with the same angle at the rim as the stereographic one of that factor.
static ia_projection project(int law, double icf)
{
    ia_projection p = {IA_PROJECTION_STEREOGRAPHIC, length, icf, {0, 0}};
    double edge = ia_projection_angle(&p, rim);
    p.kind = law;
    p.icf = law == IA_PROJECTION_EQUIDISTANT ? edge * length / rim
            : law == IA_PROJECTION_POINT     ? sin(edge) * length / rim
                                             : icf;
    return p;
}

static void centre(ia_random *random, bool off, double out[2])
{
    double r = off ? 3 + 4 * ia_random_uniform(random) : 0;
    double turn = 2 * M_PI * ia_random_uniform(random);
    out[0] = r * cos(turn);
    out[1] = r * sin(turn);
}

// The widest spaced poles of a random orientation, scattered by `noise` degrees.
static void draw_list(const question *q, double noise, double rotation[3][3],
                      ia_pole *poles)
{
    ia_random random = ia_random_new(q->seed, 3);
    ia_crystal crystal;
    ia_pole_catalogue c;
    size_t n = 0;
    bench_check(NULL, ia_crystal_parse(NULL, q->kind->crystal, &crystal));
    bench_check(NULL, ia_pole_catalogue_build(NULL, &crystal, 20, &c));
    ia_projection p = project(q->truth, 1.45 + 0.35 * ia_random_uniform(&random));
    centre(&random, q->off, p.centre);
    ia_random_rotation(&random, rotation);
    for (size_t k = 0; k < c.n && n < POLES; k++) {
        double at[3], hit[2];
        for (size_t i = 0; i < 3; i++) {
            at[i] = noise * degree * ia_random_normal(&random);
            for (size_t l = 0; l < 3; l++)
                at[i] += rotation[i][l] * c.kinds[k].normal[l];
        }
        if (at[2] > 0 && ia_projection_hit(&p, at, hit) && hypot(hit[0], hit[1]) < rim)
            poles[n++] = (ia_pole){hit[0], hit[1], NAN};
    }
    ia_pole_catalogue_clear(&c);
}

static void measure_list(const question *q, double noise)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[POLES];
    double rotation[3][3];
    ia_orientation o = {0};
    const ia_orientation_params p = asked(q);
    draw_list(q, noise, rotation, poles);
    ia_pole_list list = {.poles = poles, .n = POLES, .radius = rim, .on_map = true};
    bench_check(ctx, ia_orientation_compute_with(ctx, &list, &p, no_null, &o));
    tell(ctx, "list", q, (const double(*)[3])rotation, &o);
    ia_orientation_clear(&o);
    ia_ctx_free(ctx);
}

static void measure_lists(uint64_t seed, size_t n, double noise)
{
    for (size_t k = 0; k < KINDS; k++)
        for (int truth = 0; truth < LAWS; truth++)
            for (int told = 0; told < LAWS; told++)
                for (int off = 0; off < 2; off++)
                    for (size_t i = 0; i < n; i++)
                        measure_list(
                            &(question){&kinds[k], seed + i, truth, told, off == 1},
                            noise);
}

// A tip evaporated onto a detector wider than it will be.
static void evaporate_wide(const kind *k, uint64_t seed, ia_simulate_params *p,
                           double rotation[3][3], ia_specimen *out)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(seed, 7);
    ia_result truth = {0};
    double u[7];
    *p = ia_simulate_defaults();
    for (size_t i = 0; i < 7; i++)
        u[i] = ia_random_uniform(&random);
    bench_set_tip(p, "specimen", "tip");
    bench_set_tip(p, "lattice", k->lattice);
    bench_set_tip(p, "composition", k->composition);
    bench_set_tip(p, "molecules", "");
    p->background = 0;
    p->lattice_parameter = k->a;
    p->c_over_a = strcmp(k->lattice, "hcp") == 0 ? 1.5864 : 0;
    p->evaporation_field = k->field;
    p->size_z = 8;
    p->seed = seed;
    p->tip_radius = 20 + 5 * u[0];
    pose_tip(p, u, false);
    p->detector_radius = rim + 8;
    bench_check(ctx, ia_specimen_compute(ctx, p, out));
    bench_check(ctx, ia_specimen_tables(ctx, out, &truth));
    memcpy(rotation, ia_table_find(ia_result_find(&truth, "truth"), "rotation")->data,
           9 * sizeof(double));
    ia_result_clear(&truth);
    ia_ctx_free(ctx);
}

// The same ions as another law and axis have them, as far as the detector reaches.
static void project_again(ia_specimen *from, const ia_projection *was,
                          const ia_projection *is, ia_ions *out)
{
    const float *hits = ia_ions_values(&from->ions, IA_DET_XY);
    size_t n = 0;
    bench_check(NULL, ia_ions_new(NULL, from->ions.n, 1u << IA_DET_XY, out));
    float *moved = ia_ions_values(out, IA_DET_XY);
    for (size_t i = 0; i < from->ions.n; i++) {
        const double hit[2] = {hits[2 * i], hits[2 * i + 1]};
        double at[3], now[2];
        if (!ia_projection_direction(was, hit, at) || !ia_projection_hit(is, at, now) ||
            hypot(now[0], now[1]) > rim)
            continue;
        moved[2 * n] = (float)now[0];
        moved[2 * n++ + 1] = (float)now[1];
    }
    out->n = n;
}

// Where hits show the axis by each law, as `ionatlas index FILE` has it.
static void see_axis(const question *q, const ia_hitmap *map, ia_pole_list *list)
{
    ia_orientation_params held = asked(q);
    ia_orientation o = {0};
    held.axis_doubt = 0;
    bench_check(NULL, ia_orientation_compute_with(NULL, list, &held, no_null, &o));
    const ia_projection p = {q->told, length, o.grains[0].icf, {0, 0}};
    for (int law = 0; law < LAWS && isfinite(p.icf); law++) {
        const ia_projection alike = ia_projection_alike(&p, law, map->radius);
        bench_check(
            NULL, ia_hit_axis(NULL, map, &alike, list->axis[law], &list->axis_seen[law]));
    }
    ia_orientation_clear(&o);
}

// With each law told from `told` up to `last`.
static void measure_map(const question *first, int last, const char *how,
                        const double rotation[3][3], ia_ions *ions)
{
    const ia_hitmap_input input = {.ions = ions};
    ia_hitmap map = {0};
    ia_found_poles found = {0};
    ia_pole poles[IA_POLES_MOST];
    bench_check(NULL, ia_hitmap_compute(NULL, &input, NULL, &map));
    bench_check(NULL, ia_poles_find(NULL, &map, NULL, &found));
    ia_pole_list list = {.poles = poles, .radius = map.radius, .on_map = true};
    for (; list.n < found.n && list.n < IA_POLES_MOST; list.n++)
        poles[list.n] = found.poles[list.n].at;
    for (int told = first->told; told <= last; told++) {
        question q = *first;
        ia_orientation o = {0};
        ia_ctx *ctx = ia_ctx_new();
        q.told = told;
        see_axis(&q, &map, &list);
        const ia_orientation_params p = asked(&q);
        bench_check(ctx, ia_orientation_compute_with(ctx, &list, &p, no_null, &o));
        tell(ctx, how, &q, rotation, &o);
        ia_orientation_clear(&o);
        ia_ctx_free(ctx);
    }
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
}

static void measure_tip(const kind *k, uint64_t seed)
{
    ia_simulate_params p;
    ia_specimen specimen = {0};
    double rotation[3][3];
    evaporate_wide(k, seed, &p, rotation, &specimen);
    const ia_projection was = {p.projection, p.flight_path, p.icf, {0, 0}};
    for (int truth = 0; truth < LAWS; truth++)
        for (int off = 0; off < 2; off++) {
            ia_projection is = project(truth, p.icf);
            ia_random random = ia_random_new(seed, 9);
            ia_ions ions = {0};
            centre(&random, off == 1, is.centre);
            project_again(&specimen, &was, &is, &ions);
            const question q = {k, seed, truth, 0, off == 1};
            measure_map(&q, LAWS - 1, "tip", (const double(*)[3])rotation, &ions);
            ia_ions_clear(&ions);
        }
    ia_specimen_clear(&specimen);
}

// A tip as it was evaporated, its law told.
static void measure_clean(const kind *k, uint64_t seed)
{
    ia_simulate_params p;
    ia_specimen specimen = {0};
    double rotation[3][3];
    evaporate_wide(k, seed, &p, rotation, &specimen);
    const ia_projection was = {p.projection, p.flight_path, p.icf, {0, 0}};
    const question q = {k, seed, p.projection, p.projection, false};
    ia_ions ions = {0};
    project_again(&specimen, &was, &was, &ions);
    measure_map(&q, p.projection, "clean", (const double(*)[3])rotation, &ions);
    ia_ions_clear(&ions);
    ia_specimen_clear(&specimen);
}

int main(int argc, char **argv)
{
    size_t k = 0;
    bool is_clean = argc == 5 && strcmp(argv[4], "clean") == 0;
    if (argc == 5 && strcmp(argv[1], "lists") == 0) {
        measure_lists(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
                      atof(argv[4]));
        return 0;
    }
    while ((argc == 4 || is_clean) && k < KINDS && strcmp(argv[1], kinds[k].lattice) != 0)
        k++;
    if ((argc != 4 && !is_clean) || k == KINDS) {
        fprintf(stderr, "usage: index_laws lists SEED LISTS DEGREES | LATTICE SEED TIPS "
                        "[clean]\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    for (uint64_t i = 0; i < n; i++)
        (is_clean ? measure_clean : measure_tip)(&kinds[k], seed + i);
    return 0;
}
