// tests/unit/test_frequency_expect.c: where blocks part from the binomial distribution,
// and the threshold of a surface that follows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include "spatial/frequency_internal.h"

#include <gsl/gsl_randist.h>
#include <ionatlas/surface.h>

// Blocks of n ions, a share f of them with solute at `rich`, the others at `poor`.
typedef struct {
    double f, rich, poor, n;
} alloy;

static double mean_of(const alloy *a)
{
    return a->f * a->rich + (1 - a->f) * a->poor;
}

// Blocks with k over those by chance; the binomial coefficient cancels, so that k need
// not be whole.
static double ratio(const alloy *a, double k)
{
    double c = mean_of(a), of[2] = {a->rich, a->poor}, weight[2] = {a->f, 1 - a->f};
    double sum = 0;
    for (int i = 0; i < 2; i++)
        sum +=
            weight[i] * exp(k * log(of[i] / c) + (a->n - k) * log((1 - of[i]) / (1 - c)));
    return sum;
}

static double crossing_of(const alloy *a)
{
    double lo = a->n * mean_of(a), hi = a->n;
    assert_true(ratio(a, lo) < 1 && ratio(a, hi) > 1);
    for (int i = 0; i < 60; i++) {
        double middle = (lo + hi) / 2;
        if (ratio(a, middle) > 1)
            hi = middle;
        else
            lo = middle;
    }
    return lo;
}

static const alloy alloys[] = {{0.06, 0.12, 0.06, 200},
                               {0.2, 0.5, 0.1, 50},
                               {0.5, 0.15, 0.05, 100},
                               {0.06, 0.5, 0.01, 100}};

// The exact mixture of two binomial distributions: the straight line between two whole
// counts is within a tenth of a count of the curve.
static void mixtures_cross_where_they_do(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof alloys / sizeof *alloys; i++) {
        const alloy *a = &alloys[i];
        double c = mean_of(a), observed[201], expected[201];
        unsigned n = (unsigned)a->n;
        for (unsigned k = 0; k <= n; k++) {
            expected[k] = 1000 * gsl_ran_binomial_pdf(k, c, n);
            observed[k] = 1000 * (a->f * gsl_ran_binomial_pdf(k, a->rich, n) +
                                  (1 - a->f) * gsl_ran_binomial_pdf(k, a->poor, n));
        }
        double found = ia_frequency_crossing(observed, expected, n + 1, a->n * c);
        assert_true(fabs(found - crossing_of(a)) < 0.1);
        // As by chance, or more even than that: nothing is in excess.
        assert_true(isnan(ia_frequency_crossing(expected, expected, n + 1, a->n * c)));
        memset(observed, 0, sizeof observed);
        observed[(unsigned)(a->n * c)] = 1000;
        assert_true(isnan(ia_frequency_crossing(observed, expected, n + 1, a->n * c)));
    }
}

// Where the lower half is rich: 15 at.% against 5.
static cluster_case make_layers(size_t n, uint64_t seed)
{
    cluster_case c = case_random(n, 0.05, seed);
    ia_random random = ia_random_new(seed, 79);
    double middle = cbrt((double)n / 40) / 2;
    for (size_t i = 0; i < n; i++)
        if ((double)c.xyz[3 * i + 2] < middle)
            c.mass[i] = (float)(ia_random_uniform(&random) < 0.15 ? mass_cu : mass_fe);
    return c;
}

static ia_surface surface_of(const cluster_case *c, int quantity)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume_params vp = ia_volume_defaults();
    ia_surface_params sp = ia_surface_defaults();
    ia_volume v = {.p = NAN};
    ia_surface s = {.n_objects = 0};
    strcpy(vp.solute, "Cu");
    vp.kernel = IA_KERNEL_FIXED;
    vp.quantity = quantity;
    vp.sigma = 1;
    vp.voxel = 1;
    vp.n_shuffles = 0;
    sp.n_null = 0;
    sp.threshold_rule = IA_LEVEL_FREQUENCY;
    CHECK_OK(NULL, ia_volume_compute(NULL, &input, &vp, &v));
    CHECK_OK(NULL, ia_surface_compute(NULL, &input, &v, &sp, &s));
    ia_volume_clear(&v);
    return s;
}

