// tests/unit/test_clustering.c: clusters, their labels and tables, and what cannot be
// told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include "cluster/cluster_internal.h"

enum { N = IS_SLOWED ? 60000 : 100000 };

static void planted_balls_come_back(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(N, 1);
    ia_cluster_params params = IS_SLOWED ? quick_copper() : copper();
    ia_clustering out = {0};
    ia_ctx *ctx = ia_ctx_new();
    double edge = cbrt(N / 40.0);
    CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
    assert_int_equal(out.n_tests, 1);
    assert_true(out.tests[0].is_significant);
    assert_true(out.tests[0].p == 1.0 / (IS_SLOWED ? 5 : 200));
    assert_int_equal(out.n_clusters, N_BALLS);
    for (size_t k = 0; k < N_BALLS; k++) {
        const ia_cluster *cluster = &out.clusters[k];
        double at = cluster->centre[0] / edge * N_BALLS - 0.5;
        // 400 ions know a centre to 0.05 nm; 5 of those.
        assert_true(fabs(at - round(at)) * edge / N_BALLS < 0.25);
        assert_true(fabs(cluster->centre[1] - edge / 2) < 0.25);
        // Of a ball: sqrt(3/5) r, 5 % for the ions linked from outside.
        assert_true(fabs(cluster->gyration / (sqrt(0.6) * 1.5) - 1) < 0.05);
        // 70 % inside; the rim, half a link wide, dilutes it.
        assert_true(cluster->solute_percent > 60 && cluster->solute_percent < 75);
    }
    ia_clustering_clear(&out);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// What the clusters say of themselves is what their labels say.
static void labels_and_clusters_agree(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    cluster_case c = case_planted(N, 2);
    ia_cluster_params params = quick_copper();
    ia_clustering out = {0};
    size_t unranged = 0;
    for (size_t i = 0; i < N; i += 50) {
        c.mass[i] = 200;
        unranged++;
    }
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    assert_true(out.n_clusters > 0);
    assert_int_equal(out.ranged, N - unranged);
    for (size_t k = 0; k < out.n_clusters; k++) {
        uint64_t ions = 0, solutes = 0;
        for (size_t i = 0; i < N; i++)
            if (out.labels[i] == (int32_t)k) {
                assert_true(c.mass[i] < 100);
                ions++;
                solutes += c.mass[i] > 60;
            }
        assert_int_equal(ions, out.clusters[k].ions);
        assert_int_equal(solutes, out.clusters[k].solute_ions);
        assert_int_equal(ions, out.clusters[k].kinds[0] + out.clusters[k].kinds[1]);
        assert_true(k == 0 || solutes <= out.clusters[k - 1].solute_ions);
    }
    ia_clustering_clear(&out);
    case_clear(&c);
}

static void molecular_ions_hold_the_solute(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(N, 3);
    ia_cluster_params params = quick_copper();
    ia_clustering plain = {0}, mixed = {0};
    assert_int_equal(case_compute(NULL, &c, &params, &plain), IA_OK);
    for (size_t i = 0; i < N; i++)
        if (c.mass[i] > 60 && i % 3 == 0)
            c.mass[i] = (float)mass_cuo;
    assert_int_equal(case_compute(NULL, &c, &params, &mixed), IA_OK);
    assert_int_equal(plain.tests[0].ions, mixed.tests[0].ions);
    assert_memory_equal(plain.labels, mixed.labels, N * sizeof *plain.labels);
    ia_clustering_clear(&plain);
    ia_clustering_clear(&mixed);
    case_clear(&c);
}

// Envelope and erosion by hand: see the drawing. Copper at 0 and 0.5 on a line is linked;
// iron at 0.25 is inside; iron at 0.9 is in the envelope of 0.45 but iron at 1.1 is not,
// and takes it away again.
static void shell_by_hand(void **unused)
{
    (void)unused;
    static const float line[] = {0, 0.5f, 0.25f, 0.9f, 1.1f};
    cluster_case c = case_random(N, 0.01, 4);
    ia_cluster_params params = quick_copper();
    ia_clustering out = {0};
    // Among the others, five groups of twelve so that the test is passed.
    for (size_t i = 0; i < 60; i++) {
        size_t first = i - i % 12;
        for (size_t k = 0; k < 3; k++)
            c.xyz[3 * i + k] = c.xyz[3 * first + k] + 0.01f * (float)(i % 12);
        c.mass[i] = (float)mass_cu;
    }
    for (size_t i = 0; i < 5; i++) {
        float *xyz = c.xyz + 3 * (100 + i);
        xyz[0] = (float)cbrt(N / 40.0) + 3 + line[i]; // beside all others
        xyz[1] = xyz[2] = 0;
        c.mass[100 + i] = (float)(i < 2 ? mass_cu : mass_fe);
    }
    params.d_max = 0.55;
    params.n_min = 2;
    params.envelope = 0.45;
    params.erosion = 0.25;
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    if (out.tests[0].is_significant) {
        int32_t label = out.labels[100];
        assert_true(label >= 0);
        assert_int_equal(out.labels[101], label);
        assert_int_equal(out.labels[102], label);
        assert_int_equal(out.labels[103], -1);
        assert_int_equal(out.labels[104], -1);
        assert_int_equal(out.clusters[label].ions, 3);
    } else
        fail_msg("not significant: p = %g", out.tests[0].p);
    ia_clustering_clear(&out);
    case_clear(&c);
}

static void expect_nothing(const cluster_case *c, const ia_cluster_params *params,
                           const char *sentence)
{
    ia_clustering out = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, case_compute(ctx, c, params, &out));
    assert_int_equal(out.n_clusters, 0);
    for (size_t i = 0; i < out.n_ions; i++)
        assert_int_equal(out.labels[i], -1);
    if (!strstr(out.verdict, sentence))
        fail_msg("'%s' does not contain '%s'", out.verdict, sentence);
    CHECK_OK(ctx, ia_clustering_tables(ctx, &out, &c->ranges, &result));
    assert_int_equal(ia_result_find(&result, "clusters")->n_rows, 0);
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    ia_ctx_free(ctx);
}

