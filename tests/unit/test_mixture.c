// tests/unit/test_mixture.c: weights of known patterns found from counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "spectrum/mixture.h"

enum { WINDOWS = 40 };

typedef struct {
    ia_window list[WINDOWS];
    ia_windows windows;
    ia_mixture mixture;
} scene;

// Counts of a level and of a decay.
static void set_scene(scene *s, double level, double decay)
{
    memset(s, 0, sizeof *s);
    s->windows = (ia_windows){.list = s->list, .n = WINDOWS, .spread = 1};
    assert_int_equal(ia_mixture_build(NULL, 2, &s->windows, &s->mixture), IA_OK);
    for (size_t w = 0; w < WINDOWS; w++) {
        s->mixture.pattern[w] = 1;
        s->mixture.pattern[WINDOWS + w] = exp(-0.2 * (double)w);
        s->list[w].count = round(level + decay * s->mixture.pattern[WINDOWS + w]);
    }
}

static void weights_of_a_sum_are_found(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 100, 5000);
    ia_mixture_fit(&s.mixture, &s.windows, 1e-12);
    assert_near(s.mixture.theta[0], 100, 0.5);
    assert_near(s.mixture.theta[1], 5000, 5);
    for (size_t w = 0; w < WINDOWS; w++)
        assert_near(s.list[w].mean, s.list[w].count, 1);
    ia_mixture_clear(&s.mixture);
}

// The information must be the sums over x y / mean, and nothing pulls at what was fitted.
static void the_reach_is_that_of_poisson_counts(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 100, 5000);
    ia_mixture_fit(&s.mixture, &s.windows, 1e-12);
    double aa = 0, ab = 0, bb = 0;
    for (size_t w = 0; w < WINDOWS; w++) {
        double x = s.mixture.pattern[WINDOWS + w], mean = s.list[w].mean;
        aa += 1 / mean;
        ab += x / mean;
        bb += x * x / mean;
    }
    const ia_reach *r = &s.mixture.reach;
    assert_near(r->information[0], aa, 1e-3 * aa);
    assert_near(r->information[1], ab, 1e-3 * ab);
    assert_near(r->information[3], bb, 1e-3 * bb);
    assert_near(r->slope[0], 0, 1e-3 * sqrt(aa));
    assert_near(r->slope[1], 0, 1e-3 * sqrt(bb));
    assert_true(r->theta[1] == s.mixture.theta[1]);
    ia_mixture_clear(&s.mixture);
}

static void a_pattern_that_is_not_there_has_no_weight(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 100, 0);
    s.list[0].count = 70; // fewer than the level, where the decay would be largest
    ia_mixture_fit(&s.mixture, &s.windows, 1e-12);
    assert_true(s.mixture.theta[1] == 0);
    assert_near(s.mixture.theta[0], 100 - 30.0 / WINDOWS, 1e-6);
    assert_true(s.mixture.reach.slope[1] < 0); // and would have less than none
    ia_mixture_clear(&s.mixture);
}

static void weights_stay_within_their_bounds(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 100, 5000);
    s.mixture.most[1] = 1000;
    ia_mixture_fit(&s.mixture, &s.windows, 1e-12);
    assert_true(s.mixture.theta[1] <= 1000);
    ia_mixture_clear(&s.mixture);
}

static void full_and_held_windows_are_not_fitted(void **state)
{
    (void)state;
    static scene s;
    set_scene(&s, 100, 5000);
    s.list[20].count = 3000; // a peak
    s.list[30].count = 0;    // kept back
    s.list[30].held = true;
    ia_mixture_fit(&s.mixture, &s.windows, 0.01);
    assert_false(s.list[20].used);
    assert_false(s.list[30].used);
    assert_near(s.list[30].mean, 100 + 5000 * exp(-6), 2);
    assert_near(s.mixture.theta[0], 100, 1);
    ia_mixture_clear(&s.mixture);
}

static void short_memory_is_told(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    set_scene(&s, 1, 1);
    ia_mixture_clear(&s.mixture);
    CHECK_STARVED(ctx, ia_mixture_build(ctx, 2, &s.windows, &s.mixture),
                  ia_mixture_clear(&s.mixture));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_a_sum_are_found),
        cmocka_unit_test(the_reach_is_that_of_poisson_counts),
        cmocka_unit_test(a_pattern_that_is_not_there_has_no_weight),
        cmocka_unit_test(weights_stay_within_their_bounds),
        cmocka_unit_test(full_and_held_windows_are_not_fitted),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
