// tests/unit/test_proxigram.c: distances to a mesh against plain loops, the step that is
// fitted, excess by hand, refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plain_profile.h"

#include "spatial/marching.h"
#include "spatial/mesh_distance.h"
#include "spatial/step_fit.h"

// A box that is no ball: corners and sides matter. Values rise inwards.
static ia_mesh make_mesh(size_t n, double edge, bool ball)
{
    ia_voxels v = {.edge = edge, .n = {n, n, n}};
    float *values = malloc(n * n * n * sizeof *values);
    ia_mesh m = {.n_vertices = 0};
    for (size_t k = 0; k < 3; k++)
        v.origin[k] = -edge * (double)(n - 1) / 2;
    for (size_t i = 0; i < n * n * n; i++) {
        size_t at[3] = {i % n, i / n % n, i / n / n};
        double r2 = 0, most = 0;
        for (size_t k = 0; k < 3; k++) {
            double r = v.origin[k] + edge * (double)at[k];
            r2 += r * r;
            most = fmax(most, fabs(r) / (k == 2 ? 0.7 : 1));
        }
        values[i] = (float)(ball ? 3 - sqrt(r2) : 2 - most);
    }
    CHECK_OK(NULL, ia_marching_cubes(NULL, &v, values, 0, NULL, &m));
    free(values);
    return m;
}

static void distances_against_every_triangle(void **unused)
{
    (void)unused;
    enum { N = 1500 };
    ia_random random = ia_random_new(1, 2);
    float *xyz = malloc(3 * N * sizeof *xyz), *d = malloc(N * sizeof *d);
    for (size_t i = 0; i < 3 * N; i++)
        xyz[i] = (float)(8 * ia_random_uniform(&random) - 4);
    for (int ball = 0; ball < 2; ball++) {
        ia_mesh m = make_mesh(16, 0.5, ball);
        ia_mesh_index *index = NULL;
        CHECK_OK(NULL, ia_mesh_index_build(NULL, &m, 1.5, &index));
        CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, N, d));
        size_t n_near = 0;
        for (size_t i = 0; i < N; i++) {
            double expected = plain_distance(&m, xyz + 3 * i);
            assert_true(isnan(d[i]) == !(expected <= 1.5));
            if (isnan(d[i]))
                continue;
            n_near++;
            assert_true(fabs(fabs((double)d[i]) - expected) < 1e-6);
            double r2 = 0, most = 0;
            for (size_t k = 0; k < 3; k++) {
                r2 += pow((double)xyz[3 * i + k], 2);
                most = fmax(most, fabs((double)xyz[3 * i + k]) / (k == 2 ? 0.7 : 1));
            }
            double inside = ball ? 3 - sqrt(r2) : 2 - most;
            if (fabs(inside) > 0.15) // beyond what corners of voxels cut off
                assert_true((d[i] > 0) == (inside > 0));
        }
        assert_true(n_near > N / 5);
        ia_mesh_index_free(index);
        ia_mesh_clear(&m);
    }
    free(xyz);
    free(d);
}

// One triangle ends on all sides: only what lies over its face has a distance.
static void nothing_beyond_the_end_of_a_surface(void **unused)
{
    (void)unused;
    float corners[] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    uint32_t triangle[] = {0, 1, 2};
    int32_t label[] = {0};
    const ia_mesh m = {3, 1, corners, triangle, label};
    const float xyz[] = {0.2f, 0.2f, 0.5f, 0.2f, 0.2f, -0.5f, -0.5f, -0.5f, 0.1f};
    float d[3];
    ia_mesh_index *index = NULL;
    CHECK_OK(NULL, ia_mesh_index_build(NULL, &m, 2, &index));
    CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, 3, d));
    assert_true(fabsf(d[0] + 0.5f) < 1e-6f && fabsf(d[1] - 0.5f) < 1e-6f && isnan(d[2]));
    ia_mesh_index_free(index);
    const ia_mesh none = {0, 0, NULL, NULL, NULL};
    CHECK_OK(NULL, ia_mesh_index_build(NULL, &none, 2, &index));
    CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, 3, d));
    assert_true(isnan(d[0]));
    ia_mesh_index_free(index);
}

