// cli/options.c: command lines read by the fields of the methods that a command runs.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Codes of long options: the shared ones, then one per field.
enum { OPT_SHARED = 256, OPT_FIELD = 1024, OPTIONS_MAX = 512 };

typedef struct {
    const char *name;
    char letter;     // 0 for none
    unsigned common; // 0: every command takes it
    const char *value, *help;
} shared_option;

static const shared_option shared[] = {
    {"ranges", 'r', CLI_RANGES, "FILE", "range file (RRNG, RNG, ENV, NXapm, ...)"},
    {"output", 'o', CLI_OUTPUT, "PATH", "where to write"},
    {"add", 0, CLI_EDIT, "TEXT", "range to add, \"Fe++ 27.9 28.1\"; may be repeated"},
    {"remove", 0, CLI_EDIT, "TEXT",
     "range to take away: 28.0, Fe++@28.0, or Fe++ for all"},
    {"split", 0, CLI_EDIT, "TEXT", "range to cut in two, \"28.0\" or \"28.0 Si+ Fe++\""},
    {"rename", 0, CLI_EDIT, "TEXT", "another ion for a range, \"28.0 Si+\""},
    {"move", 0, CLI_EDIT, "TEXT", "other bounds for a range, \"28.0 27.9 28.1\""},
    {"compare", 0, CLI_COMPARE, NULL,
     "two range files (or auto), and ions: what differs"},
    {"compare-rules", 0, CLI_COMPARE, NULL,
     "the composition by every rule for the bounds of found ranges"},
    {"agreement", 0, CLI_COMPARE, NULL,
     "spread of the composition over settings and people (--ranges A.rrng,B.rrng,...)"},
    {"mixture", 0, CLI_COMPARE, NULL,
     "amounts of overlapping ions from the m/n of each ion, beside the others"},
    {"posterior", 0, CLI_COMPARE, "FILE.npy",
     "where to write each ion's chances to be of each kind (float32, ions x kinds)"},
    {"posterior", 0, CLI_POSTERIOR, "FILE.npy",
     "where to write each ion's chance to be of the denser population, in file order "
     "(float32, NaN: not asked)"},
    {"format", 0, CLI_FORMAT, "NAME", "format to write, instead of by the ending"},
    {"meta", 0, CLI_META, "FILE",
     "YAML with what files lack ('ionatlas methods metadata')"},
    {"plot", 0, CLI_PLOT, "FILE",
     "figure as .svg, .pdf, .png or its gnuplot script .gp; several: FIGURE=FILE,..."},
    {"labels", 0, CLI_LABELS, "FILE.npy",
     "where to write the cluster of each ion in file order (int32, -1: none)"},
    {"compare", 0, CLI_LABELS, NULL,
     "every method side by side: clusters, sizes, compositions, and their agreement"},
    {"sensitivity", 0, CLI_LABELS, NULL,
     "the clusters with each parameter smaller and larger by 15 and 30 %"},
    {"sensitivity", 0, CLI_VARY, NULL,
     "the result with each parameter smaller and larger by 15 and 30 %"},
    {"grid", 0, CLI_GRID, "FILE",
     "where to write the field: .npy (float32, z y x) or .vti for VTK programs"},
    {"grid-errors", 0, CLI_GRID, "FILE",
     "where to write the standard error of each voxel, likewise; .vti has both"},
    {"posterior", 0, CLI_LABELS, "FILE.npy",
     "where to write each ion's chance to belong to a cluster (float32; methods scan and"
     " gmm)"},
    {"tree", 0, CLI_LABELS, "FILE.npy",
     "method hdbscan: where to write its condensed tree, ions too (float64, rows x 4: "
     "parent, child, 1/nm, size)"},
    {"mesh", 0, CLI_MESH, "FILE",
     "where to write the surface: .obj, .ply, .stl or .vtp for VTK programs"},
    {"mesh", 0, CLI_GIVEN_MESH, "FILE",
     "mesh made elsewhere (.obj, .ply, .stl; nm), in place of an iso-surface"},
    {"distances", 0, CLI_DISTANCES, "FILE.npy",
     "where to write the depth of each ion below the surface (float32, nm)"},
    {"arrays", 0, CLI_ARRAYS, "FILE.npy",
     "where to write the maps (float32, maps y x; row 0 is lowest y)"},
    {"poles", 0, CLI_POLES, "FILE", "table of poles (x_mm, y_mm, perhaps significance)"},
    {"solute", 0, CLI_SOLUTE, "TEXT", "another name of --from"},
    {"seed", 0, CLI_SEED, "N", "seed of whatever is random"},
    {"set", 0, 0, "METHOD.FIELD=VALUE", "any parameter by its full name"},
    {"json", 0, CLI_JSON, NULL, "one JSON object instead of tables"},
    {"markdown", 0, CLI_MARKDOWN, NULL, "reference pages instead of tables"},
    {"force", 0, CLI_FORCE, NULL,
     "replace files that are there, and what another input made"},
    {"resume", 0, CLI_RESUME, NULL,
     "go on where a killed run of the same command left off"},
    {"threads", 0, 0, "N", "threads to use (one per processor)"},
    {"quiet", 'q', 0, NULL, "errors only"},
    {"verbose", 'v', 0, NULL, "one line a stage; twice for more"},
    {"help", 'h', 0, NULL, "this help"},
};
enum { N_SHARED = sizeof shared / sizeof shared[0] };

