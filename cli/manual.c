// cli/manual.c: manual pages for man, written from the tables that the options come from.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    FILE *stream;
    const ia_method *method; // whose options came last
} page;

// Text as roff takes it literally; a line must not begin with one of its marks.
static void put_text(FILE *stream, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stream);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stream);
        else if (*text == '-')
            fputs("\\-", stream);
        else if (*text == '\'')
            fputs("\\(aq", stream);
        else
            fputc(*text, stream);
    }
}

static void put_sentence(FILE *stream, const char *text)
{
    put_text(stream, text);
    size_t n = strlen(text);
    fputs(n > 0 && text[n - 1] == '.' ? "\n" : ".\n", stream);
}

static void put_title(FILE *stream, const char *name)
{
    fputs(".TH IONATLAS", stream);
    if (name)
        fputs("\\-", stream);
    for (; name && *name; name++)
        fputc(toupper((unsigned char)*name), stream);
    fprintf(stream, " 1 \"\" \"Ionatlas %s\" \"Ionatlas\"\n.nh\n.SH NAME\n",
            ia_version());
}

static void put_choices(FILE *stream, const char *choices)
{
    fputs("One of ", stream);
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, "|");
        char word[IA_FIELD_TEXT_MAX];
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        put_text(stream, word);
        at += n + (at[n] == '|');
        fputs(*at ? ", " : ".\n", stream);
    }
}

// What a parameter may be, and is when nobody says.
static void put_limits(FILE *stream, const cli_option *option)
{
    const ia_field *field = option->field;
    if (*option->choices)
        put_choices(stream, option->choices);
    else if (field->type != IA_BOOL && field->type != IA_TEXT) {
        char limits[IA_FIELD_TEXT_MAX];
        snprintf(limits, sizeof limits, "From %.10g to %.10g%s%s", field->least,
                 field->most, *field->unit ? " " : "", field->unit);
        put_sentence(stream, limits);
    }
    if (*option->preset) {
        fputs("Default: ", stream);
        put_sentence(stream, option->preset);
    }
}

static void put_option(void *user, const cli_option *option)
{
    page *p = user;
    FILE *stream = p->stream;
    if (option->method != p->method) {
        fputs(".SS ", stream);
        put_text(stream, option->method ? option->method->title : "Other options");
        if (option->method)
            fprintf(stream, " (%s)", option->method->name);
        fputc('\n', stream);
        p->method = option->method;
    }
    fputs(".TP\n", stream);
    if (option->letter)
        fprintf(stream, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", stream);
    put_text(stream, option->name);
    fputs("\\fR", stream);
    if (*option->value) {
        fputs(" \\fI", stream);
        put_text(stream, option->value);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    put_sentence(stream, option->help);
    if (option->field)
        put_limits(stream, option);
}

static void put_exit(FILE *stream)
{
    fputs(".SH EXIT STATUS\n0 when done, 1 when failed, 2 when misused.\n"
          "One sentence on standard error says what was found, where, and what was "
          "expected.\n",
          stream);
}

static void put_example(FILE *stream, const char *example)
{
    fputs(".SH EXAMPLE\n.nf\n", stream);
    put_text(stream, example);
    fputs("\n.fi\n", stream);
}

static void put_command(FILE *stream, const cli_command *command)
{
    put_title(stream, command->name);
    fprintf(stream, "ionatlas\\-%s \\- ", command->name);
    put_text(stream, command->help);
    fprintf(stream, "\n.SH SYNOPSIS\n\\fBionatlas %s\\fR \\fI", command->name);
    put_text(stream, command->inputs);
    fputs("\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n", stream);
    put_sentence(stream, command->help);
    fputs(".SH OPTIONS\n", stream);
    cli_options_tell(command, put_option, &(page){.stream = stream});
    put_exit(stream);
    if (command->example)
        put_example(stream, command->example);
    fputs(".SH SEE ALSO\n.BR ionatlas (1)\n", stream);
}

static void put_commands(FILE *stream)
{
    const char *group = "";
    fputs(".SH COMMANDS\n", stream);
    for (const cli_command *command = cli_commands; command->name; command++) {
        if (strcmp(group, command->group) != 0)
            fprintf(stream, ".SS %s\n", command->group);
        group = command->group;
        fprintf(stream, ".TP\n.BR ionatlas\\-%s (1)\n", command->name);
        put_sentence(stream, command->help);
    }
}

static void put_uses(FILE *stream, const char *verb, const char *what)
{
    if (*what)
        fprintf(stream, "%s: %s.\n", verb, what);
}

static void put_formats(FILE *stream)
{
    size_t n;
    const ia_format *formats = ia_formats(&n);
    fputs(".SH FORMATS\nRecognised by content, then by the ending of the name.\n",
          stream);
    for (size_t i = 0; i < n; i++) {
        fprintf(stream, ".TP\n.B %s\n", formats[i].name);
        put_sentence(stream, formats[i].title);
        put_uses(stream, "Read", cli_format_reads(&formats[i]));
        put_uses(stream, "Written", cli_format_writes(&formats[i]));
    }
}

static void put_program(FILE *stream)
{
    put_title(stream, NULL);
    fputs(
        "ionatlas \\- Atom probe data, from raw file to report\n.SH SYNOPSIS\n"
        "\\fBionatlas\\fR \\fICOMMAND INPUT...\\fR [\\fIoptions\\fR]\n"
        ".SH DESCRIPTION\nResults go to standard output as tables with units in their "
        "headers,\nor as one JSON object with \\fB\\-\\-json\\fR.\nEverything else goes "
        "to standard error.\n",
        stream);
    put_commands(stream);
    put_formats(stream);
    put_exit(stream);
    fputs(".SH SEE ALSO\n", stream);
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(stream, ".BR ionatlas\\-%s (1)%s\n", command->name,
                command[1].name ? "," : "");
}

static void put_page(FILE *stream, const cli_command *command)
{
    if (command)
        put_command(stream, command);
    else
        put_program(stream);
}

// "ionatlas-spectrum.1" in the folder; the page of the program without a command.
static ia_status write_page(cli_job *cli, const cli_command *command)
{
    ia_draft *draft = NULL;
    char *path = ia_textf(cli->ctx, "%s/ionatlas%s%s.1", cli->output, command ? "-" : "",
                          command ? command->name : "");
    ia_status st = path ? cli_spare(cli, path) : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_draft_new(cli->ctx, path, &draft);
    free(path);
    if (st != IA_OK)
        return st;
    put_page(ia_draft_stream(draft), command);
    return ia_draft_commit(cli->ctx, draft);
}

int cmd_manual(cli_job *cli)
{
    const cli_command *command = NULL;
    if (cli->n_inputs == 1 && !(command = cli_command_find(cli->inputs[0])))
        return cli_end(ia_fail(cli->ctx, IA_ERR_PARAM,
                               "'%s' is no command; see 'ionatlas --help'",
                               cli->inputs[0]));
    if (!cli->output) {
        put_page(stdout, command);
        return CLI_DONE;
    }
    if (!cli_is_folder(cli->output))
        return cli_misused(cli, "needs a folder as -o");
    if (command)
        return cli_end(write_page(cli, command));
    ia_status st = write_page(cli, NULL);
    for (command = cli_commands; command->name && st == IA_OK; command++)
        st = write_page(cli, command);
    return cli_end(st);
}
