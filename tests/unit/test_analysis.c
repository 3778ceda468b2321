// tests/unit/test_analysis.c: .analysis files of IVAS and their malformed relatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_case.h"
#include "io/formats_internal.h"

static const malformed refused[] = {
    {"analysis/bound_is_a_word.analysis", IA_ERR_FORMAT,
     "line 17: \"upper\" is no bound or volume of a range"},
    {"analysis/bound_is_nan.analysis", IA_ERR_FORMAT,
     "line 14: a bound of the range of Fe is not finite"},
    {"analysis/colour_is_300.analysis", IA_ERR_FORMAT,
     "line 23: \"300\" is no part of a colour, 0 to 255"},
    {"analysis/count_is_a_fraction.analysis", IA_ERR_FORMAT,
     "line 19: \"0.5\" is no number of atoms"},
    {"analysis/cut_off.analysis", IA_ERR_FORMAT,
     "line 19: is no sound XML: unclosed token"},
    {"analysis/different_ions_overlap.analysis", IA_ERR_FORMAT,
     "line 14 and line 32: Fe 55.8-83.9 Da and CrO2 83.8-84.1 Da overlap; ranges of "
     "different ions must not"},
    {"analysis/document_type.analysis", IA_ERR_FORMAT,
     "line 2: declares a document type, which could hold entities; none was expected"},
    {"analysis/empty_range.analysis", IA_ERR_FORMAT,
     "line 14: the range of Fe is empty: it begins and ends at 56.1 Da"},
    {"analysis/no_manager.analysis", IA_ERR_EMPTY, "there is no range in this file"},
    {"analysis/no_ranges.analysis", IA_ERR_EMPTY, "there is no range in this file"},
    {"analysis/not_xml.analysis", IA_ERR_FORMAT, "line 1: is no sound XML: syntax error"},
    {"analysis/one_bound.analysis", IA_ERR_FORMAT,
     "line 14: a range without its two bounds"},
    {"analysis/reversed.analysis", IA_ERR_FORMAT,
     "line 14: the range of Fe is reversed: 56.2 Da to 56.1 Da"},
    {"analysis/volume_is_negative.analysis", IA_ERR_FORMAT,
     "line 14: -1 is no atomic volume"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_all_refused(refused, sizeof refused / sizeof refused[0]);
}

// The second range manager is that of a part of the specimen.
static const char plain[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<java version=\"1.6.0_32\" class=\"java.beans.XMLDecoder\">\n"
    " <object id=\"RootROI0\" class=\"com.imago.analysis.roi.RootROI\">\n"
    "  <void property=\"name\"><string>Top-Level ROI</string></void>\n"
    "  <void property=\"rangeManager\">\n"
    "   <object class=\"com.imago.core.atomdata.AtomDataRangeManager\">\n"
    "    <void method=\"add\">\n"
    "     <object id=\"AtomDataRealRange0\" "
    "class=\"com.imago.core.atomdata.AtomDataRealRange\">\n"
    "      <string>Bi</string> <boolean>true</boolean>\n"
    "      <void method=\"addRange\">\n"
    "       <object class=\"com.imago.core.atomdata.RealRange\">\n"
    "        <object idref=\"AtomDataRealRange0\"/>\n"
    "        <double>208.87625122070312</double> <double>209.1</double>\n"
    "        <double>0.035387386</double>\n"
    "        <void method=\"addElement\"> <string>Bi</string> <double>1.0</double> "
    "</void>\n"
    "       </object>\n"
    "      </void>\n"
    "      <void property=\"color\"> <object class=\"java.awt.Color\">\n"
    "        <int>51</int> <int>52</int> <int>255</int> <int>255</int>\n"
    "      </object> </void>\n"
    "      <void property=\"psize\"> <float>1.0</float> </void>\n"
    "     </object>\n"
    "    </void>\n"
    "    <void method=\"add\">\n"
    "     <object class=\"com.imago.core.atomdata.AtomDataRealRange\">\n"
    "      <string>BiSe2</string>\n"
    "      <void method=\"addRange\">\n"
    "       <object class=\"com.imago.core.atomdata.RealRange\">\n"
    "        <double>366.2</double> <double>367.6</double>\n"
    "        <void method=\"addElement\"> <string>Bi</string> <double>1.0</double> "
    "</void>\n"
    "        <void method=\"addElement\"> <string>Se</string> <double>2.0</double> "
    "</void>\n"
    "       </object>\n"
    "      </void>\n"
    "      <void method=\"addRange\">\n"
    "       <object class=\"com.imago.core.atomdata.RealRange\">\n"
    "        <double>1</double> <double>2</double> <double>0</double>\n"
    "       </object>\n"
    "      </void>\n"
    "     </object>\n"
    "    </void>\n"
    "   </object>\n"
    "  </void>\n"
    "  <void property=\"gridParameters\"> <object class=\"com.imago.analysis.Grid\">\n"
    "    <double>1.0</double> </object> </void>\n"
    "  <void property=\"rangeManager\">\n"
    "   <object class=\"com.imago.core.atomdata.AtomDataRangeManager\">\n"
    "    <void method=\"add\">\n"
    "     <object class=\"com.imago.core.atomdata.AtomDataRealRange\"> "
    "<string>H</string>\n"
    "      <void method=\"addRange\"> <object "
    "class=\"com.imago.core.atomdata.RealRange\">\n"
    "        <double>1</double> <double>3</double>\n"
    "      </object> </void>\n"
    "     </object>\n"
    "    </void>\n"
    "   </object>\n"
    "  </void>\n"
    " </object>\n"
    "</java>\n";

static void ranges_are_read(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};

    (void)state;
    assert_int_equal(ia_ranges_parse(ctx, NULL, plain, strlen(plain), &r), IA_OK);
    assert_string_equal(r.format, "analysis");
    assert_int_equal(r.n_ions_written, 2);
    assert_int_equal(r.n_ranges, 3);
    assert_range(&r, 0, "Bi+", 208.87625122070312, 209.1);
    assert_range(&r, 1, "BiSe2+", 366.2, 367.6);
    assert_range(&r, 2, "BiSe2", 1, 2); // no elements: the name of its kind
    assert_int_equal(r.ranges[0].colour, 0x3334FF);
    assert_int_equal(r.ranges[1].colour, 0);
    assert_true(r.ranges[0].volume == 0.035387386);
    assert_int_equal(r.ranges[1].line, 28);
    assert_true(is_warned(ctx, "others are left out: 1 (first line 46)"));
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void other_java_objects_are_not_taken_for_it(void **state)
{
    static const char other[] = "<java class=\"java.beans.XMLDecoder\"></java>";

    (void)state;
    assert_int_equal(ia_analysis_sniff((const unsigned char *)other, sizeof other), 0);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    assert_survives_short_memory("analysis", plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(other_java_objects_are_not_taken_for_it),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
