// tests/unit/test_composition.c: composition against sums done by hand, and its odd
// cases.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

static ia_composition compose(ranging_case *c, const ia_background *background)
{
    ia_composition composition = {0};
    assert_int_equal(ia_composition_compute(NULL, &c->ranges, &c->ranger, &c->counts,
                                            background, &composition),
                     IA_OK);
    return composition;
}

static void single_atoms_have_binomial_errors(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Cr++", 25, 26, 100}, {"Fe++", 27, 28.5, 700}, {"Fe+", 55, 57, 200});
    ia_composition composition = compose(&c, NULL);
    const ia_fraction *fe = element_of(&composition, "Fe");

    assert_int_equal(composition.n_elements, 2);
    assert_true(fe == &composition.elements[0]);
    assert_int_equal(fe->z, 26);
    assert_true(fe->counts == 900);
    assert_near(fe->percent, 90, 1e-12);
    assert_near(fe->sigma_percent, 100 * sqrt(0.9 * 0.1 / 1000), 1e-12);
    assert_near(element_of(&composition, "Cr")->sigma_percent, fe->sigma_percent, 1e-12);
    ia_composition_clear(&composition);
}

// Of 100 D+ (100 atoms 2H), 40 HD+ (40 each), 60 H+ and 200 Fe+, 57Fe+ among them: 440
// atoms.
static void nuclides_have_rows_of_their_own(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"H+", 0.9, 1.1, 60}, {"D+", 1.9, 2.1, 100}, {"HD+", 2.9, 3.1, 40},
             {"Fe+", 55.8, 56.2, 150}, {"57Fe+", 56.8, 57.2, 50});
    ia_composition composition = compose(&c, NULL);

    assert_int_equal(composition.n_elements, 3);
    assert_near(element_of(&composition, "2H")->percent, 100 * 140 / 440.0, 1e-12);
    assert_int_equal(element_of(&composition, "2H")->a, 2);
    assert_near(element_of(&composition, "H")->percent, 100 * 100 / 440.0, 1e-12);
    assert_near(element_of(&composition, "Fe")->percent, 100 * 200 / 440.0, 1e-12);
    double whole = 100 * 1.00794 + 140 * 2.01410178 + 150 * 55.845 + 50 * 56.93539;
    assert_near(element_of(&composition, "2H")->weight_percent,
                100 * 140 * 2.01410178 / whole, 1e-3);
    ia_composition_clear(&composition);

    strcpy(c.ranges.enriched, "57Fe"); // now iron is told in two rows
    composition = compose(&c, NULL);
    assert_int_equal(composition.n_elements, 4);
    assert_near(element_of(&composition, "57Fe")->percent, 100 * 50 / 440.0, 1e-12);
    assert_near(element_of(&composition, "Fe")->percent, 100 * 150 / 440.0, 1e-12);
    ia_composition_clear(&composition);
}

static void molecules_are_split_into_atoms(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"O+", 15.9, 16.2, 50}, {"H2O+", 17.9, 18.2, 10},
             {"Fe++", 27, 28.5, 200}, {"FeO+", 71, 73, 30}, {"Fe2O3+", 159, 161, 7});
    ia_composition composition = compose(&c, NULL);
    const double o = 50 + 10 + 30 + 21, fe = 200 + 30 + 14, h = 20, all = o + fe + h;

    assert_true(element_of(&composition, "O")->counts == o);
    assert_true(element_of(&composition, "Fe")->counts == fe);
    assert_true(element_of(&composition, "H")->counts == h);
    assert_near(element_of(&composition, "O")->percent, 100 * o / all, 1e-12);
    // dc/dn of an ion with a O among A atoms is (a - c A) / all; variances add with n.
    const double share = o / all, a[] = {1, 1, 0, 1, 3}, atoms[] = {1, 3, 1, 2, 5};
    double variance = 0;
    for (size_t i = 0; i < 5; i++)
        variance += pow((a[i] - share * atoms[i]) / all, 2) * (double)c.found[i];
    assert_near(element_of(&composition, "O")->sigma_percent, 100 * sqrt(variance),
                1e-12);
    assert_near(kind_of(&composition, "FeO+")->percent, 100 * 30 / 297.0, 1e-12);
    assert_near(kind_of(&composition, "FeO+")->sigma_percent,
                100 * sqrt(30 / 297.0 * (1 - 30 / 297.0) / 297), 1e-12);
    ia_composition_clear(&composition);
}

