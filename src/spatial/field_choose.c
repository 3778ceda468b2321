// src/spatial/field_choose.c: choosing a kernel by what it foretells of unseen ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/field_internal.h"

#include <ionatlas/random.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNSEEN_MOST = 200000,
    ENOUGH = 40000,
    FOLDS_MOST = 4,
    BINS = 20,
    SCALES_USUAL = 7
};
static const double voxels_for_mixture = 2e7; // more: too long to wait for unasked

// What scores are made on: ions of the judging part, and those that choose widths.
typedef struct {
    const ia_volume_work *w;
    const ia_volume_params *p;
    ia_unseen judge, choose;
    unsigned seen; // parts that neither holds
    size_t n_scales;
    float *share; // (voxels)
    ia_volume *out;
} trial;

// Widths up to a few solute distances.
static size_t count_scales(const ia_volume_work *w)
{
    const double widest = 3.5, least = 4;
    double n = ceil(2 * log2(widest * cbrt(1 / w->density[0]) / w->voxels.edge)) + 1;
    if (!isfinite(n))
        return SCALES_USUAL;
    return (size_t)fmax(least, fmin(n, IA_SCALES_MOST));
}

static double loss_of(double q, double solute, double atoms)
{
    q = ia_clip_share(q);
    return -(solute * log(q) + (atoms - solute) * log(1 - q));
}

typedef struct {
    double q, solute, atoms;
} forecast;

static int compare(const void *a, const void *b)
{
    const forecast *x = a, *y = b;
    return (x->q > y->q) - (x->q < y->q);
}

// Mean over bins of as many atoms of |seen - foretold|.
static double calibrate(forecast *f, size_t n)
{
    double sum = 0, all = 0;
    qsort(f, n, sizeof *f, compare);
    for (size_t b = 0; b < BINS; b++) {
        double q = 0, solute = 0, atoms = 0;
        for (size_t i = b * n / BINS; i < (b + 1) * n / BINS; i++) {
            q += f[i].q * f[i].atoms;
            solute += f[i].solute;
            atoms += f[i].atoms;
        }
        sum += fabs(q - solute);
        all += atoms;
    }
    return all > 0 ? sum / all : NAN;
}

// Score a field on the judging ions.
static ia_status score(ia_ctx *ctx, const trial *t, const ia_kernel *k,
                       const float *share)
{
    const ia_unseen *u = &t->judge;
    forecast *f = ia_array(ctx, u->n, sizeof *f);
    double loss = 0, gain = 0, squares = 0, atoms = 0, n = (double)u->n;
    if (!f)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < u->n; i++) {
        f[i] = (forecast){ia_voxels_sample(&t->w->voxels, share, u->xyz + 3 * i),
                          (double)u->solute[i], (double)u->atoms[i]};
        double own = loss_of(f[i].q, f[i].solute, f[i].atoms);
        double less = loss_of(t->w->percent / 100, f[i].solute, f[i].atoms) - own;
        loss += own;
        gain += less;
        squares += less * less;
        atoms += f[i].atoms;
    }
    ia_kernel_score s = {.kernel = k->kind,
                         .sigma = k->kind == IA_KERNEL_ADAPTIVE ? k->factor : k->sigma[0],
                         .k = k->k,
                         .loss = loss / atoms,
                         .gain = gain / atoms,
                         .calibration = calibrate(f, u->n)};
    s.sigma_loss = sqrt(fmax(0, squares - gain * gain / n)) / atoms;
    if (t->out->n_scores < IA_KERNEL_SCORES)
        t->out->scores[t->out->n_scores++] = s;
    t->out->constant = (loss + gain) / atoms;
    free(f);
    return IA_OK;
}

// The kernel's field of all parts but the judging one, scored on that.
static ia_status judge(ia_ctx *ctx, const trial *t, const ia_kernel *k)
{
    unsigned parts = IA_EVERY_PART & ~(1u << IA_PART_JUDGE);
    const ia_volume_grids grids = {.share = t->share};
    ia_status st = ia_volume_share(ctx, t->w, k, parts, &grids);
    return st == IA_OK ? score(ctx, t, k, t->share) : st;
}

