// tests/unit/test_identify_twice.c: are the peaks there twice, on two mass scales?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

#include "spectrum/identify_twice.h"

// So many tenths of a spectrum's ions at m/n times a factor and with flights longer by a
// delay, Da^1/2.
static ia_spectrum jumped(const ia_spectrum *s, double factor, double delay,
                          uint64_t tenths)
{
    ia_spectrum out = *s;
    ia_random random = ia_random_new(1, 0);

    out.counts = calloc(s->n_bins, sizeof *out.counts);
    assert_non_null(out.counts);
    for (size_t b = 0; b < s->n_bins; b++)
        for (uint64_t i = 0; i < s->counts[b]; i++) {
            double u = (double)b + ia_random_uniform(&random);
            bool late = 10 * ia_random_uniform(&random) < (double)tenths;
            double mass = s->m_min + u * s->bin;
            double moved = factor * pow(sqrt(mass) + delay, 2);
            double to = late ? (moved - s->m_min) / s->bin : u;
            if (to < (double)s->n_bins)
                out.counts[(size_t)to]++;
        }
    return out;
}

static const char *const alloys[] = {"Al Zn:0.025 Mg:0.025 Cu:0.006",
                                     "Ti Al:0.1 V:0.04 O:0.01",
                                     "Fe Cr:0.18 Ni:0.1 Mn:0.015", "Fe Si:0.01 C:0.004"};
static const char gas[] = "H+:0.01 H2+:0.002 Ga+:0.001";

// Half of the run on a scale 2 % off: half of the peaks are told, and the composition
// would be that of whatever remains.
static void a_jump_is_told_and_no_ion(void **unused)
{
    (void)unused;
    static const double factors[] = {1.02, 0.985};
    for (size_t a = 0; a < 4; a++) {
        ia_spectrum whole = alloy_spectrum(alloys[a], gas, 60000, 11 + a);
        ia_spectrum s = jumped(&whole, factors[a % 2], 0, 4);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        print_message("%s times %g: %zu ions: %s\n", alloys[a], factors[a % 2],
                      id.assignment.n_ions, id.notes);
        assert_int_equal(id.assignment.n_ions, 0);
        ia_identification_clear(&id);
        free(s.counts);
        ia_spectrum_clear(&whole);
    }
}

// Three tenths of the ions fly 0.25 Da later at 28 Da: AlN+++ and MgN+++ of p 1 were told
// of an aluminium alloy, 11 at.% N that is not there.
static void flights_that_begin_twice_are_told(void **unused)
{
    static const double delays[] = {0.0236, -0.03};
    size_t told = 0, warned = 0;
    (void)unused;
    for (size_t a = 0; a < 4; a++) {
        double delay = delays[a % 2];
        ia_spectrum whole = alloy_spectrum(alloys[a], gas, 60000, 31 + a);
        ia_spectrum s = jumped(&whole, 1, delay, 3);
        ia_identification id = {0};
        assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
        print_message("%s plus %g: %zu ions: %s\n", alloys[a], delay,
                      id.assignment.n_ions, id.notes);
        told += id.assignment.n_ions > 0;
        warned += strstr(id.notes, "flights begin twice") != NULL;
        ia_identification_clear(&id);
        free(s.counts);
        ia_spectrum_clear(&whole);
    }
    assert_int_equal(told, 0);
    assert_true(warned >= 3);
}

// The scale as it is, with all ions or with elements hinted at so that many peaks stay
// unexplained.
static void no_jump_is_seen_where_none_is(void **unused)
{
    static const char *const hints[] = {"", "Al", "Cr,Mn"};
    (void)unused;
    for (size_t a = 0; a < 4; a++)
        for (size_t h = 0; h < 3; h++) {
            ia_spectrum s = alloy_spectrum(alloys[a], gas, 60000, 21 + a);
            ia_identify_params p = ia_identify_defaults();
            ia_identification id = {0};
            snprintf(p.elements, sizeof p.elements, "%s", hints[h]);
            assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
            assert_null(strstr(id.notes, "jumps"));
            ia_identification_clear(&id);
            ia_spectrum_clear(&s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_is_told_and_no_ion),
        cmocka_unit_test(flights_that_begin_twice_are_told),
        cmocka_unit_test(no_jump_is_seen_where_none_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
