// cli/cmd_index.c: maps of the detector; which poles are which, how the crystal stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>

// The steps as far as `last`, or the poles on the map; ranges only where there is a file
// of them.
static ia_status find(cli_job *cli, const char *input, const ia_method *last,
                      ia_chain *chain, ia_state *state)
{
    const ia_method *const steps[] = {&ia_read_method, &ia_range_method,
                                      &ia_hitmap_method, last};
    ia_status st = cli_load(cli, input, state);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && st == IA_OK; i++)
        if (steps[i] != &ia_range_method || state->ranges_file.n > 0)
            st = ia_chain_run(cli->ctx, chain, state, steps[i]->name,
                              cli_params(cli, steps[i]));
    return st;
}

static ia_status write_arrays(cli_job *cli, const ia_state *state)
{
    ia_status st =
        ia_combined_map_write(cli->ctx, &state->hitmap, &state->combined, cli->arrays);
    return st == IA_OK ? cli_wrote(cli, cli->arrays) : st;
}

static ia_status run(cli_job *cli, const char *input, bool index)
{
    ia_state state = {0};
    ia_chain chain = {0};
    const ia_method *last = index ? &ia_orientation_method : &ia_drift_method;
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, index ? "poles" : "maps")) != IA_OK ||
        (st = cli_spare(cli, cli->arrays)) != IA_OK ||
        (index &&
         (st = ia_orientation_check(cli->ctx, cli_params(cli, last))) != IA_OK) ||
        (st = find(cli, input, &ia_pole_method, &chain, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, last->name,
                           cli_params(cli, last))) != IA_OK ||
        (cli->arrays && (st = write_arrays(cli, &state)) != IA_OK) ||
        (st = cli_record_write(cli, &state, &chain, NULL)) != IA_OK ||
        (st = cli_plot(cli, &state, &chain, index ? "poles" : "maps")) != IA_OK)
        goto done;
    const ia_json_part parts[] = {
        {NULL, &ia_chain_find(&chain, index ? "orientation" : "hitmap")->result},
        {NULL, &ia_chain_find(&chain, "poles")->result},
        {NULL, &ia_chain_find(&chain, last->name)->result},
    };
    st = cli_show(cli, parts, index ? 2 : 3);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status hitmap(cli_job *cli, const char *input)
{
    return run(cli, input, false);
}

static ia_status index_file(cli_job *cli, const char *input)
{
    return run(cli, input, true);
}

static ia_status index_list(cli_job *cli)
{
    ia_source source = {0};
    ia_pole_list list = {0};
    ia_pole *poles = NULL;
    ia_orientation orientation = {0};
    ia_result result = {0};
    ia_status st = ia_source_open(cli->ctx, cli->poles, &source);
    if (st != IA_OK)
        return st;
    ia_ctx_set_subject(cli->ctx, cli->poles);
    st = ia_poles_parse(cli->ctx, (const char *)source.bytes, source.n, &poles, &list.n);
    ia_ctx_set_subject(cli->ctx, NULL);
    list.poles = poles;
    if (st == IA_OK &&
        (st = ia_orientation_compute(cli->ctx, &list,
                                     cli_params(cli, &ia_orientation_method),
                                     &orientation)) == IA_OK &&
        (st = ia_orientation_tables(cli->ctx, &orientation, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_orientation_clear(&orientation);
    free(poles);
    ia_source_clear(&source);
    return st;
}

// The map and one step that looks at it.
static ia_status look(cli_job *cli, const char *input, const ia_method *method)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st = cli_record_check(cli);
    if (st == IA_OK && (st = find(cli, input, method, &chain, &state)) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK) {
        const ia_json_part part = {NULL, &ia_chain_find(&chain, method->name)->result};
        st = cli_show(cli, &part, 1);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status quadrilateral(cli_job *cli, const char *input)
{
    return look(cli, input, &ia_quadrilateral_method);
}

static ia_status turn(cli_job *cli, const char *input)
{
    return look(cli, input, &ia_learned_turn_method);
}

int cmd_quadrilateral(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when a file is to be written");
    return cli_each(cli, quadrilateral);
}

int cmd_turn(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when a file is to be written");
    return cli_each(cli, turn);
}

int cmd_hitmap(cli_job *cli)
{
    if ((cli->output || cli->arrays || cli->plot) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when a file is to be written");
    return cli_each(cli, hitmap);
}

int cmd_index(cli_job *cli)
{
    if (!cli->poles == (cli->n_inputs == 0))
        return cli_misused(cli, "takes either INPUT or --poles FILE");
    if (cli->poles && (cli->output || cli->plot))
        return cli_misused(cli, "draws and records for INPUT, not for --poles");
    if (cli->poles)
        return cli_end(index_list(cli));
    if ((cli->output || cli->plot) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when a file is to be written");
    return cli_each(cli, index_file);
}
