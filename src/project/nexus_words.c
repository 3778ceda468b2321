// src/project/nexus_words.c: the words that NeXus lists for what metadata tell.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <string.h>

static const struct {
    const char *key;
    bool open; // other words may be used, with a mark
    const char *words;
} lists[] = {
    {"operation_mode", true, "|apt|fim|apt_fim|"},
    {"measurement.status", false, "|success|aborted|"},
    {"pulse.mode", true, "|laser|voltage|laser_and_voltage|"},
    {"instrument.type", true,
     "|Inspico|3DAP|LAWATAP|LEAP 3000 Si|LEAP 3000X Si|LEAP 3000 HR|LEAP 3000X HR"
     "|LEAP 4000 Si|LEAP 4000X Si|LEAP 4000 HR|LEAP 4000X HR|LEAP 5000 XS|LEAP 5000 XR"
     "|LEAP 5000 R|EIKOS|EIKOS-UV|LEAP 6000 XR|LEAP INVIZO|Photonic AP|TeraSAT|TAPHR"
     "|Modular AP|Titanium APT|Extreme UV APT|"},
};

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    if (n == 0 || strchr(word, '|'))
        return false;
    for (const char *at = words; (at = strstr(at, word)); at++)
        if (at[-1] == '|' && at[n] == '|')
            return true;
    return false;
}

project_word project_word_of(const char *key, const char *word)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(lists[i].key, key) == 0 && !has_word(lists[i].words, word))
            return lists[i].open ? PROJECT_OWN_WORD : PROJECT_NO_WORD;
    return PROJECT_WORD;
}
