// tests/physics/test_sdm_known.c: spacing and blur from z-SDMs of planted crystals, and
// where ordered species lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal_case.h"

#include <ionatlas/sdm.h>

static void measure(ia_ctx *ctx, const crystal_case *c, ia_sdm *out)
{
    ia_specimen s = {0};
    crystal_draw(ctx, c, &s);
    ia_points points = crystal_points(&s);
    ia_sdm_input input = {points, points, points, true};
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, NULL, out));
    ia_specimen_clear(&s);
}

// Spacing within 0.1 % and blur within 2 %, the normal within 0.1 degree, from sharp
// planes to those that blur nearly joins. The blur is that along the normal.
static void planes_are_as_they_were_planted(void **state)
{
    static const struct {
        int lattice;
        double a, sigma_xy, sigma_z, turn;
        int parts;
    } kinds[] = {{FCC, 0.405, 0.25, 0.03, 0, 2},  {FCC, 0.405, 0.5, 0.05, 1, 2},
                 {BCC, 0.2866, 0.15, 0.05, 0, 2}, {BCC, 0.3165, 0.25, 0.01, 2, 2},
                 {FCC, 0.352, 0.3, 0.02, 5, 2},   {DIAMOND, 0.543, 0.2, 0.04, 1, 4}};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        crystal_case c = {.lattice = kinds[i].lattice,
                          .a = kinds[i].a,
                          .sigma_xy = kinds[i].sigma_xy,
                          .sigma_z = kinds[i].sigma_z,
                          .turn = {kinds[i].turn, 0, 30},
                          .wide = 20,
                          .deep = 20,
                          .efficiency = 0.52,
                          .composition = "Fe",
                          .seed = 11 + i};
        double axis[3], tilt = kinds[i].turn * M_PI / 180;
        double blur = hypot(c.sigma_z * cos(tilt), c.sigma_xy * sin(tilt));
        ia_sdm m;
        crystal_axis(&c, axis);
        measure(ctx, &c, &m);
        assert_true(m.found);
        assert_true(fabs(m.spacing / (c.a / kinds[i].parts) - 1) < 1e-3);
        if (fabs(m.sigma_z / blur - 1) > 0.02)
            fail_msg("case %zu: blur %g, planted %g", i, m.sigma_z, blur);
        assert_true(crystal_angle(m.axes + 6, axis) < 0.1);
        ia_sdm_clear(&m);
    }
    ia_ctx_free(ctx);
}

// Share of a z-SDM's pairs nearer than a quarter of d to multiples of d of this kind.
static double share_at(const ia_sdm *m, double d, bool odd)
{
    double in = 0;
    for (size_t b = 0; b < m->n_bins; b++) {
        double z = m->reach * (2 * ((double)b + 0.5) / (double)m->n_bins - 1);
        double at = fabs(z) / d, nearest = round(at);
        if (fabs(at - nearest) < 0.25 && (fmod(nearest, 2) > 0.5) == odd)
            in += (double)m->pairs[b];
    }
    return in / (double)m->n_pairs;
}

static void measure_pair(ia_ctx *ctx, ia_specimen *s, const char *from, const char *to,
                         ia_sdm *out)
{
    ia_knn_input ions = {&s->ions, &s->ranges, NULL, NULL};
    ia_ranger ranger = {0};
    ia_sdm_params p = ia_sdm_defaults();
    ia_sdm_input input;
    snprintf(p.from, sizeof p.from, "%s", from);
    snprintf(p.to, sizeof p.to, "%s", to);
    CHECK_OK(ctx, ia_ranger_build(ctx, &s->ranges, &ranger));
    ions.ranger = &ranger;
    CHECK_OK(ctx, ia_sdm_input_build(ctx, &ions, &p, &input));
    CHECK_OK(ctx, ia_sdm_compute(ctx, &input, &p, out));
    ia_sdm_input_clear(&input);
    ia_ranger_clear(&ranger);
}

// B2 along [001], planes a / 2 apart: like pairs in planes of even distance only, unlike
// ones in odd only; 1 % of the pairs are blurred farther than a quarter of that. 1 %:
// ions whose mass lies in a wrong range.
static void ordered_species_lie_in_their_planes(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    crystal_case c = {.lattice = B2,
                      .a = 0.2887,
                      .sigma_xy = 0.2,
                      .sigma_z = 0.01,
                      .wide = 16,
                      .deep = 20,
                      .efficiency = 0.5,
                      .composition = "Ni Al:0.5",
                      .seed = 2};
    ia_specimen s = {0};
    ia_sdm like, unlike;
    crystal_draw(ctx, &c, &s);
    measure_pair(ctx, &s, "Al", "", &like);
    measure_pair(ctx, &s, "Al", "Ni", &unlike);
    assert_true(share_at(&like, c.a / 2, true) < 0.01);
    assert_true(share_at(&like, c.a / 2, false) > 0.97);
    assert_true(share_at(&unlike, c.a / 2, false) < 0.01);
    assert_true(share_at(&unlike, c.a / 2, true) > 0.97);
    assert_true(fabs(unlike.sigma_z / c.sigma_z - 1) < 0.03);
    ia_sdm_clear(&like);
    ia_sdm_clear(&unlike);
    ia_specimen_clear(&s);
    ia_ctx_free(ctx);
}

// Height of the first plane over that of the third does not depend on how many ions are
// detected: 2 %, some 1e5 pairs in each.
static void efficiency_leaves_shapes_alone(void **state)
{
    double ratio[2];
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < 2; i++) {
        crystal_case c = {.lattice = FCC,
                          .a = 0.405,
                          .sigma_xy = 0.2,
                          .sigma_z = 0.02,
                          .wide = 20,
                          .deep = 20,
                          .efficiency = i ? 0.37 : 0.8,
                          .composition = "Al",
                          .seed = 21};
        ia_sdm m;
        measure(ctx, &c, &m);
        double near_one = 0, near_three = 0;
        for (size_t b = 0; b < m.n_bins; b++) {
            double z = m.reach * (2 * ((double)b + 0.5) / (double)m.n_bins - 1);
            near_one += fabs(fabs(z) / 0.2025 - 1) < 0.5 ? (double)m.pairs[b] : 0;
            near_three += fabs(fabs(z) / 0.2025 - 3) < 0.5 ? (double)m.pairs[b] : 0;
        }
        ratio[i] = near_one / near_three;
        ia_sdm_clear(&m);
    }
    assert_true(fabs(ratio[1] / ratio[0] - 1) < 0.02);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_are_as_they_were_planted),
        cmocka_unit_test(ordered_species_lie_in_their_planes),
        cmocka_unit_test(efficiency_leaves_shapes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
