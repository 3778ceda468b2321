// src/spectrum/guided.c: each peak labelled by itself with the ion of the best rank.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/element_list.h"
#include "spectrum/element_prior.h"
#include "spectrum/label_internal.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 120, MOST = 8 }; // ions weighed for a peak, and looked through for the hint

typedef struct {
    ia_labelling_job labels;
    const ia_peaks *peaks;
    const ia_identify_params *params;
    bool hinted[IA_Z_MAX + 1]; // all without a hint
    bool is_hinted;
    ia_assignment out;
} guiding;

// The same for the enumeration: the hint and what residual gas is made of.
static ia_status set_params(ia_ctx *ctx, guiding *job, ia_label_params *p)
{
    const char *hint = job->params->elements;
    ia_element_list elements = {0};
    ia_status st = ia_element_list_read(ctx, "elements", hint, &elements);

    *p = ia_label_defaults();
    p->atoms_max = job->params->atoms_max;
    p->charge_max = job->params->charge_max;
    p->tolerance = job->params->tolerance;
    p->abundance = 1e-4;
    memcpy(p->prior, job->params->prior, sizeof p->prior);
    job->is_hinted = elements.n > 0;
    for (size_t i = 0; i < elements.n; i++)
        job->hinted[elements.z[i]] = true;
    job->hinted[ia_element_find("H", 1)] = true;
    job->hinted[ia_element_find("Ga", 2)] = true;
    if (st == IA_OK && job->is_hinted &&
        (size_t)snprintf(p->elements, sizeof p->elements, "%s,H,C,N,O,Ga", hint) >=
            sizeof p->elements)
        st = ia_fail(ctx, IA_ERR_PARAM, "elements: the list is too long");
    return st;
}

static bool is_told(const guiding *job, const ia_ion *ion)
{
    ia_ion kind = {.charge = ion->charge};

    if (!job->is_hinted)
        return true;
    for (size_t i = 0; i < ion->n_parts; i++)
        ia_ion_add(&kind, ion->parts[i].z, 0, ion->parts[i].count);
    for (size_t i = 0; i < kind.n_parts; i++)
        if (!job->hinted[kind.parts[i].z])
            return ia_ion_is_residual_gas(&kind);
    return true;
}

// The ion's entry, made when it is new.
static size_t entry_of(ia_assignment *out, const ia_label *label)
{
    ia_ion kind = {.charge = label->ion.charge, .negative = label->ion.negative};
    size_t at = 0;

    for (size_t i = 0; i < label->ion.n_parts; i++)
        ia_ion_add(&kind, label->ion.parts[i].z, 0, label->ion.parts[i].count);
    ia_ion_rename(&kind);
    while (at < out->n_ions && !ia_ion_is_equal(&out->ions[at].ion, &kind))
        at++;
    if (at == out->n_ions)
        out->ions[out->n_ions++] = (ia_identified){.ion = kind};
    return at;
}

static void give(guiding *job, size_t peak, const ia_label *label)
{
    ia_assignment *out = &job->out;
    const ia_peak *p = &job->peaks->list[peak];
    size_t at = entry_of(out, label);
    ia_identified *ion = &out->ions[at];
    double net = fmax(0, p->counts - p->background);

    out->isotopes[out->n_isotopes++] = (ia_isotope_evidence){
        .ion = (uint32_t)at,
        .mass = label->mass,
        .abundance = label->abundance,
        .expected = net,
        .observed = p->counts - p->background,
        .sigma = sqrt(p->counts + 0.01 * p->background * p->background),
        .share = 1,
        .peak = (int32_t)peak,
    };
    ion->counts += net;
    ion->sigma_counts = sqrt(ion->sigma_counts * ion->sigma_counts + p->counts);
    if (label->probability > ion->probability) {
        ion->probability = label->probability;
        ion->log_evidence = log(label->probability / fmax(1e-12, 1 - label->probability));
        ion->n_isotopes = 1 + label->n_companions;
        ion->n_seen = 1 + label->n_seen;
    }
    out->explained[peak] = true;
    out->unexplained[peak] = 0;
}

