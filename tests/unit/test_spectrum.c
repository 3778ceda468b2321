// tests/unit/test_spectrum.c: the mass spectrum, its bins, errors and tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

static double bin_of(const ia_ions *ions)
{
    ia_spectrum spectrum = {0};
    assert_int_equal(ia_spectrum_compute(NULL, ions, NULL, &spectrum), IA_OK);
    double bin = spectrum.bin;
    ia_spectrum_clear(&spectrum);
    return bin;
}

// Peaks of n ions altogether at every unit of mass from 10 to 60 Da, full width at half
// the maximum m / power, m/n rounded to multiples of `step` where that is not 0.
static double bin_of_peaks(size_t n, double power, double step)
{
    ia_random random = ia_random_new(7, 1);
    float *mass = calloc(n, sizeof *mass);
    for (size_t i = 0; i < n; i++) {
        double m = 10 + (double)ia_random_below(&random, 51);
        m *= 1 + ia_random_normal(&random) / (2.3548 * power);
        mass[i] = (float)(step > 0 ? step * round(m / step) : m);
    }
    ia_ions ions = ions_of(mass, n);
    double bin = bin_of(&ions);
    free(mass);
    return bin;
}

// Half of a normal peak lies within 0.573 of its width at half the maximum: at 40 Da and
// a power of 8000 that is 0.0029 Da, at 800 0.029 Da, more than a bin.
static double step_of(const float *mass, size_t n, ia_spectrum_params *settled)
{
    ia_ions ions = ions_of(mass, n);
    assert_int_equal(ia_rounding_find(NULL, &ions), IA_OK);
    *settled = ia_spectrum_defaults();
    assert_int_equal(ia_spectrum_settle(NULL, &ions, settled), IA_OK);
    return ions.mass_bin;
}

// A rounded number is the edge of a bin of round numbers, and a float falls to either
// side: bins end half-way between those numbers.
static void rounded_masses_get_bins_of_their_own(void **state)
{
    static const double steps[] = {0.1, 0.05, 0.02, 0.01, 0.005, 0.001};
    enum { N = 5000 };
    static float mass[N];
    ia_random random = ia_random_new(7, 2);
    ia_spectrum_params p;
    (void)state;
    for (size_t s = 0; s < 6; s++) {
        for (size_t i = 0; i < N; i++)
            mass[i] = (float)(steps[s] *
                              round((1 + 60 * ia_random_uniform(&random)) / steps[s]));
        assert_true(step_of(mass, N, &p) == steps[s]);
        assert_true(fabs(p.bin - fmax(steps[s], 0.01)) < 1e-9);
        assert_true(fabs(p.m_min - steps[s] / 2) < 1e-9);
    }
    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(1 + ia_random_below(&random, 60)); // labels
    assert_true(step_of(mass, N, &p) == 0 && p.m_min == 0);
    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(27.9 + 0.01 * (double)ia_random_below(&random, 10));
    assert_true(step_of(mass, N, &p) == 0); // ten numbers are no rounding
    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(1 + 60 * ia_random_uniform(&random));
    assert_true(step_of(mass, N, &p) == 0 && p.m_min == 0);
}

// Steps that are no round numbers, or several times one, from 10 Da on and with a tenth
// of the ions at 1 Da. Peaks have 8 steps between their halves; a float at 150 Da is
// rounded to 8e-6 Da, a hundredth of the finest of these.
static void any_step_is_found(void **state)
{
    static const double steps[] = {0.0061, 200.3 / 32768, 0.0037, 0.003, 0.0012,
                                   0.015,  150.0 / 32768, 0.03,   0.07,  0.00733};
    enum { N = 20000, PLACES = 12 };
    static float mass[N];
    ia_random random = ia_random_new(8, 2);
    ia_spectrum_params p;
    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (int light = 0; light < 2; light++) {
            for (size_t i = 0; i < N; i++) {
                double m = 10 + 11.7 * (double)ia_random_below(&random, PLACES);
                if (light && ia_random_uniform(&random) < 0.1)
                    m = 1.008;
                if (ia_random_uniform(&random) < 0.05) // background
                    m = 0.6 + 150 * ia_random_uniform(&random);
                m += 4 * steps[s] * ia_random_normal(&random);
                mass[i] = (float)(steps[s] * round(fmax(0.5, m) / steps[s]));
            }
            double found = step_of(mass, N, &p);
            if (fabs(found / steps[s] - 1) > 1e-6)
                fail_msg("%.9g for %.9g", found, steps[s]);
            double times = p.bin / steps[s];
            assert_true(fabs(times - round(times)) < 1e-4 && times > 0.999);
        }
}

