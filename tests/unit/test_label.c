// tests/unit/test_label.c: which ions could be at an m/n, and what speaks for each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static const ia_label *label_of(const ia_labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->n; i++)
        for (size_t k = 0; k < labels->list[i].n; k++)
            if (strcmp(labels->list[i].list[k].ion.name, name) == 0)
                return &labels->list[i].list[k];
    return NULL;
}

static ia_label_params params_at(double mass)
{
    ia_label_params p = ia_label_defaults();
    p.at = mass;
    return p;
}

// A spectrum, its identification and the labels asked for.
typedef struct {
    ia_spectrum spectrum;
    ia_identification id;
    ia_labels labels;
} labelled;

static labelled label_alloy(const char *composition, const char *molecules,
                            const ia_label_params *p)
{
    labelled l = {.spectrum = alloy_spectrum(composition, molecules, 200000, 1)};
    assert_int_equal(ia_identify_compute(NULL, &l.spectrum, NULL, NULL, &l.id), IA_OK);
    const ia_label_evidence evidence = {&l.spectrum, &l.id.background, &l.id.peaks,
                                        &l.id.assignment, NULL};
    assert_int_equal(ia_labels_compute(NULL, p, &evidence, &l.labels), IA_OK);
    return l;
}

static void clear(labelled *l)
{
    ia_labels_clear(&l->labels);
    ia_identification_clear(&l->id);
    ia_spectrum_clear(&l->spectrum);
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_label_params p = ia_label_defaults();
    assert_true(p.at == 0 && p.atoms_max == 5 && p.charge_max == 4);
    assert_true(p.tolerance == 0.05 && p.abundance == 1e-5 && p.commonness);
    assert_string_equal(p.elements, "");
}

static void ions_at_28_are_ranked_and_complete(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mass;
    } due[] = {
        {"28Si+", 27.977}, {"12C16O+", 27.994}, {"14N2+", 28.006}, {"56Fe++", 27.967}};
    ia_label_params p = params_at(28);
    ia_labels labels = {0};

    snprintf(p.elements, sizeof p.elements, "C,N,O,Si,Fe");
    p.atoms_max = p.charge_max = 2;
    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &labels), IA_OK);
    assert_int_equal(labels.n, 1);
    for (size_t k = 0; k < 4; k++) {
        const ia_label *l = label_of(&labels, due[k].name);
        assert_non_null(l);
        assert_true(fabs(l->mass - due[k].mass) < 0.001);
        assert_true(fabs(l->offset - (28 - l->mass)) < 1e-9);
        // Hardly anything fits better.
        assert_true(l < labels.list[0].list + 5);
        assert_true(isnan(l->probability) && isnan(l->share_most));
    }
    for (size_t i = 1; i < labels.list[0].n; i++)
        assert_true(labels.list[0].list[i - 1].rank >= labels.list[0].list[i].rank);
    ia_labels_clear(&labels);
}

static void constraints_hold(void **state)
{
    (void)state;
    ia_label_params p = params_at(28);
    ia_labels labels = {0};

    p.tolerance = 1e-6;
    p.tolerance_ppm = 300; // 0.0084 Da at 28 Da
    p.most = 1000;
    p.abundance = 0.5;
    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &labels), IA_OK);
    assert_true(labels.list[0].n > 10 && labels.list[0].n <= labels.list[0].n_found);
    for (size_t i = 0; i < labels.list[0].n; i++) {
        const ia_label *l = &labels.list[0].list[i];
        assert_true(fabs(l->offset) <= 0.0084 && l->abundance >= 0.5);
    }
    assert_non_null(label_of(&labels, "14N2+"));
    assert_null(label_of(&labels, "28Si+"));
    ia_labels_clear(&labels);
}

// Heavy hydrogen is natural to 1e-4 only, and tritium and carbon-14 are not natural.
static void enriched_and_artificial_nuclides_can_be_asked_for(void **state)
{
    (void)state;
    ia_label_params p = params_at(3.016);
    ia_labels labels = {0};
    const double year = 3.15e7;

    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &labels), IA_OK);
    double natural = label_of(&labels, "2H1H+") ? label_of(&labels, "2H1H+")->rank
                                                : label_of(&labels, "1H2H+")->rank;
    assert_null(label_of(&labels, "3H+"));
    ia_labels_clear(&labels);
    snprintf(p.enriched, sizeof p.enriched, "2H");
    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &labels), IA_OK);
    const ia_label *enriched = label_of(&labels, "2H1H+") ? label_of(&labels, "2H1H+")
                                                          : label_of(&labels, "1H2H+");
    assert_true(enriched->rank > natural + 8); // ln of 1e4 is 9.2
    ia_labels_clear(&labels);
    p.half_life = year;
    p.abundance = 0;
    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &labels), IA_OK);
    const ia_label *tritium = label_of(&labels, "3H+");
    assert_non_null(tritium);
    assert_true(tritium->half_life > 12 * year && tritium->half_life < 13 * year);
    ia_labels_clear(&labels);
}

