// src/spectrum/candidates.c: lists the ions that a spectrum might hold.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/identify.h>
#include <ionatlas/random.h>

#include "core/element_list.h"
#include "spectrum/element_prior.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Molecules that cost more than this are no explanation of anything.
static const double COST_MOST = 11;
static const double OCCAM = 3; // of one more free intensity
static const double LEAST_SHARE = 1e-4;
enum { COPIES_MOST = 32 };

typedef struct {
    ia_ctx *ctx;
    const ia_candidate_rules *rules;
    unsigned members[IA_Z_MAX]; // elements that may form molecules, as they are written
    size_t n_members;
    ia_candidates all;
    size_t room;
    ia_random random;
    double shifts[COPIES_MOST]; // of the atoms at hand, Da
} listing;

// Elements of the hint, with H and Ga, which the instrument and the preparation bring;
// all when there is none.
static ia_status read_hint(listing *job)
{
    ia_element_list elements = {0};
    bool *hinted = job->all.hinted;
    ia_status st = ia_element_list_read(job->ctx, "elements",
                                        job->rules->params->elements, &elements);

    job->all.is_hinted = elements.n > 0;
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        hinted[z] = elements.n == 0;
    for (size_t i = 0; i < elements.n; i++)
        hinted[elements.z[i]] = true;
    hinted[ia_element_find("H", 1)] = true;
    hinted[ia_element_find("Ga", 2)] = true;
    return st;
}

// Does the hint leave out what the ion is made of? Residual gas is in every chamber.
static bool is_left_out(const listing *job, const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (!job->all.hinted[ion->parts[i].z])
            return !ia_ion_is_residual_gas(ion);
    return false;
}

// A molecule may be made of what was found and of what residual gas is made of, which is
// written last.
static void choose_members(listing *job)
{
    static const unsigned gas[] = {6, 7, 8, 1};
    bool is_gas[IA_Z_MAX + 1] = {false};

    for (size_t i = 0; i < sizeof gas / sizeof *gas; i++)
        is_gas[gas[i]] = true;
    for (unsigned z = IA_Z_MAX; z > 0; z--)
        if (!is_gas[z] && job->rules->found && job->rules->found[z])
            job->members[job->n_members++] = z;
    for (size_t i = 0; i < sizeof gas / sizeof *gas; i++)
        job->members[job->n_members++] = gas[i];
}

static bool is_in_view(const listing *job, const ia_candidate *candidate)
{
    for (size_t i = 0; i < candidate->n_lines; i++)
        if (candidate->lines[i].share > 0.05 &&
            candidate->lines[i].mass >= job->rules->m_lo &&
            candidate->lines[i].mass < job->rules->m_hi)
            return true;
    return false;
}

// Takes over the candidate's lines, or frees them.
static ia_status keep(listing *job, ia_candidate candidate)
{
    if (!is_in_view(job, &candidate)) {
        free(candidate.lines);
        return IA_OK;
    }
    if (job->all.n == job->room) {
        size_t room = job->room ? 2 * job->room : 256;
        ia_candidate *list = ia_array(job->ctx, room, sizeof *list);
        if (!list) {
            free(candidate.lines);
            return IA_ERR_MEMORY;
        }
        if (job->all.n)
            memcpy(list, job->all.list, job->all.n * sizeof *list);
        free(job->all.list);
        job->all.list = list;
        job->room = room;
    }
    job->all.list[job->all.n++] = candidate;
    return IA_OK;
}

static ia_status invent(listing *job, const ia_candidate *model, size_t copy)
{
    ia_candidate candidate = *model;

    candidate.lines = ia_array(job->ctx, model->n_lines, sizeof *candidate.lines);
    if (!candidate.lines)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < model->n_lines; i++) {
        candidate.lines[i] = model->lines[i];
        candidate.lines[i].mass += job->shifts[copy] / model->ion.charge;
    }
    candidate.matter += copy + 1;
    candidate.invented = true;
    return keep(job, candidate);
}

static ia_status append(listing *job, const ia_ion *ion, double cost)
{
    ia_candidate candidate = {
        .ion = *ion,
        .log_prior = -cost - OCCAM,
        .matter = job->all.n_matters,
        .left_out = is_left_out(job, ion),
    };
    ia_status st = ia_ion_lines(job->ctx, ion, job->rules->widths, LEAST_SHARE,
                                &candidate.lines, &candidate.n_lines);

    for (size_t copy = 0; st == IA_OK && copy < job->rules->copies; copy++)
        st = invent(job, &candidate, copy);
    if (st == IA_OK)
        return keep(job, candidate);
    free(candidate.lines);
    return st;
}

