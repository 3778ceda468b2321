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

int cli_each(cli_job *cli, ia_status (*one)(cli_job *cli, const char *input))
{
    bool several = cli->n_inputs > 1;
    size_t n_failed = 0;
    if (several && cli->json)
        puts("{\"files\": [");
    for (size_t i = 0; i < cli->n_inputs; i++) {
        if (several && cli->json && i > 0)
            puts(",");
        else if (several && !cli->json)
            printf("%s# %s\n", i > 0 ? "\n" : "", cli->inputs[i]);
        ia_status st = one(cli, cli->inputs[i]);
        n_failed += st != IA_OK;
        if (st != IA_OK && several && cli->json)
            show_failure(cli, cli->inputs[i], ia_ctx_message(cli->ctx));
        if (st == IA_CANCELLED)
            break;
        ia_ctx_reset(cli->ctx);
    }
    if (several && cli->json)
        puts("]}");
    if (several && n_failed > 0)
        fprintf(stderr, "ionatlas: %zu of %zu inputs failed\n", n_failed, cli->n_inputs);
    return n_failed > 0 ? CLI_FAILED : CLI_DONE;
}

char *cli_stem(cli_job *cli, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ia_text(cli->ctx, slash ? slash + 1 : path);
    char *dot = stem ? strrchr(stem, '.') : NULL;
    if (dot && dot != stem)
        *dot = '\0';
    return stem;
}

ia_status cli_load(cli_job *cli, const char *input, ia_state *state)
{
    ia_status st = ia_project_is(input) ? ia_project_load(cli->ctx, input, state)
                                        : ia_ions_read(cli->ctx, input, &state->ions);
    if (st != IA_OK || !cli->ranges)
        return st;
    ia_source_clear(&state->ranges_file);
    return ia_source_open(cli->ctx, cli->ranges, &state->ranges_file);
}
