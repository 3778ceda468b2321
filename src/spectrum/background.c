// src/spectrum/background.c: the background of a spectrum, its level, what it puts into
// a window, and how sure that is.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_parts.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_background_params, margin, "Da", 0.3, 0, 100,
             "kept clear on each side of a range where no tail is modelled"),
    IA_FIELD(IA_F64, ia_background_params, p_limit, "", 0.01, 1e-12, 0.2,
             "a window is left out when so many ions are less likely than this"),
    IA_FIELD_CHOICE(ia_background_params, model, "auto",
                    "auto|flat|sliced|sideband|none|file",
                    "flat in time of flight (density a/sqrt(m)), the same in slices of "
                    "the run, a line through what lies beside a range, or the background "
                    "column of a spectrum's file; auto: of the first three what "
                    "foretells best"),
    IA_FIELD(IA_BOOL, ia_background_params, tails, "", 1, 0, 1,
             "late ions of peaks are background of later ranges"),
    IA_FIELD(IA_SIZE, ia_background_params, slices, "", 0, 0, 64,
             "slices of the run; 0: as many as its ions bear, at most 16"),
};
const ia_method ia_background_method = IA_METHOD(
    "background", "Background between and under the peaks", ia_background_params, fields);

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
void ia_background_summarise(const ia_windows *windows, ia_background *out)
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
    double scatter = level_scatter(windows, &all);
    out->drift = out->a * scatter;
    if (out->parts)
        out->parts->scatter = scatter;
    double counting = out->a * sqrt(fmax(1, out->dispersion) / all.variance);
    out->sigma_a = hypot(counting, out->drift);
}

static void warn_about(ia_ctx *ctx, const ia_background *b)
{
    const double much =
        0.25; // of the level: corrected counts are then no better than that
    bool given = b->model == IA_BACKGROUND_SIDEBAND || b->model == IA_BACKGROUND_FILE;
    double scatter = b->parts ? b->parts->scatter : b->a > 0 ? b->drift / b->a : 0;

    if (isnan(b->a))
        ia_warn(
            ctx,
            "no background: %zu of %zu windows outside the ranges can be used, %d are "
            "needed; corrected values are not given",
            b->n_used, b->n_windows, USED_LEAST);
    else if (scatter > much && !given)
        ia_warn(
            ctx,
            "the background is not flat in time of flight: its level differs by %.0f %% "
            "along the spectrum%s; corrected values carry that error",
            100 * scatter,
            b->parts && b->parts->tails.n > 0 ? ", tails of peaks taken off" : "");
    if (!isnan(b->a) && 2 * b->n_used < b->n_windows && !given)
        ia_warn(
            ctx,
            "only %zu of %zu windows outside the ranges hold background alone: there are "
            "tails, or peaks without a range",
            b->n_used, b->n_windows);
}

static void set_ends(const ia_spectrum *s, ia_background *b)
{
    size_t first = 0, last = s->n_bins;

    while (last > 0 && s->counts[last - 1] == 0)
        last--;
    while (first < last && s->counts[first] == 0)
        first++;
    b->first = s->m_min + s->bin * (double)first;
    b->last = last > 0 ? s->m_min + s->bin * (double)last : 0;
}

ia_status ia_background_fit(ia_ctx *ctx, const ia_background_input *input,
                            const ia_background_params *params, ia_background *out)
{
    ia_background_params p = params ? *params : ia_background_defaults();
    ia_background background = {.a = NAN,
                                .sigma_a = NAN,
                                .drift = NAN,
                                .m_lo = NAN,
                                .m_hi = NAN,
                                .dispersion = NAN,
                                .model = p.model};
    ia_status st = ia_method_check(ctx, &ia_background_method, &p);

    if (st != IA_OK)
        return st;
    if (p.model == IA_BACKGROUND_NONE) {
        *out = (ia_background){.m_lo = NAN, .m_hi = NAN, .model = p.model};
        return IA_OK;
    }
    st = p.model == IA_BACKGROUND_FILE
             ? ia_background_take_stated(ctx, input, &p, &background)
             : ia_background_choose_and_fit(ctx, input, &p, &background);
    if (st != IA_OK) {
        ia_background_clear(&background);
        return st;
    }
    warn_about(ctx, &background);
    if (p.model != IA_BACKGROUND_FILE)
        set_ends(input->spectrum, &background);
    *out = background;
    return IA_OK;
}

