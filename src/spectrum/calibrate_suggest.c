// src/spectrum/calibrate_suggest.c: mass scales that the isotope patterns of the elements
// suggest for a list of peaks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_scale.h"
#include "spectrum/element_prior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PEAKS_MOST = 40,
    FIRST = 3,
    SECOND = 12,
    STARTS = 13,
    GRID = 1 << 15,
    SEEN = 1 << 17
};

static const double KNOWN = 12;   // most that one peak may prove
static const double REACH = 0.06; // error of a line's place, Da at 28 Da
static const double MAIN = 0.3;  // lines of this share of the largest may be a large peak
static const double SURE = 0.05; // lines of this share must be there
static const double LIGHTEST = 0.9, HEAVIEST = 310; // Da

typedef struct {
    double z, n, b, worth; // ions, background, what it can prove
    double reach;          // of its own width, in z
} spot;

typedef struct {
    double root, share; // sqrt(m/n); of its ion's intensity
    uint32_t species;
} line;

typedef struct {
    uint32_t first, n; // lines
    unsigned z;        // of a single atom, else 0
    double cost, most; // of the ion; largest share
} species;

typedef struct {
    ia_ctx *ctx;
    const cal_scale_prior *prior;
    ia_counts counts;
    spot spots[PEAKS_MOST];
    size_t n_spots;
    double z_max;
    int8_t near[GRID]; // nearest spot of each cell of z, -1: none within reach
    line *lines;
    species *species;
    size_t n_lines, n_species;
    line *main; // (n_main) by rising root
    size_t n_main;
    double *amount; // (n_species) room
    uint32_t *order;
    cal_scale list[CAL_SCALES];
    size_t n;
    uint64_t seen[SEEN]; // scales that were tried, by where they put two places; 0: free
    size_t n_seen;
} suggesting;

static int by_worth(const void *a, const void *b)
{
    double x = ((const ia_peak *)a)->counts - ((const ia_peak *)a)->background;
    double y = ((const ia_peak *)b)->counts - ((const ia_peak *)b)->background;
    return (x < y) - (x > y);
}

static ia_status take_spots(suggesting *job, const ia_peaks *peaks)
{
    ia_peak *sorted = ia_array(job->ctx, peaks->n, sizeof *sorted);
    if (!sorted)
        return IA_ERR_MEMORY;
    if (peaks->n)
        memcpy(sorted, peaks->list, peaks->n * sizeof *sorted);
    qsort(sorted, peaks->n, sizeof *sorted, by_worth);
    for (size_t i = 0; i < peaks->n && job->n_spots < PEAKS_MOST; i++) {
        const ia_peak *p = &sorted[i];
        double n = p->counts - p->background;
        if (!(n > 0) || !(p->mass > 0))
            continue;
        job->spots[job->n_spots++] =
            (spot){.z = sqrt(p->mass),
                   .n = n,
                   .b = p->background,
                   .worth = fmin(KNOWN, 0.5 * n * n / (n + 2 * p->background + 1)),
                   .reach = 0.5 * p->width / (2 * sqrt(p->mass))};
    }
    free(sorted);
    return IA_OK;
}

static void map_spots(suggesting *job)
{
    memset(job->near, -1, sizeof job->near);
    for (size_t i = 0; i < GRID; i++) {
        double z = ((double)i + 0.5) * job->z_max / GRID, best = INFINITY;
        for (size_t k = 0; k < job->n_spots; k++) {
            double d = fabs(job->spots[k].z - z);
            if (d < best) {
                best = d;
                job->near[i] = (int8_t)k;
            }
        }
    }
}

static int by_root(const void *a, const void *b)
{
    double x = ((const line *)a)->root, y = ((const line *)b)->root;
    return (x > y) - (x < y);
}

static void take_lines(suggesting *job, const ia_candidates *candidates)
{
    for (size_t k = 0; k < candidates->n; k++) {
        const ia_candidate *c = &candidates->list[k];
        bool atom = ia_ion_atoms(&c->ion) == 1;
        species *s = &job->species[job->n_species];
        *s = (species){(uint32_t)job->n_lines, 0, atom ? c->ion.parts[0].z : 0,
                       -c->log_prior, 0};
        for (size_t i = 0; i < c->n_lines; i++)
            s->most = fmax(s->most, c->lines[i].share);
        for (size_t i = 0; i < c->n_lines; i++) {
            if (c->lines[i].share < 0.01 * s->most)
                continue;
            line l = {sqrt(c->lines[i].mass), c->lines[i].share,
                      (uint32_t)job->n_species};
            job->lines[job->n_lines++] = l;
            if (l.share >= MAIN * s->most)
                job->main[job->n_main++] = l;
            s->n++;
        }
        job->n_species++;
    }
    qsort(job->main, job->n_main, sizeof *job->main, by_root);
}

