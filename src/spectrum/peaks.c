// src/spectrum/peaks.c: finds peaks above their local background.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/peaks.h>

#include "spectrum/overdispersion.h"

#include <ionatlas/excess.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_peaks_params, false_peaks, "", 0.5, 1e-6, 10,
             "peaks that noise alone may make, on average per spectrum"),
    IA_FIELD(IA_F64, ia_peaks_params, width, "Da", 0, 0, 10,
             "half-content width of a peak at 28 Da; 0: learnt from the spectrum"),
};
const ia_method ia_peaks_method =
    IA_METHOD("peaks", "Peaks of a mass spectrum", ia_peaks_params, fields);

ia_peaks_params ia_peaks_defaults(void)
{
    ia_peaks_params params;
    ia_method_defaults(&ia_peaks_method, &params);
    return params;
}

enum {
    PEAKS_MOST = 4000,
    CLIMB_MOST = 60, // each round halves what is left, or less on a broad top
};

// Windows a scan looks at independently of each other, per window length: neighbouring
// ones share ions, but not all.
static const double TRIALS_PER_WINDOW = 2;

typedef struct {
    ia_ctx *ctx;
    ia_counts counts;
    ia_overdispersion more;
    ia_peak_places expected;
    double limit_expected; // significance asked for there
    ia_peaks peaks;
    size_t room;
} finding;

// Normal deviate of an upper tail probability; far out by its asymptote.
static double deviate(double p)
{
    if (p > 1e-280)
        return gsl_cdf_ugaussian_Qinv(fmin(p, 1 - 1e-16));
    return 36;
}

// Of the chance of so many ions or more where the expectation has errors of its own: of
// the neighbourhood's counts, and what it is off beyond them. Half of the chance of
// exactly so many is taken.
static double significance(const finding *f, const ia_site_counts *s)
{
    double sigma = hypot(s->sigma, ia_overdispersion_at(&f->more, s->b) * s->b);
    double far = (s->n - s->b) / sqrt(s->b + sigma * sigma + 1);

    if (s->n <= 0)
        return -10;
    if (far > 36)
        return fmin(far, 1e6);
    return deviate(ia_excess_chance(s->n, s->b, sigma));
}

static double step_at(const finding *f, double mass)
{
    return fmax(f->peaks.widths.bin, 0.15 * ia_peak_width(&f->peaks.widths, mass));
}

// Ions per Da in a window half a peak wide.
static double density(const finding *f, double mass)
{
    double half =
        fmax(0.35 * ia_peak_width(&f->peaks.widths, mass), 0.5 * f->peaks.widths.bin);
    return ia_counts_between(&f->counts, mass - half, mass + half) / (2 * half);
}

// Centroid of the top of a peak, moved until it rests.
static double climb(const finding *f, double mass)
{
    const ia_spectrum *s = f->counts.spectrum;

    for (int round = 0; round < CLIMB_MOST; round++) {
        double half = fmax(0.7 * ia_peak_width(&f->peaks.widths, mass), s->bin);
        double first = floor((mass - half - s->m_min) / s->bin);
        double last = ceil((mass + half - s->m_min) / s->bin);
        double sum = 0, moment = 0;
        for (double k = fmax(0, first); k < fmin(last, (double)s->n_bins); k++) {
            double m = s->m_min + (k + 0.5) * s->bin;
            double n = (double)s->counts[(size_t)k];
            double inside = fmin(1, fmax(0, (half - fabs(m - mass)) / s->bin + 0.5));
            sum += inside * n;
            moment += inside * n * m;
        }
        if (sum <= 0)
            break;
        double moved = moment / sum - mass;
        mass += moved;
        if (fabs(moved) < 1e-6)
            break;
    }
    return mass;
}

