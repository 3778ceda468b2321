// tests/unit/test_spectrum_csv.c: a mass spectrum as ions that have nothing but m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

static const refused_ions refused[] = {
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
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    ia_composition composition = {0};
    const char *path = outside("real/al2o3_nist_spectrum/R20_28299_S9_MS.csv");
    if (!path)
        skip();
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

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_STARVED(ctx, try_text(ctx, "1, 2, 2\n2, 3, 3\n"), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(every_count_is_an_ion_in_its_bin),
        cmocka_unit_test(measured_spectrum_gives_known_counts),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
