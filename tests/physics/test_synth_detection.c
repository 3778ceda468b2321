// tests/physics/test_synth_detection.c: are atoms lost and displaced as stated, and
// random ones spread evenly?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"

static ia_specimen specimen_of(const ia_simulate_params *params)
{
    ia_specimen specimen = {0};

    assert_int_equal(ia_specimen_compute(NULL, params, &specimen), IA_OK);
    return specimen;
}

static double normal_cdf(double x, const void *sigma)
{
    return gsl_cdf_ugaussian_P(x / *(const double *)sigma);
}

// Each coordinate's displacement is Gaussian of the stated width, and they do not
// correlate.
static void test_noise_is_gaussian(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("sigma_xy=0.3", "sigma_z=0.05", "efficiency=0.57");
    const double sigma[3] = {0.3, 0.3, 0.05};
    ia_specimen specimen = specimen_of(&params);
    const float *xyz = floats_of(&specimen, IA_XYZ);
    size_t n = specimen.ions.n;
    double *moved[3];

    for (size_t c = 0; c < 3; c++) {
        moved[c] = ia_array(NULL, n, sizeof *moved[c]);
        for (size_t i = 0; i < n; i++)
            moved[c][i] = (double)xyz[3 * i + c] - (double)specimen.true_xyz[3 * i + c];
    }
    for (size_t c = 0; c < 3; c++) {
        double product = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            product += moved[c][i] * moved[(c + 1) % 3][i];
            squares += moved[c][i] * moved[c][i];
        }
        assert_near(product / (sigma[c] * sigma[(c + 1) % 3] * (double)n), 0,
                    once_in_1000 / sqrt((double)n));
        assert_near(sqrt(squares / (double)n), sigma[c],
                    once_in_1000 * sigma[c] / sqrt(2 * (double)n));
    }
    for (size_t c = 0; c < 3; c++) {
        assert_follows(moved[c], n, normal_cdf, &sigma[c]);
        free(moved[c]);
    }
    ia_specimen_clear(&specimen);
}

// A pole of 30 %: density on the axis against that of the ring half way to the side.
static void test_a_pole_is_poor(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("modulation=0.3", "efficiency=0.57", "size_x=16",
                                       "size_y=16", "size_z=16");
    ia_specimen specimen = specimen_of(&params);
    double inner = 0, ring = 0, a = 0.3;
    for (size_t i = 0; i < specimen.ions.n; i++) {
        double r =
            hypot((double)specimen.true_xyz[3 * i], (double)specimen.true_xyz[3 * i + 1]);
        inner += r < 1;
        ring += r >= 3.5 && r < 4.5;
    }
    // Areas pi and 8 pi; the cosine's mean over them by r dr.
    double expected_inner = 0, expected_ring = 0;
    for (double r = 0.005; r < 4.5; r += 0.01) {
        double rich = (1 - a * cos(4 * 3.14159265358979 * r / 16)) * r;
        expected_inner += r < 1 ? rich : 0;
        expected_ring += r >= 3.5 ? rich : 0;
    }
    double share = inner / (inner + ring);
    double expected = expected_inner / (expected_inner + expected_ring);
    assert_near(share, expected,
                once_in_1000 * sqrt(expected * (1 - expected) / (inner + ring)) + 0.01);
    assert_true(fabs(share - 1.0 / 9) > 0.02); // even density would fail
    ia_specimen_clear(&specimen);
}

// Counts over 20 seeds against the efficiency: mean and scatter of a binomial.
static void test_thinning_is_binomial(void **state)
{
    enum { SEEDS = 20 };
    static const double efficiencies[] = {0.2, 0.37, 0.57, 0.8};
    (void)state;
    ia_simulate_params params = PARAMS("size_x=8", "size_y=8", "size_z=8");
    ia_specimen all = specimen_of(&params);
    double n = (double)all.ions.n;

    for (size_t e = 0; e < 4; e++) {
        double chi2 = 0, p = efficiencies[e], sum = 0;
        for (params.seed = 1; params.seed <= SEEDS; params.seed++) {
            params.efficiency = p;
            ia_specimen specimen = specimen_of(&params);
            chi2 += pow((double)specimen.ions.n - n * p, 2) / (n * p * (1 - p));
            sum += (double)specimen.ions.n;
            ia_specimen_clear(&specimen);
        }
        assert_chi_squared(chi2, SEEDS);
        assert_binomial(sum, SEEDS * n, p);
    }
    ia_specimen_clear(&all);
}

