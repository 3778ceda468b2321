// tests/unit/test_rrng.c: RRNG files, their oddities and their malformed relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"

static const malformed refused[] = {
    {"rrng/bound_is_a_word.rrng", IA_ERR_FORMAT,
     "line 7: \"upper\" is no number; expected the upper bound in Da"},
    {"rrng/bound_is_infinite.rrng", IA_ERR_FORMAT,
     "line 7: a bound of the range of Fe is not finite"},
    {"rrng/bound_is_nan.rrng", IA_ERR_FORMAT,
     "line 7: a bound of the range of Fe is not finite"},
    {"rrng/count_is_a_fraction.rrng", IA_ERR_FORMAT,
     "line 7: \"Fe:1.5\" is no element and number of atoms, as Fe:1 is"},
    {"rrng/count_is_negative.rrng", IA_ERR_FORMAT,
     "line 7: \"Fe:-1\" is no element and number of atoms, as Fe:1 is"},
    {"rrng/count_without_element.rrng", IA_ERR_FORMAT,
     "line 7: \":1\" is no element and number of atoms, as Fe:1 is"},
    {"rrng/cut_off.rrng", IA_ERR_FORMAT, "line 6 announces 2 ranges, but the file has 1"},
    {"rrng/cut_off_ions.rrng", IA_ERR_FORMAT,
     "line 2 announces 3 ions, but the file has 1"},
    {"rrng/different_ions_nested.rrng", IA_ERR_FORMAT,
     "line 3 and line 5: Fe 10-90 Da and Cr 40-50 Da overlap; ranges of different ions "
     "must not"},
    {"rrng/different_ions_overlap.rrng", IA_ERR_FORMAT,
     "line 7 and line 8: Fe 55.8-56.1 Da and Cr 56-56.2 Da overlap; ranges of different "
     "ions must not"},
    {"rrng/element_without_count.rrng", IA_ERR_FORMAT,
     "line 7: \"Fe\" is no element and number of atoms, as Fe:1 is"},
    {"rrng/empty_range.rrng", IA_ERR_FORMAT,
     "line 7: the range of Fe is empty: it begins and ends at 55.8 Da"},
    {"rrng/ion_without_name.rrng", IA_ERR_FORMAT, "line 3: the ion has no name"},
    {"rrng/no_bounds.rrng", IA_ERR_FORMAT,
     "line 7: the range has no bounds; expected two bounds in Da"},
    {"rrng/no_ranges.rrng", IA_ERR_EMPTY, "there is no range in this file"},
    {"rrng/not_text.rrng", IA_ERR_EMPTY, "there is no range in this file"},
    {"rrng/number_is_a_word.rrng", IA_ERR_FORMAT,
     "line 2: \"two\" is no number of ranges"},
    {"rrng/one_bound.rrng", IA_ERR_FORMAT,
     "line 7: the range has one bound; expected two bounds in Da"},
    {"rrng/reversed.rrng", IA_ERR_FORMAT,
     "line 7: the range of Fe is reversed: 56.1 Da to 55.8 Da"},
    {"rrng/unknown_line.rrng", IA_ERR_FORMAT,
     "line 8: \"Rang2=51.9 52.1 Cr:1\" is neither Ion<n>=, Range<n>= nor a comment"},
    {"rrng/unknown_part.rrng", IA_ERR_FORMAT,
     "line 1: \"[Peaks]\" begins no known part; expected [Ions] or [Ranges]"},
    {"rrng/volume_is_negative.rrng", IA_ERR_FORMAT,
     "line 7: \"-0.01\" is no volume in nm3"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

static const char plain[] = "[Ions]\n"
                            "Number=2\n"
                            "Ion1=Fe\n"
                            "Ion2=O\n"
                            "[Ranges]\n"
                            "Number=3\n"
                            "Range1=55.8 56.1 Vol:0.01178 Fe:1 Color:FF00A0\n"
                            "Range2=71.8 72.1 Vol:0.04 Fe:1 O:1 Color:00FF00\n"
                            "Range3=15.9 16.1 Vol:0.0288 O:1 Color:00CCFF\n";

static void a_plain_file_is_read(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rrng", plain, &r), IA_OK);
    assert_int_equal(r.n_ions_written, 2);
    assert_int_equal(r.n_ranges, 3);
    assert_int_equal(r.n_ranges_written, 3);
    assert_range(&r, 0, "Fe+", 55.8, 56.1);
    assert_range(&r, 1, "FeO+", 71.8, 72.1);
    assert_int_equal(r.ranges[0].line, 7);
    assert_true(r.ranges[0].volume == 0.01178);
    assert_int_equal(r.ranges[0].colour, 0xFF00A0);
    assert_string_equal(r.format, "rrng");
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void assert_reads_as_plain(const char *text)
{
    ia_ranges r = {0};

    assert_int_equal(parse_text(NULL, "rrng", text, &r), IA_OK);
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "Fe+", 55.8, 56.1);
    assert_range(&r, 1, "FeO+", 71.8, 72.1);
    assert_range(&r, 2, "O+", 15.9, 16.1);
    assert_true(r.ranges[0].volume == 0.01178);
    ia_ranges_clear(&r);
}

static void layout_and_spelling_do_not_matter(void **state)
{
    (void)state;
    assert_reads_as_plain(plain);
    // capitals, blanks, comments, blank lines, decimal commas, CR LF, counts with
    // fractions
    assert_reads_as_plain("\xEF\xBB\xBF# made by hand\r\n"
                          "  [IONS]\r\nNumber=2,000\r\nIon1=Fe\r\n;x\r\nIon2=O\r\n\r\n"
                          " [RANGES]\r\nNUMBER=3\r\n"
                          "RANGE1= 55,8  56,1 VOL:0,01178 Fe:1,000\r\n"
                          "// another\r\n"
                          "Range1=71.8\t72.1 Fe:1O:1 colour:#00FF00\r\n"
                          "Range9=15.9 16.1 O:1 Vol: Name:oxygen");
    // no list of ions, a foreign first line, CR alone
    assert_reads_as_plain("mq1 mq2 volume element color\r"
                          "Range1=55.8 56.1 Vol:0.01178 Fe:1\r"
                          "Range2=71.8 72.1 Fe:1 Zr:0 O:1\rRange3=15.9 16.1 O:1\r"
                          "[Ranges]\rNumber=0\r");
}

static void names_stand_in_for_elements(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rrng",
                                "[Ranges]\nNumber=6\n"
                                "Range1=16.9 17.1 Name:OH Color:FF0000\n"
                                "Range2=58.5 58.9 Name:59\n"
                                "Range3=70 71 Name:not so sure Color:FFFFFF\n"
                                "Range4=80 81 X:2 Fe:1\n"
                                "Range5=90 91 X:1 Name:noise\n"
                                "Range6=95 96 Vol:0.1\n",
                                &r),
                     IA_OK);
    assert_string_equal(ion_at(&r, 0)->name, "OH+");
    assert_int_equal(ia_ion_atoms(ion_at(&r, 0)), 2);
    assert_string_equal(ion_at(&r, 1)->name, "59");
    assert_string_equal(ion_at(&r, 2)->name, "not so sure");
    assert_int_equal(r.ranges[2].colour, 0xFFFFFF);
    assert_string_equal(ion_at(&r, 3)->name, "X2Fe");
    assert_string_equal(ion_at(&r, 4)->name, "noise");
    assert_string_equal(ion_at(&r, 5)->name, "unnamed");
    for (size_t i = 1; i < 6; i++)
        assert_int_equal(ion_at(&r, i)->n_parts, 0);
    assert_true(
        is_warned(ctx, "no chemical formulas: 59, not so sure, X2Fe, noise, unnamed;"));
    assert_round_trip("rrng", &r, KEEPS_COLOUR | KEEPS_VOLUME);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void what_is_odd_is_warned_about(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rrng",
                                "a line\nanother\n[Ranges]\nNumber=1\n"
                                "Range1=55.8 56.1 Fe:1 Color:red\n"
                                "Range2=56.0 56.2 Fe:1\nRange3=57.0 57.0001 Fe:1\n",
                                &r),
                     IA_OK);
    assert_true(is_warned(ctx, "not understood: 2 (first line 1)"));
    assert_true(is_warned(ctx, "hexadecimal digits: 1 (first line 5)"));
    assert_true(is_warned(ctx, "line 4 announces 1 ranges, but the file has 3"));
    assert_true(
        is_warned(ctx, "overlap another of the same ion: 1 (first line 5 and line 6)"));
    assert_true(is_warned(ctx, "narrower than 1/2000 Da: 1 (first line 7)"));
    assert_int_equal(ia_ctx_n_warnings(ctx), 5);
    assert_int_equal(r.n_ranges, 3);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void deuterium_is_written_and_read_back(void **state)
{
    static const char file[] = "[Ions]\nNumber=3\nIon1=H\nIon2=D\nIon3=Fe\n"
                               "[Ranges]\nNumber=3\n"
                               "Range1=2.00 2.03 Vol:0 D:1 Color:00FF00\n"
                               "Range2=3.00 3.05 Vol:0 H:1 D:1 Color:00FF00\n"
                               "Range3=28.9 29.1 Vol:0 Fe:1 D:1 Color:0000FF\n";
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(ctx, "rrng", file, &r), IA_OK);
    assert_range(&r, 0, "2H+", 2.00, 2.03); // the charge follows from mass and atoms
    assert_range(&r, 1, "H 2H+", 3.00, 3.05);
    assert_range(&r, 2, "Fe 2H++", 28.9, 29.1);
    assert_round_trip("rrng", &r, KEEPS_COLOUR);
    char *text = written(ctx, "rrng", &r);
    assert_non_null(strstr(text, "Ion2=D\n"));
    assert_non_null(strstr(text, "Vol:0 H:1 D:1 Color:00FF00\n"));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    free(text);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void what_is_written_is_read_back(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(NULL, "rrng", plain, &r), IA_OK);
    r.ranges[0].lo = 55.8 + 1e-14; // needs all digits
    assert_round_trip("rrng", &r, KEEPS_COLOUR | KEEPS_VOLUME);
    char *text = written(ctx, "rrng", &r);
    assert_non_null(strstr(text, "Range2=71.8 72.1 Vol:0.04 Fe:1 O:1 Color:00FF00\n"));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    free(text);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void lost_isotopes_are_warned_about(void **state)
{
    ia_ranges r = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_int_equal(parse_text(NULL, "fig", "56Fe+ 55.8 56.1\nFe+ 53.8 54.1\n", &r),
                     IA_OK);
    char *text = written(ctx, "rrng", &r);
    assert_true(is_warned(ctx,
                          "RRNG holds no charges and no isotopes: 1 ranges lose them "
                          "(first 56Fe+)"));
    free(text);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void content_is_recognised(void **state)
{
    const ia_format *f = ia_format_find("rrng");

    (void)state;
    assert_int_equal(f->sniff((const unsigned char *)plain, sizeof plain - 1), 100);
    assert_int_equal(f->sniff((const unsigned char *)"x\nRange1=1 2\n", 14), 90);
    assert_int_equal(f->sniff((const unsigned char *)"2 3\nFe\n", 7), 0);
    assert_int_equal(f->sniff((const unsigned char *)"", 0), 0);
}

static void too_many_kinds_are_refused(void **state)
{
    size_t n = 10001;
    char *text = malloc(32 * n), *at = text;

    (void)state;
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "Ion%zu=x%zu\n", i + 1, i + 1);
    assert_refused("rrng", text, IA_ERR_FORMAT,
                   "line 10001: more than 10000 kinds of ion");
    free(text);
}

