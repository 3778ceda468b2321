// src/crystal/sdm_input.c: the ions that a spatial distribution map is about.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/sdm.h>

#include "spatial/ranged.h"
#include "spatial/species.h"

#include <stdlib.h>
#include <string.h>

// Those of a species; an element counts in molecules too.
static ia_status gather(ia_ctx *ctx, const ia_ranged *ranged, const ia_ranges *ranges,
                        const ia_species *species, ia_points *out)
{
    float *xyz = ia_array(ctx, ranged->n, 3 * sizeof *xyz);
    if (!xyz)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranged->n; i++)
        if (ia_species_holds(species, &ranges->ions[ranged->kind[i]]))
            memcpy(xyz + 3 * out->n++, ranged->xyz + 3 * i, 3 * sizeof *xyz);
    out->xyz = xyz;
    return IA_OK;
}

static ia_status find_one(ia_ctx *ctx, const ia_knn_input *ions, const char *what,
                          const char *name, ia_species *out)
{
    ia_species *list = NULL;
    size_t n = 0;
    ia_status st = ia_species_find(ctx, ions, what, name, &list, &n);
    if (st == IA_OK && n != 1)
        st = ia_fail(ctx, IA_ERR_PARAM, "%s: \"%s\" names %zu species: one was expected",
                     what, name, n);
    if (st == IA_OK)
        *out = list[0];
    free(list);
    return st;
}

static ia_status gather_species(ia_ctx *ctx, const ia_knn_input *ions,
                                const ia_sdm_params *p, ia_sdm_input *out)
{
    ia_ranged ranged = {0};
    ia_species from, to;
    const char *first = *p->from ? p->from : p->to, *second = *p->to ? p->to : p->from;
    ia_status st;
    if ((st = find_one(ctx, ions, "from", first, &from)) == IA_OK &&
        (st = find_one(ctx, ions, "to", second, &to)) == IA_OK &&
        (st = ia_ranged_build(ctx, ions->ions, ions->ranger, &ranged)) == IA_OK &&
        (st = gather(ctx, &ranged, ions->ranges, &from, &out->from)) == IA_OK) {
        out->same = ia_species_is_same(&from, &to);
        st = out->same ? IA_OK : gather(ctx, &ranged, ions->ranges, &to, &out->to);
        if (out->same)
            out->to = out->from;
    }
    ia_ranged_clear(&ranged);
    return st;
}

ia_status ia_sdm_input_build(ia_ctx *ctx, const ia_knn_input *ions,
                             const ia_sdm_params *params, ia_sdm_input *out)
{
    ia_sdm_params p = params ? *params : ia_sdm_defaults();
    ia_sdm_input input = {.all = {NULL, ions->ions->n}, .same = true};
    float *xyz = NULL;
    ia_status st = ia_ions_positions(ctx, ions->ions, &xyz);
    input.all.xyz = xyz;
    if (st == IA_OK && (*p.from || *p.to))
        st = gather_species(ctx, ions, &p, &input);
    else
        input.from = input.to = input.all;
    if (st == IA_OK) {
        *out = input;
        return IA_OK;
    }
    ia_sdm_input_clear(&input);
    return st;
}

void ia_sdm_input_clear(ia_sdm_input *input)
{
    if (!input->same)
        free((void *)input->to.xyz);
    if (input->from.xyz != input->all.xyz)
        free((void *)input->from.xyz);
    free((void *)input->all.xyz);
    *input = (ia_sdm_input){0};
}
