// cli/cmd_multihit.c: ions that came in one pulse, against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

// Both steps about pulses, the lost ions under their own name.
static ia_status show(cli_job *cli, const ia_chain *chain)
{
    const ia_json_part parts[] = {
        {NULL, &ia_chain_find(chain, "multihit")->result},
        {"dead_time", &ia_chain_find(chain, "dead_time")->result}};
    return cli_show(cli, parts, 2);
}

static ia_status multihit(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) == IA_OK &&
        (st = cli_plot_check(cli, "saxey")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "multihit",
                           cli_params(cli, &ia_multihit_method))) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "saxey")) == IA_OK)
        st = show(cli, &chain);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_multihit(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, multihit);
}
