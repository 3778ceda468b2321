// src/project/tell_enriched.c: says where an element's isotopes are not those of nature.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <math.h>
#include <stdio.h>

static bool is_natural_atom(const ia_ion *ion)
{
    return ion->n_parts == 1 && ion->parts[0].count == 1 && !ion->parts[0].a;
}

// Does a peak that no ion explains lie where this isotope of a told atom has to, with far
// more ions than nature gives it?
static bool is_in_excess(const ia_identification *id, const ia_isotope_evidence *line)
{
    const double factor = 2, sure = 10, part = 1e-4; // part: of the peak
    const ia_assignment *told = &id->assignment;

    if (line->peak < 0 || !is_natural_atom(&told->ions[line->ion].ion) ||
        !(line->expected > part * line->observed))
        return false;
    return told->unexplained[line->peak] > 0.5 * line->observed &&
           line->observed > factor * line->expected + sure * line->sigma;
}

void ia_tell_enriched(ia_ctx *ctx, const ia_identification *id)
{
    const ia_assignment *told = &id->assignment;
    const ia_isotope_evidence *worst = NULL;

    for (size_t i = 0; i < told->n_isotopes; i++) {
        const ia_isotope_evidence *line = &told->isotopes[i];
        if (is_in_excess(id, line) && (!worst || line->observed > worst->observed))
            worst = line;
    }
    if (!worst)
        return;
    const ia_ion *ion = &told->ions[worst->ion].ion;
    ia_warn(ctx,
            "the peak at %.2f Da holds %.0f ions where isotopes of nature give %s %.0f: "
            "another ion, or a specimen whose %s is enriched, which --enriched says; "
            "isotopes of nature are taken for all counts, so that %s would be told too "
            "little",
            worst->mass, worst->observed, ion->name, worst->expected,
            ia_element_of(ion->parts[0].z)->symbol,
            ia_element_of(ion->parts[0].z)->symbol);
}