static void an_exact_step_is_found(void **unused)
{
    (void)unused;
    enum { N = 60 };
    double x[N], y[N], w[N];
    ia_step_fit fit;
    for (size_t i = 0; i < N; i++) {
        x[i] = -3 + 0.1 * ((double)i + 0.5);
        y[i] = 5 + 20 * 0.5 * (1 + erf((x[i] - 0.2) / (sqrt(2) * 0.4)));
        w[i] = 4;
    }
    const ia_step_points points = {N, x, y, w}, few = {4, x, y, w};
    assert_true(ia_step_fit_find(&points, 3, &fit));
    assert_true(fabs(fit.middle - 0.2) < 1e-3 && fabs(fit.sd - 0.4) < 1e-3);
    assert_true(fabs(fit.low - 5) < 0.02 && fabs(fit.high - 25) < 0.02);
    // Fisher: d y / d middle is a Gaussian of area 20; sum over bins of 0.1 nm.
    double information = 4 * 400 / (0.1 * 2 * sqrt(M_PI) * 0.4);
    assert_true(fabs(fit.sigma_middle * sqrt(information) - 1) < 0.2);
    assert_false(ia_step_fit_find(&few, 3, &fit));
    for (size_t i = 0; i < N; i++)
        y[i] = 5;
    assert_false(ia_step_fit_find(&points, 3, &fit));
}

// 100 atoms of 10,000 on either side within, 1 % beyond: 50 more are 50 too many.
static void excess_by_hand(void **unused)
{
    (void)unused;
    const ia_interface_counts c = {
        {125, 125}, {10000, 10000}, {200, 200}, {20000, 20000}, 25};
    double sigma, excess = ia_interface_excess(&c, &sigma);
    assert_true(fabs(excess - 2) < 1e-12);
    double variance = 250 * (1 - 250.0 / 20000) + 2 * 1e8 * 0.01 * 0.99 / 20000;
    assert_true(fabs(sigma - sqrt(variance) / 25) < 1e-12);
}

static ia_status compute(ia_ctx *ctx, const cluster_case *c,
                         const ia_proxigram_params *pp, ia_proxigram *out)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume_params vp = ia_volume_defaults();
    ia_surface_params sp = ia_surface_defaults();
    ia_volume v = {.p = NAN};
    ia_surface s = {.n_objects = 0};
    strcpy(vp.solute, "Cu");
    vp.kernel = IA_KERNEL_FIXED;
    vp.sigma = 0.4;
    vp.voxel = 0.4;
    vp.n_shuffles = 0;
    sp.threshold = 25;
    sp.n_null = 0;
    ia_status st = ia_volume_compute(ctx, &input, &vp, &v);
    if (st == IA_OK && (st = ia_surface_compute(ctx, &input, &v, &sp, &s)) == IA_OK)
        st = ia_proxigram_compute(ctx, &input, &v, &s, pp, out);
    ia_surface_clear(&s);
    ia_volume_clear(&v);
    return st;
}

// Two balls of 1.3 nm, the surface from the same ions: the profile is what loops over all
// ions and all triangles count.
static void profile_from_every_triangle(void **unused)
{
    (void)unused;
    enum { N = 12000 };
    cluster_case c = case_random(N, 0.02, 4);
    ia_random random = ia_random_new(4, 6);
    proxigram_case t = proxigram_new(0.4, 0.4, 30);
    for (size_t i = 0; i < N; i++)
        for (int ball = 0; ball < 2; ball++) {
            double middle = ball ? 4.7 : 2, r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)c.xyz[3 * i + k] - middle, 2);
            if (r2 < 1.3 * 1.3 && ia_random_uniform(&random) < 0.8)
                c.mass[i] = (float)mass_cu;
        }
    strcpy(t.vp.solute, "Cu");
    t.sp.least_ions = 5;
    t.pp.same = true;
    t.pp.distance_max = 1.5;
    t.pp.divisions = 0;
    strcpy(t.pp.species, "Cu");
    proxigram_compute(&t, &c);
    const ia_proxigram *p = &t.p;
    const ia_surface *s = &t.s;
    assert_int_equal(s->n_objects, 2);
    assert_true(s->objects[0].is_closed && s->objects[1].is_closed && p->n_objects == 2);
    check_profile(&c, &s->mesh, p);
    proxigram_clear(&t);
    case_clear(&c);
}

