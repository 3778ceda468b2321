// tests/physics/test_bayes_posterior.c: is the posterior over sets of ions that of Bayes'
// rule, and do its probabilities keep their word?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

#include "spectrum/assign_internal.h"
#include "spectrum/bayes_internal.h"
#include "spectrum/ion_prior.h"

// All that a group needs, made of a spectrum and told ions.
typedef struct {
    ia_spectrum spectrum;
    ia_background background;
    ia_peaks peaks;
    ia_counts counts;
    ia_ion_prior prior;
    ia_candidates candidates;
    ia_judge judge;
} bench;

static size_t candidate_of(const bench *b, const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t k = 0; k < b->candidates.n; k++)
        if (ia_ion_is_equal(&b->candidates.list[k].ion, &wanted))
            return k;
    fail_msg("%s is no candidate", name);
    return 0;
}

static void set_up(bench *b, const char *const *told, size_t n_told)
{
    ia_identify_params p = ia_identify_defaults();
    bool found[IA_Z_MAX + 1] = {false};
    ia_mass_scale scale = {.sigma = 0.003, .n_lines = 9};

    assert_int_equal(
        ia_background_compute(NULL, &b->spectrum, NULL, NULL, &b->background), IA_OK);
    assert_int_equal(
        ia_peaks_compute(NULL, &b->spectrum, &b->background, NULL, &b->peaks), IA_OK);
    assert_int_equal(ia_counts_build(NULL, &b->spectrum, &b->background, &b->counts),
                     IA_OK);
    assert_int_equal(ia_ion_prior_read(NULL, "", &b->prior), IA_OK);
    for (size_t i = 0; i < n_told; i++) {
        ia_ion ion = ia_ion_of(told[i]);
        found[ion.parts[0].z] = true;
    }
    const ia_candidate_rules rules = {.params = &p,
                                      .found = found,
                                      .m_lo = 0,
                                      .m_hi = 200,
                                      .widths = &b->peaks.widths,
                                      .prior = &b->prior};
    assert_int_equal(ia_candidates_build(NULL, &rules, &b->candidates), IA_OK);
    double *ions = calloc(b->candidates.n, sizeof *ions);
    bool *proposed = calloc(b->candidates.n, sizeof *proposed);
    for (size_t i = 0; i < n_told; i++)
        ions[candidate_of(b, told[i])] = 1000;
    const ia_judge_input input = {&b->counts, &b->peaks, &b->candidates,
                                  &scale,     ions,      proposed};
    assert_int_equal(ia_judge_build(NULL, &input, &b->judge), IA_OK);
    ia_judge_forget(&b->judge);
    for (unsigned z = 0; z <= IA_Z_MAX; z++)
        b->judge.elsewhere.element[z] = b->candidates.element[z] + b->candidates.bound[z];
    for (size_t m = 0; m <= b->candidates.n_matters; m++)
        b->judge.elsewhere.absence[m] = 1;
    free(ions);
    free(proposed);
}

static void clear(bench *b)
{
    ia_judge_clear(&b->judge);
    ia_candidates_clear(&b->candidates);
    ia_ion_prior_clear(&b->prior);
    ia_counts_clear(&b->counts);
    ia_peaks_clear(&b->peaks);
    ia_background_clear(&b->background);
    ia_spectrum_clear(&b->spectrum);
}

static void group_of(bench *b, const char *const *names, size_t n, ia_group *g)
{
    size_t members[16];
    for (size_t i = 0; i < n; i++)
        members[i] = candidate_of(b, names[i]);
    assert_int_equal(ia_group_build(&b->judge, members, n, g), IA_OK);
}

// Poisson, with the weights and cells of the group: from the definition.
static double log_likelihood(const ia_group *g, double x)
{
    double sum = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        double mean = g->base[i] + x * g->column[i], n = g->count[i];
        sum += g->weight[i] * ((n > 0 ? n * log(mean / n) + n : 0) - mean);
    }
    return sum;
}

// Integral over the intensity under a density that is even in its logarithm between the
// least that can be seen and all ions; trapezoids.
static double log_integral(const ia_group *g, double log_least, double log_total)
{
    enum { STEPS = 20000 };
    double most = -INFINITY, sum = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k <= STEPS; k++) {
            double part = (double)k / STEPS;
            double x = exp(log_least + part * (log_total - log_least));
            double value = log_likelihood(g, x);
            if (pass == 0)
                most = fmax(most, value);
            else
                sum += exp(value - most) / STEPS;
        }
    return most + log(sum);
}

// Laplace's method against the integral, each over the greatest likelihood. A Gaussian in
// the place of a Poisson distribution is off by some 1/(12 n) for n ions; the density
// falls by the error of the intensity, some per cent; and the curvature is that of the
// line moved to its peak, a tenth more or less.
static void evidence_is_the_integral_over_intensities(void **state)
{
    (void)state;
    static const size_t sizes[] = {5000, 50000, 500000};
    static const char *const names[] = {"Al+"};

    for (size_t k = 0; k < 3; k++) {
        bench b = {.spectrum = alloy_spectrum("Al", "", sizes[k], k + 1)};
        ia_group g = {0};
        ia_mask one = {{1}};
        double likelihood;

        set_up(&b, names, 1);
        group_of(&b, names, 1, &g);
        double told = ia_group_fit(&g, &one, &likelihood) - likelihood;
        double own = g.sigma[0] * g.sigma[0] - g.intensity[0];
        double least = fmax(1, 2 * sqrt(fmax(0, own)));
        double due = log_integral(&g, log(least), b.judge.log_total) -
                     log_likelihood(&g, g.intensity[0]);
        if (!(fabs(told - due) < 0.2))
            fail_msg("%zu ions: %g instead of %g", sizes[k], told, due);
        ia_group_clear(&g);
        clear(&b);
    }
}

