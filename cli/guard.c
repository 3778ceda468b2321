// cli/guard.c: before a command begins: streams that are closed, signals that would kill.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A file opened while 0, 1 or 2 are free would become that stream, and what is printed
// would end in it. Standard output gets a descriptor that refuses what is written.
static bool occupy_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        if (open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

// Inputs are mapped: one that is cut short by another program ends in this signal.
static void tell_lost_input(int signal_number)
{
    static const char sentence[] = "ionatlas: an input could not be read to its end: it "
                                   "became shorter meanwhile, or its disk failed\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, sentence, sizeof sentence - 1);
    (void)written;
    _exit(CLI_FAILED);
}

bool cli_guard(void)
{
    struct sigaction lost = {.sa_handler = tell_lost_input};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGBUS, &lost, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); // the write then fails, and that is told
    return occupy_streams();
}

static bool is_same(const struct stat *out, const char *path)
{
    struct stat in;
    return path && stat(path, &in) == 0 && in.st_dev == out->st_dev &&
           in.st_ino == out->st_ino;
}

bool cli_is_given_before(const cli_job *cli, const char *input)
{
    struct stat in;
    if (stat(input, &in) != 0)
        return false;
    for (size_t i = 0; i < cli->n_inputs && cli->inputs[i] != input; i++)
        if (is_same(&in, cli->inputs[i]))
            return true;
    return false;
}

bool cli_was_written(const cli_job *cli, const char *path)
{
    struct stat out;
    if (stat(path, &out) != 0)
        return false;
    for (size_t i = 0; i < cli->n_written; i++)
        if (is_same(&out, cli->written[i]))
            return true;
    return false;
}

ia_status cli_check_output(cli_job *cli, const char *path)
{
    struct stat out;
    ia_status st = ia_draft_check(cli->ctx, path);
    if (st != IA_OK || stat(path, &out) != 0)
        return st;
    bool taken = is_same(&out, cli->ranges) || is_same(&out, cli->meta);
    for (size_t i = 0; i < cli->n_inputs && !taken; i++)
        taken = is_same(&out, cli->inputs[i]);
    if (taken)
        return ia_fail(cli->ctx, IA_ERR_PARAM, "%s: input and output are the same file",
                       path);
    if (cli_was_written(cli, path))
        st = ia_fail(cli->ctx, IA_ERR_PARAM,
                     "%s: was written for another input of this run", path);
    return st;
}

ia_status cli_wrote(cli_job *cli, const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return IA_OK;
    char **longer = ia_array(cli->ctx, cli->n_written + 1, sizeof *longer);
    char *copy = longer ? ia_text(cli->ctx, path) : NULL;
    if (!copy) {
        free(longer);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < cli->n_written; i++)
        longer[i] = cli->written[i];
    longer[cli->n_written++] = copy;
    free(cli->written);
    cli->written = longer;
    return IA_OK;
}
