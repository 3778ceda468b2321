// cli/main.c: the table of commands and what happens before and after one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 100000 };

// The methods of the steps from ions to their composition.
#define TO_COMPOSITION                                                                   \
    &ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method,       \
        &ia_peaks_method, &ia_peak_shape_method, &ia_identify_method,                    \
        &ia_autorange_method, &ia_range_method, &ia_background_method,                   \
        &ia_dead_time_method, &ia_deconvolve_method, &ia_composition_method,             \
        &ia_charge_states_method

const cli_command cli_commands[] = {
    {"analyze",
     "Analyse",
     "INPUT...",
     "From a file of ions to a project, a report and a summary",
     "ionatlas analyze specimen.epos --ranges specimen.rrng",
     cmd_analyze,
     1,
     MANY,
     CLI_PLOT | CLI_JSON | CLI_OUTPUT | CLI_RANGES | CLI_META | CLI_FORCE | CLI_SEED |
         CLI_EDIT,
     {&ia_read_method,          &ia_detector_method,    &ia_flight_method,
      &ia_calibrate_method,     &ia_spectrum_method,    &ia_peaks_method,
      &ia_peak_shape_method,    &ia_identify_method,    &ia_autorange_method,
      &ia_range_method,         &ia_background_method,  &ia_dead_time_method,
      &ia_deconvolve_method,    &ia_composition_method, &ia_limits_method,
      &ia_charge_states_method, &ia_multihit_method,    &ia_knn_method,
      &ia_cluster_method,       &ia_quality_method}},
    {"info",
     "Analyse",
     "INPUT...",
     "What a file holds",
     "ionatlas info specimen.pos --json",
     cmd_info,
     1,
     MANY,
     CLI_JSON,
     {&ia_read_method}},
    {"spectrum",
     "Analyse",
     "INPUT",
     "Mass spectrum",
     "ionatlas spectrum specimen.pos --bin 0.01 --plot spectrum.svg",
     cmd_spectrum,
     1,
     1,
     CLI_JSON | CLI_PLOT | CLI_FORCE,
     {&ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method}},
    {"calibrate",
     "Analyse",
     "INPUT...",
     "m/n from raw data: start time, flight path and corrections found blind",
     "ionatlas calibrate run.raw -o run.nxs",
     cmd_calibrate,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON,
     {&ia_read_method, &ia_calibrate_method, &ia_write_method}},
    {"composition",
     "Analyse",
     "INPUT...",
     "Composition from a range file, with errors",
     "ionatlas composition specimen.pos --ranges specimen.rrng --ionic --weight",
     cmd_composition,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_EDIT,
     {&ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method,
      &ia_peaks_method, &ia_peak_shape_method, &ia_identify_method, &ia_autorange_method,
      &ia_range_method, &ia_background_method, &ia_dead_time_method,
      &ia_deconvolve_method, &ia_composition_method, &ia_limits_method,
      &ia_charge_states_method}},
    {"range",
     "Analyse",
     "INPUT...",
     "Ranges: found, read, edited, compared",
     "ionatlas range specimen.pos --elements Fe,Cu,C -o specimen.rrng",
     cmd_range,
     1,
     MANY,
     CLI_PLOT | CLI_JSON | CLI_RANGES | CLI_OUTPUT | CLI_FORCE | CLI_EDIT | CLI_COMPARE,
     {&ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method,
      &ia_peaks_method, &ia_peak_shape_method, &ia_identify_method, &ia_autorange_method,
      &ia_range_method, &ia_background_method, &ia_dead_time_method,
      &ia_deconvolve_method, &ia_composition_method, &ia_limits_method,
      &ia_charge_states_method, &ia_agreement_method, &ia_ion_mixture_method}},
    {"hydrogen",
     "Analyse",
     "INPUT...",
     "Hydrogen, deuterium, hydrides; what comes from the chamber",
     "ionatlas hydrogen charged.epos --reference uncharged.epos --meta meta.yaml",
     cmd_hydrogen,
     1,
     MANY,
     CLI_JSON | CLI_RANGES | CLI_META | CLI_OUTPUT | CLI_FORCE,
     {TO_COMPOSITION, &ia_hydrogen_method}},
    {"label",
     "Analyse",
     "MASS|INPUT",
     "Which ions could sit at an m/n, and what speaks for each",
     "ionatlas label specimen.pos --at 28.0",
     cmd_label,
     1,
     1,
     CLI_JSON,
     {&ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method,
      &ia_peaks_method, &ia_label_method}},
    {"multihit",
     "Analyse",
     "INPUT...",
     "Ions that came in one pulse: pairs, broken molecules",
     "ionatlas multihit specimen.epos --ranges specimen.rrng --plot saxey.svg",
     cmd_multihit,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {&ia_read_method, &ia_flight_method, &ia_calibrate_method, &ia_spectrum_method,
      &ia_peaks_method, &ia_identify_method, &ia_autorange_method, &ia_range_method,
      &ia_background_method, &ia_dead_time_method, &ia_deconvolve_method,
      &ia_composition_method, &ia_charge_states_method, &ia_multihit_method}},
    {"index",
     "Analyse",
     "",
     "Orientation of the crystal from the poles of its hit map",
     "ionatlas index --poles poles.tsv --crystal fcc --projection-length 90",
     cmd_index,
     0,
     0,
     CLI_JSON | CLI_POLES,
     {&ia_orientation_method}},
    {"knn",
     "Space",
     "INPUT...",
     "Nearest-neighbour distances against shuffled labels",
     "ionatlas knn specimen.pos --ranges specimen.rrng --from Cu --k 10",
     cmd_knn,
     1,
     MANY,
     CLI_SOLUTE | CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES |
         CLI_POSTERIOR,
     {TO_COMPOSITION, &ia_knn_method}},
    {"rdf",
     "Space",
     "INPUT...",
     "Radial distribution of pairs of species against shuffled labels",
     "ionatlas rdf specimen.pos --ranges specimen.rrng --from Cu,Mn --to all",
     cmd_rdf,
     1,
     MANY,
     CLI_SOLUTE | CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {TO_COMPOSITION, &ia_rdf_method}},
    {"frequency",
     "Space",
     "INPUT...",
     "Ions of a species in blocks of ions, against the binomial distribution",
     "ionatlas frequency specimen.pos --ranges specimen.rrng --from Cu",
     cmd_frequency,
     1,
     MANY,
     CLI_SOLUTE | CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {TO_COMPOSITION, &ia_frequency_method}},
    {"correlation",
     "Space",
     "INPUT...",
     "Size, amount and composition of precipitates without a threshold",
     "ionatlas correlation specimen.pos --ranges specimen.rrng --from Cu",
     cmd_correlation,
     1,
     MANY,
     CLI_SOLUTE | CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {TO_COMPOSITION, &ia_correlation_method}},
    {"cluster",
     "Space",
     "INPUT...",
     "Clusters of solute ions, tested against shuffled labels",
     "ionatlas cluster specimen.pos --ranges specimen.rrng --solute Cu",
     cmd_cluster,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_LABELS,
     {TO_COMPOSITION, &ia_cluster_method}},
    {"field",
     "Space",
     "INPUT...",
     "Composition on a grid, its kernel chosen by what it foretells",
     "ionatlas field specimen.pos --ranges specimen.rrng --solute Cu --grid cu.vti",
     cmd_field,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_GRID,
     {TO_COMPOSITION, &ia_volume_method}},
    {"edge",
     "Space",
     "INPUT...",
     "Surface of the specimen, and how deep below it each ion lies",
     "ionatlas edge specimen.pos --mesh surface.ply --distances depth.npy",
     cmd_edge,
     1,
     MANY,
     CLI_OUTPUT | CLI_FORCE | CLI_JSON | CLI_MESH | CLI_DISTANCES,
     {&ia_read_method, &ia_edge_method}},
    {"isosurface",
     "Space",
     "INPUT...",
     "Surfaces of one composition, their objects against label shuffles",
     "ionatlas isosurface specimen.pos --ranges specimen.rrng --solute Cu --mesh cu.ply",
     cmd_isosurface,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_GRID | CLI_MESH,
     {TO_COMPOSITION, &ia_volume_method, &ia_surface_method}},
    {"proxigram",
     "Space",
     "INPUT...",
     "Composition against the distance to an iso-surface, without its own bias",
     "ionatlas proxigram specimen.pos --ranges specimen.rrng --solute Cu --plot cu.svg",
     cmd_proxigram,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {TO_COMPOSITION, &ia_volume_method, &ia_surface_method, &ia_proxigram_method}},
    {"profile",
     "Space",
     "INPUT...",
     "Composition along an axis with errors, cumulative counts, maps",
     "ionatlas profile specimen.pos --ranges specimen.rrng --solute Cu --plot cu.svg",
     cmd_profile,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {TO_COMPOSITION, &ia_axis_profile_method}},
    {"sdm",
     "Crystal",
     "INPUT...",
     "How ions lie about an ion, along and across lattice planes",
     "ionatlas sdm specimen.pos --plot sdm.svg",
     cmd_sdm,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_GRID,
     {TO_COMPOSITION, &ia_sdm_method}},
    {"fourier",
     "Crystal",
     "INPUT...",
     "Lattice planes by the structure factor, with their chance",
     "ionatlas fourier specimen.pos --plot planes.svg",
     cmd_fourier,
     1,
     MANY,
     CLI_OUTPUT | CLI_PLOT | CLI_FORCE | CLI_JSON | CLI_RANGES | CLI_GRID,
     {TO_COMPOSITION, &ia_fourier_method}},
    {"convert",
     "Files",
     "INPUT...",
     "Write ions or ranges in another format",
     "ionatlas convert specimen.epos -o specimen.pos",
     cmd_convert,
     1,
     MANY,
     CLI_OUTPUT | CLI_FORMAT | CLI_FORCE | CLI_JSON | CLI_RANGES,
     {&ia_read_method, &ia_flight_method, &ia_write_method}},
    {"simulate",
     "Files",
     "[SPECIMEN]",
     "Synthetic specimen with known truth",
     "ionatlas simulate --specimen clusters --seed 7 -o demo.epos",
     cmd_simulate,
     0,
     1,
     CLI_JSON | CLI_OUTPUT | CLI_FORCE,
     {&ia_simulate_method, &ia_write_method}},
    {"train",
     "Files",
     "tof",
     "Train what recognises isotope patterns, from seeds",
     "ionatlas train tof -o tof_trees.model",
     cmd_train,
     1,
     1,
     CLI_JSON | CLI_OUTPUT | CLI_FORCE,
     {&ia_tof_method}},
    {"history",
     "Projects",
     "PROJECT",
     "Every step of a project with its parameters",
     "ionatlas history specimen.nxs",
     cmd_history,
     1,
     1,
     CLI_JSON,
     {NULL}},
    {"verify",
     "Projects",
     "PROJECT",
     "Recompute the hashes, list missing metadata",
     "ionatlas verify specimen.nxs",
     cmd_verify,
     1,
     1,
     CLI_JSON,
     {NULL}},
    {"rerun",
     "Projects",
     "PROJECT",
     "Repeat the steps of a project and compare",
     "ionatlas rerun specimen.nxs",
     cmd_rerun,
     1,
     1,
     CLI_JSON,
     {NULL}},
    {"methods",
     "Projects",
     "[METHOD]",
     "Every parameter of every method",
     "ionatlas methods spectrum",
     cmd_methods,
     0,
     1,
     CLI_JSON | CLI_MARKDOWN,
     {NULL}},
    {"manual",
     "Help",
     "[COMMAND]",
     "Manual pages for man: one, or all of them into a folder",
     "ionatlas manual spectrum | man -l -",
     cmd_manual,
     0,
     1,
     CLI_OUTPUT | CLI_FORCE,
     {NULL}},
    {"completion",
     "Help",
     "SHELL",
     "Completion of command lines for bash, zsh or fish",
     "source <(ionatlas completion bash)",
     cmd_completion,
     1,
     1,
     0,
     {NULL}},
    {0},
};

