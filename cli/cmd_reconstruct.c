// cli/cmd_reconstruct.c: positions of ions from their hits and voltages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <string.h>
#include <unistd.h>

// A parameter that is a small table may be the name of a file that holds it.
static ia_status read_table(cli_job *cli, const char *what, char text[IA_TABLE_TEXT])
{
    ia_source source = {0};

    if (!text[0] || access(text, R_OK) != 0 || cli_is_folder(text))
        return IA_OK;
    ia_status st = ia_source_open(cli->ctx, text, &source);
    if (st != IA_OK)
        return st;
    if (source.n >= IA_TABLE_TEXT) {
        st = ia_fail(cli->ctx, IA_ERR_PARAM, "--%s %s: %zu bytes, at most %d are read",
                     what, text, source.n, IA_TABLE_TEXT - 1);
    } else {
        memset(text, 0, IA_TABLE_TEXT);
        for (size_t i = 0; i < source.n; i++)
            text[i] = source.bytes[i] == '\n' ? ';' : (char)source.bytes[i];
    }
    ia_source_clear(&source);
    return st;
}

static ia_status check_output(cli_job *cli, const ia_ions *ions)
{
    if (!cli->output || cli_names_record(cli->output))
        return IA_OK;
    return ia_ions_write_check(cli->ctx, ia_ions_columns(ions) | 1u << IA_XYZ, NULL,
                               cli_params(cli, &ia_write_method), cli->output);
}

static ia_status write_output(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    if (!cli->output || cli_names_record(cli->output))
        return cli_record_write(cli, state, chain, NULL);
    ia_status st = ia_ions_write(cli->ctx, &state->ions, NULL,
                                 cli_params(cli, &ia_write_method), cli->output);
    return st == IA_OK ? cli_wrote(cli, cli->output) : st;
}

static ia_status reconstruct(cli_job *cli, const char *input)
{
    ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_names_record(cli->output) ? cli_record_check(cli)
                                            : cli_spare(cli, cli->output)) != IA_OK ||
        (st = read_table(cli, "profile", params->profile)) != IA_OK ||
        (st = read_table(cli, "sections", params->sections)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) != IA_OK ||
        (st = check_output(cli, &state.ions)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "reconstruct", params)) != IA_OK ||
        (st = write_output(cli, &state, &chain)) != IA_OK)
        goto done;
    st = cli_show(
        cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "reconstruct")->result}, 1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_reconstruct(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, reconstruct);
}
