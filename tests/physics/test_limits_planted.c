// tests/physics/test_limits_planted.c: is an element at its detection limit claimed as
// surely as is said, and does its upper limit hold?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits_case.h"

enum { PLANTS = 16, AT_ONCE = 4, SIZES = 3, SEEDS = 11 };
static const double sizes[SIZES] = {2e4, 2e5, 2e6};

// Elements and their usual split over charges, none of which the materials hold.
static const struct {
    const char *symbol;
    double split[3];
} plants[PLANTS] = {
    {"Na", {1}},           {"Sc", {0, 0.9, 0.1}}, {"Co", {0.1, 0.9}},
    {"Zn", {0.3, 0.7}},    {"As", {0.5, 0.5}},    {"Y", {0, 0.6, 0.4}},
    {"Nb", {0, 0.4, 0.6}}, {"Rh", {0.1, 0.9}},    {"In", {1}},
    {"Sn", {0.3, 0.7}},    {"Sb", {0.5, 0.5}},    {"Hf", {0, 0.2, 0.8}},
    {"Re", {0, 0.3, 0.7}}, {"Au", {0.6, 0.4}},    {"Li", {1}},
    {"Ag", {0.95, 0.05}},
};

// `share` of all ions, as atomic ions.
static void plant(drawn *d, size_t which, double share)
{
    for (unsigned charge = 1; charge <= 3; charge++) {
        ia_ion ion = ia_ion_of(plants[which].symbol);
        ion.charge = (uint8_t)charge;
        ia_ion_rename(&ion);
        if (plants[which].split[charge - 1] > 0)
            drawn_add_ion(d, ion.name, share * plants[which].split[charge - 1]);
    }
}

typedef struct {
    double claimed, covered, n;
} score;

// The limit is told by a spectrum without the element; another one with it is judged.
static void try_plants(const material *m, drawn *d, double n_ions, size_t seed, score *s)
{
    double ppm[AT_ONCE];
    size_t which[AT_ONCE];

    expect(m, d);
    drawn_draw(d, n_ions, 1000 + seed);
    ia_limits before = limits_of(m, d, n_ions);
    for (size_t j = 0; j < AT_ONCE; j++) {
        which[j] = (seed + 5 * j) % PLANTS;
        ppm[j] = row_for(&before, plants[which[j]].symbol)->detectable;
        plant(d, which[j], 1e-6 * ppm[j] * atoms_of(m));
    }
    drawn_draw(d, n_ions, 2000 + seed);
    ia_limits after = limits_of(m, d, n_ions);
    for (size_t j = 0; j < AT_ONCE; j++) {
        const ia_limit *row = row_for(&after, plants[which[j]].symbol);
        bool claimed = row->verdict == IA_LIMIT_ABOVE;
        bool covered = row->upper >= ppm[j];
        s->n++;
        s->claimed += claimed;
        s->covered += covered;
        if (getenv("IONATLAS_VERBOSE") && (!claimed || !covered))
            print_message("  %s at %.3g ppm %s: %.0f of %.1f +- %.1f, upper %.3g\n",
                          plants[which[j]].symbol, ppm[j], row->ion.name, row->counts,
                          row->expected, row->sigma, row->upper);
    }
    ia_limits_clear(&before);
    ia_limits_clear(&after);
}

// Detection limits promise 0.95, as do upper limits: 396 cases know that to 0.011; the
// limit is told by one spectrum and tried on another, and half-widths are estimated:
// 0.015.
static void limits_hold(void **state)
{
    (void)state;
    drawn d;
    score all = {0};

    drawn_begin(&d, BINS);
    for (size_t k = 0; k < MATERIALS; k++)
        for (size_t i = 0; i < SIZES; i++) {
            score s = {0};
            for (size_t seed = 0; seed < SEEDS; seed++)
                try_plants(&materials[k], &d, sizes[i], seed, &s);
            print_message("%s, %.0e ions: claimed %.3f, covered %.3f\n",
                          materials[k].name, sizes[i], s.claimed / s.n, s.covered / s.n);
            all.n += s.n;
            all.claimed += s.claimed;
            all.covered += s.covered;
        }
    print_message("claimed %.4f, covered %.4f of %.0f\n", all.claimed / all.n,
                  all.covered / all.n, all.n);
    assert_near(all.claimed / all.n, 0.95, 3.2905 * 0.011 + 0.015);
    assert_near(all.covered / all.n, 0.95, 3.2905 * 0.011 + 0.015);
    drawn_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
