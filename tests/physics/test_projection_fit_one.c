// tests/physics/test_projection_fit_one.c: does the one pole that hcp shows give kf?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit_case.h"

// Titanium turned by 8 and 5 degrees, evaporated atom by atom.
static void evaporate(ia_ctx *ctx, ia_specimen *specimen)
{
    static const char *const settings[][2] = {
        {"specimen", "tip"},    {"lattice", "hcp"},      {"lattice_parameter", "0.295"},
        {"c_over_a", "1.5864"}, {"composition", "Ti:1"}, {"ions", ""},
        {"molecules", ""},      {"background", "0"},     {"tip_radius", "24"},
        {"size_z", "6"},        {"rotate_x_deg", "8"},   {"rotate_y_deg", "5"},
        {"icf", "1.6"},         {"kf", "3.2"},           {"evaporation_field", "26"}};
    ia_simulate_params tip =
        tip_params(ctx, settings, sizeof settings / sizeof settings[0]);
    CHECK_OK(ctx, ia_specimen_compute(ctx, &tip, specimen));
}

// Named with the zone lines. With the true image compression kf is right but for ions
// that are drawn in or out over the rim of the detector, some 1 %; with another, what it
// takes for the planes to have their spacing.
static void the_basal_planes_give_kf(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_projection_fit_params params = ia_projection_fit_defaults();
    ia_named_poles named = {0};
    ia_projection_fit fit;
    evaporate(ctx, &specimen);
    strcpy(params.crystal, "hcp:0.295,0.468");
    p.flight_path = 90;
    p.efficiency = 0.52;
    p.evaporation_field = 26;
    p.atomic_volume = pow(0.295, 2) * 0.468 * sqrt(3) / 4;
    CHECK_OK(ctx, ia_named_poles_find(ctx, &specimen.ions, &p, &params, &named));
    assert_int_equal(named.n, 1);
    assert_true(named.poles[0].hkl[0] == 0 && named.poles[0].hkl[1] == 0);
    for (p.icf = 1.6; p.icf < 1.8; p.icf += 0.15) {
        const ia_projection start = {p.projection, 90, p.icf, {0, 0}};
        CHECK_OK(ctx, ia_projection_fit_held(ctx, &start, named.poles, 1, &params, &fit));
        assert_true(fit.icf == p.icf && isnan(fit.sigma_icf));
        CHECK_OK(ctx, ia_projection_fit_spacing(ctx, &specimen.ions, &p, &named, &params,
                                                &fit));
        print_message("icf %.2f: kf %.4f +- %.4f, spacing %.5f nm\n", p.icf, fit.kf,
                      fit.sigma_kf, fit.spacing);
        assert_true(fabs(fit.spacing / 0.234 - 1) < 0.002);
        if (p.icf < 1.7)
            assert_true(fabs(fit.kf / 3.2 - 1) < 0.02);
        else
            assert_true(fit.kf > 3.3);
        // A tenth off in ICF is no more than its own doubt makes of kf.
        assert_true(fabs(fit.kf - 3.2) < 2 * fit.sigma_kf);
    }
    // Begun with a field factor that is twice as large: found all the same.
    p.icf = 1.6;
    p.kf = 6.4;
    const ia_projection start = {p.projection, 90, p.icf, {0, 0}};
    CHECK_OK(ctx, ia_projection_fit_held(ctx, &start, named.poles, 1, &params, &fit));
    CHECK_OK(ctx,
             ia_projection_fit_spacing(ctx, &specimen.ions, &p, &named, &params, &fit));
    assert_true(fabs(fit.kf / 3.2 - 1) < 0.02);
    free(named.poles);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

static void what_cannot_be_held_is_refused(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_projection_fit_params params = fcc_params();
    const ia_named_pole poles[2] = {{.hkl = {0, 0, 2}, .x = 3, .y = 4},
                                    {.hkl = {0, 2, 2}, .x = 500, .y = 0}};
    const ia_projection start = {IA_PROJECTION_STEREOGRAPHIC, 90, 1.6, {0, 0}};
    ia_projection_fit fit;
    CHECK_FAILS(ctx, ia_projection_fit_held(ctx, &start, poles, 0, &params, &fit),
                IA_ERR_PARAM, "no pole says");
    CHECK_OK(ctx, ia_projection_fit_held(ctx, &start, poles, 1, &params, &fit));
    double seen[3], turned[3];
    assert_true(
        ia_projection_direction(&start, (const double[2]){poles[0].x, poles[0].y}, seen));
    for (int r = 0; r < 3; r++) { // {002} is the third column
        turned[r] = fit.rotation[r][2];
        assert_true(fabs(turned[r] - seen[r]) < 1e-12);
    }
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_basal_planes_give_kf),
                                       cmocka_unit_test(what_cannot_be_held_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
