// tests/physics/test_synth_boundary.c: does a boundary carry the excess, width and tilt
// planned?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"

enum { SEEDS = 40 };
static const double window = 10, side = 5; // nm, total; nm on each side for the matrix

typedef struct {
    double excess; // recorded atoms per nm^2 over the matrix
    double sd;     // of the excess solutes' distances
    double in_window, solutes_in_window, in_sides;
} measure;

// Excess by its definition: solutes in the window less what as much matrix would hold.
static measure measure_boundary(const ia_specimen *specimen, double area)
{
    const double *normal = specimen->objects[0].normal,
                 *centre = specimen->objects[0].centre;
    double in[2] = {0}, solutes[2] = {0}, squares[2] = {0};
    measure m = {0};

    for (size_t i = 0; i < specimen->ions.n; i++) {
        double d = 0;
        for (size_t c = 0; c < 3; c++)
            d += normal[c] * ((double)specimen->true_xyz[3 * i + c] - centre[c]);
        size_t where = fabs(d) <= window / 2 ? 0 : 1;
        if (fabs(d) > window / 2 + side)
            continue;
        bool is_solute =
            ia_ion_count(&specimen->ions_of[specimen->species[i]], 15) > 0; // P
        in[where]++;
        solutes[where] += is_solute;
        squares[where] += is_solute * d * d;
    }
    double c = solutes[1] / in[1];
    double extra = solutes[0] - c * in[0];
    m.excess = extra / area;
    // The matrix' solutes in the window lie evenly: mean square window^2/12.
    m.sd = sqrt((squares[0] - c * in[0] * window * window / 12) / extra);
    m.in_window = in[0];
    m.solutes_in_window = solutes[0];
    m.in_sides = in[1];
    return m;
}

// 5 nm^-2 of P in iron with 1 at.% P, efficiency 0.57, 400 nm^2: the mean of the runs,
// and their scatter against Var = (N_i (1 - N_i/N) + N^2 c (1 - c)/N_sides)/A^2.
static void test_mean_excess_is_the_planned_one(void **state)
{
    (void)state;
    double sum = 0, variance = 0, scatter = 0, values[SEEDS];

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_simulate_params params =
            PARAMS("specimen=boundary", "solute=P", "composition=Fe:0.99 P:0.01",
                   "excess=5", "boundary_sd=0.5", "size_x=20", "size_y=20", "size_z=20.5",
                   "efficiency=0.57", "m_max=70");
        params.seed = seed;
        ia_specimen specimen = {0};
        assert_int_equal(ia_specimen_compute(NULL, &params, &specimen), IA_OK);
        measure m = measure_boundary(&specimen, 400);
        double share = m.solutes_in_window / m.in_window;
        values[seed - 1] = m.excess / 0.57;
        sum += values[seed - 1] / SEEDS;
        variance += (m.solutes_in_window * (1 - share) +
                     m.in_window * m.in_window * 0.01 * 0.99 / m.in_sides) /
                    pow(0.57 * 400, 2) / SEEDS;
        ia_specimen_clear(&specimen);
    }
    for (size_t i = 0; i < SEEDS; i++)
        scatter += pow(values[i] - sum, 2);
    assert_near(sum, 5, once_in_1000 * sqrt(variance / SEEDS));
    assert_chi_squared(scatter / variance, SEEDS - 1);
}

// Tilted by 30 degrees the plane's area in the box grows by 1/cos 30.
static void test_tilted_boundary_has_its_excess(void **state)
{
    (void)state;
    double sum = 0, sd = 0;

    for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
        ia_simulate_params params =
            PARAMS("specimen=boundary", "solute=P", "composition=Fe:0.7 Cr:0.3",
                   "excess=4", "boundary_sd=0.8", "boundary_tilt_deg=30", "size_x=15",
                   "size_y=15", "size_z=30");
        params.seed = seed;
        ia_specimen specimen = {0};
        assert_int_equal(ia_specimen_compute(NULL, &params, &specimen), IA_OK);
        measure m = measure_boundary(&specimen, 225 / cos(acos(-1.0) / 6));
        sum += m.excess / (SEEDS / 4);
        sd += m.sd / (SEEDS / 4);
        ia_specimen_clear(&specimen);
    }
    double atoms = 4 * 225 / 0.8660254 * SEEDS / 4; // 10,392: a Poisson number
    assert_near(sum, 4, once_in_1000 * 4 / sqrt(atoms));
    assert_near(sd, 0.8, once_in_1000 * 0.8 / sqrt(2 * atoms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_excess_is_the_planned_one),
        cmocka_unit_test(test_tilted_boundary_has_its_excess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
