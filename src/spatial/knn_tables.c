// src/spatial/knn_tables.c: nearest-neighbour tests as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/honest.h>
#include <ionatlas/knn.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void name_of(const ia_knn_test *test, char *text, size_t n)
{
    if (strcmp(test->from, test->to) == 0)
        snprintf(text, n, "%s", test->from);
    else
        snprintf(text, n, "%s-%s", test->from, test->to);
}

// A distribution of distances: (IA_KNN_BINS) each.
typedef struct {
    const char *prefix;
    double r_max;
    const double *observed, *mean, *lo, *hi;
} curve;

static ia_status put_curve(ia_ctx *ctx, const ia_knn_test *test, const curve *c,
                           ia_result *result)
{
    char species[2 * IA_ION_NAME], name[2 * IA_ION_NAME + 8];
    double centres[IA_KNN_BINS];
    ia_status st;
    name_of(test, species, sizeof species);
    snprintf(name, sizeof name, "%s%s", c->prefix, species);
    for (size_t i = 0; i < IA_KNN_BINS; i++)
        centres[i] = c->r_max * ((double)i + 0.5) / IA_KNN_BINS;
    ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, IA_KNN_BINS);
    if (!table)
        return IA_ERR_MEMORY;
    const struct {
        const char *name;
        const double *values;
    } columns[] = {{"distance_nm", centres},
                   {"observed", c->observed},
                   {"null_mean", c->mean},
                   {"null_lo", c->lo},
                   {"null_hi", c->hi}};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if ((st = ia_table_add_copy(ctx, table, columns[i].name, IA_F64,
                                    columns[i].values)) != IA_OK)
            return st;
    return IA_OK;
}

static ia_status put_curves(ia_ctx *ctx, const ia_knn_test *t, ia_result *result)
{
    const curve nearest = {"curve_",      t->r_max,    t->observed,
                           t->curve_mean, t->curve_lo, t->curve_hi};
    const curve kth = {"kth_",      t->r_kth,  t->kth_observed,
                       t->kth_mean, t->kth_lo, t->kth_hi};
    ia_status st = put_curve(ctx, t, &nearest, result);
    return st == IA_OK && t->r_kth > 0 ? put_curve(ctx, t, &kth, result) : st;
}

// Of a test's j-th neighbour; of the first only where it says nothing of the others.
typedef struct {
    const char *name;
    double (*of)(const ia_knn_test *test, size_t j);
} number;

static double mean_of(const ia_knn_test *t, size_t j)
{
    return t->mean[j];
}
static double sigma_of(const ia_knn_test *t, size_t j)
{
    return t->sigma_mean[j];
}
static double null_of(const ia_knn_test *t, size_t j)
{
    return t->null_mean[j];
}
static double lo_of(const ia_knn_test *t, size_t j)
{
    return t->null_lo[j];
}
static double hi_of(const ia_knn_test *t, size_t j)
{
    return t->null_hi[j];
}
static double p_of(const ia_knn_test *t, size_t j)
{
    (void)j;
    return t->p;
}
static double p_holm_of(const ia_knn_test *t, size_t j)
{
    (void)j;
    return t->p_holm;
}
static double half_of(const ia_knn_test *t, size_t j)
{
    return j == 0 ? t->half_difference : NAN;
}
static double ratio_of(const ia_knn_test *t, size_t j)
{
    return t->mean[j] / t->null_mean[j];
}
static double thinned_of(const ia_knn_test *t, size_t j)
{
    return j == 0 ? t->thinned_ratio : NAN;
}
static double thinned_sd_of(const ia_knn_test *t, size_t j)
{
    return j == 0 ? t->thinned_sd : NAN;
}

static const number numbers[] = {
    {"mean_distance_nm", mean_of},
    {"sigma_mean_distance_nm", sigma_of},
    {"null_mean_distance_nm", null_of},
    {"null_lo_nm", lo_of},
    {"null_hi_nm", hi_of},
    {"p_value", p_of},
    {"p_holm", p_holm_of},
    {"ratio", ratio_of},
    {"half_difference_nm", half_of},
    {"thinned_ratio", thinned_of},
    {"sigma_thinned_ratio", thinned_sd_of},
};

