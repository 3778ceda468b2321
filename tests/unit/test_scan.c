// tests/unit/test_scan.c: likelihood ratios, counts in balls and fitted spheres by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "cluster/scan.h"
#include "core/simplex.h"

enum { N = 40000 };

// k ln(k/n) + ... as it stands in the textbook.
static void ratios_by_the_formula(void **unused)
{
    (void)unused;
    double k = 20, n = 50, K = 100, N_all = 1000;
    double expected = k * log(k / n) + (n - k) * log(1 - k / n) +
                      (K - k) * log((K - k) / (N_all - n)) +
                      (N_all - n - K + k) * log(1 - (K - k) / (N_all - n)) -
                      K * log(K / N_all) - (N_all - K) * log(1 - K / N_all);
    assert_true(fabs(ia_scan_ratio(k, n, K, N_all) - expected) < 1e-9);
    assert_true(ia_scan_ratio(5, 50, 100, 1000) == 0);  // as everywhere
    assert_true(ia_scan_ratio(3, 50, 100, 1000) == 0);  // fewer
    assert_true(ia_scan_ratio(50, 50, 100, 1000) > 80); // all of them
    assert_true(ia_scan_ratio(50, 20, 100, 1000) > 0);  // more than ions: rounding
    assert_true(ia_scan_ratio(0, 0, 0, 1000) == 0);
}

static void fill(float *xyz, size_t n, double edge, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 7);
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(edge * ia_random_uniform(&random));
}

// Counts against each ion looked at, for radii above the smoothing; within it their
// sum over many places.
static void balls_hold_what_they_hold(void **unused)
{
    (void)unused;
    enum { PLACES = 60 };
    float *xyz = malloc(3 * N * sizeof *xyz), counts[SCAN_RADII];
    ia_scan_density density = {0};
    double sum[SCAN_RADII] = {0}, expected[SCAN_RADII] = {0};
    fill(xyz, N, 10, 1);
    assert_int_equal(ia_scan_density_build(NULL, &(ia_points){xyz, N}, NULL, &density),
                     IA_OK);
    for (size_t p = 0; p < PLACES; p++) {
        ia_scan_density_at(&density, xyz + 3 * p, counts);
        for (size_t r = 0; r < SCAN_RADII; r++) {
            double radius = ia_scan_radii[r], n = 0;
            for (size_t i = 0; i < N; i++) {
                double d2 = 0;
                for (size_t k = 0; k < 3; k++)
                    d2 += pow((double)xyz[3 * i + k] - (double)xyz[3 * p + k], 2);
                n += d2 < radius * radius;
            }
            sum[r] += (double)counts[r];
            expected[r] += n - 1; // the ion itself is in every ball
            // At the surface voxels are half filled: a twelfth of a whole ball.
            if (radius >= 1.6)
                assert_true(fabs((double)counts[r] - n) <
                            4.19 * 40 * pow(radius, 3) / 12);
        }
    }
    for (size_t r = 0; r < SCAN_RADII; r++) // 60 places: counting to 5 %, edges another 5
        assert_true(fabs(sum[r] / expected[r] - 1) < 0.12);
    ia_scan_density_clear(&density);
    free(xyz);
}

