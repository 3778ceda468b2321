// cli/cmd_reconstruct.c: positions of ions from their hits and voltages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A parameter that is a small table may be the name of a file that holds it.
static ia_status read_table(cli_job *cli, const char *what, char text[IA_TABLE_TEXT])
{
    ia_source source = {0};

    if (!text[0] || access(text, R_OK) != 0 || cli_is_folder(text))
        return IA_OK;
    ia_status st = ia_source_open(cli->ctx, text, &source);
    if (st != IA_OK)
        return st;
    if (source.n >= IA_TABLE_TEXT) {
        st = ia_fail(cli->ctx, IA_ERR_PARAM, "--%s %s: %zu bytes, at most %d are read",
                     what, text, source.n, IA_TABLE_TEXT - 1);
    } else {
        memset(text, 0, IA_TABLE_TEXT);
        for (size_t i = 0; i < source.n; i++)
            text[i] = source.bytes[i] == '\n' ? ';' : (char)source.bytes[i];
    }
    ia_source_clear(&source);
    return st;
}

static ia_status check_output(cli_job *cli, const ia_ions *ions)
{
    if (!cli->output || cli_names_record(cli->output))
        return IA_OK;
    return ia_ions_write_check(cli->ctx, ia_ions_columns(ions) | 1u << IA_XYZ, NULL,
                               cli_params(cli, &ia_write_method), cli->output);
}

// The named poles of a table, or those that the indexing names.
static ia_status read_poles(cli_job *cli, ia_named_poles *out)
{
    ia_source source = {0};
    ia_status st = ia_source_open(cli->ctx, cli->poles, &source);
    if (st != IA_OK)
        return st;
    ia_ctx_set_subject(cli->ctx, cli->poles);
    const char *text = (const char *)source.bytes;
    st = ia_named_poles_has(text, source.n)
             ? ia_named_poles_parse(cli->ctx, text, source.n, out)
             : ia_named_poles_index(cli->ctx, text, source.n,
                                    cli_params(cli, &ia_reconstruct_method),
                                    cli_params(cli, &ia_projection_fit_method), out);
    ia_ctx_set_subject(cli->ctx, NULL);
    ia_source_clear(&source);
    return st;
}

// What poles told; n_poles = 0: they were not asked.
typedef struct {
    ia_named_poles poles;
    ia_projection_fit fit;
    ia_projection_drift drift; // n = 0: not asked for, or not to be told
} calibration;

// Told neither itself nor by an element, the volume of an atom is the crystal's: kf goes
// with its root.
static ia_status take_atomic_volume(cli_job *cli, const char *name,
                                    ia_reconstruct_params *params)
{
    ia_crystal crystal;
    ia_status st;
    if (params->atomic_volume > 0 || params->element[0] || !ia_crystal_has_size(name))
        return IA_OK;
    if ((st = ia_crystal_parse(cli->ctx, name, &crystal)) == IA_OK)
        params->atomic_volume = ia_crystal_atomic_volume(&crystal);
    return st;
}

static void take_projection(ia_reconstruct_params *params, const ia_projection_fit *fit)
{
    params->icf = fit->icf;
    params->sigma_icf = fit->sigma_icf;
    params->centre_x = fit->centre[0];
    params->centre_y = fit->centre[1];
    params->sigma_centre = (fit->sigma_centre[0] + fit->sigma_centre[1]) / 2;
}

// Once more from the planes of all poles, with what was known of the centre before.
static ia_status refine(cli_job *cli, const ia_ions *ions, const ia_projection *start,
                        const ia_projection_fit_params *led, ia_named_poles *named,
                        ia_projection_fit *fit)
{
    ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    ia_reconstruct_params told = *params;
    told.centre_x = start->centre[0];
    told.centre_y = start->centre[1];
    ia_status st = ia_projection_fit_planes(cli->ctx, ions, &told, led, named, fit);
    take_projection(params, fit);
    return st;
}

// Too few poles tell kf alone.
static ia_status hold(cli_job *cli, const ia_projection *start,
                      const ia_named_poles *named, ia_projection_fit *fit)
{
    ia_status st =
        ia_projection_fit_held(cli->ctx, start, named->poles, named->n,
                               cli_params(cli, &ia_projection_fit_method), fit);
    if (st == IA_OK)
        ia_warn(cli->ctx,
                "%zu pole%s neither image compression nor centre: they stay %.4g and "
                "(%g, %g) mm; kf is that of %s planes with these",
                named->n, named->n == 1 ? " tells" : "s tell", start->icf,
                start->centre[0], start->centre[1], named->n == 1 ? "its" : "their");
    return st;
}

