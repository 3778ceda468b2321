// tests/physics/test_tip_poles.c: does the hit map of a tip show the poles of its crystal
// where crystallography puts them?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"

#include <stdio.h>

typedef struct {
    double density; // hits per mm^2
    size_t n;
} patch;

static patch density_at(const ia_specimen *specimen, const double at[2], double radius)
{
    const float *hit = floats_of(specimen, IA_DET_XY);
    patch found = {0};

    for (size_t i = 0; i < specimen->ions.n; i++)
        found.n +=
            hypot((double)hit[2 * i] - at[0], (double)hit[2 * i + 1] - at[1]) < radius;
    found.density = (double)found.n / (acos(-1.0) * radius * radius);
    return found;
}

// Where a pole hits: v_specimen = rotation * v_crystal. False off the detector.
static bool find_pole(const ia_specimen *specimen, const double (*rotation)[3],
                      const int hkl[3], double hit[2])
{
    const ia_simulate_params *p = &specimen->params;
    ia_projection projection = {
        p->projection, p->flight_path, p->icf, {p->centre_x, p->centre_y}};
    double direction[3];

    for (int c = 0; c < 3; c++)
        direction[c] =
            rotation[c][0] * hkl[0] + rotation[c][1] * hkl[1] + rotation[c][2] * hkl[2];
    return direction[2] > 0 && ia_projection_hit(&projection, direction, hit) &&
           hypot(hit[0], hit[1]) < p->detector_radius - 3;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return values[n / 2];
}

// Density at all poles of a family, over the median of patches turned about the axis by
// steps of 7 degrees at the same distance from it.
static double contrast(const ia_specimen *specimen, const double (*rotation)[3],
                       const int family[3], size_t *n_poles)
{
    double sum = 0;

    *n_poles = 0;
    for (int code = 0; code < 48; code++) {
        static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        int hkl[3];
        double at[2], around[51];
        for (int c = 0; c < 3; c++)
            hkl[c] = family[orders[code / 8][c]] * ((code >> c & 1) ? -1 : 1);
        if (!find_pole(specimen, rotation, hkl, at))
            continue;
        double r = fmax(hypot(at[0], at[1]), 8), phi = atan2(at[1], at[0]);
        for (int k = 0; k < 51; k++) {
            double turned[2] = {r * cos(phi + 0.122 * k), r * sin(phi + 0.122 * k)};
            around[k] = density_at(specimen, turned, 1).density;
        }
        sum += density_at(specimen, at, 1).density / median(around, 51);
        ++*n_poles;
    }
    return *n_poles > 0 ? sum / (double)*n_poles : NAN;
}

// The low-index poles of a crystal that stands askew are poor in hits: ions of terraces
// fly away from their middle. A mirrored map would put {113} and {024} elsewhere.
static void poles_are_where_they_should(const char *lattice, const int (*families)[3],
                                        size_t n_families)
{
    ia_simulate_params params =
        PARAMS("specimen=tip", lattice, "lattice_parameter=0.36", "tip_radius=30",
               "size_z=3", "rotate_x_deg=17", "rotate_y_deg=-8", "rotate_z_deg=33",
               "sigma_xy=0.1", "efficiency=0.6");
    ia_specimen specimen = {0};
    ia_result truth = {0};

    assert_int_equal(ia_specimen_compute(NULL, &params, &specimen), IA_OK);
    assert_int_equal(ia_specimen_tables(NULL, &specimen, &truth), IA_OK);
    const double(*rotation)[3] =
        ia_table_find(ia_result_find(&truth, "truth"), "rotation")->data;
    double mirrored[3][3];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            mirrored[r][c] = (r == 0 ? -1 : 1) * rotation[r][c];
    for (size_t f = 0; f < n_families; f++) {
        size_t n, n_mirrored;
        double right = contrast(&specimen, rotation, families[f], &n);
        double wrong =
            contrast(&specimen, (const double(*)[3])mirrored, families[f], &n_mirrored);
        printf("%s {%d%d%d}: %zu poles at %.2f of their surroundings, mirrored %.2f\n",
               lattice, families[f][0], families[f][1], families[f][2], n, right, wrong);
        assert_true(n > 0);
        assert_true(right < 0.6); // dark, by far more than the 5 % of counting
        assert_true(wrong > right + 0.1);
    }
    ia_result_clear(&truth);
    ia_specimen_clear(&specimen);
}

static void fcc_poles(void **state)
{
    static const int families[][3] = {{0, 0, 2}, {1, 1, 3}, {0, 2, 4}};
    (void)state;
    poles_are_where_they_should("lattice=fcc", families, 3);
}

static void bcc_poles(void **state)
{
    static const int families[][3] = {{0, 0, 2}, {0, 1, 1}, {1, 1, 2}};
    (void)state;
    poles_are_where_they_should("lattice=bcc", families, 3);
}

// Silicon's maps show 001, 113 and 111 as those of fcc metals do: rows of atoms are along
// lattice vectors, not along the ways between its two sites.
static void diamond_poles(void **state)
{
    static const int families[][3] = {{0, 0, 1}, {1, 1, 3}, {0, 1, 2}};
    (void)state;
    poles_are_where_they_should("lattice=diamond", families, 3);
}

// [001] of fcc upright: the map repeats four times around the axis, and at 54.74 degrees
// on the cap its {111} lie on the diagonals of a detector that is wide enough.
static void an_upright_crystal_has_its_symmetry(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=tip", "lattice=fcc", "lattice_parameter=0.405", "tip_radius=25",
               "size_z=3", "shank_deg=0", "detector_radius=75", "sigma_xy=0.1");
    ia_specimen specimen = {0};

    assert_int_equal(ia_specimen_compute(NULL, &params, &specimen), IA_OK);
    double theta = acos(1 / sqrt(3)), r = 90 * sin(theta) / (cos(theta) + 0.65);
    for (int k = 0; k < 4; k++) {
        double phi = (0.25 + 0.5 * k) * acos(-1.0), off = phi + 0.35;
        patch on = density_at(&specimen, (double[2]){r * cos(phi), r * sin(phi)}, 1.5);
        patch beside =
            density_at(&specimen, (double[2]){r * cos(off), r * sin(off)}, 1.5);
        assert_true(on.density < 0.6 * beside.density);
    }
    ia_specimen_clear(&specimen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fcc_poles),
        cmocka_unit_test(bcc_poles),
        cmocka_unit_test(diamond_poles),
        cmocka_unit_test(an_upright_crystal_has_its_symmetry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
