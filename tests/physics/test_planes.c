// tests/physics/test_planes.c: grains and their orientation against planted crystals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal_case.h"

#include <ionatlas/planes.h>

// The simulated crystal's orientation, in the frame (x, y, -z).
static void planted(const crystal_case *c, double rotation[3][3])
{
    double x = c->turn[0] * M_PI / 180, y = c->turn[1] * M_PI / 180;
    double z = c->turn[2] * M_PI / 180;
    const double rx[3][3] = {{1, 0, 0}, {0, cos(x), -sin(x)}, {0, sin(x), cos(x)}};
    const double ry[3][3] = {{cos(y), 0, sin(y)}, {0, 1, 0}, {-sin(y), 0, cos(y)}};
    const double rz[3][3] = {{cos(z), -sin(z), 0}, {sin(z), cos(z), 0}, {0, 0, 1}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            rotation[i][j] = 0;
            for (size_t k = 0; k < 3; k++)
                for (size_t l = 0; l < 3; l++)
                    rotation[i][j] += rz[i][k] * ry[k][l] * rx[l][j];
        }
}

static double turn_deg(const ia_planes *p, size_t grain, const crystal_case *c)
{
    double truth[3][3], found[3][3];
    planted(c, truth);
    memcpy(found, p->grains[grain].rotation, sizeof found);
    return ia_misorientation(&p->crystal, (const double(*)[3])truth,
                             (const double(*)[3])found) *
           180 / M_PI;
}

static crystal_case iron = {.lattice = BCC,
                            .a = 0.2866,
                            .sigma_xy = 0.07,
                            .sigma_z = 0.03,
                            .wide = 18,
                            .deep = 18,
                            .efficiency = 0.5,
                            .composition = "Fe"};

// One crystal: one grain, its orientation within 0.25 degree and 3.5 of its stated errors
// (the largest of some 20 normal deviates), its spacings within 0.3 % of iron's.
static void a_crystal_is_one_grain(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_planes_params p = ia_planes_defaults();
    snprintf(p.crystal, sizeof p.crystal, "bcc:0.2866");
    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 1 : 5); seed++) {
        crystal_case c = iron;
        ia_specimen s = {0};
        ia_planes planes;
        c.seed = seed;
        c.turn[0] = 2 * (double)seed - 6;
        c.turn[1] = 3 - (double)seed;
        c.turn[2] = 10 * (double)seed;
        crystal_draw(ctx, &c, &s);
        ia_points points = crystal_points(&s);
        CHECK_OK(ctx, ia_planes_compute(ctx, &points, &p, &planes));
        assert_int_equal(planes.n_grains, 1);
        assert_true(planes.grains[0].oriented);
        double off = turn_deg(&planes, 0, &c), sd = planes.grains[0].sigma_deg;
        if (!(off < 0.25 && off < 3.5 * sqrt(3) * sd))
            fail_msg("seed %d: %g degrees off, stated %g", (int)seed, off, sd);
        assert_true(fabs(planes.grains[0].ratio - 1) < 3e-3);
        ia_planes_clear(&planes);
        ia_specimen_clear(&s);
    }
    ia_ctx_free(ctx);
}

// Two crystals side by side, turned by 9.5 degrees about the axis and 3 across: two
// grains, and the turn between them.
static void two_crystals_are_two_grains(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    crystal_case cases[2] = {iron, iron};
    ia_planes_params p = ia_planes_defaults();
    ia_planes planes;
    float *xyz = NULL;
    size_t n = 0;
    double truth[2][3][3];
    snprintf(p.crystal, sizeof p.crystal, "bcc:0.2866");
    for (size_t i = 0; i < 2; i++) {
        ia_specimen s = {0};
        cases[i].seed = 31 + i;
        cases[i].turn[0] = i ? 5 : -4;
        cases[i].turn[2] = i ? 3 : 0;
        planted(&cases[i], truth[i]);
        crystal_draw(ctx, &cases[i], &s);
        ia_points points = crystal_points(&s);
        xyz = realloc(xyz, 3 * (n + points.n) * sizeof *xyz);
        for (size_t k = 0; k < 3 * points.n; k++)
            xyz[3 * n + k] = points.xyz[k] + (k % 3 == 0 && i ? 18 : 0);
        n += points.n;
        ia_specimen_clear(&s);
    }
    ia_points both = {xyz, n};
    CHECK_OK(ctx, ia_planes_compute(ctx, &both, &p, &planes));
    assert_int_equal(planes.n_grains, 2);
    assert_true(planes.grains[0].oriented && planes.grains[1].oriented);
    double turn =
        ia_misorientation(&planes.crystal, (const double(*)[3])planes.grains[0].rotation,
                          (const double(*)[3])planes.grains[1].rotation);
    double known = ia_misorientation(&planes.crystal, (const double(*)[3])truth[0],
                                     (const double(*)[3])truth[1]);
    if (fabs(turn - known) > 0.3 * M_PI / 180)
        fail_msg("turned by %g degrees, planted %g", turn * 180 / M_PI,
                 known * 180 / M_PI);
    ia_planes_clear(&planes);
    free(xyz);
    ia_ctx_free(ctx);
}

