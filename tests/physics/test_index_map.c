// tests/physics/test_index_map.c: from hits to the orientation of the crystal that left
// its poles among them, and no orientation where there is no crystal.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

enum { HITS = 300000 };

static void turn(double about_x, double about_z, double out[3][3])
{
    double c = cos(about_x), s = sin(about_x), d = cos(about_z), t = sin(about_z);
    const double made[3][3] = {{d, -t * c, t * s}, {t, d * c, -d * s}, {0, s, c}};
    memcpy(out, made, sizeof made);
}

static void index_hits(ia_ions *ions, const char *crystal, ia_orientation *out)
{
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    ia_hitmap_input in = {ions, &none, &nobody};
    ia_hitmap map = {0};
    ia_found_poles found = {0};
    ia_orientation_params params = ia_orientation_defaults();
    ia_pole poles[IA_POLES_MOST];
    snprintf(params.crystal, sizeof params.crystal, "%s", crystal);
    params.projection_length = 90;
    CHECK_OK(NULL, ia_hitmap_compute(NULL, &in, NULL, &map));
    CHECK_OK(NULL, ia_poles_find(NULL, &map, NULL, &found));
    ia_pole_list list = poles_list(&map, &found, poles);
    CHECK_OK(NULL, ia_orientation_compute(NULL, &list, &params, out));
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
}

// Holes at the poles of the widest spaced families, in three lattices and orientations,
// on a whole detector and on one that is off the axis: indexed, within 1 degree and
// within 2.6 sigma (99 % of the misorientation), and the ICF within 3 %.
static void crystals_are_indexed(void **state)
{
    (void)state;
    static const struct {
        const char *crystal;
        double about_x, about_z, icf, x, y;
    } cases[] = {{"fcc", 0.2, 0.9, 1.5, 0, 0},
                 {"bcc", 0.5, 0.3, 1.7, 0, 0},
                 {"hcp", 1.2, 2, 1.6, 0, 0},
                 {"diamond", 0.7, 1.1, 1.6, 0, 0},
                 {"fcc", 0.4, 0.1, 1.6, 3, -4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        poles_hole holes[200];
        double rotation[3][3];
        ia_projection p = {
            IA_PROJECTION_EQUIDISTANT, 90, cases[i].icf, {cases[i].x, cases[i].y}};
        const double circle[3] = {cases[i].x, cases[i].y, 38};
        ia_ions ions = {0};
        ia_crystal crystal;
        ia_orientation o;
        turn(cases[i].about_x, cases[i].about_z, rotation);
        size_t n = poles_of_crystal(cases[i].crystal, (const double(*)[3])rotation, &p,
                                    38, 7, holes);
        CHECK_OK(NULL, ia_crystal_parse(NULL, cases[i].crystal, &crystal));
        CHECK_OK(NULL, ia_ions_new(NULL, HITS, 1u << IA_DET_XY, &ions));
        poles_draw_hits(holes, n, circle, i + 1, &ions);
        index_hits(&ions, cases[i].crystal, &o);
        const ia_grain *g = &o.grains[0];
        double off = ia_misorientation(&crystal, (const double(*)[3])g->rotation,
                                       (const double(*)[3])rotation) *
                     180 / M_PI;
        print_message("%s: %zu poles, %.3f degrees off, sigma %.3f, icf %.3f\n",
                      cases[i].crystal, o.n_poles, off, g->sigma_deg, g->icf);
        assert_true(g->indexed);
        assert_true(off < 1 && off < 2.6 * g->sigma_deg);
        assert_true(fabs(g->icf / cases[i].icf - 1) < 0.03);
        ia_orientation_clear(&o);
        ia_ions_clear(&ions);
    }
}

// Even hits, and hits with eight holes anywhere: no crystal, at the 1 in 300 that the
// level allows.
static void what_is_no_crystal_is_not_indexed(void **state)
{
    (void)state;
    const double circle[3] = {0, 0, 38};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        poles_hole holes[8];
        ia_random random = ia_random_new(seed, 9);
        ia_ions ions = {0};
        ia_orientation o;
        for (size_t i = 0; i < 8; i++)
            holes[i] = (poles_hole){50 * ia_random_uniform(&random) - 25,
                                    50 * ia_random_uniform(&random) - 25, 1.5, 0.7};
        CHECK_OK(NULL, ia_ions_new(NULL, HITS, 1u << IA_DET_XY, &ions));
        poles_draw_hits(holes, seed == 1 ? 0 : 8, circle, seed, &ions);
        index_hits(&ions, "fcc", &o);
        assert_false(o.grains[0].indexed);
        assert_true(o.grains[0].misindex_probability > 0.004);
        ia_orientation_clear(&o);
        ia_ions_clear(&ions);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crystals_are_indexed),
        cmocka_unit_test(what_is_no_crystal_is_not_indexed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
