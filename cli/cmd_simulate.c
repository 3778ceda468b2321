// cli/cmd_simulate.c: a synthetic specimen and its truth as files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ia_status write_column(cli_job *cli, const char *stem, const char *ending,
                              const ia_column *column)
{
    if (!column->data)
        return IA_OK;
    char *path = ia_textf(cli->ctx, "%s.%s.npy", stem, ending);
    ia_status st = path ? ia_npy_write(cli->ctx, column, path) : IA_ERR_MEMORY;
    free(path);
    return st;
}

static ia_status write_truth(cli_job *cli, const char *stem, const ia_result *truth)
{
    char *text = NULL;
    ia_draft *draft = NULL;
    char *path = ia_textf(cli->ctx, "%s.truth.json", stem);
    ia_status st = path ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK ||
        (st = ia_json_write(cli->ctx, &(ia_json_part){NULL, truth}, 1, &text)) != IA_OK ||
        (st = ia_draft_new(cli->ctx, path, &draft)) != IA_OK)
        goto done;
    fprintf(ia_draft_stream(draft), "%s\n", text);
    st = ia_draft_commit(cli->ctx, draft);
done:
    free(text);
    free(path);
    return st;
}

static ia_status write_ranges(cli_job *cli, const char *stem, const ia_ranges *ranges)
{
    char *path = ia_textf(cli->ctx, "%s.rrng", stem);
    ia_status st = path ? ia_ranges_write(cli->ctx, ranges, NULL, path) : IA_ERR_MEMORY;
    free(path);
    return st;
}

// Ions, ranges that fit them, and the truth: <stem>.object.npy, .species.npy,
// .true_xyz.npy, .truth.json.
static ia_status write_files(cli_job *cli, const ia_specimen *specimen,
                             const ia_result *truth)
{
    const char *output = cli->output ? cli->output : "specimen.epos";
    size_t n = specimen->ions.n;
    ia_column object = ia_column_of(IA_I32, 1, n, specimen->object);
    ia_column species = ia_column_of(IA_I32, 1, n, specimen->species);
    ia_column true_xyz = ia_column_of(IA_F32, 3, n, specimen->true_xyz);
    char *stem = ia_text(cli->ctx, output);
    ia_status st = stem ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK)
        return st;
    char *dot = strrchr(stem, '.'), *slash = strrchr(stem, '/');
    if (dot && dot > (slash ? slash + 1 : stem))
        *dot = '\0';
    if ((st = ia_ions_write(cli->ctx, &specimen->ions, NULL,
                            cli_params(cli, &ia_write_method), output)) == IA_OK &&
        (st = write_ranges(cli, stem, &specimen->ranges)) == IA_OK &&
        (st = write_column(cli, stem, "object", &object)) == IA_OK &&
        (st = write_column(cli, stem, "species", &species)) == IA_OK &&
        (st = write_column(cli, stem, "true_xyz", &true_xyz)) == IA_OK)
        st = write_truth(cli, stem, truth);
    free(stem);
    return st;
}

int cmd_simulate(cli_job *cli)
{
    ia_specimen specimen = {0};
    ia_result truth = {0};
    ia_status st;
    if ((st = ia_specimen_compute(cli->ctx, cli_params(cli, &ia_simulate_method),
                                  &specimen)) == IA_OK &&
        (st = ia_specimen_tables(cli->ctx, &specimen, &truth)) == IA_OK &&
        (st = write_files(cli, &specimen, &truth)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &truth}, 1);
    ia_result_clear(&truth);
    ia_specimen_clear(&specimen);
    return cli_end(st);
}
