// src/spectrum/autorange.c: bounds of a range for each isotope peak of the identified
// ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/autorange.h>

#include "spectrum/counts.h"
#include "spectrum/range_rules.h"
#include "spectrum/windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_autorange_params, rule, "minimum_variance",
                    "minimum_variance|grown|fixed|fwhm|fw10|fw100|background_multiple|"
                    "equal_error",
                    "how far a range reaches"),
    IA_FIELD(IA_F64, ia_autorange_params, tau, "", 1, 0, 1000,
             "grown, minimum_variance: variance of the background's own level over that "
             "of its ions in the range"),
    IA_FIELD(IA_F64, ia_autorange_params, range_width, "Da", 0.2, 1e-4, 10,
             "fixed: width of every range"),
    IA_FIELD(IA_F64, ia_autorange_params, multiple, "", 2, 1.001, 1e4,
             "background_multiple: where the peak ends, over its background"),
    IA_FIELD(IA_F64, ia_autorange_params, error_ratio, "", 1, 1e-3, 1e3,
             "equal_error: ions missed over background let in; 2 for purity, 0.5 for "
             "recovery"),
};
const ia_method ia_autorange_method = IA_METHOD(
    "autorange", "Bounds of the ranges of identified ions", ia_autorange_params, fields);

ia_autorange_params ia_autorange_defaults(void)
{
    ia_autorange_params params;
    ia_method_defaults(&ia_autorange_method, &params);
    return params;
}

const char *ia_rule_name(ia_rule rule)
{
    static const char *const names[] = {
        "minimum_variance",    "grown",      "fixed", "fwhm", "fw10", "fw100",
        "background_multiple", "equal_error"};
    return names[rule];
}

// A range to be: whose, where its middle is, how far it may go.
typedef struct {
    double mass, width;
    double floor, ceiling; // Da, not beyond
    double background;     // ions per Da that are not of this peak
    double lo, hi;
    bool is_peak; // found as one; else an isotope of an ion that other lines show
    const ia_isotope_evidence *owner;
} span;

typedef struct {
    ia_ctx *ctx;
    const ia_peaks *peaks;
    const ia_assignment *assignment;
    const ia_autorange_params *params;
    ia_counts counts;
    ia_peak_shape shape;
    span *spans;
    size_t n;
    ia_autoranges out;
} ranging;

static const double REACH_LEFT = 12, REACH_RIGHT = 25; // widths from the maximum

// The ion that puts most into a peak owns it.
static void own_peaks(const ia_assignment *a, const ia_isotope_evidence **owner)
{
    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        if (e->peak < 0 || !a->explained[e->peak])
            continue;
        const ia_isotope_evidence **o = &owner[e->peak];
        if (!*o || e->expected > (*o)->expected)
            *o = e;
    }
}

static void add_peaks(ranging *job, const ia_isotope_evidence **owner)
{
    for (size_t i = 0; i < job->peaks->n; i++) {
        const ia_peak *peak = &job->peaks->list[i];
        job->spans[job->n++] = (span){
            .mass = peak->mass,
            .width = peak->width,
            .floor =
                fmax(job->counts.spectrum->m_min, peak->mass - REACH_LEFT * peak->width),
            .ceiling =
                fmin(ia_counts_end(&job->counts), peak->mass + REACH_RIGHT * peak->width),
            .background = peak->background / fmax(peak->hi - peak->lo, 1e-12),
            .lo = peak->lo,
            .hi = peak->hi,
            .is_peak = true,
            .owner = owner[i],
        };
    }
}

static ia_status gather(ranging *job)
{
    size_t n = job->peaks->n;
    const ia_isotope_evidence **owner = ia_array(job->ctx, n, sizeof *owner);

    job->spans = ia_array(job->ctx, n + job->assignment->n_isotopes, sizeof *job->spans);
    if (!owner || !job->spans) {
        free(owner);
        return IA_ERR_MEMORY;
    }
    own_peaks(job->assignment, owner);
    add_peaks(job, owner);
    free(owner);
    return IA_OK;
}

// Emptiest place between two peaks.
static double valley(const ranging *job, const span *a, const span *b)
{
    double half = fmax(0.8 * a->width, 0.5 * job->counts.spectrum->bin);
    double low = INFINITY, at = 0.5 * (a->mass + b->mass);

    for (double m = a->mass + half; m <= b->mass - half; m += 0.25 * half) {
        double n = ia_counts_between(&job->counts, m - half, m + half);
        if (n <= low) { // the last of equals: tails lie on the right of their peak
            low = n;
            at = m;
        }
    }
    return at;
}

