// src/spatial/correlation.c: precipitates and waves from the correlation function.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"
#include "spatial/frequency_internal.h"
#include "spatial/gaps.h"
#include "spatial/ranged.h"

#include <ionatlas/edge.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(
        ia_correlation_params, from, "",
        "elements, nuclides or ions, \"Cu,D,FeO+\"; H is without D; empty: every solute"),
    IA_FIELD(IA_F64, ia_correlation_params, r_max, "nm", 0, 0, 100,
             "largest distance; 0: a third of the specimen's width, 1 to 10"),
    IA_FIELD(IA_F64, ia_correlation_params, resolution, "nm", 0, 0, 5,
             "standard deviation of positions; 0: fitted"),
    IA_FIELD(IA_SIZE, ia_correlation_params, n_shuffles, "", 199, 19, 100000,
             "label shuffles to compare with; more where so few decide nothing"),
    IA_FIELD(IA_SIZE, ia_correlation_params, n_most, "", 100000, 100, 1e9,
             "ions per species used; of more, so many at random"),
    IA_FIELD(IA_U64, ia_correlation_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the shuffles"),
};
const ia_method ia_correlation_method =
    IA_METHOD("correlation", "Precipitates and waves from the correlation function",
              ia_correlation_params, fields);

ia_correlation_params ia_correlation_defaults(void)
{
    ia_correlation_params params;
    ia_method_defaults(&ia_correlation_method, &params);
    return params;
}

enum { N = IA_CORRELATION_POINTS };
static const double near_bound = 0.97; // of the largest radius that is looked for
static const double clearly = 6; // of chi^2: waves are e^3 times as likely as spheres

typedef struct {
    ia_ctx *ctx;
    const ia_correlation_params *params;
    ia_drawing_ions ions;
    rdf_blocks blocks;
    frequency_blocks columns; // groups of ions
    correlation_groups groups;
    double volume, r_max; // nm^3, nm
} job;

static const double farthest = 10; // nm, where no r_max is given

static double choose_r_max(const job *j)
{
    double least = INFINITY;
    for (size_t k = 0; k < 3; k++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < j->ions.n; i++) {
            low = fmin(low, (double)j->ions.xyz[3 * i + k]);
            high = fmax(high, (double)j->ions.xyz[3 * i + k]);
        }
        least = fmin(least, high - low);
    }
    return j->params->r_max > 0 ? j->params->r_max : fmin(fmax(least / 3, 1), farthest);
}

// Middles of the groups of ions and the blocks in which these lie.
static ia_status place_groups(job *j)
{
    correlation_groups *g = &j->groups;
    g->n = j->columns.n;
    g->edge = cbrt(j->volume * CORRELATION_BLOCK / (double)j->ions.n);
    if (!(g->middle = ia_array(j->ctx, g->n, 3 * sizeof *g->middle)) ||
        !(g->block = ia_array(j->ctx, g->n, sizeof *g->block)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < j->ions.n; i++)
        for (size_t k = 0; k < 3 && j->columns.block[i] != UINT32_MAX; k++)
            g->middle[3 * j->columns.block[i] + k] +=
                j->ions.xyz[3 * i + k] / CORRELATION_BLOCK;
    for (size_t i = 0; i < g->n; i++)
        g->block[i] = ia_rdf_block_of(&j->blocks, g->middle + 3 * i);
    return IA_OK;
}

static ia_status prepare(job *j)
{
    ia_points points = {j->ions.xyz, j->ions.n};
    ia_status st = ia_volume_measure(j->ctx, &points, &j->volume);
    frequency_cloud cloud = {j->ions.xyz, j->ions.n, j->volume};
    if (st != IA_OK || !isfinite(j->volume))
        return st;
    j->r_max = choose_r_max(j);
    if ((st = ia_rdf_blocks_build(j->ctx, j->ions.xyz, j->ions.n, &j->blocks)) == IA_OK &&
        (st = ia_frequency_columns(j->ctx, &cloud, CORRELATION_BLOCK, &j->columns)) ==
            IA_OK)
        st = place_groups(j);
    return st;
}

static void clear_counts(correlation_counts *c)
{
    ia_rdf_parts_clear(&c->parts);
    free(c->null);
    free(c->solute);
}

static ia_status count_groups(const job *j, const ia_drawing *set, correlation_counts *c)
{
    uint32_t *solute = ia_array(j->ctx, j->groups.n, sizeof *solute);
    if (!solute)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < set->n_list_from; i++)
        if (j->columns.block[set->list_from[i]] != UINT32_MAX)
            solute[j->columns.block[set->list_from[i]]]++;
    ia_status st = ia_correlation_groups(j->ctx, &j->groups, solute, c);
    free(solute);
    return st;
}

