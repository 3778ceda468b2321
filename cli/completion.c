// cli/completion.c: completion of command lines in bash, zsh and fish, from the tables of
// options.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <string.h>

// What each shell is told of one option.
typedef struct {
    const cli_command *command;
    cli_tell tell;
} listing;

// A parameter that an earlier method of the command has by the same name is one option.
static bool is_repeated(const cli_command *command, const cli_option *option)
{
    for (size_t m = 0; m < CLI_METHODS_MAX && command->methods[m]; m++) {
        if (command->methods[m] == option->method)
            return false;
        if (ia_method_find(command->methods[m], option->name))
            return true;
    }
    return false;
}

static void tell_once(void *user, const cli_option *option)
{
    listing *l = user;
    if (!is_repeated(l->command, option))
        l->tell(user, option);
}

static void tell_options(const cli_command *command, cli_tell tell)
{
    cli_options_tell(command, tell_once, &(listing){command, tell});
}

static bool takes_files(const cli_command *command)
{
    return strstr(command->inputs, "INPUT") || strstr(command->inputs, "PROJECT");
}

// Words that a command takes as its input, separated by `gap`.
static void put_inputs(const cli_command *command, const char *gap)
{
    size_t n;
    const ia_method *const *methods = ia_methods(&n);
    if (strcmp(command->inputs, "SHELL") == 0)
        printf("bash%szsh%sfish", gap, gap);
    else if (strcmp(command->inputs, "[COMMAND]") == 0)
        for (const cli_command *other = cli_commands; other->name; other++)
            printf("%s%s", other == cli_commands ? "" : gap, other->name);
    else if (strcmp(command->inputs, "[METHOD]") == 0) {
        for (size_t i = 0; i < n; i++)
            printf("%s%s", methods[i]->name, gap);
        printf("formats%smetadata", gap);
    }
}

// Words that an option takes, separated by `gap`.
static void put_words(const cli_option *option, const char *gap)
{
    size_t n, n_put = 0;
    const ia_format *formats = ia_formats(&n);
    if (strcmp(option->name, "format") == 0 && !option->method)
        for (size_t i = 0; i < n; i++) {
            if (*cli_format_writes(&formats[i]))
                printf("%s%s", n_put++ > 0 ? gap : "", formats[i].name);
        }
    for (const char *at = option->choices; *at; at++)
        fputs(*at == '|' ? gap : (char[]){*at, '\0'}, stdout);
}

static bool has_words(const cli_option *option)
{
    return *option->choices || (strcmp(option->name, "format") == 0 && !option->method);
}

static bool wants_file(const cli_option *option)
{
    return strstr(option->value, "FILE") || strcmp(option->value, "PATH") == 0;
}

