// src/detector/dead_loss.c: ions that each range lost, and whether isotopes agree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/dead.h"

#include <math.h>
#include <stdlib.h>

// Pairs of one kind in different isotopes, too far apart in time to hide each other.
typedef struct {
    double near, far;
} control;

// A ratio of the kind's own isotopes needs so many pairs on either side.
static const double enough = 1000;

static int32_t kind_of(const dead_job *j, int32_t range)
{
    return range < 0 ? -1 : j->in->ranger->ion[range];
}

// Pairs beyond the zone's time, of all and of different isotopes of each kind.
typedef struct {
    const dead_job *j;
    control *all, *isotopes;
} counting;

static void count_pair(void *user, const dead_pair *p)
{
    const counting *c = user;
    const dead_job *j = c->j;
    const ia_dead_time *out = j->out;
    int32_t first = j->range[p->first], second = j->range[p->second];
    int32_t kind = kind_of(j, second);
    bool near = p->r < out->radius;
    if (p->t < out->time && second >= 0) {
        if (near)
            out->ranges[second].near++;
        else
            out->ranges[second].far++;
    }
    if (p->t >= j->params.t_far) {
        c->all->near += near;
        c->all->far += !near;
    }
    if (p->t >= out->time && kind >= 0 && first != second && kind_of(j, first) == kind) {
        c->isotopes[kind].near += near;
        c->isotopes[kind].far += !near;
    }
}

static void count_pairs(const dead_job *j, control *all, control *isotopes)
{
    counting c = {j, all, isotopes};
    dead_each_pair(j->m, count_pair, &c);
}

// The error of the ratio is shared by all ranges of a kind; each takes the part that
// makes the kind's variance right.
static void fill_ranges(const dead_job *j, const ia_dead_loss *kind, int32_t k,
                        const dead_ratio *ratio)
{
    for (size_t i = 0; i < j->out->n_ranges; i++) {
        ia_dead_loss *r = &j->out->ranges[i];
        if (j->in->ranger->ion[i] != k)
            continue;
        double far = (double)r->far, came = ratio->ratio * far;
        r->ratio = ratio->ratio;
        r->lost = came - (double)r->near;
        r->sigma_lost =
            sqrt(came + ratio->ratio * came + far * (double)kind->far * ratio->variance);
    }
}

static void fill_kinds(dead_job *j, const control *all, const control *isotopes)
{
    ia_dead_time *out = j->out;
    const dead_ratio common = dead_ratio_of(all->near, all->far);
    double near = 0, far = 0;
    for (size_t i = 0; i < out->n_ranges; i++) {
        ia_dead_loss *kind = &out->kinds[j->in->ranger->ion[i]];
        out->ranges[i].counts = j->in->counts->counts[i];
        kind->counts += out->ranges[i].counts;
        kind->near += out->ranges[i].near;
        kind->far += out->ranges[i].far;
    }
    out->lost = 0;
    for (size_t k = 0; k < out->n_kinds; k++) {
        ia_dead_loss *kind = &out->kinds[k];
        bool own = isotopes[k].near >= enough && isotopes[k].far >= enough;
        dead_ratio ratio =
            own ? dead_ratio_of(isotopes[k].near, isotopes[k].far) : common;
        kind->ratio = ratio.ratio;
        kind->lost =
            dead_lost((double)kind->near, (double)kind->far, &ratio, &kind->sigma_lost);
        out->lost += kind->lost;
        near += (double)kind->near;
        far += (double)kind->far;
        fill_ranges(j, kind, (int32_t)k, &ratio);
    }
    dead_lost(near, far, &common, &out->sigma_lost);
}

