// cli/cmd_proxigram.c: composition against the distance to an iso-surface or a mesh.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status check(cli_job *cli)
{
    const ia_volume_params *field = cli_params(cli, &ia_volume_method);
    return cli->mesh ? IA_OK
                     : ia_surface_check(cli->ctx, cli_params(cli, &ia_surface_method),
                                        field->quantity);
}

// What the surface takes as its own wish is one for the profile here.
static bool is_varied(cli_job *cli)
{
    const ia_surface_params *p = cli_params(cli, &ia_surface_method);
    return p->sensitivity;
}

static ia_status find_surface(cli_job *cli, ia_chain *chain, ia_state *state)
{
    if (cli->mesh)
        return ia_source_open(cli->ctx, cli->mesh, &state->mesh_file);
    ia_surface_params p = *(const ia_surface_params *)cli_params(cli, &ia_surface_method);
    p.sensitivity = false;
    ia_status st =
        ia_chain_run(cli->ctx, chain, state, "field", cli_params(cli, &ia_volume_method));
    return st == IA_OK ? ia_chain_run(cli->ctx, chain, state, "isosurface", &p) : st;
}

static ia_status show(cli_job *cli, const ia_chain *chain)
{
    const ia_result *result = &ia_chain_find(chain, "proxigram")->result;
    if (cli->mesh || !cli->json)
        return cli_show(cli, &(ia_json_part){NULL, result}, 1);
    const ia_json_part parts[] = {
        {NULL, result},
        {"isosurface", &ia_chain_find(chain, "isosurface")->result},
        {"field", &ia_chain_find(chain, "field")->result}};
    return cli_show(cli, parts, 3);
}

static ia_status proxigram(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = check(cli)) != IA_OK || (st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, is_varied(cli) ? "sensitivity" : "proxigram")) !=
            IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) != IA_OK ||
        (st = find_surface(cli, &chain, &state)) != IA_OK)
        goto done;
    if (is_varied(cli)) {
        st = cli_vary(cli, &state, &chain, &ia_proxigram_method);
        goto done;
    }
    if ((st = ia_chain_run(cli->ctx, &chain, &state, "proxigram",
                           cli_params(cli, &ia_proxigram_method))) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "proxigram")) == IA_OK)
        st = show(cli, &chain);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_proxigram(cli_job *cli)
{
    if (is_varied(cli) && cli->mesh)
        return cli_misused(cli, "--sensitivity varies the surface that --mesh gives: one "
                                "of these");
    if (is_varied(cli) && cli->output)
        return cli_misused(cli, "--sensitivity only prints");
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, proxigram);
}
