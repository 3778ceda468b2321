// tests/unit/test_orientation_sides.c: whether two orientations on either side of a
// boundary are those of one crystal.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "detector/orientation_sides.h"

static const double degree = 0.017453292519943295, scatter = 1.2, icf_scatter = 0.03;

static fit turned(double angle)
{
    double c = cos(angle * degree), s = sin(angle * degree);
    fit f = {.rotation = {{c, -s, 0}, {s, c, 0}, {0, 0, 1}},
             .icf = 1.6,
             .score = 20,
             .variance = scatter * scatter * degree * degree};
    f.spread[3][3] = icf_scatter * icf_scatter;
    return f;
}

// Either turn has an error of 1.2 degrees about each axis, that between them 1.7. Bayes'
// rule: two crystals have any of 8 pi^2 / 24 radian^3 between them, one has 0, and the
// odds are even where exp(-turn^2 / (2 1.7^2)) / (2 pi 1.7^2)^1.5 is 24 / (8 pi^2), at
// 7.2 degrees. A tip of one crystal was told as two that are 5.6 degrees apart.
static void what_is_near_is_one_crystal(void **unused)
{
    static const struct {
        double turn;
        bool one;
    } cases[] = {{0, true}, {4, true}, {5.6, true}, {7, true}, {7.5, false}, {15, false}};
    (void)unused;
    ia_crystal fcc;
    CHECK_OK(NULL, ia_crystal_parse(NULL, "fcc", &fcc));
    const orient_search search = {
        .crystal = &fcc, .icf_least = 1.2, .icf_most = 2.2, .prior_icf = 0.15};
    const orient_zone_question question = {.search = &search};
    zones *z = calloc(1, sizeof *z);
    assert_non_null(z);
    z->q = &question;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const fit a = turned(10), b = turned(10 + cases[k].turn);
        bool one;
        double joint = sides_joint(z, &a, &b, &one);
        assert_int_equal(one, cases[k].one);
        assert_true(joint >= a.score + b.score + sides_agreement(z, &a, &b));
    }
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_near_is_one_crystal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
