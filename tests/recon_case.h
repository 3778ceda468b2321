// tests/recon_case.h: ions of a smooth tip, by the formulas and not by a simulation: for
// tests of reconstructions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_RECON_CASE_H
#define TESTS_RECON_CASE_H

#include "check.h"

// A cap of radius r0 on a cone of half angle shank, evaporated to a depth: atoms at
// random places of it, `density` per nm^3, as many as the detector sees.
typedef struct {
    double r0, shank_deg, depth; // nm
    double density;              // recorded ions per nm^3
    ia_projection projection;
    double detector_radius; // mm
    double kf, field;
} smooth_tip;

typedef struct {
    double apex; // when it leaves, nm
    double place[3];
    double hit[2];
} smooth_ion;

static inline int compare_apex(const void *a, const void *b)
{
    double x = ((const smooth_ion *)a)->apex, y = ((const smooth_ion *)b)->apex;
    return (x > y) - (x < y);
}

static inline double smooth_radius(const smooth_tip *tip, double apex)
{
    double s = sin(tip->shank_deg * acos(-1.0) / 180);
    return tip->r0 + s / (1 - s) * apex;
}

// Which depth of the apex passes a place: by bisection on its distance from the centre.
static inline double smooth_apex(const smooth_tip *tip, const double place[3])
{
    double low = -1000, high = 1000;
    for (int i = 0; i < 60; i++) {
        double apex = (low + high) / 2, r = smooth_radius(tip, apex);
        double centre = apex + r, below = place[2] - centre;
        double square = place[0] * place[0] + place[1] * place[1] + below * below;
        // Outside, and above the centre: it has left.
        if (square > r * r && below < 0)
            high = apex;
        else
            low = apex;
    }
    return (low + high) / 2;
}

// Their table: hits, voltages, and places as (n, 3) doubles in *places (freed by free()).
static inline ia_ions smooth_ions(const smooth_tip *tip, uint64_t seed, double **places)
{
    const double theta =
        ia_projection_angle(&tip->projection, tip->detector_radius) + 0.02 +
        hypot(tip->projection.centre[0], tip->projection.centre[1]) * 0.03;
    double last = smooth_radius(tip, tip->depth), across = last * sin(theta);
    double deep = tip->depth + last * (1 - cos(theta));
    size_t n = (size_t)(4 * across * across * deep * tip->density), kept = 0;
    smooth_ion *all = malloc(n * sizeof *all);
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < n; i++) {
        smooth_ion *ion = &all[kept];
        ion->place[0] = across * (2 * ia_random_uniform(&random) - 1);
        ion->place[1] = across * (2 * ia_random_uniform(&random) - 1);
        ion->place[2] = deep * ia_random_uniform(&random);
        ion->apex = smooth_apex(tip, ion->place);
        double centre = ion->apex + smooth_radius(tip, ion->apex);
        double direction[3] = {ion->place[0], ion->place[1], centre - ion->place[2]};
        kept += ion->apex >= 0 && ion->apex < tip->depth &&
                ia_projection_hit(&tip->projection, direction, ion->hit) &&
                hypot(ion->hit[0], ion->hit[1]) < tip->detector_radius;
    }
    qsort(all, kept, sizeof *all, compare_apex);
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, kept, 1u << IA_DET_XY | 1u << IA_V_DC, &ions),
                     IA_OK);
    float *hits = ia_ions_values(&ions, IA_DET_XY), *v = ia_ions_values(&ions, IA_V_DC);
    *places = malloc(kept * 3 * sizeof **places);
    for (size_t i = 0; i < kept; i++) {
        hits[2 * i] = (float)all[i].hit[0];
        hits[2 * i + 1] = (float)all[i].hit[1];
        v[i] = (float)(tip->kf * tip->field * smooth_radius(tip, all[i].apex));
        memcpy(*places + 3 * i, all[i].place, sizeof all[i].place);
    }
    free(all);
    return ions;
}

// What reconstructs it, told everything.
static inline ia_reconstruct_params told(const smooth_tip *tip)
{
    ia_reconstruct_params p = ia_reconstruct_defaults();
    p.projection = tip->projection.kind;
    p.flight_path = tip->projection.flight_path;
    p.icf = tip->projection.icf;
    p.centre_x = tip->projection.centre[0];
    p.centre_y = tip->projection.centre[1];
    p.kf = tip->kf;
    p.evaporation_field = tip->field;
    p.efficiency = 0.5;
    p.atomic_volume = 0.5 / tip->density;
    return p;
}

// All positions of a reconstruction, (n, 3), freed by free().
static inline float *all_places(const ia_reconstruction *r)
{
    ia_column column = ia_reconstruction_xyz(r);
    float *xyz = malloc((r->n ? r->n : 1) * 3 * sizeof *xyz);
    column.fill(&column, 0, r->n, xyz);
    return xyz;
}

#endif
