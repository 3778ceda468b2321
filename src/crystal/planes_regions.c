// src/crystal/planes_regions.c: how the crystal stands in each region, by the planes that
// this region shows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <string.h>

static const double degrees = 57.29577951308232;

// The planes of one region as sets that it alone shows, held against one crystal.
typedef struct {
    ia_grain_planes sets[IA_REGION_PLANES];
    ia_plane_sets list; // borrows them
    ia_planes_fit fit;
} local_fit;

// One way of standing, and how much of the region's planes it names.
typedef struct {
    double rotation[3][3], variance, score;
    size_t crystal;
    bool found;
} standing;

static ia_status build(ia_ctx *ctx, const ia_planes *p, const ia_plane_region *region,
                       const ia_planes_lattice *lattice, const ia_planes_params *params,
                       local_fit *out)
{
    *out = (local_fit){.list.n = 0};
    for (size_t i = 0; i < region->n; i++) {
        const ia_reflection *at = &p->planes[region->first + i].at;
        ia_grain_planes *set = &out->sets[out->list.n];
        if (!isfinite(at->sigma_deg))
            continue;
        *set = (ia_grain_planes){.spacing = at->spacing,
                                 .sigma_spacing = at->sigma_spacing,
                                 .sigma_deg = at->sigma_deg,
                                 .intensity = at->intensity,
                                 .n_regions = 1};
        memcpy(set->k, at->k, sizeof set->k);
        out->list.n++;
    }
    out->list.sets = out->sets;
    return ia_planes_fit_build(ctx, lattice, params, &out->list, &out->fit);
}

// Whether two of the planes that it names lie across each other.
static bool names_two(const ia_planes_fit *fit, const double rotation[3][3])
{
    const double least_deg = 5;
    for (size_t i = 0; i < fit->n; i++)
        for (size_t j = i + 1; j < fit->n; j++)
            if (ia_planes_fit_gain(fit, rotation, i, 1) > 0 &&
                ia_planes_fit_gain(fit, rotation, j, 1) > 0 &&
                ia_plane_angle(fit->normals[i], fit->normals[j]) > least_deg)
                return true;
    return false;
}

// Least squares from a first guess; kept where it names more than what is known.
static void settle(const ia_planes_fit *fit, standing tried, double ahead, standing *best)
{
    enum { STEPS = 10 };
    const double(*rotation)[3] = (const double(*)[3])tried.rotation;
    for (size_t step = 0; step < STEPS; step++)
        if (!names_two(fit, rotation) ||
            !ia_planes_fit_refine(fit, tried.rotation, &tried.variance))
            return;
    if (!names_two(fit, rotation))
        return;
    for (size_t i = 0; i < fit->n; i++)
        tried.score += ia_planes_fit_gain(fit, rotation, i, 1);
    tried.found = true;
    if (!best->found || tried.score > best->score + ahead)
        *best = tried;
}

// Of orientations that symmetry makes equal the nearest to another, and the turn that is
// left.
static double turn_next_to(const ia_crystal *crystal, const double to[3][3],
                           double rotation[3][3])
{
    double most = -2, best[3][3] = {{0}};
    for (size_t s = 0; s < crystal->n_rotations; s++) {
        double turned[3][3], trace = 0;
        for (size_t i = 0; i < 9; i++) {
            turned[i / 3][i % 3] = 0;
            for (size_t k = 0; k < 3; k++)
                turned[i / 3][i % 3] +=
                    rotation[i / 3][k] * crystal->rotations[s][k][i % 3];
            trace += turned[i / 3][i % 3] * to[i / 3][i % 3];
        }
        if (trace > most) {
            most = trace;
            memcpy(best, turned, sizeof best);
        }
    }
    memcpy(rotation, best, sizeof best);
    return acos(fmax(-1, fmin(1, (most - 1) / 2))) * degrees;
}