static void per_cents_add_to_a_hundred(void **state)
{
    (void)state;
    ranging_case c;
    const ia_background b = {.a = 11, .sigma_a = 2};
    SET_CASE(&c, {"O+", 15.9, 16.2, 51}, {"H2O+", 17.9, 18.2, 13},
             {"Fe++", 27, 28.5, 208}, {"GaFe+", 125, 127, 3}, {"FeO+", 71, 73, 37});
    ia_composition composition = compose(&c, &b);
    double sums[6] = {0};

    for (size_t i = 0; i < composition.n_elements; i++) {
        sums[0] += composition.elements[i].percent;
        sums[1] += composition.elements[i].corrected_percent;
        sums[2] += composition.elements[i].weight_percent;
    }
    for (size_t i = 0; i < composition.n_ions; i++) {
        sums[3] += composition.ions[i].percent;
        sums[4] += composition.ions[i].corrected_percent;
        sums[5] += composition.ions[i].weight_percent;
    }
    for (size_t i = 0; i < 6; i++)
        assert_near(sums[i], 100, 1e-10);
    ia_composition_clear(&composition);
}

static void the_background_is_taken_off(void **state)
{
    (void)state;
    ranging_case c;
    // sqrt: 5..6 and 7..8, so that a background of a = 30 puts 60 ions into each range.
    SET_CASE(&c, {"Mg+", 25, 36, 160}, {"Fe+", 49, 64, 960});
    const ia_background b = {.a = 30, .sigma_a = 3};
    ia_composition composition = compose(&c, &b);
    const ia_fraction *mg = element_of(&composition, "Mg");

    assert_true(mg->counts == 160);
    assert_near(mg->corrected_counts, 100, 1e-12);
    // The counts' own error, and the level's: 160 + (2 x 3)^2.
    assert_near(mg->sigma_corrected_counts, sqrt(160 + 36), 1e-12);
    assert_near(mg->corrected_percent, 10, 1e-12);
    // dc/dn: 0.9 / 1000 in the Mg range, -0.1 / 1000 in the other; the level moves both.
    double own = 0.81 * 160 + 0.01 * 960, common = (0.9 - 0.1) * 2 * 3;
    assert_near(mg->sigma_corrected_percent, 0.1 * sqrt(own + common * common), 1e-12);
    ia_composition_clear(&composition);
}

static void lost_ions_are_put_back(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Mg+", 25, 36, 160}, {"Fe+", 49, 64, 960});
    const ia_background b = {.a = 30, .sigma_a = 0};
    double lost[] = {0, 100}, sigma_lost[] = {0, 20};
    c.counts.lost = lost;
    c.counts.sigma_lost = sigma_lost;
    ia_composition composition = compose(&c, &b);
    const ia_fraction *fe = element_of(&composition, "Fe");

    assert_true(fe->counts == 960);
    assert_near(fe->percent, 100 * 960 / 1120.0, 1e-12);
    assert_near(fe->corrected_counts, 1000, 1e-12);
    assert_near(fe->sigma_corrected_counts, sqrt(960 + 400), 1e-12);
    assert_near(fe->corrected_percent, 100 * 1000 / 1100.0, 1e-12);
    ia_composition_clear(&composition);
}

static void without_background_there_are_no_corrected_values(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Mg+", 25, 36, 160}, {"Fe+", 49, 64, 960});
    const ia_background unknown = {.a = NAN, .sigma_a = NAN};
    const ia_background *const backgrounds[] = {NULL, &unknown};

    for (size_t i = 0; i < 2; i++) {
        ia_composition composition = compose(&c, backgrounds[i]);
        const ia_fraction *mg = element_of(&composition, "Mg");
        assert_near(mg->percent, 100 * 160 / 1120.0, 1e-12);
        assert_true(isnan(mg->corrected_counts) && isnan(mg->corrected_percent));
        assert_true(isnan(mg->sigma_corrected_counts));
        assert_true(isnan(mg->sigma_corrected_percent));
        assert_true(mg->weight_percent > 5 && mg->weight_percent < 8);
        ia_composition_clear(&composition);
    }
}

