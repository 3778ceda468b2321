// tests/unit/test_cluster_recover.c: the number of clusters comes back from those that
// were found.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include "cluster/recover.h"

enum { PLANTED = 400, MOST = 2000 };

// Found with a chance of 1/2 at `half` ions, and told with a scatter of 15 %.
static double draw_found(double ions, double half, ia_random *random)
{
    double chance = 1 / (1 + pow(half / ions, 3));
    double told = ions * exp(0.15 * ia_random_normal(random));
    return ia_random_uniform(random) < chance ? told : 0;
}

// Log-normal sizes of 25 ions and a spread of 0.6, half of those of 20 found: of `all`.
static ia_cluster_recovery recover(size_t all, uint64_t seed, size_t *n_found)
{
    static ia_cluster_planted planted[PLANTED];
    static double sizes[MOST];
    ia_random random = ia_random_new(seed, 5);
    ia_cluster_recovery out = {0};
    *n_found = 0;
    for (size_t i = 0; i < PLANTED; i++) {
        planted[i].ions = 2 * pow(100, ia_random_uniform(&random));
        planted[i].found = draw_found(planted[i].ions, 20, &random);
    }
    for (size_t i = 0; i < all; i++) {
        double ions = 25 * exp(0.6 * ia_random_normal(&random));
        double found = draw_found(ions, 20, &random);
        if (found > 0)
            sizes[(*n_found)++] = found;
    }
    ia_cluster_trial trial = {planted, PLANTED, sizes, *n_found};
    assert_int_equal(ia_cluster_recovery_fit(NULL, &trial, &out), IA_OK);
    return out;
}

static void missed_clusters_are_counted(void **state)
{
    enum { ALL = 300, SEEDS = 20 };
    double sum = 0, raw = 0;
    size_t inside = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t n_found;
        ia_cluster_recovery r = recover(ALL, seed, &n_found);
        sum += r.number / ALL / SEEDS;
        raw += (double)n_found / ALL / SEEDS;
        inside += r.low <= ALL && r.high >= ALL;
        assert_true(r.low < r.number && r.number < r.high);
    }
    // Some 10 % error each, 2.2 % of the mean; the prior of the spread may add 3 %.
    assert_true(fabs(sum - 1) < 0.1);
    assert_true(raw < 0.7);           // or there were nothing to correct
    assert_true(inside >= SEEDS - 4); // 95 % intervals: 5 or more out once in 1000
}

static void sizes_are_those_planted(void **state)
{
    size_t n_found;
    double sum = 0;
    (void)state;
    ia_cluster_recovery r = recover(2000, 1, &n_found);
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++) {
        double low = log(r.least_ions[c] / 25) / 0.6, high = low + log(2) / 0.6;
        double expected = 1000 * (erf(high / sqrt(2)) - erf(low / sqrt(2)));
        sum += r.true_number[c];
        // Of classes that are found.
        if (r.chance[c] > 0.3)
            assert_true(fabs(r.true_number[c] - expected) < 0.12 * 2000);
    }
    assert_true(fabs(sum - 2000) < 300);
    assert_true(r.chance[2] < 0.2 && r.chance[6] > 0.9);
}

static void few_planted_ones_tell_nothing(void **state)
{
    const ia_cluster_planted planted[3] = {{10, 0}, {20, 22}, {40, 41}};
    const double sizes[2] = {20, 30};
    ia_cluster_trial trial = {planted, 3, sizes, 2};
    ia_cluster_recovery r = {0};
    (void)state;
    assert_int_equal(ia_cluster_recovery_fit(NULL, &trial, &r), IA_OK);
    assert_true(isnan(r.number) && isnan(r.low) && isnan(r.high));
    assert_int_equal(r.n_recovered, 2);
    assert_true(isnan(r.chance[4]) && isnan(r.true_number[4]));
    assert_true(r.least_ions[4] == 16 && r.found[4] == 2);
}

