// tests/unit/test_projection_fit.c: tables of poles, exact fits, refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit_case.h"

static void exact_poles_give_exact_constants(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    for (int kind = 0; kind < 3; kind++) {
        ia_projection truth = {kind, 90, 1.52, {2.5, -1.75}};
        ia_projection start = {kind, 90, 1.8, {0, 0}};
        ia_named_pole poles[POLES_MOST];
        size_t n = draw_poles(&truth, 0, NULL, poles);
        ia_projection_fit_params p = fcc_params();
        p.centre_doubt = 1000; // nobody knows it
        ia_projection_fit fit;
        CHECK_OK(ctx, ia_projection_fit_poles(ctx, &start, poles, n, &p, &fit));
        assert_true(n >= 5 && fit.n_poles == n);
        assert_true(fabs(fit.icf - 1.52) < 1e-5);
        assert_true(fabs(fit.centre[0] - 2.5) < 1e-2);
        assert_true(fabs(fit.centre[1] + 1.75) < 1e-2);
        assert_true(fit.residual_mm < 1e-4 && isnan(fit.kf));
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                assert_true(fabs(fit.rotation[r][c] - askew[r][c]) < 1e-3);
        assert_true(fit.covariance[0][0] == fit.sigma_icf * fit.sigma_icf ||
                    fabs(fit.covariance[0][0] / pow(fit.sigma_icf, 2) - 1) < 1e-12);
        ia_result result = {0};
        const ia_named_poles named = {.poles = poles, .n = n};
        CHECK_OK(ctx, ia_projection_fit_tables(ctx, &fit, &named, &result));
        assert_int_equal(ia_result_find(&result, "fit_poles")->n_rows, n);
        assert_non_null(ia_table_find(ia_result_find(&result, "fit"), "rotation"));
        ia_result_clear(&result);
    }
    ia_ctx_free(ctx);
}

static void tables_of_poles_are_read(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const char *text = "# by hand\nx_mm\ty_mm\tsignificance\thkl\n"
                       "1.5\t-2\t9\t0,0,2\n\n-3e0 4 8 1,-1,3\n";
    ia_named_poles read = {0};
    assert_true(ia_named_poles_has(text, strlen(text)));
    CHECK_OK(ctx, ia_named_poles_parse(ctx, text, strlen(text), &read));
    assert_int_equal(read.n, 2);
    assert_true(read.poles[1].x == -3 && read.poles[1].y == 4);
    assert_true(read.poles[1].hkl[1] == -1);
    free(read.poles);
    assert_false(ia_named_poles_has("x_mm y_mm\n1 2\n", 14));
    static const struct {
        const char *text, *says;
        ia_status status;
    } bad[] = {{"hkl x_mm\n", "line 1: columns hkl, x_mm and y_mm", IA_ERR_UNSUPPORTED},
               {"hkl x_mm y_mm\n0,0,0 1 2\n", "line 2: '0,0,0 1 2'", IA_ERR_FORMAT},
               {"hkl x_mm y_mm\n1,1 1 2\n", "is no pole", IA_ERR_FORMAT},
               {"hkl x_mm y_mm\n1,1,1 1\n", "is no pole", IA_ERR_FORMAT},
               {"hkl x_mm y_mm\n1,1,1 1 nan\n", "is no pole", IA_ERR_FORMAT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(ctx,
                    ia_named_poles_parse(ctx, bad[i].text, strlen(bad[i].text), &read),
                    bad[i].status, bad[i].says);
    ia_ctx_free(ctx);
}

// Places without names are named by the indexing, and fitted as those with names.
static void places_alone_are_indexed(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_projection truth = {IA_PROJECTION_EQUIDISTANT, 90, 1.6, {0, 0}};
    ia_named_pole poles[POLES_MOST];
    ia_named_poles named = {0};
    size_t n = draw_poles(&truth, 0, NULL, poles), at = 0;
    char text[4096];
    at += (size_t)snprintf(text, sizeof text, "x_mm\ty_mm\n");
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%.4f\t%.4f\n", poles[i].x,
                               poles[i].y);
    ia_reconstruct_params params = ia_reconstruct_defaults();
    params.projection = IA_PROJECTION_EQUIDISTANT;
    params.flight_path = 90;
    ia_projection_fit_params p = fcc_params();
    ia_projection_fit fit;
    CHECK_OK(ctx, ia_named_poles_index(ctx, text, at, &params, &p, &named));
    assert_int_equal(named.n, n);
    CHECK_OK(ctx, ia_projection_fit_poles(ctx, &truth, named.poles, named.n, &p, &fit));
    assert_true(fabs(fit.icf - 1.6) < 1e-3);
    free(named.poles);
    ia_ctx_free(ctx);
}

static void what_cannot_be_fitted_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_projection truth = {IA_PROJECTION_STEREOGRAPHIC, 90, 1.6, {0, 0}}, odd = truth;
    ia_named_pole poles[POLES_MOST];
    size_t n = draw_poles(&truth, 0, NULL, poles);
    ia_projection_fit_params p = fcc_params();
    ia_projection_fit fit;
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &truth, poles, 2, &p, &fit),
                IA_ERR_PARAM, "2 poles: three");
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &truth, poles, n, NULL, &fit),
                IA_ERR_PARAM, "--crystal");
    odd.flight_path = -1;
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &odd, poles, n, &p, &fit), IA_ERR_PARAM,
                "flight path");
    strcpy(p.crystal, "cheese");
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &truth, poles, n, &p, &fit),
                IA_ERR_PARAM, "cheese");
    p = fcc_params();
    ia_named_pole same[3] = {poles[0], poles[0], poles[0]};
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &truth, same, 3, &p, &fit),
                IA_ERR_PARAM, "one direction");
    poles[0].x += 30; // a wrong name
    CHECK_FAILS(ctx, ia_projection_fit_poles(ctx, &truth, poles, n, &p, &fit),
                IA_ERR_PARAM, "names or crystal are wrong");
    poles[0].x -= 30;
    CHECK_STARVED(ctx, ia_projection_fit_poles(ctx, &truth, poles, n, &p, &fit), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_poles_give_exact_constants),
        cmocka_unit_test(tables_of_poles_are_read),
        cmocka_unit_test(places_alone_are_indexed),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
