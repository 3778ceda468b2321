// tests/physics/test_limits_known.c: are elements that are absent claimed as often as is
// said?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits_case.h"

enum { SIZES = 4, SEEDS = 9 };
static const double sizes[SIZES] = {1e4, 1e5, 1e6, 1e7};

// Some 65 absent elements in each of 108 spectra. Asked for is 0.05, within a factor of
// 1.5. Elements share background and, some of them, windows: if 5 of the 65 are alike in
// a spectrum, 27 spectra know a rate of 0.05 to 0.0115; three and a third of it are
// added for one number of ions, half of that for all four.
static void absent_elements_are_claimed_as_often_as_said(void **state)
{
    (void)state;
    drawn d;
    double claimed[SIZES] = {0}, looked[SIZES] = {0}, all[2] = {0};

    drawn_begin(&d, BINS);
    for (size_t k = 0; k < MATERIALS; k++) {
        const material *m = &materials[k];
        expect(m, &d);
        for (size_t i = 0; i < SIZES * SEEDS; i++) {
            size_t size = i / SEEDS;
            drawn_draw(&d, sizes[size], 1 + i % SEEDS);
            ia_limits l = limits_of(m, &d, sizes[size]);
            for (size_t e = 0; e < l.n; e++) {
                if (is_in(m, l.list[e].z) || l.list[e].n == 0)
                    continue;
                looked[size]++;
                claimed[size] += l.list[e].verdict == IA_LIMIT_ABOVE;
            }
            ia_limits_clear(&l);
        }
    }
    for (size_t i = 0; i < SIZES; i++) {
        double rate = claimed[i] / looked[i];
        print_message("%.0e ions: %.4f of %.0f\n", sizes[i], rate, looked[i]);
        assert_true(rate > 0.05 / 1.5 - 3.2905 * 0.0115);
        assert_true(rate < 0.05 * 1.5 + 3.2905 * 0.0115);
        all[0] += claimed[i];
        all[1] += looked[i];
    }
    assert_true(all[0] / all[1] > 0.05 / 1.5 && all[0] / all[1] < 0.05 * 1.5);
    drawn_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_elements_are_claimed_as_often_as_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