// All of 100 to 400 ions are found: that says nothing of 50 or of 1000.
static void chances_are_of_sizes_planted(void **state)
{
    static ia_cluster_planted planted[PLANTED];
    const double sizes[3] = {150, 200, 300};
    ia_cluster_recovery r = {0};
    (void)state;
    for (size_t i = 0; i < PLANTED; i++)
        planted[i].ions = planted[i].found =
            100 * pow(4, (double)i / (double)(PLANTED - 1));
    ia_cluster_trial trial = {planted, PLANTED, sizes, 3};
    assert_int_equal(ia_cluster_recovery_fit(NULL, &trial, &r), IA_OK);
    for (size_t c = 0; c < IA_RECOVERY_CLASSES; c++)
        if (c == 7 || c == 8) // 181 and 362 ions in the middle
            assert_true(r.chance[c] > 0.95);
        else
            assert_true(isnan(r.chance[c]));
}

static double cell(const ia_table *table, const char *name)
{
    const ia_table_column *column = ia_table_find(table, name);
    assert_non_null(column);
    return ((const double *)column->data)[0];
}

// Balls that cannot be missed: as many as were found.
static void nothing_is_added_to_large_clusters(void **state)
{
    (void)state;
    enum { PLANTS = IS_SLOWED ? 12 : 40 };
    cluster_case c = case_planted(IS_SLOWED ? 40000 : 60000, 4);
    ia_cluster_params params = copper();
    ia_clustering out = {0}, again = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    use_method(&params, "scan");
    params.n_planted = PLANTS;
    params.level = ARE_THREADS_WATCHED ? 0.2 : params.level;
    params.n_shuffles = ARE_THREADS_WATCHED ? 4 : IS_SLOWED ? 19 : 39;
    params.divisions = 0;
    CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
    ia_ctx_set_threads(ctx, 3);
    CHECK_OK(ctx, case_compute(ctx, &c, &params, &again));
    const ia_cluster_recovery *r = &out.tests[0].recovery;
    assert_int_equal(r->n_planted, PLANTS);
    assert_true(r->n_recovered > PLANTS * 3 / 4); // 15 ions of their own and more
    assert_true(fabs(r->number - N_BALLS) < 0.5);
    assert_memory_equal(r, &again.tests[0].recovery, sizeof *r);
    CHECK_OK(ctx, ia_clustering_tables(ctx, &out, &c.ranges, &result));
    // None was missed, so that the density is that of those found, and its interval no
    // narrower than its error.
    const ia_table *told = ia_result_find(&result, "recovery");
    double grew = cell(told, "n_clusters_corrected") / (double)out.n_clusters;
    double density = cell(told, "number_density_corrected_per_m3");
    double error = density - cell(told, "lower_number_density_corrected_per_m3");
    assert_true(fabs(density / (grew * ia_clustering_density(&out)) - 1) < 1e-9);
    double least = 1.9 * ia_clustering_sigma_density(&out) * grew;
    assert_true(error >= fmin(density, least)); // the lower end is 0 or above
    assert_int_equal(ia_result_find(&result, "recovery_by_size")->n_rows,
                     IA_RECOVERY_CLASSES);
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    ia_clustering_clear(&again);
    ia_ctx_free(ctx);
    case_clear(&c);
}

static void survives_without_memory(void **state)
{
    (void)state;
    cluster_case c = case_planted(8000, 13);
    ia_cluster_params params = copper();
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    params.n_planted = 10;
    params.n_shuffles = 19;
    params.divisions = 0;
    for (size_t k = 1; st != IA_OK; k = next_starved(k) + k / 8) {
        ia_clustering out = {0};
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = case_compute(ctx, &c, &params, &out);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
        ia_clustering_clear(&out);
    }
    ia_ctx_free(ctx);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missed_clusters_are_counted),
        cmocka_unit_test(sizes_are_those_planted),
        cmocka_unit_test(few_planted_ones_tell_nothing),
        cmocka_unit_test(chances_are_of_sizes_planted),
        cmocka_unit_test(nothing_is_added_to_large_clusters),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
