// cli/cmd_cluster.c: clusters of solute ions against the label-shuffled null.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <ionatlas/honest.h>
#include <stdlib.h>
#include <string.h>

// A row for each of the file, those left out too.
static ia_status write_labels(cli_job *cli, const ia_state *state)
{
    int32_t *spread = NULL;
    size_t n = 0;
    ia_status st =
        ia_ions_spread(cli->ctx, &state->ions, state->clustering.labels, -1, &spread, &n);
    ia_column labels = ia_column_of(IA_I32, 1, n, spread);
    if (st == IA_OK)
        st = ia_npy_write(cli->ctx, &labels, cli->labels);
    free(spread);
    return st;
}

// Before the work is done, not after.
static ia_status check_posterior(cli_job *cli)
{
    const ia_cluster_params *params = cli_params(cli, &ia_cluster_method);
    char method[32];
    if (!cli->posterior || ia_cluster_has_probability(params->method))
        return cli_spare_npy(cli, cli->posterior);
    ia_field_write(ia_method_find(&ia_cluster_method, "method"), params, method,
                   sizeof method);
    return ia_fail(cli->ctx, IA_ERR_UNSUPPORTED,
                   "%s gives no probabilities: --posterior needs --method scan or gmm",
                   method);
}

static ia_status write_posterior(cli_job *cli, const ia_state *state)
{
    const ia_clustering *c = &state->clustering;
    size_t n = state->ions.n + state->ions.n_dropped + state->ions.n_outside;
    float *spread = ia_array(cli->ctx, n, sizeof *spread);
    if (!spread)
        return IA_ERR_MEMORY;
    for (size_t row = 0, i = 0; row < n; row++)
        if (!state->ions.kept || ia_is_selected(state->ions.kept, row))
            spread[row] = c->probability[i++];
    ia_column column = ia_column_of(IA_F32, 1, n, spread);
    ia_status st = ia_npy_write(cli->ctx, &column, cli->posterior);
    free(spread);
    return st;
}

static bool is_hdbscan(cli_job *cli)
{
    char method[32];
    ia_field_write(ia_method_find(&ia_cluster_method, "method"),
                   cli_params(cli, &ia_cluster_method), method, sizeof method);
    return strcmp(method, "hdbscan") == 0;
}

static ia_status check_tree(cli_job *cli)
{
    if (cli->tree && !is_hdbscan(cli))
        return ia_fail(
            cli->ctx, IA_ERR_UNSUPPORTED,
            "only HDBSCAN has a condensed tree: --tree needs --method hdbscan");
    return cli_spare_npy(cli, cli->tree);
}

static ia_status write_tree(cli_job *cli, const ia_state *state)
{
    double *rows = NULL;
    size_t n = 0;
    ia_status st = ia_condensed_tree_rows(cli->ctx, &state->clustering.condensed_tree,
                                          &state->ions, &rows, &n);
    if (st == IA_OK) {
        ia_column column = ia_column_of(IA_F64, 4, n, rows);
        st = ia_npy_write(cli->ctx, &column, cli->tree);
    }
    free(rows);
    return st;
}

// What was asked for beside the result.
static ia_status write_files(cli_job *cli, const ia_state *state)
{
    static const struct {
        size_t path;
        ia_status (*write)(cli_job *cli, const ia_state *state);
    } files[] = {{offsetof(cli_job, labels), write_labels},
                 {offsetof(cli_job, posterior), write_posterior},
                 {offsetof(cli_job, tree), write_tree}};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && st == IA_OK; i++) {
        const char *path = *(const char **)(void *)((char *)cli + files[i].path);
        if (path && (st = files[i].write(cli, state)) == IA_OK)
            st = cli_wrote(cli, path);
    }
    return st;
}

// Branches of a condensed tree that are printed; ions never are.
enum { BRANCHES_SHOWN = 4000 };

