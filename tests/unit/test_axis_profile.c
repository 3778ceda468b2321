// tests/unit/test_axis_profile.c: profiles, ladders and maps of a few ions counted by
// hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/profile.h>

// Eight ions on a line along z: Fe at 0.05, 0.15, 0.25; Cu at 1.05, 1.15; CuO at 1.25,
// 2.05, 2.15.
static cluster_case make_line(void)
{
    static const double z[] = {0.05, 0.15, 0.25, 1.05, 1.15, 1.25, 2.05, 2.15};
    cluster_case c = case_new(8);
    for (size_t i = 0; i < 8; i++) {
        c.xyz[3 * i] = c.xyz[3 * i + 1] = 0;
        c.xyz[3 * i + 2] = (float)z[i];
        c.mass[i] = (float)(i < 3 ? mass_fe : i < 5 ? mass_cu : mass_cuo);
    }
    return c;
}

static ia_status compute(ia_ctx *ctx, const cluster_case *c,
                         const ia_axis_profile_params *params, ia_axis_profile *out)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    return ia_axis_profile_compute(ctx, &input, params, out);
}

static ia_axis_profile_params copper_params(double bin)
{
    ia_axis_profile_params p = ia_axis_profile_defaults();
    strcpy(p.solute, "Cu");
    p.profile_bin = bin;
    p.n_shuffles = 19;
    return p;
}

