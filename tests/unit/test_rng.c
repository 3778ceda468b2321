// tests/unit/test_rng.c: RNG files, their oddities and their malformed relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"

static const malformed refused[] = {
    {"rng/bound_is_a_word.rng", IA_ERR_FORMAT,
     "line 7: \"55.8\" and \"upper\" are not the two bounds of a range in Da"},
    {"rng/bound_is_nan.rng", IA_ERR_FORMAT,
     "line 7: a bound of the range of Fe is not finite"},
    {"rng/cut_off_before_the_table.rng", IA_ERR_FORMAT,
     "the file ends after line 5; expected a line of dashes and the table"},
    {"rng/cut_off_in_a_row.rng", IA_ERR_FORMAT,
     "line 8 has 2 columns; expected a mark, two bounds and 2 numbers of atoms"},
    {"rng/cut_off_in_the_ions.rng", IA_ERR_FORMAT,
     "the file ends after line 4; expected two lines for each ion"},
    {"rng/cut_off_in_the_table.rng", IA_ERR_FORMAT,
     "the file ends after line 7, before the 2 ranges announced in line 1"},
    {"rng/different_ions_overlap.rng", IA_ERR_FORMAT,
     "line 7 and line 8: Fe 55.8-56.1 Da and Cr 56-56.2 Da overlap; ranges of different "
     "ions must not"},
    {"rng/empty_range.rng", IA_ERR_FORMAT,
     "line 7: the range of Fe is empty: it begins and ends at 55.8 Da"},
    {"rng/huge_number_of_ions.rng", IA_ERR_FORMAT,
     "line 1 announces 4000000000 ions and 1 ranges; a file of 25 bytes cannot hold "
     "them"},
    {"rng/huge_number_of_ranges.rng", IA_ERR_FORMAT,
     "line 1 announces 1 ions and 99999999999999 ranges; a file of 51 bytes cannot hold "
     "them"},
    {"rng/more_ions_than_announced.rng", IA_ERR_FORMAT,
     "line 4: \"Chromium\" is not the line of dashes that follows the 1 ions announced "
     "in line 1"},
    {"rng/more_ranges_than_announced.rng", IA_ERR_FORMAT,
     "line 8: \". 51.9 52.1 0 1\" comes after the 1 ranges announced in line 1"},
    {"rng/negative_count.rng", IA_ERR_FORMAT,
     "line 1: \"2 -1\" is not the number of ions and the number of ranges"},
    {"rng/no_colour.rng", IA_ERR_FORMAT,
     "line 3: \"Fe red\" is not a short name with the red, green and blue of a colour"},
    {"rng/no_dashes.rng", IA_ERR_FORMAT,
     "line 6: \"Fe Cr\" is not the line of dashes that follows the 2 ions announced in "
     "line 1"},
    {"rng/no_ions.rng", IA_ERR_FORMAT, "line 1 announces no ions"},
    {"rng/no_ranges.rng", IA_ERR_EMPTY, "there is no range in this file"},
    {"rng/number_of_atoms_is_a_fraction.rng", IA_ERR_FORMAT,
     "line 7: \"0.5\" is no number of atoms"},
    {"rng/number_of_atoms_is_negative.rng", IA_ERR_FORMAT,
     "line 7: \"-1\" is no number of atoms"},
    {"rng/polyatomic_part_cut_off.rng", IA_ERR_FORMAT,
     "the file ends after line 11; expected two lines for each ion"},
    {"rng/polyatomic_part_twice.rng", IA_ERR_FORMAT,
     "line 15: \"--- polyatomic extension\" comes after the 1 ranges announced in line "
     "10"},
    {"rng/reversed.rng", IA_ERR_FORMAT,
     "line 7: the range of Fe is reversed: 56.1 Da to 55.8 Da"},
    {"rng/row_lacks_a_column.rng", IA_ERR_FORMAT,
     "line 8 has 4 columns; expected a mark, two bounds and 2 numbers of atoms"},
    {"rng/three_counts.rng", IA_ERR_FORMAT,
     "line 1: \"2 2 0\" is not the number of ions and the number of ranges"},
    {"rng/title_first.rng", IA_ERR_FORMAT,
     "line 1: \"My specimen\" is not the number of ions and the number of ranges"},
    {"rng/too_few_columns.rng", IA_ERR_FORMAT,
     "line 7 has 4 columns; expected a mark, two bounds and 2 numbers of atoms"},
    {"rng/too_many_columns.rng", IA_ERR_FORMAT,
     "line 7 has 6 columns; expected a mark, two bounds and 2 numbers of atoms"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

static const char plain[] = "2 3\n"
                            "Iron\n"
                            "Fe 1.00 0.00 0.50\n"
                            "Oxygen\n"
                            "O 0.00 0.80 1.00\n"
                            "------------- Fe O\n"
                            ". 55.8 56.1 1 0\n"
                            ". 71.8 72.1 1 1\n"
                            ". 15.9 16.1 0 1\n";

static void a_plain_file_is_read(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rng", plain, &r), IA_OK);
    assert_int_equal(r.n_ions_written, 2);
    assert_int_equal(r.n_ranges_written, 3);
    assert_range(&r, 0, "Fe+", 55.8, 56.1);
    assert_range(&r, 1, "FeO+", 71.8, 72.1);
    assert_range(&r, 2, "O+", 15.9, 16.1);
    assert_int_equal(r.ranges[0].line, 7);
    assert_int_equal(r.ranges[0].colour, 0xFF0080);
    assert_int_equal(r.ranges[2].colour, 0x00CCFF);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void assert_reads_as_plain(const char *text, size_t n_warnings)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    assert_int_equal(parse_text(ctx, "rng", text, &r), IA_OK);
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "Fe+", 55.8, 56.1);
    assert_range(&r, 1, "FeO+", 71.8, 72.1);
    assert_range(&r, 2, "O+", 15.9, 16.1);
    assert_int_equal(ia_ctx_n_warnings(ctx), n_warnings);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void layout_does_not_matter(void **state)
{
    (void)state;
    // CR LF, blank lines, notes behind colours, colours beyond 1, marks that are numbers
    assert_reads_as_plain("2 3\r\n\r\nIron\r\nFe 3 -1 0 (Fe)\r\nO\r\nO 0 0 1\r\n"
                          "-----Fe O\r\n1 55,8 56,1 1 0\r\n2 71.8 72.1 1 1\r\n"
                          "3 1.59e1 16.1 0 1.000\r\n\r\n",
                          0);
    // no marks, no names behind the dashes
    assert_reads_as_plain("2 3\nFe\nFe 1 0 0\nO\nO 0 0 1\n-----\n55.8 56.1 1 0\n"
                          "71.8 72.1 1 1\n15.9 16.1 0 1",
                          0);
    // long names behind the dashes
    assert_reads_as_plain("2 3\nIron\nFe 1 0 0\nOxy\nO 0 0 1\n----- Iron Oxy\n"
                          ". 55.8 56.1 1 0\n. 71.8 72.1 1 1\n. 15.9 16.1 0 1\n",
                          0);
    // other names behind the dashes: a warning
    assert_reads_as_plain("2 3\nIron\nFe 1 0 0\nOxy\nO 0 0 1\n----- A B\n"
                          ". 55.8 56.1 1 0\n. 71.8 72.1 1 1\n. 15.9 16.1 0 1\n",
                          1);
}

static void columns_follow_their_names(void **state)
{
    (void)state;
    assert_reads_as_plain("2 3\nOxygen\nO 0 0 1\nIron\nFe 1 0 0\n----- Fe O\n"
                          ". 55.8 56.1 1 0\n. 71.8 72.1 1 1\n. 15.9 16.1 0 1\n",
                          0);
}

static void a_row_without_atoms_is_kept_unnamed(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(
        parse_text(NULL, "rng", "1 2\nFe\nFe 1 0 0\n-- Fe\n. 1 2 0\n. 55.8 56.1 1\n", &r),
        IA_OK);
    assert_range(&r, 0, "unnamed", 1, 2);
    assert_int_equal(ion_at(&r, 0)->n_parts, 0);
    ia_ranges_clear(&r);
}

static const char polyatomic[] = "2 3\nFe\nFe 1 0 0\nO\nO 0 0 1\n----- Fe O\n"
                                 ". 55.8 56.1 1 0\n. 71.8 72.1 1 1\n. 15.9 16.1 0 1\n\n"
                                 "--- polyatomic extension\n"
                                 "1 2\nFeO\nFeO 0 1 0\n------ FeO\n"
                                 ". 71.8 72.1 1\n. 80 81 1\n";

static void polyatomic_part_renames_and_adds_nothing(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rng", polyatomic, &r), IA_OK);
    assert_int_equal(r.n_ranges, 3);
    assert_int_equal(r.n_ions_written, 2);
    assert_range(&r, 1, "FeO+", 71.8, 72.1);
    assert_int_equal(r.ranges[1].colour, 0x00FF00);
    assert_true(is_warned(ctx, "not in the first table: 1 (first line 17)"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

// Two range files back to back ("DBL"), with wide columns and names that are no elements.
static void double_files_are_read(void **state)
{
    static const char text[] =
        "2               3\n"
        "Aa\nAa              0.80            0.80            0.80\n"
        "Ad\nAd              0.00            0.80            1.00\n"
        "-----------------------------------     Aa              Ad\n"
        ".               13.8794         14.2981         1               0\n"
        ".               68.7993         69.0600         0               1\n"
        ".               43.9400         44.0267         1               1\n\n\n"
        "----------------------\n1               1\nAaAd\n"
        "AaAd            1.00            0.00            1.00\n"
        "-----------------------------------     AaAd\n"
        ".               43.9400         44.0267         1\n";
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(ia_ranges_parse(NULL, NULL, text, strlen(text), &r), IA_OK);
    assert_string_equal(r.format, "rng");
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "Aa", 13.8794, 14.2981);
    assert_range(&r, 2, "AaAd", 43.94, 44.0267);
    assert_int_equal(r.ranges[2].colour, 0xFF00FF);
    ia_ranges_clear(&r);
}

static void what_is_written_is_read_back(void **state)
{
    static const char *texts[] = {
        plain, polyatomic,
        "3 4\nx\nx 0 1 0\n56Fe\n56Fe 1 0 0\nO\nO 0.2 0.4 0.6\n-- x 56Fe O\n"
        ". 1 2 1 0 0\n. 55.8 56.1 0 1 0\n. 71.8 72.1 0 1 1\n. 31.9 32.1 0 0 2\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ia_ranges r = {0};
        assert_int_equal(parse_text(NULL, "rng", texts[i], &r), IA_OK);
        r.ranges[0].hi += 1e-14; // needs all digits
        assert_round_trip("rng", &r, KEEPS_COLOUR);
        ia_ranges_clear(&r);
    }
}

static void molecules_keep_their_colour(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "rrng",
                                "[Ranges]\nNumber=2\nRange1=55.8 56.1 Fe:1 Color:123456\n"
                                "Range2=71.8 72.1 Fe:1 O:1 Color:ABCDEF\n",
                                &r),
                     IA_OK);
    assert_round_trip("rng", &r, KEEPS_COLOUR);
    ia_ranges_clear(&r);
}

static void content_is_recognised(void **state)
{
    const ia_format *f = ia_format_find("rng");

    (void)state;
    assert_int_equal(f->sniff((const unsigned char *)plain, sizeof plain - 1), 95);
    assert_int_equal(f->sniff((const unsigned char *)"2 3\nFe\n", 7), 20);
    assert_int_equal(f->sniff((const unsigned char *)"title\n2 3\n---\n", 14), 0);
    assert_int_equal(f->sniff((const unsigned char *)"", 0), 0);
}

static void short_memory_is_survived(void **state)
{
    (void)state;
    assert_survives_short_memory("rng", polyatomic);
}

static const char strange[] = "1 1\nFe\nFe\0"
                              "x 1 0 0\n---\n. 55 57 1\n";

static void trouble_in_writing_is_survived(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "rng", polyatomic, &r), IA_OK);
    assert_writing_survives_short_memory("rng", &r);
    assert_full_disk_is_noticed("rng", &r);
    ia_ranges_clear(&r);
}

static void strange_bytes_make_labels(void **state)
{
    ia_ranges r = {0};
    ia_source source = ia_source_of(strange, sizeof strange - 1);

    (void)state;
    assert_int_equal(ia_format_find("rng")->read_ranges(NULL, &source, &r), IA_OK);
    assert_int_equal(ion_at(&r, 0)->n_parts, 0);
    assert_string_equal(ion_at(&r, 0)->name, "Fe?x");
    ia_ranges_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(a_plain_file_is_read),
        cmocka_unit_test(layout_does_not_matter),
        cmocka_unit_test(columns_follow_their_names),
        cmocka_unit_test(a_row_without_atoms_is_kept_unnamed),
        cmocka_unit_test(polyatomic_part_renames_and_adds_nothing),
        cmocka_unit_test(double_files_are_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(molecules_keep_their_colour),
        cmocka_unit_test(content_is_recognised),
        cmocka_unit_test(short_memory_is_survived),
        cmocka_unit_test(trouble_in_writing_is_survived),
        cmocka_unit_test(strange_bytes_make_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
