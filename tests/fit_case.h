// tests/fit_case.h: poles of a crystal that stands askew, with noise, for tests of fits.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_FIT_CASE_H
#define TESTS_FIT_CASE_H

#include "check.h"

enum { POLES_MOST = 64 };

// v_specimen = askew v_crystal: turned by 11 degrees about (3, 4, 0)/5 first, then by 20
// about z.
static double askew[3][3];

static inline void set_askew(void)
{
    const double degree = acos(-1.0) / 180;
    double c = cos(11 * degree), s = sin(11 * degree), k[2] = {0.6, 0.8};
    double first[3][3] = {{c + k[0] * k[0] * (1 - c), k[0] * k[1] * (1 - c), k[1] * s},
                          {k[0] * k[1] * (1 - c), c + k[1] * k[1] * (1 - c), -k[0] * s},
                          {-k[1] * s, k[0] * s, c}};
    double cz = cos(20 * degree), sz = sin(20 * degree);
    for (int col = 0; col < 3; col++) {
        askew[0][col] = cz * first[0][col] - sz * first[1][col];
        askew[1][col] = sz * first[0][col] + cz * first[1][col];
        askew[2][col] = first[2][col];
    }
}

// The poles of fcc within 36 mm of the middle of the detector; `sd` mm of noise.
static inline size_t draw_poles(const ia_projection *projection, double sd,
                                ia_random *random, ia_named_pole *poles)
{
    size_t n = 0;
    set_askew();
    for (int h = -4; h <= 4; h++)
        for (int k = -4; k <= 4; k++)
            for (int l = 0; l <= 4; l++) {
                int square = h * h + k * k + l * l;
                bool is_shown = (square == 3 && h && k && l) ||
                                (square == 4 && (!h + !k + !l) == 2) ||
                                (square == 8 && (!h + !k + !l) == 1) || square == 11 ||
                                (square == 20 && (!h + !k + !l) == 1);
                double direction[3], hit[2];
                if (!is_shown || n == POLES_MOST)
                    continue;
                for (int r = 0; r < 3; r++)
                    direction[r] = askew[r][0] * h + askew[r][1] * k + askew[r][2] * l;
                if (direction[2] <= 0 || !ia_projection_hit(projection, direction, hit) ||
                    hypot(hit[0], hit[1]) > 36)
                    continue;
                double dx = sd > 0 ? sd * ia_random_normal(random) : 0;
                double dy = sd > 0 ? sd * ia_random_normal(random) : 0;
                poles[n++] =
                    (ia_named_pole){.hkl = {h, k, l}, .x = hit[0] + dx, .y = hit[1] + dy};
            }
    return n;
}

static inline ia_projection_fit_params fcc_params(void)
{
    ia_projection_fit_params p = ia_projection_fit_defaults();
    strcpy(p.crystal, "fcc:0.405");
    return p;
}

// What to simulate, by (n) names and values.
static inline ia_simulate_params tip_params(ia_ctx *ctx, const char *const settings[][2],
                                            size_t n)
{
    ia_simulate_params tip = ia_simulate_defaults();
    for (size_t i = 0; i < n; i++)
        CHECK_OK(ctx,
                 ia_field_read(ctx, ia_method_find(&ia_simulate_method, settings[i][0]),
                               settings[i][1], &tip));
    return tip;
}

#endif
