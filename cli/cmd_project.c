// cli/cmd_project.c: history, verify and rerun of a project.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static int show(cli_job *cli, ia_status st, ia_result *result, bool good)
{
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, result}, 1);
    ia_result_clear(result);
    return st == IA_OK && good ? CLI_DONE : CLI_FAILED;
}

int cmd_history(cli_job *cli)
{
    ia_result result = {0};
    return show(cli, ia_project_history(cli->ctx, cli->inputs[0], &result), &result,
                true);
}

int cmd_verify(cli_job *cli)
{
    ia_result result = {0};
    bool sound = false;
    ia_status st = ia_project_verify(cli->ctx, cli->inputs[0], &result, &sound);
    if (st == IA_OK && !sound)
        ia_log(cli->ctx, IA_LOG_ERROR, "%s: what is stored differs from its hash",
               cli->inputs[0]);
    return show(cli, st, &result, sound);
}

int cmd_rerun(cli_job *cli)
{
    ia_result result = {0};
    bool same = false;
    ia_status st = ia_project_rerun(cli->ctx, cli->inputs[0], &result, &same);
    if (st == IA_OK && !same)
        ia_log(cli->ctx, IA_LOG_ERROR, "%s: a repeated step gave another result",
               cli->inputs[0]);
    return show(cli, st, &result, same);
}