static ia_status label_peak(guiding *job, size_t peak)
{
    const ia_peak *p = &job->peaks->list[peak];
    const ia_label_question q = {p->mass, (int32_t)peak, KEPT, MOST};
    ia_labelling labels = {0};
    ia_status st;

    job->out.unexplained[peak] = fmax(0, p->counts - p->background);
    // The mass scale is that of the spectrum at 28 Da and wears as peaks do.
    if ((st = ia_step(job->labels.ctx, "identify",
                      (double)peak / (double)job->peaks->n)) != IA_OK ||
        (st = ia_label_rank(&job->labels, &q, &labels)) != IA_OK)
        return st;
    for (size_t i = 0; i < labels.n; i++) {
        if (!is_told(job, &labels.list[i].ion))
            continue;
        if (labels.list[i].probability >= job->params->probability)
            give(job, peak, &labels.list[i]);
        break;
    }
    ia_labelling_clear(&labels);
    return IA_OK;
}

// By ion, then mass, as ia_assignment promises.
static int by_ion(const void *a, const void *b)
{
    const ia_isotope_evidence *x = a, *y = b;
    if (x->ion != y->ion)
        return x->ion < y->ion ? -1 : 1;
    return (x->mass > y->mass) - (x->mass < y->mass);
}

static ia_status order_ions(ia_ctx *ctx, ia_assignment *out)
{
    uint32_t *place = ia_array(ctx, out->n_ions, sizeof *place);
    ia_identified *ions = ia_array(ctx, out->n_ions, sizeof *ions);

    if (!place || !ions) {
        free(place);
        free(ions);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < out->n_ions; i++)
        for (size_t k = 0; k < out->n_ions; k++)
            place[i] += out->ions[k].counts > out->ions[i].counts ||
                        (out->ions[k].counts == out->ions[i].counts && k < i);
    for (size_t i = 0; i < out->n_ions; i++)
        ions[place[i]] = out->ions[i];
    for (size_t i = 0; i < out->n_isotopes; i++)
        out->isotopes[i].ion = place[out->isotopes[i].ion];
    qsort(out->isotopes, out->n_isotopes, sizeof *out->isotopes, by_ion);
    free(out->ions);
    free(place);
    out->ions = ions;
    return IA_OK;
}

static ia_status make_room(ia_ctx *ctx, guiding *job)
{
    ia_assignment *out = &job->out;

    out->n_peaks = job->peaks->n;
    out->ions = ia_array(ctx, out->n_peaks, sizeof *out->ions);
    out->isotopes = ia_array(ctx, out->n_peaks, sizeof *out->isotopes);
    out->unexplained = ia_array(ctx, out->n_peaks, sizeof *out->unexplained);
    out->explained = ia_array(ctx, out->n_peaks, sizeof *out->explained);
    return out->ions && out->isotopes && out->unexplained && out->explained
               ? IA_OK
               : IA_ERR_MEMORY;
}

ia_status ia_guided_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                            const ia_background *background, const ia_peaks *peaks,
                            const ia_identify_params *params, ia_assignment *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    const ia_label_evidence evidence = {spectrum, background, peaks, NULL, &p};
    guiding job = {.peaks = peaks, .params = &p};
    ia_label_params label_params;
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_identify_method, &p)) != IA_OK ||
        (st = set_params(ctx, &job, &label_params)) != IA_OK ||
        (st = make_room(ctx, &job)) != IA_OK ||
        (st = ia_labelling_begin(ctx, &label_params, &evidence, &job.labels)) != IA_OK)
        goto done;
    for (size_t i = 0; st == IA_OK && i < peaks->n; i++)
        st = label_peak(&job, i);
    if (st != IA_OK || (st = order_ions(ctx, &job.out)) != IA_OK)
        goto done;
    job.out.scale.sigma = p.tolerance;
    *out = job.out;
    job.out = (ia_assignment){0}; // the caller's now
done:
    ia_labelling_end(&job.labels);
    ia_assignment_clear(&job.out);
    return st;
}
