// src/spectrum/deconvolve_tables.c: counts that were solved for, isotope ratios and what
// is left over, as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/deconvolve.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { NAMES_MAX = 512 };

static ia_status add_text(ia_ctx *ctx, char **cell, const char *text)
{
    return (*cell = ia_text(ctx, text)) ? IA_OK : IA_ERR_MEMORY;
}

static ia_status add_solved(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"counts", IA_F64, offsetof(ia_solved, counts)},
        {"sigma_counting_counts", IA_F64, offsetof(ia_solved, sigma[IA_ERROR_COUNTING])},
        {"sigma_overlap_counts", IA_F64, offsetof(ia_solved, sigma[IA_ERROR_OVERLAP])},
        {"sigma_background_counts", IA_F64,
         offsetof(ia_solved, sigma[IA_ERROR_BACKGROUND])},
        {"sigma_counts", IA_F64, offsetof(ia_solved, sigma_all)},
        {"probability", IA_F64, offsetof(ia_solved, probability)},
    };
    ia_table *table = ia_result_add(ctx, result, "solved_ions", IA_ROWS, d->n_ions);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    ia_status st = ion ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; k < d->n_ions && st == IA_OK; k++)
        st = add_text(ctx, &ion[k], d->ions[k].ion.name);
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, d->ions, sizeof *d->ions, numbers,
                                  sizeof numbers / sizeof *numbers);
    if (st != IA_OK)
        return st;
    double *interval = ia_table_add_cells(ctx, table, "counts_interval95", IA_F64, 0, 2);
    int32_t *group = interval ? ia_table_add(ctx, table, "unparted_group", IA_I32) : NULL;
    if (!group)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < d->n_ions; k++) {
        interval[2 * k] = d->ions[k].lo;
        interval[2 * k + 1] = d->ions[k].hi;
        group[k] = d->ions[k].group;
    }
    return IA_OK;
}

static ia_status add_omitted(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"probability", IA_F64, offsetof(ia_omitted, probability)},
        {"log_evidence", IA_F64, offsetof(ia_omitted, log_evidence)},
        {"counts", IA_F64, offsetof(ia_omitted, counts)},
        {"sigma_counts", IA_F64, offsetof(ia_omitted, sigma)},
    };
    ia_table *table = ia_result_add(ctx, result, "omitted_ions", IA_ROWS, d->n_omitted);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    ia_status st = ion ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; k < d->n_omitted && st == IA_OK; k++)
        st = add_text(ctx, &ion[k], d->omitted[k].ion.name);
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, d->omitted, sizeof *d->omitted, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

static ia_status add_instead(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"probability", IA_F64, offsetof(ia_instead, probability)},
        {"counts", IA_F64, offsetof(ia_instead, counts)},
    };
    ia_table *table = ia_result_add(ctx, result, "instead", IA_ROWS, d->n_instead);
    char **told = table ? ia_table_add(ctx, table, "told", IA_TEXT) : NULL;
    char **ion = told ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    ia_status st = ion ? IA_OK : IA_ERR_MEMORY;

    for (size_t k = 0; k < d->n_instead && st == IA_OK; k++)
        if ((st = add_text(ctx, &told[k], d->ions[d->instead[k].told].ion.name)) == IA_OK)
            st = add_text(ctx, &ion[k], d->instead[k].ion.name);
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, d->instead, sizeof *d->instead, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

static ia_status add_unparted(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"counts", IA_F64, offsetof(ia_unparted, counts)},
        {"sigma_counts", IA_F64, offsetof(ia_unparted, sigma)}};
    ia_table *table = ia_result_add(ctx, result, "unparted_ions", IA_ROWS, d->n_groups);
    char **ions = table ? ia_table_add(ctx, table, "ions", IA_WORDS) : NULL;
    ia_status st = ions ? IA_OK : IA_ERR_MEMORY;

    for (size_t g = 0; g < d->n_groups && st == IA_OK; g++) {
        char names[NAMES_MAX];
        ia_deconvolution_group_names(d, g, " ", names, sizeof names);
        st = add_text(ctx, &ions[g], names);
    }
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, d->groups, sizeof *d->groups, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

// One isotope, or several that the spectrum does not resolve, of an ion in a window.
typedef struct {
    const char *ion;
    int32_t nucleons;
    double lo, hi; // Da
    double natural, measured, sigma, deviation;
} ratio;

