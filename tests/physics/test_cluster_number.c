// tests/physics/test_cluster_number.c: is the error of the number of clusters that by
// which specimens of one material scatter?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { N = 40000, SPECIMENS = 24, MOST = 64 };
static const double mean = 8, radius = 1; // clusters of a specimen; nm

// Balls of 70 % copper anywhere in a cube, as many as a Poisson deviate says.
static cluster_case case_scattered(gsl_rng *rng, uint64_t seed)
{
    cluster_case c = case_random(N, 0.005, seed);
    double edge = cbrt(N / 40.0), at[MOST][3];
    size_t n = gsl_ran_poisson(rng, mean);

    n = n < MOST ? n : MOST;
    for (size_t b = 0; b < n; b++)
        for (size_t k = 0; k < 3; k++)
            at[b][k] = edge * gsl_rng_uniform(rng);
    for (size_t i = 0; i < N; i++)
        for (size_t b = 0; b < n; b++) {
            double x = (double)c.xyz[3 * i] - at[b][0];
            double y = (double)c.xyz[3 * i + 1] - at[b][1];
            double z = (double)c.xyz[3 * i + 2] - at[b][2];
            if (x * x + y * y + z * z < radius * radius)
                c.mass[i] = (float)(gsl_rng_uniform(rng) < 0.7 ? mass_cu : mass_fe);
        }
    return c;
}

// The scatter of 16 numbers is known to 18 %; clusters that touch are one, and blocks of
// a fifth of the edge hold parts of them, which makes the error some tenth too large.
static void the_error_is_the_scatter(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double sum = 0, square = 0, stated = 0;

    for (uint64_t seed = 1; seed <= SPECIMENS; seed++) {
        cluster_case c = case_scattered(rng, seed);
        ia_cluster_params params = quick_copper();
        ia_clustering out = {0};
        params.divisions = 0;
        params.n_shuffles = 4;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        double n = (double)out.n_clusters;
        sum += n;
        square += n * n;
        stated += out.tests[0].sigma_n_clusters / SPECIMENS;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    double scatter = sqrt((square - sum * sum / SPECIMENS) / (SPECIMENS - 1));
    print_message("%.1f clusters, scatter %.2f, stated %.2f\n", sum / SPECIMENS, scatter,
                  stated);
    assert_true(stated > 0.65 * scatter && stated < 1.6 * scatter);
    gsl_rng_free(rng);
}

// Every other ion 5,000 nm away: two specimens with the same clusters, of half the
// density. Their volume is twice that of one (within 2 %, of 20,000 ions each), clusters
// are found in both, and their number per volume is told.
static void parts_far_apart_have_a_number(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    cluster_case c = case_scattered(rng, 3);
    ia_cluster_params params = quick_copper();
    ia_clustering out = {0};
    for (size_t i = 0; i < N; i += 2)
        c.xyz[3 * i] += 5000;
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    assert_true(fabs(out.volume / (2 * N / 40.0) - 1) < 0.02);
    size_t there = 0;
    for (size_t i = 0; i < out.n_clusters; i++)
        there += out.clusters[i].centre[0] > 2500;
    print_message("%zu clusters, %zu far off, %.3g per nm^3\n", out.n_clusters, there,
                  out.density);
    assert_true(there > 0 && there < out.n_clusters);
    assert_true(out.n_clear > 0 &&
                out.density > 0.3 * (double)out.n_clusters / out.volume);
    ia_clustering_clear(&out);
    case_clear(&c);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_is_the_scatter),
        cmocka_unit_test(parts_far_apart_have_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
