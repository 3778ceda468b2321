// cli/cmd_convert.c: ions or ranges of files written in another format, losses named.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// What became of one input: a row of the summary.
typedef struct {
    const char *input;
    ia_status status;
    char *output, *warnings, *lost, *error; // owned; NULL for none
    char from[16];                          // format that it was read as
    const ia_format *to;
    uint64_t ions, ranges; // written
} conversion;

static void clear_rows(conversion *rows, size_t n)
{
    for (size_t i = 0; rows && i < n; i++) {
        free(rows[i].output);
        free(rows[i].warnings);
        free(rows[i].lost);
        free(rows[i].error);
    }
    free(rows);
}

// The name of an input without its folder and its ending, which may be one of two words:
// "folder/a.fig.txt" -> "a".
static char *stem_of(cli_job *cli, const char *input, const ia_format *from)
{
    char *stem = cli_stem(cli, input);
    const char *last = strrchr(input, '.');
    for (const char *at = from ? from->extensions : ""; stem && last && *at;) {
        size_t n = strcspn(at, "|"), n_first = strcspn(at, ".|"), n_stem = strlen(stem);
        if (n_first < n && n_stem > n_first + 1 && stem[n_stem - n_first - 1] == '.' &&
            strncasecmp(stem + n_stem - n_first, at, n_first) == 0 &&
            strlen(last) == n - n_first &&
            strncasecmp(last, at + n_first, n - n_first) == 0)
            stem[n_stem - n_first - 1] = '\0';
        at += n + (at[n] == '|');
    }
    return stem;
}

// The file named by -o, or one in the folder named by it, with the first ending of the
// format.
static char *output_of(cli_job *cli, const char *input, const ia_format *from)
{
    if (!cli_is_folder(cli->output))
        return ia_text(cli->ctx, cli->output);
    const char *ending = ia_format_find(cli->format)->extensions;
    char *stem = stem_of(cli, input, from);
    char *path = NULL;
    if (stem)
        path = ia_textf(cli->ctx, "%s/%s.%.*s", cli->output, stem,
                        (int)strcspn(ending, "|"), ending);
    free(stem);
    return path;
}

// What an input holds, by its bytes.
typedef struct {
    bool ions, ranges, project;
} content;

// The format to write: as asked for, or by the ending of the output; NULL when no format
// is written under that ending. An ending of range files is no ending of ions: "fig.txt".
static const ia_format *target_of(const cli_job *cli, content held)
{
    size_t n = strlen(cli->output);
    if (cli->format)
        return ia_format_find(cli->format);
    const ia_format *ranges = ia_format_for(cli->output, true);
    if (n > 4 && strcasecmp(cli->output + n - 4, ".nxs") == 0 && (held.ions || !ranges))
        return ia_format_find("nxs");
    return ranges ? ranges : ia_format_for(cli->output, false);
}

static content content_of(const ia_source *source, const char *input)
{
    const ia_format *format = ia_format_of(source, true);
    if (ia_source_is_ranges(source))
        return (content){.ranges = true};
    return (content){.ions = true,
                     .ranges = format && format->sniff(source->bytes, source->n) > 0,
                     .project = strcmp(input, "-") != 0 && ia_project_is(input)};
}

// What is lost because the output holds ions alone, or ranges alone.
static void warn_left(cli_job *cli, content held, bool ranges, const ia_format *to)
{
    if (ranges && held.ions)
        ia_warn(cli->ctx, "%s holds ranges alone: the ions are lost", to->name);
    else if (!ranges && held.project)
        ia_warn(cli->ctx, "%s: steps, results and metadata of the project are lost",
                cli_format_is_project(to) ? "a new project" : to->name);
    if (!ranges && held.ranges && !cli_format_is_project(to))
        ia_warn(cli->ctx, "%s holds ions alone: the ranges are lost", to->name);
}

