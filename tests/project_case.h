// tests/project_case.h: ions of every column, analysed step by step.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_PROJECT_CASE_H
#define IONATLAS_TESTS_PROJECT_CASE_H

#include "check.h"

static const char ranges_a[] = "[Ions]\nNumber=2\nIon1=Fe\nIon2=C\n"
                               "[Ranges]\nNumber=2\n"
                               "Range1=27.9 28.1 Vol:0.01178 Fe:1 Color:FF00FF\n"
                               "Range2=5.9 6.1 Vol:0.009 C:1 Color:00FF00\n";
// n ions with every column there is; the seed makes them another input.
static void make_state(size_t n, uint64_t seed, const char *ranges, ia_state *out)
{
    static const float peaks[4] = {6.0f, 28.0f, 28.05f, 17.3f};
    ia_random random = ia_random_new(seed, 0);
    *out = (ia_state){0};
    assert_int_equal(ia_ions_new(NULL, n, (1u << IA_N_COLUMNS) - 1, &out->ions), IA_OK);
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        void *values = ia_ions_values(&out->ions, id);
        for (size_t i = 0; i < n * kind->width; i++)
            if (kind->type == IA_U32)
                ((uint32_t *)values)[i] = (uint32_t)ia_random_below(&random, 1000);
            else
                ((float *)values)[i] = (float)(100 * ia_random_uniform(&random));
    }
    float *mass = ia_ions_values(&out->ions, IA_MASS);
    for (size_t i = 0; i < n; i++)
        mass[i] = peaks[i % 4] + 0.05f * (float)(ia_random_uniform(&random) - 0.5);
    strcpy(out->ions.format, "epos");
    snprintf(out->ions.sha256, sizeof out->ions.sha256, "%064llx",
             (unsigned long long)seed);
    out->ions.path = strdup("/somewhere/specimen.epos");
    out->ranges_file =
        (ia_source){.bytes = (const unsigned char *)strdup(ranges), .n = strlen(ranges)};
    out->ranges_file.path = strdup("r.rrng");
}

static void run_steps(ia_ctx *ctx, ia_state *state, ia_chain *chain, const char *last)
{
    static const char *const methods[] = {"read", "range", "spectrum", "background",
                                          "composition"};
    for (size_t i = 0; i < 5; i++) {
        if (ia_chain_run(ctx, chain, state, methods[i], NULL) != IA_OK)
            fail_msg("%s: %s", methods[i], ia_ctx_message(ctx));
        if (strcmp(methods[i], last) == 0)
            return;
    }
}

#endif