// Mean place of the ions of a peak with weights exp(-(x/s)^2 / 2), moved until it rests:
// an M-estimator with psi = x w, its error sqrt(sum psi^2) / sum psi' over the ions and
// what is beneath them (Huber 1964). For a Gaussian of standard deviation s it needs 1.5
// times the ions of the plain mean, and a level beneath it or a neighbour hardly move it.
static void set_centre(const finding *f, ia_peak *peak)
{
    const ia_spectrum *s = f->counts.spectrum;
    const double spread = 0.75, reach = 3, most = 1; // widths; spreads; widths
    bool narrow = spread * peak->width < 0.5 * s->bin;
    double scale = narrow ? 0.5 * s->bin : spread * peak->width, at = peak->mass,
           sigma = 0;

    for (int round = 0; round < CLIMB_MOST; round++) {
        double first = floor((at - reach * scale - s->m_min) / s->bin);
        double last = ceil((at + reach * scale - s->m_min) / s->bin);
        double sum = 0, moment = 0, square = 0, slope = 0;
        for (double k = fmax(0, first); k < fmin(last, (double)s->n_bins); k++) {
            double x = (s->m_min + (k + 0.5) * s->bin - at) / scale;
            double n = (double)s->counts[(size_t)k], w = exp(-x * x / 2);
            sum += n * w;
            moment += n * w * x;
            square += n * w * x * w * x;
            slope += n * w * (1 - x * x);
        }
        if (!(sum > 0 && slope > 0))
            break;
        at += scale * moment / sum;
        sigma = scale * sqrt(square + sum * 1e-6) / slope;
        if (fabs(moment) < 1e-4 * sqrt(square))
            break;
    }
    bool rests = sigma > 0 && fabs(at - peak->mass) < most * peak->width;
    // Few ions may lie together by chance, and all in one bin.
    double net = fmax(1, peak->counts - peak->background);
    double least = fmax(0.46 * peak->width / sqrt(net), narrow ? 0.29 * s->bin : 0);
    peak->centre = rests ? at : peak->mass;
    peak->sigma_centre = rests ? fmax(sigma, least) : peak->sigma_mass;
}

static ia_peak peak_at(const finding *f, double mass)
{
    double width = ia_peak_width(&f->peaks.widths, mass);
    ia_site_counts s = ia_counts_at(&f->counts, mass, width);
    double net = fmax(1, s.n - s.b);
    ia_peak peak = {
        .mass = mass,
        // The spread of a peak's middle is about its half-content width.
        .sigma_mass = 0.75 * width / sqrt(net),
        .height = fmax(0, density(f, mass) - s.b / (s.hi - s.lo)),
        .width = width,
        .lo = s.lo,
        .hi = s.hi,
        .counts = s.n,
        .background = s.b,
        .significance = significance(f, &s),
    };
    set_centre(f, &peak);
    return peak;
}

static ia_status append(finding *f, const ia_peak *peak)
{
    if (f->peaks.n == f->room) {
        size_t room = f->room ? 2 * f->room : 64;
        ia_peak *list = ia_array(f->ctx, room, sizeof *list);
        if (!list)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < f->peaks.n; i++)
            list[i] = f->peaks.list[i];
        free(f->peaks.list);
        f->peaks.list = list;
        f->room = room;
    }
    f->peaks.list[f->peaks.n++] = *peak;
    return IA_OK;
}

// Is there a valley between two maxima that chance does not make?
static bool is_parted(const finding *f, const ia_peak *a, const ia_peak *b)
{
    double apart = b->mass - a->mass;
    double width = 0.5 * (a->width + b->width);
    const double surely_apart = 5;

    if (apart < 0.8 * width)
        return false;
    if (apart > surely_apart * width)
        return true;
    double half = 0.35 * width, low = INFINITY, at = 0;
    for (double m = a->mass; m <= b->mass; m += fmax(0.1 * width, 1e-5)) {
        double n = ia_counts_between(&f->counts, m - half, m + half);
        if (n < low) {
            low = n;
            at = m;
        }
    }
    if (at - a->mass < 0.2 * width || b->mass - at < 0.2 * width)
        return false;
    double top = fmin(ia_counts_between(&f->counts, a->mass - half, a->mass + half),
                      ia_counts_between(&f->counts, b->mass - half, b->mass + half));
    const double deviations = 4;
    return top - low > deviations * sqrt(top + low + 1) && top > 1.15 * low;
}

