// tests/unit/test_autorange.c: the rules for the bounds of ranges, each against its own
// definition, and the comparison between them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

#include "spectrum/range_rules.h"

// A simulated alloy, identified.
typedef struct {
    ia_ctx *ctx;
    ia_spectrum spectrum;
    ia_identification id;
    ia_autorange_input input;
} alloy;

static int begin(void **state)
{
    alloy *a = calloc(1, sizeof *a);
    a->ctx = ia_ctx_new();
    a->spectrum = alloy_spectrum("Al Cu:0.02 Zn:0.01", "H+:0.004", 100000, 1);
    *state = a;
    if (ia_identify_compute(NULL, &a->spectrum, NULL, NULL, &a->id) != IA_OK)
        return -1;
    a->input = (ia_autorange_input){&a->spectrum, &a->id.background, &a->id.peaks,
                                    &a->id.assignment, NULL};
    return 0;
}

static int end(void **state)
{
    alloy *a = *state;
    ia_identification_clear(&a->id);
    ia_spectrum_clear(&a->spectrum);
    ia_ctx_free(a->ctx);
    free(a);
    return 0;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_autorange_params p = ia_autorange_defaults();
    assert_int_equal(p.rule, IA_RULE_VARIANCE);
    assert_true(p.tau == 1 && p.range_width == 0.2 && p.multiple == 2);
    assert_true(p.error_ratio == 1); // the usual equal error rate
}

static void rules_are_called_what_the_option_calls_them(void **state)
{
    (void)state;
    const ia_field *field = ia_method_find(&ia_autorange_method, "rule");
    for (int r = 0; r < IA_RULES; r++) {
        ia_autorange_params p;
        assert_int_equal(ia_field_read(NULL, field, ia_rule_name((ia_rule)r), &p), IA_OK);
        assert_int_equal(p.rule, r);
    }
}

static ia_autoranges ranges_by(alloy *a, ia_rule rule)
{
    ia_autorange_params p = ia_autorange_defaults();
    ia_autoranges ranges = {.evidence = NULL};
    p.rule = (int)rule;
    assert_int_equal(ia_autorange_compute(a->ctx, &a->input, &p, &ranges), IA_OK);
    return ranges;
}

// The range of that mass.
static const ia_range *range_at(const ia_autoranges *r, double mass)
{
    for (size_t i = 0; i < r->ranges.n_ranges; i++)
        if (mass >= r->ranges.ranges[i].lo && mass < r->ranges.ranges[i].hi)
            return &r->ranges.ranges[i];
    fail_msg("no range at %g Da", mass);
    return NULL;
}

static void every_rule_ranges_the_same_ions_apart(void **state)
{
    alloy *a = *state;
    for (int rule = 0; rule < IA_RULES; rule++) {
        ia_autoranges r = ranges_by(a, (ia_rule)rule);
        ia_ranger ranger = {0};
        assert_int_equal(r.ranges.n_ranges, a->id.ranges.n_ranges);
        assert_int_equal(ia_ranger_build(a->ctx, &r.ranges, &ranger), IA_OK);
        assert_int_equal(ranger.n, r.ranges.n_ranges); // nothing was merged
        ia_ranger_clear(&ranger);
        ia_autoranges_clear(&r);
    }
}

static void widths_nest(void **state)
{
    alloy *a = *state;
    ia_autoranges half = ranges_by(a, IA_RULE_FWHM), tenth = ranges_by(a, IA_RULE_FW10),
                  hundredth = ranges_by(a, IA_RULE_FW100);
    const ia_range *x = range_at(&half, 26.98), *y = range_at(&tenth, 26.98),
                   *z = range_at(&hundredth, 26.98);
    assert_true(z->lo < y->lo && y->lo < x->lo && x->hi < y->hi && y->hi < z->hi);
    assert_true(x->inside < y->inside && y->inside < z->inside && z->inside < 1);
    // Simulated with m/dm = 700 at 28 Da, where the full width at half maximum is 0.04
    // Da; learnt from bins of 0.01 Da, so to a bin.
    assert_true(fabs((x->hi - x->lo) - 0.04 * sqrt(26.98 / 28)) < 0.01);
    ia_autoranges_clear(&half);
    ia_autoranges_clear(&tenth);
    ia_autoranges_clear(&hundredth);
}

static void a_fixed_width_is_that_wide(void **state)
{
    alloy *a = *state;
    ia_autoranges r = ranges_by(a, IA_RULE_FIXED);
    const ia_range *x = range_at(&r, 26.98);
    assert_true(fabs(x->hi - x->lo - 0.2) < 1e-12);
    ia_autoranges_clear(&r);
}

