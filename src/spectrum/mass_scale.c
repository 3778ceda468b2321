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

// What counts as a landmark.
typedef struct {
    bool all;         // molecules of one line, too
    unsigned without; // no ion of this element; 0: of any
} landmarks_wanted;

// The chosen ion behind nearly all of a peak.
static const ia_link *sole_link(const ia_model *m, uint32_t site, landmarks_wanted wanted)
{
    const ia_site *s = &m->sites[site];

    for (uint32_t u = m->first[site]; u < m->first[site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        if (sp->intensity > 0 && !wanted.all && is_told_by_place(m, sp))
            continue;
        if (wanted.without && ia_ion_count(&sp->candidate->ion, wanted.without) > 0)
            continue;
        for (size_t i = 0; sp->intensity > 0 && i < sp->n_links; i++)
            if (sp->links[i].site == site &&
                sp->links[i].share * sp->intensity > 0.9 * (s->mu - s->b))
                return &sp->links[i];
    }
    return NULL;
}

static size_t find_landmarks(const ia_model *m, landmarks_wanted wanted,
                             ia_landmark *list)
{
    size_t n = 0;

    for (size_t s = 0; s < m->n_sites; s++) {
        const ia_site *site = &m->sites[s];
        const ia_link *link = site->peak >= 0 && site->mass > IA_LANDMARK_LIGHTEST
                                  ? sole_link(m, (uint32_t)s, wanted)
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

static double ions_of(const ia_model *m, unsigned z)
{
    double sum = 0;
    for (size_t k = 0; k < m->n_species; k++)
        if (ia_ion_count(&m->species[k].candidate->ion, z) > 0)
            sum += m->species[k].intensity;
    return sum;
}

// Of the elements told, that of fewest ions without whose lines the rest have another
// scale: few lines may have been told for it, and have drawn the scale to where they are.
static ia_status fit_without(ia_ctx *ctx, const ia_model *m, ia_landmark *list,
                             const ia_mass_scale *scale, ia_mass_scale *other)
{
    double fewest = INFINITY;
    ia_status st = IA_OK;

    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++) {
        ia_mass_scale rest = {.n_lines = 0};
        double ions = ions_of(m, z);
        size_t n = ions > 0 && ions < fewest
                       ? find_landmarks(m, (landmarks_wanted){false, z}, list)
                       : 0;
        if (n < FEW_LANDMARKS || n == scale->n_lines)
            continue;
        st = ia_landmarks_fit(ctx, list, n, ia_scale_tolerance(&m->widths, LEFT_MOST),
                              &rest, NULL);
        if (st != IA_OK || !ia_landmarks_differ(list, n, scale, &rest))
            continue;
        *other = rest;
        fewest = ions;
    }
    return st;
}

ia_status ia_mass_scale_fit(ia_ctx *ctx, const ia_model *model, ia_mass_scales *out)
{
    ia_landmark *list = ia_array(ctx, model->n_sites, sizeof *list);
    ia_mass_scales s = {.list = {model->scale}};
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;

    size_t n = list ? find_landmarks(model, (landmarks_wanted){false, 0}, list) : 0;
    if (list && n < FEW_LANDMARKS)
        n = find_landmarks(model, (landmarks_wanted){true, 0}, list);
    if (st == IA_OK)
        st = ia_landmarks_fit(ctx, list, n, ia_scale_tolerance(&model->widths, LEFT_MOST),
                              &s.list[0], &s.list[1]);
    s.n = s.list[1].n_lines > 0 ? 2 : 1;
    if (st == IA_OK && n > FEW_LANDMARKS)
        st = fit_without(ctx, model, list, &s.list[0], &s.list[s.n]);
    if (st == IA_OK) {
        s.n += s.list[s.n].n_lines > 0;
        *out = s;
    }
    ia_log(ctx, IA_LOG_DEBUG, "mass scale: offset %g Da, slope %g, sigma %g from %zu",
           s.list[0].offset, s.list[0].slope, s.list[0].sigma, s.list[0].n_lines);
    free(list);
    return st;
}
