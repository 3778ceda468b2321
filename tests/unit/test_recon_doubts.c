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

static void hits_and_voltages(void **unused)
{
    static const struct {
        void (*spoil)(ia_ions *ions);
        const char *words;
    } cases[] = {{half_in_another_unit, "the unit or the detector changes"},
                 {half_without_a_hit, "50 % of the hits are at (0, 0)"},
                 {a_dead_strip, "% of the detector has no hits and is counted as seen"},
                 {reversed, "the voltage falls all along, by 9.5 %"},
                 {shuffled, "the ions are not in the order in which they left"},
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
                            .lattices = {{"bcc:0.3", 9, 1.15, 8},
                                         {"fcc", 8, 1.56, 8},
                                         {"diamond", 2, 2.4, 5}}};
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_odd_image_compression),
                                       cmocka_unit_test(hits_and_voltages),
                                       cmocka_unit_test(settings_that_are_not_used),
                                       cmocka_unit_test(sections_are_told_as_used)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
