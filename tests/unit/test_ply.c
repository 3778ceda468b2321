// tests/unit/test_ply.c: PLY with species, as ions and as the ranges that go with them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

#define SEEDS "../../fuzz/corpus/ply/"

static ia_ions read_seed(ia_ctx *ctx, const char *name)
{
    ia_ions ions = {0};
    char path[1024];
    CHECK_OK(ctx, ia_ions_read(ctx, format_path(name, path), &ions));
    assert_string_equal(ions.format, "ply");
    assert_int_equal(ions.n, 3);
    return ions;
}

// 58Ni, the commonest, without an electron; what is no ion has no m/n.
static void species_become_m_n(void **unused)
{
    (void)unused;
    static const char *const files[] = {SEEDS "little.ply", SEEDS "big.ply",
                                        SEEDS "text.ply"};
    const float ni = (float)(57.93534241 - 0.000548579909065);
    ia_ctx *ctx = ia_ctx_new();
    for (size_t f = 0; f < 3; f++) {
        ia_ctx_reset(ctx);
        ia_ions ions = read_seed(ctx, files[f]);
        assert_f32(&ions, IA_XYZ, (float[]){1, 2, 3, -1, 2.5f, 4, 0.5f, -2, 5});
        assert_f32(&ions, IA_MASS, (float[]){ni, 0, ni});
        assert_int_equal(ia_ctx_n_warnings(ctx), 3);
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), "has species and no m/n"));
        assert_non_null(strstr(ia_ctx_warning(ctx, 1), "1 points are of a species that"));
        assert_non_null(strstr(ia_ctx_warning(ctx, 2), "not kept (1): other"));
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

static void m_n_of_the_file_is_kept(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = read_seed(ctx, SEEDS "mass.ply");
    assert_f32(&ions, IA_XYZ, (float[]){1, 2, 3, -1, 2.5f, 4, 0.5f, -2, 5});
    assert_f32(&ions, IA_MASS, (float[]){27, 27, 27});
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status parse(ia_ctx *ctx, const char *text)
{
    ia_ions ions = {0};
    ia_status st = ia_ions_parse(ctx, NULL, text, strlen(text), &ions);
    ia_ions_clear(&ions);
    return st;
}

static void a_wrong_list_is_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, parse(ctx, "ply\nformat ascii 1.0\ncomment Fe//7\nelement vertex 1\n"
                             "property float x\nproperty float y\nproperty float z\n"
                             "property int indices\nend_header\n1 2 3 0\n"));
    assert_string_equal(ia_ctx_warning(ctx, 0),
                        "line 3 lists 7 ions of Fe, 1 points are such");
    ia_ctx_free(ctx);
}

static void an_address_is_no_species(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, parse(ctx, "ply\nformat ascii 1.0\ncomment made by http://x.org\n"
                             "comment Fe//1\nelement vertex 1\n"
                             "property float x\nproperty float y\nproperty float z\n"
                             "property int indices\nend_header\n1 2 3 0\n"));
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        assert_null(strstr(ia_ctx_warning(ctx, i), "x.org"));
    ia_ctx_reset(ctx);
    assert_int_equal(parse(ctx, "ply\nformat ascii 1.0\ncomment http://x.org/Fe//1\n"
                                "element vertex 1\nproperty float x\nproperty float y\n"
                                "property float z\nproperty int indices\nend_header\n"
                                "1 2 3 0\n"),
                     IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "no comment lists them"));
    ia_ctx_free(ctx);
}

