// src/spectrum/assign_hidden.c: ions in the shoulders of others' peaks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/deconvolve.h>

#include "spectrum/assign_job.h"

#include <math.h>
#include <stdlib.h>

// The choice weighs each peak by its ions and its place. Once the shape of peaks is
// known, a shoulder that it does not have speaks for an ion more.

typedef struct {
    ia_ion *ions; // (n) those told
    double *probability;
    ia_peak_shape shape;
    ia_deconvolution solved;
} looking;

static void finish(looking *l)
{
    free(l->ions);
    free(l->probability);
    ia_peak_shape_clear(&l->shape);
    ia_deconvolution_clear(&l->solved);
}

// Without a word: what is to be warned of is told when ions are counted.
static ia_status look(const assigning *job, const ia_background *background, looking *l)
{
    const ia_assignment *told = &job->out;
    ia_deconvolve_input input = {.spectrum = job->spectrum,
                                 .background = background,
                                 .peaks = job->peaks,
                                 .shape = &l->shape,
                                 .scale = &job->scale,
                                 .n_ions = told->n_ions,
                                 .rivals = told->rivals,
                                 .n_rivals = told->n_rivals};

    l->ions = ia_array(job->ctx, told->n_ions, sizeof *l->ions);
    l->probability = ia_array(job->ctx, told->n_ions, sizeof *l->probability);
    if (!l->ions || !l->probability)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < told->n_ions; k++) {
        l->ions[k] = told->ions[k].ion;
        l->probability[k] = told->ions[k].probability;
    }
    input.ions = l->ions;
    input.probability = l->probability;
    ia_status st =
        ia_peak_shape_told(NULL, job->spectrum, background, job->peaks, told, &l->shape);
    return st == IA_OK ? ia_deconvolve_compute(NULL, &input, NULL, &l->solved) : st;
}

static size_t species_of(const ia_model *m, const ia_ion *ion)
{
    size_t k = 0;
    while (k < m->n_species && !ia_ion_is_equal(&m->species[k].candidate->ion, ion))
        k++;
    return k;
}

static bool is_told_element(const assigning *job, unsigned z)
{
    for (size_t k = 0; k < job->out.n_ions; k++)
        if (ia_ion_count(&job->out.ions[k].ion, z) > 0)
            return true;
    return false;
}

// Is it the atom of an element that no ion told holds?
static bool is_new_element(const assigning *job, const ia_ion *ion)
{
    return ia_ion_atoms(ion) == 1 && !is_told_element(job, ion->parts[0].z);
}

// An ion told that nothing sure and little is left of, once those that hide are counted,
// is not there.
static void drop_replaced(assigning *job, const looking *l)
{
    const double lost = 5, little = 0.2; // standard deviations, of what was told
    ia_model *m = &job->model;

    for (size_t i = 0; i < job->out.n_ions && i < l->solved.n_ions; i++) {
        const ia_solved *ion = &l->solved.ions[i];
        size_t k = species_of(m, &ion->ion);
        if (k < m->n_species && ion->counts < lost * ion->sigma_all &&
            ion->counts < little * job->out.ions[i].counts)
            ia_species_set(m, &m->species[k], 0);
    }
}

// Take up those that the shape asks for, or of them new elements alone; the others give
// way.
static bool take_up(assigning *job, const looking *l, bool new_elements)
{
    ia_model *m = &job->model;
    bool any = false;

    for (size_t i = job->out.n_ions; i < l->solved.n_ions; i++) {
        const ia_solved *ion = &l->solved.ions[i];
        size_t k = species_of(m, &ion->ion);
        if (k == m->n_species || !(ion->counts > 0) || m->species[k].intensity > 0 ||
            (new_elements && !is_new_element(job, &ion->ion)))
            continue;
        ia_species_set(m, &m->species[k], ion->counts);
        m->species[k].held = true;
        job->odds[k] = log(ion->probability / fmax(1e-12, 1 - ion->probability));
        any = true;
    }
    if (any && new_elements)
        drop_replaced(job, l);
    if (any)
        ia_model_yield(m, 4);
    return any;
}

// Then some peaks stay without a name on purpose; no shoulder is to explain them.
static bool leaves_out(const ia_assignment *told)
{
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        if (told->left_out[z])
            return true;
    return false;
}

// What is told, by ion: species change when candidates do.
typedef struct {
    ia_ion ion;
    double intensity, odds;
} chosen;

static size_t list_chosen(const assigning *job, chosen *list)
{
    const ia_model *m = &job->model;
    size_t n = 0;

    for (size_t k = 0; k < m->n_species; k++)
        if (m->species[k].intensity > 0)
            list[n++] = (chosen){m->species[k].candidate->ion, m->species[k].intensity,
                                 job->odds[k]};
    return n;
}

// The same choice among the candidates that new elements make.
static ia_status widen(assigning *job)
{
    chosen *list = ia_array(job->ctx, job->model.n_species, sizeof *list);
    ia_status st = IA_ERR_MEMORY;

    if (!list)
        return st;
    size_t n = list_chosen(job, list);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].ion.n_parts; k++)
            job->found[list[i].ion.parts[k].z] = true;
    if ((st = ia_assign_candidates(job)) != IA_OK)
        goto done;
    free(job->odds);
    job->odds = ia_array(job->ctx, job->model.n_species, sizeof *job->odds);
    st = job->odds ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        size_t k = species_of(&job->model, &list[i].ion);
        if (k == job->model.n_species)
            continue;
        ia_species_set(&job->model, &job->model.species[k], list[i].intensity);
        job->odds[k] = list[i].odds;
    }
done:
    free(list);
    return st == IA_OK ? ia_assign_tell(job) : st;
}

ia_status ia_assign_hidden(assigning *job, const ia_background *background)
{
    looking l = {.ions = NULL};
    ia_status st = IA_OK;

    if (job->out.n_ions == 0 || job->out.n_rivals == 0 || leaves_out(&job->out))
        return IA_OK;
    // A new element makes molecules likely that may be what hides elsewhere: N2+ and not
    // CO+ beneath 28Si+, once 14N+ is seen beneath 28Si++.
    if ((st = look(job, background, &l)) == IA_OK && take_up(job, &l, true) &&
        (st = widen(job)) == IA_OK) {
        finish(&l);
        l = (looking){.ions = NULL};
        st = look(job, background, &l);
    }
    if (st == IA_OK && take_up(job, &l, false))
        st = ia_assign_tell(job);
    finish(&l);
    return st;
}
