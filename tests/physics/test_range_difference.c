// tests/physics/test_range_difference.c: is the error told for the difference of two
// rangings the scatter that the difference has from measurement to measurement?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

enum { SETS = 400, N_IONS = 2000 };

// Iron around 28 Da, chromium around 26, evenly spread over 0.4 Da each; the number of
// ions is Poisson.
static size_t draw(uint64_t seed, float *mass)
{
    ia_random random = ia_random_new(seed, 0);
    double left = N_IONS;
    size_t n = 0;

    while ((left -= ia_random_exponential(&random)) > 0) {
        double middle = ia_random_uniform(&random) < 0.8 ? 28 : 26;
        mass[n++] = (float)(middle + 0.4 * (ia_random_uniform(&random) - 0.5));
    }
    return n;
}

static void the_error_of_a_difference_is_its_scatter(void **state)
{
    (void)state;
    static float mass[2 * N_IONS];
    double sum = 0, squares = 0, told = 0;
    ranging_case a, b;

    SET_CASE(&a, {"Cr++", 25.8, 26.2, 0}, {"Fe++", 27.8, 28.2, 0});
    SET_CASE(&b, {"Cr++", 25.9, 26.1, 0}, {"Fe++", 27.85, 28.15, 0});
    for (uint64_t seed = 1; seed <= SETS; seed++) {
        ia_range_comparison c = {0};
        ia_ions ions = ions_of(mass, draw(seed, mass));
        assert_int_equal(
            ia_range_compare_compute(NULL, &a.ranges, &b.ranges, &ions, NULL, &c), IA_OK);
        sum += c.raw[0].difference;
        squares += c.raw[0].difference * c.raw[0].difference;
        told += c.raw[0].sigma_difference * c.raw[0].sigma_difference;
        ia_range_comparison_clear(&c);
    }
    double mean = sum / SETS, scatter = sqrt((squares - sum * mean) / (SETS - 1));
    double rms = sqrt(told / SETS);
    // Truth: A keeps all of both, B half of Cr and three quarters of Fe: 80 % and 6/7.
    double truth = 100 * (6.0 / 7 - 0.8);
    if (getenv("IONATLAS_VERBOSE"))
        print_message("mean %g, truth %g, scatter %g, told %g\n", mean, truth, scatter,
                      rms);
    // A standard deviation from 400 values has a relative error of 1/sqrt(800): 3.3 of
    // them, 0.117, is passed once in 1,000; the mean by 3.3 scatter / sqrt(400).
    assert_near(scatter / rms, 1, 0.117);
    assert_near(mean, truth, 3.3 * scatter / sqrt(SETS) + 0.02); // first order: 0.02
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_of_a_difference_is_its_scatter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
