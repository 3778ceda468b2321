// tests/physics/test_synth_order.c: do ordered and random alloys have their pair
// statistics?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"

enum { SHELLS = 3, CELLS = 8 };

// Species (0 or 1) at the nodes of a grid of a quarter of the lattice parameter, -1 where
// no atom is; the box is CELLS lattice parameters wide and repeats.
typedef struct {
    int at[4 * CELLS][4 * CELLS][4 * CELLS];
} alloy_grid;

static int node_of(float place, double low, double a)
{
    int node = (int)floor(((double)place - low) / (a / 4));

    assert_true(node >= 0 && node < 4 * CELLS);
    return node;
}

static alloy_grid *alloy_of(ia_simulate_params params)
{
    ia_specimen specimen = {0};
    alloy_grid *alloy = malloc(sizeof *alloy);
    double a = params.lattice_parameter, size = CELLS * a;

    assert_non_null(alloy);
    memset(alloy, 0xff, sizeof *alloy);
    params.size_x = params.size_y = params.size_z = size;
    assert_int_equal(ia_specimen_compute(NULL, &params, &specimen), IA_OK);
    for (size_t i = 0; i < specimen.ions.n; i++) {
        const float *p = &specimen.true_xyz[3 * i];
        int *node = &alloy->at[node_of(p[0], -size / 2, a)][node_of(p[1], -size / 2, a)]
                              [node_of(p[2], 0, a)];
        assert_int_equal(*node, -1);
        const ia_ion *ion = &specimen.ions_of[specimen.species[i]];
        *node = ia_ion_count(ion, 13) > 0; // Al is species 1
    }
    ia_specimen_clear(&specimen);
    return alloy;
}

// Warren-Cowley 1 - p_ij/c_j over all pairs whose squared distance is `square` (in a/4).
static double alpha(const alloy_grid *alloy, int i, int j, int square)
{
    enum { N = 4 * CELLS };
    double pairs = 0, hits = 0, atoms = 0, of_j = 0;

    for (int x = 0; x < N; x++)
        for (int y = 0; y < N; y++)
            for (int z = 0; z < N; z++) {
                atoms += alloy->at[x][y][z] >= 0;
                of_j += alloy->at[x][y][z] == j;
                if (alloy->at[x][y][z] != i)
                    continue;
                for (int u = -8; u <= 8; u++)
                    for (int v = -8; v <= 8; v++)
                        for (int w = -8; w <= 8; w++) {
                            if (u * u + v * v + w * w != square)
                                continue;
                            int other = alloy->at[(x + u + N) % N][(y + v + N) % N]
                                                 [(z + w + N) % N];
                            pairs += other >= 0;
                            hits += other == j;
                        }
            }
    return 1 - hits / pairs / (of_j / atoms);
}

static void test_l12_is_perfect(void **state)
{
    (void)state;
    alloy_grid *a = alloy_of(PARAMS("lattice=l12", "lattice_parameter=0.36", "ions=Al+:1",
                                    "composition=Ni:0.75 Al:0.25"));

    assert_near(alpha(a, 0, 1, 8), -1.0 / 3, 1e-12); // shell 1 at a/sqrt(2)
    assert_near(alpha(a, 0, 1, 16), 1, 1e-12);       // shell 2 at a
    assert_near(alpha(a, 1, 1, 8), 1, 1e-12);
    free(a);
}

static void test_b2_is_perfect(void **state)
{
    // The first six shells of bcc, in squares of a/4, and alpha of unlike pairs.
    static const int squares[] = {12, 16, 32, 44, 48, 64};
    static const double expected[] = {-1, 1, 1, -1, 1, 1};
    (void)state;
    alloy_grid *a = alloy_of(
        PARAMS("lattice=b2", "lattice_parameter=0.29", "composition=Ni:0.5 Al:0.5"));

    for (size_t s = 0; s < 6; s++)
        assert_near(alpha(a, 0, 1, squares[s]), expected[s], 1e-12);
    free(a);
}

// Fe3Al: no Al among the first (8) and second (6) neighbours of Al, only Al among the
// third of the small cell's face diagonals.
static void test_d03_is_perfect(void **state)
{
    (void)state;
    alloy_grid *a = alloy_of(
        PARAMS("lattice=d03", "lattice_parameter=0.29", "composition=Fe:0.75 Al:0.25"));

    assert_near(alpha(a, 1, 1, 12), 1, 1e-12);
    assert_near(alpha(a, 1, 1, 16), 1, 1e-12);
    assert_near(alpha(a, 1, 1, 32), -3, 1e-12);
    free(a);
}

// alpha of unlike pairs in a random alloy scatters about 0 by
// sqrt(((1-ci)(1-cj) + ci cj)/(N Z ci cj)): mean and sd over 40 seeds.
static void test_random_alloy_has_no_order(void **state)
{
    enum { SEEDS = 40 };
    (void)state;
    double sum = 0, squares = 0, n = 4 * CELLS * CELLS * CELLS, c = 0.25;
    double sd = sqrt(((1 - c) * c + c * (1 - c)) / (n * 12 * c * (1 - c)));

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_simulate_params params = PARAMS("lattice=l12", "lattice_parameter=0.36",
                                           "order=0", "composition=Ni:0.75 Al:0.25");
        params.seed = seed;
        alloy_grid *a = alloy_of(params);
        double value = alpha(a, 0, 1, 8);
        sum += value / SEEDS;
        squares += value * value;
        free(a);
    }
    // The mean has a finite-size bias of 1/N, far below its error.
    assert_near(sum, 0, once_in_1000 * sd / sqrt((double)SEEDS));
    assert_chi_squared(squares / (sd * sd), SEEDS);
}

// S = 0.6 in B2: unlike first neighbours have alpha = -S^2.
static void test_partial_order_squares(void **state)
{
    (void)state;
    double sum = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        ia_simulate_params params = PARAMS("lattice=b2", "lattice_parameter=0.29",
                                           "composition=Ni:0.5 Al:0.5", "order=0.6");
        params.seed = seed;
        alloy_grid *a = alloy_of(params);
        sum += alpha(a, 0, 1, 12) / 20;
        free(a);
    }
    // One run has 1024 sites and 4096 bonds: sd below that of a random alloy at the same
    // c plus the sublattices' own counts, sqrt(2/(1024 x 8) + (2 S)^2/1024); 20 runs.
    assert_near(sum, -0.36, once_in_1000 * sqrt(2.0 / 8192 + 1.44 / 1024) / sqrt(20.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_l12_is_perfect),
        cmocka_unit_test(test_b2_is_perfect),
        cmocka_unit_test(test_d03_is_perfect),
        cmocka_unit_test(test_random_alloy_has_no_order),
        cmocka_unit_test(test_partial_order_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
