// cli/cmd_composition.c: composition of a file from its ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status composition(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_plot_check(cli, "spectrum")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, IA_TO_COMPOSITION)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "spectrum")) == IA_OK)
        st = cli_show(
            cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "composition")->result}, 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_composition(cli_job *cli)
{
    return cli_each(cli, composition);
}
