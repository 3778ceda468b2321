// tests/physics/test_profile_flat.c: does a profile tell a layer from chance, with errors
// that hold?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/profile.h>

static ia_axis_profile profile_of(const cluster_case *c, const char *axis, uint64_t seed)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_axis_profile_params params = ia_axis_profile_defaults();
    ia_axis_profile out = {0};
    strcpy(params.solute, "Cu");
    strcpy(params.axis, axis);
    params.n_shuffles = 39;
    params.seed = seed;
    params.profile_bin = 1;
    CHECK_OK(NULL, ia_axis_profile_compute(NULL, &input, &params, &out));
    return out;
}

// Labels mean nothing: p <= 0.05 in 5 % of clouds for each statistic, 1 to 22 of 200 for
// 999 of 1,000 correct programs (p is at most that of 39 shuffles, 2/40 exactly, for the
// two together less). chi^2 per bin is 1 on average: 200 clouds of 10 bins know the mean
// within sqrt(2 / 2000) = 0.032; 0.105 is 3.3 of that.
static void chance_is_flat(void **unused)
{
    (void)unused;
    int n_chi2 = 0, n_ladder = 0, n_both = 0;
    double sum = 0, nulls = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cluster_case c = case_random(40000, 0.02, seed);
        ia_axis_profile p = profile_of(&c, "z", seed);
        n_chi2 += p.tests[0].p_chi2 <= 0.05;
        n_ladder += p.tests[0].p_ladder <= 0.05;
        n_both += p.tests[0].p <= 0.05;
        sum += p.tests[0].chi2;
        nulls += p.tests[0].null_chi2;
        ia_axis_profile_clear(&p);
        case_clear(&c);
    }
    assert_in_range(n_chi2, 1, 22);
    assert_in_range(n_ladder, 1, 22);
    assert_in_range(n_both, 0, 22);
    assert_true(fabs(sum / 200 - 1) < 0.105);
    // Shuffles: 39 times as many.
    assert_true(fabs(nulls / 200 - 1) < 0.105 / sqrt(39));
}

// 95 % intervals hold the true share: Clopper and Pearson's hold it at least so often,
// and with 80 Cu a bin not more than 97.5 %. 2,000 bins: 3.3 standard deviations are
// 1.6 %.
static void intervals_hold_the_truth(void **unused)
{
    (void)unused;
    size_t n = 0, n_held = 0;
    double chi2 = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cluster_case c = case_random(40000, 0.02, seed);
        ia_axis_profile p = profile_of(&c, "y", seed);
        for (size_t b = 0; b < p.n_bins; b++) {
            n++;
            n_held += p.shares[b].interval[0] <= 2 && p.shares[b].interval[1] >= 2;
            chi2 += pow((p.shares[b].percent - 2) / p.shares[b].sigma, 2);
        }
        ia_axis_profile_clear(&p);
        case_clear(&c);
    }
    double held = (double)n_held / (double)n;
    assert_true(held > 0.95 - 0.016 && held < 0.975 + 0.016);
    // Squared deviations over their variance: 1, and up to 1 + 3/80 more for the skew of
    // counts whose own error is used.
    assert_true(fabs(chi2 / (double)n - 1) < 3.3 * sqrt(2.0 / (double)n) + 3.0 / 80);
}

// Where labels mean nothing, half-way along the axis: 400 of 800 Cu, known within 14 % of
// their binomial error each. The squares of 200 deviations over their variance are 1
// within 0.33 (3.3 of sqrt(2/200)), and 95 % of the clouds lie in the band of an even
// spread: 180 to 199 for 999 of 1,000 correct programs.
static void ladders_are_as_sure_as_they_say(void **unused)
{
    (void)unused;
    int n_within = 0;
    double squares = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cluster_case c = case_random(40000, 0.02, seed);
        ia_axis_profile p = profile_of(&c, "z", seed);
        const ia_axis_profile_ladder *middle = &p.ladders[p.n_bins / 2 - 1];
        const ia_axis_profile_ladder *last = &p.ladders[p.n_bins - 1];
        double truth = 0.02 * middle->atoms;
        squares += pow((middle->counts - truth) / middle->sigma, 2) / 200;
        n_within +=
            middle->counts >= middle->even_lo && middle->counts <= middle->even_hi;
        assert_true(fabs(middle->even / middle->atoms - last->counts / last->atoms) <
                    1e-9);
        // Single atoms: exactly the binomial error, and none at the end of the line.
        double share = middle->counts / middle->atoms;
        double plain = sqrt(middle->atoms * share * (1 - share));
        assert_true(fabs(middle->sigma / plain - 1) < 1e-9);
        assert_true(last->even_hi - last->even_lo < 1e-6 && last->even == last->counts);
        ia_axis_profile_clear(&p);
        case_clear(&c);
    }
    assert_true(fabs(squares - 1) < 0.33);
    assert_in_range(n_within, 180, 199);
}

// A layer of 6 at.% at x + z = 0 in 2 at.%, 2 nm thick, is found along its normal, and
// its composition is right within its error.
static void a_tilted_layer_is_found(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        cluster_case c = case_random(100000, 0.02, seed);
        ia_random random = ia_random_new(seed, 9);
        double middle = cbrt(100000.0 / 40) / sqrt(2);
        for (size_t i = 0; i < c.ions.n; i++) {
            double s = ((double)c.xyz[3 * i] + (double)c.xyz[3 * i + 2]) / sqrt(2);
            if (s >= floor(middle) && s < floor(middle) + 2)
                c.mass[i] =
                    (float)(ia_random_uniform(&random) < 0.06 ? mass_cu : mass_fe);
        }
        ia_axis_profile p = profile_of(&c, "1,0,1", seed);
        assert_true(p.tests[0].p_chi2 <= 1.0 / 40 + 1e-12);
        size_t b = (size_t)(floor(middle) - p.edge[0] + 0.5);
        assert_true(fabs(p.shares[b].percent - 6) < 4 * p.shares[b].sigma);
        assert_true(fabs(p.shares[b + 1].percent - 6) < 4 * p.shares[b + 1].sigma);
        ia_axis_profile_clear(&p);
        case_clear(&c);
    }
}

static void same_on_any_number_of_threads(void **unused)
{
    (void)unused;
    cluster_case c = case_random(20000, 0.05, 1);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_axis_profile p[2] = {{.n_bins = 0}};
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, 1 + 3 * i);
        CHECK_OK(ctx, ia_axis_profile_compute(ctx, &input, NULL, &p[i]));
        ia_ctx_free(ctx);
    }
    assert_int_equal(p[0].n_elements, p[1].n_elements);
    for (size_t e = 0; e < p[0].n_elements; e++)
        assert_memory_equal(&p[0].tests[e].chi2, &p[1].tests[e].chi2,
                            sizeof *p->tests - offsetof(ia_axis_profile_test, chi2));
    for (size_t i = 0; i < 2; i++)
        ia_axis_profile_clear(&p[i]);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_flat),
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(ladders_are_as_sure_as_they_say),
        cmocka_unit_test(a_tilted_layer_is_found),
        cmocka_unit_test(same_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