// The ball of the largest ratio, against every radius around every solute ion.
static void the_strongest_ball(void **unused)
{
    (void)unused;
    enum { SOLUTES = 400 };
    float *xyz = malloc(3 * N * sizeof *xyz), counts[SCAN_RADII];
    ia_scan_density density = {0};
    ia_scan_balls balls = {0};
    double best = 0;
    fill(xyz, N, 10, 2);
    for (size_t i = 0; i < 30; i++) // a cluster
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = 4 + xyz[3 * i + k] / 10;
    assert_int_equal(ia_scan_density_build(NULL, &(ia_points){xyz, N}, NULL, &density),
                     IA_OK);
    for (size_t p = 0; p < SOLUTES; p++) {
        ia_scan_density_at(&density, xyz + 3 * p, counts);
        for (size_t r = 0; r < SCAN_RADII; r++) {
            double k = 0;
            for (size_t i = 0; i < SOLUTES; i++) {
                double d2 = 0;
                for (size_t a = 0; a < 3; a++)
                    d2 += pow((double)xyz[3 * i + a] - (double)xyz[3 * p + a], 2);
                k += d2 < ia_scan_radii[r] * ia_scan_radii[r];
            }
            best = fmax(best, ia_scan_ratio(k, (double)counts[r], SOLUTES, N));
        }
    }
    ia_scan_null null = {&density, 1, SOLUTES};
    assert_int_equal(ia_scan_balls_find(NULL, &null, xyz, 5, &balls), IA_OK);
    assert_true(balls.n > 0 && balls.balls[0].centre < 30);
    // A pair at the rim of a ball may be told in or out by the table of distances.
    assert_true(fabs(balls.balls[0].ratio / best - 1) < 0.1);
    ia_scan_balls_clear(&balls);
    ia_scan_density_clear(&density);
    free(xyz);
}

// A sharp sphere: inside or not. A blurred one: half at the edge of a large disc, the
// known integral on the axis of a small one.
static void chances_inside(void **unused)
{
    (void)unused;
    ia_scan_blur *blur = ia_scan_blur_new(NULL);
    ia_scan_object o = {.blur = blur, .radius = 1, .inside = 0.5, .outside = 0.01};
    const float at[][3] = {{0.99f, 0, 0}, {1.01f, 0, 0}, {0, 0, 0}, {0, 0, 1.01f}};
    assert_true(ia_scan_inside(&o, at[0]) == 1 && ia_scan_inside(&o, at[1]) == 0);
    o.sigma_xy = 0.5;
    // On the axis: 1 - exp(-R^2/(2 sigma^2)).
    assert_true(fabs(ia_scan_inside(&o, at[2]) - (1 - exp(-2))) < 1e-3);
    assert_true(ia_scan_inside(&o, at[3]) == 0);
    o.radius = 20;
    const float edge[3] = {20, 0, 0};
    assert_true(fabs(ia_scan_inside(&o, edge) - 0.5) < 0.01);
    o.radius = 1;
    double share = ia_scan_inside(&o, at[0]);
    double belongs = ia_scan_belongs(&o, at[0], true);
    assert_true(fabs(belongs - share * 0.5 / (share * 0.5 + (1 - share) * 0.01)) < 1e-9);
    free(blur);
}

static double valley(void *user, const double *x)
{
    (void)user;
    return pow(1 - x[0], 2) + 100 * pow(x[1] - x[0] * x[0], 2);
}

static void the_bottom_of_a_valley(void **unused)
{
    (void)unused;
    double x[2] = {-1.2, 1};
    const double step[2] = {0.1, 0.1};
    ia_simplex problem = {valley, NULL, 2, step, 1e-12, 2000};
    assert_true(ia_simplex_minimise(&problem, x) < 1e-8);
    assert_true(fabs(x[0] - 1) < 1e-3 && fabs(x[1] - 1) < 1e-3);
}

// Ions of a cube in whose middle a sphere of 60 % is in 1 %, blurred by 0.3 nm across.
static ia_scan_window draw_sphere(size_t n, double size, double radius, uint64_t seed)
{
    ia_random random = ia_random_new(seed, 8);
    ia_scan_window w = {malloc(3 * n * sizeof(float)), malloc(n * sizeof(float)),
                        malloc(n * sizeof(bool)), malloc(n * sizeof(float)), n};
    fill(w.xyz, n, size, seed);
    for (size_t i = 0; i < n; i++) {
        double d2 = 0;
        for (size_t k = 0; k < 3; k++)
            d2 += pow((double)w.xyz[3 * i + k] - size / 2, 2);
        w.has[i] = ia_random_uniform(&random) < (d2 < radius * radius ? 0.6 : 0.01);
        w.weight[i] = 1;
        for (size_t k = 0; k < 2; k++)
            w.xyz[3 * i + k] += (float)(0.3 * ia_random_normal(&random));
    }
    return w;
}

