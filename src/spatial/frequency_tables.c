// src/spatial/frequency_tables.c: frequency distributions as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/frequency.h>

#include <stdio.h>
#include <stdlib.h>

static const ia_table_member members[] = {
    {"species", IA_TEXT, offsetof(ia_frequency_test, species)},
    {"block_ions", IA_U64, offsetof(ia_frequency_test, block)},
    {"blocks", IA_U64, offsetof(ia_frequency_test, n_blocks)},
    {"ions_in_blocks", IA_U64, offsetof(ia_frequency_test, n_ions)},
    {"solute_ions", IA_U64, offsetof(ia_frequency_test, n_solute)},
    {"chi_squared", IA_F64, offsetof(ia_frequency_test, chi_squared)},
    {"degrees_of_freedom", IA_U64, offsetof(ia_frequency_test, degrees)},
    {"p_chi_squared", IA_F64, offsetof(ia_frequency_test, p_chi_squared)},
    {"mu", IA_F64, offsetof(ia_frequency_test, mu)},
    {"sigma_mu", IA_F64, offsetof(ia_frequency_test, sigma_mu)},
    {"null_mu", IA_F64, offsetof(ia_frequency_test, null_mu)},
    {"null_mu_lo", IA_F64, offsetof(ia_frequency_test, null_mu_lo)},
    {"null_mu_hi", IA_F64, offsetof(ia_frequency_test, null_mu_hi)},
    {"half_difference", IA_F64, offsetof(ia_frequency_test, half_difference)},
    {"variance_ratio", IA_F64, offsetof(ia_frequency_test, variance_ratio)},
    {"sigma_variance_ratio", IA_F64, offsetof(ia_frequency_test, sigma_variance_ratio)},
    {"thinned_variance_ratio", IA_F64,
     offsetof(ia_frequency_test, thinned_variance_ratio)},
    {"sigma_thinned_variance_ratio", IA_F64, offsetof(ia_frequency_test, thinned_sd)},
    {"p_value", IA_F64, offsetof(ia_frequency_test, p)},
    {"p_holm", IA_F64, offsetof(ia_frequency_test, p_holm)},
};

static ia_status put_counts(ia_ctx *ctx, const ia_frequency_test *test, ia_result *result)
{
    char name[IA_ION_NAME + 40];
    snprintf(name, sizeof name, "counts_%s_%zu", test->species, test->block);
    ia_table *table = ia_result_add(ctx, result, name, IA_ARRAYS, test->n_counts);
    uint64_t *k = table ? ia_table_add(ctx, table, "solute_ions", IA_U64) : NULL;
    const struct {
        const char *name;
        const double *values;
    } columns[] = {{"observed", test->observed},
                   {"binomial", test->expected},
                   {"null_lo", test->null_lo},
                   {"null_hi", test->null_hi}};
    ia_status st = k ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; k && i < test->n_counts; i++)
        k[i] = i;
    for (size_t c = 0; st == IA_OK && c < sizeof columns / sizeof columns[0]; c++)
        st = ia_table_add_copy(ctx, table, columns[c].name, IA_F64, columns[c].values);
    return st;
}

ia_status ia_frequency_tables(ia_ctx *ctx, const ia_frequency *f, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "frequency_tests", IA_ROWS, f->n);
    ia_status st = table
                       ? ia_table_add_members(ctx, table, f->tests, sizeof *f->tests,
                                              members, sizeof members / sizeof members[0])
                       : IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < f->n; i++)
        st = put_counts(ctx, &f->tests[i], result);
    return st;
}
