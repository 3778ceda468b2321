// src/spectrum/calibrate_find.c: start time and flight path that make the peaks those of
// ions, with the odds that they are right.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/calibrate_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JUDGED = 10 };
static const double HEAVIEST = 310; // Da

// sqrt(kappa) (tau - t0) is the square root of m/n.
static double kappa_of(const cal_model *m, double path)
{
    return m->from_times ? CAL_TWO_E_OVER_U * m->v_ref / (path * path) : 1;
}

// The flight path that the bowl would have if it were all geometry; 0 where it tells
// none.
static double bowl_path(const cal_model *m)
{
    double curve = isfinite(m->l2) ? 1 / m->l2 : 0;
    for (size_t k = 0; k < m->n_terms; k++) {
        const cal_term *t = &m->terms[k];
        if (t->kind == CAL_PLANE &&
            ((t->i == 2 && t->j == 0) || (t->i == 0 && t->j == 2)))
            curve += 0.5 * t->value / (m->radius * m->radius);
    }
    double path = curve > 0 ? 1 / sqrt(curve) : 0;
    return path > 1.5 * m->radius && path < 8 * m->radius ? path : 0;
}

double cal_find_path(const cal_model *m, const ia_calibrate_params *p, double *sigma_ln)
{
    const double reflectron = 200; // mm: none of the known instruments is far from it
    double bowl = bowl_path(m);
    *sigma_ln = p->flight_path > 0 ? 0.1 : bowl > 0 ? 0.35 : 1;
    return p->flight_path > 0 ? p->flight_path : bowl > 0 ? bowl : reflectron;
}

ia_status cal_find_places(ia_ctx *ctx, const cal_sample *sample, const cal_model *model,
                          double path, cal_places *out)
{
    float *z = ia_array(ctx, sample->n, sizeof *z);
    double root = sqrt(kappa_of(model, path));
    *out = (cal_places){.z = z, .n = sample->n};
    if (!z)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < sample->n; i++) {
        cal_ion ion = cal_sample_ion(sample, i);
        double here = root * cal_reduced_time(model, &ion);
        z[i] = here > 0 ? (float)here : 0;
        if (here > out->z_max && here * here < HEAVIEST)
            out->z_max = here;
    }
    return IA_OK;
}

cal_scale_prior cal_find_prior(const cal_model *m, const ia_calibrate_params *p,
                               double path, double sigma_ln)
{
    double root = sqrt(kappa_of(m, path));
    if (!m->from_times)
        return (cal_scale_prior){p->scale_doubt, 0, 0.5 * p->scale_doubt * sqrt(28.0)};
    return (cal_scale_prior){sigma_ln, m->t0 * root, p->t0_doubt * root};
}

static int by_score(const void *a, const void *b)
{
    double x = ((const cal_scale *)a)->score, y = ((const cal_scale *)b)->score;
    return (x < y) - (x > y);
}

// Do both put the peaks that matter at the same places, as far as lines are told apart?
static bool is_same(const cal_scale *p, const cal_scale *q, const ia_peaks *peaks)
{
    const double alike = 0.06;   // Da at 28 Da
    const double matters = 0.02; // of the peaks' ions
    double all = 0;
    for (size_t i = 0; i < peaks->n; i++)
        all += fmax(0, peaks->list[i].counts - peaks->list[i].background);
    for (size_t i = 0; i < peaks->n; i++) {
        const ia_peak *peak = &peaks->list[i];
        double z = sqrt(peak->mass), one = p->a * z + p->b, two = q->a * z + q->b;
        if (peak->counts - peak->background > matters * all &&
            !(fabs(one * one - two * two) < alike * one / sqrt(28.0)))
            return false;
    }
    return true;
}

// The score adds up what peaks tell as if their errors had nothing in common; a stretch
// of the axis is common to all. The root of the odds is what drawn runs bear out.
static const double TEMPER = 2;

// Sort, leave one of each, turn scores into odds.
static void settle(cal_found *found, cal_scale *list, size_t n, const ia_peaks *peaks)
{
    double sum = 0;
    size_t kept = 0;
    qsort(list, n, sizeof *list, by_score);
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t k = 0; k < kept; k++)
            again = again || is_same(&list[k], &list[i], peaks);
        if (!again)
            list[kept++] = list[i];
    }
    for (size_t i = 0; i < kept; i++)
        sum += exp((list[i].score - list[0].score) / TEMPER);
    for (size_t i = 0; i < kept && i < 2; i++) {
        found->choice[i] = list[i];
        found->probability[i] = exp((list[i].score - list[0].score) / TEMPER) / sum;
    }
    found->n_choices = kept < 2 ? kept : 2;
}

