// tests/unit/test_mass.c: which ions are planned, and the masses drawn for them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/parts.h"

static ia_mass_plan plan_of(const ia_simulate_params *params)
{
    ia_mix mix = {0};
    ia_mass_plan plan = {0};

    assert_int_equal(ia_simulate_check(NULL, params, &mix), IA_OK);
    assert_int_equal(ia_mass_plan_compute(NULL, params, &mix, &plan), IA_OK);
    return plan;
}

static size_t species_of(const ia_mass_plan *plan, const char *name)
{
    for (size_t s = 0; s < plan->n_species; s++)
        if (strcmp(plan->ions[s].name, name) == 0)
            return s;
    fail_msg("%s is not planned", name);
    return 0;
}

static void test_shares_sum_to_all_but_background(void **state)
{
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    ia_mass_plan plan = plan_of(&params);
    double sum = 0;

    for (size_t s = 0; s < plan.n_species; s++)
        sum += plan.probability[s];
    assert_near(sum, 1 - params.background, 1e-12);
    assert_near(plan.probability[species_of(&plan, "H+")], 0.003, 1e-12);
    assert_near(plan.probability[species_of(&plan, "Fe+")],
                0.05 * 0.963 * (1 - plan.extra_share), 1e-12);
    ia_mass_plan_clear(&plan);
}

static void test_usual_charge_states_are_shares(void **state)
{
    (void)state;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double split[IA_CHARGE_MAX], sum = 0;
        ia_charge_split(z, split);
        for (size_t i = 0; i < IA_CHARGE_MAX; i++) {
            assert_true(split[i] >= 0);
            sum += split[i];
        }
        assert_near(sum, 1, 1e-12);
    }
}

// 56Fe++: (55.934936 - 2 x 0.000548580) / 2 Da, NIST and CODATA.
static void test_lines_lie_at_mass_over_charge(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("ions=Fe++:1");
    ia_mass_plan plan = plan_of(&params);

    assert_int_equal(plan.of_all.n, 4);
    assert_near(plan.of_all.lines[0].mass, 27.966919, 1e-6);
    assert_near(plan.of_all.lines[0].share, 0.91754, 1e-5);
    assert_near(plan.of_all.lines[1].mass, 26.969256, 1e-6);
    assert_near(plan.of_all.lines[1].share, 0.05845, 1e-5);
    ia_mass_plan_clear(&plan);
}

static void test_width_comes_from_resolving_power(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("resolving_power=500");

    assert_near(ia_peak_scale(&params, 28) * ia_peak_fwhm, 28.0 / 500, 1e-12);
    assert_near(ia_peak_scale(&params, 7) * ia_peak_fwhm, 14.0 / 500, 1e-12);
}

static void test_same_ion_twice_is_one_species(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("composition=Ga:1", "ions=Ga+:1", "molecules=Ga+:0.25 H+:0.25");
    ia_mass_plan plan = plan_of(&params);

    assert_int_equal(plan.n_species, 2);
    assert_near(plan.probability[species_of(&plan, "Ga+")], 0.75, 1e-12);
    ia_mass_plan_clear(&plan);
}

static void test_fixed_isotopes_stay_fixed(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("ions=Fe+:1", "molecules=54Fe16O+:0.5");
    ia_mass_plan plan = plan_of(&params);

    assert_int_equal(plan.of_extras.n, 1);
    assert_near(plan.of_extras.lines[0].mass, 53.939609 + 15.994915 - 0.000549, 2e-6);
    ia_mass_plan_clear(&plan);
}

static void test_running_sums_end_at_one(void **state)
{
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    ia_mass_plan plan = plan_of(&params);
    const ia_lines *lists[] = {&plan.of_all, &plan.of_extras, &plan.of_element[0]};

    for (size_t l = 0; l < 3; l++) {
        double last = 0;
        for (size_t i = 0; i < lists[l]->n; i++) {
            assert_true(lists[l]->lines[i].up_to >= last);
            last = lists[l]->lines[i].up_to;
        }
        assert_near(last, 1, 0);
    }
    ia_mass_plan_clear(&plan);
}

static void test_draws_follow_the_element(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("composition=Al:0.5 Mn:0.5", "ions=Al+:1 Mn++:1", "molecules=H+:0.1");
    ia_mass_plan plan = plan_of(&params);
    const uint8_t element[4] = {0, 1, IA_MIX_EXTRA, 0};
    float mass[4];
    int32_t species[4];

    ia_masses masses = {mass, species, 4};
    assert_int_equal(ia_mass_draw(NULL, &plan, 7, element, &masses), IA_OK);
    assert_string_equal(plan.ions[species[0]].name, "Al+");
    assert_string_equal(plan.ions[species[1]].name, "Mn++");
    assert_string_equal(plan.ions[species[2]].name, "H+");
    assert_near((double)mass[0], 26.981, 0.3);
    assert_near((double)mass[1], 27.468, 0.3);
    assert_near((double)mass[2], 1.007, 0.1);
    ia_mass_plan_clear(&plan);
}