// Other atoms from now on, moved by one or two Da and a broken part, so that no charge
// brings a line of the copy to where the like of it may be.
static void begin_matter(listing *job)
{
    job->all.n_matters += 1 + job->rules->copies;
    for (size_t copy = 0; copy < job->rules->copies; copy++) {
        double sign = ia_random_below(&job->random, 2) ? 1 : -1;
        double whole = (double)ia_random_below(&job->random, 2);
        job->shifts[copy] = sign * (whole + 0.3 + 0.4 * ia_random_uniform(&job->random));
    }
}

static ia_status list_atoms(listing *job)
{
    ia_status st = IA_OK;

    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++) {
        if (!(ia_element_cost(z) < INFINITY))
            continue;
        begin_matter(job);
        for (unsigned c = 1; st == IA_OK && c <= job->rules->params->charge_max; c++) {
            ia_ion ion = {.charge = (uint8_t)c};
            double cost = ia_charge_cost(z, c);
            if (c > z)
                break;
            ia_ion_add(&ion, z, 0, 1);
            ia_ion_rename(&ion);
            st = append(job, &ion, cost);
        }
    }
    return st;
}

static ia_status list_charges(listing *job, ia_ion ion)
{
    ia_status st = IA_OK;

    begin_matter(job);
    for (unsigned c = 1; st == IA_OK && c <= job->rules->params->charge_max; c++) {
        ion.charge = (uint8_t)c;
        double cost = ia_molecule_cost(&ion);
        if (cost > COST_MOST)
            continue;
        ia_ion_rename(&ion);
        st = append(job, &ion, cost);
    }
    return st;
}

// Every multiset of `left` more members, none before `from`.
static ia_status list_molecules(listing *job, const ia_ion *begun, size_t from,
                                size_t left)
{
    ia_status st = IA_OK;

    for (size_t i = from; st == IA_OK && i < job->n_members; i++) {
        ia_ion ion = *begun;
        ia_ion_add(&ion, job->members[i], 0, 1);
        if (ia_ion_atoms(&ion) > 1)
            st = list_charges(job, ion);
        if (st == IA_OK && left > 1)
            st = list_molecules(job, &ion, i, left - 1);
    }
    return st;
}

// Four atoms are too many to list, but H3O+ is in most specimens, and XO3 in many oxides.
static ia_status list_larger(listing *job)
{
    static const unsigned oxygen = 8, hydrogen = 1;
    ia_ion water = {.n_parts = 0};
    ia_status st;

    ia_ion_add(&water, oxygen, 0, 1);
    ia_ion_add(&water, hydrogen, 0, 3);
    st = list_charges(job, water);
    for (size_t i = 0; st == IA_OK && i < job->n_members; i++) {
        ia_ion oxide = {.n_parts = 0};
        unsigned z = job->members[i];
        ia_ion_add(&oxide, z, 0, 1);
        ia_ion_add(&oxide, oxygen, 0, 3);
        if (z > oxygen)
            st = list_charges(job, oxide);
    }
    return st;
}

ia_status ia_candidates_build(ia_ctx *ctx, const ia_candidate_rules *rules,
                              ia_candidates *out)
{
    listing job = {.ctx = ctx, .rules = rules, .random = ia_random_new(1, 0)};
    ia_ion none = {.n_parts = 0};
    ia_status st;

    if ((st = read_hint(&job)) != IA_OK)
        goto done;
    choose_members(&job);
    if ((st = list_atoms(&job)) != IA_OK)
        goto done;
    if (rules->params->atoms_max > 1)
        st = list_molecules(&job, &none, 0, rules->params->atoms_max);
    if (st == IA_OK && rules->params->atoms_max > 2)
        st = list_larger(&job);
    if (st != IA_OK)
        goto done;
    job.all.n_matters += 1 + rules->copies;
    *out = job.all;
    job.all = (ia_candidates){0};
done:
    ia_candidates_clear(&job.all);
    return st;
}

void ia_candidates_clear(ia_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++)
        free(candidates->list[i].lines);
    free(candidates->list);
    *candidates = (ia_candidates){0};
}
