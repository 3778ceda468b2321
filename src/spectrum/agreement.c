// src/spectrum/agreement.c: the same spectrum analysed again and again with settings that
// somebody else might have chosen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/agreement.h>
#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

#include "spectrum/range_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_agreement_params, draws, "", 40, 2, 10000,
             "analyses with other settings, and as many with fewer ions"),
    IA_FIELD(IA_F64, ia_agreement_params, thin, "", 0.7, 0.05, 0.95,
             "share of the ions that the latter have"),
    IA_FIELD(IA_U64, ia_agreement_params, seed, "", 1, 0, 1.8e19,
             "of the settings and of the ions taken"),
};
const ia_method ia_agreement_method =
    IA_METHOD("agreement", "Composition by other settings and other people",
              ia_agreement_params, fields);

ia_agreement_params ia_agreement_defaults(void)
{
    ia_agreement_params params;
    ia_method_defaults(&ia_agreement_method, &params);
    return params;
}

// Ions from this probability on are let in by chance.
static const double FAINT = 0.2;

// What one analysis found; NAN for elements that it did not.
typedef struct {
    double percent[IA_Z_MAX + 1], sigma[IA_Z_MAX + 1];
    size_t n_elements;
} outcome;

typedef struct {
    const ia_agreement_input *input;
    ia_agreement_params params;
    ia_identify_params identify; // those given
    ia_peaks_params peaks;
    ia_autorange_params autorange;
    ia_agreement_draw *draws; // (params.draws)
    outcome *outcomes;        // the given settings, then settings, thinned
    bool *failed;             // memory ran out
} job;

static double between(ia_random *random, double lo, double hi)
{
    return lo + (hi - lo) * ia_random_uniform(random);
}

// A factor even in the logarithm, between 1 / most and most.
static double factor(ia_random *random, double most)
{
    return exp(between(random, -log(most), log(most)));
}

