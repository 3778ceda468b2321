// src/spectrum/composition_losses.c: lost ions of ranges as factors of solved counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/composition_losses.h"

#include "spectrum/deconvolve_internal.h"

#include <math.h>

static const double LIKELY = 0.5; // that there was a loss

// Where hits tell nothing.
static bool find_by_isotopes(ia_losses *losses)
{
    return (!losses->counts || !losses->counts->lost) &&
           ia_isotope_losses_find(losses->solved, &losses->by_isotopes);
}

static void tell(ia_ctx *ctx, const ia_losses *losses, const char *what_follows)
{
    const ia_isotope_losses *l = &losses->by_isotopes;
    ia_warn(ctx,
            "other isotopes of %s %s that %.0f %% of its peak at %.2f Da were lost while "
            "the detector was busy, with a probability of %.2g: %s (of a line with all "
            "ions %.2f +- %.2f would be)",
            losses->solved->ions[l->ion].ion.name,
            l->probability < LIKELY ? "hint" : "say", 100 * l->lost, l->mass,
            fmin(l->probability, 0.99), what_follows, l->part, l->sigma);
}

void ia_losses_find(ia_ctx *ctx, ia_losses *losses)
{
    losses->are_shown = find_by_isotopes(losses);
    if (losses->are_shown)
        tell(ctx, losses, "corrected counts make up for as much of it");
}

void ia_composition_tell_losses(ia_ctx *ctx, const ia_deconvolution *solved,
                                const ia_range_counts *counts)
{
    ia_losses losses = {.counts = counts, .solved = solved};
    if (find_by_isotopes(&losses) && losses.by_isotopes.probability >= LIKELY)
        tell(ctx, &losses,
             "the counts in ranges do not make up for it, --overlaps solve does");
}

static ia_loss_factor factor_of_ranges(const ia_losses *losses, const ia_ion *ion)
{
    const ia_range_counts *counts = losses->counts;
    double counted = 0, lost = 0, variance = 0;

    for (size_t i = 0; i < losses->ranger->n; i++) {
        const ia_ion *of = &losses->ranges->ions[losses->ranger->ion[i]];
        if (!(ia_ion_natural_share(of, ion) > 0))
            continue;
        counted += (double)counts->counts[i];
        lost += counts->lost[i];
        variance += counts->sigma_lost[i] * counts->sigma_lost[i];
    }
    if (!(counted > 0))
        return (ia_loss_factor){.value = 1};
    return (ia_loss_factor){.value = 1 + lost / counted, .own = sqrt(variance) / counted};
}

ia_loss_factor ia_losses_factor(const ia_losses *losses, size_t k)
{
    if (losses->counts && losses->counts->lost)
        return factor_of_ranges(losses, &losses->solved->ions[k].ion);
    if (losses->are_shown)
        return ia_isotope_losses_factor(&losses->by_isotopes, losses->solved, k);
    return (ia_loss_factor){.value = 1};
}
