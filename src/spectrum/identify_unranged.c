// src/spectrum/identify_unranged.c: says which ions that were told have no range.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_job.h"

#include <stdio.h>
#include <string.h>

static bool has_range(const ia_ranges *ranges, const ia_ion *ion)
{
    for (size_t i = 0; i < ranges->n_ranges; i++)
        if (ia_ion_is_equal(&ranges->ions[ranges->ranges[i].ion], ion))
            return true;
    return false;
}

void ia_identify_note_unranged(identifying *job)
{
    const ia_assignment *a = &job->out.assignment;
    char names[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < a->n_ions; i++) {
        const ia_identified *told = &a->ions[i];
        size_t used = strlen(names);
        if (has_range(&job->out.ranges, &told->ion))
            continue;
        n++;
        if (used + IA_ION_NAME + 32 < sizeof names)
            snprintf(names + used, sizeof names - used, "%s%s (%.0f)", used ? ", " : "",
                     told->ion.name, told->counts);
        else if (used + 6 < sizeof names && strcmp(names + used - 3, "...") != 0)
            snprintf(names + used, sizeof names - used, ", ...");
    }
    if (n > 0)
        ia_identify_note(job,
                         "%zu ion%s told without a range of %s own, by name and counts: "
                         "%s; other ions lead the peaks at %s lines, so the composition "
                         "counts %s, but ranges alone do not",
                         n, n == 1 ? " is" : "s are", n == 1 ? "its" : "their", names,
                         n == 1 ? "its" : "their", n == 1 ? "it" : "them");
}
