// tests/unit/test_tails.c: late ions of peaks by hand, and whose they are.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/background_parts.h"

enum {
    BINS = 10000, // of 0.01 Da: to 100 Da
    SLOWEST = 11  // decay
};

// Two peaks, the second a tenth of the first.
static ia_peak list[] = {
    {.mass = 25, .width = 0.02, .lo = 24.98, .hi = 25.03, .counts = 8000},
    {.mass = 36, .width = 0.02, .lo = 35.98, .hi = 36.03, .counts = 800},
};
static const ia_peaks peaks = {list, 2, {.width = 0.02, .power = 0.5, .bin = 0.01}, 0, 0};

static ia_tails tails_of(ia_ctx *ctx)
{
    static uint64_t counts[BINS];
    const ia_spectrum s = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    ia_tails tails = {0};
    assert_int_equal(ia_tails_build(ctx, &s, &peaks, NULL, &tails), IA_OK);
    return tails;
}

static void decays_are_those_stated(void **state)
{
    (void)state;
    ia_tails t = tails_of(NULL);

    assert_int_equal(t.n, 2);
    assert_near(t.list[0].ions, 10000, 1e-9); // four fifths lie in the window
    for (size_t k = 0; k < IA_DECAYS; k++) {
        double x = (sqrt(30) - 5) / t.decays[k].scale;
        double y = (sqrt(31) - 5) / t.decays[k].scale;
        double share = t.decays[k].order == 1 ? exp(-x) - exp(-y)
                                              : (1 + x) * exp(-x) - (1 + y) * exp(-y);
        assert_near(ia_tail_of(&t, 0, k, 30, 31), 10000 * share, 1e-9);
        assert_near(ia_tail_of(&t, 0, k, 20, 1e12), 10000, 1e-3);
        assert_true(ia_tail_of(&t, 1, k, 30, 31) == 0); // no ion comes early
        assert_near(ia_tails_of(&t, k, 40, 41),
                    ia_tail_of(&t, 0, k, 40, 41) + ia_tail_of(&t, 1, k, 40, 41), 1e-9);
    }
    // From two widths to a third of the spectrum, in Da^1/2.
    assert_near(t.decays[0].scale, 2 * 0.02 / (2 * sqrt(28)), 1e-12);
    assert_near(t.decays[SLOWEST].scale, 10.0 / 3, 1e-9);
    ia_tails_clear(&t);
}

static void a_tail_is_no_background_of_its_own_range(void **state)
{
    (void)state;
    ia_tails t = tails_of(NULL);

    assert_true(ia_tails_beside(&t, SLOWEST, 24.5, 26) == 0);
    assert_near(ia_tails_beside(&t, SLOWEST, 35.5, 37),
                ia_tail_of(&t, 0, SLOWEST, 35.5, 37), 1e-12);
    // Nor is the core of a neighbour, which other methods share out.
    double from = 25 + ia_core_right * 0.02;
    assert_near(ia_tails_beside(&t, SLOWEST, 25.01, 25.5),
                ia_tail_of(&t, 0, SLOWEST, from, 25.5), 1e-12);
    ia_tails_clear(&t);
}

// A background with level 100 and one decay, put together by hand.
static ia_background background_by_hand(void)
{
    ia_background b = {.a = 100, .model = IA_BACKGROUND_FLAT, .dispersion = 1};
    b.parts = calloc(1, sizeof *b.parts);
    assert_non_null(b.parts);
    b.parts->tails = tails_of(NULL);
    b.parts->tails.weight[SLOWEST] = 0.1;
    ia_reach *reach = &b.parts->reach; // the level is known to 2, the weights surely
    reach->n = 1 + IA_DECAYS;
    reach->information[0] = 1.0 / 4;
    reach->theta[0] = 100;
    reach->theta[1 + SLOWEST] = 0.1;
    reach->most[0] = INFINITY;
    return b;
}

static void counts_add_level_and_tails(void **state)
{
    (void)state;
    ia_background b = background_by_hand();
    double flat = 100 * 2 * (sqrt(37) - sqrt(35.5));
    double late = 0.1 * ia_tail_of(&b.parts->tails, 0, SLOWEST, 35.5, 37);

    assert_near(ia_background_counts(&b, 35.5, 37), flat + late, 1e-9);
    assert_near(ia_background_tails(&b, 35.5, 37), late, 1e-9);
    assert_near(ia_background_sigma(&b, 35.5, 37), 2 * flat / 100, 2e-3 * flat / 100);
    b.parts->scatter = 0.5;
    assert_near(ia_background_sigma(&b, 35.5, 37),
                hypot(2 * flat / 100, 0.5 * (flat + late)), 1e-3);
    // Behind the core and to the end of the spectrum.
    double all = 0.1 * (ia_tail_of(&b.parts->tails, 0, SLOWEST, 25.12, 100) +
                        ia_tail_of(&b.parts->tails, 1, SLOWEST, 36.12, 100));
    assert_near(ia_background_tail_share(&b), all / 11000, 1e-9);
    ia_background_clear(&b);
    assert_null(b.parts);
    ia_background_clear(&b);
}

static void the_table_tells_whose_late_ions_are_where(void **state)
{
    (void)state;
    ia_background b = background_by_hand();
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    ranging_case c;
    SET_CASE(&c, {"Mg+", 24.5, 26, 0}, {"Cl+", 35.5, 37, 0});

    CHECK_STARVED(ctx,
                  (ia_result_clear(&result),
                   ia_background_tails_table(ctx, &b, &c.ranges, &c.ranger, &result)),
                  (void)0);
    const ia_table *t = ia_result_find(&result, "tails");
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(((char **)ia_table_find(t, "ion")->data)[0], "Mg+");
    assert_string_equal(((char **)ia_table_find(t, "ion")->data)[1], "Cl+");
    const double *all = ia_table_find(t, "tail_counts")->data;
    const double *lost = ia_table_find(t, "tail_unranged_counts")->data;
    const double *elsewhere = ia_table_find(t, "tail_elsewhere_counts")->data;
    double own = 0.1 * ia_tail_of(&b.parts->tails, 0, SLOWEST, 25.12, 26);
    double other = 0.1 * ia_tail_of(&b.parts->tails, 0, SLOWEST, 35.5, 37);
    assert_near(elsewhere[0], other, 1e-9);
    assert_near(all[0], 0.1 * ia_tail_of(&b.parts->tails, 0, SLOWEST, 25.12, 100), 1e-9);
    assert_near(lost[0], all[0] - own - other, 1e-9);
    assert_true(elsewhere[1] == 0 && lost[1] > 0);
    ia_result_clear(&result);
    ia_background_clear(&b);
    assert_int_equal(ia_background_tails_table(ctx, &b, NULL, NULL, &result), IA_OK);
    assert_int_equal(result.n, 0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decays_are_those_stated),
        cmocka_unit_test(a_tail_is_no_background_of_its_own_range),
        cmocka_unit_test(counts_add_level_and_tails),
        cmocka_unit_test(the_table_tells_whose_late_ions_are_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