typedef struct {
    struct option options[OPTIONS_MAX];
    char names[OPTIONS_MAX][CLI_NAME_MAX];
    const ia_field *fields[OPTIONS_MAX];
    size_t n;
} option_table;

static bool takes(const cli_command *command, const shared_option *option)
{
    return option->common == 0 || command->common & option->common;
}

static void spell(const char *name, char out[CLI_NAME_MAX])
{
    snprintf(out, CLI_NAME_MAX, "%s", name);
    for (char *at = out; *at; at++)
        if (*at == '_')
            *at = '-';
}

static void add_option(option_table *table, const char *name, bool value, int code)
{
    struct option *option = &table->options[table->n];
    spell(name, table->names[table->n]);
    *option = (struct option){.name = table->names[table->n],
                              .has_arg = value ? required_argument : no_argument,
                              .val = code};
    table->n++;
}

static bool has_option(const option_table *table, const char *name)
{
    char spelled[CLI_NAME_MAX];
    spell(name, spelled);
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->names[i], spelled) == 0)
            return true;
    return false;
}

// Fields come first, so that --seed is that of the methods where they have one. A field
// that several methods share by name is one option for all of them.
static void fill_table(const cli_command *command, option_table *table)
{
    for (size_t m = 0; m < CLI_METHODS_MAX && command->methods[m]; m++) {
        const ia_method *method = command->methods[m];
        for (size_t f = 0; f < method->n_fields && table->n < OPTIONS_MAX / 2; f++) {
            const ia_field *field = &method->fields[f];
            if (has_option(table, field->name))
                continue;
            table->fields[table->n] = field;
            add_option(table, field->name, field->type != IA_BOOL,
                       OPT_FIELD + (int)table->n);
        }
    }
    for (size_t i = 0; i < N_SHARED; i++)
        if (takes(command, &shared[i]) && !has_option(table, shared[i].name))
            add_option(table, shared[i].name, shared[i].value != NULL,
                       OPT_SHARED + (int)i);
}

static int misused(const cli_job *cli)
{
    fprintf(stderr, "ionatlas: see 'ionatlas %s --help'\n", cli->command->name);
    return CLI_MISUSED;
}

int cli_misused(const cli_job *cli, const char *needs)
{
    fprintf(stderr, "ionatlas: '%s' %s\n", cli->command->name, needs);
    return misused(cli);
}

