// tests/physics/test_cluster_level.c: does every way to find clusters keep its level
// where there are none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

enum { N = 5000, SEEDS = 100 };

static void keeps_the_level(const char *name)
{
    size_t n_reports = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        cluster_case c = case_random(N, 0.04, seed);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        const ia_field *field = ia_method_find(&ia_cluster_method, "method");
        assert_int_equal(ia_field_read(NULL, field, name, &params), IA_OK);
        params.seed = seed;
        params.n_shuffles = 99;
        assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
        n_reports += out.n_clusters > 0;
        ia_clustering_clear(&out);
        case_clear(&c);
    }
    // 5 of 100 at most are expected; 14 or more once in 1000.
    if (n_reports > 13)
        fail_msg("%s: %zu reports among %d random specimens", name, n_reports, SEEDS);
}

static void core_linkage_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("core");
}

static void dbscan_keeps_the_level(void **unused)
{
    (void)unused;
    keeps_the_level("dbscan");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_linkage_keeps_the_level),
        cmocka_unit_test(dbscan_keeps_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