// Help with every mark of the shell behind a backslash, or as the shell wants a quote.
static void put_quoted(const char *text, const char *marks, const char *quote)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(quote, stdout);
        else if (strchr(marks, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void bash_name(void *user, const cli_option *option)
{
    (void)user;
    printf(" --%s", option->name);
}

static void bash_words(void *user, const cli_option *option)
{
    const listing *l = user;
    if (!has_words(option))
        return;
    printf("    '%s --%s') words='", l->command->name, option->name);
    put_words(option, " ");
    puts("' ;;");
}

static void put_bash(void)
{
    puts("# Completion of ionatlas for bash, written by 'ionatlas completion bash'.\n"
         "_ionatlas()\n{\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=\n"
         "    case \"$verb ${COMP_WORDS[COMP_CWORD - 1]}\" in");
    for (const cli_command *command = cli_commands; command->name; command++)
        tell_options(command, bash_words);
    puts("    *) case $verb:$cur in");
    for (const cli_command *command = cli_commands; command->name; command++) {
        printf("        %s:-*) words='", command->name);
        tell_options(command, bash_name);
        puts("' ;;");
        if (takes_files(command))
            continue;
        printf("        %s:*) words='", command->name);
        put_inputs(command, " ");
        puts("' ;;");
    }
    puts("        esac ;;\n    esac");
    fputs("    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='", stdout);
    for (const cli_command *command = cli_commands; command->name; command++)
        printf("%s ", command->name);
    puts("--help --version'\n    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
         "complete -o default -F _ionatlas ionatlas");
}

static void zsh_option(void *user, const cli_option *option)
{
    (void)user;
    const char *repeats = strcmp(option->name, "set") == 0 ? "*" : "";
    if (option->letter)
        printf("            '(-%c --%s)'{-%c,--%s}'", option->letter, option->name,
               option->letter, option->name);
    else
        printf("            '%s--%s", repeats, option->name);
    putchar('[');
    put_quoted(option->help, "[]:\\", "'\\''");
    if (*option->preset) {
        fputs(" (", stdout);
        put_quoted(option->preset, "[]:\\", "'\\''");
        putchar(')');
    }
    putchar(']');
    if (*option->value)
        printf(":%s:", option->value);
    if (has_words(option)) {
        putchar('(');
        put_words(option, " ");
        putchar(')');
    } else if (wants_file(option))
        fputs("_files", stdout);
    puts("' \\");
}

static void put_zsh(void)
{
    puts("#compdef ionatlas\n"
         "# Completion of ionatlas for zsh, written by 'ionatlas completion zsh'.\n"
         "_ionatlas() {\n    local -a verbs\n    verbs=(");
    for (const cli_command *command = cli_commands; command->name; command++) {
        printf("        '%s:", command->name);
        put_quoted(command->help, ":\\", "'\\''");
        puts("'");
    }
    puts("    )\n    if (( CURRENT == 2 )); then\n"
         "        _describe command verbs\n        return\n    fi\n"
         "    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
         "    case $verb in");
    for (const cli_command *command = cli_commands; command->name; command++) {
        printf("    %s)\n        _arguments -s \\\n", command->name);
        tell_options(command, zsh_option);
        fputs("            '*: :", stdout);
        if (takes_files(command))
            fputs("_files", stdout);
        else {
            putchar('(');
            put_inputs(command, " ");
            putchar(')');
        }
        puts("' ;;");
    }
    puts("    esac\n}\nif [ \"$funcstack[1]\" = _ionatlas ]; then\n    _ionatlas \"$@\"\n"
         "else\n    compdef _ionatlas ionatlas\nfi");
}

static void fish_option(void *user, const cli_option *option)
{
    const listing *l = user;
    printf("complete -c ionatlas -n '__fish_seen_subcommand_from %s' -l %s",
           l->command->name, option->name);
    if (option->letter)
        printf(" -s %c", option->letter);
    if (has_words(option)) {
        fputs(" -xa '", stdout);
        put_words(option, " ");
        putchar('\'');
    } else if (wants_file(option))
        fputs(" -rF", stdout);
    else if (*option->value)
        fputs(" -x", stdout);
    fputs(" -d '", stdout);
    put_quoted(option->help, "\\", "\\'");
    puts("'");
}

static void put_fish(void)
{
    puts("# Completion of ionatlas for fish, written by 'ionatlas completion fish'.");
    for (const cli_command *command = cli_commands; command->name; command++) {
        printf("complete -c ionatlas -n __fish_use_subcommand -f -a %s -d '",
               command->name);
        put_quoted(command->help, "\\", "\\'");
        puts("'");
        tell_options(command, fish_option);
        if (takes_files(command))
            continue;
        printf("complete -c ionatlas -n '__fish_seen_subcommand_from %s' -f -a '",
               command->name);
        put_inputs(command, " ");
        puts("'");
    }
}

int cmd_completion(cli_job *cli)
{
    static const struct {
        const char *name;
        void (*put)(void);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(cli->inputs[0], shells[i].name) == 0) {
            shells[i].put();
            return CLI_DONE;
        }
    return cli_misused(cli, "knows bash, zsh and fish");
}