// Image compression and centre into the parameters.
static ia_status fit_projection(cli_job *cli, const ia_projection *start,
                                const ia_projection_fit_params *led,
                                const ia_named_poles *named, ia_projection_fit *fit)
{
    if (named->n < IA_POLES_TO_FIT)
        return hold(cli, start, named, fit);
    ia_status st =
        ia_projection_fit_poles(cli->ctx, start, named->poles, named->n, led, fit);
    if (st != IA_OK)
        return st;
    ia_projection_fit_doubt(named, fit);
    take_projection(cli_params(cli, &ia_reconstruct_method), fit);
    return IA_OK;
}

// Whether the constants change on the way, which the sections of the reconstruction then
// say.
static ia_status compare_parts(cli_job *cli, const ia_ions *ions,
                               const ia_projection *start,
                               const ia_projection_fit_params *fit_params,
                               calibration *out)
{
    ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    if (fit_params->fit_parts < 2)
        return IA_OK;
    if (!(out->fit.kf > 0) || out->poles.n < IA_POLES_TO_FIT) {
        ia_warn(cli->ctx, "parts of the run are not compared: that needs three poles and "
                          "the planes of one");
        return IA_OK;
    }
    const ia_drift_input input = {
        ions, params, fit_params, {start->centre[0], start->centre[1]}};
    ia_status st = ia_projection_drift_compute(cli->ctx, &input, &out->fit, &out->drift);
    if (st != IA_OK)
        return st;
    ia_projection_drift_tell(cli->ctx, &out->drift);
    take_projection(params, &out->fit);
    params->kf = out->fit.kf;
    params->sigma_kf = out->fit.sigma_kf;
    ia_projection_drift_use(&out->drift, params);
    return IA_OK;
}

// Image compression, centre and kf from poles, into the parameters.
static ia_status calibrate(cli_job *cli, const ia_ions *ions, calibration *out)
{
    ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    const ia_projection_fit_params *fit_params =
        cli_params(cli, &ia_projection_fit_method);
    ia_projection_fit_params led = *fit_params;
    ia_projection_fit fit;
    ia_named_poles named = {0};
    ia_status st;
    if (!cli->poles && !fit_params->crystal[0])
        return IA_OK;
    if (!(params->flight_path > 0))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "poles tell the image compression only with --flight-path");
    if ((st = take_atomic_volume(cli, fit_params->crystal, params)) != IA_OK)
        return st;
    if ((st = ia_projection_fit_check(cli->ctx, ions, params, fit_params)) != IA_OK ||
        (st = ia_reconstruct_find_middle(cli->ctx, ions, params)) != IA_OK)
        return st;
    ia_projection start = {params->projection,
                           params->flight_path,
                           params->icf,
                           {params->centre_x, params->centre_y}};
    st = cli->poles ? read_poles(cli, &named)
                    : ia_named_poles_find(cli->ctx, ions, params, fit_params, &named);
    if (st != IA_OK)
        goto done;
    ia_named_poles_lead(&named, &start, &led);
    if ((st = fit_projection(cli, &start, &led, &named, &fit)) != IA_OK)
        goto done;
    if (named.hit_unit != IA_HITS_AUTO) // told once
        params->hit_unit = named.hit_unit;
    if (fit_params->spacing_reach > 0 &&
        (st = ia_projection_fit_spacing(cli->ctx, ions, params, &named, fit_params,
                                        &fit)) != IA_OK)
        goto done;
    if (fit.kf > 0 && named.n >= IA_POLES_TO_FIT &&
        (st = refine(cli, ions, &start, &led, &named, &fit)) != IA_OK)
        goto done;
    ia_projection_fit_lattice(cli->ctx, &named, params, &fit);
    if (fit.kf > 0) {
        params->kf = fit.kf;
        params->sigma_kf = fit.sigma_kf;
    }
    *out = (calibration){.poles = named, .fit = fit};
    named.poles = NULL; // the caller's now
    st = compare_parts(cli, ions, &start, &led, out);
done:
    free(named.poles);
    return st;
}

// A project records the step; a file of ions needs no survey of the new positions.
static ia_status place_ions(cli_job *cli, ia_chain *chain, ia_state *state,
                            ia_result *result)
{
    const ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    ia_status st;
    if (cli_names_record(cli->output))
        return ia_chain_run(cli->ctx, chain, state, "reconstruct", params);
    if ((st = ia_reconstruct_compute(cli->ctx, &state->ions, params,
                                     &state->reconstruction)) != IA_OK)
        return st;
    state->ions.columns[IA_XYZ] = ia_reconstruction_xyz(&state->reconstruction);
    return ia_reconstruction_tables(cli->ctx, &state->reconstruction, result);
}

// Beside the positions that they led to, in a record too.
static ia_status add_calibration(cli_job *cli, const calibration *found, ia_chain *chain,
                                 ia_result *result)
{
    if (found->fit.n_poles == 0)
        return IA_OK;
    if (cli_names_record(cli->output))
        result = &chain->steps[chain->n - 1].result;
    ia_status st = found->drift.n > 0
                       ? ia_projection_drift_tables(cli->ctx, &found->drift, result)
                       : IA_OK;
    return st != IA_OK
               ? st
               : ia_projection_fit_tables(cli->ctx, &found->fit, &found->poles, result);
}