ia_status dead_losses(ia_ctx *ctx, dead_job *j)
{
    ia_dead_time *out = j->out;
    control all = {0};
    out->n_ranges = j->in->ranger->n;
    out->n_kinds = j->in->ranges->n_ions;
    control *isotopes = ia_array(ctx, out->n_kinds, sizeof *isotopes);
    if (!isotopes || !(out->ranges = ia_array(ctx, out->n_ranges, sizeof *out->ranges)) ||
        !(out->kinds = ia_array(ctx, out->n_kinds, sizeof *out->kinds))) {
        free(isotopes);
        return IA_ERR_MEMORY;
    }
    count_pairs(j, &all, isotopes);
    fill_kinds(j, &all, isotopes);
    free(isotopes);
    return IA_OK;
}

// Isotopes of a kind in its ranges, by nature: (n_ranges), 0 for other ranges.
static ia_status natural_shares(ia_ctx *ctx, const dead_job *j, size_t kind,
                                double *natural)
{
    const ia_ion *ion = &j->in->ranges->ions[kind];
    const double least = 1e-6;
    ia_isotopologue *pattern = NULL;
    size_t n = 0;
    double sum = 0;
    ia_status st = ia_ion_pattern(ctx, ion, least, &pattern, &n);
    for (size_t i = 0; i < j->out->n_ranges; i++)
        natural[i] = 0;
    for (size_t p = 0; p < n && st == IA_OK; p++) {
        double mass = pattern[p].mass / ion->charge - ia_electron_mass;
        int32_t range = ia_ranger_find(j->in->ranger, mass);
        if (range >= 0 && (size_t)j->in->ranger->ion[range] == kind) {
            natural[range] += pattern[p].probability;
            sum += pattern[p].probability;
        }
    }
    for (size_t i = 0; i < j->out->n_ranges && sum > 0; i++)
        natural[i] /= sum;
    free(pattern);
    return st;
}

// Isotopes of one kind against nature, before and after the correction.
static void compare_kind(dead_job *j, size_t kind, const double *natural)
{
    ia_dead_time *out = j->out;
    const ia_ranger *ranger = j->in->ranger;
    double raw = 0, corrected = 0;
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < out->n_ranges; i++) {
            if (natural[i] <= 0)
                continue;
            const ia_dead_loss *r = &out->ranges[i];
            double b = j->in->background
                           ? ia_background_counts(j->in->background, ranger->lo[i],
                                                  ranger->hi[i])
                           : 0;
            double x = (double)r->counts - (isfinite(b) ? b : 0), y = x + r->lost;
            if (pass == 0) {
                raw += x;
                corrected += y;
                n++;
                continue;
            }
            double variance = fmax(1, (double)r->counts);
            out->chi2_raw += pow(x - natural[i] * raw, 2) / variance;
            out->chi2_corrected += pow(y - natural[i] * corrected, 2) /
                                   (variance + r->sigma_lost * r->sigma_lost);
            out->isotopes[out->n_isotopes++] = (ia_isotope_share){
                .kind = (int32_t)kind,
                .mass = 0.5 * (ranger->lo[i] + ranger->hi[i]),
                .natural = natural[i],
                .raw = x / raw,
                .corrected = y / corrected,
                .sigma = sqrt(variance + r->sigma_lost * r->sigma_lost) / corrected};
        }
        if (n < 2 || !(raw > 0) || !(corrected > 0))
            return;
    }
    out->degrees += (double)(n - 1);
}

ia_status dead_isotopes(ia_ctx *ctx, dead_job *j)
{
    ia_dead_time *out = j->out;
    double *natural = ia_array(ctx, out->n_ranges, sizeof *natural);
    ia_status st = natural ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK &&
        !(out->isotopes = ia_array(ctx, out->n_ranges, sizeof *out->isotopes)))
        st = IA_ERR_MEMORY;
    for (size_t k = 0; k < out->n_kinds && st == IA_OK; k++) {
        const ia_ion *ion = &j->in->ranges->ions[k];
        if (ion->charge == 0 || ia_ion_atoms(ion) != 1 || out->kinds[k].counts == 0)
            continue;
        if ((st = natural_shares(ctx, j, k, natural)) == IA_OK)
            compare_kind(j, k, natural);
    }
    free(natural);
    return st;
}
