// tests/physics/test_wrong_scale.c: are elements invented where m/n are off by up to 2 %?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

// Ions told when all m/n are multiplied by a factor.
static size_t count_told(const ia_spectrum *s, double factor, bool *says_why)
{
    ia_spectrum scaled = *s; // its counts are borrowed
    ia_identification id = {0};

    scaled.bin *= factor;
    scaled.m_min *= factor;
    assert_int_equal(ia_identify_compute(NULL, &scaled, NULL, NULL, &id), IA_OK);
    size_t n = id.assignment.n_ions;
    *says_why = id.notes[0] != '\0';
    ia_identification_clear(&id);
    return n;
}

// Before another scale was tried, an aluminium alloy at 1.015 was 94 at.% Mn, surely, and
// a titanium alloy at 1.02 carbon, manganese and vanadium.
static void a_wrong_scale_invents_nothing(void **unused)
{
    static const char *const alloys[] = {
        "Al Zn:0.025 Mg:0.025 Cu:0.006", "Ti Al:0.1 V:0.04 O:0.01",
        "Fe Cr:0.18 Ni:0.1 Mn:0.015", "Cu Ni:0.3 Zn:0.03"};
    static const double factors[] = {0.98, 0.985, 0.99, 1.01, 1.015, 1.02};
    (void)unused;
    for (size_t a = 0; a < 4; a++) {
        ia_spectrum s =
            alloy_spectrum(alloys[a], "H+:0.01 H2+:0.002 Ga+:0.001", 200000, a);
        bool says_why;
        assert_true(count_told(&s, 1, &says_why) > 6);
        for (size_t f = 0; f < 6; f++) {
            size_t n = count_told(&s, factors[f], &says_why);
            if (n)
                print_message("%s times %g: %zu ions\n", alloys[a], factors[f], n);
            assert_int_equal(n, 0);
            assert_true(says_why);
        }
        ia_spectrum_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_wrong_scale_invents_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
