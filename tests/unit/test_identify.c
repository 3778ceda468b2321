// tests/unit/test_identify.c: the whole identification: results, tables, bad input.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
} bins_case;

static void set_bins(bins_case *c)
{
    memset(c, 0, sizeof *c);
    c->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = c->counts};
}

static void add_peak(bins_case *c, double mass, uint64_t n)
{
    static const uint64_t shape[] = {1, 3, 5, 3, 1};
    size_t middle = (size_t)(mass * 100);
    for (size_t k = 0; k < 5; k++)
        c->counts[middle + k - 2] += n * shape[k] / 13;
}

// Nothing is identified and a sentence with this text says why.
static void assert_nothing(const ia_spectrum *s, const char *text)
{
    ia_identification id = {0};
    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    assert_int_equal(id.assignment.n_ions, 0);
    assert_int_equal(id.ranges.n_ranges, 0);
    if (!strstr(id.notes, text))
        fail_msg("'%s' does not contain '%s'", id.notes, text);
    ia_identification_clear(&id);
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    assert_string_equal(p.elements, "");
    assert_true(p.charge_max == 4 && p.atoms_max == 5 && p.tolerance == 0.03 &&
                p.probability == 0.5);
}

static void spectra_that_say_nothing_name_no_element(void **state)
{
    (void)state;
    static bins_case c;

    set_bins(&c);
    assert_nothing(&c.spectrum, "the spectrum is empty");
    c.counts[2698] = 1000;
    assert_nothing(&c.spectrum, "same m/n");
    set_bins(&c);
    for (size_t i = 0; i < 40; i++)
        c.counts[100 * i] = 500 - i;
    assert_nothing(&c.spectrum, "whole numbers");
    set_bins(&c);
    for (size_t i = 10; i < BINS; i++)
        c.counts[i] = 3;
    assert_nothing(&c.spectrum, "no peak");
    add_peak(&c, 26.985, 5000);
    assert_nothing(&c.spectrum, "alone cannot be identified");
    c.spectrum.bin = 1;
    assert_nothing(&c.spectrum, "too wide");
}

static void few_ions_are_said_to_be_few(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *said;
    } cases[] = {{2, "only 2 ions: too few to tell"},
                 {39, "only 39 ions: too few to tell"},
                 {100, "only 100 ions: elements below about 20 at.%"}};
    static bins_case c;

    for (size_t k = 0; k < 3; k++) {
        set_bins(&c);
        for (uint64_t i = 0; i < cases[k].n; i++)
            c.counts[100 + 93 * i]++;
        assert_nothing(&c.spectrum, cases[k].said);
    }
}

// However little there is to be found: a hint with a slip of the pen is refused.
static void a_hint_that_is_no_element_is_refused(void **state)
{
    static bins_case c;
    ia_identify_params params = ia_identify_defaults();
    ia_identification id = {0};

    (void)state;
    set_bins(&c);
    snprintf(params.elements, sizeof params.elements, "Fe,Qq");
    assert_int_equal(ia_identify_compute(NULL, &c.spectrum, &params, NULL, &id),
                     IA_ERR_PARAM);
}

static void ten_ions_name_no_element(void **state)
{
    (void)state;
    static bins_case c;
    static const size_t at[] = {1201, 2698, 2699, 1349, 5593, 101, 1599, 2697, 3199};

    set_bins(&c);
    for (size_t i = 0; i < 9; i++)
        c.counts[at[i]]++;
    assert_nothing(&c.spectrum, "only 9 ions");
}

static void peaks_at_odd_places_stay_unexplained(void **state)
{
    (void)state;
    static bins_case c;
    ia_identification id = {0};

    set_bins(&c);
    add_peak(&c, 41.305, 5000);
    add_peak(&c, 77.705, 3000);
    assert_int_equal(ia_identify_compute(NULL, &c.spectrum, NULL, NULL, &id), IA_OK);
    assert_int_equal(id.assignment.n_ions, 0);
    assert_int_equal(id.assignment.n_peaks, 2);
    assert_true(!id.assignment.explained[0] && !id.assignment.explained[1]);
    assert_true(id.assignment.unexplained[0] > 4000);
    ia_identification_clear(&id);
}