static ia_status fill_counts(const job *j, rdf_drawing *d, const ia_rdf *rdf,
                             correlation_counts *c)
{
    ia_draw data = {0, ia_random_new(j->params->seed, 0)};
    ia_drawing_take(&d->set, &data, 0);
    c->n_used = (double)d->set.n_from;
    c->n_ions = (double)j->ions.n;
    c->scale = (double)d->set.n_list_from / c->n_used;
    c->bin = rdf->bin;
    c->volume = j->volume;
    if (!(c->null = ia_array(j->ctx, CORRELATION_BINS, sizeof *c->null)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < CORRELATION_BINS; i++)
        c->null[i] = 2 * rdf->null_mean[i];
    ia_status st = ia_rdf_parts_fill(j->ctx, d, &j->blocks, &c->parts);
    return st == IA_OK ? count_groups(j, &d->set, c) : st;
}

// Transform to the intensity of small-angle scattering, damped towards r_max so that the
// end of the curve makes no ripples.
static void transform(const ia_correlation *c, const double *gamma, double *intensity)
{
    double end = c->r[N - 1];
    for (size_t q = 0; q < IA_CORRELATION_Q; q++) {
        double sum = 0, low = 0;
        for (size_t i = 0; i < N; i++) {
            double r = c->r[i], high = i + 1 < N ? (r + c->r[i + 1]) / 2 : end;
            double damp = r < end ? sin(3.14159265358979323846 * r / end) /
                                        (3.14159265358979323846 * r / end)
                                  : 0;
            double wave = c->q[q] * r;
            sum += 4 * 3.14159265358979323846 * gamma[i] * damp * r * r *
                   (sin(wave) / wave) * (high - low);
            low = high;
        }
        intensity[q] = sum;
    }
}

static void keep_fit(const correlation_fitting *f, ia_correlation *out)
{
    const correlation_spheres *s = &f->spheres;
    double amplitude = out->kind == IA_WAVES ? f->waves.amplitude : f->spheres.amplitude;
    double hole[N];
    ia_correlation_hole(&s->shape, out->r, N, hole);
    if (out->kind == IA_WAVES)
        ia_correlation_waves(f->waves.wavelength, f->waves.coherence, out->r, N,
                             out->fit);
    else
        ia_correlation_spheres(&s->shape, f->problem.volume, out->r, N, out->fit);
    for (size_t i = 0; i < N; i++) {
        double missing = out->kind == IA_WAVES ? 0 : s->fraction * hole[i];
        out->fit[i] = amplitude * (out->fit[i] - missing);
    }
    transform(out, out->fit, out->intensity_fit);
}

static double chi_of_nothing(const correlation_problem *p)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            sum += p->gamma[i] * p->weight[i * N + k] * p->gamma[k];
    return sum;
}

static ia_status fit(const job *j, const correlation_counts *c, const rdf_drawing *d,
                     ia_correlation *out)
{
    double weight[N * N], matrix = out->matrix_share.value;
    correlation_fitting f = {.counts = c, .seed = j->params->seed};
    ia_status st = ia_correlation_weight(j->ctx, c, f.seed, out, weight);
    out->matrix_share.value = NAN;
    if (st != IA_OK || out->p > ia_told_level)
        return st;
    f.problem = (correlation_problem){.usual = correlation_usual,
                                      .r = out->r,
                                      .gamma = out->gamma,
                                      .weight = weight,
                                      .excess = out->share - matrix,
                                      .volume = c->volume,
                                      .r_max = d->r_max,
                                      .resolution = j->params->resolution};
    f.spheres = ia_correlation_fit_spheres(&f.problem, NULL);
    f.waves = ia_correlation_fit_waves(&f.problem, NULL);
    out->chi_particles = f.spheres.chi2;
    out->chi_waves = f.waves.chi2;
    out->kind = f.waves.chi2 + clearly < f.spheres.chi2 ? IA_WAVES : IA_PARTICLES;
    // Without any amplitude the curve deviates as much; a fit must do clearly better.
    double flat = chi_of_nothing(&f.problem);
    double amplitude = out->kind == IA_WAVES ? f.waves.amplitude : f.spheres.amplitude;
    if (!(amplitude > 0) || fmin(f.spheres.chi2, f.waves.chi2) + clearly > flat) {
        out->kind = IA_NO_SIGNAL;
        return IA_OK;
    }
    keep_fit(&f, out);
    st = ia_correlation_errors(j->ctx, &f, matrix, out);
    // Nothing larger was looked for.
    if (out->kind == IA_PARTICLES && out->radius.hi > near_bound * d->r_max / 2)
        out->radius.hi = INFINITY;
    return st == IA_OK ? ia_correlation_steady(j->ctx, &f, &d->set, out) : st;
}

