// tests/unit/test_spectrum_csv.c: a mass spectrum as ions that have nothing but m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"
#include "spectrum_case.h"

static const malformed refused[] = {
    {"spectrum/count_is_a_fraction.csv", IA_ERR_FORMAT,
     "line 2: 2.5 is no count of ions"},
    {"spectrum/count_is_a_word.csv", IA_ERR_FORMAT,
     "line 2: m/n and counts were expected"},
    {"spectrum/count_is_infinite.csv", IA_ERR_FORMAT, "line 2: inf is no count of ions"},
    {"spectrum/count_is_missing.csv", IA_ERR_FORMAT,
     "line 3: m/n and counts were expected"},
    {"spectrum/count_is_negative.csv", IA_ERR_FORMAT, "line 2: -3 is no count of ions"},
    {"spectrum/mass_falls.csv", IA_ERR_FORMAT, "line 3: m/n does not rise"},
    {"spectrum/mass_is_a_word.csv", IA_ERR_FORMAT,
     "line 2: m/n and counts were expected"},
    {"spectrum/mass_is_nan.csv", IA_ERR_FORMAT, "line 2: m/n and counts were expected"},
    {"spectrum/mass_repeats.csv", IA_ERR_FORMAT, "line 3: m/n does not rise"},
    {"spectrum/no_counts.csv", IA_ERR_EMPTY, "a spectrum without counts"},
    {"spectrum/only_names.csv", IA_ERR_EMPTY, "a spectrum without counts"},
    {"spectrum/too_many_ions.csv", IA_ERR_FORMAT, "line 2: more than 1e+12 ions in all"},
};

static void malformed_files_are_refused_with_their_sentence(void **unused)
{
    (void)unused;
    assert_ions_refused(refused, sizeof refused / sizeof refused[0]);
}

static const char header[] =
    "Mass to Charge State Ratio (Da), Uncorrected Count, Corrected Count\n";

static ia_status read_text(ia_ctx *ctx, const char *lines, ia_ions *out)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s", header, lines);
    return ia_ions_parse(ctx, NULL, text, strlen(text), out);
}

static ia_status try_text(ia_ctx *ctx, const char *lines)
{
    ia_ions ions = {0};
    ia_status st = read_text(ctx, lines, &ions);
    ia_ions_clear(&ions);
    return st;
}

// As many programs save two columns: no names, in the marks of any country.
static void two_columns_need_no_names(void **unused)
{
    static const char *const texts[] = {
        "26.8,0\n26.9,3\n27.0,0\n27.1,2\n",
        "\xef\xbb\xbf# saved today\r\n26,8;0\r\n26,9;3\r\n27,0;0\r\n27,1;2\r\n",
        "26.8 0\n\n26.9 3\n27.0 0\n27.1 2"};
    static const char *const others[] = {"26.8,0\n26.9,3\n26.85,0\n27.1,2\n",
                                         "26.8,0,1\n26.9,3,1\n27.0,0,1\n",
                                         "26.8,0\n26.9,3\n"};
    ia_ctx *ctx = ia_ctx_new();
    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        ia_ions ions = {0};
        CHECK_OK(ctx, ia_ions_parse(ctx, NULL, texts[i], strlen(texts[i]), &ions));
        assert_string_equal(ions.format, "spectrum");
        assert_int_equal(ions.n, 5);
        ia_ions_clear(&ions);
        assert_int_not_equal(
            ia_ions_parse(ctx, NULL, others[i], strlen(others[i]), &ions), IA_OK);
    }
    ia_ctx_free(ctx);
}

