// cli/cmd_spectrum.c: the mass spectrum of a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

int cmd_spectrum(cli_job *cli)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st = cli_plot_check(cli, "spectrum");
    if (st == IA_OK)
        st = cli_read(cli, cli->inputs[0], &chain, &state);
    if (st == IA_OK)
        st = ia_chain_run(cli->ctx, &chain, &state, "spectrum",
                          cli_params(cli, &ia_spectrum_method));
    if (st == IA_OK && cli->plot)
        st = ia_spectrum_plot(cli->ctx, &state.spectrum, cli->plot);
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &chain.steps[chain.n - 1].result}, 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return cli_end(st);
}