static void short_memory_is_survived(void **state)
{
    (void)state;
    assert_survives_short_memory("rrng", plain);
}

static const char strange[] = "Range1=55 57 Name:Fe\0"
                              "x\n";

static void trouble_in_writing_is_survived(void **state)
{
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(parse_text(NULL, "rrng", plain, &r), IA_OK);
    assert_writing_survives_short_memory("rrng", &r);
    assert_full_disk_is_noticed("rrng", &r);
    ia_ranges_clear(&r);
}

// From programs that write Latin-1, and a label cut to whole characters.
static void labels_are_utf8(void **state)
{
    static const char start[] = "Range1=55 57 Name:L\xf6"
                                "sung\nRange2=58 59 Name:";
    char text[256], name[IA_ION_NAME] = "";
    ia_ranges r = {0};

    (void)state;
    strcpy(text, start);
    for (size_t i = 0; i < 40; i++)
        strcat(text, "\xe2\x82\xac");
    for (size_t i = 0; i < 20; i++)
        strcat(name, "\xe2\x82\xac");
    strcat(name, "...");
    assert_int_equal(parse_text(NULL, "rrng", text, &r), IA_OK);
    assert_range(&r, 0, "L\xc3\xb6sung", 55, 57);
    assert_range(&r, 1, name, 58, 59); // 63 bytes
    ia_ranges_clear(&r);
    // The same after two bytes: 20 characters no longer fit.
    memmove(strstr(text, "\xe2") + 2, strstr(text, "\xe2"), 121);
    memcpy(strstr(text, "59 Name:") + 8, "ab", 2);
    assert_int_equal(parse_text(NULL, "rrng", text, &r), IA_OK);
    assert_int_equal(strlen(ion_at(&r, 1)->name), 62);
    ia_ranges_clear(&r);
}

