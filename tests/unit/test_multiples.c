// tests/unit/test_multiples.c: which ions came together, as the table says it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hits_case.h"

static hits_case c;

static void pulses_are_cut_where_they_begin(void **state)
{
    (void)state;
    c.n = 0;
    ADD_EVENT(&c, 1);
    ADD_EVENT(&c, 2, 3);
    ADD_EVENT(&c, 4);
    ADD_EVENT(&c, 5, 6, 7);
    ia_multiples m = gather(&c);

    assert_int_equal(m.n_ions, 7);
    assert_int_equal(m.n_events, 2);
    assert_int_equal(m.n, 5);
    assert_int_equal(m.begin[1], 2);
    assert_int_equal(m.begin[2], 5);
    for (size_t i = 0; i < 5; i++) {
        static const float mass[] = {2, 3, 5, 6, 7};
        assert_true(m.mass[i] == mass[i] && m.tof[i] == (float)hits_time(mass[i]));
    }
    assert_int_equal(m.pulses[1], 2);
    assert_int_equal(m.pulses[2], 1);
    assert_int_equal(m.pulses[3], 1);
    assert_int_equal(m.orphans, 0);
    assert_int_equal(m.fired, 0); // every event says 1: nobody counted empty pulses
    ia_multiples_clear(&m);
}

static void pulses_since_the_last_event_serve_too(void **state)
{
    (void)state;
    c.n = 0;
    ADD_EVENT(&c, 1);
    ADD_EVENT(&c, 2, 3);
    ADD_EVENT(&c, 5, 6, 7);
    c.since[0] = 40;
    c.since[1] = 50;
    ia_ions ions = hits_ions(&c);
    ia_multiples m = {0};

    ions.columns[IA_MULTIPLICITY] = (ia_column){0};
    assert_int_equal(ia_multiples_gather(NULL, &ions, 32, &m), IA_OK);
    assert_int_equal(m.n_events, 2);
    assert_int_equal(m.n, 5);
    assert_int_equal(m.fired, 91);
    ia_multiples_clear(&m);
}

static void a_pulse_may_lie_in_two_blocks(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_multiples m = {0};

    c.n = 0;
    for (size_t i = 0; i < 50000; i++)
        ADD_EVENT(&c, (double)(3 * i), (double)(3 * i + 1), (double)(3 * i + 2));
    ia_ions ions = hits_ions(&c);
    for (size_t threads = 1; threads <= 3; threads++) {
        ia_ctx_set_threads(ctx, threads);
        CHECK_OK(ctx, ia_multiples_gather(ctx, &ions, 32, &m));
        assert_int_equal(m.n_events, 50000);
        assert_int_equal(m.orphans + m.unlike + m.bursts, 0);
        for (size_t e = 0; e < m.n_events; e++)
            assert_int_equal(m.begin[e], 3 * e);
        for (size_t i = 0; i < m.n; i++)
            assert_true(m.mass[i] == (float)i);
        ia_multiples_clear(&m);
    }
    ia_ctx_free(ctx);
}

static void ions_whose_first_was_left_out_belong_nowhere(void **state)
{
    (void)state;
    // Rows 0..6 of pulses {1}, {2, 3, 4}, {5, 6, 7}; rows 1 and 5 are left out.
    uint64_t kept = 0x5d;
    const uint32_t multiplicity[] = {1, 0, 0, 3, 0}, since[] = {1, 0, 0, 1, 0};
    const float mass[] = {1, 3, 4, 5, 7};
    ia_ions ions = {.n = 5, .n_outside = 2, .kept = &kept};
    ia_multiples m = {0};

    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, 5, mass);
    ions.columns[IA_MULTIPLICITY] = ia_column_of(IA_U32, 1, 5, multiplicity);
    ions.columns[IA_PULSES_SINCE] = ia_column_of(IA_U32, 1, 5, since);
    assert_int_equal(ia_multiples_gather(NULL, &ions, 32, &m), IA_OK);
    assert_int_equal(m.orphans, 2);
    assert_int_equal(m.n_events, 1);
    assert_true(m.mass[0] == 5 && m.mass[1] == 7);
    assert_null(m.tof);
    assert_null(m.hit);
    ia_multiples_clear(&m);
    // Without the number of ions a gap ends a pulse.
    ions.columns[IA_MULTIPLICITY] = (ia_column){0};
    assert_int_equal(ia_multiples_gather(NULL, &ions, 32, &m), IA_OK);
    assert_int_equal(m.n_events, 0);
    assert_int_equal(m.orphans, 3);
    ia_multiples_clear(&m);
}

static void bursts_are_counted_not_copied(void **state)
{
    (void)state;
    double many[40] = {0};
    c.n = 0;
    add_event(&c, many, 40);
    ADD_EVENT(&c, 1, 2);
    ia_multiples m = gather(&c);

    assert_int_equal(m.bursts, 1);
    assert_int_equal(m.n_events, 1);
    assert_int_equal(m.orphans, 0);
    assert_int_equal(m.many, 40);
    assert_int_equal(m.pulses[IA_MULTIPLES - 1], 1);
    ia_multiples_clear(&m);
}

static void pulses_that_say_another_number_are_warned_about(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_multiples m = {0};
    c.n = 0;
    ADD_EVENT(&c, 1, 2);
    c.multiplicity[0] = 3;
    ia_ions ions = hits_ions(&c);

    CHECK_OK(ctx, ia_multiples_gather(ctx, &ions, 32, &m));
    assert_int_equal(m.unlike, 1);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

static void missing_columns_and_short_memory_are_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_multiples m = {.n = 7};
    c.n = 0;
    ADD_EVENT(&c, 1, 2);
    ia_ions whole = hits_ions(&c), ions = whole;

    ions.columns[IA_MASS] = (ia_column){0};
    CHECK_FAILS(ctx, ia_multiples_gather(ctx, &ions, 32, &m), IA_ERR_UNSUPPORTED,
                "column mass");
    ions = whole;
    ions.columns[IA_MULTIPLICITY] = ions.columns[IA_PULSES_SINCE] = (ia_column){0};
    CHECK_FAILS(ctx, ia_multiples_gather(ctx, &ions, 32, &m), IA_ERR_UNSUPPORTED,
                "column multiplicity");
    assert_int_equal(m.n, 7);
    CHECK_STARVED(ctx, ia_multiples_gather(ctx, &whole, 32, &m), ia_multiples_clear(&m));
    uint64_t kept = 3;
    whole.kept = &kept;
    CHECK_STARVED(ctx, ia_multiples_gather(ctx, &whole, 32, &m), ia_multiples_clear(&m));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulses_are_cut_where_they_begin),
        cmocka_unit_test(pulses_since_the_last_event_serve_too),
        cmocka_unit_test(a_pulse_may_lie_in_two_blocks),
        cmocka_unit_test(ions_whose_first_was_left_out_belong_nowhere),
        cmocka_unit_test(bursts_are_counted_not_copied),
        cmocka_unit_test(pulses_that_say_another_number_are_warned_about),
        cmocka_unit_test(missing_columns_and_short_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