// Cut inside the last number: told where the row shows it.
static void a_file_that_is_cut_off_is_told(void **unused)
{
    static const struct {
        const char *text, *told; // NULL: nothing shows
    } cases[] = {
        {"m/n,Counts\n27.0,10\n27.01,50\n27.02,12\n27.03,7", NULL},
        {"m/n,Counts\n27.0,10\n27.01,50\n27.02,12\n27.1,7\n", NULL}, // ended
        {"m/n,Counts\n27.0,10\n27.02,50\n27.03,12\n27.1,7", NULL},   // any steps
        {"m/n,Counts\n27.0,10\n27.01,50\n27.02,12\n27.1,7", "another step in m/n than"},
        {"m/n,Counts,Background\n27.0,10,1.25\n27.01,5,1.5\n27.02,7", "fewer values"},
        {"m/n,Counts,Background\n27.0,10,1.25\n27.01,5,1.50\n27.02,7,1.",
         "line 4, the last, has no line end and fewer decimals than"},
        {"m/n;Counts;Background\n27,0;10;1,25\n27,01;5;1,5\n27,02;7;1", "fewer decimals"},
        {"m/n,Counts,Background\n27.0,10,1\n27.01,5,1.5\n27.02,7,1", NULL},
        {"Counts,m/n\n5,27.00\n7,27.01\n9,27.02\n3,27.0", NULL}, // does not rise: refused
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions = {0};
        const char *text = cases[i].text;
        ia_status st = ia_ions_parse(ctx, NULL, text, strlen(text), &ions);
        assert_int_equal(st, i == 8 ? IA_ERR_FORMAT : IA_OK);
        const char *told = NULL;
        for (size_t w = 0; w < ia_ctx_n_warnings(ctx); w++)
            if (strstr(ia_ctx_warning(ctx, w), "cut off"))
                told = ia_ctx_warning(ctx, w);
        assert_true((told != NULL) == (cases[i].told != NULL));
        if (told && !strstr(told, cases[i].told))
            fail_msg("case %zu: %s", i, told);
        ia_ions_clear(&ions);
        ia_ctx_free(ctx);
    }
}

static void every_count_is_an_ion_in_its_bin(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    float mass[8], one;
    CHECK_OK(ctx, read_text(ctx, "26.8, 0, -1\n26.9, 3, 2\r\n27.0, 0, 0\n27.1, 2, 2\n",
                            &ions));
    assert_string_equal(ions.format, "spectrum");
    assert_int_equal(ions.n, 5);
    assert_false(ia_ions_has(&ions, IA_XYZ));
    const float *rows = ia_column_rows(&ions.columns[IA_MASS], 0, 5, mass);
    for (size_t i = 0; i < 5; i++) {
        double low = i < 3 ? 26.9 : 27.1;
        assert_true((double)rows[i] > low && (double)rows[i] < low + 0.1);
        assert_true(i == 0 || i == 3 || rows[i] > rows[i - 1]);
        // Any row alone is the same value.
        assert_true(*(const float *)ia_column_rows(&ions.columns[IA_MASS], i, 1, &one) ==
                    rows[i]);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Sapphire, counted elsewhere with bounds [lo, hi): Al 51,093 and O 54,717 atoms.
static void measured_spectrum_gives_known_counts(void **unused)
{
    (void)unused;
    ia_ctx *ctx = NULL;
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    ia_composition composition = {0};
    const char *path = outside("real/al2o3_nist_spectrum/R20_28299_S9_MS.csv");
    if (!path)
        skip();
    ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_ions_read(ctx, path, &ions));
    CHECK_OK(ctx, ia_ranges_read(ctx, outside("real/al2o3_nist_spectrum/R20_28295.RRNG"),
                                 &ranges));
    CHECK_OK(ctx, ia_ranger_build(ctx, &ranges, &ranger));
    CHECK_OK(ctx, ia_range_counts_compute(ctx, &ions, &ranger, &counts));
    CHECK_OK(ctx,
             ia_composition_compute(ctx, &ranges, &ranger, &counts, NULL, &composition));
    assert_string_equal(composition.elements[0].name, "O");
    assert_true(composition.elements[0].counts == 54717);
    assert_true(composition.elements[1].counts == 51093);
    ia_composition_clear(&composition);
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void bad_lines_are_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, try_text(ctx, "1, 2, 2\n1, 3, 3\n"), IA_ERR_FORMAT,
                "line 3: m/n does not rise");
    CHECK_FAILS(ctx, try_text(ctx, "1, x, 2\n"), IA_ERR_FORMAT, "line 2: m/n and counts");
    CHECK_FAILS(ctx, try_text(ctx, "1\n"), IA_ERR_FORMAT, "line 2");
    CHECK_FAILS(ctx, try_text(ctx, "1, -3, 2\n"), IA_ERR_FORMAT, "-3 is no count");
    CHECK_FAILS(ctx, try_text(ctx, "1, 2.5, 2\n"), IA_ERR_FORMAT, "2.5 is no count");
    CHECK_FAILS(ctx, try_text(ctx, "nan, 2, 2\n"), IA_ERR_FORMAT, "line 2");
    CHECK_FAILS(ctx, try_text(ctx, "1, 0, 0\n"), IA_ERR_EMPTY, "without counts");
    CHECK_FAILS(ctx, try_text(ctx, ""), IA_ERR_EMPTY, "without counts");
    ia_ctx_free(ctx);
}

