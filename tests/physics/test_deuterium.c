// tests/physics/test_deuterium.c: is deuterium told from hydrogen where the spectrum can,
// bounded where it cannot, and not found where there is none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hydrogen_case.h"

enum { SPECTRA = 30 };

typedef struct {
    size_t n_covered, n_parted, n_called, n_below_limit; // called: p < 0.05
    double mean, sd;
} tally;

// D+ and H2+ beside 20,000 H+ on a level of 2,000 ions per Da.
static tally measure(double resolving_power, double deuterium, double hydrogen,
                     const ia_hydrogen_params *params)
{
    static light_case c;
    tally t = {0};
    double sum = 0, squares = 0;

    for (uint64_t seed = 1; seed <= SPECTRA; seed++) {
        ia_hydrogen h = {.n_hydrides = 0};
        set_light(&c, resolving_power, seed);
        add_line(&c, H1, 20000);
        add_line(&c, D1, deuterium);
        add_line(&c, H2, hydrogen);
        add_level(&c, 2000);
        assert_int_equal(ia_hydrogen_compute(NULL, &c.input, params, &h), IA_OK);
        const ia_light_pair *d = &h.pairs[0];
        t.n_covered += d->interval[0][0] <= deuterium && deuterium <= d->interval[0][1];
        t.n_parted += d->is_parted;
        t.n_called += d->p < 0.05;
        t.n_below_limit += deuterium <= d->upper;
        sum += d->counts[0];
        squares += d->counts[0] * d->counts[0];
        ia_hydrogen_clear(&h);
        clear_light(&c);
    }
    t.mean = sum / SPECTRA;
    t.sd = sqrt((squares - sum * t.mean) / (SPECTRA - 1));
    if (getenv("IONATLAS_VERBOSE"))
        print_message("m/dm %g D %g H2 %g: covered %zu parted %zu called %zu limit %zu, "
                      "mean %.1f sd %.1f\n",
                      resolving_power, deuterium, hydrogen, t.n_covered, t.n_parted,
                      t.n_called, t.n_below_limit, t.mean, t.sd);
    return t;
}

// Of 30 intervals of 95 % a correct program has 24 or more that hold the truth, 999 times
// in 1,000, and of 30 tests at 5 % no more than 6 that pass by chance.
enum { COVERED_LEAST = 24, CALLED_MOST = 6 };

static void deuterium_is_measured_where_lines_are_parted(void **state)
{
    (void)state;
    tally t = measure(3000, 150, 100, NULL);
    assert_true(t.n_covered >= COVERED_LEAST);
    assert_true(t.n_parted >= 28); // what else should be parted?
    assert_true(t.n_called == SPECTRA);
    // The mean of thirty: 3.3 sd / sqrt(30) is passed once in 1,000.
    assert_true(fabs(t.mean - 150) < 0.60 * t.sd);
    // Counting alone would have sqrt(150 + background); a scatter of 30 is known to 13 %.
    assert_true(t.sd > 0.7 * sqrt(150) && t.sd < 2 * sqrt(150));
}

static void none_is_found_where_there_is_none(void **state)
{
    (void)state;
    ia_hydrogen_params p = ia_hydrogen_defaults();
    p.scale_error = 0.0003; // a fifth of the distance of the lines
    tally t = measure(3000, 0, 150, &p);
    assert_true(t.n_called <= CALLED_MOST && t.n_covered >= COVERED_LEAST);
    t = measure(500, 0, 250, NULL);
    assert_true(t.n_called <= CALLED_MOST && t.n_covered >= COVERED_LEAST);
}

// What lies at 2 Da is then all deuterium, or none of it, for all one knows.
static void it_is_bounded_where_lines_are_not_parted(void **state)
{
    (void)state;
    tally t = measure(500, 150, 100, NULL);
    assert_true(t.n_covered >= COVERED_LEAST && t.n_below_limit >= COVERED_LEAST);
    assert_int_equal(t.n_parted, 0);
}

static void an_uncharged_specimen_parts_what_the_spectrum_cannot(void **state)
{
    (void)state;
    ia_hydrogen_params p = ia_hydrogen_defaults();
    p.reference_m2 = 0.005; // 100 H2+ for 20,000 H+
    p.reference_m2_sigma = 0.0005;
    tally t = measure(500, 150, 100, &p);
    assert_true(t.n_covered >= COVERED_LEAST);
    assert_true(t.n_parted >= 28 && t.n_called == SPECTRA);
    assert_true(fabs(t.mean - 150) < 0.60 * t.sd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deuterium_is_measured_where_lines_are_parted),
        cmocka_unit_test(none_is_found_where_there_is_none),
        cmocka_unit_test(it_is_bounded_where_lines_are_not_parted),
        cmocka_unit_test(an_uncharged_specimen_parts_what_the_spectrum_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
