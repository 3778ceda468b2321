// src/project/tell_labels.c: says where ranges bear a name that cannot be theirs.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdio.h>
#include <string.h>

void ia_tell_labels(ia_ctx *ctx, const ia_ranges *ranges)
{
    enum { NAMED = 3 };
    const double slack = 0.3; // Da: scales are off by less
    char list[256] = "";
    size_t n = 0, used = 0;

    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *r = &ranges->ranges[i];
        const ia_ion *ion = &ranges->ions[r->ion];
        if (ia_ion_may_lie_in(ion, r->lo - slack, r->hi + slack) || ++n > NAMED)
            continue;
        int more = snprintf(list + used, sizeof list - used, "%s%s at %.4g to %.4g Da",
                            used ? ", " : "", ion->name, r->lo, r->hi);
        if (more > 0 && used + (size_t)more < sizeof list)
            used += (size_t)more;
    }
    if (n > 0)
        ia_warn(ctx,
                "%zu of %zu ranges bear a name that cannot be theirs (no natural isotope "
                "of it with a charge of 1 to 4 lies within %g Da): %s%s",
                n, ranges->n_ranges, slack, list, n > NAMED ? " and more" : "");
}
