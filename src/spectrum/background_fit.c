// src/spectrum/background_fit.c: chooses and fits the model of a background.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/background_parts.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

enum { WINDOWS_MOST = 600, SLICES_MOST = 16, IONS_PER_SLICE = 300 };

// A model that has more to it must foretell better by so much, in natural units.
static const double GAIN_LEAST = 3;

typedef struct {
    ia_ctx *ctx;
    const ia_background_input *input;
    const ia_background_params *params;
    ia_windows windows; // between ranges and cores of peaks
    ia_tails tails;     // without peaks: n 0
    ia_sliced sliced;   // n 0: not cut
    ia_mixture mixture; // of level and tails
} fitting;

static bool has_tails(const fitting *job)
{
    return job->tails.n > 0;
}

// Ranges and cores of peaks. Where no peak is known the margin stands for the tails.
static ia_status find_clear(const fitting *job, ia_stretches *out)
{
    const ia_ranger *r = job->input->ranger;
    const ia_peaks *p = job->input->peaks;
    size_t n_ranges = r ? r->n : 0, n_peaks = p ? p->n : 0;
    double margin = has_tails(job) ? 0 : job->params->margin;
    ia_stretches clear = {.m_lo = 0, .m_hi = INFINITY};

    clear.list = ia_array(job->ctx, n_ranges + n_peaks, sizeof *clear.list);
    if (!clear.list)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n_ranges; i++)
        clear.list[clear.n++] = (ia_stretch){r->lo[i] - margin, r->hi[i] + margin};
    for (size_t i = 0; i < n_peaks && has_tails(job); i++) {
        const ia_peak *peak = &p->list[i];
        clear.list[clear.n++] = (ia_stretch){peak->mass - ia_core_left * peak->width,
                                             peak->mass + ia_core_right * peak->width};
    }
    if (n_ranges > 0 && !has_tails(job)) {
        clear.m_lo = 0.5 * r->lo[0];
        clear.m_hi = 2 * r->hi[n_ranges - 1];
    }
    *out = clear;
    return IA_OK;
}

static ia_status build_windows(fitting *job)
{
    ia_stretches clear = {.n = 0};
    ia_status st = find_clear(job, &clear);

    if (st == IA_OK)
        st = ia_windows_between(job->ctx, job->input->spectrum, &clear, WINDOWS_MOST,
                                &job->windows);
    free(clear.list);
    return st;
}

static bool wants_slices(const fitting *job)
{
    int model = job->params->model;
    return job->input->ions &&
           (model == IA_BACKGROUND_AUTO || model == IA_BACKGROUND_SLICED);
}

static ia_status cut_slices(fitting *job)
{
    double in_gaps = 0;
    size_t n = job->params->slices;

    for (size_t w = 0; w < job->windows.n; w++)
        in_gaps += job->windows.list[w].count;
    if (n == 0)
        n = (size_t)fmin(SLICES_MOST, in_gaps / IONS_PER_SLICE);
    if (n < 2 || !wants_slices(job))
        return IA_OK;
    return ia_sliced_count(job->ctx, job->input->ions, job->input->spectrum,
                           &job->windows, n, &job->sliced);
}

static void set_level_pattern(fitting *job, bool sliced)
{
    for (size_t w = 0; w < job->windows.n; w++) {
        const ia_window *v = &job->windows.list[w];
        job->mixture.pattern[w] =
            sliced ? ia_slices_lever(&job->sliced.slices, v->lo, v->hi) : v->lever;
    }
}

static void set_tail_patterns(fitting *job)
{
    ia_mixture *m = &job->mixture;

    for (size_t k = 0; k < IA_DECAYS; k++) {
        m->most[k + 1] = 1; // of a peak's ions
        for (size_t w = 0; w < job->windows.n; w++)
            m->pattern[(k + 1) * m->n_windows + w] = ia_tails_of(
                &job->tails, k, job->windows.list[w].lo, job->windows.list[w].hi);
    }
}

static ia_status make_mixture(fitting *job)
{
    ia_status st = ia_mixture_build(job->ctx, has_tails(job) ? 1 + IA_DECAYS : 1,
                                    &job->windows, &job->mixture);
    if (st == IA_OK && has_tails(job))
        set_tail_patterns(job);
    return st;
}