static ia_status judge_all(ia_ctx *ctx, const cal_places *places,
                           const cal_scale_prior *prior, cal_scale *list, size_t *n)
{
    const double far = 40; // below the best suggestion: not worth a look
    ia_status st = IA_OK;
    size_t judged = 0;
    for (; judged < *n && judged < JUDGED && st == IA_OK; judged++) {
        if (list[judged].score < list[0].score - far)
            break;
        st = cal_scale_judge(ctx, places, prior, &list[judged], NULL);
    }
    *n = judged;
    return st;
}

// The pattern of isotopes is the same with any charge, all m/n times one factor: where
// the largest peak is an ion of some charge, it is judged with the others, too.
static ia_status judge_charges(ia_ctx *ctx, const cal_places *places,
                               const cal_scale_prior *prior, cal_scale *list, size_t *n)
{
    enum { BEST = 4, CHARGES = 4 };
    const double near = 30; // below the best
    ia_status st = IA_OK;
    size_t n_best = *n < BEST ? *n : BEST;
    qsort(list, *n, sizeof *list, by_score);
    for (size_t i = 0; i < n_best && list[i].score > list[0].score - near; i++) {
        int own = list[i].ion.n_parts ? list[i].ion.charge : CHARGES + 1;
        for (int charge = 1; charge <= CHARGES && own <= CHARGES; charge++) {
            double factor = sqrt((double)own / charge);
            cal_scale *s = &list[*n];
            *s = (cal_scale){.a = list[i].a * factor, .b = list[i].b * factor};
            if (charge == own || !cal_scale_is_possible(prior, s))
                continue;
            if ((st = cal_scale_judge(ctx, places, prior, s, NULL)) != IA_OK)
                return st;
            ++*n;
        }
    }
    return st;
}

ia_status cal_find(ia_ctx *ctx, const cal_places *places, const cal_scale_prior *prior,
                   cal_found *out)
{
    cal_scale list[CAL_SCALES + 1];
    ia_spectrum spectrum = {0};
    ia_background blind;
    ia_peaks peaks = {0};
    ia_status st;
    size_t n = 0;
    cal_places same = *places;
    *out = (cal_found){0};
    same.peaks = &peaks;
    if ((st = cal_scale_spectrum(ctx, places, 1, 0, &spectrum)) != IA_OK ||
        (st = ia_background_compute(NULL, &spectrum, NULL, NULL, &blind)) != IA_OK ||
        (st = ia_peaks_compute(ctx, &spectrum, &blind, NULL, &peaks)) != IA_OK)
        goto done;
    out->n_peaks = peaks.n;
    if (peaks.n < 2 ||
        (st = cal_scale_suggest(ctx, &spectrum, &peaks, prior, list, &n)) != IA_OK ||
        (st = judge_all(ctx, &same, prior, list, &n)) != IA_OK ||
        (st = judge_charges(ctx, &same, prior, list, &n)) != IA_OK)
        goto done;
    settle(out, list, n, &peaks);
done:
    ia_peaks_clear(&peaks);
    ia_spectrum_clear(&spectrum);
    return st;
}

double cal_find_t0(const cal_model *m, double path, const cal_scale *scale)
{
    return m->t0 - scale->b / scale->a / sqrt(kappa_of(m, path));
}

ia_status cal_find_confirm(ia_ctx *ctx, const cal_places *places, const cal_scale *scale,
                           double *share)
{
    ia_spectrum spectrum = {0};
    ia_identification id = {0};
    double told = 0, all = 0;
    ia_status st = cal_scale_spectrum(ctx, places, scale->a, scale->b, &spectrum);
    *share = 0;
    // What it warns of is told by the identification itself, later in the chain.
    if (st == IA_OK && ia_identify_compute(NULL, &spectrum, NULL, NULL, &id) != IA_OK)
        st = ia_fail(ctx, IA_ERR_MEMORY, "the mass scale cannot be confirmed");
    for (size_t i = 0; i < id.peaks.n && i < id.assignment.n_peaks; i++) {
        double net = fmax(0, id.peaks.list[i].counts - id.peaks.list[i].background);
        all += net;
        told += id.assignment.explained[i] ? net : 0;
    }
    if (all > 0)
        *share = told / all;
    ia_identification_clear(&id);
    ia_spectrum_clear(&spectrum);
    return st;
}