static double told(const ia_result *result, const char *table, const char *column)
{
    const ia_table_column *found = ia_table_find(ia_result_find(result, table), column);
    assert_non_null(found);
    return *(const double *)found->data;
}

// What was not tested has no density; random ions have 0 and no threshold made up.
static void what_is_not_known_is_blank(void **unused)
{
    (void)unused;
    for (int is_tested = 0; is_tested < 2; is_tested++) {
        cluster_case c = case_random(20000, is_tested ? 0.05 : 1, 2);
        ia_cluster_params params = copper();
        ia_clustering out = {0};
        ia_result result = {0};
        use_method(&params, "scan");
        CHECK_OK(NULL, case_compute(NULL, &c, &params, &out));
        CHECK_OK(NULL, ia_clustering_tables(NULL, &out, &c.ranges, &result));
        assert_int_equal(out.n_clusters, 0);
        double density = told(&result, "clustering", "number_density_per_m3");
        double expected = told(&result, "null", "expected_false_clusters");
        double ratio = told(&result, "parameters", "log_likelihood_ratio");
        assert_true(is_tested ? density == 0 : isnan(density));
        assert_true(is_tested ? expected == 0 : isnan(expected));
        assert_true(isnan(ratio) || (is_tested && ratio < 100));
        ia_result_clear(&result);
        ia_clustering_clear(&out);
        case_clear(&c);
    }
}

// Largest scores of shuffles as Gumbel's law of place 5 and width 1 has them, ten times
// as many places in the whole.
static void p_is_what_shuffles_bear(void **unused)
{
    (void)unused;
    enum { SHUFFLES = 199 };
    double peaks[SHUFFLES];
    for (size_t i = 0; i < SHUFFLES; i++)
        peaks[i] = 5 - log(-log(1 - ((double)i + 0.5) / SHUFFLES));
    ia_cluster_test test = {
        .ions = 1000, .tested_ions = 100, .peaks = peaks, .n_peaks = SHUFFLES};
    for (double score = 6; score < 12; score++) {
        double law = 1 - exp(-10 * exp(5 - score));
        assert_true(fabs(ia_cluster_test_p(&test, score) - law) < 0.03);
    }
    assert_true(ia_cluster_test_p(&test, 30) == 1.0 / 200);
    assert_true(ia_cluster_test_p(&test, 1e6) == 1.0 / 200);
    test.tested_ions = 1000;
    assert_true(ia_cluster_test_p(&test, 1e6) == 1.0 / 200);
}

