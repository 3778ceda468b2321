// tests/unit/test_bayes.c: identification by the posterior over sets of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static ia_identify_params way(int which)
{
    ia_identify_params p = ia_identify_defaults();
    p.way = which;
    return p;
}

static const int ways[] = {IA_WAY_BAYES, IA_WAY_JOINT};

static void elements_and_molecules_are_found(void **state)
{
    (void)state;
    ia_spectrum s =
        alloy_spectrum("Ti Al:0.1 V:0.04", "TiO+:0.01 H+:0.01 TiH+:0.004", 300000, 1);
    static const char *const due[] = {"Ti++", "Al++", "V++", "H+", "TiO+", "TiH+"};

    for (size_t w = 0; w < 2; w++) {
        ia_identify_params p = way(ways[w]);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
        for (size_t k = 0; k < sizeof due / sizeof *due; k++) {
            const ia_identified *ion = identified_of(&id, due[k]);
            if (!ion)
                fail_msg("%s is not found", due[k]);
            assert_true(ion->probability >= 0.9 && ion->probability < 1);
            assert_true(ion->sigma_counts > 0 && ion->n_seen >= 1);
        }
        // Counting error and what the bounds cut off.
        assert_true(fabs(percent_of(&s, &id, "Al") - 9.8) < 0.5);
        ia_identification_clear(&id);
    }
    ia_spectrum_clear(&s);
}

// Sets of a group exclude each other; what an ion gets is the sum over those with it.
static void an_ion_has_the_sum_of_its_sets(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Si:0.4 N", "N2+:0.1 SiN+:0.02 H+:0.003", 50000, 2);
    ia_identify_params p = way(IA_WAY_BAYES);
    ia_identification id = {0};

    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    const ia_assignment *a = &id.assignment;
    assert_true(a->n_accounts > 3);
    double sum = 0;
    for (size_t i = 0; i < a->n_accounts; i++) {
        bool first = i == 0 || a->accounts[i].group != a->accounts[i - 1].group;
        assert_true(first ||
                    a->accounts[i].probability <= a->accounts[i - 1].probability);
        sum = (first ? 0 : sum) + a->accounts[i].probability;
        assert_true(a->accounts[i].probability >= 0.01 && sum < 1 + 1e-9);
    }
    for (size_t k = 0; k < a->n_ions; k++) {
        char wanted[IA_ION_NAME + 2], text[4096];
        double with = 0;
        snprintf(wanted, sizeof wanted, " %s ", a->ions[k].ion.name);
        for (size_t i = 0; i < a->n_accounts; i++) {
            snprintf(text, sizeof text, " %s ", a->accounts[i].ions);
            with += strstr(text, wanted) ? a->accounts[i].probability : 0;
        }
        // Sets below 0.01 are not listed; some dozens may be that rare.
        assert_true(fabs(with - a->ions[k].probability) < 0.1);
    }
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void the_same_on_any_threads(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Al Mg:0.02 Cu:0.02", "AlH+:0.003 H+:0.003", 60000, 3);
    ia_identify_params p = way(IA_WAY_JOINT);
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
    }
    ia_identification_clear(&id[0]);
    ia_identification_clear(&id[1]);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void models_are_a_table(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 20000, 6);
    ia_identify_params p = way(IA_WAY_BAYES);
    ia_identification id = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id));
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_identification_tables(ctx, &id, &result)),
                  (void)0);
    const ia_table *table = ia_result_find(&result, "models");
    assert_non_null(table);
    assert_int_equal(table->n_rows, id.assignment.n_accounts);
    assert_true(table->n_rows > 0 && ia_table_find(table, "group") &&
                ia_table_find(table, "ions") && ia_table_find(table, "probability"));
    ia_result_clear(&result);
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void a_hint_is_obeyed(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "H+:0.003 OH2+:0.002", 100000, 4);
    ia_identify_params p = way(IA_WAY_JOINT);
    ia_identification id = {0};

    snprintf(p.elements, sizeof p.elements, "Fe");
    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    assert_non_null(identified_of(&id, "Fe++"));
    assert_false(has_element(&id, "Cr"));
    assert_true(id.assignment.left_out[ia_element_find("Cr", 2)]);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// A spectrum with no ion, with too few, and parameters out of bounds.
static void bad_input_is_told(void **state)
{
    (void)state;
    static uint64_t counts[4000];
    ia_spectrum s = {.bin = 0.01, .n_bins = 4000, .counts = counts};
    ia_identify_params p = way(IA_WAY_BAYES);
    ia_identification id = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id));
    assert_int_equal(id.assignment.n_ions, 0);
    ia_identification_clear(&id);
    for (size_t i = 0; i < 4000; i++)
        counts[i] = 2;
    counts[2798] = 9; // a single weak peak
    CHECK_OK(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id));
    assert_int_equal(id.assignment.n_ions, 0);
    ia_identification_clear(&id);
    p.probability = 2;
    assert_int_equal(ia_identify_compute(ctx, &s, &p, NULL, &id), IA_ERR_PARAM);
    ia_ctx_reset(ctx);
    p = way(IA_WAY_BAYES);
    snprintf(p.prior, sizeof p.prior, "no_such_file.csv");
    counts[1200] = counts[1201] = counts[2698] = counts[2699] = 900;
    assert_int_equal(ia_identify_compute(ctx, &s, &p, NULL, &id), IA_ERR_IO);
    assert_non_null(strstr(ia_ctx_message(ctx), "no_such_file.csv"));
    assert_null(id.assignment.ions);
    ia_ctx_free(ctx);
}

static void short_memory_and_a_stop_leak_nothing(void **state)
{
    (void)state;
    ia_identify_params p = way(IA_WAY_JOINT);
    check_short_memory(p, 20000, 25, 3);
    check_stop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_molecules_are_found),
        cmocka_unit_test(an_ion_has_the_sum_of_its_sets),
        cmocka_unit_test(the_same_on_any_threads),
        cmocka_unit_test(models_are_a_table),
        cmocka_unit_test(a_hint_is_obeyed),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(short_memory_and_a_stop_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
