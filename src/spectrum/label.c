// src/spectrum/label.c: ions that could sit at one m/n, or at each peak of a spectrum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/label_internal.h"

#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_label_params, at, "Da", 0, 0, 1000,
             "m/n asked about; 0: every peak of the spectrum"),
    IA_FIELD_TEXT(
        ia_label_params, elements, "",
        "ions of these elements alone: \"Fe,C,Mn\"; empty: of all natural ones"),
    IA_FIELD_TEXT(ia_label_params, enriched, "",
                  "nuclides that the specimen holds as if natural: \"D,57Fe\""),
    IA_FIELD(IA_SIZE, ia_label_params, atoms_max, "", 5, 1, IA_COMBINATION_ATOMS,
             "most atoms of an ion"),
    IA_FIELD(IA_SIZE, ia_label_params, charge_max, "", 4, 1, 8,
             "largest charge of an ion"),
    IA_FIELD(IA_F64, ia_label_params, tolerance, "Da", 0.05, 1e-6, 1,
             "largest distance of an ion from the m/n"),
    IA_FIELD(IA_F64, ia_label_params, tolerance_ppm, "ppm", 0, 0, 1e5,
             "the same, relative to the m/n; the larger of the two holds"),
    IA_FIELD(IA_F64, ia_label_params, abundance, "", 1e-5, 0, 1,
             "least natural abundance of an ion's isotopes together"),
    IA_FIELD(IA_F64, ia_label_params, half_life, "s", 0, 0, 1e30,
             "least half-life of each nuclide, artificial ones too; 0: natural ones"),
    IA_FIELD(IA_SIZE, ia_label_params, most, "", 12, 1, 10000,
             "most ions listed for an m/n"),
    IA_FIELD(IA_BOOL, ia_label_params, commonness, "", 1, 0, 1,
             "rank by how often elements, charges and molecules are met, too"),
    IA_FIELD_TEXT(ia_label_params, prior, "",
                  "CSV file of rows that replace those of data/ion_prior.csv"),
};
const ia_method ia_label_method =
    IA_METHOD("label", "Ions that could be at an m/n", ia_label_params, fields);

ia_label_params ia_label_defaults(void)
{
    ia_label_params params;
    ia_method_defaults(&ia_label_method, &params);
    return params;
}

enum { KEPT = 400 }; // by prior and place, then weighed against the spectrum

// The strongest peak that reaches what was asked about, give or take the tolerance.
static int32_t peak_at(const ia_peaks *peaks, double mass, double tolerance)
{
    int32_t best = -1;
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *p = &peaks->list[i];
        if (mass + tolerance < p->lo || mass - tolerance >= p->hi)
            continue;
        if (best < 0 || p->height > peaks->list[best].height)
            best = (int32_t)i;
    }
    return best;
}

ia_status ia_labelling_begin(ia_ctx *ctx, const ia_label_params *params,
                             const ia_label_evidence *evidence, ia_labelling_job *job)
{
    *job = (ia_labelling_job){.ctx = ctx, .params = params, .evidence = evidence};
    const ia_identify_params *source = evidence ? evidence->source : NULL;
    ia_status st = ia_ion_prior_read(ctx, params->prior, &job->prior);

    job->negative = source && source->polarity == IA_POLARITY_NEGATIVE;
    job->single = job->negative || (source && source->technique != IA_TECHNIQUE_APT);
    if (st != IA_OK ||
        (job->single &&
         (st = ia_ion_prior_single(ctx, &job->prior, job->negative)) != IA_OK) ||
        (st = ia_members_build(ctx, params, &job->prior, &job->members)) != IA_OK ||
        !evidence)
        return st;
    if (evidence->account)
        job->scale = evidence->account->scale;
    if ((st = ia_counts_build(ctx, evidence->spectrum, evidence->background,
                              &job->counts)) != IA_OK ||
        (st = ia_label_find_elements(job)) != IA_OK)
        return st;
    // Rare isotopes of what is there must not be lost among molecules of what is not.
    for (size_t i = 0; i < job->members.n; i++)
        if (job->seen[job->members.list[i].nuclide->z] > 0)
            job->members.list[i].cost = 0;
    return IA_OK;
}

