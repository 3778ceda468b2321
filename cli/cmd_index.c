// cli/cmd_index.c: which poles are which, and how the crystal stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>

static ia_status index_list(cli_job *cli)
{
    ia_source source = {0};
    ia_pole_list list = {0};
    ia_pole *poles = NULL;
    ia_orientation orientation = {0};
    ia_result result = {0};
    ia_status st = ia_source_open(cli->ctx, cli->poles, &source);
    if (st != IA_OK)
        return st;
    ia_ctx_set_subject(cli->ctx, cli->poles);
    st = ia_poles_parse(cli->ctx, (const char *)source.bytes, source.n, &poles, &list.n);
    ia_ctx_set_subject(cli->ctx, NULL);
    list.poles = poles;
    if (st == IA_OK &&
        (st = ia_orientation_compute(cli->ctx, &list,
                                     cli_params(cli, &ia_orientation_method),
                                     &orientation)) == IA_OK &&
        (st = ia_orientation_tables(cli->ctx, &orientation, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_orientation_clear(&orientation);
    free(poles);
    ia_source_clear(&source);
    return st;
}

int cmd_index(cli_job *cli)
{
    if (!cli->poles)
        return cli_misused(cli, "needs --poles FILE.tsv");
    return cli_end(index_list(cli));
}
