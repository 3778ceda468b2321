// src/spectrum/label_members.c: nuclides that may be in an ion, and the ion's name.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/element_list.h"
#include "core/nuclide_list.h"
#include "spectrum/label_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Stands for the abundance of nuclides that nature does not hold.
static const double ARTIFICIAL = 1e-6;
static const double COST_MOST = 12; // of an element nobody expects
enum { MEMBERS_MOST = 4000 };

static bool is_allowed(const ia_label_params *p, const ia_nuclide *nuclide)
{
    return p->half_life > 0 ? nuclide->half_life >= p->half_life : nuclide->abundance > 0;
}

typedef struct {
    const ia_label_params *params;
    const ia_ion_prior *prior;
    ia_nuclide_list enriched;
    ia_members members;
} listing;

static void add_element(listing *job, unsigned z)
{
    const ia_element *element = ia_element_of(z);
    const ia_label_params *p = job->params;

    for (size_t i = 0; i < element->n_nuclides && job->members.n < MEMBERS_MOST; i++) {
        const ia_nuclide *nuclide = &element->nuclides[i];
        bool extra = ia_nuclide_list_has(&job->enriched, z, nuclide->a);
        if (!extra && !is_allowed(p, nuclide))
            continue;
        double abundance = nuclide->abundance > 0 ? nuclide->abundance : ARTIFICIAL;
        job->members.list[job->members.n++] = (ia_member){
            .nuclide = nuclide,
            .mass = nuclide->mass,
            .log_abundance = extra ? 0 : log(abundance),
            .cost = p->commonness
                        ? fmin(fmax(0, -ia_prior_element(job->prior, z)), COST_MOST)
                        : 0,
        };
    }
}

ia_status ia_members_build(ia_ctx *ctx, const ia_label_params *params,
                           const ia_ion_prior *prior, ia_members *out)
{
    listing job = {.params = params, .prior = prior};
    ia_members *members = &job.members;
    ia_element_list elements = {0};
    ia_status st = ia_element_list_read(ctx, "elements", params->elements, &elements);

    if (st != IA_OK || (st = ia_nuclide_list_read(ctx, "enriched", params->enriched,
                                                  &job.enriched)) != IA_OK)
        return st;
    if (!(members->list = ia_array(ctx, MEMBERS_MOST, sizeof *members->list)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < elements.n; i++)
        add_element(&job, elements.z[i]);
    for (unsigned z = 1; elements.n == 0 && z <= IA_Z_MAX; z++)
        add_element(&job, z);
    if (members->n == 0) {
        free(members->list);
        return ia_fail(ctx, IA_ERR_PARAM,
                       "elements = \"%s\": none has a nuclide that may be in an ion",
                       params->elements);
    }
    if ((st = ia_members_finish(ctx, members)) != IA_OK) {
        ia_members_clear(members);
        return st;
    }
    *out = *members;
    return IA_OK;
}
