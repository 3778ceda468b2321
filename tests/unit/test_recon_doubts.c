// tests/unit/test_recon_doubts.c: what cannot be meant so is told, in one sentence each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon_case.h"

#include "recon/recon.h"

enum { N = 120000 };

static ia_reconstruct_params settings(void)
{
    ia_reconstruct_params p = ia_reconstruct_defaults();
    p.flight_path = 90;
    p.efficiency = 0.5;
    p.evaporation_field = 30;
    p.atomic_volume = 0.012;
    return p;
}

// An even disc of 38 mm, the voltage from 3 to 3.3 kV; places in no order of the run.
static ia_ions even_disc(void)
{
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, N, 1u << IA_DET_XY | 1u << IA_V_DC, &ions), IA_OK);
    float *hits = ia_ions_values(&ions, IA_DET_XY), *v = ia_ions_values(&ions, IA_V_DC);
    ia_random random = ia_random_new(5, 0);
    for (size_t i = 0; i < N; i++) {
        double r = 38 * sqrt(ia_random_uniform(&random));
        double turn = 2 * acos(-1.0) * ia_random_uniform(&random);
        hits[2 * i] = (float)(r * cos(turn));
        hits[2 * i + 1] = (float)(r * sin(turn));
        v[i] = (float)(3000 + 300.0 * (double)i / N);
    }
    return ions;
}

// The only warning, and what it says; NULL: none.
static void check_told(const ia_ions *ions, const ia_reconstruct_params *p,
                       const char *words)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, ions, p, &r));
    size_t n = ia_ctx_n_warnings(ctx);
    if (n != (words ? 1 : 0) || (n && !strstr(ia_ctx_warning(ctx, 0), words)))
        fail_msg("'%s' is not '%s'", n ? ia_ctx_warning(ctx, 0) : "", words ? words : "");
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
}

static void half_in_another_unit(ia_ions *ions)
{
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = N; i < 2 * N; i++) // the second half, in cm
        hits[i] /= 10;
}

static void half_without_a_hit(ia_ions *ions)
{
    float *hits = ia_ions_values(ions, IA_DET_XY);
    memset(hits, 0, N * sizeof *hits);
}

// 4 mm wide: 4 x 75.6 mm^2 of the disc are 6.7 %.
static void a_dead_strip(ia_ions *ions)
{
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = 0; i < N; i++)
        if (fabsf(hits[2 * i] - 5) < 2)
            hits[2 * i] += i % 2 ? 4.0f : -4.0f;
}

static void reversed(ia_ions *ions)
{
    float *v = ia_ions_values(ions, IA_V_DC);
    for (size_t i = 0; i < N; i++)
        v[i] = 6300 - v[i];
}

static void shuffled(ia_ions *ions)
{
    float *v = ia_ions_values(ions, IA_V_DC);
    ia_random random = ia_random_new(6, 0);
    for (size_t i = 0; i < N; i++)
        v[i] = (float)(3000 + 300 * ia_random_uniform(&random));
}

static void without_a_voltage(ia_ions *ions)
{
    float *v = ia_ions_values(ions, IA_V_DC);
    for (size_t i = 0; i < 10; i++)
        v[1000 * i] = HUGE_VALF;
}

static void far_away(ia_ions *ions)
{
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = 7; i < N; i += 100)
        hits[2 * i] = 1e30F;
}

static void hits_and_voltages(void **unused)
{
    static const struct {
        void (*spoil)(ia_ions *ions);
        const char *words;
    } cases[] = {{half_in_another_unit, "the unit or the detector changes"},
                 {half_without_a_hit, "50 % of the hits are at (0, 0)"},
                 {a_dead_strip, "as a wire or a dead line of the detector leaves"},
                 {reversed, "the voltage falls all along, by 9.5 %"},
                 {shuffled, "the ions are not in the order in which they left"},
                 {far_away, "1200 of 120000 ions, first ion 8, have a hit more than"},
                 {without_a_voltage, "10 of 120000 ions have no finite voltage"}};
    (void)unused;
    ia_reconstruct_params p = settings();
    ia_ions plain = even_disc();
    check_told(&plain, &p, NULL);
    ia_ions_clear(&plain);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_ions ions = even_disc();
        cases[k].spoil(&ions);
        check_told(&ions, &p, cases[k].words);
        ia_ions_clear(&ions);
    }
}

