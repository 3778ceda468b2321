// tests/unit/test_tof_draw.c: specimens drawn to train on, and their rows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/tof_rows.h"

enum { SPECIMENS = 300 };

typedef struct {
    ia_ion_prior prior;
    ia_tof_specimen *specimen;
} drawn;

static int begin(void **state)
{
    drawn *d = calloc(1, sizeof *d);
    d->specimen = calloc(1, sizeof *d->specimen);
    *state = d;
    return ia_ion_prior_read(NULL, "", &d->prior) == IA_OK ? 0 : 1;
}

static int end(void **state)
{
    drawn *d = *state;
    ia_ion_prior_clear(&d->prior);
    free(d->specimen);
    free(d);
    return 0;
}

static void the_same_index_draws_the_same(void **state)
{
    drawn *d = *state;
    ia_tof_specimen *again = calloc(1, sizeof *again);

    for (uint64_t i = 0; i < 20; i++) {
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 5, i, d->specimen), IA_OK);
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 5, i, again), IA_OK);
        assert_int_equal(d->specimen->peaks.n, again->peaks.n);
        assert_memory_equal(d->specimen->room, again->room,
                            again->peaks.n * sizeof *again->room);
    }
    free(again);
}

// Every line that was not lost is in the peak it went to; peaks rise and stand out.
static void peaks_hold_their_lines(void **state)
{
    drawn *d = *state;
    ia_tof_specimen *s = d->specimen;
    size_t n_peaks = 0, n_molecules = 0;

    for (uint64_t i = 0; i < SPECIMENS; i++) {
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 1, i, s), IA_OK);
        double *sum = calloc(s->peaks.n + 1, sizeof *sum);
        for (size_t k = 0; k < s->n_lines; k++) {
            const ia_tof_line *line = &s->lines[k];
            if (line->peak < 0)
                continue;
            sum[line->peak] += line->n;
            double width = ia_peak_width(&s->peaks.widths, line->mass);
            assert_true(fabs(line->mass - s->peaks.list[line->peak].mass) < 8 * width);
        }
        for (size_t p = 0; p < s->peaks.n; p++) {
            const ia_tof_peak *peak = &s->peaks.list[p];
            // What is not of a line is noise of the background.
            assert_true(fabs(peak->net - sum[p]) < 6 * sqrt(peak->b) + 6);
            assert_true(peak->net >= ia_tof_limit(&s->peaks, peak->mass) * 0.99);
            assert_true(p == 0 || s->peaks.list[p - 1].mass < peak->mass);
        }
        n_peaks += s->peaks.n;
        n_molecules += s->n_ions - s->n_atoms;
        free(sum);
    }
    assert_true(n_peaks > 10 * SPECIMENS && n_molecules > SPECIMENS);
}

// Every element is drawn, the common ones more often.
static void all_elements_are_drawn(void **state)
{
    drawn *d = *state;
    size_t seen[IA_Z_MAX + 1] = {0}, n = 0;
    ia_tof_classes classes = ia_tof_classes_list();

    for (uint64_t i = 0; i < 10 * SPECIMENS; i++) {
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 2, i, d->specimen), IA_OK);
        for (size_t k = 0; k < d->specimen->n_atoms; k++)
            seen[d->specimen->ions[k].ion.parts[0].z]++;
    }
    for (size_t k = 1; k < classes.n; k++)
        n += seen[classes.z[k]] > 0;
    assert_true(n >= classes.n - 2); // one or two of the rarest may be missing
    assert_true(seen[26] > seen[66] && seen[26] > seen[54]); // Fe, Dy, Xe
    assert_true(ia_tof_element_weight(&d->prior, 26) > 1);
    assert_true(ia_tof_element_weight(&d->prior, 54) < 1);
}

// The label of a row is what is there: an element's own main line, with its charge.
static void rows_have_their_truth(void **state)
{
    drawn *d = *state;
    ia_tof_classes classes = ia_tof_classes_list();
    size_t right = 0;

    assert_int_equal(classes.z[0], 0);
    assert_int_equal(classes.z[classes.class_of[26]], 26);
    assert_int_equal(classes.class_of[43], 0); // technetium is not natural
    for (uint64_t i = 0; i < 100; i++) {
        ia_tof_rows rows = {.n_features = IA_TOF_FEATURES};
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 3, i, d->specimen), IA_OK);
        assert_int_equal(ia_tof_element_rows(NULL, &classes, d->specimen, &rows), IA_OK);
        assert_int_equal(rows.n, IA_TOF_CHARGES * d->specimen->peaks.n);
        for (size_t r = 0; r < rows.n; r++) {
            unsigned z = classes.z[(size_t)rows.labels[r]];
            const float *f = rows.features + r * IA_TOF_FEATURES;
            if (z == 0)
                continue;
            // Its mass number is that of the most abundant nuclide: the mean is near.
            assert_true(fabs((double)f[1] - ia_element_of(z)->mass) < 3);
            right++;
        }
        ia_tof_rows_clear(&rows);
    }
    assert_true(right > 200);
}

static void molecules_are_asked_about_once_a_peak(void **state)
{
    drawn *d = *state;
    size_t n = 0, n_right = 0;

    for (uint64_t i = 0; i < 60; i++) {
        ia_tof_rows rows = {.n_features = IA_TOF_MATCH_FEATURES};
        ia_random random = ia_random_new(9, i);
        assert_int_equal(ia_tof_draw(NULL, &d->prior, 4, i, d->specimen), IA_OK);
        assert_int_equal(
            ia_tof_molecule_rows(NULL, &d->prior, d->specimen, &random, &rows), IA_OK);
        bool told = false;
        for (size_t r = 0; r < rows.n; r++) {
            if (rows.features[r * IA_TOF_MATCH_FEATURES + IA_TOF_MATCH_FEATURES - 2] == 0)
                told = false; // the first of another peak
            assert_false(told && rows.labels[r] > 0);
            told = told || rows.labels[r] > 0;
            n_right += rows.labels[r] > 0;
        }
        n += rows.n;
        ia_tof_rows_clear(&rows);
    }
    assert_true(n_right > 50 && n > 5 * n_right);
}

static void short_memory_is_told(void **state)
{
    drawn *d = *state;
    ia_ctx *ctx = ia_ctx_new();
    ia_tof_classes classes = ia_tof_classes_list();
    ia_tof_rows rows = {.n_features = IA_TOF_FEATURES};

    CHECK_STARVED(ctx, ia_tof_draw(ctx, &d->prior, 1, 1, d->specimen), (void)0);
    CHECK_STARVED(ctx,
                  (ia_tof_rows_clear(&rows),
                   ia_tof_element_rows(ctx, &classes, d->specimen, &rows)),
                  ia_tof_rows_clear(&rows));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_index_draws_the_same),
        cmocka_unit_test(peaks_hold_their_lines),
        cmocka_unit_test(all_elements_are_drawn),
        cmocka_unit_test(rows_have_their_truth),
        cmocka_unit_test(molecules_are_asked_about_once_a_peak),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
