// tests/physics/test_pole_rings.c: poles of which only a ring is seen, and what noise
// makes of rings.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

static const double at[2] = {9, -7}, radius = 38;

// What a pole at `at` does to the density there, with `share` more or less in a ring of
// 3 mm radius and 0.8 mm width and in a core of 1.2 mm.
typedef struct {
    double ring, core;
} pattern;

static void map_pole(const pattern *look, size_t n, size_t cells, uint64_t seed,
                     ia_hitmap *map)
{
    ia_random random = ia_random_new(seed, 0);
    ia_hitmap_params params = ia_hitmap_defaults();
    ia_ranges none = {0};
    ia_ranger nobody = {0};
    ia_ions ions = {0};
    CHECK_OK(NULL, ia_ions_new(NULL, n, 1u << IA_DET_XY, &ions));
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < n;) {
        double r = radius * sqrt(ia_random_uniform(&random));
        double turn = 2 * M_PI * ia_random_uniform(&random);
        double x = r * cos(turn), y = r * sin(turn), d = hypot(x - at[0], y - at[1]);
        double ring = exp(-0.5 * (d - 3) * (d - 3) / (0.8 * 0.8));
        double core = exp(-0.5 * d * d / (1.2 * 1.2));
        if (2 * ia_random_uniform(&random) >= 1 + look->ring * ring + look->core * core)
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
    params.map_cells = cells;
    CHECK_OK(NULL, ia_hitmap_compute(NULL, &(ia_hitmap_input){&ions, &none, &nobody},
                                     &params, map));
    ia_ions_clear(&ions);
}

// How many of `maps` show it within 1 mm (a third of its radius) with that shape and
// sign; and how many poles elsewhere.
typedef struct {
    size_t right, seen, elsewhere;
} tally;

static tally find(const pattern *look, int ring_look, int shape, bool bright)
{
    enum { MAPS = IS_SLOWED ? 1 : 12, HITS = 60000, CELLS = 60 };
    tally t = {0};
    ia_pole_params params = ia_pole_defaults();
    params.n_noise_maps = 49;
    params.ring_look = ring_look;
    for (uint64_t seed = 1; seed <= MAPS; seed++) {
        ia_hitmap map = {0};
        ia_found_poles found;
        map_pole(look, HITS, CELLS, 3000 + seed, &map);
        CHECK_OK(NULL, ia_poles_find(NULL, &map, &params, &found));
        for (size_t i = 0; i < found.n; i++) {
            const ia_found_pole *p = &found.poles[i];
            bool is_near = hypot(p->at.x - at[0], p->at.y - at[1]) < 1;
            t.seen += is_near;
            t.elsewhere += !is_near;
            t.right += is_near && p->shape == shape && p->bright == bright;
        }
        ia_found_poles_clear(&found);
        ia_hitmap_clear(&map);
    }
    print_message("%s %s: %zu of %d, with any shape %zu, elsewhere %zu\n",
                  bright ? "bright" : "dark", shape ? "ring" : "blob", t.right, MAPS,
                  t.seen, t.elsewhere);
    return t;
}

// At least so many of the maps must show it, and at most so many a pole elsewhere: what
// chance misses once in 1,000 by the binomial law, from the shares that 60 other maps
// had (seeds 2001 to 2060).
static void check_tally(tally t, size_t fewest)
{
    assert_true(t.right >= (IS_SLOWED ? 0 : fewest));
    assert_true(t.elsewhere <= 5); // at most 6 of 60
}

// A ring with 60 % more hits, z = 8: differences of Gaussians for dark places see none of
// it. With as much less, the ring stands out more than the dark place that it makes.
static void rings_are_found(void **state)
{
    (void)state;
    const pattern bright = {0.6, 0}, dark = {-0.6, 0};
    check_tally(find(&bright, IA_RINGS_BOTH, IA_POLE_RING, true), 6); // 52 of 60
    // By chance a dark pole may lie there as elsewhere.
    assert_true(find(&bright, IA_RINGS_NONE, IA_POLE_BLOB, false).right <= 4);
    check_tally(find(&dark, IA_RINGS_BOTH, IA_POLE_RING, false), 6); // 51 of 60
}

// A core is told as one, with or without a ring of the other sign.
static void cores_stay_blobs(void **state)
{
    (void)state;
    const pattern hole = {0, -0.9}, ringed = {0.4, -0.8};
    check_tally(find(&hole, IA_RINGS_BOTH, IA_POLE_BLOB, false), 8);   // 57 of 60
    check_tally(find(&ringed, IA_RINGS_BOTH, IA_POLE_BLOB, false), 4); // 45 of 60
}

// On even maps p of the strongest place is even between 0 and 1: of 200 maps at 0.05 10
// are expected, and less than 2 or more than 21 once in 1,000; at 0.5 100, and less than
// 77 or more than 123 (binomial law). Poles come on no more than those, as not every
// place has the shape of one.
static void noise_makes_no_rings(void **state)
{
    (void)state;
    enum { MAPS = IS_SLOWED ? 4 : 200 };
    size_t low = 0, half = 0, shown = 0;
    const pattern nothing = {0, 0};
    ia_pole_params params = ia_pole_defaults();
    params.n_noise_maps = 39;
    params.pole_level = 0.05;
    params.ring_look = IA_RINGS_BOTH;
    for (uint64_t seed = 1; seed <= MAPS; seed++) {
        ia_hitmap map = {0};
        ia_found_poles found;
        map_pole(&nothing, 8000, 32, 9000 + seed, &map);
        params.noise_seed = seed;
        CHECK_OK(NULL, ia_poles_find(NULL, &map, &params, &found));
        low += found.p_poles <= 0.0501;
        half += found.p_poles <= 0.501;
        shown += found.n > 0;
        ia_found_poles_clear(&found);
        ia_hitmap_clear(&map);
    }
    print_message("of %d maps: p <= 0.05 on %zu, <= 0.5 on %zu, poles on %zu\n", MAPS,
                  low, half, shown);
    if (MAPS == 200) {
        assert_in_range(low, 2, 21);
        assert_in_range(half, 77, 123);
    }
    assert_true(shown <= low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_found),
        cmocka_unit_test(cores_stay_blobs),
        cmocka_unit_test(noise_makes_no_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
