// cli/cmd_range.c: ranges of a file, found without an operator or as a range file has
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <string.h>

static ia_status show(cli_job *cli, const ia_chain *chain)
{
    // Later parts replace tables of the same name: ranges with their background last.
    static const char *const steps[] = {"identify", "range", "composition"};
    const ia_result *background = &ia_chain_find(chain, "background")->result;
    ia_result ranges = {0};
    ia_json_part parts[4];
    size_t n = 0;
    for (size_t i = 0; i < background->n; i++)
        if (strcmp(background->tables[i].name, "ranges") == 0)
            ranges = (ia_result){1, &background->tables[i]};
    for (size_t i = 0; cli->json && i < 3; i++) {
        const ia_step_record *step = ia_chain_find(chain, steps[i]);
        if (step)
            parts[n++] = (ia_json_part){NULL, &step->result};
    }
    parts[n++] = (ia_json_part){NULL, &ranges};
    if (!cli->json)
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "composition")->result};
    return cli_show(cli, parts, n);
}

static ia_status range(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_spare(cli, cli->output)) == IA_OK &&
        (st = cli_plot_check(cli, "spectrum")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, IA_TO_COMPOSITION)) == IA_OK &&
        (!cli->output ||
         (st = ia_ranges_write(cli->ctx, &state.ranges, NULL, cli->output)) == IA_OK) &&
        (st = cli_plot(cli, &state, &chain, "spectrum")) == IA_OK)
        st = show(cli, &chain);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_range(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a range file");
    return cli_each(cli, range);
}