static ia_status make_lines(suggesting *job, const ia_peak_widths *widths)
{
    ia_identify_params params = ia_identify_defaults();
    ia_candidates candidates = {0};
    size_t n = 0;
    params.atoms_max = 2;
    const ia_candidate_rules rules = {
        .params = &params, .m_lo = LIGHTEST, .m_hi = HEAVIEST, .widths = widths};
    ia_status st = ia_candidates_build(job->ctx, &rules, &candidates);
    if (st != IA_OK)
        return st;
    for (size_t k = 0; k < candidates.n; k++)
        n += candidates.list[k].n_lines;
    job->lines = ia_array(job->ctx, n, sizeof *job->lines);
    job->main = ia_array(job->ctx, n, sizeof *job->main);
    job->species = ia_array(job->ctx, candidates.n, sizeof *job->species);
    job->amount = ia_array(job->ctx, candidates.n, sizeof *job->amount);
    job->order = ia_array(job->ctx, candidates.n, sizeof *job->order);
    if (job->lines && job->main && job->species && job->amount && job->order)
        take_lines(job, &candidates);
    else
        st = IA_ERR_MEMORY;
    ia_candidates_clear(&candidates);
    return st;
}

double cal_scale_prior_of(const cal_scale_prior *p, double a, double b)
{
    double s = 2 * log(a) / p->sigma_ln, t = (b / a - p->shift) / p->sigma_shift;
    return -0.5 * (s * s + t * t);
}

// The spot that a line falls on; -1 for none. *off in errors of its place.
static int spot_at(const suggesting *job, const cal_scale *scale, double root,
                   double *off)
{
    double z = (root - scale->b) / scale->a;
    if (!(z > 0) || z >= job->z_max)
        return -1;
    int k = job->near[(size_t)(z * GRID / job->z_max)];
    if (k < 0)
        return -1;
    // REACH sqrt(m / 28) in m is the same everywhere in its square root.
    double reach = fmax(REACH / (2 * sqrt(28.0)) / scale->a, job->spots[k].reach);
    *off = fabs(job->spots[k].z - z) / reach;
    return *off < 1 ? k : -1;
}

// Ions of a species that its lines leave room for.
static double room_for(const suggesting *job, const cal_scale *scale, const species *s)
{
    double most = INFINITY, off;
    bool any = false;
    for (uint32_t i = s->first; i < s->first + s->n; i++) {
        const line *l = &job->lines[i];
        if (l->share < SURE * s->most)
            continue;
        int k = spot_at(job, scale, l->root, &off);
        double n, z = (l->root - scale->b) / scale->a;
        if (k >= 0) {
            n = job->spots[k].n + 2 * sqrt(job->spots[k].n + job->spots[k].b);
            any = any || l->share >= MAIN * s->most;
        } else if (z > 0.3 && z < job->z_max) {
            double m = z * z, half = REACH * z / sqrt(28.0) / scale->a;
            double all = ia_counts_between(&job->counts, m - half, m + half);
            double side = ia_counts_between(&job->counts, m - 3 * half, m - half);
            n = fmax(0, all - side) + 3 * sqrt(all + 1);
        } else
            continue; // out of view
        most = fmin(most, n / l->share);
        if (most < 10)
            return 0;
    }
    return any && isfinite(most) ? most : 0;
}

// What a species adds to what the spots are accounted for.
static double gain_of(const suggesting *job, const cal_scale *scale, uint32_t which,
                      const double *done)
{
    const species *s = &job->species[which];
    double gain = -s->cost, off;
    for (uint32_t i = s->first; i < s->first + s->n; i++) {
        int k = spot_at(job, scale, job->lines[i].root, &off);
        if (k < 0)
            continue;
        double share = job->amount[which] * job->lines[i].share / job->spots[k].n;
        share = fmin(share, 1 - done[k]);
        gain += share * (job->spots[k].worth - 4 * off * off);
    }
    return gain;
}

