// tests/unit/test_deuterium_pairs.c: what the ions of a pair share, and what they keep.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/deuterium.h"

enum { FIRST, IRON, HELIUM, SECOND, N_IONS };

static const double counts[N_IONS] = {300, 9000, 500, 100};

// D2+, Fe+, He+ and H2D+, each with the error of counting; He+ and the pair are hard to
// part, and the two of the pair far harder.
static void make(double probability, ia_deconvolution *d)
{
    static const char *const names[N_IONS] = {"D2+", "Fe+", "He+", "H2D+"};
    const double parted = 400, beside = 900;
    double *overlap;

    *d = (ia_deconvolution){.n_ions = N_IONS};
    d->ions = calloc(N_IONS, sizeof *d->ions);
    d->change = calloc(N_IONS * N_IONS, sizeof *d->change);
    d->response = calloc(1, sizeof *d->response);
    for (size_t p = 0; p < IA_ERROR_PARTS; p++)
        d->covariance[p] = calloc(N_IONS * N_IONS, sizeof(double));
    for (size_t k = 0; k < N_IONS; k++) {
        d->ions[k] = (ia_solved){
            .ion = ia_ion_of(names[k]), .counts = counts[k], .probability = 1};
        d->covariance[IA_ERROR_COUNTING][k * N_IONS + k] = counts[k];
    }
    d->ions[FIRST].probability = d->ions[SECOND].probability = probability;
    overlap = d->covariance[IA_ERROR_OVERLAP];
    overlap[FIRST * N_IONS + FIRST] = overlap[SECOND * N_IONS + SECOND] = 2e4 + parted;
    overlap[FIRST * N_IONS + SECOND] = overlap[SECOND * N_IONS + FIRST] = -2e4 + 200;
    overlap[HELIUM * N_IONS + HELIUM] = beside;
    for (int side = 0; side < 2; side++) {
        size_t k = side == 0 ? FIRST : SECOND;
        overlap[k * N_IONS + HELIUM] = overlap[HELIUM * N_IONS + k] = -beside / 2;
    }
}

// All that lies at 4 Da, but for He+, is D2+ (share 1) or as `parts` have it.
static ia_hydrogen light_of(double share)
{
    ia_hydrogen h = {.n_hydrides = 0};
    h.peaks[3].counts = counts[FIRST] + counts[SECOND];
    h.pairs[2] = (ia_light_pair){.nominal = 4, .share = share, .there = {1, 1}};
    h.pairs[2].parts[2] = (ia_share_part){1, share, 0};
    return h;
}

static double covariance(const ia_deconvolution *d, size_t i, size_t k)
{
    return d->covariance[IA_ERROR_OVERLAP][i * N_IONS + k];
}

// What He+ has too many the pair has too few: the sum of all is as sure as it was, and
// how hard the two are to part from each other adds nothing to it.
static void neighbours_keep_what_they_share(void **unused)
{
    (void)unused;
    const double share = 0.75;
    ia_hydrogen h = light_of(share);
    ia_deconvolution d;
    double sum = 0;

    make(1, &d);
    ia_deuterium_share(&h, &d);
    for (size_t i = 0; i < N_IONS; i++)
        for (size_t k = 0; k < N_IONS; k++)
            sum += covariance(&d, i, k);
    assert_true(fabs(covariance(&d, HELIUM, FIRST) + 900 * share) < 1e-9);
    assert_true(fabs(covariance(&d, FIRST, HELIUM) + 900 * share) < 1e-9);
    assert_true(fabs(covariance(&d, HELIUM, SECOND) + 900 * (1 - share)) < 1e-9);
    assert_true(fabs(covariance(&d, FIRST, FIRST) - 900 * share * share) < 1e-9);
    assert_true(fabs(sum) < 1e-9);
    ia_deconvolution_clear(&d);
}

// D2+ that is there with probability p: with probability 1 - p there is no 2H at all.
// The root of (1 - p) of what is told, the change of the other errors aside (1 %).
static void a_pair_may_not_be_there(void **unused)
{
    (void)unused;
    for (double p = 0.6; p < 0.99; p += 0.1) {
        ia_hydrogen h = light_of(1);
        ia_deconvolution d;
        ia_composition found = {0};
        make(p, &d);
        ia_deuterium_share(&h, &d);
        assert_int_equal(ia_composition_solve(NULL, &d, NULL, NULL, NULL, &found), IA_OK);
        for (size_t i = 0; i < found.n_elements; i++) {
            const ia_fraction *row = &found.elements[i];
            if (strcmp(row->name, "2H") != 0)
                continue;
            double expected = sqrt(1 - p) * row->corrected_percent;
            if (fabs(row->error.identification - expected) > 0.02 * expected)
                fail_msg("p %g: %g, not %g", p, row->error.identification, expected);
            assert_true(row->error.lo == 0 && row->error.hi > row->corrected_percent);
        }
        ia_composition_clear(&found);
        ia_deconvolution_clear(&d);
    }
}

// By the accounts of their group either is there, whichever of them it is.
static void either_is_told_by_accounts(void **unused)
{
    (void)unused;
    ia_account accounts[] = {{0, 1, "Fe+ Fe++"},
                             {1, 0.5, "2H+"},
                             {1, 0.3, "H2+"},
                             {1, 0.1, "2H+ H2+"},
                             {1, 0.1, "He++"}};
    const ia_assignment found = {.accounts = accounts, .n_accounts = 5};
    ia_ion ions[2 + IA_SHARED_MOST] = {ia_ion_of("Fe+"), ia_ion_of("D+")};
    double probability[2 + IA_SHARED_MOST] = {1, 0.6};
    size_t n = 2;

    ia_deuterium_add(&found, ions, probability, &n);
    assert_int_equal(n, 3);
    assert_string_equal(ions[2].name, "H2+");
    assert_true(fabs(probability[1] - 0.9) < 1e-12);
    assert_true(fabs(probability[2] - 0.9) < 1e-12);
}

// "H 2H+" is another ion than "2H+": its group says nothing of D+.
static void a_longer_name_is_another_ion(void **unused)
{
    (void)unused;
    ia_account accounts[] = {{0, 0.55, "2H+"}, {0, 0.45, "He++"}, {1, 1, "H 2H+"}};
    const ia_assignment found = {.accounts = accounts, .n_accounts = 3};
    ia_ion ions[1 + IA_SHARED_MOST] = {ia_ion_of("D+")};
    double probability[1 + IA_SHARED_MOST] = {0.55};
    size_t n = 1;

    ia_deuterium_add(&found, ions, probability, &n);
    assert_true(fabs(probability[0] - 0.55) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_keep_what_they_share),
        cmocka_unit_test(a_pair_may_not_be_there),
        cmocka_unit_test(either_is_told_by_accounts),
        cmocka_unit_test(a_longer_name_is_another_ion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
