// cli/cmd_info.c: what a file holds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status info(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_load(cli, input, &state)) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &chain.steps[0].result}, 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_info(cli_job *cli)
{
    return cli_each(cli, info);
}