ia_status ia_background_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                const ia_ranger *ranger,
                                const ia_background_params *params, ia_background *out)
{
    const ia_background_input input = {.spectrum = spectrum, .ranger = ranger};
    return ia_background_fit(ctx, &input, params, out);
}

void ia_background_clear(ia_background *background)
{
    struct ia_background_parts *parts = background->parts;

    if (parts) {
        ia_tails_clear(&parts->tails);
        ia_tails_clear(&parts->unseen);
        ia_knots_clear(&parts->knots);
        ia_stated_background_clear(&parts->stated);
        ia_misfit_clear(&parts->misfit);
        free(parts);
    }
    *background = (ia_background){0};
}

static double flat_lever(double lo, double hi)
{
    return 2 * (sqrt(fmax(0, hi)) - sqrt(fmax(0, lo)));
}

// What a unit of the level and of each decay puts into [lo, hi).
static void set_patterns(const struct ia_background_parts *parts, double lo, double hi,
                         double *pattern)
{
    const ia_tails *tails = parts->tails.n > 0 ? &parts->tails : &parts->unseen;

    pattern[0] = parts->slices.n > 0 ? ia_slices_lever(&parts->slices, lo, hi)
                                     : flat_lever(lo, hi);
    for (size_t k = 1; k < parts->reach.n; k++)
        pattern[k] = ia_tails_beside(tails, k - 1, lo, hi);
}

static double told_counts(const ia_background *background, const double *pattern)
{
    double sum = background->a * pattern[0];
    for (size_t k = 1; k < background->parts->reach.n; k++)
        sum += background->parts->tails.weight[k - 1] * pattern[k];
    return sum;
}

// Ranges of what the instrument did not look at: nothing was recorded there, nor was
// background. Cuts off what is beyond the first and the last ion.
static bool is_beyond(const ia_background *b, double *lo, double *hi)
{
    if (!(b->last > 0))
        return false;
    *lo = fmax(*lo, b->first);
    *hi = fmin(*hi, b->last);
    return *hi <= *lo;
}

double ia_background_counts(const ia_background *background, double lo, double hi)
{
    const struct ia_background_parts *parts = background->parts;
    double pattern[IA_MIXTURE_MOST], variance;

    if (!isnan(background->a) && is_beyond(background, &lo, &hi))
        return 0;
    if (!parts)
        return background->a * flat_lever(lo, hi);
    if (parts->knots.n > 0)
        return ia_knots_counts(&parts->knots, lo, hi, &variance);
    if (parts->stated.n > 0)
        return ia_stated_background_counts(&parts->stated, lo, hi);
    set_patterns(parts, lo, hi, pattern);
    return told_counts(background, pattern);
}

double ia_background_sigma(const ia_background *background, double lo, double hi)
{
    const struct ia_background_parts *parts = background->parts;
    double pattern[IA_MIXTURE_MOST], variance;

    if (!isnan(background->a) && is_beyond(background, &lo, &hi))
        return 0;
    if (!parts)
        return background->sigma_a * flat_lever(lo, hi);
    if (parts->knots.n > 0) {
        ia_knots_counts(&parts->knots, lo, hi, &variance);
        // What rises between two bands may rise before the range or behind it.
        return fmax(sqrt(variance), 0.5 * ia_knots_rise(&parts->knots, lo, hi));
    }
    if (parts->stated.n > 0)
        return parts->stated_doubt * ia_stated_background_counts(&parts->stated, lo, hi);
    set_patterns(parts, lo, hi, pattern);
    double told = told_counts(background, pattern), spread = background->dispersion;
    double fit = ia_reach_sigma(&parts->reach, pattern, fmax(1, spread), told);
    double part = ia_misfit_at(&parts->misfit, 0.5 * (lo + hi));
    double place = fmax(parts->scatter, part) * told;
    return hypot(fit, place);
}

double ia_background_tails(const ia_background *background, double lo, double hi)
{
    const struct ia_background_parts *parts = background->parts;
    double sum = 0;

    for (size_t k = 1; parts && k < parts->reach.n; k++)
        sum += parts->tails.weight[k - 1] * ia_tails_beside(&parts->tails, k - 1, lo, hi);
    return sum;
}
