// src/spectrum/assign_model.c: lays out the sites at which candidate ions are tested.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double HYDROGEN = 4, LIGHT = 20; // Da, below
const double ia_beside_peak = 4;

// Likelihoods tried, about a quarter of a second's work.
static const double WORK_MOST = 4e6;

double ia_scale_measured(const ia_mass_scale *scale, double mass)
{
    return mass + scale->offset + scale->slope * mass;
}

double ia_scale_sigma(const ia_mass_scale *scale, const ia_peak_widths *widths,
                      double mass)
{
    // Light ions fly fast: a scale about which lines scatter is off most there, where few
    // lines tell of it. Hydrogen often comes from residual gas, too, beside the specimen.
    double extra = mass < HYDROGEN ? 0.03 : 2 * scale->sigma;
    double sigma =
        hypot(scale->sigma * sqrt(fmax(mass, 1) / 28), 0.1 * ia_peak_width(widths, mass));

    return mass < LIGHT ? hypot(sigma, extra) : sigma;
}

typedef struct {
    ia_ctx *ctx;
    const ia_counts *counts;
    const ia_peaks *peaks;
    ia_model model;
    size_t site_room, link_room;
} layout;

static ia_status grow(ia_ctx *ctx, void **list, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return IA_OK;
    size_t more = *room ? 2 * *room : 1024;
    void *wider = ia_array(ctx, more, size);
    if (!wider)
        return IA_ERR_MEMORY;
    if (n)
        memcpy(wider, *list, n * size);
    free(*list);
    *list = wider;
    *room = more;
    return IA_OK;
}

// Counting, tolerance of models (dead time loses up to a tenth of a strong peak), and the
// doubt about a level that is no flat background.
static double weight_of(const ia_site *s)
{
    const double tolerance = 0.06;
    double net = fmax(0, s->n - s->b) * tolerance;

    return 1 / (1 + (net * net + s->sigma_b * s->sigma_b) / fmax(s->n, 1));
}

static void set_peak_site(const layout *job, int32_t index, ia_site *out)
{
    const ia_peak *peak = &job->peaks->list[index];
    double sigma = ia_scale_sigma(&job->model.scale, &job->peaks->widths, peak->mass);

    *out = (ia_site){.mass = peak->centre,
                     .sigma_mass = peak->sigma_centre,
                     .sigma = hypot(peak->sigma_centre, sigma),
                     .n = peak->counts,
                     .b = fmax(peak->background, 0.1),
                     .peak = index};
    out->sigma_b = 0.1 * out->b;
    out->weight = weight_of(out);
    out->mu = out->b;
}

static bool is_beside(const layout *job, int32_t peak, double mass)
{
    double width = ia_peak_width(&job->peaks->widths, mass);
    return fabs(job->peaks->list[peak].mass - mass) < ia_beside_peak * width;
}

// A site where no peak is. Next to one it bounds what an ion may put there, no more:
// whatever else is there belongs to that peak.
static void set_empty_site(const layout *job, double mass, int32_t nearest, ia_site *out)
{
    double width = ia_peak_width(&job->peaks->widths, mass);
    ia_site_counts c = ia_counts_at(job->counts, mass, width);

    *out = (ia_site){.mass = mass, .n = c.n, .b = fmax(c.b, 0.1), .peak = -1};
    out->sigma_b = hypot(c.sigma, 0.2 * c.local);
    if (nearest >= 0 && is_beside(job, nearest, mass)) {
        out->bound = true;
        out->b = fmax(0.1, fmin(out->n, ia_counts_flat(job->counts, c.lo, c.hi)));
    }
    out->weight = weight_of(out);
    out->mu = out->b;
}

static bool is_at(const layout *job, const ia_peak *peak, double mass)
{
    double sigma = ia_scale_sigma(&job->model.scale, &job->peaks->widths, mass);
    double most = mass < LIGHT ? 0.08 : 0.09 * sqrt(mass / 28); // Da
    double reach =
        fmax(1.6 * peak->width, fmin(most, 6 * hypot(sigma, peak->sigma_mass)));

    return fabs(peak->mass - mass) < reach;
}

// `on`: on a peak; else near enough to hide in the flank of one.
static bool has_main_line(const layout *job, const ia_candidate *candidate, bool on)
{
    double most = 0;

    for (size_t i = 0; i < candidate->n_lines; i++)
        most = fmax(most, candidate->lines[i].share);
    for (size_t i = 0; i < candidate->n_lines; i++) {
        double mass = ia_scale_measured(&job->model.scale, candidate->lines[i].mass);
        int32_t p = ia_peaks_nearest(job->peaks, mass);
        if (candidate->lines[i].share >= 0.3 * most && p >= 0 &&
            (on ? is_at(job, &job->peaks->list[p], mass) : is_beside(job, p, mass)))
            return true;
    }
    return false;
}

static ia_status add_link(layout *job, uint32_t site, double share, double mass)
{
    ia_model *m = &job->model;
    ia_status st =
        grow(job->ctx, (void **)&m->links, m->n_links, &job->link_room, sizeof *m->links);

    if (st == IA_OK)
        m->links[m->n_links++] = (ia_link){site, share, mass};
    return st;
}

