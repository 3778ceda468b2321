// tests/physics/test_residual_gas.c: is hydrogen that comes with the pulses told from
// hydrogen that comes with the ions?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hydrogen_case.h"

enum { IONS = 40000, RUNS = 30 };

typedef struct {
    float mass[2 * IONS], voltage[2 * IONS], hit[4 * IONS];
    uint32_t pulses[2 * IONS];
    size_t n;
} run_case;

static void put(run_case *r, double mass, double part, ia_random *random)
{
    double x = 2 * ia_random_uniform(random) - 1, y = 2 * ia_random_uniform(random) - 1;
    r->mass[r->n] = (float)(mass + 0.002 * ia_random_normal(random));
    r->voltage[r->n] = (float)(3000 + 3000 * part);
    r->hit[2 * r->n] = (float)(20 * x);
    r->hit[2 * r->n + 1] = (float)(20 * y);
    r->pulses[r->n++] = 0;
}

// Iron, one ion in `rate` pulses, which changes by a factor of four along the run;
// hydrogen with `per_pulse` and `per_ion`.
static void make_run(run_case *r, double per_pulse, double per_ion, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);

    r->n = 0;
    for (size_t i = 0; i < IONS; i++) {
        double part = (double)i / IONS, rate = 100 * (1 + 3 * part);
        uint64_t waited = draw_poisson(&random, rate);
        uint64_t h = draw_poisson(&random, per_pulse * (double)waited + per_ion);
        put(r, 27.967, part, &random);
        r->pulses[r->n - 1] = (uint32_t)waited;
        for (uint64_t k = 0; k < h && r->n < 2 * IONS; k++)
            put(r, H1, part, &random);
        if (r->n >= 2 * IONS - 1)
            break;
    }
}

static ia_ions ions_of_run(run_case *r)
{
    ia_ions ions = {.n = r->n};
    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, r->n, r->mass);
    ions.columns[IA_V_DC] = ia_column_of(IA_F32, 1, r->n, r->voltage);
    ions.columns[IA_DET_XY] = ia_column_of(IA_F32, 2, r->n, r->hit);
    ions.columns[IA_PULSES_SINCE] = ia_column_of(IA_U32, 1, r->n, r->pulses);
    return ions;
}

static ia_hydrogen look_at(run_case *r)
{
    static light_case c;
    ia_ions ions = ions_of_run(r);
    ia_hydrogen h = {.n_hydrides = 0};
    ia_spectrum light = {0};
    const ia_spectrum_params fine = {.bin = 0.002, .m_min = 0, .m_max = 7};

    set_light(&c, 400, 1);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, &fine, &light), IA_OK);
    c.input.light = &light;
    c.input.ions = &ions;
    assert_int_equal(ia_hydrogen_compute(NULL, &c.input, NULL, &h), IA_OK);
    ia_spectrum_clear(&light);
    clear_light(&c);
    return h;
}

static double share_of(double per_pulse, double per_ion)
{
    double mean_rate = 100 * 2.5;
    return per_pulse * mean_rate / (per_pulse * mean_rate + per_ion);
}

static void the_share_of_the_gas_is_found(void **state)
{
    (void)state;
    static run_case r;
    static const double cases[][2] = {{2e-4, 0.05}, {0, 0.1}, {4e-4, 0}};
    for (size_t k = 0; k < 3; k++) {
        double truth = share_of(cases[k][0], cases[k][1]), sum = 0, told = 0;
        size_t n_covered = 0;
        for (uint64_t seed = 1; seed <= RUNS; seed++) {
            make_run(&r, cases[k][0], cases[k][1], seed);
            ia_hydrogen h = look_at(&r);
            assert_true(h.gas.is_told);
            sum += h.gas.share / RUNS;
            told += h.gas.sigma_share / RUNS;
            n_covered += fabs(h.gas.share - truth) <= 1.96 * h.gas.sigma_share;
            ia_hydrogen_clear(&h);
        }
        if (getenv("IONATLAS_VERBOSE"))
            print_message("truth %.3f: mean %.3f, told +- %.3f, covered %zu of %d\n",
                          truth, sum, told, n_covered, RUNS);
        // A share cannot be below nothing: at the edges its mean is off by half a sigma.
        assert_true(fabs(sum - truth) < 0.6 * told);
        // Of 30 intervals of 95 % 24 or more hold the truth, 999 times in 1,000.
        assert_true(n_covered >= 24);
    }
}

