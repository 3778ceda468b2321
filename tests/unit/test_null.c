// tests/unit/test_null.c: values under shuffled labels, their p and when drawing stops.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/honest.h>

enum { N_VALUES = 3 };

// The observed values are set by the test; shuffles give numbers of their own stream.
typedef struct {
    double observed[N_VALUES];
    double rise; // added per shuffle number
    uint64_t fails_at;
} plain;

static ia_status plain_statistic(ia_ctx *ctx, void *user, const ia_draw *draw,
                                 size_t worker, double *values)
{
    plain *p = user;
    ia_random random = draw->random;
    (void)worker;
    if (p->fails_at > 0 && draw->number == p->fails_at)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED, "draw %d came to no end",
                       (int)draw->number);
    for (size_t i = 0; i < N_VALUES; i++)
        values[i] = draw->number == 0
                        ? p->observed[i]
                        : ia_random_uniform(&random) + p->rise * (double)draw->number;
    return IA_OK;
}

static ia_question question_of(plain *p)
{
    return (ia_question){plain_statistic, p, N_VALUES, "test"};
}

static void p_counts_shuffles_that_reach(void **unused)
{
    (void)unused;
    plain p = {.observed = {2, -1, 0.5}};
    ia_question question = question_of(&p);
    ia_null_params params = {99, 0, 7, 0.9};
    ia_null null = {0};
    size_t reached = 0;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_null_test(ctx, &question, &params, &null));
    assert_int_equal(null.n_shuffles, 99);
    assert_true(null.p[0] == 1.0 / 100); // none reaches 2
    assert_true(null.p[1] == 1);         // all reach -1
    for (uint64_t s = 1; s <= 99; s++) { // by the definition of the streams
        ia_random random = ia_random_new(7, s);
        ia_random_uniform(&random);
        ia_random_uniform(&random);
        reached += ia_random_uniform(&random) >= 0.5;
    }
    assert_true(null.p[2] == (1 + (double)reached) / 100);
    // 99 uniform values: mean within 4 sd of 0.5, nine tenths between the quantiles.
    assert_true(fabs(null.mean[0] - 0.5) < 4 * 0.29 / 10);
    assert_true(fabs(null.lo[0] - 0.05) < 0.09 && fabs(null.hi[0] - 0.95) < 0.09);
    assert_true(fabs(null.sd[0] - 0.2887) < 0.06);
    ia_null_clear(&null);
    ia_ctx_free(ctx);
}

static void equal_values_reach(void **unused)
{
    (void)unused;
    plain p = {.observed = {NAN, NAN, NAN}};
    ia_question question = question_of(&p);
    ia_null_params params = {9, 0, 7, 0.9};
    ia_null null = {0};
    assert_int_equal(ia_null_test(NULL, &question, &params, &null), IA_OK);
    assert_true(null.p[0] == 1); // what is not a number is never remarkable
    ia_null_clear(&null);
}

// Shuffle s gives a number in [s, s + 1): which ones reach 20 is known.
static void drawing_stops_when_enough_have_reached(void **unused)
{
    (void)unused;
    plain p = {.observed = {20, 0, 0}, .rise = 1};
    ia_question question = question_of(&p);
    ia_null_params params = {1000, 5, 1, 0.9};
    ia_null null = {0};
    assert_int_equal(ia_null_test(NULL, &question, &params, &null), IA_OK);
    // Shuffles 20, 21, 22, 23 and 24 reach 20; the fifth is left out: p = 5/24.
    assert_int_equal(null.n_shuffles, 23);
    assert_true(null.p[0] == 5.0 / 24);
    assert_true(isnan(null.p_any));
    ia_null_clear(&null);
}

static double p_of(uint64_t seed, size_t n_stop)
{
    ia_random random = ia_random_new(seed, 12345);
    plain p = {.observed = {ia_random_uniform(&random), 0.5, 0.5}};
    ia_question question = question_of(&p);
    ia_null_params params = {39, n_stop, seed, 0.9};
    ia_null null = {0};
    assert_int_equal(ia_null_test(NULL, &question, &params, &null), IA_OK);
    double value = null.p[0];
    ia_null_clear(&null);
    return value;
}