// For the figure: the hit map, and what each pole shows of the constants.
static ia_status gather_evidence(cli_job *cli, const calibration *found, ia_state *state)
{
    const ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    ia_hitmap_params maps = ia_hitmap_defaults();
    ia_status st;
    state->fit_drift = found->drift;
    if (!cli->plot || found->fit.n_poles == 0)
        return IA_OK;
    maps.hit_unit = params->hit_unit;
    if ((st = ia_hitmap_compute(cli->ctx, &(ia_hitmap_input){.ions = &state->ions}, &maps,
                                &state->hitmap)) != IA_OK)
        return st;
    const ia_projection_fitted fitted = {
        &found->poles, cli_params(cli, &ia_projection_fit_method), &found->fit};
    return ia_projection_evidence_compute(cli->ctx, &state->ions, params, &fitted,
                                          &state->evidence);
}

static ia_status write_output(cli_job *cli, const ia_state *state, const ia_chain *chain)
{
    if (cli->resume && cli_names_record(cli->output))
        ia_warn(cli->ctx,
                "%s: is not written in parts that a later run could go on with: "
                "all is written anew",
                cli->output);
    if (!cli->output || cli_names_record(cli->output))
        return cli_record_write(cli, state, chain, NULL);
    char key[65];
    const ia_resume resume = {.made_of = key, .go_on = cli->resume};
    ia_status st =
        ia_reconstruction_sha256(cli->ctx, &state->ions, cli_params(cli, &ia_read_method),
                                 &state->reconstruction, key);
    if (st == IA_OK)
        st =
            ia_ions_write_resume(cli->ctx, &state->ions,
                                 cli_params(cli, &ia_write_method), &resume, cli->output);
    return st == IA_OK ? cli_wrote(cli, cli->output) : st;
}

// The caps along the run are for programs: on a terminal their rows would bury the rest.
static ia_status show(cli_job *cli, const ia_result *result)
{
    ia_result shown = {.tables = ia_array(cli->ctx, result->n, sizeof *shown.tables)};
    if (!shown.tables)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < result->n; i++)
        if (cli->json || strcmp(result->tables[i].name, "caps") != 0)
            shown.tables[shown.n++] = result->tables[i]; // borrowed
    ia_status st = cli_show(cli, &(ia_json_part){NULL, &shown}, 1);
    free(shown.tables);
    return st;
}

static ia_status reconstruct(cli_job *cli, const char *input)
{
    ia_reconstruct_params *params = cli_params(cli, &ia_reconstruct_method);
    ia_state state = {0};
    ia_chain chain = {0};
    ia_result result = {0};
    calibration found = {0};
    ia_status st;
    if ((st = cli_names_record(cli->output) ? cli_record_check(cli)
                                            : cli_spare(cli, cli->output)) != IA_OK ||
        (st = cli_plot_check(cli, "evidence")) != IA_OK ||
        (st = read_table(cli, "profile", params->profile)) != IA_OK ||
        (st = read_table(cli, "sections", params->sections)) != IA_OK ||
        (st = cli_load(cli, input, &state)) != IA_OK ||
        (st = ia_chain_run(cli->ctx, &chain, &state, "read",
                           cli_params(cli, &ia_read_method))) != IA_OK ||
        (st = check_output(cli, &state.ions)) != IA_OK ||
        (st = calibrate(cli, &state.ions, &found)) != IA_OK ||
        (st = gather_evidence(cli, &found, &state)) != IA_OK ||
        (st = place_ions(cli, &chain, &state, &result)) != IA_OK ||
        (st = add_calibration(cli, &found, &chain, &result)) != IA_OK ||
        (st = write_output(cli, &state, &chain)) != IA_OK ||
        (st = cli_plot(cli, &state, &chain, "evidence")) != IA_OK)
        goto done;
    const ia_step_record *step = ia_chain_find(&chain, "reconstruct");
    st = show(cli, step ? &step->result : &result);
done:
    free(found.poles.poles);
    ia_result_clear(&result);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

int cmd_reconstruct(cli_job *cli)
{
    const ia_projection_fit_params *fit = cli_params(cli, &ia_projection_fit_method);
    if (cli->output && cli->n_inputs > 1)
        return cli_misused(cli, "takes one input when -o names a file");
    if (cli->resume && !cli->output)
        return cli_misused(cli, "goes on with a file: --resume needs -o");
    if (fit->fit_parts > 1 && !fit->crystal[0])
        return cli_misused(cli, "compares parts by planes: --fit-parts needs --crystal");
    return cli_each(cli, reconstruct);
}
