// tests/unit/test_tof_way.c: identification by trees.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static ia_identify_params tree(void)
{
    ia_identify_params p = ia_identify_defaults();
    p.way = IA_WAY_TREE;
    return p;
}

static void elements_and_molecules_are_found(void **state)
{
    (void)state;
    ia_spectrum s =
        alloy_spectrum("Ti Al:0.1 V:0.04", "TiO+:0.01 H+:0.01 TiH+:0.004", 300000, 1);
    ia_identify_params p = tree();
    ia_identification id = {0};
    static const char *const due[] = {"Ti++", "Al++", "V++", "H+", "TiO+", "TiH+"};

    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    for (size_t k = 0; k < sizeof due / sizeof *due; k++) {
        const ia_identified *ion = identified_of(&id, due[k]);
        if (!ion)
            fail_msg("%s is not found", due[k]);
        assert_true(ion->probability >= 0.5 && ion->counts > 50);
        assert_true(ion->sigma_counts > 0 && ion->n_seen >= 1);
    }
    // Counting error and what the bounds cut off.
    assert_true(fabs(percent_of(&s, &id, "Al") - 9.8) < 0.5);
    assert_true(fabs(percent_of(&s, &id, "V") - 3.9) < 0.3);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void the_assignment_keeps_its_promises(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Ni Cr:0.2 Fe:0.18 Nb:0.03", "H+:0.002", 200000, 2);
    ia_identify_params p = tree();
    ia_identification id = {0};

    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    const ia_assignment *a = &id.assignment;
    assert_true(a->n_ions >= 4 && a->n_peaks == id.peaks.n);
    assert_true(a->scale.n_lines >= 3 && fabs(a->scale.offset) < 0.01);
    assert_true(a->by_chance < 0.5);
    for (size_t i = 1; i < a->n_ions; i++)
        assert_true(a->ions[i - 1].counts >= a->ions[i].counts);
    double *share = calloc(a->n_peaks, sizeof *share);
    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        assert_true(e->ion < a->n_ions && e->share > 0 && e->share <= 1);
        assert_true(
            i == 0 || a->isotopes[i - 1].ion < e->ion ||
            (a->isotopes[i - 1].ion == e->ion && a->isotopes[i - 1].mass < e->mass));
        if (e->peak >= 0)
            share[e->peak] += e->share;
    }
    for (size_t k = 0; k < a->n_peaks; k++)
        assert_true(share[k] < 1.001); // no peak is given away twice
    free(share);
    // One decision for each ion told, and each says what noise would do.
    assert_int_equal(a->n_decisions, a->n_ions);
    for (size_t k = 0; k < a->n_decisions; k++) {
        const ia_decision *d = &a->decisions[k];
        assert_true(d->probability >= p.probability && d->probability <= 1);
        assert_true(d->rival_probability <= d->probability);
        assert_true(d->flip > 0.01);
        // No noise changes nothing, little noise little.
        assert_true(fabs(d->widths[1] - d->probability) < 0.05);
        assert_true(fabs(d->noise[0] - d->probability) < 0.2);
        for (size_t n = 0; n < IA_NOISES; n++)
            assert_true(d->noise[n] >= 0 && d->noise[n] <= 1);
    }
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void the_same_on_any_threads(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Al Mg:0.02 Cu:0.02", "AlH+:0.003 H+:0.003", 60000, 3);
    ia_identify_params p = tree();
    ia_identification id[2] = {{.notes = NULL}};
    ia_ctx *ctx = ia_ctx_new();

    for (size_t k = 0; k < 2; k++) {
        ia_ctx_set_threads(ctx, k ? 3 : 1);
        CHECK_OK(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id[k]));
    }
    const ia_assignment *a = &id[0].assignment, *b = &id[1].assignment;
    assert_int_equal(a->n_ions, b->n_ions);
    for (size_t k = 0; k < a->n_ions; k++) {
        assert_true(a->ions[k].counts == b->ions[k].counts);
        assert_true(a->ions[k].probability == b->ions[k].probability);
        assert_true(a->decisions[k].flip == b->decisions[k].flip);
    }
    ia_identification_clear(&id[0]);
    ia_identification_clear(&id[1]);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void decisions_are_a_table(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 20000, 6);
    ia_identify_params p = tree();
    ia_identification id = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    static const char *const names[] = {"ion",
                                        "stage",
                                        "rival",
                                        "mass_da",
                                        "probability",
                                        "probability_noise_2_percent",
                                        "probability_noise_50_percent",
                                        "probability_width_half",
                                        "probability_width_double",
                                        "noise_that_changes_it",
                                        "rival_probability"};

    CHECK_OK(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id));
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_identification_tables(ctx, &id, &result)),
                  (void)0);
    const ia_table *table = ia_result_find(&result, "decisions");
    assert_non_null(table);
    assert_int_equal(table->n_rows, id.assignment.n_ions);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        assert_non_null(ia_table_find(table, names[k]));
    ia_result_clear(&result);
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void a_hint_is_obeyed(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "H+:0.003 OH2+:0.002", 100000, 4);
    ia_identify_params p = tree();
    ia_identification id = {0};

    snprintf(p.elements, sizeof p.elements, "Fe");
    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    assert_non_null(identified_of(&id, "Fe++"));
    assert_false(has_element(&id, "Cr"));
    assert_true(id.assignment.left_out[ia_element_find("Cr", 2)]);
    assert_non_null(strstr(id.notes, "Cr"));
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// Peaks where no ion is: as many patterns are seen when all are moved.
static void peaks_at_random_places_name_no_element(void **state)
{
    (void)state;
    enum { PEAKS = 120, BINS = 20000 };
    ia_identify_params p = tree();

    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 1 : 5); seed++) {
        ia_random random = ia_random_new(seed, 0);
        ia_spectrum s = {
            .bin = 0.01, .n_bins = BINS, .counts = calloc(BINS, sizeof(uint64_t))};
        ia_identification id = {0};
        static const uint64_t shape[] = {1, 3, 5, 3, 1};
        for (size_t k = 0; k < PEAKS; k++) {
            size_t at = 100 + (size_t)ia_random_below(&random, BINS - 200);
            for (size_t i = 0; i < 5; i++)
                s.counts[at + i] += 60 * shape[i];
        }
        assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
        assert_in_range(id.assignment.n_ions, 0, 3);
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
}

static void short_memory_and_a_stop_leak_nothing(void **state)
{
    (void)state;
    const ia_identify_params params = tree();
    check_short_memory(params, 20000, 12, 3);
    check_stop(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_molecules_are_found),
        cmocka_unit_test(the_assignment_keeps_its_promises),
        cmocka_unit_test(the_same_on_any_threads),
        cmocka_unit_test(decisions_are_a_table),
        cmocka_unit_test(a_hint_is_obeyed),
        cmocka_unit_test(peaks_at_random_places_name_no_element),
        cmocka_unit_test(short_memory_and_a_stop_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
