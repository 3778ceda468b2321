// tests/physics/test_limits_late.c: are absent elements claimed as often as is said where
// many ions are late?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits_case.h"

enum { SEEDS = 10 };
static const double IONS = 1e7, LATE = 0.3;

// Three in ten ions are late: the decays of which the background makes its kernel cannot
// follow their tails as closely as ten million ions are counted.
static void expect_late(const material *m, double slow, drawn *d)
{
    double left = 1;

    memset(d->expected, 0, d->n_bins * sizeof *d->expected);
    d->late = LATE;
    d->slow = slow;
    for (size_t i = 0; i < count_ions(m); i++) {
        drawn_add_ion(d, m->list[i].ion, m->list[i].share);
        left -= m->list[i].share;
    }
    drawn_add_noise(d, left);
}

// Of some 65 absent elements in each spectrum, the share that is claimed. `slow` is the
// decay of the late ions, Da^1/2 of flight.
static double claimed_of(double slow, size_t seeds)
{
    drawn d;
    double claimed = 0, looked = 0;

    drawn_begin(&d, BINS);
    for (size_t k = 0; k < MATERIALS; k++) {
        const material *m = &materials[k];
        double here = 0, all = 0;
        expect_late(m, slow, &d);
        for (size_t seed = 1; seed <= seeds; seed++) {
            drawn_draw(&d, IONS, seed);
            ia_limits l = limits_of(m, &d, IONS);
            for (size_t e = 0; e < l.n; e++) {
                if (is_in(m, l.list[e].z) || l.list[e].n == 0)
                    continue;
                all++;
                here += l.list[e].verdict == IA_LIMIT_ABOVE;
            }
            ia_limits_clear(&l);
        }
        print_message("%s: %.4f of %.0f\n", m->name, here / all, all);
        claimed += here;
        looked += all;
    }
    print_message("decay %g: %.4f of %.0f\n", slow, claimed / looked, looked);
    drawn_end(&d);
    return claimed / looked;
}

// Asked for is 0.05, or less. As in test_limits_known.c, where 51 spectra know a rate to
// 0.0084, 30 know it to 0.011. If counting were all that the background is unsure of,
// 0.10 would be claimed.
static void misfit_of_late_ions_is_no_element(void **state)
{
    (void)state;
    assert_true(claimed_of(0.1, SEEDS) < 0.05 + 3.2905 * 0.011);
}

// Decays from a width of a peak to where neighbouring peaks drown: half as many again as
// asked for. With what lies beside ranges, of which there are none here, for a background
// it was 0.45 of the slowest.
static void fast_and_slow_late_ions_are_no_element(void **state)
{
    (void)state;
    const double decays[] = {0.03, 0.06, 0.2, 0.3};
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++)
        assert_true(claimed_of(decays[i], 2) < 1.5 * 0.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misfit_of_late_ions_is_no_element),
        cmocka_unit_test(fast_and_slow_late_ions_are_no_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
