// cli/cmd_crystal.c: lattice planes in the volume: structure factor and spatial
// distribution maps.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <math.h>
#include <stdlib.h>

// The steps before the method's own: all that a record holds, those that range ions where
// species are named, else only reading.
static ia_status prepare(cli_job *cli, ia_chain *chain, ia_state *state, bool ranged)
{
    if (ranged || cli->output)
        return cli_run(cli, chain, state, cli_reach(cli));
    return ia_chain_run(cli->ctx, chain, state, "read", cli_params(cli, &ia_read_method));
}

// What a command writes beside its result.
typedef ia_status (*write_more)(cli_job *cli, const ia_state *state);

static ia_status run(cli_job *cli, const char *input, const ia_method *method,
                     bool ranged, write_more more)
{
    ia_state state = {0};
    ia_chain chain = {0};
    ia_status st;
    if ((st = cli_record_check(cli)) == IA_OK &&
        (st = cli_plot_check(cli, method->name)) == IA_OK &&
        (st = cli_spare(cli, cli->grid)) == IA_OK &&
        (st = cli_load(cli, input, &state)) == IA_OK &&
        (st = prepare(cli, &chain, &state, ranged)) == IA_OK &&
        (st = ia_chain_run(cli->ctx, &chain, &state, method->name,
                           cli_params(cli, method))) == IA_OK &&
        (!cli->grid || (st = more(cli, &state)) == IA_OK) &&
        (st = cli_record_write(cli, &state, &chain, NULL)) == IA_OK &&
        (st = cli_plot(cli, &state, &chain, method->name)) == IA_OK)
        st = cli_show(
            cli, &(ia_json_part){NULL, &ia_chain_find(&chain, method->name)->result}, 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static ia_status planes(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_planes_method, false, NULL);
}

int cmd_planes(cli_job *cli)
{
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    return cli_each(cli, planes);
}

static ia_status write_array(cli_job *cli, const ia_column *column)
{
    ia_status st = ia_npy_write(cli->ctx, column, cli->grid);
    return st == IA_OK ? cli_wrote(cli, cli->grid) : st;
}

static ia_status write_intensity(cli_job *cli, const ia_state *state)
{
    ia_status st = ia_fourier_write(cli->ctx, &state->fourier, cli->grid);
    return st == IA_OK ? cli_wrote(cli, cli->grid) : st;
}

static ia_status fourier(cli_job *cli, const char *input)
{
    return run(cli, input, &ia_fourier_method, false, write_intensity);
}

int cmd_fourier(cli_job *cli)
{
    if ((cli->output || cli->grid) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o or --grid names a file");
    return cli_each(cli, fourier);
}

// Voxels over all ions, of the edge asked for.
static ia_status lay_voxels(cli_job *cli, const ia_state *state, size_t n_bins,
                            double edge, ia_sdm_voxels *out)
{
    const ia_survey *survey = &state->survey;
    double n_most = 4e9 / (4 * (double)n_bins), n = 1;
    *out = (ia_sdm_voxels){.voxel = edge};
    for (size_t k = 0; k < 3; k++) {
        double wide = survey->bounds[k][1] - survey->bounds[k][0];
        double steps = fmax(1, floor(2 * wide / edge) - 1);
        n *= steps;
        out->n[k] = steps < 1e9 ? (size_t)steps : 0;
        out->origin[k] = survey->bounds[k][0] + (wide - edge * (steps + 1) / 2) / 2;
    }
    if (n > n_most)
        return ia_fail(
            cli->ctx, IA_ERR_PARAM,
            "%.3g voxels of %g nm with %zu bins each: at most %.3g fit; larger "
            "voxels or a smaller region were expected",
            n, edge, n_bins, n_most);
    return IA_OK;
}

static ia_status write_maps(cli_job *cli, const ia_state *state)
{
    const ia_sdm_params *p = cli_params(cli, &ia_sdm_method);
    ia_knn_input ions = {&state->ions, &state->ranges, &state->ranger,
                         &state->composition};
    ia_sdm_input input = {0};
    ia_sdm_voxels voxels;
    uint32_t *counts = NULL;
    size_t n_bins = ia_sdm_map_bins(p, &state->sdm);
    ia_status st = lay_voxels(cli, state, n_bins, p->voxel, &voxels);
    size_t n = voxels.n[0] * voxels.n[1] * voxels.n[2];
    if (st == IA_OK && (st = ia_sdm_input_build(cli->ctx, &ions, p, &input)) == IA_OK &&
        !(counts = ia_array(cli->ctx, n * n_bins, sizeof *counts)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_sdm_map(cli->ctx, &input, p, &state->sdm, &voxels, counts);
    ia_column column = ia_column_of(IA_U32, n_bins, n, counts);
    if (st == IA_OK && (st = write_array(cli, &column)) == IA_OK)
        ia_log(
            cli->ctx, IA_LOG_INFO,
            "%s: %zu x %zu x %zu voxels of %g nm, x fastest, the first from %g, %g, %g "
            "nm, a row of %zu bins each",
            cli->grid, voxels.n[0], voxels.n[1], voxels.n[2], voxels.voxel,
            voxels.origin[0], voxels.origin[1], voxels.origin[2], n_bins);
    free(counts);
    ia_sdm_input_clear(&input);
    return st;
}

static ia_status sdm(cli_job *cli, const char *input)
{
    const ia_sdm_params *p = cli_params(cli, &ia_sdm_method);
    return run(cli, input, &ia_sdm_method, *p->from || *p->to, write_maps);
}

int cmd_sdm(cli_job *cli)
{
    if ((cli->output || cli->grid) && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o or --grid names a file");
    return cli_each(cli, sdm);
}