// What is read of a range of these words is read back from each format that is written.
static void assert_ion_survives(const char *words, const char *name)
{
    static const char *const formats[] = {"rrng", "rng", "fig"};
    char text[2048];
    ia_ranges r = {0};

    snprintf(text, sizeof text, "Range1=1 2 Vol:0 %sColor:FF0000\n", words);
    assert_int_equal(parse_text(NULL, "rrng", text, &r), IA_OK);
    assert_range(&r, 0, name, 1, 2);
    for (size_t i = 0; i < 3; i++) {
        ia_ranges back = {0};
        char *copy = written(NULL, formats[i], &r);
        assert_int_equal(parse_text(NULL, formats[i], copy, &back), IA_OK);
        assert_range(&back, 0, name, 1, 2);
        assert_int_equal(ion_at(&back, 0)->n_parts, ion_at(&r, 0)->n_parts);
        free(copy);
        ia_ranges_clear(&back);
    }
    ia_ranges_clear(&r);
}

static void no_ion_is_changed_by_its_length(void **state)
{
    char words[1024] = "";

    (void)state;
    assert_ion_survives("Fe:1 O:1 Fe:1 ", "Fe2O");
    for (size_t i = 0; i < 40; i++)
        strcat(words, "Fe:1 ");
    assert_ion_survives(words, "Fe40");
    for (char c = 'a'; c <= 'z'; c++)
        sprintf(words + 6 * (c - 'a'), "xx%c:1 ", c);
    assert_ion_survives(
        words, "xxaxxbxxcxxdxxexxfxxgxxhxxixxjxxkxxlxxmxxnxxoxxpxxqxxrxxsxxt...");
    assert_ion_survives("C:1 o:1 ", "Co?");
    assert_ion_survives("Fe:1 xx:1 Name:NaCl ", "NaCl?");
}

