// src/spatial/rdf.c: radial distribution of pairs of species.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/gaps.h"
#include "spatial/index_internal.h"
#include "spatial/ranged.h"
#include "spatial/rdf_internal.h"

#include <ionatlas/edge.h>
#include <ionatlas/extent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_rdf_params, from, "",
                  "elements, nuclides or ions at the centres, \"Cu,D,FeO+\"; H is "
                  "without D; empty: every solute, all: every "
                  "ion, ranged or not"),
    IA_FIELD_TEXT(
        ia_rdf_params, to, "",
        "elements, nuclides or ions about them; empty: the centre's own, all: each of "
        "the centres'"),
    IA_FIELD(IA_F64, ia_rdf_params, r_max, "nm", 3, 0.01, 1000,
             "largest distance counted"),
    IA_FIELD(IA_F64, ia_rdf_params, bin, "nm", 0.05, 0.0001, 100, "width of a bin"),
    IA_FIELD(IA_SIZE, ia_rdf_params, n_shuffles, "", 199, 19, 100000,
             "label shuffles to compare with; more where so few decide nothing"),
    IA_FIELD(IA_SIZE, ia_rdf_params, n_most, "", 100000, 100, 1e9,
             "ions per species used; of more, so many at random"),
    IA_FIELD(IA_U64, ia_rdf_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the shuffles"),
};
const ia_method ia_rdf_method =
    IA_METHOD("rdf", "Radial distribution of pairs of species", ia_rdf_params, fields);

ia_rdf_params ia_rdf_defaults(void)
{
    ia_rdf_params params;
    ia_method_defaults(&ia_rdf_method, &params);
    return params;
}

// What all pairs of species share.
typedef struct {
    ia_ctx *ctx;
    const ia_rdf_params *params;
    ia_drawing_ions ions;
    float *xyz;     // (n, 3) and
    uint16_t *kind; // (n), by cells of the index: draws are then nearly in order
    rdf_blocks blocks;
    double volume; // nm^3
    ia_covariance covariance;
    size_t n_bins;
    bool is_every; // ion: labels do not matter
} job;

static ia_status sort_ions(job *j, const ia_ranged *ranged, const ia_ranges *ranges)
{
    ia_points points = {ranged->xyz, ranged->n};
    ia_index *index = NULL;
    ia_status st = ia_index_build(j->ctx, &points, NULL, &index);
    if (st == IA_OK && (!(j->xyz = ia_array(j->ctx, ranged->n, 3 * sizeof *j->xyz)) ||
                        !(j->kind = ia_array(j->ctx, ranged->n, sizeof *j->kind))))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < ranged->n; i++) {
        size_t from = index->tree ? i : index->point[i];
        memcpy(j->xyz + 3 * i, ranged->xyz + 3 * from, 3 * sizeof(float));
        j->kind[i] = ranged->kind[from];
    }
    j->ions = (ia_drawing_ions){j->xyz, j->kind, ranged->n, ranges};
    ia_index_free(index);
    return st;
}

static ia_status measure_shape(job *j)
{
    ia_points points = {j->xyz, j->ions.n};
    ia_extent extent = {0};
    ia_status st = ia_extent_build(j->ctx, &points, &extent);
    if (st == IA_OK)
        st = ia_extent_covariance(j->ctx, &extent, j->params->r_max, &j->covariance);
    if (st == IA_OK)
        st = ia_rdf_blocks_build(j->ctx, j->xyz, j->ions.n, &j->blocks);
    if (st == IA_OK)
        st = ia_rdf_blocks_measure(j->ctx, &extent, j->params->r_max, &j->blocks);
    ia_extent_clear(&extent);
    j->volume = NAN;
    if (st == IA_OK && isfinite(j->covariance.a))
        st = ia_volume_measure(j->ctx, &points, &j->volume);
    if (st == IA_OK && !isfinite(j->volume) && j->ions.n > 0)
        ia_warn(j->ctx, "the ranged ions fill no volume that can be measured: g, K and L "
                        "are left out, only g over shuffled labels is told");
    return st;
}

// Pairs of ions at random: Gauss-Legendre over a bin, exact for a covariance of degree 3.
static double expected_pairs(const job *j, const ia_rdf *rdf, size_t bin)
{
    static const double at[3] = {-0.7745966692414834, 0, 0.7745966692414834};
    static const double weight[3] = {5.0 / 9, 8.0 / 9, 5.0 / 9};
    bool same = strcmp(rdf->from, rdf->to) == 0;
    double from = (double)rdf->n_from, to = (double)rdf->n_to, sum = 0;
    double pairs = same ? from * (from - 1) / 2 : from * to;
    for (size_t i = 0; i < 3; i++) {
        double r = rdf->bin * ((double)bin + 0.5 + 0.5 * at[i]);
        sum += weight[i] / 2 * r * r * ia_covariance_at(&j->covariance, r);
    }
    return pairs * 4 * 3.14159265358979323846 * sum * rdf->bin / j->volume;
}