static void bins_are_a_hundredth_of_a_dalton_or_what_narrow_peaks_need(void **state)
{
    (void)state;
    const float few[] = {12, 12, 27.98F, 27.981F};
    ia_ions ions = ions_of(few, 4);
    ia_spectrum_params params = ia_spectrum_defaults();
    assert_true(params.bin == 0 && params.m_min == 0 && params.m_max == 0);
    assert_true(bin_of(&ions) == 0.01);
    assert_true(bin_of_peaks(50000, 800, 0) == 0.01);
    assert_true(bin_of_peaks(50000, 8000, 0) == 0.0005);
    assert_true(bin_of_peaks(50000, 1500, 0) == 0.001);    // 0.006 Da at 16 Da
    assert_true(bin_of_peaks(400000, 8000, 0) == 0.0005);  // more than are looked at
    assert_true(bin_of_peaks(50000, 8000, 0.002) == 0.01); // no narrower than they are
    params.bin = 0.01;
    assert_int_equal(ia_spectrum_settle(NULL, &ions, &params), IA_OK);
    assert_true(params.bin == 0.01);
}

static void bins_end_with_the_largest_ion(void **state)
{
    (void)state;
    const float mass[] = {1.005F, 27.985F, 27.988F, 55.935F};
    ia_ions ions = ions_of(mass, 4);
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &spectrum), IA_OK);
    assert_int_equal(spectrum.n_bins, 5594);
    assert_int_equal(spectrum.counts[100], 1);
    assert_int_equal(spectrum.counts[2798], 2);
    assert_int_equal(spectrum.counts[5593], 1);
    assert_int_equal(spectrum.below + spectrum.above, 0);
    ia_spectrum_clear(&spectrum);
    assert_null(spectrum.counts);
}

static void bins_end_at_a_thousand_dalton(void **state)
{
    (void)state;
    const float mass[] = {999.999F, 1000, 1e9F};
    ia_ions ions = ions_of(mass, 3);
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &spectrum), IA_OK);
    assert_int_equal(spectrum.n_bins, 100000);
    assert_int_equal(spectrum.counts[99999], 1);
    assert_int_equal(spectrum.above, 2);
    ia_spectrum_clear(&spectrum);
}

static void given_bounds_are_kept(void **state)
{
    (void)state;
    const float mass[] = {0.5F, 2, 3.25F, 9};
    ia_ions ions = ions_of(mass, 4);
    ia_spectrum_params params = {.bin = 0.5, .m_min = 1, .m_max = 8};
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &ions, &params, &spectrum), IA_OK);
    assert_int_equal(spectrum.n_bins, 14);
    assert_int_equal(spectrum.counts[2], 1);
    assert_int_equal(spectrum.counts[4], 1);
    assert_int_equal(spectrum.below, 1);
    assert_int_equal(spectrum.above, 1);
    ia_spectrum_clear(&spectrum);
}

static void rounding_makes_no_bin(void **state)
{
    (void)state;
    const float mass = 0.5F; // 1.12 / 0.01 is a little more than 112 in binary
    ia_ions ions = ions_of(&mass, 1);
    ia_spectrum_params params = {.bin = 0.01, .m_max = 1.12};
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_spectrum_compute(NULL, &ions, &params, &spectrum), IA_OK);
    assert_int_equal(spectrum.n_bins, 112);
    ia_spectrum_clear(&spectrum);
}

static void ions_out_of_reach_are_warned_about(void **state)
{
    (void)state;
    const float mass[] = {2000, 3000};
    ia_ions ions = ions_of(mass, 2);
    ia_spectrum spectrum = {0};
    ia_ctx *ctx = ia_ctx_new();

    assert_int_equal(ia_spectrum_compute(ctx, &ions, NULL, &spectrum), IA_OK);
    assert_int_equal(spectrum.n_bins, 1);
    assert_int_equal(spectrum.above, 2);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    ia_spectrum_clear(&spectrum);
    ia_ctx_free(ctx);
}

