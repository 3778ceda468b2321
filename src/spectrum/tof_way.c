// src/spectrum/tof_way.c: the way `tree`: elements by their isotope patterns, then
// molecules of these.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include "core/element_list.h"

#include <math.h>
#include <stdlib.h>

enum { SCALE_ROUNDS = 2 };
static ia_status read_hint(ia_tof_job *job)
{
    ia_element_list elements = {0};
    ia_status st =
        ia_element_list_read(job->ctx, "elements", job->params->elements, &elements);

    job->is_hinted = elements.n > 0;
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        job->hinted[z] = elements.n == 0;
    for (size_t i = 0; i < elements.n; i++)
        job->hinted[elements.z[i]] = true;
    job->hinted[ia_element_find("H", 1)] = true;
    job->hinted[ia_element_find("Ga", 2)] = true;
    return st;
}

// Other instruments give ions of one charge. To the trees an anion is the cation of the
// same atoms, two electrons lighter.
static ia_status read_prior(ia_tof_job *job)
{
    bool negative = job->params->polarity == IA_POLARITY_NEGATIVE;
    ia_status st = ia_ion_prior_read(job->ctx, job->params->prior, &job->prior);

    job->single = negative || job->params->technique != IA_TECHNIQUE_APT;
    job->electrons = negative ? 2 * ia_electron_mass : 0;
    if (st == IA_OK && job->single)
        st = ia_ion_prior_single(job->ctx, &job->prior, negative);
    return st;
}

static ia_status begin(ia_tof_job *job, const ia_background *background)
{
    size_t n_model;
    const unsigned char *model = ia_tof_model(&n_model);
    ia_tof_peaks *tof = &job->tof;
    ia_status st;

    if ((st = read_hint(job)) != IA_OK || (st = read_prior(job)) != IA_OK ||
        (st = ia_tof_model_read(job->ctx, model, n_model, &job->trees)) != IA_OK ||
        (st = ia_counts_build(job->ctx, job->spectrum, background, &job->counts)) !=
            IA_OK)
        return st;
    job->classes = ia_tof_classes_list();
    tof->n = job->peaks->n;
    tof->list = ia_array(job->ctx, tof->n, sizeof *tof->list);
    job->left = ia_array(job->ctx, tof->n, sizeof *job->left);
    job->told = ia_array(job->ctx, IA_TOF_TOLD_MOST, sizeof *job->told);
    if (!tof->list || !job->left || !job->told)
        return IA_ERR_MEMORY;
    tof->m_lo = job->spectrum->m_min;
    tof->m_hi = ia_counts_end(&job->counts);
    tof->flat = job->counts.flat;
    tof->widths = job->peaks->widths;
    return IA_OK;
}

// Peaks on the scale as it is known.
void ia_tof_set_peaks(ia_tof_job *job)
{
    const ia_mass_scale *scale = &job->out.scale;

    for (size_t i = 0; i < job->tof.n; i++) {
        const ia_peak *p = &job->peaks->list[i];
        job->tof.list[i] = (ia_tof_peak){
            .mass = (p->mass - scale->offset) / (1 + scale->slope) - job->electrons,
            .sigma = p->sigma_mass,
            .net = fmax(1, p->counts - p->background),
            .b = p->background,
        };
    }
    job->tof.scale = scale->n_lines ? scale->sigma : 0.5 * job->params->tolerance;
}

static ia_status find_elements_and_scale(ia_tof_job *job)
{
    ia_status st = IA_OK;

    for (int round = 0; st == IA_OK && round < SCALE_ROUNDS; round++) {
        ia_tof_set_peaks(job);
        if ((st = ia_step(job->ctx, "identify", 0.1 + 0.2 * round)) != IA_OK ||
            (st = ia_tof_find_elements(job)) != IA_OK)
            break;
        if (round + 1 < SCALE_ROUNDS)
            ia_tof_fit_scale(job);
    }
    return st;
}

static void end(ia_tof_job *job)
{
    while (job->n_told)
        ia_tof_forget(job, job->n_told - 1);
    free(job->told);
    free(job->left);
    free(job->tof.list);
    ia_tof_trees_clear(&job->trees);
    ia_ion_prior_clear(&job->prior);
    ia_candidates_clear(&job->listed);
    ia_counts_clear(&job->counts);
    ia_assignment_clear(&job->out);
}

ia_status ia_tree_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                          const ia_background *background, const ia_peaks *peaks,
                          const ia_identify_params *params, ia_assignment *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    ia_tof_job job = {.ctx = ctx, .spectrum = spectrum, .peaks = peaks, .params = &p};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_identify_method, &p)) != IA_OK ||
        (st = begin(&job, background)) != IA_OK)
        goto done;
    if (job.single)
        p.charge_max = 1;
    if ((st = find_elements_and_scale(&job)) != IA_OK ||
        (st = ia_tof_withhold_elements(&job)) != IA_OK ||
        (st = ia_tof_settle(&job)) != IA_OK ||
        ((job.n_told || job.single) && (st = ia_tof_find_molecules(&job)) != IA_OK) ||
        (st = ia_tof_decide(&job)) != IA_OK || (st = ia_tof_report(&job)) != IA_OK)
        goto done;
    *out = job.out;
    job.out = (ia_assignment){0}; // the caller's now
done:
    end(&job);
    return st;
}

ia_status ia_tree_propose(ia_ctx *ctx, const ia_spectrum *spectrum,
                          const ia_background *background, const ia_peaks *peaks,
                          const ia_identify_params *params, ia_assignment *out)
{
    const double low = 0.1;
    ia_identify_params p = *params;
    ia_tof_job job = {.ctx = ctx, .spectrum = spectrum, .peaks = peaks, .params = &p};
    ia_status st;

    p.probability = low;
    if ((st = begin(&job, background)) != IA_OK ||
        (st = find_elements_and_scale(&job)) != IA_OK ||
        (st = ia_tof_settle(&job)) != IA_OK ||
        (job.n_told && (st = ia_tof_find_molecules(&job)) != IA_OK) ||
        (st = ia_tof_report(&job)) != IA_OK)
        goto done;
    *out = job.out;
    job.out = (ia_assignment){0}; // the caller's now
done:
    end(&job);
    return st;
}