// Fit level and tails, with slices as they close or as they are known to.
static void fit_mixture(fitting *job, bool sliced, bool tails, bool find_ends)
{
    ia_mixture *m = &job->mixture;
    bool cut = sliced && job->sliced.slices.n > 0;

    m->n_patterns = tails && has_tails(job) ? 1 + IA_DECAYS : 1;
    set_level_pattern(job, cut);
    if (cut)
        ia_windows_mark_clean(&job->windows);
    // Twice: the slices' levels and ends are read from the windows that pass.
    for (int round = 0; round < (cut ? 2 : 1); round++) {
        if (cut && find_ends)
            ia_sliced_fit(&job->sliced, &job->windows);
        else if (cut)
            ia_sliced_set_levels(&job->sliced, &job->windows);
        set_level_pattern(job, cut);
        ia_mixture_fit(m, &job->windows, job->params->p_limit);
    }
}

// Poisson's chance of a count, its logarithm, where one window in twenty may hold
// anything: then about 1 / n.
static double log_chance(double n, double mean)
{
    const double strange = 0.05;
    double usual = -mean + n * log(fmax(mean, 1e-12)) - gsl_sf_lngamma(n + 1);
    double other = log(strange) - 2 * log(n + 2);

    usual += log(1 - strange);
    return fmax(usual, other) + log1p(exp(-fabs(usual - other)));
}

// Windows are held out in groups as wide as a range usually is, for a range is what has
// to be foretold. Sets the group of each window; groups do not reach across wide gaps.
static void set_groups(fitting *job)
{
    const ia_ranger *r = job->input->ranger;
    double width = job->params->margin;
    size_t group = 0, first = 0;

    if (r && r->n > 0) {
        width = 0;
        for (size_t i = 0; i < r->n; i++)
            width += (r->hi[i] - r->lo[i]) / (double)r->n;
    }
    for (size_t w = 0; w < job->windows.n; w++) {
        if (job->windows.list[w].lo - job->windows.list[first].lo > width) {
            group++;
            first = w;
        }
        job->windows.list[w].group = group;
    }
}

// What a straight line through the nearest windows of other groups says of window w.
static double from_neighbours(const ia_windows *windows, size_t w)
{
    const ia_window *v = &windows->list[w];
    size_t left = w, right = w;
    double middle = 0.5 * (v->lo + v->hi), density[2], place[2];

    while (left > 0 && windows->list[left].group == v->group)
        left--;
    while (right + 1 < windows->n && windows->list[right].group == v->group)
        right++;
    const ia_window *side[2] = {&windows->list[left], &windows->list[right]};
    if (side[0]->group == v->group)
        side[0] = side[1];
    if (side[1]->group == v->group)
        side[1] = side[0];
    for (size_t k = 0; k < 2; k++) {
        density[k] = (side[k]->count + 0.5) / (side[k]->hi - side[k]->lo);
        place[k] = 0.5 * (side[k]->lo + side[k]->hi);
    }
    double share = place[1] > place[0] ? (middle - place[0]) / (place[1] - place[0]) : 0;
    return (v->hi - v->lo) * (density[0] + share * (density[1] - density[0]));
}

// How well a model foretells windows it was not fitted to: the sum over windows of the
// logarithm of their chance.
static double foretell(fitting *job, int model, bool tails)
{
    ia_windows *windows = &job->windows;
    bool sideband = model == IA_BACKGROUND_SIDEBAND;
    double sum = 0;

    for (size_t half = 0; half < 2; half++) {
        for (size_t w = 0; w < windows->n; w++)
            windows->list[w].held = windows->list[w].group % 2 == half;
        if (!sideband)
            fit_mixture(job, model == IA_BACKGROUND_SLICED, tails, false);
        for (size_t w = 0; w < windows->n; w++) {
            const ia_window *v = &windows->list[w];
            if (v->held)
                sum += log_chance(v->count,
                                  sideband ? from_neighbours(windows, w) : v->mean);
        }
    }
    for (size_t w = 0; w < windows->n; w++)
        windows->list[w].held = false;
    return sum;
}

// A model and how well it foretells.
typedef struct {
    int model;
    bool tails;
    double score;
} contender;

