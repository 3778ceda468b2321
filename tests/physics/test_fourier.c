// tests/physics/test_fourier.c: lattice planes by the structure factor, against planted
// crystals and against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal_case.h"

#include <ionatlas/fourier.h>
#include <ionatlas/random.h>

// Planes along the cube axis, spacing a / 2 for fcc and bcc and a / 4 for diamond: found
// as the strongest, within 0.1 % and 0.05 degree; deviations over their stated errors:
// the sum of squares of 12 deviations of the spacing and 24 of the normal lies between 14
// and 68 in 999 of 1,000 cases, that of 2 and 4 between 0.2 and 24.
static void planes_are_where_they_were_planted(void **state)
{
    static const struct {
        int lattice;
        double a;
        int parts;
    } kinds[] = {
        {FCC, 0.405, 2}, {BCC, 0.2866, 2}, {BCC, 0.3165, 2}, {DIAMOND, 0.543, 4}};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    double squares = 0;
    for (uint64_t seed = 1; seed <= (IS_SLOWED ? 2 : 12); seed++) {
        double turn = (double)seed - 6;
        crystal_case c = {.lattice = kinds[seed % 4].lattice,
                          .a = kinds[seed % 4].a,
                          .sigma_xy = 0.2,
                          .sigma_z = 0.03,
                          .turn = {turn, 0.6 * turn, 10 * turn},
                          .wide = 20,
                          .deep = 20,
                          .efficiency = 0.5,
                          .composition = "Fe",
                          .seed = seed};
        double axis[3], d = c.a / kinds[seed % 4].parts;
        ia_specimen s = {0};
        ia_fourier f;
        crystal_draw(ctx, &c, &s);
        crystal_axis(&c, axis);
        ia_points points = crystal_points(&s);
        CHECK_OK(ctx, ia_fourier_compute(ctx, &points, NULL, &f));
        assert_true(f.n >= 1);
        const ia_reflection *r = &f.reflections[0];
        assert_true(fabs(r->spacing / d - 1) < 1e-3);
        assert_true(crystal_angle(r->k, axis) < 0.05);
        assert_true(r->p < 1e-6);
        squares += pow((r->spacing - d) / r->sigma_spacing, 2);
        squares += 2 * pow(crystal_angle(r->k, axis) / r->sigma_deg, 2);
        ia_fourier_clear(&f);
        ia_specimen_clear(&s);
    }
    if (!(squares > (IS_SLOWED ? 0.2 : 14) && squares < (IS_SLOWED ? 24 : 68)))
        fail_msg("sum of squared deviations over errors: %g", squares);
    ia_ctx_free(ctx);
}

// exp(-4 pi^2 k^2 s^2): the share that blur leaves of planes d apart.
static void blur_weakens_reflections_as_it_should(void **state)
{
    static const double blurs[] = {0.02, 0.04, 0.06};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < 3; i++) {
        crystal_case c = {.lattice = FCC,
                          .a = 0.405,
                          .sigma_xy = 0.2,
                          .sigma_z = blurs[i],
                          .wide = 20,
                          .deep = 20,
                          .efficiency = 0.5,
                          .composition = "Al",
                          .seed = 5};
        ia_specimen s = {0};
        ia_fourier f;
        crystal_draw(ctx, &c, &s);
        ia_points points = crystal_points(&s);
        CHECK_OK(ctx, ia_fourier_compute(ctx, &points, NULL, &f));
        double k = 2 / 0.405, share = exp(-4 * M_PI * M_PI * k * k * blurs[i] * blurs[i]);
        // 1 %: a few parts of a thousand of intensity noise, and the grid's own rounding.
        assert_true(fabs(f.reflections[0].share / share - 1) < 0.01);
        assert_true(fabs(f.sigma_z / blurs[i] - 1) < 0.02);
        ia_fourier_clear(&f);
        ia_specimen_clear(&s);
    }
    ia_ctx_free(ctx);
}

// Planes under several angles tell the blur across the axis too.
static void blur_across_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    crystal_case c = {.lattice = BCC,
                      .a = 0.2866,
                      .sigma_xy = 0.1,
                      .sigma_z = 0.04,
                      .wide = 24,
                      .deep = 24,
                      .efficiency = 0.5,
                      .composition = "Fe",
                      .seed = 3};
    ia_specimen s = {0};
    ia_fourier f;
    crystal_draw(ctx, &c, &s);
    ia_points points = crystal_points(&s);
    CHECK_OK(ctx, ia_fourier_compute(ctx, &points, NULL, &f));
    assert_true(f.n >= 5); // (002) and four (011) at 45 degrees
    assert_true(fabs(f.sigma_xy / 0.1 - 1) < 0.03);
    assert_true(fabs(f.sigma_z / 0.04 - 1) < 0.05);
    ia_fourier_clear(&f);
    ia_specimen_clear(&s);
    ia_ctx_free(ctx);
}

// 60 clouds of random ions, chance 0.05 each: 0 to 10 false reports, 3 expected (999 of
// 1,000; fewer are likely, as neighbouring wave vectors share their noise).
static void random_ions_hold_no_planes(void **state)
{
    enum { SEEDS = IS_SLOWED ? 3 : 60, N = 20000 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_fourier_params p = ia_fourier_defaults();
    float *xyz = malloc(3 * N * sizeof *xyz);
    size_t n_false = 0;
    assert_non_null(xyz);
    p.chance = 0.05;
    p.k_depth = 6;
    p.k_lateral = 3;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_random random = ia_random_new(seed, 0);
        ia_points points = {xyz, N};
        ia_fourier f;
        // Density falls by half from side to side.
        for (size_t i = 0; i < N;) {
            double at[3];
            for (size_t k = 0; k < 3; k++)
                at[k] = ia_random_uniform(&random);
            if (ia_random_uniform(&random) > 1 - at[0] / 2)
                continue;
            for (size_t k = 0; k < 3; k++)
                xyz[3 * i + k] = (float)(12 * at[k]);
            i++;
        }
        CHECK_OK(ctx, ia_fourier_compute(ctx, &points, &p, &f));
        n_false += f.n > 0;
        ia_fourier_clear(&f);
    }
    if (n_false > 10)
        fail_msg("%zu of %d random clouds hold planes", n_false, SEEDS);
    free(xyz);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_are_where_they_were_planted),
        cmocka_unit_test(blur_weakens_reflections_as_it_should),
        cmocka_unit_test(blur_across_is_told),
        cmocka_unit_test(random_ions_hold_no_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