static void set_valleys(ranging *job)
{
    for (size_t i = 0; i + 1 < job->n; i++) {
        span *a = &job->spans[i], *b = &job->spans[i + 1];
        if (a->ceiling <= b->floor)
            continue;
        double at = valley(job, a, b);
        a->ceiling = fmin(a->ceiling, at);
        b->floor = fmax(b->floor, at);
    }
}

// Ions per Da that the peak stands on at one side: the emptiest stretch there.
static double level_beside(const ranging *job, const span *s, int direction)
{
    double length = 1.5 * s->width, lowest = INFINITY;
    double begin = direction < 0 ? s->floor : s->hi;
    double end = direction < 0 ? s->lo : s->ceiling;

    if (end - begin < 0.5 * s->width)
        return s->background;
    for (double a = begin; a < end; a += 0.5 * length) {
        double b = fmin(end, a + length);
        a = fmax(begin, b - length);
        double flat = ia_counts_flat(&job->counts, a, b);
        double n = fmax(flat, ia_counts_between(&job->counts, a, b));
        lowest = fmin(lowest, n / (b - a));
        if (b >= end)
            break;
    }
    return lowest;
}

static void apply_rule(const ranging *job, span *s, double signal, const double level[2])
{
    ia_rule_peak peak = {
        .counts = &job->counts,
        .shape = &job->shape,
        .mass = s->mass,
        .width = s->width,
        .floor = s->floor,
        .ceiling = s->ceiling,
        .signal = signal,
        .under = s->background,
        .level = {level[0], level[1]},
    };
    ia_rule_bounds(&peak, job->params, &s->lo, &s->hi);
}

// Ions of a peak whose first bounds hold what is counted there.
static double signal_of(const ranging *job, const span *s)
{
    const double least = 0.1; // share: less is no measure of the whole
    double n = ia_counts_between(&job->counts, s->lo, s->hi);
    double share = ia_peak_shape_share(&job->shape, s->mass, s->lo, s->hi);

    return fmax(0, n - s->background * (s->hi - s->lo)) / fmax(share, least);
}

static void set_bounds(ranging *job, span *s)
{
    s->lo = fmax(s->lo, s->floor);
    s->hi = fmin(s->hi, s->ceiling);
    double level[2] = {level_beside(job, s, -1), level_beside(job, s, 1)};
    apply_rule(job, s, signal_of(job, s), level);
}

static void set_all_bounds(ranging *job)
{
    for (size_t i = 0; i < job->n; i++)
        set_bounds(job, &job->spans[i]);
}

// An isotope too weak to be found as a peak anywhere is still seen where it must be: more
// ions than chance leaves there, and about as many as the others of its ion promise.
static bool is_seen(const ia_isotope_evidence *e, const ia_site_counts *c)
{
    const double by_chance = 0.01, off_most = 3; // standard deviations
    double seen = c->n - c->b, off = seen - e->expected;
    double sigma = sqrt(fmax(c->n, c->b + e->expected) + c->sigma * c->sigma);

    return seen > 0 && e->expected > 1 && fabs(off) < off_most * sigma &&
           ia_count_upper_tail(c->n, c->b + c->sigma, 1) < by_chance;
}

// Place among the spans by rising mass, in the room that they leave. Of two isotopes at
// one place the stronger stays; a peak keeps what it has.
static void insert(ranging *job, span s)
{
    size_t at = job->n;

    while (at > 0 && job->spans[at - 1].mass > s.mass)
        at--;
    span *before = at > 0 ? &job->spans[at - 1] : NULL;
    span *after = at < job->n ? &job->spans[at] : NULL;
    span *same = before && before->hi > s.mass  ? before
                 : after && after->lo <= s.mass ? after
                                                : NULL;
    if (same) {
        if (!same->is_peak && same->owner->expected < s.owner->expected)
            same->owner = s.owner;
        return;
    }
    s.lo = before ? fmax(s.lo, before->hi) : s.lo;
    s.hi = after ? fmin(s.hi, after->lo) : s.hi;
    for (size_t i = job->n++; i > at; i--)
        job->spans[i] = job->spans[i - 1];
    job->spans[at] = s;
}

