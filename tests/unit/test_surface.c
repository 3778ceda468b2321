// tests/unit/test_surface.c: objects of a surface, its rules, files and refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/surface.h>

static ia_status compute(ia_ctx *ctx, const cluster_case *c, const ia_volume_params *vp,
                         const ia_surface_params *sp, ia_surface *out)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume v = {.p = NAN};
    ia_status st = ia_volume_compute(ctx, &input, vp, &v);
    if (st == IA_OK)
        st = ia_surface_compute(ctx, &input, &v, sp, out);
    ia_volume_clear(&v);
    return st;
}

static ia_volume_params fixed(double sigma)
{
    ia_volume_params p = ia_volume_defaults();
    strcpy(p.solute, "Cu");
    p.kernel = IA_KERNEL_FIXED;
    p.sigma = sigma;
    p.voxel = 0.25;
    p.n_shuffles = 0;
    return p;
}

// Three balls of 70 % Cu and 1.5 nm radius in 1 %.
static void planted_balls_come_back(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(60000, 1);
    ia_volume_params vp = fixed(0.35);
    ia_surface_params sp = ia_surface_defaults();
    ia_surface s = {.n_objects = 0};
    sp.threshold_rule = IA_LEVEL_MIDPOINT;
    sp.least_ions = 50;
    CHECK_OK(NULL, compute(NULL, &c, &vp, &sp, &s));
    assert_int_equal(s.n_objects, N_BALLS);
    assert_int_equal(s.rule, IA_LEVEL_MIDPOINT);
    double edge = cbrt(60000.0 / 40);
    for (size_t i = 0; i < s.n_objects; i++) {
        const ia_surface_object *o = &s.objects[i];
        assert_true(o->is_closed);
        // Some 570 ions in each: its radius is known to a few per cent, its blur small.
        assert_true(fabs(o->radius - 1.5) < 0.15 && fabs(o->true_radius - 1.5) < 0.15);
        assert_true(fabs(o->centre[1] - edge / 2) < 0.2);
        assert_true(fabs(o->axes[0] - 1.5) < 0.3 && fabs(o->axes[2] - 1.5) < 0.3);
        assert_true(fabs(o->share.percent - 70) < 10);
        assert_true(o->p <= 0.05 + 1e-12);
        assert_true(o->area > 4 * M_PI * pow(o->radius, 2));
    }
    assert_true(s.p <= 0.05 + 1e-12 && s.expected_false < 0.5);
    // Half of the ions show the same balls; a rim of less than a voxel in 1.5 nm is
    // moved, so that eight in ten voxels or more are of both.
    assert_true(s.half_overlap > 0.8 && s.half_overlap < 1);
    assert_true(s.steady_objects.half_mean >= N_BALLS - 0.5);
    assert_true(s.steady_objects.thinned_mean >= N_BALLS - 0.5);
    assert_true(fabs(s.steady_inside.half_mean / s.inside_percent - 1) < 0.15);
    assert_true(fabs(s.steady_inside.thinned_mean / s.inside_percent - 1) < 0.15);
    assert_true(s.steady_inside.half_difference > 0 && s.steady_inside.thinned_sd > 0);
    for (int r = 0; r < IA_LEVEL_RULES; r++)
        assert_true(s.rules[r] > 2 && s.rules[r] < 60);
    ia_result result = {0};
    CHECK_OK(NULL, ia_surface_tables(NULL, &s, &result));
    assert_non_null(ia_result_find(&result, "objects"));
    ia_result_clear(&result);
    ia_surface_clear(&s);
    case_clear(&c);
}

static void other_settings_are_tried(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(20000, 1);
    ia_volume_params vp = fixed(0.5);
    ia_surface_params sp = ia_surface_defaults();
    ia_surface s = {.n_objects = 0};
    vp.voxel = 0.5;
    sp.threshold = 30;
    sp.n_null = 0;
    sp.sensitivity = true;
    CHECK_OK(NULL, compute(NULL, &c, &vp, &sp, &s));
    assert_int_equal(s.rule, -1);
    assert_int_equal(s.n_tries, 7);
    assert_true(isnan(s.half_overlap) && isnan(s.steady_inside.thinned_mean));
    assert_true(s.tries[0].threshold == 21 && s.tries[2].threshold == 30);
    assert_true(s.tries[5].voxel == 0.375 && s.tries[6].voxel == 0.75);
    for (size_t i = 1; i < 5; i++)
        assert_true(s.tries[i].volume_percent <= s.tries[i - 1].volume_percent);
    assert_true(s.tries[2].volume_percent == s.inside_percent && isnan(s.p));
    ia_surface_clear(&s);
    case_clear(&c);
}

// The half-level of a blurred ball: 12 % less volume at R = 5 s, nothing at all for tiny
// ones; both sides of the closed form against plain integration.
static void a_blurred_ball_shrinks(void **unused)
{
    (void)unused;
    assert_true(fabs(pow(ia_blurred_radius(0.2, 0.5), 3) - 0.88) < 0.005);
    assert_true(ia_blurred_radius(0, 0.5) == 1 && ia_blurred_radius(2, 0.5) == 0);
    // The share of a Gaussian of sd 0.3 about (r, 0, 0) that lies within the unit ball.
    double r = ia_blurred_radius(0.3, 0.4), sum = 0, step = 0.02;
    for (double x = -1; x < 1; x += step)
        for (double y = 0; y < 1; y += step) {
            double mx = x + step / 2, my = y + step / 2;
            if (mx * mx + my * my < 1)
                sum += 2 * M_PI * my * step * step *
                       exp(-((mx - r) * (mx - r) + my * my) / (2 * 0.09)) /
                       pow(2 * M_PI * 0.09, 1.5);
        }
    assert_true(fabs(sum - 0.4) < 0.002);
}