// Gas at a steady rate per pulse makes a smaller share where more ions come in a pulse.
static void trends_follow(void **state)
{
    (void)state;
    static run_case r;
    make_run(&r, 4e-4, 0, 1);
    ia_hydrogen h = look_at(&r);
    assert_int_equal(h.n_windows, 20);
    assert_true(h.n_trends >= 2);
    for (size_t i = 0; i < h.n_trends; i++) {
        const ia_hydrogen_trend *t = &h.trends[i];
        if (strcmp(t->of, "h_share") == 0 && strcmp(t->with, "voltage") == 0)
            assert_true(t->rho > 0.9 && t->p < 1e-6); // rate falls as voltage rises
        if (strcmp(t->of, "h_share") == 0 && strcmp(t->with, "ions_per_pulse") == 0)
            assert_true(t->rho < -0.9);
    }
    assert_true(h.p_windows < 1e-6);
    // Over the detector it is the same everywhere.
    assert_int_equal(h.n_rings, 5);
    assert_true(h.p_rings > 0.001);
    ia_hydrogen_clear(&h);
}

static const ia_hydrogen_trend *trend_of(const ia_hydrogen *h, const char *of,
                                         const char *with)
{
    for (size_t i = 0; i < h->n_trends; i++)
        if (strcmp(h->trends[i].of, of) == 0 && strcmp(h->trends[i].with, with) == 0)
            return &h->trends[i];
    fail_msg("no trend of %s with %s", of, with);
    return NULL;
}

static void check_untold(const ia_hydrogen *h, const char *of, const char *with,
                         const char *reason)
{
    const ia_hydrogen_trend *t = trend_of(h, of, with);
    assert_true(isnan(t->rho) && isnan(t->p));
    assert_string_equal(t->reason, reason);
}

// A run at one voltage, with hydrogen and without; at 2 Da lies nothing. Neither follows
// the other, and what is told of the rate stays.
static void nothing_follows_what_does_not_vary(void **state)
{
    (void)state;
    static run_case r;
    for (int with_h = 0; with_h < 2; with_h++) {
        make_run(&r, with_h ? 4e-4 : 0, 0, 1);
        for (size_t i = 0; i < r.n; i++)
            r.voltage[i] = 6000.1f;
        ia_hydrogen h = look_at(&r);
        check_untold(&h, "h_share", "voltage",
                     with_h ? "voltage does not vary" : "no ions are seen at 1 Da");
        check_untold(&h, "m2_per_h", "voltage",
                     with_h ? "no ions are seen at 2 Da" : "no ions are seen at 1 Da");
        const ia_hydrogen_trend *t = trend_of(&h, "h_share", "ions_per_pulse");
        assert_true(with_h ? t->rho < -0.9 && !*t->reason : isnan(t->rho));
        ia_hydrogen_clear(&h);
    }
}

static void a_steady_rate_tells_nothing(void **state)
{
    (void)state;
    static run_case r;
    make_run(&r, 4e-4, 0.05, 1);
    for (size_t i = 0; i < r.n; i++)
        r.pulses[i] = r.pulses[i] > 0 ? 100 : 0;
    ia_hydrogen h = look_at(&r);
    assert_false(h.gas.is_told);
    ia_hydrogen_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_of_the_gas_is_found),
        cmocka_unit_test(trends_follow),
        cmocka_unit_test(nothing_follows_what_does_not_vary),
        cmocka_unit_test(a_steady_rate_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
