// src/spectrum/deconvolve.c: how many ions of each kind a spectrum holds, where their
// peaks overlap.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_deconvolve_params, ions, "",
                  "solve for these, whatever the ranges name: \"N+,Si++\"; empty: those "
                  "of the ranges"),
    IA_FIELD(IA_F64, ia_deconvolve_params, window_left, "", 8, 1.1, 40,
             "widest window before a line, half-content widths"),
    IA_FIELD(IA_F64, ia_deconvolve_params, window_right, "", 25, 1.4, 40,
             "widest window behind a line, half-content widths"),
    IA_FIELD(IA_F64, ia_deconvolve_params, parted, "", 10, 2, 1e4,
             "error, over that of an ion alone, from which ions cannot be parted"),
};
const ia_method ia_deconvolve_method =
    IA_METHOD("deconvolve", "Counts of overlapping ions", ia_deconvolve_params, fields);

ia_deconvolve_params ia_deconvolve_defaults(void)
{
    ia_deconvolve_params params;
    ia_method_defaults(&ia_deconvolve_method, &params);
    return params;
}

static ia_status take_ions(ia_ctx *ctx, const ia_deconvolve_input *input,
                           ia_deconvolution *out)
{
    size_t n = input->n_ions;

    if (!(out->ions = ia_array(ctx, n, sizeof *out->ions)))
        return IA_ERR_MEMORY;
    out->n_ions = n;
    for (size_t k = 0; k < n; k++) {
        out->ions[k].ion = input->ions[k];
        out->ions[k].probability = input->probability ? input->probability[k] : 1;
        out->ions[k].group = -1;
        if (input->ions[k].charge == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s has no charge: where it lies is not known",
                           input->ions[k].name);
    }
    return IA_OK;
}

// Windows for a guess at the amounts, and again for what these windows make of them.
static ia_status lay_windows(ia_ctx *ctx, const ia_deconvolve_plan *plan,
                             ia_deconvolution *out)
{
    double *amount = ia_array(ctx, out->n_ions, sizeof *amount);
    ia_status st = amount ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK)
        return st;
    ia_lines_guess(plan->lines, plan->input, plan->counts, amount);
    if ((st = ia_deconvolve_windows(ctx, plan, amount, out)) == IA_OK &&
        (st = ia_deconvolve_amounts(ctx, out, amount)) == IA_OK)
        st = ia_deconvolve_windows(ctx, plan, amount, out);
    free(amount);
    return st;
}

static ia_status make_room(ia_ctx *ctx, ia_deconvolution *out)
{
    size_t n = out->n_ions;

    for (int part = 0; part < IA_ERROR_PARTS; part++)
        if (!(out->covariance[part] = ia_array(ctx, n * n, sizeof(double))))
            return IA_ERR_MEMORY;
    out->response = ia_array(ctx, n * 2 * out->n_windows, sizeof *out->response);
    out->variance = ia_array(ctx, 2 * out->n_windows, sizeof *out->variance);
    out->change = ia_array(ctx, n * n, sizeof *out->change);
    out->groups = ia_array(ctx, n, sizeof *out->groups);
    return out->response && out->variance && out->change && out->groups ? IA_OK
                                                                        : IA_ERR_MEMORY;
}

// Labels in the place of m/n have no peaks that ions could account for.
static bool is_labelled(const ia_spectrum *spectrum)
{
    uint64_t ions = 0;

    for (size_t i = 0; spectrum->spiked > 0 && i < spectrum->n_bins; i++)
        ions += spectrum->counts[i];
    return 2 * spectrum->spiked > ions;
}

// Counts that the ions cannot have made, chance and the doubts of the fit allowed for.
static void warn_of_misfit(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_deconvolution *out)
{
    const double hardly = 1e-6, far_off = 5; // chance, standard deviations
    const ia_solved_window *worst = NULL;

    for (size_t w = 0; w < out->n_windows; w++)
        if (!worst || fabs(out->windows[w].deviation) > fabs(worst->deviation))
            worst = &out->windows[w];
    if (!worst || !(fabs(worst->deviation) > far_off) || !(out->freedom > 0) ||
        gsl_cdf_chisq_Q(out->chi2, out->freedom) > hardly || is_labelled(spectrum))
        return;
    ia_warn(
        ctx,
        "the ions told do not account for the counts (chi-squared %.0f, %.0f degrees of "
        "freedom): farthest off is %.2f to %.2f Da, %.0f ions where %.0f are expected",
        out->chi2, out->freedom, worst->core.lo, worst->core.hi, worst->core.observed,
        worst->core.fitted);
}

// Ions that the counts surely ask for and that are not told, for no other ion shows their
// element.
static void warn_of_omitted(ia_ctx *ctx, const ia_deconvolution *out)
{
    const double sure = 0.999, by_counts = 10; // natural units

    for (size_t i = 0; i < out->n_omitted; i++) {
        const ia_omitted *o = &out->omitted[i];
        if (o->probability > sure && o->log_evidence > by_counts)
            ia_warn(
                ctx,
                "the counts ask for some %.0f ions %s near %.2f Da (probability %.4f), "
                "which is not told: no other ion shows its element, or another took "
                "its place; if it may be there, range it, or name it in deconvolve.ions",
                o->counts, o->ion.name, o->mass, o->probability);
    }
}

