// cli/cmd_isosurface.c: surfaces of one composition and the objects inside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status write_files(cli_job *cli, const ia_state *state)
{
    ia_status st = cli_grid_write(cli, state);
    if (st == IA_OK && cli->mesh &&
        (st = ia_mesh_write(cli->ctx, &state->surface.mesh, cli->mesh)) == IA_OK)
        st = cli_wrote(cli, cli->mesh);
    return st;
}

static ia_status isosurface(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    const ia_volume_params *field = cli_params(cli, &ia_volume_method);
    ia_status st =
        ia_surface_check(cli->ctx, cli_params(cli, &ia_surface_method), field->quantity);
    if (st == IA_OK && (st = cli_record_check(cli)) == IA_OK &&
        (st = cli_plot_check(cli, "surface")) == IA_OK &&
        (st = cli_grid_check(cli)) == IA_OK &&
        (st = cli_spare(cli, cli->mesh)) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "field",
                           cli_params(cli, &ia_volume_method))) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "isosurface",
                           cli_params(cli, &ia_surface_method))) == IA_OK &&
        (st = write_files(cli, &state)) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "surface")) == IA_OK) {
        const ia_json_part parts[] = {
            {NULL, &ia_chain_find(&chain, "isosurface")->result},
            {"field", &ia_chain_find(&chain, "field")->result}};
        st = cli_show(cli, parts, 2);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_isosurface(cli_job *cli)
{
    if ((cli->output || cli->grid || cli->grid_errors || cli->mesh) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o, --grid or --mesh names a file");
    return cli_each(cli, isosurface);
}
