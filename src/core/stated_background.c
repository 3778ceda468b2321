// src/core/stated_background.c: the background that the source of a spectrum states.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ions.h>

#include <gsl/gsl_interp.h>
#include <stdlib.h>
#include <string.h>

ia_status ia_stated_background_copy(ia_ctx *ctx, const ia_stated_background *from,
                                    ia_stated_background *out)
{
    size_t n = from->n;
    ia_stated_background copy = {n, ia_array(ctx, n, sizeof *copy.edge),
                                 ia_array(ctx, n, sizeof *copy.sum)};

    if (!copy.edge || !copy.sum) {
        ia_stated_background_clear(&copy);
        return IA_ERR_MEMORY;
    }
    if (n > 0) {
        memcpy(copy.edge, from->edge, n * sizeof *copy.edge);
        memcpy(copy.sum, from->sum, n * sizeof *copy.sum);
    }
    *out = copy;
    return IA_OK;
}

void ia_stated_background_clear(ia_stated_background *stated)
{
    free(stated->edge);
    free(stated->sum);
    *stated = (ia_stated_background){0};
}

static double below(const ia_stated_background *s, double m)
{
    if (m <= s->edge[0])
        return 0;
    if (m >= s->edge[s->n - 1])
        return s->sum[s->n - 1];
    size_t i = gsl_interp_bsearch(s->edge, m, 0, s->n - 1);
    double share = (m - s->edge[i]) / (s->edge[i + 1] - s->edge[i]);
    return s->sum[i] + share * (s->sum[i + 1] - s->sum[i]);
}

double ia_stated_background_counts(const ia_stated_background *stated, double lo,
                                   double hi)
{
    return stated->n > 0 ? below(stated, hi) - below(stated, lo) : 0;
}