static void clear_window(ia_scan_window *w)
{
    free(w->xyz);
    free(w->weight);
    free(w->has);
    free(w->share);
}

// A sphere of 60 % in 1 %, positions blurred by 0.3 nm: radius and shares come back.
static void a_sphere_is_fitted(void **unused)
{
    (void)unused;
    double sum = 0, inside = 0;
    enum { SEEDS = 20, FEW = 8000 };
    ia_scan_blur *blur = ia_scan_blur_new(NULL);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_scan_window w = draw_sphere(FEW, 6, 1.2, seed);
        ia_scan_object o = {.blur = blur,
                            .centre = {3.2, 2.9, 3.1},
                            .radius = 1.6,
                            .sigma_xy = 0.3,
                            .inside = 0.3,
                            .outside = 0.02};
        ia_scan_fit(&w, &o);
        assert_true(fabs(o.radius - 1.2) < 5 * o.sigma_radius);
        assert_true(o.sigma_radius > 0.005 && o.sigma_radius < 0.1);
        sum += o.radius / SEEDS;
        inside += o.inside / SEEDS;
        clear_window(&w);
    }
    // 160 solute ions inside: 0.04 nm each; 20 of them 0.009, 3.3 of those.
    assert_true(fabs(sum - 1.2) < 0.03);
    assert_true(fabs(inside - 0.6) < 0.03);
    free(blur);
}

// Of thousands of ions inside: the radius scatters by half a per cent, and its error is
// not less than half of that. Radii were weighed at steps of 3 %, of which none but the
// best counted: errors of 1e-6 nm.
static void the_error_of_a_large_sphere(void **unused)
{
    (void)unused;
    enum { SEEDS = IS_SLOWED ? 2 : 8, MANY = 60000 };
    double square = 0, told = 0;
    ia_scan_blur *blur = ia_scan_blur_new(NULL);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_scan_window w = draw_sphere(MANY, 11, 3, seed);
        ia_scan_object o = {.blur = blur,
                            .centre = {5.6, 5.4, 5.5},
                            .radius = 3.3,
                            .sigma_xy = 0.3,
                            .inside = 0.5,
                            .outside = 0.02};
        ia_scan_fit(&w, &o);
        square += pow(o.radius - 3, 2) / SEEDS;
        told += pow(o.sigma_radius, 2) / SEEDS;
        clear_window(&w);
    }
    print_message("off by %.4f nm, told %.4f nm (rms)\n", sqrt(square), sqrt(told));
    assert_true(sqrt(told) < 0.06);
    assert_true(sqrt(square / told) < 2);
    free(blur);
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    enum { FEW = 3000 };
    float *xyz = malloc(3 * FEW * sizeof *xyz);
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    fill(xyz, FEW, 5, 3);
    for (size_t k = 1; st != IA_OK; k++) {
        ia_scan_density density = {0};
        ia_scan_balls balls = {0};
        ia_scan_null null = {&density, 1, 500};
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_scan_density_build(ctx, &(ia_points){xyz, FEW}, NULL, &density);
        if (st == IA_OK)
            st = ia_scan_balls_find(ctx, &null, xyz, 2, &balls);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
        ia_scan_balls_clear(&balls);
        ia_scan_density_clear(&density);
    }
    ia_ctx_free(ctx);
    free(xyz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_by_the_formula),
        cmocka_unit_test(balls_hold_what_they_hold),
        cmocka_unit_test(the_strongest_ball),
        cmocka_unit_test(chances_inside),
        cmocka_unit_test(the_bottom_of_a_valley),
        cmocka_unit_test(a_sphere_is_fitted),
        cmocka_unit_test(the_error_of_a_large_sphere),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