// A peak of the parametric shape, learnt from nothing, on a level of its own.
typedef struct {
    ia_spectrum spectrum;
    ia_counts counts;
    ia_peak_shape shape;
    ia_rule_peak peak;
} lone_peak;

static void set_peak(lone_peak *p, double signal, double left, double right)
{
    static uint64_t counts[6000];
    ia_peaks none = {.widths = {.width = 0.02, .power = 0.5, .bin = 0.01}};

    *p = (lone_peak){.spectrum = {.bin = 0.01, .n_bins = 6000, .counts = counts}};
    assert_int_equal(ia_counts_build(NULL, &p->spectrum, NULL, &p->counts), IA_OK);
    assert_int_equal(
        ia_peak_shape_compute(NULL, &p->spectrum, NULL, &none, NULL, &p->shape), IA_OK);
    p->peak = (ia_rule_peak){.counts = &p->counts,
                             .shape = &p->shape,
                             .mass = 28,
                             .width = 0.02,
                             .floor = 27.5,
                             .ceiling = 28.9,
                             .signal = signal,
                             .level = {left, right}};
}

static void clear_peak(lone_peak *p)
{
    ia_counts_clear(&p->counts);
    ia_peak_shape_clear(&p->shape);
}

static double share(const lone_peak *p, double lo, double hi)
{
    return ia_peak_shape_share(&p->shape, 28, lo, hi);
}

static void equal_error_misses_what_it_lets_in(void **state)
{
    (void)state;
    static const double ratios[] = {0.5, 1, 2};
    ia_autorange_params params = ia_autorange_defaults();
    double before = INFINITY;
    lone_peak p;

    set_peak(&p, 10000, 500, 800);
    params.rule = IA_RULE_EQUAL_ERROR;
    for (size_t i = 0; i < 3; i++) {
        double lo = 28, hi = 28;
        params.error_ratio = ratios[i];
        ia_rule_bounds(&p.peak, &params, &lo, &hi);
        double missed[2] = {10000 * share(&p, 0, lo), 10000 * share(&p, hi, 100)};
        double let_in[2] = {500 * (28 - lo), 800 * (hi - 28)};
        for (int side = 0; side < 2; side++)
            assert_true(fabs(missed[side] - ratios[i] * let_in[side]) <
                        1e-6 * missed[side]);
        assert_true(hi - lo < before); // more purity, narrower
        before = hi - lo;
    }
    clear_peak(&p);
}

static double merit(const lone_peak *p, double lo, double hi)
{
    double s = p->peak.signal * share(p, lo, hi);
    double b = p->peak.level[0] * (28 - lo) + p->peak.level[1] * (hi - 28);
    return s * s / (s + 2 * b);
}

static void no_other_bounds_have_less_variance(void **state)
{
    (void)state;
    ia_autorange_params params = ia_autorange_defaults();
    static const double signals[] = {30, 1000, 1e6};
    lone_peak p;

    for (size_t i = 0; i < 3; i++) {
        double lo = 28, hi = 28, best = 0;
        set_peak(&p, signals[i], 2000, 3000);
        ia_rule_bounds(&p.peak, &params, &lo, &hi);
        for (double a = 27.6; a < 28; a += 0.001)
            for (double b = 28.001; b < 28.8; b += 0.001)
                best = fmax(best, merit(&p, a, b));
        // The bounds are edges of cells, a tenth of a width apart near the top.
        assert_true(merit(&p, lo, hi) > 0.999 * best);
        clear_peak(&p);
    }
}

static void a_multiple_of_the_background_is_where_the_peak_has_fallen_to_it(void **state)
{
    (void)state;
    ia_autorange_params params = ia_autorange_defaults();
    double lo = 28, hi = 28;
    lone_peak p;

    set_peak(&p, 10000, 1000, 1000);
    params.rule = IA_RULE_MULTIPLE;
    params.multiple = 3;
    ia_rule_bounds(&p.peak, &params, &lo, &hi);
    for (int side = 0; side < 2; side++) {
        double at = side == 0 ? lo : hi;
        double density = 10000 * ia_peak_shape_density(&p.shape, 28, at);
        assert_true(density > 0.7 * 2000 && density < 1.4 * 2000); // cells are coarse
    }
    clear_peak(&p);
}

static void bounds_stay_where_they_may(void **state)
{
    (void)state;
    ia_autorange_params params = ia_autorange_defaults();
    lone_peak p;

    for (int rule = 0; rule < IA_RULES; rule++) {
        double lo = 27.99, hi = 28.01;
        set_peak(&p, 1000, 0, 0); // without a background some go as far as they can
        p.peak.floor = 27.985;
        p.peak.ceiling = 28.015;
        params.rule = rule;
        ia_rule_bounds(&p.peak, &params, &lo, &hi);
        assert_true(lo >= 27.985 && lo < 28 && hi > 28 && hi <= 28.015);
        clear_peak(&p);
    }
}