static void what_cannot_be_told(void **unused)
{
    (void)unused;
    ia_cluster_params named = copper(), every = ia_cluster_defaults();
    cluster_case c = case_random(10, 0.5, 3);
    c.mass[0] = (float)mass_cu;
    expect_nothing(&c, &named, "10 ranged ions are too few");
    expect_nothing(&c, &every, "no clustering could be tested");
    case_clear(&c);
    c = case_planted(999, 1);
    expect_nothing(&c, &named, "999 ranged ions are too few");
    case_clear(&c);
    c = case_random(5000, 1, 1);
    expect_nothing(&c, &named, "every ranged ion holds it");
    expect_nothing(&c, &every, "no clustering could be tested");
    case_clear(&c);
    c = case_random(20000, 0.05, 1);
    memset(c.xyz, 0, 3 * 20000 * sizeof *c.xyz);
    expect_nothing(&c, &named, "at the same place");
    for (size_t i = 0; i < 10000; i++)
        c.xyz[3 * i] = (float)i;
    expect_nothing(&c, &named, "");
    case_clear(&c);
}

// The part that was tested has ions that differ from chance as strongly as one such part
// in 20, the whole none that one specimen in three would not have.
static void what_failed_is_told(void **unused)
{
    (void)unused;
    cluster_case c = case_random(5000, 0.05, 1);
    ia_cluster_params params = quick_copper();
    strcpy(params.solute, "Fe");
    expect_nothing(&c, &params, "a majority has no clusters");
    case_clear(&c);
    if (IS_SLOWED)
        skip();
    c = case_random(30000, 50 / 30000.0, 11);
    use_method(&params, "scan");
    params.level = 0.3;
    params.n_shuffles = 19;
    expect_nothing(&c, &params, "p is of the part that was tested");
    case_clear(&c);
    c = case_random(20000, 0.05, 9);
    strcpy(params.solute, "Cu");
    expect_nothing(&c, &params, "clusters hold no more of the solute than those of");
    case_clear(&c);
}

// As of any question in space: neither ions without a range nor no ions.
static void nothing_ranged_is_refused(void **unused)
{
    (void)unused;
    ia_cluster_params every = ia_cluster_defaults();
    ia_clustering out = {0};
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(2000, 0.05, 1);
    for (size_t i = 0; i < 2000; i++)
        c.mass[i] = 300;
    CHECK_FAILS(ctx, case_compute(ctx, &c, &every, &out), IA_ERR_EMPTY, "no ranged ion");
    case_clear(&c);
    c = case_random(0, 1, 1);
    CHECK_FAILS(ctx, case_compute(ctx, &c, &every, &out), IA_ERR_EMPTY, "no ranged ion");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static void errors_have_sentences(void **unused)
{
    (void)unused;
    cluster_case c = case_random(5000, 0.05, 1);
    ia_cluster_params params = copper();
    ia_clustering out = {0}, empty = {0};
    ia_ctx *ctx = ia_ctx_new();
    strcpy(params.solute, "Xx");
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM, "Xx");
    strcpy(params.solute, ",");
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM,
                "solute: an element is missing");
    strcpy(params.solute, "Mn");
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_EMPTY, "Mn");
    strcpy(params.solute, "Cu,Mn");
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM,
                "solute: no range holds the element Mn");
    strcpy(params.solute, "Cu");
    params.d_max = 50;
    c.ions.columns[IA_XYZ].n = 5000;
    params.level = 0;
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM, "level");
    params = copper();
    c.ions.columns[IA_XYZ] = (ia_column){0};
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_UNSUPPORTED,
                "position");
    assert_memory_equal(&out, &empty, sizeof out);
    case_clear(&c);
    c = case_random(20000, 0.5, 1);
    params.d_max = 50;
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM,
                "d_max = 50 nm links every ion to every other");
    params.d_max = 7; // of a cube with edges of 7.9 nm
    CHECK_FAILS(ctx, case_compute(ctx, &c, &params, &out), IA_ERR_PARAM,
                "d_max = 7 nm links thousands");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static void every_minor_element_is_tested(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *element;
        double mass, percent;
        bool tested;
    } rows[] = {{"H+", "H", 1, 2, false},    {"Ga+", "Ga", 69, 2, false},
                {"Mn+", "Mn", 55, 5, true},  {"Si+", "Si", 28, 21, false},
                {"C+", "C", 12, 0.4, false}, {"Cu+", "Cu", 63, 3, true}};
    if (ARE_THREADS_WATCHED)
        skip();
    cluster_case c = case_random(100000, 0, 5);
    ia_cluster_params params = ia_cluster_defaults();
    ia_clustering out = {0};
    size_t i = 0;
    for (size_t r = 0; r < 6; r++) {
        if (strcmp(rows[r].name, "Cu+") != 0)
            add_range(&c.ranges, rows[r].name, rows[r].mass);
        // Every 1000th ion is kept apart from those of other rows.
        for (size_t n = 0; n < (size_t)(rows[r].percent * 1000); n++)
            c.mass[i++ * 7919 % 100000] = (float)rows[r].mass;
    }
    ia_ranger_clear(&c.ranger);
    assert_int_equal(ia_ranger_build(NULL, &c.ranges, &c.ranger), IA_OK);
    assert_int_equal(case_compute(NULL, &c, &params, &out), IA_OK);
    for (size_t r = 0; r < 6; r++) {
        bool found = false;
        for (size_t t = 0; t < out.n_tests; t++)
            found |= strcmp(out.tests[t].solute, rows[r].element) == 0;
        assert_true(found == rows[r].tested);
    }
    // Two tests: the smaller p doubled, and never above the other.
    const ia_cluster_test *a = &out.tests[0], *b = &out.tests[1];
    assert_int_equal(out.n_tests, 2);
    assert_true(fmin(a->p_holm, b->p_holm) == fmin(1, 2 * fmin(a->p, b->p)));
    ia_clustering_clear(&out);
    case_clear(&c);
}

