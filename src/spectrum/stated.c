// src/spectrum/stated.c: a background that the source of the spectrum states.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/stated.h"

#include <gsl/gsl_interp.h>
#include <stdlib.h>
#include <string.h>

ia_status ia_stated_copy(ia_ctx *ctx, const ia_stated_background *background,
                         ia_stated *out)
{
    size_t n = background->n;
    ia_stated stated = {.edge = ia_array(ctx, n, sizeof *stated.edge),
                        .sum = ia_array(ctx, n, sizeof *stated.sum),
                        .n = n};

    if (!stated.edge || !stated.sum) {
        ia_stated_clear(&stated);
        return IA_ERR_MEMORY;
    }
    memcpy(stated.edge, background->edge, n * sizeof *stated.edge);
    memcpy(stated.sum, background->sum, n * sizeof *stated.sum);
    *out = stated;
    return IA_OK;
}

void ia_stated_clear(ia_stated *stated)
{
    free(stated->edge);
    free(stated->sum);
    *stated = (ia_stated){0};
}

static double below(const ia_stated *s, double m)
{
    if (m <= s->edge[0])
        return 0;
    if (m >= s->edge[s->n - 1])
        return s->sum[s->n - 1];
    size_t i = gsl_interp_bsearch(s->edge, m, 0, s->n - 1);
    double share = (m - s->edge[i]) / (s->edge[i + 1] - s->edge[i]);
    return s->sum[i] + share * (s->sum[i + 1] - s->sum[i]);
}

double ia_stated_counts(const ia_stated *stated, double lo, double hi)
{
    return below(stated, hi) - below(stated, lo);
}