static void warn_about(ia_ctx *ctx, const ia_spectrum *spectrum, double lossy,
                       const ia_deconvolution *out)
{
    warn_of_misfit(ctx, spectrum, out);
    warn_of_omitted(ctx, out);
    for (size_t k = 0; k < out->n_ions; k++)
        if (isnan(out->ions[k].counts))
            ia_warn(ctx, "%s has no line in the spectrum%s: it cannot be counted",
                    out->ions[k].ion.name,
                    lossy > 0 ? " but in the peak that lost ions" : "");
    for (size_t g = 0; g < out->n_groups; g++) {
        char names[512];
        ia_deconvolution_group_names(out, g, ", ", names, sizeof names);
        ia_warn(ctx, "%s cannot be parted: %.0f +- %.0f ions in all", names,
                out->groups[g].counts, out->groups[g].sigma);
    }
}

void ia_deconvolution_group_names(const ia_deconvolution *d, size_t group,
                                  const char *between, char *names, size_t n)
{
    names[0] = '\0';
    for (size_t k = 0; k < d->n_ions; k++) {
        size_t used = strlen(names);
        if (d->ions[k].group == (int32_t)group)
            snprintf(names + used, n - used, "%s%s", used ? between : "",
                     d->ions[k].ion.name);
    }
}

double ia_deconvolution_most(const ia_deconvolution *d, size_t ion)
{
    const double fair = 0.1, sure = 2; // of its ions, standard deviations
    double most = INFINITY;

    for (size_t w = 0; w < d->n_windows; w++) {
        double share = d->share[0][w * d->n_ions + ion];
        double there = d->windows[w].core.observed;
        if (share >= fair)
            most = fmin(most, (there + sure * sqrt(there + 1)) / share);
    }
    return most;
}

static ia_status solve(ia_ctx *ctx, const ia_deconvolve_input *input,
                       const ia_deconvolve_params *params, ia_deconvolution *out)
{
    ia_deconvolution d = {0};
    ia_counts counts = {0};
    ia_placed_lines lines = {0};
    const ia_deconvolve_plan plan = {params, input, &counts, &lines};
    ia_status st;

    if (input->scale)
        d.scale = *input->scale;
    if ((st = take_ions(ctx, input, &d)) != IA_OK ||
        (st = ia_counts_build(ctx, input->spectrum, input->background, &counts)) !=
            IA_OK ||
        (st = ia_lines_place(ctx, input, &counts, &d.scale, &lines)) != IA_OK ||
        (st = lay_windows(ctx, &plan, &d)) != IA_OK ||
        (st = make_room(ctx, &d)) != IA_OK ||
        (st = ia_deconvolve_solve(ctx, &plan, &d)) != IA_OK)
        goto done;
    d.lines = lines.list;
    d.n_lines = lines.n;
    lines = (ia_placed_lines){0};
    *out = d;
    d = (ia_deconvolution){0}; // the caller's now
done:
    ia_counts_clear(&counts);
    ia_lines_clear(&lines);
    ia_deconvolution_clear(&d);
    return st;
}

ia_status ia_deconvolve_compute(ia_ctx *ctx, const ia_deconvolve_input *input,
                                const ia_deconvolve_params *params, ia_deconvolution *out)
{
    enum { TAKEN_MOST = 12 };
    ia_deconvolve_params p = params ? *params : ia_deconvolve_defaults();
    ia_completed c = {0};
    ia_deconvolution d = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_deconvolve_method, &p)) != IA_OK ||
        (st = ia_completed_new(ctx, input, &c)) != IA_OK ||
        (st = solve(ctx, &c.input, &p, &d)) != IA_OK)
        goto done;
    for (int i = 0; i < TAKEN_MOST && ia_completed_take(&c, &d); i++) {
        ia_deconvolution more = {0};
        if ((st = solve(ctx, &c.input, &p, &more)) != IA_OK)
            goto done;
        if (ia_completed_spoils(&d, &more) || ia_completed_outgrows(&c, &more)) {
            ia_completed_refuse(&c);
            ia_deconvolution_clear(&more);
            continue;
        }
        ia_deconvolution_clear(&d);
        d = more;
    }
    // Who names the ions leaves others out on purpose.
    if (input->probability && (st = ia_deconvolve_unexplained(ctx, input, &d)) != IA_OK)
        goto done;
    warn_about(ctx, input->spectrum, input->lossy, &d);
    *out = d;
    d = (ia_deconvolution){0}; // the caller's now
done:
    ia_completed_clear(&c);
    ia_deconvolution_clear(&d);
    return st;
}

void ia_deconvolution_clear(ia_deconvolution *d)
{
    free(d->ions);
    free(d->windows);
    free(d->groups);
    free(d->lines);
    for (int part = 0; part < IA_ERROR_PARTS; part++)
        free(d->covariance[part]);
    free(d->response);
    free(d->variance);
    free(d->share[0]);
    free(d->share[1]);
    free(d->change);
    free(d->omitted);
    free(d->taken);
    free(d->instead);
    free(d->instead_change);
    free(d->unexplained);
    *d = (ia_deconvolution){0};
}
