// tests/unit/test_tof_train.c: training repeats to the last byte; the model compiled in
// is one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/tof_model.h"

// Small enough for a second.
static ia_tof_params tiny(void)
{
    ia_tof_params p = ia_tof_defaults();
    p.specimens = 300;
    p.rows = 20;
    p.element_rounds = p.element_depth = 2;
    p.molecule_specimens = 60;
    p.molecule_rounds = 5;
    p.molecule_depth = 3;
    p.tests = 30;
    return p;
}

static void training_repeats_on_any_threads(void **state)
{
    (void)state;
    ia_tof_training t[3] = {{0}};
    ia_tof_params p = tiny();
    ia_ctx *ctx = ia_ctx_new();

    for (size_t k = 0; k < 3; k++) {
        ia_ctx_set_threads(ctx, k == 1 ? 3 : 1);
        p.seed = k == 2 ? 2 : 1;
        CHECK_OK(ctx, ia_tof_train(ctx, &p, &t[k]));
    }
    assert_int_equal(t[0].n, t[1].n);
    assert_memory_equal(t[0].model, t[1].model, t[0].n);
    assert_string_equal(t[0].sha256, t[1].sha256);
    assert_string_not_equal(t[0].sha256, t[2].sha256); // another seed, other trees
    assert_true(t[0].elements.rows > t[0].elements.right_rows);
    assert_true(t[0].elements.there > 0 && t[0].elements.asked > t[0].elements.there);
    assert_true(t[0].molecules.right > 0);
    for (size_t k = 0; k < 3; k++)
        ia_tof_training_clear(&t[k]);
    ia_ctx_free(ctx);
}

static void a_model_is_read_back(void **state)
{
    (void)state;
    ia_tof_training t = {0};
    ia_tof_params p = tiny();
    ia_tof_trees trees = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_tof_train(ctx, &p, &t));
    CHECK_OK(ctx, ia_tof_model_read(ctx, t.model, t.n, &trees));
    ia_tof_trees_clear(&trees);
    // Every way of cutting it short, and nothing at all.
    static const size_t cut[] = {0, 1, 10, 300, 2000};
    for (size_t k = 0; k < sizeof cut / sizeof *cut; k++)
        CHECK_FAILS(ctx, ia_tof_model_read(ctx, t.model, cut[k], &trees), IA_ERR_FORMAT,
                    "not of this version");
    CHECK_FAILS(ctx, ia_tof_model_read(ctx, t.model, t.n - 1, &trees), IA_ERR_FORMAT,
                "not of this version");
    unsigned char *line = memchr(t.model, '\n', t.n);
    memset(line + 1, 'x', 50); // the trees themselves spoilt
    CHECK_FAILS(ctx, ia_tof_model_read(ctx, t.model, t.n, &trees), IA_ERR_FORMAT,
                "XGBoost says");
    char *version = strstr((char *)t.model, "\"generator\":");
    version[strlen("\"generator\":")] = '9';
    CHECK_FAILS(ctx, ia_tof_model_read(ctx, t.model, t.n, &trees), IA_ERR_FORMAT,
                "not of this version");
    assert_null(trees.elements);
    ia_tof_training_clear(&t);
    ia_ctx_free(ctx);
}

// What was committed is what data/README.md says of it.
static void the_model_compiled_in_is_that_described(void **state)
{
    (void)state;
    size_t n, n_text;
    const unsigned char *model = ia_tof_model(&n);
    ia_tof_trees trees = {0};
    char hex[65], path[512];
    const char *source = getenv("IONATLAS_SOURCE");

    assert_true(n > 1000000 && n < 3000000);
    assert_int_equal(ia_tof_model_read(NULL, model, n, &trees), IA_OK);
    ia_tof_trees_clear(&trees);
    assert_int_equal(ia_sha256(NULL, model, n, hex), IA_OK);
    if (!source)
        skip();
    snprintf(path, sizeof path, "%s/data/README.md", source);
    char *text = (char *)read_bytes(path, &n_text);
    text[n_text] = 0;
    if (!strstr(text, hex))
        fail_msg("data/README.md does not name %s", hex);
    free(text);
}

static void tables_are_complete(void **state)
{
    (void)state;
    ia_tof_training t = {.n = 7,
                         .sha256 = "abc",
                         .elements = {10, 5, 20, 8, 6, 2, 3.5},
                         .molecules = {10, 5, 20, 8, 4, 4, 1.5}};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_STARVED(ctx, (ia_result_clear(&result), ia_tof_tables(ctx, &t, &result)),
                  (void)0);
    const ia_table *table = ia_result_find(&result, "training");
    const double *precision = ia_table_find(table, "precision")->data;
    const double *recall = ia_table_find(table, "recall")->data;
    assert_true(precision[0] == 0.75 && recall[0] == 0.75);
    assert_true(precision[1] == 0.5 && recall[1] == 0.5);
    assert_non_null(ia_table_find(ia_result_find(&result, "model"), "sha256"));
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

static bool stop_drawing(void *user, const char *stage, double done)
{
    (void)user;
    (void)done;
    return strcmp(stage, "draw") != 0;
}

static void bad_parameters_and_a_stop_leave_nothing(void **state)
{
    (void)state;
    ia_tof_params p = tiny();
    ia_tof_training t = {0};
    ia_ctx *ctx = ia_ctx_new();

    p.element_depth = 0;
    CHECK_FAILS(ctx, ia_tof_train(ctx, &p, &t), IA_ERR_PARAM, "element_depth");
    p = tiny();
    ia_ctx_set_progress(ctx, stop_drawing, NULL);
    assert_int_equal(ia_tof_train(ctx, &p, &t), IA_CANCELLED);
    assert_null(t.model);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_repeats_on_any_threads),
        cmocka_unit_test(a_model_is_read_back),
        cmocka_unit_test(the_model_compiled_in_is_that_described),
        cmocka_unit_test(tables_are_complete),
        cmocka_unit_test(bad_parameters_and_a_stop_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