static bool is_possible(const fitting *job, const contender *c)
{
    int asked = job->params->model;

    if (asked != IA_BACKGROUND_AUTO && asked != c->model)
        return false;
    if (c->tails && !(has_tails(job) && job->params->tails))
        return false;
    if (c->model == IA_BACKGROUND_SLICED && job->sliced.slices.n == 0)
        return asked == IA_BACKGROUND_SLICED && !c->tails;
    // Without peaks it cannot be told whether what lies beside a range is background,
    // and without ranges nothing lies beside one.
    return c->model != IA_BACKGROUND_SIDEBAND || asked == IA_BACKGROUND_SIDEBAND ||
           (has_tails(job) && job->input->ranger && job->input->ranger->n > 0);
}

// Slices that are all open everywhere foretell what the flat law does.
static bool is_any_closed(const ia_slices *slices)
{
    for (size_t s = 0; s < slices->n; s++)
        if (slices->list[s].lo[1] > 0 || slices->list[s].hi[0] < INFINITY)
            return true;
    return false;
}

// Slices are looked at where they tell more than the flat law.
static void drop_idle_slices(fitting *job)
{
    if (job->sliced.slices.n == 0)
        return;
    ia_windows_mark_clean(&job->windows);
    ia_sliced_fit(&job->sliced, &job->windows);
    if (job->params->model != IA_BACKGROUND_SLICED && !is_any_closed(&job->sliced.slices))
        ia_sliced_clear(&job->sliced);
}

static bool is_too_much(const fitting *job, double background, double lo, double hi)
{
    const double sure = 3; // standard deviations
    return background > sure * sure &&
           background >
               ia_bins_count(job->input->spectrum, lo, hi) + sure * sqrt(background);
}

static bool are_tails_refuted(fitting *job, int model)
{
    const ia_windows *windows = &job->windows;

    fit_mixture(job, model == IA_BACKGROUND_SLICED, true, true);
    for (size_t w = 0; w + 1 < windows->n; w++) {
        double lo = windows->list[w].hi, hi = windows->list[w + 1].lo, tails = 0;
        for (size_t k = 0; k < IA_DECAYS && hi > lo; k++)
            tails += job->mixture.theta[k + 1] * ia_tails_beside(&job->tails, k, lo, hi);
        if (is_too_much(job, tails, lo, hi))
            return true;
    }
    return false;
}

// What rises by more than the line has of it across a peak is the peak's own tail, of
// which the line puts a part under it.
static bool is_step(const ia_knots *knots, double lo, double hi)
{
    const double sure = 5; // standard deviations
    double variance, all = ia_knots_counts(knots, lo, hi, &variance);
    double rise = ia_knots_rise(knots, lo, hi);

    return rise > all && rise > sure * sqrt(all + 1);
}

static ia_status refute_line(fitting *job, bool *refuted)
{
    const ia_ranger *r = job->input->ranger;
    ia_knots knots = {.n = 0};
    double variance;
    ia_status st = ia_knots_build(job->ctx, job->input->spectrum, r, job->params->margin,
                                  &job->windows, &knots);

    for (size_t i = 0; st == IA_OK && i < r->n && !*refuted; i++)
        *refuted =
            is_step(&knots, r->lo[i], r->hi[i]) ||
            is_too_much(job, ia_knots_counts(&knots, r->lo[i], r->hi[i], &variance),
                        r->lo[i], r->hi[i]);
    ia_knots_clear(&knots);
    return st;
}

// Windows say nothing of what lies between them: what puts more into a range than is
// counted there in all is no background, however well it foretells the windows, nor is a
// line across a peak that has a tail.
static ia_status refute(fitting *job, const contender *c, bool *refuted)
{
    *refuted = false;
    if (job->params->model != IA_BACKGROUND_AUTO)
        return IA_OK;
    if (c->model == IA_BACKGROUND_SIDEBAND)
        return refute_line(job, refuted);
    *refuted = c->tails && are_tails_refuted(job, c->model);
    return IA_OK;
}

// The simplest comes first; one that has more to it must be better by GAIN_LEAST.
static ia_status choose_model(fitting *job, contender *best)
{
    static const contender list[] = {
        {IA_BACKGROUND_FLAT, false, 0},     {IA_BACKGROUND_FLAT, true, 0},
        {IA_BACKGROUND_SLICED, false, 0},   {IA_BACKGROUND_SLICED, true, 0},
        {IA_BACKGROUND_SIDEBAND, false, 0},
    };
    size_t n_tried = 0;
    ia_status st = IA_OK;

    drop_idle_slices(job);
    set_groups(job);
    for (size_t i = 0; st == IA_OK && i < sizeof list / sizeof *list; i++) {
        contender c = list[i];
        bool refuted = false;
        if (!is_possible(job, &c))
            continue;
        c.score = foretell(job, c.model, c.tails);
        ia_log(job->ctx, IA_LOG_DEBUG, "background %d%s foretells with %.1f", c.model,
               c.tails ? " with tails" : "", c.score);
        bool better = n_tried == 0 || c.score > best->score + GAIN_LEAST;
        if (better && n_tried++ > 0)
            st = refute(job, &c, &refuted);
        if (better && !refuted)
            *best = c;
    }
    return st;
}

