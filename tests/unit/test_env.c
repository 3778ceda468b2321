// tests/unit/test_env.c: ENV files of the Rouen group and their malformed relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"
#include "io/formats_internal.h"

static const malformed refused[] = {
    {"env/title_first.env", IA_ERR_FORMAT,
     "line 1: \"My alloy\" is not the number of elements and the number of mass ranges"},
    {"env/no_elements.env", IA_ERR_FORMAT, "line 2 announces no elements"},
    {"env/no_ranges.env", IA_ERR_EMPTY, "there is no range in this file"},
    {"env/huge_number_of_ranges.env", IA_ERR_FORMAT,
     "line 2 announces 2 elements and 99999999999 ranges; a file of 203 bytes cannot "
     "hold them"},
    {"env/negative_count.env", IA_ERR_FORMAT,
     "line 2: \"2 -2\" is not the number of elements and the number of mass ranges"},
    {"env/no_colour.env", IA_ERR_FORMAT,
     "line 6: \"Cr?blue\" is not an element with the red, green and blue of a colour"},
    {"env/too_few_elements.env", IA_ERR_FORMAT,
     "line 6: the mass ranges begin after 1 of the 2 elements announced in line 4"},
    {"env/more_ranges_than_announced.env", IA_ERR_FORMAT,
     "line 10: \"Cr?25.9?26.1?12.0?1.0\" comes after the 2 ranges announced in line 4"},
    {"env/fewer_ranges_than_announced.env", IA_ERR_FORMAT,
     "the ranges end after line 10, 1 of the 2 announced in line 4"},
    {"env/cut_off_in_the_elements.env", IA_ERR_FORMAT,
     "the elements end after line 5, 1 of the 2 announced in line 4"},
    {"env/cut_off_in_the_ranges.env", IA_ERR_FORMAT,
     "the ranges end after line 8, 1 of the 2 announced in line 4"},
    {"env/cut_off_in_the_head.env", IA_ERR_FORMAT,
     "the file ends before the number of elements and the number of mass ranges"},
    {"env/ranges_before_their_number.env", IA_ERR_FORMAT,
     "line 2: the mass ranges begin before their number is given"},
    {"env/unlisted_element.env", IA_ERR_FORMAT,
     "line 9: \"Ni\" is none of the 2 elements listed"},
    {"env/bound_is_a_word.env", IA_ERR_FORMAT,
     "line 8: \"Fe?55.8?upper?11.78?1.0\" is not an element, the two bounds of its range "
     "in Da, a volume and an increment"},
    {"env/one_bound.env", IA_ERR_FORMAT,
     "line 8: \"Fe?55.8\" is not an element, the two bounds of its range in Da, a volume "
     "and an increment"},
    {"env/bound_is_nan.env", IA_ERR_FORMAT,
     "line 8: a bound of the range of Fe is not finite"},
    {"env/volume_is_negative.env", IA_ERR_FORMAT, "line 8: -11.78 is no atomic volume"},
    {"env/reversed.env", IA_ERR_FORMAT,
     "line 8: the range of Fe is reversed: 56.1 Da to 55.8 Da"},
    {"env/empty_range.env", IA_ERR_FORMAT,
     "line 8: the range of Fe is empty: it begins and ends at 55.8 Da"},
    {"env/different_ions_overlap.env", IA_ERR_FORMAT,
     "line 8 and line 9: Fe 55.8-56.1 Da and Cr 56-56.2 Da overlap; ranges of different "
     "ions must not"},
    {"env/too_many_columns.env", IA_ERR_FORMAT,
     "line 8: \"Fe?55.8?56.1?11.78?1.0?7\" is not an element, the two bounds of its "
     "range in Da, a volume and an increment"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

static const char plain[] =
    "# Environment file\r\nRev_2.0\r\n\r\n# Number of elements / Number of mass "
    "ranges\r\n"
    "3\t3\r\nO\t0.0\t1.0\t0.0\r\nMn2O\t2\t-1\t0.5\r\nX23 0 0 1 # a label\r\n"
    "# Definition of  Mass ranges / Atomic volumes / Increment for concentration\r\n"
    "O\t15.880\t16.840\t20.000\t1.000\r\n"
    "Mn2O\t62.850\t63,130\t11.660\t1.000\r\n"
    "X23\t22.240\t22.720\t11.660\t1.000\r\n\r\n"
    "# Atom probe definition\r\n# Flight length (m)\r\n0.100500\r\n";

static void ranges_are_read(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(ctx, "env", plain, &r), IA_OK);
    assert_int_equal(r.n_ions_written, 3);
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "O+", 15.88, 16.84);
    assert_range(&r, 1, "Mn2O++", 62.85, 63.13);
    assert_range(&r, 2, "X23", 22.24, 22.72);
    assert_true(fabs(r.ranges[0].volume - 0.02) < 1e-15);
    assert_int_equal(r.ranges[0].colour, 0x00FF00);
    assert_int_equal(r.ranges[1].colour, 0xFF0080);
    assert_int_equal(r.ranges[1].line, 11);
    assert_string_equal(r.format, "env");
    assert_int_equal(ia_ctx_n_warnings(ctx), 1); // X23 is no element
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void headings_may_be_missing(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(
        parse_text(NULL, "env",
                   "# a comment\n1 1\nFe 0 0 1\n# another\nFe 55.8 56.1\n\nany 7 words\n",
                   &r),
        IA_OK);
    assert_int_equal(r.n_ranges, 1);
    assert_range(&r, 0, "Fe+", 55.8, 56.1);
    ia_ranges_clear(&r);
}

static void increments_are_warned_about(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(ctx, "env", "1 1\nFe 0 0 1\nFe 55.8 56.1 11.8 0.5\n", &r),
                     IA_OK);
    assert_true(is_warned(ctx, "ranges whose increment for the concentration is not 1: 1 "
                               "(first line 3)"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void it_is_known_by_its_content(void **state)
{
    static const char *texts[] = {plain, "1 1\nFe 0 0 1\nFe 55.8 56.1\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ia_ranges r = {0};
        assert_int_equal(ia_ranges_parse(NULL, NULL, texts[i], strlen(texts[i]), &r),
                         IA_OK);
        assert_string_equal(r.format, "env");
        ia_ranges_clear(&r);
    }
    assert_int_equal(ia_env_sniff((const unsigned char *)"1 1\nFe\nFe 1 0 0\n", 16), 0);
    assert_int_equal(ia_env_sniff((const unsigned char *)"", 0), 0);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    assert_survives_short_memory("env", plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(headings_may_be_missing),
        cmocka_unit_test(increments_are_warned_about),
        cmocka_unit_test(it_is_known_by_its_content),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
