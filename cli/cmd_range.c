// cli/cmd_range.c: ranges found without an operator, as a range file has them, or edited.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A table of a step as a result of its own, borrowed; empty where there is none.
static ia_result view(const ia_chain *chain, const char *method, const char *name)
{
    const ia_step_record *step = ia_chain_find(chain, method);
    for (size_t i = 0; step && i < step->result.n; i++)
        if (strcmp(step->result.tables[i].name, name) == 0)
            return (ia_result){1, &step->result.tables[i]};
    return (ia_result){0};
}

static ia_status show(cli_job *cli, const ia_chain *chain)
{
    // Later parts replace tables of the same name: ranges with their background last.
    static const char *const steps[] = {"identify",   "autorange",     "range",
                                        "deconvolve", "mixture",       "composition",
                                        "agreement",  "charge_states", "limits"};
    ia_result ranges = view(chain, "deconvolve", "ranges");
    if (ranges.n == 0)
        ranges = view(chain, "background", "ranges");
    ia_result edits = view(chain, "range", "edits");
    ia_result decisions = view(chain, "identify", "decisions");
    ia_json_part parts[16];
    size_t n = 0;
    for (size_t i = 0; cli->json && i < sizeof steps / sizeof *steps; i++) {
        const ia_step_record *step = ia_chain_find(chain, steps[i]);
        if (step)
            parts[n++] = (ia_json_part){NULL, &step->result};
    }
    const ia_step_record *dead = ia_chain_find(chain, "dead_time");
    if (cli->json && dead)
        parts[n++] = (ia_json_part){"dead_time", &dead->result};
    if (!cli->json && cli->compare_rules)
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "autorange")->result};
    if (!cli->json && cli->agreement)
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "agreement")->result};
    if (!cli->json && ia_chain_find(chain, "mixture"))
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "mixture")->result};
    if (!cli->json && edits.n > 0)
        parts[n++] = (ia_json_part){NULL, &edits};
    parts[n++] = (ia_json_part){NULL, &ranges};
    if (!cli->json)
        parts[n++] = (ia_json_part){NULL, &ia_chain_find(chain, "composition")->result};
    if (!cli->json && decisions.n > 0)
        parts[n++] = (ia_json_part){NULL, &decisions};
    const ia_result *charges = cli_charges(chain);
    if (!cli->json && charges)
        parts[n++] = (ia_json_part){NULL, charges};
    const ia_result *limits = cli_limits(cli, chain);
    if (!cli->json && limits)
        parts[n++] = (ia_json_part){NULL, limits};
    return cli_show(cli, parts, n);
}

static ia_status check_output(cli_job *cli)
{
    return cli_names_record(cli->output) ? cli_record_check(cli)
                                         : cli_spare(cli, cli->output);
}

static ia_status write_output(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    if (!cli->output || cli_names_record(cli->output))
        return cli_record_write(cli, state, chain, NULL);
    return ia_ranges_write(cli->ctx, &state->ranges, NULL, cli->output);
}

// Files of --ranges, parted by commas, as those of people who are compared.
static ia_status load_people(cli_job *cli, const char *list, ia_state *state)
{
    ia_status st = IA_OK;
    for (const char *at = list; at && *at && st == IA_OK;) {
        size_t n = strcspn(at, ",");
        char *path = ia_textf(cli->ctx, "%.*s", (int)n, at);
        if (state->n_people == IA_PEOPLE_MAX)
            st = ia_fail(cli->ctx, IA_ERR_PARAM, "--ranges: more than %d files",
                         (int)IA_PEOPLE_MAX);
        else
            st = path ? ia_source_open(cli->ctx, path, &state->people[state->n_people])
                      : IA_ERR_MEMORY;
        state->n_people += st == IA_OK;
        free(path);
        at += n + (at[n] == ',');
    }
    return st;
}

// With --agreement the files of --ranges are people's, and the ranges in use are found.
static ia_status load(cli_job *cli, const char *input, ia_state *state)
{
    const char *list = cli->ranges;
    if (!cli->agreement)
        return cli_load(cli, input, state);
    cli->ranges = NULL;
    ia_status st = cli_load(cli, input, state);
    cli->ranges = list;
    return st == IA_OK ? load_people(cli, list, state) : st;
}

static ia_status agree(cli_job *cli, ia_chain *chain, ia_state *state)
{
    if (!cli->agreement)
        return IA_OK;
    return ia_chain_run(cli->ctx, chain, state, "agreement",
                        cli_params(cli, &ia_agreement_method));
}

