// tests/synth_case.h: small specimens for tests, and bands that chance leaves once in a
// thousand.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SYNTH_CASE_H
#define TESTS_SYNTH_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <ionatlas/ionatlas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Two-sided 999 in 1000 of a normal deviate.
static const double once_in_1000 = 3.2905;

static inline void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not %.9g within %.3g", value, expected, tolerance);
}

// Set parameters from "name=value" texts, ended by NULL.
static inline void set_params(ia_simulate_params *params, const char *const *settings)
{
    for (size_t i = 0; settings[i]; i++) {
        char name[64];
        size_t length = strcspn(settings[i], "=");
        assert_true(length < sizeof name);
        memcpy(name, settings[i], length);
        name[length] = 0;
        const ia_field *field = ia_method_find(&ia_simulate_method, name);
        assert_non_null(field);
        assert_int_equal(ia_field_read(NULL, field, settings[i] + length + 1, params),
                         IA_OK);
    }
}

// A plain, pure, perfect iron block, changed by the settings.
static inline ia_simulate_params params_of(const char *const *settings)
{
    static const char *const plain[] = {"specimen=crystal",
                                        "composition=Fe:1",
                                        "ions=",
                                        "molecules=",
                                        "background=0",
                                        "sigma_xy=0",
                                        "sigma_z=0",
                                        "efficiency=1",
                                        "m_max=300",
                                        NULL};
    ia_simulate_params params = ia_simulate_defaults();

    set_params(&params, plain);
    set_params(&params, settings);
    return params;
}

#define PARAMS(...) params_of((const char *const[]){__VA_ARGS__, NULL})

// One value of a column of floats.
static inline const float *floats_of(const ia_specimen *specimen, ia_column_id id)
{
    const ia_column *column = &specimen->ions.columns[id];

    assert_true(ia_column_is_present(column));
    return column->data;
}

// Observed counts against expected ones: chi-squared within the 999-in-1000 band, both
// tails.
static inline void assert_chi_squared(double chi2, double degrees)
{
    double least = gsl_cdf_chisq_Pinv(0.0005, degrees);
    double most = gsl_cdf_chisq_Qinv(0.0005, degrees);

    if (!(chi2 >= least && chi2 <= most))
        fail_msg("chi-squared %.5g is not in %.5g to %.5g", chi2, least, most);
}

// Largest distance of sorted values' steps from a distribution function.
static inline int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static inline double largest_step(double *values, size_t n,
                                  double (*cdf)(double, const void *), const void *user)
{
    double largest = 0;

    qsort(values, n, sizeof *values, compare_doubles);
    for (size_t i = 0; i < n; i++) {
        double f = cdf(values[i], user);
        largest = fmax(largest,
                       fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return largest;
}

// Kolmogorov-Smirnov: sqrt(n) D exceeds 1.95 once in a thousand.
static inline void assert_follows(double *values, size_t n,
                                  double (*cdf)(double, const void *), const void *user)
{
    assert_near(largest_step(values, n, cdf, user) * sqrt((double)n), 0, 1.95);
}

// A count among n trials of chance p.
static inline void assert_binomial(double count, double n, double p)
{
    assert_near(count, n * p, once_in_1000 * sqrt(n * p * (1 - p)) + 0.5);
}

#endif