static void account(const suggesting *job, const cal_scale *scale, uint32_t which,
                    double *done)
{
    const species *s = &job->species[which];
    double off;
    for (uint32_t i = s->first; i < s->first + s->n; i++) {
        int k = spot_at(job, scale, job->lines[i].root, &off);
        if (k >= 0)
            done[k] = fmin(1, done[k] + job->amount[which] * job->lines[i].share /
                                            job->spots[k].n);
    }
}

// How well the scale explains the spots, by taking species greedily.
static double score_of(suggesting *job, const cal_scale *scale)
{
    double done[PEAKS_MOST] = {0}, none[PEAKS_MOST] = {0};
    double total = cal_scale_prior_of(job->prior, scale->a, scale->b);
    bool known[IA_Z_MAX + 1] = {false};
    size_t n = 0;
    for (uint32_t k = 0; k < job->n_species; k++) {
        job->amount[k] = room_for(job, scale, &job->species[k]);
        if (job->amount[k] > 0 && gain_of(job, scale, k, none) > 0)
            job->order[n++] = k;
    }
    while (n > 0) {
        size_t best = 0;
        double most = 0;
        for (size_t i = 0; i < n; i++) {
            unsigned z = job->species[job->order[i]].z;
            double cost = z && !known[z] ? ia_element_cost(z) : 0;
            double gain = gain_of(job, scale, job->order[i], done) - cost;
            if (gain > most) {
                most = gain;
                best = i;
            }
        }
        if (!(most > 0))
            break;
        uint32_t which = job->order[best];
        total += most;
        account(job, scale, which, done);
        known[job->species[which].z] = true;
        job->order[best] = job->order[--n];
    }
    return total;
}

static bool is_alike(const suggesting *job, const cal_scale *p, const cal_scale *q)
{
    const double alike = 3e-4; // of sqrt(m/n)
    double far = job->z_max * 0.7, near = job->spots[0].z;
    double d0 = (p->a * near + p->b) / (q->a * near + q->b) - 1;
    double d1 = (p->a * far + p->b) / (q->a * far + q->b) - 1;
    return fabs(d0) < alike && fabs(d1) < 4 * alike;
}

static void keep(suggesting *job, const cal_scale *scale)
{
    size_t at = job->n;
    for (size_t i = 0; i < job->n; i++) {
        if (!is_alike(job, &job->list[i], scale))
            continue;
        if (job->list[i].score >= scale->score)
            return;
        memmove(&job->list[i], &job->list[i + 1], (job->n - i - 1) * sizeof *job->list);
        job->n--;
        break;
    }
    for (at = job->n; at > 0 && job->list[at - 1].score < scale->score; at--)
        ;
    if (at == CAL_SCALES)
        return;
    size_t behind = (job->n < CAL_SCALES ? job->n : CAL_SCALES - 1) - at;
    memmove(&job->list[at + 1], &job->list[at], behind * sizeof *job->list);
    job->list[at] = *scale;
    job->n = job->n < CAL_SCALES ? job->n + 1 : CAL_SCALES;
}

bool cal_scale_is_possible(const cal_scale_prior *p, const cal_scale *scale)
{
    const double deviations = 4.5;
    return scale->a > 0 &&
           cal_scale_prior_of(p, scale->a, scale->b) > -0.5 * deviations * deviations;
}

// Does the largest spot leave room for half of itself from the species put there?
static bool fits(const suggesting *job, const cal_scale *scale, const line *l,
                 size_t where)
{
    double room = room_for(job, scale, &job->species[l->species]);
    return room * l->share > 0.4 * job->spots[where].n;
}

// Was a scale tried that puts the peaks at the same places?
static bool is_seen(suggesting *job, const cal_scale *scale)
{
    const double alike = 2e-4; // of sqrt(m/n)
    double near = scale->a * job->spots[0].z + scale->b;
    double far = scale->a * 0.5 * (job->spots[0].z + job->z_max) + scale->b;
    uint64_t key = (uint64_t)(log(fmax(near, 1e-3)) / alike + 1e6) << 32 |
                   (uint64_t)(log(fmax(far, 1e-3)) / alike + 1e6);
    size_t at = (size_t)((key * 0x9e3779b97f4a7c15U) >> 40) % SEEN;
    while (job->seen[at] && job->seen[at] != key)
        at = (at + 1) % SEEN;
    if (job->seen[at] == key)
        return true;
    if (job->n_seen < SEEN / 2) {
        job->seen[at] = key;
        job->n_seen++;
    }
    return false;
}

