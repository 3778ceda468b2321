// tests/physics/test_planes.c: grains and their orientation against planted crystals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grown_case.h"

static double turn_deg(const ia_planes *p, size_t grain, const crystal_case *c)
{
    double truth[3][3], found[3][3];
    planted(c, truth);
    memcpy(found, p->grains[grain].rotation, sizeof found);
    return ia_misorientation(&p->crystals[0], (const double(*)[3])truth,
                             (const double(*)[3])found) *
           180 / M_PI;
}

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
    double turn = ia_misorientation(&planes.crystals[0],
                                    (const double(*)[3])planes.grains[0].rotation,
                                    (const double(*)[3])planes.grains[1].rotation);
    double known = ia_misorientation(&planes.crystals[0], (const double(*)[3])truth[0],
                                     (const double(*)[3])truth[1]);
    if (fabs(turn - known) > 0.3 * M_PI / 180)
        fail_msg("turned by %g degrees, planted %g", turn * 180 / M_PI,
                 known * 180 / M_PI);
    ia_planes_clear(&planes);
    free(xyz);
    ia_ctx_free(ctx);
}

// Angles of turns about x, then y, then z that make a rotation, degree.
static void to_turns(const double r[3][3], double turn[3])
{
    turn[0] = atan2(r[2][1], r[2][2]) * 180 / M_PI;
    turn[1] = -asin(fmax(-1, fmin(1, r[2][0]))) * 180 / M_PI;
    turn[2] = atan2(r[1][0], r[0][0]) * 180 / M_PI;
}

static void assert_no_turns(const grown *g)
{
    ia_result result = {0};
    CHECK_OK(g->ctx, ia_planes_tables(g->ctx, &g->planes, &result));
    assert_int_equal(ia_result_find(&result, "misorientations")->n_rows, 0);
    ia_result_clear(&result);
}

