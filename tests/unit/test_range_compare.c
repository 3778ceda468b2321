// tests/unit/test_range_compare.c: two rangings side by side, and what that moves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

// Four ions at 10 Da, one at 10.2, two at 20.
static const float masses[] = {10, 10, 10, 10, 10.2f, 20, 20};
enum { N_IONS = sizeof masses / sizeof *masses };

static ia_range_comparison compare(const ranging_case *a, const ranging_case *b,
                                   bool with_ions)
{
    ia_range_comparison c = {0};
    ia_ions ions = ions_of(masses, N_IONS);
    assert_int_equal(ia_range_compare_compute(NULL, &a->ranges, &b->ranges,
                                              with_ions ? &ions : NULL, NULL, &c),
                     IA_OK);
    return c;
}

static void the_same_ranges_do_not_differ(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"B+", 9.9, 10.1, 0}, {"Ne+", 19.9, 20.1, 0});
    SET_CASE(&b, {"11B+", 9.9, 10.1, 0}, {"Ne", 19.9, 20.1, 0}); // less, or more, is told
    ia_range_comparison c = compare(&a, &b, true);
    assert_int_equal(c.n, 0);
    assert_int_equal(c.n_same, 2);
    assert_true(c.n_moved == 0);
    for (size_t i = 0; i < c.n_elements; i++)
        assert_true(c.raw[i].difference == 0 && c.raw[i].sigma_difference == 0);
    ia_range_comparison_clear(&c);
}

static void every_kind_of_difference_has_its_row(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"H+", 1, 1.1, 0}, {"B+", 9.9, 10.1, 0}, {"Ne+", 19.9, 20.1, 0});
    SET_CASE(&b, {"B+", 9.9, 10.3, 0}, {"Ca++", 19.9, 20.1, 0}, {"Si++", 27.9, 28.1, 0});
    ia_range_comparison c = compare(&a, &b, true);
    static const ia_range_change changes[] = {IA_RANGE_ONLY_A, IA_RANGE_MOVED,
                                              IA_RANGE_RENAMED, IA_RANGE_ONLY_B};
    static const double counts[4][3] = {{0, 0, 0}, {4, 5, 4}, {2, 2, 2}, {0, 0, 0}};
    assert_int_equal(c.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(c.list[i].change, changes[i]);
        assert_true(c.list[i].counts_a == counts[i][0] &&
                    c.list[i].counts_b == counts[i][1] &&
                    c.list[i].counts_shared == counts[i][2]);
    }
    assert_string_equal(c.list[0].ion_a, "H+");
    assert_string_equal(c.list[0].ion_b, "");
    assert_true(isnan(c.list[0].lo_b) && c.list[1].hi_b == 10.3);
    assert_true(c.n_moved == 3); // one ion gained, two renamed
    ia_range_comparison_clear(&c);
}

// Deuterium is no hydrogen, as in compositions: what one calls H2+ and the other D+ moves
// from the one to the other.
static void deuterium_has_a_row_of_its_own(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"H2+", 9.9, 10.1, 0}, {"Ne+", 19.9, 20.1, 0});
    SET_CASE(&b, {"D+", 9.9, 10.1, 0}, {"Ne+", 19.9, 20.1, 0});
    ia_range_comparison c = compare(&a, &b, true);
    assert_int_equal(c.n_elements, 3);
    static const struct {
        const char *name;
        double a, b;
    } rows[] = {{"H", 80, 0}, {"Ne", 20, 100 / 3.0}, {"2H", 0, 200 / 3.0}};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(c.raw[i].name, rows[i].name);
        assert_near(c.raw[i].percent_a, rows[i].a, 1e-9);
        assert_near(c.raw[i].percent_b, rows[i].b, 1e-9);
    }
    ia_range_comparison_clear(&c);
}

static void a_range_cut_in_two_is_two_rows(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"B+", 9.9, 10.3, 0});
    SET_CASE(&b, {"B+", 9.9, 10.1, 0}, {"C+", 10.15, 10.3, 0});
    ia_range_comparison c = compare(&a, &b, true);
    assert_int_equal(c.n, 2);
    assert_int_equal(c.list[0].change, IA_RANGE_MOVED);
    assert_int_equal(c.list[1].change, IA_RANGE_RENAMED);
    assert_true(c.list[1].counts_shared == 1);
    ia_range_comparison_clear(&c);
}

static void without_ions_ranges_alone_are_compared(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"B+", 9.9, 10.1, 0});
    SET_CASE(&b, {"B+", 9.9, 10.2, 0});
    ia_range_comparison c = compare(&a, &b, false);
    assert_int_equal(c.n, 1);
    assert_true(isnan(c.list[0].counts_a) && isnan(c.n_moved));
    assert_int_equal(c.n_elements, 0);
    ia_range_comparison_clear(&c);
}