// Perfect detection loses nothing: 16 x 16 x 24 nm of iron, every site once.
static void test_full_efficiency_keeps_all(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("size_x=2.866", "size_y=2.866", "size_z=5.732",
                                       "lattice_parameter=0.2866");
    ia_specimen specimen = specimen_of(&params);

    assert_int_equal(specimen.ions.n, 2 * 10 * 10 * 20);
    ia_specimen_clear(&specimen);
}

// Counts in the cells of a grid: chi-squared, given the total.
static double evenness(const ia_specimen *specimen, const ia_simulate_params *p, size_t m,
                       bool background_only)
{
    const float *xyz = floats_of(specimen, IA_XYZ);
    double *counts = ia_array(NULL, m * m * m, sizeof *counts), n = 0, chi2 = 0;
    double cells = (double)(m * m * m);

    for (size_t i = 0; i < specimen->ions.n; i++) {
        if (background_only && specimen->species[i] >= 0)
            continue;
        double at[3] = {(double)xyz[3 * i] / p->size_x + 0.5,
                        (double)xyz[3 * i + 1] / p->size_y + 0.5,
                        (double)xyz[3 * i + 2] / p->size_z};
        size_t cell = 0;
        for (int c = 0; c < 3; c++)
            cell = cell * m + (size_t)fmin(fmax(at[c], 0) * (double)m, (double)m - 1);
        counts[cell]++;
        n++;
    }
    for (size_t c = 0; c < m * m * m; c++)
        chi2 += pow(counts[c] - n / cells, 2) * cells / n;
    free(counts);
    return chi2;
}

static void test_random_atoms_fill_evenly(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("lattice=random", "density=60", "size_x=12", "size_y=15", "size_z=20");
    ia_specimen specimen = specimen_of(&params);

    assert_chi_squared(evenness(&specimen, &params, 2, false), 7);
    assert_chi_squared(evenness(&specimen, &params, 15, false), 15 * 15 * 15 - 1);
    ia_specimen_clear(&specimen);
}

static void test_background_ions_lie_anywhere(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("background=0.3");
    ia_specimen specimen = specimen_of(&params);
    double n = (double)specimen.ions.n, background = 0;

    for (size_t i = 0; i < specimen.ions.n; i++)
        background += specimen.species[i] < 0;
    assert_near(background / n, 0.3, 1 / n); // a share of all ions, not of the atoms

    assert_chi_squared(evenness(&specimen, &params, 2, true), 7);
    assert_chi_squared(evenness(&specimen, &params, 10, true), 999);
    ia_specimen_clear(&specimen);
}

// Random ions: mean distance to the nearest is 0.55396 density^(-1/3) (Hertz 1909), taken
// for ions deep inside; the sd of one distance is 0.36 of the mean.
static void test_random_neighbours_have_their_distance(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("lattice=random", "density=50", "size_x=5", "size_y=5", "size_z=5");
    ia_specimen specimen = specimen_of(&params);
    const float *xyz = floats_of(&specimen, IA_XYZ);
    double sum = 0, n = 0;

    for (size_t i = 0; i < specimen.ions.n; i++) {
        const float *p = &xyz[3 * i];
        double nearest = 1;
        if (fabs((double)p[0]) > 1.8 || fabs((double)p[1]) > 1.8 ||
            fabs((double)p[2] - 2.5) > 1.8)
            continue;
        for (size_t j = 0; j < specimen.ions.n; j++) {
            const float *q = &xyz[3 * j];
            double d = sqrt(pow((double)p[0] - (double)q[0], 2) +
                            pow((double)p[1] - (double)q[1], 2) +
                            pow((double)p[2] - (double)q[2], 2));
            if (j != i)
                nearest = fmin(nearest, d);
        }
        sum += nearest;
        n++;
    }
    // Neighbours share distances, which raises the error of the mean by about a fifth.
    double expected = 0.55396 * pow(50, -1.0 / 3);
    assert_near(sum / n, expected, once_in_1000 * 1.2 * 0.363 * expected / sqrt(n));
    ia_specimen_clear(&specimen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_is_gaussian),
        cmocka_unit_test(test_thinning_is_binomial),
        cmocka_unit_test(test_a_pole_is_poor),
        cmocka_unit_test(test_full_efficiency_keeps_all),
        cmocka_unit_test(test_random_atoms_fill_evenly),
        cmocka_unit_test(test_background_ions_lie_anywhere),
        cmocka_unit_test(test_random_neighbours_have_their_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
