// cli/cli.h: what the commands share: the parsed command line and the table of commands.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CLI_H
#define IONATLAS_CLI_H

#include <ionatlas/ionatlas.h>

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_MISUSED = 2 };

// Options that several commands take; each names those it takes.
enum {
    CLI_JSON = 1u << 0,
    CLI_OUTPUT = 1u << 1,
    CLI_RANGES = 1u << 2,
    CLI_META = 1u << 3,
    CLI_FORCE = 1u << 4,
    CLI_PLOT = 1u << 5,
    CLI_SEED = 1u << 6,
    CLI_FORMAT = 1u << 7,
    CLI_MARKDOWN = 1u << 8,
    CLI_LABELS = 1u << 9,
    CLI_SOLUTE = 1u << 10,
    CLI_EDIT = 1u << 11,
    CLI_COMPARE = 1u << 12,
    CLI_GRID = 1u << 20,
    CLI_POSTERIOR = 1u << 13,
    CLI_MESH = 1u << 21,
    CLI_DISTANCES = 1u << 22,
    CLI_POLES = 1u << 23,
    CLI_ARRAYS = 1u << 24,
    CLI_VARY = 1u << 25,
    CLI_GIVEN_MESH = 1u << 26,
    CLI_RESUME = 1u << 27,
};

enum { CLI_METHODS_MAX = 24, CLI_NAME_MAX = 48 };

struct cli_command;

// One parsed command line.
typedef struct {
    const struct cli_command *command;
    ia_ctx *ctx;
    char **inputs; // borrowed from argv
    size_t n_inputs;
    const char *output, *ranges, *meta, *plot, *format, *labels, *solute, *posterior,
        *tree;
    const char *grid, *grid_errors, *mesh, *distances, *poles, *arrays;
    bool json, force, quiet, markdown, compare, compare_rules, sensitivity, agreement,
        mixture, resume;
    int verbose;
    void *params[CLI_METHODS_MAX]; // of the command's methods, in its order
    char **written;                // (n_written) outputs of the inputs done so far
    size_t n_written;
} cli_job;

typedef struct cli_command {
    const char *name;
    const char *group;   // heading in the help
    const char *inputs;  // "INPUT...", as shown
    const char *help;    // one line
    const char *example; // a whole command line
    int (*run)(cli_job *cli);
    size_t n_least, n_most;                    // inputs
    unsigned common;                           // options from the list above
    const ia_method *methods[CLI_METHODS_MAX]; // whose fields are options
} cli_command;

extern const cli_command cli_commands[];

// Read argv[2..]. CLI_DONE, or CLI_MISUSED after telling why on stderr. *shown_help when
// --help was asked for and answered.
int cli_parse(int argc, char **argv, cli_job *cli, bool *shown_help);
void cli_clear(cli_job *cli);

// One option of a command, as help, manual page and completion tell it.
typedef struct {
    const ia_method *method; // whose parameter it is; NULL for those of many commands
    const ia_field *field;   // likewise
    char name[CLI_NAME_MAX]; // "m-max", as on the command line
    char letter;             // 0 for none
    const char *value;       // "N", "FILE", ...; "" for a switch
    const char *help;
    const char *choices;                 // words separated by '|'; "" for none
    char preset[IA_FIELD_TEXT_MAX + 64]; // "0.01 Da"; "" for none
} cli_option;

// Call `tell` with every option: those of the methods in their order, then the others. A
// name that several methods share comes once for each.
typedef void (*cli_tell)(void *user, const cli_option *option);
void cli_options_tell(const cli_command *command, cli_tell tell, void *user);

const cli_command *cli_command_find(const char *name);
// How a command is called and its options, as text.
void cli_help(const cli_command *command, void *stream);
// Every command in one line each.
void cli_usage(void *stream);
// The parameters of a method of this command.
void *cli_params(cli_job *cli, const ia_method *method);

// Make ready for closed streams and for signals; false when that failed.
bool cli_guard(void);
// Refuse to write where a folder, a device, one of the command's inputs or an output of
// this run is.
ia_status cli_check_output(cli_job *cli, const char *path);
// An input of the command before this one is the same file.
bool cli_is_given_before(const cli_job *cli, const char *input);
// Remember an output that was written: --force does not replace it in this run. NULL and
// "-" are let through.
ia_status cli_wrote(cli_job *cli, const char *path);
bool cli_was_written(const cli_job *cli, const char *path);

// Log lines and progress on stderr, Ctrl-C as cancel.
void cli_attach(cli_job *cli);
void cli_detach(cli_job *cli);

// CLI_MISUSED, after saying that the command `needs` something.
int cli_misused(const cli_job *cli, const char *needs);
// Whatever a command ends with: CLI_DONE or CLI_FAILED.
int cli_end(ia_status status);
// The result on stdout, as JSON or TSV as asked.
ia_status cli_show(cli_job *cli, const ia_json_part *parts, size_t n);

// What the charges of elements tell; NULL where no element has two of them.
const ia_result *cli_charges(const ia_chain *chain);
// Detection limits, where --limits or --json asks for them; else NULL.
const ia_result *cli_limits(cli_job *cli, const ia_chain *chain);

