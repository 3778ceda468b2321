// tests/physics/test_cluster_parts.c: what is told of parts of a specimen is what a file
// of as many of its ions gives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

enum { N = 60000 };

// The ions of a case that are taken with this chance, as one of their own.
static cluster_case thin(const cluster_case *c, double share, uint64_t seed)
{
    size_t n = 0;
    bool *taken = calloc(N, sizeof *taken);
    ia_random random = ia_random_new(seed, 3);
    assert_non_null(taken);
    for (size_t i = 0; i < N; i++)
        n += taken[i] = ia_random_uniform(&random) < share;
    cluster_case few = case_new(n);
    for (size_t i = 0, at = 0; i < N; i++) {
        if (!taken[i])
            continue;
        memcpy(few.xyz + 3 * at, c->xyz + 3 * i, 3 * sizeof *c->xyz);
        few.mass[at++] = c->mass[i];
    }
    free(taken);
    return few;
}

static double effect_of(const cluster_case *c, const ia_cluster_params *params)
{
    ia_clustering out = {0};
    CHECK_OK(NULL, case_compute(NULL, c, params, &out));
    assert_true(out.tests[0].is_significant);
    double effect = out.tests[0].effect;
    ia_clustering_clear(&out);
    return effect;
}

// Three balls of some 400 copper ions among 600 others. In a half 200 are in each: their
// share of all scatters by 0.5 / sqrt(900) = 0.017 from half to half, which surfaces and
// links are chosen for anew: three times that.
static void parts_are_files_of_as_many(const char *method)
{
    const double near = 0.05;
    cluster_case c = case_planted(N, 21), half = thin(&c, 0.5, 22),
                 most = thin(&c, 0.7, 23);
    ia_cluster_params params = quick_copper();
    ia_clustering out = {0};
    use_method(&params, method);
    params.divisions = 2;
    CHECK_OK(NULL, case_compute(NULL, &c, &params, &out));
    params.divisions = 0;
    double halved = effect_of(&half, &params), thinned = effect_of(&most, &params);
    print_message("%s: %.3f, halves %.3f (%.3f), 70 %% %.3f (%.3f)\n", method,
                  out.tests[0].effect, out.tests[0].half_effect, halved,
                  out.tests[0].thinned_effect, thinned);
    assert_true(halved > 0.3 && thinned > 0.3);
    assert_true(fabs(out.tests[0].half_effect - halved) < near);
    assert_true(fabs(out.tests[0].thinned_effect - thinned) < near);
    ia_clustering_clear(&out);
    case_clear(&most);
    case_clear(&half);
    case_clear(&c);
}

static void parts_of_surfaces(void **unused)
{
    (void)unused;
    parts_are_files_of_as_many("isosurface");
}

static void parts_of_balls(void **unused)
{
    (void)unused;
    parts_are_files_of_as_many("scan");
}

static void parts_of_links(void **unused)
{
    (void)unused;
    parts_are_files_of_as_many("msm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_surfaces),
        cmocka_unit_test(parts_of_balls),
        cmocka_unit_test(parts_of_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