static void tell(const ia_planes *p, const standing *best, ia_plane_region *region)
{
    region->oriented = best->found;
    if (!best->found)
        return;
    region->crystal = best->crystal;
    region->sigma_deg = sqrt(best->variance) * degrees;
    memcpy(region->rotation, best->rotation, sizeof region->rotation);
    const ia_plane_grain *first = p->n_grains > 0 ? &p->grains[0] : NULL;
    if (!first || !first->oriented || first->crystal != best->crystal)
        return;
    region->turn_deg =
        turn_next_to(&p->crystals[best->crystal], (const double(*)[3])first->rotation,
                     region->rotation);
    region->turn_sd_deg = hypot(region->sigma_deg, first->sigma_deg);
}

// By the orientation, or of a region without one by that of its grain, or by the spacing.
static void name_strongest(const ia_planes *p, const local_fit *local, size_t crystal,
                           ia_plane_region *region)
{
    const ia_plane_grain *grain = region->grain >= 0 ? &p->grains[region->grain] : NULL;
    ia_grain_planes named;
    if (local->list.n == 0)
        return;
    named = local->sets[0];
    if (region->oriented) {
        if (region->crystal == crystal)
            ia_planes_fit_name(&local->fit, (const double(*)[3])region->rotation, 0,
                               &named);
    } else if (grain && grain->oriented) {
        if (grain->crystal == crystal)
            ia_planes_fit_name(&local->fit, (const double(*)[3])grain->rotation, 0,
                               &named);
    } else if (!region->named) {
        ia_planes_fit_name_spacing(&local->fit, 0, &named);
    }
    region->named |= named.named;
    if (named.named)
        memcpy(region->hkl, named.hkl, sizeof region->hkl);
}

// How far the normal of the strongest planes is from where the region's grain has it: the
// part of the local turn that one set of planes tells.
static void tell_off(const ia_planes *p, const local_fit *local, ia_plane_region *region)
{
    const ia_plane_grain *grain = &p->grains[region->grain];
    ia_grain_planes named;
    if (local->list.n == 0)
        return;
    named = local->sets[0];
    ia_planes_fit_name(&local->fit, (const double(*)[3])grain->rotation, 0, &named);
    if (!named.named)
        return;
    region->off_deg = named.off_deg;
    region->off_sd_deg = hypot(named.sigma_deg / sqrt(2), grain->sigma_deg);
}

static ia_status turn_region(ia_ctx *ctx, const ia_planes_lattice *lattices,
                             const ia_planes_params *params, ia_planes *p, size_t r)
{
    const double clear_by = 0.2; // as between grains
    ia_plane_region *region = &p->regions[r];
    const ia_plane_grain *grain = region->grain >= 0 ? &p->grains[region->grain] : NULL;
    local_fit fits[IA_PLANES_CRYSTALS];
    memset(fits, 0, sizeof fits);
    standing best = {.found = false};
    ia_status st = IA_OK;
    region->turn_deg = region->turn_sd_deg = region->sigma_deg = NAN;
    region->off_deg = region->off_sd_deg = NAN;
    for (size_t l = 0; st == IA_OK && l < p->n_crystals; l++)
        st = build(ctx, p, region, &lattices[l], params, &fits[l]);
    if (st == IA_OK && grain && grain->oriented) {
        standing tried = {.crystal = grain->crystal};
        memcpy(tried.rotation, grain->rotation, sizeof tried.rotation);
        settle(&fits[grain->crystal].fit, tried, 0, &best);
    }
    for (size_t l = 0; st == IA_OK && l < p->n_crystals; l++) {
        standing tried = {.crystal = l};
        if (ia_planes_fit_search(&fits[l].fit, tried.rotation) > 0)
            settle(&fits[l].fit, tried, clear_by, &best);
    }
    if (st == IA_OK)
        tell(p, &best, region);
    if (st == IA_OK && grain && grain->oriented)
        tell_off(p, &fits[grain->crystal], region);
    for (size_t l = 0; l < p->n_crystals; l++) {
        if (st == IA_OK)
            name_strongest(p, &fits[l], l, region);
        ia_planes_fit_clear(&fits[l].fit);
    }
    return st;
}

ia_status ia_planes_turn_regions(ia_ctx *ctx, const ia_planes_lattice *lattices,
                                 const ia_planes_params *params, ia_planes *planes)
{
    ia_status st = IA_OK;
    for (size_t r = 0; st == IA_OK && r < planes->n_regions; r++)
        st = turn_region(ctx, lattices, params, planes, r);
    return st;
}
