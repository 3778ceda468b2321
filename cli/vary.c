// cli/vary.c: the result of a step with each parameter smaller and larger.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>

// Figures of the steps run and of what was varied.
ia_status cli_plot_varied(cli_job *cli, const ia_state *state, const ia_chain *chain,
                          const ia_result *result)
{
    static const ia_method varied = {.name = "sensitivity", .title = "Sensitivity"};
    static const ia_step_kind kind = {.method = &varied};
    ia_step_record *steps = ia_array(cli->ctx, chain->n + 1, sizeof *steps);
    if (!steps)
        return IA_ERR_MEMORY;
    if (chain->n > 0)
        memcpy(steps, chain->steps, chain->n * sizeof *steps);
    steps[chain->n] = (ia_step_record){.kind = &kind, .result = *result}; // borrowed
    ia_chain whole = {steps, chain->n + 1};
    ia_status st = cli_plot(cli, state, &whole, "sensitivity");
    free(steps);
    return st;
}

// The figure of the step itself, among those wanted, needs it as it was.
ia_status cli_vary(cli_job *cli, ia_state *state, ia_chain *chain,
                   const ia_method *method)
{
    const void *params = cli_params(cli, method);
    ia_result result = {0};
    ia_status st = ia_chain_vary(cli->ctx, state, method->name, params, &result);
    if (st == IA_OK && cli_plot_is_list(cli))
        st = ia_chain_run(cli->ctx, chain, state, method->name, params);
    if (st == IA_OK && (st = cli_plot_varied(cli, state, chain, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    return st;
}