// Hits and the axis moved by (40, 40) mm: another origin, the same specimen. With a blind
// sector, and with the axis off the middle, which is then found from the hits.
static void check_moved(float blind, double off, double tolerance)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruct_params p = settings();
    ia_ions ions = even_disc();
    float *hits = ia_ions_values(&ions, IA_DET_XY), *places[2];
    ia_reconstruction r[2];
    for (size_t i = 0; i < N; i++) {
        float d = hypotf(hits[2 * i] - 20, hits[2 * i + 1]);
        if (d < blind) // elsewhere
            hits[2 * i] -= 30;
    }
    for (int k = 0; k < 2; k++) {
        p.centre_x = off + 40 * k;
        p.centre_y = 40 * k;
        for (size_t i = 0; k > 0 && i < 2 * N; i++)
            hits[i] += 40;
        CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r[k]));
        places[k] = all_places(&r[k]);
    }
    assert_int_equal(ia_ctx_n_warnings(ctx), blind > 0 ? 2 : 0);
    assert_true(fabs(r[1].params.detector_x - 40) < tolerance * 38);
    assert_true(fabs(r[1].params.detector_radius / r[0].params.detector_radius - 1) <=
                tolerance);
    assert_true(fabs(r[1].blind_share - r[0].blind_share) <= tolerance);
    assert_true((r[0].blind_share > 0) == (blind > 0));
    double deep = r[0].caps[r[0].n_caps - 1].apex;
    for (size_t i = 0; i < 3 * (size_t)N; i++)
        assert_true(fabs((double)(places[1][i] - places[0][i])) <= 3 * tolerance * deep);
    for (int k = 0; k < 2; k++) {
        free(places[k]);
        ia_reconstruction_clear(&r[k]);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void an_origin_elsewhere_changes_nothing(void **unused)
{
    (void)unused;
    check_moved(0, 0, 1e-5); // of the float positions
    check_moved(9, 0, 1e-5);
    check_moved(0, 4, 0.01); // the middle of 120,000 hits is known to 0.3 mm
}

// The second half in kV: told with its factor, and no fit of planes begins.
static void voltages_in_two_units(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = even_disc();
    ia_reconstruct_params p = settings();
    ia_projection_fit_params fit = ia_projection_fit_defaults();
    ia_reconstruction r = {0};
    strcpy(fit.crystal, "fcc:0.363");
    CHECK_OK(ctx, ia_projection_fit_check(ctx, &ions, &p, &fit));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    float *v = ia_ions_values(&ions, IA_V_DC);
    for (size_t i = N / 2 + 1000; i < N; i++)
        v[i] /= 1000;
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "the voltage falls by a factor of 9"));
    assert_int_equal(ia_projection_fit_check(ctx, &ions, &p, &fit), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "voltages are in two units"));
    ia_reconstruction_clear(&r);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void check_refused(const ia_ions *ions, const ia_reconstruct_params *p,
                          const ia_projection_fit_params *fit, const char *words)
{
    ia_ctx *ctx = ia_ctx_new();
    assert_int_equal(ia_projection_fit_check(ctx, ions, p, fit), IA_ERR_PARAM);
    if (!strstr(ia_ctx_message(ctx), words) &&
        !(ia_ctx_n_warnings(ctx) > 0 && strstr(ia_ctx_warning(ctx, 0), words)))
        fail_msg("'%s' lacks '%s'", ia_ctx_message(ctx), words);
    ia_ctx_free(ctx);
}