static void a_spectrum_tells_iron_from_silicon(void **state)
{
    (void)state;
    ia_label_params p = params_at(28);
    // The peak at 27.97 Da is 56Fe++ in a steel and 28Si+ in silicon.
    labelled steel = label_alloy("Fe Cr:0.1", "", &p);
    labelled silicon = label_alloy("Si B:0.01", "SiH+:0.01", &p);

    assert_string_equal(steel.labels.list[0].list[0].ion.name, "56Fe++");
    assert_string_equal(silicon.labels.list[0].list[0].ion.name, "28Si+");
    const ia_label *si = label_of(&steel.labels, "28Si+");
    if (si) { // 29Si+ is missing: hardly any of the peak can be silicon
        assert_true(si->share_most < 0.02 && si->n_seen < si->n_companions);
        assert_non_null(strstr(si->con, "no more than"));
    }
    const ia_label *fe = &steel.labels.list[0].list[0];
    assert_true(fe->probability > 0.99 && fe->share_most > 0.9 && fe->share_told > 0.9);
    assert_true(fe->probability_told > 0.9);
    assert_string_equal(steel.labels.list[0].told.name, "Fe++");
    assert_true(steel.labels.list[0].told_share > 0.9);
    assert_true(steel.labels.list[0].told_probability == fe->probability_told);
    assert_true(fe->n_companions == 3 && fe->n_seen == 3); // 54, 57 and 58
    assert_non_null(strstr(fe->pro, "Fe has other charges too"));
    clear(&steel);
    clear(&silicon);
}

// The peak of silicon, asked about in terms of iron alone: all peaks together tell
// silicon.
static void what_all_peaks_tell_is_said(void **state)
{
    (void)state;
    ia_label_params p = params_at(28);
    ia_ctx *ctx = ia_ctx_new();
    labelled l = label_alloy("Si B:0.01", "", &p);
    const ia_identification *id = &l.id;
    const ia_label_evidence evidence = {&l.spectrum, &id->background, &id->peaks,
                                        &id->assignment, NULL};
    ia_labels labels = {0};

    CHECK_OK(ctx, ia_labels_compute(ctx, &p, &evidence, &labels));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0); // both tell silicon
    ia_labels_clear(&labels);
    snprintf(p.elements, sizeof p.elements, "Fe");
    CHECK_OK(ctx, ia_labels_compute(ctx, &p, &evidence, &labels));
    assert_string_equal(labels.list[0].told.name, "Si+");
    assert_string_equal(labels.list[0].list[0].ion.name, "56Fe++");
    assert_true(labels.list[0].list[0].share_told == 0);
    assert_true(isnan(labels.list[0].list[0].probability_told));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "all peaks together tell Si+"));
    ia_labels_clear(&labels);
    clear(&l);
    ia_ctx_free(ctx);
}

// What speaks for an ion is true: no element that the spectrum does not tell is seen.
static void only_what_is_told_is_seen(void **state)
{
    (void)state;
    ia_label_params p = params_at(100);
    labelled w = label_alloy("W Ta:0.05", "WN++:0.01 H+:0.01", &p);
    size_t n_seen = 0;

    for (size_t i = 0; i < w.labels.list[0].n; i++) {
        const char *end = strstr(w.labels.list[0].list[i].pro, " is seen elsewhere");
        for (; end; end = strstr(end + 1, " is seen elsewhere")) {
            const char *begin = end;
            while (begin > w.labels.list[0].list[i].pro && begin[-1] != ' ')
                begin--;
            bool is_there = false;
            for (size_t k = 0; k < w.id.assignment.n_ions; k++)
                is_there =
                    is_there ||
                    ia_ion_count(&w.id.assignment.ions[k].ion,
                                 ia_element_find(begin, (size_t)(end - begin))) > 0;
            assert_true(is_there);
            n_seen++;
        }
    }
    assert_true(n_seen > 0);
    clear(&w);
}