static int read_field(cli_job *cli, const ia_field *field, size_t method,
                      const char *text)
{
    if (ia_field_read(cli->ctx, field, text, cli->params[method]) == IA_OK)
        return CLI_DONE;
    fprintf(stderr, "ionatlas: %s\n", ia_ctx_message(cli->ctx));
    return misused(cli);
}

static int read_everywhere(cli_job *cli, const char *name, const char *text)
{
    int status = CLI_DONE;
    for (size_t m = 0; m < CLI_METHODS_MAX && cli->command->methods[m]; m++) {
        const ia_field *field = ia_method_find(cli->command->methods[m], name);
        if (field && status == CLI_DONE)
            status = read_field(cli, field, m, text);
    }
    return status;
}

// --set method.field=value
static int read_set(cli_job *cli, const char *text)
{
    const char *dot = strchr(text, '.');
    const char *equal = dot ? strchr(dot, '=') : NULL;
    char name[CLI_NAME_MAX] = "", field_name[CLI_NAME_MAX] = "";
    if (equal && dot - text < CLI_NAME_MAX && equal - dot < CLI_NAME_MAX) {
        memcpy(name, text, (size_t)(dot - text));
        memcpy(field_name, dot + 1, (size_t)(equal - dot - 1));
    }
    for (size_t m = 0; m < CLI_METHODS_MAX && cli->command->methods[m]; m++) {
        const ia_method *method = cli->command->methods[m];
        const ia_field *field = ia_method_find(method, field_name);
        if (strcmp(method->name, name) == 0 && field)
            return read_field(cli, field, m, equal + 1);
    }
    fprintf(stderr,
            "ionatlas: --set %s: '%s' takes no such parameter (METHOD.FIELD=VALUE)\n",
            text, cli->command->name);
    return misused(cli);
}

static int read_count(const cli_job *cli, const char *name, const char *text, size_t *out)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    if (end != text && !*end && text[0] != '-' && n > 0 && n <= 256) {
        *out = (size_t)n;
        return CLI_DONE;
    }
    fprintf(stderr, "ionatlas: --%s %s: a number from 1 to 256 was expected\n", name,
            text);
    return misused(cli);
}

// Taken by every analysis, read only by those that draw numbers.
static int read_unused_seed(const cli_job *cli, const char *text)
{
    if (*text && strspn(text, "0123456789") == strlen(text))
        return CLI_DONE;
    fprintf(stderr, "ionatlas: --seed %s: a whole number was expected\n", text);
    return misused(cli);
}

// Edits of ranges, in the order in which they are given.
static int read_edit(cli_job *cli, const char *word, const char *text)
{
    const ia_field *field = ia_method_find(&ia_range_method, "edits");
    ia_range_params *params = cli_params(cli, &ia_range_method);
    char *all = ia_textf(cli->ctx, "%s%s%s %s", params->edits, *params->edits ? "; " : "",
                         word, text);
    ia_status st = all ? ia_field_read(cli->ctx, field, all, params) : IA_ERR_MEMORY;
    free(all);
    if (st == IA_OK)
        return CLI_DONE;
    fprintf(stderr, "ionatlas: %s\n", ia_ctx_message(cli->ctx));
    return misused(cli);
}

// Options that only name something, and those that only are given: where each is kept.
typedef struct {
    const char *name;
    size_t offset; // in cli_job
} kept;
static const kept names[] = {
    {"ranges", offsetof(cli_job, ranges)},
    {"output", offsetof(cli_job, output)},
    {"format", offsetof(cli_job, format)},
    {"meta", offsetof(cli_job, meta)},
    {"plot", offsetof(cli_job, plot)},
    {"labels", offsetof(cli_job, labels)},
    {"mesh", offsetof(cli_job, mesh)},
    {"distances", offsetof(cli_job, distances)},
    {"arrays", offsetof(cli_job, arrays)},
    {"poles", offsetof(cli_job, poles)},
    {"grid", offsetof(cli_job, grid)},
    {"grid-errors", offsetof(cli_job, grid_errors)},
    {"solute", offsetof(cli_job, solute)},
    {"posterior", offsetof(cli_job, posterior)},
    {"tree", offsetof(cli_job, tree)},
};
static const kept switches[] = {
    {"compare", offsetof(cli_job, compare)},
    {"sensitivity", offsetof(cli_job, sensitivity)},
    {"compare-rules", offsetof(cli_job, compare_rules)},
    {"agreement", offsetof(cli_job, agreement)},
    {"mixture", offsetof(cli_job, mixture)},
    {"json", offsetof(cli_job, json)},
    {"markdown", offsetof(cli_job, markdown)},
    {"force", offsetof(cli_job, force)},
    {"resume", offsetof(cli_job, resume)},
    {"quiet", offsetof(cli_job, quiet)},
};

