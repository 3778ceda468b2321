// cli/cmd_convert.c: ions or ranges of one file written in another format.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>

// Where an input goes: the file named by -o, or a file of its own in the folder named by
// it.
static char *output_of(cli_job *cli, const char *input)
{
    if (!cli_is_folder(cli->output))
        return ia_text(cli->ctx, cli->output);
    char *stem = cli_stem(cli, input);
    char *path = NULL;
    if (stem)
        path = ia_textf(cli->ctx, "%s/%s.%s", cli->output, stem,
                        cli->format && strcmp(cli->format, "fig") == 0 ? "fig.txt"
                                                                       : cli->format);
    free(stem);
    return path;
}

static ia_status convert_ranges(cli_job *cli, const char *input, const char *output)
{
    ia_ranges ranges = {0};
    const ia_format *format = cli->format ? ia_format_find(cli->format) : NULL;
    ia_status st = ia_ranges_read(cli->ctx, input, &ranges);
    if (st == IA_OK)
        st = ia_ranges_write(cli->ctx, &ranges, format, output);
    ia_ranges_clear(&ranges);
    return st;
}

static bool is_project(const cli_job *cli, const char *output)
{
    size_t n = strlen(output);
    if (cli->format)
        return strcmp(cli->format, "nxs") == 0;
    return n > 4 && strcmp(output + n - 4, ".nxs") == 0;
}

static ia_status convert_ions(cli_job *cli, const char *input, const char *output)
{
    ia_state state = {0};
    ia_chain chain = {0};
    const ia_format *format = cli->format ? ia_format_find(cli->format) : NULL;
    ia_status st;
    if ((st = cli_read(cli, input, &chain, &state)) == IA_OK) {
        if (is_project(cli, output))
            st = ia_project_write(cli->ctx, output, &state, &chain, NULL, cli->force);
        else
            st = ia_ions_write(cli->ctx, &state.ions, format,
                               cli_params(cli, &ia_write_method), output);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

// A file may hold ranges beside its ions: the format asked for tells which are meant.
static bool wants_ranges(const cli_job *cli, const ia_source *source)
{
    const ia_format *to =
        cli->format ? ia_format_find(cli->format) : ia_format_for(cli->output, true);
    if (ia_source_is_ranges(source))
        return true;
    return to && to->write_ranges && !to->write_ions && ia_format_of(source, true);
}

static ia_status convert(cli_job *cli, const char *input)
{
    ia_source source = {0};
    ia_status st = ia_source_open(cli->ctx, input, &source);
    if (st != IA_OK)
        return st;
    bool ranges = wants_ranges(cli, &source);
    ia_source_clear(&source);

    char *output = output_of(cli, input);
    st = output ? cli_spare(cli, output) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ranges ? convert_ranges(cli, input, output)
                    : convert_ions(cli, input, output);
    free(output);
    return st;
}

int cmd_convert(cli_job *cli)
{
    if (!cli->output)
        return cli_misused(cli, "needs -o: a file, or a folder with --format");
    if (cli->format && !ia_format_find(cli->format))
        return cli_misused(
            cli,
            "knows no such --format (pos, epos, apt, csv, tsv, nxs, rrng, rng, fig)");
    if (cli_is_folder(cli->output) && !cli->format)
        return cli_misused(cli, "needs --format when -o is a folder");
    if (cli->n_inputs > 1 && !cli_is_folder(cli->output))
        return cli_misused(cli, "needs a folder as -o for several inputs");
    return cli_each(cli, convert);
}
