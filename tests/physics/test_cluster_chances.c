// tests/physics/test_cluster_chances.c: are the chances stated for ions those that come
// true, and the sizes of clusters right?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

// 150,000 ions, their density modulated by 30 % along x, with eight places on a cube's
// corners.
enum { N = 150000, PLACES = 8, SEEDS = 4, BINS = 5 };

// How the solute is spread: what an ion so far from a place (squared, nm^2) is.
typedef struct {
    bool is_inside, has;
} origin;
typedef struct {
    const char *method;
    origin (*draw)(double d2, ia_random *random);
    size_t n_places;
    double sigma_xy; // noise, nm
} planting;

// Balls of 1 nm with 50 % copper in 5 %.
static origin draw_ball(double d2, ia_random *random)
{
    return (origin){d2 < 1, ia_random_uniform(random) < (d2 < 1 ? 0.5 : 0.05)};
}

// Balls of 1.5 nm with 60 % in 2 %, their composition a step blurred by 0.25 nm; inside
// is what lies within the radius.
static origin draw_soft_ball(double d2, ia_random *random)
{
    double level = erfc((sqrt(d2) - 1.5) / (sqrt(2) * 0.25)) / 2;
    return (origin){d2 < 2.25, ia_random_uniform(random) < 0.02 + 0.58 * level};
}

// Places that are inside by a Gaussian 0.6 nm wide: 95 % copper there, 5 % elsewhere.
static origin draw_gaussian(double d2, ia_random *random)
{
    bool is_inside = ia_random_uniform(random) < exp(-d2 / (2 * 0.36));
    return (origin){is_inside, ia_random_uniform(random) < (is_inside ? 0.95 : 0.05)};
}

static void place_ion(float *xyz, double edge, ia_random *random)
{
    do
        for (size_t k = 0; k < 3; k++)
            xyz[k] = (float)(edge * ia_random_uniform(random));
    while (ia_random_uniform(random) * 1.3 >
           1 - 0.3 * cos(6.2832 * ((double)xyz[0] / edge - 0.5)));
}

static double nearest2(const float *xyz, double edge, size_t n_places)
{
    double nearest = INFINITY;
    for (size_t p = 0; p < n_places; p++) {
        double d2 = 0;
        for (size_t k = 0; k < 3; k++)
            d2 += pow((double)xyz[k] - edge * (0.25 + 0.5 * (double)(p >> k & 1)), 2);
        nearest = fmin(nearest, d2);
    }
    return nearest;
}

static cluster_case plant(const planting *p, uint64_t seed, bool *is_inside)
{
    cluster_case c = case_new(N);
    ia_random random = ia_random_new(seed, 21);
    double edge = cbrt(N / 40.0);
    for (size_t i = 0; i < N; i++) {
        float *xyz = c.xyz + 3 * i;
        place_ion(xyz, edge, &random);
        origin o = p->draw(nearest2(xyz, edge, p->n_places), &random);
        is_inside[i] = o.is_inside;
        c.mass[i] = (float)(o.has ? mass_cu : mass_fe);
        for (size_t k = 0; k < 2; k++)
            xyz[k] += (float)(p->sigma_xy * ia_random_normal(&random));
    }
    return c;
}

typedef struct {
    double stated[BINS], came_true[BINS], n[BINS];
    double radius, inside, n_found; // sums over clusters
} tallies;

static void count(const bool *is_inside, const ia_clustering *out, tallies *t)
{
    for (size_t i = 0; i < N; i++) {
        double chance = (double)out->probability[i];
        size_t bin = (size_t)fmin(chance * BINS, BINS - 1);
        if (chance < 0.05)
            continue;
        t->n[bin]++;
        t->stated[bin] += chance;
        t->came_true[bin] += is_inside[i];
    }
    for (size_t k = 0; k < out->n_clusters; k++) {
        t->radius += out->clusters[k].radius;
        t->inside += out->clusters[k].inside_percent;
        t->n_found++;
    }
}