// Ranges of isotopes that are no peaks, where those of the peaks leave room.
static void add_isotopes(ranging *job)
{
    const ia_assignment *a = job->assignment;

    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        double width = ia_peak_width(&job->peaks->widths, e->mass);
        ia_site_counts c = ia_counts_at(&job->counts, e->mass, width);
        if (e->peak >= 0 || !is_seen(e, &c))
            continue;
        double under = c.b / (c.hi - c.lo), level[2] = {under, under};
        span s = {.mass = e->mass,
                  .width = width,
                  .floor = job->counts.spectrum->m_min,
                  .ceiling = ia_counts_end(&job->counts),
                  .background = under,
                  .lo = c.lo,
                  .hi = c.hi,
                  .owner = e};
        if (job->params->rule != IA_RULE_GROWN) // which would grow into noise
            apply_rule(job, &s, e->expected, level);
        insert(job, s);
    }
}

// Colours told apart by eye: steps of the golden angle around the hue circle.
static uint32_t colour_of(size_t index)
{
    double hue = fmod((double)index * 0.618033988749895, 1) * 6;
    double part = 1 - fabs(fmod(hue, 2) - 1);
    static const int order[6][3] = {{2, 1, 0}, {1, 2, 0}, {0, 2, 1},
                                    {0, 1, 2}, {1, 0, 2}, {2, 0, 1}};
    const double levels[3] = {0.15, 0.15 + 0.7 * part, 0.85};
    uint32_t rgb = 0;

    for (int c = 0; c < 3; c++)
        rgb = rgb << 8 | (uint32_t)(255 * levels[order[(int)hue % 6][c]]);
    return rgb;
}

static ia_status add_range(ranging *job, const span *s)
{
    const ia_identified *ion = &job->assignment->ions[s->owner->ion];
    ia_range range = {.lo = s->lo, .hi = s->hi};
    ia_status st = ia_ranges_add_ion(job->ctx, &job->out.ranges, &ion->ion, &range.ion);

    if (st != IA_OK)
        return st;
    range.colour = colour_of(range.ion);
    range.inside = ia_peak_shape_share(&job->shape, s->mass, s->lo, s->hi);
    job->out.evidence[job->out.ranges.n_ranges] = (ia_range_evidence){
        .counts = ia_counts_between(&job->counts, s->lo, s->hi),
        .background = ia_counts_flat(&job->counts, s->lo, s->hi),
        .probability = ion->probability,
        .share = s->owner->share,
        .inside = range.inside,
    };
    return ia_ranges_add(job->ctx, &job->out.ranges, &range);
}

static ia_status add_ranges(ranging *job)
{
    ia_status st = IA_OK;

    job->out.evidence = ia_array(job->ctx, job->n, sizeof *job->out.evidence);
    if (!job->out.evidence)
        return IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < job->n; i++)
        if (job->spans[i].owner && job->spans[i].lo < job->spans[i].hi)
            st = add_range(job, &job->spans[i]);
    job->out.ranges.n_ranges_written = job->out.ranges.n_ranges;
    job->out.ranges.n_ions_written = job->out.ranges.n_ions;
    return st;
}

// Said by whoever asks for the shape itself, not here.
static ia_status learn_shape(ranging *job, const ia_autorange_input *input)
{
    if (ia_peak_shape_told(NULL, input->spectrum, input->background, input->peaks,
                           input->assignment, &job->shape) == IA_OK)
        return IA_OK;
    return ia_fail(job->ctx, IA_ERR_MEMORY, "the shape of a peak cannot be learnt");
}

ia_status ia_autorange_compute(ia_ctx *ctx, const ia_autorange_input *input,
                               const ia_autorange_params *params, ia_autoranges *out)
{
    ia_autorange_params p = params ? *params : ia_autorange_defaults();
    ranging job = {
        .ctx = ctx, .peaks = input->peaks, .assignment = input->assignment, .params = &p};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_autorange_method, &p)) != IA_OK ||
        (st = ia_counts_build(ctx, input->spectrum, input->background, &job.counts)) !=
            IA_OK ||
        (st = learn_shape(&job, input)) != IA_OK || (st = gather(&job)) != IA_OK)
        goto done;
    set_valleys(&job);
    set_all_bounds(&job);
    add_isotopes(&job);
    if ((st = add_ranges(&job)) != IA_OK)
        goto done;
    memcpy(job.out.ranges.enriched, input->assignment->enriched,
           sizeof job.out.ranges.enriched);
    *out = job.out;
    job.out = (ia_autoranges){.evidence = NULL}; // the caller's now
done:
    ia_counts_clear(&job.counts);
    ia_peak_shape_clear(&job.shape);
    ia_autoranges_clear(&job.out);
    free(job.spans);
    return st;
}

void ia_autoranges_clear(ia_autoranges *autoranges)
{
    ia_ranges_clear(&autoranges->ranges);
    free(autoranges->evidence);
    autoranges->evidence = NULL;
}