static ia_status show(cli_job *cli, const ia_state *state, const ia_result *whole)
{
    size_t n = state->clustering.condensed_tree.n_branches;
    ia_table *tables = ia_array(cli->ctx, whole->n, sizeof *tables);
    if (!tables)
        return IA_ERR_MEMORY;
    for (size_t t = 0; t < whole->n; t++) {
        tables[t] = whole->tables[t];
        if (strcmp(tables[t].name, "condensed_tree") == 0)
            tables[t].n_rows = n - 1 < BRANCHES_SHOWN ? n - 1 : BRANCHES_SHOWN;
    }
    if (n > BRANCHES_SHOWN + 1)
        ia_log(
            cli->ctx, IA_LOG_WARN,
            "condensed_tree: the first %d of %zu branches are printed; --tree FILE.npy "
            "and -o FILE.nxs have all of it",
            BRANCHES_SHOWN, n - 1);
    ia_result shown = {whole->n, tables};
    ia_status st = cli_show(cli, &(ia_json_part){NULL, &shown}, 1);
    free(tables);
    return st;
}

// Plain positions need no masses and no ranges.
static ia_status prepare(cli_job *cli, ia_chain *chain, ia_state *state)
{
    const ia_cluster_params *params = cli_params(cli, &ia_cluster_method);
    if (strcmp(params->solute, "all") == 0)
        return ia_chain_run(cli->ctx, chain, state, "read",
                            cli_params(cli, &ia_read_method));
    ia_status st = cli_run(cli, chain, state, cli_reach(cli));
    return st == IA_OK ? cli_need_solute(cli, state, &ia_cluster_method, "solute") : st;
}

static ia_status cluster(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) != IA_OK ||
        (st = cli_plot_check(cli, "clusters")) != IA_OK ||
        (st = cli_spare_npy(cli, cli->labels)) != IA_OK ||
        (st = check_posterior(cli)) != IA_OK || (st = check_tree(cli)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = prepare(cli, &chain, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "cluster",
                           cli_params(cli, &ia_cluster_method))) != IA_OK)
        goto done;
    st = write_files(cli, &state);
    if (st == IA_OK)
        st = cli_record_write(cli, &state, &chain, NULL);
    if (st == IA_OK)
        st = cli_plot(cli, &state, &chain, "clusters");
    if (st == IA_OK)
        st = show(cli, &state, &ia_chain_find(&chain, "cluster")->result);
done:
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status compare_methods(cli_job *cli, const ia_cluster_input *ions,
                                 ia_result *result)
{
    ia_cluster_comparison comparison = {.n = 0};
    ia_status st = ia_cluster_compare(cli->ctx, ions, cli_params(cli, &ia_cluster_method),
                                      &comparison);
    if (st == IA_OK)
        st = ia_cluster_comparison_tables(cli->ctx, &comparison, result);
    ia_cluster_comparison_clear(&comparison);
    return st;
}

static ia_status vary_parameters(cli_job *cli, const ia_cluster_input *ions,
                                 ia_result *result)
{
    ia_cluster_sensitivity sensitivity = {0};
    ia_status st = ia_cluster_sensitivity_compute(
        cli->ctx, ions, cli_params(cli, &ia_cluster_method), &sensitivity);
    if (st == IA_OK)
        st = ia_cluster_sensitivity_tables(cli->ctx, &sensitivity, result);
    ia_cluster_sensitivity_clear(&sensitivity);
    return st;
}

// What only prints: methods side by side, or parameters one by one.
static ia_status compare(cli_job *cli, const char *input)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_result result = {0};
    ia_status st;
    if ((st = cli_plot_check(cli, "sensitivity")) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = cli_run(cli, &chain, &state, cli_reach(cli))) == IA_OK &&
        (st = ia_ions_tell_coincident(cli->ctx, &state.ions)) == IA_OK) {
        ia_cluster_input ions = {&state.ions, &state.ranges, &state.ranger,
                                 &state.background};
        st = cli->compare ? compare_methods(cli, &ions, &result)
                          : vary_parameters(cli, &ions, &result);
    }
    if (st == IA_OK && cli->sensitivity)
        st = cli_plot_varied(cli, &state, &chain, &result);
    if (st == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_cluster(cli_job *cli)
{
    bool prints = cli->compare || cli->sensitivity;
    if (prints && (cli->labels || cli->posterior || cli->tree || cli->output ||
                   (cli->plot && cli->compare)))
        return cli_misused(cli, "--compare and --sensitivity only print");
    if (prints)
        return cli_each(cli, compare);
    if ((cli->labels || cli->posterior || cli->tree || cli->output) && cli->n_inputs > 1)
        return cli_misused(cli,
                           "writes --labels, --posterior, --tree and -o for one input "
                           "at a time");
    return cli_each(cli, cluster);
}
