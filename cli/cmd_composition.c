// cli/cmd_composition.c: composition of a file from its ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status composition(cli_job *cli, const char *input)
{
    static const char *const methods[] = {"read", "range", "spectrum", "background",
                                          "composition"};
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st = cli_load(cli, input, &state);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0] && st == IA_OK; i++)
        st = ia_chain_run(cli->ctx, &chain, &state, methods[i],
                          cli_params(cli, ia_method_named(methods[i])));
    if (st == IA_OK)
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
