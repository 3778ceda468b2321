// tests/unit/test_range_edit.c: ranges changed by hand, and every edit that is refused.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

static const char file[] = "[Ions]\nNumber=3\nIon1=Fe\nIon2=Cr\nIon3=O\n"
                           "[Ranges]\nNumber=5\n"
                           "Range1=27.9 28.2 Vol:0.01178 Fe:1 Color:FF00FF\n"
                           "Range2=26.9 27.1 Vol:0.01178 Fe:1 Color:FF00FF\n"
                           "Range3=25.9 26.1 Vol:0.012 Cr:1 Color:00FF00\n"
                           "Range4=71.8 72.1 Vol:0 Fe:1 O:1 Color:0000FF\n"
                           "Range5=28.1 28.3 Vol:0.01178 Fe:1 Color:FF00FF\n";

typedef struct {
    ia_ctx *ctx;
    ia_ranges ranges;
    ia_result result;
} editing;

static int begin(void **state)
{
    editing *e = calloc(1, sizeof *e);
    e->ctx = ia_ctx_new();
    *state = e;
    return parse_text(NULL, "rrng", file, &e->ranges) == IA_OK ? 0 : -1;
}

static int end(void **state)
{
    editing *e = *state;
    ia_ranges_clear(&e->ranges);
    ia_result_clear(&e->result);
    ia_ctx_free(e->ctx);
    free(e);
    return 0;
}

static void edit(editing *e, const char *edits)
{
    if (ia_ranges_edit(e->ctx, edits, &e->ranges, &e->result) != IA_OK)
        fail_msg("%s: %s", edits, ia_ctx_message(e->ctx));
}