static int run_command(int argc, char **argv, const cli_command *command)
{
    cli_job cli = {.command = command, .ctx = ia_ctx_new()};
    bool shown_help = false;
    if (!cli.ctx) {
        fprintf(stderr, "ionatlas: memory ran out\n");
        return CLI_FAILED;
    }
    int status = cli_parse(argc, argv, &cli, &shown_help);
    if (status == CLI_DONE && !shown_help) {
        cli_attach(&cli);
        status = command->run(&cli);
        cli_detach(&cli);
    }
    cli_clear(&cli);
    return status;
}

// A result that did not reach its reader is a failure.
static int finish(int status)
{
    errno = 0;
    bool flushed = fflush(stdout) == 0;
    if (flushed && !ferror(stdout))
        return status;
    fprintf(stderr, "ionatlas: standard output: %s\n",
            errno ? strerror(errno) : "not everything could be written");
    return CLI_FAILED;
}

int main(int argc, char **argv)
{
    if (!cli_guard()) {
        fprintf(stderr, "ionatlas: /dev/null: %s\n", strerror(errno));
        return CLI_FAILED;
    }
    if (argc < 2) {
        cli_usage(stderr);
        return CLI_MISUSED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        const cli_command *command = argc > 2 ? cli_command_find(argv[2]) : NULL;
        if (command)
            cli_help(command, stdout);
        else
            cli_usage(stdout);
        return finish(CLI_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ionatlas %s (%s)\n", ia_version(), ia_build());
        return finish(CLI_DONE);
    }
    const cli_command *command = cli_command_find(argv[1]);
    if (!command) {
        fprintf(stderr,
                "ionatlas: '%s' is no command of this version; see 'ionatlas --help'\n",
                argv[1]);
        return CLI_MISUSED;
    }
    return finish(run_command(argc, argv, command));
}
