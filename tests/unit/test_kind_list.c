// tests/unit/test_kind_list.c: elements and nuclides as a person lists them, and what an
// ion has of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "core/kind_list.h"

// Ranges of these ions, with what is enriched; cleared by the caller.
static ia_ranges ranges_of(const char *const *names, size_t n, const char *enriched)
{
    ia_ranges ranges = {0};
    uint32_t index;
    snprintf(ranges.enriched, sizeof ranges.enriched, "%s", enriched);
    for (size_t i = 0; i < n; i++) {
        ia_ion ion = ia_ion_of(names[i]);
        CHECK_OK(NULL, ia_ranges_add_ion(NULL, &ranges, &ion, &index));
    }
    return ranges;
}

static const char *const names[] = {"H+", "HD+", "57Fe++", "Fe+", "FeD2+"};
enum { NAMES = sizeof names / sizeof *names };

static ia_kind_list list_of(const ia_ranges *ranges, const char *text)
{
    ia_kind_list list = {.n = 0};
    CHECK_OK(NULL, ia_kind_list_read(NULL, "solute", text, ranges, &list));
    return list;
}

static unsigned count(const ia_kind_list *list, size_t i, const char *name)
{
    const ia_ion ion = ia_ion_of(name);
    return ia_kind_list_count(list, i, &ion);
}

static void deuterium_is_no_hydrogen(void **unused)
{
    (void)unused;
    ia_ranges ranges = ranges_of(names, NAMES, "");
    const ia_kind_list list = list_of(&ranges, "H, D;2H");
    assert_int_equal(list.n, 2); // D and 2H are one
    assert_int_equal(count(&list, 0, "HD+"), 1);
    assert_int_equal(count(&list, 0, "D+"), 0);
    assert_int_equal(count(&list, 1, "FeD2+"), 2);
    assert_int_equal(count(&list, 1, "H2+"), 0);
    ia_ranges_clear(&ranges);
}

// A nuclide that nothing is enriched in is counted by its name, and in its element.
static void a_named_nuclide_is_apart_where_it_is_enriched(void **unused)
{
    (void)unused;
    ia_ranges plain = ranges_of(names, NAMES, ""), rich = ranges_of(names, NAMES, "57Fe");
    const ia_ion ion = ia_ion_of("57FeFe+");
    const ia_kind_list one = list_of(&plain, "Fe,57Fe"),
                       other = list_of(&rich, "Fe,57Fe");
    assert_int_equal(ia_kind_list_count(&one, 0, &ion), 2);
    assert_int_equal(ia_kind_list_count(&one, 1, &ion), 1);
    assert_int_equal(ia_kind_list_count(&other, 0, &ion), 1);
    assert_int_equal(ia_kind_list_count(&other, 1, &ion), 1);
    assert_int_equal(ia_kind_list_sum(&one, &ion), 2); // each atom once
    assert_int_equal(ia_kind_list_sum(&other, &ion), 2);
    ia_ranges_clear(&plain);
    ia_ranges_clear(&rich);
}

// All kinds of the ranges part every ion into atoms.
static void all_kinds_make_the_whole(void **unused)
{
    (void)unused;
    ia_ranges ranges = ranges_of(names, NAMES, "57Fe");
    const ia_kind_list all = ia_kind_list_all(&ranges);
    assert_int_equal(all.n, 4); // H, 2H, Fe, 57Fe
    for (size_t k = 0; k < ranges.n_ions; k++) {
        unsigned atoms = 0;
        for (size_t i = 0; i < all.n; i++)
            atoms += ia_kind_list_count(&all, i, &ranges.ions[k]);
        assert_int_equal(atoms, ia_ion_atoms(&ranges.ions[k]));
    }
    ia_ranges_clear(&ranges);
}

static void a_tally_names_what_is_apart(void **unused)
{
    (void)unused;
    ia_nuclide_list own = {.n = 0};
    const ia_ion ion = ia_ion_of("57FeFeHD+"), label = ia_ion_of("Noise");
    char text[64];
    ia_atom_kind_tally(&own, &ion, text, sizeof text);
    assert_string_equal(text, "Fe:2 H:1 2H:1");
    CHECK_OK(NULL, ia_nuclide_list_read(NULL, "enriched", "57Fe", &own));
    ia_atom_kind_tally(&own, &ion, text, sizeof text);
    assert_string_equal(text, "Fe:1 57Fe:1 H:1 2H:1");
    ia_atom_kind_tally(&own, &ion, text, 6); // cut, not beyond
    assert_string_equal(text, "Fe:1 ");
    ia_atom_kind_tally(&own, &label, text, sizeof text);
    assert_string_equal(text, "");
}

static void what_names_nothing_is_refused(void **unused)
{
    static const char *const bad[] = {"Xx", "fe", "5D", "D2", "D+", "Fe,300Fe", "FeO"};
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges ranges = ranges_of(names, NAMES, "");
    ia_kind_list list = {.n = 7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ctx, ia_kind_list_read(ctx, "solute", bad[i], &ranges, &list),
                    IA_ERR_PARAM, "is no element and no nuclide; write");
    CHECK_FAILS(ctx, ia_kind_list_read(ctx, "solute", "Cu,", &ranges, &list),
                IA_ERR_PARAM, "an element is missing beside a comma");
    assert_int_equal(list.n, 7);
    list = list_of(&ranges, "Fe,3H");
    CHECK_FAILS(ctx, ia_kind_list_check(ctx, "solute", &list, &ranges), IA_ERR_PARAM,
                "solute: no range holds the nuclide 3H");
    ia_ranges_clear(&ranges);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deuterium_is_no_hydrogen),
        cmocka_unit_test(a_named_nuclide_is_apart_where_it_is_enriched),
        cmocka_unit_test(all_kinds_make_the_whole),
        cmocka_unit_test(a_tally_names_what_is_apart),
        cmocka_unit_test(what_names_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
