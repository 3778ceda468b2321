// tests/physics/test_planes_profile.c: planes fitted in space against planted spacing,
// normal, blur and ions between the planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grown_case.h"

// Ions anywhere among those of the crystal, of which they are `share`.
static void add_between(grown *g, const crystal_case *c, double share)
{
    ia_random random = ia_random_new(c->seed, 9);
    size_t n = (size_t)(share / (1 - share) * (double)g->blocks.n);
    float low[3], high[3], *xyz;
    for (size_t i = 0; i < 3 * g->blocks.n; i++) {
        float x = g->blocks.xyz[i];
        low[i % 3] = i < 3 || x < low[i % 3] ? x : low[i % 3];
        high[i % 3] = i < 3 || x > high[i % 3] ? x : high[i % 3];
    }
    xyz = realloc(g->blocks.xyz, 3 * (g->blocks.n + n) * sizeof *xyz);
    for (size_t i = 0; i < 3 * n; i++)
        xyz[3 * g->blocks.n + i] =
            (float)(low[i % 3] + (high[i % 3] - low[i % 3]) * ia_random_uniform(&random));
    g->blocks.xyz = xyz;
    g->blocks.n += n;
}

static const ia_grain_planes *find_set(const ia_planes *p, const double normal[3])
{
    for (size_t i = 0; p->n_grains > 0 && i < p->grains[0].n_planes; i++) {
        const double *k = p->grains[0].planes[i].k;
        const double at[3] = {k[0], k[1], -k[2]};
        if (crystal_angle(at, normal) < 2)
            return &p->grains[0].planes[i];
    }
    fail_msg("planes not found");
    return NULL;
}

// Of planes at some tilt: spacing within 4 stated errors (eight cases of four sets), and
// these below 0.1 %; normal within 0.1 degree; blur, which is that along the normal,
// within 2 %, or 3 stated errors where planes hardly part; the ions between the planes as
// planted within 4 errors.
static void planes_have_spacing_normal_and_blur(void **state)
{
    (void)state;
    static const int poles[2][3] = {{0, 0, 1}, {1, 0, 1}};
    static const double blurs[4] = {0.015, 0.02, 0.03, 0.035}; // nm
    for (size_t at = 0; at < (IS_SLOWED ? 1 : 4); at++)
        for (size_t with = 0; with < 2; with++) {
            grown g = grown_of("bcc:0.2866");
            crystal_case c = iron;
            double between = at < 2 && with ? 0.1 : 0; // sharp enough to tell
            c.seed = 101 + 2 * at + with;
            c.sigma_z = blurs[at];
            c.sigma_xy = 0.05;
            c.turn[0] = 6;
            c.turn[1] = -4;
            c.wide = c.deep = LARGE_BLOCK;
            add_block(g.ctx, &c, 0, NULL, &g.blocks);
            if (between > 0)
                add_between(&g, &c, between);
            find_grains(&g, 1);
            for (size_t i = 0; i < 2; i++) {
                double normal[3], square = i ? 2 : 4;
                normal_of(&c, poles[i], normal);
                const ia_planes_in_space *f = &find_set(&g.planes, normal)->in_space;
                const double found[3] = {f->k[0], f->k[1], -f->k[2]};
                double off = crystal_angle(found, normal), z2 = normal[2] * normal[2];
                double blur =
                    sqrt(z2 * c.sigma_z * c.sigma_z + (1 - z2) * c.sigma_xy * c.sigma_xy);
                double d = c.a / sqrt(square);
                if (!(fabs(f->spacing - d) < 4 * f->sigma_spacing &&
                      f->sigma_spacing < 1e-3 * d && off < 0.1 && f->sigma_deg < 0.1))
                    fail_msg("%d: spacing %g +- %g of %g, %g degrees off", (int)at,
                             f->spacing, f->sigma_spacing, d, off);
                double allowed = fmax(0.02 * blur, 3 * f->blur_sd);
                if (!(fabs(f->blur - blur) < allowed && f->blur_sd < 0.03 * blur))
                    fail_msg("%d: blur %g +- %g of %g", (int)at, f->blur, f->blur_sd,
                             blur);
                assert_true(fabs(f->share - (1 - between)) < 4 * f->share_sd);
            }
            clear_grown(&g);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_have_spacing_normal_and_blur),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
