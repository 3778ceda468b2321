// tests/unit/test_charge_states.c: counts made from a field give it back.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

static ia_charge_curve curve_of(const char *symbol)
{
    ia_charge_curve curve = {0};
    unsigned z = ia_element_find(symbol, strlen(symbol));
    assert_int_equal(ia_charge_curve_build(NULL, z, NULL, &curve), IA_OK);
    return curve;
}

// Ions of this charge among n of the element.
static uint64_t ions_at(const char *symbol, unsigned charge, double field, double n)
{
    ia_charge_curve curve = curve_of(symbol);
    uint64_t ions = (uint64_t)llround(n * ia_charge_share(&curve, charge, field));
    ia_charge_curve_clear(&curve);
    return ions;
}

static ia_charge_states ask(const ranging_case *c, const ia_charge_states_params *p)
{
    ia_charge_states states = {0};
    ia_charge_states_input input = {&c->ranges, &c->ranger, &c->counts, NULL};
    assert_int_equal(ia_charge_states_compute(NULL, &input, p, &states), IA_OK);
    return states;
}

static const ia_charge_state *state_of(const ia_charge_states *s, const char *symbol)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->elements[i].z == ia_element_find(symbol, strlen(symbol)))
            return &s->elements[i];
    fail_msg("no %s", symbol);
    return NULL;
}

static void a_field_comes_back(void **state)
{
    (void)state;
    ranging_case c;
    // Two ranges of one kind are added; a molecule and a label count for nothing.
    SET_CASE(&c, {"Al++", 13, 14, ions_at("Al", 2, 24, 1e6)}, {"AlO++", 21, 22, 5000},
             {"Al+", 26.5, 26.9, ions_at("Al", 1, 24, 6e5)},
             {"Al+", 26.9, 27.5, ions_at("Al", 1, 24, 4e5)}, {"noise", 90, 91, 10});
    ia_charge_states states = ask(&c, NULL);

    assert_int_equal(states.n, 1);
    const ia_charge_state *al = state_of(&states, "Al");
    assert_near(al->field, 24, 0.01); // the curve is straight between steps of 0.25 V/nm
    assert_true(al->interval[0] < al->field && al->field < al->interval[1]);
    assert_true(al->interval[1] - al->interval[0] < 0.02);
    assert_true(isnan(al->p) && !al->is_other);
    assert_near(states.field, al->field, 1e-9);
    assert_near(states.sigma, 0.25 * al->field, 0.01);
    assert_true(states.degrees == 0 && isnan(states.p));
    ia_charge_states_clear(&states);
}

static void shares_at_one_field_are_those_of_the_curve(void **state)
{
    (void)state;
    double share[IA_CHARGES], sum = 0;
    ia_charge_curve curve = curve_of("Fe");
    assert_true(ia_charge_shares(26, NULL, 32, share)); // a field of the curve
    for (unsigned c = 1; c <= IA_CHARGES; c++) {
        sum += share[c - 1];
        assert_near(share[c - 1], ia_charge_share(&curve, c, 32), 1e-9);
    }
    assert_near(sum, 1, 1e-9);
    assert_false(ia_charge_shares(69, NULL, 32, share)); // its energies are not known
    assert_false(ia_charge_shares(26, NULL, NAN, share));
    ia_charge_curve_clear(&curve);
}

