// tests/physics/test_order_laws.c: does the order in which a file holds its ions change
// what is said of space?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

#include <ionatlas/correlation.h>
#include <ionatlas/knn.h>
#include <ionatlas/rdf.h>
#include <ionatlas/surface.h>

enum { N = 30000 };

static void shuffle(ia_ions *ions)
{
    ia_random random = ia_random_new(5, 5);
    float *xyz = ia_ions_values(ions, IA_XYZ), *mass = ia_ions_values(ions, IA_MASS);
    for (size_t i = ions->n; i > 1; i--) {
        size_t j = (size_t)ia_random_below(&random, i);
        float m = mass[i - 1], at[3];
        mass[i - 1] = mass[j];
        mass[j] = m;
        memcpy(at, xyz + 3 * (i - 1), sizeof at);
        memcpy(xyz + 3 * (i - 1), xyz + 3 * j, sizeof at);
        memcpy(xyz + 3 * j, at, sizeof at);
    }
}

static void make_pair(cloud *a, cloud *b)
{
    make_cloud(a, N, 0.05, 0.3, 7);
    make_cloud(b, N, 0.05, 0.3, 7);
    shuffle(&b->ions);
}

// Every value of every column.
static void assert_same(ia_result *a, ia_result *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t t = 0; t < a->n; t++)
        for (size_t c = 0; c < a->tables[t].n_columns; c++) {
            char one[65], two[65];
            CHECK_OK(NULL, ia_table_column_hash(NULL, &a->tables[t], c, one));
            CHECK_OK(NULL, ia_table_column_hash(NULL, &b->tables[t], c, two));
            if (strcmp(one, two) != 0)
                fail_msg("%s: %s differs", a->tables[t].name,
                         a->tables[t].columns[c].name);
        }
    ia_result_clear(a);
    ia_result_clear(b);
}

static void add_pairs(const cloud *c, ia_result *out)
{
    ia_knn_input input = cloud_input(c);
    ia_knn_params knn = ia_knn_defaults();
    ia_rdf_params rdf = ia_rdf_defaults();
    ia_correlation_params correlation = ia_correlation_defaults();
    ia_knn_tests tests = {0};
    ia_rdfs rdfs = {0};
    ia_correlations correlations = {0};
    knn.n_shuffles = rdf.n_shuffles = correlation.n_shuffles = 19;
    CHECK_OK(NULL, ia_knn_tests_compute(NULL, &input, &knn, &tests));
    CHECK_OK(NULL, ia_knn_tests_tables(NULL, &tests, out));
    CHECK_OK(NULL, ia_rdfs_compute(NULL, &input, &rdf, &rdfs));
    CHECK_OK(NULL, ia_rdfs_tables(NULL, &rdfs, out));
    CHECK_OK(NULL, ia_correlations_compute(NULL, &input, &correlation, &correlations));
    CHECK_OK(NULL, ia_correlations_tables(NULL, &correlations, out));
    ia_knn_tests_clear(&tests);
    ia_rdfs_clear(&rdfs);
    ia_correlations_clear(&correlations);
}

// Shuffles, blocks and halves too: the same bits.
static void pairs_are_the_same(void **unused)
{
    (void)unused;
    cloud a, b;
    ia_result one = {0}, two = {0};
    make_pair(&a, &b);
    add_pairs(&a, &one);
    add_pairs(&b, &two);
    assert_same(&one, &two);
    free_cloud(&a);
    free_cloud(&b);
}

typedef struct {
    double sigma, loss, threshold, inside;
    size_t n_objects;
} outcome;

static outcome surface_of(const cloud *c)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume_params v = ia_volume_defaults();
    ia_surface_params s = ia_surface_defaults();
    ia_volume volume = {.p = NAN};
    ia_surface surface = {0};
    v.n_shuffles = 0;
    s.n_null = 0;
    strcpy(v.solute, "Cu");
    CHECK_OK(NULL, ia_volume_compute(NULL, &input, &v, &volume));
    CHECK_OK(NULL, ia_surface_compute(NULL, &input, &volume, &s, &surface));
    outcome out = {volume.voxel, volume.constant, surface.threshold,
                   surface.inside_percent, surface.n_objects};
    ia_surface_clear(&surface);
    ia_volume_clear(&volume);
    return out;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-3 * fabs(a);
}

// Ions are divided by their places, to choose kernel and threshold. Sums of floats depend
// on the order: a thousandth is far more, and with other divisions the threshold moves by
// a tenth.
static void surfaces_are_the_same_but_for_rounding(void **unused)
{
    (void)unused;
    cloud a, b;
    make_pair(&a, &b);
    outcome one = surface_of(&a), two = surface_of(&b);
    print_message("threshold %g and %g, loss %g and %g\n", one.threshold, two.threshold,
                  one.loss, two.loss);
    assert_true(is_near(one.sigma, two.sigma) && is_near(one.loss, two.loss));
    assert_true(is_near(one.threshold, two.threshold));
    assert_true(is_near(one.inside, two.inside));
    assert_int_equal(one.n_objects, two.n_objects);
    free_cloud(&a);
    free_cloud(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_the_same),
        cmocka_unit_test(surfaces_are_the_same_but_for_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