static ia_status mix(cli_job *cli, ia_chain *chain, ia_state *state)
{
    const ia_ion_mixture_params *params = cli_params(cli, &ia_ion_mixture_method);
    ia_status st;
    if (!cli->mixture && !cli->posterior && !(params->local > 0))
        return IA_OK;
    if ((st = ia_chain_run(cli->ctx, chain, state, "mixture", params)) != IA_OK ||
        !cli->posterior)
        return st;
    ia_column chances = ia_ion_mixture_column(&state->mixture_source);
    return ia_npy_write(cli->ctx, &chances, cli->posterior);
}

static ia_status range_ions(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = check_output(cli)) == IA_OK &&
        (st = cli_spare_npy(cli, cli->posterior)) == IA_OK &&
        (st = cli_plot_check(cli, "spectrum")) == IA_OK &&
        (st = load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = agree(cli, &chain, &state)) == IA_OK &&
        (st = mix(cli, &chain, &state)) == IA_OK &&
        (st = write_output(cli, &state, &chain)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, "spectrum")) == IA_OK)
        st = show(cli, &chain);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status show_file(cli_job *cli, const char *input, const ia_ranges *ranges,
                           const ia_result *edits)
{
    ia_result files = {0}, list = {0};
    ia_table *table = ia_result_add(cli->ctx, &files, "files", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK && cli->json &&
        ((st = ia_table_add_text(cli->ctx, table, "input", input)) != IA_OK ||
         (st = ia_table_add_text(cli->ctx, table, "sha256", ranges->sha256)) != IA_OK))
        goto done;
    if (st == IA_OK && (st = ia_ranges_tables(cli->ctx, ranges, &list)) == IA_OK) {
        ia_json_part parts[3];
        size_t n = 0;
        if (cli->json)
            parts[n++] = (ia_json_part){NULL, &files};
        if (edits->n > 0)
            parts[n++] = (ia_json_part){NULL, edits};
        parts[n++] = (ia_json_part){NULL, &list};
        st = cli_show(cli, parts, n);
    }
done:
    ia_result_clear(&files);
    ia_result_clear(&list);
    return st;
}

// A range file alone: listed, edited, written.
static ia_status range_file(cli_job *cli, const char *input, const ia_source *source)
{
    const ia_range_params *params = cli_params(cli, &ia_range_method);
    ia_ranges ranges = {0};
    ia_result edits = {0};
    ia_status st;
    if (cli->ranges || cli->plot || cli_names_record(cli->output))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "%s: is a range file; %s needs ions: give a file of these", input,
                       cli->ranges ? "--ranges"
                       : cli->plot ? "--plot"
                                   : cli->output);
    if ((st = cli_spare(cli, cli->output)) == IA_OK &&
        (st = ia_ranges_parse_source(cli->ctx, source, &ranges)) == IA_OK &&
        (st = ia_ranges_edit(cli->ctx, params->edits, &ranges, &edits)) == IA_OK &&
        (!cli->output ||
         (st = ia_ranges_write(cli->ctx, &ranges, NULL, cli->output)) == IA_OK))
        st = show_file(cli, input, &ranges, &edits);
    ia_ranges_clear(&ranges);
    ia_result_clear(&edits);
    return st;
}

static ia_status range(cli_job *cli, const char *input)
{
    ia_source source = {0};
    ia_status st;
    if (strcmp(input, "-") == 0 || ia_project_is(input))
        return range_ions(cli, input);
    if ((st = ia_source_open(cli->ctx, input, &source)) != IA_OK)
        return st;
    st = ia_source_is_ranges(&source) ? range_file(cli, input, &source)
                                      : range_ions(cli, input);
    ia_source_clear(&source);
    return st;
}

int cmd_range(cli_job *cli)
{
    ia_range_params *params = cli_params(cli, &ia_range_method);
    bool found = cli->compare_rules || cli->agreement;
    if (found && (params->source == IA_RANGES_FILE || (cli->ranges && !cli->agreement)))
        return cli_misused(cli, "compares rules and settings of ranges that it finds: "
                                "without --source file, rules without --ranges too");
    if (found)
        params->source = IA_RANGES_AUTO;
    if (cli->compare)
        return cmd_range_compare(cli);
    if ((cli->output || cli->posterior) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o or --posterior names a file");
    return cli_each(cli, range);
}
