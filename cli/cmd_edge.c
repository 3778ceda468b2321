// cli/cmd_edge.c: the surface of the specimen, and how deep below it ions lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <math.h>
#include <stdlib.h>

// A row for each ion of the file, those left out too.
static ia_status write_distances(cli_job *cli, const ia_state *state)
{
    static const float none = NAN;
    void *spread = NULL;
    size_t n = 0;
    ia_status st = ia_ions_spread_words(cli->ctx, &state->ions, state->edge.distance,
                                        &none, &spread, &n);
    ia_column column = ia_column_of(IA_F32, 1, n, spread);
    if (st == IA_OK)
        st = ia_npy_write(cli->ctx, &column, cli->distances);
    free(spread);
    return st == IA_OK ? cli_wrote(cli, cli->distances) : st;
}

static ia_status write_mesh(cli_job *cli, const ia_state *state)
{
    ia_status st = ia_mesh_write(cli->ctx, &state->edge.mesh, cli->mesh);
    return st == IA_OK ? cli_wrote(cli, cli->mesh) : st;
}

static ia_status edge(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_spare(cli, cli->mesh)) != IA_OK ||
        (st = cli_spare_npy(cli, cli->distances)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "edge",
                           cli_params(cli, &ia_edge_method))) != IA_OK ||
        (cli->mesh && (st = write_mesh(cli, &state)) != IA_OK) ||
        (cli->distances && (st = write_distances(cli, &state)) != IA_OK) ||
        (st = cli_record_write(cli, &state, &chain, NULL)) != IA_OK)
        goto done;
    st = cli_show(cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "edge")->result}, 1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_edge(cli_job *cli)
{
    if ((cli->output || cli->mesh || cli->distances) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when a file is to be written");
    return cli_each(cli, edge);
}
