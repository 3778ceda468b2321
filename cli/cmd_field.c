// cli/cmd_field.c: composition on a grid of voxels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status field(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, cli->sensitivity ? "sensitivity" : "field")) != IA_OK ||
        (st = cli_grid_check(cli)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) != IA_OK)
        goto done;
    if (cli->sensitivity) {
        st = cli_vary(cli, &state, &chain, &ia_volume_method);
        goto done;
    }
    if ((st = ia_chain_run(cli->ctx, &chain, &state, "field",
                           cli_params(cli, &ia_volume_method))) == IA_OK &&
        (st = cli_grid_write(cli, &state)) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "field")) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "field")->result},
                      1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_field(cli_job *cli)
{
    if (cli->sensitivity && (cli->output || cli->grid || cli->grid_errors))
        return cli_misused(cli, "--sensitivity only prints");
    if ((cli->output || cli->grid || cli->grid_errors) && cli->n_inputs > 1)
        return cli_misused(
            cli, "takes one input when -o, --grid or --grid-errors names a file");
    return cli_each(cli, field);
}
