// src/spatial/rdf_tables.c: radial distributions as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/rdf.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 2 * IA_ION_NAME };

static void name_of(const ia_rdf *rdf, char name[NAME])
{
    if (strcmp(rdf->from, rdf->to) == 0)
        snprintf(name, NAME, "%s", rdf->from);
    else
        snprintf(name, NAME, "%s-%s", rdf->from, rdf->to);
}

// A curve of a pair, one value per bin.
typedef struct {
    const char *name;
    double (*of)(const ia_rdf *rdf, const double *g, const double *k, size_t i);
} curve;

static double middle_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    (void)k;
    return rdf->bin * ((double)i + 0.5);
}
static double g_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)rdf;
    (void)k;
    return g[i];
}
static double sigma_g_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)k;
    return g[i] * rdf->sigma[i];
}
static double over_null(const ia_rdf *rdf, double pairs, size_t i)
{
    return rdf->null_mean[i] > 0 ? pairs / rdf->null_mean[i] : NAN;
}
static double ratio_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    (void)k;
    return over_null(rdf, (double)rdf->pairs[i], i);
}
static double sigma_ratio_of(const ia_rdf *rdf, const double *g, const double *k,
                             size_t i)
{
    return ratio_of(rdf, g, k, i) * rdf->sigma[i];
}
static double lo_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    (void)k;
    return over_null(rdf, rdf->null_lo[i], i);
}
static double hi_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    (void)k;
    return over_null(rdf, rdf->null_hi[i], i);
}
static double k_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)rdf;
    (void)g;
    return k[i];
}
static double sigma_k_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    return k[i] * rdf->sigma_sum[i];
}

// Ripley's L in three dimensions: 0 where ions lie at random.
static double l_of_k(const ia_rdf *rdf, double k, size_t i)
{
    return cbrt(3 * k / (4 * 3.14159265358979323846)) - rdf->bin * (double)(i + 1);
}
static double l_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    return l_of_k(rdf, k[i], i);
}

// L + r goes with the third root of K.
static double sigma_l_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    double to = rdf->bin * (double)(i + 1);
    return (l_of(rdf, g, k, i) + to) / 3 * rdf->sigma_sum[i];
}

// Pairs of the shuffles up to a distance, corrected for the surface as those of the data.
static double l_of_sum(const ia_rdf *rdf, const double *k, double pairs, size_t i)
{
    double sum = 0;
    for (size_t b = 0; b <= i; b++)
        sum += (double)rdf->pairs[b];
    return sum > 0 ? l_of_k(rdf, k[i] * pairs / sum, i) : NAN;
}
static double l_null_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    return l_of_sum(rdf, k, rdf->sum_mean[i], i);
}
static double l_lo_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    return l_of_sum(rdf, k, rdf->sum_lo[i], i);
}
static double l_hi_of(const ia_rdf *rdf, const double *g, const double *k, size_t i)
{
    (void)g;
    return l_of_sum(rdf, k, rdf->sum_hi[i], i);
}

static const curve curves[] = {
    {"r_nm", middle_of},
    {"g", g_of},
    {"sigma_g", sigma_g_of},
    {"g_over_null", ratio_of},
    {"sigma_g_over_null", sigma_ratio_of},
    {"null_lo", lo_of},
    {"null_hi", hi_of},
    {"k_nm3", k_of},
    {"sigma_k_nm3", sigma_k_of},
    {"l_nm", l_of},
    {"sigma_l_nm", sigma_l_of},
    {"l_null_nm", l_null_of},
    {"l_null_lo_nm", l_lo_of},
    {"l_null_hi_nm", l_hi_of},
};

static ia_status put_curves(ia_ctx *ctx, const ia_rdf *rdf, ia_result *result)
{
    char name[NAME], title[NAME + 8];
    double *g = ia_array(ctx, 2 * rdf->n_bins, sizeof *g), *k = g + rdf->n_bins;
    if (!g)
        return IA_ERR_MEMORY;
    name_of(rdf, name);
    snprintf(title, sizeof title, "rdf_%s", name);
    ia_rdf_normalise(rdf, g, k);
    ia_table *table = ia_result_add(ctx, result, title, IA_ARRAYS, rdf->n_bins);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t c = 0; st == IA_OK && c < sizeof curves / sizeof curves[0]; c++) {
        double *values = ia_table_add(ctx, table, curves[c].name, IA_F64);
        for (size_t i = 0; values && i < rdf->n_bins; i++)
            values[i] = curves[c].of(rdf, g, k, i);
        st = values ? IA_OK : IA_ERR_MEMORY;
        if (st == IA_OK && c == 0)
            st = ia_table_add_copy(ctx, table, "pairs", IA_U64, rdf->pairs);
    }
    free(g);
    return st;
}

