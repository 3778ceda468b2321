// tests/unit/test_planes_tell.c: planes of a grain get their names, each direction once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "crystal/planes_internal.h"

enum { REGIONS = 9, SHOWN = 4 };
static const double edge = 0.4, degree = 0.017453292519943295;

// Planes hkl of a cubic crystal along the axes of positions, turned about z.
static ia_plane plane(size_t region, const int hkl[3], double turn, double intensity)
{
    ia_plane p = {.region = region, .at = {.intensity = intensity}};
    double c = cos(turn), s = sin(turn), length = 0;
    const double at[3] = {c * hkl[0] - s * hkl[1], s * hkl[0] + c * hkl[1], hkl[2]};
    for (size_t k = 0; k < 3; k++) {
        p.at.k[k] = (k == 2 ? 1 : -1) * at[k] / edge; // frame of positions
        length += p.at.k[k] * p.at.k[k];
        p.at.covariance[4 * k] = 1e-6;
    }
    p.at.spacing = 1 / sqrt(length);
    return p;
}

// A volume that is bent: (220) shows in five regions 2.2 degrees to one side and in four
// 2.2 degrees to the other, further apart than what is joined (3 degrees) and both within
// the 3 degrees of a name. The name goes to what more regions show.
static void a_direction_has_its_name_once(void **state)
{
    (void)state;
    static const int hkl[SHOWN][3] = {{2, 2, 0}, {0, 0, 2}, {1, 1, 1}, {1, 1, -1}};
    ia_plane_region regions[REGIONS] = {0};
    ia_plane planes[REGIONS * SHOWN];
    ia_plane_grain grain = {.oriented = true, .n_regions = REGIONS};
    ia_crystal crystal;
    ia_planes_lattice lattice = {.crystal = &crystal};
    ia_planes_params params = ia_planes_defaults();
    CHECK_OK(NULL, ia_crystal_parse(NULL, "fcc:0.4", &crystal));
    CHECK_OK(NULL, ia_pole_catalogue_build(NULL, &crystal, 8, &lattice.catalogue));
    for (size_t r = 0; r < REGIONS; r++) {
        regions[r] = (ia_plane_region){
            .centre = {20 * (double)r, 0, 0}, .first = SHOWN * r, .n = SHOWN};
        for (size_t i = 0; i < SHOWN; i++)
            planes[SHOWN * r + i] = plane(
                r, hkl[i], i > 0 ? 0 : (r % 2 ? -2.2 : 2.2) * degree, 40 - (double)i);
    }
    for (size_t k = 0; k < 3; k++)
        grain.rotation[k][k] = 1;
    ia_planes p = {.regions = regions,
                   .planes = planes,
                   .grains = &grain,
                   .n_regions = REGIONS,
                   .n_planes = REGIONS * SHOWN,
                   .n_grains = 1,
                   .cube = 10,
                   .n_crystals = 1};
    CHECK_OK(NULL, ia_planes_tell(NULL, &lattice, &params, &p));
    size_t named = 0, strays = 0;
    for (size_t i = 0; i < grain.n_planes; i++) {
        const ia_grain_planes *set = &grain.planes[i];
        named += set->named && set->hkl[2] == 0 && abs(set->hkl[0]) == 2;
        strays += !set->named;
        if (!set->named)
            assert_true(set->n_regions == REGIONS / 2 && isnan(set->off_deg));
    }
    assert_true(grain.oriented);
    assert_int_equal(grain.n_planes, SHOWN + 1);
    assert_int_equal(named, 1);
    assert_int_equal(strays, 1);
    free(grain.planes);
    ia_pole_catalogue_clear(&lattice.catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_direction_has_its_name_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
