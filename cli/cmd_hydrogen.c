// cli/cmd_hydrogen.c: hydrogen and deuterium of a file, against an uncharged specimen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <math.h>
#include <string.h>

// The steps up to the composition, and hydrogen with these parameters.
static ia_status run(cli_job *cli, const char *input, const ia_hydrogen_params *params,
                     ia_chain *chain, ia_state *state)
{
    ia_status st;
    if ((st = cli_load(cli, input, state)) != IA_OK ||
        (st = cli_run(cli, chain, state, IA_TO_COMPOSITION)) != IA_OK)
        return st;
    return ia_chain_run(cli->ctx, chain, state, "hydrogen", params);
}

// What the uncharged specimen has becomes parameters, so that the record needs no file.
static ia_status take_reference(cli_job *cli, ia_hydrogen_params *params)
{
    ia_hydrogen_params plain = ia_hydrogen_defaults();
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st = IA_OK;
    if (*params->reference && params->reference_h < 0 && params->reference_m2 < 0) {
        plain.scale_error = params->scale_error;
        st = run(cli, params->reference, &plain, &chain, &state);
        const ia_hydrogen *h = &state.hydrogen;
        if (st == IA_OK && !h->peaks[0].is_detected)
            st = ia_fail(cli->ctx, IA_ERR_EMPTY,
                         "%s: has no H+ at 1 Da: no reference for hydrogen",
                         params->reference);
        if (st == IA_OK) {
            params->reference_h = h->h_per_ion;
            params->reference_h_sigma = h->sigma_h_per_ion;
            params->reference_m2 = fmax(0, h->peaks[1].per_h);
            params->reference_m2_sigma = h->peaks[1].sigma_per_h;
            params->reference_m3 = fmax(0, h->peaks[2].per_h);
            params->reference_m3_sigma = h->peaks[2].sigma_per_h;
        }
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status load_meta(cli_job *cli, const char *input, ia_meta *meta)
{
    if (cli->meta)
        return ia_meta_read(cli->ctx, cli->meta, meta);
    if (strcmp(input, "-") != 0 && ia_project_is(input))
        return ia_project_meta(cli->ctx, input, meta);
    return IA_OK;
}

static ia_status hydrogen(cli_job *cli, const char *input)
{
    ia_hydrogen_params params =
        *(const ia_hydrogen_params *)cli_params(cli, &ia_hydrogen_method);
    ia_state state = {0};
    ia_chain chain = {0};
    ia_meta meta = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = load_meta(cli, input, &meta)) != IA_OK ||
        (st = take_reference(cli, &params)) != IA_OK)
        goto done;
    if ((st = cli_load(cli, input, &state)) != IA_OK)
        goto done;
    state.meta = &meta;
    if ((st = cli_run(cli, &chain, &state, cli_reach(cli))) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "hydrogen", &params)) != IA_OK ||
        (st = cli_record_write(cli, &state, &chain, &meta)) != IA_OK)
        goto done;
    st = cli_show(cli, &(ia_json_part){NULL, &ia_chain_find(&chain, "hydrogen")->result},
                  1);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_meta_clear(&meta);
    return st;
}

int cmd_hydrogen(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, hydrogen);
}