static void tables_hold_the_contract(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    cluster_case c = case_planted(N, 6);
    ia_cluster_params params = quick_copper();
    ia_clustering out = {0};
    ia_result result = {0};
    char *json = NULL;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
    CHECK_OK(ctx, ia_clustering_tables(ctx, &out, &c.ranges, &result));
    CHECK_OK(ctx, ia_json_write(ctx, &(ia_json_part){NULL, &result}, 1, &json));
    static const char *const keys[] = {"\"method\": \"maximum separation\"",
                                       "\"parameters\": {",
                                       "\"d_max_nm\"",
                                       "\"clusters\": [",
                                       "\"centre_nm\": [",
                                       "\"radius_of_gyration_nm\"",
                                       "\"composition\": {",
                                       "\"sigma_at_percent\"",
                                       "\"null\": {",
                                       "\"p_value\"",
                                       "\"expected_false_clusters\"",
                                       "\"tests\": ["};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        if (!strstr(json, keys[k]))
            fail_msg("no %s in %s", keys[k], json);
    free(json);
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status compute_and_tell(ia_ctx *ctx, const cluster_case *c,
                                  const ia_cluster_params *params)
{
    ia_clustering out = {0};
    ia_result result = {0};
    ia_status st = case_compute(ctx, c, params, &out);
    if (st == IA_OK)
        st = ia_clustering_tables(ctx, &out, &c->ranges, &result);
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    return st;
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(4000, 7);
    ia_cluster_params params = quick_copper();
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;
    while (st != IA_OK) {
        ia_ctx_reset(ctx);
        k = next_starved(k) + k / 8;
        ia_ctx_fail_alloc(ctx, k);
        st = compute_and_tell(ctx, &c, &params);
        if (st != IA_OK && st != IA_ERR_MEMORY)
            fail_msg("allocation %zu: %s", k, ia_ctx_message(ctx));
    }
    ia_ctx_fail_alloc(ctx, 0);
    assert_true(k > 40);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_balls_come_back),
        cmocka_unit_test(labels_and_clusters_agree),
        cmocka_unit_test(molecular_ions_hold_the_solute),
        cmocka_unit_test(shell_by_hand),
        cmocka_unit_test(what_cannot_be_told),
        cmocka_unit_test(what_is_not_known_is_blank),
        cmocka_unit_test(p_is_what_shuffles_bear),
        cmocka_unit_test(what_failed_is_told),
        cmocka_unit_test(nothing_ranged_is_refused),
        cmocka_unit_test(errors_have_sentences),
        cmocka_unit_test(every_minor_element_is_tested),
        cmocka_unit_test(tables_hold_the_contract),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