// What poles cannot tell is said before they are looked for.
static void a_fit_that_is_hopeless(void **unused)
{
    (void)unused;
    ia_ions ions = even_disc();
    ia_reconstruct_params p = settings();
    ia_projection_fit_params fit = ia_projection_fit_defaults();
    strcpy(fit.crystal, "fcc:0.363");
    p.flight_path = 9; // cm
    check_refused(&ions, &p, &fit, "check the flight path (9 mm)");
    p = settings();
    fit.fit_parts = 30;
    check_refused(&ions, &p, &fit, "30 parts are 4000 each");
    fit.fit_parts = 4;
    strcpy(p.sections, "ion icf; 0 1.5; 120000 1.7");
    check_refused(&ions, &p, &fit, "finds sections");
    p = settings();
    strcpy(fit.crystal, "fcc:0.4:3");
    check_refused(&ions, &p, &fit, "0.4:3");
    ia_ions_clear(&ions);
}

// The run is of 3 to 3.3 kV, 120,000 ions and 2.4 nm; its radius grows by 3 nm on these,
// which a cone of 34 degrees does. With a ninth of the radius the depth is 81 times that.
static void tables_and_cones_off_the_run(void **unused)
{
    (void)unused;
    static const struct {
        const char *sections, *profile;
        double kf;
        const char *words; // NULL: nothing is said
    } cases[] = {
        {"", "", 3.3, NULL},
        {"voltage icf; 3000 1.6; 6000 1.7", "", 3.3, NULL},
        {"voltage icf; 4000 1.6; 6000 1.7", "", 3.3, "of the first row are used"},
        {"voltage icf; 300 1.6; 600 1.7", "", 3.3, "of the last row are used"},
        {"voltage icf; 4000 1.6", "", 3.3, NULL}, // one set was meant
        {"ion icf; 2e5 1.6; 3e5 1.7", "", 3.3, "from ion 200000 to 300000"},
        {"", "0 30; 50 40", 3.3, NULL},
        {"", "20 30; 50 40", 3.3, "the profile begins at a depth of 20 nm"},
        {"", "", 1.5, "has a half angle of"},
        {"", "", 30, "has a half angle of"}};
    ia_ions ions = even_disc();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_reconstruct_params p = settings();
        strcpy(p.sections, cases[k].sections);
        strcpy(p.profile, cases[k].profile);
        p.evolution = cases[k].profile[0] ? IA_RADIUS_PROFILE : IA_RADIUS_VOLTAGE;
        p.kf = cases[k].kf;
        check_told(&ions, &p, cases[k].words);
    }
    ia_ions_clear(&ions);
}

// What a fit might mend, but no tip is like, is said before the fit, which takes minutes.
// Of 3 kV and 30 V/nm the radius is 30 nm at kf 3.3, and the run of 120,000 ions some
// 2.4 nm long: an efficiency of 0.00015 makes it 3,300 times as long, mV told as V a
// radius of 30,000 nm.
static void an_odd_specimen_before_the_fit(void **unused)
{
    (void)unused;
    static const struct {
        double efficiency, volts;
        const char *words; // NULL: nothing is said
    } cases[] = {{0.5, 1, NULL},
                 {0.00015, 1, "nm long, no more than 5000 nm were expected"},
                 {0.5, 1000, "the radius runs from 3.03e+04"}};
    ia_projection_fit_params fit = ia_projection_fit_defaults();
    strcpy(fit.crystal, "fcc:0.363");
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions = even_disc();
        ia_reconstruct_params p = settings();
        float *v = ia_ions_values(&ions, IA_V_DC);
        p.efficiency = cases[k].efficiency;
        for (size_t i = 0; i < N; i++)
            v[i] *= (float)cases[k].volts;
        CHECK_OK(ctx, ia_projection_fit_check(ctx, &ions, &p, &fit));
        assert_int_equal(ia_ctx_n_warnings(ctx), cases[k].words ? 2 : 0);
        if (cases[k].words) {
            if (!strstr(ia_ctx_warning(ctx, 0), cases[k].words))
                fail_msg("'%s' lacks '%s'", ia_ctx_warning(ctx, 0), cases[k].words);
            assert_non_null(strstr(ia_ctx_warning(ctx, 1), "which can take minutes"));
        }
        ia_ions_clear(&ions);
        ia_ctx_free(ctx);
    }
}