// False where the ion is not expected to be seen, or has no other isotope.
static bool measure(const ia_deconvolution *d, size_t k, size_t w, ratio *r)
{
    const ia_solved_span *window = &d->windows[w].core;
    const ia_solved *ion = &d->ions[k];
    double share = d->share[0][w * d->n_ions + k], others = window->fitted;
    const double detection = 2.71 + 3.29 * sqrt(fmax(0, window->background));
    const double all_but = 0.95; // of the ion in one window: it has no other isotope

    if (!(ion->counts * share > detection) || share > all_but || ion->group >= 0)
        return false;
    others -= fmax(0, ion->counts) * share;
    *r = (ratio){
        .ion = ion->ion.name,
        .nucleons = (int32_t)lround(0.5 * (window->lo + window->hi) * ion->ion.charge),
        .lo = window->lo,
        .hi = window->hi,
        .natural = share,
        .measured = (window->observed - others) / ion->counts,
        .sigma = sqrt(fmax(window->fitted, 1)) / ion->counts,
    };
    r->deviation = (r->measured - r->natural) / r->sigma;
    return true;
}

static ia_status fill_ratios(ia_ctx *ctx, const ratio *list, ia_table *table)
{
    static const ia_table_member numbers[] = {
        {"lo_da", IA_F64, offsetof(ratio, lo)},
        {"hi_da", IA_F64, offsetof(ratio, hi)},
        {"natural_share", IA_F64, offsetof(ratio, natural)},
        {"measured_share", IA_F64, offsetof(ratio, measured)},
        {"sigma_measured_share", IA_F64, offsetof(ratio, sigma)},
        {"deviation", IA_F64, offsetof(ratio, deviation)},
    };
    char **ion = ia_table_add(ctx, table, "ion", IA_TEXT);
    int32_t *nucleons = ion ? ia_table_add(ctx, table, "nucleons", IA_I32) : NULL;
    ia_status st = nucleons ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < table->n_rows && st == IA_OK; i++) {
        nucleons[i] = list[i].nucleons;
        st = add_text(ctx, &ion[i], list[i].ion);
    }
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, list, sizeof *list, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

static ia_status add_ratios(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    ratio *list = ia_array(ctx, d->n_ions * d->n_windows, sizeof *list);
    size_t n = 0;

    if (!list)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < d->n_ions; k++)
        for (size_t w = 0; w < d->n_windows; w++)
            n += measure(d, k, w, &list[n]);
    ia_table *table = ia_result_add(ctx, result, "isotope_ratios", IA_ROWS, n);
    ia_status st = table ? fill_ratios(ctx, list, table) : IA_ERR_MEMORY;
    free(list);
    return st;
}

static ia_status add_residuals(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"lo_da", IA_F64, offsetof(ia_solved_window, core.lo)},
        {"hi_da", IA_F64, offsetof(ia_solved_window, core.hi)},
        {"observed_counts", IA_F64, offsetof(ia_solved_window, core.observed)},
        {"fitted_counts", IA_F64, offsetof(ia_solved_window, core.fitted)},
        {"background_counts", IA_F64, offsetof(ia_solved_window, core.background)},
        {"deviation", IA_F64, offsetof(ia_solved_window, deviation)},
    };
    ia_table *table = ia_result_add(ctx, result, "residuals", IA_ROWS, d->n_windows);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, d->windows, sizeof *d->windows, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

static ia_status add_fit(ia_ctx *ctx, const ia_deconvolution *d, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "fit", IA_OBJECT, 1);
    double p = d->freedom > 0 ? gsl_cdf_chisq_Q(d->chi2, d->freedom) : NAN;
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK || (st = ia_table_add_f64(ctx, table, "chi2", d->chi2)) != IA_OK ||
        (st = ia_table_add_f64(ctx, table, "freedom", d->freedom)) != IA_OK)
        return st;
    return ia_table_add_f64(ctx, table, "p_value", p);
}

ia_status ia_deconvolution_tables(ia_ctx *ctx, const ia_deconvolution *deconvolution,
                                  ia_result *result)
{
    ia_status st = add_solved(ctx, deconvolution, result);

    if (st == IA_OK)
        st = add_omitted(ctx, deconvolution, result);
    if (st == IA_OK)
        st = add_instead(ctx, deconvolution, result);
    if (st == IA_OK)
        st = add_unparted(ctx, deconvolution, result);
    if (st == IA_OK)
        st = add_ratios(ctx, deconvolution, result);
    if (st == IA_OK)
        st = add_residuals(ctx, deconvolution, result);
    return st == IA_OK ? add_fit(ctx, deconvolution, result) : st;
}
