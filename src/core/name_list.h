// src/core/name_list.h: names in a sentence, as many as find room spelt out; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_NAME_LIST_H
#define IA_CORE_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

// All-zero is empty. `n` counts those that found no room, too.
typedef struct {
    char text[256];
    size_t n;
    bool is_full;
} ia_name_list;
// Add one behind a comma, as printf has it, cut to 127 bytes; "..." stands for all that
// find no room.
void ia_name_list_add(ia_name_list *names, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
