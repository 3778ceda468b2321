// src/spectrum/assign_confirm.c: gives up elements that a single line shows, where
// nothing says that the line is in its place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/assign_internal.h"

#include <math.h>

enum { CONFIRMED_LEAST = 3 };

// Lines of each element, in its chosen ions, that are peaks and hold their due.
typedef struct {
    size_t placed[IA_Z_MAX + 1];    // where the mass scale expects them
    size_t displaced[IA_Z_MAX + 1]; // beside that
} tally;

// Does the ion put into the peak what is there, within a factor of two?
static bool holds_due(const ia_site *s, double told)
{
    return s->peak >= 0 && told > 0.5 * (s->n - s->b) && told < 2 * (s->n - s->b);
}

// A peak is in its place when the line is within the peak. The general doubt about
// hydrogen's place is no excuse: that is what a second line is wanted for.
static bool is_in_place(const ia_model *m, const ia_site *s, const ia_link *l)
{
    double scale = 3 * m->scale.sigma * sqrt(fmax(l->mass, 1) / 28);
    double off = s->mass - l->mass, width = ia_peak_width(&m->widths, s->mass);

    return fabs(off) < fmax(ia_window_right * width, hypot(scale, 3 * s->sigma_mass));
}

// Lines of an ion that hold their due; of them, those in place.
static size_t lines_of(const ia_model *m, const ia_species *sp, size_t *placed)
{
    size_t n = 0;

    *placed = 0;
    for (size_t i = 0; sp->intensity > 0 && i < sp->n_links; i++) {
        const ia_link *l = &sp->links[i];
        const ia_site *s = &m->sites[l->site];
        if (!holds_due(s, sp->intensity * l->share))
            continue;
        *placed += is_in_place(m, s, l);
        n++;
    }
    return n;
}

static tally count_lines(const ia_model *m)
{
    tally all = {.placed = {0}};

    for (size_t k = 0; k < m->n_species; k++) {
        const ia_ion *ion = &m->species[k].candidate->ion;
        size_t placed, n = lines_of(m, &m->species[k], &placed);
        for (size_t p = 0; p < ion->n_parts; p++) {
            all.placed[ion->parts[p].z] += placed;
            all.displaced[ion->parts[p].z] += n - placed;
        }
    }
    return all;
}

// Lines in place of the same atoms, as isotopes or with several charges: two lines that
// differ by whatever atom fits between them confirm nothing. Hydrogen's are left out.
static size_t count_confirming(const ia_model *m)
{
    size_t confirming = 0;

    for (size_t k = 0; k < m->n_species; k++) {
        const ia_species *sp = &m->species[k];
        size_t same = 0, own, placed;
        if (sp->intensity <= 0 ||
            ia_ion_count(&sp->candidate->ion, 1) == ia_ion_atoms(&sp->candidate->ion))
            continue;
        for (size_t i = 0; i < m->n_species; i++) {
            if (m->species[i].candidate->matter != sp->candidate->matter)
                continue;
            lines_of(m, &m->species[i], &placed);
            same += placed;
        }
        lines_of(m, sp, &own);
        confirming += same > 1 ? own : 0;
    }
    return confirming;
}

static bool is_confirmed(const tally *all, const ia_ion *ion, bool scale_is_sure)
{
    for (size_t i = 0; i < ion->n_parts; i++) {
        unsigned z = ion->parts[i].z;
        if (all->placed[z] == 0 && all->displaced[z] == 1)
            return false;
        if (!scale_is_sure && all->placed[z] + all->displaced[z] <= 1)
            return false;
    }
    return true;
}

size_t ia_model_drop_unconfirmed(ia_model *model)
{
    size_t n = 0;
    bool dropped = true;

    while (dropped) { // what is given up confirms nothing any more
        tally all = count_lines(model);
        bool scale_is_sure = count_confirming(model) >= CONFIRMED_LEAST;
        dropped = false;
        for (size_t k = 0; k < model->n_species; k++) {
            ia_species *sp = &model->species[k];
            if (sp->intensity <= 0 ||
                is_confirmed(&all, &sp->candidate->ion, scale_is_sure))
                continue;
            ia_species_set(model, sp, 0);
            dropped = true;
            n++;
        }
    }
    return n;
}
