// tests/physics/test_nested_models.c: of two models, with and without one ion, is the
// true one selected once the ion has more than five standard deviations of counts?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "mixture_case.h"

#include <gsl/gsl_linalg.h>

// Spectra of a million ions. What the counts say of the ion is its amount by weighted
// least squares; its standard deviation is that of Fisher's information with all other
// amounts and the background unknown, and the amount over it is the root of twice the
// logarithm of the likelihood ratio. Peaks nearer than 1.8 widths are one count: places
// and shapes of peaks are not known beforehand, and what is left is told by isotopes and
// charges. Each bin by itself would say more, had each peak exactly the shape and place
// of the others; that is computed too and printed.
enum { BINS = 10000, IONS_MOST = 8, REPEATS = 20, SURE = 5 };

static const double all_ions = 1e6, width_of_bin = 0.01; // Da
static const double power = 700;                         // resolving power at 28 Da

typedef struct {
    const char *ions;        // the one in question first
    double share[IONS_MOST]; // of the others
} question;

typedef struct {
    ia_ion *ions;
    size_t n;        // ions; the background is one more amount
    double *density; // (n + 1, BINS)
    double *mean;    // (BINS) of the true model
    size_t cell[BINS], n_cells;
} model;

// What the counts of cells say of the ion in question: (n_cells) weights.
typedef struct {
    double *weight, sigma;
} measure;

static double unit_of(double m)
{
    return mix_unit(m) * mix_power / power;
}

static void add_pattern(const ia_ion *ion, double *density, bool *is_peak)
{
    ia_isotopologue *pattern = NULL;
    size_t lines = 0;

    assert_int_equal(ia_ion_pattern(NULL, ion, 1e-6, &pattern, &lines), IA_OK);
    for (size_t i = 0; i < lines; i++) {
        double m = pattern[i].mass / ion->charge - ia_electron_mass, unit = unit_of(m);
        for (size_t b = 0; b < BINS; b++) {
            double x = (width_of_bin * (double)b - m) / unit;
            if (x < -8 || x > 30)
                continue;
            density[b] += pattern[i].probability *
                          (mix_below(x + width_of_bin / unit) - mix_below(x));
            is_peak[b] = is_peak[b] || (pattern[i].probability > 1e-4 &&
                                        x > -0.9 * mix_width && x < 2 * mix_width);
        }
    }
    free(pattern);
}

static model model_new(const question *q)
{
    model m = {.mean = calloc(BINS, sizeof *m.mean)};
    bool is_peak[BINS] = {false};

    assert_int_equal(ia_deconvolve_named(NULL, q->ions, &m.ions, &m.n), IA_OK);
    assert_true(m.n <= IONS_MOST);
    m.density = calloc((m.n + 1) * BINS, sizeof *m.density);
    for (size_t k = 0; k < m.n; k++)
        add_pattern(&m.ions[k], m.density + k * BINS, is_peak);
    for (size_t b = 0; b < BINS; b++) {
        m.density[m.n * BINS + b] = (sqrt((double)b + 1) - sqrt((double)b)) / sqrt(BINS);
        m.n_cells += b > 0 && !(is_peak[b] && is_peak[b - 1]);
        m.cell[b] = m.n_cells;
    }
    m.n_cells++;
    return m;
}

static void model_clear(model *m)
{
    free(m->ions);
    free(m->density);
    free(m->mean);
}

static void set_mean(const question *q, double amount, model *m)
{
    const double background = 0.02;
    double truth[IONS_MOST + 1] = {amount}, others = 0;

    for (size_t k = 1; k < m->n; k++)
        others += q->share[k - 1];
    for (size_t k = 1; k < m->n; k++)
        truth[k] = q->share[k - 1] / others * (all_ions * (1 - background) - amount);
    truth[m->n] = all_ions * background;
    memset(m->mean, 0, BINS * sizeof *m->mean);
    for (size_t k = 0; k <= m->n; k++)
        for (size_t b = 0; b < BINS; b++)
            m->mean[b] += truth[k] * m->density[k * BINS + b];
}

// Bins as they are, or the cells.
static measure measure_new(const model *m, bool each_bin)
{
    size_t n = m->n + 1, cells = each_bin ? BINS : m->n_cells;
    double *density = calloc(n * cells, sizeof *density);
    double *mean = calloc(cells, sizeof *mean);
    gsl_matrix *f = gsl_matrix_calloc(n, n);
    measure out = {.weight = calloc(cells, sizeof *out.weight)};

    for (size_t b = 0; b < BINS; b++) {
        size_t c = each_bin ? b : m->cell[b];
        mean[c] += m->mean[b];
        for (size_t k = 0; k < n; k++)
            density[k * cells + c] += m->density[k * BINS + b];
    }
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++)
            for (size_t c = 0; c < cells; c++)
                *gsl_matrix_ptr(f, k, l) +=
                    density[k * cells + c] * density[l * cells + c] / mean[c];
    assert_int_equal(gsl_linalg_cholesky_decomp1(f), 0);
    assert_int_equal(gsl_linalg_cholesky_invert(f), 0);
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; c < cells; c++)
            out.weight[c] += gsl_matrix_get(f, 0, k) * density[k * cells + c] / mean[c];
    out.sigma = sqrt(gsl_matrix_get(f, 0, 0));
    gsl_matrix_free(f);
    free(density);
    free(mean);
    return out;
}

