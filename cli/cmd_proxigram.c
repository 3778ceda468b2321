// cli/cmd_proxigram.c: composition against the distance to an iso-surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status run_steps(cli_job *cli, ia_chain *chain, ia_state *state)
{
    ia_status st;
    if ((st = ia_chain_run(cli->ctx, chain, state, "field",
                           cli_params(cli, &ia_volume_method))) == IA_OK &&
        (st = ia_chain_run(cli->ctx, chain, state, "isosurface",
                           cli_params(cli, &ia_surface_method))) == IA_OK)
        st = ia_chain_run(cli->ctx, chain, state, "proxigram",
                          cli_params(cli, &ia_proxigram_method));
    return st;
}

static ia_status proxigram(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) == IA_OK &&
        (st = cli_plot_check(cli, "proxigram")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = run_steps(cli, &chain, &state)) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "proxigram")) == IA_OK) {
        const ia_json_part parts[] = {
            {NULL, &ia_chain_find(&chain, "proxigram")->result},
            {"isosurface", &ia_chain_find(&chain, "isosurface")->result},
            {"field", &ia_chain_find(&chain, "field")->result}};
        st = cli_show(cli, parts, cli->json ? 3 : 1);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_proxigram(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, proxigram);
}