static void elements_agree_or_are_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case c;
    SET_CASE(&c, {"Al++", 13, 14, ions_at("Al", 2, 24, 1e5)},
             {"Si++", 14, 15, ions_at("Si", 2, 19, 1e5)},
             {"Al+", 26.5, 27.2, ions_at("Al", 1, 24, 1e5)},
             {"Si+", 27.7, 28.3, ions_at("Si", 1, 19, 1e5)},
             {"Ni++", 28.8, 29.2, ions_at("Ni", 2, 23, 1e5)},
             {"Ni+", 57.5, 58.5, ions_at("Ni", 1, 23, 1e5)});
    ia_charge_states states = ask(&c, NULL);
    assert_int_equal(states.n_used, 3);
    // 24, 19 and 23 V/nm, each to a quarter: no further apart than the model may err.
    assert_true(states.p > 0.1 && states.field > 19 && states.field < 24);
    for (size_t i = 0; i < 3; i++)
        assert_false(states.elements[i].is_other);
    ia_charge_states_clear(&states);
    // Ti+++ and Ti++++ in equal parts want 69 V/nm. C++ and C+ want 40, but carbon is
    // bound.
    SET_CASE(&c, {"C++", 5.9, 6.1, 5000}, {"C+", 11.9, 12.1, 5000},
             {"Ti++++", 12.1, 12.3, 5000}, {"Al++", 13, 14, ions_at("Al", 2, 23, 1e5)},
             {"Si++", 14, 15, ions_at("Si", 2, 19, 1e5)}, {"Ti+++", 15.9, 16.1, 5000},
             {"Al+", 26.5, 27.2, ions_at("Al", 1, 23, 1e5)},
             {"Si+", 27.7, 28.3, ions_at("Si", 1, 19, 1e5)});
    ia_charge_states_input input = {&c.ranges, &c.ranger, &c.counts, NULL};
    CHECK_OK(ctx, ia_charge_states_compute(ctx, &input, NULL, &states));
    assert_true(state_of(&states, "Ti")->is_other);
    assert_false(state_of(&states, "C")->is_other);
    assert_near(state_of(&states, "C")->field, 40, 1);
    assert_true(isnan(state_of(&states, "C")->deviation));
    assert_false(state_of(&states, "Al")->is_other);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "Ti speak"));
    assert_int_equal(states.n_used, 2);
    assert_true(states.field > 19 && states.field < 23);
    ia_charge_states_clear(&states);
    ia_ctx_free(ctx);
}

static void three_charges_are_asked_for_one_field(void **state)
{
    (void)state;
    ranging_case c;
    const double field = 45;
    SET_CASE(&c, {"W++++", 45, 47, ions_at("W", 4, field, 1e8)},
             {"W+++", 60, 63, ions_at("W", 3, field, 1e8)},
             {"W++", 90, 94, 1 + ions_at("W", 2, field, 1e8)});
    ia_charge_states states = ask(&c, NULL);
    // At this field there is no W++ to speak of: two charges, one field.
    assert_near(state_of(&states, "W")->field, field, 0.02);
    ia_charge_states_clear(&states);
    // As many W++ as W+++ fit no field at which there is W++++.
    SET_CASE(&c, {"W++++", 45, 47, 1000}, {"W+++", 60, 63, 5000}, {"W++", 90, 94, 5000});
    states = ask(&c, NULL);
    assert_true(state_of(&states, "W")->degrees == 1);
    assert_true(state_of(&states, "W")->p < 1e-6);
    ia_charge_states_clear(&states);
}

static void what_is_not_known_has_no_field(void **state)
{
    (void)state;
    ranging_case c;
    // Tm is not in the table; H has no second electron; Fe has one charge; P+++ is 1 ion.
    SET_CASE(&c, {"H+", 0.9, 1.1, 400}, {"P+++", 10.2, 10.5, 1}, {"P++", 15.4, 15.6, 400},
             {"Fe++", 27.5, 28.5, 9000}, {"Tm+++", 56, 56.5, 500}, {"Tm++", 84, 85, 500});
    ia_charge_states states = ask(&c, NULL);
    assert_int_equal(states.n, 1);
    assert_true(isnan(state_of(&states, "Tm")->field));
    assert_int_equal(states.n_used, 0);
    assert_true(isnan(states.field));
    ia_result result = {0};
    assert_int_equal(ia_charge_states_tables(NULL, &states, &result), IA_OK);
    assert_int_equal(ia_result_find(&result, "charge_states")->n_rows, 1);
    ia_result_clear(&result);
    ia_charge_states_clear(&states);
}

static void background_is_taken_off(void **state)
{
    (void)state;
    ranging_case c;
    const ia_background b = {.a = 1000, .sigma_a = 1};
    SET_CASE(&c, {"Al++", 12.25, 16, 1000}, {"Al+", 25, 30.25, 2000});
    ia_charge_states_input input = {&c.ranges, &c.ranger, &c.counts, &b};
    ia_charge_states states = {0};
    assert_int_equal(ia_charge_states_compute(NULL, &input, NULL, &states), IA_OK);
    assert_int_equal(states.n, 0); // Al++ is all background: 2 x 1000 x (4 - 3.5)
    ia_charge_states_clear(&states);
}

