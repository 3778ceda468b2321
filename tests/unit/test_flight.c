// tests/unit/test_flight.c: m/n from times of flight.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"

enum { RAW_COLUMNS = 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_V_PULSE | 1u << IA_DET_XY };

static void set(ia_ions *ions, ia_column_id id, size_t i, float v)
{
    ((float *)ia_ions_values(ions, id))[i] = v;
}

// An ion of 28 Da that falls through 5 kV and flies 100 mm: v = sqrt(2 e V / m), t = L /
// v.
static void an_ion_flies_by_newton(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(3, RAW_COLUMNS);
    ia_flight_params params = ia_flight_defaults();
    float mass[3];
    double v = sqrt(2 * 1.602176634e-19 * 5000 / (28 * 1.66053906660e-27)); // m/s
    double t = 0.1 / v * 1e9, far = sqrt(0.1 * 0.1 + 0.03 * 0.03 + 0.02 * 0.02) / v * 1e9;
    for (size_t i = 0; i < 3; i++) {
        set(&ions, IA_V_DC, i, 5000);
        set(&ions, IA_V_PULSE, i, 0);
        set(&ions, IA_TOF, i, (float)(i == 1 ? far + 40 : t + 40));
        set(&ions, IA_DET_XY, 2 * i, i == 1 ? 30 : 0);
        set(&ions, IA_DET_XY, 2 * i + 1, i == 1 ? -20 : 0);
    }
    set(&ions, IA_TOF, 2, 39);
    params.flight_path = 100;
    params.t0 = 40;
    CHECK_OK(ctx, ia_flight_mass(ctx, &ions, &params, mass));
    // float32 holds a time of 500 ns to 3e-8 of it, m/n twice that
    assert_true(fabsf(mass[0] - 28) < 1e-5f);
    assert_true(fabsf(mass[1] - 28) < 1e-5f);
    assert_true(mass[2] == 0); // it started before it started
    // Voltage pulsing: alpha (V + beta Vp)
    set(&ions, IA_V_PULSE, 0, 1000);
    CHECK_OK(ctx, ia_flight_mass(ctx, &ions, &params, mass));
    assert_true(fabs((double)mass[0] - 28 * 1.015 * 5700 / 5000) < 1e-4);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void what_is_missing_is_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(2, RAW_COLUMNS), poor = make_ions(2, POS_COLUMNS);
    float mass[2];
    CHECK_FAILS(ctx, ia_flight_mass(ctx, &ions, NULL, mass), IA_ERR_PARAM,
                "--flight-path");
    CHECK_FAILS(ctx, ia_flight_mass(ctx, &poor, NULL, mass), IA_ERR_UNSUPPORTED,
                "time of flight");
    ia_ions_clear(&ions);
    ia_ions_clear(&poor);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ion_flies_by_newton),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
