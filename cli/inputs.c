// cli/inputs.c: going through the inputs of a command, loading one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// {"input": ..., "error": ...} in the list of several inputs.
static void show_failure(cli_job *cli, const char *input, const char *sentence)
{
    ia_result result = {0};
    ia_table *table = ia_result_add(NULL, &result, "failure", IA_SCALARS, 1);
    if (table && ia_table_add_text(NULL, table, "input", input) == IA_OK &&
        ia_table_add_text(NULL, table, "error", sentence) == IA_OK)
        cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
}

static void show_summary(const cli_job *cli, const ia_status *statuses, size_t n_failed)
{
    if (cli->json) {
        printf("], \"inputs\": %zu, \"failed\": %zu}\n", cli->n_inputs, n_failed);
        return;
    }
    puts("\n# summary\ninput\tstatus");
    for (size_t i = 0; i < cli->n_inputs; i++)
        printf("%s\t%s\n", cli->inputs[i], ia_status_name(statuses[i]));
}

static ia_status run_one(cli_job *cli, size_t i, cli_one one)
{
    const char *input = cli->inputs[i];
    bool several = cli->n_inputs > 1;
    if (several && cli->json && i > 0)
        puts(",");
    else if (several && !cli->json)
        printf("%s# %s\n", i > 0 ? "\n" : "", input);
    ia_status st = one(cli, input);
    if (st != IA_OK && several && cli->json)
        show_failure(cli, input, ia_ctx_message(cli->ctx));
    ia_ctx_reset(cli->ctx);
    return st;
}

int cli_each(cli_job *cli, cli_one one)
{
    bool several = cli->n_inputs > 1, stopped = false;
    size_t n_failed = 0;
    ia_status *statuses = ia_array(cli->ctx, cli->n_inputs, sizeof *statuses);
    if (!statuses)
        return CLI_FAILED;
    if (several && cli->json)
        puts("{\"files\": [");
    for (size_t i = 0; i < cli->n_inputs; i++) {
        statuses[i] = stopped ? IA_CANCELLED : run_one(cli, i, one);
        stopped |= statuses[i] == IA_CANCELLED;
        n_failed += statuses[i] != IA_OK;
    }
    if (several)
        show_summary(cli, statuses, n_failed);
    free(statuses);
    return n_failed > 0 ? CLI_FAILED : CLI_DONE;
}

ia_status cli_load(cli_job *cli, const char *input, ia_state *state)
{
    bool stream = strcmp(input, "-") == 0, project = !stream && ia_project_is(input);
    ia_status st = project ? ia_project_load(cli->ctx, input, state)
                           : ia_ions_read(cli->ctx, input, &state->ions);
    if (st != IA_OK || !cli->ranges)
        return st != IA_OK || project || stream
                   ? st
                   : ia_ranges_beside(cli->ctx, input, &state->ranges_file);
    state->ranging = ia_range_defaults(); // edits of the project go with its ranges
    ia_source_clear(&state->ranges_file);
    return ia_source_open(cli->ctx, cli->ranges, &state->ranges_file);
}

ia_status cli_read(cli_job *cli, const char *input, ia_chain *chain, ia_state *state)
{
    ia_status st = cli_load(cli, input, state);
    return st == IA_OK ? cli_prepare(cli, chain, state) : st;
}

// m/n is found blind where the input has times of flight alone, or where it is asked for,
// by commands that know how.
static bool wants_calibration(cli_job *cli, const ia_state *state)
{
    const ia_calibrate_params *params = cli_params(cli, &ia_calibrate_method);
    bool times = ia_ions_has(&state->ions, IA_TOF) && ia_ions_has(&state->ions, IA_V_DC);
    return params &&
           (params->calibrate || (times && !ia_ions_has(&state->ions, IA_MASS)));
}

ia_status cli_prepare(cli_job *cli, ia_chain *chain, ia_state *state)
{
    const ia_flight_params *flight = cli_params(cli, &ia_flight_method);
    ia_status st =
        ia_chain_run(cli->ctx, chain, state, "read", cli_params(cli, &ia_read_method));
    if (st == IA_OK && flight->flight_path > 0 && !ia_ions_has(&state->ions, IA_MASS))
        st = ia_chain_run(cli->ctx, chain, state, "flight", flight);
    if (st == IA_OK && wants_calibration(cli, state))
        st = ia_chain_run(cli->ctx, chain, state, "calibrate",
                          cli_params(cli, &ia_calibrate_method));
    return st;
}

static const void *params_of(void *user, const ia_method *method)
{
    return cli_params(user, method);
}

ia_status cli_run(cli_job *cli, ia_chain *chain, ia_state *state, ia_analysis_end end)
{
    const ia_range_params *ranging = cli_params(cli, &ia_range_method);
    if (cli->ranges && !cli->agreement && ranging && ranging->source == IA_RANGES_AUTO)
        return ia_fail(
            cli->ctx, IA_ERR_PARAM,
            "--source auto finds ranges and --ranges gives them: one of these");
    return ia_chain_analyze(cli->ctx, chain, state, end, params_of, cli);
}

ia_status cli_need_solute(cli_job *cli, const ia_state *state, const ia_method *method,
                          const char *field)
{
    char named[IA_FIELD_TEXT_MAX];
    ia_field_write(ia_method_find(method, field), cli_params(cli, method), named,
                   sizeof named);
    if (*named || state->counts.ranged == 0) // the method has its own sentence for that
        return IA_OK;
    return ia_solutes_need(cli->ctx, &state->composition);
}