// 200,000 ions: blocks of 400 at the interface, one in eight, are of both layers. They
// lift the middle of the distribution; the crossing, where it is steep, moves by a count
// or two of forty. Iron parts as copper does, the rarer one is told first.
static void layers_have_their_threshold(void **unused)
{
    (void)unused;
    cluster_case c = make_layers(200000, 1);
    ia_surface s = surface_of(&c, IA_QUANTITY_COMPOSITION);
    assert_int_equal(s.rule, IA_LEVEL_FREQUENCY);
    assert_int_equal(s.n_species, 2);
    assert_int_equal(s.species[0].z, 29);
    assert_true(s.species[0].mu > 0.8 && s.species[0].p < 1e-6);
    const alloy a = {0.5, 0.15, 0.05, (double)s.species[0].block};
    assert_true(fabs(s.threshold - 100 * crossing_of(&a) / a.n) < 0.6);
    assert_true(s.threshold == s.rules[IA_LEVEL_FREQUENCY]);
    assert_true(fabs(s.species[0].crossing - s.threshold) < 1e-9);
    ia_result result = {0};
    CHECK_OK(NULL, ia_surface_tables(NULL, &s, &result));
    assert_non_null(ia_result_find(&result, "partition"));
    ia_result_clear(&result);
    ia_surface_clear(&s);
    s = surface_of(&c, IA_QUANTITY_DENSITY); // no composition is asked for
    assert_true(isnan(s.rules[IA_LEVEL_FREQUENCY]) && s.n_species == 2);
    ia_surface_clear(&s);
    case_clear(&c);
}

// Every copper ion is CuO: blocks hold it as often, and it is half of its atoms only:
// 15 % of ions are 13.0 at.% of atoms and 5 % are 4.8, the rule's value scales with
// the mean, 10 % of ions being 9.1 at.%.
static void molecules_count_as_atoms(void **unused)
{
    (void)unused;
    cluster_case c = make_layers(200000, 1);
    ia_surface plain = surface_of(&c, IA_QUANTITY_COMPOSITION);
    for (size_t i = 0; i < c.ions.n; i++)
        if (c.mass[i] == (float)mass_cu)
            c.mass[i] = (float)mass_cuo;
    ia_surface s = surface_of(&c, IA_QUANTITY_COMPOSITION);
    assert_true(fabs(s.threshold / plain.threshold - 1 / 1.1) < 0.002);
    assert_int_equal(s.n_species, 3); // copper, oxygen and iron, all alike
    assert_true(s.species[0].mu == s.species[1].mu);
    ia_surface_clear(&plain);
    ia_surface_clear(&s);
    case_clear(&c);
}

// Labels at random: in 1 of 100 clouds the rule has a value, in 4 or more of 30 with a
// chance of 2 in 10,000. Four sizes are tried: the farthest counts, so that it is rather
// 2 or 3 of 100, and 5 or more of 30 in 2 of 1,000.
static void chance_has_no_threshold(void **unused)
{
    (void)unused;
    int n_told = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        cluster_case c = case_random(20000, 0.1, seed);
        ia_surface s = surface_of(&c, IA_QUANTITY_COMPOSITION);
        n_told += !isnan(s.rules[IA_LEVEL_FREQUENCY]);
        assert_true(s.rule >= 0); // another rule stands in
        ia_surface_clear(&s);
        case_clear(&c);
    }
    assert_in_range(n_told, 0, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixtures_cross_where_they_do),
        cmocka_unit_test(layers_have_their_threshold),
        cmocka_unit_test(molecules_count_as_atoms),
        cmocka_unit_test(chance_has_no_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
