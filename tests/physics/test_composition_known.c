// tests/physics/test_composition_known.c: is a known composition found, as surely as is
// said?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

static const double once_in_1000 = 3.2905; // two-sided, standard normal

// An alloy as ions of given expected numbers; noise of level a between 0.25 and 144 Da.
typedef struct {
    const char *ion;
    double lo, hi, expected;
} line;

enum { LINES_MOST = 8, BINS = 14400, SEEDS = 2000 };

typedef struct {
    line lines[LINES_MOST];
    size_t n;
    double a;
} alloy;

static const alloy steel = {.lines = {{"Si++", 13.9, 14.2, 70},
                                      {"C+", 11.9, 12.2, 120},
                                      {"Fe++", 26.8, 28.6, 9000},
                                      {"FeO+", 71.8, 72.2, 90},
                                      {"Mn++", 29, 29.2, 150},
                                      {"C3+", 35.9, 36.1, 60}},
                            .n = 6,
                            .a = 60};

// Noise as much as signal in the small lines.
static const alloy noisy = {.lines = {{"B+", 10.8, 11.3, 100},
                                      {"Fe++", 26.8, 28.6, 3000},
                                      {"Cu+", 62.5, 65.5, 150}},
                            .n = 3,
                            .a = 400};

typedef struct {
    ranging_case ranging;
    uint64_t counts[BINS];
    ia_spectrum spectrum;
} scene;

static void set_scene(const alloy *a, scene *s)
{
    case_range ranges[LINES_MOST];
    line sorted[LINES_MOST];

    memcpy(sorted, a->lines, sizeof sorted);
    for (size_t i = 1; i < a->n; i++)
        for (size_t k = i; k > 0 && sorted[k].lo < sorted[k - 1].lo; k--) {
            line swap = sorted[k];
            sorted[k] = sorted[k - 1];
            sorted[k - 1] = swap;
        }
    for (size_t i = 0; i < a->n; i++)
        ranges[i] =
            (case_range){.ion = sorted[i].ion, .lo = sorted[i].lo, .hi = sorted[i].hi};
    set_case(&s->ranging, ranges, a->n);
    s->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = s->counts};
}

static double expected_of(const alloy *a, const char *ion)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->lines[i].ion, ion) == 0)
            return a->lines[i].expected;
    return 0;
}

// Ions of each line in the middle of its range, noise wherever it falls.
static void draw(const alloy *a, gsl_rng *rng, scene *s)
{
    ranging_case *c = &s->ranging;

    memset(s->counts, 0, sizeof s->counts);
    for (size_t i = 0; i < c->ranger.n; i++) {
        const char *name = c->ions[c->ion[i]].name;
        c->found[i] = gsl_ran_poisson(rng, expected_of(a, name));
        s->counts[(size_t)(50 * (c->lo[i] + c->hi[i]))] += c->found[i];
    }
    unsigned n = gsl_ran_poisson(rng, 2 * a->a * (12 - 0.5));
    for (unsigned k = 0; k < n; k++) {
        double m = pow(gsl_ran_flat(rng, 0.5, 12), 2);
        s->counts[(size_t)(m * 100)]++;
        for (size_t i = 0; i < c->ranger.n; i++)
            c->found[i] += m >= c->lo[i] && m < c->hi[i];
    }
}

// Per cent of an element, of atoms or by weight, in what was put in.
static double truth_of(const alloy *a, const char *symbol, bool by_weight)
{
    unsigned z = ia_element_find(symbol, strlen(symbol));
    double part = 0, whole = 0;

    for (size_t i = 0; i < a->n; i++) {
        ia_ion ion = ia_ion_of(a->lines[i].ion);
        for (size_t k = 0; k < ion.n_parts; k++) {
            double mass = by_weight ? ia_element_of(ion.parts[k].z)->mass : 1;
            double amount = ion.parts[k].count * mass * a->lines[i].expected;
            part += ion.parts[k].z == z ? amount : 0;
            whole += amount;
        }
    }
    return 100 * part / whole;
}