static ia_status put_numbers(ia_ctx *ctx, const ia_knn_tests *tests, const number *n,
                             ia_table *table)
{
    double *values = ia_table_add(ctx, table, n->name, IA_F64);
    size_t row = 0;
    if (!values)
        return IA_ERR_MEMORY;
    for (size_t t = 0; t < tests->n; t++)
        for (size_t j = 0; j < tests->tests[t].k; j++)
            values[row++] = n->of(&tests->tests[t], j);
    return IA_OK;
}

// One row per neighbour of each test: k, and what its distance is.
static ia_status put_rows(ia_ctx *ctx, const ia_knn_tests *tests, ia_result *result)
{
    size_t n_rows = 0, row = 0;
    for (size_t t = 0; t < tests->n; t++)
        n_rows += tests->tests[t].k;
    ia_table *table = ia_result_add(ctx, result, "knn_tests", IA_ROWS, n_rows);
    char **species = table ? ia_table_add(ctx, table, "species", IA_TEXT) : NULL;
    uint64_t *k = species ? ia_table_add(ctx, table, "k", IA_U64) : NULL;
    uint64_t *ions = k ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    ia_status st = ions ? IA_OK : IA_ERR_MEMORY;
    for (size_t t = 0; t < tests->n && st == IA_OK; t++) {
        const ia_knn_test *test = &tests->tests[t];
        char name[2 * IA_ION_NAME];
        name_of(test, name, sizeof name);
        for (size_t i = 0; i < test->k; i++, row++) {
            if (!(species[row] = ia_text(ctx, name)))
                return IA_ERR_MEMORY;
            k[row] = i + 1;
            ions[row] = test->n_from;
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && st == IA_OK; i++)
        st = put_numbers(ctx, tests, &numbers[i], table);
    return st;
}

typedef struct {
    char species[2 * IA_ION_NAME];
    uint64_t k;
    ia_knn_test test;
} population_row;

static const ia_table_member populations[] = {
    {"species", IA_TEXT, offsetof(population_row, species)},
    {"k", IA_U64, offsetof(population_row, k)},
    {"share_dense", IA_F64, offsetof(population_row, test.dense.share)},
    {"sigma_share_dense", IA_F64, offsetof(population_row, test.dense.sigma_share)},
    {"density_dense_per_nm3", IA_F64, offsetof(population_row, test.dense.density)},
    {"sigma_density_dense_per_nm3", IA_F64,
     offsetof(population_row, test.dense.sigma_density)},
    {"density_sparse_per_nm3", IA_F64, offsetof(population_row, test.sparse.density)},
    {"sigma_density_sparse_per_nm3", IA_F64,
     offsetof(population_row, test.sparse.sigma_density)},
    {"likelihood_ratio", IA_F64, offsetof(population_row, test.likelier)},
    {"null_likelihood_ratio", IA_F64, offsetof(population_row, test.null_likelier)},
    {"p_value", IA_F64, offsetof(population_row, test.p_two)},
    {"p_holm", IA_F64, offsetof(population_row, test.p_two_holm)},
};

// Those against shuffles: all, or none where every ion is asked about.
static size_t count_shuffled(const ia_knn_tests *tests)
{
    return tests->n > 0 && tests->tests[0].n_shuffles == 0 ? 0 : tests->n;
}

static ia_status put_populations(ia_ctx *ctx, const ia_knn_tests *tests,
                                 ia_result *result)
{
    size_t n = count_shuffled(tests);
    population_row *rows = ia_array(ctx, tests->n, sizeof *rows);
    ia_table *table = rows ? ia_result_add(ctx, result, "populations", IA_ROWS, n) : NULL;
    for (size_t i = 0; table && i < n; i++) {
        name_of(&tests->tests[i], rows[i].species, sizeof rows[i].species);
        rows[i].k = tests->tests[i].fit_k;
        rows[i].test = tests->tests[i];
    }
    ia_status st = table
                       ? ia_table_add_members(ctx, table, rows, sizeof *rows, populations,
                                              sizeof populations / sizeof populations[0])
                       : IA_ERR_MEMORY;
    free(rows);
    return st;
}

typedef struct {
    char from[IA_ION_NAME], to[IA_ION_NAME];
    ia_knn_lh lh;
    double relative;
    char verdict[16];
} board_row;

static const ia_table_member board[] = {
    {"from", IA_TEXT, offsetof(board_row, from)},
    {"to", IA_TEXT, offsetof(board_row, to)},
    {"lh_nm", IA_F64, offsetof(board_row, lh.area)},
    {"sigma_lh_nm", IA_F64, offsetof(board_row, lh.sigma_area)},
    {"lh_relative", IA_F64, offsetof(board_row, relative)},
    {"p_value", IA_F64, offsetof(board_row, lh.p)},
    {"p_holm", IA_F64, offsetof(board_row, lh.p_holm)},
    {"nearer_nm", IA_F64, offsetof(board_row, lh.nearer)},
    {"sigma_nearer_nm", IA_F64, offsetof(board_row, lh.sigma_nearer)},
    {"p_nearer_holm", IA_F64, offsetof(board_row, lh.p_nearer_holm)},
    {"farther_nm", IA_F64, offsetof(board_row, lh.farther)},
    {"sigma_farther_nm", IA_F64, offsetof(board_row, lh.sigma_farther)},
    {"p_farther_holm", IA_F64, offsetof(board_row, lh.p_farther_holm)},
    {"verdict", IA_TEXT, offsetof(board_row, verdict)},
};

// What the areas say at 5 %.
static const char *verdict_of(const ia_knn_lh *lh)
{
    bool nearer = lh->p_nearer_holm <= ia_told_level,
         farther = lh->p_farther_holm <= ia_told_level;
    if (nearer && farther)
        return "both";
    if (nearer || farther)
        return nearer ? "nearer" : "farther";
    return lh->p_holm <= ia_told_level ? "otherwise" : "by chance";
}

static ia_status put_board(ia_ctx *ctx, const ia_knn_tests *tests, ia_result *result)
{
    size_t n = count_shuffled(tests);
    board_row *rows = ia_array(ctx, tests->n, sizeof *rows);
    ia_table *table =
        rows ? ia_result_add(ctx, result, "checkerboard", IA_ROWS, n) : NULL;
    for (size_t i = 0; table && i < n; i++) {
        const ia_knn_test *t = &tests->tests[i];
        memcpy(rows[i].from, t->from, sizeof rows[i].from);
        memcpy(rows[i].to, t->to, sizeof rows[i].to);
        rows[i].lh = t->lh;
        rows[i].relative = t->lh.area / t->null_mean[0];
        snprintf(rows[i].verdict, sizeof rows[i].verdict, "%s", verdict_of(&t->lh));
    }
    ia_status st = table ? ia_table_add_members(ctx, table, rows, sizeof *rows, board,
                                                sizeof board / sizeof board[0])
                         : IA_ERR_MEMORY;
    free(rows);
    return st;
}

// A single question has its answer at the top too.
static ia_status put_answer(ia_ctx *ctx, const ia_knn_test *test, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "answer", IA_SCALARS, 1);
    ia_status st;
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(ctx, table, "from", test->from)) != IA_OK ||
        (st = ia_table_add_text(ctx, table, "to", test->to)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "k", test->k)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "n_shuffles", test->n_shuffles)) != IA_OK)
        return st;
    if (test->n_shuffles == 0 &&
        (st = ia_table_add_text(
             ctx, table, "reference",
             "complete spatial randomness at the same density, without "
             "a surface: of all ions shuffled labels change nothing")) != IA_OK)
        return st;
    double *mean = ia_table_add_cells(ctx, table, "mean_distance_nm", IA_F64, 0, test->k);
    double *sigma = mean ? ia_table_add_cells(ctx, table, "sigma_mean_distance_nm",
                                              IA_F64, 0, test->k)
                         : NULL;
    double *null = sigma ? ia_table_add_cells(ctx, table, "null_mean_distance_nm", IA_F64,
                                              0, test->k)
                         : NULL;
    if (!null)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < test->k; i++) {
        mean[i] = test->mean[i];
        sigma[i] = test->sigma_mean[i];
        null[i] = test->null_mean[i];
    }
    return ia_table_add_f64(ctx, table, "p_value", test->p);
}

ia_status ia_knn_tests_tables(ia_ctx *ctx, const ia_knn_tests *tests, ia_result *result)
{
    ia_status st = IA_OK;
    if (tests->n == 1)
        st = put_answer(ctx, &tests->tests[0], result);
    if (st == IA_OK)
        st = put_rows(ctx, tests, result);
    if (st == IA_OK)
        st = put_populations(ctx, tests, result);
    if (st == IA_OK)
        st = put_board(ctx, tests, result);
    for (size_t t = 0; t < tests->n && st == IA_OK; t++)
        st = put_curves(ctx, &tests->tests[t], result);
    return st;
}