static void counts_by_hand(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_int_equal(p.n_bins, 3);
    assert_int_equal(p.n_elements, 1);
    static const double counts[] = {0, 3, 2}, atoms[] = {3, 4, 4};
    for (size_t b = 0; b < 3; b++) {
        assert_true(p.shares[b].counts == counts[b] && p.shares[b].atoms == atoms[b]);
        assert_true(fabs(p.shares[b].percent - 100 * counts[b] / atoms[b]) < 1e-12);
        assert_true(fabs(p.edge[b] - (double)b) < 1e-12);
        assert_true(isnan(p.shares[b].corrected_percent));
    }
    // No Cu among three: 1 - 0.025^(1/3), Clopper and Pearson.
    assert_true(p.shares[0].interval[0] == 0);
    assert_true(fabs(p.shares[0].interval[1] - 100 * (1 - cbrt(0.025))) < 1e-9);
    // Two CuO: every ion has half of its atoms Cu, so their share has no error but that
    // of one ion.
    assert_true(fabs(p.shares[2].sigma - 100.0 / 3) < 1e-9);
    assert_int_equal(p.tests[0].ions, 5);
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

// Of eight ions five hold Cu: bins of 0/3, 3/3 and 2/2 are off by -5/8, 3/8 and 3/8.
// Drawing without replacement makes c (1 - c) (8 - n)/7 of each bin.
static void variation_by_hand(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    params.divisions = 0;
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    double squares = (3 * 25 + 3 * 9 + 2 * 9) / 64.0;
    double noise = 15 / 64.0 * (5 + 5 + 6) / 7.0;
    assert_true(fabs(p.tests[0].variation - sqrt((squares - noise) / 8)) < 1e-12);
    assert_true(isnan(p.tests[0].half_variation) && isnan(p.tests[0].thinned_variation));
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

// Stripes of 10 and 30 % copper: 10 % to either side of the mean, in all ions, in halves
// and in 70 % of them. 40,000 ions: sigma of the variation is 0.2 % for all, 0.3 % for
// halves (a share's error over the root of twice the bins and the signal is less), so
// that 1.2 % is four of them. No stripes: the variance of 20 bins is known to 2 c (1 - c)
// sqrt(2 x 20)/n, its root stays below 0.9 %.
static void variation_is_steady(void **unused)
{
    (void)unused;
    enum { N = 40000 };
    for (int striped = 0; striped < 2; striped++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            cluster_case c = case_random(N, 0.2, seed);
            ia_random random = ia_random_new(seed, 5);
            ia_axis_profile p[2] = {{.n_bins = 0}, {.n_bins = 0}};
            ia_axis_profile_params params = copper_params(0.5);
            for (size_t i = 0; striped && i < N; i++) {
                bool rich = (int)floorf(c.xyz[3 * i + 2] / 0.5F) % 2;
                double share = rich ? 0.3 : 0.1;
                c.mass[i] =
                    (float)(ia_random_uniform(&random) < share ? mass_cu : mass_fe);
            }
            for (size_t t = 0; t < 2; t++) {
                ia_ctx *ctx = ia_ctx_new();
                ia_ctx_set_threads(ctx, t == 0 ? 1 : 5);
                CHECK_OK(ctx, compute(ctx, &c, &params, &p[t]));
                ia_ctx_free(ctx);
            }
            const ia_axis_profile_test *a = p[0].tests;
            double wanted = striped ? 0.1 : 0, within = striped ? 0.012 : 0.009;
            assert_true(fabs(a->variation - wanted) < within);
            assert_true(fabs(a->half_variation - wanted) < within);
            assert_true(fabs(a->thinned_variation - wanted) < within);
            assert_true(a->half_difference > 0 && a->half_difference < 0.03);
            assert_true(a->thinned_sd > 0 && a->thinned_sd < 0.02);
            assert_memory_equal(a, p[1].tests, sizeof *a);
            ia_axis_profile_clear(&p[0]);
            ia_axis_profile_clear(&p[1]);
            case_clear(&c);
        }
}

// Ladder: after three Fe of eight ions the cumulative share of Cu lags by 3/8.
static void ladder_by_hand(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_true(fabs(p.tests[0].ladder - 3.0 / 8) < 1e-12);
    ia_result result = {0};
    CHECK_OK(NULL, ia_axis_profile_tables(NULL, &p, &result));
    const ia_table *table = ia_result_find(&result, "profile_Cu");
    const double *of = ia_table_find(table, "cumulative_counts")->data;
    const double *all = ia_table_find(table, "cumulative_atoms")->data;
    assert_true(of[0] == 0 && of[1] == 3 && of[2] == 5);
    assert_true(all[0] == 3 && all[1] == 7 && all[2] == 11);
    ia_result_clear(&result);
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

static void bins_of_equal_counts(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    params.ions_per_bin = 4;
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_int_equal(p.n_bins, 2);
    assert_int_equal(p.ions[0], 4);
    assert_int_equal(p.ions[1], 4);
    assert_true(fabs(p.edge[1] - 1.1) < 1e-6);
    ia_axis_profile_clear(&p);
    // All at one place: one bin, nothing to judge.
    for (size_t i = 0; i < 8; i++)
        c.xyz[3 * i + 2] = 1;
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_int_equal(p.n_bins, 1);
    assert_true(isnan(p.tests[0].p) && isnan(p.tests[0].p_holm));
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

// The same ions along another axis: turned by 45 degrees about y, read along (1, 0, 1).
static void any_axis(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    for (size_t i = 0; i < 8; i++)
        c.xyz[3 * i] = c.xyz[3 * i + 2] = (float)((double)c.xyz[3 * i + 2] / sqrt(2));
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    strcpy(params.axis, "2,0,2");
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_int_equal(p.n_bins, 3);
    assert_int_equal(p.ions[0], 3);
    assert_int_equal(p.ions[1], 3);
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

// The last ion, 2.15 nm along the direction that is told from the origin that is told.
static void directions_are_of_positions(void **unused)
{
    static const char *const axes[] = {"z", "0,0,1", "0,0,-1"};
    (void)unused;
    for (size_t k = 0; k < sizeof axes / sizeof *axes; k++) {
        cluster_case c = make_line();
        ia_axis_profile p = {0};
        ia_axis_profile_params params = copper_params(1);
        ia_result result = {0};
        strcpy(params.axis, axes[k]);
        CHECK_OK(NULL, compute(NULL, &c, &params, &p));
        CHECK_OK(NULL, ia_axis_profile_tables(NULL, &p, &result));
        const ia_table *table = ia_result_find(&result, "profile");
        const double *u = ia_table_find(table, "direction")->data;
        const double *r0 = ia_table_find(table, "origin_nm")->data;
        double s = (2.15 - r0[2]) * u[2];
        assert_true(u[2] == (k == 2 ? -1 : 1));
        size_t bin = k == 2 ? 0 : p.n_bins - 1; // Cu at 2.05 and 2.15
        assert_true(s > p.edge[bin] - 1e-6 && s < p.edge[bin + 1] + 1e-6);
        ia_result_clear(&result);
        ia_axis_profile_clear(&p);
        case_clear(&c);
    }
}

static void axis_of_a_region(void **unused)
{
    (void)unused;
    ia_axis_profile_params params = ia_axis_profile_defaults();
    ia_read_params read = ia_read_defaults();
    CHECK_OK(NULL, ia_axis_profile_settle(NULL, &read, &params));
    assert_string_equal(params.axis, "");
    strcpy(read.region, "cylinder:1,2,3,0,5,0,4,10");
    CHECK_OK(NULL, ia_axis_profile_settle(NULL, &read, &params));
    assert_string_equal(params.axis, "0,1,0");
    assert_string_equal(params.origin, "1,2,3");
    params = ia_axis_profile_defaults();
    strcpy(params.axis, "x");
    strcpy(read.region, "box:0,2,0,4,0,6");
    read.flip_x = true;
    CHECK_OK(NULL, ia_axis_profile_settle(NULL, &read, &params));
    assert_string_equal(params.axis, "x");
    assert_string_equal(params.origin, "-1,2,3");
}

static void map_by_hand(void **unused)
{
    (void)unused;
    cluster_case c = make_line();
    c.xyz[0] = 1.5f; // one Fe aside
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    params.map = IA_MAP_XZ;
    params.map_bin = 1;
    CHECK_OK(NULL, compute(NULL, &c, &params, &p));
    assert_int_equal(p.map.n[0], 2);
    assert_int_equal(p.map.n[1], 3);
    static const uint64_t ions[] = {2, 1, 3, 0, 2, 0};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(p.map.ions[i], ions[i]);
    assert_true(fabs(p.map.shares[2].percent - 75) < 1e-12);
    assert_true(isnan(p.map.shares[3].percent));
    ia_result result = {0};
    CHECK_OK(NULL, ia_axis_profile_tables(NULL, &p, &result));
    assert_non_null(ia_result_find(&result, "map_Cu"));
    ia_result_clear(&result);
    ia_axis_profile_clear(&p);
    case_clear(&c);
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = make_line();
    ia_axis_profile p = {0};
    ia_axis_profile_params params = copper_params(1);
    strcpy(params.axis, "q");
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_PARAM, "axis 'q'");
    strcpy(params.axis, "0,0,0");
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_PARAM, "axis '0,0,0'");
    params = copper_params(1);
    strcpy(params.origin, "1,2");
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_PARAM, "origin '1,2'");
    params = copper_params(1);
    strcpy(params.solute, "Ni");
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_EMPTY, "the element Ni");
    params = copper_params(1);
    params.map = IA_MAP_XZ;
    params.map_bin = 1e-3;
    c.xyz[0] = 1e4f;
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_PARAM, "squares");
    params = copper_params(1e-4);
    strcpy(params.axis, "x");
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_PARAM, "at most 1e+06");
    for (size_t i = 0; i < 8; i++)
        c.mass[i] = 5;
    params = copper_params(1);
    CHECK_FAILS(ctx, compute(ctx, &c, &params, &p), IA_ERR_EMPTY, "no ranged ion");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status compute_and_show(ia_ctx *ctx, const cluster_case *c)
{
    ia_axis_profile p = {0};
    ia_result result = {0};
    ia_axis_profile_params params = copper_params(1);
    params.map = IA_MAP_ALONG;
    ia_status st = compute(ctx, c, &params, &p);
    if (st == IA_OK)
        st = ia_axis_profile_tables(ctx, &p, &result);
    ia_result_clear(&result);
    ia_axis_profile_clear(&p);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = make_line();
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, compute_and_show(ctx, &c), (void)0);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// Against the definition: the chance of k or more (or less) of n is half of 5 % at the
// ends of the interval.
static void interval_by_definition(void **unused)
{
    (void)unused;
    double out[2], tail[2] = {0, 0};
    ia_clopper_pearson(3, 20, 0.95, out);
    for (int k = 0; k <= 20; k++) {
        double ways = exp(lgamma(21) - lgamma(k + 1) - lgamma(21 - k));
        if (k >= 3)
            tail[0] += ways * pow(out[0], k) * pow(1 - out[0], 20 - k);
        if (k <= 3)
            tail[1] += ways * pow(out[1], k) * pow(1 - out[1], 20 - k);
    }
    assert_true(fabs(tail[0] - 0.025) < 1e-9 && fabs(tail[1] - 0.025) < 1e-9);
    ia_clopper_pearson(0, 0, 0.95, out);
    assert_true(out[0] == 0 && out[1] == 1);
    // Both ways of computing it meet.
    double few[2], many[2];
    ia_clopper_pearson(5000, 30000, 0.95, few);
    ia_clopper_pearson(5000.001, 30000, 0.95, many);
    for (int i = 0; i < 2; i++)
        assert_true(fabs(few[i] - many[i]) < 2e-3 * (few[1] - few[0]));
    // Few of very many: the Poisson limit, 0.025 = exp(-n p).
    ia_clopper_pearson(0, 1e9, 0.95, out);
    assert_true(fabs(out[1] * 1e9 + log(0.025)) < 1e-4);
    ia_clopper_pearson(4000, 1e9, 0.95, out);
    assert_true(fabs((out[1] - out[0]) * 1e9 / (2 * 1.96 * sqrt(4000)) - 1) < 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(variation_by_hand),
        cmocka_unit_test(variation_is_steady),
        cmocka_unit_test(ladder_by_hand),
        cmocka_unit_test(bins_of_equal_counts),
        cmocka_unit_test(any_axis),
        cmocka_unit_test(directions_are_of_positions),
        cmocka_unit_test(axis_of_a_region),
        cmocka_unit_test(map_by_hand),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(interval_by_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