static ia_kernel two_pass_of(const ia_volume_params *p, double edge)
{
    // The first pass spreads an ion with 3 sigma = edge/2; the second makes up the rest.
    const double given[] = {p->delocalise_x, p->delocalise_y, p->delocalise_z};
    ia_kernel k = {.kind = IA_KERNEL_TWO_PASS, .cut = 4, .spread = IA_SPREAD_GAUSS};
    for (size_t axis = 0; axis < 3; axis++)
        k.sigma[axis] = sqrt(fmax(0, pow(given[axis] / 3, 2) - pow(edge / 6, 2)));
    return k;
}

static ia_kernel truncated_of(const ia_volume_params *p)
{
    const double usual = 1;
    double sigma = p->sigma > 0 ? p->sigma : usual;
    return (ia_kernel){.kind = IA_KERNEL_TRUNCATED,
                       .sigma = {sigma, sigma, sigma / 2},
                       .reach = p->reach,
                       .spread = IA_SPREAD_NEAREST};
}

static ia_kernel fixed_of(double sigma)
{
    return (ia_kernel){.kind = IA_KERNEL_FIXED,
                       .sigma = {sigma, sigma, sigma},
                       .cut = 3.5,
                       .spread = IA_SPREAD_LINEAR};
}

// The width that does best on the choosing ions.
static ia_status choose_fixed(ia_ctx *ctx, trial *t, const ia_scales *scales,
                              ia_kernel *k)
{
    double least = INFINITY;
    size_t best = 0;
    ia_status st = IA_OK;
    for (size_t i = 0; i < scales->n_scales && st == IA_OK; i++) {
        if ((st = ia_scale_share(ctx, scales, i, t->share)) != IA_OK)
            break;
        double loss = ia_unseen_loss(&t->w->voxels, t->share, &t->choose);
        if (loss < least) {
            least = loss;
            best = i;
        }
    }
    *k = fixed_of(ia_scale_width(&t->w->voxels, best));
    t->out->at_finest = best == 0;
    return st;
}

static ia_status build_scales(ia_ctx *ctx, const trial *t, const uint16_t *kind,
                              float *counts[2], ia_scales *out)
{
    ia_status st = ia_volume_count(ctx, t->w, IA_SPREAD_LINEAR, t->seen, kind, counts);
    return st == IA_OK ? ia_scales_build(ctx, &t->w->voxels, t->n_scales, counts, out)
                       : st;
}

// The best so far of the adaptive kernels.
typedef struct {
    double loss;
    ia_kernel kernel;
} best_kernel;

// Every factor of the distance to the k-th solute atom.
static ia_status try_factors(ia_ctx *ctx, trial *t, const ia_scales *scales, size_t k,
                             const float *distance, best_kernel *best)
{
    static const double factors[] = {0.25, 0.35, 0.5, 0.7, 1};
    float *width = ia_array(ctx, scales->n, sizeof *width);
    ia_status st = width ? IA_OK : IA_ERR_MEMORY;
    for (size_t j = 0; j < sizeof factors / sizeof *factors && st == IA_OK; j++) {
        for (size_t i = 0; i < scales->n; i++)
            width[i] = (float)factors[j] * distance[i];
        if ((st = ia_scale_share_of_width(ctx, scales, width, t->share)) != IA_OK)
            break;
        double loss = ia_unseen_loss(&t->w->voxels, t->share, &t->choose);
        if (!(loss < best->loss))
            continue;
        best->loss = loss;
        best->kernel = (ia_kernel){.kind = IA_KERNEL_ADAPTIVE,
                                   .sigma = {NAN, NAN, NAN},
                                   .spread = IA_SPREAD_LINEAR,
                                   .k = k,
                                   .factor = factors[j],
                                   .n_scales = t->n_scales};
    }
    free(width);
    return st;
}

