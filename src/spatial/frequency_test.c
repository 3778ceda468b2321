// src/spatial/frequency_test.c: how often blocks hold so many ions of a species, against
// the binomial distribution and shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIVISIONS = 5, RESAMPLES = 200 };

typedef struct {
    const frequency_blocks *blocks;
    const ia_drawing *set;
    frequency_expected chance; // of the share of the species among ranged ions
    uint32_t **solute;         // per worker: (blocks) ions of the species
    uint64_t **bits;           // per worker: (ranged ions)
    size_t n_workers;
} job;

static ia_status prepare(ia_ctx *ctx, double share, job *j)
{
    ia_status st = ia_frequency_expect(ctx, j->blocks, share, &j->chance);
    if (st != IA_OK)
        return st;
    j->n_workers = ia_for_workers(ctx, SIZE_MAX);
    if (!(j->solute = ia_array(ctx, j->n_workers, sizeof *j->solute)) ||
        !(j->bits = ia_array(ctx, j->n_workers, sizeof *j->bits)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < j->n_workers; w++)
        if (!(j->solute[w] = ia_array(ctx, j->blocks->n, sizeof **j->solute)) ||
            !(j->bits[w] = ia_array(ctx, ia_select_words(j->set->n), sizeof **j->bits)))
            return IA_ERR_MEMORY;
    return IA_OK;
}

static void clear(job *j)
{
    for (size_t w = 0; w < j->n_workers; w++) {
        if (j->solute)
            free(j->solute[w]);
        if (j->bits)
            free(j->bits[w]);
    }
    free(j->solute);
    free(j->bits);
    ia_frequency_expected_clear(&j->chance);
}

// Ions of the species in every block, of the data or of as many ions at random.
static void count_solute(const job *j, const ia_draw *draw, size_t worker)
{
    const uint32_t *block = j->blocks->block;
    uint32_t *solute = j->solute[worker];
    ia_random random = draw->random;
    memset(solute, 0, j->blocks->n * sizeof *solute);
    if (draw->number == 0) {
        for (size_t i = 0; i < j->set->n_list_from; i++)
            if (block[j->set->list_from[i]] != UINT32_MAX)
                solute[block[j->set->list_from[i]]]++;
        return;
    }
    ia_select(&random, j->set->n_list_from, j->set->n, j->bits[worker]);
    for (size_t word = 0; word < ia_select_words(j->set->n); word++)
        for (uint64_t left = j->bits[worker][word]; left; left &= left - 1) {
            uint32_t b = block[64 * word + (size_t)__builtin_ctzll(left)];
            if (b != UINT32_MAX)
                solute[b]++;
        }
}

// Values: chi^2, Pearson's mu, blocks with 0, 1, ... ions of the species.
static ia_status draw_counts(ia_ctx *ctx, void *user, const ia_draw *draw, size_t worker,
                             double *values)
{
    (void)ctx;
    const job *j = user;
    double *blocks = values + 2;
    count_solute(j, draw, worker);
    memset(blocks, 0, j->chance.n_counts * sizeof *blocks);
    for (size_t b = 0; b < j->blocks->n; b++)
        blocks[j->solute[worker][b]]++;
    values[0] = ia_frequency_chi_squared(&j->chance, blocks, 1);
    values[1] = ia_frequency_mu(values[0], (double)j->blocks->n);
    return IA_OK;
}

// mu of the marked blocks, of the data.
static ia_status mu_of_part(ia_ctx *ctx, void *user, const uint64_t *bits, size_t worker,
                            double *values)
{
    const job *j = user;
    double n = 0, *blocks = ia_array(ctx, j->chance.n_counts, sizeof *blocks);
    (void)worker;
    if (!blocks)
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < j->blocks->n; b++)
        if (ia_is_selected(bits, b)) {
            blocks[j->solute[0][b]]++;
            n++;
        }
    double chi2 = ia_frequency_chi_squared(&j->chance, blocks, n / (double)j->blocks->n);
    values[0] = ia_frequency_mu(chi2, n);
    free(blocks);
    return IA_OK;
}

static void measure_variance(const job *j, ia_frequency_test *out)
{
    const frequency_held held = {j->blocks->n, j->blocks->ions, j->solute[0],
                                 j->chance.share};
    ia_frequency_variance(&held, &out->variance_ratio, &out->sigma_variance_ratio);
    for (size_t b = 0; b < j->blocks->n; b++)
        out->n_ions += j->blocks->ions[b];
}

