// src/detector/orientation_sides_lattices.c: what other common lattices make of the two
// sides of a boundary.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_sides.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Orientations that differ, as of a cubic crystal: the fewer rotations a lattice has, the
// more of them were tried.
static const double cubic = 24;

static double evidence_of(const sides_cut *cut, const ia_crystal *crystal)
{
    return cut->score + 2 * log((double)crystal->n_rotations / cubic);
}

// Of both sides, which have one.
static double icf_of(const sides_cut *cut)
{
    return sqrt(cut->found[0].fits[cut->best[0]].icf *
                cut->found[1].fits[cut->best[1]].icf);
}

// Of the strongest of each side.
static size_t count_named(const sides_job *j, const sides_cut *cut)
{
    size_t n = 0;
    zones_names names;

    for (size_t side = 0; side < 2; side++) {
        sides_look(j, cut, side, &j->rooms[0].view);
        zones_name(&j->rooms[0].view.zones, &cut->marks[side],
                   &cut->found[side].fits[cut->best[side]], &names);
        for (size_t i = 0; i < cut->marks[side].n_poles; i++)
            n += names.family[POLES][i] != SIZE_MAX;
    }
    return n;
}

static void take(const sides_job *j, const sides_cut *cut, const ia_crystal *crystal,
                 ia_lattice_evidence *out)
{
    *out = (ia_lattice_evidence){.score = -INFINITY, .icf = NAN};
    snprintf(out->crystal, sizeof out->crystal, "%s", crystal->name);
    if (!isfinite(cut->score))
        return;
    out->score = evidence_of(cut, crystal);
    out->n_named = count_named(j, cut);
    if (j->q->params->projection_length > 0)
        out->icf = icf_of(cut);
}

// Another lattice on the same cut.
static ia_status try_lattice(const sides_job *of, const sides_cut *best, const char *name,
                             ia_lattice_evidence *out)
{
    const orient_search *s = of->q->search;
    ia_crystal crystal;
    orient_search search = {0};
    sides_job j = *of;
    sides_cut *cut = ia_array(of->ctx, 1, sizeof *cut);
    zones *z = ia_array(of->ctx, 1, sizeof *z);
    orient_sides_question question = *of->q;
    orient_question of_search = {.crystal = &crystal,
                                 .params = question.params,
                                 .radius = s->radius,
                                 .middle = {s->middle[0], s->middle[1]},
                                 .on_map = s->on_map,
                                 .half = s->half};
    const orient_zone_question of_zones = {
        .params = question.params, .search = &search, .given = question.list};
    ia_status st = cut && z ? IA_OK : IA_ERR_MEMORY;

    memcpy(of_search.axis, s->axis, sizeof of_search.axis);
    if (st != IA_OK || (st = ia_crystal_parse(of->ctx, name, &crystal)) != IA_OK ||
        (st = orient_search_build(of->ctx, &of_search, &search)) != IA_OK ||
        (st = zones_init(of->ctx, &of_zones, z)) != IA_OK)
        goto done;
    *cut = (sides_cut){.angle = best->angle, .offset = best->offset};
    question.search = &search;
    j.q = &question;
    j.zones = z;
    j.cuts = cut;
    j.n_cuts = 1;
    sides_solve_cut(&j, 0, 0);
    if ((st = cut->st) == IA_OK)
        take(&j, cut, &crystal, out);
done:
    orient_search_clear(&search);
    free(z);
    free(cut);
    return st;
}

ia_status sides_compare(const sides_job *j, const sides_cut *best, ia_orientation *out)
{
    const char *told = j->q->params->crystal, *other;
    ia_status st = IA_OK;

    take(j, best, j->q->search->crystal, &out->lattices[out->n_lattices++]);
    for (size_t i = 0; st == IA_OK && (other = orient_other_lattice(told, i)); i++) {
        st = try_lattice(j, best, other, &out->lattices[out->n_lattices]);
        out->n_lattices += st == IA_OK;
    }
    if (st == IA_OK)
        orient_doubt_lattice(out);
    return st;
}
