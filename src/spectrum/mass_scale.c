// src/spectrum/mass_scale.c: how far the mass scale is off, from peaks whose ion is sure.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"
#include "spectrum/landmarks.h"

#include <math.h>
#include <stdlib.h>

static const double LEFT_MOST = 0.03; // Da at 28 Da, of a scale that few lines tell

// Fewer landmarks than these, and molecules of one line must do as well.
enum { FEW_LANDMARKS = 4 };

// A molecule that one peak alone shows is told by its place: CO+ where AlH+ is. It says
// nothing of the scale.
static bool is_told_by_place(const ia_model *m, const ia_species *sp)
{
    size_t peaks = 0;

    for (size_t i = 0; i < sp->n_links; i++) {
        const ia_site *s = &m->sites[sp->links[i].site];
        peaks +=
            s->peak >= 0 && sp->links[i].share * sp->intensity > 0.5 * (s->mu - s->b);
    }
    return ia_ion_atoms(&sp->candidate->ion) > 1 && peaks < 2;
}

// The chosen ion behind nearly all of a peak.
static const ia_link *sole_link(const ia_model *m, uint32_t site, bool all)
{
    const ia_site *s = &m->sites[site];

    for (uint32_t u = m->first[site]; u < m->first[site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        if (sp->intensity > 0 && !all && is_told_by_place(m, sp))
            continue;
        for (size_t i = 0; sp->intensity > 0 && i < sp->n_links; i++)
            if (sp->links[i].site == site &&
                sp->links[i].share * sp->intensity > 0.9 * (s->mu - s->b))
                return &sp->links[i];
    }
    return NULL;
}

static size_t find_landmarks(const ia_model *m, bool all, ia_landmark *list)
{
    size_t n = 0;

    for (size_t s = 0; s < m->n_sites; s++) {
        const ia_site *site = &m->sites[s];
        const ia_link *link = site->peak >= 0 && site->mass > IA_LANDMARK_LIGHTEST
                                  ? sole_link(m, (uint32_t)s, all)
                                  : NULL;
        double net = site->n - site->b, told = site->mu - site->b;
        if (!link || told < 0.6 * net || told > 1.6 * net)
            continue;
        double width = ia_peak_width(&m->widths, site->mass);
        double mass = (link->mass - m->scale.offset) / (1 + m->scale.slope);
        list[n++] =
            (ia_landmark){mass, site->mass - mass, hypot(site->sigma_mass, 0.1 * width)};
    }
    return n;
}

ia_status ia_mass_scale_fit(ia_ctx *ctx, const ia_model *model, ia_mass_scale *out,
                            ia_mass_scale *other)
{
    ia_landmark *list = ia_array(ctx, model->n_sites, sizeof *list);
    ia_mass_scale scale = model->scale;
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;

    size_t n = list ? find_landmarks(model, false, list) : 0;
    if (list && n < FEW_LANDMARKS)
        n = find_landmarks(model, true, list);
    if (st == IA_OK)
        st = ia_landmarks_fit(ctx, list, n, ia_scale_tolerance(&model->widths, LEFT_MOST),
                              &scale, other);
    if (st == IA_OK && scale.n_lines > 0)
        *out = scale;
    ia_log(ctx, IA_LOG_DEBUG, "mass scale: offset %g Da, slope %g, sigma %g from %zu",
           scale.offset, scale.slope, scale.sigma, scale.n_lines);
    free(list);
    return st;
}