static void weights_are_of_mean_masses(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Fe+", 55, 57, 400}, {"C+", 11.9, 12.2, 200}, {"CO+", 27.9, 28.1, 100});
    ia_composition composition = compose(&c, NULL);
    // Standard atomic weights, conventional values (IUPAC 2021); the means of the table
    // of isotopes differ by up to 0.001 Da.
    const double fe = 400 * 55.845, carbon = 300 * 12.011, o = 100 * 15.999;

    assert_near(element_of(&composition, "C")->weight_percent,
                100 * carbon / (fe + carbon + o), 1e-3);
    assert_near(element_of(&composition, "O")->weight_percent,
                100 * o / (fe + carbon + o), 1e-3);
    assert_near(kind_of(&composition, "CO+")->weight_percent,
                100 * 100 * (12.011 + 15.999) / (fe + carbon + o), 1e-3);
    ia_composition_clear(&composition);
}

static void weights_of_fixed_isotopes_are_theirs(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"54Fe++", 26.9, 27.1, 100}, {"10B+", 9.9, 10.1, 100});
    ia_composition composition = compose(&c, NULL);
    const double fe = 53.9396, b = 10.0129; // AME 2020

    assert_near(element_of(&composition, "B")->weight_percent, 100 * b / (fe + b), 1e-3);
    // One part in each: the error is that of a share of two counts of 100.
    double share = b / (fe + b);
    assert_near(element_of(&composition, "B")->sigma_weight_percent,
                100 * share * (1 - share) * sqrt(2 / 100.0), 1e-4);
    ia_composition_clear(&composition);
}

static void isotopes_are_one_element_and_two_ions(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"54Fe++", 26.9, 27.1, 10}, {"56Fe++", 27.9, 28.1, 90},
             {"C+", 29, 30, 5});
    ia_composition composition = compose(&c, NULL);

    assert_int_equal(composition.n_elements, 2);
    assert_int_equal(composition.n_ions, 3);
    assert_true(element_of(&composition, "Fe")->counts == 100);
    assert_true(kind_of(&composition, "54Fe++")->counts == 10);
    ia_composition_clear(&composition);
}

static void ranges_of_one_ion_are_added(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"W+++", 60.5, 60.9, 10}, {"W+++", 61.1, 61.6, 20},
             {"W+++", 61.8, 62, 30});
    ia_composition composition = compose(&c, NULL);

    assert_int_equal(composition.n_ions, 1);
    assert_true(kind_of(&composition, "W+++")->counts == 60);
    assert_true(element_of(&composition, "W")->percent == 100);
    // All of 60 ions are tungsten: the 61st might not be.
    assert_near(element_of(&composition, "W")->sigma_percent, 100. / 60, 1e-9);
    assert_near(element_of(&composition, "W")->sigma_weight_percent, 100. / 60, 1e-9);
    assert_int_equal(composition.n_ranges, 3);
    ia_composition_clear(&composition);
}

static void labels_stay_outside(void **state)
{
    (void)state;
    ranging_case c;
    const ia_background b = {.a = 1, .sigma_a = 0.1};
    SET_CASE(&c, {"Fe++", 27, 28, 90}, {"noise", 40, 41, 1000}, {"C+", 12, 12.1, 10});
    c.counts.unranged = 17;
    ia_composition composition = compose(&c, &b);

    assert_int_equal(composition.n_elements, 2);
    assert_near(element_of(&composition, "Fe")->percent, 90, 1e-12);
    assert_near(kind_of(&composition, "Fe++")->percent, 90, 1e-12);
    const ia_fraction *label = kind_of(&composition, "noise");
    assert_true(label == &composition.ions[0]);
    assert_true(label->counts == 1000);
    assert_true(isnan(label->percent) && isnan(label->sigma_percent));
    assert_true(isnan(label->corrected_percent) && isnan(label->weight_percent));
    assert_near(label->corrected_counts, 1000 - 2 * (sqrt(41) - sqrt(40)), 1e-9);
    assert_int_equal(composition.labels, 1000);
    assert_int_equal(composition.ranged, 1100);
    assert_int_equal(composition.unranged, 17);
    ia_composition_clear(&composition);
}

static void nothing_counted_is_no_certainty(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Fe++", 27, 28, 400}, {"B+", 10.9, 11.1, 0}, {"B2+", 21.9, 22.1, 0});
    ia_composition composition = compose(&c, NULL);
    const ia_fraction *boron = element_of(&composition, "B");

    assert_true(boron->counts == 0 && boron->percent == 0);
    assert_near(boron->sigma_percent, 100 * 2 / 400.0, 1e-12); // one B2
    ia_composition_clear(&composition);
}