static void planted_balls_have_their_plateaus(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(60000, 2);
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    ia_result result = {0};
    pp.distance_max = 1.5;
    strcpy(pp.species, "Cu");
    CHECK_OK(NULL, compute(NULL, &c, &pp, &p));
    assert_int_equal(p.n_bins, 30);
    assert_true(p.n_objects == N_BALLS);
    // Their area: rough surfaces are larger than that of balls of 1.5 nm.
    assert_true(p.area > 0.8 * N_BALLS * 4 * M_PI * 2.25 &&
                p.area < 1.4 * N_BALLS * 4 * M_PI * 2.25);
    const ia_proxigram_element *cu = &p.elements[0];
    assert_true(cu->chi2 > 20 && cu->p <= 0.005 + 1e-12);
    assert_true(fabs(cu->inside.percent - 70) < 4 * cu->inside.sigma + 2);
    assert_true(fabs(cu->outside.percent - 1) < 4 * cu->outside.sigma + 0.3);
    // A sharp step: what is left is the surface's own roughness.
    assert_true(cu->width < 1.2 && cu->true_width < cu->width);
    CHECK_OK(NULL, ia_proxigram_tables(NULL, &p, &result));
    assert_non_null(ia_result_find(&result, "proxigram_Cu"));
    // 70 % of the ions and halves of them show the same balls.
    const ia_steadiness *in = &cu->steady[IA_INTERFACE_INSIDE];
    const ia_steadiness *out = &cu->steady[IA_INTERFACE_OUTSIDE];
    assert_true(fabs(in->thinned_mean - 70) < 4 && fabs(in->half_mean - 70) < 6);
    // Surfaces of halves are rougher, and leave copper outside.
    assert_true(fabs(out->thinned_mean - 1) < 0.5 && fabs(out->half_mean - 1) < 0.8);
    assert_true(in->thinned_sd > 0 && in->half_difference > 0);
    assert_int_equal(ia_result_find(&result, "interface_parts")->n_rows,
                     IA_INTERFACE_VALUES);
    ia_result_clear(&result);
    ia_proxigram_clear(&p);
    case_clear(&c);
}

// Half of a box squeezed to twice the density: half the ions have half of it, and their
// surface lies at the same place.
static void a_density_is_halved_with_the_ions(void **unused)
{
    (void)unused;
    cluster_case c = case_random(30000, 0.1, 1);
    const float edge = cbrtf(30000.0f / 40);
    for (size_t i = 0; i < c.ions.n; i++)
        if (c.xyz[3 * i] < edge / 2)
            c.xyz[3 * i] = c.xyz[3 * i] / 2 + edge / 4;
    proxigram_case t = proxigram_new(0.6, 0.6, 6); // of the solute, a tenth
    t.vp.quantity = IA_QUANTITY_DENSITY;
    t.pp.edge_objects = IA_EDGE_INCLUDE;
    t.pp.divisions = 1;
    t.pp.distance_max = 1.5;
    proxigram_compute(&t, &c);
    double area = 0; // rougher with fewer ions, but as large
    for (size_t i = 0; i < t.s.n_objects; i++)
        area += t.s.objects[i].area;
    assert_true(t.p.n_objects >= 1 && fabs(t.p.area / area - 1) < 0.25);
    proxigram_clear(&t);
    case_clear(&c);
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(5000, 0.01, 2);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    const ia_volume v = {.p = NAN};
    const ia_surface s = {.n_objects = 0};
    CHECK_FAILS(ctx, ia_proxigram_compute(ctx, &input, &v, &s, &pp, &p), IA_ERR_PARAM,
                "no iso-surface");
    CHECK_FAILS(ctx, compute(ctx, &c, &pp, &p), IA_ERR_EMPTY, "no object lies within 25");
    pp.distance_bin = 1e-3;
    pp.distance_max = 1000;
    CHECK_FAILS(ctx, compute(ctx, &c, &pp, &p), IA_ERR_PARAM, "bins of 0.001 nm");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status compute_and_show(ia_ctx *ctx, const cluster_case *c)
{
    ia_proxigram p = {.n_bins = 0};
    ia_result result = {0};
    ia_proxigram_params pp = ia_proxigram_defaults();
    pp.n_draws = 19;
    pp.divisions = 1;
    pp.distance_max = 1;
    pp.distance_bin = 0.2;
    ia_status st = compute(ctx, c, &pp, &p);
    if (st == IA_OK)
        st = ia_proxigram_tables(ctx, &p, &result);
    ia_result_clear(&result);
    ia_proxigram_clear(&p);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_planted(4000, 1);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, compute_and_show(ctx, &c), (void)0);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_against_every_triangle),
        cmocka_unit_test(nothing_beyond_the_end_of_a_surface),
        cmocka_unit_test(an_exact_step_is_found),
        cmocka_unit_test(excess_by_hand),
        cmocka_unit_test(profile_from_every_triangle),
        cmocka_unit_test(planted_balls_have_their_plateaus),
        cmocka_unit_test(a_density_is_halved_with_the_ions),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