// The 95 % interval holds the field in 95 of 100 draws: 380 of 400, and 366 to 394 in all
// but one case in a thousand.
static void intervals_hold_the_field(void **state)
{
    (void)state;
    ranging_case c;
    ia_random random = ia_random_new(1, 0);
    ia_charge_curve curve = curve_of("Al");
    size_t held = 0;
    double share = ia_charge_share(&curve, 2, 24);
    for (size_t i = 0; i < 400; i++) {
        uint64_t n = 0;
        for (size_t k = 0; k < 500; k++)
            n += ia_random_uniform(&random) < share;
        SET_CASE(&c, {"Al++", 13, 14, n}, {"Al+", 26.5, 27.5, 500 - n});
        ia_charge_states states = ask(&c, NULL);
        const ia_charge_state *al = state_of(&states, "Al");
        held += al->interval[0] <= 24 && 24 <= al->interval[1];
        ia_charge_states_clear(&states);
    }
    if (getenv("IONATLAS_VERBOSE"))
        print_message("%zu of 400 intervals\n", held);
    assert_in_range(held, 366, 394);
    ia_charge_curve_clear(&curve);
}

static void maps_are_of_cells(void **state)
{
    (void)state;
    ia_charge_curve curve = curve_of("Al");
    const uint64_t lower[] = {100, 0, 300, 50}, upper[] = {100, 50, 30, 0};
    const ia_charge_counts counts = {lower, upper, 4};
    double field[4], sigma[4];
    ia_charge_field_map(&curve, 1, &counts, field, sigma);
    assert_near(field[0], ia_charge_field(&curve, 1, 1), 1e-12);
    assert_near(field[2], ia_charge_field(&curve, 1, 0.1), 1e-12);
    assert_true(isnan(field[1]) && isnan(field[3]) && isnan(sigma[1]));
    // One standard deviation of the logarithm of the ratio.
    double up = ia_charge_field(&curve, 1, exp(sqrt(2 / 100.0)));
    assert_near(sigma[0], up - field[0], 0.05 * sigma[0]);
    assert_true(isnan(ia_charge_field(&curve, 9, 1)) &&
                isnan(ia_charge_field(&curve, 1, 0)));
    assert_true(isnan(ia_charge_share(&curve, 1, 1)) &&
                isnan(ia_charge_share(&curve, 0, 30)));
    ia_charge_curve_clear(&curve);
}

static void bad_parameters_and_short_memory_are_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case c;
    ia_charge_states_params p = ia_charge_states_defaults();
    ia_charge_states states = {.n = 7};
    ia_charge_curve curve = {.n = 7};
    ia_result result = {0};
    SET_CASE(&c, {"Al++", 13, 14, 500}, {"Al+", 26.5, 27.5, 500});
    ia_charge_states_input input = {&c.ranges, &c.ranger, &c.counts, NULL};
    p.tip_radius = 0;
    CHECK_FAILS(ctx, ia_charge_states_compute(ctx, &input, &p, &states), IA_ERR_PARAM,
                "tip_radius");
    CHECK_FAILS(ctx, ia_charge_curve_build(ctx, 26, &p, &curve), IA_ERR_PARAM,
                "tip_radius");
    CHECK_FAILS(ctx, ia_charge_curve_build(ctx, 69, NULL, &curve), IA_ERR_UNSUPPORTED,
                "Tm: its ionization energies");
    CHECK_FAILS(ctx, ia_charge_curve_build(ctx, 0, NULL, &curve), IA_ERR_UNSUPPORTED,
                "no element");
    assert_true(states.n == 7 && curve.n == 7);
    CHECK_STARVED(ctx, ia_charge_states_compute(ctx, &input, NULL, &states), (void)0);
    CHECK_STARVED(
        ctx, (ia_result_clear(&result), ia_charge_states_tables(ctx, &states, &result)),
        ia_result_clear(&result));
    ia_charge_states_clear(&states);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_comes_back),
        cmocka_unit_test(shares_at_one_field_are_those_of_the_curve),
        cmocka_unit_test(elements_agree_or_are_told),
        cmocka_unit_test(three_charges_are_asked_for_one_field),
        cmocka_unit_test(what_is_not_known_has_no_field),
        cmocka_unit_test(background_is_taken_off),
        cmocka_unit_test(intervals_hold_the_field),
        cmocka_unit_test(maps_are_of_cells),
        cmocka_unit_test(bad_parameters_and_short_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