static ia_status convert_ranges(cli_job *cli, const ia_source *source, content held,
                                conversion *row, size_t *n_warnings)
{
    ia_ranges ranges = {0};
    ia_status st = ia_ranges_parse_source(cli->ctx, source, &ranges);
    *n_warnings = ia_ctx_n_warnings(cli->ctx);
    if (st == IA_OK) {
        memcpy(row->from, ranges.format, sizeof row->from);
        warn_left(cli, held, true, row->to);
        st = ia_ranges_write(cli->ctx, &ranges, row->to, row->output);
    }
    if (st == IA_OK)
        row->ranges = ranges.n_ranges;
    ia_ranges_clear(&ranges);
    return st;
}

// A new project keeps the ranges of its input, or those of --ranges.
static ia_status keep_ranges(cli_job *cli, const char *input, ia_chain *chain,
                             ia_state *state)
{
    const ia_range_params of_file = {.source = IA_RANGES_FILE};
    ia_status st = IA_OK;
    if (state->ranges_file.n == 0 && strcmp(input, "-") != 0)
        st = ia_ranges_beside(cli->ctx, input, &state->ranges_file);
    if (st != IA_OK || state->ranges_file.n == 0)
        return st;
    if (!ia_ions_has(&state->ions, IA_MASS)) {
        ia_warn(cli->ctx, "the ions have no m/n: the ranges are lost");
        return IA_OK;
    }
    return ia_chain_run(cli->ctx, chain, state, "range", &of_file);
}

static ia_status write_ions(cli_job *cli, const ia_state *state, const ia_chain *chain,
                            const conversion *row)
{
    if (cli_format_is_project(row->to))
        return ia_project_write(cli->ctx, row->output, state, chain, NULL, cli->force);
    return ia_ions_write(cli->ctx, &state->ions, row->to,
                         cli_params(cli, &ia_write_method), row->output);
}

static ia_status convert_ions(cli_job *cli, const ia_source *source, content held,
                              conversion *row, size_t *n_warnings)
{
    ia_state state = {0};
    ia_chain chain = {0};
    // Standard input has been read to its end.
    ia_status st =
        strcmp(row->input, "-") == 0
            ? ia_ions_parse(cli->ctx, NULL, source->bytes, source->n, &state.ions)
            : cli_load(cli, row->input, &state);
    if (st == IA_OK) {
        memcpy(row->from, state.ions.format, sizeof row->from);
        st = cli_prepare(cli, &chain, &state);
    }
    *n_warnings = ia_ctx_n_warnings(cli->ctx);
    if (st == IA_OK) {
        warn_left(cli, held, false, row->to);
        if (cli_format_is_project(row->to))
            st = keep_ranges(cli, row->input, &chain, &state);
    }
    if (st == IA_OK)
        st = write_ions(cli, &state, &chain, row);
    if (st == IA_OK) {
        row->ions = state.ions.n;
        row->ranges = state.ranges.n_ranges;
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

// Only a file that can be read holds what it seems to; else its reader says what is
// wrong.
static ia_status fail_without(cli_job *cli, const ia_source *source, const char *input,
                              bool ranges, const ia_format *to)
{
    ia_ranges own = {0};
    ia_ions ions = {0};
    ia_status st = ranges ? ia_ranges_parse_source(cli->ctx, source, &own)
                          : ia_ions_read(cli->ctx, input, &ions);
    ia_ranges_clear(&own);
    ia_ions_clear(&ions);
    if (st != IA_OK)
        return st;
    return ia_fail(cli->ctx, IA_ERR_UNSUPPORTED,
                   "%s: holds %s and no %s, %s is a format of %s", input,
                   ranges ? "ranges" : "ions", ranges ? "ions" : "ranges", to->name,
                   ranges ? "ions" : "ranges");
}

// A file may hold ranges beside its ions: the format asked for tells which are meant.
static ia_status choose(cli_job *cli, const ia_source *source, content held,
                        conversion *row, bool *ranges)
{
    row->to = target_of(cli, held);
    if (!row->to)
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "%s: its ending names no format that %s can be written in",
                       cli->output, held.ions ? "ions" : "ranges");
    if (cli_format_is_project(row->to) && strcmp(cli->output, "-") == 0)
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "%s: a project cannot be written to standard output",
                       row->to->name);
    bool writes_ions = cli_format_writes_ions(row->to);
    *ranges = !held.ions || (!writes_ions && held.ranges);
    if (cli->ranges && !cli_format_is_project(row->to))
        return ia_fail(cli->ctx, IA_ERR_PARAM,
                       "--ranges serves a project alone, %s is none", row->to->name);
    bool writes = *ranges ? row->to->write_ranges != NULL : writes_ions;
    return writes ? IA_OK : fail_without(cli, source, row->input, *ranges, row->to);
}