static double percent(const ia_composition *c, const char *symbol)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (strcmp(c->elements[i].name, symbol) == 0)
            return c->elements[i].corrected_percent;
    return NAN;
}

static void the_rules_are_compared(void **state)
{
    alloy *a = *state;
    ia_rule_comparison rules = {.by_rule = {{0}}};
    ia_result result = {0};

    assert_int_equal(ia_rules_compute(a->ctx, &a->input, NULL, &rules), IA_OK);
    // 2 at.% of copper, 2000 ions: within 15 % by the worst of rules.
    for (int r = 0; r < IA_RULES; r++)
        assert_true(fabs(percent(&rules.by_rule[r], "Cu") - 2) < 0.3);
    CHECK_STARVED(a->ctx,
                  (ia_result_clear(&result), ia_rules_tables(a->ctx, &rules, &result)),
                  assert_int_equal(result.n, 2));
    const ia_table *t = ia_result_find(&result, "rules");
    assert_int_equal(t->n_rows, IA_RULES * rules.by_rule[0].n_elements);
    // No overlap is solved: what the composition calls corrected is another figure.
    assert_non_null(ia_table_find(t, "net_at_percent"));
    assert_null(ia_table_find(t, "corrected_at_percent"));
    const ia_table *spread = ia_result_find(&result, "rules_spread");
    assert_int_equal(spread->n_rows, rules.by_rule[0].n_elements);
    const double *least = ia_table_find(spread, "least_at_percent")->data;
    const double *mean = ia_table_find(spread, "mean_at_percent")->data;
    const double *most = ia_table_find(spread, "most_at_percent")->data;
    for (size_t i = 0; i < spread->n_rows; i++)
        assert_true(least[i] <= mean[i] && mean[i] <= most[i]);
    ia_result_clear(&result);
    ia_rule_comparison_clear(&rules);
}

static void the_default_is_what_identify_comes_with(void **state)
{
    alloy *a = *state;
    ia_autoranges r = ranges_by(a, IA_RULE_VARIANCE);
    for (size_t i = 0; i < r.ranges.n_ranges; i++)
        assert_true(r.ranges.ranges[i].lo == a->id.ranges.ranges[i].lo &&
                    r.ranges.ranges[i].hi == a->id.ranges.ranges[i].hi);
    ia_autoranges_clear(&r);
}

static void bad_parameters_are_refused(void **state)
{
    alloy *a = *state;
    ia_autorange_params p = ia_autorange_defaults();
    ia_autoranges r = {.evidence = NULL};
    p.rule = IA_RULES;
    CHECK_FAILS(a->ctx, ia_autorange_compute(a->ctx, &a->input, &p, &r), IA_ERR_PARAM,
                "rule must be one of");
    p = ia_autorange_defaults();
    p.multiple = 1;
    CHECK_FAILS(a->ctx, ia_autorange_compute(a->ctx, &a->input, &p, &r), IA_ERR_PARAM,
                "multiple");
    assert_null(r.evidence);
}

static void short_memory_leaks_nothing(void **state)
{
    alloy *a = *state;
    ia_autoranges r = {.evidence = NULL};
    ia_rule_comparison rules = {.by_rule = {{0}}};
    CHECK_STARVED(a->ctx, ia_autorange_compute(a->ctx, &a->input, NULL, &r),
                  assert_non_null(r.evidence));
    CHECK_STARVED(a->ctx, ia_rules_compute(a->ctx, &a->input, NULL, &rules),
                  assert_int_equal(rules.by_rule[0].n_elements, 4));
    ia_rule_comparison_clear(&rules);
    ia_autoranges_clear(&r);
}

int main(void)
{
#define ALLOY_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(rules_are_called_what_the_option_calls_them),
        ALLOY_TEST(every_rule_ranges_the_same_ions_apart),
        ALLOY_TEST(widths_nest),
        ALLOY_TEST(a_fixed_width_is_that_wide),
        cmocka_unit_test(equal_error_misses_what_it_lets_in),
        cmocka_unit_test(no_other_bounds_have_less_variance),
        cmocka_unit_test(a_multiple_of_the_background_is_where_the_peak_has_fallen_to_it),
        cmocka_unit_test(bounds_stay_where_they_may),
        ALLOY_TEST(the_rules_are_compared),
        ALLOY_TEST(the_default_is_what_identify_comes_with),
        ALLOY_TEST(bad_parameters_are_refused),
        ALLOY_TEST(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
