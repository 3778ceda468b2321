// tests/physics/test_multihit_tracks.c: are molecules that broke found, and how many?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hits_case.h"

enum { PEAKS = 5, EVENTS = 20000, SEEDS = 8 };

static hits_case c;

static const hits_peak peaks[PEAKS] = {{15.995, 0.02, 0.05, 0.25},
                                       {31.989, 0.03, 0.05, 0.1},
                                       {13.490, 0.02, 0.05, 0.2},
                                       {26.981, 0.03, 0.05, 0.25},
                                       {42.976, 0.04, 0.05, 0.1}};

static void set_ranges(ranging_case *r)
{
    SET_CASE(r, {"Al++", 13.2, 14.2, 1}, {"O+", 15.7, 16.7, 1}, {"Al+", 26.7, 28, 1},
             {"O2+", 31.7, 33, 1}, {"AlO+", 42.7, 44, 1});
}

// Two fragments of a parent (Da, elementary charges; 0: neutral), broken after the share
// x of the voltage. Energies are worked out here, not taken from the formula under test:
// the parent has x z_p V when it breaks and gives its fragments their share by mass; what
// is left of the voltage moves charged ones. m/n seems to be 2 V / v^2.
typedef struct {
    double mass[2];
    int charge[2];
} broken;

static void add_broken(ia_random *random, const broken *b)
{
    double whole = b->mass[0] + b->mass[1], charge = b->charge[0] + b->charge[1];
    double x = ia_random_uniform(random), mass[2];
    for (size_t k = 0; k < 2; k++) {
        double energy = x * charge * b->mass[k] / whole + (1 - x) * b->charge[k];
        mass[k] = b->mass[k] / energy * (1 + 1e-3 * ia_random_normal(random));
    }
    add_event(&c, mass, 2);
}

static ia_multihit ask(const ranging_case *r)
{
    const ia_peak_widths widths = {.width = 0.05, .power = 0.5, .n_used = 5};
    ia_multiples m = gather(&c);
    ia_multihit_input input = {&m, &r->ranges, &r->ranger, &widths};
    ia_multihit_params p = ia_multihit_defaults();
    ia_multihit out = {0};
    p.pair_most = 120;
    assert_int_equal(ia_multihit_compute(NULL, &input, &p, &out), IA_OK);
    ia_multiples_clear(&m);
    return out;
}

static void fill(uint64_t seed, const broken *b, size_t n_broken)
{
    ia_random random = ia_random_new(seed, 1);
    c.n = 0;
    for (size_t e = 0; e < EVENTS; e++) {
        double mass[2];
        if (b && e % (EVENTS / n_broken) == 0) {
            add_broken(&random, b);
            continue;
        }
        for (size_t i = 0; i < 2; i++)
            mass[i] = draw_ion(&random, peaks, PEAKS, 80);
        add_event(&c, mass, 2);
    }
}

static void check_found(const char *parent, const char *a, const char *b,
                        const broken *fragments)
{
    const size_t n_broken = 400; // 2 % of the pulses
    ranging_case r;
    set_ranges(&r);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        fill(seed, fragments, n_broken);
        ia_multihit out = ask(&r);
        const ia_track *t = &out.tracks[0];
        assert_true(t->is_significant);
        assert_string_equal(t->parent.name, parent);
        assert_string_equal(t->fragment[0].name, a);
        assert_string_equal(t->fragment[1].name, b);
        // Other tracks may cross this one; no stronger ones, and none of other pairs.
        for (size_t i = 1; i < out.n_tracks && out.tracks[i].is_significant; i++)
            assert_int_equal(out.tracks[i].same_as, 0);
        // The ends are kept off, so not all are counted; no more than were planted,
        // within what once in a thousand chance adds.
        assert_true(t->excess > 0.3 * (double)n_broken);
        assert_true(t->excess < (double)n_broken + 3.29 * t->sigma_excess);
        ia_multihit_clear(&out);
    }
}

static void charged_fragments_are_found(void **state)
{
    (void)state;
    const broken b = {{26.9815, 15.9949}, {1, 1}};
    check_found("AlO++", "O+", "Al+", &b);
}

static void neutral_fragments_are_found(void **state)
{
    (void)state;
    const broken b = {{26.9815, 15.9949}, {1, 0}};
    check_found("AlO+", "Al+", "O", &b);
}

static void nothing_planted_nothing_found(void **state)
{
    (void)state;
    ranging_case r;
    set_ranges(&r);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        fill(seed, NULL, 1);
        ia_multihit out = ask(&r);
        assert_true(out.n_tracks > 10);
        assert_false(out.tracks[0].is_significant);
        ia_multihit_clear(&out);
    }
}

// Ions that leave together because they were neighbours: a surplus of their pairs, no
// track.
static void bound_ions_are_a_pair_and_no_track(void **state)
{
    (void)state;
    ranging_case r;
    set_ranges(&r);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 2);
        fill(seed, NULL, 1);
        for (size_t e = 0; e < EVENTS / 20; e++) {
            double mass[] = {draw_peak(&random, &peaks[0]),
                             draw_peak(&random, &peaks[3])};
            add_event(&c, mass, 2);
        }
        ia_multihit out = ask(&r);
        const ia_pair_kind *first = &out.kinds[0];
        assert_true(first->is_significant && (double)first->counts > first->expected);
        assert_string_equal(r.ions[first->kind[0]].name, "O+");
        assert_string_equal(r.ions[first->kind[1]].name, "Al+");
        // 2,500 pairs of chance and 1,000 planted ones; the ions of these are dealt too:
        // 11,000 of each kind among 42,000 make 2,881 pairs. Both counts move by chance.
        assert_near((double)first->counts - first->expected, 3500 - 2881,
                    3.29 * (sqrt(2500) + first->sigma));
        assert_false(out.tracks[0].is_significant);
        ia_multihit_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charged_fragments_are_found),
        cmocka_unit_test(neutral_fragments_are_found),
        cmocka_unit_test(nothing_planted_nothing_found),
        cmocka_unit_test(bound_ions_are_a_pair_and_no_track),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