static void refuse(const ia_ions *ions, const ia_spectrum_params *params,
                   ia_status status, const char *word)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_spectrum spectrum = {.bin = 42};

    assert_int_equal(ia_spectrum_compute(ctx, ions, params, &spectrum), status);
    assert_non_null(strstr(ia_ctx_message(ctx), word));
    assert_true(spectrum.bin == 42);
    ia_ctx_free(ctx);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    const float mass = 1;
    ia_ions ions = ions_of(&mass, 1), none = ions_of(&mass, 0), bare = {.n = 1};

    refuse(&none, NULL, IA_ERR_EMPTY, "no ions");
    refuse(&bare, NULL, IA_ERR_UNSUPPORTED, "mass-to-charge");
    refuse(&ions, &(ia_spectrum_params){.bin = -1}, IA_ERR_PARAM, "bin");
    refuse(&ions, &(ia_spectrum_params){.bin = NAN}, IA_ERR_PARAM, "bin");
    refuse(&ions, &(ia_spectrum_params){.bin = 0.1, .m_min = -1}, IA_ERR_PARAM, "m_min");
    refuse(&ions, &(ia_spectrum_params){.bin = 0.1, .m_min = 5, .m_max = 5}, IA_ERR_PARAM,
           "m_max");
    refuse(&ions, &(ia_spectrum_params){.bin = 0.1, .m_min = 2000}, IA_ERR_PARAM,
           "m_max");
    refuse(&ions, &(ia_spectrum_params){.bin = 1e-5, .m_max = 1000}, IA_ERR_PARAM,
           "bins up to");
}

static void memory_running_short_is_survived(void **state)
{
    (void)state;
    const float mass[] = {1, 2, 3};
    ia_ions ions = ions_of(mass, 3);
    ia_ctx *ctx = ia_ctx_new();
    ia_spectrum spectrum = {0};
    ia_result result = {0};
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    for (; st == IA_ERR_MEMORY; k++) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        ia_spectrum_clear(&spectrum);
        ia_result_clear(&result);
        st = ia_spectrum_compute(ctx, &ions, NULL, &spectrum);
        if (st != IA_OK)
            assert_null(spectrum.counts);
        if (st == IA_OK)
            st = ia_spectrum_tables(ctx, &spectrum, &result);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 4);
    ia_spectrum_clear(&spectrum);
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

static void tables_hold_centres_and_counts(void **state)
{
    (void)state;
    uint64_t counts[] = {3, 0, 5};
    const ia_spectrum spectrum = {
        .bin = 0.5, .m_min = 1, .n_bins = 3, .counts = counts, .below = 7, .above = 9};
    ia_result result = {0};

    assert_int_equal(ia_spectrum_tables(NULL, &spectrum, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "spectrum");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_ARRAYS);
    assert_int_equal(table->n_rows, 3);
    const double *m = ia_table_find(table, "m_da")->data;
    assert_true(m[0] == 1.25 && m[1] == 1.75 && m[2] == 2.25);
    assert_memory_equal(ia_table_find(table, "counts")->data, counts, sizeof counts);

    table = ia_result_find(&result, "bins");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_SCALARS);
    assert_true(*(double *)ia_table_find(table, "bin_da")->data == 0.5);
    assert_true(*(double *)ia_table_find(table, "m_min_da")->data == 1);
    assert_int_equal(*(uint64_t *)ia_table_find(table, "ions_below")->data, 7);
    assert_int_equal(*(uint64_t *)ia_table_find(table, "ions_above")->data, 9);
    ia_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounded_masses_get_bins_of_their_own),
        cmocka_unit_test(any_step_is_found),
        cmocka_unit_test(bins_are_a_hundredth_of_a_dalton_or_what_narrow_peaks_need),
        cmocka_unit_test(bins_end_with_the_largest_ion),
        cmocka_unit_test(bins_end_at_a_thousand_dalton),
        cmocka_unit_test(given_bounds_are_kept),
        cmocka_unit_test(rounding_makes_no_bin),
        cmocka_unit_test(ions_out_of_reach_are_warned_about),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(memory_running_short_is_survived),
        cmocka_unit_test(tables_hold_centres_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
