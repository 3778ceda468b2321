// tests/unit/test_clusters.c: planted spheres: number, radii, places, lookup.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/parts.h"

static ia_clusters clusters_of(const ia_simulate_params *params)
{
    ia_clusters clusters = {0};

    assert_int_equal(ia_clusters_compute(NULL, params, &clusters), IA_OK);
    return clusters;
}

static double gap(const double *a, const double *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

static void test_number_is_density_times_volume(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("cluster_density=3e23", "size_x=40", "size_y=50", "size_z=60");
    ia_clusters clusters = clusters_of(&params);

    assert_int_equal(clusters.n, 36);
    ia_clusters_clear(&clusters);
    params.cluster_density = 0;
    clusters = clusters_of(&params);
    const float place[3] = {1, 1, 1};
    int32_t inside = 0;
    assert_int_equal(clusters.n, 0);
    assert_near(ia_clusters_level(&clusters, place, &inside), 0, 0);
    assert_int_equal(inside, -1);
    ia_clusters_clear(&clusters);
}

static void test_spheres_do_not_overlap(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("cluster_density=6e24", "size_x=40", "size_y=40",
                                       "size_z=40", "interface_width=0.2");
    ia_clusters clusters = clusters_of(&params);

    for (size_t i = 0; i < clusters.n; i++) {
        const ia_object *a = &clusters.objects[i];
        assert_true(fabs(a->centre[0]) <= 20 && fabs(a->centre[1]) <= 20);
        assert_true(a->centre[2] >= 0 && a->centre[2] <= 40);
        for (size_t j = 0; j < i; j++)
            assert_true(gap(a->centre, clusters.objects[j].centre) >=
                        a->radius + clusters.objects[j].radius + 0.4);
    }
    ia_clusters_clear(&clusters);
}

typedef struct {
    double mean, sd;
} normal_law;

static double normal_cdf(double x, const void *user)
{
    const normal_law *law = user;

    return gsl_cdf_ugaussian_P((x - law->mean) / law->sd);
}

// Logarithms of the radii are normal; mean 1.5 and standard deviation 0.6 are of the
// radii.
static void test_radii_are_log_normal(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("cluster_density=1e23", "size_x=300", "size_y=300", "size_z=30",
               "cluster_radius=1.5", "cluster_radius_sd=0.4", "interface_width=0");
    ia_clusters clusters = clusters_of(&params);
    double *logs = ia_array(NULL, clusters.n, sizeof *logs);
    double variance = log(1 + 0.16), sum = 0, squares = 0, n = (double)clusters.n;
    normal_law law = {log(1.5) - variance / 2, sqrt(variance)};

    assert_int_equal(clusters.n, 270);
    for (size_t i = 0; i < clusters.n; i++) {
        logs[i] = log(clusters.objects[i].radius);
        sum += clusters.objects[i].radius;
        squares += pow(clusters.objects[i].radius, 2);
    }
    assert_follows(logs, clusters.n, normal_cdf, &law);
    assert_near(sum / n, 1.5, once_in_1000 * 0.6 / sqrt(n));
    // The log-normal's kurtosis at 0.4 is 5.97: error of the sd 0.6 sqrt(4.97/4n).
    assert_near(sqrt(squares / n - pow(sum / n, 2)), 0.6,
                once_in_1000 * 0.6 * sqrt(4.97 / (4 * n)));
    free(logs);
    ia_clusters_clear(&clusters);
}

// Dilute centres lie anywhere alike: octants of the box, 1080 clusters.
static void test_centres_are_uniform(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("cluster_density=1.5e21", "size_x=900", "size_y=800", "size_z=1000",
               "cluster_radius=1", "cluster_radius_sd=0");
    ia_clusters clusters = clusters_of(&params);
    double counts[8] = {0}, chi2 = 0, expected = (double)clusters.n / 8;

    for (size_t i = 0; i < clusters.n; i++) {
        const double *c = clusters.objects[i].centre;
        counts[(c[0] > 0) + 2 * (c[1] > 0) + 4 * (c[2] > 500)]++;
    }
    for (size_t o = 0; o < 8; o++)
        chi2 += pow(counts[o] - expected, 2) / expected;
    assert_int_equal(clusters.n, 1080);
    assert_chi_squared(chi2, 7);
    ia_clusters_clear(&clusters);
}

// The lookup gives what a look at every cluster gives.
static void test_lookup_equals_all_clusters(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("cluster_density=8e24", "size_x=20", "size_y=22", "size_z=25",
               "cluster_radius=1.1", "interface_width=0.15", "seed=5");
    ia_clusters clusters = clusters_of(&params);
    ia_random random = ia_random_new(1, 1);
    size_t found = 0;

    for (size_t trial = 0; trial < 20000; trial++) {
        const float place[3] = {(float)(20 * (ia_random_uniform(&random) - 0.5)),
                                (float)(22 * (ia_random_uniform(&random) - 0.5)),
                                (float)(25 * ia_random_uniform(&random))};
        const double p[3] = {(double)place[0], (double)place[1], (double)place[2]};
        double level = 0;
        int32_t owner = -1, inside = -2;
        for (size_t i = 0; i < clusters.n; i++) {
            double beyond =
                gap(p, clusters.objects[i].centre) - clusters.objects[i].radius;
            level = fmax(level, 0.5 * erfc(beyond / (sqrt(2.0) * 0.15)));
            if (beyond <= 0)
                owner = (int32_t)i;
        }
        // 3.2e-5: what is left of the error function where the lookup cuts it, at 4 sd
        assert_near(ia_clusters_level(&clusters, place, &inside), level, 3.2e-5);
        assert_int_equal(inside, owner);
        found += owner >= 0;
    }
    assert_true(found > 500);
    ia_clusters_clear(&clusters);
}

static void refuse(const ia_simulate_params *params, const char *sentence)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_clusters clusters = {0};

    assert_int_equal(ia_clusters_compute(ctx, params, &clusters), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), sentence));
    assert_null(clusters.objects);
    ia_ctx_free(ctx);
}

static void test_full_boxes_are_refused(void **state)
{
    (void)state;
    ia_simulate_params crowded =
        PARAMS("cluster_density=1e25", "cluster_radius=4", "cluster_radius_sd=0");
    ia_simulate_params many =
        PARAMS("cluster_density=1e27", "size_x=1000", "size_y=1000");

    refuse(&crowded,
           "of 61 clusters of mean radius 4 nm fit into the box without touching");
    refuse(&many, "cluster_density = 1e+27 m^-3 makes 2.4e+07 clusters");
}

static bool stop(void *user, const char *stage, double done)
{
    (void)stage;
    (void)done;
    return --*(int *)user > 0;
}

static void test_planting_can_be_cancelled(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("cluster_density=3e24", "size_x=60", "size_y=60");
    ia_ctx *ctx = ia_ctx_new();
    ia_clusters clusters = {0};
    int calls = 1;

    ia_ctx_set_progress(ctx, stop, &calls);
    assert_int_equal(ia_clusters_compute(ctx, &params, &clusters), IA_CANCELLED);
    assert_null(clusters.objects);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_is_density_times_volume),
        cmocka_unit_test(test_spheres_do_not_overlap),
        cmocka_unit_test(test_radii_are_log_normal),
        cmocka_unit_test(test_centres_are_uniform),
        cmocka_unit_test(test_lookup_equals_all_clusters),
        cmocka_unit_test(test_full_boxes_are_refused),
        cmocka_unit_test(test_planting_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