// By name, before or behind the counts; summed from the first edge on.
static void a_stated_background_is_kept(void **unused)
{
    static const char *const texts[] = {
        "m/n,counts,background counts\n26.8,0,1.5\n26.9,3,0\n27,0,0.25\n",
        "m/n;Background Count;Count\n26,8;1,5;0\n26,9;0;3\n27,0;0,25;0\n"};
    static const char *const strange[] = {"-1", "nan", "inf", "x", ""};
    ia_ctx *ctx = ia_ctx_new();
    char text[256];
    (void)unused;
    for (size_t i = 0; i < 2; i++) {
        ia_ions ions = {0};
        CHECK_OK(ctx, ia_ions_parse(ctx, NULL, texts[i], strlen(texts[i]), &ions));
        const ia_stated_background *b = &ions.background;
        assert_int_equal(ions.n, 3);
        assert_int_equal(b->n, 4);
        assert_near(b->edge[0], 26.8, 1e-9);
        assert_near(b->edge[3], 27.1, 1e-9);
        assert_true(b->sum[0] == 0 && b->sum[1] == 1.5);
        assert_true(b->sum[2] == 1.5 && b->sum[3] == 1.75);
        ia_ions_clear(&ions);
    }
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        ia_ions ions = {0};
        snprintf(text, sizeof text, "m/n,counts,background\n1,3,0\n2,4,%s\n3,1,7\n",
                 strange[i]);
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, strlen(text), &ions));
        assert_int_equal(ions.n, 8);
        assert_int_equal(ions.background.n, 0);
        assert_int_equal(ia_ctx_n_warnings(ctx), 1);
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), "line 3: the background"));
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

// Ions of each bin, [edge i, edge i + 1), of a whole text.
static void assert_bins(const char *text, const double *edges, const size_t *counts,
                        size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    size_t found[8] = {0}, n_ions = 0;
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, strlen(text), &ions));
    assert_string_equal(ions.format, "spectrum");
    float *mass = f32_of(&ions, IA_MASS);
    for (size_t i = 0; i < ions.n; i++)
        for (size_t bin = 0; bin < n; bin++)
            found[bin] +=
                (double)mass[i] >= edges[bin] && (double)mass[i] < edges[bin + 1];
    for (size_t bin = 0; bin < n; bin++) {
        assert_int_equal(found[bin], counts[bin]);
        n_ions += counts[bin];
    }
    assert_int_equal(ions.n, n_ions);
    free(mass);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void columns_are_found_by_their_names(void **unused)
{
    static const double edges[] = {10, 11, 12};
    static const size_t counts[] = {5, 7};
    (void)unused;
    assert_bins("m_n_da,counts\n10,5\n11,7\n", edges, counts, 2);
    assert_bins("# made by hand\n\nm/z (Da)\tcounts\n10\t5\n# half\n11\t7\n", edges,
                counts, 2);
    assert_bins("Counts;comment;mass\n5;a;10,0\n7;b;11,0\n", edges, counts, 2);
    assert_bins("mass count\n10 5\n11   7\n", edges, counts, 2);
    assert_bins("\"m/n\",\"raw counts\",\"counts, corrected\"\n10,5,0,0\n11,7,1,1\n",
                edges, counts, 2);
    assert_bins("mz_low_Da,counts\n10,5\n11,7\n", edges, counts, 2);
}

// 1 Da bins named by their middles; bins of other widths end half-way between them.
static void middles_of_bins_are_known_by_name_or_place(void **unused)
{
    static const double halves[] = {10, 11, 12}, wholes[] = {9.5, 10.5, 11.5};
    static const double uneven[] = {0, 0.5, 2, 4.5};
    static const size_t counts[] = {5, 7}, three[] = {1, 2, 3};
    (void)unused;
    assert_bins("m_da\tcounts\n10.5\t5\n11.5\t7\n", halves, counts, 2);
    assert_bins("m_da\tcounts\n10\t5\n11\t7\n", wholes, counts, 2);
    assert_bins("mass,counts\n10.5,5\n11.5,7\n", halves, counts, 2);
    assert_bins("m/n bin centre,counts\n10,5\n11,7\n", wholes, counts, 2);
    assert_bins("m_da,counts\n0.25,1\n0.75,2\n3.25,3\n", uneven, three, 3);
}