typedef struct {
    double mean, sigma, one, two; // per cent found, its stated error, shares covered
} score;

static void add_to(score *s, double value, double sigma, double truth)
{
    s->mean += value / SEEDS;
    s->sigma += sigma / SEEDS;
    s->one += (fabs(value - truth) <= sigma) / (double)SEEDS;
    s->two += (fabs(value - truth) <= 2 * sigma) / (double)SEEDS;
}

// 2000 draws know a coverage of 0.683 to 0.0104 and one of 0.954 to 0.0047; small counts
// are discrete and their errors estimated, and the background's is never taken below
// Poisson's: 0.015.
static void check(const char *name, const score *s, double truth)
{
    print_message("%s: true %.4f found %.4f +- %.4f, covered %.3f %.3f\n", name, truth,
                  s->mean, s->sigma, s->one, s->two);
    assert_near(s->mean, truth, once_in_1000 * s->sigma / sqrt(SEEDS) + 0.03 * s->sigma);
    assert_near(s->one, 0.6827, once_in_1000 * 0.0104 + 0.015);
    assert_near(s->two, 0.9545, once_in_1000 * 0.0047 + 0.015);
}

static void try_alloy(const alloy *a, const char *symbol)
{
    static scene s;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double truth = truth_of(a, symbol, false), weight = truth_of(a, symbol, true);
    score atomic = {0}, by_weight = {0};

    set_scene(a, &s);
    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        ia_background b;
        ia_composition composition = {0};
        gsl_rng_set(rng, seed);
        draw(a, rng, &s);
        assert_int_equal(
            ia_background_compute(NULL, &s.spectrum, &s.ranging.ranger, NULL, &b), IA_OK);
        assert_int_equal(ia_composition_compute(NULL, &s.ranging.ranges,
                                                &s.ranging.ranger, &s.ranging.counts, &b,
                                                &composition),
                         IA_OK);
        const ia_fraction *row = element_of(&composition, symbol);
        add_to(&atomic, row->corrected_percent, row->sigma_corrected_percent, truth);
        add_to(&by_weight, row->weight_percent, row->sigma_weight_percent, weight);
        ia_composition_clear(&composition);
    }
    check(symbol, &atomic, truth);
    check("by weight", &by_weight, weight);
    gsl_rng_free(rng);
}

static void corrected_values_of_a_steel_are_right(void **state)
{
    (void)state;
    try_alloy(&steel, "C");
    try_alloy(&steel, "O");
    try_alloy(&steel, "Fe");
}

static void they_are_right_where_noise_is_as_much_as_signal(void **state)
{
    (void)state;
    try_alloy(&noisy, "B");
    try_alloy(&noisy, "Cu");
}

// Raw values, without noise: some 9,500 ions, molecules among them.
static void raw_errors_cover_as_stated(void **state)
{
    (void)state;
    static scene s;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    const char *const symbols[] = {"C", "O", "Fe", "Mn"};
    score scores[4] = {{0}};
    alloy clean = steel;

    clean.a = 0;
    set_scene(&clean, &s);
    for (unsigned long seed = 1; seed <= SEEDS; seed++) {
        ia_composition composition = {0};
        gsl_rng_set(rng, seed);
        draw(&clean, rng, &s);
        assert_int_equal(ia_composition_compute(NULL, &s.ranging.ranges,
                                                &s.ranging.ranger, &s.ranging.counts,
                                                NULL, &composition),
                         IA_OK);
        for (size_t k = 0; k < 4; k++) {
            const ia_fraction *row = element_of(&composition, symbols[k]);
            add_to(&scores[k], row->percent, row->sigma_percent,
                   truth_of(&clean, symbols[k], false));
        }
        ia_composition_clear(&composition);
    }
    for (size_t k = 0; k < 4; k++)
        check(symbols[k], &scores[k], truth_of(&clean, symbols[k], false));
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_errors_cover_as_stated),
        cmocka_unit_test(corrected_values_of_a_steel_are_right),
        cmocka_unit_test(they_are_right_where_noise_is_as_much_as_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
