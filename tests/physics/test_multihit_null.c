// tests/physics/test_multihit_null.c: do independent ions make pairs or broken molecules?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hits_case.h"

enum { PEAKS = 6, RUNS = 120 };

static hits_case c;

// A made-up oxide: peaks with thermal tails on ions that are flat in time of flight.
static const hits_peak peaks[PEAKS] = {{16, 0.02, 0.1, 0.2},    {32, 0.03, 0.2, 0.1},
                                       {13.5, 0.02, 0.1, 0.15}, {27, 0.03, 0.2, 0.25},
                                       {21.5, 0.02, 0.1, 0.1},  {43, 0.04, 0.2, 0.05}};

static void set_ranges(ranging_case *r)
{
    SET_CASE(r, {"Al++", 13.2, 14.2, 1}, {"O+", 15.7, 16.7, 1}, {"AlO++", 21.2, 22.2, 1},
             {"Al+", 26.7, 28, 1}, {"O2+", 31.7, 33, 1}, {"AlO+", 42.7, 44, 1});
}

// Pulses of two and three independent ions; along the run one kind grows more frequent,
// as in a layered specimen, so that the ions of one pulse are alike without being bound.
static void fill(uint64_t seed, size_t n_events)
{
    ia_random random = ia_random_new(seed, 0);
    c.n = 0;
    for (size_t e = 0; e < n_events; e++) {
        double mass[3], drift = 0.3 * (double)e / (double)n_events;
        size_t n = e % 5 == 0 ? 3 : 2;
        for (size_t i = 0; i < n; i++)
            mass[i] = ia_random_uniform(&random) < drift
                          ? draw_peak(&random, &peaks[3])
                          : draw_ion(&random, peaks, PEAKS, 80);
        add_event(&c, mass, n);
    }
}

// Runs with a false pair, a false track or a false cell. Each is asked for at a level of
// 5 %, 6 runs in 120; 15 is what a binomial count exceeds once in a thousand. The level
// is a bound: counts are whole numbers and Holm's correction allows for any dependence.
static void independent_ions_pass_at_the_level_asked_for(void **state)
{
    (void)state;
    const ia_peak_widths widths = {.width = 0.06, .power = 0.5, .n_used = 5};
    ranging_case r;
    size_t pairs = 0, tracks = 0, cells = 0, tested = 0;
    set_ranges(&r);
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        ia_multihit_params p = ia_multihit_defaults();
        ia_multihit out = {0};
        p.level = 0.05;
        fill(seed, 8000);
        ia_multiples m = gather(&c);
        ia_multihit_input input = {&m, &r.ranges, &r.ranger, &widths};
        assert_int_equal(ia_multihit_compute(NULL, &input, &p, &out), IA_OK);
        pairs += out.kinds[0].is_significant;
        tracks += out.tracks[0].is_significant;
        cells += out.n_hot > 0;
        tested += out.n_tracks;
        ia_multihit_clear(&out);
        ia_multiples_clear(&m);
    }
    if (getenv("IONATLAS_VERBOSE"))
        print_message("%zu pairs, %zu tracks of %zu, %zu cells\n", pairs, tracks,
                      tested / RUNS, cells);
    assert_true(tested / RUNS > 20);
    assert_in_range(pairs, 0, 15);
    assert_in_range(tracks, 0, 15);
    assert_in_range(cells, 0, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_ions_pass_at_the_level_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