// Take a maximum, or let it replace the one before when no valley parts the two.
static ia_status take(finding *f, const ia_peak *peak)
{
    if (f->peaks.n > 0) {
        ia_peak *before = &f->peaks.list[f->peaks.n - 1];
        if (!is_parted(f, before, peak)) {
            if (peak->height > before->height)
                *before = *peak;
            return IA_OK;
        }
    }
    if (f->peaks.n >= PEAKS_MOST)
        return ia_fail(f->ctx, IA_ERR_UNSUPPORTED,
                       "more than %d peaks: this is no mass spectrum", PEAKS_MOST);
    return append(f, peak);
}

static bool is_expected(const finding *f, double mass)
{
    const double near = 0.7; // widths
    double reach = near * ia_peak_width(&f->peaks.widths, mass);

    for (size_t i = 0; i < f->expected.n; i++)
        if (fabs(f->expected.mass[i] - mass) < reach)
            return true;
    return false;
}

static ia_status scan(finding *f)
{
    const ia_spectrum *s = f->counts.spectrum;
    double end = ia_counts_end(&f->counts);
    double mass = fmax(s->m_min, 0.2), before = 0, here = density(f, mass);
    ia_status st = IA_OK;

    while (st == IA_OK && mass < end) {
        double next = mass + step_at(f, mass);
        double after = density(f, next);
        if (here > 0 && here >= before && here > after) {
            ia_peak peak = peak_at(f, climb(f, mass));
            if (peak.significance >= f->peaks.limit ||
                (peak.significance >= f->limit_expected && is_expected(f, peak.mass)))
                st = take(f, &peak);
        }
        before = here;
        here = after;
        mass = next;
    }
    return st;
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_peak *)a)->mass, y = ((const ia_peak *)b)->mass;
    return (x > y) - (x < y);
}

// Neighbours share the ions between them at the middle of their windows' overlap.
static void part_windows(finding *f)
{
    ia_peaks *p = &f->peaks;

    for (size_t i = 0; i + 1 < p->n; i++) {
        ia_peak *a = &p->list[i], *b = &p->list[i + 1];
        if (a->hi <= b->lo)
            continue;
        double share = ia_window_right / (ia_window_left + ia_window_right);
        double edge = a->mass + share * (b->mass - a->mass);
        a->hi = fmin(a->hi, edge);
        b->lo = fmax(b->lo, edge);
    }
    for (size_t i = 0; i < p->n; i++) {
        ia_peak *a = &p->list[i];
        double full = (ia_window_left + ia_window_right) * a->width;
        a->counts = ia_counts_between(&f->counts, a->lo, a->hi);
        a->background *= (a->hi - a->lo) / full;
    }
}

static double count_trials(const finding *f)
{
    double trials = 0, end = ia_counts_end(&f->counts);
    double mass = fmax(f->counts.spectrum->m_min, 0.2);

    while (mass < end) {
        double length =
            (ia_window_left + ia_window_right) * ia_peak_width(&f->peaks.widths, mass);
        double stretch = fmax(0.05 * mass, length);
        trials += stretch / length;
        mass += stretch;
    }
    return fmax(1, TRIALS_PER_WINDOW * trials);
}

static ia_status learn_widths(finding *f, double given)
{
    ia_status st = ia_peak_widths_learn(f->ctx, &f->counts, &f->peaks.widths);
    const double usual = 0.03; // Da at 28 Da, where no peak tells

    if (st == IA_OK && given > 0)
        f->peaks.widths.width = given;
    else if (st == IA_OK && f->peaks.widths.n_used == 0)
        f->peaks.widths.width = usual;
    return st;
}

