// tests/physics/test_projection_fit_lattice.c: do the planes of poles tell a crystal that
// is told wrongly from one that is told rightly?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit_case.h"

// A tip of 28 nm, as it is simulated by default: kf 3.3, ICF 1.65.
typedef struct {
    const char *lattice, *parameter, *composition, *element, *seed, *turn[3];
} kind;
static const kind aluminium = {"fcc", "0.405", "Al:1", "Al", "501", {"8", "5", "20"}};
static const kind iron = {"bcc", "0.2866", "Fe:1", "Fe", "781005", {"9", "-12", "0"}};

static void evaporate(ia_ctx *ctx, const kind *k, ia_specimen *specimen)
{
    const char *const settings[][2] = {{"specimen", "tip"},
                                       {"lattice", k->lattice},
                                       {"lattice_parameter", k->parameter},
                                       {"composition", k->composition},
                                       {"ions", ""},
                                       {"molecules", ""},
                                       {"background", "0"},
                                       {"tip_radius", "28"},
                                       {"size_z", "8"},
                                       {"rotate_x_deg", k->turn[0]},
                                       {"rotate_y_deg", k->turn[1]},
                                       {"rotate_z_deg", k->turn[2]},
                                       {"seed", k->seed}};
    ia_simulate_params tip =
        tip_params(ctx, settings, sizeof settings / sizeof settings[0]);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, specimen));
}

// All that `reconstruct --crystal` does, from settings and a crystal that are told.
static void calibrate(ia_ctx *ctx, const ia_ions *ions, const ia_reconstruct_params *told,
                      const char *crystal, ia_projection_fit *fit)
{
    ia_reconstruct_params p = *told;
    ia_projection_fit_params params = ia_projection_fit_defaults();
    ia_named_poles named = {0};
    strcpy(params.crystal, crystal);
    CHECK_OK(ctx, ia_named_poles_find(ctx, ions, &p, &params, &named));
    ia_projection start = {p.projection, 90, p.icf, {0, 0}};
    ia_named_poles_lead(&named, &start, &params);
    CHECK_OK(ctx,
             ia_projection_fit_poles(ctx, &start, named.poles, named.n, &params, fit));
    p.icf = fit->icf;
    p.centre_x = fit->centre[0];
    p.centre_y = fit->centre[1];
    CHECK_OK(ctx, ia_projection_fit_spacing(ctx, ions, &p, &named, &params, fit));
    p.centre_x = start.centre[0];
    p.centre_y = start.centre[1];
    CHECK_OK(ctx, ia_projection_fit_planes(ctx, ions, &p, &params, &named, fit));
    // Poles alone have another lattice likelier, rightly or not.
    assert_true(named.better.crystal[0]);
    ia_projection_fit_lattice(ctx, &named, &p, fit);
    free(named.poles);
}

static size_t warnings_with(const ia_ctx *ctx, const char *words)
{
    size_t n = 0;
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        n += strstr(ia_ctx_warning(ctx, i), words) != NULL;
    return n;
}

static ia_reconstruct_params settings_of(const kind *k)
{
    ia_reconstruct_params p = ia_reconstruct_defaults();
    p.flight_path = 90;
    p.efficiency = 0.52;
    strcpy(p.element, k->element);
    return p;
}

// Poles of this tip fit bcc with e^3.7 times the odds; its planes do not. Begun with a kf
// that is 1.7 times too large, the true one is found: within 2 %, of which 1.5 % are ions
// that are drawn in over the rim.
static void the_right_one_is_not_doubted(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_projection_fit fit;
    evaporate(ctx, &aluminium, &specimen);
    ia_reconstruct_params p = settings_of(&aluminium);
    p.kf = 1.7 * 3.3;
    calibrate(ctx, &specimen.ions, &p, "fcc:0.405", &fit);
    assert_true(fit.by_planes && warnings_with(ctx, "better than") == 0);
    assert_true(fabs(fit.kf / 3.3 - 1) < 0.02);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

// Told to be fcc, iron has one family of planes with the spacing told at a kf of 4.8.
static void of_a_wrong_one_kf_stays(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_projection_fit fit;
    evaporate(ctx, &iron, &specimen);
    ia_reconstruct_params p = settings_of(&iron);
    calibrate(ctx, &specimen.ions, &p, "fcc:0.36", &fit);
    assert_true(!fit.by_planes && isnan(fit.kf) && isnan(fit.spacing));
    assert_true(warnings_with(ctx, "fit bcc better than fcc:0.36") == 1);
    assert_true(warnings_with(ctx, "kf stays 3.3") == 1);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_right_one_is_not_doubted),
                                       cmocka_unit_test(of_a_wrong_one_kf_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
