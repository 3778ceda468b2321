// tests/unit/test_element_list.c: elements as a person lists them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "core/element_list.h"

static void assert_list(const char *text, size_t n, const unsigned *z)
{
    ia_element_list list = {0};
    assert_int_equal(ia_element_list_read(NULL, "solute", text, &list), IA_OK);
    assert_int_equal(list.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list.z[i], z[i]);
}

static void symbols_stand_between_commas_or_blanks(void **unused)
{
    static const unsigned copper_iron[] = {29, 26};
    (void)unused;
    assert_list("Cu", 1, copper_iron);
    assert_list("Cu,Fe", 2, copper_iron);
    assert_list(" Cu , Fe ", 2, copper_iron);
    assert_list("Cu;Fe", 2, copper_iron);
    assert_list("Cu  Fe", 2, copper_iron);
    assert_list("Cu,Fe,Cu", 2, copper_iron);
}

static void a_list_may_be_empty(void **unused)
{
    (void)unused;
    assert_list("", 0, NULL);
    assert_list(" \t", 0, NULL);
}

static void every_element_fits(void **unused)
{
    (void)unused;
    char text[4 * IA_Z_MAX] = "";
    unsigned all[IA_Z_MAX];
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", z > 1 ? "," : "",
                 ia_element_of(z)->symbol);
        all[z - 1] = z;
    }
    assert_list(text, IA_Z_MAX, all);
}

static void commas_without_elements_are_refused(void **unused)
{
    static const char *const lists[] = {",",    ";",      ",Cu",     "Cu,",
                                        "Cu, ", "Cu,,Mn", "Cu ,; Mn"};
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_element_list list = {.n = 7};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        CHECK_FAILS(ctx, ia_element_list_read(ctx, "from", lists[i], &list), IA_ERR_PARAM,
                    "from: an element is missing beside a comma of \"");
        assert_int_equal(list.n, 7);
    }
    ia_ctx_free(ctx);
}

static void what_is_no_symbol_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_element_list list = {.n = 7};
    CHECK_FAILS(ctx, ia_element_list_read(ctx, "solute", "Cu,Xx,Fe", &list), IA_ERR_PARAM,
                "solute: \"Xx\" is no element; write \"Fe,C,Mn\"");
    CHECK_FAILS(ctx, ia_element_list_read(ctx, "solute", "fe", &list), IA_ERR_PARAM,
                "\"fe\" is no element");
    assert_int_equal(list.n, 7);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_stand_between_commas_or_blanks),
        cmocka_unit_test(a_list_may_be_empty),
        cmocka_unit_test(every_element_fits),
        cmocka_unit_test(commas_without_elements_are_refused),
        cmocka_unit_test(what_is_no_symbol_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
