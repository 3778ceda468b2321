// tests/unit/test_projection.c: from hits to directions and back.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static const double radian = 0.017453292519943295;

static ia_projection make(int kind, double icf)
{
    return (ia_projection){
        .kind = kind, .flight_path = 90, .icf = icf, .centre = {1.5, -2}};
}

// The place on a cap of radius 100 nm that a direction stands for.
static void place_of(const double direction[3], double place[3])
{
    place[0] = 100 * direction[0];
    place[1] = 100 * direction[1];
    place[2] = 100 * (1 - direction[2]);
}

static void places_return(void **unused)
{
    (void)unused;
    const double icfs[] = {0.8, 1, 1.3, 1.65, 2, 2.4};
    for (int kind = 0; kind < 3; kind++)
        for (size_t f = 0; f < 6; f++) {
            ia_projection p = make(kind, icfs[f]);
            double most = fmin(ia_projection_limit(&p), 150 * radian) * 0.999;
            for (int i = 0; i <= 1000; i++) {
                double theta = most * i / 1000, phi = 0.7 * i, hit[2], back[3];
                double from[3] = {sin(theta) * cos(phi), sin(theta) * sin(phi),
                                  cos(theta)};
                double a[3], b[3];
                assert_true(ia_projection_hit(&p, from, hit));
                assert_true(ia_projection_direction(&p, hit, back));
                place_of(from, a);
                place_of(back, b);
                for (int c = 0; c < 3; c++)
                    assert_true(fabs(a[c] - b[c]) < 1e-9);
                double r = hypot(hit[0] - p.centre[0], hit[1] - p.centre[1]);
                assert_true(fabs(ia_projection_angle(&p, r) - theta) < 1e-11);
            }
        }
}

// What ICF means: on the axis the angle on the cap grows ICF times as fast as the angle
// that is seen. The ratio differs from it by terms of theta^2, 1e-8 here.
static void compression_is_that_of_the_axis(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 3; kind++)
        for (double icf = 0.9; icf < 2.2; icf += 0.15) {
            ia_projection p = make(kind, icf);
            double seen = 1e-4;
            double theta = ia_projection_angle(&p, p.flight_path * tan(seen));
            assert_true(fabs(theta / seen - icf) < 1e-7);
        }
}

// A straight line from the point (ICF - 1) R behind the cap's centre through the place on
// the cap goes to the hit: seen from far, its slope is r/L.
static void stereographic_rays_meet_behind_the_centre(void **unused)
{
    (void)unused;
    ia_projection p = make(IA_PROJECTION_STEREOGRAPHIC, 1.6);
    for (double r = 0.5; r < 80; r += 1) {
        double theta = ia_projection_angle(&p, r);
        assert_true(fabs(sin(theta) / (cos(theta) + 0.6) - r / 90) < 1e-13);
    }
}

// 22.9 degrees seen at an ICF of 1.6: angles computed by hand from the three formulas.
static void angles_are_those_of_the_formulas(void **unused)
{
    (void)unused;
    const double expected[] = {36.387, 38.706, 42.497}; // degree
    const double area[] = {1.297, 1.167, 1}; // of the flat cap, point over each
    for (int kind = 0; kind < 3; kind++) {
        ia_projection p = make(kind, 1.6);
        double theta = ia_projection_angle(&p, 38), s = 1.6 * 38 / 90 / sin(theta);
        assert_true(fabs(theta / radian - expected[kind]) < 2e-3);
        assert_true(fabs(s * s - area[kind]) < 1e-3);
    }
}

static void magnification_is_a_derivative(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 3; kind++) {
        ia_projection p = make(kind, 1.65);
        for (double theta = 0.1; theta < 1.2; theta += 0.1) {
            double h = 1e-6, slope = (ia_projection_radius(&p, theta + h) -
                                      ia_projection_radius(&p, theta - h)) /
                                     (2 * h);
            assert_true(fabs(ia_projection_magnification(&p, theta) / slope - 1) < 1e-7);
        }
    }
}

static void what_has_no_direction_is_told(void **unused)
{
    (void)unused;
    const double edge[] = {acos(-0.65), acos(-1.0), acos(0)};
    for (int kind = 0; kind < 3; kind++) {
        ia_projection p = make(kind, 1.65);
        double direction[3], hit[2] = {p.centre[0], p.centre[1] - 1e6};
        double back[3] = {0, 1e-3, -1};
        assert_true(fabs(ia_projection_limit(&p) - edge[kind]) < 1e-12);
        if (kind != IA_PROJECTION_STEREOGRAPHIC) { // its limit lies at infinity
            assert_false(ia_projection_direction(&p, hit, direction));
            assert_true(isnan(direction[2]));
            assert_true(isnan(ia_projection_angle(&p, 1e6)));
        }
        if (kind != IA_PROJECTION_EQUIDISTANT) { // which sees all but one point
            assert_false(ia_projection_hit(&p, back, hit));
            assert_true(isnan(hit[0]) && isnan(hit[1]));
            assert_true(isnan(ia_projection_magnification(&p, 3.1)));
        }
        hit[0] = NAN;
        assert_false(ia_projection_direction(&p, hit, direction));
        assert_false(ia_projection_hit(&p, (double[3]){0, 0, 0}, hit));
        assert_true(isnan(ia_projection_angle(&p, -1)));
        assert_true(isnan(ia_projection_radius(&p, -1)));
        // The axis itself, and a vector that is longer than 1.
        hit[0] = p.centre[0], hit[1] = p.centre[1];
        assert_true(ia_projection_direction(&p, hit, direction));
        assert_true(direction[0] == 0 && direction[1] == 0 && direction[2] == 1);
        assert_true(ia_projection_hit(&p, (double[3]){0, 0, 7}, hit));
        assert_true(hit[0] == p.centre[0] && hit[1] == p.centre[1]);
    }
    // Above an ICF of 2 rays touch the sphere before they are parallel to the detector.
    ia_projection wide = make(IA_PROJECTION_STEREOGRAPHIC, 2.5);
    assert_true(fabs(ia_projection_limit(&wide) - acos(-1 / 1.5)) < 1e-12);
    assert_true(isnan(ia_projection_angle(&wide, 1e6)));
}

static void bad_constants_are_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_projection good = make(IA_PROJECTION_EQUIDISTANT, 1.65), p = good;
    CHECK_OK(ctx, ia_projection_check(ctx, &p));
    p.kind = 3;
    CHECK_FAILS(ctx, ia_projection_check(ctx, &p), IA_ERR_PARAM, "none of");
    p = good, p.flight_path = 0;
    CHECK_FAILS(ctx, ia_projection_check(ctx, &p), IA_ERR_PARAM, "flight path = 0 mm");
    p = good, p.icf = -1;
    CHECK_FAILS(ctx, ia_projection_check(ctx, &p), IA_ERR_PARAM, "compression");
    p = good, p.centre[1] = NAN;
    CHECK_FAILS(ctx, ia_projection_check(ctx, &p), IA_ERR_PARAM, "centre");
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_return),
        cmocka_unit_test(compression_is_that_of_the_axis),
        cmocka_unit_test(stereographic_rays_meet_behind_the_centre),
        cmocka_unit_test(angles_are_those_of_the_formulas),
        cmocka_unit_test(magnification_is_a_derivative),
        cmocka_unit_test(what_has_no_direction_is_told),
        cmocka_unit_test(bad_constants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
