// tests/unit/test_context.c: message, warnings, log, cancel and failing allocations.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static void first_sentence_stands(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    assert_string_equal(ia_ctx_message(ctx), "");
    assert_int_equal(ia_fail(ctx, IA_ERR_FORMAT, "line %d", 7), IA_ERR_FORMAT);
    assert_int_equal(ia_fail(ctx, IA_ERR_IO, "later"), IA_ERR_IO);
    assert_string_equal(ia_ctx_message(ctx), "line 7");
    ia_ctx_reset(ctx);
    assert_string_equal(ia_ctx_message(ctx), "");
    ia_ctx_free(ctx);
}

static void null_context_is_silent(void **unused)
{
    (void)unused;
    assert_int_equal(ia_fail(NULL, IA_ERR_IO, "nobody hears"), IA_ERR_IO);
    ia_warn(NULL, "nobody hears");
    ia_ctx_reset(NULL);
    ia_ctx_free(NULL);
    assert_int_equal(ia_step(NULL, "x", 0.5), IA_OK);
    assert_int_equal(ia_ctx_threads(NULL), 1);
    assert_string_equal(ia_ctx_message(NULL), "");
    void *array = ia_array(NULL, 4, 8);
    assert_non_null(array);
    free(array);
}

static void count_line(void *user, ia_log_level level, const char *text)
{
    (void)text;
    ((int *)user)[level]++;
}

static void log_stops_at_its_level(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    int lines[4] = {0};
    ia_ctx_set_log(ctx, IA_LOG_WARN, count_line, lines);
    ia_fail(ctx, IA_ERR_IO, "one");
    ia_warn(ctx, "two");
    ia_log(ctx, IA_LOG_INFO, "three");
    assert_int_equal(lines[IA_LOG_ERROR], 1);
    assert_int_equal(lines[IA_LOG_WARN], 1);
    assert_int_equal(lines[IA_LOG_INFO], 0);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_string_equal(ia_ctx_warning(ctx, 0), "two");
    ia_ctx_free(ctx);
}

// What is forgotten while it is held was never said; the rest is, each once.
static void warnings_held_are_logged_later(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    int lines[4] = {0};
    ia_ctx_set_log(ctx, IA_LOG_WARN, count_line, lines);
    ia_warn(ctx, "one");
    ia_ctx_hold_warnings(ctx, true);
    ia_warn(ctx, "two");
    ia_warn(ctx, "three");
    assert_int_equal(lines[IA_LOG_WARN], 1);
    ia_ctx_forget_warnings(ctx, 2);
    ia_warn(ctx, "one");
    ia_ctx_hold_warnings(ctx, false);
    assert_int_equal(lines[IA_LOG_WARN], 2);
    assert_int_equal(ia_ctx_n_warnings(ctx), 3);
    ia_warn(ctx, "two");
    ia_warn(ctx, "three");
    assert_int_equal(lines[IA_LOG_WARN], 3);
    ia_ctx_forget_warnings(ctx, 0);
    ia_warn(ctx, "four");
    assert_int_equal(lines[IA_LOG_WARN], 4);
    ia_ctx_free(ctx);
}

static bool stop_at_half(void *user, const char *stage, double done)
{
    assert_string_equal(stage, "work");
    ++*(int *)user;
    return done < 0.5;
}

static void progress_can_cancel(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    int calls = 0;
    ia_ctx_set_progress(ctx, stop_at_half, &calls);
    assert_int_equal(ia_step(ctx, "work", 0.1), IA_OK);
    CHECK_FAILS(ctx, ia_step(ctx, "work", 0.6), IA_CANCELLED, "work");
    assert_int_equal(calls, 2);
    ia_ctx_free(ctx);
}

static bool keep_stage(void *user, const char *stage, double done)
{
    snprintf(user, 32, "%s %g", stage, done);
    return true;
}

static void stages_of_a_task(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    char told[32];
    ia_ctx_set_progress(ctx, keep_stage, told);
    ia_ctx_set_task(ctx, "second of two");
    assert_int_equal(ia_step(ctx, "work", 0.5), IA_OK);
    assert_string_equal(told, "second of two: work 0.5");
    ia_ctx_set_task(ctx, NULL);
    assert_int_equal(ia_step(ctx, "work", 1), IA_OK);
    assert_string_equal(told, "work 1");
    ia_ctx_set_task(NULL, "nobody");
    ia_ctx_free(ctx);
}

static void kth_allocation_fails_once(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ctx_fail_alloc(ctx, 2);
    void *first = ia_array(ctx, 1, 1), *third;
    assert_non_null(first);
    assert_null(ia_array(ctx, 3, 5));
    assert_non_null(strstr(ia_ctx_message(ctx), "3 values of 5 bytes"));
    assert_non_null(third = ia_array(ctx, 1, 1));
    free(first);
    free(third);
    ia_ctx_free(ctx);
}

static void impossible_products_are_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    volatile size_t huge = SIZE_MAX / 2;
    assert_null(ia_array(ctx, huge, 16));
    assert_non_null(strstr(ia_ctx_message(ctx), "memory ran out"));
    ia_ctx_free(ctx);
}

static void sentences_keep_to_one_line(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_fail(ctx, IA_ERR_IO, "%s: is a folder", "a\nb\x1b[31m\tc");
    assert_string_equal(ia_ctx_message(ctx), "a?b?[31m?c: is a folder");
    ia_warn(ctx, "%s", "two\r\nlines");
    assert_string_equal(ia_ctx_warning(ctx, 0), "two??lines");
    ia_ctx_free(ctx);
}

static void every_status_has_a_word(void **unused)
{
    (void)unused;
    for (int st = 0; st < IA_STATUS_COUNT; st++)
        assert_string_not_equal(ia_status_name((ia_status)st), "unknown");
    assert_string_equal(ia_status_name(IA_STATUS_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sentence_stands),
        cmocka_unit_test(null_context_is_silent),
        cmocka_unit_test(log_stops_at_its_level),
        cmocka_unit_test(warnings_held_are_logged_later),
        cmocka_unit_test(progress_can_cancel),
        cmocka_unit_test(stages_of_a_task),
        cmocka_unit_test(kth_allocation_fails_once),
        cmocka_unit_test(impossible_products_are_refused),
        cmocka_unit_test(sentences_keep_to_one_line),
        cmocka_unit_test(every_status_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
