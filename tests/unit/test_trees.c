// tests/unit/test_trees.c: boosted trees learn, are saved, and say the same again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/trees.h"

enum { N = 600, WIDTH = 3 };

typedef struct {
    float features[N * WIDTH], labels[N], weights[N];
    ia_trees_rows rows;
} table;

// Class 1 where the first value is above the second, by the sign of the third where that
// is known (2 of `n_classes` 3).
static void fill(table *t, size_t n_classes)
{
    ia_random random = ia_random_new(1, n_classes);
    for (size_t i = 0; i < N; i++) {
        float *f = t->features + i * WIDTH;
        for (size_t k = 0; k < WIDTH; k++)
            f[k] = (float)ia_random_normal(&random);
        t->labels[i] = f[0] > f[1] ? 1 : 0;
        if (n_classes == 3 && f[2] > 0.5F)
            t->labels[i] = 2;
        t->weights[i] = 1;
    }
    t->rows = (ia_trees_rows){t->features, t->labels, t->weights, N, WIDTH};
}

static ia_trees_rules rules_of(size_t n_classes)
{
    return (ia_trees_rules){n_classes, 20, 4, 0.3, 1};
}

static void two_classes_are_learnt(void **state)
{
    (void)state;
    static table t;
    ia_trees *trees = NULL;
    const ia_trees_rules rules = rules_of(2);
    float p[N];
    size_t right = 0;

    fill(&t, 2);
    assert_int_equal(ia_trees_train(NULL, &rules, &t.rows, &trees), IA_OK);
    assert_int_equal(ia_trees_predict(NULL, trees, t.features, N, p, N), IA_OK);
    for (size_t i = 0; i < N; i++) {
        assert_true(p[i] > 0 && p[i] < 1);
        right += (p[i] > 0.5F) == (t.labels[i] > 0);
    }
    assert_true(100 * right > 97 * N);
    ia_trees_free(trees);
}

static void probabilities_of_classes_sum_to_one(void **state)
{
    (void)state;
    static table t;
    ia_trees *trees = NULL;
    const ia_trees_rules rules = rules_of(3);
    static float p[3 * N];
    size_t right = 0;

    fill(&t, 3);
    assert_int_equal(ia_trees_train(NULL, &rules, &t.rows, &trees), IA_OK);
    assert_int_equal(ia_trees_predict(NULL, trees, t.features, N, p, 3 * N), IA_OK);
    for (size_t i = 0; i < N; i++) {
        const float *q = p + 3 * i;
        assert_true(fabsf(q[0] + q[1] + q[2] - 1) < 1e-5F);
        right += q[(size_t)t.labels[i]] > 0.5F;
    }
    assert_true(10 * right > 9 * N);
    // A row at a time says the same as all of them at once.
    for (size_t i = 0; i < 20; i++) {
        float q[3];
        assert_int_equal(ia_trees_predict(NULL, trees, t.features + i * WIDTH, 1, q, 3),
                         IA_OK);
        assert_memory_equal(q, p + 3 * i, sizeof q);
    }
    ia_trees_free(trees);
}

static void what_is_saved_says_the_same(void **state)
{
    (void)state;
    static table t;
    ia_trees *trees[3] = {NULL};
    unsigned char *bytes[2] = {NULL};
    size_t n[2];
    float p[3][N];
    const ia_trees_rules rules = rules_of(2);

    fill(&t, 2);
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(ia_trees_train(NULL, &rules, &t.rows, &trees[k]), IA_OK);
        assert_int_equal(ia_trees_save(NULL, trees[k], &bytes[k], &n[k]), IA_OK);
    }
    // The same rows, the same bytes.
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    assert_int_equal(ia_trees_load(NULL, bytes[0], n[0], &trees[2]), IA_OK);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(ia_trees_predict(NULL, trees[k], t.features, N, p[k], N), IA_OK);
    assert_memory_equal(p[0], p[1], sizeof p[0]);
    assert_memory_equal(p[0], p[2], sizeof p[0]);
    for (size_t k = 0; k < 3; k++)
        ia_trees_free(trees[k]);
    free(bytes[0]);
    free(bytes[1]);
}

static void what_is_no_model_is_refused(void **state)
{
    (void)state;
    static table t;
    ia_trees *trees = NULL;
    float p[N];
    const ia_trees_rules rules = rules_of(2);
    ia_ctx *ctx = ia_ctx_new();

    CHECK_FAILS(ctx, ia_trees_load(ctx, "{\"no\":1}", 8, &trees), IA_ERR_FORMAT,
                "model of trees");
    assert_null(trees);
    fill(&t, 2);
    CHECK_OK(ctx, ia_trees_train(ctx, &rules, &t.rows, &trees));
    CHECK_FAILS(ctx, ia_trees_predict(ctx, trees, t.features, N, p, N - 1), IA_ERR_FORMAT,
                "values for");
    assert_int_equal(ia_trees_predict(ctx, trees, t.features, 0, p, 0), IA_OK);
    ia_trees_free(trees);
    ia_trees_free(NULL);
    ia_ctx_free(ctx);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user;
    return strcmp(stage, "train") != 0 || done < 0.5;
}

static void training_can_be_stopped(void **state)
{
    (void)state;
    static table t;
    ia_trees *trees = NULL;
    unsigned char *bytes = NULL;
    size_t n;
    const ia_trees_rules rules = rules_of(2);
    ia_ctx *ctx = ia_ctx_new();

    fill(&t, 2);
    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(ia_trees_train(ctx, &rules, &t.rows, &trees), IA_CANCELLED);
    assert_null(trees);
    ia_ctx_set_progress(ctx, NULL, NULL);
    CHECK_STARVED(ctx, ia_trees_train(ctx, &rules, &t.rows, &trees), (void)0);
    CHECK_STARVED(ctx, ia_trees_save(ctx, trees, &bytes, &n), free(bytes));
    ia_trees_free(trees);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes_are_learnt),
        cmocka_unit_test(probabilities_of_classes_sum_to_one),
        cmocka_unit_test(what_is_saved_says_the_same),
        cmocka_unit_test(what_is_no_model_is_refused),
        cmocka_unit_test(training_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