static void band(const correlation_counts *c, const ia_rdf *rdf, ia_correlation *out)
{
    for (size_t p = 0; p < N; p++) {
        double lo = 0, hi = 0, mean = 0, scale = out->share * out->share;
        // Bins of a point add up: their deviations as roots of sums of squares.
        for (size_t i = ia_correlation_first(p); i < ia_correlation_first(p + 1); i++) {
            mean += rdf->null_mean[i];
            lo += pow(rdf->null_mean[i] - rdf->null_lo[i], 2);
            hi += pow(rdf->null_hi[i] - rdf->null_mean[i], 2);
        }
        out->r[p] = ia_correlation_distance(c, p);
        out->null_lo[p] = mean > 0 ? -scale * sqrt(lo) / mean : NAN;
        out->null_hi[p] = mean > 0 ? scale * sqrt(hi) / mean : NAN;
    }
}

static void forget_fit(ia_correlation *c)
{
    ia_bounded none = {NAN, NAN, NAN, NAN};
    c->kind = IA_NO_SIGNAL;
    c->amplitude = c->radius = c->spread = c->blur = none;
    c->fraction = c->particle_share = c->matrix_share = c->density = none;
    c->wavelength = c->coherence = c->swing = none;
    c->steady_amplitude = c->steady_size = (ia_steadiness){NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < N; i++)
        c->fit[i] = NAN;
    for (size_t i = 0; i < IA_CORRELATION_Q; i++)
        c->intensity_fit[i] = NAN;
}

static ia_correlation nothing_yet(const ia_species *species)
{
    ia_correlation c = {.chi_particles = NAN, .chi_waves = NAN};
    forget_fit(&c);
    memcpy(c.species, species->name, sizeof c.species);
    return c;
}

// Counts, their null and the curve up to d->r_max.
static ia_status measure(const job *j, rdf_drawing *d, correlation_counts *counts,
                         ia_correlation *out)
{
    ia_rdf rdf = {.n_bins = CORRELATION_BINS, .bin = d->r_max / CORRELATION_BINS};
    ia_rdf_params how = {.n_shuffles = j->params->n_shuffles, .seed = j->params->seed};
    correlation_curve curve;
    ia_status st;
    if ((st = ia_rdf_test(j->ctx, d, &how, &rdf)) != IA_OK ||
        (st = fill_counts(j, d, &rdf, counts)) != IA_OK)
        goto done;
    ia_correlation_curve(counts, NULL, &curve);
    out->n_ions = d->set.n_from;
    out->n_shuffles = rdf.n_shuffles;
    out->share = curve.share;
    out->matrix_share.value = ia_correlation_matrix(counts, NULL);
    out->p = rdf.p;
    band(counts, &rdf, out);
    for (size_t i = 0; i < N; i++)
        out->gamma[i] = isfinite(curve.gamma[i]) ? curve.gamma[i] : 0;
done:
    ia_rdf_clear(&rdf);
    return st;
}

// Eight times the distance at which the curve has fallen to half: spheres of radius R
// reach half at 0.7 R. Not farther than it was measured.
static double choose_reach(const ia_correlation *c, double r_max)
{
    double top = 0;
    for (size_t i = 0; i < 4; i++)
        top = fmax(top, c->gamma[i]);
    for (size_t i = 0; i + 1 < N; i++)
        if (c->r[i] > c->r[1] && c->gamma[i] < top / 2 && c->gamma[i + 1] < top / 2)
            return fmin(fmax(8 * c->r[i], 1.5), r_max);
    return r_max;
}

// The test is of the curve as far as it was asked for; the fit is of the part that tells
// something.
static ia_status analyse(job *j, rdf_drawing *d, ia_correlation *out)
{
    correlation_counts counts = {.bin = 0};
    ia_status st;
    if ((st = ia_drawing_prepare(j->ctx, &d->set)) != IA_OK ||
        (st = ia_rdf_bound(j->ctx, d, j->params->seed)) != IA_OK ||
        (st = measure(j, d, &counts, out)) != IA_OK)
        goto done;
    double p = out->p, reach = choose_reach(out, d->r_max);
    if (p <= ia_told_level && !(j->params->r_max > 0) && reach < 0.8 * d->r_max) {
        clear_counts(&counts);
        counts = (correlation_counts){.bin = 0};
        d->r_max = reach;
        if ((st = measure(j, d, &counts, out)) != IA_OK)
            goto done;
    }
    out->p = p;
    for (size_t i = 0; i < IA_CORRELATION_Q; i++)
        out->q[i] = 0.1 + 5.9 * (double)i / (IA_CORRELATION_Q - 1);
    transform(out, out->gamma, out->intensity);
    st = fit(j, &counts, d, out);
done:
    clear_counts(&counts);
    return st;
}

