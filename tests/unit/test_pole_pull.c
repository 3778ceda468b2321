// tests/unit/test_pole_pull.c: which poles symmetry holds in their places.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "recon/recon.h"

#include <math.h>

enum { MEMBERS = 6 };

static void pulls_of(const char *name, const int hkl[][3], size_t n, ia_pole_pull *out,
                     size_t *n_families)
{
    static ia_crystal crystal;
    ia_named_pole poles[MEMBERS] = {{.x = 0}};
    assert_int_equal(ia_crystal_parse(NULL, name, &crystal), IA_OK);
    for (size_t i = 0; i < n; i++)
        memcpy(poles[i].hkl, hkl[i], sizeof poles[i].hkl);
    *n_families = ia_pole_pulls(&crystal, poles, n, out);
}

// Site symmetry of the poles of m-3m: 4mm, 2mm and 3m hold them; m alone lets them move
// within it; 1 lets them go anywhere.
static void symmetry_says_which_poles_move(void **state)
{
    (void)state;
    static const int hkl[][3] = {{0, 0, 2}, {0, 2, 2}, {1, 1, 1},
                                 {1, 1, 3}, {0, 2, 4}, {1, 3, 5}};
    static const int kinds[] = {IA_PULL_NONE,   IA_PULL_NONE,   IA_PULL_NONE,
                                IA_PULL_FAMILY, IA_PULL_FAMILY, IA_PULL_ANY};
    ia_pole_pull pulls[MEMBERS];
    size_t n_families;
    pulls_of("fcc", hkl, 6, pulls, &n_families);
    assert_int_equal(n_families, 2);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pulls[i].kind, kinds[i]);
    static const int hexagonal[][3] = {{0, 0, 2}, {1, 0, 0}, {1, 1, 0}, {1, 0, 1}};
    pulls_of("hcp", hexagonal, 4, pulls, &n_families);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pulls[i].kind, IA_PULL_NONE);
    assert_int_equal(pulls[3].kind, IA_PULL_FAMILY);
}

// {113} move in the plane through them and the nearest {001}, all towards it or all away.
static void a_family_is_drawn_alike(void **state)
{
    (void)state;
    static const int hkl[][3] = {{1, 1, 3},  {-1, 1, 3},   {3, 1, 1},
                                 {1, -3, 1}, {-1, -1, -3}, {1, 1, -3}};
    ia_pole_pull pulls[MEMBERS];
    size_t n_families;
    double first = 0;
    pulls_of("fcc", hkl, MEMBERS, pulls, &n_families);
    assert_int_equal(n_families, 1);
    for (size_t i = 0; i < MEMBERS; i++) {
        double along = 0, length = 0, towards = 0;
        for (size_t c = 0; c < 3; c++) {
            along += pulls[i].aside[c] * pulls[i].normal[c];
            length += pulls[i].aside[c] * pulls[i].aside[c];
            if (abs(hkl[i][c]) == 3)
                towards = pulls[i].aside[c] * hkl[i][c] / 3;
        }
        first = i == 0 ? towards : first;
        assert_true(fabs(along) < 1e-9);
        assert_true(fabs(length - 1) < 1e-9);
        assert_true(fabs(towards - first) < 1e-9);
        assert_true(fabs(fabs(towards) - sqrt(2.0 / 11)) < 1e-9); // sine to <001>
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(symmetry_says_which_poles_move),
                                       cmocka_unit_test(a_family_is_drawn_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