// Run `one` on every input. Several inputs give one list; what fails is told and the rest
// go on.
typedef ia_status (*cli_one)(cli_job *cli, const char *input);
int cli_each(cli_job *cli, cli_one one);
// "folder/specimen.epos" -> "specimen"; freed with free().
char *cli_stem(cli_job *cli, const char *path);
bool cli_is_folder(const char *path);
// Draw a figure of ia_plot where --plot asks for one, or those of "figure=file,...".
ia_status cli_plot(cli_job *cli, const ia_state *state, const ia_chain *chain,
                   const char *figure);
ia_status cli_plot_list(cli_job *cli, const ia_state *state, const ia_chain *chain);
bool cli_plot_is_list(const cli_job *cli);
// Before the work: whether that names figures and files that can be.
ia_status cli_plot_check(cli_job *cli, const char *figure);
ia_status cli_plot_list_check(cli_job *cli);
// As cli_check_output, and IA_ERR_PARAM when a file of that name is there and --force is
// not given. NULL and "-" pass.
ia_status cli_spare(cli_job *cli, const char *output);
// The result of a step with each parameter smaller and larger: table and figure.
ia_status cli_vary(cli_job *cli, ia_state *state, ia_chain *chain,
                   const ia_method *method);
ia_status cli_plot_varied(cli_job *cli, const ia_state *state, const ia_chain *chain,
                          const ia_result *result);
// Both files of a field: what may be replaced, and writing them.
ia_status cli_grid_check(cli_job *cli);
ia_status cli_grid_write(cli_job *cli, const ia_state *state);
// The same for what is written as NPY whatever its name: IA_ERR_PARAM for another ending.
ia_status cli_spare_npy(cli_job *cli, const char *output);
// -o of a command whose steps make a project (.nxs) or a report (.html): refused, before
// the work, where it names neither or what is not to be replaced. A project gains steps.
ia_status cli_record_check(cli_job *cli);
bool cli_names_record(const char *path);
// How far the steps before the command's own go: a record holds more than is shown.
ia_analysis_end cli_reach(const cli_job *cli);
// Write it, if -o is given; `meta` may be NULL.
ia_status cli_record_write(cli_job *cli, const ia_state *state, const ia_chain *chain,
                           const ia_meta *meta);
// Ions of a file into a state: of a project with its range file. --ranges replaces it.
ia_status cli_load(cli_job *cli, const char *input, ia_state *state);
// The same, with the step "read", and "flight" where m/n is missing and --flight-path
// given, or "calibrate" where the command has that method.
ia_status cli_read(cli_job *cli, const char *input, ia_chain *chain, ia_state *state);
// These steps alone, on ions that are loaded.
ia_status cli_prepare(cli_job *cli, ia_chain *chain, ia_state *state);

// What a format is read and written for: "ions", "ranges", "ions ranges" or "".
const char *cli_format_reads(const ia_format *format);
const char *cli_format_writes(const ia_format *format);
bool cli_format_writes_ions(const ia_format *format);
bool cli_format_is_project(const ia_format *format);
// Those that can be written, "pos, epos, ...".
void cli_format_list(char *text, size_t size);

// IA_ERR_EMPTY where the command's method is asked about no species by name, and no ion
// holds a solute: there is no question, and no answer.
ia_status cli_need_solute(cli_job *cli, const ia_state *state, const ia_method *method,
                          const char *field);

// Run the steps of an analysis with the command's parameters.
ia_status cli_run(cli_job *cli, ia_chain *chain, ia_state *state, ia_analysis_end end);

int cmd_analyze(cli_job *cli);
int cmd_calibrate(cli_job *cli);
int cmd_cluster(cli_job *cli);
int cmd_completion(cli_job *cli);
int cmd_composition(cli_job *cli);
int cmd_convert(cli_job *cli);
int cmd_field(cli_job *cli);
int cmd_history(cli_job *cli);
int cmd_hitmap(cli_job *cli);
int cmd_hydrogen(cli_job *cli);
int cmd_index(cli_job *cli);
int cmd_quadrilateral(cli_job *cli);
int cmd_turn(cli_job *cli);
int cmd_info(cli_job *cli);
int cmd_label(cli_job *cli);
int cmd_isosurface(cli_job *cli);
int cmd_edge(cli_job *cli);
int cmd_knn(cli_job *cli);
int cmd_rdf(cli_job *cli);
int cmd_correlation(cli_job *cli);
int cmd_frequency(cli_job *cli);
int cmd_manual(cli_job *cli);
int cmd_methods(cli_job *cli);
int cmd_multihit(cli_job *cli);
int cmd_profile(cli_job *cli);
int cmd_proxigram(cli_job *cli);
int cmd_range(cli_job *cli);
int cmd_range_compare(cli_job *cli);
int cmd_reconstruct(cli_job *cli);
int cmd_rerun(cli_job *cli);
int cmd_simulate(cli_job *cli);
int cmd_fourier(cli_job *cli);
int cmd_planes(cli_job *cli);
int cmd_sdm(cli_job *cli);
int cmd_spectrum(cli_job *cli);
int cmd_train(cli_job *cli);
int cmd_verify(cli_job *cli);

#endif