// Where the option is kept; NULL where it is in neither list.
static void *place_of(cli_job *cli, const kept *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return (char *)cli + list[i].offset;
    return NULL;
}

static int read_shared(cli_job *cli, const shared_option *option, const char *value,
                       bool *help)
{
    size_t n = 0;
    int status = CLI_DONE;
    const char *name = option->name;
    const char **text = place_of(cli, names, sizeof names / sizeof names[0], name);
    bool *given = place_of(cli, switches, sizeof switches / sizeof switches[0], name);
    if (option->common == CLI_EDIT)
        status = read_edit(cli, name, value);
    else if (text)
        *text = value;
    else if (given)
        *given = true;
    else if (strcmp(name, "seed") == 0)
        status = read_unused_seed(cli, value);
    else if (strcmp(name, "set") == 0)
        status = read_set(cli, value);
    else if (strcmp(name, "verbose") == 0)
        cli->verbose++;
    else if (strcmp(name, "help") == 0)
        *help = true;
    else if ((status = read_count(cli, name, value, &n)) == CLI_DONE)
        ia_ctx_set_threads(cli->ctx, n);
    return status;
}

// Methods that look out from some elements take the solute for these unless others are
// named.
static int spread_solute(cli_job *cli)
{
    int status = CLI_DONE;
    for (size_t m = 0; m < CLI_METHODS_MAX && cli->command->methods[m]; m++) {
        const ia_method *method = cli->command->methods[m];
        const ia_field *from = ia_method_find(method, "from");
        char given[IA_FIELD_TEXT_MAX];
        if (!from || ia_method_find(method, "solute") || status != CLI_DONE)
            continue;
        ia_field_write(from, cli->params[m], given, sizeof given);
        if (!*given)
            status = read_field(cli, from, m, cli->solute);
    }
    return status;
}

static int shared_of_letter(int letter)
{
    for (size_t i = 0; i < N_SHARED; i++)
        if (shared[i].letter == letter)
            return OPT_SHARED + (int)i;
    return '?';
}

static int read_options(int argc, char **argv, cli_job *cli, const option_table *table,
                        bool *help)
{
    static char program[] = "ionatlas"; // what getopt begins its sentences with
    int code, status = CLI_DONE;

    optind = 2;
    argv[0] = program;
    while (status == CLI_DONE &&
           (code = getopt_long(argc, argv, "r:o:qvh", table->options, NULL)) != -1) {
        if (code < OPT_SHARED)
            code = shared_of_letter(code);
        if (code == '?')
            return misused(cli); // getopt has said why
        if (code < OPT_FIELD) {
            const shared_option *option = &shared[code - OPT_SHARED];
            if (!takes(cli->command, option)) {
                fprintf(stderr, "ionatlas: '%s' takes no -%c\n", cli->command->name,
                        option->letter);
                return misused(cli);
            }
            status = read_shared(cli, option, optarg, help);
        } else {
            size_t i = (size_t)(code - OPT_FIELD);
            if (strcmp(table->fields[i]->name, "solute") == 0)
                cli->solute = optarg;
            status =
                read_everywhere(cli, table->fields[i]->name, optarg ? optarg : "true");
        }
    }
    return status;
}

