// tests/poles_case.h: hits on a detector, even but for holes at the poles of a crystal.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_POLES_CASE_H
#define TESTS_POLES_CASE_H

#include "check.h"

// Directions that keep hits away: a share `depth` of them at the middle, a Gaussian of
// that radius (mm).
typedef struct {
    double x, y, radius, depth;
} poles_hole;

// The share of hits that stays at a place.
static inline double poles_stay(const poles_hole *holes, size_t n_holes, double x,
                                double y)
{
    double stays = 1;
    for (size_t h = 0; h < n_holes; h++) {
        double off = hypot(x - holes[h].x, y - holes[h].y) / holes[h].radius;
        stays *= 1 - holes[h].depth * exp(-0.5 * off * off);
    }
    return stays;
}

// n hits in a circle about a centre, mm; thinned by holes.
static inline void poles_draw_hits(const poles_hole *holes, size_t n_holes,
                                   const double circle[3], uint64_t seed, ia_ions *ions)
{
    float *hits = ia_ions_values(ions, IA_DET_XY);
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < ions->n;) {
        double r = circle[2] * sqrt(ia_random_uniform(&random));
        double turn = 2 * M_PI * ia_random_uniform(&random);
        double x = circle[0] + r * cos(turn), y = circle[1] + r * sin(turn);
        if (ia_random_uniform(&random) >= 0.5 * poles_stay(holes, n_holes, x, y))
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
}

// Holes at the poles of `crystal` in the circle, wider for wider spacing.
static inline size_t poles_of_crystal(const char *crystal, const double rotation[3][3],
                                      const ia_projection *p, double radius,
                                      size_t n_families, poles_hole *out)
{
    ia_crystal c;
    ia_pole_catalogue catalogue;
    size_t n = 0;
    CHECK_OK(NULL, ia_crystal_parse(NULL, crystal, &c));
    CHECK_OK(NULL, ia_pole_catalogue_build(NULL, &c, n_families, &catalogue));
    for (size_t k = 0; k < catalogue.n; k++) {
        const ia_pole_kind *kind = &catalogue.kinds[k];
        double at[3], hit[2];
        for (size_t i = 0; i < 3; i++) {
            at[i] = 0;
            for (size_t l = 0; l < 3; l++)
                at[i] += rotation[i][l] * kind->normal[l];
        }
        if (at[2] <= 0 || !ia_projection_hit(p, at, hit) ||
            hypot(hit[0] - p->centre[0], hit[1] - p->centre[1]) > radius)
            continue;
        double wide = kind->spacing / catalogue.kinds[0].spacing;
        out[n++] = (poles_hole){hit[0], hit[1], 2.5 * wide, 0.9 * sqrt(wide)};
    }
    ia_pole_catalogue_clear(&catalogue);
    return n;
}

// What a map shows, as a list to index: of `found`, and into `poles`, (IA_POLES_MOST).
static inline ia_pole_list poles_list(const ia_hitmap *map, const ia_found_poles *found,
                                      ia_pole *poles)
{
    for (size_t i = 0; i < found->n; i++)
        poles[i] = found->poles[i].at;
    return (ia_pole_list){.poles = poles,
                          .n = found->n,
                          .centre = {map->centre[0], map->centre[1]},
                          .radius = map->radius,
                          .on_map = true,
                          .lines = found->lines,
                          .n_lines = found->n_lines};
}

#endif
