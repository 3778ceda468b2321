// tests/physics/test_extent.c: are volumes those of the shapes that were filled?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/extent.h>

enum { N = 60000 };

typedef bool (*shape)(const double p[3]);

// Unit: nm. Each lies within 60 nm of the origin.
static bool in_box(const double p[3])
{
    return fabs(p[0]) < 12 && fabs(p[1]) < 7 && fabs(p[2]) < 15;
}

static bool in_ball(const double p[3])
{
    return p[0] * p[0] + p[1] * p[1] + p[2] * p[2] < 12 * 12;
}

// A truncated cone, as a tip is: radius 5 to 15 nm over 40 nm.
static bool in_cone(const double p[3])
{
    double r = 5 + (p[2] + 20) / 4;
    return fabs(p[2]) < 20 && p[0] * p[0] + p[1] * p[1] < r * r;
}

// A pole along z: a third fewer ions on the axis.
static bool in_poled_ball(const double p[3])
{
    static ia_random random;
    static bool is_seeded = false;
    if (!in_ball(p))
        return false;
    if (!is_seeded)
        random = ia_random_new(4, 4);
    is_seeded = true;
    return ia_random_uniform(&random) > 0.33 * exp(-(p[0] * p[0] + p[1] * p[1]) / 8);
}

static void fill(shape inside, uint64_t seed, float *xyz)
{
    ia_random random = ia_random_new(seed, 1);
    for (size_t i = 0; i < N;) {
        double p[3];
        for (size_t k = 0; k < 3; k++)
            p[k] = 40 * ia_random_uniform(&random) - 20;
        if (!inside(p))
            continue;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(p[k] + 100);
        i++;
    }
}

// The surface cubes hold some thousand ions of 60,000: their fill is known within 3 %,
// the volume within 1 %; 2 % leaves room for the curvature inside a cube.
static void volumes_are_those_of_the_shapes(void **unused)
{
    (void)unused;
    static const struct {
        shape inside;
        double volume;
    } cases[] = {{in_box, 24.0 * 14 * 30},
                 {in_ball, 4.0 / 3 * 3.14159265 * 12 * 12 * 12},
                 {in_poled_ball, 4.0 / 3 * 3.14159265 * 12 * 12 * 12},
                 {in_cone, 3.14159265 * 40 / 3 * (25 + 75 + 225)}};
    float *xyz = malloc(3 * N * sizeof *xyz);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            ia_extent extent = {0};
            fill(cases[c].inside, seed, xyz);
            ia_points points = {xyz, N};
            assert_int_equal(ia_extent_build(NULL, &points, &extent), IA_OK);
            if (fabs(extent.volume / cases[c].volume - 1) > 0.02)
                fail_msg("shape %zu: %g nm^3, %g expected", c, extent.volume,
                         cases[c].volume);
            ia_extent_clear(&extent);
        }
    free(xyz);
}

static void an_ion_far_off_changes_little(void **unused)
{
    (void)unused;
    float *xyz = malloc(3 * N * sizeof *xyz);
    ia_points points = {xyz, N};
    ia_extent extent = {0};
    fill(in_ball, 1, xyz);
    xyz[0] = 400;
    xyz[4] = NAN;
    assert_int_equal(ia_extent_build(NULL, &points, &extent), IA_OK);
    assert_true(fabs(extent.volume / 7238.2 - 1) < 0.05);
    ia_extent_clear(&extent);
    free(xyz);
}

// Cubes are some 0.9 nm wide: the centre is inside, 0.3 nm below the surface is not.
static void the_surface_is_at_the_surface(void **unused)
{
    (void)unused;
    float *xyz = malloc(3 * N * sizeof *xyz);
    ia_points points = {xyz, N};
    ia_extent extent = {0};
    fill(in_ball, 1, xyz);
    assert_int_equal(ia_extent_build(NULL, &points, &extent), IA_OK);
    assert_false(ia_extent_is_edge(&extent, (float[]){100, 100, 100}));
    assert_false(ia_extent_is_edge(&extent, (float[]){100, 109, 100}));
    assert_true(ia_extent_is_edge(&extent, (float[]){100, 111.7F, 100}));
    assert_true(ia_extent_is_edge(&extent, (float[]){100, 100, 300}));
    ia_extent_clear(&extent);
    free(xyz);
}

static void flat_sets_have_no_volume(void **unused)
{
    (void)unused;
    float xyz[300];
    ia_points points = {xyz, 100};
    ia_extent extent = {0};
    for (size_t i = 0; i < 300; i++)
        xyz[i] = i % 3 == 2 ? 5.0F : (float)(i * 7 % 31);
    assert_int_equal(ia_extent_build(NULL, &points, &extent), IA_OK);
    assert_true(isnan(extent.volume));
    assert_true(ia_extent_is_edge(&extent, xyz));
    ia_extent_clear(&extent);
    points.n = 0;
    assert_int_equal(ia_extent_build(NULL, &points, &extent), IA_OK);
    assert_true(isnan(extent.volume));
    ia_extent_clear(&extent);
}

static void starved_memory_leaves_nothing(void **unused)
{
    (void)unused;
    float *xyz = malloc(3 * N * sizeof *xyz);
    ia_points points = {xyz, N};
    ia_extent extent = {0};
    ia_ctx *ctx = ia_ctx_new();
    fill(in_cone, 1, xyz);
    CHECK_STARVED(ctx, ia_extent_build(ctx, &points, &extent), ia_extent_clear(&extent));
    ia_ctx_free(ctx);
    free(xyz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes_are_those_of_the_shapes),
        cmocka_unit_test(an_ion_far_off_changes_little),
        cmocka_unit_test(the_surface_is_at_the_surface),
        cmocka_unit_test(flat_sets_have_no_volume),
        cmocka_unit_test(starved_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
