// cli/cmd_range_compare.c: two rangings side by side, and with ions what that moves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <string.h>

typedef struct {
    ia_ranges ranges[2];
    ia_state state; // of the ions, if any
    ia_chain chain;
    ia_range_comparison comparison;
} comparing;

static void clear(comparing *job)
{
    ia_range_comparison_clear(&job->comparison);
    ia_chain_clear(&job->chain);
    ia_state_clear(&job->state);
    ia_ranges_clear(&job->ranges[0]);
    ia_ranges_clear(&job->ranges[1]);
}

// In place of a range file: the ranges that are found in the spectrum of the ions.
static bool is_auto(const char *input)
{
    return strcmp(input, "auto") == 0;
}

static ia_status load_ions(cli_job *cli, comparing *job, bool find_ranges)
{
    ia_range_params *params = cli_params(cli, &ia_range_method);
    ia_status st;
    params->source = IA_RANGES_AUTO;
    if ((st = cli_load(cli, cli->inputs[2], &job->state)) != IA_OK)
        return st;
    if (find_ranges)
        return cli_run(cli, &job->chain, &job->state, IA_TO_RANGE);
    if ((st = cli_prepare(cli, &job->chain, &job->state)) != IA_OK)
        return st;
    return ia_chain_run(cli->ctx, &job->chain, &job->state, "spectrum",
                        cli_params(cli, &ia_spectrum_method));
}

// Those found in the spectrum stay the state's: lent.
static ia_status load_ranges(cli_job *cli, comparing *job, const ia_ranges *use[2])
{
    ia_status st = IA_OK;
    for (int side = 0; side < 2 && st == IA_OK; side++) {
        use[side] = is_auto(cli->inputs[side]) ? &job->state.ranges : &job->ranges[side];
        if (!is_auto(cli->inputs[side]))
            st = ia_ranges_read(cli->ctx, cli->inputs[side], &job->ranges[side]);
    }
    return st;
}

static ia_status compare(cli_job *cli, comparing *job)
{
    bool found = is_auto(cli->inputs[0]) || is_auto(cli->inputs[1]);
    bool ions = cli->n_inputs == 3;
    const ia_ranges *use[2];
    ia_result result = {0};
    ia_status st;
    if ((ions && (st = load_ions(cli, job, found)) != IA_OK) ||
        (st = load_ranges(cli, job, use)) != IA_OK ||
        (st = ia_range_compare_compute(
             cli->ctx, use[0], use[1], ions ? &job->state.ions : NULL,
             ions ? &job->state.spectrum : NULL, &job->comparison)) != IA_OK)
        return st;
    if ((st = ia_range_comparison_tables(cli->ctx, &job->comparison, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    return st;
}

int cmd_range_compare(cli_job *cli)
{
    comparing job = {0};
    if (cli->n_inputs < 2 || cli->n_inputs > 3)
        return cli_misused(cli, "--compare takes two range files, and a file of ions");
    if (cli->ranges || cli->output || cli->plot)
        return cli_misused(cli, "--compare takes no --ranges, --plot or -o");
    if (cli->n_inputs == 2 && (is_auto(cli->inputs[0]) || is_auto(cli->inputs[1])))
        return cli_misused(cli, "--compare auto needs a file of ions as third input");
    ia_status st = compare(cli, &job);
    clear(&job);
    return cli_end(st);
}
