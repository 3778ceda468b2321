// src/core/name_list.c: names in a sentence, as many as find room spelt out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/name_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ia_name_list_add(ia_name_list *names, const char *format, ...)
{
    static const char more[] = ", ...";
    char name[128];
    va_list args;

    names->n++;
    if (names->is_full)
        return;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    size_t used = strlen(names->text);
    names->is_full = used + 2 + strlen(name) + sizeof more > sizeof names->text;
    snprintf(names->text + used, sizeof names->text - used, "%s%s",
             names->is_full || used == 0 ? "" : ", ", names->is_full ? more : name);
}
