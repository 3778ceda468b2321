// src/spectrum/tof_elements.c: the first stage: elements by their isotope patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include "spectrum/element_prior.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

static bool is_in_place(const ia_tof_job *job, size_t peak, const ia_ion *ion)
{
    const double sigmas = 3.5, extra = 0.03, light = 4; // hydrogen is off its place most
    const ia_tof_peak *p = &job->tof.list[peak];
    const ia_element *e = ia_element_of(ion->parts[0].z);
    const ia_nuclide *main = e->nuclides;

    for (size_t i = 1; i < e->n_nuclides; i++)
        if (e->nuclides[i].abundance > main->abundance)
            main = &e->nuclides[i];
    double mass = ia_mass_charged(main->mass, ion->charge);
    double sigma = hypot(ia_tof_sigma(&job->tof, mass), p->sigma);
    if (mass < light)
        sigma = hypot(sigma, extra);
    return fabs(p->mass - mass) <
           fmax(0.9 * ia_peak_width(&job->tof.widths, mass), sigmas * sigma);
}

// The two likeliest classes; the first is never none.
static void two_best(const float *p, size_t n, size_t *best, size_t *rival)
{
    *best = 1;
    for (size_t k = 2; k < n; k++)
        if (p[k] > p[*best])
            *best = k;
    *rival = 0;
    for (size_t k = 1; k < n; k++)
        if (k != *best && p[k] > p[*rival])
            *rival = k;
}

static ia_ion atom_of(const ia_tof_job *job, size_t class, unsigned charge)
{
    ia_ion ion = {.charge = (uint8_t)charge};

    if (class > 0)
        ia_ion_add(&ion, job->classes.z[class], 0, 1);
    ia_ion_rename(&ion);
    return ion;
}

// What the trees say of a peak with one charge; false for no element that fits.
static bool hear_trees(const ia_tof_job *job, size_t peak, unsigned charge,
                       const float *p, ia_tof_told *told)
{
    size_t best, rival;

    two_best(p, job->classes.n, &best, &rival);
    *told = (ia_tof_told){.ion = atom_of(job, best, charge),
                          .peak = peak,
                          .probability = (double)p[best],
                          .rival = atom_of(job, rival, charge),
                          .rival_probability = (double)p[rival]};
    return told->probability >= job->params->probability &&
           charge <= job->classes.z[best] && is_in_place(job, peak, &told->ion);
}

static ia_status consider_element(ia_tof_job *job, size_t peak, unsigned charge,
                                  const float *p)
{
    ia_tof_told told;

    if (!hear_trees(job, peak, charge, p, &told))
        return IA_OK;
    unsigned z = told.ion.parts[0].z;
    if (!job->hinted[z]) {
        job->out.left_out[z] = !ia_ion_is_residual_gas(&told.ion);
        return IA_OK;
    }
    for (size_t k = 0; k < job->n_told; k++)
        if (ia_ion_is_equal(&job->told[k].ion, &told.ion)) {
            if (job->told[k].probability >= told.probability)
                return IA_OK;
            ia_tof_forget(job, k);
            break;
        }
    return ia_tof_tell(job, &told);
}

// Asks the trees about every peak with every charge: out is (peaks, charges, classes),
// freed with free().
static ia_status ask_trees(const ia_tof_job *job, float **out)
{
    size_t charges = job->params->charge_max, n = job->tof.n * charges;
    size_t n_classes = job->classes.n;
    float *features = ia_array(job->ctx, n * IA_TOF_FEATURES, sizeof *features);
    float *p = ia_array(job->ctx, n * n_classes, sizeof *p);
    ia_status st = features && p ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; st == IA_OK && i < n; i++)
        ia_tof_features(&job->tof, i / charges, 1 + (unsigned)(i % charges),
                        features + i * IA_TOF_FEATURES);
    if (st == IA_OK)
        st = ia_trees_predict(job->ctx, job->trees.elements, features, n, p,
                              n * n_classes);
    free(features);
    if (st == IA_OK)
        *out = p;
    else
        free(p);
    return st;
}

ia_status ia_tof_find_elements(ia_tof_job *job)
{
    size_t charges = job->params->charge_max, n = job->tof.n * charges;
    float *p = NULL;
    ia_status st = ask_trees(job, &p);

    while (job->n_told)
        ia_tof_forget(job, job->n_told - 1);
    for (size_t i = 0; st == IA_OK && i < n; i++)
        st = consider_element(job, i / charges, 1 + (unsigned)(i % charges),
                              p + i * job->classes.n);
    free(p);
    return st;
}

// What chance finds: elements that the trees tell where all peaks are moved to where no
// ion can be. `out` is freed with free().
static ia_status find_decoys(ia_tof_job *job, double **out, size_t *n)
{
    size_t asked = job->tof.n * job->params->charge_max;
    double *list = ia_array(job->ctx, asked * IA_TOF_SHIFTS, sizeof *list);
    ia_status st = list ? IA_OK : IA_ERR_MEMORY;

    const ia_mass_scale fitted = job->out.scale;
    *n = 0;
    for (size_t k = 0; st == IA_OK && k < IA_TOF_SHIFTS; k++) {
        float *p = NULL;
        ia_tof_told told;
        // On the scale as it was read: the other was fitted to what was told.
        job->out.scale = (ia_mass_scale){.n_lines = 0};
        ia_tof_set_peaks(job);
        for (size_t i = 0; i < job->tof.n; i++)
            job->tof.list[i].mass += ia_tof_shifts[k];
        st = ask_trees(job, &p);
        for (size_t i = 0; st == IA_OK && i < asked; i++)
            if (hear_trees(job, i / job->params->charge_max,
                           1 + (unsigned)(i % job->params->charge_max),
                           p + i * job->classes.n, &told))
                list[(*n)++] = told.probability;
        free(p);
    }
    job->out.scale = fitted;
    ia_tof_set_peaks(job);
    *out = list;
    return st;
}

ia_status ia_tof_withhold_elements(ia_tof_job *job)
{
    double *decoys = NULL;
    size_t n = 0;
    ia_status st = find_decoys(job, &decoys, &n);

    if (st == IA_OK && job->n_told) {
        job->out.by_chance = fmin(1, (double)n / IA_TOF_SHIFTS / (double)job->n_told);
        ia_tof_withhold(job, false, decoys, n);
    }
    free(decoys);
    return st;
}