static void files_in_every_format(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[] = {0, 0, 0, 1, 0, 0, 0, 2, 0};
    uint32_t triangles[] = {0, 1, 2};
    int32_t labels[] = {4};
    const ia_mesh m = {3, 1, xyz, triangles, labels};
    static const struct {
        const char *name, *holds;
        size_t size;
    } cases[] = {{"m.obj", "g object_5\nf 1 2 3\n", 0},
                 {"m.ply", "element face 1\n", 0},
                 {"m.stl", "iso-surface, nm", 84 + 50},
                 {"m.vtp", "NumberOfPolys=\"1\"", 0}};
    for (size_t i = 0; i < 4; i++) {
        size_t n;
        CHECK_OK(ctx, ia_mesh_write(ctx, &m, scratch(cases[i].name)));
        unsigned char *bytes = read_bytes(scratch(cases[i].name), &n);
        bytes[n] = 0;
        assert_true(cases[i].size == 0 || n == cases[i].size);
        assert_non_null(strstr((char *)bytes, cases[i].holds));
        free(bytes);
        unlink(scratch(cases[i].name));
    }
    CHECK_FAILS(ctx, ia_mesh_write(ctx, &m, "m.txt"), IA_ERR_PARAM, ".obj, .ply");
    ia_ctx_free(ctx);
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(2000, 1, 1); // one species
    ia_volume_params vp = fixed(0.5);
    ia_surface_params sp = ia_surface_defaults();
    ia_surface s = {.n_objects = 0};
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    const ia_volume none = {.p = NAN};
    CHECK_FAILS(ctx, ia_surface_compute(ctx, &input, &none, &sp, &s), IA_ERR_PARAM,
                "no field");
    sp.threshold = -1;
    CHECK_FAILS(ctx, compute(ctx, &c, &vp, &sp, &s), IA_ERR_PARAM, "threshold");
    sp.threshold = 200;
    CHECK_FAILS(ctx, compute(ctx, &c, &vp, &sp, &s), IA_ERR_PARAM, "exceeds 100 at.%");
    // That is told before any ion is read; a density may be as large.
    CHECK_FAILS(ctx, ia_surface_check(ctx, &sp, IA_QUANTITY_COMPOSITION), IA_ERR_PARAM,
                "exceeds 100 at.%");
    CHECK_OK(ctx, ia_surface_check(ctx, &sp, IA_QUANTITY_DENSITY));
    sp.threshold = 100; // nothing is so rich
    CHECK_OK(ctx, compute(ctx, &c, &vp, &sp, &s));
    assert_int_equal(s.n_objects, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1),
                           "nothing lies above the threshold of 100 at.%"));
    ia_surface_clear(&s);
    vp.quantity = IA_QUANTITY_DENSITY; // atoms per nm^3 have no such bound
    sp.threshold = 200;
    CHECK_OK(ctx, compute(ctx, &c, &vp, &sp, &s));
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1),
                           "threshold of 200 per nm^3"));
    ia_surface_clear(&s);
    vp.quantity = IA_QUANTITY_COMPOSITION;
    case_clear(&c);
    // One ion, one place, a plane, a line.
    for (int shape = 0; shape < 4; shape++) {
        c = case_random(shape == 3 ? 1 : 500, 0.5, 1);
        c.mass[0] = (float)mass_cu;
        for (size_t i = 0; i < c.ions.n && shape < 3; i++)
            for (size_t k = (size_t)shape; k < 3; k++)
                c.xyz[3 * i + k] = 2;
        sp = ia_surface_defaults();
        ia_ctx_reset(ctx);
        ia_status st = compute(ctx, &c, &vp, &sp, &s);
        assert_true(st == IA_OK || st == IA_ERR_EMPTY);
        if (st == IA_OK)
            ia_surface_clear(&s);
        case_clear(&c);
    }
    ia_ctx_free(ctx);
}

static ia_status compute_and_show(ia_ctx *ctx, const cluster_case *c)
{
    ia_surface s = {.n_objects = 0};
    ia_result result = {0};
    ia_volume_params vp = fixed(1);
    ia_surface_params sp = ia_surface_defaults();
    vp.voxel = 1;
    sp.n_null = 1;
    sp.sensitivity = true;
    sp.least_ions = 1;
    ia_status st = compute(ctx, c, &vp, &sp, &s);
    if (st == IA_OK)
        st = ia_surface_tables(ctx, &s, &result);
    ia_result_clear(&result);
    ia_surface_clear(&s);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(400, 0.3, 1);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, compute_and_show(ctx, &c), (void)0);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_balls_come_back),
        cmocka_unit_test(other_settings_are_tried),
        cmocka_unit_test(a_blurred_ball_shrinks),
        cmocka_unit_test(files_in_every_format),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