// Both ways of searching find the same planes: maxima are climbed on the ions.
static void hough_finds_what_fourier_finds(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_planes_params p = ia_planes_defaults();
    ia_planes planes[2];
    ia_specimen s = {0};
    crystal_case c = iron;
    c.seed = 3;
    c.wide = c.deep = 10;
    c.turn[0] = 4;
    p.n_regions = 6;
    crystal_draw(ctx, &c, &s);
    ia_points points = crystal_points(&s);
    for (int way = 0; way < 2; way++) {
        p.search = way;
        CHECK_OK(ctx, ia_planes_compute(ctx, &points, &p, &planes[way]));
    }
    for (size_t i = 0; i < planes[0].n_regions; i++) {
        const ia_plane_region *a = &planes[0].regions[i], *b = &planes[1].regions[i];
        assert_true(a->n > 0 && b->n > 0);
        assert_true(fabs(planes[0].planes[a->first].at.spacing /
                             planes[1].planes[b->first].at.spacing -
                         1) < 1e-5);
    }
    ia_planes_clear(&planes[0]);
    ia_planes_clear(&planes[1]);
    ia_specimen_clear(&s);
    ia_ctx_free(ctx);
}

// Chance 0.01 for all regions of 30 random clouds together with 0.3 expected: at most 4
// clouds (999 of 1,000).
static void random_ions_have_no_grains(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    size_t n_false = 0;
    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 3 : 30); seed++) {
        crystal_case c = iron;
        ia_specimen s = {0};
        ia_planes planes;
        c.lattice = RANDOM;
        c.seed = seed;
        c.wide = c.deep = 9;
        crystal_draw(ctx, &c, &s);
        ia_points points = crystal_points(&s);
        CHECK_OK(ctx, ia_planes_compute(ctx, &points, NULL, &planes));
        n_false += planes.n_planes > 0;
        ia_planes_clear(&planes);
        ia_specimen_clear(&s);
    }
    assert_true(n_false <= 4);
    ia_ctx_free(ctx);
}

static void bad_input_and_short_memory_are_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_planes_params p = ia_planes_defaults();
    ia_planes planes;
    ia_specimen s = {0};
    crystal_case c = iron;
    c.seed = 1;
    c.wide = c.deep = 7;
    crystal_draw(ctx, &c, &s);
    ia_points points = crystal_points(&s), few = {points.xyz, 30};
    CHECK_FAILS(ctx, ia_planes_compute(ctx, &few, NULL, &planes), IA_ERR_EMPTY,
                "too few for planes");
    p.k_least = 20;
    CHECK_FAILS(ctx, ia_planes_compute(ctx, &points, &p, &planes), IA_ERR_PARAM,
                "rising ones");
    p = ia_planes_defaults();
    snprintf(p.crystal, sizeof p.crystal, "cheese");
    CHECK_FAILS(ctx, ia_planes_compute(ctx, &points, &p, &planes), IA_ERR_PARAM,
                "cheese");
    snprintf(p.crystal, sizeof p.crystal, "bcc:0.2866");
    p.n_regions = 2;
    CHECK_STARVED(ctx, ia_planes_compute(ctx, &points, &p, &planes),
                  ia_planes_clear(&planes));
    p.search = IA_PLANES_HOUGH;
    p.cube = 3;
    CHECK_STARVED(ctx, ia_planes_compute(ctx, &points, &p, &planes),
                  ia_planes_clear(&planes));
    ia_specimen_clear(&s);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crystal_is_one_grain),
        cmocka_unit_test(two_crystals_are_two_grains),
        cmocka_unit_test(hough_finds_what_fourier_finds),
        cmocka_unit_test(random_ions_have_no_grains),
        cmocka_unit_test(bad_input_and_short_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
