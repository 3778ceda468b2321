// cli/cmd_analyze.c: from a file of ions to a project, a report and a summary.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

// One input's way through the analysis.
typedef struct {
    ia_state state;
    ia_chain chain;
    ia_meta meta;
    char *project, *report; // paths
    double project_seconds, report_seconds;
} analysis;

static void clear(analysis *a)
{
    ia_chain_clear(&a->chain);
    ia_state_clear(&a->state);
    ia_meta_clear(&a->meta);
    free(a->project);
    free(a->report);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcasecmp(text + n - n_end, end) == 0;
}

// <stem>.nxs and .html in the working folder; -o names another folder, or the project
// itself. A project that is analysed again gains steps in its place.
static ia_status name_outputs(cli_job *cli, const char *input, analysis *a)
{
    const char *to = cli->output;
    char *stem = cli_stem(cli, input);
    ia_status st = stem ? IA_OK : IA_ERR_MEMORY;
    bool folder = to && cli_is_folder(to);
    if (st == IA_OK && to && !folder && (!ends_with(to, ".nxs") || cli->n_inputs > 1))
        st = ia_fail(cli->ctx, IA_ERR_PARAM, "-o %s: a folder%s was expected", to,
                     cli->n_inputs > 1 ? "" : " or the name of a project (.nxs)");
    if (st != IA_OK)
        goto done;
    if (to && !folder)
        a->project = ia_text(cli->ctx, to);
    else if (!to && ia_project_is(input))
        a->project = ia_text(cli->ctx, input);
    else if (strcmp(input, "-") == 0)
        a->project =
            ia_textf(cli->ctx, "%s%sstdin.nxs", folder ? to : "", folder ? "/" : "");
    else
        a->project =
            ia_textf(cli->ctx, "%s%s%s.nxs", folder ? to : "", folder ? "/" : "", stem);
    if (a->project)
        a->report =
            ia_textf(cli->ctx, "%.*s.html", (int)(strlen(a->project) - 4), a->project);
    st = a->report ? IA_OK : IA_ERR_MEMORY;
done:
    free(stem);
    return st;
}

static ia_status add_seconds(cli_job *cli, const analysis *a, ia_result *result)
{
    ia_table *table = ia_result_add(cli->ctx, result, "seconds", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < a->chain.n && st == IA_OK; i++)
        st = ia_table_add_f64(cli->ctx, table, a->chain.steps[i].kind->method->name,
                              a->chain.steps[i].seconds);
    if (st == IA_OK)
        st = ia_table_add_f64(cli->ctx, table, "project", a->project_seconds);
    if (st == IA_OK)
        st = ia_table_add_f64(cli->ctx, table, "report", a->report_seconds);
    return st;
}

// One table of a step as a result of its own, borrowed; empty where there is none.
static ia_result view(const analysis *a, const char *method, const char *name)
{
    const ia_step_record *step = ia_chain_find(&a->chain, method);
    for (size_t i = 0; step && i < step->result.n; i++)
        if (strcmp(step->result.tables[i].name, name) == 0)
            return (ia_result){1, &step->result.tables[i]};
    return (ia_result){0};
}

static ia_status show_json(cli_job *cli, const analysis *a, const ia_result *files,
                           const ia_result *seconds)
{
    // The range object holds the composition too; both stand under their own names as
    // well.
    static const char *const parts_of[][2] = {{"read", "info"},
                                              {"detector", "detector"},
                                              {"identify", "range"},
                                              {"range", "range"},
                                              {"deconvolve", "deconvolve"},
                                              {"composition", "range"},
                                              {"composition", "composition"},
                                              {"limits", NULL},
                                              {"charge_states", "range"},
                                              {"dead_time", "dead_time"},
                                              {"multihit", "multihit"},
                                              {"knn", "knn"},
                                              {"cluster", "cluster"},
                                              {"quality", NULL}};
    ia_result ranges = view(a, "deconvolve", "ranges");
    if (ranges.n == 0)
        ranges = view(a, "background", "ranges");
    ia_result background = view(a, "background", "background");
    ia_json_part parts[24];
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts_of / sizeof parts_of[0]; i++) {
        const ia_step_record *step = ia_chain_find(&a->chain, parts_of[i][0]);
        if (step)
            parts[n++] = (ia_json_part){parts_of[i][1], &step->result};
    }
    if (ranges.n > 0) // with the background's share
        parts[n++] = (ia_json_part){"range", &ranges};
    if (background.n > 0)
        parts[n++] = (ia_json_part){"background", &background};
    parts[n++] = (ia_json_part){NULL, files};
    parts[n++] = (ia_json_part){"seconds", seconds};
    return cli_show(cli, parts, n);
}

