// tests/physics/test_repeat_precision.c: do the figures of a composition come out again
// when the list of peaks is another one each time?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

// Haley, Choi and Raabe 2015 (doi:10.1016/j.ultramic.2015.03.005) found that one operator
// repeats one to three significant figures, different ones none to two.
enum { REPEATS = 20, IONS = 1000000 };

// Peaks moved by the error of their place, and every peak within a factor of two of the
// limit of significance there or not by the toss of a coin.
static void perturb(const ia_peaks *from, ia_random *random, ia_peaks *out)
{
    *out = *from;
    out->list = calloc(from->n, sizeof *out->list);
    out->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        ia_peak p = from->list[i];
        double off = p.sigma_mass * ia_random_normal(random);
        if (p.significance < 2 * from->limit && ia_random_half(random, 1))
            continue;
        p.mass += off;
        p.centre += off;
        p.lo += off;
        p.hi += off;
        out->list[out->n++] = p;
    }
}

typedef struct {
    double sum[IA_Z_MAX + 1], squares[IA_Z_MAX + 1];
} totals;

static void add(const ia_spectrum *s, const ia_autoranges *ranges, totals *t)
{
    ia_identification id = {.ranges = ranges->ranges};
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double x = percent_of(s, &id, ia_element_of(z)->symbol);
        t->sum[z] += x;
        t->squares[z] += x * x;
    }
}

static totals repeat(const char *composition, const char *molecules)
{
    ia_spectrum s = alloy_spectrum(composition, molecules, IONS, 1);
    ia_random random = ia_random_new(1, 0);
    ia_background background;
    ia_peaks found = {0};
    totals t = {{0}, {0}};

    assert_int_equal(ia_background_compute(NULL, &s, NULL, NULL, &background), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, &s, &background, NULL, &found), IA_OK);
    for (int i = 0; i < REPEATS; i++) {
        ia_identify_params p = ia_identify_defaults();
        ia_peaks peaks;
        ia_assignment assignment = {0};
        ia_autoranges ranges = {.evidence = NULL};
        perturb(&found, &random, &peaks);
        assert_int_equal(
            ia_assign_compute(NULL, &s, &background, &peaks, &p, &assignment), IA_OK);
        ia_autorange_input in = {&s, &background, &peaks, &assignment, NULL};
        assert_int_equal(ia_autorange_compute(NULL, &in, NULL, &ranges), IA_OK);
        add(&s, &ranges, &t);
        ia_autoranges_clear(&ranges);
        ia_assignment_clear(&assignment);
        ia_peaks_clear(&peaks);
    }
    ia_peaks_clear(&found);
    ia_spectrum_clear(&s);
    return t;
}

static double figures(const totals *t, unsigned z)
{
    double mean = t->sum[z] / REPEATS;
    double variance = (t->squares[z] - t->sum[z] * mean) / (REPEATS - 1);
    return log10(mean / sqrt(fmax(variance, 1e-12 * mean * mean)));
}

static void three_figures_come_out_again(void **state)
{
    (void)state;
    static const char *const alloys[][2] = {
        {"Fe Cr:0.18 Ni:0.1 Mn:0.015 Si:0.008", "H+:0.003"},
        {"Al Cu:0.02 Mg:0.02 Zn:0.003", "H+:0.004"},
        {"Ni Al:0.13 Cr:0.08 Co:0.1 Re:0.01", "H+:0.003"},
        {"Ti Al:0.1 V:0.04 O:0.005", "TiO+:0.003 H+:0.01"},
    };
    for (size_t a = 0; a < sizeof alloys / sizeof *alloys; a++) {
        totals t = repeat(alloys[a][0], alloys[a][1]);
        for (unsigned z = 1; z <= IA_Z_MAX; z++) {
            if (t.sum[z] <= 0)
                continue;
            if (getenv("IONATLAS_VERBOSE"))
                print_message("%zu %s: %.4f at.%%, %.2f figures\n", a,
                              ia_element_of(z)->symbol, t.sum[z] / REPEATS,
                              figures(&t, z));
            if (t.sum[z] / REPEATS > 0.5) // at.%
                assert_true(figures(&t, z) >= 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_figures_come_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
