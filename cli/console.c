// cli/console.c: log lines, progress with time left and Ctrl-C, all on stderr.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const cli_job *cli;
    bool on_terminal;
    bool line_open; // a progress line stands on the terminal
    char stage[64];
    double begun, shown; // s
    char *held; // owned: the last warning, until it is known that no failure says it
} console;

// One process, one terminal; the signal handler can reach nothing else.
static volatile sig_atomic_t stop_asked;

static void ask_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void close_line(console *c)
{
    if (c->line_open)
        fprintf(stderr, "\r\033[K");
    c->line_open = false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static void tell_held(console *c)
{
    if (c->held)
        fprintf(stderr, "ionatlas: warning: %s\n", c->held);
    free(c->held);
    c->held = NULL;
}

// What was warned of and then makes the command fail is one sentence, not two.
static void show_log(void *user, ia_log_level level, const char *text)
{
    console *c = user;
    close_line(c);
    if (c->held && level == IA_LOG_ERROR && ends_with(text, c->held)) {
        free(c->held);
        c->held = NULL;
    }
    tell_held(c);
    if (level == IA_LOG_WARN && (c->held = strdup(text)))
        return;
    fprintf(stderr, "ionatlas: %s%s\n", level == IA_LOG_WARN ? "warning: " : "", text);
}

static bool show_progress(void *user, const char *stage, double done)
{
    console *c = user;
    double time = now();
    tell_held(c);
    if (stop_asked)
        return false;
    if (!c->on_terminal)
        return true;
    if (strncmp(c->stage, stage, sizeof c->stage - 1) != 0) {
        snprintf(c->stage, sizeof c->stage, "%s", stage);
        c->begun = time;
    }
    // Short stages stay silent; long ones are told four times a second.
    if (time - c->begun < 0.5 || time - c->shown < 0.25)
        return true;
    c->shown = time;
    c->line_open = true;
    fprintf(stderr, "\r\033[K%s", stage);
    if (done > 0)
        fprintf(stderr, " %3.0f %%, %.0f s left", 100 * done,
                (time - c->begun) * (1 - done) / done);
    return true;
}

static console the_console;

void cli_attach(cli_job *cli)
{
    the_console =
        (console){.cli = cli, .on_terminal = isatty(STDERR_FILENO) && !cli->quiet};
    ia_log_level level = cli->quiet          ? IA_LOG_ERROR
                         : cli->verbose == 0 ? IA_LOG_WARN
                         : cli->verbose == 1 ? IA_LOG_INFO
                                             : IA_LOG_DEBUG;
    ia_ctx_set_log(cli->ctx, level, show_log, &the_console);
    ia_ctx_set_progress(cli->ctx, show_progress, &the_console);
    // The second Ctrl-C ends the process at once.
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_detach(cli_job *cli)
{
    if (isatty(STDERR_FILENO) && !cli->quiet)
        fprintf(stderr, "\r\033[K");
    tell_held(&the_console);
    ia_ctx_set_progress(cli->ctx, NULL, NULL);
    ia_ctx_set_log(cli->ctx, IA_LOG_ERROR, NULL, NULL);
}

int cli_end(ia_status status)
{
    return status == IA_OK ? CLI_DONE : CLI_FAILED;
}

ia_status cli_show(cli_job *cli, const ia_json_part *parts, size_t n)
{
    ia_status st = IA_OK;
    tell_held(&the_console);
    if (cli->json) {
        char *text = NULL;
        if ((st = ia_json_write(cli->ctx, parts, n, &text)) == IA_OK)
            puts(text);
        free(text);
        return st;
    }
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        const ia_result *result = parts[i].result;
        if (i > 0 && result->n > 0) // the first table of all has no heading
            printf("\n# %s\n", result->tables[0].name);
        st = ia_tsv_write(cli->ctx, parts[i].result, stdout);
    }
    return st;
}

const ia_result *cli_charges(const ia_chain *chain)
{
    const ia_step_record *step = ia_chain_find(chain, "charge_states");
    const ia_table *table = step ? ia_result_find(&step->result, "charge_states") : NULL;
    return table && table->n_rows > 0 ? &step->result : NULL;
}

const ia_result *cli_limits(cli_job *cli, const ia_chain *chain)
{
    const ia_limits_params *params = cli_params(cli, &ia_limits_method);
    const ia_step_record *step = ia_chain_find(chain, "limits");
    bool is_asked = params->limits || params->limits_for[0];
    return step && (cli->json || is_asked) ? &step->result : NULL;
}