static ia_status show_tables(cli_job *cli, const analysis *a, const ia_result *files)
{
    const ia_step_record *composition = ia_chain_find(&a->chain, "composition");
    ia_result clusters = view(a, "cluster", "clustering"),
              tests = view(a, "cluster", "tests"),
              quality = view(a, "quality", "quality");
    const ia_result *limits = cli_limits(cli, &a->chain);
    ia_json_part parts[6] = {{NULL, files}};
    size_t n = 1;
    if (composition)
        parts[n++] = (ia_json_part){NULL, &composition->result};
    if (limits)
        parts[n++] = (ia_json_part){NULL, limits};
    if (clusters.n > 0)
        parts[n++] = (ia_json_part){NULL, &clusters};
    if (tests.n > 0 && tests.tables[0].n_rows > 0)
        parts[n++] = (ia_json_part){NULL, &tests};
    if (quality.n > 0)
        parts[n++] = (ia_json_part){NULL, &quality};
    return cli_show(cli, parts, n);
}

static ia_status summarise(cli_job *cli, const char *input, const analysis *a)
{
    ia_result files = {0}, seconds = {0};
    ia_status st;
    ia_table *table = ia_result_add(cli->ctx, &files, "files", IA_SCALARS, 1);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(cli->ctx, table, "input", input)) == IA_OK &&
        (st = ia_table_add_u64(cli->ctx, table, "n_ions", a->state.ions.n)) == IA_OK &&
        (st = ia_table_add_text(cli->ctx, table, "project", a->project)) == IA_OK &&
        (st = ia_table_add_text(cli->ctx, table, "report", a->report)) == IA_OK &&
        (st = add_seconds(cli, a, &seconds)) == IA_OK)
        st =
            cli->json ? show_json(cli, a, &files, &seconds) : show_tables(cli, a, &files);
    ia_result_clear(&files);
    ia_result_clear(&seconds);
    return st;
}

// Before the work: what could not be written, or must not be written over. A project that
// is an input gains steps.
static ia_status check_outputs(cli_job *cli, const analysis *a)
{
    struct stat info;
    bool gains = ia_project_is(a->project) && !cli_was_written(cli, a->project);
    ia_status st = gains ? IA_OK : cli_check_output(cli, a->project);
    if (st == IA_OK)
        st = cli_check_output(cli, a->report);
    if (st == IA_OK && !cli->force && stat(a->report, &info) == 0 &&
        !ia_report_is(a->report))
        st = ia_fail(cli->ctx, IA_ERR_PARAM,
                     "%s: is there and no report of this program; --force replaces it",
                     a->report);
    return st == IA_OK ? cli_plot_list_check(cli) : st;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Project, report and figures.
static ia_status write_all(cli_job *cli, analysis *a)
{
    double begin = seconds_now();
    ia_status st = ia_project_write(cli->ctx, a->project, &a->state, &a->chain, &a->meta,
                                    cli->force);
    if (st == IA_OK)
        st = cli_wrote(cli, a->project);
    a->project_seconds = seconds_now() - begin;
    begin = seconds_now();
    if (st == IA_OK)
        st = ia_report_write(cli->ctx, a->report, &a->state, &a->chain, &a->meta);
    if (st == IA_OK)
        st = cli_wrote(cli, a->report);
    a->report_seconds = seconds_now() - begin;
    return st == IA_OK ? cli_plot_list(cli, &a->state, &a->chain) : st;
}

static ia_status analyze(cli_job *cli, const char *input)
{
    analysis a = {0};
    ia_status st;
    if ((st = name_outputs(cli, input, &a)) != IA_OK ||
        (st = check_outputs(cli, &a)) != IA_OK ||
        (cli->meta && (st = ia_meta_read(cli->ctx, cli->meta, &a.meta)) != IA_OK) ||
        (st = cli_load(cli, input, &a.state)) != IA_OK ||
        (st = cli_run(cli, &a.chain, &a.state, IA_TO_END)) != IA_OK ||
        (st = write_all(cli, &a)) != IA_OK)
        goto done;
    st = summarise(cli, input, &a);
done:
    clear(&a);
    return st;
}

int cmd_analyze(cli_job *cli)
{
    return cli_each(cli, analyze);
}
