// cli/cmd_info.c: what a file holds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status show(cli_job *cli, const char *input, const ia_result *read)
{
    ia_result file = {0};
    ia_table *table = ia_result_add(cli->ctx, &file, "file", IA_SCALARS, 1);
    ia_status st =
        table ? ia_table_add_text(cli->ctx, table, "input", input) : IA_ERR_MEMORY;
    ia_json_part parts[] = {{NULL, &file}, {NULL, read}};
    if (st == IA_OK)
        st = cli->json ? cli_show(cli, parts, 2) : cli_show(cli, &parts[1], 1);
    ia_result_clear(&file);
    return st;
}

static ia_status info(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_load(cli, input, &state)) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) == IA_OK)
        st = show(cli, input, &chain.steps[0].result);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_info(cli_job *cli)
{
    return cli_each(cli, info);
}