static ia_status analyse_species(job *j, const ia_species *species, ia_correlations *out)
{
    ia_species pair[2] = {*species, *species};
    rdf_drawing d = {.n_bins = CORRELATION_BINS, .r_max = j->r_max};
    ia_correlation c = nothing_yet(species);
    ia_status st = ia_drawing_new(j->ctx, &j->ions, pair, j->params->n_most, &d.set);
    if (st == IA_OK && ia_drawing_is_enough(j->ctx, &d.set, pair) &&
        (st = analyse(j, &d, &c)) == IA_OK)
        out->list[out->n++] = c;
    ia_drawing_clear(&d.set);
    return st;
}

static ia_status correct(ia_ctx *ctx, ia_correlations *c)
{
    double *p = ia_array(ctx, c->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; p && i < c->n; i++)
        p[i] = c->list[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, c->n, p);
    for (size_t i = 0; st == IA_OK && i < c->n; i++) {
        c->list[i].p_holm = p[i];
        if (p[i] > ia_told_level)
            forget_fit(&c->list[i]);
        if (isinf(c->list[i].radius.hi))
            ia_warn(ctx,
                    "%s: the radius may be larger than half of r_max, which none is "
                    "looked for beyond: a larger r_max, or specimen, tells",
                    c->list[i].species);
        if (c->list[i].kind == IA_NO_SIGNAL)
            ia_warn(
                ctx, "%s gives no two-phase signal: p = %.3g against shuffled labels%s",
                c->list[i].species, p[i],
                p[i] > ia_told_level ? ""
                                     : ", but neither spheres nor waves fit the curve");
    }
    free(p);
    return st;
}

static ia_status analyse_all(job *j, const ia_species *species, size_t n,
                             ia_correlations *out)
{
    ia_status st = IA_OK;
    if (!(out->list = ia_array(j->ctx, n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    if (!isfinite(j->volume))
        ia_warn(j->ctx, "the ranged ions fill no volume that can be measured: no "
                        "correlation function is made");
    for (size_t i = 0; isfinite(j->volume) && i < n && st == IA_OK; i++)
        st = analyse_species(j, &species[i], out);
    if (st == IA_OK && n == 0)
        ia_warn(
            j->ctx,
            "no correlation is looked for: no element but H and Ga has %g to %g at.%% "
            "and %d ions",
            ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    return st == IA_OK ? correct(j->ctx, out) : st;
}

ia_status ia_correlations_compute(ia_ctx *ctx, const ia_knn_input *input,
                                  const ia_correlation_params *params,
                                  ia_correlations *out)
{
    ia_correlation_params p = params ? *params : ia_correlation_defaults();
    job j = {.ctx = ctx, .params = &p, .volume = NAN};
    ia_ranged ranged = {0};
    ia_species *species = NULL;
    size_t n = 0;
    ia_correlations correlations = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_correlation_method, &p)) != IA_OK ||
        (st = ia_species_find(ctx, input, "from", p.from, &species, &n)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions, input->ranger, &ranged)) != IA_OK ||
        (st = ia_ranged_sort(ctx, &ranged)) != IA_OK ||
        (st = ia_ranged_need(ctx, &ranged)) != IA_OK ||
        (st = ia_gaps_close(ctx, &ranged, fmax(p.r_max, farthest))) != IA_OK)
        goto done;
    ia_ranged_tell_reach(ctx, &ranged, "r_max", p.r_max);
    j.ions = (ia_drawing_ions){ranged.xyz, ranged.kind, ranged.n, input->ranges};
    p.n_shuffles = ia_holm_enough(p.n_shuffles, n, ia_told_level);
    if ((st = prepare(&j)) != IA_OK ||
        (st = analyse_all(&j, species, n, &correlations)) != IA_OK)
        goto done;
    *out = correlations;
    correlations = (ia_correlations){0};
done:
    ia_correlations_clear(&correlations);
    ia_rdf_blocks_clear(&j.blocks);
    ia_frequency_blocks_clear(&j.columns);
    free(j.groups.middle);
    free(j.groups.block);
    ia_ranged_clear(&ranged);
    free(species);
    return st;
}

void ia_correlations_clear(ia_correlations *c)
{
    free(c->list);
    *c = (ia_correlations){0};
}
