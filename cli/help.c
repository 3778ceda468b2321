// cli/help.c: what --help tells: the commands, and the options of one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <string.h>

const cli_command *cli_command_find(const char *name)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

void cli_usage(void *stream)
{
    const char *group = "";
    fprintf(stream, "usage: ionatlas COMMAND INPUT... [options]\n\n"
                    "Atom probe data, from raw file to report.\n");
    for (const cli_command *command = cli_commands; command->name; command++) {
        if (strcmp(group, command->group) != 0)
            fprintf(stream, "\n%s\n", command->group);
        group = command->group;
        fprintf(stream, "  %-12s %s\n", command->name, command->help);
    }
    fprintf(stream, "\n'ionatlas COMMAND --help' tells the options of a command.\n");
}

typedef struct {
    FILE *stream;
    const ia_method *method; // whose options came last
    bool begun;
} page;

static void put_line(FILE *stream, const char *left, const char *help)
{
    enum { COLUMN = 30 };
    fprintf(stream, "  %-*s", COLUMN, left);
    if (strlen(left) >= COLUMN)
        fprintf(stream, "\n  %-*s", COLUMN, "");
    fputs(help, stream);
}

static void put_heading(page *p, const ia_method *method)
{
    if (p->begun && p->method == method)
        return;
    if (method)
        fprintf(p->stream, "\n%s (%s):\n", method->title, method->name);
    else
        fprintf(p->stream, "\nOptions:\n");
    p->method = method;
    p->begun = true;
}

static void put_option(void *user, const cli_option *option)
{
    page *p = user;
    char left[96], letter[8] = "";
    put_heading(p, option->method);
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%*s--%s%s%s", option->method ? 0 : -4, letter,
             option->name, *option->value ? " " : "", option->value);
    put_line(p->stream, left, option->help);
    if (*option->choices)
        fprintf(p->stream, ": %s", option->choices);
    if (*option->preset)
        fprintf(p->stream, " (%s)", option->preset);
    fputc('\n', p->stream);
}

void cli_help(const cli_command *command, void *stream)
{
    fprintf(stream, "usage: ionatlas %s %s [options]\n\n%s.\n", command->name,
            command->inputs, command->help);
    cli_options_tell(command, put_option, &(page){.stream = stream});
    if (command->example)
        fprintf(stream, "\nExample:\n  %s\n", command->example);
}
