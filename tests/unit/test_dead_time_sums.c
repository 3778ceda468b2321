// tests/unit/test_dead_time_sums.c: lost ions against sums by hand, and what is told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hits_case.h"

static hits_case c;

// n pulses of two ions, the second r mm from the first.
static void add_pairs(size_t n, double a, double b, double r)
{
    for (size_t i = 0; i < n; i++) {
        ADD_EVENT(&c, a, b);
        c.hit[2 * (c.n - 1)] = (float)r;
    }
}

// 300 pairs of iron far apart on the detector and none near; of iron and oxygen 300 far
// apart and 200 near: two thirds of 300 pairs of iron are missing.
static void make_case(ranging_case *r)
{
    SET_CASE(r, {"O+", 15.8, 16.3, 500}, {"Fe++", 26.8, 27.2, 60},
             {"Fe++", 27.8, 28.3, 1100});
    c.n = 0;
    add_pairs(300, 27.967, 27.967, 20);
    add_pairs(300, 27.967, 15.995, 20);
    add_pairs(200, 15.995, 27.967, 1.2);
}

static ia_dead_time ask(const ranging_case *r, const ia_dead_time_params *p)
{
    ia_dead_time dead = {0};
    ia_multiples m = gather(&c);
    ia_dead_time_input input = {&m, &r->ranges, &r->ranger, &r->counts, NULL, NULL};
    assert_int_equal(ia_dead_time_compute(NULL, &input, p, &dead), IA_OK);
    ia_multiples_clear(&m);
    return dead;
}

static void missing_pairs_are_counted(void **state)
{
    (void)state;
    ranging_case r;
    make_case(&r);
    ia_dead_time dead = ask(&r, NULL);

    assert_true(dead.is_known && dead.is_significant && dead.is_applied);
    assert_true(dead.shortest == 0 && dead.blind == 0);
    assert_near(dead.time, 0.5, 1e-12);
    assert_near(dead.radius, 1.5, 1e-12);
    assert_int_equal(dead.times[0].pairs, 0);
    assert_near(dead.times[0].expected, 200, 1e-9);
    assert_near(dead.radii[2].expected, 200, 1e-9);
    const ia_dead_loss *fe = &dead.kinds[1];
    assert_int_equal(fe->counts, 1160);
    assert_int_equal(fe->far, 300);
    assert_near(fe->lost, 200, 1e-9);
    // Counts of the 300 and of what came, and the error of 200 / 300.
    double variance = 200 + 200 * 2 / 3.0 + 200 * 200 * (1 / 200.0 + 1 / 300.0);
    assert_near(fe->sigma_lost, sqrt(variance), 1e-9);
    assert_near(dead.kinds[0].lost, 0, 1e-12);
    assert_near(dead.lost, 200, 1e-9);
    // Both isotopes of iron by nature: 5.845 and 91.754 of 97.599 %.
    assert_int_equal(dead.n_isotopes, 2);
    assert_near(dead.isotopes[1].natural, 91.754 / 97.599, 1e-4);
    assert_near(dead.isotopes[1].raw, 1100 / 1160.0, 1e-12);
    assert_near(dead.isotopes[1].corrected, 1300 / 1360.0, 1e-12);
    assert_true(dead.degrees == 1);
    ia_dead_time_clear(&dead);
}

static void lost_ions_go_to_the_counts(void **state)
{
    (void)state;
    ranging_case r;
    make_case(&r);
    ia_dead_time dead = ask(&r, NULL);
    assert_int_equal(ia_dead_time_apply(NULL, &dead, &r.counts), IA_OK);
    assert_near(r.counts.lost[2], 200, 1e-9);
    assert_near(r.counts.lost[1], 0, 1e-12);
    assert_near(r.counts.sigma_lost[2], dead.kinds[1].sigma_lost, 1e-9);
    dead.is_applied = false; // and are taken away again
    assert_int_equal(ia_dead_time_apply(NULL, &dead, &r.counts), IA_OK);
    assert_null(r.counts.lost);
    assert_null(r.counts.sigma_lost);
    ia_dead_time_clear(&dead);
}

