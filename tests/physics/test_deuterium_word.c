// tests/physics/test_deuterium_word.c: is it said of H2+ that it may be D+, where that
// changes the composition, and only there?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "range_case.h"

// Whether the composition of iron with these light ions comes with that word.
static bool is_said(const char *molecules, const char *word)
{
    ia_simulate_params p = alloy_params("Fe", molecules, 200000, 5);
    ia_specimen specimen = {0};
    ia_state state = {0};
    ia_chain chain = {0};
    ia_ctx *ctx = ia_ctx_new();

    snprintf(p.ions, sizeof p.ions, "Fe++:0.95 Fe+:0.05");
    CHECK_OK(ctx, ia_specimen_compute(ctx, &p, &specimen));
    state.ions = specimen.ions;
    specimen.ions = (ia_ions){0}; // the state's now
    run_blind(ctx, &chain, &state);
    bool said = is_warned(ctx, word) && is_warned(ctx, "ionatlas hydrogen");
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
    return said;
}

static void deuterium_is_not_silently_hydrogen(void **unused)
{
    (void)unused;
    assert_true(is_said("H+:0.015 2H+:0.006", "may be D+"));
    assert_true(
        is_said("H+:0.015 H2+:0.006", "may be D+")); // no instrument parts the two
}

static void a_little_of_it_is_not_worth_a_word(void **unused)
{
    (void)unused;
    assert_false(is_said("H+:0.015", "may be D+"));
    assert_false(is_said("H+:0.015 H2+:0.0006", "may be D+"));
}

// Measured without any deuterium: 0.15 H2+ for each H+ of CoCrNi, 0.26 of sapphire.
static void what_hydrogen_alone_gives_is_no_reason(void **unused)
{
    (void)unused;
    assert_false(is_said("H+:0.015 H2+:0.0035", "may be D+"));
    assert_true(is_said("H+:0.015 2H+:0.0035 2H2+:0.001", "may be D+"));
}

// One hydrogen comes more easily than two.
static void more_of_two_hydrogens_than_of_one_may_be_deuterium(void **unused)
{
    (void)unused;
    assert_true(is_said("H+:0.015 FeH2++:0.02", "one D instead of two H"));
    assert_false(is_said("H+:0.015 FeH++:0.03 FeH2++:0.01", "one D instead of two H"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deuterium_is_not_silently_hydrogen),
        cmocka_unit_test(more_of_two_hydrogens_than_of_one_may_be_deuterium),
        cmocka_unit_test(a_little_of_it_is_not_worth_a_word),
        cmocka_unit_test(what_hydrogen_alone_gives_is_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
