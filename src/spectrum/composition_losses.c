// src/spectrum/composition_losses.c: lost ions of ranges as factors of solved counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/composition_losses.h"

#include "spectrum/deconvolve_internal.h"

#include <math.h>

void ia_losses_factor(const ia_losses *losses, const ia_ion *ion, double *factor,
                      double *sigma)
{
    const ia_range_counts *counts = losses->counts;
    double counted = 0, lost = 0, variance = 0;

    *factor = 1;
    *sigma = 0;
    if (!counts || !counts->lost)
        return;
    for (size_t i = 0; i < losses->ranger->n; i++) {
        const ia_ion *of = &losses->ranges->ions[losses->ranger->ion[i]];
        if (!(ia_ion_natural_share(of, ion) > 0))
            continue;
        counted += (double)counts->counts[i];
        lost += counts->lost[i];
        variance += counts->sigma_lost[i] * counts->sigma_lost[i];
    }
    if (counted > 0) {
        *factor = 1 + lost / counted;
        *sigma = sqrt(variance) / counted;
    }
}
