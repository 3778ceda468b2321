// cli/cmd_profile.c: composition along an axis, cumulative counts, maps.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status profile(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, cli->sensitivity ? "sensitivity" : "profile")) !=
            IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) != IA_OK)
        goto done;
    if (cli->sensitivity) {
        st = cli_vary(cli, &state, &chain, &ia_axis_profile_method);
        goto done;
    }
    if ((st = ia_chain_run(cli->ctx, &chain, &state, "profile",
                           cli_params(cli, &ia_axis_profile_method))) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "profile")) == IA_OK)
        st = cli_show(
            cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "profile")->result}, 1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_profile(cli_job *cli)
{
    if (cli->sensitivity && cli->output)
        return cli_misused(cli, "--sensitivity only prints");
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, profile);
}
