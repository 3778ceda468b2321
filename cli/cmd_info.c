// cli/cmd_info.c: what a file holds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

static ia_status show(cli_job *cli, const char *input, const ia_result *read)
{
    ia_result file = {0};
    ia_table *table = ia_result_add(cli->ctx, &file, "file", IA_SCALARS, 1);
    ia_status st =
        table ? ia_table_add_text(cli->ctx, table, "input", input) : IA_ERR_MEMORY;
    ia_json_part parts[] = {{NULL, &file}, {NULL, read}};
    if (st == IA_OK)
        st = cli->json ? cli_show(cli, parts, 2) : cli_show(cli, &parts[1], 1);
    ia_result_clear(&file);
    return st;
}

static ia_status info_ions(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_load(cli, input, &state)) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) == IA_OK)
        st = show(cli, input, &chain.steps[0].result);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status add_ranges(ia_ctx *ctx, const ia_ranges *ranges, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "ranges", IA_ROWS, ranges->n_ranges);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    double *lo = ion ? ia_table_add(ctx, table, "lo_da", IA_F64) : NULL;
    double *hi = lo ? ia_table_add(ctx, table, "hi_da", IA_F64) : NULL;
    if (!hi)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *range = &ranges->ranges[i];
        if (!(ion[i] = ia_text(ctx, ranges->ions[range->ion].name)))
            return IA_ERR_MEMORY;
        lo[i] = range->lo;
        hi[i] = range->hi;
    }
    return IA_OK;
}

static ia_status info_ranges(cli_job *cli, const char *input)
{
    ia_ranges ranges = {0};
    ia_result result = {0};
    ia_ctx *ctx = cli->ctx;
    ia_status st = ia_ranges_read(ctx, input, &ranges);
    ia_table *table =
        st == IA_OK ? ia_result_add(ctx, &result, "file", IA_SCALARS, 1) : NULL;
    if (st == IA_OK && !table)
        st = IA_ERR_MEMORY;
    if (st == IA_OK &&
        (st = ia_table_add_text(ctx, table, "format", ranges.format)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "n_ions", ranges.n_ions_written)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "n_ranges", ranges.n_ranges_written)) ==
            IA_OK &&
        (st = ia_table_add_text(ctx, table, "sha256", ranges.sha256)) == IA_OK &&
        (st = add_ranges(ctx, &ranges, &result)) == IA_OK)
        st = show(cli, input, &result);
    ia_result_clear(&result);
    ia_ranges_clear(&ranges);
    return st;
}

static ia_status info(cli_job *cli, const char *input)
{
    ia_source source = {0};
    ia_status st = ia_source_open(cli->ctx, input, &source);
    if (st != IA_OK)
        return st;
    bool ranges = ia_source_is_ranges(&source);
    ia_source_clear(&source);
    return ranges ? info_ranges(cli, input) : info_ions(cli, input);
}

int cmd_info(cli_job *cli)
{
    return cli_each(cli, info);
}