// Standard deviations by which a spectrum shows the ion.
static double significance(const model *m, const measure *by, const ia_spectrum *s)
{
    double amount = 0;
    for (size_t b = 0; b < BINS; b++)
        amount += by->weight[m->cell[b]] * (double)s->counts[b];
    return amount / by->sigma;
}

static ia_spectrum draw(const model *m, gsl_rng *rng)
{
    ia_spectrum s = {.bin = width_of_bin, .n_bins = BINS};

    s.counts = calloc(BINS, sizeof *s.counts);
    for (size_t b = 0; b < BINS; b++)
        s.counts[b] = gsl_ran_poisson(rng, m->mean[b]);
    return s;
}

static bool is_told(const model *m, const ia_spectrum *s)
{
    ia_identification id = {0};
    assert_int_equal(ia_identify_compute(NULL, s, NULL, NULL, &id), IA_OK);
    bool told = identified_of(&id, m->ions[0].name) != NULL;
    ia_identification_clear(&id);
    return told;
}

typedef struct {
    size_t sure, found; // spectra that show the ion; of these, those of which it is told
    size_t without, invented; // spectra without it; of these, the same
} tally;

static void count_invented(const model *m, gsl_rng *rng, tally *t)
{
    for (t->without = 0; t->without < REPEATS / 2; t->without++) {
        ia_spectrum s = draw(m, rng);
        t->invented += is_told(m, &s);
        ia_spectrum_clear(&s);
    }
}

static void count_found(const model *m, const measure *by, gsl_rng *rng, tally *t)
{
    for (int i = 0; i < REPEATS; i++) {
        ia_spectrum s = draw(m, rng);
        if (significance(m, by, &s) > SURE) {
            t->sure++;
            t->found += is_told(m, &s);
        }
        ia_spectrum_clear(&s);
    }
}

// Spectra without the ion, and with 8.5 times what they show least of it.
static tally try_question(const question *q)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    model m = model_new(q);
    tally t = {0};

    gsl_rng_set(rng, 1);
    set_mean(q, 0, &m);
    count_invented(&m, rng, &t);
    measure none = measure_new(&m, false);
    double amount = 8.5 * none.sigma;
    set_mean(q, amount, &m);
    measure there = measure_new(&m, false), each_bin = measure_new(&m, true);
    count_found(&m, &there, rng, &t);
    print_message("%s: %.0f ions, %.1f sigma (by each bin %.1f), told in %zu of %zu that "
                  "show them; in %zu of %zu without\n",
                  q->ions, amount, amount / there.sigma, amount / each_bin.sigma, t.found,
                  t.sure, t.invented, t.without);
    free(none.weight);
    free(each_bin.weight);
    free(there.weight);
    model_clear(&m);
    gsl_rng_free(rng);
    return t;
}

static tally try_all(const question *list, size_t n)
{
    tally all = {0};
    for (size_t i = 0; i < n; i++) {
        tally t = try_question(&list[i]);
        all.sure += t.sure;
        all.found += t.found;
        all.without += t.without;
        all.invented += t.invented;
    }
    return all;
}

// 95 % of them, within what a correct program passes 999 times in 1,000.
static void what_counts_show_is_told(void **state)
{
    (void)state;
    static const question list[] = {
        {"Cu+,Fe++,Fe+,Si++,C+", {0.9, 0.08, 0.01, 0.005}},
        {"Cr++,Fe++,Fe+,Si++,C+", {0.9, 0.08, 0.01, 0.005}},
        {"Ti++,Al+,Al++,Mg+,Mg++,Fe++", {0.8, 0.05, 0.05, 0.05, 0.01}},
        {"N+,Ti++,Ti+++,Al+,Al++,V++", {0.8, 0.05, 0.08, 0.02, 0.03}},
        {"O+,Ti++,Ti+++,Al+,Al++,V++", {0.8, 0.05, 0.08, 0.02, 0.03}},
        {"O2+,Zn+,Zn++,O+", {0.5, 0.2, 0.3}},
    };
    tally t = try_all(list, sizeof list / sizeof *list);
    double n = (double)t.sure;

    assert_true(n > 50);
    assert_true((double)t.found > 0.95 * n - 3.09 * sqrt(0.95 * 0.05 * n));
    assert_int_equal(t.invented, 0);
}

// CO+ beneath 56Fe++, shown by 54Fe++ and 57Fe++ alone, in a chamber that has water too.
// Its doubt about shapes and places of peaks keeps the program from being sure each time.
static void gas_beneath_iron_is_told_mostly(void **state)
{
    (void)state;
    static const question hidden = {"CO+,Fe++,Fe+,Si++,C+,OH2+",
                                    {0.9, 0.08, 0.01, 0.005, 0.02}};
    tally t = try_all(&hidden, 1);

    assert_true(t.sure > 0 && 3 * t.found > 2 * t.sure);
    assert_int_equal(t.invented, 0);
}

// Where these doubts are larger than what the counts show nothing is made up.
static void doubt_invents_nothing(void **state)
{
    (void)state;
    static const question list[] = {
        {"Ni++,Fe++,Fe+,Si++,C+", {0.9, 0.08, 0.01, 0.005}},
        {"N+,Si++,Si+,O+,SiO+", {0.6, 0.2, 0.1, 0.1}},
    };
    assert_int_equal(try_all(list, 2).invented, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_show_is_told),
        cmocka_unit_test(gas_beneath_iron_is_told_mostly),
        cmocka_unit_test(doubt_invents_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
