// src/recon/recon_evolution.c: what the radius is taken from, where sections change it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include "io/text.h"
#include <string.h>

static const char column[] = "evolution";

// Whether a word stands anywhere in a table.
static bool has_word(const char *table, const char *word)
{
    static const char between[] = " \t,\r\n;";
    size_t n = strlen(word);

    for (const char *at = table; *at; at += strspn(at, between)) {
        size_t length = strcspn(at, between);
        if (length == n && strncmp(at, word, n) == 0)
            return true;
        at += length;
    }
    return false;
}

bool ia_recon_is_told(const ia_reconstruct_params *p, const char *name)
{
    return has_word(p->sections, name);
}

void ia_recon_word_write(int evolution, char *word, size_t n)
{
    ia_reconstruct_params p = {.evolution = evolution};
    ia_field_write(ia_method_find(&ia_reconstruct_method, column), &p, word, n);
}

bool ia_recon_uses(const ia_reconstruct_params *p, int evolution)
{
    char word[32];

    if (!ia_recon_is_told(p, column))
        return p->evolution == evolution;
    ia_recon_word_write(evolution, word, sizeof word);
    return has_word(p->sections, word);
}

bool ia_recon_is_word(const char *name)
{
    return strcmp(name, column) == 0;
}

bool ia_recon_word_read(const char *name, ia_span word, double *value)
{
    char text[32];
    ia_reconstruct_params p;

    if (!ia_recon_is_word(name) || word.n >= sizeof text)
        return false;
    ia_span_copy(word, text, sizeof text);
    if (ia_field_read(NULL, ia_method_find(&ia_reconstruct_method, column), text, &p) !=
        IA_OK)
        return false;
    *value = p.evolution;
    return true;
}