// A: 4 B of 6 ions. B: 5 B of 7. The difference comes from the one ion at 10.2 Da: by
// hand, d = (4 + n)/(6 + n) - 4/6, so that its variance is what one Poisson ion and the
// other six give at first order.
static void the_error_is_that_of_what_differs(void **state)
{
    (void)state;
    ranging_case a, b;
    SET_CASE(&a, {"B+", 9.9, 10.1, 0}, {"Ne+", 19.9, 20.1, 0});
    SET_CASE(&b, {"B+", 9.9, 10.3, 0}, {"Ne+", 19.9, 20.1, 0});
    ia_range_comparison c = compare(&a, &b, true);
    assert_int_equal(c.n_elements, 2);
    const ia_range_shift *boron = &c.raw[0];
    double x = 4.0 / 6, y = 5.0 / 7;
    double slope_b = (1 - y) / 7 - (1 - x) / 6, slope_new = (1 - y) / 7;
    double slope_ne = -y / 7 + x / 6;
    double sigma =
        sqrt(4 * slope_b * slope_b + slope_new * slope_new + 2 * slope_ne * slope_ne);
    assert_string_equal(boron->name, "B");
    assert_near(boron->percent_a, 100 * x, 1e-9);
    assert_near(boron->percent_b, 100 * y, 1e-9);
    assert_near(boron->sigma_a, 100 * sqrt(x * (1 - x) / 6), 1e-9);
    assert_near(boron->difference, 100 * (y - x), 1e-9);
    assert_near(boron->sigma_difference, 100 * sigma, 1e-9);
    // Far below what two independent measurements would have.
    assert_true(boron->sigma_difference < 0.5 * hypot(boron->sigma_a, boron->sigma_b));
    assert_true(isnan(c.corrected[0].percent_a)); // no spectrum, no background
    ia_range_comparison_clear(&c);
}

static void tables_name_their_units(void **state)
{
    (void)state;
    ranging_case a, b;
    ia_result result = {0};
    SET_CASE(&a, {"B+", 9.9, 10.1, 0});
    SET_CASE(&b, {"B+", 9.9, 10.2, 0}, {"Ne+", 19.9, 20.1, 0});
    ia_range_comparison c = compare(&a, &b, true);
    ia_ctx *ctx = ia_ctx_new();
    CHECK_STARVED(
        ctx, (ia_result_clear(&result), ia_range_comparison_tables(ctx, &c, &result)),
        assert_int_equal(result.n, 3));
    const ia_table *changes = ia_result_find(&result, "changes");
    const ia_table *shifts = ia_result_find(&result, "composition_change");
    assert_int_equal(changes->n_rows, 2);
    assert_non_null(ia_table_find(changes, "lo_a_da"));
    assert_string_equal(((char **)ia_table_find(changes, "change")->data)[1], "only_b");
    assert_non_null(ia_table_find(shifts, "sigma_difference_at_percent"));
    assert_non_null(ia_table_find(shifts, "difference_net_at_percent"));
    ia_result_clear(&result);
    ia_range_comparison_clear(&c);
    ia_ctx_free(ctx);
}

static void overlapping_ions_are_refused(void **state)
{
    (void)state;
    ranging_case a, b;
    ia_ctx *ctx = ia_ctx_new();
    ia_range_comparison c = {.n_same = 7};
    SET_CASE(&a, {"B+", 9.9, 10.1, 0}, {"C+", 10, 10.2, 0});
    SET_CASE(&b, {"B+", 9.9, 10.1, 0});
    CHECK_FAILS(ctx, ia_range_compare_compute(ctx, &a.ranges, &b.ranges, NULL, NULL, &c),
                IA_ERR_PARAM, "overlap at 10 Da");
    assert_int_equal(c.n_same, 7);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ranging_case a, b;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = ions_of(masses, N_IONS);
    ia_spectrum spectrum = {0};
    ia_range_comparison c = {0};
    SET_CASE(&a, {"B+", 9.9, 10.1, 0});
    SET_CASE(&b, {"B+", 9.9, 10.2, 0}, {"Ne+", 19.9, 20.1, 0});
    CHECK_OK(ctx, ia_spectrum_compute(ctx, &ions, NULL, &spectrum));
    CHECK_STARVED(
        ctx, ia_range_compare_compute(ctx, &a.ranges, &b.ranges, &ions, &spectrum, &c),
        assert_int_equal(c.n, 2));
    ia_range_comparison_clear(&c);
    ia_spectrum_clear(&spectrum);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_ranges_do_not_differ),
        cmocka_unit_test(every_kind_of_difference_has_its_row),
        cmocka_unit_test(deuterium_has_a_row_of_its_own),
        cmocka_unit_test(a_range_cut_in_two_is_two_rows),
        cmocka_unit_test(without_ions_ranges_alone_are_compared),
        cmocka_unit_test(the_error_is_that_of_what_differs),
        cmocka_unit_test(tables_name_their_units),
        cmocka_unit_test(overlapping_ions_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