// Bins of the spectrum made of it, as the chain records them.
static ia_spectrum_params bins_of(const char *text, double bin, size_t *first)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.n_unexplained = 0};
    ia_chain chain = {0};
    ia_spectrum_params params = {.bin = bin};
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, strlen(text), &state.ions));
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &state, "spectrum", &params));
    params = *(const ia_spectrum_params *)chain.steps[0].params;
    for (*first = 0; state.spectrum.counts[*first] == 0;)
        ++*first;
    if (params.bin > 0.04) // else the ions of a bin of the file are in several
        assert_int_equal(state.spectrum.counts[*first], 5);
    assert_int_equal(ia_ctx_n_warnings(ctx), params.bin > bin);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
    return params;
}

// Bins of a file are not made finer, keep their edges, and are recorded as run.
static void equal_bins_of_a_file_are_kept(void **unused)
{
    static const char low[] =
        "mz_low_Da,counts\n10,5\n10.05,7\n10.1,3\n10.15,1\n10.2,1\n";
    static const char middle[] = "m_da,counts\n10,5\n10.05,7\n10.1,3\n10.15,1\n10.2,1\n";
    static const char uneven[] =
        "mz_low_Da,counts\n10,5\n10.05,7\n10.1,3\n10.3,1\n10.4,1\n";
    size_t first;
    (void)unused;
    ia_spectrum_params p = bins_of(low, 0.01, &first);
    assert_true(fabs(p.bin - 0.05) < 1e-9 && fabs(p.m_min) < 1e-6 && first == 200);
    p = bins_of(middle, 0.01, &first);
    assert_true(fabs(p.bin - 0.05) < 1e-9 && fabs(p.m_min - 0.025) < 1e-6);
    assert_int_equal(first, 199);
    assert_true(fabs(bins_of(low, 0.05, &first).bin - 0.05) < 1e-9);
    p = bins_of(uneven, 0.01, &first);
    assert_true(p.bin == 0.01 && p.m_min == 0);
}

static void ions_with_more_than_a_mass_are_no_spectrum(void **unused)
{
    static const char text[] = "x,y,z,mass,counts\n1,2,3,27,1\n";
    (void)unused;
    ia_ions ions = {0};
    assert_int_equal(ia_ions_parse(NULL, NULL, text, strlen(text), &ions), IA_OK);
    assert_string_equal(ions.format, "csv");
    assert_int_equal(ions.n, 1);
    ia_ions_clear(&ions);
}

static void fill_spectrum(ia_ctx *ctx, const ia_ions *ions, ia_spectrum *spectrum,
                          char **text)
{
    const ia_spectrum_params params = {.bin = 0.01, .m_min = 0.003, .m_max = 120};
    ia_result result = {0};
    size_t n;
    CHECK_OK(ctx, ia_spectrum_compute(ctx, ions, &params, spectrum));
    CHECK_OK(ctx, ia_spectrum_tables(ctx, spectrum, &result));
    FILE *stream = open_memstream(text, &n);
    CHECK_OK(ctx, ia_tsv_write(ctx, &result, stream));
    fclose(stream);
    ia_result_clear(&result);
}

// What this program prints reads back as the same counts in the same bins.
static void own_tables_come_back(void **unused)
{
    (void)unused;
    enum { N = 20000 };
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0}, back = {0};
    ia_spectrum first = {0}, second = {0};
    char *text = NULL, *again = NULL;
    CHECK_OK(ctx, ia_ions_new(ctx, N, 1u << IA_MASS, &ions));
    float *mass = ia_ions_values(&ions, IA_MASS);
    for (size_t i = 0; i < N; i++)
        mass[i] = 0.01F + (float)(i * i % 7919) * 0.015F;
    fill_spectrum(ctx, &ions, &first, &text);
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, strlen(text), &back));
    assert_int_equal(back.n, N);
    fill_spectrum(ctx, &back, &second, &again);
    assert_string_equal(text, again);
    assert_int_equal(first.n_bins, second.n_bins);
    assert_memory_equal(first.counts, second.counts, first.n_bins * sizeof *first.counts);
    free(text);
    free(again);
    ia_spectrum_clear(&first);
    ia_spectrum_clear(&second);
    ia_ions_clear(&ions);
    ia_ions_clear(&back);
    ia_ctx_free(ctx);
}