static ia_status choose_adaptive(ia_ctx *ctx, trial *t, ia_kernel *out)
{
    static const size_t ks[] = {4, 8, 16, 32, 64};
    best_kernel best = {.loss = INFINITY};
    float *counts[2] = {NULL, NULL};
    float *distance = ia_array(ctx, ia_voxels_count(&t->w->voxels), sizeof *distance);
    ia_scales scales = {0};
    ia_status st = distance ? build_scales(ctx, t, NULL, counts, &scales) : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof ks / sizeof *ks && st == IA_OK; i++)
        if ((st = ia_volume_distances(ctx, t->w, ks[i], t->seen, distance)) == IA_OK)
            st = try_factors(ctx, t, &scales, ks[i], distance, &best);
    *out = best.kernel;
    ia_scales_clear(&scales);
    free(counts[0]);
    free(counts[1]);
    free(distance);
    return st;
}

static void fold_clear(ia_fold *fold, float *counts[2])
{
    ia_scales_clear(&fold->scales);
    ia_unseen_free(&fold->unseen);
    free(counts[0]);
    free(counts[1]);
}

// Folds leave out one part each: several where a part has few ions.
static ia_status choose_mixture(ia_ctx *ctx, trial *t, ia_kernel *k)
{
    ia_fold folds[FOLDS_MOST] = {{.unseen = {0}}};
    float *counts[FOLDS_MOST][2] = {{NULL}};
    size_t n = t->choose.n > 0 ? ENOUGH / t->choose.n + 1 : 1;
    unsigned seen = IA_EVERY_PART & ~(1u << IA_PART_JUDGE);
    ia_status st = IA_OK;
    n = n < FOLDS_MOST ? n : FOLDS_MOST;
    *k = (ia_kernel){.kind = IA_KERNEL_MIXTURE,
                     .sigma = {NAN, NAN, NAN},
                     .spread = IA_SPREAD_LINEAR,
                     .n_scales = t->n_scales};
    for (size_t f = 0; f < n && st == IA_OK; f++) {
        unsigned part = IA_PART_CHOOSE + (unsigned)f;
        if ((st = ia_volume_unseen(ctx, t->w, NULL, part, UNSEEN_MOST,
                                   &folds[f].unseen)) == IA_OK &&
            (st = ia_volume_count(ctx, t->w, k->spread, seen & ~(1u << part), NULL,
                                  counts[f])) == IA_OK)
            st = ia_scales_build(ctx, &t->w->voxels, k->n_scales, counts[f],
                                 &folds[f].scales);
    }
    if (st == IA_OK)
        st = ia_blend_choose(ctx, folds, n, &k->blend);
    for (size_t f = 0; f < FOLDS_MOST; f++)
        fold_clear(&folds[f], counts[f]);
    return st;
}

static ia_status make_fixed(ia_ctx *ctx, trial *t, ia_kernel *k)
{
    float *counts[2] = {NULL, NULL};
    ia_scales scales = {0};
    ia_status st = IA_OK;
    if (t->p->sigma > 0) {
        *k = fixed_of(t->p->sigma);
        return IA_OK;
    }
    if ((st = build_scales(ctx, t, NULL, counts, &scales)) == IA_OK)
        st = choose_fixed(ctx, t, &scales, k);
    ia_scales_clear(&scales);
    free(counts[0]);
    free(counts[1]);
    return st;
}

static ia_status make(ia_ctx *ctx, trial *t, int kind, ia_kernel *k)
{
    switch (kind) {
    case IA_KERNEL_TWO_PASS:
        *k = two_pass_of(t->p, t->w->voxels.edge);
        return IA_OK;
    case IA_KERNEL_TRUNCATED:
        *k = truncated_of(t->p);
        return IA_OK;
    case IA_KERNEL_FIXED:
        return make_fixed(ctx, t, k);
    case IA_KERNEL_ADAPTIVE:
        return choose_adaptive(ctx, t, k);
    case IA_KERNEL_MIXTURE:
        return choose_mixture(ctx, t, k);
    default:
        *k = (ia_kernel){.kind = IA_KERNEL_NONE, .spread = IA_SPREAD_NEAREST};
        return IA_OK;
    }
}