static ia_status compare_halves(ia_ctx *ctx, const job *j, uint64_t seed,
                                ia_frequency_test *out)
{
    ia_part_question question = {mu_of_part, (void *)j, 1, "blocks in halves"};
    ia_part_params how = {0.5, true, DIVISIONS, seed};
    ia_parts halves = {0};
    ia_status st = ia_parts_compute(ctx, &question, j->blocks->n, &how, &halves);
    if (st == IA_OK)
        out->half_difference = halves.rms_difference[0];
    ia_parts_clear(&halves);
    return st;
}

// Blocks by the cube of space that they lie in.
typedef struct {
    const job *job;
    double *counts;   // (n, n_counts) blocks by their ions of the species
    double *ions;     // (n) in blocks
    double *observed; // (n_counts) blocks less those expected
    double noise;     // share of that which is noise
    size_t n;
} cubes;

// Blocks expected to hold each count, were there n of them and the share another one:
// Binomial(k; m, c') is Binomial(k; m, c) (c'/c)^k ((1 - c')/(1 - c))^(m - k), m being
// the mean of the blocks that are expected to hold k.
static void expect_at(const job *j, double n, double share, double *expected)
{
    double more = log(share / j->chance.share),
           less = log((1 - share) / (1 - j->chance.share));
    for (size_t k = 0; k < j->chance.n_counts; k++)
        expected[k] = n / (double)j->blocks->n * j->chance.expected[k] *
                      exp(more * (double)k + less * (j->chance.ions[k] - (double)k));
}

// chi^2 with counts merged anew until they hold enough; what is left goes to the last.
static double chi_squared_of(const double *blocks, const double *expected, size_t n)
{
    double sum = 0, held = 0, wanted = 0, left = 0;
    for (size_t k = 0; k < n; k++)
        left += expected[k];
    for (size_t k = 0; k < n; k++) {
        held += blocks[k];
        wanted += expected[k];
        left -= expected[k];
        if (k + 1 < n && (wanted < ia_frequency_fewest || left < ia_frequency_fewest))
            continue;
        sum += wanted > 0 ? (held - wanted) * (held - wanted) / wanted : 0;
        held = wanted = 0;
    }
    return sum;
}

// Cubes drawn again, with the share of the species that they hold. Values: mu, the noise
// of the data taken out, then blocks less those expected over the root of these, in the
// bins of the data.
static ia_status resample(ia_ctx *ctx, void *user, const uint32_t *weight, size_t worker,
                          double *values)
{
    const cubes *c = user;
    const job *j = c->job;
    size_t n_counts = j->chance.n_counts;
    double ions = 0, solute = 0, n = 0;
    double *blocks = ia_array(ctx, 2 * n_counts, sizeof *blocks);
    double *expected = blocks + n_counts;
    (void)worker;
    if (!blocks)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < c->n; i++) {
        ions += weight[i] * c->ions[i];
        for (size_t k = 0; weight[i] > 0 && k < n_counts; k++)
            blocks[k] += weight[i] * c->counts[i * n_counts + k];
    }
    for (size_t k = 0; k < n_counts; k++) {
        solute += (double)k * blocks[k];
        n += blocks[k];
    }
    expect_at(j, n, fmin(fmax(solute, 1), ions - 1) / ions, expected);
    memset(values, 0, (1 + j->chance.n_bins) * sizeof *values);
    for (size_t k = 0; k < n_counts; k++) {
        values[1 + j->chance.bin[k]] +=
            (blocks[k] - expected[k]) / sqrt(j->chance.in_bin[j->chance.bin[k]]);
        blocks[k] -= c->noise * c->observed[k] * n / (double)j->blocks->n;
    }
    values[0] = ia_frequency_mu(chi_squared_of(blocks, expected, n_counts), n);
    free(blocks);
    return IA_OK;
}

static ia_status fill_cubes(ia_ctx *ctx, const job *j, cubes *out)
{
    size_t n = j->blocks->n;
    uint32_t *cube = NULL;
    float *xyz = ia_array(ctx, 3 * n, sizeof *xyz); // of an ion of each block
    ia_status st = xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < j->set->n && st == IA_OK; i++)
        if (j->blocks->block[i] != UINT32_MAX)
            memcpy(xyz + 3 * j->blocks->block[i], j->set->xyz + 3 * i, 3 * sizeof *xyz);
    if (st == IA_OK)
        st = ia_drawing_blocks(ctx, xyz, n, &cube, &out->n);
    if (st == IA_OK &&
        (!(out->counts =
               ia_array(ctx, out->n * j->chance.n_counts, sizeof *out->counts)) ||
         !(out->observed = ia_array(ctx, j->chance.n_counts, sizeof *out->observed)) ||
         !(out->ions = ia_array(ctx, out->n, sizeof *out->ions))))
        st = IA_ERR_MEMORY;
    for (size_t b = 0; b < n && st == IA_OK; b++) {
        out->counts[cube[b] * j->chance.n_counts + j->solute[0][b]]++;
        out->observed[j->solute[0][b]]++;
        out->ions[cube[b]] += j->blocks->ions[b];
    }
    for (size_t k = 0; k < j->chance.n_counts && st == IA_OK; k++)
        out->observed[k] -= j->chance.expected[k];
    free(cube);
    free(xyz);
    return st;
}

