// tests/physics/test_pair_null.c: is a species that does not know of clusters of another
// one told to be near them, or far?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

enum { CLOUDS = 24, SHUFFLES = 39 };

// Iron with copper in balls; manganese is a share of every ion, another one of those that
// were copper.
static void make_ternary(cloud *c, double of_all, double of_copper, uint64_t seed)
{
    static const char ranges[] =
        "[Ranges]\nNumber=3\nRange1=54.5 55.5 Mn:1\nRange2=55.5 56.5 Fe:1\n"
        "Range3=62.5 63.5 Cu:1\n";
    const balls planted = {0.02, 1, 0.4, 0.01};
    ia_random random = ia_random_new(seed, 11);
    make_cloud(c, 20000, 0.05, 0, seed);
    plant_balls(c, &planted, seed);
    float *mass = ia_ions_values(&c->ions, IA_MASS);
    for (size_t i = 0; i < c->ions.n; i++) {
        double share = mass[i] > 60 ? of_copper : of_all;
        if (ia_random_uniform(&random) < share)
            mass[i] = 55;
    }
    range_cloud(c, ranges);
}

static double p_of_pairs(const cloud *c, const char *from, const char *to)
{
    ia_knn_input input = cloud_input(c);
    ia_rdf_params params = ia_rdf_defaults();
    ia_rdfs rdfs = {0};
    snprintf(params.from, sizeof params.from, "%s", from);
    snprintf(params.to, sizeof params.to, "%s", to);
    params.n_shuffles = SHUFFLES;
    params.r_max = 1.5;
    CHECK_OK(NULL, ia_rdfs_compute(NULL, &input, &params, &rdfs));
    double p = rdfs.pairs[0].p;
    ia_rdfs_clear(&rdfs);
    return p;
}

// The chance of the means, and the lesser of LH* nearer and farther.
static double p_of_neighbours(const cloud *c, const char *from, const char *to,
                              double *p_lh)
{
    ia_knn_input input = cloud_input(c);
    ia_knn_params params = ia_knn_defaults();
    ia_knn_tests tests = {0};
    snprintf(params.from, sizeof params.from, "%s", from);
    snprintf(params.to, sizeof params.to, "%s", to);
    params.n_shuffles = SHUFFLES;
    CHECK_OK(NULL, ia_knn_tests_compute(NULL, &input, &params, &tests));
    double p = tests.tests[0].p;
    *p_lh = fmin(tests.tests[0].lh.p_nearer, tests.tests[0].lh.p_farther);
    ia_knn_tests_clear(&tests);
    return p;
}

// How many of the clouds are told: by pairs, by neighbours from either side, by LH* from
// either side (the lesser of two chances).
static void count_told(double of_all, double of_copper, int told[5])
{
    memset(told, 0, 5 * sizeof *told);
    for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
        cloud c;
        double p_lh;
        make_ternary(&c, of_all, of_copper, seed);
        told[0] += p_of_pairs(&c, "Cu", "Mn") <= 0.05;
        told[1] += p_of_neighbours(&c, "Cu", "Mn", &p_lh) <= 0.05;
        told[3] += p_lh <= 0.025;
        told[2] += p_of_neighbours(&c, "Mn", "Cu", &p_lh) <= 0.05;
        told[4] += p_lh <= 0.025;
        free_cloud(&c);
    }
}

// P(p <= 0.05) is 0.05 at most: more than 5 of 24 once in 1,000.
static void strangers_are_by_chance(void **unused)
{
    (void)unused;
    int told[5];
    count_told(0.03, 0.03, told);
    for (size_t i = 0; i < 5; i++)
        if (told[i] > 5)
            fail_msg("kind %zu: %d of %d told", i, told[i], CLOUDS);
}

// A fifth of the copper turned into manganese makes balls of 10 at.% in 3.
static void partners_are_found(void **unused)
{
    (void)unused;
    int told[5];
    count_told(0.03, 0.2, told);
    for (size_t i = 0; i < 3; i++)
        if (told[i] < CLOUDS - 3)
            fail_msg("kind %zu: %d of %d told", i, told[i], CLOUDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_by_chance),
        cmocka_unit_test(partners_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