// Ions as far apart as no tip is wide: their planes are not sought on a grid without end.
static void planes_of_no_tip(void **unused)
{
    enum { SPOT = 5000 };
    static float xyz[3 * SPOT];
    static const double normal[3] = {0, 0, 1};
    (void)unused;
    ia_random random = ia_random_new(8, 0);
    ia_pole_spot spot = {.n = SPOT, .xyz = xyz};
    ia_pole_facing facing;
    for (size_t i = 0; i < sizeof xyz / sizeof xyz[0]; i++)
        xyz[i] = (float)(1e6 * ia_random_uniform(&random));
    CHECK_OK(NULL, ia_pole_planes(NULL, &spot, normal, 0.2, &facing));
    assert_true(isnan(facing.doubt));
}

static void settings_that_are_not_used(void **unused)
{
    (void)unused;
    ia_ions ions = even_disc();
    ia_reconstruct_params p = settings();
    p.radius = 30;
    check_told(&ions, &p, "--radius 30 is not used");
    p.evolution = IA_RADIUS_FIXED;
    check_told(&ions, &p, NULL);
    p.kf = 2;
    check_told(&ions, &p, "--kf 2 is not used");
    p = settings();
    p.shank_deg = 5;
    check_told(&ions, &p, "--shank-deg 5 is not used");
    p = settings();
    p.centre_x = 100;
    check_told(&ions, &p, "outside its radius of 38 mm");
    p = settings();
    p.flight_path = 900;
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1),
                           "check the flight path (900 mm)"));
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
    p = settings();
    p.evolution = IA_RADIUS_PROFILE;
    strcpy(p.profile, "0 30; 0.5 31");
    check_told(&ions, &p, "the profile ends at a depth of 0.5 nm");
    ia_ions_clear(&ions);
}

static void sections_are_told_as_used(void **unused)
{
    (void)unused;
    ia_ions ions = even_disc();
    ia_reconstruct_params p = settings();
    ia_reconstruction r = {0};
    ia_result result = {0};
    strcpy(p.sections, "ion icf; 0 1.5; 120000 1.7");
    CHECK_OK(NULL, ia_reconstruct_compute(NULL, &ions, &p, &r));
    CHECK_OK(NULL, ia_reconstruction_tables(NULL, &r, &result));
    const ia_table *all = ia_result_find(&result, "reconstruction");
    const ia_table *rows = ia_result_find(&result, "sections");
    assert_true(isnan(*(double *)ia_table_find(all, "icf")->data));
    assert_true(*(double *)ia_table_find(all, "kf")->data == 3.3);
    assert_true(rows->n_rows == 2);
    assert_true(((double *)ia_table_find(rows, "icf")->data)[1] == 1.7);
    ia_result_clear(&result);
    ia_reconstruction_clear(&r);
    ia_ions_clear(&ions);
}

// Poles of fcc that were named as those of bcc: one sentence, with the lattice that has a
// usual image compression; none where it is usual, or was told.
static void an_odd_image_compression(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_named_poles poles = {.n_lattices = 3,
                            .lattices = {{"bcc:0.3", 9, 1.15, 8, false},
                                         {"fcc", 8, 1.56, 8, false},
                                         {"diamond", 2, 2.4, 5, false}}};
    ia_projection_fit fit = {.icf = 1.15, .sigma_icf = 0.01};
    ia_recon_doubt_icf(ctx, &poles, &fit);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "image compression of 1.15"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "a usual one comes of fcc (1.56)"));
    assert_null(strstr(ia_ctx_warning(ctx, 0), "diamond"));
    fit.icf = 1.6;
    ia_recon_doubt_icf(ctx, &poles, &fit);
    fit = (ia_projection_fit){.icf = 1.15, .sigma_icf = NAN};
    ia_recon_doubt_icf(ctx, &poles, &fit);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    ia_ctx_free(ctx);
}