// Once for the noise in the deviations of the data, and once for the error of mu.
static ia_status measure_error(ia_ctx *ctx, const job *j, uint64_t seed,
                               ia_frequency_test *out)
{
    cubes c = {.job = j};
    ia_bootstrap_question question = {resample, &c, 1 + j->chance.n_bins, "errors of mu"};
    ia_bootstrap_params how = {RESAMPLES, seed, 0.95};
    ia_bootstrap first = {0}, second = {0};
    ia_status st = fill_cubes(ctx, j, &c);
    out->sigma_mu = NAN;
    if (st == IA_OK && c.n >= IA_DRAWING_BLOCKS &&
        (st = ia_bootstrap_compute(ctx, &question, c.n, &how, &first)) == IA_OK) {
        c.noise = ia_drawing_noise(first.estimate + 1, first.sd + 1, j->chance.n_bins);
        st = ia_bootstrap_compute(ctx, &question, c.n, &how, &second);
        if (st == IA_OK)
            out->sigma_mu = second.sd[0];
    }
    ia_bootstrap_clear(&first);
    ia_bootstrap_clear(&second);
    free(c.counts);
    free(c.observed);
    free(c.ions);
    return st;
}

// Counts above which nothing was seen nor expected are left out.
static ia_status keep(ia_ctx *ctx, const job *j, const ia_null *null,
                      ia_frequency_test *out)
{
    const double *rows[] = {null->observed + 2, j->chance.expected, null->lo + 2,
                            null->hi + 2};
    double **to[] = {&out->observed, &out->expected, &out->null_lo, &out->null_hi};
    size_t n = j->chance.n_counts;
    while (n > 1 && rows[0][n - 1] == 0 && rows[1][n - 1] < 0.01 && rows[3][n - 1] == 0)
        n--;
    for (size_t i = 0; i < 4; i++) {
        if (!(*to[i] = ia_array(ctx, n, sizeof(double))))
            return IA_ERR_MEMORY;
        memcpy(*to[i], rows[i], n * sizeof(double));
    }
    out->n_counts = n;
    out->chi_squared = null->observed[0];
    out->degrees = j->chance.n_bins - 2;
    out->p_chi_squared = gsl_cdf_chisq_Q(out->chi_squared, (double)out->degrees);
    out->mu = null->observed[1];
    out->null_mu = null->mean[1];
    out->null_mu_lo = null->lo[1];
    out->null_mu_hi = null->hi[1];
    out->p = null->p[0];
    return IA_OK;
}

ia_status ia_frequency_test_run(ia_ctx *ctx, const frequency_blocks *blocks,
                                const ia_drawing *set, const ia_frequency_params *params,
                                ia_frequency_test *out)
{
    job j = {.blocks = blocks, .set = set};
    ia_null null = {0};
    ia_null_params how = {
        .n_shuffles = params->n_shuffles, .seed = params->seed, .band = 0.95};
    double share = (double)set->n_list_from / (double)set->n;
    ia_status st = prepare(ctx, share, &j);
    ia_question question = {draw_counts, &j, j.chance.n_counts + 2,
                            "blocks against chance"};
    out->block = blocks->size;
    out->n_blocks = blocks->n;
    out->n_solute = set->n_list_from;
    if (st != IA_OK || j.chance.n_bins < 3)
        goto done;
    ia_draw data = {0, ia_random_new(params->seed, 0)};
    if ((st = ia_null_test(ctx, &question, &how, &null)) != IA_OK ||
        (st = keep(ctx, &j, &null, out)) != IA_OK)
        goto done;
    count_solute(&j, &data, 0);
    measure_variance(&j, out);
    if ((st = compare_halves(ctx, &j, params->seed, out)) == IA_OK &&
        (st = ia_frequency_thin(ctx, blocks, set, params->seed, out)) == IA_OK)
        st = measure_error(ctx, &j, params->seed, out);
done:
    ia_null_clear(&null);
    clear(&j);
    return st;
}

void ia_frequency_test_clear(ia_frequency_test *test)
{
    free(test->observed);
    free(test->expected);
    free(test->null_lo);
    free(test->null_hi);
    *test = (ia_frequency_test){0};
}
