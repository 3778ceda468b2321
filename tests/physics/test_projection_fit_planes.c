// tests/physics/test_projection_fit_planes.c: do planes give image compression and centre
// where holes have them too large?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit_case.h"

// Aluminium turned so that {002}, {022} and {111} are in view, evaporated atom by atom,
// its axis 3 mm aside; told are flight path, efficiency, field and lattice.
static void evaporate(ia_ctx *ctx, ia_specimen *specimen)
{
    static const char *const settings[][2] = {{"specimen", "tip"},
                                              {"lattice", "fcc"},
                                              {"lattice_parameter", "0.405"},
                                              {"composition", "Al:1"},
                                              {"ions", ""},
                                              {"molecules", ""},
                                              {"background", "0"},
                                              {"tip_radius", "22"},
                                              {"size_z", "5"},
                                              {"rotate_x_deg", "17"},
                                              {"rotate_y_deg", "-6"},
                                              {"rotate_z_deg", "20"},
                                              {"icf", "1.55"},
                                              {"kf", "3.1"},
                                              {"centre_x", "3"},
                                              {"evaporation_field", "19"}};
    ia_simulate_params tip =
        tip_params(ctx, settings, sizeof settings / sizeof settings[0]);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, specimen));
}

// Holes have the ICF 1 % too large, since ions of their poles fly aside; planes face the
// detector where they do: within 0.5 %, and the centre within 0.5 mm.
static void planes_give_icf_and_centre(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_projection_fit_params params = fcc_params();
    ia_named_poles named = {0};
    ia_projection_fit holes, fit;
    evaporate(ctx, &specimen);
    p.flight_path = 90;
    p.efficiency = 0.52;
    p.evaporation_field = 19;
    p.atomic_volume = pow(0.405, 3) / 4;
    CHECK_OK(ctx, ia_named_poles_find(ctx, &specimen.ions, &p, &params, &named));
    ia_projection start = {IA_PROJECTION_STEREOGRAPHIC, 90, p.icf, {0, 0}};
    ia_named_poles_lead(&named, &start, &params);
    CHECK_OK(ctx,
             ia_projection_fit_poles(ctx, &start, named.poles, named.n, &params, &holes));
    p.icf = holes.icf;
    p.centre_x = holes.centre[0];
    p.centre_y = holes.centre[1];
    CHECK_OK(ctx,
             ia_projection_fit_spacing(ctx, &specimen.ions, &p, &named, &params, &holes));
    fit = holes;
    p.centre_x = start.centre[0];
    p.centre_y = start.centre[1];
    CHECK_OK(ctx,
             ia_projection_fit_planes(ctx, &specimen.ions, &p, &params, &named, &fit));
    print_message("by holes: icf %.4f kf %.4f centre %.2f %.2f; by planes of %zu poles: "
                  "icf %.4f +- %.4f kf %.4f +- %.4f centre %.2f %.2f +- %.2f, %.3f mm\n",
                  holes.icf, holes.kf, holes.centre[0], holes.centre[1], fit.n_poles,
                  fit.icf, fit.sigma_icf, fit.kf, fit.sigma_kf, fit.centre[0],
                  fit.centre[1], fit.sigma_centre[0], fit.residual_mm);
    assert_true(fit.n_poles >= 5 && fit.n_poles == named.n);
    assert_true(fit.residual_mm < 0.1);
    assert_true(fabs(fit.icf / 1.55 - 1) < 0.005);
    assert_true(fit.sigma_icf < holes.sigma_icf);
    assert_true(fabs(fit.kf / 3.1 - 1) < 0.015); // ions are drawn in over the rim
    assert_true(hypot(fit.centre[0] - 3, fit.centre[1]) < 0.5 * sqrt(2));
    free(named.poles);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planes_give_icf_and_centre)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