static void who_does_not_want_it_is_heard(void **state)
{
    (void)state;
    ranging_case r;
    ia_dead_time_params p = ia_dead_time_defaults();
    make_case(&r);
    p.dead_time = IA_DEAD_OFF;
    ia_dead_time dead = ask(&r, &p);
    assert_true(dead.is_significant && !dead.is_applied);
    assert_string_equal(dead.reason, "not asked for");
    ia_dead_time_clear(&dead);
    // Isotopes that are right as recorded speak against the loss, unless it is asked for.
    r.found[1] = 60000;
    r.found[2] = 950000;
    c.n = 0;
    add_pairs(30000, 27.967, 27.967, 20);
    add_pairs(30000, 27.967, 15.995, 20);
    add_pairs(20000, 15.995, 27.967, 1.2);
    p.dead_time = IA_DEAD_AUTO;
    dead = ask(&r, &p);
    assert_true(dead.is_significant && !dead.is_applied);
    assert_non_null(strstr(dead.reason, "isotope"));
    ia_dead_time_clear(&dead);
    p.dead_time = IA_DEAD_ON;
    dead = ask(&r, &p);
    assert_true(dead.is_applied);
    ia_dead_time_clear(&dead);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case r;
    ia_dead_time dead = {0};
    make_case(&r);
    ia_ions whole = hits_ions(&c), ions = whole;
    ia_multiples m = {0};
    ia_dead_time_input input = {&m, &r.ranges, &r.ranger, &r.counts, NULL, NULL};
    static const struct {
        ia_column_id id;
        const char *reason;
    } missing[] = {{IA_TOF, "times of flight"}, {IA_DET_XY, "detector positions"}};
    for (size_t i = 0; i < 2; i++) {
        ia_result result = {0};
        ions = whole;
        ions.columns[missing[i].id] = (ia_column){0};
        CHECK_OK(ctx, ia_multiples_gather(ctx, &ions, 32, &m));
        CHECK_OK(ctx, ia_dead_time_compute(ctx, &input, NULL, &dead));
        assert_false(dead.is_known);
        assert_non_null(strstr(dead.reason, missing[i].reason));
        CHECK_OK(ctx, ia_dead_time_tables(ctx, &dead, &r.ranges, &result));
        assert_int_equal(result.n, 1);
        ia_result_clear(&result);
        ia_multiples_clear(&m);
        ia_dead_time_clear(&dead);
    }
    c.n = 0;
    ADD_EVENT(&c, 28);
    m = gather(&c);
    CHECK_OK(ctx, ia_dead_time_compute(ctx, &input, NULL, &dead));
    assert_non_null(strstr(dead.reason, "no two ions"));
    ia_dead_time_params p = ia_dead_time_defaults();
    p.t_far = 0;
    dead.lost = 7;
    CHECK_FAILS(ctx, ia_dead_time_compute(ctx, &input, &p, &dead), IA_ERR_PARAM, "t_far");
    assert_true(dead.lost == 7);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case r;
    ia_dead_time dead = {0};
    ia_result result = {0};
    make_case(&r);
    ia_multiples m = gather(&c);
    ia_dead_time_input input = {&m, &r.ranges, &r.ranger, &r.counts, NULL, NULL};
    CHECK_STARVED(ctx, ia_dead_time_compute(ctx, &input, NULL, &dead), (void)0);
    CHECK_STARVED(ctx, ia_dead_time_apply(ctx, &dead, &r.counts), (void)0);
    CHECK_STARVED(
        ctx,
        (ia_result_clear(&result), ia_dead_time_tables(ctx, &dead, &r.ranges, &result)),
        (void)0);
    assert_non_null(ia_result_find(&result, "losses"));
    assert_int_equal(ia_result_find(&result, "isotopes")->n_rows, 2);
    free(r.counts.lost);
    free(r.counts.sigma_lost);
    ia_result_clear(&result);
    ia_dead_time_clear(&dead);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_pairs_are_counted),
        cmocka_unit_test(lost_ions_go_to_the_counts),
        cmocka_unit_test(who_does_not_want_it_is_heard),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
