// src/crystal/planes_tell.c: the planes of each grain, their names, and how its crystal
// stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

static void tell_ratio(ia_plane_grain *grain)
{
    double sum = 0, weights = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < grain->n_planes; i++) {
        const ia_grain_planes *p = &grain->planes[i];
        double sd = p->sigma_spacing / p->spacing;
        if (!p->named || !(sd > 0))
            continue;
        sum += p->ratio / (sd * sd);
        weights += 1 / (sd * sd);
        n++;
    }
    grain->ratio = n ? sum / weights : NAN;
    for (size_t i = 0; i < grain->n_planes; i++) {
        const ia_grain_planes *p = &grain->planes[i];
        double sd = p->sigma_spacing / p->spacing;
        if (p->named && sd > 0)
            squares += pow((p->ratio - grain->ratio) / sd, 2);
    }
    double excess = n > 1 ? fmax(1, squares / (double)(n - 1)) : 1;
    grain->sigma_ratio = n ? sqrt(excess / weights) : NAN;
}

// Least squares from where the search left it.
static void orient(const ia_planes_fit *fit, ia_plane_grain *grain)
{
    enum { STEPS = 10 };
    double rotation[3][3], variance = NAN;
    memcpy(rotation, grain->rotation, sizeof rotation);
    for (size_t step = 0; grain->oriented && step < STEPS; step++)
        grain->oriented = ia_planes_fit_refine(fit, rotation, &variance);
    if (!grain->oriented)
        return;
    memcpy(grain->rotation, rotation, sizeof rotation);
    grain->sigma_deg = sqrt(variance) * 57.29577951308232;
}

// Whether a crystal turned so has planes here: those of a grain next to it.
static bool is_of_another(const ia_planes_fit *fits, const ia_planes *p, size_t g,
                          size_t set)
{
    const ia_plane_grain *own = &p->grains[g];
    if (ia_planes_fit_gain(&fits[own->crystal], (const double(*)[3])own->rotation, set,
                           1) > 0)
        return false;
    for (size_t other = 0; other < p->n_grains; other++) {
        const ia_plane_grain *of = &p->grains[other];
        if (other != g && of->oriented &&
            ia_planes_fit_gain(&fits[of->crystal], (const double(*)[3])of->rotation, set,
                               1) > 0)
            return true;
    }
    return false;
}

// Planes that a tenth of the grain's regions show, or three of them.
static void choose(const ia_planes_fit *fits, const ia_plane_sets *sets, size_t g,
                   ia_planes *p)
{
    const size_t many = 3;
    ia_plane_grain *grain = &p->grains[g];
    for (size_t i = 0; i < sets->n; i++) {
        const ia_grain_planes *set = &sets->sets[i];
        ia_grain_planes *to = &grain->planes[grain->n_planes];
        if (10 * set->n_regions < grain->n_regions &&
            (set->n_regions < many || !grain->oriented))
            continue;
        if (grain->oriented && is_of_another(fits, p, g, i))
            continue;
        *to = *set;
        if (grain->oriented)
            ia_planes_fit_name(&fits[grain->crystal], (const double(*)[3])grain->rotation,
                               i, to);
        else if (p->n_crystals > 0)
            ia_planes_fit_name_spacing(&fits[0], i, to);
        grain->n_planes++;
    }
}

static bool is_same_name(const ia_grain_planes *a, const ia_grain_planes *b)
{
    bool same = true, opposite = true;
    for (size_t k = 0; k < 3; k++) {
        same &= a->hkl[k] == b->hkl[k];
        opposite &= a->hkl[k] == -b->hkl[k];
    }
    return a->named && b->named && (same || opposite);
}

// Of two sets in one direction of the crystal the one that more regions show has the
// name, or else the nearer; the other is a stray, of a volume that is bent or of
// something else.
static void name_once(ia_plane_grain *grain)
{
    for (size_t i = 0; i < grain->n_planes; i++)
        for (size_t j = 0; j < i; j++) {
            ia_grain_planes *a = &grain->planes[i], *b = &grain->planes[j];
            if (!is_same_name(a, b))
                continue;
            bool is_a = a->n_regions != b->n_regions ? a->n_regions > b->n_regions
                                                     : a->off_deg < b->off_deg;
            ia_grain_planes *stray = is_a ? b : a;
            stray->named = false;
            memset(stray->hkl, 0, sizeof stray->hkl);
            stray->off_deg = stray->ratio = NAN;
        }
}

static ia_status tell_grain(ia_ctx *ctx, const ia_planes_lattice *lattices, size_t g,
                            const ia_planes_params *params, ia_planes *p)
{
    ia_plane_grain *grain = &p->grains[g];
    ia_planes_fit fits[IA_PLANES_CRYSTALS] = {{0}};
    ia_plane_sets sets = {0};
    ia_status st =
        ia_plane_sets_build(ctx, p, (int32_t)g, params, params->grain_deg, &sets);
    grain->sigma_deg = grain->ratio = grain->sigma_ratio = NAN;
    for (size_t l = 0; st == IA_OK && l < p->n_crystals; l++)
        st = ia_planes_fit_build(ctx, &lattices[l], params, &sets, &fits[l]);
    if (st == IA_OK && !(grain->planes = ia_array(ctx, sets.n, sizeof *grain->planes)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK) {
        if (grain->oriented)
            orient(&fits[grain->crystal], grain);
        choose(fits, &sets, g, p);
        if (grain->oriented)
            name_once(grain);
        tell_ratio(grain);
    }
    for (size_t l = 0; l < IA_PLANES_CRYSTALS; l++)
        ia_planes_fit_clear(&fits[l]);
    ia_plane_sets_clear(&sets);
    return st;
}

ia_status ia_planes_tell(ia_ctx *ctx, const ia_planes_lattice *lattices,
                         const ia_planes_params *params, ia_planes *planes)
{
    ia_status st = IA_OK;
    for (size_t g = 0; st == IA_OK && g < planes->n_grains; g++)
        st = tell_grain(ctx, lattices, g, params, planes);
    return st;
}
