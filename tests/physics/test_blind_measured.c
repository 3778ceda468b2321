// tests/physics/test_blind_measured.c: is a measured specimen identified from its file
// alone as its owners did?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

static const char *const STEEL = "real/ck10_steel_felfer/ck10_R56_01769_part_a.pos";
static const char *const TUNGSTEN = "real/w_tap_stuttgart/w_tap_derived.epos";

typedef struct {
    const char *symbol;
    double percent;
} share;

// Ck10 steel by the range file that its owners made, raw at.%.
static void steel_agrees_with_its_own_ranges(void **state)
{
    (void)state;
    static const share own[] = {{"Fe", 97.600}, {"Si", 0.702}, {"C", 0.551},
                                {"Mn", 0.518},  {"Ga", 0.178}, {"H", 0.173},
                                {"O", 0.080},   {"Al", 0.064}, {"Cu", 0.054},
                                {"Cr", 0.052},  {"P", 0.029}};
    ia_spectrum s = measured_spectrum(STEEL);
    ia_identification id = {0};
    double off = 0, sum = 0;

    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        double percent = percent_of(&s, &id, own[i].symbol);
        off += fabs(percent - own[i].percent);
        sum += percent;
        // Automatic and hand-made ranges of the alloying elements within a fifth.
        if (i >= 1 && i <= 3)
            assert_true(fabs(percent - own[i].percent) < 0.2 * own[i].percent);
    }
    assert_true(off + (100 - sum) <= 1.0); // what is left is another element
    assert_true(100 - sum < 0.1);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

static void tungsten_is_found(void **state)
{
    (void)state;
    ia_spectrum s = measured_spectrum(TUNGSTEN);
    ia_identification id = {0};

    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    const ia_identified *w = identified_of(&id, "W+++");
    assert_non_null(w);
    assert_true(w->probability > 0.999);
    assert_non_null(identified_of(&id, "W++++"));
    // Nothing else stands in its range file, and none above 0.1 at.% may stand here.
    assert_true(percent_of(&s, &id, "W") > 99.9);
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steel_agrees_with_its_own_ranges),
        cmocka_unit_test(tungsten_is_found),
    };
    if (!outside(STEEL) || !outside(TUNGSTEN))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
