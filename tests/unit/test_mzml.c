// tests/unit/test_mzml.c: spectra of mzML and imzML become the ions that they count.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

#include <ionatlas/workflow.h>

enum { BINS = 4 };

// Ions in the cells around 27, 27.5, 28 and 28.5 Da, times two.
static void assert_counts(const char *file, const size_t expected[BINS], int polarity)
{
    char path[1024];
    ia_ions ions = {0};
    size_t found[BINS] = {0}, n = 0;
    assert_int_equal(ia_ions_read(NULL, format_path(file, path), &ions), IA_OK);
    float *mass = f32_of(&ions, IA_MASS);
    for (size_t i = 0; i < ions.n; i++) {
        int bin = (int)floor((mass[i] - 26.75) / 0.5);
        assert_in_range(bin, 0, BINS - 1);
        found[bin]++;
    }
    for (size_t k = 0; k < BINS; k++) {
        assert_int_equal(found[k], expected[k]);
        n += expected[k];
    }
    assert_int_equal(ions.n, n);
    assert_int_equal(ions.polarity, polarity);
    free(mass);
    ia_ions_clear(&ions);
}

static void counts_are_kept_whatever_the_packing(void **state)
{
    static const size_t once[BINS] = {3, 0, 5, 2}, twice[BINS] = {6, 0, 10, 4};
    (void)state;
    assert_counts("mzml/plain.mzML", once, 1);
    assert_counts("mzml/packed_floats.mzML", once, 1);
    assert_counts("mzml/whole_numbers.mzML", once, 1);
    assert_counts("mzml/fragments_beside.mzML", once, 1);
    assert_counts("mzml/sticks.mzML", once, 0);
    assert_counts("mzml/two_spectra.mzML", twice, 1);
    assert_counts("imzml/two_pixels.imzML", twice, 1);
}

static void polarity_is_told_by_the_spectrum_or_its_group(void **state)
{
    static const size_t once[BINS] = {3, 0, 5, 2};
    (void)state;
    assert_counts("mzml/negative_ions.mzML", once, -1);
    assert_counts("mzml/terms_in_a_group.mzML", once, -1);
}

// Two axes 0.1 Da apart: each cell of 0.5 Da is kept as wide as it is, none lost.
static void spectra_of_two_axes_add_up(void **state)
{
    char path[1024];
    ia_ions ions = {0};
    double sum = 0;
    (void)state;
    assert_int_equal(ia_ions_read(NULL, format_path("mzml/two_axes.mzML", path), &ions),
                     IA_OK);
    assert_int_equal(ions.n, 20);
    float *mass = f32_of(&ions, IA_MASS);
    for (size_t i = 0; i < ions.n; i++) {
        assert_true(mass[i] > 26.75 && mass[i] < 28.86);
        sum += mass[i];
    }
    // Centres 27, 28, 28.5 with 3, 5, 2 ions, once more 0.1 higher; whole ions in a cell
    // lie within 0.25 Da of where its share is.
    assert_true(fabs(sum / 20 - (3 * 27 + 5 * 28 + 2 * 28.5) / 10.0 - 0.05) < 0.05);
    free(mass);
    ia_ions_clear(&ions);
}

static void short_memory_is_survived(void **state)
{
    static const char *const files[] = {"mzml/packed_floats.mzML",
                                        "mzml/terms_in_a_group.mzML",
                                        "imzml/two_pixels.imzML", "mzml/two_axes.mzML"};
    char path[1024];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ia_ions ions = {0};
        ia_ctx *ctx = ia_ctx_new();
        format_path(files[i], path);
        CHECK_STARVED(ctx, ia_ions_read(ctx, path, &ions), ia_ions_clear(&ions));
        ia_ctx_free(ctx);
    }
}

static const void *asked_polarity(void *user, const ia_method *method)
{
    return method == &ia_identify_method ? user : NULL;
}

static bool says(int polarity, int technique, const char *what)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_identify_params params = ia_identify_defaults();
    ia_state state = {0};
    char path[1024];
    ia_chain chain = {0};
    bool told = false;
    params.polarity = polarity;
    params.technique = technique;
    CHECK_OK(ctx, ia_ions_read(ctx, format_path("mzml/plain.mzML", path), // positive
                               &state.ions));
    CHECK_OK(ctx,
             ia_chain_analyze(ctx, &chain, &state, IA_TO_RANGE, asked_polarity, &params));
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        told |= strstr(ia_ctx_warning(ctx, i), what) != NULL;
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
    return told;
}

static void a_polarity_against_that_of_the_file_is_told(void **state)
{
    (void)state;
    const char *what = "the file says that its ions";
    assert_true(says(IA_POLARITY_NEGATIVE, IA_TECHNIQUE_APT, what));
    assert_false(says(IA_POLARITY_POSITIVE, IA_TECHNIQUE_APT, what));
    assert_false(says(IA_POLARITY_AUTO, IA_TECHNIQUE_APT, what));
}

static void another_instrument_is_not_read_as_an_atom_probe_silently(void **state)
{
    (void)state;
    const char *what = "--technique sims or maldi";
    assert_true(says(IA_POLARITY_AUTO, IA_TECHNIQUE_APT, what));
    assert_false(says(IA_POLARITY_AUTO, IA_TECHNIQUE_SIMS, what));
    assert_false(says(IA_POLARITY_NEGATIVE, IA_TECHNIQUE_APT, what));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_kept_whatever_the_packing),
        cmocka_unit_test(a_polarity_against_that_of_the_file_is_told),
        cmocka_unit_test(another_instrument_is_not_read_as_an_atom_probe_silently),
        cmocka_unit_test(polarity_is_told_by_the_spectrum_or_its_group),
        cmocka_unit_test(spectra_of_two_axes_add_up),
        cmocka_unit_test(short_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