static void peaks_at_random_places_name_no_element(void **state)
{
    (void)state;
    static bins_case c;
    // Any list of ten will do; these are thousandths of a linear congruence.
    uint32_t x = 1;

    for (int repeat = 0; repeat < 20; repeat++) {
        ia_identification id = {0};
        set_bins(&c);
        for (int k = 0; k < 10; k++) {
            x = x * 1664525u + 1013904223u;
            add_peak(&c, 4 + 90 * ((double)x / 4294967296.0), 800);
        }
        assert_int_equal(ia_identify_compute(NULL, &c.spectrum, NULL, NULL, &id), IA_OK);
        // No isotope pattern can be there; two charges of one element hardly.
        assert_in_range(id.assignment.n_ions, 0, 3);
        ia_identification_clear(&id);
    }
}

static void steel_is_identified(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Mn:0.012 Si:0.006 Cr:0.01", "H+:0.002", 100000, 3);
    ia_identification id = {0};
    static const char *const there[] = {"Fe", "Mn", "Si", "Cr", "H"};

    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    for (size_t i = 0; i < 5; i++)
        assert_true(has_element(&id, there[i]));
    for (size_t i = 0; i < id.assignment.n_ions; i++) {
        const ia_ion *ion = &id.assignment.ions[i].ion;
        unsigned known = 0;
        for (size_t k = 0; k < 5; k++)
            known += ia_ion_count(ion, ia_element_find(there[k], strlen(there[k])));
        assert_int_equal(known, ia_ion_atoms(ion)); // none invented
    }
    const ia_identified *fe = identified_of(&id, "Fe++");
    assert_non_null(fe);
    assert_true(fe->probability > 0.999 && fe->n_seen == 4 && fe->n_isotopes == 4);
    // Counting error, and 1 % for what the automatic bounds cut off unevenly.
    assert_true(fabs(percent_of(&s, &id, "Mn") - 1.2) < 0.2);
    assert_true(fabs(percent_of(&s, &id, "Cr") - 1.0) < 0.2);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// Are all ions told of iron, manganese, carbon and hydrogen?
static bool is_steel_alone(const ia_identification *id)
{
    static const char *const there[] = {"Fe", "Mn", "C", "H"};

    for (size_t i = 0; i < id->assignment.n_ions; i++) {
        const ia_ion *ion = &id->assignment.ions[i].ion;
        unsigned known = 0;
        for (size_t k = 0; k < sizeof there / sizeof *there; k++)
            known += ia_ion_count(ion, ia_element_find(there[k], strlen(there[k])));
        if (known != ia_ion_atoms(ion))
            return false;
    }
    return true;
}

// Half of 56Fe++ lost: 54Fe++ and 57Fe++ tell of it, and are not aluminium and a hydride.
static void a_saturated_peak_is_said_to_be_one(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Mn:0.01 C:0.01", "H+:0.003", 300000, 1);
    for (int saturated = 0; saturated < 2; saturated++) {
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        assert_int_equal(strstr(id.notes, "saturated") != NULL, saturated);
        assert_true(is_steel_alone(&id));
        ia_identification_clear(&id);
        for (size_t i = 0; i < s.n_bins; i++) {
            double mass = s.m_min + ((double)i + 0.5) * s.bin;
            if (mass > 27.7 && mass < 28.3)
                s.counts[i] /= 2;
        }
    }
    ia_spectrum_clear(&s);
}

// A peak cut at a count is told of; the same peak whole is not, nor one of few ions.
static void capped_bins_are_told_of(void **state)
{
    (void)state;
    enum { SPAN = 6000, AT = 2797 };
    static uint64_t counts[SPAN];
    ia_spectrum s = {.bin = 0.01, .n_bins = SPAN, .counts = counts};

    for (int which = 0; which < 3; which++) {
        double height = which == 2 ? 900 : 90000;
        uint64_t cap = which == 1 ? 65535 : which == 2 ? 800 : UINT64_MAX;
        ia_identification id = {0};
        for (int i = 0; i < SPAN; i++) {
            double n = height * exp(-0.5 * (i - AT) * (i - AT) / 9.);
            counts[i] = (uint64_t)n < cap ? (uint64_t)n : cap;
        }
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        assert_int_equal(id.notes && strstr(id.notes, "capped") != NULL, which == 1);
        ia_identification_clear(&id);
    }
}

static void a_shifted_scale_is_found(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Ni Cr:0.2 Al:0.06", "", 50000, 4);
    ia_identification id = {0};

    s.m_min = 0.04;
    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    assert_true(has_element(&id, "Ni") && has_element(&id, "Cr") &&
                has_element(&id, "Al"));
    assert_true(fabs(id.assignment.scale.offset - 0.04) < 0.005);
    assert_true(id.assignment.scale.n_lines >= 8);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void ranges_are_disjoint_and_hold_their_peak(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Ti Al:0.1 V:0.04", "TiO+:0.003 H+:0.01", 200000, 5);
    ia_identification id = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_identify_compute(ctx, &s, NULL, NULL, &id));
    assert_true(id.ranges.n_ranges > 10);
    for (size_t i = 0; i < id.ranges.n_ranges; i++) {
        const ia_range *r = &id.ranges.ranges[i];
        assert_true(r->lo < r->hi);
        assert_true(i == 0 || id.ranges.ranges[i - 1].hi <= r->lo);
        assert_true(id.ranges.ions[r->ion].charge > 0);
        assert_true(id.evidence[i].counts > id.evidence[i].background);
        assert_true(id.evidence[i].share > 0 && id.evidence[i].share <= 1);
    }
    CHECK_OK(ctx, ia_ranges_check(ctx, &id.ranges));
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void tables_are_complete(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 20000, 6);
    ia_identification id = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_identify_compute(ctx, &s, NULL, NULL, &id));
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_identification_tables(ctx, &id, &result)),
                  (void)0);
    const ia_table *ranges = ia_result_find(&result, "ranges");
    static const char *const names[] = {"ion",   "elements",    "charge",
                                        "lo_da", "hi_da",       "counts",
                                        "share", "probability", "background_counts"};
    assert_int_equal(ranges->n_rows, id.ranges.n_ranges);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(ia_table_find(ranges, names[i]));
    assert_non_null(ia_result_find(&result, "unexplained_peaks"));
    assert_int_equal(ia_result_find(&result, "ions")->n_rows, id.assignment.n_ions);
    assert_non_null(ia_result_find(&result, "isotopes"));
    assert_non_null(ia_result_find(&result, "mass_scale"));
    // No invented ion explains a clean spectrum better.
    const ia_table *chance = ia_result_find(&result, "chance");
    assert_non_null(ia_table_find(chance, "found_by_chance"));
    assert_non_null(ia_table_find(chance, "ions_withheld"));
    assert_true(id.assignment.by_chance < 0.1 && id.assignment.n_withheld == 0);
    ia_result_clear(&result);
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    ia_spectrum s = alloy_spectrum("Fe", "", 5000, 1);
    ia_identify_params p = ia_identify_defaults();
    ia_identification id = {.notes = NULL};
    ia_ctx *ctx = ia_ctx_new();

    p.charge_max = 5;
    CHECK_FAILS(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id), IA_ERR_PARAM,
                "charge_max");
    p = ia_identify_defaults();
    snprintf(p.elements, sizeof p.elements, "Fe,iron");
    CHECK_FAILS(ctx, ia_identify_compute(ctx, &s, &p, NULL, &id), IA_ERR_PARAM,
                "\"iron\" is no element");
    assert_null(id.notes);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    check_short_memory(ia_identify_defaults(), 5000, 50, 2);
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    check_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(spectra_that_say_nothing_name_no_element),
        cmocka_unit_test(few_ions_are_said_to_be_few),
        cmocka_unit_test(a_hint_that_is_no_element_is_refused),
        cmocka_unit_test(ten_ions_name_no_element),
        cmocka_unit_test(peaks_at_odd_places_stay_unexplained),
        cmocka_unit_test(peaks_at_random_places_name_no_element),
        cmocka_unit_test(steel_is_identified),
        cmocka_unit_test(a_saturated_peak_is_said_to_be_one),
        cmocka_unit_test(capped_bins_are_told_of),
        cmocka_unit_test(a_shifted_scale_is_found),
        cmocka_unit_test(ranges_are_disjoint_and_hold_their_peak),
        cmocka_unit_test(tables_are_complete),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
        cmocka_unit_test(it_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