// Where the data are one more shuffle P(p <= a) <= a, with and without stopping.
static void p_is_super_uniform(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    static const double levels[] = {0.025, 0.05, 0.1, 0.25, 0.5};
    for (size_t stop = 0; stop <= 4; stop += 4) {
        size_t at_most[5] = {0};
        for (uint64_t seed = 1; seed <= N; seed++) {
            double p = p_of(seed, stop);
            for (size_t k = 0; k < 5; k++)
                at_most[k] += p <= levels[k] + 1e-12;
        }
        for (size_t k = 0; k < 5; k++) {
            double sd = sqrt(N * levels[k] * (1 - levels[k]));
            // 3.3 sd: a correct program passes 999 times in 1000.
            assert_true((double)at_most[k] < N * levels[k] + 3.3 * sd);
            if (stop == 0) // each level is a multiple of 1/40: reached exactly
                assert_true((double)at_most[k] > N * levels[k] - 3.3 * sd);
        }
    }
}

static void p_of_a_curve_is_uniform(void **unused)
{
    (void)unused;
    enum { N = 2000 };
    size_t at_most = 0;
    for (uint64_t seed = 1; seed <= N; seed++) {
        ia_random random = ia_random_new(seed, 999);
        plain p = {.observed = {ia_random_uniform(&random), ia_random_uniform(&random),
                                ia_random_uniform(&random)}};
        ia_question question = question_of(&p);
        ia_null_params params = {19, 0, seed, 0.9};
        ia_null null = {0};
        assert_int_equal(ia_null_test(NULL, &question, &params, &null), IA_OK);
        at_most += null.p_any <= 0.1 + 1e-12;
        ia_null_clear(&null);
    }
    assert_true(fabs((double)at_most - 0.1 * N) < 3.3 * sqrt(N * 0.1 * 0.9));
}

static void threads_do_not_matter(void **unused)
{
    (void)unused;
    for (size_t stop = 0; stop <= 3; stop += 3) {
        ia_null nulls[2] = {{0}, {0}};
        for (size_t i = 0; i < 2; i++) {
            plain p = {.observed = {0.9, 0.5, 0.1}};
            ia_question question = question_of(&p);
            ia_null_params params = {200, stop, 3, 0.9};
            ia_ctx *ctx = ia_ctx_new();
            ia_ctx_set_threads(ctx, i == 0 ? 1 : 4);
            CHECK_OK(ctx, ia_null_test(ctx, &question, &params, &nulls[i]));
            ia_ctx_free(ctx);
        }
        assert_int_equal(nulls[0].n_shuffles, nulls[1].n_shuffles);
        assert_memory_equal(nulls[0].nulls, nulls[1].nulls,
                            nulls[0].n_shuffles * N_VALUES * sizeof(double));
        assert_memory_equal(nulls[0].p, nulls[1].p, N_VALUES * sizeof(double));
        ia_null_clear(&nulls[0]);
        ia_null_clear(&nulls[1]);
    }
}

static bool refuse(void *user, const char *stage, double done)
{
    (void)user;
    (void)stage;
    (void)done;
    return false;
}

static void errors_have_sentences(void **unused)
{
    (void)unused;
    plain p = {.fails_at = 5};
    ia_question question = question_of(&p);
    ia_null null = {0}, empty = {0};
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, ia_null_test(ctx, &question, &(ia_null_params){0, 0, 1, 0.9}, &null),
                IA_ERR_PARAM, "n_shuffles");
    CHECK_FAILS(ctx, ia_null_test(ctx, &question, &(ia_null_params){9, 0, 1, 1}, &null),
                IA_ERR_PARAM, "band");
    CHECK_FAILS(ctx, ia_null_test(ctx, &question, &(ia_null_params){9, 0, 1, 0.5}, &null),
                IA_ERR_UNSUPPORTED, "draw 5 came to no end");
    ia_ctx_set_threads(ctx, 1); // several: any of two that fail may come first
    p.fails_at = 2;
    CHECK_FAILS(ctx, ia_null_test(ctx, &question, &(ia_null_params){9, 0, 1, 0.5}, &null),
                IA_ERR_UNSUPPORTED, "draw 2 came to no end");
    p.fails_at = 0;
    ia_ctx_set_progress(ctx, refuse, NULL);
    CHECK_FAILS(ctx, ia_null_test(ctx, &question, &(ia_null_params){9, 0, 1, 0.5}, &null),
                IA_CANCELLED, "");
    assert_memory_equal(&null, &empty, sizeof null);
    ia_ctx_set_progress(ctx, NULL, NULL);
    CHECK_STARVED(ctx,
                  ia_null_test(ctx, &question, &(ia_null_params){9, 0, 1, 0.5}, &null),
                  ia_null_clear(&null));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_counts_shuffles_that_reach),
        cmocka_unit_test(equal_values_reach),
        cmocka_unit_test(drawing_stops_when_enough_have_reached),
        cmocka_unit_test(p_is_super_uniform),
        cmocka_unit_test(p_of_a_curve_is_uniform),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(errors_have_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