static void broken_files_are_refused(void **unused)
{
    (void)unused;
    static const malformed list[] = {
        {"ply/cut_short.ply", IA_ERR_FORMAT,
         "point 3 of 3 at byte 262 is cut short: 15 of 17 bytes"},
        {"ply/elements_before_the_points.ply", IA_ERR_UNSUPPORTED,
         "line 3: 1 elements 'camera' stand before the points"},
        {"ply/fewer_lines_than_points.ply", IA_ERR_FORMAT, "holds 2 of 3 points"},
        {"ply/header_cut_short.ply", IA_ERR_FORMAT,
         "its header is cut short: no line 'end_header'"},
        {"ply/huge_number_of_lines.ply", IA_ERR_FORMAT,
         "1099511627776 points do not fit the 36 bytes left"},
        {"ply/huge_number_of_points.ply", IA_ERR_FORMAT,
         "point 4 of 9223372036854775808 at byte 297 is cut short: 0 of 17 bytes"},
        {"ply/list_property.ply", IA_ERR_UNSUPPORTED,
         "line 7: 'property list uchar int x': a number was expected as a point's "
         "property"},
        {"ply/no_format.ply", IA_ERR_FORMAT, "its header tells no format"},
        {"ply/no_list_of_species.ply", IA_ERR_FORMAT,
         "its points have species ('indices') and no comment lists them"},
        {"ply/no_number_of_points.ply", IA_ERR_FORMAT,
         "line 3: 'element vertex many': an element and its number was expected"},
        {"ply/no_points.ply", IA_ERR_FORMAT, "its header has no points (element vertex)"},
        {"ply/no_z.ply", IA_ERR_FORMAT, "its points have no z"},
        {"ply/species_beyond_the_list.ply", IA_ERR_FORMAT,
         "point 2 has species 2, the comments list 0 to 1"},
        {"ply/species_is_a_fraction.ply", IA_ERR_FORMAT,
         "point 2 has species 0.5, the comments list 0 to 1"},
        {"ply/too_few_values.ply", IA_ERR_FORMAT,
         "line 14 has 4 values, 5 were expected"},
        {"ply/two_x.ply", IA_ERR_FORMAT, "line 8: 'x' comes a second time"},
        {"ply/unknown_format.ply", IA_ERR_FORMAT,
         "line 2: 'format binary_middle_endian 1.0': format ascii, binary_little_endian "
         "or binary_big_endian was expected"},
        {"ply/unknown_line.ply", IA_ERR_FORMAT,
         "line 3: 'elements vertex 3': a line of the header was expected"},
        {"ply/value_is_a_word.ply", IA_ERR_FORMAT, "line 14: 'two' is no number"},
    };
    assert_ions_refused(list, sizeof list / sizeof list[0]);
}

// The species counts that the exporter wrote into the file come back through the ranges.
static void measured_species_come_back(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        uint64_t n;
    } expected[] = {{"Ni", 8850}, {"Cu", 769}, {"H", 96},  {"Co", 82}, {"Zn", 21},
                    {"Al", 18},   {"U", 8},    {"NiO", 4}, {"H2O", 3}, {"S", 2}};
    ia_ctx *ctx = NULL;
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    const char *path = outside("real/nicu_atomblend/test.ply");
    if (!path)
        skip();
    ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_ions_read(ctx, path, &ions));
    CHECK_OK(ctx, ia_ranges_read(ctx, path, &ranges));
    CHECK_OK(ctx, ia_ranger_build(ctx, &ranges, &ranger));
    CHECK_OK(ctx, ia_range_counts_compute(ctx, &ions, &ranger, &counts));
    assert_int_equal(ions.n, 10000);
    assert_int_equal(ranges.n_ranges, 14);
    assert_int_equal(counts.unranged, 144); // n/a
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        uint64_t n = 0;
        ia_ion ion = ia_ion_of(expected[e].name);
        for (size_t r = 0; r < ranger.n; r++)
            if (ia_ion_is_same_matter(&ranges.ions[ranger.ion[r]], &ion))
                n += counts.counts[r];
        assert_int_equal(n, expected[e].n);
    }
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Ranges of species are narrower than a bin, in which the place of a peak is not known:
// each still stands for its peak, and nothing is left but points that are no ions, which
// have no m/n.
static void every_peak_of_a_species_has_its_range(void **unused)
{
    (void)unused;
    ia_ctx *ctx = NULL;
    ia_state state = {.n_unexplained = 0};
    ia_chain chain = {0};
    const char *path = outside("real/nicu_atomblend/test.ply");
    if (!path)
        skip();
    ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_ions_read(ctx, path, &state.ions));
    CHECK_OK(ctx, ia_ranges_beside(ctx, path, &state.ranges_file));
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_COMPOSITION, NULL, NULL));
    assert_true(state.peaks.n > 3);
    assert_int_equal(state.n_unexplained, 0);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

static ia_status read_both(ia_ctx *ctx, const char *path)
{
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_status st = ia_ions_read(ctx, path, &ions);
    if (st == IA_OK)
        st = ia_ranges_read(ctx, path, &ranges);
    ia_ions_clear(&ions);
    ia_ranges_clear(&ranges);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    char path[1024];
    CHECK_STARVED(ctx, read_both(ctx, format_path(SEEDS "little.ply", path)), (void)0);
    CHECK_STARVED(ctx, read_both(ctx, format_path(SEEDS "text.ply", path)), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(species_become_m_n),
        cmocka_unit_test(m_n_of_the_file_is_kept),
        cmocka_unit_test(a_wrong_list_is_told),
        cmocka_unit_test(an_address_is_no_species),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(measured_species_come_back),
        cmocka_unit_test(every_peak_of_a_species_has_its_range),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