// Refused with this sentence and without a change.
static void refuse(editing *e, const char *edits, const char *sentence)
{
    char *before = written(NULL, "fig", &e->ranges);
    ia_ctx_reset(e->ctx);
    assert_int_equal(ia_ranges_edit(e->ctx, edits, &e->ranges, &e->result), IA_ERR_PARAM);
    assert_string_equal(ia_ctx_message(e->ctx), sentence);
    assert_int_equal(e->result.n, 0);
    char *after = written(NULL, "fig", &e->ranges);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static const char *cell(const editing *e, const char *column, size_t row)
{
    const ia_table *table = ia_result_find(&e->result, "edits");
    assert_non_null(table);
    return ((char **)ia_table_find(table, column)->data)[row];
}

static void no_edit_changes_nothing(void **state)
{
    editing *e = *state;
    edit(e, "");
    edit(e, " ; \n ;");
    assert_int_equal(e->ranges.n_ranges, 5);
    assert_int_equal(e->result.n, 0);
    assert_range(&e->ranges, 0, "Fe++", 27.9, 28.2); // in the order of the file
}

static void a_range_is_added_with_the_charge_of_its_place(void **state)
{
    editing *e = *state;
    edit(e, "add Fe 55.8 56.1\nadd Co++ 29.4 29.6");
    // The two iron ranges that overlapped are one now.
    assert_int_equal(e->ranges.n_ranges, 6);
    assert_range(&e->ranges, 0, "Cr++", 25.9, 26.1);
    assert_range(&e->ranges, 1, "Fe++", 26.9, 27.1);
    assert_range(&e->ranges, 2, "Fe++", 27.9, 28.3);
    assert_range(&e->ranges, 3, "Co++", 29.4, 29.6);
    assert_range(&e->ranges, 4, "Fe+", 55.8, 56.1);
    assert_range(&e->ranges, 5, "FeO+", 71.8, 72.1);
    assert_string_equal(cell(e, "edit", 0), "add Fe 55.8 56.1");
    assert_string_equal(cell(e, "effect", 1), "added Co++ 29.4-29.6 Da");
}

static void a_range_of_the_same_ion_grows(void **state)
{
    editing *e = *state;
    edit(e, "add Fe++ 27.1 27.9"); // touches two
    assert_int_equal(e->ranges.n_ranges, 3);
    assert_range(&e->ranges, 1, "Fe++", 26.9, 28.3);
    assert_int_equal(e->ranges.ranges[1].colour, 0xFF00FF);
    assert_true(e->ranges.ranges[1].volume == 0.01178);
    assert_string_equal(cell(e, "effect", 0), "grown: Fe++ 26.9-28.3 Da");
}

static void ranges_are_removed_by_mass_ion_or_both(void **state)
{
    editing *e = *state;
    edit(e, "remove 72; remove Cr++@26");
    assert_int_equal(e->ranges.n_ranges, 2);
    edit(e, "remove Fe");
    assert_int_equal(e->ranges.n_ranges, 0);
    assert_int_equal(e->result.n, 2);
}

static void a_range_is_split_and_its_halves_named(void **state)
{
    editing *e = *state;
    edit(e, "split 28.0; split Fe++@27.96 Si Fe++");
    assert_int_equal(e->ranges.n_ranges, 6);
    assert_range(&e->ranges, 2, "Si+", 27.9, 27.96);
    assert_range(&e->ranges, 3, "Fe++", 27.96, 28);
    assert_range(&e->ranges, 4, "Fe++", 28, 28.3);
}

static void a_range_is_renamed_and_moved(void **state)
{
    editing *e = *state;
    edit(e, "rename 72 Ge+; move Ge@72 71.9 72.05; move 28 27.85 28.25");
    assert_range(&e->ranges, 3, "Ge+", 71.9, 72.05);
    assert_range(&e->ranges, 2, "Fe++", 27.85, 28.25);
    assert_string_equal(cell(e, "effect", 0), "FeO+ 71.8-72.1 Da is Ge+ now");
    assert_string_equal(cell(e, "effect", 1), "Ge+ 71.8-72.1 Da is 71.9-72.05 Da now");
}

static void isotopes_may_be_left_out(void **state)
{
    editing *e = *state;
    edit(e, "add 63Cu+ 62.8 63.1; add 65Cu+ 64.8 65.1");
    edit(e, "remove Cu+@63; remove Cu");
    assert_int_equal(e->ranges.n_ranges, 4);
}

static void what_cannot_be_done_is_refused(void **state)
{
    editing *e = *state;
    refuse(e, "drop 28",
           "edit 1 (drop 28): add, remove, split, rename or move was expected");
    refuse(e, "add Fe++ 29 ", "edit 1 (add Fe++ 29): add takes ION LO HI");
    refuse(e, "move 28 27",
           "edit 1 (move 28 27): move takes a mass or ION@MASS, and LO HI");
    refuse(e, "split 28 Fe++",
           "edit 1 (split 28 Fe++): split takes a mass or ION@MASS, and no ion or two");
    refuse(e, "add FE++ 29 30",
           "edit 1 (add FE++ 29 30): 'FE++' is no ion, such as Fe++, FeO+ or 2H+");
    refuse(e, "add Fe++ 29 nan", "edit 1 (add Fe++ 29 nan): 'nan' is no mass in Da");
    refuse(e, "add Fe++ 30 29", "edit 1 (add Fe++ 30 29): 30 Da to 29 Da is reversed");
    refuse(e, "add Fe++ -5 -4",
           "edit 1 (add Fe++ -5 -4): -5 Da to -4 Da: m/n lies between 0 and 100000 Da");
    refuse(
        e, "add Fe++ 30 1e9",
        "edit 1 (add Fe++ 30 1e9): 30 Da to 1000000000 Da: m/n lies between 0 and 100000 "
        "Da");
    refuse(e, "add Fe++ 30 30", "edit 1 (add Fe++ 30 30): 30 Da to 30 Da is empty");
    refuse(e, "remove 29", "edit 1 (remove 29): no range holds 29 Da");
    refuse(e, "remove Au", "edit 1 (remove Au): there is no range of Au");
    refuse(e, "rename Cr++@28 Si+",
           "edit 1 (rename Cr++@28 Si+): the range at 28 Da is that of Fe++, not of "
           "Cr++");
    refuse(e, "split 27.9",
           "edit 1 (split 27.9): the range begins there: nothing lies to the left");
}

static void a_conflict_names_both_and_undoes_all(void **state)
{
    editing *e = *state;
    refuse(e, "remove 72; add Si+ 28.2 28.4",
           "edit 2 (add Si+ 28.2 28.4): Fe++ 27.9-28.3 Da is in the way: move or remove "
           "that range first");
    refuse(e, "move 26 26.5 27",
           "edit 1 (move 26 26.5 27): Fe++ 26.9-27.1 Da is in the way: move or remove "
           "that range first");
    assert_int_equal(e->ranges.n_ranges, 5);
}

static void edited_ranges_survive_every_format(void **state)
{
    editing *e = *state;
    edit(e, "add Co++ 29.4 29.6; split 27.96 Si+ Fe++; remove FeO+; add 12C+ 11.9 12.1");
    assert_round_trip("fig", &e->ranges, 0);
    edit(e, "rename 12 C+"); // isotopes and several charges are not for the others
    assert_round_trip("rrng", &e->ranges, KEEPS_COLOUR | KEEPS_VOLUME);
    assert_round_trip("rng", &e->ranges, 0);
}

static void tables_list_the_ranges(void **state)
{
    editing *e = *state;
    assert_int_equal(ia_ranges_tables(e->ctx, &e->ranges, &e->result), IA_OK);
    const ia_table *t = ia_result_find(&e->result, "ranges");
    assert_int_equal(t->n_rows, 5);
    assert_string_equal(((char **)ia_table_find(t, "elements")->data)[3], "Fe:1 O:1");
    assert_int_equal(((int32_t *)ia_table_find(t, "charge")->data)[0], 2);
}

static void short_memory_changes_nothing(void **state)
{
    editing *e = *state;
    ia_status st = IA_ERR_MEMORY;
    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx_reset(e->ctx);
        ia_ctx_fail_alloc(e->ctx, k);
        st = ia_ranges_edit(e->ctx, "add Co++ 29.4 29.6; split 28 Si+ Fe++", &e->ranges,
                            &e->result);
        assert_true(st == IA_OK || e->ranges.n_ranges == 5);
        assert_true(st == IA_ERR_MEMORY || k > 3);
    }
    assert_int_equal(st, IA_OK);
    assert_int_equal(e->ranges.n_ranges, 6);
}

int main(void)
{
#define EDIT_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        EDIT_TEST(no_edit_changes_nothing),
        EDIT_TEST(a_range_is_added_with_the_charge_of_its_place),
        EDIT_TEST(a_range_of_the_same_ion_grows),
        EDIT_TEST(ranges_are_removed_by_mass_ion_or_both),
        EDIT_TEST(a_range_is_split_and_its_halves_named),
        EDIT_TEST(a_range_is_renamed_and_moved),
        EDIT_TEST(isotopes_may_be_left_out),
        EDIT_TEST(what_cannot_be_done_is_refused),
        EDIT_TEST(a_conflict_names_both_and_undoes_all),
        EDIT_TEST(edited_ranges_survive_every_format),
        EDIT_TEST(tables_list_the_ranges),
        EDIT_TEST(short_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