static ia_status convert(cli_job *cli, conversion *row, size_t *n_warnings)
{
    ia_source source = {0};
    bool ranges = false;
    if (cli_is_given_before(cli, row->input))
        return ia_fail(cli->ctx, IA_ERR_PARAM, "%s: is given twice", row->input);
    ia_status st = ia_source_open(cli->ctx, row->input, &source);
    if (st != IA_OK)
        return st;
    content held = content_of(&source, row->input);
    if ((st = choose(cli, &source, held, row, &ranges)) != IA_OK)
        goto done;
    row->output = output_of(cli, row->input, ia_format_of(&source, ranges));
    if ((st = row->output ? cli_spare(cli, row->output) : IA_ERR_MEMORY) == IA_OK)
        st = ranges ? convert_ranges(cli, &source, held, row, n_warnings)
                    : convert_ions(cli, &source, held, row, n_warnings);
    if (st == IA_OK)
        st = cli_wrote(cli, row->output);
done:
    ia_source_clear(&source);
    return st;
}

// A sentence behind the name of the input in front of it, which sentences show cut and
// without control characters.
static const char *behind_name(const char *text, const char *input)
{
    size_t n = 0;
    for (; input[n] && text[n]; n++) {
        bool shown = (unsigned char)input[n] >= ' ' && input[n] != 127;
        if (text[n] != (shown ? input[n] : '?'))
            break;
    }
    return n > 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

// Warnings from one number up to another, without the name of the input before each.
static char *join_warnings(cli_job *cli, const char *input, size_t first, size_t end)
{
    char *joined = NULL;
    for (size_t i = first; i < end; i++) {
        const char *text = behind_name(ia_ctx_warning(cli->ctx, i), input);
        char *longer =
            joined ? ia_textf(cli->ctx, "%s; %s", joined, text) : ia_text(cli->ctx, text);
        free(joined);
        joined = longer;
    }
    return joined;
}

static void convert_row(cli_job *cli, conversion *row)
{
    size_t n_warnings = 0;
    // Of many inputs each sentence names the one it is about.
    ia_ctx_set_subject(cli->ctx, cli->n_inputs > 1 ? row->input : NULL);
    row->status = convert(cli, row, &n_warnings);
    ia_ctx_set_subject(cli->ctx, NULL);
    size_t n = ia_ctx_n_warnings(cli->ctx);
    if (row->status == IA_OK) {
        row->warnings = join_warnings(cli, row->input, 0, n_warnings);
        row->lost = join_warnings(cli, row->input, n_warnings, n);
    } else
        row->error = ia_text(NULL, ia_ctx_message(cli->ctx));
    ia_ctx_reset(cli->ctx);
}

// Tables: "files", a row for each input, and how many failed.
static ia_status summarize(ia_ctx *ctx, const conversion *rows, size_t n,
                           ia_result *result)
{
    static const struct {
        const char *name;
        ia_type type;
    } columns[] = {{"input", IA_TEXT}, {"status", IA_TEXT},   {"from", IA_TEXT},
                   {"to", IA_TEXT},    {"output", IA_TEXT},   {"ions", IA_U64},
                   {"ranges", IA_U64}, {"warnings", IA_TEXT}, {"lost", IA_TEXT},
                   {"error", IA_TEXT}};
    enum { N_COLUMNS = sizeof columns / sizeof columns[0], IONS = 5, RANGES = 6 };
    void *cells[N_COLUMNS];
    size_t n_failed = 0;
    ia_table *table = ia_result_add(ctx, result, "files", IA_ROWS, n);
    for (size_t c = 0; c < N_COLUMNS; c++)
        if (!table ||
            !(cells[c] = ia_table_add(ctx, table, columns[c].name, columns[c].type)))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const conversion *row = &rows[i];
        bool done = row->status == IA_OK;
        const char *const texts[N_COLUMNS] = {row->input,
                                              ia_status_name(row->status),
                                              row->from,
                                              row->to ? row->to->name : NULL,
                                              done ? row->output : NULL,
                                              NULL,
                                              NULL,
                                              row->warnings,
                                              row->lost,
                                              row->error};
        for (size_t c = 0; c < N_COLUMNS; c++)
            if (columns[c].type == IA_TEXT &&
                !(((char **)cells[c])[i] = ia_text(ctx, texts[c] ? texts[c] : "")))
                return IA_ERR_MEMORY;
        ((uint64_t *)cells[IONS])[i] = row->ions;
        ((uint64_t *)cells[RANGES])[i] = row->ranges;
        n_failed += !done;
    }
    if (!(table = ia_result_add(ctx, result, "summary", IA_SCALARS, 1)) ||
        ia_table_add_u64(ctx, table, "inputs", n) != IA_OK ||
        ia_table_add_u64(ctx, table, "failed", n_failed) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static int convert_all(cli_job *cli)
{
    ia_result result = {0};
    ia_status st = IA_OK;
    bool failed = false, stopped = false;
    size_t n = cli->n_inputs;
    conversion *rows = ia_array(cli->ctx, n, sizeof *rows);
    for (size_t i = 0; rows && i < n; i++) {
        rows[i] = (conversion){.input = cli->inputs[i], .status = IA_CANCELLED};
        if (!stopped)
            convert_row(cli, &rows[i]);
        stopped |= rows[i].status == IA_CANCELLED;
        failed |= rows[i].status != IA_OK;
    }
    if (rows && (n > 1 || cli->json)) {
        if ((st = summarize(cli->ctx, rows, n, &result)) == IA_OK)
            st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    }
    ia_result_clear(&result);
    clear_rows(rows, n);
    return rows && !failed ? cli_end(st) : CLI_FAILED;
}

int cmd_convert(cli_job *cli)
{
    char needs[512], names[256];
    const ia_format *format = cli->format ? ia_format_find(cli->format) : NULL;
    if (!cli->output)
        return cli_misused(cli, "needs -o: a file, or a folder with --format");
    if (cli->format && (!format || !*cli_format_writes(format))) {
        cli_format_list(names, sizeof names);
        snprintf(needs, sizeof needs, "%s --format %.64s (%s)",
                 format ? "does not write" : "knows no", cli->format, names);
        return cli_misused(cli, needs);
    }
    size_t n_output = strlen(cli->output);
    if (n_output > 0 && cli->output[n_output - 1] == '/' && !cli_is_folder(cli->output))
        return cli_end(ia_fail(cli->ctx, IA_ERR_PARAM, "-o %s: there is no such folder",
                               cli->output));
    if (cli_is_folder(cli->output) && !cli->format)
        return cli_misused(cli, "needs --format when -o is a folder");
    if (cli->n_inputs > 1 && !cli_is_folder(cli->output))
        return cli_misused(cli, "needs a folder as -o for several inputs");
    if (cli->json && strcmp(cli->output, "-") == 0)
        return cli_misused(cli, "writes either ions or --json to standard output");
    return convert_all(cli);
}