void ia_labelling_end(ia_labelling_job *job)
{
    ia_members_clear(&job->members);
    ia_ion_prior_clear(&job->prior);
    ia_counts_clear(&job->counts);
}

// Label looks at a peak by itself: where all peaks together tell another ion, that is
// said.
static void tell_account(ia_ctx *ctx, const ia_labelling *l)
{
    const ia_ion *told = &l->told;

    if (told->n_parts > 0 && !(l->n > 0 && ia_ion_is_like(told, &l->list[0].ion)))
        ia_warn(ctx,
                "all peaks together tell %s at %.2f Da, with probability %.3g: the order "
                "here is that of this peak by itself",
                told->name, l->mass, l->told_probability);
}

static ia_status answer_one(ia_labelling_job *job, ia_labels *out)
{
    const ia_peaks *peaks = job->evidence ? job->evidence->peaks : NULL;
    size_t kept = job->params->most > KEPT ? job->params->most : KEPT;
    ia_label_question q = {job->params->at, -1, kept, job->params->most};

    if (peaks && (q.peak = peak_at(peaks, q.mass, job->params->tolerance)) >= 0)
        q.mass = peaks->list[q.peak].mass;
    else if (peaks)
        ia_warn(job->ctx, "no peak at %g Da: the ions there are background or a tail",
                q.mass);
    if (!(out->list = ia_array(job->ctx, 1, sizeof *out->list)))
        return IA_ERR_MEMORY;
    out->n = 1;
    ia_status st = ia_label_rank(job, &q, &out->list[0]);
    if (st == IA_OK && peaks)
        tell_account(job->ctx, &out->list[0]);
    return st;
}

static ia_status answer_all(ia_labelling_job *job, ia_labels *out)
{
    const ia_peaks *peaks = job->evidence->peaks;
    size_t kept = job->params->most > KEPT ? job->params->most : KEPT;
    ia_status st = IA_OK;

    if (!(out->list = ia_array(job->ctx, peaks->n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    for (; st == IA_OK && out->n < peaks->n; out->n++) {
        const ia_label_question q = {peaks->list[out->n].mass, (int32_t)out->n, kept,
                                     job->params->most};
        if ((st = ia_step(job->ctx, "label", (double)out->n / (double)peaks->n)) == IA_OK)
            st = ia_label_rank(job, &q, &out->list[out->n]);
    }
    return st;
}

ia_status ia_labels_compute(ia_ctx *ctx, const ia_label_params *params,
                            const ia_label_evidence *evidence, ia_labels *out)
{
    ia_label_params p = params ? *params : ia_label_defaults();
    ia_labelling_job job = {.ctx = ctx};
    ia_labels labels = {0};
    ia_status st = ia_method_check(ctx, &ia_label_method, &p);

    if (st != IA_OK)
        goto done;
    if (p.at == 0 && !evidence) {
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "at = 0 Da asks about every peak of a spectrum: "
                     "there is none");
        goto done;
    }
    if ((st = ia_labelling_begin(ctx, &p, evidence, &job)) != IA_OK)
        goto done;
    job.texts = true;
    if ((st = p.at > 0 ? answer_one(&job, &labels) : answer_all(&job, &labels)) != IA_OK)
        goto done;
    *out = labels;
    labels = (ia_labels){0}; // the caller's now
done:
    ia_labelling_end(&job);
    ia_labels_clear(&labels);
    return st;
}

void ia_labelling_clear(ia_labelling *labelling)
{
    for (size_t i = 0; i < labelling->n; i++) {
        free(labelling->list[i].pro);
        free(labelling->list[i].con);
    }
    free(labelling->list);
    *labelling = (ia_labelling){0};
}

void ia_labels_clear(ia_labels *labels)
{
    for (size_t i = 0; i < labels->n; i++)
        ia_labelling_clear(&labels->list[i]);
    free(labels->list);
    *labels = (ia_labels){0};
}
