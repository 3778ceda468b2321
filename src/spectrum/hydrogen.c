// src/spectrum/hydrogen.c: hydrogen, deuterium and hydrides of a spectrum, step by step.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_internal.h"

#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_hydrogen_params, scale_error, "Da", 0.001, 1e-5, 0.03,
             "error of m/n at 2 Da, H+ being where it is seen"),
    IA_FIELD(IA_F64, ia_hydrogen_params, main_share, "", 0.01, 1e-4, 1,
             "share of the ions from which an element is looked at for hydrides"),
    IA_FIELD(IA_SIZE, ia_hydrogen_params, windows, "", 20, 5, 1000,
             "stretches of the run that are compared"),
    IA_FIELD(IA_SIZE, ia_hydrogen_params, rings, "", 5, 2, 100,
             "rings of the detector that are compared"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_h, "", -1, -1, 1e6,
             "H+ for one ion of an uncharged specimen; negative: not known"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_h_sigma, "", 0, 0, 1e6,
             "standard deviation of that"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_m2, "", -1, -1, 1e6,
             "ions at 2 Da for one H+ there; negative: not known"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_m2_sigma, "", 0, 0, 1e6,
             "standard deviation of that"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_m3, "", -1, -1, 1e6,
             "ions at 3 Da for one H+ there; negative: not known"),
    IA_FIELD(IA_F64, ia_hydrogen_params, reference_m3_sigma, "", 0, 0, 1e6,
             "standard deviation of that"),
    IA_FIELD_TEXT(ia_hydrogen_params, reference, "", "which specimen that was"),
    IA_FIELD_TEXT(ia_hydrogen_params, charging, "",
                  "how hydrogen or deuterium was brought in, for the checklist"),
    IA_FIELD_TEXT(ia_hydrogen_params, transfer, "",
                  "how the specimen came into the instrument, and how long that took"),
    IA_FIELD_TEXT(ia_hydrogen_params, preparation, "", "how the specimen was prepared"),
};
const ia_method ia_hydrogen_method =
    IA_METHOD("hydrogen", "Hydrogen and deuterium", ia_hydrogen_params, fields);

ia_hydrogen_params ia_hydrogen_defaults(void)
{
    ia_hydrogen_params params;
    ia_method_defaults(&ia_hydrogen_method, &params);
    return params;
}

static void find_peaks(const ia_light_lines *lines, ia_hydrogen *out)
{
    for (unsigned k = 0; k < IA_LIGHT_PEAKS; k++)
        out->peaks[k] = ia_light_peak_at(lines, k + 1);
    const ia_light_peak *h = &out->peaks[0];
    for (unsigned k = 1; k < IA_LIGHT_PEAKS; k++) {
        ia_light_peak *p = &out->peaks[k];
        if (!h->is_detected)
            continue;
        p->per_h = p->counts / h->counts;
        p->sigma_per_h = hypot(p->sigma, p->per_h * h->sigma) / h->counts;
    }
    out->width_ratio = lines->width_ratio;
    out->h_shift = lines->h_shift;
    out->sigma_h_shift = lines->sigma_h_shift;
}

// What an uncharged specimen leads to expect at 2 or 3 Da; a negative sigma for nothing.
static double expect(const ia_hydrogen *h, double ratio, double sigma_ratio,
                     double *sigma)
{
    const ia_light_peak *p = &h->peaks[0];

    *sigma = -1;
    if (ratio < 0 || !p->is_detected)
        return 0;
    // An ion more or less, so that a ratio without an error is no certainty.
    *sigma = sqrt(1 + p->counts * p->counts * sigma_ratio * sigma_ratio +
                  ratio * ratio * p->sigma * p->sigma + ratio * p->counts);
    return ratio * p->counts;
}

static ia_status fit_pairs(ia_ctx *ctx, const ia_light_lines *lines,
                           const ia_hydrogen_params *p, ia_hydrogen *out)
{
    const double ratios[IA_LIGHT_PAIRS] = {p->reference_m2, p->reference_m3, -1};
    const double sigmas[IA_LIGHT_PAIRS] = {p->reference_m2_sigma, p->reference_m3_sigma,
                                           0};
    ia_status st = IA_OK;

    for (size_t k = 0; k < IA_LIGHT_PAIRS && st == IA_OK; k++) {
        double sigma, expected = expect(out, ratios[k], sigmas[k], &sigma);
        st = ia_light_pair_fit(ctx, lines, &out->peaks[k + 1], expected, sigma,
                               &out->pairs[k]);
    }
    return st;
}

