// cli/cmd_composition.c: composition of a file from its ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

// The composition and the field that charges tell; in JSON what it was solved from and
// what is known of lost ions too.
static ia_status show(cli_job *cli, const ia_chain *chain)
{
    const ia_step_record *dead = ia_chain_find(chain, "dead_time");
    const ia_result *charges = cli_charges(chain);
    const ia_result *limits = cli_limits(cli, chain);
    ia_json_part parts[5] = {{NULL, &ia_chain_find(chain, "composition")->result}};
    size_t n = 1;
    if (charges)
        parts[n++] = (ia_json_part){NULL, charges};
    if (limits)
        parts[n++] = (ia_json_part){NULL, limits};
    if (cli->json)
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "deconvolve")->result};
    if (cli->json && dead)
        parts[n++] = (ia_json_part){"dead_time", &dead->result};
    return cli_show(cli, parts, n);
}

static ia_status composition(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) == IA_OK &&
        (st = cli_plot_check(cli, "spectrum")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "spectrum")) == IA_OK)
        st = show(cli, &chain);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_composition(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, composition);
}
