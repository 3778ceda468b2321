// tests/unit/test_pole_classes.c: four poles told by their angles, and the network that
// learns to.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "network/network.h"
#include <ionatlas/pole_classes.h>

static const double means[IA_QUAD_CLASSES][IA_QUAD_ANGLES] = {
    {71, 71, 88, 130},  {71, 88, 102, 104}, {57, 86, 104, 110},
    {70, 70, 106, 116}, {57, 77, 98, 126},  {58, 78, 108, 114}};

static void order_tells_nothing(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < IA_QUAD_CLASSES; c++) {
        const double *m = means[c];
        const double turned[2][IA_QUAD_ANGLES] = {{m[2], m[0], m[3], m[1]},
                                                  {m[3], m[2], m[1], m[0]}};
        for (int k = 0; k < 2; k++) {
            double chances[IA_QUAD_CLASSES], sum = 0;
            assert_int_equal(ia_quad_nearest(turned[k]), c);
            assert_int_equal(ia_quad_likeliest(turned[k], 3), c);
            ia_quad_chances(turned[k], 3, chances);
            for (size_t i = 0; i < IA_QUAD_CLASSES; i++)
                sum += chances[i];
            assert_true(fabs(sum - 1) < 1e-12);
            assert_true(chances[c] > 0.5);
        }
    }
    // Far from all classes the likelihoods vanish: the nearest has it.
    const double far[IA_QUAD_ANGLES] = {10, 10, 10, 330};
    double chances[IA_QUAD_CLASSES];
    ia_quad_chances(far, 0.01, chances);
    assert_true(chances[ia_quad_nearest(far)] == 1);
    assert_string_equal(ia_quad_planes(0), "200 131 113 204");
    assert_string_equal(ia_quad_plane(0, 3), "204");
}

// Equal chances of two classes half way between their means.
static void chances_are_likelihoods(void **unused)
{
    (void)unused;
    double middle[IA_QUAD_ANGLES], chances[IA_QUAD_CLASSES];
    for (size_t k = 0; k < IA_QUAD_ANGLES; k++)
        middle[k] = (means[4][k] + means[5][k]) / 2;
    ia_quad_chances(middle, 1, chances);
    // Other orders of the angles add less than one part in 1e6 at 1 degree.
    assert_true(fabs(chances[4] - chances[5]) < 1e-6);
    assert_true(chances[4] + chances[5] > 0.999);
}

static void need_plugin(void)
{
    const ia_learn_plugin *plugin = NULL;
    if (ia_network_plugin(NULL, NULL, &plugin) != IA_OK)
        skip();
}

// 99.76, 91.8, 75.7 and 60.6 % by the nearest sorted mean on data drawn as published; no
// network exceeds the likeliest class by more than chance.
static void shares_are_as_computed_elsewhere(void **unused)
{
    (void)unused;
    need_plugin();
    static const double published[IA_QUAD_SCATTERS] = {0.9976, 0.918, 0.757, 0.606};
    ia_ctx *ctx = ia_ctx_new();
    ia_quad_params p = ia_quad_defaults();
    ia_quad_training training = {0};
    p.quad_rows = 400;
    p.quad_tests = 300;
    p.epochs = 4;
    p.rate = 1e-3;
    CHECK_OK(ctx, ia_quad_train(ctx, &p, &training));
    for (size_t i = 0; i < IA_QUAD_SCATTERS; i++) {
        const ia_quad_score *s = &training.scores[i];
        double sigma = fmax(s->sigma, 5e-4); // figures are rounded to 1e-3
        assert_true(s->scatter_deg == 2 * (double)(i + 1));
        assert_true(fabs(s->nearest_mean - published[i]) < 3.3 * sigma);
        assert_true(s->bayes > s->nearest_mean - 2 * sigma);
        assert_true(s->network < s->bayes + 3.3 * sigma);
    }
    assert_true(training.scores[0].network > 0.5); // 1 in 6 by chance
    ia_network network = {0};
    CHECK_OK(ctx, ia_network_parse(ctx, training.model, training.n, "quadrilaterals",
                                   &network));
    ia_network_clear(&network);
    CHECK_FAILS(
        ctx, ia_network_parse(ctx, training.model, training.n, "orientation", &network),
        IA_ERR_FORMAT, "another task");
    ia_result result = {0};
    CHECK_OK(ctx, ia_quad_tables(ctx, &training, &result));
    assert_int_equal(ia_result_find(&result, "quadrilaterals")->n_rows, IA_QUAD_SCATTERS);
    ia_result_clear(&result);
    ia_quad_training_clear(&training);
    ia_ctx_free(ctx);
}

// Counts the calls of tests, and stops at the second.
static bool stop_tests(void *user, const char *stage, double done)
{
    size_t *calls = user;
    (void)done;
    *calls += strstr(stage, "tests") != NULL;
    return *calls < 2;
}

// Of next to no rate nothing is learnt.
static void what_is_not_learnt_is_told(void **unused)
{
    (void)unused;
    need_plugin();
    ia_ctx *ctx = ia_ctx_new();
    ia_quad_params p = ia_quad_defaults();
    ia_quad_training training = {0};
    p.quad_rows = 10;
    p.quad_tests = 50;
    p.epochs = 1;
    p.rate = 1e-7;
    CHECK_OK(ctx, ia_quad_train(ctx, &p, &training));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "it has learnt nothing"));
    ia_quad_training_clear(&training);
    ia_ctx_free(ctx);
}

static void tests_can_be_stopped(void **unused)
{
    (void)unused;
    need_plugin();
    ia_ctx *ctx = ia_ctx_new();
    ia_quad_params p = ia_quad_defaults();
    ia_quad_training training = {0};
    size_t calls = 0;
    p.quad_rows = 10;
    p.epochs = 1;
    p.quad_tests = 2000; // 12 parts of each of four scatters
    ia_ctx_set_progress(ctx, stop_tests, &calls);
    CHECK_FAILS(ctx, ia_quad_train(ctx, &p, &training), IA_CANCELLED,
                "stopped during: tests");
    assert_int_equal(calls, 2);
    assert_null(training.model);
    ia_ctx_free(ctx);
}

static void wrong_settings_are_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_quad_params p = ia_quad_defaults();
    ia_quad_training training = {0};
    p.dropout = 1;
    CHECK_FAILS(ctx, ia_quad_train(ctx, &p, &training), IA_ERR_PARAM, "dropout");
    assert_null(training.model);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_tells_nothing),
        cmocka_unit_test(chances_are_likelihoods),
        cmocka_unit_test(shares_are_as_computed_elsewhere),
        cmocka_unit_test(what_is_not_learnt_is_told),
        cmocka_unit_test(tests_can_be_stopped),
        cmocka_unit_test(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