typedef struct {
    char name[NAME];
    uint64_t from, to;
    double p, p_holm, r, ratio, half, thinned, thinned_sd;
} row;

static const ia_table_member members[] = {
    {"species", IA_TEXT, offsetof(row, name)},
    {"ions_from", IA_U64, offsetof(row, from)},
    {"ions_to", IA_U64, offsetof(row, to)},
    {"p_value", IA_F64, offsetof(row, p)},
    {"p_holm", IA_F64, offsetof(row, p_holm)},
    {"strongest_nm", IA_F64, offsetof(row, r)},
    {"ratio", IA_F64, offsetof(row, ratio)},
    {"half_difference", IA_F64, offsetof(row, half)},
    {"thinned_ratio", IA_F64, offsetof(row, thinned)},
    {"sigma_thinned_ratio", IA_F64, offsetof(row, thinned_sd)},
};

static ia_status put_tests(ia_ctx *ctx, const ia_rdfs *rdfs, ia_result *result)
{
    row *rows = ia_array(ctx, rdfs->n, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "rdf_tests", IA_ROWS, rdfs->n) : NULL;
    for (size_t i = 0; table && i < rdfs->n; i++) {
        const ia_rdf *r = &rdfs->pairs[i];
        name_of(r, rows[i].name);
        rows[i].from = r->n_from;
        rows[i].to = r->n_to;
        rows[i].p = r->p;
        rows[i].p_holm = r->p_holm;
        rows[i].r = r->r_strongest;
        rows[i].ratio = r->ratio;
        rows[i].half = r->half_difference;
        rows[i].thinned = r->thinned_ratio;
        rows[i].thinned_sd = r->thinned_sd;
    }
    ia_status st = table ? ia_table_add_members(ctx, table, rows, sizeof *rows, members,
                                                sizeof members / sizeof members[0])
                         : IA_ERR_MEMORY;
    free(rows);
    return st;
}

// A single question has its answer at the top too.
static ia_status put_answer(ia_ctx *ctx, const ia_rdf *rdf, ia_table *table)
{
    static const size_t shown[] = {0, 1, 2, 3, 4}; // of the curves
    size_t n = rdf->n_bins;
    double *g = ia_array(ctx, 2 * n, sizeof *g), *k = g + n;
    ia_status st = g ? ia_table_add_f64(ctx, table, "p_value", rdf->p) : IA_ERR_MEMORY;
    if (st == IA_OK)
        ia_rdf_normalise(rdf, g, k);
    for (size_t c = 0; st == IA_OK && c < sizeof shown / sizeof shown[0]; c++) {
        const curve *from = &curves[shown[c]];
        double *values = ia_table_add_cells(ctx, table, from->name, IA_F64, 0, n);
        for (size_t i = 0; values && i < n; i++)
            values[i] = from->of(rdf, g, k, i);
        st = values ? IA_OK : IA_ERR_MEMORY;
    }
    free(g);
    return st;
}

ia_status ia_rdfs_tables(ia_ctx *ctx, const ia_rdfs *rdfs, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "answer", IA_SCALARS, 1);
    ia_status st = IA_ERR_MEMORY;
    if (!table ||
        (st = ia_table_add_f64(ctx, table, "volume_nm3", rdfs->volume)) != IA_OK)
        return st;
    if (rdfs->n == 1 && rdfs->pairs[0].n_shuffles == 0)
        st = ia_table_add_text(ctx, table, "reference",
                               "complete spatial randomness in the specimen's volume: of "
                               "all ions shuffled labels change nothing");
    if (st == IA_OK && rdfs->n == 1)
        st = put_answer(ctx, &rdfs->pairs[0], table);
    if (st == IA_OK)
        st = put_tests(ctx, rdfs, result);
    for (size_t i = 0; st == IA_OK && i < rdfs->n; i++)
        st = put_curves(ctx, &rdfs->pairs[i], result);
    return st;
}