static ia_status fill_mixture(fitting *job, const contender *c, ia_background *out)
{
    struct ia_background_parts *parts = out->parts;
    bool sliced = c->model == IA_BACKGROUND_SLICED;

    fit_mixture(job, sliced, c->tails, true);
    job->windows.a = job->mixture.theta[0];
    out->n_windows = job->windows.n;
    ia_background_summarise(&job->windows, out);
    if (isnan(out->a))
        return IA_OK;
    if (sliced)
        parts->slices = job->sliced.slices;
    if (parts->unseen.n == 0)
        parts->reach = job->mixture.reach;
    if (c->tails) {
        parts->tails = job->tails;
        job->tails = (ia_tails){0}; // the background's now
        for (size_t k = 0; k < IA_DECAYS; k++)
            parts->tails.weight[k] = job->mixture.theta[k + 1];
    }
    return c->tails ? ia_misfit_build(job->ctx, &job->windows, &parts->misfit) : IA_OK;
}

// Tails that foretell too little to be told are there all the same, so far as the counts
// allow.
static void keep_unseen(fitting *job, const contender *c,
                        struct ia_background_parts *parts)
{
    fit_mixture(job, c->model == IA_BACKGROUND_SLICED, true, true);
    parts->reach = job->mixture.reach;
    parts->unseen = job->tails;
    job->tails = (ia_tails){0}; // the background's now
}

static ia_status fill(fitting *job, const contender *c, ia_background *out)
{
    const ia_background_input *in = job->input;
    bool flat = c->model == IA_BACKGROUND_FLAT && !c->tails;
    bool sideband = c->model == IA_BACKGROUND_SIDEBAND;
    bool unseen = !sideband && !c->tails && has_tails(job) && job->params->tails;

    out->model = c->model;
    if ((!flat || unseen) && !(out->parts = ia_array(job->ctx, 1, sizeof *out->parts)))
        return IA_ERR_MEMORY;
    if (unseen)
        keep_unseen(job, c, out->parts);
    if (!flat && !sideband)
        return fill_mixture(job, c, out);
    // The level of the flat law, by windows that keep the margin.
    ia_windows windows = {0};
    ia_status st = ia_windows_build(job->ctx, in->spectrum, in->ranger,
                                    job->params->margin, &windows);
    if (st != IA_OK)
        return st;
    ia_windows_fit(&windows, job->params->p_limit);
    out->n_windows = windows.n;
    ia_background_summarise(&windows, out);
    if (sideband)
        st = ia_knots_build(job->ctx, in->spectrum, in->ranger, job->params->margin,
                            &windows, &out->parts->knots);
    ia_windows_clear(&windows);
    return st;
}

ia_status ia_background_choose_and_fit(ia_ctx *ctx, const ia_background_input *input,
                                       const ia_background_params *params,
                                       ia_background *out)
{
    fitting job = {.ctx = ctx, .input = input, .params = params};
    contender best = {.model = params->model == IA_BACKGROUND_AUTO ? IA_BACKGROUND_FLAT
                                                                   : params->model};
    ia_status st = IA_OK;

    if (!input->ions && !input->peaks && best.model != IA_BACKGROUND_SLICED)
        return fill(&job, &best, out); // nothing to choose from
    if (input->peaks && input->peaks->n > 0)
        st = ia_tails_build(ctx, input->spectrum, input->peaks, input->shape, &job.tails);
    if (st != IA_OK || (st = build_windows(&job)) != IA_OK ||
        (st = cut_slices(&job)) != IA_OK || (st = make_mixture(&job)) != IA_OK)
        goto done;
    if ((st = choose_model(&job, &best)) == IA_OK)
        st = fill(&job, &best, out);
done:
    ia_mixture_clear(&job.mixture);
    ia_sliced_clear(&job.sliced);
    ia_tails_clear(&job.tails);
    ia_windows_clear(&job.windows);
    return st;
}
