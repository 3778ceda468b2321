// tests/unit/test_analysisset.c: .analysisset files of AP Suite and their malformed
// relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"
#include "io/formats_internal.h"

static const malformed refused[] = {
    {"analysisset/bound_is_a_word.analysisset", IA_ERR_FORMAT,
     "line 12: \"upper\" is no bound of a range in Da"},
    {"analysisset/bound_is_nan.analysisset", IA_ERR_FORMAT,
     "line 12: a bound of the range of Fe is not finite"},
    {"analysisset/colour_is_300.analysisset", IA_ERR_FORMAT,
     "line 7: \"300\" is no part of a colour, 0 to 255"},
    {"analysisset/content_cut_off.analysisset", IA_ERR_FORMAT,
     "line 11: is no sound XML: unclosed token"},
    {"analysisset/count_is_a_fraction.analysisset", IA_ERR_FORMAT,
     "line 7: \"0.5\" is no number of atoms"},
    {"analysisset/count_is_negative.analysisset", IA_ERR_FORMAT,
     "line 7: \"-1\" is no number of atoms"},
    {"analysisset/count_without_element.analysisset", IA_ERR_FORMAT,
     "line 7: a number of atoms without an element"},
    {"analysisset/cut_off.analysisset", IA_ERR_FORMAT,
     "line 8: is no sound XML: unclosed token"},
    {"analysisset/different_ions_overlap.analysisset", IA_ERR_FORMAT,
     "line 12 and line 15: Fe 55.8-56.1 Da and Cr 56-56.2 Da overlap; ranges of "
     "different ions must not"},
    {"analysisset/document_type.analysisset", IA_ERR_FORMAT,
     "line 2: declares a document type, which could hold entities; none was expected"},
    {"analysisset/document_type_in_content.analysisset", IA_ERR_FORMAT,
     "line 5: declares a document type, which could hold entities; none was expected"},
    {"analysisset/empty_range.analysisset", IA_ERR_FORMAT,
     "line 12: the range of Fe is empty: it begins and ends at 55.8 Da"},
    {"analysisset/fewer_lists_than_ions.analysisset", IA_ERR_FORMAT,
     "line 4: 1 lists of ranges for 2 ions"},
    {"analysisset/more_lists_than_ions.analysisset", IA_ERR_FORMAT,
     "line 13: ranges of ion 2; 1 ions are listed before them"},
    {"analysisset/nested_too_deep.analysisset", IA_ERR_FORMAT,
     "line 2: elements within elements, more than 256 deep"},
    {"analysisset/no_content.analysisset", IA_ERR_EMPTY,
     "there is no range in this file"},
    {"analysisset/no_ranges.analysisset", IA_ERR_EMPTY, "there is no range in this file"},
    {"analysisset/not_xml.analysisset", IA_ERR_FORMAT,
     "line 1: is no sound XML: syntax error"},
    {"analysisset/one_bound.analysisset", IA_ERR_FORMAT,
     "line 12: a range without its two bounds, Min and Max"},
    {"analysisset/reversed.analysisset", IA_ERR_FORMAT,
     "line 12: the range of Fe is reversed: 56.1 Da to 55.8 Da"},
    {"analysisset/unknown_entity.analysisset", IA_ERR_FORMAT,
     "line 2: is no sound XML: undefined entity"},
    {"analysisset/volume_is_negative.analysisset", IA_ERR_FORMAT,
     "line 7: \"-0.01\" is no atomic volume"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

// UTF-16 is claimed twice and not there; a node below has a document of its own.
static const char plain[] =
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n"
    "<ExportAnalysisModel>\n"
    "<Name>Top Level ROI</Name>\n"
    "<Content>&lt;?xml version=\"1.0\" encoding=\"utf-16\"?&gt;\n"
    "&lt;TopLevelRoiNodeContainer&gt; &lt;Ions&gt;\n"
    "&lt;IonTypeInfoRecord&gt;&lt;Name&gt;Zn&lt;/Name&gt;&lt;Formula&gt;&lt;Element&gt;\n"
    "&lt;Name&gt;Zn&lt;/Name&gt; "
    "&lt;Count&gt;1&lt;/Count&gt;&lt;/Element&gt;&lt;/Formula&gt;\n"
    "&lt;Color&gt;&lt;A&gt;255&lt;/A&gt;&lt;R&gt;0&lt;/R&gt;&lt;G&gt;128&lt;/"
    "G&gt;&lt;B&gt;1&lt;/B&gt;&lt;/Color&gt;\n"
    "&lt;Volume&gt;0.01521&lt;/Volume&gt;&lt;/IonTypeInfoRecord&gt;\n"
    "&lt;IonTypeInfoRecord&gt;&lt;Name&gt;Si/Fe&lt;/Name&gt;&lt;Formula&gt;\n"
    "&lt;Element&gt;&lt;Name&gt;Si&lt;/Name&gt;&lt;Count&gt;1&lt;/Count&gt;&lt;/"
    "Element&gt;\n"
    "&lt;Element&gt;&lt;Name&gt;Fe&lt;/Name&gt;&lt;Count&gt;2&lt;/Count&gt;&lt;/"
    "Element&gt;\n"
    "&lt;/Formula&gt;&lt;/IonTypeInfoRecord&gt;\n"
    "&lt;IonTypeInfoRecord&gt;&lt;Name&gt;noise&lt;/Name&gt;&lt;Formula /&gt;\n"
    "&lt;/IonTypeInfoRecord&gt; &lt;/Ions&gt;\n"
    "&lt;RangesPerIon&gt; &lt;ArrayOfRangeEntry&gt;\n"
    "&lt;RangeEntry&gt;&lt;Max&gt;64.14&lt;/Max&gt;&lt;Min&gt;63.834&lt;/Min&gt;&lt;/"
    "RangeEntry&gt;\n"
    "&lt;RangeEntry&gt;&lt;Min&gt;31.867&lt;/Min&gt;&lt;Max&gt;32.146&lt;/Max&gt;&lt;/"
    "RangeEntry&gt;\n"
    "&lt;/ArrayOfRangeEntry&gt; &lt;ArrayOfRangeEntry&gt;\n"
    "&lt;RangeEntry&gt;&lt;Max&gt;140.1&lt;/Max&gt;&lt;Min&gt;139&lt;/Min&gt;&lt;/"
    "RangeEntry&gt;\n"
    "&lt;/ArrayOfRangeEntry&gt; &lt;ArrayOfRangeEntry&gt;\n"
    "&lt;RangeEntry&gt;&lt;Max&gt;2&lt;/Max&gt;&lt;Min&gt;1&lt;/Min&gt;&lt;/"
    "RangeEntry&gt;\n"
    "&lt;/ArrayOfRangeEntry&gt; &lt;/RangesPerIon&gt;\n"
    "&lt;/TopLevelRoiNodeContainer&gt;</Content>\n"
    "<Children><ExportAnalysisModel><Content>&lt;RangesPerIon&gt;</Content>\n"
    "</ExportAnalysisModel></Children>\n"
    "</ExportAnalysisModel>\n";

static void assert_is_plain(const ia_ranges *r)
{
    assert_int_equal(r->n_ions_written, 3);
    assert_int_equal(r->n_ranges, 4);
    assert_range(r, 0, "Zn+", 63.834, 64.14);
    assert_range(r, 1, "Zn++", 31.867, 32.146);
    assert_range(r, 2, "SiFe2+", 139, 140.1);
    assert_range(r, 3, "noise", 1, 2);
    assert_int_equal(r->ranges[0].colour, 0x008001);
    assert_true(r->ranges[1].volume == 0.01521);
    assert_int_equal(r->ranges[0].line, 17);
    assert_string_equal(r->format, "analysisset");
}

static void ranges_are_read(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(ia_ranges_parse(ctx, NULL, plain, strlen(plain), &r), IA_OK);
    assert_is_plain(&r);
    assert_true(is_warned(ctx, "others are left out: 1 (first line 25)"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

// The same text in UTF-16, with or without a byte-order mark.
static size_t widen(const char *text, bool big_endian, bool marked, unsigned char *out)
{
    size_t n = 0;

    if (marked) {
        out[n++] = big_endian ? 0xFE : 0xFF;
        out[n++] = big_endian ? 0xFF : 0xFE;
    }
    for (; *text; text++) {
        out[n++] = big_endian ? 0 : (unsigned char)*text;
        out[n++] = big_endian ? (unsigned char)*text : 0;
    }
    return n;
}

static void utf16_is_read(void **state)
{
    static unsigned char wide[2 * sizeof plain + 2];

    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        ia_ranges r = {0};
        size_t n = widen(plain, how & 1, how & 2, wide);
        assert_int_equal(ia_ranges_parse(NULL, NULL, wide, n, &r), IA_OK);
        assert_is_plain(&r);
        ia_ranges_clear(&r);
    }
}

static void other_xml_is_not_taken_for_it(void **state)
{
    static const char *others[] = {"", "<", "<html>ExportAnalysisModel</html>",
                                   "ExportAnalysisModel <ExportAnalysisModel>"};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(
            ia_analysisset_sniff((const unsigned char *)others[i], strlen(others[i])), 0);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    assert_survives_short_memory("analysisset", plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(utf16_is_read),
        cmocka_unit_test(other_xml_is_not_taken_for_it),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