static ia_status link_line(layout *job, const ia_ion_line *line, size_t first)
{
    ia_model *m = &job->model;
    double mass = ia_scale_measured(&m->scale, line->mass);
    int32_t p = ia_peaks_nearest(job->peaks, mass);
    uint32_t site = (uint32_t)p;
    ia_status st;

    if (mass < job->counts->spectrum->m_min || mass > ia_counts_end(job->counts))
        return IA_OK;
    if (p < 0 || !is_at(job, &job->peaks->list[p], mass)) {
        if ((st = grow(job->ctx, (void **)&m->sites, m->n_sites, &job->site_room,
                       sizeof *m->sites)) != IA_OK)
            return st;
        site = (uint32_t)m->n_sites;
        set_empty_site(job, mass, p, &m->sites[m->n_sites++]);
    }
    for (size_t i = first; i < m->n_links; i++) {
        ia_link *l = &m->links[i];
        if (l->site != site)
            continue; // two lines of an ion in one peak act as one
        l->mass += (mass - l->mass) * line->share / (l->share + line->share);
        l->share += line->share;
        return IA_OK;
    }
    return add_link(job, site, line->share, mass);
}

static ia_status add_species(layout *job, const ia_candidate *candidate, bool beside)
{
    ia_model *m = &job->model;
    size_t first = m->n_links;
    ia_status st = IA_OK;

    for (size_t i = 0; st == IA_OK && i < candidate->n_lines; i++)
        st = link_line(job, &candidate->lines[i], first);
    if (st != IA_OK)
        return st;
    if (candidate->is_gas)
        m->gases[m->n_gases++] = m->n_species;
    m->species[m->n_species++] =
        (ia_species){.candidate = candidate,
                     .prior_most = ia_candidate_prior_most(m, candidate),
                     .n_links = m->n_links - first,
                     .dirty = true,
                     .beside = beside};
    return IA_OK;
}

// Who uses each site; points the species at their links, which no longer move.
static ia_status index_users(layout *job)
{
    ia_model *m = &job->model;
    size_t at = 0;

    m->first = ia_array(job->ctx, m->n_sites + 2, sizeof *m->first);
    m->users = ia_array(job->ctx, m->n_links, sizeof *m->users);
    if (!m->first || !m->users)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < m->n_links; i++)
        m->first[m->links[i].site + 2]++;
    for (size_t s = 0; s < m->n_sites; s++)
        m->first[s + 2] += m->first[s + 1];
    for (size_t k = 0; k < m->n_species; k++) {
        m->species[k].links = m->links + at;
        for (size_t i = 0; i < m->species[k].n_links; i++)
            m->users[m->first[m->links[at + i].site + 1]++] = (uint32_t)k;
        at += m->species[k].n_links;
    }
    return IA_OK;
}

// Not among invented ions, whose elements no two share.
static void note_binds(ia_model *m)
{
    bool atom[IA_Z_MAX + 1] = {false}, molecule[IA_Z_MAX + 1] = {false};
    bool invented = false;

    for (size_t k = 0; k < m->n_species; k++) {
        const ia_ion *ion = &m->species[k].candidate->ion;
        bool single = ia_ion_atoms(ion) == 1;
        invented = invented || m->species[k].candidate->invented;
        for (size_t i = 0; i < ion->n_parts && !m->species[k].beside; i++)
            (single ? atom : molecule)[ion->parts[i].z] = true;
    }
    for (unsigned z = 1; z <= IA_Z_MAX && !invented; z++)
        m->binds[z] = atom[z] && molecule[z];
}

ia_status ia_model_build(ia_ctx *ctx, const ia_counts *counts, const ia_peaks *peaks,
                         const ia_candidates *candidates, const ia_mass_scale *scale,
                         ia_model *out)
{
    layout job = {.ctx = ctx, .counts = counts, .peaks = peaks};
    ia_model *m = &job.model;
    ia_status st = IA_ERR_MEMORY;

    m->scale = *scale;
    m->work_most = WORK_MOST;
    m->widths = peaks->widths;
    job.site_room = peaks->n + 1024;
    m->sites = ia_array(ctx, job.site_room, sizeof *m->sites);
    m->species = ia_array(ctx, candidates->n, sizeof *m->species);
    m->matters = ia_array(ctx, candidates->n_matters, sizeof *m->matters);
    m->gases = ia_array(ctx, candidates->n, sizeof *m->gases);
    m->n_matters = candidates->n_matters;
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        m->cost[z] = -candidates->element[z] - candidates->bound[z];
    if (!m->sites || !m->species || !m->matters || !m->gases)
        goto done;
    for (size_t i = 0; i < peaks->n; i++) {
        set_peak_site(&job, (int32_t)i, &m->sites[i]);
        m->n_ions += fmax(0, m->sites[i].n - m->sites[i].b);
    }
    m->n_sites = peaks->n;
    st = IA_OK;
    for (size_t i = 0; st == IA_OK && i < candidates->n; i++) {
        bool on = has_main_line(&job, &candidates->list[i], true);
        if (on || (!candidates->list[i].invented &&
                   has_main_line(&job, &candidates->list[i], false)))
            st = add_species(&job, &candidates->list[i], !on);
    }
    if (st != IA_OK || (st = index_users(&job)) != IA_OK)
        goto done;
    note_binds(m);
    *out = *m;
    *m = (ia_model){0};
done:
    ia_model_clear(m);
    return st;
}

void ia_model_clear(ia_model *model)
{
    free(model->sites);
    free(model->species);
    free(model->links);
    free(model->matters);
    free(model->gases);
    free(model->users);
    free(model->first);
    *model = (ia_model){0};
}
