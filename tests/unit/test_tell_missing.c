// tests/unit/test_tell_missing.c: is an element that only the limits of detection find
// spoken of, and nothing else?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "project/steps.h"

static ia_limit limit_of(unsigned z, double chance, double upper)
{
    ia_limit limit = {.z = z,
                      .counts = 26,
                      .expected = 0.01,
                      .chance = chance,
                      .upper = upper,
                      .verdict = IA_LIMIT_ABOVE};
    strcpy(limit.name, ia_element_of(z)->symbol);
    return limit;
}

static void check(ia_limit a, ia_limit b, const char *word)
{
    static ia_state state;
    ia_ctx *ctx = ia_ctx_new();
    ia_limit list[] = {a, b};

    memset(&state, 0, sizeof state);
    state.limits = (ia_limits){.list = list, .n = 2};
    ia_tell_missing(ctx, &state);
    assert_int_equal(ia_ctx_n_warnings(ctx), word ? 1 : 0);
    if (word)
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), word));
    ia_ctx_free(ctx);
}

static void the_surest_of_what_matters_is_told(void **state)
{
    ia_limit present = limit_of(46, 1e-70, 4e4);

    (void)state;
    present.verdict = IA_LIMIT_PRESENT;
    check(limit_of(46, 4e-78, 4.5e4), limit_of(48, 7e-11, 1e4), "Pd");
    check(limit_of(46, 7e-11, 4.5e4), limit_of(48, 4e-78, 1e4), "Cd");
    check(limit_of(46, 1e-3, 4.5e4), limit_of(48, 1e-30, 20), NULL);
    check(present, limit_of(48, 1e-30, 4999), NULL);
}

static void what_a_hint_leaves_out_is_told_elsewhere(void **state)
{
    static ia_state s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limit list[] = {limit_of(46, 4e-78, 4.5e4)};

    (void)state;
    s.limits = (ia_limits){.list = list, .n = 1};
    s.identification.assignment.left_out[46] = true;
    ia_tell_missing(ctx, &s);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_surest_of_what_matters_is_told),
        cmocka_unit_test(what_a_hint_leaves_out_is_told_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
