// tests/physics/test_dead_strip.c: are narrow dead strips of a detector found, and
// nothing where there is none?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "poles_case.h"

#include "detector/hit_doubts.h"

static const double radius = 38;
enum { HITS = 50000 };

// Hits of a disc; `keeps` of them within half `width` of a line at an angle and `offset`
// from the middle, up to `until` along it; mm.
typedef struct {
    double angle, offset, width, until, keeps;
} strip;

static float hits[2 * HITS];

static ia_dead_strip look_for_strip(void)
{
    const ia_hit_sample sample = {hits, HITS, 0, HITS, 1};
    ia_dead_strip found;
    CHECK_OK(NULL, ia_dead_strip_find(NULL, &sample, (double[2]){0, 0}, radius, &found));
    return found;
}

static ia_dead_strip find(const strip *s, const poles_hole *holes, size_t n_holes,
                          uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < HITS;) {
        double r = radius * sqrt(ia_random_uniform(&random));
        double turn = 2 * M_PI * ia_random_uniform(&random), stays = 1;
        double x = r * cos(turn), y = r * sin(turn);
        double across = x * cos(s->angle) + y * sin(s->angle) - s->offset;
        double along = y * cos(s->angle) - x * sin(s->angle);
        if (fabs(across) < s->width / 2 && along < s->until)
            stays = s->keeps;
        if (ia_random_uniform(&random) >= stays * poles_stay(holes, n_holes, x, y))
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
    return look_for_strip();
}

// 0.5 to 3 mm wide, at any angle, across the detector or part of it, with up to 5 % of
// the hits left: in its place within half a mm and 2 degrees, its width within 0.5 mm
// (bins of 0.25 mm, steps of widths).
static void strips_are_found(void **state)
{
    (void)state;
    static const strip strips[] = {{0, 5, 0.5, 99, 0},       {0.7, -12, 1, 99, 0.02},
                                   {1.57, 0.1, 2, 99, 0.05}, {2.3, 9, 3, 99, 0.02},
                                   {0.3, -4, 0.8, 2, 0},     {2.9, 20, 1.5, 99, 0.05}};
    for (size_t k = 0; k < (IS_SLOWED ? 1 : sizeof strips / sizeof strips[0]); k++) {
        const strip *s = &strips[k];
        ia_dead_strip f = find(s, NULL, 0, k + 1);
        double turn = remainder(f.angle - s->angle, M_PI);
        double sign = fabs(remainder(f.angle - s->angle, 2 * M_PI)) > 1 ? -1 : 1;
        print_message("%.1f mm: p %.2g, width %.2f, off %.2f mm, %.2f degrees, length "
                      "%.0f, left %.2g\n",
                      s->width, f.p, f.width, sign * f.offset - s->offset,
                      turn * 180 / M_PI, f.length, f.left);
        assert_true(f.p < 1e-6);
        assert_true(fabs(f.width - s->width) <= 0.5);
        assert_true(fabs(turn) < 2 * M_PI / 180);
        assert_true(fabs(sign * f.offset - s->offset) < 0.5);
    }
}

// p of a bound is no lower than chance has it: of even maps, of maps with lines of half
// the density and of poles that are wide and empty none is told.
static void no_strip_is_none(void **state)
{
    (void)state;
    const strip none = {0, 0, 0, 0, 1}, zone = {0.4, 8, 1.5, 99, 0.5};
    poles_hole empty[8];
    for (size_t i = 0; i < 8; i++)
        empty[i] =
            (poles_hole){25 * cos(0.8 * (double)i), 25 * sin(0.8 * (double)i), 2.5, 0.97};
    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 1 : 12); seed++) {
        double p[3] = {find(&none, NULL, 0, seed).p, find(&zone, NULL, 0, seed).p,
                       find(&none, empty, 8, seed).p};
        for (size_t k = 0; k < 3; k++) {
            if (p[k] < 0.05)
                print_message("case %zu, seed %d: p %.2g\n", k, (int)seed, p[k]);
            assert_true(p[k] >= 0.001);
        }
    }
}

// Hits of an even disc on rows `apart`, where nothing blurs them, but not within half of
// 0.6 mm of three lines at a third of a turn, at some distance from the middle.
static double odds_of_rows(double apart, double lines, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < HITS;) {
        double r = radius * sqrt(ia_random_uniform(&random));
        double turn = 2 * M_PI * ia_random_uniform(&random);
        double x = r * cos(turn), y = r * sin(turn);
        bool is_on = false;
        if (apart > 0)
            y = apart * (round(y / apart) + 0.1 * (ia_random_uniform(&random) - 0.5));
        for (size_t k = 0; k < 3 && lines > 0; k++) {
            double way = 0.3 + 2 * M_PI / 3 * (double)k;
            is_on |= fabs(x * cos(way) + y * sin(way) - lines) < 0.3;
        }
        if (is_on)
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
    return look_for_strip().odds;
}

// Gaps between rows of atoms stand side by side, at whatever distance, and empty zone
// lines come in families: neither is a dead strip, though each by itself looks like one.
static void lattices_have_none(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < (IS_SLOWED ? 1 : 8); k++)
        assert_true(odds_of_rows(0.6 + 0.2 * (double)k, 0, 50 + k) == 0);
    assert_true(odds_of_rows(0, 7, 60) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_are_found),
        cmocka_unit_test(no_strip_is_none),
        cmocka_unit_test(lattices_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
