// tests/unit/test_erlangen.c: ranges in HDF5 of the Erlangen toolbox.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"
#include "io/formats_internal.h"

#define PLAIN "erlangen/plain.h5"

static const malformed refused[] = {
    {"erlangen/attribute_beyond_message.h5", IA_ERR_FORMAT,
     "attributes of /atomProbeTomography/massToChargeRange/1 are damaged"},
    {"erlangen/begin_is_a_text.h5", IA_ERR_FORMAT,
     "attribute begin of /atomProbeTomography/massToChargeRange/1 is not a number"},
    {"erlangen/begin_is_two_numbers.h5", IA_ERR_FORMAT,
     "attribute begin of /atomProbeTomography/massToChargeRange/1 is not a number"},
    {"erlangen/bound_is_nan.h5", IA_ERR_FORMAT,
     "range 1: a bound of the range of 56Fe++ is not finite"},
    {"erlangen/colour_is_a_text.h5", IA_ERR_FORMAT,
     "attribute color of /atomProbeTomography/massToChargeRange/1 is not a list of "
     "numbers"},
    {"erlangen/cut_off.h5", IA_ERR_FORMAT,
     "is no sound HDF5 file: truncated file: eof = 900, sblock->base_addr = 0, "
     "stored_eof = 1786"},
    {"erlangen/different_ions_overlap.h5", IA_ERR_FORMAT,
     "range 1 and range 2: 56Fe++ 27.9-28.1 Da and 28Si+ 28.05-28.2 Da overlap; ranges "
     "of different ions must not"},
    {"erlangen/empty_range.h5", IA_ERR_FORMAT,
     "range 1: the range of 56Fe++ is empty: it begins and ends at 27.9 Da"},
    {"erlangen/ion_is_a_number.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange/1 is not marked with texts of fixed length"},
    {"erlangen/ion_of_variable_length.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange/1 is not marked with texts of fixed length"},
    {"erlangen/no_begin.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange/1 has no attribute begin"},
    {"erlangen/no_end.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange/1 has no attribute end"},
    {"erlangen/no_ion.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange/1 has no attribute ion"},
    {"erlangen/no_ranges.h5", IA_ERR_EMPTY, "there is no range in this file"},
    {"erlangen/range_in_another_file.h5", IA_ERR_FORMAT,
     "the range /atomProbeTomography/massToChargeRange/1 is a link to another file, or "
     "to nothing, which is not followed"},
    {"erlangen/ranges_are_a_list.h5", IA_ERR_FORMAT,
     "/atomProbeTomography/massToChargeRange cannot be read: not a group"},
    {"erlangen/reversed.h5", IA_ERR_FORMAT,
     "range 1: the range of 56Fe++ is reversed: 28.1 Da to 27.9 Da"},
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
    assert_string_equal(r.format, "erlangen");
    assert_int_equal(r.n_ions_written, 2);
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "56Fe++", 27.9, 28.1);
    assert_range(&r, 1, "57Fe+", 56.9, 57.1);
    assert_range(&r, 2, "16O1H2+", 17.9, 18.1);
    assert_int_equal(r.ranges[0].colour, 0xFF0080);
    assert_int_equal(r.ranges[2].colour, 0);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

// Members 1, 2, ... 10, 11 in that order, not as texts; a label keeps its umlaut.
static void latin1_becomes_utf8(void **state)
{
    (void)state;
    ia_ranges r = read_good(NULL, "erlangen/latin1.h5");
    assert_int_equal(r.n_ranges, 11);
    for (size_t i = 0; i < r.n_ranges; i++)
        assert_range(&r, i, "noise \xc3\xa4", 10 + (double)i, 10.5 + (double)i);
    ia_ranges_clear(&r);
}

static void the_measured_file_is_read(void **state)
{
    char path[1024];
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(
        ia_ranges_read(
            NULL, data_path("real/ni_superalloy_erlangen_h5/R56_02346-v05.h5", path), &r),
        IA_OK);
    assert_int_equal(r.n_ions_written, 29);
    assert_int_equal(r.n_ranges, 71);
    assert_string_equal(ion_at(&r, 1)->name, "1H2+");
    assert_string_equal(ion_at(&r, 9)->name, "30Si++");
    assert_string_equal(ion_at(&r, 64)->name, "100Mo97Mo++");
    ia_ranges_clear(&r);
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
        cmocka_unit_test(latin1_becomes_utf8),
        cmocka_unit_test(the_measured_file_is_read),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
