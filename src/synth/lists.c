// src/synth/lists.c: reads texts of named numbers such as "Fe:0.98 Cu:0.02".
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n,;";

// One word, "Fe:0.98" or "Fe", of n characters.
static ia_status read_entry(ia_ctx *ctx, const char *what, const char *word, size_t n,
                            ia_entry *out)
{
    const char *colon = memchr(word, ':', n);
    size_t name_length = colon ? (size_t)(colon - word) : n;
    ia_entry entry = {.value = NAN};

    if (name_length == 0 || name_length >= sizeof entry.name)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%s: '%.*s' does not begin with the name of an element or ion",
                       what, (int)n, word);
    memcpy(entry.name, word, name_length);
    if (colon) {
        char *end = NULL;
        entry.value = strtod(colon + 1, &end);
        if (end != word + n || end == colon + 1 ||
            !(entry.value >= 0 && entry.value <= 1))
            return ia_fail(
                ctx, IA_ERR_PARAM,
                "%s: '%.*s' should be a name, a colon and a fraction from 0 to 1", what,
                (int)n, word);
    }
    *out = entry;
    return IA_OK;
}

ia_status ia_entries_read(ia_ctx *ctx, const char *what, const char *text,
                          ia_entry *entries, size_t *n)
{
    size_t count = 0;

    for (;;) {
        text += strspn(text, blanks);
        size_t length = strcspn(text, blanks);
        if (length == 0)
            break;
        if (count == IA_ENTRIES_MAX)
            return ia_fail(ctx, IA_ERR_PARAM, "%s: more than %d entries", what,
                           IA_ENTRIES_MAX);
        ia_status st = read_entry(ctx, what, text, length, &entries[count]);
        if (st != IA_OK)
            return st;
        count++;
        text += length;
    }
    *n = count;
    return IA_OK;
}
