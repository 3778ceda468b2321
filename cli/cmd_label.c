// cli/cmd_label.c: which ions could sit at a given m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>

// "28.0" is an m/n, whatever else is a file.
static bool is_number(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == 0;
}

static ia_status label_mass(cli_job *cli, double mass)
{
    ia_label_params *params = cli_params(cli, &ia_label_method);
    ia_labels labels = {0};
    ia_result result = {0};
    ia_status st;

    params->at = mass;
    if ((st = ia_labels_compute(cli->ctx, params, NULL, &labels)) == IA_OK &&
        (st = ia_label_tables(cli->ctx, &labels, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_labels_clear(&labels);
    return st;
}

static ia_status label_file(cli_job *cli, const char *input)
{
    static const ia_method *const steps[] = {&ia_spectrum_method, &ia_peaks_method,
                                             &ia_identify_method, &ia_label_method};
    // Identified with the defaults, for the mass scale and an account to compare with.
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st = cli_read(cli, input, &chain, &state);

    for (size_t i = 0; st == IA_OK && i < sizeof steps / sizeof *steps; i++)
        st = ia_chain_run(cli->ctx, &chain, &state, steps[i]->name,
                          cli_params(cli, steps[i]));
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &chain.steps[chain.n - 1].result}, 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_label(cli_job *cli)
{
    double mass;
    return cli_end(is_number(cli->inputs[0], &mass) ? label_mass(cli, mass)
                                                    : label_file(cli, cli->inputs[0]));
}
