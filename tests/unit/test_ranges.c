// tests/unit/test_ranges.c: collecting ranges, the rules for overlaps and inferred
// charges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

static void add(ia_ranges *ranges, const char *formula, double lo, double hi)
{
    ia_ion ion = ia_ion_of(formula);
    ia_range range = {.lo = lo, .hi = hi};

    assert_int_equal(ia_ranges_add_ion(NULL, ranges, &ion, &range.ion), IA_OK);
    assert_int_equal(ia_ranges_add(NULL, ranges, &range), IA_OK);
}

// Both ranges are refused with this sentence, in either order.
static void assert_clash(const char *a, double a_lo, double a_hi, const char *b,
                         double b_lo, double b_hi)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    add(&r, a, a_lo, a_hi);
    add(&r, b, b_lo, b_hi);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "range 1 and range 2: "));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void equal_ions_are_kept_once(void **state)
{
    ia_ranges r = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        add(&r, "FeO+", 71.8, 72.1);
        add(&r, i % 2 ? "OFe+" : "59", 71.8, 72.1);
    }
    assert_int_equal(r.n_ions, 2);
    assert_int_equal(r.n_ranges, 200);
    assert_true(r.ranges[199].lo == 71.8);
    ia_ranges_clear(&r);
    assert_null(r.ions);
    ia_ranges_clear(&r);
}

static void different_ions_must_not_overlap(void **state)
{
    (void)state;
    assert_clash("Fe", 55, 57, "Cr", 56, 58);
    assert_clash("Cr", 56, 58, "Fe", 55, 57);
    assert_clash("Fe", 50, 60, "Cr", 52, 53);
    assert_clash("Fe", 55, 57, "Cr", 55, 57);
    assert_clash("Fe++", 55, 57, "Fe+", 56, 58);
    assert_clash("56Fe+", 55, 57, "Fe+", 56, 58);
    assert_clash("59", 58, 60, "Co", 58.9, 59);
    assert_clash("59", 58, 60, "60", 59, 61);
}

