// tests/unit/test_ion_prior.c: beliefs on elements, charges and molecules, compiled in
// and from a user's file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/ion_prior.h"

static double molecule(const ia_ion_prior *prior, const char *name)
{
    ia_ion ion = ia_ion_of(name);
    return ia_prior_molecule(prior, &ion);
}

static void read_text(ia_ctx *ctx, const char *text, ia_status status,
                      ia_ion_prior *prior)
{
    const char *path = scratch("prior.csv");
    write_bytes(path, text, strlen(text));
    ia_status st = ia_ion_prior_read(ctx, path, prior);
    remove(path);
    if (st != status)
        fail_msg("%s: %s", text, ia_ctx_message(ctx));
}

static void every_natural_element_has_odds(void **state)
{
    (void)state;
    ia_ion_prior prior = {.n_forms = 0};

    assert_int_equal(ia_ion_prior_read(NULL, "", &prior), IA_OK);
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        bool natural = isfinite(ia_element_of(z)->mass) && z != 91;
        assert_int_equal(isfinite(ia_prior_element(&prior, z)), natural);
        assert_int_equal(ia_prior_usual_charge(&prior, z) > 0, natural);
    }
    assert_int_equal(ia_prior_usual_charge(&prior, 13), 2); // Al
    assert_int_equal(ia_prior_usual_charge(&prior, 74), 3); // W
    assert_true(ia_prior_element(&prior, 26) > ia_prior_element(&prior, 69));
    ia_ion_prior_clear(&prior);
}

static void molecules_have_forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *form;
    } cases[] = {{"Fe2O3+", "M2O3"}, {"OFe+", "MO"},   {"TiFeO3+", "MXO3"},
                 {"OH2+", "OH2"},    {"P2O+", "A2O"},  {"InP+", "MA"},
                 {"C3++", "C3"},     {"SiC+", "MC"},   {"AsSb+", "AB"},
                 {"MgCO3+", "MCO3"}, {"FeTi2+", "M2X"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char form[IA_FORM_TEXT];
        ia_ion ion = ia_ion_of(cases[i].name);
        ia_ion_form(&ion, form);
        assert_string_equal(form, cases[i].form);
    }
}

// A form that the table has costs what it says, one that it has not costs more with every
// atom and charge.
static void unknown_forms_are_rarer(void **state)
{
    (void)state;
    ia_ion_prior prior = {.n_forms = 0};

    assert_int_equal(ia_ion_prior_read(NULL, "", &prior), IA_OK);
    assert_true(molecule(&prior, "TiO+") > molecule(&prior, "TiO3+"));
    assert_true(molecule(&prior, "TiFeNi+") > molecule(&prior, "TiFeNiO+"));
    assert_true(molecule(&prior, "TiFeNi+") > molecule(&prior, "TiFeNi++"));
    assert_true(molecule(&prior, "TiFeNi+") < -7);
    ia_ion_prior_clear(&prior);
}

// Mean of a Beta distribution: 3 of 6 cases where 4 cases weigh a belief of 0.75.
static void a_users_rows_replace_those_compiled_in(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ion_prior prior = {.n_forms = 0};

    read_text(ctx,
              "what,name,charge,present,of,belief\n# mine\nelement,Re,,,,0.5\n"
              "charge,Fe,3,3,6,0.75\nmolecule,MO3,1,,,0.25\nion,TiO2,1,0,9,\n",
              IA_OK, &prior);
    assert_true(fabs(ia_prior_element(&prior, 75)) < 1e-12);
    assert_true(fabs(ia_prior_charge(&prior, 26, 3) - log(0.6 / 0.4)) < 1e-12);
    assert_true(fabs(molecule(&prior, "FeO3+") - log(1.0 / 3)) < 1e-12);
    assert_true(fabs(molecule(&prior, "TiO2+") - log(0.05 / 0.95)) < 1e-12);
    assert_true(molecule(&prior, "ZrO2+") > molecule(&prior, "O2Ti+"));
    ia_ion_prior_clear(&prior);
    ia_ctx_free(ctx);
}

static void what_is_no_prior_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "element,Xx,,,,0.5\n", "element,Fe,,,,1.5\n",      "element,Fe,,5,3,\n",
        "charge,Fe,9,,,0.5\n", "charge,Fe,,,,0.5\n",       "ion,Fe,1,,,0.5\n",
        "molecule,MO,1,,,\n",  "something,Fe,1,1,2,0.5\n", "charge,Fe,two,,,0.5\n"};
    ia_ctx *ctx = ia_ctx_new();
    ia_ion_prior prior = {.n_forms = 0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ia_ctx_reset(ctx);
        read_text(ctx, rows[i], IA_ERR_FORMAT, &prior);
        assert_non_null(strstr(ia_ctx_message(ctx), "line 1"));
        assert_null(prior.forms);
    }
    CHECK_FAILS(ctx, ia_ion_prior_read(ctx, "/nowhere/prior.csv", &prior), IA_ERR_IO,
                "/nowhere/prior.csv");
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ion_prior prior = {.n_forms = 0};

    CHECK_STARVED(ctx, ia_ion_prior_read(ctx, "", &prior), ia_ion_prior_clear(&prior));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_natural_element_has_odds),
        cmocka_unit_test(molecules_have_forms),
        cmocka_unit_test(unknown_forms_are_rarer),
        cmocka_unit_test(a_users_rows_replace_those_compiled_in),
        cmocka_unit_test(what_is_no_prior_is_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
