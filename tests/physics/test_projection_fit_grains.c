// tests/physics/test_projection_fit_grains.c: where two crystals meet on the detector, do
// the poles of one of them tell the constants?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit_case.h"

// A tip of 30 nm with a boundary through its axis, made with kf 3.3 and ICF 1.65.
static void evaporate(ia_ctx *ctx, ia_specimen *specimen)
{
    static const char *const settings[][2] = {{"specimen", "tip"},
                                              {"lattice", "fcc"},
                                              {"lattice_parameter", "0.405"},
                                              {"composition", "Al:1"},
                                              {"ions", ""},
                                              {"molecules", ""},
                                              {"background", "0"},
                                              {"tip_radius", "30"},
                                              {"size_z", "16"},
                                              {"bicrystal", "true"},
                                              {"second_x_deg", "25"},
                                              {"second_y_deg", "14"},
                                              {"boundary_tilt_deg", "85"},
                                              {"seed", "8"}};
    ia_simulate_params tip =
        tip_params(ctx, settings, sizeof settings / sizeof settings[0]);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, specimen));
}

// Names are those of one crystal: ICF within three stated errors, which are below 5 %,
// and kf within 3 % (a pole of few ions tells its spacing within 1 %; ions drawn in over
// the rim make up to 1.5). That the other's poles are not used is said.
static void poles_of_one_side_tell_the_constants(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_named_poles named = {0};
    ia_projection_fit fit;
    ia_projection_fit_params params = fcc_params();
    ia_reconstruct_params p = ia_reconstruct_defaults();
    evaporate(ctx, &specimen);
    p.flight_path = 90;
    p.efficiency = 0.52;
    strcpy(p.element, "Al");
    CHECK_OK(ctx, ia_named_poles_find(ctx, &specimen.ions, &p, &params, &named));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "two crystals meet on the detector"));
    assert_true(named.n >= IA_POLES_TO_FIT);
    ia_projection start = {p.projection, 90, p.icf, {0, 0}};
    ia_named_poles_lead(&named, &start, &params);
    CHECK_OK(ctx,
             ia_projection_fit_poles(ctx, &start, named.poles, named.n, &params, &fit));
    if (!(fit.sigma_icf < 0.05 * 1.65 && fabs(fit.icf - 1.65) < 3 * fit.sigma_icf))
        fail_msg("icf %g +- %g", fit.icf, fit.sigma_icf);
    p.icf = fit.icf;
    p.centre_x = fit.centre[0];
    p.centre_y = fit.centre[1];
    CHECK_OK(ctx,
             ia_projection_fit_spacing(ctx, &specimen.ions, &p, &named, &params, &fit));
    if (!(fabs(fit.kf / 3.3 - 1) < 0.03))
        fail_msg("kf %g", fit.kf);
    free(named.poles);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poles_of_one_side_tell_the_constants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
