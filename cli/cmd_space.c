// cli/cmd_space.c: how ions of a species lie, against shuffled labels: one step behind
// the composition.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <math.h>
#include <stdlib.h>

// A row for each ion of the file, those left out too.
static ia_status write_posterior(cli_job *cli, const ia_state *state)
{
    static const float none = NAN;
    ia_knn_input input = {&state->ions, &state->ranges, &state->ranger,
                          &state->composition};
    void *spread = NULL;
    size_t n = 0;
    float *chances = ia_array(cli->ctx, state->ions.n, sizeof *chances);
    ia_status st = chances ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_knn_posterior(cli->ctx, &input, &state->knn, chances);
    if (st == IA_OK)
        st = ia_ions_spread_words(cli->ctx, &state->ions, chances, &none, &spread, &n);
    ia_column column = ia_column_of(IA_F32, 1, n, spread);
    if (st == IA_OK)
        st = ia_npy_write(cli->ctx, &column, cli->posterior);
    free(spread);
    free(chances);
    return st == IA_OK ? cli_wrote(cli, cli->posterior) : st;
}

// The step of this method, and its figure.
static ia_status run(cli_job *cli, const char *input, const ia_method *method)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, cli->sensitivity ? "sensitivity" : method->name)) !=
            IA_OK ||
        (st = cli_spare_npy(cli, cli->posterior)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) != IA_OK ||
        (st = cli_need_solute(cli, &state, method, "from")) != IA_OK)
        goto done;
    if (cli->sensitivity) {
        st = cli_vary(cli, &state, &chain, method);
        goto done;
    }
    if ((st = ia_chain_run(cli->ctx, &chain, &state, method->name,
                           cli_params(cli, method))) != IA_OK ||
        (cli->posterior && (st = write_posterior(cli, &state)) != IA_OK) ||
        (st = cli_record_write(cli, &state, &chain, NULL)) != IA_OK ||
        (st = cli_plot(cli, &state, &chain, method->name)) != IA_OK)
        goto done;
    st = cli_show(cli,
                  &(ia_json_part){NULL, &ia_chain_find(&chain, method->name)->result}, 1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static int each(cli_job *cli, cli_one one)
{
    if (cli->sensitivity && (cli->output || cli->posterior))
        return cli_misused(cli, "--sensitivity only prints");
    if ((cli->output || cli->posterior) && cli->n_inputs > 1)
        return cli_misused(cli, cli->output
                                    ? "takes one input when -o names a file"
                                    : "writes --posterior for one input at a time");
    return cli_each(cli, one);
}

static ia_status knn(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_knn_method);
}

int cmd_knn(cli_job *cli)
{
    return each(cli, knn);
}

static ia_status rdf(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_rdf_method);
}

int cmd_rdf(cli_job *cli)
{
    return each(cli, rdf);
}

static ia_status frequency(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_frequency_method);
}

int cmd_frequency(cli_job *cli)
{
    return each(cli, frequency);
}

static ia_status correlation(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_correlation_method);
}

int cmd_correlation(cli_job *cli)
{
    return each(cli, correlation);
}