static void rows_behind_a_comment_are_still_checked(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, try_text(ctx, "1, 2, 2\n# half\n2, x, 3\n"), IA_ERR_FORMAT,
                "line 4: m/n and counts were expected");
    ia_ctx_free(ctx);
}

static ia_survey survey_of(ia_ctx *ctx, const char *lines)
{
    ia_ions ions = {0};
    ia_survey survey;
    CHECK_OK(ctx, read_text(ctx, lines, &ions));
    CHECK_OK(ctx, ia_ions_survey(ctx, &ions, &survey));
    ia_ions_clear(&ions);
    return survey;
}

// A pass over 900 billion ions would take half an hour.
static void ions_are_surveyed_without_a_pass_over_them(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_survey few = survey_of(ctx, "1, 0, 0\n2, 1, 1\n3, 0, 0\n4, 1, 1\n5, 0, 0\n");
    // One ion lies in the middle of its bin.
    assert_true(few.mass_range[0] == 2.5 && few.mass_range[1] == 4.5);
    ia_survey many = survey_of(ctx, "1, 0, 0\n2, 900000000000, 0\n3, 1, 1\n4, 0, 0\n");
    assert_true(many.n == 900000000001 && many.n_invalid == 0);
    assert_true(many.mass_range[0] > 2 && many.mass_range[0] < 2.1);
    assert_true(many.mass_range[1] == 3.5);
    // Those below zero are still looked for.
    ia_survey below = survey_of(ctx, "-2, 3, 3\n-1, 2, 2\n0, 0, 0\n1, 4, 4\n2, 0, 0\n");
    assert_true(below.n_invalid == 5 && below.first_invalid == 0);
    assert_true(below.mass_range[0] > 1 && below.mass_range[1] < 2);
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_STARVED(ctx, try_text(ctx, "1, 2, 2\n2, 3, 3\n"), (void)0);
    static const char stated[] = "m/n,counts,background\n1,3,0\n2,4,1\n";
    ia_ions ions = {0};
    CHECK_STARVED(ctx, ia_ions_parse(ctx, NULL, stated, strlen(stated), &ions),
                  ia_ions_clear(&ions));
    ia_ctx_free(ctx);
}

// Counts that someone multiplied are told; one that is no multiple shows that none did.
static void scaled_counts_are_told(void **unused)
{
    (void)unused;
    for (int odd = 0; odd < 2; odd++) {
        char text[1024] = "";
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions = {0};
        for (int i = 0; i < 30; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%.1f,%d,0\n",
                     20 + 0.1 * i, 50 * (i % 3) + (odd && i == 7));
        CHECK_OK(ctx, read_text(ctx, text, &ions));
        assert_int_equal(ia_ctx_n_warnings(ctx), odd ? 0 : 1);
        if (!odd)
            assert_non_null(strstr(ia_ctx_warning(ctx, 0), "a multiple of 50"));
        ia_ions_clear(&ions);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(two_columns_need_no_names),
        cmocka_unit_test(a_file_that_is_cut_off_is_told),
        cmocka_unit_test(every_count_is_an_ion_in_its_bin),
        cmocka_unit_test(measured_spectrum_gives_known_counts),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(a_stated_background_is_kept),
        cmocka_unit_test(columns_are_found_by_their_names),
        cmocka_unit_test(middles_of_bins_are_known_by_name_or_place),
        cmocka_unit_test(equal_bins_of_a_file_are_kept),
        cmocka_unit_test(ions_with_more_than_a_mass_are_no_spectrum),
        cmocka_unit_test(own_tables_come_back),
        cmocka_unit_test(rows_behind_a_comment_are_still_checked),
        cmocka_unit_test(ions_are_surveyed_without_a_pass_over_them),
        cmocka_unit_test(scaled_counts_are_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