// Ions of the specimen: of anything with an element heavier than hydrogen.
static void count_specimen(const ia_assignment *a, ia_hydrogen *out)
{
    for (size_t i = 0; i < a->n_ions; i++)
        if (ia_ion_atoms(&a->ions[i].ion) > ia_ion_count(&a->ions[i].ion, 1))
            out->n_ions += a->ions[i].counts;
    const ia_light_peak *h = &out->peaks[0];
    out->h_per_ion = out->n_ions > 0 ? h->counts / out->n_ions : NAN;
    out->sigma_h_per_ion = out->n_ions > 0 ? h->sigma / out->n_ions : NAN;
}

static const ia_identified *single(const ia_assignment *a, unsigned z, unsigned charge)
{
    for (size_t i = 0; i < a->n_ions; i++) {
        const ia_ion *ion = &a->ions[i].ion;
        if (ion->n_parts == 1 && ion->parts[0].count == 1 && ion->parts[0].z == z &&
            ion->charge == charge)
            return &a->ions[i];
    }
    return NULL;
}

// The commonest element with two charges next to each other tells of the field.
static void find_charge_ratio(const ia_assignment *a, ia_hydrogen *out)
{
    double most = 0;

    out->charge_ratio = out->sigma_charge_ratio = NAN;
    for (unsigned z = 2; z <= IA_Z_MAX; z++)
        for (unsigned charge = 1; charge < 4; charge++) {
            const ia_identified *x = single(a, z, charge), *y = single(a, z, charge + 1);
            if (!x || !y || !(x->counts > 0) || fmin(x->counts, y->counts) <= 0 ||
                x->counts + y->counts <= most)
                continue;
            most = x->counts + y->counts;
            out->main_z = z;
            out->main_charge = charge;
            out->charge_ratio = y->counts / x->counts;
            out->sigma_charge_ratio =
                out->charge_ratio *
                hypot(x->sigma_counts / x->counts, y->sigma_counts / y->counts);
        }
}

static void compare_with_reference(const ia_hydrogen_params *p, ia_hydrogen *out)
{
    out->excess_h = out->sigma_excess_h = out->excess_m2 = out->sigma_excess_m2 = NAN;
    if (p->reference_h >= 0) {
        out->excess_h = out->h_per_ion - p->reference_h;
        out->sigma_excess_h = hypot(out->sigma_h_per_ion, p->reference_h_sigma);
    }
    if (p->reference_m2 >= 0) {
        out->excess_m2 = out->peaks[1].per_h - p->reference_m2;
        out->sigma_excess_m2 = hypot(out->peaks[1].sigma_per_h, p->reference_m2_sigma);
    }
}

// An error of what is not given would go unused.
static ia_status check_reference(ia_ctx *ctx, const ia_hydrogen_params *p)
{
    const double values[] = {p->reference_h, p->reference_m2, p->reference_m3};
    const double sigmas[] = {p->reference_h_sigma, p->reference_m2_sigma,
                             p->reference_m3_sigma};
    static const char *const names[] = {"reference_h", "reference_m2", "reference_m3"};
    for (size_t i = 0; i < 3; i++)
        if (values[i] < 0 && sigmas[i] > 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s_sigma is the error of %s, which is not given", names[i],
                           names[i]);
    return IA_OK;
}

ia_status ia_hydrogen_compute(ia_ctx *ctx, const ia_hydrogen_input *input,
                              const ia_hydrogen_params *params, ia_hydrogen *out)
{
    ia_hydrogen_params p = params ? *params : ia_hydrogen_defaults();
    ia_hydrogen h = {.p_windows = NAN, .p_rings = NAN, .gas = {.spread = NAN}};
    ia_light_lines lines = {.shape = input->shape, .scale_error = p.scale_error};
    ia_status st = ia_method_check(ctx, &ia_hydrogen_method, &p);

    if (st != IA_OK || (st = check_reference(ctx, &p)) != IA_OK ||
        (st = ia_counts_build(ctx, input->light, input->background, &lines.counts)) !=
            IA_OK)
        goto done;
    ia_light_learn(&lines, &input->assignment->scale);
    find_peaks(&lines, &h);
    count_specimen(input->assignment, &h);
    find_charge_ratio(input->assignment, &h);
    compare_with_reference(&p, &h);
    if ((st = fit_pairs(ctx, &lines, &p, &h)) != IA_OK ||
        (st = ia_hydrides_compute(ctx, input, p.main_share, &h)) != IA_OK ||
        (input->ions && (st = ia_hydrogen_trends_compute(ctx, input, &p, &h)) != IA_OK))
        goto done;
    *out = h;
    h = (ia_hydrogen){.n_hydrides = 0}; // the caller's now
done:
    ia_counts_clear(&lines.counts);
    ia_hydrogen_clear(&h);
    return st;
}

void ia_hydrogen_clear(ia_hydrogen *hydrogen)
{
    free(hydrogen->hydrides);
    free(hydrogen->windows);
    free(hydrogen->rings);
    *hydrogen = (ia_hydrogen){.n_hydrides = 0};
}