static void set_limits(finding *f, double false_peaks)
{
    const double part = 0.1; // of the false peaks, where peaks are expected
    double n = (double)f->expected.n;

    f->peaks.n_trials = count_trials(f);
    f->peaks.limit = deviate(false_peaks / fmax(f->peaks.n_trials, 2 * false_peaks));
    f->limit_expected = f->peaks.limit;
    if (f->expected.n)
        f->limit_expected =
            fmin(f->peaks.limit, deviate(part * false_peaks / fmax(n, false_peaks)));
}

ia_status ia_peaks_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                           const ia_background *background, const ia_peaks_params *params,
                           ia_peaks *out)
{
    const ia_peak_places nowhere = {NULL, 0};
    return ia_peaks_expected(ctx, spectrum, background, params, &nowhere, out);
}

ia_status ia_peaks_expected(ia_ctx *ctx, const ia_spectrum *spectrum,
                            const ia_background *background,
                            const ia_peaks_params *params, const ia_peak_places *expected,
                            ia_peaks *out)
{
    ia_peaks_params p = params ? *params : ia_peaks_defaults();
    finding f = {.ctx = ctx, .expected = *expected};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_peaks_method, &p)) != IA_OK ||
        (st = ia_counts_build(ctx, spectrum, background, &f.counts)) != IA_OK ||
        (st = learn_widths(&f, p.width)) != IA_OK ||
        (st = ia_overdispersion_learn(ctx, &f.counts, &f.peaks.widths, &f.more)) != IA_OK)
        goto done;
    set_limits(&f, p.false_peaks);
    if ((st = scan(&f)) != IA_OK)
        goto done;
    if (f.peaks.n > 0)
        qsort(f.peaks.list, f.peaks.n, sizeof *f.peaks.list, by_mass);
    part_windows(&f);
    *out = f.peaks;
    f.peaks = (ia_peaks){0}; // the caller's now
done:
    ia_counts_clear(&f.counts);
    ia_peaks_clear(&f.peaks);
    return st;
}

int32_t ia_peaks_nearest(const ia_peaks *peaks, double mass)
{
    size_t lo = 0, hi = peaks->n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (peaks->list[mid].mass < mass)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (peaks->n == 0)
        return -1;
    if (lo == peaks->n ||
        (lo > 0 && mass - peaks->list[lo - 1].mass < peaks->list[lo].mass - mass))
        lo--;
    return (int32_t)lo;
}

void ia_peaks_clear(ia_peaks *peaks)
{
    free(peaks->list);
    *peaks = (ia_peaks){0};
}

ia_status ia_peaks_tables(ia_ctx *ctx, const ia_peaks *peaks, ia_result *result)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {
        {"mass_da", offsetof(ia_peak, mass)},
        {"sigma_mass_da", offsetof(ia_peak, sigma_mass)},
        {"centre_da", offsetof(ia_peak, centre)},
        {"sigma_centre_da", offsetof(ia_peak, sigma_centre)},
        {"height_per_da", offsetof(ia_peak, height)},
        {"width_da", offsetof(ia_peak, width)},
        {"lo_da", offsetof(ia_peak, lo)},
        {"hi_da", offsetof(ia_peak, hi)},
        {"counts", offsetof(ia_peak, counts)},
        {"background_counts", offsetof(ia_peak, background)},
        {"significance", offsetof(ia_peak, significance)},
    };
    ia_table *table = ia_result_add(ctx, result, "peaks", IA_ROWS, peaks->n);

    if (!table)
        return IA_ERR_MEMORY;
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double *cells = ia_table_add(ctx, table, columns[c].name, IA_F64);
        if (!cells)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < peaks->n; i++)
            cells[i] = *(const double *)(const void *)((const char *)&peaks->list[i] +
                                                       columns[c].offset);
    }
    return IA_OK;
}
