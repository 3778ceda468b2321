// tests/physics/test_bayes_places.c: does the posterior over sets of ions hold where
// peaks lie off their places, or have tails that no profile has?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "sputtered_case.h"

enum { BINS = 8000, SEEDS = 3 }; // of 0.01 Da: to 80 Da

static bool has_range(const ia_ranges *r, const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t i = 0; i < r->n_ranges; i++)
        if (ia_ion_is_equal(&r->ions[r->ranges[i].ion], &wanted))
            return true;
    return false;
}

// In a range, with the counts drawn but for a third: what is off its place by as much as
// it is wide is no better parted from what lies beside.
static void check_told(const ia_identification *id, const part *drawn)
{
    const ia_identified *told = identified_of(id, drawn->ion);
    if (!told || !has_range(&id->ranges, drawn->ion))
        fail_msg("%s is %s", drawn->ion, told ? "told, but has no range" : "not told");
    assert_true(fabs(told->counts / drawn->n - 1) < 1 / 3.0);
}

// As if the scale were off by so many bins there.
static void move_counts(ia_spectrum *s, double lo, double hi, int by)
{
    size_t from = (size_t)(lo / s->bin), n = (size_t)((hi - lo) / s->bin);
    memmove(s->counts + (size_t)((int)from + by), s->counts + from,
            n * sizeof *s->counts);
}

// Most lines of a measured alloy lie within 0.006 Da of one scale, which fits so well; a
// light one 0.015 Da above it. Whatever is told must have a range where it leads a peak.
static void ions_off_their_places_have_ranges(void **state)
{
    (void)state;
    static const part alloy[] = {{"Ni++", 30000}, {"Cr++", 28000},  {"Mo++", 38000},
                                 {"Co++", 11000}, {"Mo+++", 10000}, {"Ti++", 7000},
                                 {"MoC++", 6000}, {"C++", 3000},    {"C+", 2000},
                                 {"Al++", 1300},  {"Fe++", 1100}};
    static const struct {
        double lo, hi;
        int by; // bins of 0.005 Da
    } moved[] = {{5.8, 6.3, 1},   {11.8, 12.3, 3},  {13.3, 13.7, -1}, {22.8, 23.2, 1},
                 {24.8, 25.2, 2}, {26.3, 26.7, -1}, {29.3, 29.7, -1}, {28.8, 29.2, 1},
                 {45.8, 46.2, 2}, {48.8, 49.2, -1}, {51.8, 54.2, 3},  {54.8, 56.2, 3}};
    static uint64_t counts[2 * BINS];
    ia_spectrum s = {.bin = 0.005, .n_bins = 2 * BINS, .counts = counts};
    ia_identify_params p = ia_identify_defaults();
    p.way = IA_WAY_BAYES;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_identification id = {0};
        draw_parts(alloy, sizeof alloy / sizeof *alloy, 1100, seed, &s);
        for (size_t i = 0; i < sizeof moved / sizeof *moved; i++)
            move_counts(&s, moved[i].lo, moved[i].hi, moved[i].by);
        assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
        for (size_t k = 0; k < sizeof alloy / sizeof *alloy; k++)
            check_told(&id, &alloy[k]);
        ia_identification_clear(&id);
    }
}

// Heat leaves late ions: a part of each line's comes spread over a Da and more behind it,
// which falls exponentially.
static void make_late(ia_spectrum *s, double share, double decay)
{
    double tail = 0, step = exp(-s->bin / decay), carry = 0;
    for (size_t i = 0; i < s->n_bins; i++) {
        double n = (double)s->counts[i];
        tail = tail * step + share * n * (1 - step);
        carry += (1 - share) * n + tail;
        s->counts[i] = (uint64_t)carry;
        carry -= (double)s->counts[i];
    }
}

static bool is_of_oxide(const ia_ion *ion)
{
    return ia_ion_count(ion, 1) + ia_ion_count(ion, 8) + ia_ion_count(ion, 13) ==
           ia_ion_atoms(ion);
}

static void late_ions_are_no_other_ions(void **state)
{
    (void)state;
    static const part oxide[] = {
        {"Al++", 26000}, {"O+", 20000},   {"O2+", 7600}, {"AlO+", 4700}, {"AlO++", 3800},
        {"Al+", 3700},   {"Al+++", 3200}, {"H+", 1000},  {"AlO2+", 540}, {"H2+", 300}};
    static uint64_t counts[BINS];
    ia_spectrum s = {.bin = 0.01, .n_bins = BINS, .counts = counts};
    ia_identify_params p = ia_identify_defaults();
    p.way = IA_WAY_BAYES;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_identification id = {0};
        draw_parts(oxide, sizeof oxide / sizeof *oxide, 450, seed, &s);
        make_late(&s, 0.15, 0.5);
        assert_int_equal(ia_identify_compute(NULL, &s, &p, NULL, &id), IA_OK);
        for (size_t i = 0; i < id.assignment.n_ions; i++)
            if (!is_of_oxide(&id.assignment.ions[i].ion))
                fail_msg("%s is told", id.assignment.ions[i].ion.name);
        for (size_t k = 0; k < sizeof oxide / sizeof *oxide; k++)
            assert_non_null(identified_of(&id, oxide[k].ion));
        ia_identification_clear(&id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ions_off_their_places_have_ranges),
        cmocka_unit_test(late_ions_are_no_other_ions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
