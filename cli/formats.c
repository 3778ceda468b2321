// cli/formats.c: what each format of the library can be used for, in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <string.h>

// Projects are written by the steps that made them, not by the table of formats.
bool cli_format_is_project(const ia_format *format)
{
    return strcmp(format->name, "nxs") == 0;
}

bool cli_format_writes_ions(const ia_format *format)
{
    return format->write_ions || cli_format_is_project(format);
}

static const char *both(bool ions, bool ranges)
{
    return ions && ranges ? "ions ranges" : ions ? "ions" : ranges ? "ranges" : "";
}

const char *cli_format_reads(const ia_format *format)
{
    return both(format->read_ions, format->read_ranges);
}

const char *cli_format_writes(const ia_format *format)
{
    return both(cli_format_writes_ions(format), format->write_ranges);
}

void cli_format_list(char *text, size_t size)
{
    size_t n, used = 0;
    const ia_format *formats = ia_formats(&n);
    *text = '\0';
    for (size_t i = 0; i < n && used < size; i++)
        if (*cli_format_writes(&formats[i]))
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used > 0 ? ", " : "", formats[i].name);
}