void ia_rdf_clear(ia_rdf *rdf)
{
    free(rdf->pairs);
    free(rdf->expected);
    free(rdf->sigma);
    free(rdf->sigma_sum);
    free(rdf->null_mean);
    free(rdf->null_lo);
    free(rdf->null_hi);
    free(rdf->sum_mean);
    free(rdf->sum_lo);
    free(rdf->sum_hi);
    *rdf = (ia_rdf){0};
}

static ia_status run(job *j, rdf_drawing *d, ia_rdf *rdf)
{
    ia_status st;
    if ((st = ia_drawing_prepare(j->ctx, &d->set)) != IA_OK ||
        (st = ia_rdf_bound(j->ctx, d, j->params->seed)) != IA_OK)
        return st;
    rdf->n_from = d->set.n_from;
    rdf->n_to = d->set.n_to;
    if (!(rdf->expected = ia_array(j->ctx, rdf->n_bins, sizeof *rdf->expected)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < rdf->n_bins; i++)
        rdf->expected[i] = expected_pairs(j, rdf, i);
    st = j->is_every ? ia_rdf_count(j->ctx, d, j->params->seed, rdf)
                     : ia_rdf_test(j->ctx, d, j->params, rdf);
    if (st != IA_OK)
        return st;
    return ia_rdf_steady(j->ctx, d, &j->blocks, j->params->seed, rdf);
}

// Every pair of the shuffles in the first bin: all at one place, or nearly.
static bool is_one_place(const ia_rdf *rdf)
{
    double last = rdf->sum_mean[rdf->n_bins - 1];
    return rdf->n_bins > 1 && last > 0 && rdf->null_mean[0] == last;
}

static ia_status test_pair(job *j, const ia_species pair[2], ia_rdfs *rdfs)
{
    rdf_drawing d = {.n_bins = j->n_bins, .r_max = j->params->bin * (double)j->n_bins};
    ia_rdf rdf = {.n_bins = j->n_bins, .bin = j->params->bin, .ratio = NAN};
    memcpy(rdf.from, pair[0].name, sizeof rdf.from);
    memcpy(rdf.to, pair[1].name, sizeof rdf.to);
    ia_status st = ia_drawing_new(j->ctx, &j->ions, pair, j->params->n_most, &d.set);
    d.set.is_every = j->is_every;
    if (st == IA_OK && ia_drawing_is_enough(j->ctx, &d.set, pair) &&
        (st = run(j, &d, &rdf)) == IA_OK) {
        if (is_one_place(&rdf)) {
            ia_warn(j->ctx,
                    "too many ions lie at the same place to ask how %s lies about %s",
                    pair[1].name, pair[0].name);
        } else {
            rdfs->pairs[rdfs->n++] = rdf;
            rdf = (ia_rdf){0};
        }
    }
    ia_rdf_clear(&rdf);
    ia_drawing_clear(&d.set);
    return st;
}

// Pairs to ask about: (2 n_pairs) species.
typedef struct {
    ia_species *species;
    size_t n;
} pair_list;

static bool is_listed(const pair_list *list, const ia_species *a, const ia_species *b)
{
    for (size_t i = 0; i < list->n; i++) {
        const ia_species *x = &list->species[2 * i], *y = x + 1;
        if ((ia_species_is_same(a, x) && ia_species_is_same(b, y)) ||
            (ia_species_is_same(a, y) && ia_species_is_same(b, x)))
            return true;
    }
    return false;
}

static ia_status list_pairs(ia_ctx *ctx, const ia_knn_input *input,
                            const ia_rdf_params *params, pair_list *out)
{
    ia_species *from = NULL, *to = NULL;
    size_t n_from = 0, n_to = 0;
    bool all = strcmp(params->to, "all") == 0, own = !*params->to;
    ia_status st = ia_species_find(ctx, input, "from", params->from, &from, &n_from);
    if (st == IA_OK && !all && !own)
        st = ia_species_find(ctx, input, "to", params->to, &to, &n_to);
    size_t n_others = own ? 1 : all ? n_from : n_to;
    if (st == IA_OK &&
        !(out->species = ia_array(ctx, n_from * n_others, 2 * sizeof *out->species)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < n_from; i++)
        for (size_t k = 0; k < n_others; k++) {
            const ia_species *other = own ? &from[i] : all ? &from[k] : &to[k];
            if (is_listed(out, &from[i], other))
                continue;
            out->species[2 * out->n] = from[i];
            out->species[2 * out->n++ + 1] = *other;
        }
    free(from);
    free(to);
    return st;
}

// Every ion about every other one.
static ia_status list_every(ia_ctx *ctx, const ia_every *every, const char *to,
                            pair_list *out)
{
    ia_status st = ia_every_check(ctx, to);
    if (st == IA_OK && !(out->species = ia_array(ctx, 2, sizeof *out->species)))
        st = IA_ERR_MEMORY;
    if (st != IA_OK)
        return st;
    out->species[0] = out->species[1] = every->species;
    out->n = 1;
    return IA_OK;
}

static ia_status correct(ia_ctx *ctx, ia_rdfs *rdfs)
{
    double *p = ia_array(ctx, rdfs->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; p && i < rdfs->n; i++)
        p[i] = rdfs->pairs[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, rdfs->n, p);
    for (size_t i = 0; st == IA_OK && i < rdfs->n; i++)
        rdfs->pairs[i].p_holm = p[i];
    free(p);
    return st;
}

static ia_status check(ia_ctx *ctx, const ia_rdf_params *params)
{
    enum { BINS_MOST = 4000 };
    ia_status st = ia_method_check(ctx, &ia_rdf_method, params);
    double n = params->r_max / params->bin;
    if (st == IA_OK && !(n >= 1 && n <= BINS_MOST))
        st = ia_fail(
            ctx, IA_ERR_PARAM,
            "r_max = %g nm in bins of %g nm: 1 to %d bins were expected, an r_max "
            "of %g to %g nm",
            params->r_max, params->bin, (int)BINS_MOST, params->bin,
            BINS_MOST * params->bin);
    return st;
}

ia_status ia_rdfs_compute(ia_ctx *ctx, const ia_knn_input *input,
                          const ia_rdf_params *params, ia_rdfs *out)
{
    ia_rdf_params p = params ? *params : ia_rdf_defaults();
    job j = {.ctx = ctx, .params = &p, .volume = NAN};
    ia_ranged ranged = {0};
    pair_list list = {0};
    ia_rdfs rdfs = {0};
    ia_every every = {0};
    ia_status st;

    j.is_every = ia_every_is_asked(p.from);
    if ((st = check(ctx, &p)) != IA_OK ||
        (j.is_every && (st = ia_every_build(ctx, &every)) != IA_OK) ||
        (st = j.is_every ? list_every(ctx, &every, p.to, &list)
                         : list_pairs(ctx, input, &p, &list)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions,
                              j.is_every ? &every.ranger : input->ranger, &ranged)) !=
            IA_OK ||
        (st = ia_ranged_sort(ctx, &ranged)) != IA_OK ||
        (st = ia_ranged_need(ctx, &ranged)) != IA_OK ||
        (st = ia_gaps_close(ctx, &ranged, p.r_max)) != IA_OK ||
        (st = sort_ions(&j, &ranged, j.is_every ? &every.ranges : input->ranges)) !=
            IA_OK ||
        (st = measure_shape(&j)) != IA_OK)
        goto done;
    ia_ranged_tell_reach(ctx, &ranged, "r_max", p.r_max);
    j.n_bins = (size_t)floor(p.r_max / p.bin + 1e-6);
    if (!(rdfs.pairs = ia_array(ctx, list.n, sizeof *rdfs.pairs)))
        st = IA_ERR_MEMORY;
    p.n_shuffles = ia_holm_enough(p.n_shuffles, list.n, ia_told_level);
    for (size_t i = 0; i < list.n && st == IA_OK; i++)
        st = test_pair(&j, &list.species[2 * i], &rdfs);
    if (st == IA_OK && list.n == 0)
        ia_warn(ctx,
                "no pairs are counted: no element but H and Ga has %g to %g at.%% and "
                "%d ions",
                ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    if (st == IA_OK && !j.is_every)
        st = correct(ctx, &rdfs);
    if (st != IA_OK)
        goto done;
    rdfs.volume = j.volume;
    *out = rdfs;
    rdfs = (ia_rdfs){0};
done:
    ia_rdfs_clear(&rdfs);
    ia_rdf_blocks_clear(&j.blocks);
    ia_ranged_clear(&ranged);
    ia_every_clear(&every);
    free(list.species);
    free(j.xyz);
    free(j.kind);
    return st;
}

void ia_rdfs_clear(ia_rdfs *rdfs)
{
    for (size_t i = 0; i < rdfs->n; i++)
        ia_rdf_clear(&rdfs->pairs[i]);
    free(rdfs->pairs);
    *rdfs = (ia_rdfs){0};
}

void ia_rdf_normalise(const ia_rdf *rdf, double *g, double *k)
{
    double sum = 0;
    for (size_t i = 0; i < rdf->n_bins; i++) {
        double low = rdf->bin * (double)i, high = rdf->bin * (double)(i + 1);
        double shell =
            4 * 3.14159265358979323846 / 3 * (high * high * high - low * low * low);
        g[i] = rdf->expected[i] > 0 ? (double)rdf->pairs[i] / rdf->expected[i] : NAN;
        k[i] = sum += g[i] * shell;
    }
}
