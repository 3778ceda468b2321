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

// Of a level alone the variance is that of the mean count; here the covariance must be
// the inverse of the sums over x y / mean.
static void covariance_is_that_of_poisson_counts(void **state)
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
    double det = aa * bb - ab * ab;
    assert_near(s.mixture.covariance[0], bb / det, 1e-3 * bb / det);
    assert_near(s.mixture.covariance[1], -ab / det, 1e-3 * ab / det);
    assert_near(s.mixture.covariance[3], aa / det, 1e-3 * aa / det);
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
    assert_true(s.mixture.covariance[3] == 0);
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

static void matrices_are_inverted(void **state)
{
    (void)state;
    double a[] = {4, 2, 0.5, 2, 5, 1, 0.5, 1, 3}, b[9];
    memcpy(b, a, sizeof a);
    assert_true(ia_invert(b, 3));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double sum = 0;
            for (size_t k = 0; k < 3; k++)
                sum += a[3 * i + k] * b[3 * k + j];
            assert_near(sum, i == j, 1e-12);
        }
    double none[] = {1, 2, 2, 1};
    assert_false(ia_invert(none, 2));
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
        cmocka_unit_test(covariance_is_that_of_poisson_counts),
        cmocka_unit_test(a_pattern_that_is_not_there_has_no_weight),
        cmocka_unit_test(weights_stay_within_their_bounds),
        cmocka_unit_test(full_and_held_windows_are_not_fitted),
        cmocka_unit_test(matrices_are_inverted),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
