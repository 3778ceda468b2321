// tests/physics/test_enriched_word.c: is it said where isotopes are not those of nature,
// and only there?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "range_case.h"

// Whether the composition of an alloy with these ions comes with that word.
static bool is_said(const char *composition, const char *ions)
{
    ia_simulate_params p = alloy_params(composition, ions, 200000, 5);
    ia_specimen specimen = {0};
    ia_state state = {0};
    ia_chain chain = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_specimen_compute(ctx, &p, &specimen));
    state.ions = specimen.ions;
    specimen.ions = (ia_ions){0}; // the state's now
    run_blind(ctx, &chain, &state);
    bool said = is_warned(ctx, "enriched");
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
    return said;
}

// Silicon implanted with boron of 96 % 10B, as it is sold: of nature are 20 %.
static void an_enriched_isotope_is_named(void **unused)
{
    (void)unused;
    assert_true(is_said("Si", "10B+:0.02 11B+:0.0008 10B++:0.02 11B++:0.0008 H+:0.01"));
}

static void isotopes_of_nature_are_not(void **unused)
{
    (void)unused;
    assert_false(is_said("Si", "B+:0.02 B++:0.02 H+:0.01"));
    assert_false(is_said("Fe Cr:0.2 Mo:0.02", "H+:0.01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enriched_isotope_is_named),
        cmocka_unit_test(isotopes_of_nature_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