// The whole spectrum is the mixture of its species: counts against planned shares.
static void test_spectrum_is_the_planned_mixture(void **state)
{
    enum { N = 300000 };
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    ia_mass_plan plan = plan_of(&params);
    float *mass = ia_array(NULL, N, sizeof *mass);
    int32_t *species = ia_array(NULL, N, sizeof *species);
    double counts[64] = {0}, background = 0, chi2 = 0;

    ia_masses masses = {mass, species, N};
    assert_int_equal(ia_mass_draw(NULL, &plan, 1, NULL, &masses), IA_OK);
    for (size_t i = 0; i < N; i++) {
        if (species[i] < 0)
            background++;
        else
            counts[species[i]]++;
    }
    double expected = N * params.background;
    chi2 = pow(background - expected, 2) / expected;
    for (size_t s = 0; s < plan.n_species; s++) {
        expected = N * plan.probability[s];
        chi2 += pow(counts[s] - expected, 2) / expected;
    }
    assert_chi_squared(chi2, (double)plan.n_species);
    free(species);
    free(mass);
    ia_mass_plan_clear(&plan);
}

static void refuse(const char *setting, const char *sentence)
{
    ia_simulate_params params = PARAMS(setting);
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};

    assert_int_equal(ia_specimen_compute(ctx, &params, &specimen), IA_ERR_PARAM);
    assert_string_equal(ia_ctx_message(ctx), sentence);
    assert_null(specimen.ions_of);
    ia_ctx_free(ctx);
}

// FeO+ beside no iron: a titanium alloy is told so, steel is not.
static void test_molecules_of_absent_metals_are_told(void **state)
{
    static const char *const compositions[] = {"composition=Fe Cu:0.01",
                                               "composition=Ti Al:0.05"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_simulate_params params =
            PARAMS(compositions[i], "molecules=FeO+:0.01 C3+:0.01");
        ia_mix mix = {0};
        ia_mass_plan plan = {0};
        assert_int_equal(ia_simulate_check(ctx, &params, &mix), IA_OK);
        assert_int_equal(ia_mass_plan_compute(ctx, &params, &mix, &plan), IA_OK);
        assert_int_equal(ia_ctx_n_warnings(ctx), i);
        if (i == 1)
            assert_string_equal(ia_ctx_warning(ctx, 0),
                                "molecules: FeO+ has Fe, which composition has not");
        ia_mass_plan_clear(&plan);
        ia_ctx_free(ctx);
    }
}

// The defaults are those of steel: their FeO+ is not drawn where nobody asked for it.
static void test_molecules_of_absent_metals_are_not_drawn_unasked(void **state)
{
    static const char *const compositions[] = {"composition=Fe Cu:0.01",
                                               "composition=Al Cu:0.01"};
    ia_simulate_params usual = ia_simulate_defaults();
    ia_ion oxide = ia_ion_of("FeO+"), hydrogen = ia_ion_of("H+");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_simulate_params params = PARAMS(compositions[i]);
        memcpy(params.molecules, usual.molecules, sizeof params.molecules);
        ia_mix mix = {0};
        ia_mass_plan plan = {0};
        bool has_oxide = false, has_hydrogen = false;
        assert_int_equal(ia_simulate_check(ctx, &params, &mix), IA_OK);
        assert_int_equal(ia_mass_plan_compute(ctx, &params, &mix, &plan), IA_OK);
        for (size_t s = 0; s < plan.n_species; s++) {
            has_oxide |= ia_ion_is_equal(&plan.ions[s], &oxide);
            has_hydrogen |= ia_ion_is_equal(&plan.ions[s], &hydrogen);
        }
        assert_int_equal(has_oxide, i == 0);
        assert_true(has_hydrogen);
        assert_int_equal(ia_ctx_n_warnings(ctx), 0);
        ia_mass_plan_clear(&plan);
        ia_ctx_free(ctx);
    }
}

static void test_bad_ions_are_named(void **state)
{
    (void)state;
    refuse("ions=Fe++:0.9", "ions: the charge states of Fe sum to 0.9, not 1");
    refuse("ions=FeO+:1",
           "ions: 'FeO+' is not one atom of an element; list it under molecules");
    refuse("ions=Fe:1", "ions: 'Fe' has no charge; write a + for each");
    refuse("ions=Fe+", "ions: 'Fe+' has no share; write Fe+:0.01");
    refuse("ions=Fe+:0.5 Fe+:0.5", "ions: Fe+ is listed twice");
    refuse("ions=Fe+:2",
           "ions: 'Fe+:2' should be a name, a colon and a fraction from 0 to 1");
    refuse("molecules=Xy+:0.1", "molecules: 'Xy+' is no ion");
    refuse("molecules=:0.1",
           "molecules: ':0.1' does not begin with the name of an element or ion");
    refuse("molecules=H+:0.6 O+:0.4",
           "molecules (1) and background (0) leave less than 0.01 "
           "of the ions to the composition");
    refuse("m_max=40", "m_max = 40 Da cuts off Fe+ at 53.94 Da");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_sum_to_all_but_background),
        cmocka_unit_test(test_usual_charge_states_are_shares),
        cmocka_unit_test(test_lines_lie_at_mass_over_charge),
        cmocka_unit_test(test_width_comes_from_resolving_power),
        cmocka_unit_test(test_same_ion_twice_is_one_species),
        cmocka_unit_test(test_fixed_isotopes_stay_fixed),
        cmocka_unit_test(test_running_sums_end_at_one),
        cmocka_unit_test(test_draws_follow_the_element),
        cmocka_unit_test(test_spectrum_is_the_planned_mixture),
        cmocka_unit_test(test_molecules_of_absent_metals_are_told),
        cmocka_unit_test(test_molecules_of_absent_metals_are_not_drawn_unasked),
        cmocka_unit_test(test_bad_ions_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
