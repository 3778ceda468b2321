// src/spectrum/background.c: background flat in time of flight, fitted between the
// ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/spectrum.h>

#include "spectrum/windows.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_background_params, margin, "Da", 0.3, 0, 100,
             "kept clear on each side of a range"),
    IA_FIELD(IA_F64, ia_background_params, p_limit, "", 0.01, 1e-12, 0.2,
             "a window is left out when so many ions are less likely than this"),
};
const ia_method ia_background_method = IA_METHOD(
    "background", "Background flat in time of flight", ia_background_params, fields);

ia_background_params ia_background_defaults(void)
{
    ia_background_params params;
    ia_method_defaults(&ia_background_method, &params);
    return params;
}

enum {
    USED_LEAST = 4, // windows needed for a level and its scatter
    STRETCHES = 8,  // of the spectrum, whose levels are compared
};

// The level differs between the stretches of the spectrum when chance explains it less
// often.
static const double DRIFT_P = 0.01;

// Sums over the used windows, or over those of one stretch.
typedef struct {
    double count, expected, variance, lever, chi2;
    size_t n;
} tally;

static void add_window(tally *t, const ia_window *w)
{
    double off = w->count - w->expected;
    t->count += w->count;
    t->expected += w->expected;
    t->variance += w->variance;
    t->lever += w->lever;
    t->chi2 += w->variance > 0 ? off * off / w->variance : 0;
    t->n++;
}

static tally add_used(const ia_windows *windows)
{
    tally all = {0};
    for (size_t i = 0; i < windows->n; i++)
        if (windows->list[i].used)
            add_window(&all, &windows->list[i]);
    return all;
}

// Relative scatter of the level between stretches of the spectrum beyond what counting
// explains; 0 when chance explains it. Moment estimate of DerSimonian and Laird for
// unequal weights.
static double level_scatter(const ia_windows *windows, const tally *all)
{
    tally stretch[STRETCHES] = {{0}};
    double before = 0, chi2 = 0, squares = 0;

    if (all->n < 2 * STRETCHES || all->variance <= 0)
        return 0;
    for (size_t i = 0; i < windows->n; i++) {
        const ia_window *w = &windows->list[i];
        if (!w->used)
            continue;
        double middle = (before + 0.5 * w->variance) / all->variance;
        before += w->variance;
        add_window(&stretch[middle < 1 ? (size_t)(STRETCHES * middle) : STRETCHES - 1],
                   w);
    }
    for (size_t s = 0; s < STRETCHES; s++) {
        double off = stretch[s].count - stretch[s].expected;
        if (stretch[s].variance > 0)
            chi2 += off * off / stretch[s].variance;
        squares += stretch[s].variance * stretch[s].variance;
    }
    double freedom = STRETCHES - 1;
    if (gsl_cdf_chisq_Q(chi2, freedom) >= DRIFT_P)
        return 0;
    return sqrt((chi2 - freedom) / (all->variance - squares / all->variance));
}

static void set_span(const ia_windows *windows, ia_background *out)
{
    for (size_t i = 0; i < windows->n; i++) {
        if (!windows->list[i].used)
            continue;
        if (isnan(out->m_lo))
            out->m_lo = windows->list[i].lo;
        out->m_hi = windows->list[i].hi;
    }
}

// Level, error and goodness of a fitted background.
static void summarise(const ia_windows *windows, ia_background *out)
{
    tally all = add_used(windows);

    out->n_used = all.n;
    if (all.n < USED_LEAST)
        return;
    set_span(windows, out);
    out->a = windows->a;
    if (all.count == 0) {
        out->sigma_a = 1 / all.lever; // one ion, where none was seen
        out->drift = 0;
        return;
    }
    out->dispersion = all.chi2 / (double)(all.n - 1);
    out->drift = out->a * level_scatter(windows, &all);
    double counting = out->a * sqrt(fmax(1, out->dispersion) / all.variance);
    out->sigma_a = hypot(counting, out->drift);
}

static void warn_about(ia_ctx *ctx, const ia_background *b)
{
    const double much =
        0.25; // of the level: corrected counts are then no better than that

    if (isnan(b->a))
        ia_warn(
            ctx,
            "no background: %zu of %zu windows outside the ranges can be used, %d are "
            "needed; corrected values are not given",
            b->n_used, b->n_windows, USED_LEAST);
    else if (b->drift > much * b->a)
        ia_warn(
            ctx,
            "the background is not flat in time of flight: its level differs by %.0f %% "
            "along the spectrum; corrected values carry that error",
            100 * b->drift / b->a);
    if (!isnan(b->a) && 2 * b->n_used < b->n_windows)
        ia_warn(
            ctx,
            "only %zu of %zu windows outside the ranges hold background alone: there are "
            "tails, or peaks without a range",
            b->n_used, b->n_windows);
}

ia_status ia_background_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                const ia_ranger *ranger,
                                const ia_background_params *params, ia_background *out)
{
    ia_background_params p = params ? *params : ia_background_defaults();
    ia_background background = {.a = NAN,
                                .sigma_a = NAN,
                                .drift = NAN,
                                .m_lo = NAN,
                                .m_hi = NAN,
                                .dispersion = NAN};
    ia_windows windows = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_background_method, &p)) != IA_OK ||
        (st = ia_windows_build(ctx, spectrum, ranger, p.margin, &windows)) != IA_OK)
        goto done;
    ia_windows_fit(&windows, p.p_limit);
    background.n_windows = windows.n;
    summarise(&windows, &background);
    warn_about(ctx, &background);
    *out = background;
done:
    ia_windows_clear(&windows);
    return st;
}

double ia_background_counts(const ia_background *background, double lo, double hi)
{
    return 2 * background->a * (sqrt(fmax(0, hi)) - sqrt(fmax(0, lo)));
}

ia_status ia_background_tables(ia_ctx *ctx, const ia_background *background,
                               ia_result *result)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"a", background->a},          {"sigma_a", background->sigma_a},
        {"drift", background->drift},  {"dispersion", background->dispersion},
        {"m_lo_da", background->m_lo}, {"m_hi_da", background->m_hi},
    };
    ia_table *table = ia_result_add(ctx, result, "background", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "n_windows", background->n_windows);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "n_used", background->n_used);
    return st;
}
