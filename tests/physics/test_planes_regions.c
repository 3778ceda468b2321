// tests/physics/test_planes_regions.c: the orientation of each region by itself against
// planted crystals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grown_case.h"

// Blocks side by side, turned by 8 degrees against each other: each region of one block
// tells its own orientation. Its errors about three axes are those stated: the mean of
// (off / sigma)^2 / 3 is 1 within 0.35 (some 30 regions apart: sqrt(2 / 90) is 0.15, and
// the error is told with the phases of noise left out), and none is beyond 4.5. The
// regions' turn against the first grain is that planted, or none.
static void each_region_tells_its_orientation(void **state)
{
    (void)state;
    grown g = grown_of("bcc:0.2866");
    crystal_case cases[2] = {iron, iron};
    double truth[2][3][3], wide = LARGE_BLOCK, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        cases[i].turn[0] = i ? 5 : -3;
        cases[i].turn[2] = 14;
        planted(&cases[i], truth[i]);
    }
    add_pair(&g, cases, 91);
    find_grains(&g, 2);
    const ia_planes *p = &g.planes;
    double known = ia_misorientation(&p->crystals[0], (const double(*)[3])truth[0],
                                     (const double(*)[3])truth[1]) *
                   180 / M_PI;
    for (size_t r = 0; r < p->n_regions; r++) {
        const ia_plane_region *at = &p->regions[r];
        size_t half = at->centre[0] > wide / 2;
        if (fabs(at->centre[0] - wide / 2) < p->cube / 2)
            continue; // across the boundary
        assert_true(at->oriented && at->named);
        double off = ia_misorientation(&p->crystals[0], (const double(*)[3])truth[half],
                                       (const double(*)[3])at->rotation) *
                     180 / M_PI;
        double to_first = at->grain == 0 ? 0 : known;
        if (!(off < 4.5 * sqrt(3) * at->sigma_deg && at->sigma_deg < 0.2))
            fail_msg("region %zu: %g degrees off, stated %g", r, off, at->sigma_deg);
        assert_true(fabs(at->turn_deg - to_first) < 5 * at->turn_sd_deg);
        squares += pow(off / at->sigma_deg, 2) / 3;
        n++;
    }
    if (!(n > 0 && fabs(squares / (double)n - 1) < (IS_SLOWED ? 0.8 : 0.35)))
        fail_msg("%zu regions: errors squared %g of those stated", n,
                 squares / (double)n);
    clear_grown(&g);
}

// Regions that show (002) alone have its normal and name, and no orientation.
static void a_region_with_one_set_has_its_normal(void **state)
{
    (void)state;
    const int pole[3] = {0, 0, 1};
    grown g = grown_of("fcc:0.405");
    crystal_case c = aluminium;
    double normal[3];
    ia_result result = {0};
    c.seed = 53;
    normal_of(&c, pole, normal);
    add_block(g.ctx, &c, 0, normal, &g.blocks);
    find_grains(&g, 1);
    CHECK_OK(g.ctx, ia_planes_tables(g.ctx, &g.planes, &result));
    const ia_table *t = ia_result_find(&result, "regions");
    const double *normals = column_of(t, "normal")->data;
    const double *rotation = column_of(t, "rotation")->data;
    const double *azimuth = column_of(t, "azimuth_deg")->data;
    char *const *hkl = column_of(t, "hkl")->data;
    for (size_t r = 0; r < t->n_rows; r++) {
        assert_true(isnan(rotation[9 * r]));
        assert_string_equal(hkl[r], "2 0 0");
        double off = crystal_angle(normals + 3 * r, normal);
        if (!(off < 0.3))
            fail_msg("region %zu: normal %g degrees off", r, off);
        // The tilt is some 9 degrees.
        assert_true(fabs(remainder(azimuth[r] - atan2(normal[1], normal[0]) * 180 / M_PI,
                                   360)) < 2);
    }
    ia_result_clear(&result);
    clear_grown(&g);
}

// Four parts of a crystal that show a set of planes each, two of them (002), tilted by
// 0.6 degree to either side: their mean is where the crystal has it, so that regions
// inside a part are 0.6 degree off, within 4.5 stated errors; and regions of the other
// parts are not off by more than these.
static void one_set_tells_how_far_it_is_off(void **state)
{
    (void)state;
    const double tilt = 0.6;
    const int poles[4][3] = {{0, 0, 1}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};
    const double turn[4] = {tilt, 0, 0, -tilt};
    grown g = grown_of("fcc:0.405");
    ia_result result = {0};
    for (size_t i = 0; i < 4; i++) {
        crystal_case c = aluminium;
        double normal[3];
        c.seed = 71 + i;
        c.turn[0] += turn[i];
        normal_of(&c, poles[i], normal);
        add_block(g.ctx, &c, BLOCK * (double)i, normal, &g.blocks);
    }
    find_grains(&g, 1);
    CHECK_OK(g.ctx, ia_planes_tables(g.ctx, &g.planes, &result));
    const ia_table *t = ia_result_find(&result, "regions");
    const double *off = column_of(t, "off_grain_deg")->data;
    const double *sigma = column_of(t, "sigma_off_grain_deg")->data;
    size_t n[2] = {0};
    for (size_t r = 0; r < t->n_rows; r++) {
        double x = g.planes.regions[r].centre[0], into = remainder(x, BLOCK);
        if (fabs(into) > (BLOCK - g.planes.cube) / 2 + 0.2)
            continue; // across two parts
        bool is_tilted = x < BLOCK / 2.0 || x > 2.5 * BLOCK;
        if (!(sigma[r] > 0 && sigma[r] < 0.2))
            fail_msg("region %zu at %g nm: error %g", r, x, sigma[r]);
        if (!(fabs(off[r] - (is_tilted ? tilt : 0)) < 4.5 * sqrt(2) * sigma[r]))
            fail_msg("region %zu at %g nm: %g +- %g degrees", r, x, off[r], sigma[r]);
        n[is_tilted]++;
    }
    assert_true(n[0] > 0 && n[1] > 0);
    ia_result_clear(&result);
    clear_grown(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_region_tells_its_orientation),
        cmocka_unit_test(a_region_with_one_set_has_its_normal),
        cmocka_unit_test(one_set_tells_how_far_it_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