// Which kernels are tried: those that anybody would compare with, and the one asked for.
static bool is_tried(const trial *t, int kind)
{
    int asked = t->p->kernel;
    if (kind == asked || kind == IA_KERNEL_TWO_PASS || kind == IA_KERNEL_FIXED)
        return true;
    return kind == IA_KERNEL_MIXTURE && asked == IA_KERNEL_AUTO &&
           t->p->quantity == IA_QUANTITY_COMPOSITION &&
           (double)ia_voxels_count(&t->w->voxels) <= voxels_for_mixture;
}

static ia_status try_all(ia_ctx *ctx, trial *t, ia_kernel *chosen)
{
    double least = INFINITY;
    ia_status st = IA_OK;
    for (int kind = IA_KERNEL_NONE; kind <= IA_KERNEL_MIXTURE && st == IA_OK; kind++) {
        ia_kernel k;
        if (!is_tried(t, kind))
            continue;
        if ((st = make(ctx, t, kind, &k)) != IA_OK || (st = judge(ctx, t, &k)) != IA_OK)
            break;
        double loss = t->out->scores[t->out->n_scores - 1].loss;
        bool wanted = t->p->kernel == IA_KERNEL_AUTO
                          ? loss < least || kind == IA_KERNEL_TWO_PASS
                          : kind == t->p->kernel;
        if (wanted) {
            *chosen = k;
            least = loss;
        }
    }
    return st;
}

static ia_status trial_begin(ia_ctx *ctx, const ia_volume_work *w,
                             const ia_volume_params *p, ia_volume *out, trial *t)
{
    *t = (trial){.w = w, .p = p, .n_scales = count_scales(w), .out = out};
    t->seen = IA_EVERY_PART & ~(1u << IA_PART_JUDGE | 1u << IA_PART_CHOOSE);
    ia_status st = ia_volume_unseen(ctx, w, NULL, IA_PART_JUDGE, UNSEEN_MOST, &t->judge);
    if (st == IA_OK)
        st = ia_volume_unseen(ctx, w, NULL, IA_PART_CHOOSE, UNSEEN_MOST, &t->choose);
    if (st == IA_OK &&
        !(t->share = ia_array(ctx, ia_voxels_count(&w->voxels), sizeof *t->share)))
        st = IA_ERR_MEMORY;
    return st;
}

static void trial_end(trial *t)
{
    ia_unseen_free(&t->judge);
    ia_unseen_free(&t->choose);
    free(t->share);
}

// Are those that kernels learn from all of one kind, where others are not? Ions of one
// place and kind are all of one part.
static bool is_one_sided(const trial *t)
{
    double solute = 0, all = 0;
    for (size_t i = 0; i < t->w->ranged.n; i++) {
        if (!(t->seen & 1u << t->w->part[i]))
            continue;
        solute += (double)t->w->weights[0][t->w->ranged.kind[i]];
        all += (double)t->w->weights[1][t->w->ranged.kind[i]];
    }
    bool both = t->w->percent > 0 && t->w->percent < 100;
    return both && !(solute > 0 && solute < all);
}

// A kernel that nothing has to be chosen for.
static bool is_given(const ia_volume_params *p)
{
    return p->kernel == IA_KERNEL_NONE || p->kernel == IA_KERNEL_TWO_PASS ||
           p->kernel == IA_KERNEL_TRUNCATED ||
           (p->kernel == IA_KERNEL_FIXED && p->sigma > 0);
}

// Kernels are judged by compositions that they foretell, which of all atoms is none.
static ia_status choose_for_every(ia_ctx *ctx, trial *t, ia_kernel *kernel)
{
    bool is_open = t->p->kernel == IA_KERNEL_AUTO;
    if (!is_open && !is_given(t->p))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "solute = 'all': of all atoms there is no composition to choose a "
                       "kernel by; kernel = two-pass, truncated, none, or fixed with a "
                       "sigma was expected");
    return make(ctx, t, is_open ? IA_KERNEL_TWO_PASS : t->p->kernel, kernel);
}

