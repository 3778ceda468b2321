// src/spectrum/tof_molecules.c: the second stage: molecules of the elements found.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include "spectrum/element_prior.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4 };

static bool is_hinted(const ia_tof_job *job, const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (!job->hinted[ion->parts[i].z])
            return ia_ion_is_residual_gas(ion);
    return true;
}

// The molecule that the trees tell of a peak; probability 0 for none.
static ia_status hear_molecules(const ia_tof_job *job, const ia_tof_scene *scene,
                                size_t peak, ia_tof_told *told)
{
    float features[IA_TOF_MATCHES_MOST * IA_TOF_MATCH_FEATURES], p[IA_TOF_MATCHES_MOST];
    ia_tof_matches *matches = ia_array(job->ctx, 1, sizeof *matches);
    size_t best = 0, rival;
    ia_status st =
        matches ? ia_tof_match_peak(job->ctx, scene, peak, matches) : IA_ERR_MEMORY;

    *told = (ia_tof_told){.peak = peak, .is_molecule = true};
    for (size_t i = 0; st == IA_OK && i < matches->n; i++)
        memcpy(features + i * IA_TOF_MATCH_FEATURES, matches->list[i].features,
               sizeof matches->list[i].features);
    if (st == IA_OK)
        st = ia_trees_predict(job->ctx, job->trees.molecules, features, matches->n, p,
                              matches->n);
    if (st != IA_OK || matches->n == 0)
        goto done;
    for (size_t i = 1; i < matches->n; i++)
        if (p[i] > p[best])
            best = i;
    rival = best ? 0 : 1;
    for (size_t i = 0; i < matches->n; i++)
        if (i != best && p[i] > p[rival])
            rival = i;
    told->ion = matches->list[best].ion;
    told->probability = (double)p[best];
    if (matches->n > 1) {
        told->rival = matches->list[rival].ion;
        told->rival_probability = (double)p[rival];
    }
done:
    if (matches)
        ia_tof_matches_clear(matches);
    free(matches);
    return st;
}

static ia_status consider_molecule(ia_tof_job *job, const ia_tof_told *told, bool *any)
{
    if (told->probability < job->params->probability || !is_hinted(job, &told->ion))
        return IA_OK;
    for (size_t k = 0; k < job->n_told; k++)
        if (ia_ion_is_equal(&job->told[k].ion, &told->ion))
            return IA_OK;
    *any = true;
    return ia_tof_tell(job, told);
}

static ia_status find_molecules_once(ia_tof_job *job, const ia_members *members,
                                     bool *any)
{
    ia_tof_view view = {0};
    ia_status st = ia_tof_view_build(job, members, SIZE_MAX, &view);

    for (size_t p = 0; st == IA_OK && p < job->tof.n; p++) {
        ia_tof_told told;
        if (!ia_tof_is_open(&view.scene, p))
            continue;
        if ((st = hear_molecules(job, &view.scene, p, &told)) == IA_OK)
            st = consider_molecule(job, &told, any);
    }
    ia_tof_view_clear(&view);
    return st;
}

// Probabilities of the molecules that the trees tell where all peaks are moved: the same
// elements, the same ions left of each peak by these (`scene`).
static ia_status find_false_molecules(ia_tof_job *job, const ia_tof_scene *scene,
                                      double **out, size_t *n)
{
    double *list = ia_array(job->ctx, job->tof.n * IA_TOF_SHIFTS, sizeof *list);
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;

    *n = 0;
    for (size_t k = 0; st == IA_OK && k < IA_TOF_SHIFTS; k++) {
        ia_tof_set_peaks(job);
        for (size_t i = 0; i < job->tof.n; i++)
            job->tof.list[i].mass += ia_tof_shifts[k];
        for (size_t p = 0; st == IA_OK && p < job->tof.n; p++) {
            ia_tof_told told;
            if (!ia_tof_is_open(scene, p))
                continue;
            st = hear_molecules(job, scene, p, &told);
            if (st == IA_OK && told.probability >= job->params->probability)
                list[(*n)++] = told.probability;
        }
    }
    ia_tof_set_peaks(job);
    if (st == IA_OK)
        *out = list;
    else
        free(list);
    return st;
}