static void try_scale(suggesting *job, cal_scale scale, const line *l, size_t where)
{
    if (!cal_scale_is_possible(job->prior, &scale) || !fits(job, &scale, l, where) ||
        is_seen(job, &scale))
        return;
    scale.score = score_of(job, &scale);
    keep(job, &scale);
}

static size_t first_main(const suggesting *job, double root)
{
    size_t lo = 0, hi = job->n_main;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (job->main[mid].root < root)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// Line l at the spot, another at a second: z - shift is proportional to sqrt(m/n).
static void pair(suggesting *job, const line *l, size_t one, size_t other)
{
    const cal_scale_prior *p = job->prior;
    double z1 = job->spots[one].z, z2 = job->spots[other].z;
    double s0 = -p->shift - 3 * p->sigma_shift, s1 = -p->shift + 3 * p->sigma_shift;
    double end = 0.8 * fmin(z1, z2);
    double r0 = (z2 - fmin(s0, end)) / (z1 - fmin(s0, end)) * l->root;
    double r1 = (z2 - fmin(s1, end)) / (z1 - fmin(s1, end)) * l->root;
    double most = fmax(r0, r1);
    for (size_t i = first_main(job, fmin(r0, r1)); i < job->n_main; i++) {
        const line *m = &job->main[i];
        if (m->root > most)
            break;
        const species *s = &job->species[m->species];
        bool family = s->z && s->z == job->species[l->species].z;
        if (!family && s->cost + (s->z ? ia_element_cost(s->z) : 0) > 9)
            continue;
        double ratio = m->root / l->root;
        if (fabs(ratio - 1) < 1e-3)
            continue;
        double shift = (z2 - ratio * z1) / (1 - ratio);
        double a = l->root / (z1 - shift);
        try_scale(job, (cal_scale){.a = a, .b = -a * shift}, l, one);
    }
}

// Every line that may be one of the largest spots, alone and with a second.
static ia_status search(suggesting *job)
{
    const cal_scale_prior *p = job->prior;
    for (size_t one = 0; one < FIRST && one < job->n_spots; one++) {
        for (size_t i = 0; i < job->n_main; i++) {
            const line *l = &job->main[i];
            for (int k = 0; k < STARTS; k++) {
                double shift = -p->shift + p->sigma_shift * 0.4 * (k - STARTS / 2);
                double a = l->root / (job->spots[one].z - shift);
                try_scale(job, (cal_scale){.a = a, .b = -a * shift}, l, one);
            }
            for (size_t other = 0; other < SECOND && other < job->n_spots; other++)
                if (other != one)
                    pair(job, l, one, other);
        }
        ia_status st = ia_step(job->ctx, "mass scale", (double)one / FIRST);
        if (st != IA_OK)
            return st;
    }
    return IA_OK;
}

ia_status cal_scale_suggest(ia_ctx *ctx, const ia_spectrum *spectrum,
                            const ia_peaks *peaks, const cal_scale_prior *prior,
                            cal_scale *list, size_t *n)
{
    suggesting *job = ia_array(ctx, 1, sizeof *job);
    ia_status st = IA_ERR_MEMORY;
    *n = 0;
    if (!job)
        return st;
    job->ctx = ctx;
    job->prior = prior;
    job->z_max = sqrt(spectrum->m_min + spectrum->bin * (double)spectrum->n_bins);
    if ((st = ia_counts_build(ctx, spectrum, NULL, &job->counts)) != IA_OK ||
        (st = take_spots(job, peaks)) != IA_OK ||
        (st = make_lines(job, &peaks->widths)) != IA_OK)
        goto done;
    map_spots(job);
    if ((st = search(job)) != IA_OK)
        goto done;
    memcpy(list, job->list, job->n * sizeof *list);
    *n = job->n;
done:
    ia_counts_clear(&job->counts);
    free(job->lines);
    free(job->main);
    free(job->species);
    free(job->amount);
    free(job->order);
    free(job);
    return st;
}
