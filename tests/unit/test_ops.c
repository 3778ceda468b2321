// tests/unit/test_ops.c: OPS, hits as text.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

#define SEED "../../fuzz/corpus/ops/plain.ops"

static void hits_become_columns(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    char path[1024];
    CHECK_OK(ctx, ia_ions_read(ctx, format_path(SEED, path), &ions));
    assert_string_equal(ions.format, "ops");
    // One pulse has three times and two places: left out.
    assert_int_equal(ions.n, 6);
    // The second pulse names its times in the other order, the third has one for two.
    assert_f32(&ions, IA_TOF, (float[]){845.2f, 910, 900.5f, 0, 700, 650});
    assert_f32(&ions, IA_DET_XY, (float[]){1.5f, -2, 3, 4, -5, 6, 1, 1, 2, 2, 0, 0});
    assert_f32(&ions, IA_V_DC, (float[]){8000, 8010, 8010, 8010, 8010, 8010});
    assert_f32(&ions, IA_V_PULSE, (float[]){1200, 1200, 1200, 1200, 1200, 1200});
    // -12: the thirteenth pulse. The last counts the one left out before it: 5 and 2.
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){13, 1, 0, 4, 0, 7});
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){1, 2, 0, 2, 0, 1});
    assert_int_equal(ia_ctx_n_warnings(ctx), 4);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "is of a reflectron"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "1 pulses with fewer places"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 2), "1 hits have no time of flight"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 3), "read as mm"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void counts_beyond_32_bits_are_told(void **unused)
{
    (void)unused;
    static const char text[] = "V 8000 1200\n-4294967295 800\nS1 1 2 1\n"
                               "-4294967294 800\nS1 1 2 1\n-9000000000 800\nS1 1 2 1\n";
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, sizeof text - 1, &ions));
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){UINT32_MAX, UINT32_MAX, UINT32_MAX});
    assert_string_equal(ia_ctx_warning(ctx, 0), "2 counts of pulses do not fit 32 bits; "
                                                "4294967295 is taken for them");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void note(void *user, ia_log_level level, const char *text)
{
    bool *told = user;
    *told |= level == IA_LOG_INFO && strstr(text, "605 mm and t0 of 38.5 ns");
}

static void the_flight_path_is_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    char path[1024];
    bool told = false;
    ia_ctx_set_log(ctx, IA_LOG_INFO, note, &told);
    CHECK_OK(ctx, ia_ions_read(ctx, format_path(SEED, path), &ions));
    assert_true(told);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void broken_files_are_refused(void **unused)
{
    (void)unused;
    static const malformed list[] = {
        {"ops/constants_twice.ops", IA_ERR_FORMAT,
         "line 3: 'C 605 1.015 0.7 38.5': expected the constants (C) only once"},
        {"ops/cut_off_after_the_times.ops", IA_ERR_FORMAT,
         "is cut short: the last times have no places (S)"},
        {"ops/no_hits.ops", IA_ERR_EMPTY, "holds no hits"},
        {"ops/no_hits_in_a_pulse.ops", IA_ERR_FORMAT,
         "line 9: 'S0': expected x and y of each hit, then the number of each one's "
         "time"},
        {"ops/no_times.ops", IA_ERR_FORMAT,
         "line 8: '-12': expected times of flight (ns), 256 at most"},
        {"ops/no_voltage.ops", IA_ERR_FORMAT,
         "line 8: 'S1 1.5 -2 1': expected a voltage (V) before the first hit"},
        {"ops/one_voltage.ops", IA_ERR_FORMAT,
         "line 7: 'V 8000': expected standing voltage, pulse voltage (V) and perhaps "
         "beta"},
        {"ops/place_is_missing.ops", IA_ERR_FORMAT,
         "line 9: 'S1 1.5 -2': expected x and y of each hit, then the number of each "
         "one's time"},
        {"ops/places_without_times.ops", IA_ERR_FORMAT,
         "line 8: 'S1 1.5 -2 1': expected the times (-) that go with these places first"},
        {"ops/time_is_a_word.ops", IA_ERR_FORMAT,
         "line 8: '-12 late': expected times of flight (ns), 256 at most"},
        {"ops/time_number_is_a_fraction.ops", IA_ERR_FORMAT,
         "line 9: time number 0.5, expected 0 to 1"},
        {"ops/time_number_too_high.ops", IA_ERR_FORMAT,
         "line 9: time number 2, expected 0 to 1"},
        {"ops/times_twice.ops", IA_ERR_FORMAT,
         "line 10: '-0 900,5 910': expected the places (S) that go with the times "
         "before"},
        {"ops/too_few_constants.ops", IA_ERR_FORMAT,
         "line 2: 'C 605 1.015': expected flight path (mm), alpha, beta and t0 (ns)"},
        {"ops/unknown_line.ops", IA_ERR_FORMAT,
         "line 5: 'Q 60': expected a line of C, I, IR, P, T, V, - or S"},
        {"ops/voltage_is_a_word.ops", IA_ERR_FORMAT,
         "line 7: 'V high 1200': expected standing voltage, pulse voltage (V) and "
         "perhaps beta"},
    };
    assert_ions_refused(list, sizeof list / sizeof list[0]);
}

// More hits in a pulse than there is room for, and counters beyond 32 bits.
static void nothing_overflows(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    char text[4096] = "C 605 1 0.7 38\nV 8000 1200\n-0";
    size_t n = strlen(text);
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " 7");
    CHECK_FAILS(ctx, ia_ions_parse(ctx, NULL, text, n, &ions), IA_ERR_FORMAT,
                "times of flight (ns), 256 at most");
    // Three times this number of hits is 1 in 64 bits.
    const char *wrapped = "V 8000 1200\n-0 7\nS12297829382473034411 1\n";
    CHECK_FAILS(ctx, ia_ions_parse(ctx, NULL, wrapped, strlen(wrapped), &ions),
                IA_ERR_FORMAT, "x and y of each hit");
    const char *far = "V 8000 1200\n-99999999999 7\nS1 1 2 1\n";
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, far, strlen(far), &ions));
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){UINT32_MAX});
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static ia_status read_and_free(ia_ctx *ctx, const char *path)
{
    ia_ions ions = {0};
    ia_status st = ia_ions_read(ctx, path, &ions);
    ia_ions_clear(&ions);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    char path[1024];
    CHECK_STARVED(ctx, read_and_free(ctx, format_path(SEED, path)), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_become_columns),
        cmocka_unit_test(counts_beyond_32_bits_are_told),
        cmocka_unit_test(the_flight_path_is_told),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(nothing_overflows),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