// Four parts of one crystal, each blurred but along the normal of one set of planes, as
// the poles of a tip are: one grain, all sets named, and turned as it is planted. Without
// a crystal no turn is told.
static void parts_with_a_set_each_are_one_grain(void **state)
{
    (void)state;
    static const int poles[4][3] = {{0, 0, 1}, {1, 1, 1}, {-1, 1, 1}, {1, -1, 1}};
    grown g = grown_of("");
    for (size_t i = 0; i < 4; i++) {
        crystal_case c = aluminium;
        double keep[3];
        c.seed = 41 + i;
        normal_of(&c, poles[i], keep);
        add_block(g.ctx, &c, BLOCK * (double)i, keep, &g.blocks);
    }
    find_grains(&g, 0);
    assert_true(g.planes.n_grains >= 4);
    assert_no_turns(&g);
    snprintf(g.params.crystal, sizeof g.params.crystal, "fcc:0.405");
    find_grains(&g, 1);
    assert_true(g.planes.grains[0].oriented);
    assert_int_equal(g.planes.grains[0].n_planes, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(g.planes.grains[0].planes[i].named);
    double off = turn_deg(&g.planes, 0, &aluminium);
    if (!(off < 0.25))
        fail_msg("%g degrees off", off);
    clear_grown(&g);
}

// Two parts that show (002) alone, ten degrees apart: no crystal has such an angle, and
// neither is oriented: two grains, and no turn between them that could be told.
static void a_single_set_has_no_misorientation(void **state)
{
    (void)state;
    const int pole[3] = {0, 0, 1};
    grown g = grown_of("fcc:0.405");
    for (size_t i = 0; i < 2; i++) {
        crystal_case c = aluminium;
        double keep[3];
        c.seed = 51 + i;
        c.turn[0] = i ? -2 : 8;
        normal_of(&c, pole, keep);
        add_block(g.ctx, &c, BLOCK * (double)i, keep, &g.blocks);
    }
    find_grains(&g, 2);
    assert_false(g.planes.grains[0].oriented || g.planes.grains[1].oriented);
    assert_no_turns(&g);
    clear_grown(&g);
}

static const char *text_of(const ia_table *t, const char *name)
{
    return ((char *const *)column_of(t, name)->data)[0];
}

static double number_of(const ia_table *t, const char *name)
{
    return ((const double *)column_of(t, name)->data)[0];
}

// The one row of misorientations: relation, angle within 0.2 degree and nearest axis
// (NULL: any); the planes and directions told as parallel are so in the specimen, by the
// orientations that are told, and lie in each other.
static void check_relation(ia_ctx *ctx, const ia_planes *planes, const char *relation,
                           double angle_deg, const char *axis)
{
    static const char *const index_names[4] = {"plane", "direction", "other_plane",
                                               "other_direction"};
    ia_result result = {0};
    double at[4][3];
    int index[4][3];
    CHECK_OK(ctx, ia_planes_tables(ctx, planes, &result));
    const ia_table *t = ia_result_find(&result, "misorientations");
    assert_int_equal(t->n_rows, 1);
    assert_string_equal(text_of(t, "relation"), relation);
    assert_string_equal(text_of(t, "relation_holds"), "yes");
    assert_true(fabs(number_of(t, "angle_deg") - angle_deg) < 0.2);
    if (axis)
        assert_string_equal(text_of(t, "axis_uvw"), axis);
    for (size_t i = 0; i < 4; i++) {
        const ia_plane_grain *g = &planes->grains[i / 2];
        int *h = index[i];
        assert_int_equal(sscanf(text_of(t, index_names[i]), "%d %d %d", h, h + 1, h + 2),
                         3);
        for (size_t k = 0; k < 3; k++)
            at[i][k] = g->rotation[k][0] * h[0] + g->rotation[k][1] * h[1] +
                       g->rotation[k][2] * h[2];
    }
    assert_true(crystal_angle(at[0], at[2]) < 0.3);
    assert_true(crystal_angle(at[1], at[3]) < 0.3);
    for (size_t i = 0; i < 4; i += 2)
        assert_int_equal(index[i][0] * index[i + 1][0] + index[i][1] * index[i + 1][1] +
                             index[i][2] * index[i + 1][2],
                         0);
    ia_result_clear(&result);
}

// Crystals that share {111}, turned by 60 degrees about it (a twin, Sigma 3): the shared
// set alone must not make them one. The turn within 0.2 degree: blocks of 16 nm tell each
// normal to some 0.05.
static void twins_are_two_grains(void **state)
{
    (void)state;
    grown g = grown_of("fcc:0.405");
    // 60 degrees about [111]: 1/3 (2 -1 2; 2 2 -1; -1 2 2).
    static const double twin[3][3] = {{2, -1, 2}, {2, 2, -1}, {-1, 2, 2}};
    crystal_case cases[2] = {aluminium, aluminium};
    double first[3][3], second[3][3];
    planted(&cases[0], first);
    for (size_t i = 0; i < 9; i++) {
        second[i / 3][i % 3] = 0;
        for (size_t k = 0; k < 3; k++)
            second[i / 3][i % 3] += first[i / 3][k] * twin[k][i % 3] / 3;
    }
    to_turns((const double(*)[3])second, cases[1].turn);
    add_pair(&g, cases, 61);
    find_grains(&g, 2);
    assert_true(g.planes.grains[0].oriented && g.planes.grains[1].oriented);
    for (size_t k = 0; k < 2; k++) // the halves, and nobody's planes in either
        for (size_t i = 0; i < g.planes.grains[k].n_planes; i++)
            assert_true(g.planes.grains[k].planes[i].named);
    double turn = ia_misorientation(&g.planes.crystals[0],
                                    (const double(*)[3])g.planes.grains[0].rotation,
                                    (const double(*)[3])g.planes.grains[1].rotation) *
                  180 / M_PI;
    if (!(fabs(turn - 60) < 0.2))
        fail_msg("turned by %g degrees", turn);
    assert_true(g.planes.indexed);
    check_relation(g.ctx, &g.planes, "Sigma 3", 60, "1 1 1");
    clear_grown(&g);
}

// Iron as fcc and bcc with (111) || (110), [1 -1 0] || [1 -1 1] (Kurdjumov-Sachs), whose
// turn is 42.85 degrees: each grain is told with its crystal, though the planes that they
// share are as wide within the tolerance.
static void two_crystals_have_their_relation(void **state)
{
    (void)state;
    grown g = grown_of("fcc:0.36");
    crystal_case cases[2] = {aluminium, iron};
    const double a = 1 / sqrt(3), b = 1 / sqrt(2), c = 1 / sqrt(6);
    // Rows: normal, direction, across, of either.
    const double fcc[3][3] = {{a, a, a}, {b, -b, 0}, {c, c, -2 * c}};
    const double bcc[3][3] = {{b, b, 0}, {a, -a, a}, {c, -c, -2 * c}};
    double first[3][3], turn[3][3], second[3][3];
    cases[0].a = 0.36;
    cases[1].sigma_xy = 0.03;
    planted(&cases[0], first);
    for (size_t i = 0; i < 9; i++)
        turn[i / 3][i % 3] = fcc[0][i / 3] * bcc[0][i % 3] +
                             fcc[1][i / 3] * bcc[1][i % 3] +
                             fcc[2][i / 3] * bcc[2][i % 3];
    for (size_t i = 0; i < 9; i++)
        second[i / 3][i % 3] = first[i / 3][0] * turn[0][i % 3] +
                               first[i / 3][1] * turn[1][i % 3] +
                               first[i / 3][2] * turn[2][i % 3];
    to_turns((const double(*)[3])second, cases[1].turn);
    snprintf(g.params.second_crystal, sizeof g.params.second_crystal, "bcc:0.2866");
    add_pair(&g, cases, 81);
    find_grains(&g, 2);
    assert_true(g.planes.grains[0].oriented && g.planes.grains[1].oriented);
    assert_int_equal(g.planes.grains[0].crystal + g.planes.grains[1].crystal, 1);
    assert_true(g.planes.indexed);
    check_relation(g.ctx, &g.planes, "Kurdjumov-Sachs", 42.85, NULL);
    clear_grown(&g);
}

// Grains that do not touch, of one orientation, are one; a third between is another.
static void a_grain_in_two_parts_is_one(void **state)
{
    (void)state;
    grown g = grown_of("bcc:0.2866");
    for (size_t i = 0; i < 3; i++) {
        crystal_case c = iron;
        c.seed = 71 + i;
        c.wide = c.deep = BLOCK;
        c.turn[0] = i == 1 ? 7 : -4;
        add_block(g.ctx, &c, BLOCK * (double)i, NULL, &g.blocks);
    }
    find_grains(&g, 2);
    assert_true(g.planes.grains[0].n_regions > g.planes.grains[1].n_regions);
    clear_grown(&g);
}

// Positions without depth hold no planes, and a warning says so.
static void flat_positions_hold_no_planes(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    crystal_case c = iron;
    ia_specimen s = {0};
    c.seed = 1;
    c.wide = c.deep = 12;
    crystal_draw(ctx, &c, &s);
    ia_points points = crystal_points(&s);
    float *xyz = malloc(3 * points.n * sizeof *xyz);
    for (size_t i = 0; i < 3 * points.n; i++)
        xyz[i] = i % 3 == 2 ? 0 : points.xyz[i];
    points.xyz = xyz;
    for (int way = 0; way < 2; way++) {
        ia_planes_params p = ia_planes_defaults();
        ia_planes planes;
        p.search = way;
        CHECK_OK(ctx, ia_planes_compute(ctx, &points, &p, &planes));
        assert_int_equal(planes.n_planes, 0);
        assert_non_null(
            strstr(ia_ctx_warning(ctx, (size_t)way), "positions without depth"));
        ia_planes_clear(&planes);
    }
    free(xyz);
    ia_specimen_clear(&s);
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

// Thin caps of random ions, whose surface cuts most regions aslant and so puts power of
// its own at low wave numbers: chance 0.01 each, at most 1 of 10 holds planes (995 of
// 1,000). Planes, p and the sentence agree, and all that is told lies within the band.
static void surfaces_are_no_planes(void **state)
{
    (void)state;
    size_t n_false = 0;
    for (uint64_t seed = 201; seed <= (IS_SLOWED ? 202 : 210); seed++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_simulate_params tip = ia_simulate_defaults();
        ia_specimen s = {0};
        ia_planes planes;
        ia_result result = {0};
        tip.specimen = 4;
        tip.lattice = RANDOM;
        tip.seed = seed;
        tip.tip_radius = 20;
        tip.size_z = 5;
        CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, &s));
        ia_points points = crystal_points(&s);
        CHECK_OK(ctx, ia_planes_compute(ctx, &points, NULL, &planes));
        n_false += planes.n_planes > 0;
        assert_true((planes.n_planes > 0) == (planes.p <= 0.01));
        for (size_t i = 0; i < planes.n_planes; i++)
            assert_true(planes.planes[i].at.spacing <= 1);
        CHECK_OK(ctx, ia_planes_tables(ctx, &planes, &result));
        assert_true((ia_ctx_n_warnings(ctx) > 0) == (planes.n_planes == 0));
        ia_result_clear(&result);
        ia_planes_clear(&planes);
        ia_specimen_clear(&s);
        ia_ctx_free(ctx);
    }
    if (n_false > 1)
        fail_msg("%zu of 10 amorphous tips hold planes", n_false);
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
        cmocka_unit_test(parts_with_a_set_each_are_one_grain),
        cmocka_unit_test(a_single_set_has_no_misorientation),
        cmocka_unit_test(twins_are_two_grains),
        cmocka_unit_test(two_crystals_have_their_relation),
        cmocka_unit_test(a_grain_in_two_parts_is_one),
        cmocka_unit_test(flat_positions_hold_no_planes),
        cmocka_unit_test(hough_finds_what_fourier_finds),
        cmocka_unit_test(random_ions_have_no_grains),
        cmocka_unit_test(surfaces_are_no_planes),
        cmocka_unit_test(bad_input_and_short_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
