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
    ia_status st = ia_peak_shape_compute(NULL, job->spectrum, background, job->peaks,
                                         NULL, &l->shape);
    return st == IA_OK ? ia_deconvolve_compute(NULL, &input, NULL, &l->solved) : st;
}

static size_t species_of(const ia_model *m, const ia_ion *ion)
{
    size_t k = 0;
    while (k < m->n_species && !ia_ion_is_equal(&m->species[k].candidate->ion, ion))
        k++;
    return k;
}

// Take up those that the shape asks for; the others give way.
static bool take_up(assigning *job, const looking *l)
{
    ia_model *m = &job->model;
    bool any = false;

    for (size_t i = job->out.n_ions; i < l->solved.n_ions; i++) {
        const ia_solved *ion = &l->solved.ions[i];
        size_t k = species_of(m, &ion->ion);
        if (k == m->n_species || !(ion->counts > 0) || m->species[k].intensity > 0)
            continue;
        ia_species_set(m, &m->species[k], ion->counts);
        job->odds[k] = log(ion->probability / fmax(1e-12, 1 - ion->probability));
        any = true;
    }
    if (any)
        ia_model_polish(m, 4);
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

ia_status ia_assign_hidden(assigning *job, const ia_background *background)
{
    looking l = {.ions = NULL};
    ia_status st = IA_OK;

    if (job->out.n_ions > 0 && job->out.n_rivals > 0 && !leaves_out(&job->out) &&
        (st = look(job, background, &l)) == IA_OK && take_up(job, &l))
        st = ia_assign_tell(job);
    finish(&l);
    return st;
}