ia_status ia_volume_choose(ia_ctx *ctx, const ia_volume_work *work,
                           const ia_volume_params *params, ia_kernel *kernel,
                           ia_volume *out)
{
    trial t = {.w = work, .p = params, .out = out};
    if (ia_every_is_asked(work->solute))
        return choose_for_every(ctx, &t, kernel);
    if (params->trust && is_given(params))
        return make(ctx, &t, params->kernel, kernel);
    ia_status st = trial_begin(ctx, work, params, out, &t);
    if (st == IA_OK && (t.judge.n == 0 || t.choose.n == 0 || is_one_sided(&t))) {
        // Too few ions or places to keep any back: the published kernel, unjudged.
        int kind = is_given(params) ? params->kernel : IA_KERNEL_TWO_PASS;
        st = make(ctx, &t, kind, kernel);
    } else if (st == IA_OK) {
        st = try_all(ctx, &t, kernel);
    }
    trial_end(&t);
    return st;
}

// Gain on the judging ions of the width chosen on the choosing ones, labels as given.
static ia_status gain_of(ia_ctx *ctx, trial *t, const uint16_t *kind, double *gain)
{
    float *counts[2] = {NULL, NULL};
    ia_scales scales = {0};
    double least = INFINITY, own = NAN;
    ia_status st = build_scales(ctx, t, kind, counts, &scales);
    for (size_t i = 0; i < scales.n_scales && st == IA_OK; i++) {
        if ((st = ia_scale_share(ctx, &scales, i, t->share)) != IA_OK)
            break;
        double loss = ia_unseen_loss(&t->w->voxels, t->share, &t->choose);
        if (!(loss < least))
            continue;
        least = loss;
        own = ia_unseen_loss(&t->w->voxels, t->share, &t->judge);
    }
    double of = 0, all = 0;
    for (size_t i = 0; i < t->judge.n; i++) {
        of += loss_of(t->w->percent / 100, (double)t->judge.solute[i],
                      (double)t->judge.atoms[i]);
        all += (double)t->judge.atoms[i];
    }
    *gain = of / all - own;
    ia_scales_clear(&scales);
    free(counts[0]);
    free(counts[1]);
    return st;
}

// The unseen ions with their shuffled kinds.
static ia_status relabel(ia_ctx *ctx, trial *t, const uint16_t *kind)
{
    ia_unseen_free(&t->judge);
    ia_unseen_free(&t->choose);
    ia_status st =
        ia_volume_unseen(ctx, t->w, kind, IA_PART_JUDGE, UNSEEN_MOST, &t->judge);
    return st == IA_OK ? ia_volume_unseen(ctx, t->w, kind, IA_PART_CHOOSE, UNSEEN_MOST,
                                          &t->choose)
                       : st;
}

ia_status ia_volume_null(ia_ctx *ctx, const ia_volume_work *work,
                         const ia_volume_params *params, ia_volume *out)
{
    trial t;
    size_t n = work->ranged.n, n_reached = 0;
    double observed = NAN, gain;
    out->p = NAN;
    if (params->n_shuffles == 0 || ia_every_is_asked(work->solute))
        return IA_OK;
    uint16_t *kind = ia_array(ctx, n, sizeof *kind);
    if (!kind)
        return IA_ERR_MEMORY;
    ia_status st = trial_begin(ctx, work, params, out, &t);
    if (st != IA_OK || t.judge.n == 0 || t.choose.n == 0)
        goto done;
    memcpy(kind, work->ranged.kind, n * sizeof *kind);
    st = gain_of(ctx, &t, NULL, &observed);
    for (size_t s = 1; s <= params->n_shuffles && st == IA_OK; s++) {
        ia_random random = ia_random_new(params->seed, s);
        ia_kinds_shuffle(&random, kind, n);
        if ((st = relabel(ctx, &t, kind)) == IA_OK &&
            (st = gain_of(ctx, &t, kind, &gain)) == IA_OK)
            n_reached += !(gain < observed);
    }
    out->n_shuffles = params->n_shuffles;
    out->p = (1 + (double)n_reached) / (1 + (double)params->n_shuffles);
done:
    trial_end(&t);
    free(kind);
    return st;
}