static void every_peak_is_asked_about(void **state)
{
    (void)state;
    ia_label_params p = params_at(0);
    labelled l = label_alloy("Al Mg:0.02 Cu:0.02", "AlH+:0.003", &p);
    static const char *const first[] = {"27Al++", "27Al+", "24Mg++", "25Mg++", "63Cu+"};

    assert_int_equal(l.labels.n, l.id.peaks.n);
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        const ia_label *label = label_of(&l.labels, first[k]);
        assert_non_null(label);
        assert_true(label->probability > 0.5);
    }
    clear(&l);
}

static void tables_are_complete(void **state)
{
    (void)state;
    ia_label_params p = params_at(28);
    labelled l = label_alloy("Fe Cr:0.1", "", &p);
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    static const char *const names[] = {
        "at_da",      "ion",  "charge",      "mass_da",         "offset_da",
        "abundance",  "rank", "probability", "companions_seen", "share_most",
        "share_told", "for",  "against"};

    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_label_tables(ctx, &l.labels, &result)),
                  (void)0);
    const ia_table *candidates = ia_result_find(&result, "candidates");
    assert_int_equal(candidates->n_rows, l.labels.list[0].n);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        assert_non_null(ia_table_find(candidates, names[k]));
    const ia_table *questions = ia_result_find(&result, "questions");
    assert_non_null(ia_table_find(candidates, "probability_told"));
    assert_non_null(ia_table_find(questions, "ions_possible"));
    assert_string_equal(((char **)ia_table_find(questions, "told")->data)[0], "Fe++");
    ia_result_clear(&result);
    clear(&l);
    // Without a spectrum nothing is said that only one could tell.
    assert_int_equal(ia_labels_compute(NULL, &p, NULL, &l.labels), IA_OK);
    CHECK_OK(ctx, ia_label_tables(ctx, &l.labels, &result));
    assert_null(ia_table_find(ia_result_find(&result, "candidates"), "probability"));
    ia_result_clear(&result);
    ia_labels_clear(&l.labels);
    ia_ctx_free(ctx);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    (void)state;
    ia_label_params p = ia_label_defaults();
    ia_labels labels = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM,
                "there is none");
    p.at = 28;
    p.atoms_max = 6;
    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM,
                "atoms_max");
    p = params_at(28);
    snprintf(p.elements, sizeof p.elements, "Fe,iron");
    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM,
                "\"iron\" is no element");
    p.elements[0] = 0;
    snprintf(p.enriched, sizeof p.enriched, "Fe");
    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM,
                "\"Fe\" is no nuclide");
    snprintf(p.enriched, sizeof p.enriched, "D,54Fe,56Fe,57Fe,58Fe,50Cr,52Cr,53Cr,54Cr");
    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM,
                "more than 8");
    p = params_at(98);
    snprintf(p.elements, sizeof p.elements, "Tc"); // none is natural
    CHECK_FAILS(ctx, ia_labels_compute(ctx, &p, NULL, &labels), IA_ERR_PARAM, "Tc");
    assert_null(labels.list);
    ia_ctx_free(ctx);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user;
    (void)done;
    return strcmp(stage, "label") != 0;
}

static void short_memory_and_a_stop_leak_nothing(void **state)
{
    (void)state;
    ia_label_params p = params_at(28);
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 5000, 2);
    ia_identification id = {0};
    ia_labels labels = {0};
    ia_ctx *ctx = ia_ctx_new();

    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    const ia_label_evidence evidence = {&s, &id.background, &id.peaks, &id.assignment,
                                        NULL};
    snprintf(p.elements, sizeof p.elements, "Fe,Si");
    p.atoms_max = 1;
    CHECK_STARVED(ctx, ia_labels_compute(ctx, &p, &evidence, &labels),
                  ia_labels_clear(&labels));
    ia_ctx_set_progress(ctx, stop, NULL);
    p.at = 0;
    assert_int_equal(ia_labels_compute(ctx, &p, &evidence, &labels), IA_CANCELLED);
    assert_null(labels.list);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(ions_at_28_are_ranked_and_complete),
        cmocka_unit_test(constraints_hold),
        cmocka_unit_test(enriched_and_artificial_nuclides_can_be_asked_for),
        cmocka_unit_test(a_spectrum_tells_iron_from_silicon),
        cmocka_unit_test(what_all_peaks_tell_is_said),
        cmocka_unit_test(only_what_is_told_is_seen),
        cmocka_unit_test(every_peak_is_asked_about),
        cmocka_unit_test(tables_are_complete),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(short_memory_and_a_stop_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
