// src/recon/drift_tables.c: what a drift of constants means for the reconstruction, and
// the parts of the run as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool ia_projection_drift_use(const ia_projection_drift *drift,
                             ia_reconstruct_params *params)
{
    const bool used[] = {drift->icf.drifts, drift->kf.drifts, drift->centre.drifts,
                         drift->centre.drifts};
    static const char *const names[] = {"icf", "kf", "centre_x", "centre_y"};
    char *text = params->sections;
    size_t n, room = sizeof params->sections;

    if (!used[0] && !used[1] && !used[2])
        return false;
    n = (size_t)snprintf(text, room, "ion");
    for (size_t c = 0; c < 4; c++)
        if (used[c])
            n += (size_t)snprintf(text + n, room - n, " %s", names[c]);
    for (size_t k = 0; k < drift->n; k++) {
        const ia_fit_part *part = &drift->parts[k];
        const double values[] = {part->icf, part->kf, part->centre[0], part->centre[1]};
        if (!part->is_fitted)
            continue;
        n += (size_t)snprintf(text + n, room - n, "; %.1f",
                              0.5 * (double)(part->first + part->last));
        for (size_t c = 0; c < 4; c++)
            if (used[c])
                n += (size_t)snprintf(text + n, room - n, " %.6g", values[c]);
    }
    if (used[0])
        params->sigma_icf = 0;
    if (used[1])
        params->sigma_kf = 0;
    if (used[2])
        params->sigma_centre = 0;
    return true;
}

static void tell_test(ia_ctx *ctx, const char *what, const ia_drift_test *test)
{
    if (test->drifts)
        ia_warn(ctx,
                "%s changes over the run (chi-squared %.3g of %.0f degrees, p = %.2g): "
                "its parts become sections",
                what, test->chi2, test->degrees, test->p);
}

void ia_projection_drift_tell(ia_ctx *ctx, const ia_projection_drift *drift)
{
    for (size_t k = 0; k < drift->n; k++)
        if (!drift->parts[k].is_fitted)
            ia_warn(ctx,
                    "part %zu of the run, ions %zu to %zu, shows too few poles with "
                    "planes: it is left out",
                    k + 1, drift->parts[k].first + 1, drift->parts[k].last);
    if (drift->n_fitted < 2)
        ia_warn(ctx, "no drift of the constants can be told: take fewer parts");
    tell_test(ctx, "image compression", &drift->icf);
    tell_test(ctx, "kf", &drift->kf);
    tell_test(ctx, "the centre", &drift->centre);
}

static ia_status add_tests(ia_ctx *ctx, const ia_projection_drift *drift,
                           ia_result *result)
{
    static const char *const names[] = {"icf", "kf", "centre"};
    const ia_drift_test *tests[] = {&drift->icf, &drift->kf, &drift->centre};
    ia_table *table = ia_result_add(ctx, result, "fit_drift", IA_ROWS, 3);
    char **name = table ? ia_table_add(ctx, table, "constant", IA_TEXT) : NULL;
    double *chi2 = name ? ia_table_add(ctx, table, "chi2", IA_F64) : NULL;
    double *degrees = chi2 ? ia_table_add(ctx, table, "degrees", IA_F64) : NULL;
    double *p = degrees ? ia_table_add(ctx, table, "p_value", IA_F64) : NULL;
    bool *drifts = p ? ia_table_add(ctx, table, "drifts", IA_BOOL) : NULL;

    if (!drifts)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < 3; k++) {
        if (!(name[k] = ia_text(ctx, names[k])))
            return IA_ERR_MEMORY;
        chi2[k] = tests[k]->chi2;
        degrees[k] = tests[k]->degrees;
        p[k] = tests[k]->p;
        drifts[k] = tests[k]->drifts;
    }
    return IA_OK;
}

ia_status ia_projection_drift_tables(ia_ctx *ctx, const ia_projection_drift *drift,
                                     ia_result *result)
{
    enum { WORDS = 10 };
    static const char *const words[WORDS] = {"depth_first_nm",
                                             "depth_last_nm",
                                             "icf",
                                             "sigma_icf",
                                             "kf",
                                             "sigma_kf",
                                             "centre_x_mm",
                                             "sigma_centre_x_mm",
                                             "centre_y_mm",
                                             "sigma_centre_y_mm"};
    ia_status st = add_tests(ctx, drift, result);
    ia_table *table =
        st == IA_OK ? ia_result_add(ctx, result, "fit_parts", IA_ROWS, drift->n) : NULL;
    uint64_t *part = table ? ia_table_add(ctx, table, "part", IA_U64) : NULL;
    uint64_t *first = part ? ia_table_add(ctx, table, "ion_first", IA_U64) : NULL;
    uint64_t *last = first ? ia_table_add(ctx, table, "ion_last", IA_U64) : NULL;
    uint64_t *poles = last ? ia_table_add(ctx, table, "poles", IA_U64) : NULL;

    if (!poles)
        return st != IA_OK ? st : IA_ERR_MEMORY;
    for (size_t c = 0; c < WORDS; c++) {
        double *column = ia_table_add(ctx, table, words[c], IA_F64);
        if (!column)
            return IA_ERR_MEMORY;
        for (size_t k = 0; k < drift->n; k++) {
            const ia_fit_part *p = &drift->parts[k];
            const double values[WORDS] = {
                p->depth[0],  p->depth[1],       p->icf,       p->sigma_icf,
                p->kf,        p->sigma_kf,       p->centre[0], p->sigma_centre[0],
                p->centre[1], p->sigma_centre[1]};
            column[k] = values[c];
        }
    }
    for (size_t k = 0; k < drift->n; k++) {
        part[k] = k + 1;
        first[k] = drift->parts[k].first + 1;
        last[k] = drift->parts[k].last;
        poles[k] = drift->parts[k].n_poles;
    }
    return IA_OK;
}