static ia_projection_fit fit_with(double spacing, double sigma)
{
    return (ia_projection_fit){.icf = 1.6,
                               .sigma_icf = 0.01,
                               .kf = 3.3,
                               .plane = {1, 1, 1},
                               .spacing = spacing,
                               .sigma_spacing = sigma,
                               .spacing_expected = 0.2338};
}

// Planes 0.5 % off are those of a crystal that is told rightly, 1.7 % are not; nor are
// they where nobody can tell.
static void planes_that_no_kf_mends(void **unused)
{
    (void)unused;
    static const struct {
        double share, errors;
        size_t n;
    } cases[] = {{1.005, 9, 0}, {0.983, 27, 1}, {1.017, 6, 1}, {1.017, 3, 0}};
    const ia_reconstruct_params p = settings();
    const ia_named_poles poles = {.n = 0};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_ctx *ctx = ia_ctx_new();
        double spacing = 0.2338 * cases[k].share;
        ia_projection_fit fit =
            fit_with(spacing, fabs(spacing - 0.2338) / cases[k].errors);
        ia_projection_fit_lattice(ctx, &poles, &p, &fit);
        assert_int_equal(ia_ctx_n_warnings(ctx), cases[k].n);
        ia_ctx_free(ctx);
    }
}

// Where the radius is told kf makes none: it is not found, and the planes are blamed on
// the radius.
static void planes_of_a_radius_that_was_told(void **unused)
{
    (void)unused;
    ia_reconstruct_params p = settings();
    const ia_named_poles poles = {.n = 0};
    ia_projection_fit fit = fit_with(0.2338 * 1.019, 0.0002);
    ia_ctx *ctx = ia_ctx_new();

    p.evolution = IA_RADIUS_SHANK;
    p.radius = 50;
    fit.kf = 3.18;
    fit.sigma_kf = 0.06;
    ia_projection_fit_lattice(ctx, &poles, &p, &fit);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "the radius was told"));
    assert_true(isnan(fit.kf) && isnan(fit.sigma_kf));
    ia_ctx_free(ctx);
}

// fcc:0.36 has 0.0117 nm^3 for an atom, aluminium 0.0166, copper 0.0118; of fcc alone the
// size is one that nobody told.
static void a_cell_of_another_element(void **unused)
{
    (void)unused;
    static const struct {
        const char *crystal, *element;
        size_t n;
    } cases[] = {{"fcc:0.36", "Al", 1},
                 {"fcc:0.405", "Al", 0},
                 {"fcc:0.36", "Cu", 0},
                 {"fcc", "Al", 1},
                 {"fcc:0.36", "", 1}};
    ia_ions ions = even_disc();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_reconstruct_params p = settings();
        ia_projection_fit_params fit = ia_projection_fit_defaults();
        strcpy(fit.crystal, cases[k].crystal);
        strcpy(p.element, cases[k].element);
        p.evaporation_field = 0;
        p.atomic_volume = cases[k].element[0] ? 0 : 0.0166; // told as a number
        CHECK_OK(ctx, ia_projection_fit_check(ctx, &ions, &p, &fit));
        assert_int_equal(ia_ctx_n_warnings(ctx), cases[k].n);
        ia_ctx_free(ctx);
    }
    ia_ions_clear(&ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_odd_image_compression),
        cmocka_unit_test(hits_and_voltages),
        cmocka_unit_test(voltages_in_two_units),
        cmocka_unit_test(a_fit_that_is_hopeless),
        cmocka_unit_test(an_odd_specimen_before_the_fit),
        cmocka_unit_test(planes_of_no_tip),
        cmocka_unit_test(planes_that_no_kf_mends),
        cmocka_unit_test(planes_of_a_radius_that_was_told),
        cmocka_unit_test(a_cell_of_another_element),
        cmocka_unit_test(settings_that_are_not_used),
        cmocka_unit_test(sections_are_told_as_used),
        cmocka_unit_test(tables_and_cones_off_the_run),
        cmocka_unit_test(an_origin_elsewhere_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
