// cli/vary.c: the result of a step with each parameter smaller and larger.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

ia_status cli_plot_varied(cli_job *cli, const ia_state *state, const ia_result *result)
{
    static const ia_method varied = {.name = "sensitivity", .title = "Sensitivity"};
    static const ia_step_kind kind = {.method = &varied};
    ia_step_record record = {.kind = &kind, .result = *result}; // borrowed
    ia_chain chain = {&record, 1};
    return cli_plot(cli, state, &chain, "sensitivity");
}

ia_status cli_vary(cli_job *cli, ia_state *state, const ia_method *method)
{
    ia_result result = {0};
    ia_status st =
        ia_chain_vary(cli->ctx, state, method->name, cli_params(cli, method), &result);
    if (st == IA_OK && (st = cli_plot_varied(cli, state, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    return st;
}
