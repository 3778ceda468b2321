// cli/outputs.c: where results go, and what is not overwritten unasked.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

static bool ends_with(const char *path, const char *end)
{
    size_t n = path ? strlen(path) : 0, n_end = strlen(end);
    return n > n_end && strcasecmp(path + n - n_end, end) == 0;
}

ia_status cli_spare_npy(cli_job *cli, const char *output)
{
    if (output && strcmp(output, "-") != 0 && !ends_with(output, ".npy"))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "%s: written as NPY, one array of numbers: the name has to end "
                       "with .npy",
                       output);
    return cli_spare(cli, output);
}

bool cli_names_record(const char *path)
{
    return ends_with(path, ".nxs") || ends_with(path, ".html");
}

ia_analysis_end cli_reach(const cli_job *cli)
{
    return cli_names_record(cli->output) ? IA_TO_RECORD : IA_TO_COMPOSITION;
}

ia_status cli_record_check(cli_job *cli)
{
    const char *to = cli->output;
    if (!to)
        return IA_OK;
    if (!cli_names_record(to))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "-o %s: the name of a project (.nxs) or of a report (.html) was "
                       "expected",
                       to);
    bool gains = ends_with(to, ".nxs") && ia_project_is(to) && !cli_was_written(cli, to);
    bool is_ours = ends_with(to, ".html") && ia_report_is(to);
    return gains || is_ours ? cli_check_output(cli, to) : cli_spare(cli, to);
}

ia_status cli_record_write(cli_job *cli, const ia_state *state, const ia_chain *chain,
                           const ia_meta *meta)
{
    const char *to = cli->output;
    const ia_meta none = {0};
    if (!to)
        return IA_OK;
    ia_status st = ends_with(to, ".html")
                       ? ia_report_write(cli->ctx, to, state, chain, meta ? meta : &none)
                       : ia_project_write(cli->ctx, to, state, chain, meta, cli->force);
    return st == IA_OK ? cli_wrote(cli, to) : st;
}

// "figure=file,...": a word and a sign of equality; "./a=b.png" is a file.
static bool is_list(const char *plot)
{
    size_t n = strspn(plot, "abcdefghijklmnopqrstuvwxyz-_");
    return n > 0 && plot[n] == '=';
}

bool cli_plot_is_list(const cli_job *cli)
{
    return cli->plot && is_list(cli->plot);
}

// A file whose name goes on like a list was to be the first of a list.
static bool is_half_a_list(const char *plot)
{
    const char *comma = strchr(plot, ',');
    return comma && is_list(comma + 1);
}

ia_status cli_plot_check(cli_job *cli, const char *figure)
{
    if (!cli->plot)
        return IA_OK;
    if (cli_plot_is_list(cli))
        return cli_plot_list_check(cli);
    if (is_half_a_list(cli->plot))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "--plot %s: FIGURE=FILE was expected of each, such as %s=%s",
                       cli->plot, figure, cli->plot);
    ia_status st = ia_plot_check(cli->ctx, figure, cli->plot);
    return st == IA_OK ? cli_spare(cli, cli->plot) : st;
}

ia_status cli_plot(cli_job *cli, const ia_state *state, const ia_chain *chain,
                   const char *figure)
{
    if (!cli->plot)
        return IA_OK;
    if (cli_plot_is_list(cli))
        return cli_plot_list(cli, state, chain);
    ia_status st = ia_plot(cli->ctx, state, chain, figure, cli->plot);
    return st == IA_OK ? cli_wrote(cli, cli->plot) : st;
}

// Room for one "figure=file" of a list.
enum { PLOT_MAX = 1024 };

// The next of the list, its name and file cut apart in `room`; *at moves on.
static ia_status next_plot(cli_job *cli, const char **at, char room[PLOT_MAX],
                           const char **file)
{
    size_t n = strcspn(*at, ",");
    memset(room, 0, PLOT_MAX);
    memcpy(room, *at, n < PLOT_MAX ? n : PLOT_MAX - 1);
    char *cut = strchr(room, '=');
    if (!cut || n >= PLOT_MAX)
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "--plot %.*s: FIGURE=FILE was expected, such as spectrum=s.svg",
                       (int)n, *at);
    *cut = '\0';
    *file = cut + 1;
    *at += n + ((*at)[n] == ',');
    return IA_OK;
}

ia_status cli_plot_list_check(cli_job *cli)
{
    const char *at = cli->plot ? cli->plot : "", *file = NULL;
    char figure[PLOT_MAX];
    ia_status st = IA_OK;
    while (*at && st == IA_OK)
        if ((st = next_plot(cli, &at, figure, &file)) == IA_OK &&
            (st = ia_plot_check(cli->ctx, figure, file)) == IA_OK)
            st = cli_spare(cli, file);
    return st;
}

// A figure that has nothing to show is told, and the others are drawn.
ia_status cli_plot_list(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    const char *at = cli->plot ? cli->plot : "", *file = NULL;
    char figure[PLOT_MAX];
    ia_status st = IA_OK;
    while (*at && st == IA_OK) {
        if ((st = next_plot(cli, &at, figure, &file)) != IA_OK)
            return st;
        if ((st = ia_plot(cli->ctx, state, chain, figure, file)) == IA_OK)
            st = cli_wrote(cli, file);
        if (st == IA_ERR_EMPTY) // its sentence is on stderr
            st = IA_OK;
    }
    return st;
}

ia_status cli_grid_check(cli_job *cli)
{
    ia_status st = cli_spare(cli, cli->grid);
    return st == IA_OK ? cli_spare(cli, cli->grid_errors) : st;
}

ia_status cli_grid_write(cli_job *cli, const ia_state *state)
{
    const ia_volume *v = &state->volume;
    ia_status st = IA_OK;
    if (cli->grid && (st = ia_volume_write(cli->ctx, v, cli->grid)) == IA_OK)
        st = cli_wrote(cli, cli->grid);
    if (st == IA_OK && cli->grid_errors &&
        (st = ia_volume_write_errors(cli->ctx, v, cli->grid_errors)) == IA_OK)
        st = cli_wrote(cli, cli->grid_errors);
    return st;
}
