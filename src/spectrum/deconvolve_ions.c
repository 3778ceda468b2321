// src/spectrum/deconvolve_ions.c: which ions are solved for when a range file or a person
// names them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nuclide_list.h"
#include "spectrum/deconvolve_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double abundance_of(const ia_ion_part *part)
{
    const ia_nuclide *nuclide = part->a ? ia_nuclide_of(part->z, part->a) : NULL;
    return nuclide ? nuclide->abundance : 1;
}

static ia_ion opened_but(const ia_ion *ion, const ia_nuclide_list *own)
{
    ia_ion open = {.charge = ion->charge, .negative = ion->negative};

    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i];
        bool natural = abundance_of(part) > 0 && !(part->z == 1 && part->a > 1) &&
                       !ia_nuclide_list_has(own, part->z, part->a);
        ia_ion_add(&open, part->z, natural ? 0 : part->a, part->count);
    }
    if (ion->n_parts == 0)
        return *ion;
    ia_ion_rename(&open);
    return open;
}

ia_ion ia_ion_opened(const ia_ion *ion)
{
    const ia_nuclide_list none = {.n = 0};
    return opened_but(ion, &none);
}

// n! / (k! (n - k)!) p^k, taken as atoms of one isotope among n of the element.
static double choose(unsigned n, unsigned k)
{
    double ways = 1;
    for (unsigned i = 1; i <= k; i++)
        ways *= (double)(n - k + i) / i;
    return ways;
}

double ia_ion_natural_share(const ia_ion *kind, const ia_ion *ion)
{
    ia_ion open = ia_ion_opened(kind);
    double share = 1;

    if (ia_ion_is_equal(kind, ion))
        return 1;
    if (kind->n_parts == 0 || !ia_ion_is_equal(&open, ion))
        return 0;
    for (size_t i = 0; i < kind->n_parts; i++) {
        const ia_ion_part *part = &kind->parts[i];
        unsigned left = 0; // atoms of the element from this part on
        for (size_t k = i; k < kind->n_parts; k++)
            left += kind->parts[k].z == part->z ? kind->parts[k].count : 0;
        if (part->a && abundance_of(part) > 0)
            share *= choose(left, part->count) * pow(abundance_of(part), part->count);
    }
    return share;
}

typedef struct {
    ia_ion *list;
    size_t n;
} ion_list;

static void add_once(ion_list *all, const ia_ion *ion)
{
    for (size_t i = 0; i < all->n; i++)
        if (ia_ion_is_equal(&all->list[i], ion))
            return;
    all->list[all->n++] = *ion;
}

static bool has_range(const ia_ranges *ranges, size_t ion)
{
    for (size_t i = 0; i < ranges->n_ranges; i++)
        if (ranges->ranges[i].ion == ion)
            return true;
    return false;
}

ia_status ia_deconvolve_ions(ia_ctx *ctx, const ia_ranges *ranges, ia_ion **ions,
                             size_t *n)
{
    ia_nuclide_list own = {.n = 0};
    ia_status st = ia_nuclide_list_read(ctx, "enriched", ranges->enriched, &own);
    if (st != IA_OK)
        return st;
    ion_list all = {.list = ia_array(ctx, ranges->n_ions, sizeof *all.list)};

    if (!all.list)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranges->n_ions; i++) {
        ia_ion open = opened_but(&ranges->ions[i], &own);
        if (open.n_parts > 0 && open.charge > 0 && has_range(ranges, i))
            add_once(&all, &open);
    }
    *ions = all.list;
    *n = all.n;
    return IA_OK;
}

// Names are parted by commas or blanks.
static size_t next_name(const char **text, char *name, size_t room)
{
    size_t n = 0;

    *text += strspn(*text, ", \t");
    while ((*text)[n] && !strchr(", \t", (*text)[n]))
        n++;
    snprintf(name, room, "%.*s", (int)n, *text);
    *text += n;
    return n;
}

ia_status ia_deconvolve_named(ia_ctx *ctx, const char *text, ia_ion **ions, size_t *n)
{
    ion_list all = {.list = ia_array(ctx, strlen(text), sizeof *all.list)};
    char name[IA_ION_NAME];

    if (!all.list)
        return IA_ERR_MEMORY;
    while (next_name(&text, name, sizeof name) > 0) {
        ia_ion ion = ia_ion_of(name);
        if (ion.n_parts == 0 || ion.charge == 0) {
            free(all.list);
            return ia_fail(ctx, IA_ERR_PARAM,
                           "ions: '%s' is no ion with its charge; write \"Fe++\"", name);
        }
        add_once(&all, &ion);
    }
    *ions = all.list;
    *n = all.n;
    return IA_OK;
}
