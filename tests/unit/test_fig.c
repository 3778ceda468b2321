// tests/unit/test_fig.c: Erlangen fig.txt files and their malformed relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"

static const malformed refused[] = {
    {"fig/bound_is_a_word.fig.txt", IA_ERR_FORMAT,
     "line 1: \"Fe+ 55.8 upper\" is not an ion and the two bounds of its range in Da"},
    {"fig/bound_is_nan.fig.txt", IA_ERR_FORMAT,
     "line 1: a bound of the range of Fe+ is not finite"},
    {"fig/charges_overlap.fig.txt", IA_ERR_FORMAT,
     "line 2 and line 3: 56Fe+ 27.8-28.2 Da and 56Fe++ 27.9-28.1 Da overlap; ranges of "
     "different ions must not"},
    {"fig/empty_range.fig.txt", IA_ERR_FORMAT,
     "line 1: the range of Fe+ is empty: it begins and ends at 55.8 Da"},
    {"fig/no_ion.fig.txt", IA_ERR_FORMAT,
     "line 2: \"51.9 52.1\" is not an ion and the two bounds of its range in Da"},
    {"fig/one_bound.fig.txt", IA_ERR_FORMAT,
     "line 2: \"Cr+ 51.9\" is not an ion and the two bounds of its range in Da"},
    {"fig/only_comments.fig.txt", IA_ERR_EMPTY, "there is no range in this file"},
    {"fig/reversed.fig.txt", IA_ERR_FORMAT,
     "line 1: the range of Fe+ is reversed: 56.1 Da to 55.8 Da"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

static const char plain[] = "1H+ 1.000011e+00 1.030011e+00\n"
                            "16O 1H2+ 1.796520e+01 1.808020e+01\r\n"
                            "# a comment\n\n"
                            "198Pt +++ 6.589301e+01 6,603302e+01\n"
                            "Fe 55.8 56.1\n"
                            "some noise 70 71\n"
                            "56Fe 16O ++ 35.9 36.1";

static void rows_are_read(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "fig", plain, &r), IA_OK);
    assert_int_equal(r.n_ranges, 6);
    assert_range(&r, 0, "1H+", 1.000011, 1.030011);
    assert_range(&r, 1, "16O1H2+", 17.9652, 18.0802);
    assert_range(&r, 2, "198Pt+++", 65.89301, 66.03302);
    assert_int_equal(r.ranges[2].line, 5);
    assert_range(&r, 3, "Fe+", 55.8, 56.1); // the charge is inferred
    assert_range(&r, 4, "some noise", 70, 71);
    assert_range(&r, 5, "56Fe16O++", 35.9, 36.1);
    assert_string_equal(r.format, "fig");
    ia_ranges_clear(&r);
}

static void what_is_written_is_read_back(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "fig", plain, &r), IA_OK);
    r.ranges[3].lo = 55.8 + 1e-14; // needs all digits
    assert_round_trip("fig", &r, 0);
    ia_ranges_clear(&r);
}

static void charges_that_mass_does_not_tell_are_kept(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "fig", "Fe+++ 1 2\nH2++ 3 4\n#x\n", &r), IA_OK);
    assert_round_trip("fig", &r, 0);
    ia_ranges_clear(&r);
}

static void labels_do_not_turn_into_comments(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "rrng", "Range1=1 2 Name:#1\n", &r), IA_OK);
    char *text = written(NULL, "fig", &r);
    assert_string_equal(text, "_#1 1 2\n");
    free(text);
    ia_ranges_clear(&r);
}

// The first mark of byte order is none of the name, the second is; written at the
// beginning of a file it would be lost, and a comment left.
static void labels_do_not_begin_with_marks_of_byte_order(void **state)
{
    char path[1024];
    ia_ranges r = {0}, back = {0};

    (void)state;
    format_path("tolerated/two_byte_order_marks.fig.txt", path);
    assert_int_equal(ia_ranges_read(NULL, path, &r), IA_OK);
    assert_string_equal(ion_at(&r, 0)->name, "\xef\xbb\xbf#1");
    char *text = written(NULL, "fig", &r);
    assert_int_equal(parse_text(NULL, "fig", text, &back), IA_OK);
    assert_int_equal(back.n_ranges, 2);
    assert_string_equal(ion_at(&back, 0)->name, "_\xef\xbb\xbf#1");
    free(text);
    ia_ranges_clear(&back);
    ia_ranges_clear(&r);
}

// A formula behind which blanks and more letters follow is not cut to the formula.
static void long_names_are_no_short_formulas(void **state)
{
    char text[400];
    ia_ranges r = {0};

    (void)state;
    snprintf(text, sizeof text, "Fe%200s 55 57\n", "x");
    assert_int_equal(parse_text(NULL, "fig", text, &r), IA_OK);
    assert_int_equal(ion_at(&r, 0)->n_parts, 0);
    assert_int_equal(strlen(ion_at(&r, 0)->name), IA_ION_NAME - 1);
    ia_ranges_clear(&r);
}

static void content_is_recognised(void **state)
{
    const ia_format *f = ia_format_find("fig");

    (void)state;
    assert_int_equal(f->sniff((const unsigned char *)plain, 30), 80);
    assert_int_equal(f->sniff((const unsigned char *)plain, sizeof plain - 1), 40);
    assert_int_equal(f->sniff((const unsigned char *)"1 2 3\n4 5 6\n", 12), 0);
    assert_int_equal(f->sniff((const unsigned char *)"", 0), 0);
}

static void short_memory_is_survived(void **state)
{
    (void)state;
    assert_survives_short_memory("fig", plain);
}

static const char strange[] = "Fe\0"
                              "x 55 57\n";

static void trouble_in_writing_is_survived(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "fig", plain, &r), IA_OK);
    assert_writing_survives_short_memory("fig", &r);
    assert_full_disk_is_noticed("fig", &r);
    ia_ranges_clear(&r);
}

static void strange_bytes_make_labels(void **state)
{
    ia_ranges r = {0};
    ia_source source = ia_source_of(strange, sizeof strange - 1);

    (void)state;
    assert_int_equal(ia_format_find("fig")->read_ranges(NULL, &source, &r), IA_OK);
    assert_int_equal(ion_at(&r, 0)->n_parts, 0);
    assert_string_equal(ion_at(&r, 0)->name, "Fe?x");
    ia_ranges_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(charges_that_mass_does_not_tell_are_kept),
        cmocka_unit_test(labels_do_not_turn_into_comments),
        cmocka_unit_test(labels_do_not_begin_with_marks_of_byte_order),
        cmocka_unit_test(long_names_are_no_short_formulas),
        cmocka_unit_test(content_is_recognised),
        cmocka_unit_test(short_memory_is_survived),
        cmocka_unit_test(trouble_in_writing_is_survived),
        cmocka_unit_test(strange_bytes_make_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
