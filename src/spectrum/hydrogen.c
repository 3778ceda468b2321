// src/spectrum/hydrogen.c: hydrogen, deuterium and hydrides of a spectrum, step by step.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// Ions that hydrides are parted from, and the hydrides.
typedef struct {
    ia_ion *ions; // (n)
    size_t n, n_told;
    size_t *bare; // (n) of a hydride: its bare ion; SIZE_MAX
} ion_list;

static bool holds(const ion_list *list, const ia_ion *ion, size_t *at)
{
    for (size_t i = 0; i < list->n; i++)
        if (ia_ion_is_equal(&list->ions[i], ion)) {
            *at = i;
            return true;
        }
    return false;
}

static bool is_main(const ia_identified *ion, double all, double share)
{
    const ia_ion *i = &ion->ion;
    return i->n_parts == 1 && i->parts[0].count == 1 && i->parts[0].z > 1 &&
           ion->counts >= share * all;
}

static void add_hydride(ion_list *list, size_t bare, unsigned nucleons)
{
    ia_ion ion = list->ions[bare];
    size_t at;

    if (!ia_ion_add(&ion, 1, nucleons, 1))
        return;
    ia_ion_rename(&ion);
    if (!holds(list, &ion, &at)) {
        at = list->n++;
        list->ions[at] = ion;
    }
    list->bare[at] = bare;
}

static ia_status list_ions(ia_ctx *ctx, const ia_assignment *a, double share,
                           ion_list *out)
{
    double all = 0;

    *out = (ion_list){.ions = ia_array(ctx, 3 * a->n_ions, sizeof *out->ions),
                      .bare = ia_array(ctx, 3 * a->n_ions, sizeof *out->bare)};
    if (!out->ions || !out->bare)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * a->n_ions; i++)
        out->bare[i] = SIZE_MAX;
    for (size_t i = 0; i < a->n_ions; i++)
        if (a->ions[i].ion.charge > 0) {
            all += a->ions[i].counts;
            out->ions[out->n++] = a->ions[i].ion;
        }
    out->n_told = out->n;
    for (size_t i = 0; i < a->n_ions; i++) {
        size_t at;
        if (!is_main(&a->ions[i], all, share) || !holds(out, &a->ions[i].ion, &at))
            continue;
        add_hydride(out, at, 0);
        add_hydride(out, at, 2);
    }
    return IA_OK;
}

static ia_hydride hydride_from(const ia_deconvolution *d, const ion_list *list, size_t i)
{
    const ia_solved *x = &d->ions[i], *bare = &d->ions[list->bare[i]];
    // What the model leaves in the windows is no smaller than this.
    double inflate = fmax(1, d->freedom > 0 ? d->chi2 / d->freedom : 1);
    double variance = inflate * x->sigma_all * x->sigma_all, interval[2];
    const double unknown = 0.1; // of all ions at its lines
    const double most = ia_deconvolution_most(d, i), limits[2] = {0, INFINITY};
    const char *kind = ia_ion_count(&x->ion, 1) > 0 && x->ion.parts[1].a == 2 ? "D" : "H";
    ia_hydride h = {.ion = x->ion,
                    .bare = bare->ion,
                    .counts = x->counts,
                    .sigma = sqrt(variance),
                    .per_bare = x->counts / bare->counts};

    ia_count_interval(x->counts, variance, 0, limits, interval);
    h.lo = interval[0];
    h.hi = fmin(interval[1], most);
    h.sigma_per_bare = hypot(h.sigma, h.per_bare * bare->sigma_all) / bare->counts;
    h.is_seen = h.lo > 0 && h.lo < h.hi;
    if (!h.is_seen && h.sigma > unknown * most) {
        h.counts = h.sigma = h.per_bare = h.sigma_per_bare = NAN;
        h.is_undetermined = true;
    }
    snprintf(h.name, sizeof h.name, "%s%s%.*s",
             ia_element_of(bare->ion.parts[0].z)->symbol, kind, (int)x->ion.charge,
             "++++");
    return h;
}

static ia_status solve_hydrides(ia_ctx *ctx, const ia_hydrogen_input *in,
                                const ia_hydrogen_params *params, ia_hydrogen *out)
{
    ion_list list = {0};
    ia_deconvolution d = {0};
    ia_status st = list_ions(ctx, in->assignment, params->main_share, &list);

    if (st != IA_OK || list.n == 0)
        goto done;
    ia_deconvolve_input input = {.spectrum = in->spectrum,
                                 .background = in->background,
                                 .peaks = in->peaks,
                                 .shape = in->shape,
                                 .scale = &in->assignment->scale,
                                 .ions = list.ions,
                                 .n_ions = list.n};
    // Without a word: what does not fit is told where the composition is solved.
    if ((st = ia_deconvolve_compute(NULL, &input, NULL, &d)) != IA_OK)
        goto done;
    if (!(out->hydrides = ia_array(ctx, list.n, sizeof *out->hydrides))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < list.n; i++)
        if (list.bare[i] != SIZE_MAX && isfinite(d.ions[i].counts))
            out->hydrides[out->n_hydrides++] = hydride_from(&d, &list, i);
done:
    ia_deconvolution_clear(&d);
    free(list.ions);
    free(list.bare);
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
        (st = solve_hydrides(ctx, input, &p, &h)) != IA_OK ||
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
