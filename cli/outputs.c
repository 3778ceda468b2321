// cli/outputs.c: where results go, and what is not overwritten unasked.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool cli_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
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

ia_status cli_spare(cli_job *cli, const char *output)
{
    struct stat info;
    if (!output || strcmp(output, "-") == 0)
        return IA_OK;
    ia_status st = cli_check_output(cli, output);
    if (st != IA_OK || cli->force || stat(output, &info) != 0)
        return st;
    return ia_fail(cli->ctx, IA_ERR_PARAM, "%s: is there already; --force replaces it",
                   output);
}

ia_status cli_plot(cli_job *cli, const ia_state *state, const ia_chain *chain,
                   const char *figure)
{
    return cli->plot ? ia_plot(cli->ctx, state, chain, figure, cli->plot) : IA_OK;
}

// Room for one "figure=file" of a list.
enum { PLOT_MAX = 1024 };

static ia_status plot_one(cli_job *cli, const ia_state *state, const ia_chain *chain,
                          const char *text, size_t n)
{
    char figure[PLOT_MAX] = "";
    memcpy(figure, text, n < PLOT_MAX ? n : PLOT_MAX - 1);
    char *file = strchr(figure, '=');
    if (!file || n >= PLOT_MAX)
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "--plot %.*s: FIGURE=FILE was expected, such as spectrum=s.svg",
                       (int)n, text);
    *file++ = '\0';
    ia_status st = cli_spare(cli, file);
    return st == IA_OK ? ia_plot(cli->ctx, state, chain, figure, file) : st;
}

ia_status cli_plot_list(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    const char *at = cli->plot ? cli->plot : "";
    ia_status st = IA_OK;
    while (*at && st == IA_OK) {
        size_t n = strcspn(at, ",");
        st = plot_one(cli, state, chain, at, n);
        at += n + (at[n] == ',');
    }
    return st;
}
