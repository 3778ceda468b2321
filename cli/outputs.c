// cli/outputs.c: where results go, and what is not overwritten unasked.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool cli_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *cli_stem(cli_job *cli, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = ia_text(cli->ctx, slash ? slash + 1 : path);
    char *dot = stem ? strrchr(stem, '.') : NULL;
    if (dot && dot != stem)
        *dot = '\0';
    return stem;
}

ia_status cli_spare(cli_job *cli, const char *output)
{
    struct stat info;
    if (!output || strcmp(output, "-") == 0)
        return IA_OK;
    ia_status st = cli_check_output(cli, output);
    if (st != IA_OK || cli->force || stat(output, &info) != 0)
        return st;
    return ia_fail(cli->ctx, IA_ERR_PARAM, "%s: is there already; --force replaces it",
                   output);
}