// Bins of `n` of the spectrum's own, the first after `skip` of them.
static ia_status rebin(const ia_spectrum *s, size_t n, size_t skip, ia_spectrum *out)
{
    *out = (ia_spectrum){.bin = (double)n * s->bin,
                         .m_min = s->m_min + (double)skip * s->bin,
                         .n_bins = (s->n_bins - skip) / n,
                         .below = s->below,
                         .above = s->above};
    if (!(out->counts = ia_array(NULL, out->n_bins, sizeof *out->counts)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n_bins * n; i++)
        out->counts[i / n] += s->counts[skip + i];
    return IA_OK;
}

// How many of n ions are taken when each is with probability p; beyond a hundred by the
// normal approximation.
static uint64_t take(ia_random *random, uint64_t n, double p)
{
    enum { FEW = 100 };
    uint64_t taken = 0;

    if (n > FEW) {
        double mean = (double)n * p, sigma = sqrt(mean * (1 - p));
        double x = round(mean + sigma * ia_random_normal(random));
        return (uint64_t)fmin(fmax(0, x), (double)n);
    }
    for (uint64_t i = 0; i < n; i++)
        taken += ia_random_uniform(random) < p;
    return taken;
}

static ia_status thin(const ia_spectrum *s, double share, ia_random *random,
                      ia_spectrum *out)
{
    ia_status st = rebin(s, 1, 0, out);

    for (size_t i = 0; st == IA_OK && i < out->n_bins; i++)
        out->counts[i] = take(random, out->counts[i], share);
    return st;
}

// All isotopes of an element together, those with a row of their own, too.
static void note_outcome(const ia_composition *c, outcome *out)
{
    for (size_t i = 0; i < c->n_elements; i++) {
        const ia_fraction *f = &c->elements[i];
        bool corrected = isfinite(f->corrected_percent);
        double percent = corrected ? f->corrected_percent : f->percent;
        double sigma = corrected ? f->sigma_corrected_percent : f->sigma_percent;
        bool is_first = isnan(out->percent[f->z]);
        out->n_elements += is_first;
        out->percent[f->z] = is_first ? percent : out->percent[f->z] + percent;
        out->sigma[f->z] = is_first ? sigma : hypot(out->sigma[f->z], sigma);
    }
}

static void clear_outcome(outcome *o)
{
    for (unsigned z = 0; z <= IA_Z_MAX; z++)
        o->percent[z] = o->sigma[z] = NAN;
    o->n_elements = 0;
}

// One analysis: how it departs from the given settings.
typedef struct {
    const ia_spectrum *seen;    // that ions are identified in
    const ia_spectrum *counted; // that their ranges are counted in
    ia_identify_params identify;
    ia_peaks_params peaks;
    ia_autorange_params autorange;
    ia_background_params background;
    ia_random *random; // leaves ions out by their probability; NULL: none
    size_t n_ions, n_left_out;
} analysis;

// Evidence of ions that the draw leaves out is as if they had never been told.
static void leave_out(analysis *a, ia_assignment *assignment)
{
    size_t n = 0;

    a->n_ions = assignment->n_ions;
    for (size_t i = 0; a->random && i < assignment->n_ions; i++) {
        ia_identified *ion = &assignment->ions[i];
        if (ia_random_uniform(a->random) < ion->probability)
            continue;
        ion->probability = 0;
        a->n_left_out++;
    }
    for (size_t i = 0; i < assignment->n_isotopes; i++)
        if (assignment->ions[assignment->isotopes[i].ion].probability > 0)
            assignment->isotopes[n++] = assignment->isotopes[i];
    assignment->n_isotopes = n;
}

static ia_status analyse(analysis *a, outcome *out)
{
    ia_identification id = {.notes = NULL};
    ia_autoranges ranges = {.evidence = NULL};
    ia_composition composition = {0};
    ia_status st;

    clear_outcome(out);
    if ((st = ia_identify_compute(NULL, a->seen, &a->identify, &a->peaks, &id)) != IA_OK)
        return st;
    leave_out(a, &id.assignment);
    ia_autorange_input in = {a->seen, &id.background, &id.peaks, &id.assignment, NULL};
    if ((st = ia_autorange_compute(NULL, &in, &a->autorange, &ranges)) == IA_OK)
        st = ia_spectrum_composition(NULL, a->counted, &ranges.ranges, &a->background,
                                     &composition);
    if (st == IA_OK)
        note_outcome(&composition, out);
    ia_composition_clear(&composition);
    ia_autoranges_clear(&ranges);
    ia_identification_clear(&id);
    return st;
}

static analysis as_given(const job *j)
{
    return (analysis){.seen = j->input->spectrum,
                      .counted = j->input->spectrum,
                      .identify = j->identify,
                      .peaks = j->peaks,
                      .autorange = j->autorange,
                      .background = ia_background_defaults()};
}

static double within(const ia_method *method, const char *name, double value)
{
    const ia_field *field = ia_method_find(method, name);
    return fmin(fmax(value, field->least), field->most);
}

// Own bins of the spectrum that make one of the draw: about 0.01 to 0.05 Da.
static size_t draw_bins(const ia_spectrum *s, ia_random *random)
{
    static const double widths[] = {0.01, 0.02, 0.03, 0.05}; // Da
    double width = widths[ia_random_below(random, sizeof widths / sizeof *widths)];
    return (size_t)fmax(1, round(width / s->bin));
}

// Nobody ranges at half of the maximum who wants a composition.
static int draw_rule(ia_random *random)
{
    int rule = (int)ia_random_below(random, IA_RULES - 1);
    return rule < IA_RULE_FWHM ? rule : rule + 1;
}

static ia_status analyse_otherwise(const job *j, size_t i)
{
    ia_random random = ia_random_new(j->params.seed, i);
    ia_agreement_draw *d = &j->draws[i];
    analysis a = as_given(j);
    ia_spectrum s = {0};
    size_t n = draw_bins(j->input->spectrum, &random);
    size_t skip = ia_random_below(&random, n);

    a.autorange.rule = draw_rule(&random);
    a.identify.tolerance = within(&ia_identify_method, "tolerance",
                                  a.identify.tolerance * factor(&random, 2));
    a.identify.probability = fmin(FAINT, a.identify.probability);
    a.peaks.false_peaks = within(&ia_peaks_method, "false_peaks",
                                 a.peaks.false_peaks * factor(&random, 10));
    a.background.margin =
        within(&ia_background_method, "margin", a.background.margin * factor(&random, 2));
    a.background.p_limit = within(&ia_background_method, "p_limit",
                                  a.background.p_limit * factor(&random, 10));
    a.random = &random;
    ia_status st = rebin(j->input->spectrum, n, skip, &s);
    a.seen = &s;
    if (st == IA_OK)
        st = analyse(&a, &j->outcomes[1 + i]);
    *d = (ia_agreement_draw){.rule = a.autorange.rule,
                             .bin = s.bin,
                             .phase = s.m_min,
                             .tolerance = a.identify.tolerance,
                             .false_peaks = a.peaks.false_peaks,
                             .margin = a.background.margin,
                             .p_limit = a.background.p_limit,
                             .n_ions = a.n_ions - a.n_left_out,
                             .n_elements = j->outcomes[1 + i].n_elements,
                             .n_left_out = a.n_left_out};
    ia_spectrum_clear(&s);
    return st;
}

static ia_status analyse_thinned(const job *j, size_t i)
{
    // Streams of their own, beyond those of the settings.
    ia_random random = ia_random_new(j->params.seed, j->params.draws + i);
    analysis a = as_given(j);
    ia_spectrum s = {0};
    ia_status st = thin(j->input->spectrum, j->params.thin, &random, &s);

    a.seen = a.counted = &s;
    if (st == IA_OK)
        st = analyse(&a, &j->outcomes[1 + j->params.draws + i]);
    ia_spectrum_clear(&s);
    return st;
}

static void run(void *user, size_t block, size_t worker)
{
    const job *j = user;
    size_t n = j->params.draws;
    ia_status st;

    (void)worker;
    if (block == 0) {
        analysis a = as_given(j);
        st = analyse(&a, &j->outcomes[0]);
    } else if (block <= n) {
        st = analyse_otherwise(j, block - 1);
    } else {
        st = analyse_thinned(j, block - 1 - n);
    }
    j->failed[block] = st != IA_OK;
}

static void add_value(ia_agreement_spread *s, double value, double *squares)
{
    double x = isnan(value) ? 0 : value;

    s->n_found += isnan(value) ? 0 : 1;
    s->mean += x;
    *squares += x * x;
    s->least = fmin(s->least, x);
    s->most = fmax(s->most, x);
}

static void finish(ia_agreement_spread *s, size_t n, double squares)
{
    double sum = s->mean, count = (double)n;

    s->mean = n > 0 ? sum / count : NAN;
    s->sd = n > 1 ? sqrt(fmax(0, (squares - sum * s->mean) / (count - 1))) : NAN;
    if (n == 0)
        s->least = s->most = NAN;
}

// Of the analyses that told any element: one that told nothing has no composition.
static ia_agreement_spread spread_of(const outcome *outcomes, size_t n, unsigned z)
{
    ia_agreement_spread s = {.least = INFINITY, .most = -INFINITY};
    double squares = 0;
    size_t n_told = 0;

    for (size_t i = 0; i < n; i++) {
        if (outcomes[i].n_elements == 0)
            continue;
        add_value(&s, outcomes[i].percent[z], &squares);
        n_told++;
    }
    finish(&s, n_told, squares);
    return s;
}

static void warn_of_silent(ia_ctx *ctx, const outcome *outcomes, size_t n)
{
    size_t n_silent = 0;

    for (size_t i = 0; i < n; i++)
        n_silent += outcomes[i].n_elements == 0;
    if (n_silent > 0)
        ia_warn(ctx,
                "%zu of %zu analyses told no element at all; the spread is that of "
                "the others",
                n_silent, n);
}

// Composition of a person's ranges, by the ions themselves where there are any.
static ia_status count_person(ia_ctx *ctx, const ia_agreement_input *in,
                              const ia_ranges *ranges, ia_composition *out)
{
    ia_background background;
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    ia_status st;

    if (!in->ions)
        return ia_spectrum_composition(ctx, in->spectrum, ranges, NULL, out);
    if ((st = ia_ranger_build(ctx, ranges, &ranger)) == IA_OK &&
        (st = ia_range_counts_compute(ctx, in->ions, &ranger, &counts)) == IA_OK &&
        (st = ia_background_compute(ctx, in->spectrum, &ranger, NULL, &background)) ==
            IA_OK)
        st = ia_composition_compute(ctx, ranges, &ranger, &counts, &background, out);
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    return st;
}

static ia_status count_people(ia_ctx *ctx, const ia_agreement_input *in,
                              outcome *outcomes, ia_agreement *out)
{
    ia_status st = IA_OK;

    if (!(out->people = ia_array(ctx, in->n_people, sizeof *out->people)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < in->n_people && st == IA_OK; i++) {
        clear_outcome(&outcomes[i]);
        if ((st = count_person(ctx, in, &in->people[i], &out->people[i])) != IA_OK)
            return st;
        out->n_people++;
        note_outcome(&out->people[i], &outcomes[i]);
    }
    return st;
}

static int by_falling_percent(const void *a, const void *b)
{
    const ia_agreement_element *x = a, *y = b;
    double p = isnan(x->percent) ? x->settings.mean : x->percent;
    double q = isnan(y->percent) ? y->settings.mean : y->percent;

    if (p != q)
        return p < q ? 1 : -1;
    return (x->z > y->z) - (x->z < y->z);
}

// Rows of the elements that any analysis found.
static ia_status list_elements(ia_ctx *ctx, const job *j, const outcome *people,
                               ia_agreement *out)
{
    size_t n = j->params.draws;

    if (!(out->elements = ia_array(ctx, IA_Z_MAX, sizeof *out->elements)))
        return IA_ERR_MEMORY;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        ia_agreement_element e = {.z = z,
                                  .percent = j->outcomes[0].percent[z],
                                  .sigma = j->outcomes[0].sigma[z],
                                  .settings = spread_of(j->outcomes + 1, n, z),
                                  .thinned = spread_of(j->outcomes + 1 + n, n, z),
                                  .people = spread_of(people, out->n_people, z)};
        strcpy(e.name, ia_element_of(z)->symbol);
        if (isfinite(e.percent) ||
            e.settings.n_found + e.thinned.n_found + e.people.n_found > 0)
            out->elements[out->n_elements++] = e;
    }
    qsort(out->elements, out->n_elements, sizeof *out->elements, by_falling_percent);
    warn_of_silent(ctx, j->outcomes, 2 * n + 1);
    return IA_OK;
}

static ia_status run_all(ia_ctx *ctx, job *j)
{
    size_t n = 2 * j->params.draws + 1;
    ia_status st;

    j->draws = ia_array(ctx, j->params.draws, sizeof *j->draws);
    j->outcomes = ia_array(ctx, n, sizeof *j->outcomes);
    j->failed = ia_array(ctx, n, sizeof *j->failed);
    if (!j->draws || !j->outcomes || !j->failed)
        return IA_ERR_MEMORY;
    if ((st = ia_for(ctx, "agreement", n, run, j)) != IA_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (j->failed[i])
            return ia_fail(ctx, IA_ERR_MEMORY, "memory ran out in analysis %zu of %zu",
                           i + 1, n);
    return IA_OK;
}

static ia_status take_settings(ia_ctx *ctx, const ia_agreement_input *in,
                               const ia_agreement_params *params, job *j)
{
    ia_status st;

    *j = (job){.input = in,
               .params = params ? *params : ia_agreement_defaults(),
               .identify = in->identify ? *in->identify : ia_identify_defaults(),
               .peaks = in->peaks ? *in->peaks : ia_peaks_defaults(),
               .autorange = in->autorange ? *in->autorange : ia_autorange_defaults()};
    if ((st = ia_method_check(ctx, &ia_agreement_method, &j->params)) != IA_OK ||
        (st = ia_method_check(ctx, &ia_identify_method, &j->identify)) != IA_OK ||
        (st = ia_method_check(ctx, &ia_peaks_method, &j->peaks)) != IA_OK)
        return st;
    return ia_method_check(ctx, &ia_autorange_method, &j->autorange);
}

ia_status ia_agreement_compute(ia_ctx *ctx, const ia_agreement_input *input,
                               const ia_agreement_params *params, ia_agreement *out)
{
    ia_agreement agreement = {.n_draws = 0};
    outcome *people = NULL;
    job j;
    ia_status st = take_settings(ctx, input, params, &j);

    if (st != IA_OK)
        return st;
    if (!(people = ia_array(ctx, input->n_people, sizeof *people))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = count_people(ctx, input, people, &agreement)) != IA_OK ||
        (st = run_all(ctx, &j)) != IA_OK ||
        (st = list_elements(ctx, &j, people, &agreement)) != IA_OK)
        goto done;
    agreement.draws = j.draws;
    agreement.n_draws = j.params.draws;
    j.draws = NULL;
    *out = agreement;
    agreement = (ia_agreement){.n_draws = 0}; // the caller's now
done:
    ia_agreement_clear(&agreement);
    free(people);
    free(j.draws);
    free(j.outcomes);
    free(j.failed);
    return st;
}

void ia_agreement_clear(ia_agreement *agreement)
{
    for (size_t i = 0; i < agreement->n_people; i++)
        ia_composition_clear(&agreement->people[i]);
    free(agreement->people);
    free(agreement->elements);
    free(agreement->draws);
    *agreement = (ia_agreement){.n_draws = 0};
}
