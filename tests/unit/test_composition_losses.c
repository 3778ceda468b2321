// tests/unit/test_composition_losses.c: what a dead detector lost goes to the ions whose
// ranges lost it, where overlaps are solved for as well.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"
#include "solve_case.h"

// 90000 Fe++ in two ranges, 5000 C+, 2000 O+. Iron lost 10 of 100 ions counted in one
// range and none of 10 in the other: a part in eleven, whatever the counts of its peak.
static void lost_ions_are_added_in_proportion(void **state)
{
    (void)state;
    const double amounts[] = {90000, 5000, 2000};
    uint64_t counted[] = {50, 20, 10, 100};
    double lost[] = {0, 0, 0, 10}, sigma_lost[] = {0, 0, 0, 2};
    const ia_range_counts counts = {
        .counts = counted, .n = 4, .lost = lost, .sigma_lost = sigma_lost};
    ia_ranges ranges = {0};
    ia_ranger ranger = {0};
    solve_case c;
    ia_composition a = {0}, b = {0};

    add_range(&ranges, "C+", 11.9, 12.1);
    add_range(&ranges, "O+", 15.9, 16.1);
    add_range(&ranges, "Fe++", 26.9, 27.1);
    add_range(&ranges, "Fe++", 27.9, 28.1);
    assert_int_equal(ia_ranger_build(NULL, &ranges, &ranger), IA_OK);
    set_solve_case(&c, exact_spectrum("Fe++,C+,O+", amounts, 10), "Fe++,C+,O+");
    ia_deconvolution d = solve(&c);
    assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, &a), IA_OK);
    assert_int_equal(ia_composition_solve(NULL, &d, &ranges, &ranger, &counts, &b),
                     IA_OK);

    const ia_fraction *was = element_of(&a, "Fe"), *is = element_of(&b, "Fe");
    assert_near(is->corrected_counts, was->corrected_counts * 12 / 11, 1e-6);
    double sigma =
        hypot(was->sigma_corrected_counts * 12 / 11, was->corrected_counts * 2 / 110);
    assert_near(is->sigma_corrected_counts, sigma, 1e-3 * sigma);
    const ia_fraction *carbon = element_of(&b, "C");
    assert_near(carbon->corrected_counts, element_of(&a, "C")->corrected_counts, 1e-9);
    double all = is->corrected_counts + carbon->corrected_counts +
                 element_of(&b, "O")->corrected_counts;
    assert_near(is->corrected_percent, 100 * is->corrected_counts / all, 1e-9);
    assert_true(is->error.hi - is->error.lo > was->error.hi - was->error.lo);

    ia_composition_clear(&a);
    ia_composition_clear(&b);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_ions_are_added_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