static void touching_ranges_do_not_overlap(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    add(&r, "Fe", 55, 56);
    add(&r, "Cr", 56, 57);
    add(&r, "Mn", 54, 55);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void a_far_reaching_range_is_not_forgotten(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    add(&r, "Fe", 10, 90);
    add(&r, "Fe", 20, 30);
    add(&r, "Fe", 35, 36);
    add(&r, "Cr", 40, 50);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_ERR_FORMAT);
    assert_string_equal(
        ia_ctx_message(ctx),
        "range 1 and range 4: Fe 10-90 Da and Cr 40-50 Da overlap; ranges of "
        "different ions must not");
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

// A range without charge takes that of one with which it overlaps, but not of two.
static void overlapping_ranges_share_their_charge(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    add(&r, "Fe", 1, 2);
    add(&r, "Fe+++", 1.5, 3);
    add(&r, "Fe", 2.5, 4);
    assert_int_equal(ia_ranges_check(NULL, &r), IA_OK);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(ion_at(&r, i)->name, "Fe+++");
    add(&r, "Fe+", 3.5, 5);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_ERR_FORMAT);
    ia_ranges_clear(&r);

    r = (ia_ranges){0};
    add(&r, "Fe", 0, 10);
    add(&r, "Fe+", 1, 2);
    add(&r, "Fe++", 4, 6);
    ia_ctx_reset(ctx);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_ERR_FORMAT);
    assert_non_null(
        strstr(ia_ctx_message(ctx), "range 2 and range 3: Fe+ 1-2 Da and Fe++ 4-6"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void charges_are_inferred_and_given_ones_kept(void **state)
{
    ia_ranges r = {0};

    (void)state;
    add(&r, "Fe", 55.8, 56.1);
    add(&r, "Fe", 27.9, 28.1);
    add(&r, "Fe+++", 40, 41);
    add(&r, "Fe", 10, 11);
    assert_int_equal(ia_ranges_check(NULL, &r), IA_OK);
    assert_string_equal(ion_at(&r, 0)->name, "Fe+");
    assert_string_equal(ion_at(&r, 1)->name, "Fe++");
    assert_string_equal(ion_at(&r, 2)->name, "Fe+++");
    assert_string_equal(ion_at(&r, 3)->name, "Fe");
    assert_string_equal(r.ions[0].name, "Fe"); // as listed
    assert_int_equal(ia_ranges_check(NULL, &r), IA_OK);
    assert_int_equal(r.n_ions, 4);
    ia_ranges_clear(&r);
}

static void assert_bad_bounds(double lo, double hi, const char *sentence)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    add(&r, "Fe", lo, hi);
    assert_int_equal(ia_ranges_check(ctx, &r), IA_ERR_FORMAT);
    assert_string_equal(ia_ctx_message(ctx), sentence);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void bounds_must_be_finite_and_in_order(void **state)
{
    (void)state;
    assert_bad_bounds(2, 1, "range 1: the range of Fe is reversed: 2 Da to 1 Da");
    assert_bad_bounds(2, 2,
                      "range 1: the range of Fe is empty: it begins and ends at 2 Da");
    assert_bad_bounds(NAN, 2, "range 1: a bound of the range of Fe is not finite");
    assert_bad_bounds(1, INFINITY, "range 1: a bound of the range of Fe is not finite");
    assert_bad_bounds(-INFINITY, 1, "range 1: a bound of the range of Fe is not finite");
}

static void no_ranges_are_no_mistake(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(ia_ranges_check(NULL, &r), IA_OK);
}

static void many_labels_make_one_short_warning(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};
    char name[32];

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "label %d", i);
        add(&r, name, i, i + 0.5);
    }
    assert_int_equal(ia_ranges_check(ctx, &r), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_true(is_warned(ctx, "label 0, label 1, "));
    assert_true(is_warned(ctx, "...; ions in their ranges"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void formulas_of_too_much_are_told_with_the_limit(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    add(&r, "HHeLiBeBCNOF", 1, 2);
    add(&r, "C60", 3, 4);
    add(&r, "1Fe", 5, 6);  // no such nuclide
    add(&r, "Best", 7, 8); // Be and s t
    assert_int_equal(ia_ranges_check(ctx, &r), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 2);
    assert_true(is_warned(ctx, "ions of more than 8 elements or isotopes or more than 32 "
                               "atoms: HHeLiBeBCNOF, C60; ions in their ranges"));
    assert_true(is_warned(ctx, "no chemical formulas: 1Fe, Best; ions in their ranges"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void short_memory_is_survived(void **state)
{
    ia_status st = IA_ERR_MEMORY;

    (void)state;
    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ranges r = {0};
        for (int i = 0; i < 16; i++)
            add(&r, i % 2 ? "Fe" : "59", i, i + 0.5);
        add(&r, "Fe", 55.8, 56.1);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_ranges_check(ctx, &r);
        assert_true(st == IA_ERR_MEMORY ? r.n_ranges == 17 : k > 2);
        ia_ranges_clear(&r);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ions_are_kept_once),
        cmocka_unit_test(different_ions_must_not_overlap),
        cmocka_unit_test(touching_ranges_do_not_overlap),
        cmocka_unit_test(a_far_reaching_range_is_not_forgotten),
        cmocka_unit_test(overlapping_ranges_share_their_charge),
        cmocka_unit_test(charges_are_inferred_and_given_ones_kept),
        cmocka_unit_test(bounds_must_be_finite_and_in_order),
        cmocka_unit_test(no_ranges_are_no_mistake),
        cmocka_unit_test(many_labels_make_one_short_warning),
        cmocka_unit_test(formulas_of_too_much_are_told_with_the_limit),
        cmocka_unit_test(short_memory_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
