// tests/unit/test_nxs_ranges.c: ranges in NeXus NXapm of other programs and of ours.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"
#include "io/formats_internal.h"

#define PLAIN "nxapm/plain.h5"

static const malformed refused[] = {
    {"nxapm/bound_is_nan.h5", IA_ERR_FORMAT,
     "range 1: a bound of the range of Fe+ is not finite"},
    {"nxapm/bounds_are_texts.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/mass_to_charge_range is not a "
     "number, a list or a table of numbers"},
    {"nxapm/charge_is_a_fraction.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/charge_state: 0.5 is no charge "
     "state"},
    {"nxapm/charge_is_a_text.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/charge_state is not a number, "
     "a list or a table of numbers"},
    {"nxapm/charge_is_negative.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/charge_state: -1 is no charge "
     "state"},
    {"nxapm/cut_off.h5", IA_ERR_FORMAT,
     "is no sound HDF5 file: truncated file: eof = 900, sblock->base_addr = 0, "
     "stored_eof = 1711"},
    {"nxapm/different_ions_overlap.h5", IA_ERR_FORMAT,
     "range 1 and range 2: Fe+ 55.5-56.5 Da and O+ 56-57 Da overlap; ranges of different "
     "ions must not"},
    {"nxapm/empty_range.h5", IA_ERR_FORMAT,
     "range 1: the range of Fe+ is empty: it begins and ends at 55.5 Da"},
    {"nxapm/hash_too_long.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/nuclide_hash has 2000 x 1 "
     "values, 1024 were expected at most"},
    {"nxapm/huge_chunk.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/mass_to_charge_range is stored "
     "in chunks far larger than its values"},
    {"nxapm/no_ranges.h5", IA_ERR_EMPTY, "there is no range in this file"},
    {"nxapm/no_such_element.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/nuclide_hash: Z = 200 with 0 "
     "nucleons is no nuclide"},
    {"nxapm/no_such_nuclide.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/nuclide_hash: Z = 26 with 226 "
     "nucleons is no nuclide"},
    {"nxapm/nothing.h5", IA_ERR_FORMAT,
     "has no ranges of NXapm: no group with a mass_to_charge_range"},
    {"nxapm/only_unranged.h5", IA_ERR_EMPTY, "there is no range in this file"},
    {"nxapm/reversed.h5", IA_ERR_FORMAT,
     "range 1: the range of Fe+ is reversed: 56.5 Da to 55.5 Da"},
    {"nxapm/three_bounds.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/ranging/peak_identification/ion1/mass_to_charge_range is not a "
     "table of two bounds for each range"},
    {"nxapm/too_many_ranges.h5", IA_ERR_FORMAT, "has more than 1000000 ranges"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

static ia_ranges read_good(ia_ctx *ctx, const char *file)
{
    char path[1024];
    ia_ranges r = {0};

    if (ia_ranges_read(ctx, format_path(file, path), &r) != IA_OK)
        fail_msg("%s", ia_ctx_message(ctx));
    return r;
}

static void ranges_are_read(void **state)
{
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ranges r = read_good(ctx, PLAIN);
    assert_string_equal(r.format, "nxapm");
    assert_int_equal(r.n_ions_written, 9); // ion0 is "unranged"
    assert_int_equal(r.n_ranges, 10);
    assert_range(&r, 0, "Fe+", 55.75, 56.25);
    assert_range(&r, 1, "Fe+", 57, 57.5);
    assert_range(&r, 2, "FeO+", 71.75, 72.25);
    assert_range(&r, 3, "29Si++", 14.25, 14.75);
    assert_range(&r, 4, "1H2+", 2, 2.25); // the list tells 1H from H
    assert_range(&r, 5, "noise", 80, 81);
    assert_range(&r, 6, "ion11", 82, 83); // its name is of variable length
    // Candidates of several isotopes and charges: the element, the charge inferred.
    assert_int_equal(ia_ion_count(ion_at(&r, 7), 20), 1);
    assert_int_equal(ion_at(&r, 7)->parts[0].a, 0);
    assert_int_equal(ia_ion_count(ion_at(&r, 8), 30), 1); // an old hash, Z alone
    assert_range(&r, 9, "ion14", 40, 41);                 // rows of no values
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void the_first_of_several_is_taken(void **state)
{
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ranges r = read_good(ctx, "nxapm/two_entries.h5");
    assert_int_equal(r.n_ranges, 1);
    assert_range(&r, 0, "Fe+", 55.5, 56.5);
    assert_true(is_warned(ctx, "the ranges in /entry1/atom_probe/ranging/"
                               "peak_identification are taken; those in other groups are "
                               "not"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void soft_links_are_followed(void **state)
{
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ranges r = read_good(ctx, "nxapm/soft_links.h5");
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "Fe+", 55, 56);
    assert_range(&r, 1, "Fe+", 57, 58);
    assert_range(&r, 2, "Fe+", 59, 60);
    assert_true(is_warned(ctx, "/ion4 is a link that leads nowhere"));
    assert_true(is_warned(ctx, "/ion5 is a link to another file, which is not followed"));
    assert_false(is_warned(ctx, "/values"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

// More ranges than are read at once, all packed together.
static void many_ranges_are_read(void **state)
{
    (void)state;
    ia_ranges r = read_good(NULL, "nxapm/many_ranges.h5");
    assert_int_equal(r.n_ranges, 70000);
    for (size_t i = 0; i < r.n_ranges; i++)
        assert_range(&r, i, "Fe+", 2 * (double)i, 2 * (double)i + 1);
    ia_ranges_clear(&r);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user;
    (void)done;
    return strcmp(stage, "reading") != 0;
}

static void reading_can_be_cancelled(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    char path[1024];
    ia_ranges r = {0};

    (void)state;
    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(ia_ranges_read(ctx, format_path("nxapm/many_ranges.h5", path), &r),
                     IA_CANCELLED);
    assert_null(r.ranges);
    ia_ctx_free(ctx);
}

static void a_file_of_ranges_alone_is_no_file_of_ions(void **state)
{
    char path[1024];
    ia_source source = {0};

    (void)state;
    assert_int_equal(ia_source_open(NULL, format_path(PLAIN, path), &source), IA_OK);
    assert_true(ia_source_is_ranges(&source));
    ia_source_clear(&source);
    assert_int_equal(ia_nxs_ranges_sniff((const unsigned char *)"no HDF5", 7), 0);
}

static void memory_may_run_out(void **state)
{
    char path[1024];
    ia_status st = IA_ERR_MEMORY;

    (void)state;
    format_path(PLAIN, path);
    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ranges r = {0};
        ia_ctx_fail_alloc(ctx, k);
        st = ia_ranges_read(ctx, path, &r);
        assert_true(st == IA_OK || (st == IA_ERR_MEMORY && k < 10000 && !r.ions));
        assert_true(st == IA_OK || ia_ctx_message(ctx)[0] != '\0');
        assert_true(st == IA_ERR_MEMORY || k > 3);
        ia_ranges_clear(&r);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(the_first_of_several_is_taken),
        cmocka_unit_test(soft_links_are_followed),
        cmocka_unit_test(many_ranges_are_read),
        cmocka_unit_test(reading_can_be_cancelled),
        cmocka_unit_test(a_file_of_ranges_alone_is_no_file_of_ions),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
