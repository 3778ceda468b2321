// tests/unit/test_guided.c: identification peak by peak.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static ia_identify_params guided(void)
{
    ia_identify_params p = ia_identify_defaults();
    p.way = IA_WAY_GUIDED;
    return p;
}

static void an_alloy_is_labelled(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Al Mg:0.02 Cu:0.02", "H+:0.003", 200000, 1);
    ia_identify_params p = guided();
    ia_identification id = {0};
    static const char *const due[] = {"Al++", "Al+", "Mg++", "Cu+", "H+"};

    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    for (size_t k = 0; k < sizeof due / sizeof *due; k++) {
        const ia_identified *ion = identified_of(&id, due[k]);
        assert_non_null(ion);
        assert_true(ion->probability >= 0.5 && ion->counts > 50 && ion->sigma_counts > 0);
    }
    assert_true(id.ranges.n_ranges >= 8);
    // Counting error and what the bounds cut off.
    assert_true(fabs(percent_of(&s, &id, "Mg") - 2) < 0.2);
    for (size_t i = 1; i < id.assignment.n_ions; i++)
        assert_true(id.assignment.ions[i - 1].counts >= id.assignment.ions[i].counts);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// One label a peak, whatever the others say: all of a peak goes to one ion.
static void a_peak_has_one_label(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2 Ni:0.1", "", 200000, 2);
    ia_identify_params p = guided();
    ia_identification id = {0};

    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    const ia_assignment *a = &id.assignment;
    size_t labels[1000] = {0}, n_explained = 0;
    for (size_t i = 0; i < a->n_isotopes; i++) {
        assert_true(a->isotopes[i].share == 1 && a->isotopes[i].peak >= 0);
        labels[a->isotopes[i].peak]++;
        assert_true(i == 0 || a->isotopes[i - 1].ion <= a->isotopes[i].ion);
    }
    for (size_t i = 0; i < a->n_peaks; i++) {
        n_explained += a->explained[i];
        assert_int_equal(labels[i], a->explained[i]);
        assert_true(!a->explained[i] || a->unexplained[i] == 0);
    }
    assert_int_equal(n_explained, a->n_isotopes);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void a_hint_is_obeyed(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "H+:0.003 H2O+:0.002", 100000, 3);
    ia_identify_params p = guided();
    ia_identification id = {0};

    snprintf(p.elements, sizeof p.elements, "Fe");
    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
    assert_non_null(identified_of(&id, "Fe++"));
    assert_non_null(identified_of(&id, "H+"));
    assert_non_null(identified_of(&id, "OH2+")); // residual gas
    assert_false(has_element(&id, "Cr"));
    ia_identification_clear(&id);
    snprintf(p.elements, sizeof p.elements, "iron");
    assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_ERR_PARAM);
    ia_spectrum_clear(&s);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 5000, 2);
    ia_identify_params p = guided();
    ia_identification id = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;

    p.charge_max = 2;
    p.atoms_max = 1;
    snprintf(p.elements, sizeof p.elements, "Fe,Cr");
    for (size_t k = 1; st == IA_ERR_MEMORY; k += 1 + k / 20) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_identify_compute(ctx, &s, &p, NULL, &id);
        assert_true(st == IA_OK || id.assignment.ions == NULL);
    }
    assert_int_equal(st, IA_OK);
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alloy_is_labelled),
        cmocka_unit_test(a_peak_has_one_label),
        cmocka_unit_test(a_hint_is_obeyed),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