static tallies run(const planting *p)
{
    tallies t = {.n_found = 0};
    bool *is_inside = malloc(N * sizeof *is_inside);
    assert_non_null(is_inside);
    for (uint64_t seed = 201; seed < 201 + SEEDS; seed++) {
        cluster_case c = plant(p, seed, is_inside);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        use_method(&params, p->method);
        params.seed = seed;
        params.n_shuffles = 39;
        params.divisions = 0;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        count(is_inside, &out, &t);
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    free(is_inside);
    return t;
}

// Each class within `most`, of which counting takes 0.03; on average within 0.05.
static void check_chances(const tallies *t, double most)
{
    double off = 0, n = 0;
    for (size_t b = 0; b < BINS; b++) {
        if (t->n[b] < 100 || fabs(t->stated[b] - t->came_true[b]) > most * t->n[b])
            fail_msg("%g ions are said to be inside with %g, %g are", t->n[b],
                     t->stated[b] / t->n[b], t->came_true[b] / t->n[b]);
        off += fabs(t->stated[b] - t->came_true[b]);
        n += t->n[b];
    }
    assert_true(off < 0.05 * n);
}

// With 0.3 nm of lateral noise, every ion, solute or not.
static void check_balls(const char *method)
{
    enum { BALLS = 6 };
    planting p = {method, draw_ball, BALLS, 0.3};
    bool is_scan = strcmp(method, "scan") == 0;
    tallies t = run(&p);
    // All of 24, none besides: a cluster has 84 ions of copper where chance puts 8; the
    // level lets 0.2 of 4 specimens report another one.
    assert_in_range((size_t)t.n_found, BALLS * SEEDS - 1, BALLS * SEEDS + 2);
    assert_true(fabs(t.inside / t.n_found - 50) < 5);
    // Balls this small are told 0.06 too well between 0.6 and 0.8 (mean of four sets of
    // seeds; docs/benchmarks-cluster.md), since the surface is fitted to the same ions;
    // 24 balls scatter by 0.03, and twice that is let pass.
    check_chances(&t, 0.12);
    if (is_scan) // a Gaussian's width holds the noise
        assert_true(fabs(t.radius / t.n_found - 1) < 0.05);
}

static void scan_is_calibrated(void **unused)
{
    (void)unused;
    check_balls("scan");
}

// With 0.25 nm of lateral noise. Were surfaces taken to be sharp, 0.70 of the ions that
// are told some 0.9 would be inside.
static void the_scan_knows_interfaces(void **unused)
{
    planting p = {"scan", draw_soft_ball, 6, 0.25};
    (void)unused;
    tallies t = run(&p);
    assert_in_range((size_t)t.n_found, 6 * SEEDS - 1, 6 * SEEDS + 2);
    check_chances(&t, 0.08);
    print_message("radius %.3f, inside %.1f\n", t.radius / t.n_found,
                  t.inside / t.n_found);
    assert_true(fabs(t.radius / t.n_found / 1.5 - 1) < 0.04);
    assert_true(fabs(t.inside / t.n_found - 60) < 5);
}

static void mixture_is_calibrated_on_balls(void **unused)
{
    (void)unused;
    check_balls("gmm");
}

// The model of the mixture: what it finds must be right to within its errors.
static void mixture_is_calibrated(void **unused)
{
    planting p = {"gmm", draw_gaussian, PLACES, 0};
    (void)unused;
    tallies t = run(&p);
    assert_in_range((size_t)t.n_found, PLACES * SEEDS - 1, PLACES * SEEDS + 2);
    // 32 widths of some 120 ions each: 0.7 % if alone, 1 % in the matrix, 3.3 of those.
    // sqrt(5) widths are told as the radius.
    assert_true(fabs(t.radius / t.n_found / (sqrt(5) * 0.6) - 1) < 0.035);
    check_chances(&t, 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_is_calibrated),
        cmocka_unit_test(the_scan_knows_interfaces),
        cmocka_unit_test(mixture_is_calibrated_on_balls),
        cmocka_unit_test(mixture_is_calibrated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
