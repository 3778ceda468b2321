// src/spectrum/mass_scale.c: how far the mass scale is off, from peaks whose ion is sure.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"

#include <math.h>
#include <stdlib.h>

// A peak of one ion: true place, how far off it is measured, and the error of that.
typedef struct {
    double mass, off, sigma;
} landmark;

static const double LIGHTEST = 4; // hydrogen is off on its own account

// The chosen ion behind nearly all of a peak.
static const ia_link *sole_link(const ia_model *m, uint32_t site)
{
    const ia_site *s = &m->sites[site];

    for (uint32_t u = m->first[site]; u < m->first[site + 1]; u++) {
        const ia_species *sp = &m->species[m->users[u]];
        for (size_t i = 0; sp->intensity > 0 && i < sp->n_links; i++)
            if (sp->links[i].site == site &&
                sp->links[i].share * sp->intensity > 0.9 * (s->mu - s->b))
                return &sp->links[i];
    }
    return NULL;
}

static size_t find_landmarks(const ia_model *m, landmark *list)
{
    size_t n = 0;

    for (size_t s = 0; s < m->n_sites; s++) {
        const ia_site *site = &m->sites[s];
        const ia_link *link =
            site->peak >= 0 && site->mass > LIGHTEST ? sole_link(m, (uint32_t)s) : NULL;
        double net = site->n - site->b, told = site->mu - site->b;
        if (!link || told < 0.6 * net || told > 1.6 * net)
            continue;
        double width = ia_peak_width(&m->widths, site->mass);
        double mass = (link->mass - m->scale.offset) / (1 + m->scale.slope);
        list[n++] =
            (landmark){mass, site->mass - mass, hypot(site->sigma_mass, 0.1 * width)};
    }
    return n;
}

// Weight of a landmark at a misfit: far ones count little (Cauchy's function).
static double weight_of(const landmark *l, double off)
{
    double x = off / (2 * l->sigma);
    return 1 / (l->sigma * l->sigma * (1 + x * x));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void start_at_median(const landmark *list, size_t n, double *room,
                            ia_mass_scale *scale)
{
    for (size_t i = 0; i < n; i++)
        room[i] = list[i].off / list[i].mass;
    qsort(room, n, sizeof *room, by_value);
    scale->offset = 0;
    scale->slope = room[n / 2];
}

static void fit_line(const landmark *list, size_t n, ia_mass_scale *scale)
{
    // A slope of 1e-3 is as believable as an offset of 0.02 Da; few landmarks fix both.
    const double offset_usual = 0.02, slope_usual = 1e-3;

    for (int round = 0; round < 30; round++) {
        double s0 = 1 / (offset_usual * offset_usual), sx = 0, sy = 0, sxy = 0;
        double sxx = 1 / (slope_usual * slope_usual);
        for (size_t i = 0; i < n; i++) {
            const landmark *l = &list[i];
            double w = weight_of(l, l->off - scale->offset - scale->slope * l->mass);
            s0 += w;
            sx += w * l->mass;
            sy += w * l->off;
            sxx += w * l->mass * l->mass;
            sxy += w * l->mass * l->off;
        }
        double det = s0 * sxx - sx * sx;
        scale->offset = (sxx * sy - sx * sxy) / det;
        scale->slope = (s0 * sxy - sx * sy) / det;
    }
}

static void set_sigma(const landmark *list, size_t n, double *room, double prior,
                      ia_mass_scale *scale)
{
    for (size_t i = 0; i < n; i++)
        room[i] = fabs(list[i].off - scale->offset - scale->slope * list[i].mass) *
                  sqrt(28 / list[i].mass);
    qsort(room, n, sizeof *room, by_value);
    // Median absolute deviation; few landmarks leave some of the tolerance.
    double scatter = 1.5 * room[n / 2] * sqrt(((double)n + 1) / (double)n);
    scale->sigma = hypot(scatter, prior / (1 + 0.5 * (double)n));
}

ia_status ia_mass_scale_fit(ia_ctx *ctx, const ia_model *model, ia_mass_scale *out)
{
    landmark *list = ia_array(ctx, model->n_sites, sizeof *list);
    double *room = ia_array(ctx, model->n_sites, sizeof *room);
    ia_mass_scale scale = model->scale;
    ia_status st = list && room ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK)
        goto done;
    size_t n = find_landmarks(model, list);
    if (n > 0) {
        start_at_median(list, n, room, &scale);
        fit_line(list, n, &scale);
        set_sigma(list, n, room, 0.03, &scale);
        scale.n_lines = n;
        *out = scale;
    }
    ia_log(ctx, IA_LOG_DEBUG, "mass scale: offset %g Da, slope %g, sigma %g from %zu",
           scale.offset, scale.slope, scale.sigma, n);
done:
    free(list);
    free(room);
    return st;
}