// All sets of eight ions that share peaks, by Bayes' rule; the search looks at those
// within e^-7 of the best.
static void search_agrees_with_all_sets(void **state)
{
    (void)state;
    enum { N = 8 };
    static const char *const told[] = {"Si+", "Si++", "N+", "N2+"};
    static const char *const names[N] = {"Si++", "N+",   "Si+",  "N2+",
                                         "CO+",  "Fe++", "SiH+", "CH2+"};

    for (uint64_t seed = 1; seed <= 4; seed++) {
        bench b = {.spectrum = alloy_spectrum("Si:0.5 N", "N2+:0.03 SiH+:0.01 H+:0.003",
                                              3000 * seed, seed)};
        ia_group g = {0};
        double due[N] = {0}, value[1 << N], most = -INFINITY, all = 0, likelihood;
        set_up(&b, told, 4);
        group_of(&b, names, N, &g);
        for (uint64_t m = 0; m < 1 << N; m++) {
            ia_mask mask = {{m}};
            value[m] = ia_group_fit(&g, &mask, &likelihood) + ia_group_prior(&g, &mask);
            most = fmax(most, value[m]);
        }
        for (size_t m = 0; m < 1 << N; m++)
            all += exp(value[m] - most);
        for (size_t m = 0; m < 1 << N; m++)
            for (size_t k = 0; k < N; k++)
                due[k] += m >> k & 1 ? exp(value[m] - most) / all : 0;

        ia_mask first = {{0}}, best;
        double said[IA_Z_MAX + 1], probability[N];
        assert_int_equal(ia_group_search(&g, &first, &best), IA_OK);
        double *posterior = calloc(g.n_models, sizeof *posterior);
        ia_group_weigh(&g, posterior, probability, said, &best);
        // What is left out weighs e^-7 a set, some ten of them.
        for (size_t k = 0; k < N; k++)
            if (!(fabs(probability[k] - due[k]) < 0.02))
                fail_msg("seed %d, %s: %g instead of %g", (int)seed, names[k],
                         probability[k], due[k]);
        free(posterior);
        ia_group_clear(&g);
        clear(&b);
    }
}

typedef struct {
    const char *composition, *molecules, *atoms; // what may be told, whatever its charge
} material;

static const material materials[] = {
    {"Fe Mn:0.012 Si:0.006 C:0.004 Cr:0.01", "H+:0.002 Ga+:0.001", "Fe Mn Si C Cr H Ga"},
    {"Fe Cr:0.18 Ni:0.1 Mn:0.015 Mo:0.012", "FeO+:0.001 H+:0.003",
     "Fe Cr Ni Mn Mo FeO H"},
    {"Ni Al:0.12 Cr:0.08 Co:0.09 Re:0.01 W:0.02", "", "Ni Al Cr Co Re W"},
    {"Al Zn:0.025 Mg:0.023 Cu:0.006", "H+:0.004 AlH+:0.002", "Al Zn Mg Cu H AlH"},
    {"Ti Al:0.1 V:0.036", "TiO+:0.003 TiO++:0.004 H+:0.01", "Ti Al V TiO H"},
    {"Ga:0.5 N", "N2+:0.12 H+:0.003", "Ga N N2 H"},
    {"Zr:0.33 O", "ZrO++:0.15 ZrO+:0.06 O2+:0.06", "Zr O ZrO O2"},
    {"W:0.5 C", "C2+:0.04 C3+:0.02", "W C C2 C3"},
    {"Fe Nd:0.12 B:0.06", "", "Fe Nd B"},
    {"Mg Al:0.03 Zn:0.01 Ca:0.003", "H+:0.006", "Mg Al Zn Ca H"},
};
enum { MATERIALS = sizeof materials / sizeof *materials };

static bool is_there(const material *m, const ia_ion *ion)
{
    char text[256];
    snprintf(text, sizeof text, "%s", m->atoms);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        ia_ion atoms = ia_ion_of(word);
        atoms.charge = ion->charge;
        if (ia_ion_is_equal(&atoms, ion))
            return true;
    }
    return false;
}

// Of ions told with a probability as many are there as it says: by two classes, mean of
// the distance weighted by ions below 0.05. Those told with 0.5 and more are right in 95
// of 100 cases.
static void probabilities_keep_their_word(void **state)
{
    (void)state;
    double told[2] = {0}, right[2] = {0}, n[2] = {0}, off = 0;
    ia_identify_params p = ia_identify_defaults();

    p.way = IA_WAY_BAYES;
    p.probability = 0.05;
    for (size_t k = 0; k < 2 * MATERIALS; k++) {
        const material *m = &materials[k % MATERIALS];
        ia_spectrum s = alloy_spectrum(m->composition, m->molecules,
                                       k < MATERIALS ? 20000 : 200000, k + 1);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
        for (size_t i = 0; i < id.assignment.n_ions; i++) {
            const ia_identified *ion = &id.assignment.ions[i];
            bool half = ion->probability >= 0.5;
            told[half] += ion->probability;
            right[half] += is_there(m, &ion->ion);
            n[half]++;
        }
        ia_identification_clear(&id);
        ia_spectrum_clear(&s);
    }
    for (int half = 0; half < 2; half++) {
        print_message("told %.1f right %.0f of %.0f\n", told[half], right[half], n[half]);
        off += fabs(told[half] - right[half]);
    }
    assert_true(off < 0.05 * (n[0] + n[1]));
    assert_true(n[1] > 80 && right[1] > 0.95 * n[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_the_integral_over_intensities),
        cmocka_unit_test(search_agrees_with_all_sets),
        cmocka_unit_test(probabilities_keep_their_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
