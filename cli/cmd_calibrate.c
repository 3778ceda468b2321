// cli/cmd_calibrate.c: m/n of raw data, found in the data alone.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

// Told before minutes of work, not after.
static ia_status check_output(cli_job *cli, const ia_ions *ions)
{
    if (!cli->output || cli_names_record(cli->output))
        return IA_OK;
    return ia_ions_write_check(cli->ctx, ia_ions_columns(ions) | 1u << IA_MASS, NULL,
                               cli_params(cli, &ia_write_method), cli->output);
}

static ia_status write(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    if (!cli->output || cli_names_record(cli->output))
        return cli_record_write(cli, state, chain, NULL);
    ia_status st = ia_ions_write(cli->ctx, &state->ions, NULL,
                                 cli_params(cli, &ia_write_method), cli->output);
    return st == IA_OK ? cli_wrote(cli, cli->output) : st;
}

static ia_status calibrate(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_names_record(cli->output) ? cli_record_check(cli)
                                            : cli_spare(cli, cli->output)) != IA_OK ||
        (st = cli_plot_check(cli, "calibration")) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) != IA_OK ||
        (st = check_output(cli, &state.ions)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "calibrate",
                           cli_params(cli, &ia_calibrate_method))) != IA_OK)
        goto done;
    if (state.calibration.verdict != IA_CALIBRATED)
        st = ia_fail(cli->ctx, IA_ERR_UNSUPPORTED, "%s: %s", input,
                     state.calibration.reason);
    else if ((st = cli_plot(cli, &state, &chain, "calibration")) == IA_OK)
        st = write(cli, &state, &chain);
    // What was found in what cannot be calibrated is told, too.
    if (st == IA_OK || state.calibration.verdict != IA_CALIBRATED) {
        const ia_step_record *step = ia_chain_find(&chain, "calibrate");
        ia_status shown = cli_show(cli, &(ia_json_part){NULL, &step->result}, 1);
        st = st == IA_OK ? shown : st;
    }
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_calibrate(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, calibrate);
}
