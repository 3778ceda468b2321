// src/spectrum/identify_unranged.c: says which ions that were told have no range.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/name_list.h"
#include "spectrum/identify_job.h"

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
    ia_name_list names = {.n = 0};

    for (size_t i = 0; i < a->n_ions; i++)
        if (!has_range(&job->out.ranges, &a->ions[i].ion))
            ia_name_list_add(&names, "%s (%.0f)", a->ions[i].ion.name, a->ions[i].counts);
    bool is_one = names.n == 1;
    if (names.n > 0)
        ia_identify_note(job,
                         "%zu ion%s told without a range of %s own, by name and counts: "
                         "%s; other ions lead the peaks at %s lines, so the composition "
                         "counts %s, but ranges alone do not",
                         names.n, is_one ? " is" : "s are", is_one ? "its" : "their",
                         names.text, is_one ? "its" : "their", is_one ? "it" : "them");
}
