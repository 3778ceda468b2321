// cli/cmd_simulate.c: a synthetic specimen and its truth as files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is written beside the ions, by ending.
static const char *const endings[] = {"rrng",      "object.npy",   "species.npy",
                                      "grain.npy", "true_xyz.npy", "truth.json",
                                      "meta.yaml"};

static char *beside(cli_job *cli, const char *stem, const char *ending)
{
    return ia_textf(cli->ctx, "%s.%s", stem, ending);
}

static ia_status write_column(cli_job *cli, const char *stem, const char *ending,
                              const ia_column *column)
{
    if (!column->data)
        return IA_OK;
    char *path = beside(cli, stem, ending);
    ia_status st = path ? ia_npy_write(cli->ctx, column, path) : IA_ERR_MEMORY;
    free(path);
    return st;
}

// A text of our own under `ending`.
static ia_status write_text(cli_job *cli, const char *stem, const char *ending,
                            const char *text)
{
    ia_draft *draft = NULL;
    char *path = beside(cli, stem, ending);
    ia_status st = path ? ia_draft_new(cli->ctx, path, &draft) : IA_ERR_MEMORY;
    if (st == IA_OK) {
        fprintf(ia_draft_stream(draft), "%s\n", text);
        st = ia_draft_commit(cli->ctx, draft);
    }
    free(path);
    return st;
}

static ia_status write_truth(cli_job *cli, const char *stem, const ia_result *truth)
{
    ia_result program = {0};
    ia_json_part parts[] = {{NULL, &program}, {NULL, truth}};
    char *text = NULL;
    ia_table *table = ia_result_add(cli->ctx, &program, "program", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK &&
        (st = ia_table_add_text(cli->ctx, table, "program", "ionatlas")) == IA_OK &&
        (st = ia_table_add_text(cli->ctx, table, "version", ia_version())) == IA_OK &&
        (st = ia_table_add_text(cli->ctx, table, "method", "simulate")) == IA_OK &&
        (st = ia_json_write(cli->ctx, parts, 2, &text)) == IA_OK)
        st = write_text(cli, stem, "truth.json", text);
    free(text);
    ia_result_clear(&program);
    return st;
}

static ia_status write_ranges(cli_job *cli, const char *stem, const ia_ranges *ranges)
{
    char *path = beside(cli, stem, "rrng");
    ia_status st = path ? ia_ranges_write(cli->ctx, ranges, NULL, path) : IA_ERR_MEMORY;
    free(path);
    return st;
}

// The name of the ions' file without its ending.
static char *stem_of(cli_job *cli, const char *output)
{
    char *stem = ia_text(cli->ctx, output);
    char *dot = stem ? strrchr(stem, '.') : NULL,
         *slash = stem ? strrchr(stem, '/') : NULL;
    if (dot && dot > (slash ? slash + 1 : stem))
        *dot = '\0';
    return stem;
}

static ia_status spare_all(cli_job *cli, const char *output, const char *stem)
{
    ia_status st = cli_spare(cli, output);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && st == IA_OK; i++) {
        char *path = beside(cli, stem, endings[i]);
        st = path ? cli_spare(cli, path) : IA_ERR_MEMORY;
        free(path);
    }
    return st;
}

// Ions, ranges that fit them, the truth, and the one thing that metadata must know of it.
static ia_status write_files(cli_job *cli, const ia_specimen *specimen,
                             const char *output, const char *stem, const ia_result *truth)
{
    size_t n = specimen->ions.n;
    ia_column object = ia_column_of(IA_I32, 1, n, specimen->object);
    ia_column species = ia_column_of(IA_I32, 1, n, specimen->species);
    ia_column grain = ia_column_of(IA_I32, 1, n, specimen->grain);
    ia_column true_xyz = ia_column_of(IA_F32, 3, n, specimen->true_xyz);
    ia_status st;
    if ((st = ia_ions_write(cli->ctx, &specimen->ions, NULL,
                            cli_params(cli, &ia_write_method), output)) != IA_OK ||
        (st = write_ranges(cli, stem, &specimen->ranges)) != IA_OK ||
        (st = write_column(cli, stem, "object.npy", &object)) != IA_OK ||
        (st = write_column(cli, stem, "species.npy", &species)) != IA_OK ||
        (st = write_column(cli, stem, "grain.npy", &grain)) != IA_OK ||
        (st = write_column(cli, stem, "true_xyz.npy", &true_xyz)) != IA_OK ||
        (st = write_truth(cli, stem, truth)) != IA_OK)
        return st;
    return write_text(cli, stem, "meta.yaml", "specimen:\n  is_simulation: true");
}

// `simulate tip` is `simulate --specimen tip`.
static ia_status read_word(cli_job *cli, ia_simulate_params *params)
{
    if (cli->n_inputs == 0)
        return IA_OK;
    return ia_field_read(cli->ctx, ia_method_find(&ia_simulate_method, "specimen"),
                         cli->inputs[0], params);
}

int cmd_simulate(cli_job *cli)
{
    ia_specimen specimen = {0};
    ia_result truth = {0};
    ia_simulate_params params =
        *(const ia_simulate_params *)cli_params(cli, &ia_simulate_method);
    const char *output = cli->output ? cli->output : "specimen.epos";
    char *stem = stem_of(cli, output);
    ia_status st = stem ? read_word(cli, &params) : IA_ERR_MEMORY;
    if (st == IA_OK && (st = spare_all(cli, output, stem)) == IA_OK &&
        (st = ia_specimen_compute(cli->ctx, &params, &specimen)) == IA_OK &&
        (st = ia_specimen_tables(cli->ctx, &specimen, &truth)) == IA_OK &&
        (st = write_files(cli, &specimen, output, stem, &truth)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &truth}, 1);
    ia_result_clear(&truth);
    ia_specimen_clear(&specimen);
    free(stem);
    return cli_end(st);
}