static ia_status withhold_molecules(ia_tof_job *job, const ia_tof_scene *scene)
{
    double *decoys = NULL;
    size_t n = 0;
    ia_status st = find_false_molecules(job, scene, &decoys, &n);

    if (st == IA_OK && ia_tof_withhold(job, true, decoys, n) > 0)
        st = ia_tof_settle(job);
    free(decoys);
    return st;
}

// Of other instruments what sputtering is known to bring, oxides of elements without bare
// atoms and hydrocarbons, and the atoms that the first stage did not tell: two electrons
// lighter where they are anions.
static ia_status list_ions(ia_tof_job *job)
{
    ia_identify_params params = *job->params;
    const ia_candidate_rules rules = {
        &params,     job->found, job->tof.m_lo, job->tof.m_hi, &job->tof.widths,
        &job->prior, 0};

    if (!job->single)
        return IA_OK;
    if (params.technique == IA_TECHNIQUE_APT)
        params.technique = IA_TECHNIQUE_SIMS;
    params.polarity = IA_POLARITY_POSITIVE;
    ia_candidates_clear(&job->listed);
    return ia_candidates_build(job->ctx, &rules, &job->listed);
}

// Ions of a round are told side by side; who is not needed beside the others goes.
static ia_status drop_needless(ia_tof_job *job, const ia_members *members)
{
    ia_status st = IA_OK;

    for (size_t k = job->n_told; st == IA_OK && k > 0; k--) {
        ia_tof_view without = {0};
        const ia_tof_told *told = &job->told[k - 1];
        if (!told->is_molecule)
            continue;
        if ((st = ia_tof_view_build(job, members, k - 1, &without)) == IA_OK &&
            !ia_tof_is_open(&without.scene, told->peak))
            ia_tof_forget(job, k - 1);
        ia_tof_view_clear(&without);
    }
    return st == IA_OK ? ia_tof_settle(job) : st;
}

static ia_status find_in_rounds(ia_tof_job *job, const ia_members *members)
{
    bool any = job->params->atoms_max > 1;
    ia_status st = IA_OK;

    for (int round = 0; st == IA_OK && any && round < ROUNDS; round++) {
        any = false;
        if ((st = ia_step(job->ctx, "identify", 0.4 + 0.1 * round)) != IA_OK ||
            (st = list_ions(job)) != IA_OK ||
            (st = find_molecules_once(job, members, &any)) != IA_OK || !any ||
            (st = ia_tof_settle(job)) != IA_OK)
            break;
        if (job->single)
            st = drop_needless(job, members);
    }
    return st;
}

// Few atoms show by themselves where sputtering brings molecules: the scale is fitted to
// these, too, and they are told anew.
static ia_status find_on_scale(ia_tof_job *job, const ia_members *members)
{
    ia_status st = find_in_rounds(job, members);

    if (st != IA_OK || !job->single)
        return st;
    ia_tof_fit_scale(job);
    ia_tof_set_peaks(job);
    for (size_t k = job->n_told; k > 0; k--)
        if (job->told[k - 1].is_molecule)
            ia_tof_forget(job, k - 1);
    st = ia_tof_settle(job);
    return st == IA_OK ? find_in_rounds(job, members) : st;
}

ia_status ia_tof_find_molecules(ia_tof_job *job)
{
    ia_members members = {0};
    ia_tof_view before = {0}; // as the elements leave it
    size_t n_told = job->n_told;
    ia_status st = ia_tof_members(job->ctx, &job->prior, job->found, &members);

    if (st == IA_OK &&
        (st = ia_tof_view_build(job, &members, SIZE_MAX, &before)) == IA_OK)
        st = find_on_scale(job, &members);
    if (st == IA_OK && job->n_told > n_told)
        st = withhold_molecules(job, &before.scene);
    ia_tof_view_clear(&before);
    ia_members_clear(&members);
    return st;
}