static int check_inputs(const cli_job *cli)
{
    const cli_command *command = cli->command;
    if (cli->n_inputs >= command->n_least && cli->n_inputs <= command->n_most)
        return CLI_DONE;
    if (command->n_most == 0)
        fprintf(stderr, "ionatlas: '%s' takes no input\n", command->name);
    else if (cli->n_inputs < command->n_least)
        fprintf(stderr, "ionatlas: '%s' needs %s\n", command->name, command->inputs);
    else
        fprintf(stderr, "ionatlas: '%s' takes %s, %zu were given\n", command->name,
                command->inputs, cli->n_inputs);
    return misused(cli);
}

int cli_parse(int argc, char **argv, cli_job *cli, bool *shown_help)
{
    option_table *table = calloc(1, sizeof *table);
    if (!table)
        return CLI_FAILED;
    int status = CLI_DONE;
    *shown_help = false;
    for (size_t m = 0; m < CLI_METHODS_MAX && cli->command->methods[m]; m++) {
        if (!(cli->params[m] = calloc(1, cli->command->methods[m]->size)))
            status = CLI_FAILED;
        else
            ia_method_defaults(cli->command->methods[m], cli->params[m]);
    }
    fill_table(cli->command, table);
    if (status == CLI_DONE)
        status = read_options(argc, argv, cli, table, shown_help);
    free(table);
    if (status == CLI_DONE && cli->solute)
        status = spread_solute(cli);
    if (status != CLI_DONE)
        return status;
    if (*shown_help) {
        cli_help(cli->command, stdout);
        return CLI_DONE;
    }
    cli->inputs = argv + optind;
    cli->n_inputs = (size_t)(argc - optind);
    return check_inputs(cli);
}

void cli_clear(cli_job *cli)
{
    for (size_t m = 0; m < CLI_METHODS_MAX; m++)
        free(cli->params[m]);
    for (size_t i = 0; i < cli->n_written; i++)
        free(cli->written[i]);
    free(cli->written);
    ia_ctx_free(cli->ctx);
}

void *cli_params(cli_job *cli, const ia_method *method)
{
    for (size_t m = 0; m < CLI_METHODS_MAX && cli->command->methods[m]; m++)
        if (cli->command->methods[m] == method)
            return cli->params[m];
    return NULL;
}

// A field of a method as an option; false when memory ran out.
static bool describe_field(const ia_method *method, const ia_field *field,
                           cli_option *option)
{
    char preset[IA_FIELD_TEXT_MAX];
    void *params = calloc(1, method->size);
    if (!params)
        return false;
    ia_method_defaults(method, params);
    ia_field_write(field, params, preset, sizeof preset);
    free(params);
    *option = (cli_option){.method = method, .field = field, .help = field->help};
    spell(field->name, option->name);
    option->value = field->type == IA_BOOL     ? ""
                    : field->type == IA_CHOICE ? "WORD"
                    : field->type == IA_TEXT   ? "TEXT"
                                               : "N";
    option->choices = field->type == IA_CHOICE ? field->choices : "";
    if (field->type != IA_BOOL && *preset)
        snprintf(option->preset, sizeof option->preset, "%s%s%s", preset,
                 *field->unit ? " " : "", field->unit);
    return true;
}

void cli_options_tell(const cli_command *command, cli_tell tell, void *user)
{
    cli_option option;
    for (size_t m = 0; m < CLI_METHODS_MAX && command->methods[m]; m++) {
        const ia_method *method = command->methods[m];
        for (size_t f = 0; f < method->n_fields; f++)
            if (describe_field(method, &method->fields[f], &option))
                tell(user, &option);
    }
    for (size_t i = 0; i < N_SHARED; i++) {
        if (!takes(command, &shared[i]))
            continue;
        option = (cli_option){.letter = shared[i].letter,
                              .value = shared[i].value ? shared[i].value : "",
                              .help = shared[i].help,
                              .choices = ""};
        spell(shared[i].name, option.name);
        tell(user, &option);
    }
}