static void fewer_than_the_background_have_its_error(void **state)
{
    (void)state;
    ranging_case c;
    // 2 ions where 2 x 10 x (6 - 5) = 20 are background: their variance is 20, not 2.
    SET_CASE(&c, {"Mg+", 25, 36, 2}, {"Fe+", 49, 64, 1020});
    const ia_background b = {.a = 10, .sigma_a = 0};
    ia_composition composition = compose(&c, &b);
    const ia_fraction *mg = element_of(&composition, "Mg");

    assert_near(mg->corrected_counts, -18, 1e-12);
    assert_near(mg->sigma_corrected_counts, sqrt(20), 1e-12);
    assert_true(mg->corrected_percent < 0);
    ia_composition_clear(&composition);
}

static void equal_counts_are_in_order_of_z(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Fe++", 27, 28, 5}, {"C+", 29, 30, 5}, {"Al+", 31, 32, 5});
    ia_composition composition = compose(&c, NULL);

    assert_string_equal(composition.elements[0].name, "C");
    assert_string_equal(composition.elements[1].name, "Al");
    assert_string_equal(composition.elements[2].name, "Fe");
    assert_string_equal(composition.ions[0].name, "Al+");
    ia_composition_clear(&composition);
}

static void warn_once(ranging_case *c, const ia_background *background, const char *word)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_composition composition = {0};

    assert_int_equal(ia_composition_compute(ctx, &c->ranges, &c->ranger, &c->counts,
                                            background, &composition),
                     IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), word));
    ia_composition_clear(&composition);
    ia_ctx_free(ctx);
}

static void nothing_ranged_is_warned_about(void **state)
{
    (void)state;
    ranging_case c;
    const ia_background much = {.a = 1000, .sigma_a = 1};

    SET_CASE(&c, {"Fe++", 27, 28, 0});
    warn_once(&c, NULL, "no ion lies in a range");
    SET_CASE(&c, {"Fe++", 27, 28, 3});
    warn_once(&c, &much, "background is larger");
    set_case(&c, NULL, 0);
    warn_once(&c, NULL, "no ion lies in a range");
}

static void nothing_ranged_gives_no_per_cent(void **state)
{
    (void)state;
    ranging_case c;
    SET_CASE(&c, {"Fe++", 27, 28, 0});
    ia_composition composition = compose(&c, NULL);

    assert_true(isnan(element_of(&composition, "Fe")->percent));
    ia_composition_clear(&composition);
    assert_null(composition.elements);
    assert_int_equal(composition.n_elements, 0);
}

static void memory_running_short_is_survived(void **state)
{
    (void)state;
    ranging_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_composition composition = {0};
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    SET_CASE(&c, {"Fe++", 27, 28, 5}, {"C+", 29, 30, 5});
    for (; st == IA_ERR_MEMORY; k++) {
        assert_null(composition.elements);
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_composition_compute(ctx, &c.ranges, &c.ranger, &c.counts, NULL,
                                    &composition);
    }
    assert_int_equal(st, IA_OK);
    assert_int_equal(k, 5);
    ia_composition_clear(&composition);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_atoms_have_binomial_errors),
        cmocka_unit_test(nuclides_have_rows_of_their_own),
        cmocka_unit_test(molecules_are_split_into_atoms),
        cmocka_unit_test(per_cents_add_to_a_hundred),
        cmocka_unit_test(the_background_is_taken_off),
        cmocka_unit_test(lost_ions_are_put_back),
        cmocka_unit_test(without_background_there_are_no_corrected_values),
        cmocka_unit_test(weights_are_of_mean_masses),
        cmocka_unit_test(weights_of_fixed_isotopes_are_theirs),
        cmocka_unit_test(isotopes_are_one_element_and_two_ions),
        cmocka_unit_test(ranges_of_one_ion_are_added),
        cmocka_unit_test(labels_stay_outside),
        cmocka_unit_test(nothing_counted_is_no_certainty),
        cmocka_unit_test(fewer_than_the_background_have_its_error),
        cmocka_unit_test(equal_counts_are_in_order_of_z),
        cmocka_unit_test(nothing_ranged_is_warned_about),
        cmocka_unit_test(nothing_ranged_gives_no_per_cent),
        cmocka_unit_test(memory_running_short_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