static void lost_parts_of_names_are_told(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};
    char text[256];

    (void)state;
    snprintf(text, sizeof text, "Range1=1 2 Name:%s\n",
             "a:long_name_that_goes_on_and_on_beyond_the_room_that_a_name_has_here");
    assert_int_equal(parse_text(ctx, "rrng", text, &r), IA_OK);
    free(written(ctx, "rrng", &r));
    assert_true(is_warned(ctx, "names cut to 63 bytes, with ... at their end: 1"));
    assert_true(is_warned(ctx, "RRNG holds no colons in names: 1 lose theirs"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void strange_bytes_make_labels(void **state)
{
    ia_ranges r = {0};
    ia_source source = ia_source_of(strange, sizeof strange - 1);

    (void)state;
    assert_int_equal(ia_format_find("rrng")->read_ranges(NULL, &source, &r), IA_OK);
    assert_int_equal(ion_at(&r, 0)->n_parts, 0);
    assert_string_equal(ion_at(&r, 0)->name, "Fe?x");
    ia_ranges_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(a_plain_file_is_read),
        cmocka_unit_test(layout_and_spelling_do_not_matter),
        cmocka_unit_test(names_stand_in_for_elements),
        cmocka_unit_test(what_is_odd_is_warned_about),
        cmocka_unit_test(deuterium_is_written_and_read_back),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(lost_isotopes_are_warned_about),
        cmocka_unit_test(content_is_recognised),
        cmocka_unit_test(too_many_kinds_are_refused),
        cmocka_unit_test(short_memory_is_survived),
        cmocka_unit_test(trouble_in_writing_is_survived),
        cmocka_unit_test(labels_are_utf8),
        cmocka_unit_test(no_ion_is_changed_by_its_length),
        cmocka_unit_test(lost_parts_of_names_are_told),
        cmocka_unit_test(strange_bytes_make_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
